//! What viewers ask of a tree that may have 100,000 nodes: siblings, branches, what a run's time hung on, search.
//! Whatever touches many nodes is here, so that a screen asks for the few rows it shows.

use std::cmp::Reverse;
use std::fmt::Write;

use super::tree::{Counts, Node, Phase, Tree};
use crate::wire::literal::named;
use crate::wire::preview::short;

/// As many failed actions of a branch are told.
const FAILED: usize = 100;
const SLOWEST: usize = 5;

/// Which row of the folded tree: siblings of one short name, or of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    pub parent: u32,
    pub key: &'a str,
    pub is_group: bool,
}

/// How long actions took that ran to an end, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Durations {
    pub count: u32,
    pub sum: u64,
    pub shortest: u64,
    pub longest: u64,
}

impl Durations {
    fn take(&mut self, duration: u64) {
        self.shortest = if self.count == 0 { duration } else { self.shortest.min(duration) };
        self.longest = self.longest.max(duration);
        self.sum = self.sum.saturating_add(duration);
        self.count += 1;
    }
}

/// Many actions in numbers: everything below one, itself not included, or siblings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subtree {
    pub counts: Counts,
    pub retries: u32,
    pub cpu: u64,
    pub failed: Vec<u32>,
    /// Those that took longest, or have taken longest so far, with their microseconds.
    pub slowest: Vec<(u32, u64)>,
    pub durations: Durations,
}

impl Node {
    /// Microseconds it took, if it ran to an end: nobody cut it short, and no other run did it.
    pub fn duration(&self) -> Option<u64> {
        let ran = matches!(self.phase, Phase::Succeeded | Phase::Failed);
        let (start, end) = (self.started_at?, self.ended_at?);
        ran.then(|| end.saturating_sub(start))
    }

    fn begin(&self) -> u64 {
        self.started_at.unwrap_or(self.queued_at)
    }
}

