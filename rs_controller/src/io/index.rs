//! The small index over all runs of a state folder: what lists need without opening every journal.
//! It can lose nothing that matters: each run's folder holds the truth.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use rusqlite::{Connection, OptionalExtension, Row, MAIN_DB};

use super::journal::{JournalError, Reader};
use super::leftovers::{has_leftovers, has_scratch, remove_leftovers};
use super::reading::open_to_read;
use crate::engine::tree::{Counts, Phase, Tree};
use crate::wire::preview::preview;

const FILE: &str = "index.db";
/// Held by a run's driver as long as it lives; gone when nothing is left to tidy up after it.
pub const LOCK: &str = "lock";

/// Where deleted runs go for a moment.
const TRASH: &str = "trash";

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS runs (
    name TEXT PRIMARY KEY, task TEXT NOT NULL, file TEXT NOT NULL, project TEXT NOT NULL, phase TEXT NOT NULL,
    started_at INTEGER NOT NULL, ended_at INTEGER, counts TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
    recovered_from TEXT, attributes TEXT)";

/// For an index of an earlier version.
const ADDED: &str = "ALTER TABLE runs ADD COLUMN attributes TEXT";

const COLUMNS: &str =
    "SELECT name, task, file, project, phase, started_at, ended_at, counts, note, recovered_from, attributes FROM runs";

/// One run, as lists show it. Times are Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunRow {
    pub name: String,
    pub task: String,
    pub file: String,
    pub project: String,
    pub phase: String,
    pub started_at: u64,
    pub ended_at: Option<u64>,
    /// Comma-separated numbers in the order of `Phase::ALL`.
    pub counts: String,
    pub note: String,
    pub recovered_from: Option<String>,
    /// What people said about it, as a JSON object.
    pub attributes: Option<String>,
}

pub fn runs_folder(home: &Path) -> PathBuf {
    home.join("runs")
}

pub struct Index {
    database: Connection,
    home: PathBuf,
}

impl Index {
    /// Open it; one that is new, or damaged, is filled from the runs' folders.
    pub fn open(home: &Path) -> Result<Index, JournalError> {
        let is_new = !home.join(FILE).exists();
        let (index, is_empty) = match Index::open_as_it_is(home) {
            Err(error) if error.is_damage() => {
                set_aside(home);
                (Index::open_as_it_is(home)?, true)
            }
            opened => (opened?, is_new),
        };
        if is_empty {
            rebuild(&index)?;
        }
        Ok(index)
    }

    /// Open it to look something up. Where it cannot be written, this is a copy in memory, which takes up what is not
    /// listed yet like any other.
    pub fn open_to_read(home: &Path) -> Result<Index, JournalError> {
        match Index::open(home) {
            Err(error) if error.is_unwritable() => Index::copied(home),
            Ok(index) if index.database.is_readonly(MAIN_DB)? => Index::copied(home),
            opened => opened,
        }
    }

    fn copied(home: &Path) -> Result<Index, JournalError> {
        let mut database = Connection::open_in_memory()?;
        database.execute_batch(SCHEMA)?;
        let path = home.join(FILE);
        let is_new = !path.exists();
        if !is_new {
            let kept = open_to_read(&path)?;
            let copying = database.transaction()?;
            copy_rows(&kept, &copying)?;
            copying.commit()?;
        }
        let index = Index { database, home: home.to_owned() };
        if is_new {
            rebuild(&index)?;
        }
        Ok(index)
    }

    fn open_as_it_is(home: &Path) -> Result<Index, JournalError> {
        let database = Connection::open(home.join(FILE))?;
        database.busy_timeout(Duration::from_secs(10))?;
        database.pragma_update(None, "synchronous", "OFF")?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.execute_batch(SCHEMA)?;
        if !database.column_exists(None, "runs", "attributes")? {
            database.execute_batch(ADDED)?;
        }
        Ok(Index { database, home: home.to_owned() })
    }

