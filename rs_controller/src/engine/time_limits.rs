//! How long actions may take: the wait before an attempt, an attempt, everything from submission.
//!
//! Limits are declared in `TaskSpec::time`; actions of tasks without any have no clock. Once a limit is passed it is
//! decided: whatever the function still returns does not count. The worker must let go of the action first, so the
//! failure is kept as a verdict until then.

use std::sync::Arc;

use super::model::{ActionId, Effect, Micros, Spent, TimeLimits, WorkerId};
use super::record::{Bytes, Failure, Kind};
use super::{Engine, Place};

/// The turn of the timer for the deadline; all others count from 1.
const DEADLINE: u32 = 0;

/// What is known of the times of an action whose task has limits.
pub(super) struct Clock {
    submitted: Micros,
    /// When the wait before this attempt began.
    waiting: Option<Micros>,
    started: Micros,
    /// Grows with every step: a timer set at an earlier one means nothing any more.
    turn: u32,
}

/// How the attempt ends, whatever its worker says.
pub(super) struct Verdict {
    pub failure: Arc<Failure>,
    /// What it used, where that was seen from outside.
    pub spent: Spent,
}

impl Engine {
    /// A new action: its deadline counts from here.
    pub(super) fn watch_time(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        let limits = self.tasks[action.task as usize].time;
        if limits == TimeLimits::default() {
            return;
        }
        self.clocks.insert(id, Clock { submitted: self.now, waiting: None, started: self.now, turn: DEADLINE });
        if limits.deadline > 0 {
            self.effects.push(Effect::LimitAt(self.now.saturating_add(limits.deadline), id, DEADLINE));
        }
    }

    /// It waits for a worker; one that was handed back goes on waiting.
    pub(super) fn wait_begins(&mut self, id: ActionId) {
        let Some(clock) = self.clocks.get_mut(&id) else { return };
        clock.turn += 1;
        let since = *clock.waiting.get_or_insert(self.now);
        let turn = clock.turn;
        let limit = self.limits_of(id).queued;
        if limit > 0 {
            self.effects.push(Effect::LimitAt(since.saturating_add(limit), id, turn));
        }
    }

    pub(super) fn attempt_begins(&mut self, id: ActionId) {
        let Some(clock) = self.clocks.get_mut(&id) else { return };
        clock.turn += 1;
        clock.started = self.now;
        let turn = clock.turn;
        let limit = self.limits_of(id).runtime;
        if limit > 0 {
            self.effects.push(Effect::LimitAt(self.now.saturating_add(limit), id, turn));
        }
    }

    /// The next attempt has its own times.
    pub(super) fn attempt_ends(&mut self, id: ActionId) {
        if let Some(clock) = self.clocks.get_mut(&id) {
            clock.turn += 1;
            clock.waiting = None;
        }
    }

    fn limits_of(&self, id: ActionId) -> TimeLimits {
        self.live.get(&id).map_or_else(TimeLimits::default, |action| self.tasks[action.task as usize].time)
    }

    pub(super) fn limit_due(&mut self, id: ActionId, turn: u32) {
        let Some(clock) = self.clocks.get(&id) else { return };
        let Some(action) = self.live.get(&id).filter(|action| !action.is_dead) else { return };
        if turn != DEADLINE && turn != clock.turn {
            return;
        }
        let limits = self.tasks[action.task as usize].time;
        let since = |moment: Micros| self.now.saturating_sub(moment);
        match action.place {
            _ if turn == DEADLINE => {
                let (used, limit) = (spell_time(since(clock.submitted)), spell_time(limits.deadline));
                let message = format!("not finished {used} after its submission: its deadline is {limit}");
                self.end_in_time(id, timed_out("DEADLINE_EXCEEDED", "DeadlineExceededError", message, false));
            }
            Place::Running(worker) if self.verdicts.contains_key(&id) => self.take_away(id, worker),
            Place::Running(worker) => {
                let (used, limit) = (spell_time(since(clock.started)), spell_time(limits.runtime));
                let message = format!("ran for {used}: its max_runtime is {limit}");
                self.condemn(id, worker, timed_out("MAX_RUNTIME_EXCEEDED", "MaxRuntimeExceededError", message, true));
            }
            Place::Queued => {
                let (used, limit) = (spell_time(clock.waiting.map_or(0, since)), spell_time(limits.queued));
                let message = format!("waited {used} for a worker: its max_queued_time is {limit}");
                let failure = timed_out("QUEUED_TIMEOUT_EXCEEDED", "MaxQueuedTimeExceededError", message, false);
                self.fail(id, Arc::new(failure));
            }
            _ => {}
        }
    }

