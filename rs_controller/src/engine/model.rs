//! The values the engine decides about: tasks, actions, workers, events and effects.
//! Nothing here decides or does anything.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::prior::{Before, PriorAction};
use super::record::{Bytes, Digest, Failure, Record, RunPhase};
use super::traces::Earlier;

/// Unix microseconds.
pub type Micros = u64;
pub type RunId = u32;
/// An action in this engine; never reused.
pub type ActionId = u32;
pub type WorkerId = u32;
pub type PoolId = u32;
pub type TaskId = u32;
/// A worker's own number for one of its calls.
pub type CallId = u32;

/// Keys here are counters or digests already: hashing them again is 10 ns an action for nothing.
#[derive(Default)]
pub struct AlreadyMixed(u64);

impl Hasher for AlreadyMixed {
    fn finish(&self) -> u64 {
        // hashbrown takes the top seven bits as tags; counters only fill the low ones.
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut word = [0u8; 8];
        let length = bytes.len().min(8);
        word[..length].copy_from_slice(&bytes[..length]);
        self.0 ^= u64::from_le_bytes(word);
    }

    fn write_u32(&mut self, number: u32) {
        self.0 ^= u64::from(number);
    }

    fn write_usize(&mut self, _length: usize) {}
}

pub type Map<K, V> = HashMap<K, V, BuildHasherDefault<AlreadyMixed>>;

/// When and how often a failed attempt is repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    pub retries: u32,
    pub base: Micros,
    pub factor: f64,
    pub cap: Micros,
}

impl Default for RetryPolicy {
    /// The peer's waits without a Backoff: 0.5 s, 1 s, 2 s, ... (surface.md 2.6).
    fn default() -> Self {
        RetryPolicy { retries: 0, base: 500_000, factor: 2.0, cap: 300_000_000 }
    }
}

impl RetryPolicy {
    /// The wait before attempt `next` (1 for the first retry).
    pub fn delay(&self, next: u32) -> Micros {
        let grown = self.base as f64 * self.factor.powi(next.saturating_sub(1).min(1_000) as i32);
        (grown as Micros).min(self.cap)
    }
}

/// What an action of a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Work {
    /// A worker runs a function.
    #[default]
    Function,
    /// Somebody answers a question: `flyte signal`, or the prompt.
    Condition,
    /// Time passes: the input says how much.
    Sleep,
    /// A step inside an action; it is told of when it is done.
    Trace,
}

/// How long something may take; zero is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeLimits {
    /// One attempt.
    pub runtime: Micros,
    /// The wait before one attempt.
    pub queued: Micros,
    /// Everything from submission.
    pub deadline: Micros,
}

/// At most `at_once` actions, and at most `count` starts in any `per`, of all that name the key; zero is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowRule {
    pub key: Arc<str>,
    pub at_once: u32,
    pub count: u32,
    pub per: Micros,
}

/// What an action takes of the machine while it computes; zero is nothing said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Thousandths of a core.
    pub cpu: u32,
    /// Bytes asked for.
    pub memory: u64,
    /// Bytes at which an attempt is ended.
    pub memory_limit: u64,
    /// After running out of memory it may try again with more.
    pub climbs: bool,
    pub gpus: u32,
    /// Actions of this task, in one run, at the same time.
    pub at_once: u32,
    /// Actions of its environment, in one run, at the same time.
    pub environment_at_once: u32,
    pub flow: Option<FlowRule>,
}

/// When an earlier result may be used again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheRules {
    pub version: String,
    /// One runs, others wait for its result.
    pub serialize: bool,
    /// Microseconds that a result is good for; zero is for ever.
    pub max_age: Micros,
}

/// What the engine must know of a task; `reference` is for the worker, who finds the function by it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskSpec {
    pub name: String,
    pub short_name: String,
    pub environment: String,
    /// What its workers are made for: the environment with its variables and the names of its secrets, for them to read.
    pub pool: String,
    pub work: Work,
    pub is_async: bool,
    pub retry: RetryPolicy,
    pub time: TimeLimits,
    pub needs: Needs,
    pub cache: Option<CacheRules>,
    /// Higher goes first.
    pub priority: i32,
    pub file: String,
    pub line: u32,
    /// What people may want to know of it, as a JSON object: recorded, never read here.
    pub details: String,
    pub reference: Vec<u8>,
}

