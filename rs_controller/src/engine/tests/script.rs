//! A script: events go in one by one, and after each every effect must be accounted for, in order, as a line of text.

use std::sync::Arc;

use crate::engine::model::{
    ActionId, CacheAnswer, CacheKey, CacheRules, CallId, Effect, Event, Exit, Micros, Needs, Outcome, Payload,
    RetryPolicy, RunId, RunSettings, Spent, Submission, TaskId, TaskSpec, TimeLimits, TraceStep, Work, WorkerId,
};
use crate::engine::record::{Bytes, Digest, Failure, Kind, Origin, Record};
use crate::engine::traces::Earlier;
use crate::engine::{Engine, Limits};

/// Tasks that every script knows.
pub const ASYNC: TaskId = 0;
pub const SYNC: TaskId = 1;
/// Async, with three retries.
pub const FLAKY: TaskId = 2;
/// Sync, with one retry and a backoff of 10, 30, 50, 50, ... microseconds.
pub const BACKED_OFF: TaskId = 3;
/// Async, in an environment of its own.
pub const OTHER: TaskId = 4;
/// A condition with a deadline of 1,000 microseconds.
pub const ASK: TaskId = 5;
pub const SLEEP: TaskId = 6;
/// A step inside an action.
pub const STEP: TaskId = 7;
/// Async, and cached.
pub const CACHED: TaskId = 8;
/// Async, cached for a second, and computed by one at a time.
pub const SERIALIZED: TaskId = 9;

pub const GRACE: Micros = 1_000_000;

pub fn bytes(text: &str) -> Bytes {
    Bytes::from(text.as_bytes())
}

pub fn digest(number: u8) -> Digest {
    let mut digest = [0; 16];
    digest[0] = number;
    digest
}

pub fn tasks() -> Vec<TaskSpec> {
    let spec = |name: &str, environment: &str, is_async, retry| TaskSpec {
        name: format!("{environment}.{name}"),
        short_name: name.into(),
        environment: environment.into(),
        pool: environment.into(),
        file: "/home/me/flow.py".into(),
        is_async,
        retry,
        ..TaskSpec::default()
    };
    let default = RetryPolicy::default;
    let own = |name: &str, work| TaskSpec {
        name: name.into(),
        short_name: name.into(),
        work,
        time: TimeLimits { deadline: 1_000, ..TimeLimits::default() },
        details: match work {
            Work::Condition => r#"{"kind":"condition"}"#.into(),
            Work::Sleep => r#"{"kind":"sleep"}"#.into(),
            _ => String::new(),
        },
        ..TaskSpec::default()
    };
    vec![
        spec("async", "env", true, default()),
        spec("sync", "env", false, default()),
        spec("flaky", "env", true, RetryPolicy { retries: 3, ..default() }),
        spec("backed_off", "env", false, RetryPolicy { retries: 5, base: 10, factor: 3.0, cap: 50 }),
        spec("other", "elsewhere", true, default()),
        own("ask", Work::Condition),
        own("sleep", Work::Sleep),
        own("step", Work::Trace),
        TaskSpec { cache: Some(CacheRules::default()), ..spec("cached", "env", true, default()) },
        TaskSpec {
            cache: Some(CacheRules { serialize: true, max_age: 1_000_000, ..CacheRules::default() }),
            ..spec("serialized", "env", true, default())
        },
    ]
}

/// An async task that takes something.
pub fn spec_with(name: &str, needs: Needs) -> TaskSpec {
    TaskSpec { needs, ..spec_at(name, 0) }
}

/// An async task of a priority.
pub fn spec_at(name: &str, priority: i32) -> TaskSpec {
    TaskSpec { name: format!("env.{name}"), short_name: name.into(), priority, ..tasks()[0].clone() }
}

/// The GPUs of an action that starts.
pub fn devices(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Start { devices, .. } => devices.as_deref().map(str::to_owned),
        _ => None,
    }
}

/// An error of the user's.
pub fn error(code: &str) -> Failure {
    Failure::found(Kind::User, code, format!("{code} happened"))
}

pub struct Script {
    pub engine: Engine,
    pub now: Micros,
    pub effects: Vec<Effect>,
}

