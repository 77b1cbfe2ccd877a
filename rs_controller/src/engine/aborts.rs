//! How actions are stopped before they are done.

use std::sync::Arc;

use super::model::{ActionId, Effect, Map, Outcome, RunId, WorkerId};
use super::record::{Digest, Failure, Kind, Record};
use super::{Action, Engine, Known, Place, Run};

impl Engine {
    pub(super) fn cancelled(&mut self, parent: ActionId, digest: &Digest) {
        let Some(run) = self.live.get(&parent).and_then(|parent| self.runs.get(&parent.run)) else { return };
        if let Some(&Known::Live(id)) = run.known.get(digest) {
            let Some(action) = self.live.get_mut(&id).filter(|action| action.parent == Some(parent)) else { return };
            action.waiter = None;
            self.abort(id, &Arc::from("its caller no longer waits for it"));
        }
    }

    /// Somebody asked for it; whoever called it hears of it as of a failure.
    pub(super) fn abort_action(&mut self, run: RunId, ordinal: u32, reason: &Arc<str>) {
        let is_meant = |action: &Action| action.run == run && action.ordinal == ordinal && !action.is_dead;
        let Some(id) = self.live.iter().find(|(_, action)| is_meant(action)).map(|(&id, _)| id) else { return };
        if self.live.get(&id).is_some_and(|action| action.parent.is_none()) {
            return self.abort_run(run, reason, false);
        }
        self.abort(id, reason);
    }

    /// Runs whose caller is one of those, oldest first.
    pub(super) fn runs_started_by(&self, is_caller: impl Fn(ActionId) -> bool) -> Vec<RunId> {
        let is_meant = |run: &Run| run.caller.is_some_and(&is_caller);
        let mut runs: Vec<RunId> = self.runs.iter().filter(|(_, run)| is_meant(run)).map(|(&id, _)| id).collect();
        runs.sort_unstable();
        runs
    }

    /// Nested runs have no names that another attempt would find them by.
    pub(super) fn abort_runs_of(&mut self, caller: ActionId, reason: &Arc<str>) {
        for run in self.runs_started_by(|id| id == caller) {
            self.abort_run(run, reason, false);
        }
    }

    pub(super) fn abort_children(&mut self, parent: ActionId, reason: &Arc<str>) {
        self.abort_runs_of(parent, reason);
        for id in self.descendants(parent) {
            self.abort_runs_of(id, reason);
            self.abort_one(id, reason);
        }
    }

    /// What lives below an action, children before their parents. Not recursive: calls nest as deep as users like.
    pub(super) fn descendants(&self, root: ActionId) -> Vec<ActionId> {
        if self.live.get(&root).is_none_or(|root| root.children == 0) {
            return Vec::new();
        }
        let mut children: Map<ActionId, Vec<ActionId>> = Map::default();
        for (&id, action) in self.live.iter().filter(|(_, action)| !action.is_dead) {
            if let Some(parent) = action.parent {
                children.entry(parent).or_default().push(id);
            }
        }
        let (mut found, mut open) = (Vec::new(), vec![root]);
        while let Some(parent) = open.pop() {
            let mut of_parent = children.remove(&parent).unwrap_or_default();
            of_parent.sort_unstable();
            open.append(&mut of_parent);
            found.push(parent);
        }
        found.reverse();
        found.pop(); // the root itself
        found
    }

    pub(super) fn abort(&mut self, id: ActionId, reason: &Arc<str>) {
        self.abort_children(id, reason);
        self.abort_one(id, reason);
    }

    pub(super) fn abort_one(&mut self, id: ActionId, reason: &Arc<str>) {
        let Some(action) = self.live.get(&id).filter(|action| !action.is_dead) else { return };
        let (run_id, ordinal, digest, place, waiter) =
            (action.run, action.ordinal, action.digest, action.place, action.waiter);
        self.close_steps(id, reason);
        self.end_replay(id, false);
        let at = self.since_start(run_id);
        self.record(run_id, Record::Aborted { ordinal, at, reason: reason.clone() });
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(digest, Known::Over(ordinal));
        }
        if let Some((worker, call)) = waiter {
            let outcome = Outcome::Failed(Arc::new(aborted(reason)));
            self.effects.push(Effect::Resolve { worker, call, run: run_id, outcome });
        }
        if let Place::Running(worker) = place {
            self.stop_gently(id, worker);
        }
        self.bury(id);
    }

    /// Ask first; `grace_over` kills.
    pub(super) fn stop_gently(&mut self, id: ActionId, worker: WorkerId) {
        let is_async = self.live.get(&id).is_some_and(|action| self.tasks[action.task as usize].is_async);
        self.effects.push(if is_async || self.workers.is_inline(worker) {
            Effect::Cancel { worker, action: id }
        } else {
            Effect::Interrupt(worker)
        });
        self.effects.push(Effect::GraceAt(self.now.saturating_add(self.grace), id));
    }

    pub(super) fn grace_over(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        let (run_id, place, is_dead) = (action.run, action.place, action.is_dead);
        if let Place::Running(worker) = place {
            if self.workers.is_inline(worker) {
                self.workers.release(worker, id); // a thread cannot be killed: it is left behind
            } else {
                self.effects.push(Effect::Kill(worker));
            }
        }
        if is_dead {
            self.bury(id);
        } else if self.runs.get(&run_id).is_some_and(|run| run.root == id && run.aborting.is_some()) {
            self.end_aborted_run(run_id, false);
        }
    }
}

/// What the caller of an aborted action gets.
pub(super) fn aborted(reason: &str) -> Failure {
    let mut failure = Failure::found(Kind::User, "ActionAborted", format!("aborted: {reason}"));
    failure.class = "flyte.errors.ActionAbortedError".into();
    failure.recoverable = false;
    failure
}