    /// Its deadline has come, wherever it is; its children end with it.
    fn end_in_time(&mut self, id: ActionId, failure: Failure) {
        match self.live.get(&id).map(|action| action.place) {
            Some(Place::Running(worker)) => {
                self.condemn(id, worker, failure);
                self.abort_children(id, &Arc::from("its parent is out of time"));
            }
            Some(_) => self.fail(id, Arc::new(failure)),
            None => {}
        }
    }

    /// The attempt is over; its worker has yet to let go of it. Async code is asked, and killed after the grace period.
    fn condemn(&mut self, id: ActionId, worker: WorkerId, failure: Failure) {
        let is_first = self.sentence(id, failure, Spent::default());
        if !is_first {
            return; // its worker has been told already
        }
        if !self.live.get(&id).is_some_and(|action| self.tasks[action.task as usize].is_async) {
            return self.take_away(id, worker);
        }
        self.effects.push(Effect::Cancel { worker, action: id });
        let Some(clock) = self.clocks.get_mut(&id) else { return };
        clock.turn += 1;
        let turn = clock.turn;
        self.effects.push(Effect::LimitAt(self.now.saturating_add(self.grace), id, turn));
    }

    /// Without asking. Threads cannot be killed: an inline worker leaves its one behind.
    pub(super) fn take_away(&mut self, id: ActionId, worker: WorkerId) {
        self.effects.push(if self.workers.is_inline(worker) {
            Effect::Leave { worker, action: id }
        } else {
            Effect::Kill(worker)
        });
    }

    /// Decide how the attempt ends; false when that replaces an earlier decision.
    pub(super) fn sentence(&mut self, id: ActionId, failure: Failure, spent: Spent) -> bool {
        self.verdicts.insert(id, Verdict { failure: Arc::new(failure), spent }).is_none()
    }

    /// What was decided about an attempt that its worker lets go of; `said` is its own word, which tells where it was.
    pub(super) fn judged(&mut self, id: ActionId, said: Option<&Result<Bytes, Arc<Failure>>>) -> Option<Arc<Failure>> {
        let Verdict { mut failure, spent } = self.verdicts.remove(&id)?;
        if spent != Spent::default() {
            self.spent = spent;
        }
        if let Some(Err(own)) = said.filter(|_| failure.frames.is_empty()) {
            let failure = Arc::make_mut(&mut failure);
            failure.frames.clone_from(&own.frames);
            if let Some(frame) = own.frames.iter().rev().find(|frame| frame.is_user) {
                failure.message.push_str(&format!("; it was at {}:{} in {}", frame.file, frame.line, frame.function));
            }
        }
        Some(failure)
    }

    /// Its worker let go of an attempt whose end was decided before.
    pub(super) fn decided(&mut self, id: ActionId, failure: Arc<Failure>) {
        if !self.climb(id, &failure) {
            self.attempt_failed(id, failure);
        }
    }

    pub(super) fn is_condemned(&self, id: ActionId) -> bool {
        self.verdicts.contains_key(&id)
    }

    /// The action is no more.
    pub(super) fn forget_limits(&mut self, id: ActionId) {
        self.clocks.remove(&id);
        self.verdicts.remove(&id);
        self.climbed.remove(&id);
    }
}

/// `code` is of wire.md 5.3, `class` of `flyte.errors`.
fn timed_out(code: &str, class: &str, message: String, recoverable: bool) -> Failure {
    let mut failure = Failure::found(Kind::User, code, message);
    failure.class = format!("flyte.errors.{class}");
    failure.recoverable = recoverable;
    failure
}

/// `0.3 s`, `2 m 5 s`, `1 h 30 m`: as exact as people care.
fn spell_time(time: Micros) -> String {
    let seconds = time / 1_000_000;
    let pair = |large: u64, unit, small: u64, lesser| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {lesser}"),
    };
    match seconds {
        0..60 => {
            let exact = format!("{:.2}", time as f64 / 1e6);
            let short = exact.trim_end_matches('0').trim_end_matches('.');
            format!("{short} s")
        }
        60..3_600 => pair(seconds / 60, "m", seconds % 60, "s"),
        _ => pair(seconds / 3_600, "h", seconds / 60 % 60, "m"),
    }
}

#[cfg(test)]
mod tests {
    use super::spell_time;

    #[test]
    fn times_are_as_exact_as_people_care() {
        let spelled = [300_000, 3_000_000, 3_014_000, 125_000_000, 5_400_000_000, 3_600_000_000].map(spell_time);
        assert_eq!(spelled, ["0.3 s", "3 s", "3.01 s", "2 m 5 s", "1 h 30 m", "1 h"]);
    }
}