impl Script {
    /// An engine with `cores` cores that knows the tasks.
    pub fn new(cores: usize) -> Script {
        Script::on(Engine::new(Limits { cores, most: 4 * cores }, GRACE))
    }

    pub fn on(mut engine: Engine) -> Script {
        tasks().into_iter().for_each(|spec| {
            engine.declare(spec);
        });
        Script { engine, now: 0, effects: Vec::new() }
    }

    /// Run 0 with its root, action 0, on worker 0, and as many more idle workers as there are cores.
    pub fn running(cores: usize, root: TaskId) -> Script {
        let mut script = Script::new(cores);
        script.request(0, root);
        for worker in 0..cores as WorkerId {
            script.event(Event::WorkerReady(worker));
        }
        if script.engine.task(root).is_async {
            script.event(Event::Pulled(0));
        }
        script.effects.clear();
        script
    }

    /// Every effect of what happened since the last look; nothing else.
    #[track_caller]
    pub fn expect(&mut self, effects: &[&str]) {
        let found: Vec<String> = self.effects.drain(..).map(|effect| spell(&effect)).collect();
        assert_eq!(found, effects);
    }

    /// Those effects that begin with a word: for tests that are about little.
    pub fn only(&mut self, word: &str) -> Vec<String> {
        self.effects.drain(..).map(|effect| spell(&effect)).filter(|line| line.starts_with(word)).collect()
    }

    pub fn event(&mut self, event: Event) -> &mut Self {
        self.engine.handle(self.now, event, &mut self.effects);
        self
    }

    // --- events in short

    pub fn request(&mut self, run: RunId, task: TaskId) -> &mut Self {
        self.request_with(run, task, None, Vec::new())
    }

    pub fn request_with(
        &mut self,
        run: RunId,
        task: TaskId,
        parent: Option<(WorkerId, CallId, ActionId)>,
        prior: Vec<(Digest, Bytes)>,
    ) -> &mut Self {
        self.event(Event::RunRequested {
            run,
            name: format!("run{run}").into(),
            task,
            inputs: bytes("in"),
            context: None,
            parent,
            prior,
            settings: RunSettings::default(),
            cache_key: None,
            earlier: Earlier::default(),
        })
    }

    /// A call of a cached task; its key is the number given.
    pub fn submit_cached(
        &mut self,
        worker: WorkerId,
        parent: ActionId,
        task: TaskId,
        number: u8,
        key: u8,
    ) -> &mut Self {
        let call = Script::submission(worker, parent, task, number);
        self.event(Event::Submitted(Submission { cache_key: Some(Script::key(key)), ..call }))
    }

    pub fn key(number: u8) -> CacheKey {
        [number; 32]
    }

    pub fn answer(&mut self, action: ActionId, answer: CacheAnswer) -> &mut Self {
        self.event(Event::CacheAnswered { action, answer })
    }

    pub fn hit(&mut self, action: ActionId, outputs: &str, run: &str) -> &mut Self {
        self.answer(action, CacheAnswer::Hit { outputs: bytes(outputs), run: run.into() })
    }

    pub fn request_as(&mut self, run: RunId, task: TaskId, settings: RunSettings) -> &mut Self {
        let (inputs, prior) = (bytes("in"), Vec::new());
        self.event(Event::RunRequested {
            run,
            name: format!("run{run}").into(),
            task,
            inputs,
            context: None,
            parent: None,
            prior,
            settings,
            cache_key: None,
            earlier: Earlier::default(),
        })
    }

    pub fn submission(worker: WorkerId, parent: ActionId, task: TaskId, number: u8) -> Submission {
        Submission {
            worker,
            call: CallId::from(number),
            parent,
            task,
            digest: digest(number),
            group: None,
            inputs: bytes("in"),
            context: None,
            elsewhere: false,
            cache_key: None,
            line: 0,
        }
    }

    /// The number of the call is that of the digest.
    pub fn submit(&mut self, worker: WorkerId, parent: ActionId, task: TaskId, number: u8) -> &mut Self {
        self.event(Event::Submitted(Script::submission(worker, parent, task, number)))
    }

