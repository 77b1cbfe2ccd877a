//! The folded run tree: what every face of a run draws, made from its records alone.
//! It decides nothing and never looks at the engine.

use std::collections::HashMap;
use std::sync::Arc;

use super::record::{Bytes, Digest, Failure, Origin, Record, RunHeader, RunPhase, TaskHeader};

/// First byte of a value that is elsewhere; no protobuf message starts with it (field 31, wire type 7).
pub const REFERENCE: u8 = 0xff;
const NONE: u32 = u32::MAX;
/// Bytes of inputs that a tree keeps per action: what varies among siblings is short, and 100,000 must fit.
const SHORT: usize = 256;

/// How the details begin of tasks whose actions no worker runs.
const WAITS: [&str; 2] = [r#"{"kind":"condition""#, r#"{"kind":"sleep""#];
/// How the details begin of steps inside an action.
const TRACE: &str = r#"{"kind":"trace""#;

/// Whether the details of a task say that its actions are sleeps.
pub fn is_sleep(details: &str) -> bool {
    details.starts_with(WAITS[1])
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    Queued,
    Running,
    Retrying,
    Succeeded,
    Failed,
    Aborted,
    Recovered,
    /// Somebody, or time, has to answer.
    Paused,
    Cached,
}

impl Phase {
    pub const ALL: [Phase; 9] = [
        Phase::Queued,
        Phase::Running,
        Phase::Retrying,
        Phase::Succeeded,
        Phase::Failed,
        Phase::Aborted,
        Phase::Recovered,
        Phase::Paused,
        Phase::Cached,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Phase::Queued => "queued",
            Phase::Running => "running",
            Phase::Retrying => "retrying",
            Phase::Succeeded => "succeeded",
            Phase::Failed => "failed",
            Phase::Aborted => "aborted",
            Phase::Recovered => "recovered",
            Phase::Paused => "paused",
            Phase::Cached => "cached",
        }
    }

    /// The phase that is called so.
    pub fn called(word: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.word() == word)
    }

    pub fn is_final(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed | Phase::Aborted | Phase::Recovered | Phase::Cached)
    }
}

/// How many actions are in each phase, indexed like `Phase::ALL`.
pub type Counts = [u32; 9];

/// One action. Times are microseconds since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub parent: Option<u32>,
    pub task: u32,
    pub digest: Digest,
    pub group: Option<Arc<str>>,
    pub phase: Phase,
    pub index: u32,
    pub attempts: u32,
    pub queued_at: u64,
    pub started_at: Option<u64>,
    pub ended_at: Option<u64>,
    /// Microseconds of processor time, of all attempts together.
    pub cpu: u64,
    /// Most bytes resident in its process, in any attempt.
    pub memory: u64,
    /// Inputs short enough to be kept here; longer ones are read from the journal when asked for.
    pub inputs: Option<Bytes>,
    first_child: u32,
    last_child: u32,
    next_sibling: u32,
    pub child_count: u32,
}

/// Siblings of one name, or of one group, under one parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    pub key: String,
    pub is_group: bool,
    pub counts: Counts,
    pub started_at: Option<u64>,
    pub ended_at: Option<u64>,
    pub first: u32,
    pub unfinished: Vec<u32>,
    pub retries: u32,
}

/// The state of one run as its records tell it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub header: RunHeader,
    pub tasks: HashMap<u32, TaskHeader>,
    /// What people may want to know of a task, as a JSON object.
    pub details: HashMap<u32, String>,
    pub nodes: Vec<Node>,
    pub failures: HashMap<u32, Arc<Failure>>,
    /// The run that an action's cached result comes from.
    pub cached_from: HashMap<u32, Arc<str>>,
    /// Cached tasks whose earlier results the run was told not to use, and whether it replaced them.
    pub unread: HashMap<u32, bool>,
    /// Inputs and outputs of the root, which people ask for most.
    pub inputs: Option<Bytes>,
    pub outputs: Option<Bytes>,
    pub notices: Vec<(u64, String)>,
    pub counts: Counts,
    pub retries: u32,
    /// Microseconds of processor time of all actions, and the most bytes that any had.
    pub cpu: u64,
    pub memory: u64,
    pub ended: Option<(u64, RunPhase)>,
    /// Ordinals in the order they reached a final phase.
    pub finished: Vec<u32>,
    /// Links of actions that have some: name and address.
    pub links: HashMap<u32, Vec<(String, String)>>,
    /// When anything last happened.
    pub latest: u64,
    siblings: HashMap<(u32, u32), u32>,
    /// The first task of each short name, and which of those every task goes with: people know them by that name.
    namesakes: HashMap<String, u32>,
    families: HashMap<u32, u32>,
    /// Starts of every attempt but the first.
    restarts: HashMap<u32, Vec<u64>>,
}

