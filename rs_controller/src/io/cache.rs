//! Results that later runs may use: one SQLite file in the state folder. The format is documented in docs/cache.md.
//!
//! It can lose nothing that matters: whatever is not there is computed again. So no trouble with it ends a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{params, Connection, OptionalExtension, Row};

use super::cached_data::local_data;
use super::index::{is_alive, runs_folder};
use super::journal::JournalError;
use super::offloaded::{adopt, file_of, load, Reference};
use super::reading::open_to_read;
use crate::engine::model::{CacheAnswer, CacheKey, Micros};
use crate::engine::record::Bytes;
use crate::wire::hash::hash_of_each;

pub const FILE: &str = "cache.db";
/// Inputs in files of their own are not read again to name what changed about them above this size.
const MOST_COMPARED: u64 = 1024 * 1024;
/// Writers wait for each other, and a commit takes milliseconds; but nothing else of the run happens meanwhile.
const BUSY: Duration = Duration::from_secs(2);

/// Pages of WAL before SQLite copies them into the database: 16 MiB.
const CHECKPOINT: u32 = 4_000;

/// What brings a file of each format to the next; a new file goes through all of them.
const STEPS: [&str; 2] = [
    "CREATE TABLE tasks (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, details TEXT NOT NULL,
        UNIQUE (name, version, details));
    CREATE TABLE entries (
        key BLOB PRIMARY KEY, task INTEGER NOT NULL, inputs TEXT NOT NULL, created INTEGER NOT NULL, run TEXT NOT NULL,
        ordinal INTEGER NOT NULL, outputs BLOB NOT NULL, size INTEGER NOT NULL, data TEXT NOT NULL,
        gone TEXT NOT NULL DEFAULT '', earlier_run TEXT, earlier_created INTEGER, earlier_gone TEXT) WITHOUT ROWID;
    CREATE INDEX entries_by_task ON entries (task, created);",
    "CREATE TABLE turns (key BLOB PRIMARY KEY, run TEXT NOT NULL, ordinal INTEGER NOT NULL) WITHOUT ROWID;",
];
const FORMAT: i64 = STEPS.len() as i64;

/// Why there is no cache.
#[derive(Debug)]
pub enum CacheError {
    Newer(PathBuf, i64),
    Unusable(PathBuf, JournalError),
}

impl std::fmt::Display for CacheError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CacheError::Newer(path, format) => write!(
                f,
                "{} was written by a newer version of flyte (format {format}, this one knows {FORMAT})",
                path.display()
            ),
            CacheError::Unusable(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

/// What entries say of their task.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CachedTask {
    pub name: String,
    pub version: String,
    /// As `TaskSpec::details`.
    pub details: String,
}

/// What a run hands over to be kept.
pub struct Kept {
    pub key: CacheKey,
    pub task: Arc<CachedTask>,
    pub run: Arc<str>,
    pub ordinal: u32,
    pub inputs: Bytes,
    pub outputs: Bytes,
    pub created: Micros,
}

/// Who asks, and for what.
pub struct Question<'a> {
    pub key: CacheKey,
    pub run: &'a str,
    pub ordinal: u32,
    pub not_before: Micros,
    pub serialize: bool,
}

/// One entry, as people look at it. Times are Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    pub key: Vec<u8>,
    pub task: String,
    pub version: String,
    pub details: String,
    /// JSON: the hash of each input by its name.
    pub inputs: String,
    pub created: u64,
    pub run: String,
    pub ordinal: u32,
    pub size: u64,
    /// Local files and folders without which it is of no use.
    pub data: Vec<String>,
    /// One of them that was missing when somebody asked.
    pub gone: String,
    /// The entry that this one replaced.
    pub earlier: Option<(String, u64, String)>,
}

pub struct Cache {
    database: Connection,
    home: PathBuf,
    /// Not written yet: their journals are not committed.
    kept: HashMap<CacheKey, Kept>,
    freed: Vec<(CacheKey, Arc<str>, u32)>,
    /// Entries whose data turned out to be gone.
    gone: Vec<(CacheKey, String)>,
}