/// How a run is to be done; its nested runs and all its actions inherit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSettings {
    pub reads_cache: bool,
    pub writes_cache: bool,
    /// Actions at the same time; zero is no limit.
    pub at_once: u32,
    /// Added to that of its tasks.
    pub priority: i32,
}

/// A step inside an action, as its worker tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStep {
    pub action: ActionId,
    pub task: TaskId,
    pub digest: Digest,
    pub group: Option<Arc<str>>,
    pub started: Micros,
    /// Where it was called, for what is said about replays; zero is unknown.
    pub line: u32,
    /// It is part of another step.
    pub is_inner: bool,
    pub inputs: Bytes,
}

impl Default for RunSettings {
    fn default() -> Self {
        RunSettings { reads_cache: true, writes_cache: true, at_once: 0, priority: 0 }
    }
}

/// The key of wire.md 5.6, before it is spelled.
pub type CacheKey = [u8; 32];

/// What the cache has for an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheAnswer {
    /// The outputs, which are the run's own by now, and the name of the run that made them.
    Hit { outputs: Bytes, run: Arc<str> },
    /// Nothing; of a serialized key, nobody else computes it from now on.
    Miss,
    /// Nothing yet: somebody else computes it.
    Busy,
}

/// What an attempt used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Processor time.
    pub cpu: Micros,
    /// Most bytes resident in its process.
    pub memory: u64,
}

/// The bytes of a value, or where they are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Here(Bytes),
    /// Outputs that this run's journal holds for an action.
    Recorded(u32),
}

/// What a caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded(Payload),
    Failed(Arc<Failure>),
}

/// One call of a task, as its parent made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    pub worker: WorkerId,
    pub call: CallId,
    pub parent: ActionId,
    pub task: TaskId,
    pub digest: Digest,
    pub group: Option<Arc<str>>,
    pub inputs: Bytes,
    /// The custom context its caller had, for the task to see.
    pub context: Option<Arc<str>>,
    /// Never give it to the worker that asked: that one blocks its loop until the answer comes.
    pub elsewhere: bool,
    /// For a task that is cached.
    pub cache_key: Option<CacheKey>,
    /// Where its caller made it, for what is said about replays; zero is unknown.
    pub line: u32,
}

/// How a worker process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    Unknown,
}

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// `prior`: outputs of an earlier run that this one may take over, by action digest.
    RunRequested {
        run: RunId,
        name: Arc<str>,
        task: TaskId,
        inputs: Bytes,
        context: Option<Arc<str>>,
        parent: Option<(WorkerId, CallId, ActionId)>,
        prior: Vec<(Digest, Bytes)>,
        settings: RunSettings,
        cache_key: Option<CacheKey>,
        earlier: Earlier,
    },
    /// A run goes on where another one stopped; it comes before that run is requested, which may start it at once.
    Recovers {
        run: RunId,
        actions: Vec<PriorAction>,
        before: Box<Before>,
    },
    /// The parent's next call, `digest`, would have been `former` in the run before.
    Formerly {
        parent: ActionId,
        digest: Digest,
        former: Digest,
    },
    /// Where to look at an action from outside.
    Linked {
        action: ActionId,
        name: String,
        uri: String,
    },
    WorkerReady(WorkerId),
    WorkerGone {
        worker: WorkerId,
        exit: Exit,
        last_words: String,
    },
    /// The worker's loop is free: it can take async actions.
    Pulled(WorkerId),
    /// The worker's main thread waits for the next answer.
    Blocked(WorkerId),
    Submitted(Submission),
    Finished {
        worker: WorkerId,
        action: ActionId,
        outcome: Result<Bytes, Arc<Failure>>,
        spent: Spent,
    },
    TraceStarted(Box<TraceStep>),
    Traced {
        step: Box<TraceStep>,
        ended: Micros,
        outcome: Result<Bytes, Arc<Failure>>,
    },
    /// The worker had the result from the start.
    TraceReplayed(Box<TraceStep>),
    /// The timer of `Effect::AnswerAt`.
    AnswerDue(ActionId),
    /// Somebody answers a condition, or cannot.
    Signalled {
        run: RunId,
        name: Arc<str>,
        answer: Result<Bytes, Arc<Failure>>,
    },
    /// These, all that the worker has, wait for nothing but conditions and sleeps, and have done so for a while.
    OfferedToPark {
        worker: WorkerId,
        actions: Vec<ActionId>,
    },
    /// Handed back unstarted: the worker's loop got busy.
    Bounced {
        worker: WorkerId,
        actions: Vec<ActionId>,
    },
    /// The parent no longer waits.
    Cancelled {
        parent: ActionId,
        digest: Digest,
    },
    CacheAnswered {
        action: ActionId,
        answer: CacheAnswer,
    },
    /// Time to look again.
    CacheDue(ActionId),
    RetryDue(ActionId),
    /// A limit of time, unless the action has gone on since (see `time_limits`).
    LimitDue(ActionId, u32),
    /// A watched attempt has more memory than it may have; `peak` is in bytes.
    OverMemory {
        worker: WorkerId,
        action: ActionId,
        peak: u64,
    },
    /// A rate may let somebody in.
    AdmitDue,
    /// The body of a task asks to be let through.
    FlowAsked {
        worker: WorkerId,
        call: CallId,
        action: ActionId,
        rule: FlowRule,
    },
    FlowReturned {
        action: ActionId,
        key: Arc<str>,
    },
    GraceOver(ActionId),
    /// The machine's idle share (0 to 1) since the growth timer was set.
    GrowthDue {
        idle: f64,
    },
    /// `now`: kill instead of asking.
    AbortRequested {
        run: RunId,
        reason: Arc<str>,
        now: bool,
    },
    /// Only one action of it, and what that called.
    ActionAbortRequested {
        run: RunId,
        ordinal: u32,
        reason: Arc<str>,
    },
}

