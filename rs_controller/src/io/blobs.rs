//! Fingerprints of files, and copies that are fingerprinted while they are made. It knows nothing of runs.
//!
//! BLAKE3 because it keeps up with copying: 1 GiB takes a fifth of a second on one core, SHA-256 more than twice that.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;

const PIECE: usize = 1 << 20;
/// Bytes the kernel copies in one call: large enough to be cheap, small enough for the hash to follow closely.
const STRIDE: usize = 8 << 20;

/// The fingerprint of what a file holds, in hexadecimal.
pub fn fingerprint(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let mut digest = Digest::new();
    while digest.advance(&file, u64::MAX)? {}
    Ok(digest.finish())
}

/// Copies a file to a new one and returns the fingerprint of the copy; blocks are shared where the file system can.
///
/// The copy is what is read for the fingerprint, so the two agree even when the source changes meanwhile.
pub fn copy(source: &Path, target: &Path) -> io::Result<String> {
    let from = File::open(source)?;
    let to = OpenOptions::new().read(true).write(true).create_new(true).open(target)?;
    if share_blocks(&from, &to) {
        return fingerprint(target);
    }
    let (copied, progress) = channel();
    if from.metadata()?.len() <= STRIDE as u64 {
        copy_bytes(&from, &to, &copied)?;
        return fingerprint(target); // what fits into one stride is hashed sooner than a thread starts
    }
    thread::scope(|scope| {
        let digest = scope.spawn(|| follow(&to, progress));
        let done = copy_bytes(&from, &to, &copied);
        drop(copied);
        let digest = digest.join().unwrap_or_else(|_| Err(io::Error::other("the thread that hashes panicked")));
        done.and(digest)
    })
}

/// Hashes a file up to where it is written, until nobody writes any more.
fn follow(file: &File, progress: Receiver<u64>) -> io::Result<String> {
    let mut digest = Digest::new();
    for end in progress {
        while digest.offset < end && digest.advance(file, end)? {}
    }
    Ok(digest.finish())
}

struct Digest {
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    offset: u64,
}

impl Digest {
    fn new() -> Digest {
        Digest { hasher: blake3::Hasher::new(), buffer: vec![0; PIECE], offset: 0 }
    }

    /// Takes in the next piece before `end`; false when there is none.
    fn advance(&mut self, file: &File, end: u64) -> io::Result<bool> {
        let most = usize::try_from(end - self.offset).unwrap_or(PIECE).min(PIECE);
        match file.read_at(&mut self.buffer[..most], self.offset) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.hasher.update(&self.buffer[..count]);
                self.offset += count as u64;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn finish(self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }
}

/// Makes the copy a clone, which costs nothing and is a copy on write; false where that is not possible.
#[cfg(target_os = "linux")]
fn share_blocks(from: &File, to: &File) -> bool {
    use std::os::fd::AsRawFd;
    // SAFETY: both descriptors are open for as long as the call lasts, and it takes nothing else.
    unsafe { libc::ioctl(to.as_raw_fd(), libc::FICLONE as _, from.as_raw_fd()) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn share_blocks(_from: &File, _to: &File) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn copy_bytes(from: &File, to: &File, copied: &Sender<u64>) -> io::Result<()> {
    let mut offset = 0;
    loop {
        match nix::fcntl::copy_file_range(from, None, to, None, STRIDE) {
            Ok(0) if offset == 0 => return pump(from, to, copied), // such as files in /proc, which claim to be empty
            Ok(0) => return Ok(()),
            Ok(count) => {
                offset += count as u64;
                let _ = copied.send(offset); // nobody listens when hashing failed, which is said at the end
            }
            Err(nix::errno::Errno::EINTR) => {}
            Err(_) if offset == 0 => return pump(from, to, copied), // between file systems that cannot
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn copy_bytes(from: &File, to: &File, copied: &Sender<u64>) -> io::Result<()> {
    pump(from, to, copied)
}

/// Copies through this process.
fn pump(mut from: &File, to: &File, copied: &Sender<u64>) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut offset = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                to.write_all_at(&buffer[..count], offset)?;
                offset += count as u64;
                let _ = copied.send(offset); // as above
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const SIZES: [usize; 6] = [0, 1, PIECE - 1, PIECE, STRIDE + 1, 2 * STRIDE + PIECE + 7];

    fn content(size: usize) -> Vec<u8> {
        (0..size).map(|i| (i * 31 % 251) as u8).collect()
    }

    #[test]
    fn the_copy_holds_the_same_and_its_fingerprint_is_that_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        for size in SIZES {
            let (source, target) = (folder.path().join("source"), folder.path().join(format!("target-{size}")));
            fs::write(&source, content(size)).unwrap();
            let digest = copy(&source, &target).unwrap();
            assert!(fs::read(&target).unwrap() == content(size), "{size} bytes");
            assert_eq!(digest, blake3::hash(&content(size)).to_hex().to_string(), "{size} bytes");
            assert_eq!(digest, fingerprint(&source).unwrap(), "{size} bytes");
        }
    }

    #[test]
    fn pumping_copies_all_of_it_too() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("source"), folder.path().join("target"));
        fs::write(&source, content(3 * PIECE + 5)).unwrap();
        let (copied, progress) = channel();
        pump(&File::open(&source).unwrap(), &File::create(&target).unwrap(), &copied).unwrap();
        drop(copied);
        assert!(fs::read(&target).unwrap() == content(3 * PIECE + 5));
        assert_eq!(progress.iter().last(), Some(3 * PIECE as u64 + 5));
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("source"), folder.path().join("target"));
        fs::write(&source, "new").unwrap();
        fs::write(&target, "old").unwrap();
        assert_eq!(copy(&source, &target).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }
}