/// What an entry answers with.
struct Found {
    outputs: Vec<u8>,
    run: String,
    data: String,
}

impl Cache {
    /// Open it: a new one is made, one of an older format brought up to date, a damaged one set aside.
    pub fn open(home: &Path) -> Result<Cache, CacheError> {
        let path = home.join(FILE);
        let unusable = |error| CacheError::Unusable(path.clone(), error);
        let opened = match connect(&path) {
            Err(error) if error.is_damage() => {
                set_aside(home);
                connect(&path)
            }
            opened => opened,
        };
        let (database, format) = opened.map_err(unusable)?;
        if format > FORMAT {
            return Err(CacheError::Newer(path, format));
        }
        let (kept, freed, gone) = (HashMap::new(), Vec::new(), Vec::new());
        Ok(Cache { database, home: home.to_owned(), kept, freed, gone })
    }

    /// Open one that exists to look into it, also where it cannot be written. It must not be asked for results.
    pub fn open_to_read(home: &Path) -> Result<Cache, CacheError> {
        match Cache::open(home) {
            Err(CacheError::Unusable(path, error)) if error.is_unwritable() => {
                let database = open_to_read(&path).map_err(|error| CacheError::Unusable(path, error.into()))?;
                let (kept, freed, gone) = (HashMap::new(), Vec::new(), Vec::new());
                Ok(Cache { database, home: home.to_owned(), kept, freed, gone })
            }
            opened => opened,
        }
    }

