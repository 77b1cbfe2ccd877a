//! Results of earlier runs: when they are looked for, used, waited for and kept. Where they are kept is `io`'s business.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::model::{ActionId, CacheAnswer, CacheKey, CacheRules, Effect, Micros, Outcome, Payload, RunId, TaskId};
use super::record::{Bytes, Origin, Record, RunPhase};
use super::{Action, Engine, Known, Place};

/// How long until an action looks again whether another run has computed its result.
const LOOK_AGAIN: Micros = 50_000;

/// Who computes the result of a serialized key in one run, and who waits for it there, in order.
pub(super) struct Turn {
    holder: ActionId,
    waiting: VecDeque<ActionId>,
}

pub(super) type Turns = HashMap<CacheKey, Turn>;

impl Engine {
    /// The rules of a task whose result this run may take from the cache.
    fn read_rules(&self, id: ActionId) -> Option<(&Action, CacheKey, &CacheRules)> {
        let action = self.live.get(&id)?;
        let key = action.cache_key?;
        let rules = self.tasks[action.task as usize].cache.as_ref()?;
        self.runs.get(&action.run).filter(|run| run.settings.reads_cache)?;
        Some((action, key, rules))
    }

    /// A new action may have been computed before: then it looks before it queues.
    pub(super) fn looks_first(&mut self, id: ActionId) -> bool {
        let Some((action, key, rules)) = self.read_rules(id) else { return false };
        let run_id = action.run;
        let serialize = rules.serialize && !self.is_below_its_own_key(action, &key);
        if let Some(action) = self.live.get_mut(&id) {
            action.place = Place::Looking;
        }
        if serialize {
            let turns = self.runs.get_mut(&run_id).map(|run| &mut run.turns);
            match turns.and_then(|turns| turns.get_mut(&key)) {
                Some(turn) => {
                    turn.waiting.push_back(id);
                    return true;
                }
                None => self.take_turn(run_id, key, id, VecDeque::new()),
            }
        }
        self.look_up(id);
        true
    }

    /// Whether one of those that wait for an action computes the same: waiting for it would be for ever.
    fn is_below_its_own_key(&self, action: &Action, key: &CacheKey) -> bool {
        let above = |action: &Action| action.parent.or_else(|| self.runs.get(&action.run).and_then(|run| run.caller));
        let mut caller = above(action);
        while let Some(action) = caller.and_then(|caller| self.live.get(&caller)) {
            if action.cache_key.as_ref() == Some(key) {
                return true;
            }
            caller = above(action);
        }
        false
    }

    fn take_turn(&mut self, run: RunId, key: CacheKey, holder: ActionId, waiting: VecDeque<ActionId>) {
        if let Some(run) = self.runs.get_mut(&run) {
            run.turns.insert(key, Turn { holder, waiting });
        }
    }

    fn look_up(&mut self, id: ActionId) {
        let Some((action, key, rules)) = self.read_rules(id) else { return };
        let not_before = if rules.max_age == 0 { 0 } else { self.now.saturating_sub(rules.max_age) };
        let (run, ordinal) = (action.run, action.ordinal);
        let serialize = rules.serialize && !self.is_below_its_own_key(action, &key);
        self.effects.push(Effect::LookUp { action: id, run, ordinal, key, not_before, serialize });
    }

    fn is_looking(&self, id: ActionId) -> bool {
        self.live.get(&id).is_some_and(|action| action.place == Place::Looking && !action.is_dead)
    }

    pub(super) fn cache_answered(&mut self, id: ActionId, answer: CacheAnswer) {
        if !self.is_looking(id) {
            return;
        }
        match answer {
            CacheAnswer::Hit { outputs, run } => self.hit(id, &outputs, &run),
            CacheAnswer::Miss => self.queue(id, false),
            CacheAnswer::Busy => self.effects.push(Effect::LookAgainAt(self.now.saturating_add(LOOK_AGAIN), id)),
        }
    }

    /// Another run computed it when it was last looked for.
    pub(super) fn cache_due(&mut self, id: ActionId) {
        if self.is_looking(id) {
            self.look_up(id);
        }
    }

    /// An earlier result answers for an action, and for those that wait for the same.
    fn hit(&mut self, id: ActionId, outputs: &Bytes, from: &Arc<str>) {
        let waiting = self.give_turn_up(id);
        self.take_cached(id, outputs.clone(), from);
        self.share(waiting, outputs, from);
    }

