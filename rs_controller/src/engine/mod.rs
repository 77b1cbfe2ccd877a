//! Decides what to do about an event. Pure: no clock, socket, file, thread or Python in here.
//!
//! `Engine::handle` is the one decision table; `io` performs the effects it returns and reports events back.

pub mod codec;
pub mod model;
pub mod record;
pub mod tree;
mod workers;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use model::{
    ActionId, CallId, Effect, Event, Exit, Map, Micros, Outcome, Payload, PoolId, RunId, Submission, TaskId, TaskSpec,
    WorkerId,
};
use record::{Bytes, Digest, Failure, Kind, Origin, Record, RunPhase, TaskHeader};
use workers::Workers;

pub use workers::Limits;

/// How often an action may lose its worker through no fault of its own.
pub const LOST_LIMIT: u32 = 3;

/// The root has a fixed name (`a0`), not a digest.
const ROOT: Digest = [0; 16];

/// An action that is not over, or whose worker has not let go of it.
struct Action {
    run: RunId,
    ordinal: u32,
    parent: Option<ActionId>,
    task: TaskId,
    digest: Digest,
    attempt: u32,
    lost: u32,
    place: Place,
    waiter: Option<(WorkerId, CallId)>,
    /// Children that are not over.
    children: u32,
    /// Aborted and recorded so; only its worker still has to let go.
    is_dead: bool,
    /// It was on a worker that died: until it is over it shares a worker with nobody.
    is_suspect: bool,
    /// A worker that must not get it, because it blocks until this is done.
    avoid: Option<WorkerId>,
    inputs: Bytes,
    context: Option<Arc<str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Queued,
    Running(WorkerId),
    /// For its next attempt.
    Waiting,
}

/// What a run knows of a name.
enum Known {
    Live(ActionId),
    Succeeded(u32),
    /// Failed or aborted: asked for again, it runs again.
    Over(u32),
    /// Succeeded in the run that this one recovers.
    Prior(Bytes),
}

struct Run {
    root: ActionId,
    /// The call in another run's action that waits for this run.
    waiter: Option<(WorkerId, CallId)>,
    caller: Option<ActionId>,
    started_at: Micros,
    next_ordinal: u32,
    known: Map<Digest, Known>,
    tasks: Vec<TaskId>,
    aborting: Option<Arc<str>>,
    /// Its actions that were aborted and whose workers have not let go of them.
    dead: u32,
    /// How it ends, once there are none of those: they may be cleaning up.
    ending: Option<(RunPhase, Outcome)>,
}

/// Everything that is going on in one process's runs.
pub struct Engine {
    tasks: Vec<TaskSpec>,
    runs: HashMap<RunId, Run>,
    live: Map<ActionId, Action>,
    workers: Workers,
    next_action: ActionId,
    grace: Micros,
    effects: Vec<Effect>,
    /// How many effects earlier events left there.
    seen: usize,
    now: Micros,
}

impl Engine {
    pub fn new(limits: Limits, grace: Micros) -> Engine {
        Engine {
            tasks: Vec::new(),
            runs: HashMap::new(),
            live: Map::default(),
            workers: Workers::new(limits),
            next_action: 0,
            grace,
            effects: Vec::new(),
            seen: 0,
            now: 0,
        }
    }

    /// Make a task known; the number stands for it from then on.
    pub fn declare(&mut self, spec: TaskSpec) -> TaskId {
        self.workers.declare(&spec.environment, spec.is_async);
        self.tasks.push(spec);
        (self.tasks.len() - 1) as TaskId
    }

    pub fn task(&self, task: TaskId) -> &TaskSpec {
        &self.tasks[task as usize]
    }

    pub fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    /// The environment whose workers a pool holds.
    pub fn environment_of(&self, pool: PoolId) -> &str {
        self.workers.environment_of(pool)
    }

    /// The run of a live action, and its number there.
    pub fn ordinal_of(&self, action: ActionId) -> Option<(RunId, u32)> {
        self.live.get(&action).map(|action| (action.run, action.ordinal))
    }

    /// The one action a worker holds, to whom its raw output belongs.
    pub fn sole_action(&self, worker: WorkerId) -> Option<ActionId> {
        self.workers.sole(worker)
    }

    /// Adopt a worker that exists from the start (the inline executor).
    pub fn adopt_inline(&mut self) -> WorkerId {
        self.workers.adopt_inline()
    }