    /// Answer several questions in one transaction.
    pub fn look_up(&mut self, questions: &[Question<'_>]) -> Result<Vec<CacheAnswer>, JournalError> {
        let writes = questions.iter().any(|question| question.serialize);
        self.database.execute_batch(if writes { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        let answers: Result<Vec<_>, _> = questions.iter().map(|question| self.answer(question)).collect();
        match answers {
            Ok(answers) => self.database.execute_batch("COMMIT").map(|()| answers).map_err(JournalError::from),
            Err(error) => {
                let _ = self.database.execute_batch("ROLLBACK"); // nothing was changed that anybody knows of
                Err(error)
            }
        }
    }

    fn answer(&mut self, question: &Question<'_>) -> Result<CacheAnswer, JournalError> {
        if let Some(hit) = self.hit(question)? {
            return Ok(hit);
        }
        if !question.serialize {
            return Ok(CacheAnswer::Miss);
        }
        let sql = "SELECT run FROM turns WHERE key = ?1";
        let mut select = self.database.prepare_cached(sql)?;
        let holder: Option<String> = select.query_row([&question.key[..]], |row| row.get(0)).optional()?;
        let is_somebody = |run: &String| run != question.run && is_alive(&runs_folder(&self.home).join(run));
        if holder.as_ref().is_some_and(is_somebody) {
            return Ok(CacheAnswer::Busy);
        }
        let sql = "INSERT OR REPLACE INTO turns (key, run, ordinal) VALUES (?1, ?2, ?3)";
        self.database.prepare_cached(sql)?.execute(params![&question.key[..], question.run, question.ordinal])?;
        Ok(CacheAnswer::Miss)
    }

    fn hit(&mut self, question: &Question<'_>) -> Result<Option<CacheAnswer>, JournalError> {
        let found = match self.kept.get(&question.key) {
            Some(kept) if kept.created >= question.not_before => {
                Some(Found { outputs: kept.outputs.to_vec(), run: kept.run.to_string(), data: String::new() })
            }
            Some(_) => None,
            None => self.find(&question.key, question.not_before)?,
        };
        let Some(found) = found else { return Ok(None) };
        match self.made_own(&found, question.run) {
            Ok(()) => Ok(Some(CacheAnswer::Hit { outputs: found.outputs.into(), run: found.run.into() })),
            Err(missing) => {
                self.gone.push((question.key, missing));
                Ok(None)
            }
        }
    }

    fn find(&self, key: &CacheKey, not_before: Micros) -> Result<Option<Found>, JournalError> {
        let sql = "SELECT outputs, run, data FROM entries WHERE key = ?1 AND created >= ?2 AND gone = ''";
        let mut select = self.database.prepare_cached(sql)?;
        let found = |row: &Row<'_>| Ok(Found { outputs: row.get(0)?, run: row.get(1)?, data: row.get(2)? });
        Ok(select.query_row((&key[..], not_before as i64), found).optional()?)
    }

    /// All that an entry refers to is there, and what is the asking run's business is that run's; or what is missing.
    fn made_own(&self, found: &Found, run: &str) -> Result<(), String> {
        if let Some(missing) = paths(&found.data).find(|path| !Path::new(path).exists()) {
            return Err(missing.to_owned());
        }
        let runs = runs_folder(&self.home);
        let from = runs.join(&found.run);
        if found.run == run {
            return Ok(());
        }
        adopt(&from, &runs.join(run), &found.outputs).map_err(|_| {
            file_of(&from, &found.outputs).map_or_else(String::new, |file| file.to_string_lossy().into_owned())
        })
    }

    /// Remember a result until `flush`; in this process it is found at once.
    pub fn keep(&mut self, kept: Kept) {
        self.kept.insert(kept.key, kept);
    }

    /// The key is free, once what was kept before is written.
    pub fn give_back(&mut self, key: CacheKey, run: Arc<str>, ordinal: u32) {
        self.freed.push((key, run, ordinal));
    }

    pub fn has_pending(&self) -> bool {
        !self.kept.is_empty() || !self.freed.is_empty() || !self.gone.is_empty()
    }

    /// Write what was remembered, in one transaction. What cannot be written is forgotten: it is only a cache.
    pub fn flush(&mut self) -> Result<(), JournalError> {
        let (kept, freed, gone) =
            (std::mem::take(&mut self.kept), std::mem::take(&mut self.freed), std::mem::take(&mut self.gone));
        self.database.execute_batch("BEGIN IMMEDIATE")?;
        let written = self
            .mark_gone(&gone)
            .and_then(|()| self.insert(kept.into_values()))
            .and_then(|()| self.free(&freed))
            .and_then(|()| Ok(self.database.execute_batch("COMMIT")?));
        if written.is_err() {
            let _ = self.database.execute_batch("ROLLBACK"); // the first error says more
        }
        written
    }

    fn mark_gone(&self, gone: &[(CacheKey, String)]) -> Result<(), JournalError> {
        for (key, missing) in gone {
            let sql = "UPDATE entries SET gone = ?2 WHERE key = ?1";
            self.database.prepare_cached(sql)?.execute(params![&key[..], missing])?;
        }
        Ok(())
    }

    fn free(&self, freed: &[(CacheKey, Arc<str>, u32)]) -> Result<(), JournalError> {
        for (key, run, ordinal) in freed {
            let sql = "DELETE FROM turns WHERE key = ?1 AND run = ?2 AND ordinal = ?3";
            self.database.prepare_cached(sql)?.execute(params![&key[..], run, ordinal])?;
        }
        Ok(())
    }

    fn insert(&self, kept: impl Iterator<Item = Kept>) -> Result<(), JournalError> {
        let mut tasks: HashMap<Arc<CachedTask>, i64> = HashMap::new();
        for kept in kept {
            let task = match tasks.get(&kept.task) {
                Some(&task) => task,
                None => *tasks.entry(kept.task.clone()).or_insert(self.task_number(&kept.task)?),
            };
            self.insert_one(task, &kept)?;
        }
        Ok(())
    }

    fn insert_one(&self, task: i64, kept: &Kept) -> Result<(), JournalError> {
        let sql = "INSERT INTO entries (key, task, inputs, created, run, ordinal, outputs, size, data)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (key) DO UPDATE SET
                earlier_run = run, earlier_created = created, earlier_gone = gone, gone = '',
                task = excluded.task, inputs = excluded.inputs, created = excluded.created, run = excluded.run,
                ordinal = excluded.ordinal, outputs = excluded.outputs, size = excluded.size, data = excluded.data";
        let folder = runs_folder(&self.home).join(&*kept.run);
        let size = file_of(&folder, &kept.outputs).and_then(|file| std::fs::metadata(file).ok());
        let size = size.map_or(kept.outputs.len() as u64, |file| file.len());
        let data = needed(&folder, &kept.outputs);
        let mut insert = self.database.prepare_cached(sql)?;
        insert.execute(params![
            &kept.key[..],
            task,
            compared(&folder, &kept.inputs),
            kept.created as i64,
            &*kept.run,
            kept.ordinal,
            &kept.outputs[..],
            size as i64,
            data.join("\0"),
        ])?;
        Ok(())
    }

    fn task_number(&self, task: &CachedTask) -> Result<i64, JournalError> {
        let what = (&task.name, &task.version, &task.details);
        let sql = "INSERT INTO tasks (name, version, details) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.database.execute(sql, what)?;
        let sql = "SELECT id FROM tasks WHERE name = ?1 AND version = ?2 AND details = ?3";
        Ok(self.database.query_row(sql, what, |row| row.get(0))?)
    }

    // --- for people

    /// Entries, newest first: all, or those of tasks of one name.
    pub fn list(&self, task: Option<&str>) -> Result<Vec<EntryRow>, JournalError> {
        // Of the outputs only as much as names their file, if they are in one.
        let sql = "SELECT e.key, t.name, t.version, t.details, e.inputs, e.created, e.run, e.ordinal, e.size, e.data,
                e.gone, e.earlier_run, e.earlier_created, e.earlier_gone, substr(e.outputs, 1, 33)
            FROM entries e JOIN tasks t ON t.id = e.task WHERE ?1 IS NULL OR t.name = ?1
            ORDER BY e.created DESC, e.ordinal DESC";
        let mut select = self.database.prepare(sql)?;
        let rows = select.query_map([task], |row| self.entry(row))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }

    fn entry(&self, row: &Row<'_>) -> rusqlite::Result<EntryRow> {
        let run: String = row.get(6)?;
        let (data, outputs): (String, Vec<u8>) = (row.get(9)?, row.get(14)?);
        let file = file_of(&runs_folder(&self.home).join(&run), &outputs);
        let file = file.map(|file| file.to_string_lossy().into_owned());
        let earlier: Option<String> = row.get(11)?;
        let earlier = match earlier {
            Some(earlier) => {
                let created: i64 = row.get(12)?;
                Some((earlier, created as u64, row.get::<_, Option<String>>(13)?.unwrap_or_default()))
            }
            None => None,
        };
        Ok(EntryRow {
            key: row.get(0)?,
            task: row.get(1)?,
            version: row.get(2)?,
            details: row.get(3)?,
            inputs: row.get(4)?,
            created: row.get::<_, i64>(5)? as u64,
            run,
            ordinal: row.get(7)?,
            size: row.get::<_, i64>(8)? as u64,
            data: paths(&data).map(str::to_owned).chain(file).collect(),
            gone: row.get(10)?,
            earlier,
        })
    }

    /// Drop entries, and the room they took; how many there were.
    pub fn remove(&mut self, keys: &[Vec<u8>]) -> Result<usize, JournalError> {
        let change = self.database.transaction()?;
        let mut count = 0;
        for key in keys {
            count += change.prepare_cached("DELETE FROM entries WHERE key = ?1")?.execute([key])?;
        }
        change.execute("DELETE FROM tasks WHERE id NOT IN (SELECT task FROM entries)", [])?;
        change.commit()?;
        if count > 0 {
            // Not while a run uses it; then the room is used again by later entries.
            let _ = self.database.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        }
        Ok(count)
    }
}

/// The database, and the format it has.
fn connect(path: &Path) -> Result<(Connection, i64), JournalError> {
    let mut database = Connection::open(path)?;
    database.busy_timeout(BUSY)?;
    database.pragma_update(None, "synchronous", "NORMAL")?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    let format = format_of(&database)?;
    if format < FORMAT {
        migrate(&mut database)?;
    }
    Ok((database, format))
}

fn format_of(database: &Connection) -> Result<i64, JournalError> {
    let sql = "SELECT 1 FROM sqlite_master WHERE name = 'meta'";
    if database.query_row(sql, [], |_| Ok(())).optional()?.is_none() {
        return Ok(0);
    }
    Ok(database.query_row("SELECT value FROM meta WHERE name = 'format'", [], |row| row.get(0))?)
}

/// Step by step, all or nothing; another process may be doing the same.
fn migrate(database: &mut Connection) -> Result<(), JournalError> {
    let change = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    change.execute_batch("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")?;
    let format = change.query_row("SELECT value FROM meta WHERE name = 'format'", [], |row| row.get(0)).optional()?;
    for step in STEPS.iter().skip(format.unwrap_or(0i64) as usize) {
        change.execute_batch(step)?;
    }
    let newest = format.unwrap_or(0).max(FORMAT);
    change.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('format', ?1)", [newest])?;
    Ok(change.commit()?)
}

/// Keep a damaged file out of the way.
fn set_aside(home: &Path) {
    for end in ["", "-wal", "-shm"] {
        // What is not there, or cannot be moved, shows when it is opened again.
        let _ = std::fs::rename(home.join(format!("{FILE}{end}")), home.join(format!("{FILE}.damaged{end}")));
    }
}

fn paths(data: &str) -> impl Iterator<Item = &str> {
    data.split('\0').filter(|path| !path.is_empty())
}

/// The local data that outputs refer to. A variable that is apart in a file is plain bytes and refers to nothing.
fn needed(folder: &Path, outputs: &Bytes) -> Vec<String> {
    match Reference::of(outputs).and_then(|reference| reference.apart) {
        Some((_, rest)) => local_data(rest),
        None => load(folder, outputs).map_or_else(|_| Vec::new(), |outputs| local_data(&outputs)),
    }
}

/// The hash of each input as a JSON object: enough to say later which one changed, and nothing of the values.
fn compared(folder: &Path, inputs: &Bytes) -> String {
    let size = file_of(folder, inputs).and_then(|file| std::fs::metadata(file).ok()).map_or(0, |file| file.len());
    let hashes = match load(folder, inputs) {
        Ok(inputs) if size <= MOST_COMPARED => hash_of_each(&inputs).unwrap_or_default(),
        _ => Vec::new(),
    };
    let pairs: Vec<String> = hashes.iter().map(|(name, hash)| format!("\"{name}\":\"{hash}\"")).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::index::lease;
    use crate::io::offloaded::{self, LARGE};

    fn kept(key: u8, run: &str, outputs: &[u8]) -> Kept {
        Kept {
            key: [key; 32],
            task: Arc::new(CachedTask { name: "env.load".into(), version: "v1".into(), details: "{}".into() }),
            run: run.into(),
            ordinal: 3,
            inputs: Bytes::from(&b""[..]),
            outputs: outputs.into(),
            created: 100,
        }
    }

    fn question(key: u8, run: &str) -> Question<'_> {
        Question { key: [key; 32], run, ordinal: 1, not_before: 0, serialize: false }
    }

    fn alone(key: u8, run: &str) -> Question<'_> {
        Question { serialize: true, ..question(key, run) }
    }

    fn ask(cache: &mut Cache, question: Question<'_>) -> CacheAnswer {
        cache.look_up(&[question]).unwrap().remove(0)
    }

    fn hit(outputs: &[u8], run: &str) -> CacheAnswer {
        CacheAnswer::Hit { outputs: outputs.into(), run: run.into() }
    }

    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for run in ["rone", "rtwo"] {
            std::fs::create_dir_all(runs_folder(home.path()).join(run)).unwrap();
        }
        home
    }