impl Tree {
    /// The siblings of one row, in order of submission, only those in `phases` when given.
    pub fn members<'a>(&'a self, row: Row<'a>, phases: Option<&'a [Phase]>) -> impl Iterator<Item = u32> + 'a {
        let number = self.row_called(row.parent, row.key, row.is_group);
        let children = number.map(|_| self.children(row.parent)).into_iter().flatten();
        children.filter(move |&child| {
            let node = &self.nodes[child as usize];
            Some(node.row) == number && phases.is_none_or(|phases| phases.contains(&node.phase))
        })
    }

    /// Shortest and longest time of a row's siblings that ran to an end, and how many fall in each of `bins` equal parts.
    pub fn durations(&self, row: Row<'_>, bins: usize) -> Option<(u64, u64, Vec<u32>)> {
        let times: Vec<u64> =
            self.members(row, None).filter_map(|child| self.nodes[child as usize].duration()).collect();
        let (shortest, longest) = (*times.iter().min()?, *times.iter().max()?);
        let width = u128::from(longest - shortest).max(1);
        let mut counts = vec![0; bins];
        for time in times {
            let part = u128::from(time - shortest) * bins as u128 / width;
            if let Some(count) = counts.get_mut((part as usize).min(bins.saturating_sub(1))) {
                *count += 1;
            }
        }
        Some((shortest, longest, counts))
    }

    /// Everything below an action, itself included, in order of submission.
    pub fn descendants(&self, ordinal: u32) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::from_iter(self.nodes.get(ordinal as usize).map(|_| ordinal));
        let mut place = 0;
        while let Some(&parent) = found.get(place) {
            found.extend(self.children(parent));
            place += 1;
        }
        found.sort_unstable();
        found
    }

    /// What is below an action; `now` counts microseconds since the run started.
    pub fn subtree(&self, ordinal: u32, now: u64) -> Subtree {
        let mut subtree = Subtree::default();
        let mut take = |below: u32| subtree.take(below, &self.nodes[below as usize], now);
        if ordinal == 0 {
            (1..self.nodes.len() as u32).for_each(take); // all others are below it: they need not be gathered
        } else {
            self.descendants(ordinal).into_iter().skip(1).for_each(&mut take);
        }
        subtree
    }

    /// The siblings of one row, only those in `phases` when given, themselves and not what is below them.
    pub fn gathered(&self, row: Row<'_>, phases: Option<&[Phase]>, now: u64) -> Subtree {
        let mut gathered = Subtree::default();
        for member in self.members(row, phases) {
            gathered.take(member, &self.nodes[member as usize], now);
        }
        gathered
    }

    /// The parent first, the root last.
    pub fn ancestors(&self, ordinal: u32) -> Vec<u32> {
        let parent = |&ordinal: &u32| {
            let parent = self.nodes.get(ordinal as usize).and_then(|node| node.parent);
            parent.filter(|&parent| parent < ordinal)
        };
        std::iter::successors(parent(&ordinal), parent).collect()
    }

    /// What the run's duration hung on, in the order it came about, every action before its own path below. Who is not
    /// over counts as ending `now`.
    pub fn critical_path(&self, now: u64) -> Vec<u32> {
        let mut path = Vec::new();
        let mut next: Vec<u32> = Vec::from_iter(self.nodes.first().map(|_| 0));
        while let Some(ordinal) = next.pop() {
            path.push(ordinal);
            next.extend(self.hung_on(ordinal, now));
        }
        path
    }

    /// The child that ended last, before it the one that ended last before that one began, and so on.
    fn hung_on(&self, parent: u32, now: u64) -> Vec<u32> {
        let end = |child: u32| self.nodes[child as usize].ended_at.unwrap_or(now);
        let begin = |child: u32| self.nodes[child as usize].begin();
        let mut chain: Vec<u32> = self.children(parent).collect();
        chain.sort_unstable_by_key(|&child| (Reverse(end(child)), begin(child), child));
        let mut before = u64::MAX;
        chain.retain(|&child| {
            let is_part = end(child) <= before;
            before = if is_part { begin(child) } else { before };
            is_part
        });
        chain
    }

    /// Those whose label, task, group, inputs in short, or error contain all the words, upper or lower case alike.
    pub fn matching(&self, words: &[String]) -> Vec<u32> {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let mut text = String::new();
        let mut is_match = |ordinal: &u32| {
            text.clear();
            self.spell(*ordinal, &mut text);
            if text.is_ascii() {
                text.make_ascii_lowercase();
            } else {
                text = text.to_lowercase();
            }
            words.iter().all(|word| text.contains(word.as_str()))
        };
        (0..self.nodes.len() as u32).filter(|ordinal| is_match(ordinal)).collect()
    }

    /// What an action can be found by, each on a line.
    fn spell(&self, ordinal: u32, text: &mut String) {
        let node = &self.nodes[ordinal as usize];
        let task = self.tasks.get(&node.task);
        text.push_str(task.map_or("?", |task| &task.short_name));
        if node.parent.is_some() {
            let _ = write!(text, ".{}", node.index); // a String takes everything
        }
        for line in [task.map(|task| task.name.as_str()), node.group.as_deref()].into_iter().flatten() {
            text.push('\n');
            text.push_str(line);
        }
        for (name, value) in node.inputs.iter().flat_map(|inputs| named(inputs)).map_while(Result::ok) {
            let _ = write!(text, "\n{name}={}", short(value));
        }
        if let Some(failure) = self.failures.get(&ordinal) {
            text.push('\n');
            text.push_str(&failure.head());
        }
    }
}

impl Subtree {
    pub fn total(&self) -> u32 {
        self.counts.iter().sum()
    }

    fn take(&mut self, ordinal: u32, node: &Node, now: u64) {
        self.counts[node.phase as usize] += 1;
        self.retries += node.attempts.saturating_sub(1);
        self.cpu = self.cpu.saturating_add(node.cpu);
        if node.phase == Phase::Failed && self.failed.len() < FAILED {
            self.failed.push(ordinal);
        }
        if let Some(duration) = node.duration() {
            self.durations.take(duration);
        }
        if let Some(start) = node.started_at {
            self.rank(ordinal, node.ended_at.unwrap_or(now).saturating_sub(start));
        }
    }

    /// Keep it among the slowest if it is one; of equals the first.
    fn rank(&mut self, ordinal: u32, duration: u64) {
        let place = self.slowest.partition_point(|&(_, longer)| longer >= duration);
        if place < SLOWEST {
            self.slowest.insert(place, (ordinal, duration));
            self.slowest.truncate(SLOWEST);
        }
    }
}
