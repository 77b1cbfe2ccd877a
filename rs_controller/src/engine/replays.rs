//! Whether a new attempt asks for what the earlier one had asked for.
//!
//! A task whose calls depend on chance or on the time asks for other things each time: what was recorded is then of no
//! use, silently. This says so. It changes nothing.

use std::collections::HashMap;

use super::model::{ActionId, Map, TaskId, TraceStep};
use super::record::{Digest, Record};
use super::{Engine, Known};

/// Names of each kind that are told; the rest are counted.
const MOST_TOLD: usize = 3;

/// What an attempt that is not the first has asked for so far.
#[derive(Default)]
pub(super) struct Replay {
    /// Recorded before, and not asked for yet.
    expected: HashMap<Digest, TaskId>,
    /// Asked for, and not recorded before: task and line of the call.
    anew: Vec<(TaskId, u32)>,
}

pub(super) type Replays = Map<ActionId, Replay>;

impl Engine {
    /// An action starts again in the same run.
    pub(super) fn watch_replay(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id).filter(|action| action.has_begun) else { return };
        let name = if action.parent.is_some() { action.digest } else { super::ROOT };
        let Some(run) = self.runs.get(&action.run) else { return };
        let Some(children) = run.children.get(&name) else { return };
        let is_kept = |digest: &Digest| {
            matches!(run.known.get(digest), Some(Known::Succeeded(_) | Known::Live(_) | Known::Over(_)))
        };
        let expected = children.iter().filter(|(digest, _)| is_kept(digest)).copied().collect();
        self.replays.insert(id, Replay { expected, anew: Vec::new() });
    }

    /// A call, or a step, that was recorded before.
    pub(super) fn asked_again(&mut self, parent: ActionId, digest: &Digest) {
        if let Some(replay) = self.replays.get_mut(&parent) {
            replay.expected.remove(digest);
        }
    }

    /// A step that ran.
    pub(super) fn asked_anew(&mut self, step: &TraceStep) {
        if !step.is_inner {
            self.asked(step.action, step.digest, step.task, step.line);
        }
    }

    /// A call, or a step, as it is recorded.
    pub(super) fn asked(&mut self, parent: ActionId, digest: Digest, task: TaskId, line: u32) {
        let Some(action) = self.live.get(&parent) else { return };
        let name = if action.parent.is_some() { action.digest } else { super::ROOT };
        if let Some(replay) = self.replays.get_mut(&parent) {
            if replay.expected.remove(&digest).is_some() {
                return;
            }
            replay.anew.push((task, line));
        }
        // Only of an action that may be tried again: what a lost worker makes start again is not worth the memory.
        if self.tasks[action.task as usize].retry.retries > 0 {
            if let Some(run) = self.runs.get_mut(&action.run) {
                run.children.entry(name).or_default().push((digest, task));
            }
        }
    }

    /// The attempt is over: say what it did not ask for, if it asked for other things instead.
    pub(super) fn end_replay(&mut self, id: ActionId, is_success: bool) {
        let Some(replay) = self.replays.remove(&id) else { return };
        if !is_success || replay.expected.is_empty() || replay.anew.is_empty() {
            return;
        }
        let Some((run, _)) = self.ordinal_of(id) else { return };
        let mut expected: Vec<String> =
            replay.expected.values().map(|&task| format!("`{}`", self.task(task).short_name)).collect();
        expected.sort_unstable();
        let asked = replay.anew.iter().map(|&(task, line)| {
            let place = if line > 0 { format!(" (line {line})") } else { String::new() };
            format!("`{}`{place}", self.task(task).short_name)
        });
        let asked: Vec<String> = asked.collect();
        let name = self.live.get(&id).map_or_else(String::new, |action| self.task(action.task).short_name.clone());
        let text = format!(
            "`{name}` is not deterministic: this attempt did not ask for {} that the last one had asked for, but for {} \
             instead, so recorded results were of no use; take times and random numbers from flyte.durable or a \
             flyte.trace",
            told(&expected),
            told(&asked),
        );
        let at = self.since_start(run);
        self.record(run, Record::Notice { at, text });
    }
}

fn told(names: &[String]) -> String {
    let shown = names.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_TOLD) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