    #[test]
    fn what_one_process_keeps_another_one_finds_once_it_is_written() {
        let home = home();
        let (mut one, mut other) = (Cache::open(home.path()).unwrap(), Cache::open(home.path()).unwrap());
        one.keep(kept(7, "rone", b"result"));
        assert_eq!(ask(&mut one, question(7, "rone")), hit(b"result", "rone"));
        assert_eq!(ask(&mut other, question(7, "rtwo")), CacheAnswer::Miss);
        one.flush().unwrap();
        assert_eq!(ask(&mut other, question(7, "rtwo")), hit(b"result", "rone"));
        assert_eq!(ask(&mut other, question(8, "rtwo")), CacheAnswer::Miss);
    }

    #[test]
    fn a_result_that_is_too_old_is_a_miss() {
        let home = home();
        let mut cache = Cache::open(home.path()).unwrap();
        cache.keep(kept(7, "rone", b"result"));
        for flushed in [false, true] {
            if flushed {
                cache.flush().unwrap();
            }
            let since = |not_before| Question { not_before, ..question(7, "rtwo") };
            assert_eq!(ask(&mut cache, since(100)), hit(b"result", "rone"));
            assert_eq!(ask(&mut cache, since(101)), CacheAnswer::Miss);
        }
    }

    #[test]
    fn a_large_result_becomes_the_asking_runs_own() {
        let home = home();
        let (one, two) = (runs_folder(home.path()).join("rone"), runs_folder(home.path()).join("rtwo"));
        let reference = offloaded::keep(&one, &vec![1u8; LARGE]).unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        cache.keep(kept(7, "rone", &reference));
        cache.flush().unwrap();
        assert_eq!(ask(&mut cache, question(7, "rtwo")), hit(&reference, "rone"));
        std::fs::remove_dir_all(&one).unwrap();
        assert_eq!(load(&two, &reference).unwrap().len(), LARGE);
        assert!(matches!(ask(&mut cache, question(7, "rthree")), CacheAnswer::Miss));
    }

