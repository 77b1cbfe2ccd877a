//! Actions that no worker runs: somebody answers them (conditions), or time does (sleeps).
//!
//! They wait without a slot, and outlive the attempt that asked. An action that waits for nothing else may give up its
//! worker, too: it is parked, and starts again when there is an answer.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::model::{ActionId, Effect, Micros, RunId, Work, WorkerId};
use super::record::{Bytes, Digest, Failure, Kind, Record};
use super::{Engine, Known, Place};
use crate::wire::literal::{self, Literal};

impl Engine {
    /// A new action waits for its answer.
    pub(super) fn await_answer(&mut self, id: ActionId) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Awaiting;
        let (run_id, ordinal, digest, task) = (action.run, action.ordinal, action.digest, action.task);
        let inputs = action.inputs.clone();
        let at = self.since_start(run_id);
        self.record(run_id, Record::Started { ordinal, attempt: 0, at });
        let spec = &self.tasks[task as usize];
        if spec.work == Work::Sleep {
            let begun = self.runs.get_mut(&run_id).and_then(|run| run.sleeps.remove(&digest));
            let due = begun.unwrap_or_else(|| self.now.saturating_add(duration_of(&inputs)));
            self.effects.push(Effect::AnswerAt(due, id));
            return;
        }
        let (name, deadline) = (spec.short_name.clone(), spec.time.deadline);
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.asks += 1;
            let kept = run.signals.iter().position(|(signal, _)| **signal == *name);
            if let Some(kept) = kept.map(|place| run.signals.remove(place)) {
                self.record(run_id, Record::Signalled { name: kept.0, at, answered: 1, value: Bytes::from([]) });
                return self.succeed(id, kept.1);
            }
        }
        if deadline > 0 {
            self.effects.push(Effect::AnswerAt(self.now.saturating_add(deadline), id));
        }
    }

    /// The time of a sleep, or of a condition that nobody answered, is over.
    pub(super) fn answer_due(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id).filter(|action| action.place == Place::Awaiting && !action.is_dead)
        else {
            return;
        };
        let spec = &self.tasks[action.task as usize];
        if spec.work == Work::Sleep {
            return self.succeed(id, Bytes::from([]));
        }
        let seconds = spec.time.deadline as f64 / 1e6;
        let message = format!("nobody answered condition `{}` within {seconds} s", spec.short_name);
        let mut failure = Failure::found(Kind::User, "ConditionTimedoutError", message);
        failure.class = "flyte.errors.ConditionTimedoutError".into();
        self.reject(id, Arc::new(failure));
    }

    /// Somebody answers every condition of that name; with none, the next one.
    pub(super) fn signalled(&mut self, run_id: RunId, name: &Arc<str>, answer: Result<Bytes, Arc<Failure>>) {
        let awaiting: Vec<ActionId> = {
            let is_meant = |id: &ActionId| self.is_condition(*id, run_id, name);
            let mut found: Vec<ActionId> = self.live.keys().copied().filter(is_meant).collect();
            found.sort_unstable();
            found
        };
        let at = self.since_start(run_id);
        let Some(run) = self.runs.get_mut(&run_id) else { return };
        let answered = awaiting.len() as u32;
        match answer {
            Ok(value) => {
                if answered == 0 {
                    run.signals.push((name.clone(), value.clone()));
                }
                let kept = if answered == 0 { value.clone() } else { Bytes::from([]) };
                self.record(run_id, Record::Signalled { name: name.clone(), at, answered, value: kept });
                awaiting.into_iter().for_each(|id| self.succeed(id, value.clone()));
            }
            Err(failure) => awaiting.into_iter().for_each(|id| self.reject(id, failure.clone())),
        }
    }

    /// A condition fails. The attempt that asked hears the same when it starts again, and only another one asks anew.
    fn reject(&mut self, id: ActionId, failure: Arc<Failure>) {
        let Some(action) = self.live.get(&id) else { return };
        if let (Some(run), Some(parent)) = (self.runs.get_mut(&action.run), action.parent) {
            run.verdicts.push((parent, action.digest, failure.clone()));
        }
        self.fail(id, failure);
    }

    pub(super) fn verdict(&self, run: RunId, digest: &Digest) -> Option<Arc<Failure>> {
        let run = self.runs.get(&run)?;
        run.verdicts.iter().find(|(_, found, _)| found == digest).map(|(_, _, failure)| failure.clone())
    }

    pub(super) fn forget_verdicts(&mut self, run: RunId, parent: ActionId) {
        if let Some(run) = self.runs.get_mut(&run).filter(|run| !run.verdicts.is_empty()) {
            run.verdicts.retain(|(asked, _, _)| *asked != parent);
        }
    }

    /// Whether a run asks somebody, so that answers should be looked for.
    pub fn has_conditions(&self, run: RunId) -> bool {
        self.runs.get(&run).is_some_and(|run| run.asks > 0)
    }

    fn is_condition(&self, id: ActionId, run: RunId, name: &str) -> bool {
        self.live.get(&id).is_some_and(|action| {
            let spec = &self.tasks[action.task as usize];
            let awaits = action.run == run && action.place == Place::Awaiting && !action.is_dead;
            awaits && spec.work == Work::Condition && spec.short_name == name
        })
    }

    /// A worker whose actions wait for nothing but answers offers to go.
    pub(super) fn offered_to_park(&mut self, worker: WorkerId, actions: &[ActionId]) {
        if self.workers.is_inline(worker) || !self.workers.holds_only(worker, actions) {
            return;
        }
        if !actions.iter().all(|&id| self.only_waits(id)) {
            return;
        }
        for action in self.live.values_mut() {
            if action.waiter.is_some_and(|(waiting, _)| waiting == worker) {
                action.waiter = None;
            }
        }
        for id in actions {
            self.give_back(*id);
            if let Some(action) = self.live.get_mut(id) {
                action.place = Place::Parked;
                action.has_begun = true;
            }
        }
        self.workers.give_up_actions(worker);
        self.effects.push(Effect::Kill(worker));
    }

    fn only_waits(&self, id: ActionId) -> bool {
        let is_well = self.live.get(&id).is_some_and(|action| !action.is_dead && action.children > 0);
        let children = || self.live.values().filter(|child| child.parent == Some(id) && !child.is_dead);
        is_well
            && children().next().is_some()
            && children().all(|child| child.place == Place::Awaiting)
            && self.runs_started_by(|caller| caller == id).is_empty()
    }

    /// There is an answer for an action that has no worker.
    pub(super) fn unpark(&mut self, id: Option<ActionId>) {
        if let Some(id) = id.filter(|id| self.live.get(id).is_some_and(|action| action.place == Place::Parked)) {
            self.queue(id, true);
        }
    }

    /// Sleeps and answers that the run recovered from left.
    pub(super) fn take_over_waits(&mut self, run: RunId, earlier: super::traces::Earlier) {
        let Some(run) = self.runs.get_mut(&run) else { return };
        run.sleeps.extend(earlier.sleeps);
        run.signals.extend(earlier.signals);
        for step in earlier.steps {
            run.steps.entry(step.parent).or_default().push(step.digest);
            if let Entry::Vacant(vacant) = run.known.entry(step.digest) {
                vacant.insert(Known::Prior(step.outputs));
            }
        }
    }
}

/// The one input of a sleep, in seconds.
pub fn duration_of(inputs: &[u8]) -> Micros {
    let first = literal::named(inputs).next().and_then(Result::ok);
    match first.and_then(|(_, value)| literal::read(value).ok()) {
        Some(Literal::Float(seconds)) => (seconds.max(0.0) * 1e6) as Micros,
        Some(Literal::Integer(seconds)) => (seconds.max(0) as Micros).saturating_mul(1_000_000),
        _ => 0,
    }
}
