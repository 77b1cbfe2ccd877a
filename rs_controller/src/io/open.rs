//! Opening a run: its name, its folder, its lease, its journal, and what it takes over from the run it recovers.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::index::{lease, runs_folder, Lease};
use super::journal::{Durability, Journal};
use super::logs::LogFile;
use super::recovery::{prior_of, Prior, Recovery};
use super::signals::{adopt_checkpoints, adopt_signals, earlier_of};
use super::watch::Watch;
use crate::engine::model::{CacheKey, Micros, RunSettings, TaskSpec};
use crate::engine::record::{Bytes, Record, RunHeader};
use crate::engine::traces::Earlier;

/// Everything a run starts from.
#[derive(Debug, Clone)]
pub struct RunParameters {
    pub name: Option<String>,
    pub task: TaskSpec,
    /// What names its code (wire.md 5.5); None is unknown.
    pub identity: Option<String>,
    /// What people said about the run, as a JSON object.
    pub attributes: Option<String>,
    pub inputs: Bytes,
    pub context: Option<Arc<str>>,
    /// The user's file, as given.
    pub file: String,
    /// Folder the run is started in.
    pub folder: String,
    pub recovery: Option<Recovery>,
    pub durability: Durability,
    /// The inputs in short, for lists.
    pub note: String,
    pub settings: RunSettings,
    pub cache_key: Option<CacheKey>,
}

/// A run that is being written.
pub struct OpenRun {
    pub header: RunHeader,
    pub journal: Journal,
    pub logs: LogFile,
    pub watch: Arc<Watch>,
    pub prior: Prior,
    pub earlier: Earlier,
    pub parameters: RunParameters,
    _lease: Lease,
}

/// Unix microseconds.
pub fn now() -> Micros {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as Micros)
}

/// Tells the time by the clock of the day as it was when this one was made: whoever sets that one forwards or back
/// neither fires timers nor makes them wait. Sleep of the machine counts.
pub struct Clock {
    made_at: Micros,
    offset: Micros,
}

impl Clock {
    pub fn start() -> Clock {
        Clock { made_at: now(), offset: since_boot() }
    }

    /// Unix microseconds; never earlier than before.
    pub fn now(&self) -> Micros {
        self.made_at + since_boot().saturating_sub(self.offset)
    }
}

fn since_boot() -> Micros {
    #[cfg(target_os = "linux")]
    const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC; // counts sleep there
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to `time`, which lives as long as the call. It cannot fail for a clock that every kernel has.
    unsafe { libc::clock_gettime(CLOCK, &mut time) };
    time.tv_sec as Micros * 1_000_000 + time.tv_nsec as Micros / 1000
}

/// `r` and six characters that cannot be mistaken for one another (ux.md 7.1).
fn invent_name() -> String {
    const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstvwyz";
    let mut random = [0u8; 8];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, &mut random));
    let mut seed = u64::from_le_bytes(random);
    if read.is_err() {
        seed = now() ^ (u64::from(std::process::id()) << 40); // a name that is taken is tried again anyway
    }
    let mut name = String::from("r");
    for _ in 0..6 {
        name.push(LETTERS[(seed % LETTERS.len() as u64) as usize] as char);
        seed /= LETTERS.len() as u64;
    }
    name
}

fn is_folder_name(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    !name.is_empty() && name.len() <= 100 && !name.starts_with(['.', '-']) && name.chars().all(allowed)
}

fn unwritable(home: &Path, error: &std::io::Error) -> String {
    let what_to_do = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room there, or set FLYTE_HOME to another folder",
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => "set FLYTE_HOME to a folder that you may write",
        _ => "free it up, or set FLYTE_HOME to another folder",
    };
    format!("cannot write to the state folder {}: {error}; {what_to_do}", home.display())
}