    pub fn succeed(&mut self, worker: WorkerId, action: ActionId, outputs: &str) -> &mut Self {
        self.event(Event::Finished { worker, action, outcome: Ok(bytes(outputs)), spent: Spent::default() })
    }

    pub fn fail(&mut self, worker: WorkerId, action: ActionId, failure: Failure) -> &mut Self {
        self.event(Event::Finished { worker, action, outcome: Err(Arc::new(failure)), spent: Spent::default() })
    }

    pub fn gone(&mut self, worker: WorkerId, exit: Exit) -> &mut Self {
        self.event(Event::WorkerGone { worker, exit, last_words: String::new() })
    }

    pub fn killed(&mut self, worker: WorkerId) -> &mut Self {
        self.gone(worker, Exit::Signal(libc::SIGKILL))
    }

    pub fn step(action: ActionId, number: u8) -> Box<TraceStep> {
        Box::new(TraceStep {
            action,
            task: STEP,
            digest: digest(number),
            group: None,
            started: 0,
            line: 0,
            is_inner: false,
            inputs: bytes("in"),
        })
    }

    pub fn step_started(&mut self, action: ActionId, number: u8) -> &mut Self {
        self.event(Event::TraceStarted(Script::step(action, number)))
    }

    pub fn traced(&mut self, action: ActionId, number: u8) -> &mut Self {
        self.event(Event::Traced { step: Script::step(action, number), ended: 0, outcome: Ok(bytes("out")) })
    }

    pub fn trace_failed(&mut self, action: ActionId, number: u8) -> &mut Self {
        let outcome = Err(Arc::new(error("ValueError")));
        self.event(Event::Traced { step: Script::step(action, number), ended: 0, outcome })
    }

    pub fn signal(&mut self, name: &str, value: &str) -> &mut Self {
        self.event(Event::Signalled { run: 0, name: name.into(), answer: Ok(bytes(value)) })
    }

    pub fn cancel(&mut self, parent: ActionId, number: u8) -> &mut Self {
        self.event(Event::Cancelled { parent, digest: digest(number) })
    }

    pub fn abort(&mut self, run: RunId, now: bool) -> &mut Self {
        self.event(Event::AbortRequested { run, reason: "enough".into(), now })
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn spell_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeded(Payload::Here(outputs)) => format!("`{}`", text(outputs)),
        Outcome::Succeeded(Payload::Recorded(ordinal)) => format!("the outputs recorded for #{ordinal}"),
        Outcome::Failed(failure) => format!("error {} ({})", failure.code, failure.kind.word()),
    }
}

/// Actions are `a1` where the engine numbers them, `#1` where the journal does; workers `w0`, runs `r0`.
pub fn spell(effect: &Effect) -> String {
    match effect {
        Effect::Record(run, record) => format!("r{run} records {}", spell_record(record)),
        Effect::Start { worker, action, recorded: Some(steps), .. } if !steps.is_empty() => {
            format!("w{worker} starts a{action} with {} steps", steps.len())
        }
        Effect::Start { worker, action, attempt: 0, .. } => format!("w{worker} starts a{action}"),
        Effect::Start { worker, action, attempt, .. } => format!("w{worker} starts a{action}, attempt {attempt}"),
        Effect::Resolve { worker, call, outcome, .. } => {
            format!("w{worker} hears about call {call}: {}", spell_outcome(outcome))
        }
        Effect::Former { worker, action, former } => format!("w{worker} knows a{action} as {}", former[0]),
        Effect::Cancel { worker, action } => format!("w{worker} cancels a{action}"),
        Effect::StartWorker { worker, pool } => format!("pool {pool} gets w{worker}"),
        Effect::Interrupt(worker) => format!("w{worker} is interrupted"),
        Effect::Kill(worker) => format!("w{worker} is killed"),
        Effect::LookUp { action, key, not_before, serialize, .. } => {
            let since = if *not_before > 0 { format!(" since {not_before}") } else { String::new() };
            format!("a{action} looks for key {}{since}{}", key[0], if *serialize { " alone" } else { "" })
        }
        Effect::LookAgainAt(at, action) => format!("a{action} looks again at {at}"),
        Effect::Keep { run, ordinal, key, outputs, .. } => {
            format!("r{run} keeps `{}` of #{ordinal} as key {}", text(outputs), key[0])
        }
        Effect::GiveBack { run, ordinal, key } => format!("r{run} gives key {} of #{ordinal} back", key[0]),
        Effect::AdmitAt(at) => format!("admission is due at {at}"),
        Effect::RetryAt(at, action) => format!("a{action} is due at {at}"),
        Effect::LimitAt(at, action, turn) => format!("a{action} has a limit at {at}, turn {turn}"),
        Effect::Leave { worker, action } => format!("w{worker} leaves a{action} behind"),
        Effect::Meter { worker, action, limit } => format!("w{worker} is watched: a{action} may have {limit} bytes"),
        Effect::GraceAt(at, action) => format!("a{action} has until {at}"),
        Effect::AnswerAt(at, action) => format!("a{action} is answered at {at}"),
        Effect::GrowthAt(at) => format!("growth is due at {at}"),
        Effect::EndRun { run, phase, outcome, waiter } => {
            let waiter = waiter.map_or_else(String::new, |(worker, call)| format!(", for call {call} of w{worker}"));
            format!("r{run} ends {}: {}{waiter}", phase.word(), spell_outcome(outcome))
        }
    }
}