    /// Decides what to do about one event.
    pub fn handle(&mut self, now: Micros, event: Event, effects: &mut Vec<Effect>) {
        std::mem::swap(&mut self.effects, effects);
        self.seen = self.effects.len();
        self.now = self.now.max(now);
        match event {
            Event::RunRequested { run, task, inputs, context, parent, prior } => {
                self.start_run(run, task, inputs, context, parent, prior);
            }
            Event::WorkerReady(worker) => self.workers.ready(worker),
            Event::WorkerGone { worker, exit, last_words } => self.worker_gone(worker, exit, &last_words),
            Event::Pulled(worker) => self.workers.pulled(worker, self.now),
            Event::Blocked(worker) => self.workers.blocked(worker, true),
            Event::Submitted(submission) => self.submit(submission),
            Event::Finished { worker, action, outcome } => self.finished(worker, action, outcome),
            Event::Bounced { worker, actions } => self.bounced(worker, &actions),
            Event::Cancelled { parent, digest } => self.cancelled(parent, &digest),
            Event::RetryDue(action) => self.retry(action),
            Event::GraceOver(action) => self.grace_over(action),
            Event::GrowthDue { idle } => self.workers.growth_due(idle),
            Event::AbortRequested { run, reason, now } => self.abort_run(run, &reason, now),
        }
        self.unblock();
        self.schedule();
        std::mem::swap(&mut self.effects, effects);
    }

    /// An answer lets a waiting worker go on; if it waits for more it says so again.
    fn unblock(&mut self) {
        let Engine { effects, workers, .. } = self;
        for effect in &effects[self.seen..] {
            if let Effect::Resolve { worker, .. } | Effect::EndRun { waiter: Some((worker, _)), .. } = effect {
                workers.blocked(*worker, false);
            }
        }
    }

    fn since_start(&self, run: RunId) -> u64 {
        self.runs.get(&run).map_or(0, |run| self.now.saturating_sub(run.started_at))
    }

    fn record(&mut self, run: RunId, record: Record) {
        self.effects.push(Effect::Record(run, record));
    }

    // --- runs

