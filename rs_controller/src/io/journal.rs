//! One run's journal: a folder with an SQLite file of record batches, and files for large values.
//!
//! A commit is one row holding every record since the last one, so its cost is shared by all of them. The format is
//! documented in docs/journal.md. Nothing here knows what a record means.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::index::LOCK;
use super::offloaded::{self, keep, LARGE};
use super::reading::{is_unwritable, open_settled, open_to_read};
use crate::engine::codec::Take;
use crate::engine::record::{Bytes, Record};

/// Name of the database in a run's folder.
pub const FILE: &str = "journal.db";
/// Pages of WAL before SQLite copies them into the database: 16 MiB.
const CHECKPOINT: u32 = 4_000;
const BUSY: Duration = Duration::from_secs(10);

/// What a commit must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The death of any process.
    Normal,
    /// Power loss too: one fsync for each commit.
    Full,
}

/// Why the journal could not be used.
#[derive(Debug)]
pub enum JournalError {
    Database(rusqlite::Error),
    File(PathBuf, io::Error),
    Damaged(String),
}

impl JournalError {
    /// Whether what was read is not, or no longer, what was written.
    pub fn is_damage(&self) -> bool {
        match self {
            JournalError::Damaged(_) => true,
            JournalError::Database(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
            }
            JournalError::File(..) => false,
        }
    }

    /// Whether it failed only because something could not be written.
    pub fn is_unwritable(&self) -> bool {
        matches!(self, JournalError::Database(error) if is_unwritable(error))
    }
}

impl std::fmt::Display for JournalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            JournalError::Database(error) => write!(f, "{error}"),
            JournalError::File(path, error) => write!(f, "{}: {error}", path.display()),
            JournalError::Damaged(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for JournalError {}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        JournalError::Database(error)
    }
}

/// The one writer of a run's journal.
pub struct Journal {
    database: Connection,
    folder: PathBuf,
    batch: Vec<u8>,
    pending: Vec<Record>,
    next_batch: i64,
    /// Where each action's last success is: (batch, offset).
    successes: Vec<(i64, u32)>,
}

