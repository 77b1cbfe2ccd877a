//! The folded run tree: what every face of a run draws, made from its records alone.
//! It decides nothing and never looks at the engine.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::record::{Bytes, Digest, Failure, Origin, Record, RunHeader, RunPhase, TaskHeader};

/// First byte of a value that is elsewhere; no protobuf message starts with it (field 31, wire type 7).
pub const REFERENCE: u8 = 0xff;
const NONE: u32 = u32::MAX;
/// Bytes of inputs that a tree keeps per action: what varies among siblings is short, and 100,000 must fit.
const SHORT: usize = 256;
/// As many unfinished actions of a row are told.
const UNFINISHED: usize = 10;

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
    /// Which of the tree's rows it is in.
    pub row: u32,
    first_row: u32,
    last_row: u32,
}

/// What is known of siblings of one name, or of one group, kept up to date: a run may have very many.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Siblings {
    group: Option<Arc<str>>,
    family: u32,
    counts: Counts,
    started_at: Option<u64>,
    /// The latest end of any of them.
    ended_at: u64,
    first: u32,
    retries: u32,
    /// The next row of the same parent.
    next: u32,
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
    rows: Vec<Siblings>,
    /// Rows by parent, family and group.
    row_of: HashMap<(u32, u32, Option<Arc<str>>), u32>,
    /// Actions that have begun and are not over: by row, in the order they began.
    unfinished: BTreeSet<(u32, Option<u64>, u32)>,
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
                if let Some(node) = self.nodes.get(*ordinal as usize) {
                    if (1..=*attempt).contains(&node.attempts) {
                        self.restarts.entry(*ordinal).or_default().push(*at);
                    }
                }
                self.begin(*ordinal, attempt + 1, *at);
                self.enter(*ordinal, self.phase_at_work(*ordinal));
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
            node.ended_at = None;
        }
        self.begin(ordinal, 1, at);
    }

    /// It has been started so often by now.
    fn begin(&mut self, ordinal: u32, attempts: u32, at: u64) {
        let Some(node) = self.nodes.get_mut(ordinal as usize) else { return };
        let retries = attempts.max(node.attempts).max(1) - node.attempts.max(1);
        node.attempts = node.attempts.max(attempts);
        let is_first = node.started_at.is_none();
        let was_unfinished = is_first && is_unfinished(node.phase);
        let row = node.row;
        let started_at = *node.started_at.get_or_insert(at);
        if was_unfinished && self.unfinished.remove(&(row, None, ordinal)) {
            self.unfinished.insert((row, Some(started_at), ordinal));
        }
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.retries += retries;
            row.started_at = Some(row.started_at.map_or(started_at, |earliest| earliest.min(started_at)));
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
            row: NONE,
            first_row: NONE,
            last_row: NONE,
        });
        self.counts[Phase::Queued as usize] += 1;
        let Some(parent) = parent.filter(|&parent| parent < ordinal) else { return };
        let last = std::mem::replace(&mut self.nodes[parent as usize].last_child, ordinal);
        match self.nodes.get_mut(last as usize) {
            Some(sibling) => sibling.next_sibling = ordinal,
            None => self.nodes[parent as usize].first_child = ordinal,
        }
        self.nodes[parent as usize].child_count += 1;
        let row = self.row_for(parent, ordinal);
        self.nodes[ordinal as usize].row = row;
        self.rows[row as usize].counts[Phase::Queued as usize] += 1;
    }

    /// The row that an action belongs in; most are in the one that their parent got last.
    fn row_for(&mut self, parent: u32, ordinal: u32) -> u32 {
        let node = &self.nodes[ordinal as usize];
        let family = if node.group.is_none() { self.family(node.task) } else { NONE };
        let last = self.nodes[parent as usize].last_row;
        if self.rows.get(last as usize).is_some_and(|row| row.family == family && row.group == node.group) {
            return last;
        }
        let new = self.rows.len() as u32;
        let row = *self.row_of.entry((parent, family, node.group.clone())).or_insert(new);
        if row == new {
            let group = node.group.clone();
            let (counts, started_at, ended_at, retries) = (Counts::default(), None, 0, 0);
            let next = NONE;
            self.rows.push(Siblings { group, family, counts, started_at, ended_at, first: ordinal, retries, next });
            match self.rows.get_mut(last as usize) {
                Some(before) => before.next = new,
                None => self.nodes[parent as usize].first_row = new,
            }
            self.nodes[parent as usize].last_row = new;
        }
        row
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
        let Some(node) = self.nodes.get_mut(ordinal as usize) else { return };
        let before = std::mem::replace(&mut node.phase, phase);
        self.counts[before as usize] -= 1;
        self.counts[phase as usize] += 1;
        let Some(row) = self.rows.get_mut(node.row as usize) else { return };
        row.counts[before as usize] -= 1;
        row.counts[phase as usize] += 1;
        let place = (node.row, node.started_at, ordinal);
        match (is_unfinished(before), is_unfinished(phase)) {
            (false, true) => drop(self.unfinished.insert(place)),
            (true, false) => drop(self.unfinished.remove(&place)),
            _ => {}
        }
    }

    fn finish(&mut self, ordinal: u32, phase: Phase, at: u64) {
        self.enter(ordinal, phase);
        if let Some(node) = self.nodes.get_mut(ordinal as usize) {
            node.ended_at = Some(at);
            if let Some(row) = self.rows.get_mut(node.row as usize) {
                row.ended_at = row.ended_at.max(at);
            }
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
        self.rows_of(ordinal).map(|row| self.fold(row)).collect()
    }

    fn rows_of(&self, ordinal: u32) -> impl Iterator<Item = u32> + '_ {
        let existing = |row: u32| (row != NONE).then_some(row);
        let first = self.nodes.get(ordinal as usize).and_then(|node| existing(node.first_row));
        std::iter::successors(first, move |&row| existing(self.rows[row as usize].next))
    }

    /// The number of a row, which is unique in the tree.
    pub fn row_called(&self, parent: u32, key: &str, is_group: bool) -> Option<u32> {
        self.rows_of(parent).find(|&row| {
            let row = &self.rows[row as usize];
            row.group.is_some() == is_group && row.group.as_deref().unwrap_or_else(|| self.short_name(row.first)) == key
        })
    }

    fn fold(&self, number: u32) -> Fold {
        let row = &self.rows[number as usize];
        let is_over = Phase::ALL.iter().all(|phase| phase.is_final() || row.counts[*phase as usize] == 0);
        let unfinished = self.unfinished.range((number, None, 0)..=(number, Some(u64::MAX), NONE));
        Fold {
            key: row.group.as_deref().unwrap_or_else(|| self.short_name(row.first)).to_owned(),
            is_group: row.group.is_some(),
            counts: row.counts,
            started_at: row.started_at,
            ended_at: is_over.then_some(row.ended_at),
            first: row.first,
            unfinished: unfinished.take(UNFINISHED).map(|&(_, _, ordinal)| ordinal).collect(),
            retries: row.retries,
        }
    }
}

/// Whether it has begun, and is not over.
fn is_unfinished(phase: Phase) -> bool {
    matches!(phase, Phase::Running | Phase::Retrying | Phase::Paused)
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
