//! Decides what to do about an event. Pure: no clock, socket, file, thread or Python in here.
//!
//! `Engine::handle` is the one decision table; `io` performs the effects it returns and reports events back.

mod aborts;
mod admission;
mod cache;
mod calls;
pub mod codec;
pub mod conditions;
mod losses;
pub mod memory;
pub mod model;
mod outcomes;
pub mod prior;
pub mod record;
mod replays;
mod runs;
pub mod survey;
mod time_limits;
pub mod traces;
pub mod tree;
mod workers;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use model::{
    ActionId, CacheKey, CallId, Effect, Event, Map, Micros, Outcome, PoolId, RunId, RunSettings, Spent, TaskId,
    TaskSpec, Work, WorkerId,
};
use record::{Bytes, Digest, Failure, Record, RunPhase};
use time_limits::{Clock, Verdict};
use workers::Workers;

use admission::Admission;
pub use admission::Machine;
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
    cache_key: Option<CacheKey>,
    /// An earlier attempt, or start, of it was given to a worker that is rid of it.
    has_begun: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Queued,
    Running(WorkerId),
    /// For its next attempt.
    Waiting,
    /// For somebody's answer, or for a moment: no worker ever gets it.
    Awaiting,
    /// For such an action of its own, without a worker meanwhile.
    Parked,
    /// Whether it was computed before, or by somebody else just now.
    Looking,
}

/// What a run knows of a name.
enum Known {
    Live(ActionId),
    Succeeded(u32),
    /// Failed or aborted: asked for again, it runs again.
    Over(u32),
    /// Succeeded in the run that this one recovers.
    Prior(Bytes),
    /// A step inside an action that is not over.
    Step(u32),
}

struct Run {
    /// For those who use its results.
    name: Arc<str>,
    root: ActionId,
    /// The call in another run's action that waits for this run.
    waiter: Option<(WorkerId, CallId)>,
    caller: Option<ActionId>,
    settings: RunSettings,
    started_at: Micros,
    next_ordinal: u32,
    /// By ordinal: that of the action that asked for it, if any did, and the task.
    origins: Vec<(u32, TaskId)>,
    known: Map<Digest, Known>,
    tasks: Vec<TaskId>,
    /// Of cached tasks that are to be computed once.
    turns: cache::Turns,
    aborting: Option<Arc<str>>,
    /// Its actions that were aborted and whose workers have not let go of them.
    dead: u32,
    /// How it ends, once there are none of those: they may be cleaning up.
    ending: Option<(RunPhase, Outcome)>,
    is_recovered: bool,
    /// Steps that succeeded, by the name of their action.
    steps: Map<Digest, Vec<Digest>>,
    open_steps: Vec<(ActionId, Digest)>,
    /// What actions that may be tried again asked for, by their names.
    children: Map<Digest, Vec<(Digest, TaskId)>>,
    /// When sleeps are over that the run recovered from had begun.
    sleeps: Map<Digest, Micros>,
    /// Answers that nobody has asked for yet.
    signals: Vec<(Arc<str>, Bytes)>,
    /// Conditions that failed, for the attempts that asked.
    verdicts: Vec<(ActionId, Digest, Arc<Failure>)>,
    /// How many conditions it has asked so far.
    asks: u32,
}

