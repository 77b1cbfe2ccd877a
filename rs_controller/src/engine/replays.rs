//! Whether an action that starts again asks for what it had asked for before.
//!
//! A task whose calls depend on chance or on the time asks for other things each time: what was recorded is then of no
//! use, silently. This says so. It changes nothing.

use std::collections::{HashMap, HashSet};

use super::model::{ActionId, Map, TaskId, TraceStep};
use super::record::{Bytes, Digest, Record};
use super::tree::REFERENCE;
use super::{Engine, Known};
use crate::wire::preview::preview;

/// Names of each kind that are told; the rest are counted.
const MOST_TOLD: usize = 3;
/// What was asked for anew and is remembered; the rest is counted.
const MOST_KEPT: usize = 64;
/// Characters that the inputs of one call may take.
const WIDTH: usize = 60;

/// What an attempt has asked for so far whose action began before, here or in the run that is recovered.
#[derive(Default)]
pub(super) struct Replay {
    /// Recorded in this run before, and not asked for yet. What the run before had is looked up at the end.
    expected: HashMap<Digest, TaskId>,
    /// Asked for, and not recorded before.
    anew: Vec<Asked>,
    /// More of the same.
    more: usize,
}

struct Asked {
    digest: Digest,
    task: TaskId,
    line: u32,
    inputs: Bytes,
}

pub(super) type Replays = Map<ActionId, Replay>;

impl Engine {
    /// An action starts again in the same run, or in one that may know it from another.
    pub(super) fn watch_replay(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        let is_recovered = self.priors.contains_key(&action.run);
        if !action.has_begun && !is_recovered {
            return;
        }
        let Some(run) = self.runs.get(&action.run) else { return };
        let is_kept = |digest: &Digest| {
            matches!(run.known.get(digest), Some(Known::Succeeded(_) | Known::Live(_) | Known::Over(_)))
        };
        let children = run.children.get(&self.name_of(id)).filter(|_| action.has_begun);
        if children.is_some() || is_recovered {
            let expected = children.into_iter().flatten().filter(|(digest, _)| is_kept(digest)).copied().collect();
            self.replays.insert(id, Replay { expected, ..Replay::default() });
        }
    }