    fn start_run(
        &mut self,
        run: RunId,
        task: TaskId,
        inputs: Bytes,
        context: Option<Arc<str>>,
        parent: Option<(WorkerId, CallId, ActionId)>,
        prior: Vec<(Digest, Bytes)>,
    ) {
        let root = self.next_action;
        self.next_action += 1;
        let is_orphan = parent.is_some_and(|(_, _, caller)| !self.may_call(caller));
        let known = prior.into_iter().map(|(digest, outputs)| (digest, Known::Prior(outputs))).collect();
        self.runs.insert(
            run,
            Run {
                root,
                waiter: parent.map(|(worker, call, _)| (worker, call)),
                caller: parent.map(|(_, _, caller)| caller).filter(|_| !is_orphan),
                started_at: self.now,
                next_ordinal: 0,
                known,
                tasks: Vec::new(),
                aborting: None,
                dead: 0,
                ending: None,
            },
        );
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
        };
        self.add(root, run, None, None, call);
        if is_orphan {
            return self.abort_run(run, &Arc::from("its caller is over"), false);
        }
        self.workers.warm_up(&self.tasks[task as usize].environment, &mut self.effects);
    }

    /// Whether an action is alive, and meant to stay so.
    fn may_call(&self, id: ActionId) -> bool {
        let Some(action) = self.live.get(&id).filter(|action| !action.is_dead) else { return false };
        self.runs.get(&action.run).is_some_and(|run| run.aborting.is_none())
    }

    fn abort_run(&mut self, run: RunId, reason: &Arc<str>, now: bool) {
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
    fn end_at_once(&mut self, run: RunId) {
        if let Some((phase, outcome)) = self.runs.get_mut(&run).and_then(|run| run.ending.take()) {
            self.complete_run(run, phase, outcome);
        }
    }

    fn kill_workers_of(&mut self, run: RunId) {
        let of_run = |action: &Action| action.run == run;
        for worker in self.workers.holding(|id| self.live.get(&id).is_some_and(of_run)) {
            self.effects.push(Effect::Kill(worker));
        }
    }

    fn end_aborted_run(&mut self, run: RunId, kill: bool) {
        let Some((root, reason)) = self.runs.get(&run).map(|run| (run.root, run.aborting.clone())) else { return };
        let reason = reason.unwrap_or_else(|| Arc::from("aborted"));
        if kill {
            self.kill_workers_of(run);
        }
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
    fn end_run(&mut self, id: RunId, phase: RunPhase, outcome: Outcome) {
        match self.runs.get_mut(&id) {
            Some(run) if run.dead > 0 => run.ending = Some((phase, outcome)),
            _ => self.complete_run(id, phase, outcome),
        }
    }

    fn complete_run(&mut self, run: RunId, phase: RunPhase, outcome: Outcome) {
        let at = self.since_start(run);
        self.record(run, Record::RunEnded { at, phase });
        let waiter = self.runs.remove(&run).and_then(|run| run.waiter);
        self.effects.push(Effect::EndRun { run, phase, outcome, waiter });
    }

    // --- actions begin

    fn submit(&mut self, call: Submission) {
        let Some((run_id, is_over)) = self.live.get(&call.parent).map(|parent| (parent.run, parent.is_dead)) else {
            return self.refuse(&call, RunId::MAX, "its parent is over");
        };
        let Some(run) = self.runs.get_mut(&run_id) else { return self.refuse(&call, run_id, "its run is over") };
        if is_over || run.aborting.is_some() {
            return self.refuse(&call, run_id, "its run is being aborted");
        }
        let waiter = (call.worker, call.call);
        match run.known.get(&call.digest) {
            Some(Known::Live(action)) => {
                let action = *action;
                if let Some(action) = self.live.get_mut(&action) {
                    action.waiter = Some(waiter);
                    action.avoid = call.elsewhere.then_some(call.worker);
                }
            }
            Some(Known::Succeeded(ordinal)) => {
                let outcome = Outcome::Succeeded(Payload::Recorded(*ordinal));
                self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run: run_id, outcome });
            }
            Some(Known::Prior(outputs)) => {
                let outputs = outputs.clone();
                self.take_over(run_id, call, outputs);
            }
            Some(Known::Over(ordinal)) => {
                let ordinal = *ordinal;
                let at = self.since_start(run_id);
                self.record(run_id, Record::Reopened { ordinal, at });
                self.begin(run_id, call, Some(ordinal));
            }
            None => self.begin(run_id, call, None),
        }
    }

    fn begin(&mut self, run: RunId, call: Submission, ordinal: Option<u32>) {
        let id = self.next_action;
        self.next_action += 1;
        self.add(id, run, Some(call.parent), ordinal, call);
    }

    fn add(&mut self, id: ActionId, run_id: RunId, parent: Option<ActionId>, reopened: Option<u32>, call: Submission) {
        let ordinal = reopened.unwrap_or_else(|| self.write_submitted(run_id, parent, &call));
        let Submission { task, digest, inputs, context, .. } = call;
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(digest, Known::Live(id));
        }
        if let Some(parent) = parent.and_then(|parent| self.live.get_mut(&parent)) {
            parent.children += 1;
        }
        self.live.insert(
            id,
            Action {
                run: run_id,
                ordinal,
                parent,
                task,
                digest,
                attempt: 0,
                lost: 0,
                place: Place::Queued,
                waiter: parent.map(|_| (call.worker, call.call)),
                children: 0,
                is_dead: false,
                is_suspect: false,
                avoid: call.elsewhere.then_some(call.worker),
                inputs,
                context,
            },
        );
        self.workers.enqueue(&self.tasks[task as usize], id);
    }

    /// Record a new action (and its task, the first time) and number it.
    fn write_submitted(&mut self, run_id: RunId, parent: Option<ActionId>, call: &Submission) -> u32 {
        let at = self.since_start(run_id);
        let parent = parent.and_then(|parent| self.live.get(&parent)).map(|parent| parent.ordinal);
        let Some(run) = self.runs.get_mut(&run_id) else { return 0 };
        let ordinal = run.next_ordinal;
        run.next_ordinal += 1;
        let task = call.task;
        if !run.tasks.contains(&task) {
            run.tasks.push(task);
            let header = header_of(&self.tasks[task as usize]);
            self.record(run_id, Record::Task { task, header });
        }
        let (digest, group, inputs) = (call.digest, call.group.clone(), call.inputs.clone());
        self.record(run_id, Record::Submitted { ordinal, parent, task, digest, group, at, inputs });
        ordinal
    }

    /// Answer a call from the run that this one recovers, and make the answer this run's own.
    fn take_over(&mut self, run_id: RunId, call: Submission, outputs: Bytes) {
        let ordinal = self.write_submitted(run_id, Some(call.parent), &call);
        let at = self.since_start(run_id);
        let taken = Record::Succeeded { ordinal, at, origin: Origin::Recovered, outputs: outputs.clone() };
        self.record(run_id, taken);
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(call.digest, Known::Succeeded(ordinal));
        }
        let outcome = Outcome::Succeeded(Payload::Here(outputs));
        self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run: run_id, outcome });
    }

    fn refuse(&mut self, call: &Submission, run: RunId, reason: &str) {
        let outcome = Outcome::Failed(Arc::new(aborted(reason)));
        self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run, outcome });
    }

    // --- actions end

    fn finished(&mut self, worker: WorkerId, id: ActionId, outcome: Result<Bytes, Arc<Failure>>) {
        if !self.workers.release(worker, id) {
            return; // a second word about something already settled
        }
        let Some(action) = self.live.get(&id) else { return };
        let (run_id, is_root) = (action.run, action.parent.is_none());
        if action.is_dead {
            self.bury(id);
        } else if is_root && self.runs.get(&run_id).is_some_and(|run| run.aborting.is_some()) {
            self.end_aborted_run(run_id, false);
        } else {
            match outcome {
                Ok(outputs) => self.succeed(id, outputs),
                Err(failure) => self.attempt_failed(id, failure),
            }
        }
    }

    fn succeed(&mut self, id: ActionId, outputs: Bytes) {
        let Some(action) = self.live.get(&id) else { return };
        let (run, ordinal) = (action.run, action.ordinal);
        let at = self.since_start(run);
        self.record(run, Record::Succeeded { ordinal, at, origin: Origin::Ran, outputs: outputs.clone() });
        self.settle(id, Known::Succeeded(ordinal), Outcome::Succeeded(Payload::Here(outputs)), RunPhase::Succeeded);
    }

    /// One attempt failed: another one, or the end of the action.
    fn attempt_failed(&mut self, id: ActionId, failure: Arc<Failure>) {
        let Some(action) = self.live.get_mut(&id) else { return };
        let policy = &self.tasks[action.task as usize].retry;
        if !failure.recoverable || action.attempt >= policy.retries {
            return self.fail(id, failure);
        }
        action.attempt += 1;
        action.place = Place::Waiting;
        let delay = policy.delay(action.attempt);
        let (run, ordinal) = (action.run, action.ordinal);
        self.abort_runs_of(id, &Arc::from("the attempt that started it is over"));
        let at = self.since_start(run);
        self.record(run, Record::Failed { ordinal, at, delay: Some(delay), failure });
        self.effects.push(Effect::RetryAt(self.now.saturating_add(delay), id));
    }

    fn fail(&mut self, id: ActionId, failure: Arc<Failure>) {
        let Some(action) = self.live.get(&id) else { return };
        let (run, ordinal) = (action.run, action.ordinal);
        let at = self.since_start(run);
        self.record(run, Record::Failed { ordinal, at, delay: None, failure: failure.clone() });
        self.settle(id, Known::Over(ordinal), Outcome::Failed(failure), RunPhase::Failed);
    }

    /// The action is over: its children with it, its caller told, its run ended when it was the root.
    fn settle(&mut self, id: ActionId, known: Known, outcome: Outcome, phase: RunPhase) {
        self.abort_children(id, &Arc::from("its parent is over"));
        let Some(action) = self.live.get(&id) else { return };
        let (run_id, digest, waiter, is_root) = (action.run, action.digest, action.waiter, action.parent.is_none());
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(digest, known);
        }
        if let Some((worker, call)) = waiter {
            self.effects.push(Effect::Resolve { worker, call, run: run_id, outcome: outcome.clone() });
        }
        self.bury(id);
        if is_root {
            self.end_run(run_id, phase, outcome);
        }
    }

    fn bury(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        if let Place::Running(worker) = action.place {
            if self.workers.holds(worker, id) {
                return self.wait_for_release(id); // its worker must let go first
            }
        }
        let Some(action) = self.live.remove(&id) else { return };
        if let Some(parent) = action.parent.and_then(|parent| self.live.get_mut(&parent)) {
            parent.children = parent.children.saturating_sub(1);
        }
        if action.is_dead {
            self.released(action.run);
        }
    }

    fn wait_for_release(&mut self, id: ActionId) {
        let Some(action) = self.live.get_mut(&id).filter(|action| !action.is_dead) else { return };
        action.is_dead = true;
        if let Some(run) = self.runs.get_mut(&action.run) {
            run.dead += 1;
        }
    }

    /// A worker let go of an aborted action; it may have been the last thing its run waited for.
    fn released(&mut self, id: RunId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.dead = run.dead.saturating_sub(1);
        if run.dead == 0 {
            if let Some((phase, outcome)) = run.ending.take() {
                self.complete_run(id, phase, outcome);
            }
        }
    }

    fn retry(&mut self, id: ActionId) {
        if let Some(action) = self.live.get_mut(&id).filter(|action| action.place == Place::Waiting) {
            action.place = Place::Queued;
            self.workers.enqueue(&self.tasks[action.task as usize], id);
        }
    }

    // --- actions are stopped

    fn cancelled(&mut self, parent: ActionId, digest: &Digest) {
        let Some(run) = self.live.get(&parent).and_then(|parent| self.runs.get(&parent.run)) else { return };
        if let Some(&Known::Live(id)) = run.known.get(digest) {
            let Some(action) = self.live.get_mut(&id).filter(|action| action.parent == Some(parent)) else { return };
            action.waiter = None;
            self.abort(id, &Arc::from("its caller no longer waits for it"));
        }
    }

    /// Runs whose caller is one of those, oldest first.
    fn runs_started_by(&self, is_caller: impl Fn(ActionId) -> bool) -> Vec<RunId> {
        let is_meant = |run: &Run| run.caller.is_some_and(&is_caller);
        let mut runs: Vec<RunId> = self.runs.iter().filter(|(_, run)| is_meant(run)).map(|(&id, _)| id).collect();
        runs.sort_unstable();
        runs
    }

    /// Nested runs have no names that another attempt would find them by.
    fn abort_runs_of(&mut self, caller: ActionId, reason: &Arc<str>) {
        for run in self.runs_started_by(|id| id == caller) {
            self.abort_run(run, reason, false);
        }
    }

    fn abort_children(&mut self, parent: ActionId, reason: &Arc<str>) {
        self.abort_runs_of(parent, reason);
        for id in self.descendants(parent) {
            self.abort_runs_of(id, reason);
            self.abort_one(id, reason);
        }
    }

    /// What lives below an action, children before their parents. Not recursive: calls nest as deep as users like.
    fn descendants(&self, root: ActionId) -> Vec<ActionId> {
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

    fn abort(&mut self, id: ActionId, reason: &Arc<str>) {
        self.abort_children(id, reason);
        self.abort_one(id, reason);
    }

    fn abort_one(&mut self, id: ActionId, reason: &Arc<str>) {
        let Some(action) = self.live.get(&id).filter(|action| !action.is_dead) else { return };
        let (run_id, ordinal, digest, place, waiter) =
            (action.run, action.ordinal, action.digest, action.place, action.waiter);
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
    fn stop_gently(&mut self, id: ActionId, worker: WorkerId) {
        let is_async = self.live.get(&id).is_some_and(|action| self.tasks[action.task as usize].is_async);
        self.effects.push(if is_async || self.workers.is_inline(worker) {
            Effect::Cancel { worker, action: id }
        } else {
            Effect::Interrupt(worker)
        });
        self.effects.push(Effect::GraceAt(self.now.saturating_add(self.grace), id));
    }

    fn grace_over(&mut self, id: ActionId) {
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

    // --- workers

    fn bounced(&mut self, worker: WorkerId, actions: &[ActionId]) {
        for &id in actions.iter().rev() {
            if self.workers.hand_back(worker, id) {
                self.queue_again(id);
            }
        }
    }

    /// Its worker let go of it before it was over.
    fn queue_again(&mut self, id: ActionId) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Queued;
        let (run, task, is_root) = (action.run, action.task, action.parent.is_none());
        if action.is_dead {
            self.bury(id);
        } else if is_root && self.runs.get(&run).is_some_and(|run| run.aborting.is_some()) {
            self.end_aborted_run(run, false);
        } else {
            self.workers.enqueue_first(&self.tasks[task as usize], id);
        }
    }

    fn worker_gone(&mut self, worker: WorkerId, exit: Exit, last_words: &str) {
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
        for id in held {
            self.lost_worker(id, is_alone, exit, last_words);
        }
        if gone.never_started {
            self.cannot_start(gone.pool, exit, last_words);
        }
    }

    /// An action's worker died: its own doing, or bad luck.
    fn lost_worker(&mut self, id: ActionId, is_alone: bool, exit: Exit, last_words: &str) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Queued;
        let (run_id, ordinal) = (action.run, action.ordinal);
        if action.parent.is_none() && self.runs.get(&run_id).is_some_and(|run| run.aborting.is_some()) {
            return self.end_aborted_run(run_id, false);
        }
        let is_async = self.tasks[action.task as usize].is_async;
        let by_itself = !matches!(exit, Exit::Signal(libc::SIGKILL | libc::SIGTERM) | Exit::Unknown);
        if is_alone && (by_itself || !is_async) {
            return self.attempt_failed(id, Arc::new(died(exit, last_words)));
        }
        action.lost += 1;
        action.is_suspect = true;
        if action.lost > LOST_LIMIT {
            let mut failure = died(exit, last_words);
            failure.code = "WorkerLost".into();
            failure.kind = Kind::System;
            failure.message = format!("its worker died {} times; the last time {}", action.lost, failure.message);
            return self.fail(id, Arc::new(failure));
        }
        let task = action.task;
        self.abort_runs_of(id, &Arc::from("the attempt that started it is over"));
        let reason = died(exit, last_words).message;
        let at = self.since_start(run_id);
        self.record(run_id, Record::Lost { ordinal, at, reason });
        self.workers.enqueue_first(&self.tasks[task as usize], id);
    }

    /// A pool whose workers die before they are ready has nothing to offer those that wait for it.
    fn cannot_start(&mut self, pool: u32, exit: Exit, last_words: &str) {
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

    fn schedule(&mut self) {
        let Engine { workers, live, .. } = self;
        workers.assign(self.now, |id| {
            let action = live.get(&id).filter(|action| action.place == Place::Queued && !action.is_dead)?;
            // A new attempt may block for children of the last one: they must not be beside it.
            let may_block_children = action.attempt > 0 && action.children > 0;
            let is_alone = action.is_suspect || may_block_children;
            Some(workers::Want { task: action.task, is_alone, avoid: action.avoid })
        });
        for (worker, id) in self.workers.take_assigned() {
            self.start(worker, id);
        }
        self.workers.grow(self.now, &mut self.effects);
    }

    fn start(&mut self, worker: WorkerId, id: ActionId) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Running(worker);
        let (run, ordinal, attempt) = (action.run, action.ordinal, action.attempt);
        let digest = action.parent.map(|_| action.digest);
        let (task, inputs, context) = (action.task, action.inputs.clone(), action.context.clone());
        let at = self.since_start(run);
        self.record(run, Record::Started { ordinal, attempt, at });
        self.effects.push(Effect::Start { worker, action: id, run, task, digest, attempt, inputs, context });
    }
}

fn header_of(spec: &TaskSpec) -> TaskHeader {
    TaskHeader {
        name: spec.name.clone(),
        short_name: spec.short_name.clone(),
        environment: spec.environment.clone(),
        file: spec.file.clone(),
        line: spec.line,
        max_attempts: spec.retry.retries.saturating_add(1),
    }
}

fn aborted(reason: &str) -> Failure {
    let mut failure = Failure::found(Kind::User, "ActionAborted", format!("aborted: {reason}"));
    failure.class = "flyte.errors.ActionAbortedError".into();
    failure.recoverable = false;
    failure
}

/// What to say about an action whose worker process ended.
fn died(exit: Exit, last_words: &str) -> Failure {
    let (kind, code, what) = match exit {
        Exit::Code(status) => {
            (Kind::User, "WorkerExited", format!("the process running it exited with status {status}"))
        }
        Exit::Signal(libc::SIGKILL) => {
            (Kind::System, "WorkerKilled", "the process running it was killed (SIGKILL; out of memory?)".to_owned())
        }
        Exit::Signal(libc::SIGSEGV) => {
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