    #[test]
    fn the_file_of_a_large_result_is_data_that_its_entry_needs() {
        let home = home();
        let one = runs_folder(home.path()).join("rone");
        let reference = offloaded::keep(&one, &vec![1u8; LARGE]).unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        cache.keep(kept(7, "rone", &reference));
        cache.flush().unwrap();
        let row = cache.list(None).unwrap().remove(0);
        let file = file_of(&one, &reference).unwrap().to_string_lossy().into_owned();
        assert_eq!((row.data, row.size), (vec![file], LARGE as u64));
    }

    #[test]
    fn an_entry_whose_data_is_gone_is_a_miss_and_says_so_later() {
        let home = home();
        let data = home.path().join("data.csv");
        std::fs::write(&data, "x").unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        cache.keep(kept(7, "rone", b"result"));
        cache.flush().unwrap();
        let path = data.to_str().unwrap().to_owned();
        cache.database.execute("UPDATE entries SET data = ?1", [&path]).unwrap();
        assert_eq!(ask(&mut cache, question(7, "rtwo")), hit(b"result", "rone"));
        std::fs::remove_file(&data).unwrap();
        assert_eq!(ask(&mut cache, question(7, "rtwo")), CacheAnswer::Miss);
        cache.flush().unwrap();
        assert_eq!(cache.list(None).unwrap()[0].gone, path);
        cache.keep(kept(7, "rtwo", b"again"));
        cache.flush().unwrap();
        let row = cache.list(Some("env.load")).unwrap().remove(0);
        assert_eq!((row.gone.as_str(), row.earlier), ("", Some(("rone".into(), 100, path))));
    }