impl Journal {
    /// Create the journal in a folder that exists and has none.
    pub fn create(folder: &Path, durability: Durability) -> Result<Journal, JournalError> {
        let database = Connection::open(folder.join(FILE))?;
        database.busy_timeout(BUSY)?;
        // No fsync while there is nothing to lose; set to what was asked for below.
        database.pragma_update(None, "synchronous", "OFF")?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
        database.execute_batch("CREATE TABLE batches (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")?;
        let level = if durability == Durability::Full { "FULL" } else { "NORMAL" };
        database.pragma_update(None, "synchronous", level)?;
        Ok(Journal {
            database,
            folder: folder.to_owned(),
            batch: Vec::new(),
            pending: Vec::new(),
            next_batch: 1,
            successes: Vec::new(),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Add a record to the batch that the next commit writes.
    pub fn append(&mut self, record: Record) -> Result<(), JournalError> {
        if let Record::Succeeded { ordinal, .. } | Record::Traced { ordinal, outcome: Ok(_), .. } = &record {
            let at = *ordinal as usize;
            if self.successes.len() <= at {
                self.successes.resize(at + 1, (0, 0));
            }
            self.successes[at] = (self.next_batch, self.batch.len() as u32);
        }
        self.offloaded(&record)?.as_ref().unwrap_or(&record).encode(&mut self.batch);
        self.pending.push(record);
        Ok(())
    }

    /// The record with a large value replaced by a reference to its file, when it has one.
    fn offloaded(&self, record: &Record) -> Result<Option<Record>, JournalError> {
        let large = match record {
            Record::Submitted { inputs: value, .. } | Record::Succeeded { outputs: value, .. } => value.len() >= LARGE,
            Record::Traced { inputs, outcome, .. } => {
                inputs.len() >= LARGE || outcome.as_ref().is_ok_and(|outputs| outputs.len() >= LARGE)
            }
            Record::TraceStarted { inputs, .. } => inputs.len() >= LARGE,
            _ => false,
        };
        if !large {
            return Ok(None);
        }
        let mut record = record.clone();
        let values = match &mut record {
            Record::Submitted { inputs: value, .. }
            | Record::Succeeded { outputs: value, .. }
            | Record::TraceStarted { inputs: value, .. } => vec![value],
            Record::Traced { inputs, outcome, .. } => std::iter::once(inputs).chain(outcome.as_mut().ok()).collect(),
            _ => Vec::new(),
        };
        for value in values {
            *value = keep(&self.folder, value).map_err(|error| JournalError::File(self.folder.clone(), error))?;
        }
        Ok(Some(record))
    }

    /// Make everything appended so far durable; returns those records.
    pub fn commit(&mut self) -> Result<Vec<Record>, JournalError> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let mut insert = self.database.prepare_cached("INSERT INTO batches (id, data) VALUES (?1, ?2)")?;
        insert.execute((self.next_batch, &self.batch[..]))?;
        self.next_batch += 1;
        self.batch.clear();
        Ok(std::mem::take(&mut self.pending))
    }

    /// The outputs of an action that succeeded in this run; it must be committed.
    pub fn outputs(&self, ordinal: u32) -> Result<Bytes, JournalError> {
        let missing = || JournalError::Damaged(format!("the journal holds no result of action {ordinal}"));
        let &(batch, offset) = self.successes.get(ordinal as usize).filter(|place| place.0 > 0).ok_or_else(missing)?;
        let mut select = self.database.prepare_cached("SELECT data FROM batches WHERE id = ?1")?;
        let data: Vec<u8> = select.query_row([batch], |row| row.get(0))?;
        match Record::decode(&mut Take::new(data.get(offset as usize..).unwrap_or_default())) {
            Ok(Record::Succeeded { outputs, .. } | Record::Traced { outcome: Ok(outputs), .. }) => {
                load(&self.folder, &outputs)
            }
            _ => Err(missing()),
        }
    }

    /// The outputs of many steps; they must be committed. A batch is read once for all that it holds.
    pub fn outputs_of_steps(&self, ordinals: &[u32]) -> Result<Vec<Bytes>, JournalError> {
        let mut select = self.database.prepare_cached("SELECT data FROM batches WHERE id = ?1")?;
        let (mut at, mut data): (i64, Vec<u8>) = (0, Vec::new());
        let mut found = Vec::with_capacity(ordinals.len());
        for &ordinal in ordinals {
            let missing = || JournalError::Damaged(format!("the journal holds no result of step {ordinal}"));
            let place = self.successes.get(ordinal as usize).filter(|place| place.0 > 0);
            let &(batch, offset) = place.ok_or_else(missing)?;
            if batch != at {
                data = select.query_row([batch], |row| row.get(0))?;
                at = batch;
            }
            match Record::decode(&mut Take::new(data.get(offset as usize..).unwrap_or_default())) {
                // A large one stays in its file: the worker reads it when it is asked for.
                Ok(Record::Traced { outcome: Ok(outputs), .. }) => found.push(outputs),
                _ => return Err(missing()),
            }
        }
        Ok(found)
    }
}

/// A recorded value itself: read from its file when the record only refers to one.
pub fn load(folder: &Path, value: &Bytes) -> Result<Bytes, JournalError> {
    offloaded::load(folder, value).map_err(|(path, error)| JournalError::File(path, error))
}

/// Reads a journal that another process, or nobody, is writing.
pub struct Reader {
    database: Connection,
    folder: PathBuf,
    last: i64,
}

impl Reader {
    pub fn open(folder: &Path) -> Result<Reader, JournalError> {
        let path = folder.join(FILE);
        if !path.exists() {
            let missing = io::Error::new(io::ErrorKind::NotFound, "no journal there");
            return Err(JournalError::File(path, missing));
        }
        // Its driver holds the lock from before there is a journal until nothing is left to write to it.
        let database = if folder.join(LOCK).exists() { open_to_read(&path)? } else { open_settled(&path)? };
        Ok(Reader { database, folder: folder.to_owned(), last: 0 })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the last commit ended the run; only that is read.
    pub fn is_over(&self) -> Result<bool, JournalError> {
        let sql = "SELECT data FROM batches ORDER BY id DESC LIMIT 1";
        let data: Option<Vec<u8>> = self.database.query_row(sql, [], |row| row.get(0)).optional()?;
        let data = data.unwrap_or_default();
        let mut rest = Take::new(&data);
        let mut is_over = false;
        while !rest.is_empty() {
            let record = Record::decode(&mut rest).map_err(|error| JournalError::Damaged(error.to_string()))?;
            is_over |= matches!(record, Record::RunEnded { .. });
        }
        Ok(is_over)
    }

    /// Hand every record committed since the last call to `take`; true when there was one.
    pub fn read(&mut self, mut take: impl FnMut(Record)) -> Result<bool, JournalError> {
        self.read_while(|record| {
            take(record);
            true
        })
    }

    /// As `read`, until `take` has enough and says false; nothing can be read after that.
    pub fn read_while(&mut self, mut take: impl FnMut(Record) -> bool) -> Result<bool, JournalError> {
        let is_there = "SELECT 1 FROM sqlite_master WHERE name = 'batches'";
        if self.database.query_row(is_there, [], |_| Ok(())).optional()?.is_none() {
            return Ok(false); // its writer has only just begun
        }
        let mut select = self.database.prepare_cached("SELECT id, data FROM batches WHERE id > ?1 ORDER BY id")?;
        let mut rows = select.query([self.last])?;
        let mut any = false;
        while let Some(row) = rows.next()? {
            let data = row.get_ref(1)?.as_blob().map_err(|error| JournalError::Damaged(error.to_string()))?;
            let mut rest = Take::new(data);
            while !rest.is_empty() {
                any = true;
                if !take(Record::decode(&mut rest).map_err(|error| JournalError::Damaged(error.to_string()))?) {
                    self.last = i64::MAX;
                    return Ok(true);
                }
            }
            self.last = row.get(0)?;
        }
        Ok(any)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::record::Origin;

    fn succeeded(ordinal: u32, outputs: Vec<u8>) -> Record {
        Record::Succeeded { ordinal, at: 1, origin: Origin::Ran, outputs: outputs.into() }
    }

    fn read_all(folder: &Path) -> Vec<Record> {
        let mut records = Vec::new();
        Reader::open(folder).unwrap().read(|record| records.push(record)).unwrap();
        records
    }

    #[test]
    fn only_what_was_committed_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), Durability::Full).unwrap();
        journal.append(succeeded(0, vec![1])).unwrap();
        assert_eq!(read_all(folder.path()), []);
        assert_eq!(journal.commit().unwrap().len(), 1);
        journal.append(succeeded(1, vec![2])).unwrap();
        assert_eq!(read_all(folder.path()), [succeeded(0, vec![1])]);
    }

    #[test]
    fn results_are_found_again_small_or_large() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), Durability::Normal).unwrap();
        let large = vec![7u8; LARGE + 1];
        journal.append(succeeded(3, large.clone())).unwrap();
        journal.append(succeeded(4, vec![9])).unwrap();
        journal.commit().unwrap();
        assert_eq!(&journal.outputs(3).unwrap()[..], &large[..]);
        assert_eq!(&journal.outputs(4).unwrap()[..], [9]);
        assert!(journal.outputs(5).is_err());
        let size = fs::metadata(folder.path().join(FILE)).unwrap().len();
        assert!(size < 60_000, "large values stay out of the database");
    }

    #[test]
    fn a_damaged_journal_is_an_error_not_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"not a database, certainly not one of ours at all").unwrap();
        assert!(Reader::open(folder.path()).and_then(|mut reader| reader.read(|_| ())).is_err());
    }
}