    pub fn insert(&self, row: &RunRow) -> Result<(), JournalError> {
        let sql = "INSERT OR REPLACE INTO runs (name, task, file, project, phase, started_at, note, recovered_from,
            attributes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let started_at = row.started_at as i64;
        let RunRow { name, task, file, project, phase, note, recovered_from, attributes, .. } = row;
        let values = (name, task, file, project, phase, started_at, note, recovered_from, attributes);
        self.database.execute(sql, values)?;
        Ok(())
    }

    pub fn finish(&self, name: &str, phase: &str, ended_at: u64, counts: &str, note: &str) -> Result<(), JournalError> {
        let sql = "UPDATE runs SET phase = ?2, ended_at = ?3, counts = ?4, note = CASE ?5 WHEN '' THEN note ELSE ?5 END
            WHERE name = ?1";
        self.database.execute(sql, (name, phase, ended_at as i64, counts, note))?;
        Ok(())
    }

    /// Tidy up after drivers that died: what is over is listed so, and temporary files go.
    ///
    /// A driver that ends normally does it itself; one that is killed at its very end has listed its run as over, so
    /// the latest runs are looked at too.
    pub fn remove_leftovers(&self) -> Result<(), JournalError> {
        let sql = "SELECT name FROM runs WHERE ended_at IS NULL OR rowid > (SELECT max(rowid) FROM runs) - 64";
        let mut select = self.database.prepare(sql)?;
        for name in select.query_map([], |row| row.get::<_, String>(0))? {
            let name = name?;
            let folder = runs_folder(&self.home).join(&name);
            if has_leftovers(&folder) {
                // Held meanwhile: nobody goes on with the run, and another driver that looks leaves it to this one.
                if let Ok(Some(_lease)) = lease(&folder) {
                    self.tidy_up(&name)?;
                }
            }
        }
        self.remove_unlisted_leftovers()
    }

    /// The same for runs that could not be listed, as the disk was full then.
    fn remove_unlisted_leftovers(&self) -> Result<(), JournalError> {
        let listed: i64 = self.database.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?;
        let folders: Vec<_> = std::fs::read_dir(runs_folder(&self.home)).into_iter().flatten().flatten().collect();
        if folders.len() as i64 <= listed {
            return Ok(());
        }
        for folder in folders.iter().map(std::fs::DirEntry::path).filter(|folder| has_scratch(folder)) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let is_listed = self.database.query_row("SELECT 1 FROM runs WHERE name = ?1", [&name], |_| Ok(()));
            if is_listed.optional()?.is_none() {
                if let Ok(Some(_lease)) = lease(&folder) {
                    remove_leftovers(&folder);
                }
            }
        }
        Ok(())
    }

    /// Tidy up after one run that is over, or has no driver. When it cannot be listed, the lock stays, which tells the
    /// next one who looks that there is something to do.
    pub fn tidy_up(&self, name: &str) -> Result<(), JournalError> {
        self.finish_by_journal(name)?;
        remove_leftovers(&runs_folder(&self.home).join(name));
        Ok(())
    }

    /// List a run as over when its journal says so: its driver may have died between the two.
    fn finish_by_journal(&self, name: &str) -> Result<(), JournalError> {
        let is_open = "SELECT 1 FROM runs WHERE name = ?1 AND ended_at IS NULL";
        if self.database.query_row(is_open, [name], |_| Ok(())).optional()?.is_none() {
            return Ok(());
        }
        let folder = runs_folder(&self.home).join(name);
        // Most runs without a driver were interrupted, and their last records say so at little cost.
        if !Reader::open(&folder).and_then(|reader| reader.is_over()).unwrap_or(false) {
            return Ok(());
        }
        match read_tree(&folder) {
            Some(Tree { header, counts, ended: Some((at, phase)), .. }) => {
                self.finish(name, phase.word(), header.started_at + at, &spell_counts(&counts), "")
            }
            _ => Ok(()),
        }
    }

    /// Newest first.
    pub fn list(&self, project: Option<&str>, prefix: &str, limit: u32) -> Result<Vec<RunRow>, JournalError> {
        let sql = format!(
            "{COLUMNS} WHERE (?1 IS NULL OR project = ?1) AND substr(name, 1, length(?2)) = ?2
            ORDER BY started_at DESC, rowid DESC LIMIT ?3"
        );
        let mut select = self.database.prepare(&sql)?;
        let rows = select.query_map((project, prefix, limit), row)?;
        let mut found = rows.collect::<Result<Vec<_>, _>>()?;
        for found in &mut found {
            let folder = runs_folder(&self.home).join(&found.name);
            if found.ended_at.is_some() || is_alive(&folder) {
                continue;
            }
            if folder.join(LOCK).exists() {
                self.finish_by_journal(&found.name)?;
                *found = self.database.query_row(&format!("{COLUMNS} WHERE name = ?1"), [&found.name], row)?;
            }
            if found.ended_at.is_none() {
                "interrupted".clone_into(&mut found.phase);
            }
        }
        Ok(found)
    }
}