    #[test]
    fn of_two_runs_one_computes_and_the_other_waits_until_it_gives_the_key_back() {
        let home = home();
        let _leases = ["rone", "rtwo"].map(|run| lease(&runs_folder(home.path()).join(run)).unwrap());
        let (mut one, mut two) = (Cache::open(home.path()).unwrap(), Cache::open(home.path()).unwrap());
        assert_eq!(ask(&mut one, alone(7, "rone")), CacheAnswer::Miss);
        assert_eq!(ask(&mut two, alone(7, "rtwo")), CacheAnswer::Busy);
        one.give_back([7; 32], "rone".into(), 1);
        assert_eq!(ask(&mut two, alone(7, "rtwo")), CacheAnswer::Busy, "not before it is written");
        one.keep(kept(7, "rone", b"result"));
        one.flush().unwrap();
        assert_eq!(ask(&mut two, alone(7, "rtwo")), hit(b"result", "rone"));
    }

    #[test]
    fn a_dead_runs_turn_is_taken_over() {
        let home = home();
        let living = lease(&runs_folder(home.path()).join("rone")).unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        assert_eq!(ask(&mut cache, alone(7, "rone")), CacheAnswer::Miss);
        assert_eq!(ask(&mut cache, alone(7, "rtwo")), CacheAnswer::Busy);
        drop(living);
        assert_eq!(ask(&mut cache, alone(7, "rtwo")), CacheAnswer::Miss);
    }

