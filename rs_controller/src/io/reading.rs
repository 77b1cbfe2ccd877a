//! Opens a database that is only to be read, also where nothing may be written: SQLite would like to make files beside
//! one that is in WAL mode, and refuses it when it cannot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

const BUSY: Duration = Duration::from_secs(10);

/// Open a database that exists.
pub fn open_to_read(path: &Path) -> Result<Connection, Error> {
    match open_beside_writers(path) {
        Err(error) if is_unwritable(&error) => open_alone(path),
        opened => opened,
    }
}

/// Open a database that nobody is going to write again; an eighth of the time, as no files are made beside it.
pub fn open_settled(path: &Path) -> Result<Connection, Error> {
    // Who died in the middle of writing left a `-wal`.
    if beside(path, "-wal").exists() {
        return open_to_read(path);
    }
    open_alone(path)
}

/// Whether SQLite could not make, or not write to, a file.
pub fn is_unwritable(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// The usual way. It needs `-shm`, through which processes tell each other what they do, to be there or to be made.
fn open_beside_writers(path: &Path) -> Result<Connection, Error> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .or_else(|_| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    database.busy_timeout(BUSY)?;
    look(&database)?;
    Ok(database)
}

/// The way for a database that nobody has open: then there would be a `-shm`. What a writer that died left in `-wal` is
/// read along with it; where there is none, SQLite must be told not to look.
fn open_alone(path: &Path) -> Result<Connection, Error> {
    let has_rest = beside(path, "-wal").exists();
    let how = if has_rest { "vfs=unix-none" } else { "immutable=1" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let database = Connection::open_with_flags(uri(path, how), flags)?;
    if has_rest {
        database.pragma_update(None, "locking_mode", "EXCLUSIVE")?; // keeps in memory what would be in `-shm`
        database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    look(&database)?;
    Ok(database)
}

/// Opening reads nothing yet, so it succeeds with whatever is there.
fn look(database: &Connection) -> Result<(), Error> {
    database.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The path as SQLite reads one with parameters: bytes that mean something in it are spelled out.
fn uri(path: &Path, parameters: &str) -> PathBuf {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let mut text = b"file:".to_vec();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => text.extend_from_slice(format!("%{byte:02x}").as_bytes()),
            _ => text.push(byte),
        }
    }
    text.extend_from_slice(b"?");
    text.extend_from_slice(parameters.as_bytes());
    PathBuf::from(OsString::from_vec(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path) -> (PathBuf, Connection) {
        let path = folder.join("a %20 #1?.db");
        let database = Connection::open(&path).unwrap();
        database.pragma_update(None, "journal_mode", "WAL").unwrap();
        database.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (7)").unwrap();
        (path, database)
    }

    fn read(database: &Connection) -> i64 {
        database.query_row("SELECT n FROM t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_closed_database_is_read_without_a_file_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = written(folder.path());
        drop(database);
        let alone = open_alone(&path).unwrap();
        assert_eq!(read(&alone), 7);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_database_that_is_not_settled_after_all_is_read_with_what_its_writer_left() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = written(folder.path());
        assert_eq!(read(&open_settled(&path).unwrap()), 7);
        drop(database);
        assert_eq!(read(&open_settled(&path).unwrap()), 7);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_writer_that_died_left_is_read_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = written(folder.path());
        let copy = tempfile::tempdir().unwrap();
        let copied = copy.path().join("journal.db");
        std::fs::copy(&path, &copied).unwrap();
        std::fs::copy(beside(&path, "-wal"), beside(&copied, "-wal")).unwrap();
        drop(database);
        let size = |path: &Path| std::fs::metadata(path).unwrap().len();
        let before = (size(&copied), size(&beside(&copied, "-wal")));
        let alone = open_alone(&copied).unwrap();
        assert_eq!(read(&alone), 7);
        drop(alone);
        assert_eq!((size(&copied), size(&beside(&copied, "-wal"))), before);
        assert!(!beside(&copied, "-shm").exists());
    }

    #[test]
    fn a_database_that_somebody_writes_is_read_as_it_was_committed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = written(folder.path());
        let reader = open_to_read(&path).unwrap();
        assert_eq!(read(&reader), 7);
        database.execute("UPDATE t SET n = 8", []).unwrap();
        assert_eq!(read(&reader), 8);
    }
}
