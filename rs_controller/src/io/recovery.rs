//! What a run takes over from the run that it recovers: read from that one's journal, checked against today's code.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::index::runs_folder;
use super::journal::{JournalError, Reader};
use super::offloaded::{adopt, load};
use crate::engine::prior::PriorAction;
use crate::engine::record::{Bytes, Digest, Record};
use crate::wire::hash::inputs_hash;
use crate::wire::naming::{digest, spell};

/// The root's digest in journals; its name is `a0`.
const ROOT: Digest = [0; 16];
/// How many actions of a task are looked at, to tell whether its code is what it was.
const SAMPLES: usize = 64;
/// Equal calls of one parent are numbered; a sample is taken to be one of the first.
const EQUAL_CALLS: u32 = 8;

/// A task as it is declared now.
#[derive(Debug, Clone)]
pub struct Callee {
    pub name: String,
    pub identity: String,
    pub ignored: Vec<String>,
}

/// Which run is recovered, and what of it counts.
#[derive(Debug, Clone, Default)]
pub struct Recovery {
    pub from: String,
    /// Wire names of actions whose results do not count.
    pub rerun_anyway: HashSet<String>,
    /// Results whose large values are gone do not count, instead of ending it.
    pub may_miss_outputs: bool,
    /// Tasks that are known now: results that came about through a task whose code has changed do not count.
    pub tasks: Vec<Callee>,
}

/// What a run has from those that it recovers.
#[derive(Default)]
pub struct Prior {
    /// Results by name, oldest first.
    pub results: Vec<(Digest, Bytes)>,
    /// All their actions, those of the newest run first.
    pub actions: Vec<PriorAction>,
    /// The groups of those.
    groups: Vec<Option<Arc<str>>>,
}

/// What counts of a run, and of those it recovered itself; the large values of results become those of `into`.
pub fn prior_of(home: &Path, recovery: &Recovery, into: &Path) -> Result<Prior, JournalError> {
    let mut prior = read(home, &recovery.from, recovery, into)?;
    let stale = through_changed_tasks(&prior, recovery, &runs_folder(home).join(&recovery.from));
    if !stale.is_empty() {
        prior.results.retain(|(digest, _)| !stale.contains(digest));
    }
    if !recovery.rerun_anyway.is_empty() {
        prior.results.retain(|(digest, _)| !recovery.rerun_anyway.contains(&spell(digest)));
    }
    Ok(prior)
}

fn read(home: &Path, name: &str, recovery: &Recovery, into: &Path) -> Result<Prior, JournalError> {
    let mut reader = Reader::open(&runs_folder(home).join(name))?;
    let folder = reader.folder().to_owned();
    let mut digests: Vec<Digest> = Vec::new();
    let mut successes: Vec<(u32, Bytes)> = Vec::new();
    let mut tasks: HashMap<u32, Arc<str>> = HashMap::new();
    let (mut actions, mut groups) = (Vec::new(), Vec::new());
    let mut ancestor = None;
    reader.read(|record| match record {
        Record::RunStarted(header) => ancestor = header.recovered_from,
        Record::Task { task, header } => {
            tasks.insert(task, header.name.into());
        }
        Record::Submitted { parent, task, digest, group, inputs, .. } => {
            let parent = parent.and_then(|parent| digests.get(parent as usize)).copied();
            if let (Some(parent), Some(task)) = (parent, tasks.get(&task).cloned()) {
                actions.push(PriorAction { parent, digest, task, inputs });
                groups.push(group);
            }
            digests.push(digest);
        }
        Record::TraceStarted { ordinal, digest, .. } | Record::Traced { ordinal, digest, .. }
            if ordinal as usize == digests.len() =>
        {
            digests.push(digest);
        }
        Record::Succeeded { ordinal, outputs, .. } if ordinal > 0 => successes.push((ordinal, outputs)),
        _ => {}
    })?;
    let mut prior = match ancestor {
        // The ancestor may be deleted by now; what this run took over is its own.
        Some(ancestor) if runs_folder(home).join(&ancestor).exists() => read(home, &ancestor, recovery, into)?,
        _ => Prior::default(),
    };
    actions.append(&mut prior.actions);
    groups.append(&mut prior.groups);
    (prior.actions, prior.groups) = (actions, groups);
    for (ordinal, outputs) in successes {
        let digest = digests.get(ordinal as usize).ok_or_else(|| JournalError::Damaged("unknown action".into()))?;
        match adopt(&folder, into, &outputs) {
            Ok(()) => prior.results.push((*digest, outputs)),
            Err(error) if recovery.may_miss_outputs && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(JournalError::File(folder, error)),
        }
    }
    Ok(prior)
}

/// The actions that called a task whose code has changed since, directly or through others.
///
/// The tasks themselves need no looking for: their actions have other names now.
fn through_changed_tasks(prior: &Prior, recovery: &Recovery, folder: &Path) -> HashSet<Digest> {
    let changed: HashSet<&str> = recovery
        .tasks
        .iter()
        .filter(|callee| is_changed(prior, callee, folder))
        .map(|callee| callee.name.as_str())
        .collect();
    let mut stale = HashSet::new();
    if changed.is_empty() {
        return stale;
    }
    let parents: HashMap<&Digest, &Digest> = prior.actions.iter().map(|each| (&each.digest, &each.parent)).collect();
    for action in prior.actions.iter().filter(|action| changed.contains(&*action.task)) {
        let mut above = Some(&action.parent);
        while let Some(digest) = above.filter(|digest| stale.insert(**digest)) {
            above = parents.get(digest).copied();
        }
    }
    stale
}

/// Whether none of a task's actions has the name that it would have today.
fn is_changed(prior: &Prior, callee: &Callee, folder: &Path) -> bool {
    let mut samples =
        prior
            .actions
            .iter()
            .zip(&prior.groups)
            .filter(|(action, _)| *action.task == *callee.name)
            .filter_map(|(action, group)| {
                let inputs = load(folder, &action.inputs).ok()?;
                let hash = inputs_hash(&inputs, &callee.ignored).ok()?;
                let parent = if action.parent == ROOT { "a0".to_owned() } else { spell(&action.parent) };
                Some((1..=EQUAL_CALLS).any(|sequence| {
                    digest(&parent, &hash, &callee.identity, sequence, group.as_deref()) == action.digest
                }))
            })
            .take(SAMPLES)
            .peekable();
    samples.peek().is_some() && !samples.any(|is_same| is_same)
}