    #[test]
    fn a_turn_that_the_same_run_took_again_is_not_given_back_by_the_one_before() {
        let home = home();
        let _living = lease(&runs_folder(home.path()).join("rone")).unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        assert_eq!(ask(&mut cache, alone(7, "rone")), CacheAnswer::Miss);
        cache.give_back([7; 32], "rone".into(), 1);
        assert_eq!(ask(&mut cache, Question { ordinal: 2, ..alone(7, "rone") }), CacheAnswer::Miss);
        cache.flush().unwrap();
        assert_eq!(ask(&mut cache, alone(7, "rtwo")), CacheAnswer::Busy);
    }

    #[test]
    fn a_file_of_the_first_format_is_brought_up_to_date_with_what_it_holds() {
        let home = home();
        let old = Connection::open(home.path().join(FILE)).unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
            INSERT INTO meta VALUES ('format', 1);
            INSERT INTO tasks VALUES (1, 'env.load', 'v1', '{}');
            INSERT INTO entries (key, task, inputs, created, run, ordinal, outputs, size, data)
            VALUES (zeroblob(32), 1, '{}', 100, 'rone', 1, x'01', 1, '')",
        )
        .unwrap();
        drop(old);
        let _living = lease(&runs_folder(home.path()).join("rone")).unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        assert_eq!(ask(&mut cache, question(0, "rtwo")), hit(&[1], "rone"));
        assert_eq!(ask(&mut cache, alone(9, "rone")), CacheAnswer::Miss);
        assert_eq!(ask(&mut cache, alone(9, "rtwo")), CacheAnswer::Busy, "what is new works, too");
    }

    #[test]
    fn a_file_of_a_newer_format_is_left_as_it_is() {
        let home = home();
        drop(Cache::open(home.path()).unwrap());
        let database = Connection::open(home.path().join(FILE)).unwrap();
        database.execute("UPDATE meta SET value = ?1", [FORMAT + 1]).unwrap();
        let error = Cache::open(home.path()).err().expect("it is refused").to_string();
        assert!(error.contains("newer version of flyte"), "{error}");
        assert_eq!(format_of(&database).unwrap(), FORMAT + 1);
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let home = home();
        std::fs::write(home.path().join(FILE), b"this is no database".repeat(100)).unwrap();
        let mut cache = Cache::open(home.path()).unwrap();
        assert_eq!(ask(&mut cache, question(7, "rone")), CacheAnswer::Miss);
        assert!(home.path().join("cache.db.damaged").exists());
    }

    #[test]
    fn what_is_removed_is_gone_and_the_rest_stays() {
        let home = home();
        let mut cache = Cache::open(home.path()).unwrap();
        cache.keep(kept(7, "rone", b"seven"));
        cache.keep(kept(8, "rone", b"eight"));
        cache.flush().unwrap();
        assert_eq!(cache.remove(&[vec![7; 32], vec![9; 32]]).unwrap(), 1);
        assert_eq!(ask(&mut cache, question(7, "rtwo")), CacheAnswer::Miss);
        assert_eq!(ask(&mut cache, question(8, "rtwo")), hit(b"eight", "rone"));
    }
}
