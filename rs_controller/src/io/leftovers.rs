//! What processes that were killed left half-written in a run's folder, and its temporary files.

use std::fs;
use std::path::Path;

use super::index::LOCK;

/// Temporary files of the tasks.
const SCRATCH: &str = "scratch";
/// Where values, files and reports are written aside before they get their names, and how deep below the run.
const WRITTEN_ASIDE: [(&str, usize); 4] = [("blobs", 1), ("data/blobs", 1), ("data/trees", 2), ("reports", 2)];

/// Whether there may be something to remove. It costs two looks, so it may be asked of every run that was interrupted.
pub fn has_leftovers(run: &Path) -> bool {
    // A worker that outlived its driver by a moment may have made the folder after somebody tidied up.
    run.join(LOCK).exists() || run.join(SCRATCH).exists()
}

/// Whether its tasks had temporary files, which they only have once its driver holds the lock.
pub fn has_scratch(run: &Path) -> bool {
    run.join(SCRATCH).exists()
}

/// Remove it, and the lock at last; nobody may be working on the run.
pub fn remove_leftovers(run: &Path) {
    // What cannot be removed takes some room, and harms nobody.
    let _ = fs::remove_dir_all(run.join(SCRATCH));
    for (folder, depth) in WRITTEN_ASIDE {
        remove_partial(&run.join(folder), depth);
    }
    let _ = fs::remove_file(run.join(LOCK));
}

fn remove_partial(folder: &Path, depth: usize) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_partial(&name.to_string_lossy()) {
            let _ = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        } else if is_folder && depth > 1 {
            remove_partial(&path, depth - 1);
        }
    }
}

/// The names that `offloaded`, flyte/io/content.py and flyte/report/files.py give to what is not whole yet.
fn is_partial(name: &str) -> bool {
    name.starts_with(".arriving-")
        || name.starts_with(".building-")
        || (name.starts_with('.') && name.ends_with(".part"))
        || name.ends_with(".tmp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_whole_goes() {
        let run = tempfile::tempdir().unwrap();
        let path = |name: &str| run.path().join(name);
        let partial = [
            "lock",
            "scratch/7/a",
            "blobs/ab.5-0.tmp",
            "data/blobs/.arriving-5-x",
            "data/trees/k/.building-5-x/a",
            "reports/a/.0.5.part",
        ];
        let whole =
            ["blobs/ab", "data/blobs/ab/cd", "data/files/k/.hidden.tmp", "data/trees/k/n/a.tmp", "reports/a/0.html"];
        for name in partial.iter().chain(&whole) {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), "").unwrap();
        }
        remove_leftovers(run.path());
        assert_eq!(partial.map(|name| path(name).exists()), [false; 6]);
        assert_eq!(whole.map(|name| path(name).exists()), [true; 5]);
    }
}