    /// What actions of a lost worker had asked for. Nothing keeps it for those that are not retried: it takes a look at
    /// all that their runs know, 1 ms for 100,000 actions, once for each worker.
    pub(super) fn recall_children(&mut self, held: &[ActionId]) {
        let mut names: Map<super::model::RunId, HashMap<u32, Digest>> = Map::default();
        for id in held {
            let Some(action) = self.live.get(id) else { continue };
            if self.tasks[action.task as usize].retry.retries == 0 {
                names.entry(action.run).or_default().insert(action.ordinal, self.name_of(*id));
            }
        }
        for (id, names) in names {
            let Some(run) = self.runs.get_mut(&id) else { continue };
            names.values().for_each(|name| drop(run.children.remove(name)));
            for (digest, known) in &run.known {
                let ordinal = match known {
                    Known::Live(child) => self.live.get(child).map(|child| child.ordinal),
                    Known::Succeeded(ordinal) | Known::Over(ordinal) => Some(*ordinal),
                    Known::Prior(_) | Known::Step(_) => None,
                };
                let Some(&(parent, task)) = ordinal.and_then(|ordinal| run.origins.get(ordinal as usize)) else {
                    continue;
                };
                if let Some(name) = names.get(&parent) {
                    run.children.entry(*name).or_default().push((*digest, task));
                }
            }
        }
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
            self.asked(step.action, step.digest, step.task, step.line, true);
            let replay = self.replays.get_mut(&step.action).and_then(|replay| replay.anew.last_mut());
            if let Some(asked) = replay.filter(|asked| asked.digest == step.digest) {
                asked.inputs = step.inputs.clone();
            }
        }
    }

    /// A call, or a step, as it is recorded.
    pub(super) fn asked(&mut self, parent: ActionId, digest: Digest, task: TaskId, line: u32, is_new: bool) {
        let Some(action) = self.live.get(&parent) else { return };
        let (run, is_retried) = (action.run, self.tasks[action.task as usize].retry.retries > 0);
        if let Some(replay) = self.replays.get_mut(&parent) {
            if replay.expected.remove(&digest).is_some() {
                return;
            }
            if is_new && replay.anew.len() >= MOST_KEPT {
                replay.more += 1;
            } else if is_new {
                let child = match self.runs.get(&run).and_then(|run| run.known.get(&digest)) {
                    Some(Known::Live(child)) => self.live.get(child),
                    _ => None,
                };
                let inputs = child.map_or_else(|| Bytes::from([]), |child| child.inputs.clone());
                replay.anew.push(Asked { digest, task, line, inputs });
            }
        }
        // Only of an action that may be tried again: what a lost worker makes start again is not worth the memory.
        if is_retried {
            let name = self.name_of(parent);
            if let Some(run) = self.runs.get_mut(&run) {
                run.children.entry(name).or_default().push((digest, task));
            }
        }
    }

    /// The attempt is over: say what it did not ask for, if it asked for other things instead.
    pub(super) fn end_replay(&mut self, id: ActionId, is_success: bool) {
        let Some(mut replay) = self.replays.remove(&id) else { return };
        if !is_success || replay.anew.is_empty() {
            return;
        }
        let Some((run, _)) = self.ordinal_of(id) else { return };
        let mut expected: Vec<String> =
            replay.expected.values().map(|&task| format!("`{}`", self.task(task).short_name)).collect();
        let before = if expected.is_empty() {
            expected = self.unasked(id, &mut replay);
            "that the run it recovers had recorded"
        } else {
            "that it had asked for before"
        };
        if expected.is_empty() || replay.anew.is_empty() {
            return;
        }
        expected.sort_unstable();
        let Some(spec) = self.live.get(&id).map(|action| self.task(action.task)) else { return };
        let file = spec.file.rsplit('/').next().unwrap_or_default();
        let asked = replay.anew.iter().map(|asked| {
            let place = if asked.line > 0 { format!(" ({file}:{})", asked.line) } else { String::new() };
            format!("`{}`{place}", call_of(&self.task(asked.task).short_name, &asked.inputs))
        });
        let asked: Vec<String> = asked.collect();
        let text = format!(
            "`{}` is not deterministic: it did not ask for {} {before}, but for {} instead, so recorded results were of \
             no use; take times and random numbers from flyte.durable or a flyte.trace",
            spec.short_name,
            told(&expected, 0),
            told(&asked, replay.more),
        );
        let at = self.since_start(run);
        self.record(run, Record::Notice { at, text });
    }

    /// What an action with the same code and inputs had recorded in the run that is recovered, and did not ask for here.
    ///
    /// Nothing when there may be a reason: edited code, or a result that was made again and may be another one.
    fn unasked(&mut self, id: ActionId, replay: &mut Replay) -> Vec<String> {
        let name = self.name_of(id);
        let Some((action, prior)) =
            self.live.get(&id).and_then(|action| Some((action, self.priors.get_mut(&action.run)?)))
        else {
            return Vec::new();
        };
        let Some(run) = self.runs.get(&action.run) else { return Vec::new() };
        let children = prior.asked_by(&name);
        let is_made_again = |digest: &Digest| {
            prior.before.redone.contains(digest) && matches!(run.known.get(digest), Some(Known::Succeeded(_)))
        };
        if children.iter().any(|child| is_made_again(&child.digest)) {
            return Vec::new();
        }
        let names: HashSet<&Digest> = children.iter().map(|child| &child.digest).collect();
        replay.anew.retain(|asked| !names.contains(&asked.digest));
        let mut unasked = children;
        unasked.retain(|child| matches!(run.known.get(&child.digest), Some(Known::Prior(_))));
        let is_edited = replay.anew.iter().any(|asked| {
            let task = &self.tasks[asked.task as usize].name;
            unasked.iter().any(|child| *child.task == **task && child.inputs == asked.inputs)
        });
        if is_edited {
            return Vec::new();
        }
        let short = |task: &str| task.rsplit('.').next().unwrap_or_default().to_owned();
        unasked.iter().map(|child| format!("`{}`", call_of(&short(&child.task), &child.inputs))).collect()
    }
}

/// `child(x=1)`; only the name when the inputs are not at hand.
fn call_of(name: &str, inputs: &[u8]) -> String {
    if inputs.first() == Some(&REFERENCE) {
        return format!("{name}(…)");
    }
    let inputs: Vec<String> = preview(inputs).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let inputs = inputs.join(", ");
    match inputs.char_indices().nth(WIDTH) {
        _ if inputs.is_empty() => name.to_owned(),
        None => format!("{name}({inputs})"),
        Some((end, _)) => format!("{name}({}…)", &inputs[..end]),
    }
}

fn told(names: &[String], more: usize) -> String {
    let shown = names.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_TOLD) + more {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
