//! What becomes of actions whose worker lets go of them, or dies with them.

use std::sync::Arc;

use super::model::{ActionId, Exit, WorkerId};
use super::record::{Failure, Kind, Record};
use super::{Engine, Place, LOST_LIMIT};

// The numbers that POSIX gives these on every system of ours; the deciding half asks no system.
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGTERM: i32 = 15;

impl Engine {
    pub(super) fn bounced(&mut self, worker: WorkerId, actions: &[ActionId]) {
        for &id in actions.iter().rev() {
            if self.workers.hand_back(worker, id) {
                self.queue_again(id);
            }
        }
    }

    /// Its worker let go of it before it was over.
    pub(super) fn queue_again(&mut self, id: ActionId) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Queued;
        let (run, is_root) = (action.run, action.parent.is_none());
        if action.is_dead {
            self.bury(id);
        } else if is_root && self.runs.get(&run).is_some_and(|run| run.aborting.is_some()) {
            self.end_aborted_run(run, false);
        } else if let Some(failure) = self.judged(id, None) {
            self.decided(id, failure);
        } else {
            self.queue(id, true);
        }
    }

    pub(super) fn worker_gone(&mut self, worker: WorkerId, exit: Exit, last_words: &str) {
        let gone = self.workers.remove(worker);
        for action in self.live.values_mut() {
            if action.waiter.is_some_and(|(waiting, _)| waiting == worker) {
                action.waiter = None;
            }
        }
        let (dead, held): (Vec<ActionId>, Vec<ActionId>) =
            gone.actions.iter().partition(|id| self.live.get(id).is_none_or(|action| action.is_dead));
        dead.into_iter().for_each(|id| self.bury(id));
        let is_alone = gone.actions.len() == 1; // one that was aborted may have done it, too
        self.recall_children(&held);
        for id in held {
            self.lost_worker(id, is_alone, exit, last_words);
        }
        if gone.never_started {
            self.cannot_start(gone.pool, exit, last_words);
        }
    }

    /// An action's worker died: its own doing, or bad luck.
    pub(super) fn lost_worker(&mut self, id: ActionId, is_alone: bool, exit: Exit, last_words: &str) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Queued;
        let (run_id, ordinal) = (action.run, action.ordinal);
        if action.parent.is_none() && self.runs.get(&run_id).is_some_and(|run| run.aborting.is_some()) {
            return self.end_aborted_run(run_id, false);
        }
        if let Some(failure) = self.judged(id, None) {
            return self.decided(id, failure);
        }
        let Some(action) = self.live.get_mut(&id) else { return };
        let is_async = self.tasks[action.task as usize].is_async;
        let by_itself = !matches!(exit, Exit::Signal(SIGKILL | SIGTERM) | Exit::Unknown);
        if is_alone && (by_itself || !is_async) {
            return self.attempt_failed(id, Arc::new(died(exit, last_words)));
        }
        action.lost += 1;
        action.has_begun = true;
        action.is_suspect = true;
        if action.lost > LOST_LIMIT {
            let mut failure = died(exit, last_words);
            failure.code = "WorkerLost".into();
            failure.kind = Kind::System;
            failure.message = format!("its worker died {} times; the last time {}", action.lost, failure.message);
            return self.fail(id, Arc::new(failure));
        }
        self.give_back(id);
        self.abort_runs_of(id, &Arc::from("the attempt that started it is over"));
        let reason = died(exit, last_words).message;
        self.close_steps(id, &Arc::from("its worker died"));
        self.end_replay(id, false);
        let at = self.since_start(run_id);
        self.record(run_id, Record::Lost { ordinal, at, reason });
        self.attempt_ends(id);
        self.queue(id, true);
    }

    /// A pool whose workers die before they are ready has nothing to offer those that wait for it.
    pub(super) fn cannot_start(&mut self, pool: u32, exit: Exit, last_words: &str) {
        for id in self.workers.give_up(pool) {
            if self.live.get(&id).is_some_and(|action| action.place == Place::Queued && !action.is_dead) {
                let mut failure = died(exit, last_words);
                failure.code = "WorkerStartFailed".into();
                failure.kind = Kind::System;
                failure.recoverable = false;
                failure.message = format!("no worker process could be started: {}", failure.message);
                self.fail(id, Arc::new(failure));
            }
        }
    }
}

/// What to say about an action whose worker process ended.
fn died(exit: Exit, last_words: &str) -> Failure {
    let (kind, code, what) = match exit {
        Exit::Code(status) => {
            (Kind::User, "WorkerExited", format!("the process running it exited with status {status}"))
        }
        Exit::Signal(SIGKILL) => {
            (Kind::System, "WorkerKilled", "the process running it was killed (SIGKILL; out of memory?)".to_owned())
        }
        Exit::Signal(SIGSEGV) => {
            (Kind::User, "WorkerCrashed", "the process running it crashed with a segmentation fault".to_owned())
        }
        Exit::Signal(signal) => {
            (Kind::User, "WorkerCrashed", format!("the process running it was ended by signal {signal}"))
        }
        Exit::Unknown => (Kind::System, "WorkerLost", "the process running it is gone".to_owned()),
    };
    let last_words = last_words.trim();
    let message = if last_words.is_empty() { what } else { format!("{what}; its last words: {last_words}") };
    Failure::found(kind, code, message)
}
