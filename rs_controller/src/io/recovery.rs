//! What a run takes over from the run that it recovers: read from that one's journal, checked against today's code.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::index::runs_folder;
use super::journal::{JournalError, Reader};
use super::offloaded::{adopt, load};
use crate::engine::prior::{Before, PriorAction};
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
    /// What of that may be asked for again.
    pub before: Before,
    /// The groups of the actions.
    groups: Vec<Option<Arc<str>>>,
    /// Identity and inputs of the newest run's root.
    root: Option<(String, Bytes)>,
}

impl Prior {
    /// Whether the root had this identity and these inputs.
    pub fn is_root(&self, identity: Option<&str>, inputs: &Bytes) -> bool {
        self.root.as_ref().is_some_and(|(known, before)| Some(known.as_str()) == identity && before == inputs)
    }
}

/// What counts of a run, and of those it recovered itself; the large values of results become those of `into`.
pub fn prior_of(home: &Path, recovery: &Recovery, into: &Path) -> Result<Prior, JournalError> {
    let mut prior = read(home, &recovery.from, recovery, into)?;
    let stale = through_changed_tasks(&prior, recovery, &runs_folder(home).join(&recovery.from));
    if !stale.is_empty() {
        prior.results.retain(|(digest, _)| !stale.contains(digest));
    }
    prior.before.edited = stale;
    if !recovery.rerun_anyway.is_empty() {
        let redone = &mut prior.before.redone;
        prior.results.retain(|(digest, _)| {
            let counts = !recovery.rerun_anyway.contains(&spell(digest));
            if !counts {
                redone.insert(*digest);
            }
            counts
        });
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
    let mut steps = Steps::default();
    let mut redone: HashSet<Digest> = HashSet::new();
    let (mut identity, mut root_inputs) = (None, None);
    let mut ancestor = None;
    reader.read(|record| match record {
        Record::RunStarted(header) => (ancestor, identity) = (header.recovered_from, header.identity),
        Record::Task { task, header } => {
            tasks.insert(task, header.name.into());
        }
        Record::Submitted { parent, task, digest, group, inputs, .. } => {
            let parent = parent.and_then(|parent| digests.get(parent as usize)).copied();
            if digests.is_empty() {
                root_inputs = Some(inputs.clone());
            }
            if let (Some(parent), Some(task)) = (parent, tasks.get(&task).cloned()) {
                actions.push(PriorAction { parent, digest, task, inputs });
                groups.push(group);
            }
            digests.push(digest);
        }
        Record::TraceStarted { ordinal, parent, task, digest, inputs, .. } => {
            if ordinal as usize == digests.len() {
                digests.push(digest);
            }
            if let (Some(&parent), Some(task)) = (digests.get(parent as usize), tasks.get(&task).cloned()) {
                steps.begin(ordinal, PriorAction { parent, digest, task, inputs });
            }
        }
        Record::Traced { ordinal, parent, task, digest, inputs, started, outcome, .. } => {
            if ordinal as usize == digests.len() {
                digests.push(digest);
            }
            if let (Some(&parent), Some(task)) = (digests.get(parent as usize), tasks.get(&task).cloned()) {
                steps.begin(ordinal, PriorAction { parent, digest, task, inputs });
                steps.end(ordinal, started, parent);
            }
            if outcome.is_ok() {
                redone.remove(&digest);
            } else {
                redone.insert(digest);
            }
        }
        Record::Succeeded { ordinal, outputs, .. } if ordinal > 0 => successes.push((ordinal, outputs)),
        Record::Failed { ordinal, delay: None, .. } => redone.extend(digests.get(ordinal as usize)),
        _ => {}
    })?;
    let mut prior = match ancestor {
        // The ancestor may be deleted by now; what this run took over is its own.
        Some(ancestor) if runs_folder(home).join(&ancestor).exists() => read(home, &ancestor, recovery, into)?,
        _ => Prior::default(),
    };
    let own = actions.len();
    actions.append(&mut prior.actions);
    groups.append(&mut prior.groups);
    (prior.actions, prior.groups) = (actions, groups);
    let mut missing = Vec::new();
    for (ordinal, outputs) in successes {
        let digest = digests.get(ordinal as usize).ok_or_else(|| JournalError::Damaged("unknown action".into()))?;
        match adopt(&folder, into, &outputs) {
            Ok(()) => prior.results.push((*digest, outputs)),
            Err(error) if recovery.may_miss_outputs && error.kind() == std::io::ErrorKind::NotFound => {
                missing.push(*digest);
            }
            Err(error) => return Err(JournalError::File(folder, error)),
        }
    }
    if !redone.is_empty() {
        for (digest, _) in &prior.results {
            redone.remove(digest);
        }
    }
    redone.extend(missing);
    prior.before = Before { own, steps: steps.outer(), redone, ..Before::default() };
    prior.root = match (identity, root_inputs) {
        (Some(identity), Some(inputs)) => load(&folder, &inputs).ok().map(|inputs| (identity, inputs)),
        _ => None,
    };
    Ok(prior)
}

/// The steps of a run.
#[derive(Default)]
struct Steps {
    all: Vec<Option<PriorAction>>,
    /// Places by ordinal.
    places: HashMap<u32, usize>,
    /// Those of an action that are over and may be part of another one: when they began, and their place.
    over: HashMap<Digest, Vec<(u64, usize)>>,
}

impl Steps {
    fn begin(&mut self, ordinal: u32, step: PriorAction) {
        self.places.entry(ordinal).or_insert_with(|| {
            self.all.push(Some(step));
            self.all.len() - 1
        });
    }

    /// What is over by now and began no earlier is taken to be part of it, which a journal does not say.
    fn end(&mut self, ordinal: u32, started: u64, parent: Digest) {
        let Some(&place) = self.places.get(&ordinal) else { return };
        let over = self.over.entry(parent).or_default();
        while let Some(&(_, inner)) = over.last().filter(|(began, _)| *began >= started) {
            self.all[inner] = None;
            over.pop();
        }
        over.push((started, place));
    }

    fn outer(self) -> Vec<PriorAction> {
        self.all.into_iter().flatten().collect()
    }
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
