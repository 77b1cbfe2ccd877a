//! Large values as files of their run, so that they are written once and never travel: what travels is a reference.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use crate::engine::record::Bytes;
use crate::engine::tree::REFERENCE;

/// Values from here on become files.
pub const LARGE: usize = 64 * 1024;
const FOLDER: &str = "blobs";

/// What to record, and send, of a value: itself, or a reference to a file that now holds it.
pub fn keep(run: &Path, value: &[u8]) -> io::Result<Bytes> {
    static WRITES: AtomicU32 = AtomicU32::new(0);
    if value.len() < LARGE {
        return Ok(Arc::from(value));
    }
    let digest = *blake3::hash(value).as_bytes();
    let path = path_of(run, &digest);
    if !path.exists() {
        fs::create_dir_all(run.join(FOLDER))?;
        // Several processes may write the same value at once: each its own file, and the last name wins.
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{write}.tmp", std::process::id()));
        let written = fs::write(&temporary, value).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
    }
    let mut reference = vec![REFERENCE];
    reference.extend_from_slice(&digest);
    Ok(Arc::from(reference))
}

/// Make what another run refers to this run's own: the file gets a second name, so nothing is copied.
pub fn adopt(from: &Path, to: &Path, value: &[u8]) -> io::Result<()> {
    let (Some(old), Some(new)) = (file_of(from, value), file_of(to, value)) else { return Ok(()) };
    if new.exists() {
        return Ok(());
    }
    fs::create_dir_all(to.join(FOLDER))?;
    fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(|_| ()))
}

/// The file a value is in, when it is a reference.
pub fn file_of(run: &Path, value: &[u8]) -> Option<PathBuf> {
    match value.split_first() {
        Some((&REFERENCE, digest)) => Some(path_of(run, digest)),
        _ => None,
    }
}

/// A value itself: read from its file when it is a reference.
pub fn load(run: &Path, value: &Bytes) -> Result<Bytes, (PathBuf, io::Error)> {
    match file_of(run, value) {
        Some(path) => fs::read(&path).map(Bytes::from).map_err(|error| (path, error)),
        None => Ok(value.clone()),
    }
}

/// Fill a buffer of the file's length with what it holds.
pub fn read_into(path: &Path, buffer: &mut [u8]) -> io::Result<()> {
    fs::File::open(path)?.read_exact(buffer)
}

fn path_of(run: &Path, digest: &[u8]) -> PathBuf {
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    run.join(FOLDER).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_stay_themselves_and_large_ones_are_found_again() {
        let run = tempfile::tempdir().unwrap();
        let small = keep(run.path(), b"small").unwrap();
        assert_eq!((&small[..], file_of(run.path(), &small)), (&b"small"[..], None));
        let value = vec![7u8; LARGE];
        let kept = keep(run.path(), &value).unwrap();
        assert!(kept.len() < 64);
        assert_eq!(&load(run.path(), &kept).unwrap()[..], &value[..]);
        assert_eq!(keep(run.path(), &value).unwrap(), kept, "equal values are one file");
        assert_eq!(fs::read_dir(run.path().join(FOLDER)).unwrap().count(), 1);
    }

    #[test]
    fn what_another_run_took_over_outlives_it() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let value = vec![7u8; LARGE];
        let kept = keep(old.path(), &value).unwrap();
        adopt(old.path(), new.path(), &kept).unwrap();
        adopt(old.path(), new.path(), b"small").unwrap();
        fs::remove_dir_all(old.path().join(FOLDER)).unwrap();
        assert_eq!(&load(new.path(), &kept).unwrap()[..], &value[..]);
    }

    #[test]
    fn a_file_that_is_gone_is_named() {
        let run = tempfile::tempdir().unwrap();
        let kept = keep(run.path(), &vec![7u8; LARGE]).unwrap();
        fs::remove_dir_all(run.path().join(FOLDER)).unwrap();
        let (path, error) = load(run.path(), &kept).unwrap_err();
        assert!(path.starts_with(run.path()) && error.kind() == io::ErrorKind::NotFound);
    }
}