fn spell_record(record: &Record) -> String {
    match record {
        Record::RunStarted(header) => format!("run {}", header.name),
        Record::Task { header, .. } => format!("task {}", header.short_name),
        Record::Submitted { ordinal, parent: None, .. } => format!("#{ordinal} submitted"),
        Record::Submitted { ordinal, parent: Some(parent), .. } => format!("#{ordinal} submitted by #{parent}"),
        Record::Started { ordinal, attempt, .. } => format!("#{ordinal} started, attempt {attempt}"),
        Record::Succeeded { ordinal, origin: Origin::Ran, .. } => format!("#{ordinal} succeeded"),
        Record::Succeeded { ordinal, origin: Origin::Recovered, .. } => format!("#{ordinal} recovered"),
        Record::Succeeded { ordinal, origin: Origin::Cached, .. } => format!("#{ordinal} cached"),
        Record::CacheHit { ordinal, run } => format!("#{ordinal} hit of {run}"),
        Record::Unread { task, writes } => format!("cache of task {task} unread, written: {writes}"),
        Record::Failed { ordinal, delay: None, failure, .. } => format!("#{ordinal} failed: {}", failure.code),
        Record::Failed { ordinal, delay: Some(delay), failure, .. } => {
            format!("#{ordinal} failed: {}, again in {delay}", failure.code)
        }
        Record::Lost { ordinal, .. } => format!("#{ordinal} lost"),
        Record::Aborted { ordinal, reason, .. } => format!("#{ordinal} aborted: {reason}"),
        Record::Reopened { ordinal, .. } => format!("#{ordinal} reopened"),
        Record::RunEnded { phase, .. } => format!("end: {}", phase.word()),
        Record::Spent { ordinal, attempt, cpu, memory } => {
            format!("#{ordinal} spent {cpu} us and {memory} bytes in attempt {attempt}")
        }
        Record::Climbed { ordinal, limit, .. } => format!("#{ordinal} climbs to {limit} bytes"),
        Record::Notice { text, .. } => format!("notice: {text}"),
        Record::Details { text, .. } => format!("details {text}"),
        Record::Link { ordinal, name, .. } => format!("#{ordinal} links {name}"),
        Record::Traced { ordinal, parent, origin: Origin::Recovered, .. } => {
            format!("step #{ordinal} of #{parent} recovered")
        }
        Record::Traced { ordinal, parent, outcome: Ok(_), .. } => format!("step #{ordinal} of #{parent} succeeded"),
        Record::Traced { ordinal, parent, .. } => format!("step #{ordinal} of #{parent} failed"),
        Record::TraceStarted { ordinal, parent, .. } => format!("step #{ordinal} of #{parent} started"),
        Record::Signalled { name, answered, .. } => format!("signal {name} for {answered}"),
    }
}
