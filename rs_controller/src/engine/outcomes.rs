//! How actions end by themselves: outcomes, and further attempts.

use std::sync::Arc;

use super::model::{ActionId, Effect, Outcome, Payload, RunId, Spent, WorkerId};
use super::record::{Bytes, Failure, Origin, Record, RunPhase};
use super::{Engine, Known, Place};

impl Engine {
    pub(super) fn finished(
        &mut self,
        worker: WorkerId,
        id: ActionId,
        outcome: Result<Bytes, Arc<Failure>>,
        spent: Spent,
    ) {
        if !self.workers.release(worker, id) {
            return; // a second word about something already settled
        }
        self.spent = spent;
        if self.admission.devices(id).is_some() && !self.workers.is_inline(worker) {
            // What it left on its GPUs goes with the process; the next action there may have others.
            self.workers.retire(worker);
            self.effects.push(Effect::Kill(worker));
        }
        let Some(action) = self.live.get(&id) else { return };
        let (run_id, is_root) = (action.run, action.parent.is_none());
        if action.is_dead {
            self.bury(id);
        } else if is_root && self.runs.get(&run_id).is_some_and(|run| run.aborting.is_some()) {
            self.end_aborted_run(run_id, false);
        } else if let Some(failure) = self.judged(id, Some(&outcome)) {
            self.decided(id, failure);
        } else {
            match outcome {
                Ok(outputs) => self.succeed(id, outputs),
                Err(failure) => self.attempt_failed(id, failure),
            }
        }
    }

    pub(super) fn succeed(&mut self, id: ActionId, outputs: Bytes) {
        self.end_replay(id, true);
        let Some(action) = self.live.get(&id) else { return };
        let (run, ordinal, is_cached) = (action.run, action.ordinal, action.cache_key.is_some());
        let at = self.since_start(run);
        self.close_steps(id, &Arc::from("its action is over"));
        self.record(run, Record::Succeeded { ordinal, at, origin: Origin::Ran, outputs: outputs.clone() });
        if is_cached {
            self.keep(id, &outputs);
        }
        self.write_spent(id);
        self.settle(id, Known::Succeeded(ordinal), Outcome::Succeeded(Payload::Here(outputs)), RunPhase::Succeeded);
    }

    /// One attempt failed: another one, or the end of the action.
    pub(super) fn attempt_failed(&mut self, id: ActionId, failure: Arc<Failure>) {
        let Some(action) = self.live.get_mut(&id) else { return };
        let policy = &self.tasks[action.task as usize].retry;
        if !failure.recoverable || action.attempt >= policy.retries {
            return self.fail(id, failure);
        }
        action.has_begun = true;
        let next = action.attempt + 1;
        action.place = Place::Waiting;
        let delay = policy.delay(next);
        let (run, ordinal) = (action.run, action.ordinal);
        self.give_back(id);
        self.abort_runs_of(id, &Arc::from("the attempt that started it is over"));
        self.forget_verdicts(run, id);
        self.close_steps(id, &Arc::from("its attempt is over"));
        self.end_replay(id, false);
        let at = self.since_start(run);
        self.record(run, Record::Failed { ordinal, at, delay: Some(delay), failure });
        self.write_spent(id);
        self.attempt_ends(id);
        if let Some(action) = self.live.get_mut(&id) {
            action.attempt = next;
        }
        self.effects.push(Effect::RetryAt(self.now.saturating_add(delay), id));
    }

    pub(super) fn fail(&mut self, id: ActionId, failure: Arc<Failure>) {
        self.end_replay(id, false);
        self.close_steps(id, &Arc::from("its action is over"));
        let Some(action) = self.live.get(&id) else { return };
        let (run, ordinal) = (action.run, action.ordinal);
        let at = self.since_start(run);
        self.record(run, Record::Failed { ordinal, at, delay: None, failure: failure.clone() });
        self.write_spent(id);
        self.settle(id, Known::Over(ordinal), Outcome::Failed(failure), RunPhase::Failed);
    }

    /// The action is over: its children with it, its caller told, its run ended when it was the root.
    pub(super) fn settle(&mut self, id: ActionId, known: Known, outcome: Outcome, phase: RunPhase) {
        self.abort_children(id, &Arc::from("its parent is over"));
        let Some(action) = self.live.get(&id) else { return };
        let (run_id, digest, waiter, is_root) = (action.run, action.digest, action.waiter, action.parent.is_none());
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(digest, known);
        }
        if let Some((worker, call)) = waiter {
            self.effects.push(Effect::Resolve { worker, call, run: run_id, outcome: outcome.clone() });
        }
        let parent = self.live.get(&id).and_then(|action| action.parent);
        self.bury(id);
        self.unpark(parent);
        if is_root {
            self.end_run(run_id, phase, outcome);
        }
    }

    pub(super) fn bury(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        if let Place::Running(worker) = action.place {
            if self.workers.holds(worker, id) {
                return self.wait_for_release(id); // its worker must let go first
            }
        }
        self.forget_limits(id);
        self.give_back(id);
        let Some(action) = self.live.remove(&id) else { return };
        if let Some((id, parent)) = action.parent.and_then(|id| Some((id, self.live.get_mut(&id)?))) {
            parent.children = parent.children.saturating_sub(1);
            if parent.children == 0 {
                self.admission.lend(id, false);
            }
        }
        self.leave_turn(id, &action);
        if action.is_dead {
            self.released(action.run);
        }
    }

    pub(super) fn wait_for_release(&mut self, id: ActionId) {
        let Some(action) = self.live.get_mut(&id).filter(|action| !action.is_dead) else { return };
        action.is_dead = true;
        if let Some(run) = self.runs.get_mut(&action.run) {
            run.dead += 1;
        }
    }

    /// A worker let go of an aborted action; it may have been the last thing its run waited for.
    pub(super) fn released(&mut self, id: RunId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.dead = run.dead.saturating_sub(1);
        if run.dead == 0 {
            if let Some((phase, outcome)) = run.ending.take() {
                self.complete_run(id, phase, outcome);
            }
        }
    }

    pub(super) fn retry(&mut self, id: ActionId) {
        if self.live.get(&id).is_some_and(|action| action.place == Place::Waiting) {
            self.queue(id, false);
        }
    }
}