/// Something to do about it, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the run's journal. It must be committed before any later effect can be observed outside.
    Record(RunId, Record),
    Start {
        worker: WorkerId,
        action: ActionId,
        run: RunId,
        task: TaskId,
        /// None for the root, whose name is fixed.
        digest: Option<Digest>,
        attempt: u32,
        context: Option<Arc<str>>,
        /// The GPUs it may use, as `CUDA_VISIBLE_DEVICES` names them.
        devices: Option<Arc<str>>,
        /// Steps that it finds again; None for an action that never began before.
        recorded: Option<Vec<(Digest, Payload)>>,
        inputs: Bytes,
    },
    /// The action that starts next was called so in the run before; its calls are to be named both ways.
    Former {
        worker: WorkerId,
        action: ActionId,
        former: Digest,
    },
    Resolve {
        worker: WorkerId,
        call: CallId,
        run: RunId,
        outcome: Outcome,
    },
    /// Ask the worker to cancel an action.
    Cancel {
        worker: WorkerId,
        action: ActionId,
    },
    /// An inline worker is to forget what it runs, and to say that it let go of it.
    Leave {
        worker: WorkerId,
        action: ActionId,
    },
    /// Watch the memory of an attempt that is about to start; `limit` is in bytes.
    Meter {
        worker: WorkerId,
        action: ActionId,
        limit: u64,
    },
    StartWorker {
        worker: WorkerId,
        pool: PoolId,
    },
    /// SIGINT: the one sync action there gets KeyboardInterrupt.
    Interrupt(WorkerId),
    Kill(WorkerId),
    /// Look for an earlier result, made `not_before`; `CacheAnswered` tells. With `serialize`, a miss makes the action
    /// the one that computes the key, until `GiveBack`.
    LookUp {
        action: ActionId,
        run: RunId,
        ordinal: u32,
        key: CacheKey,
        not_before: Micros,
        serialize: bool,
    },
    LookAgainAt(Micros, ActionId),
    /// Keep what an action returned for later runs, once it is committed.
    Keep {
        run: RunId,
        ordinal: u32,
        task: TaskId,
        key: CacheKey,
        inputs: Bytes,
        outputs: Bytes,
    },
    GiveBack {
        run: RunId,
        ordinal: u32,
        key: CacheKey,
    },
    RetryAt(Micros, ActionId),
    AdmitAt(Micros),
    GraceAt(Micros, ActionId),
    LimitAt(Micros, ActionId, u32),
    GrowthAt(Micros),
    /// A sleep is over then, or nobody has answered.
    AnswerAt(Micros, ActionId),
    /// `waiter`: the call in another run's action that waits for this run.
    EndRun {
        run: RunId,
        phase: RunPhase,
        outcome: Outcome,
        waiter: Option<(WorkerId, CallId)>,
    },
}
