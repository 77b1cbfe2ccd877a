//! Answers to conditions on their way: files in the run's folder; and what a recovered run takes over of waits and steps.
//!
//! A file is written whole under another name first. Its first line is the condition's name, the second one is `value`
//! or an error's code, and the rest the outputs, or the error's message.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::index::runs_folder;
use super::journal::{JournalError, Reader};
use super::offloaded::adopt;
use crate::engine::conditions::duration_of;
use crate::engine::record::{Bytes, Digest, Failure, Kind, Record};
use crate::engine::traces::{Earlier, EarlierStep};
use crate::engine::tree::is_sleep;

const FOLDER: &str = "signals";
/// Where actions save what they want to find again (`flyte.Checkpoint`).
const CHECKPOINTS: &str = "checkpoints";
/// How names end of files that are not whole yet.
const UNFINISHED: &str = "tmp";

/// One answer.
pub struct Signal {
    pub path: PathBuf,
    pub name: Arc<str>,
    pub answer: Result<Bytes, Arc<Failure>>,
}

/// The answers in a run's folder, in the order of their names. What cannot be read is left alone.
pub fn signals_in(run: &Path) -> Vec<Signal> {
    let mut found: Vec<Signal> = files_in(run).into_iter().filter_map(read).collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn files_in(run: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(run.join(FOLDER)) else { return Vec::new() };
    let is_whole = |path: &PathBuf| path.extension().is_none_or(|extension| extension != UNFINISHED);
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_whole).collect()
}

fn read(path: PathBuf) -> Option<Signal> {
    let data = fs::read(&path).ok()?;
    let mut parts = data.splitn(3, |&byte| byte == b'\n');
    let name = Arc::from(std::str::from_utf8(parts.next()?).ok()?);
    let kind = std::str::from_utf8(parts.next()?).ok()?.to_owned();
    let rest = parts.next()?;
    let answer = if kind == "value" {
        Ok(Bytes::from(rest))
    } else {
        let mut failure = Failure::found(Kind::User, &kind, String::from_utf8_lossy(rest).into_owned());
        failure.recoverable = false;
        Err(Arc::new(failure))
    };
    Some(Signal { path, name, answer })
}

/// Answers that came while the run recovered from had no driver are this run's.
pub fn adopt_signals(home: &Path, from: &str, to: &Path) -> Result<(), JournalError> {
    let trouble = |error: io::Error| JournalError::File(to.to_owned(), error);
    for path in files_in(&runs_folder(home).join(from)) {
        let Some(name) = path.file_name() else { continue };
        fs::create_dir_all(to.join(FOLDER)).map_err(trouble)?;
        fs::rename(&path, to.join(FOLDER).join(name)).map_err(trouble)?;
    }
    Ok(())
}

/// What its actions had saved on their way is there for those of the run that recovers: the files get second names.
pub fn adopt_checkpoints(home: &Path, from: &str, to: &Path) -> Result<(), JournalError> {
    let old = runs_folder(home).join(from).join(CHECKPOINTS);
    if !old.is_dir() {
        return Ok(());
    }
    link_all(&old, &to.join(CHECKPOINTS)).map_err(|error| JournalError::File(old, error))
}

fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (old, new, kind) = (entry.path(), to.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            link_all(&old, &new)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&old)?, &new)?;
        } else {
            fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(|_| ()))?;
        }
    }
    Ok(())
}

/// Steps that succeeded in a run and in those it recovered itself, sleeps that had begun, answers not asked for yet.
pub fn earlier_of(home: &Path, name: &str, into: &Path) -> Result<Earlier, JournalError> {
    let mut reader = Reader::open(&runs_folder(home).join(name))?;
    let folder = reader.folder().to_owned();
    let mut earlier = Earlier::default();
    let mut ancestor = None;
    let (mut digests, mut sleeps): (Vec<Digest>, HashMap<u32, bool>) = (Vec::new(), HashMap::new());
    let mut sleeping: HashMap<u32, u64> = HashMap::new();
    let mut started_at = 0;
    reader.read(|record| match record {
        Record::RunStarted(header) => (ancestor, started_at) = (header.recovered_from, header.started_at),
        Record::Details { task, text } => {
            sleeps.insert(task, is_sleep(&text));
        }
        Record::Submitted { ordinal, task, digest, at, inputs, .. } => {
            digests.push(digest);
            if sleeps.get(&task) == Some(&true) {
                sleeping.insert(ordinal, started_at + at + duration_of(&inputs));
            }
        }
        Record::Succeeded { ordinal, .. } => {
            sleeping.remove(&ordinal);
        }
        Record::TraceStarted { ordinal, digest, .. } if ordinal as usize == digests.len() => digests.push(digest),
        Record::Traced { ordinal, parent, digest, outcome, .. } => {
            if ordinal as usize == digests.len() {
                digests.push(digest);
            }
            if let (Ok(outputs), Some(&parent)) = (outcome, digests.get(parent as usize)) {
                earlier.steps.push(EarlierStep { parent, digest, outputs });
            }
        }
        Record::Signalled { name, answered: 0, value, .. } => earlier.signals.push((name, value)),
        Record::Signalled { name, .. } => {
            if let Some(place) = earlier.signals.iter().position(|(signal, _)| *signal == name) {
                earlier.signals.remove(place);
            }
        }
        _ => {}
    })?;
    for step in &earlier.steps {
        adopt(&folder, into, &step.outputs).map_err(|error| JournalError::File(folder.clone(), error))?;
    }
    let begun = sleeping.into_iter().filter_map(|(ordinal, due)| Some((*digests.get(ordinal as usize)?, due)));
    earlier.sleeps = begun.collect();
    match ancestor {
        Some(ancestor) if runs_folder(home).join(&ancestor).exists() => {
            let mut all = earlier_of(home, &ancestor, into)?;
            all.steps.append(&mut earlier.steps);
            // A sleep that went on here had begun there: the first of the two moments counts.
            earlier.sleeps.retain(|(digest, _)| !all.sleeps.iter().any(|(begun, _)| begun == digest));
            all.sleeps.append(&mut earlier.sleeps);
            all.signals = earlier.signals;
            Ok(all)
        }
        _ => Ok(earlier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_its_name_and_an_error_with_its_code() {
        let run = tempfile::tempdir().unwrap();
        assert!(signals_in(run.path()).is_empty());
        fs::create_dir(run.path().join(FOLDER)).unwrap();
        fs::write(run.path().join(FOLDER).join("1"), b"approve\nvalue\nyes\nno").unwrap();
        fs::write(run.path().join(FOLDER).join("2"), b"approve\nEOFError\nnobody there").unwrap();
        fs::write(run.path().join(FOLDER).join("3.tmp"), b"appr").unwrap();
        fs::write(run.path().join(FOLDER).join("4"), b"torn").unwrap();
        let found = signals_in(run.path());
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[0].name, found[0].answer.as_deref().unwrap()), ("approve", &b"yes\nno"[..]));
        assert_eq!(found[1].answer.as_ref().unwrap_err().code, "EOFError");
    }

    #[test]
    fn answers_move_to_the_run_that_recovers() {
        let home = tempfile::tempdir().unwrap();
        let (old, new) = (runs_folder(home.path()).join("old"), runs_folder(home.path()).join("new"));
        fs::create_dir_all(old.join(FOLDER)).unwrap();
        fs::write(old.join(FOLDER).join("1"), b"approve\nvalue\nyes").unwrap();
        adopt_signals(home.path(), "old", &new).unwrap();
        assert_eq!((signals_in(&old).len(), signals_in(&new).len()), (0, 1));
    }
}