impl Tree {
    /// Fold in what happened no later than `until` (Unix microseconds). False once something happened later: whatever
    /// follows that did, too.
    pub fn apply_until(&mut self, record: &Record, until: u64) -> bool {
        let is_later = record.at().is_some_and(|at| self.header.started_at.saturating_add(at) > until);
        if !is_later {
            self.apply(record);
        }
        !is_later
    }

    pub fn apply(&mut self, record: &Record) {
        self.latest = record.at().map_or(self.latest, |at| at.max(self.latest));
        match record {
            Record::RunStarted(header) => self.header = header.clone(),
            Record::Task { task, header } => {
                let first = *self.namesakes.entry(header.short_name.clone()).or_insert(*task);
                self.families.insert(*task, first);
                self.tasks.insert(*task, header.clone());
            }
            Record::Submitted { parent, task, digest, group, at, inputs, .. } => {
                let is_here = inputs.len() <= SHORT && inputs.first() != Some(&REFERENCE);
                let kept = is_here.then(|| inputs.clone());
                self.add(*parent, *task, *digest, group.clone(), *at, kept);
                if self.nodes.len() == 1 {
                    self.inputs = Some(inputs.clone());
                }
            }
            Record::Started { ordinal, attempt, at } => {
                self.enter(*ordinal, self.phase_at_work(*ordinal));
                if let Some(node) = self.nodes.get_mut(*ordinal as usize) {
                    if (1..=*attempt).contains(&node.attempts) {
                        self.restarts.entry(*ordinal).or_default().push(*at);
                    }
                    node.attempts = node.attempts.max(attempt + 1);
                    node.started_at.get_or_insert(*at);
                }
            }
            Record::Succeeded { ordinal, at, origin, outputs } => {
                let phase = match origin {
                    Origin::Ran => Phase::Succeeded,
                    Origin::Recovered => Phase::Recovered,
                    Origin::Cached => Phase::Cached,
                };
                self.finish(*ordinal, phase, *at);
                self.failures.remove(ordinal);
                if *ordinal == 0 {
                    self.outputs = Some(outputs.clone());
                }
            }
            Record::Failed { ordinal, at, delay, failure } => {
                self.failures.insert(*ordinal, failure.clone());
                if delay.is_some() {
                    self.retries += 1;
                    self.enter(*ordinal, Phase::Retrying);
                } else {
                    self.finish(*ordinal, Phase::Failed, *at);
                }
            }
            Record::Lost { ordinal, .. } => self.enter(*ordinal, Phase::Queued),
            Record::Climbed { ordinal, .. } => {
                self.retries += 1;
                self.enter(*ordinal, Phase::Queued);
            }
            Record::Spent { ordinal, cpu, memory, .. } => {
                self.cpu = self.cpu.saturating_add(*cpu);
                self.memory = self.memory.max(*memory);
                if let Some(node) = self.nodes.get_mut(*ordinal as usize) {
                    node.cpu = node.cpu.saturating_add(*cpu);
                    node.memory = node.memory.max(*memory);
                }
            }
            Record::Aborted { ordinal, at, .. } => self.finish(*ordinal, Phase::Aborted, *at),
            Record::Reopened { ordinal, .. } => {
                self.enter(*ordinal, Phase::Queued);
                if let Some(node) = self.nodes.get_mut(*ordinal as usize) {
                    node.ended_at = None;
                }
            }
            Record::Details { task, text } => {
                self.details.insert(*task, text.clone());
            }
            Record::CacheHit { ordinal, run } => {
                self.cached_from.insert(*ordinal, run.clone());
            }
            Record::Unread { task, writes } => {
                self.unread.insert(*task, *writes);
            }
            Record::Notice { at, text } => self.notices.push((*at, text.clone())),
            Record::RunEnded { at, phase } => self.ended = Some((*at, *phase)),
            Record::Link { ordinal, name, uri } => {
                let links = self.links.entry(*ordinal).or_default();
                links.retain(|(known, _)| known != name);
                links.push((name.clone(), uri.clone()));
            }
            Record::TraceStarted { ordinal, parent, task, digest, group, at, inputs } => {
                self.begin_step(*ordinal, *parent, *task, *digest, group.clone(), *at, inputs);
                self.enter(*ordinal, Phase::Running);
            }
            Record::Traced { ordinal, parent, task, digest, group, started, ended, origin, inputs, outcome } => {
                self.begin_step(*ordinal, *parent, *task, *digest, group.clone(), *started, inputs);
                let phase = match (outcome, origin) {
                    (Err(_), _) => Phase::Failed,
                    (Ok(_), Origin::Ran) => Phase::Succeeded,
                    (Ok(_), Origin::Recovered) => Phase::Recovered,
                    (Ok(_), Origin::Cached) => Phase::Cached,
                };
                self.finish(*ordinal, phase, *ended);
                match outcome {
                    Ok(_) => self.failures.remove(ordinal),
                    Err(failure) => self.failures.insert(*ordinal, failure.clone()),
                };
            }
            Record::Signalled { .. } => {}
        }
    }

