//! What becomes of attempts that need more memory than they may have, and what attempts used.

use std::sync::Arc;

use super::model::{ActionId, Effect, Micros, Spent, WorkerId};
use super::record::{Failure, Kind, Record};
use super::Engine;

/// The code of an attempt that ran out of memory: the name of its class in `flyte.errors` (wire.md 5.8).
pub const OUT_OF_MEMORY: &str = "OOMError";

/// Where `memory="auto"` begins, in bytes. Our choice: a worker with numpy and pandas has 100 to 200 MiB resident, and
/// a task that needs no more than that should never have to run twice.
pub const FIRST_RUNG: u64 = 512 << 20;

impl Engine {
    /// Bytes an attempt may have; zero is no limit.
    fn memory_limit(&self, id: ActionId) -> u64 {
        let Some(action) = self.live.get(&id) else { return 0 };
        let needs = &self.tasks[action.task as usize].needs;
        match needs.memory_limit {
            0 if needs.climbs => self.climbed.get(&id).copied().unwrap_or(FIRST_RUNG).min(self.memory),
            limit => limit,
        }
    }

    /// An attempt with a limit is watched while it runs.
    pub(super) fn meter(&mut self, id: ActionId, worker: WorkerId) {
        let limit = self.memory_limit(id);
        if limit > 0 && !self.workers.is_inline(worker) {
            self.effects.push(Effect::Meter { worker, action: id, limit });
        }
    }

    /// A watched attempt is beyond its limit: it ends here and now.
    pub(super) fn over_memory(&mut self, worker: WorkerId, id: ActionId, peak: u64) {
        if !self.workers.holds(worker, id) || self.live.get(&id).is_none_or(|action| action.is_dead) {
            return;
        }
        let failure = out_of_memory(peak, self.memory_limit(id));
        if !self.is_condemned(id) {
            self.sentence(id, failure, Spent { cpu: 0, memory: peak });
        }
        self.take_away(id, worker);
    }

    /// After an attempt ran out of memory: again with twice as much, if the task climbs and the machine has it.
    pub(super) fn climb(&mut self, id: ActionId, failure: &Failure) -> bool {
        if failure.code != OUT_OF_MEMORY {
            return false;
        }
        let Some(action) = self.live.get(&id) else { return false };
        let before = self.memory_limit(id);
        let limit = before.saturating_mul(2).min(self.memory);
        if !self.tasks[action.task as usize].needs.climbs || limit <= before {
            return false;
        }
        let (run, ordinal) = (action.run, action.ordinal);
        self.climbed.insert(id, limit);
        if let Some(action) = self.live.get_mut(&id) {
            action.has_begun = true;
        }
        self.forget_verdicts(run, id);
        self.close_steps(id, &Arc::from("its attempt is over"));
        self.end_replay(id, false);
        self.give_back(id);
        self.abort_runs_of(id, &Arc::from("the attempt that started it is over"));
        let at = self.since_start(run);
        self.record(run, Record::Climbed { ordinal, at, limit, reason: failure.message.clone() });
        self.write_spent(id);
        self.attempt_ends(id);
        self.queue(id, true);
        true
    }

    /// Record what the attempt used whose outcome was just recorded.
    pub(super) fn write_spent(&mut self, id: ActionId) {
        let spent = std::mem::take(&mut self.spent);
        if spent == Spent::default() {
            return;
        }
        let Some(action) = self.live.get(&id) else { return };
        let (run, ordinal, attempt) = (action.run, action.ordinal, action.attempt);
        self.record(run, Record::Spent { ordinal, attempt, cpu: spent.cpu as Micros, memory: spent.memory });
    }
}

/// Its attributes travel beside the message, for whoever tries again with more.
fn out_of_memory(peak: u64, limit: u64) -> Failure {
    let message = format!("it took {} of memory: its limit is {}", spell_size(peak), spell_size(limit));
    let mut failure = Failure::found(Kind::User, OUT_OF_MEMORY, message);
    failure.class = "flyte.errors.OOMError".into();
    failure.payload = format!("{{\"peak\": {peak}, \"limit\": {limit}}}").into_bytes();
    failure
}

/// `512 MiB`, `1.5 GiB`.
pub fn spell_size(bytes: u64) -> String {
    let (size, unit) = match bytes {
        0..0x4000_0000 => (bytes as f64 / f64::from(1 << 20), "MiB"),
        _ => (bytes as f64 / f64::from(1 << 30), "GiB"),
    };
    let exact = format!("{size:.1}");
    format!("{} {unit}", exact.strip_suffix(".0").unwrap_or(&exact))
}

#[cfg(test)]
mod tests {
    use super::spell_size;

    #[test]
    fn sizes_are_spelled_as_people_declare_them() {
        assert_eq!([512 << 20, 3 << 29, 1 << 30, 300_000].map(spell_size), ["512 MiB", "1.5 GiB", "1 GiB", "0.3 MiB"]);
    }
}