impl Index {
    /// How many runs there are, of a project or in all.
    pub fn count(&self, project: Option<&str>) -> Result<u64, JournalError> {
        let sql = "SELECT count(*) FROM runs WHERE ?1 IS NULL OR project = ?1";
        Ok(self.database.query_row(sql, [project], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Delete a run with all that it recorded; false when it goes on.
    pub fn remove(&self, name: &str) -> Result<bool, JournalError> {
        let folder = runs_folder(&self.home).join(name);
        if folder.is_dir() {
            let trouble = |error| JournalError::File(folder.clone(), error);
            // Held until the folder is out of the way: nobody else deletes it meanwhile.
            let Some(_lease) = lease(&folder).map_err(trouble)? else { return Ok(false) };
            let trash = self.home.join(TRASH);
            std::fs::create_dir_all(&trash).map_err(trouble)?;
            // Moved first: a run is there as a whole, or not at all.
            std::fs::rename(&folder, trash.join(name)).map_err(trouble)?;
        }
        self.database.execute("DELETE FROM runs WHERE name = ?1", [name])?;
        // What cannot be removed now is, with the next run that is deleted.
        let _ = std::fs::remove_dir_all(self.home.join(TRASH));
        Ok(true)
    }
}

/// Keep a damaged index out of the way.
pub fn set_aside(home: &Path) {
    for end in ["", "-wal", "-shm"] {
        // What is not there, or cannot be moved, shows when the index is opened again.
        let _ = std::fs::rename(home.join(format!("{FILE}{end}")), home.join(format!("{FILE}.damaged{end}")));
    }
}

/// Enter runs that have a journal but are not listed: the index was deleted, or their driver died early.
pub fn rebuild(index: &Index) -> Result<(), JournalError> {
    let Ok(folders) = std::fs::read_dir(runs_folder(&index.home)) else { return Ok(()) };
    // All at once: of 10,000 runs, asking for each takes 40 ms.
    let mut select = index.database.prepare("SELECT name FROM runs")?;
    let listed = select.query_map([], |row| row.get(0))?.collect::<Result<HashSet<String>, _>>()?;
    for folder in folders.flatten() {
        if !folder.file_name().to_str().is_some_and(|name| listed.contains(name)) {
            // A folder that holds no journal of ours is nobody's run.
            if let Some(tree) = read_tree(&folder.path()) {
                enter(index, &tree)?;
            }
        }
    }
    Ok(())
}

/// 15 ms for 10,000 runs.
fn copy_rows(from: &Connection, to: &Connection) -> Result<(), JournalError> {
    let columns = match from.column_exists(None, "runs", "attributes")? {
        true => COLUMNS.to_owned(),
        false => COLUMNS.replace("attributes", "NULL"), // an index of an earlier version
    };
    let mut select = from.prepare(&format!("{columns} ORDER BY rowid"))?;
    let mut insert = to.prepare("INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
    for each in select.query_map([], row)? {
        let run = each?;
        let (started_at, ended_at) = (run.started_at as i64, run.ended_at.map(|at| at as i64));
        let RunRow { name, task, file, project, phase, counts, note, recovered_from, attributes, .. } = run;
        let values = (name, task, file, project, phase, started_at, ended_at, counts, note, recovered_from, attributes);
        insert.execute(values)?;
    }
    Ok(())
}

fn read_tree(folder: &Path) -> Option<Tree> {
    let mut tree = Tree::default();
    Reader::open(folder).ok()?.read(|record| tree.apply(&record)).ok()?;
    (!tree.nodes.is_empty()).then_some(tree)
}

/// The inputs as a note has them: `n=20 name='x'`.
fn in_short(inputs: &[u8]) -> String {
    preview(inputs).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn enter(index: &Index, tree: &Tree) -> Result<(), JournalError> {
    let header = &tree.header;
    index.insert(&RunRow {
        name: header.name.clone(),
        task: header.task.clone(),
        file: header.file.clone(),
        project: header.folder.clone(),
        phase: "running".into(),
        started_at: header.started_at,
        recovered_from: header.recovered_from.clone(),
        attributes: header.attributes.clone(),
        note: tree.inputs.as_ref().map_or_else(String::new, |inputs| in_short(inputs)),
        ..RunRow::default()
    })?;
    match tree.ended {
        Some((at, phase)) => {
            let note = tree.failures.get(&0).map_or_else(String::new, |failure| failure.head());
            index.finish(&header.name, phase.word(), header.started_at + at, &spell_counts(&tree.counts), &note)
        }
        None => Ok(()),
    }
}

/// Counts as the index keeps them.
pub fn spell_counts(counts: &Counts) -> String {
    counts.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// The inverse of `spell_counts`, as (phase, count) without the zeros.
pub fn read_counts(text: &str) -> Vec<(Phase, u32)> {
    let numbers = text.split(',').map(|word| word.parse().unwrap_or(0));
    Phase::ALL.into_iter().zip(numbers).filter(|&(_, count)| count > 0).collect()
}

fn row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        name: row.get(0)?,
        task: row.get(1)?,
        file: row.get(2)?,
        project: row.get(3)?,
        phase: row.get(4)?,
        started_at: row.get::<_, i64>(5)? as u64,
        ended_at: row.get::<_, Option<i64>>(6)?.map(|at| at as u64),
        counts: row.get(7)?,
        note: row.get(8)?,
        recovered_from: row.get(9)?,
        attributes: row.get(10)?,
    })
}

/// Held by a run's driver for as long as it lives; the system lets go of it when the driver dies.
pub struct Lease(#[allow(dead_code)] Flock<File>);

/// Take the lease of a run's folder; None when somebody has it.
pub fn lease(folder: &Path) -> std::io::Result<Option<Lease>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
    Ok(Flock::lock(file, FlockArg::LockExclusiveNonblock).ok().map(Lease))
}

/// Whether a run's driver lives.
pub fn is_alive(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(LOCK)) else { return false }; // a look needs no right to write
    Flock::lock(file, FlockArg::LockSharedNonblock).is_err()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::record::{Record, RunHeader, RunPhase};
    use crate::io::journal::{Durability, Journal};

    fn run(name: &str, started_at: u64) -> RunRow {
        RunRow { name: name.into(), phase: "running".into(), project: "/p".into(), started_at, ..RunRow::default() }
    }

    #[test]
    fn runs_are_listed_newest_first_and_found_by_prefix() {
        let home = tempfile::tempdir().unwrap();
        let index = Index::open(home.path()).unwrap();
        index.insert(&run("rabc", 1)).unwrap();
        index.insert(&run("rabd", 2)).unwrap();
        index.finish("rabc", "succeeded", 5, "1", "").unwrap();
        let names = |rows: Vec<RunRow>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
        assert_eq!(names(index.list(None, "", 9).unwrap()), ["rabd", "rabc"]);
        assert_eq!(names(index.list(Some("/p"), "rabc", 9).unwrap()), ["rabc"]);
        assert_eq!(names(index.list(Some("/elsewhere"), "", 9).unwrap()), [""; 0]);
    }

    #[test]
    fn a_run_that_has_a_journal_is_found_though_the_index_was_lost() {
        let home = tempfile::tempdir().unwrap();
        let folder = runs_folder(home.path()).join("rabc");
        std::fs::create_dir_all(&folder).unwrap();
        let mut journal = Journal::create(&folder, Durability::Normal).unwrap();
        let header = RunHeader { name: "rabc".into(), started_at: 7, ..RunHeader::default() };
        let inputs = Arc::from(&b""[..]);
        journal.append(Record::RunStarted(header)).unwrap();
        let root = Record::Submitted { ordinal: 0, parent: None, task: 0, digest: [0; 16], group: None, at: 0, inputs };
        journal.append(root).unwrap();
        journal.append(Record::RunEnded { at: 3, phase: RunPhase::Failed }).unwrap();
        journal.commit().unwrap();
        let index = Index::open(home.path()).unwrap();
        rebuild(&index).unwrap();
        let rows = index.list(None, "rabc", 9).unwrap();
        assert_eq!((rows.len(), rows[0].phase.as_str(), rows[0].ended_at), (1, "failed", Some(10)));
    }

    #[test]
    fn a_run_whose_driver_died_after_its_end_was_recorded_is_listed_as_over() {
        let home = tempfile::tempdir().unwrap();
        let folder = runs_folder(home.path()).join("rabc");
        std::fs::create_dir_all(&folder).unwrap();
        let index = Index::open(home.path()).unwrap();
        index.insert(&run("rabc", 7)).unwrap();
        let driver = lease(&folder).unwrap();
        let mut journal = Journal::create(&folder, Durability::Normal).unwrap();
        let header = RunHeader { name: "rabc".into(), started_at: 7, ..RunHeader::default() };
        let inputs = Arc::from(&b""[..]);
        journal.append(Record::RunStarted(header)).unwrap();
        let root = Record::Submitted { ordinal: 0, parent: None, task: 0, digest: [0; 16], group: None, at: 0, inputs };
        journal.append(root).unwrap();
        journal.append(Record::RunEnded { at: 3, phase: RunPhase::Succeeded }).unwrap();
        journal.commit().unwrap();
        assert_eq!(index.list(None, "", 9).unwrap()[0].phase, "running");
        drop(driver);
        let rows = index.list(None, "", 9).unwrap();
        assert_eq!((rows[0].phase.as_str(), rows[0].ended_at), ("succeeded", Some(10)));
    }

    #[test]
    fn an_index_from_before_attributes_gets_room_for_them() {
        let home = tempfile::tempdir().unwrap();
        let before = SCHEMA.replace(", attributes TEXT)", ")");
        let database = Connection::open(home.path().join(FILE)).unwrap();
        database.execute_batch(&before).unwrap();
        database.execute_batch("INSERT INTO runs VALUES ('rold', '', '', '', 'failed', 1, 2, '', '', NULL)").unwrap();
        drop(database);
        assert_eq!(Index::copied(home.path()).unwrap().list(None, "", 9).unwrap().len(), 1);
        let index = Index::open(home.path()).unwrap();
        let attributes = Some(r#"{"labels":{"team":"ml"}}"#.to_owned());
        index.insert(&RunRow { attributes: attributes.clone(), ..run("rnew", 2) }).unwrap();
        let rows = index.list(None, "", 9).unwrap();
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["rnew", "rold"]);
        assert_eq!((&rows[0].attributes, &rows[1].attributes), (&attributes, &None));
        assert_eq!(Index::copied(home.path()).unwrap().list(None, "", 9).unwrap(), rows);
    }

    #[test]
    fn a_damaged_index_is_set_aside() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(FILE), b"this is no database".repeat(100)).unwrap();
        let index = Index::open(home.path()).unwrap();
        index.insert(&run("rabc", 1)).unwrap();
        assert_eq!(index.list(None, "", 9).unwrap().len(), 1);
        assert!(home.path().join("index.db.damaged").exists());
    }

