//! Large values as files of their run, so that they are written once and never travel: what travels is a reference.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use crate::engine::codec::{Put, Take};
use crate::engine::record::Bytes;
use crate::engine::tree::REFERENCE;
use crate::wire::apart::Apart;

type Digest = [u8; blake3::OUT_LEN];

/// Values from here on become files.
pub const LARGE: usize = 64 * 1024;
const FOLDER: &str = "blobs";

/// What to record, and send, of a value: itself, or a reference to a file that now holds it.
pub fn keep(run: &Path, value: &[u8]) -> io::Result<Bytes> {
    if value.len() < LARGE {
        return Ok(Arc::from(value));
    }
    Ok(Arc::from(reference_to(&store(run, value)?)))
}

/// The same of a message whose large part is apart: the file holds only that, so whatever else is passed along with it,
/// under whatever name, it is written once.
pub fn keep_apart(run: &Path, message: &Apart<'_>) -> io::Result<Bytes> {
    let mut reference = reference_to(&store(run, message.content)?);
    reference.put_number(message.place as u64);
    reference.extend_from_slice(message.rest);
    Ok(Arc::from(reference))
}

fn reference_to(digest: &Digest) -> Vec<u8> {
    let mut reference = vec![REFERENCE];
    reference.extend_from_slice(digest);
    reference
}

/// Have a file hold these bytes, under the name of what they are.
fn store(run: &Path, content: &[u8]) -> io::Result<Digest> {
    static WRITES: AtomicU32 = AtomicU32::new(0);
    let digest = *blake3::hash(content).as_bytes();
    let path = path_of(run, &digest);
    if !path.exists() {
        fs::create_dir_all(run.join(FOLDER))?;
        // Several processes may write the same value at once: each its own file, and the last name wins.
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{write}.tmp", std::process::id()));
        let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
    }
    Ok(digest)
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
    Reference::of(value).map(|reference| path_of(run, reference.digest))
}

/// What stands for a value that is in a file.
pub struct Reference<'a> {
    digest: &'a [u8],
    /// The variable that the file is the content of, and the message without it; None when the file is all of it.
    pub apart: Option<(usize, &'a [u8])>,
}

impl<'a> Reference<'a> {
    pub fn of(value: &'a [u8]) -> Option<Reference<'a>> {
        let (&REFERENCE, value) = value.split_first()? else { return None };
        let (digest, rest) = value.split_at_checked(size_of::<Digest>())?;
        let mut take = Take::new(rest);
        let apart = take.number().ok().map(|place| (place as usize, take.rest));
        Some(Reference { digest, apart })
    }

    pub fn file(&self, run: &Path) -> PathBuf {
        path_of(run, self.digest)
    }
}

/// A value itself: read from its file when it is a reference.
pub fn load(run: &Path, value: &Bytes) -> Result<Bytes, (PathBuf, io::Error)> {
    let Some(reference) = Reference::of(value) else { return Ok(value.clone()) };
    let path = reference.file(run);
    let loaded = fs::read(&path).and_then(|content| match reference.apart {
        None => Ok(content),
        Some((place, rest)) => Apart { rest, place, content: &content }.joined().map_err(io::Error::other),
    });
    loaded.map(Bytes::from).map_err(|error| (path, error))
}

fn path_of(run: &Path, digest: &[u8]) -> PathBuf {
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    run.join(FOLDER).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::literal::{write_binary, BYTES};
    use crate::wire::protobuf::{close, open, write_bytes};

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
    fn the_same_bytes_under_other_names_are_one_file() {
        let run = tempfile::tempdir().unwrap();
        let content = vec![7u8; LARGE];
        for name in ["value", "o0"] {
            let mut whole = Vec::new();
            write_variable(&mut whole, name, &content);
            let mut rest = Vec::new();
            write_variable(&mut rest, name, &[]);
            let kept = keep_apart(run.path(), &Apart { rest: &rest, place: 0, content: &content }).unwrap();
            assert!(kept.len() < 64);
            assert_eq!(&load(run.path(), &kept).unwrap()[..], &whole[..]);
            let path = file_of(run.path(), &kept).unwrap();
            assert_eq!(fs::read(path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(run.path().join(FOLDER)).unwrap().count(), 1);
    }

    fn write_variable(out: &mut Vec<u8>, name: &str, content: &[u8]) {
        let start = open(out, 1);
        write_bytes(out, 1, name.as_bytes());
        let literal = open(out, 2);
        write_binary(out, content, BYTES);
        close(out, literal);
        close(out, start);
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