/// Make the run's folder and name it.
fn claim(home: &Path, wanted: Option<&str>) -> Result<(String, PathBuf), String> {
    let runs = runs_folder(home);
    fs::create_dir_all(&runs).map_err(|error| unwritable(home, &error))?;
    for _ in 0..20 {
        let name = wanted.map_or_else(invent_name, str::to_owned);
        if !is_folder_name(&name) {
            return Err(format!("`{name}` cannot name a run: use up to 100 letters, digits, `-`, `_` and `.`"));
        }
        let folder = runs.join(&name);
        match fs::create_dir(&folder) {
            Ok(()) => return Ok((name, folder)),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unwritable(home, &error)),
            Err(_) if wanted.is_some() => {
                return Err(format!("there is a run named `{name}` already; choose another name"))
            }
            Err(_) => {}
        }
    }
    Err(format!("no free run name found in {}", runs.display()))
}

/// Open a run that starts at `started_at`: a clear sentence when it cannot be.
pub fn open_run(home: &Path, parameters: RunParameters, started_at: Micros) -> Result<OpenRun, String> {
    let (name, folder) = claim(home, parameters.name.as_deref())?;
    let mut prior = match &parameters.recovery {
        Some(recovery) => prior_of(home, recovery, &folder).map_err(|error| {
            let _ = fs::remove_dir_all(&folder); // nothing was recorded in it
            format!("cannot recover from run {}: {error}", recovery.from)
        })?,
        None => Prior::default(),
    };
    prior.before.is_same_root = prior.is_root(parameters.identity.as_deref(), &parameters.inputs);
    let earlier = match parameters.recovery.as_ref().map(|recovery| &recovery.from) {
        Some(from) => earlier_of(home, from, &folder)
            .and_then(|earlier| adopt_signals(home, from, &folder).map(|()| earlier))
            .and_then(|earlier| adopt_checkpoints(home, from, &folder).map(|()| earlier))
            .map_err(|error| {
                let _ = fs::remove_dir_all(&folder); // as above
                format!("cannot recover from run {from}: {error}")
            })?,
        None => Earlier::default(),
    };
    let trouble = |error: &dyn std::fmt::Display| format!("cannot record the run in {}: {error}", folder.display());
    let lease = lease(&folder).map_err(|error| trouble(&error))?.ok_or_else(|| trouble(&"somebody else holds it"))?;
    let mut journal = Journal::create(&folder, parameters.durability).map_err(|error| trouble(&error))?;
    let logs = LogFile::create(&folder).map_err(|error| trouble(&error))?;
    let header = RunHeader {
        name,
        task: parameters.task.name.clone(),
        file: parameters.file.clone(),
        folder: parameters.folder.clone(),
        started_at,
        recovered_from: parameters.recovery.as_ref().map(|recovery| recovery.from.clone()),
        process: std::process::id(),
        identity: parameters.identity.clone(),
        attributes: parameters.attributes.clone(),
    };
    journal.append(Record::RunStarted(header.clone())).map_err(|error| trouble(&error))?;
    let watch = Arc::new(Watch::default());
    watch.update(|seen| seen.apply(&[Record::RunStarted(header.clone())]));
    Ok(OpenRun { header, journal, logs, watch, prior, earlier, parameters, _lease: lease })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_names_are_short_and_typeable() {
        for _ in 0..100 {
            let name = invent_name();
            assert_eq!(name.len(), 7);
            assert!(name.starts_with('r') && is_folder_name(&name));
            assert!(!name[1..].contains(['0', 'o', '1', 'l', 'i', 'x', 'u']));
        }
    }

    #[test]
    fn a_clock_agrees_with_the_clock_of_the_day_while_nobody_sets_that() {
        let clock = Clock::start();
        let first = clock.now();
        assert!(first.abs_diff(now()) < 1_000_000);
        assert!(clock.now() >= first);
    }

    #[test]
    fn a_taken_or_impossible_name_is_refused() {
        let home = tempfile::tempdir().unwrap();
        assert!(claim(home.path(), Some("nightly")).is_ok());
        assert!(claim(home.path(), Some("nightly")).unwrap_err().contains("already"));
        for name in ["", "../x", ".hidden", "a/b", "-x"] {
            assert!(claim(home.path(), Some(name)).unwrap_err().contains("cannot name a run"), "{name}");
        }
    }

    #[test]
    fn a_state_folder_that_cannot_be_written_says_so() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(claim(&file, None).unwrap_err().contains("FLYTE_HOME"));
    }
}
