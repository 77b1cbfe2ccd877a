//! How runs begin and end.

use std::sync::Arc;

use super::aborts::aborted;
use super::model::{
    ActionId, CacheKey, CallId, Effect, Map, Outcome, RunId, RunSettings, Submission, TaskId, WorkerId,
};
use super::record::{Bytes, Digest, Record, RunPhase};
use super::traces::Earlier;
use super::{Action, Engine, Known, Place, Run, ROOT};

/// What a run is asked for with.
pub(super) struct Asked {
    pub name: Arc<str>,
    pub task: TaskId,
    pub inputs: Bytes,
    pub context: Option<Arc<str>>,
    pub parent: Option<(WorkerId, CallId, ActionId)>,
    pub prior: Vec<(Digest, Bytes)>,
    pub settings: RunSettings,
    pub cache_key: Option<CacheKey>,
    pub earlier: Earlier,
}

impl Engine {
    pub(super) fn start_run(&mut self, run: RunId, asked: Asked) {
        let Asked { name, task, inputs, context, parent, prior, settings, cache_key, earlier } = asked;
        let settings = self.inherited(parent.map(|(_, _, caller)| caller), settings);
        let root = self.next_action;
        self.next_action += 1;
        let is_orphan = parent.is_some_and(|(_, _, caller)| !self.may_call(caller));
        let is_recovered = !prior.is_empty() || earlier != Earlier::default();
        let known = prior.into_iter().map(|(digest, outputs)| (digest, Known::Prior(outputs))).collect();
        self.runs.insert(
            run,
            Run {
                name,
                root,
                waiter: parent.map(|(worker, call, _)| (worker, call)),
                caller: parent.map(|(_, _, caller)| caller).filter(|_| !is_orphan),
                settings,
                started_at: self.now,
                next_ordinal: 0,
                origins: Vec::new(),
                known,
                tasks: Vec::new(),
                turns: super::cache::Turns::new(),
                aborting: None,
                dead: 0,
                ending: None,
                is_recovered,
                steps: Map::default(),
                open_steps: Vec::new(),
                children: Map::default(),
                sleeps: Map::default(),
                signals: Vec::new(),
                verdicts: Vec::new(),
                asks: 0,
            },
        );
        self.take_over_waits(run, earlier);
        let call = Submission {
            worker: WorkerId::MAX,
            call: 0,
            parent: root,
            task,
            digest: ROOT,
            group: None,
            inputs,
            context,
            elsewhere: false,
            cache_key,
            line: 0,
        };
        self.add(root, run, None, None, call);
        if is_orphan {
            return self.abort_run(run, &Arc::from("its caller is over"), false);
        }
        if self.live.get(&root).is_some_and(|root| root.place == Place::Looking) {
            return; // an earlier result may do
        }
        self.workers.warm_up(&self.tasks[task as usize].pool, &mut self.effects);
    }

    /// What a nested run does not say for itself, it has from the run that started it.
    fn inherited(&self, caller: Option<ActionId>, own: RunSettings) -> RunSettings {
        let outer = caller.and_then(|caller| self.live.get(&caller)).and_then(|caller| self.runs.get(&caller.run));
        let Some(outer) = outer.map(|run| run.settings) else { return own };
        RunSettings {
            reads_cache: own.reads_cache && outer.reads_cache,
            writes_cache: own.writes_cache && outer.writes_cache,
            at_once: if own.at_once == 0 { outer.at_once } else { own.at_once },
            priority: own.priority.saturating_add(outer.priority),
        }
    }

    /// Whether an action is alive, and meant to stay so.
    pub(super) fn may_call(&self, id: ActionId) -> bool {
        let Some(action) = self.live.get(&id).filter(|action| !action.is_dead) else { return false };
        self.runs.get(&action.run).is_some_and(|run| run.aborting.is_none())
    }

    pub(super) fn abort_run(&mut self, run: RunId, reason: &Arc<str>, now: bool) {
        let Some(root) = self.runs.get_mut(&run).map(|run| {
            run.aborting = Some(reason.clone());
            run.root
        }) else {
            return;
        };
        if now {
            let of_run = |caller: ActionId| self.live.get(&caller).is_some_and(|action| action.run == run);
            for nested in self.runs_started_by(of_run) {
                self.abort_run(nested, reason, true);
            }
        }
        self.abort_children(root, reason);
        match self.live.get(&root).filter(|root| !root.is_dead).map(|root| root.place) {
            Some(Place::Running(worker)) if !now => self.stop_gently(root, worker),
            Some(_) => self.end_aborted_run(run, now),
            None if now => {
                self.kill_workers_of(run);
                self.end_at_once(run);
            }
            None => {} // it only waits for its actions to clean up
        }
    }

    /// Do not wait for what still cleans up.
    pub(super) fn end_at_once(&mut self, run: RunId) {
        if let Some((phase, outcome)) = self.runs.get_mut(&run).and_then(|run| run.ending.take()) {
            self.complete_run(run, phase, outcome);
        }
    }

    pub(super) fn kill_workers_of(&mut self, run: RunId) {
        let of_run = |action: &Action| action.run == run;
        for worker in self.workers.holding(|id| self.live.get(&id).is_some_and(of_run)) {
            self.effects.push(Effect::Kill(worker));
        }
    }

    pub(super) fn end_aborted_run(&mut self, run: RunId, kill: bool) {
        let Some((root, reason)) = self.runs.get(&run).map(|run| (run.root, run.aborting.clone())) else { return };
        let reason = reason.unwrap_or_else(|| Arc::from("aborted"));
        if kill {
            self.kill_workers_of(run);
        }
        self.close_steps(root, &reason);
        self.end_replay(root, false);
        let at = self.since_start(run);
        self.record(run, Record::Aborted { ordinal: 0, at, reason: reason.clone() });
        let outcome = Outcome::Failed(Arc::new(aborted(&reason)));
        self.bury(root);
        self.end_run(run, RunPhase::Aborted, outcome);
        if kill {
            self.end_at_once(run);
        }
    }

    /// The root is over; so is the run, once nothing of it is left on any worker.
    pub(super) fn end_run(&mut self, id: RunId, phase: RunPhase, outcome: Outcome) {
        match self.runs.get_mut(&id) {
            Some(run) if run.dead > 0 => run.ending = Some((phase, outcome)),
            _ => self.complete_run(id, phase, outcome),
        }
    }

    pub(super) fn complete_run(&mut self, run: RunId, phase: RunPhase, outcome: Outcome) {
        self.give_all_back(run);
        let at = self.since_start(run);
        self.record(run, Record::RunEnded { at, phase });
        self.priors.remove(&run);
        self.admission.forget(run);
        let waiter = self.runs.remove(&run).and_then(|run| run.waiter);
        self.effects.push(Effect::EndRun { run, phase, outcome, waiter });
    }
}