    fn share(&mut self, waiting: VecDeque<ActionId>, outputs: &Bytes, from: &Arc<str>) {
        for id in waiting {
            if self.is_looking(id) {
                self.take_cached(id, outputs.clone(), from);
            }
        }
    }

    fn take_cached(&mut self, id: ActionId, outputs: Bytes, from: &Arc<str>) {
        let Some(action) = self.live.get(&id) else { return };
        let (run, ordinal) = (action.run, action.ordinal);
        let at = self.since_start(run);
        self.record(run, Record::CacheHit { ordinal, run: from.clone() });
        self.record(run, Record::Succeeded { ordinal, at, origin: Origin::Cached, outputs: outputs.clone() });
        self.settle(id, Known::Succeeded(ordinal), Outcome::Succeeded(Payload::Here(outputs)), RunPhase::Succeeded);
    }

    /// It ran, and its result is recorded: keep it, and answer those in its run that wait for the same.
    pub(super) fn keep(&mut self, id: ActionId, outputs: &Bytes) {
        let Some(action) = self.live.get(&id) else { return };
        let (Some(key), run_id) = (action.cache_key, action.run) else { return };
        let (task, ordinal, inputs) = (action.task, action.ordinal, action.inputs.clone());
        let is_cached = self.tasks[task as usize].cache.is_some();
        let Some(run) = self.runs.get(&run_id).filter(|run| is_cached && run.settings.writes_cache) else { return };
        let name = run.name.clone();
        let outputs = outputs.clone();
        self.effects.push(Effect::Keep { run: run_id, ordinal, task, key, inputs, outputs: outputs.clone() });
        let waiting = self.give_turn_up(id);
        self.share(waiting, &outputs, &name);
    }

    /// It no longer holds its key: who waited for it. The key is free for other runs.
    fn give_turn_up(&mut self, id: ActionId) -> VecDeque<ActionId> {
        let Some(action) = self.live.get(&id) else { return VecDeque::new() };
        let (Some(key), run_id, ordinal) = (action.cache_key, action.run, action.ordinal) else {
            return VecDeque::new();
        };
        self.free_turn(id, key, run_id, ordinal)
    }

    fn free_turn(&mut self, id: ActionId, key: CacheKey, run_id: RunId, ordinal: u32) -> VecDeque<ActionId> {
        let Some(run) = self.runs.get_mut(&run_id) else { return VecDeque::new() };
        if run.turns.get(&key).is_none_or(|turn| turn.holder != id) {
            return VecDeque::new();
        }
        let waiting = run.turns.remove(&key).map(|turn| turn.waiting).unwrap_or_default();
        self.effects.push(Effect::GiveBack { run: run_id, ordinal, key });
        waiting
    }

    /// A run that does not wait for its last actions gives back what they hold.
    pub(super) fn give_all_back(&mut self, run_id: RunId) {
        let Some(run) = self.runs.get_mut(&run_id) else { return };
        let mut turns: Vec<(CacheKey, Turn)> = run.turns.drain().collect();
        turns.sort_unstable_by_key(|(_, turn)| turn.holder);
        for (key, turn) in turns {
            if let Some(ordinal) = self.live.get(&turn.holder).map(|action| action.ordinal) {
                self.effects.push(Effect::GiveBack { run: run_id, ordinal, key });
            }
        }
    }

    /// It is over, in whatever way: the next one that waits for its key has its turn.
    pub(super) fn leave_turn(&mut self, id: ActionId, action: &Action) {
        let Some(key) = action.cache_key else { return };
        let mut waiting = self.free_turn(id, key, action.run, action.ordinal);
        while let Some(next) = waiting.pop_front() {
            if self.is_looking(next) {
                self.take_turn(action.run, key, next, waiting);
                return self.look_up(next);
            }
        }
    }

    /// Once for each task that is cached, in a run that leaves the cache alone: so that people can be told why it ran.
    pub(super) fn say_how_it_caches(&mut self, run_id: RunId, task: TaskId) {
        let Some(settings) = self.runs.get(&run_id).map(|run| run.settings) else { return };
        if self.tasks[task as usize].cache.is_some() && !settings.reads_cache {
            self.record(run_id, Record::Unread { task, writes: settings.writes_cache });
        }
    }
}