    /// Whether somebody has to answer it.
    pub fn is_condition(&self, ordinal: u32) -> bool {
        self.details_of(ordinal).starts_with(WAITS[0])
    }

    /// Whether it is a step inside an action.
    pub fn is_step(&self, ordinal: u32) -> bool {
        self.details_of(ordinal).starts_with(TRACE)
    }

    fn details_of(&self, ordinal: u32) -> &str {
        let task = self.nodes.get(ordinal as usize).map(|node| node.task);
        task.and_then(|task| self.details.get(&task)).map_or("", String::as_str)
    }

    /// Actions that no worker runs are paused when they have begun.
    fn phase_at_work(&self, ordinal: u32) -> Phase {
        let details = self.details_of(ordinal);
        if WAITS.iter().any(|kind| details.starts_with(kind)) {
            Phase::Paused
        } else {
            Phase::Running
        }
    }

    #[allow(clippy::too_many_arguments)] // the fields of a record
    fn begin_step(
        &mut self,
        ordinal: u32,
        parent: u32,
        task: u32,
        digest: Digest,
        group: Option<Arc<str>>,
        at: u64,
        inputs: &Bytes,
    ) {
        if ordinal as usize == self.nodes.len() {
            let is_here = inputs.len() <= SHORT && inputs.first() != Some(&REFERENCE);
            self.add(Some(parent), task, digest, group, at, is_here.then(|| inputs.clone()));
        }
        if let Some(node) = self.nodes.get_mut(ordinal as usize) {
            node.attempts = node.attempts.max(1);
            node.started_at.get_or_insert(at);
            node.ended_at = None;
        }
    }

    fn add(
        &mut self,
        parent: Option<u32>,
        task: u32,
        digest: Digest,
        group: Option<Arc<str>>,
        at: u64,
        inputs: Option<Bytes>,
    ) {
        let ordinal = self.nodes.len() as u32;
        let count = self.siblings.entry((parent.unwrap_or(NONE), self.family(task))).or_default();
        let index = *count;
        *count += 1;
        self.nodes.push(Node {
            parent,
            task,
            digest,
            group,
            phase: Phase::Queued,
            index,
            attempts: 0,
            queued_at: at,
            started_at: None,
            ended_at: None,
            cpu: 0,
            memory: 0,
            inputs,
            first_child: NONE,
            last_child: NONE,
            next_sibling: NONE,
            child_count: 0,
        });
        self.counts[Phase::Queued as usize] += 1;
        let Some(parent) = parent.filter(|&parent| parent < ordinal) else { return };
        let last = std::mem::replace(&mut self.nodes[parent as usize].last_child, ordinal);
        match self.nodes.get_mut(last as usize) {
            Some(sibling) => sibling.next_sibling = ordinal,
            None => self.nodes[parent as usize].first_child = ordinal,
        }
        self.nodes[parent as usize].child_count += 1;
    }