/// Everything that is going on in one process's runs.
pub struct Engine {
    tasks: Vec<TaskSpec>,
    runs: HashMap<RunId, Run>,
    priors: HashMap<RunId, prior::Prior>,
    live: Map<ActionId, Action>,
    replays: replays::Replays,
    workers: Workers,
    admission: Admission,
    /// What this machine cannot give a task.
    shortages: HashMap<TaskId, String>,
    next_action: ActionId,
    grace: Micros,
    /// Bytes that this machine has.
    memory: u64,
    /// Times of the actions whose tasks limit them.
    clocks: Map<ActionId, Clock>,
    /// How attempts end that their workers have yet to let go of.
    verdicts: Map<ActionId, Verdict>,
    /// Bytes that actions may have by now which climb.
    climbed: Map<ActionId, u64>,
    /// What the attempt used that ends with this event.
    spent: Spent,
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
            priors: HashMap::new(),
            live: Map::default(),
            replays: replays::Replays::default(),
            workers: Workers::new(limits),
            admission: Admission::new(Machine { cpu: 1000 * limits.cores as u32, memory: u64::MAX, gpus: Vec::new() }),
            shortages: HashMap::new(),
            next_action: 0,
            grace,
            memory: u64::MAX,
            clocks: Map::default(),
            verdicts: Map::default(),
            climbed: Map::default(),
            spent: Spent::default(),
            effects: Vec::new(),
            seen: 0,
            now: 0,
        }
    }

    /// The same on a machine whose memory and GPUs are known, too.
    pub fn on(mut self, machine: Machine) -> Engine {
        self.memory = machine.memory;
        self.admission = Admission::new(machine);
        self
    }

    /// Make a task known; the number stands for it from then on.
    pub fn declare(&mut self, mut spec: TaskSpec) -> TaskId {
        if let Some(text) = self.admission.clamp(&spec.short_name, &mut spec.needs) {
            self.shortages.insert(self.tasks.len() as TaskId, text);
        }
        if spec.work == Work::Function {
            self.workers.declare(&spec.pool);
        }
        self.tasks.push(spec);
        (self.tasks.len() - 1) as TaskId
    }

    pub fn task(&self, task: TaskId) -> &TaskSpec {
        &self.tasks[task as usize]
    }

    /// Bytes that the machine has: nothing climbs beyond them.
    pub fn has_memory(&mut self, bytes: u64) {
        self.memory = bytes;
    }

    pub fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    /// What the workers of a pool are made for (`TaskSpec::pool`).
    pub fn text_of(&self, pool: PoolId) -> &str {
        self.workers.text_of(pool)
    }

    /// The run of a live action, and its number there.
    pub fn ordinal_of(&self, action: ActionId) -> Option<(RunId, u32)> {
        self.live.get(&action).map(|action| (action.run, action.ordinal))
    }

    /// Whether fewer workers compute than there are cores.
    pub fn has_spare_core(&self) -> bool {
        self.workers.has_spare_core()
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
        self.spent = Spent::default();
        match event {
            Event::RunRequested { run, name, task, inputs, context, parent, prior, settings, cache_key, earlier } => {
                let asked = runs::Asked { name, task, inputs, context, parent, prior, settings, cache_key, earlier };
                self.start_run(run, asked);
            }
            Event::Recovers { run, actions, before } => self.recovers(run, actions, *before),
            Event::Formerly { parent, digest, former } => self.formerly(parent, digest, former),
            Event::Linked { action, name, uri } => self.linked(action, name, uri),
            Event::WorkerReady(worker) => self.workers.ready(worker),
            Event::WorkerGone { worker, exit, last_words } => self.worker_gone(worker, exit, &last_words),
            Event::Pulled(worker) => self.workers.pulled(worker, self.now),
            Event::Blocked(worker) => self.block(worker, true),
            Event::Submitted(submission) => self.submit(submission),
            Event::Finished { worker, action, outcome, spent } => self.finished(worker, action, outcome, spent),
            Event::TraceStarted(step) => self.trace_started(*step),
            Event::Traced { step, ended, outcome } => self.traced(*step, ended, outcome),
            Event::TraceReplayed(step) => self.trace_replayed(*step),
            Event::AnswerDue(action) => self.answer_due(action),
            Event::Signalled { run, name, answer } => self.signalled(run, &name, answer),
            Event::OfferedToPark { worker, actions } => self.offered_to_park(worker, &actions),
            Event::Bounced { worker, actions } => self.bounced(worker, &actions),
            Event::Cancelled { parent, digest } => self.cancelled(parent, &digest),
            Event::CacheAnswered { action, answer } => self.cache_answered(action, answer),
            Event::CacheDue(action) => self.cache_due(action),
            Event::RetryDue(action) => self.retry(action),
            Event::GraceOver(action) => self.grace_over(action),
            Event::LimitDue(action, turn) => self.limit_due(action, turn),
            Event::OverMemory { worker, action, peak } => self.over_memory(worker, action, peak),
            Event::AdmitDue => {}
            Event::FlowAsked { worker, call, action, rule } => self.flow_asked(worker, call, action, rule),
            Event::FlowReturned { action, key } => self.flow_returned(action, &key),
            Event::GrowthDue { idle } => self.workers.growth_due(idle),
            Event::AbortRequested { run, reason, now } => self.abort_run(run, &reason, now),
            Event::ActionAbortRequested { run, ordinal, reason } => self.abort_action(run, ordinal, &reason),
        }
        self.admit();
        self.unblock();
        self.schedule();
        while self.admission.is_due() {
            self.admit();
            self.schedule();
        }
        std::mem::swap(&mut self.effects, effects);
    }

    /// An answer lets a waiting worker go on; if it waits for more it says so again.
    fn unblock(&mut self) {
        for at in self.seen..self.effects.len() {
            if let Effect::Resolve { worker, .. } | Effect::EndRun { waiter: Some((worker, _)), .. } = self.effects[at]
            {
                self.block(worker, false);
            }
        }
    }

    /// While its main thread waits, nothing on a worker computes.
    fn block(&mut self, worker: WorkerId, is_blocked: bool) {
        self.workers.blocked(worker, is_blocked);
        if !self.admission.has_admitted() {
            return;
        }
        for id in self.workers.actions_of(worker) {
            let waits = self.live.get(&id).is_some_and(|action| action.children > 0);
            self.admission.lend(id, is_blocked || waits);
        }
    }

    fn since_start(&self, run: RunId) -> u64 {
        self.runs.get(&run).map_or(0, |run| self.now.saturating_sub(run.started_at))
    }

    fn record(&mut self, run: RunId, record: Record) {
        self.effects.push(Effect::Record(run, record));
    }

    fn linked(&mut self, action: ActionId, name: String, uri: String) {
        if let Some((run, ordinal)) = self.ordinal_of(action) {
            self.record(run, Record::Link { ordinal, name, uri });
        }
    }

    fn schedule(&mut self) {
        let Engine { workers, live, tasks, .. } = self;
        workers.assign(self.now, |id| {
            let action = live.get(&id).filter(|action| action.place == Place::Queued && !action.is_dead)?;
            // A new attempt may block for children of the last one: they must not be beside it.
            let may_block_children = action.attempt > 0 && action.children > 0;
            let is_alone = action.is_suspect || may_block_children || tasks[action.task as usize].needs.gpus > 0;
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
        self.attempt_begins(id);
        self.meter(id, worker);
        let at = self.since_start(run);
        self.record(run, Record::Started { ordinal, attempt, at });
        self.admission.started(id, self.now);
        let devices = self.admission.devices(id);
        if let Some(former) = self.former_of(run, digest) {
            self.effects.push(Effect::Former { worker, action: id, former });
        }
        let recorded = self.recorded_steps(id);
        self.watch_replay(id);
        self.effects.push(Effect::Start {
            worker,
            action: id,
            run,
            task,
            digest,
            attempt,
            context,
            devices,
            recorded,
            inputs,
        });
    }
}