    #[test]
    fn only_the_temporary_files_of_runs_without_a_driver_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let index = Index::open(home.path()).unwrap();
        let folder = |name: &str| runs_folder(home.path()).join(name);
        for name in ["rdead", "rlive"] {
            std::fs::create_dir_all(folder(name).join("scratch/7")).unwrap();
            std::fs::write(folder(name).join("data"), b"").unwrap();
            index.insert(&run(name, 1)).unwrap();
        }
        let _driver = lease(&folder("rlive")).unwrap();
        index.remove_leftovers().unwrap();
        assert!(folder("rlive").join("scratch/7").exists());
        assert!(folder("rdead").join("data").exists() && !folder("rdead").join("scratch").exists());
    }

    #[test]
    fn a_deleted_run_is_gone_from_the_disk_and_the_list_but_one_that_goes_on_is_not() {
        let home = tempfile::tempdir().unwrap();
        let index = Index::open(home.path()).unwrap();
        for name in ["rdead", "rlive"] {
            std::fs::create_dir_all(runs_folder(home.path()).join(name).join("data")).unwrap();
            index.insert(&run(name, 1)).unwrap();
        }
        let _driver = lease(&runs_folder(home.path()).join("rlive")).unwrap();
        assert!(index.remove("rdead").unwrap());
        assert!(!index.remove("rlive").unwrap());
        assert!(!runs_folder(home.path()).join("rdead").exists() && !home.path().join(TRASH).exists());
        assert!(runs_folder(home.path()).join("rlive").exists());
        assert_eq!((index.count(None).unwrap(), index.count(Some("/elsewhere")).unwrap()), (1, 0));
    }

    #[test]
    fn counts_are_read_as_they_were_written() {
        assert_eq!(
            read_counts(&spell_counts(&[0, 1, 0, 5, 0, 0, 2, 0, 0])),
            [(Phase::Running, 1), (Phase::Succeeded, 5), (Phase::Recovered, 2)]
        );
    }

    #[test]
    fn a_run_whose_driver_is_gone_shows_as_interrupted() {
        let home = tempfile::tempdir().unwrap();
        let index = Index::open(home.path()).unwrap();
        let folder = runs_folder(home.path()).join("rabc");
        std::fs::create_dir_all(&folder).unwrap();
        let lease = lease(&folder).unwrap();
        assert!(lease.is_some());
        index.insert(&run("rabc", 1)).unwrap();
        assert_eq!(index.list(None, "", 1).unwrap()[0].phase, "running");
        drop(lease);
        assert_eq!(index.list(None, "", 1).unwrap()[0].phase, "interrupted");
    }

    #[test]
    fn a_run_that_could_not_be_listed_is_tidied_up_unless_somebody_works_on_it() {
        let home = tempfile::tempdir().unwrap();
        let index = Index::open(home.path()).unwrap();
        let scratch = |name: &str| runs_folder(home.path()).join(name).join("scratch/7");
        for name in ["rdead", "ralive"] {
            std::fs::create_dir_all(scratch(name)).unwrap();
        }
        let held = lease(&runs_folder(home.path()).join("ralive")).unwrap();
        index.remove_leftovers().unwrap();
        assert_eq!(["rdead", "ralive"].map(|name| scratch(name).exists()), [false, true]);
        drop(held);
    }
}