    fn family(&self, task: u32) -> u32 {
        self.families.get(&task).copied().unwrap_or(NONE)
    }

    /// When its attempts started, as far as the run tells.
    pub fn attempt_starts(&self, ordinal: u32) -> Vec<u64> {
        let first = self.nodes.get(ordinal as usize).and_then(|node| node.started_at);
        let others = self.restarts.get(&ordinal).into_iter().flatten();
        first.into_iter().chain(others.copied()).collect()
    }

    fn enter(&mut self, ordinal: u32, phase: Phase) {
        if let Some(node) = self.nodes.get_mut(ordinal as usize) {
            self.counts[node.phase as usize] -= 1;
            node.phase = phase;
            self.counts[phase as usize] += 1;
        }
    }

    fn finish(&mut self, ordinal: u32, phase: Phase, at: u64) {
        self.enter(ordinal, phase);
        if let Some(node) = self.nodes.get_mut(ordinal as usize) {
            node.ended_at = Some(at);
            self.finished.push(ordinal);
        }
    }

    pub fn children(&self, ordinal: u32) -> Children<'_> {
        Children { tree: self, next: self.nodes.get(ordinal as usize).map_or(NONE, |node| node.first_child) }
    }

    pub fn short_name(&self, ordinal: u32) -> &str {
        self.nodes
            .get(ordinal as usize)
            .and_then(|node| self.tasks.get(&node.task))
            .map_or("?", |task| task.short_name.as_str())
    }

    /// `flaky.3`; the root is just its short name.
    pub fn label(&self, ordinal: u32) -> String {
        match self.nodes.get(ordinal as usize) {
            Some(node) if node.parent.is_some() => format!("{}.{}", self.short_name(ordinal), node.index),
            _ => self.short_name(ordinal).to_owned(),
        }
    }

    /// `flaky.3/parse.0`, from the root's children down.
    pub fn path(&self, ordinal: u32) -> String {
        let mut labels = vec![self.label(ordinal)];
        let mut at = self.nodes.get(ordinal as usize).and_then(|node| node.parent);
        while let Some(parent) = at.filter(|&parent| parent != 0) {
            labels.push(self.label(parent));
            at = self.nodes[parent as usize].parent;
        }
        labels.reverse();
        labels.join("/")
    }

    /// The rows under one action, in order of first submission.
    pub fn folds(&self, ordinal: u32) -> Vec<Fold> {
        let mut rows: Vec<Fold> = Vec::new();
        let mut by_key: HashMap<(u32, Option<&str>), usize> = HashMap::new();
        for child in self.children(ordinal) {
            let node = &self.nodes[child as usize];
            let family = if node.group.is_none() { self.family(node.task) } else { NONE };
            let key = (family, node.group.as_deref());
            let row = *by_key.entry(key).or_insert_with(|| {
                rows.push(Fold {
                    key: node.group.as_deref().unwrap_or_else(|| self.short_name(child)).to_owned(),
                    is_group: node.group.is_some(),
                    counts: Counts::default(),
                    started_at: None,
                    ended_at: Some(0),
                    first: child,
                    unfinished: Vec::new(),
                    retries: 0,
                });
                rows.len() - 1
            });
            rows[row].take(child, node);
        }
        for row in &mut rows {
            let started = |child: &u32| self.nodes[*child as usize].started_at;
            row.unfinished.sort_by_key(started);
            row.unfinished.truncate(10);
        }
        rows
    }
}

impl Fold {
    fn take(&mut self, child: u32, node: &Node) {
        self.counts[node.phase as usize] += 1;
        self.retries += node.attempts.saturating_sub(1);
        self.started_at = match (self.started_at, node.started_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.ended_at = match (self.ended_at, node.ended_at) {
            (Some(a), Some(b)) if node.phase.is_final() => Some(a.max(b)),
            _ => None,
        };
        if matches!(node.phase, Phase::Running | Phase::Retrying | Phase::Paused) {
            self.unfinished.push(child);
        }
    }
}

/// The children of one action, in order of submission.
pub struct Children<'a> {
    tree: &'a Tree,
    next: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let current = self.next;
        self.next = self.tree.nodes.get(current as usize)?.next_sibling;
        Some(current)
    }
}
