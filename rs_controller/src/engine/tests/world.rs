//! A simulated world around one engine: workers that run made-up programs, links that keep the order of each worker's
//! words but of nothing else, a journal that is committed as `io::runner` does it, and misfortune.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::laws::{lawful, successes};
use super::script::{error, GRACE};
use crate::engine::model::{
    ActionId, CacheAnswer, CacheKey, CacheRules, CallId, Effect, Event, Exit, FlowRule, Micros, Needs, Outcome,
    Payload, RetryPolicy, RunSettings, Spent, Submission, TaskId, TaskSpec, WorkerId,
};
use crate::engine::record::{Bytes, Digest, Record, RunPhase};
use crate::engine::traces::Earlier;
use crate::engine::tree::{Phase, Tree};
use crate::engine::{Engine, Limits, Machine};

/// Workers killed in one world, at most: with more, an action may rightly fail for the loss of its workers.
pub const KILLS: u32 = 3;
/// Longer than any world that makes progress.
const PATIENCE: usize = 50_000;

// --- programs

/// Which attempts of a task fail, after all that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    Never,
    First(u32),
    Always,
}

/// What a task does with some calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Waits for all; fails with the first that fails.
    All,
    /// Waits for all; goes on whatever comes of them.
    Catch,
    /// As `All`, but async code keeps its loop waiting.
    Block,
    /// Does not wait.
    Forget,
    /// Changes its mind.
    Cancel,
}

#[derive(Debug, Clone)]
pub struct Program {
    pub is_async: bool,
    pub environment: u8,
    pub fails: Fails,
    pub steps: Vec<(Manner, Vec<Program>)>,
}

type Value = u64;

/// One task of a program. Its number is its inputs and its digest.
struct Node {
    is_async: bool,
    fails: Fails,
    task: TaskId,
    steps: Vec<(Manner, Vec<usize>)>,
}

fn combine(node: usize, values: &[Value]) -> Value {
    values.iter().fold(node as Value + 1, |sum, value| sum.wrapping_mul(31).wrapping_add(*value))
}

fn digest_of(node: usize) -> Digest {
    (node as u128).to_le_bytes()
}

fn key_of(node: usize) -> CacheKey {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&(node as u64).to_le_bytes());
    key
}

fn node_of(digest: &Digest) -> usize {
    u128::from_le_bytes(*digest) as usize
}

fn encode(value: Value) -> Bytes {
    Bytes::from(value.to_le_bytes().as_slice())
}

fn decode(bytes: &Bytes) -> Value {
    Value::from_le_bytes(bytes[..].try_into().expect("eight bytes"))
}

impl Program {
    /// What it evaluates to, anywhere and always.
    pub fn value(&self) -> Option<Value> {
        self.value_at(&mut 0)
    }

    fn value_at(&self, next: &mut usize) -> Option<Value> {
        let number = *next;
        *next += 1;
        let (mut values, mut is_failed) = (Vec::new(), self.fails == Fails::Always);
        for (manner, calls) in &self.steps {
            for call in calls {
                match (manner, call.value_at(next)) {
                    (Manner::Forget | Manner::Cancel, _) => {}
                    (_, Some(value)) => values.push(value),
                    (Manner::Catch, None) => values.push(7),
                    (_, None) => is_failed = true,
                }
            }
        }
        (!is_failed).then(|| combine(number, &values))
    }

    fn spec(&self) -> TaskSpec {
        let spared = if self.is_async { 0 } else { KILLS }; // what a sync task loses to a kill is an attempt
        let retries = match self.fails {
            Fails::Never => spared,
            Fails::First(count) => count + spared,
            Fails::Always => 1,
        };
        TaskSpec {
            name: format!("{}.{}.{retries}", self.environment, self.is_async),
            short_name: format!("task{}", self.environment % 3),
            environment: self.environment.to_string(),
            pool: self.environment.to_string(),
            is_async: self.is_async,
            retry: RetryPolicy { retries, ..RetryPolicy::default() },
            cache: Some(CacheRules { serialize: self.is_async, ..CacheRules::default() }),
            needs: needs(self.environment),
            priority: i32::from(self.environment == 2),
            ..TaskSpec::default()
        }
    }
}

/// What tasks of an environment take: nothing in the first two, some of everything in the others.
fn needs(environment: u8) -> Needs {
    let flow = FlowRule { key: "api".into(), at_once: 1, count: 1, per: 50_000 };
    match environment {
        2 => Needs { cpu: 1_500, at_once: 2, ..Needs::default() },
        3 => Needs { memory: 60, environment_at_once: 1, flow: Some(flow), ..Needs::default() },
        4 => Needs { gpus: 1, cpu: 9_000, ..Needs::default() },
        _ => Needs::default(),
    }
}

fn machine(cores: usize) -> Machine {
    Machine { cpu: 1_000 * cores as u32, memory: 100, gpus: vec!["0".into()] }
}

/// What calls of those that are over hear, and aborted calls: nothing that happened to the task itself.
fn is_refusal(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.code == "ActionAborted")
}

// --- workers

enum ToWorker {
    Start { action: ActionId, node: usize, attempt: u32 },
    Answer { call: CallId, value: Option<Value> },
    Cancel(ActionId),
    Interrupt,
}

/// One attempt that runs.
struct Attempt {
    node: usize,
    number: u32,
    step: usize,
    /// Answers of the current step's calls.
    calls: BTreeMap<CallId, Option<Option<Value>>>,
    values: Vec<Value>,
    /// It ignores that it was cancelled.
    is_stubborn: bool,
}

#[derive(Default)]
struct Worker {
    is_ready: bool,
    is_dead: bool,
    inbox: VecDeque<ToWorker>,
    outbox: VecDeque<Event>,
    waiting: VecDeque<(ActionId, usize, u32)>,
    attempts: BTreeMap<ActionId, Attempt>,
    owes_pull: bool,
    blocked_by: Option<ActionId>,
    next_call: CallId,
    /// Whose call it was.
    callers: HashMap<CallId, (ActionId, usize)>,
}

// --- the world

/// Chances that a seed decides.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

enum Timer {
    Cache(ActionId),
    Admission,
    Retry(ActionId),
    Grace(ActionId),
    Growth,
}

enum Move {
    Ready(WorkerId),
    Hear(WorkerId),
    Begin(WorkerId),
    Advance(WorkerId, ActionId),
    Pull(WorkerId),
    Tell(WorkerId),
    Timer(usize),
    LookUp(usize),
    Commit,
}

pub struct World {
    nodes: Vec<Node>,
    engine: Engine,
    chance: Chance,
    now: Micros,
    workers: BTreeMap<WorkerId, Worker>,
    timers: Vec<(Micros, Timer)>,
    pending: Vec<Record>,
    outcomes: VecDeque<Effect>,
    journal: Vec<Record>,
    recorded: HashMap<u32, Bytes>,
    prior: HashSet<Digest>,
    /// What earlier worlds left, when tasks are cached; and what this one adds, once it is committed.
    cache: Option<HashMap<CacheKey, Bytes>>,
    kept: Vec<(CacheKey, Bytes)>,
    lookups: Vec<(ActionId, CacheKey, bool)>,
    kills: u32,
    hand_backs: u32,
    /// How many effects were performed, and after how many everything stops.
    pub performed: usize,
    crash_after: usize,
    ended: Option<(RunPhase, Option<Value>)>,
    starts: HashMap<usize, u32>,
    answers: HashMap<usize, bool>,
}

/// How a world came to its end.
pub struct Ended {
    pub value: Option<Value>,
    pub tree: Tree,
    pub journal: Vec<Record>,
    pub cache: HashMap<CacheKey, Bytes>,
}

impl World {
    pub fn new(program: &Program, seed: u64, kills: u32) -> World {
        World::recovering(program, seed, kills, &[])
    }

    /// A world whose tasks are all cached, and what earlier ones left in the cache.
    pub fn caching(program: &Program, seed: u64, kills: u32, cache: HashMap<CacheKey, Bytes>) -> World {
        World::beginning(program, seed, kills, &[], Some(cache))
    }

    /// A world whose run takes over what a journal holds.
    pub fn recovering(program: &Program, seed: u64, kills: u32, journal: &[Record]) -> World {
        World::beginning(program, seed, kills, journal, None)
    }

    fn beginning(
        program: &Program,
        seed: u64,
        kills: u32,
        journal: &[Record],
        cache: Option<HashMap<CacheKey, Bytes>>,
    ) -> World {
        let mut chance = Chance(seed);
        let cores = 1 + chance.below(3);
        let prior = successes(journal);
        let mut world = World {
            nodes: Vec::new(),
            engine: Engine::new(Limits { cores, most: 4 * cores }, GRACE).on(machine(cores)),
            chance,
            now: 0,
            workers: BTreeMap::new(),
            timers: Vec::new(),
            pending: Vec::new(),
            outcomes: VecDeque::new(),
            journal: Vec::new(),
            recorded: HashMap::new(),
            cache,
            kept: Vec::new(),
            lookups: Vec::new(),
            prior: prior.iter().map(|(digest, _)| *digest).collect(),
            kills: kills.min(KILLS),
            hand_backs: 5,
            performed: 0,
            crash_after: usize::MAX,
            ended: None,
            starts: HashMap::new(),
            answers: HashMap::new(),
        };
        world.lay_out(program, &mut Vec::new());
        let (task, inputs) = (world.nodes[0].task, encode(0));
        let cache_key = world.key_of(0);
        world.handle(Event::RunRequested {
            run: 0,
            name: "world".into(),
            task,
            inputs,
            context: None,
            parent: None,
            prior,
            settings: RunSettings::default(),
            cache_key,
            earlier: Earlier::default(),
        });
        world
    }

    /// Number the program's tasks in the order `Program::value` counts them.
    fn lay_out(&mut self, program: &Program, specs: &mut Vec<TaskSpec>) -> usize {
        let (number, spec) = (self.nodes.len(), program.spec());
        let known = specs.iter().position(|known| *known == spec);
        let task = known.unwrap_or_else(|| {
            specs.push(spec.clone());
            self.engine.declare(spec) as usize
        }) as TaskId;
        self.nodes.push(Node { is_async: program.is_async, fails: program.fails, task, steps: Vec::new() });
        for (manner, calls) in &program.steps {
            let calls = calls.iter().map(|call| self.lay_out(call, specs)).collect();
            self.nodes[number].steps.push((*manner, calls));
        }
        number
    }

    /// Runs to the end, and until nothing moves; then checks what must hold.
    pub fn finish(mut self) -> Ended {
        while self.step() {}
        let tree = self.check();
        let value = self.ended.and_then(|(_, value)| value);
        Ended { value, tree, journal: self.journal, cache: self.cache.unwrap_or_default() }
    }

    /// Runs until so many effects were performed; what is committed by then remains. None when it was over before.
    pub fn crash_after(mut self, effects: usize) -> Option<Vec<Record>> {
        self.crash_after = effects;
        while self.performed < effects {
            if !self.step() {
                return None;
            }
        }
        lawful(&self.journal).expect("a lawful journal after a crash");
        Some(self.journal)
    }

    /// What the cache holds when everything stops after so many effects: never more than the journal does.
    pub fn cache_after_crash(mut self, effects: usize) -> Option<HashMap<CacheKey, Bytes>> {
        self.crash_after = effects;
        while self.performed < effects {
            if !self.step() {
                return None;
            }
        }
        let recorded = self.recorded.values().collect::<HashSet<_>>();
        let cache = self.cache?;
        assert!(cache.values().all(|outputs| recorded.contains(outputs)), "something was kept and not recorded");
        Some(cache)
    }

    // --- one move

    fn step(&mut self) -> bool {
        assert!(self.performed < PATIENCE, "it goes on for ever:\n{}", self.picture());
        if self.kills > 0 && self.chance.one_in(40) {
            self.kill_somebody();
        }
        let mut moves = self.moves();
        if moves.is_empty() {
            // Only now does time pass that workers could have used.
            let is_late = |timer: &Timer| !matches!(timer, Timer::Growth) || self.ended.is_none();
            let late = self.timers.iter().enumerate().filter(|(_, (_, timer))| is_late(timer));
            moves.extend(late.map(|(place, _)| Move::Timer(place)));
        }
        if moves.is_empty() {
            assert!(self.ended.is_some(), "nothing moves any more:\n{}", self.picture());
            return false;
        }
        let chosen = self.chance.below(moves.len());
        self.perform_move(moves.swap_remove(chosen));
        true
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for (&id, worker) in &self.workers {
            if !worker.outbox.is_empty() {
                moves.push(Move::Tell(id));
            }
            if worker.is_dead {
                continue;
            }
            if !worker.is_ready {
                moves.push(Move::Ready(id));
                continue;
            }
            if !worker.inbox.is_empty() {
                moves.push(Move::Hear(id));
            }
            let can_advance = |action: ActionId| worker.blocked_by.is_none_or(|blocking| blocking == action);
            if worker.blocked_by.is_none() && !worker.waiting.is_empty() {
                moves.push(Move::Begin(id));
            } else if worker.blocked_by.is_none() && worker.owes_pull {
                moves.push(Move::Pull(id));
            }
            for (&action, attempt) in &worker.attempts {
                if can_advance(action) && self.can_advance(attempt) {
                    moves.push(Move::Advance(id, action));
                }
            }
        }
        for (place, (_, timer)) in self.timers.iter().enumerate() {
            if matches!(timer, Timer::Retry(_) | Timer::Admission) {
                moves.push(Move::Timer(place));
            }
        }
        moves.extend((0..self.lookups.len()).map(Move::LookUp));
        if !self.pending.is_empty() || !self.outcomes.is_empty() {
            moves.push(Move::Commit);
        }
        moves
    }

    fn can_advance(&self, attempt: &Attempt) -> bool {
        let fails_early = matches!(self.nodes[attempt.node].steps.get(attempt.step), Some((Manner::All, _)));
        let is_done = attempt.calls.values().all(Option::is_some);
        !attempt.is_stubborn && (is_done || (fails_early && attempt.calls.values().any(|answer| *answer == Some(None))))
    }

    fn perform_move(&mut self, chosen: Move) {
        match chosen {
            Move::Ready(id) => {
                let worker = self.worker(id);
                worker.is_ready = true;
                worker.outbox.push_back(Event::WorkerReady(id));
            }
            Move::Hear(id) => {
                self.hear(id);
                self.wait_on(id);
            }
            Move::Begin(id) => self.begin(id),
            Move::Advance(id, action) => self.advance(id, action),
            Move::Pull(id) => {
                let worker = self.worker(id);
                worker.owes_pull = false;
                worker.outbox.push_back(Event::Pulled(id));
            }
            Move::Tell(id) => {
                let told = self.worker(id).outbox.pop_front().expect("checked by moves()");
                if matches!(told, Event::WorkerGone { .. }) {
                    self.workers.remove(&id);
                }
                self.handle(told);
            }
            Move::Timer(place) => self.fire(place),
            Move::LookUp(place) => self.look_up(place),
            Move::Commit => self.commit(),
        }
    }

    fn worker(&mut self, id: WorkerId) -> &mut Worker {
        self.workers.get_mut(&id).expect("a worker that is there")
    }

    fn fire(&mut self, place: usize) {
        let (at, timer) = self.timers.swap_remove(place);
        self.now = self.now.max(at);
        match timer {
            Timer::Cache(action) => self.handle(Event::CacheDue(action)),
            Timer::Admission => self.handle(Event::AdmitDue),
            Timer::Retry(action) => self.handle(Event::RetryDue(action)),
            Timer::Grace(action) => self.handle(Event::GraceOver(action)),
            Timer::Growth => {
                let idle = self.chance.below(3) as f64 / 2.0;
                self.handle(Event::GrowthDue { idle });
            }
        }
    }

    fn key_of(&self, node: usize) -> Option<CacheKey> {
        self.cache.as_ref().map(|_| key_of(node))
    }

    /// Somebody else may compute what is to be computed once.
    fn look_up(&mut self, place: usize) {
        let (action, key, serialize) = self.lookups.swap_remove(place);
        let found = self.cache.as_ref().and_then(|cache| cache.get(&key)).cloned();
        let answer = match found {
            Some(outputs) => CacheAnswer::Hit { outputs, run: "earlier".into() },
            None if serialize && self.chance.one_in(3) => CacheAnswer::Busy,
            None => CacheAnswer::Miss,
        };
        self.handle(Event::CacheAnswered { action, answer });
    }

    /// Not while it starts: three in a row would rightly end the run.
    fn kill_somebody(&mut self) {
        let is_known =
            |worker: &Worker| worker.is_ready && !matches!(worker.outbox.front(), Some(Event::WorkerReady(_)));
        let alive = |(id, worker): (&WorkerId, &Worker)| (is_known(worker) && !worker.is_dead).then_some(*id);
        let alive: Vec<WorkerId> = self.workers.iter().filter_map(alive).collect();
        if !alive.is_empty() {
            self.kills -= 1;
            let chosen = alive[self.chance.below(alive.len())];
            self.kill(chosen);
        }
    }

    /// What it has written is still read, as far as it came.
    fn kill(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get_mut(&id).filter(|worker| !worker.is_dead) else { return };
        let kept = if worker.is_ready { self.chance.below(worker.outbox.len() + 1) } else { 0 };
        let exit = if self.chance.one_in(4) { Exit::Unknown } else { Exit::Signal(libc::SIGKILL) };
        worker.outbox.truncate(kept);
        worker.outbox.push_back(Event::WorkerGone { worker: id, exit, last_words: String::new() });
        worker.is_dead = true;
    }

    // --- a worker's life

    fn hear(&mut self, id: WorkerId) {
        let can_hand_back = self.hand_backs > 0 && self.chance.one_in(10);
        let will_resist = self.kills > 0 && self.chance.one_in(4);
        let nodes = &self.nodes;
        let worker = self.workers.get_mut(&id).expect("a worker that is there");
        match worker.inbox.pop_front().expect("checked by moves()") {
            ToWorker::Start { action, node, .. } if nodes[node].is_async && worker.blocked_by.is_some() => {
                worker.owes_pull = true;
                worker.outbox.push_back(Event::Bounced { worker: id, actions: vec![action] });
            }
            ToWorker::Start { action, node, .. } if nodes[node].is_async && can_hand_back => {
                self.hand_backs -= 1;
                worker.owes_pull = true;
                worker.outbox.push_back(Event::Bounced { worker: id, actions: vec![action] });
            }
            ToWorker::Start { action, node, attempt } => worker.waiting.push_back((action, node, attempt)),
            ToWorker::Answer { call, value } => {
                let caller = worker.callers.get(&call).map(|(action, _)| *action);
                let attempt = caller.and_then(|action| worker.attempts.get_mut(&action));
                if let Some(answer) = attempt.and_then(|attempt| attempt.calls.get_mut(&call)) {
                    assert_eq!(*answer, None, "call {call} of worker {id} is answered twice");
                    *answer = Some(value);
                }
            }
            ToWorker::Cancel(action) => {
                let is_there = worker.attempts.contains_key(&action) && worker.blocked_by != Some(action);
                if is_there {
                    self.stop(id, action, will_resist);
                }
            }
            ToWorker::Interrupt => {
                if let Some(&action) = worker.attempts.keys().next() {
                    self.stop(id, action, will_resist);
                }
            }
        }
    }

    /// Whoever keeps the main thread waiting has looked, found nothing, and waits on.
    fn wait_on(&mut self, id: WorkerId) {
        let nodes = &self.nodes;
        let worker = self.workers.get_mut(&id).expect("a worker that is there");
        let keeps_thread = |(&action, attempt): (&ActionId, &Attempt)| {
            let is_waiting = attempt.calls.values().any(Option::is_none);
            is_waiting && (worker.blocked_by == Some(action) || !nodes[attempt.node].is_async)
        };
        if worker.attempts.iter().any(keeps_thread) {
            worker.outbox.push_back(Event::Blocked(id));
        }
    }

    fn stop(&mut self, id: WorkerId, action: ActionId, will_resist: bool) {
        if will_resist {
            self.kills -= 1; // its grace will end it, and its worker
            self.worker(id).attempts.get_mut(&action).expect("checked by the caller").is_stubborn = true;
        } else {
            self.end(id, action, None);
        }
    }

    fn begin(&mut self, id: WorkerId) {
        let (action, node, number) = self.worker(id).waiting.pop_front().expect("checked by moves()");
        let is_async = self.nodes[node].is_async;
        let worker = self.worker(id);
        worker.owes_pull |= is_async;
        let attempt = Attempt { node, number, step: 0, calls: BTreeMap::new(), values: Vec::new(), is_stubborn: false };
        worker.attempts.insert(action, attempt);
        assert!(is_async || worker.attempts.len() == 1, "a sync action has its worker to itself");
        self.call(id, action);
    }

    /// The calls of the current step were answered: use the answers, and go on.
    fn advance(&mut self, id: WorkerId, action: ActionId) {
        let worker = self.workers.get_mut(&id).expect("a worker that is there");
        worker.blocked_by = None;
        let attempt = worker.attempts.get_mut(&action).expect("checked by moves()");
        let node = &self.nodes[attempt.node];
        let Some((manner, _)) = node.steps.get(attempt.step) else {
            let fails = match node.fails {
                Fails::Never => false,
                Fails::First(count) => attempt.number < count,
                Fails::Always => true,
            };
            let value = combine(attempt.node, &attempt.values);
            return self.end(id, action, (!fails).then_some(value));
        };
        for answer in std::mem::take(&mut attempt.calls).into_values() {
            match answer.flatten() {
                Some(value) => attempt.values.push(value),
                None if *manner == Manner::Catch => attempt.values.push(7),
                None => return self.end(id, action, None),
            }
        }
        attempt.step += 1;
        self.call(id, action);
    }

    /// Make the calls of the current step.
    fn call(&mut self, id: WorkerId, action: ActionId) {
        let worker = self.workers.get_mut(&id).expect("a worker that is there");
        let attempt = worker.attempts.get_mut(&action).expect("checked by the caller");
        let node = &self.nodes[attempt.node];
        let Some((manner, calls)) = node.steps.get(attempt.step) else { return };
        let keeps_loop = node.is_async && *manner == Manner::Block;
        for &callee in calls {
            let call = worker.next_call;
            worker.next_call += 1;
            worker.callers.insert(call, (action, callee));
            worker.outbox.push_back(Event::Submitted(Submission {
                worker: id,
                call,
                parent: action,
                task: self.nodes[callee].task,
                digest: digest_of(callee),
                group: (callee % 3 == 0).then(|| format!("group{}", callee % 2).into()),
                inputs: encode(callee as Value),
                context: None,
                elsewhere: keeps_loop,
                cache_key: self.cache.as_ref().map(|_| key_of(callee)),
                line: 0,
            }));
            match manner {
                Manner::Forget => {}
                Manner::Cancel => {
                    worker.outbox.push_back(Event::Cancelled { parent: action, digest: digest_of(callee) });
                }
                _ => {
                    attempt.calls.insert(call, None);
                }
            }
        }
        let waits = !attempt.calls.is_empty();
        if waits && (keeps_loop || !node.is_async) {
            worker.outbox.push_back(Event::Blocked(id));
            if keeps_loop {
                worker.blocked_by = Some(action);
                let waiting = worker.waiting.drain(..).map(|(action, ..)| action).collect();
                worker.owes_pull = true;
                worker.outbox.push_back(Event::Bounced { worker: id, actions: waiting });
            }
        }
    }

    fn end(&mut self, id: WorkerId, action: ActionId, value: Option<Value>) {
        let worker = self.worker(id);
        worker.attempts.remove(&action);
        let outcome = value.map(encode).ok_or_else(|| Arc::new(error("ValueError")));
        worker.outbox.push_back(Event::Finished { worker: id, action, outcome, spent: Spent::default() });
    }

    // --- what the engine decides

    fn handle(&mut self, event: Event) {
        self.now += self.chance.below(1_000) as Micros;
        let mut effects = Vec::new();
        self.engine.handle(self.now, event, &mut effects);
        for effect in effects {
            if self.is_crashed() {
                return;
            }
            self.perform(effect);
        }
    }

    fn is_crashed(&self) -> bool {
        self.performed >= self.crash_after
    }

    fn perform(&mut self, effect: Effect) {
        self.performed += 1;
        match effect {
            Effect::Record(_, record) => self.pending.push(record),
            Effect::Start { worker, action, attempt, inputs, digest, .. } => {
                let node = decode(&inputs) as usize;
                assert_eq!(digest.unwrap_or_default(), digest_of(node));
                assert!(
                    node == 0 || !self.prior.contains(&digest_of(node)),
                    "task {node} had succeeded, and runs again"
                );
                let is_known = self.cache.as_ref().is_some_and(|cache| cache.contains_key(&key_of(node)));
                assert!(!is_known, "task {node} is in the cache, and runs again");
                *self.starts.entry(node).or_default() += 1;
                self.send(worker, ToWorker::Start { action, node, attempt });
            }
            Effect::Former { .. } => {}
            Effect::Cancel { worker, action } => self.send(worker, ToWorker::Cancel(action)),
            Effect::Interrupt(worker) => self.send(worker, ToWorker::Interrupt),
            Effect::Kill(worker) => self.kill(worker),
            Effect::StartWorker { worker, .. } => {
                self.workers.insert(worker, Worker::default());
            }
            Effect::LookUp { action, key, serialize, .. } => self.lookups.push((action, key, serialize)),
            Effect::LookAgainAt(at, action) => self.timers.push((at, Timer::Cache(action))),
            Effect::Keep { key, outputs, .. } => self.kept.push((key, outputs)),
            Effect::GiveBack { .. } => {}
            Effect::AdmitAt(at) => self.timers.push((at, Timer::Admission)),
            Effect::RetryAt(at, action) => self.timers.push((at, Timer::Retry(action))),
            Effect::GraceAt(at, action) => self.timers.push((at, Timer::Grace(action))),
            Effect::AnswerAt(..) => unreachable!("no program here asks anybody"),
            Effect::LimitAt(..) | Effect::Leave { .. } | Effect::Meter { .. } => {
                unreachable!("no task here has limits")
            }
            Effect::GrowthAt(at) => self.timers.push((at, Timer::Growth)),
            Effect::Resolve { .. } | Effect::EndRun { .. } => {
                self.performed -= 1; // it counts when somebody hears of it
                self.outcomes.push_back(effect);
            }
        }
    }

    fn send(&mut self, worker: WorkerId, message: ToWorker) {
        if let Some(worker) = self.workers.get_mut(&worker).filter(|worker| !worker.is_dead) {
            worker.inbox.push_back(message);
        }
    }

    /// Everything recorded is safe from here on; only then does anybody hear of outcomes.
    fn commit(&mut self) {
        self.performed += 1;
        for record in &self.pending {
            if let Record::Succeeded { ordinal, outputs, .. } = record {
                self.recorded.insert(*ordinal, outputs.clone());
            }
        }
        self.journal.append(&mut self.pending);
        self.cache.iter_mut().for_each(|cache| cache.extend(self.kept.drain(..)));
        while let Some(outcome) = self.outcomes.pop_front() {
            if self.is_crashed() {
                return;
            }
            self.performed += 1;
            self.report(outcome);
        }
    }

    fn report(&mut self, outcome: Effect) {
        match outcome {
            Effect::Resolve { worker: id, call, outcome, .. } => {
                let Some(&(_, node)) = self.workers.get(&id).and_then(|worker| worker.callers.get(&call)) else {
                    return;
                };
                let value = self.value_of(&outcome);
                if let Some(value) = value {
                    assert!(self.has_recorded(node, value), "task {node} is reported before it is recorded");
                }
                if !is_refusal(&outcome) {
                    self.answers.insert(node, value.is_some());
                }
                self.send(id, ToWorker::Answer { call, value });
            }
            Effect::EndRun { phase, outcome, .. } => {
                assert!(self.ended.is_none(), "a run ends once");
                let has_end =
                    matches!(self.journal.last(), Some(Record::RunEnded { phase: recorded, .. }) if *recorded == phase);
                assert!(has_end, "the end is reported before it is recorded");
                self.ended = Some((phase, self.value_of(&outcome)));
            }
            _ => unreachable!("only outcomes wait for the commit"),
        }
    }

    fn value_of(&self, outcome: &Outcome) -> Option<Value> {
        match outcome {
            Outcome::Succeeded(Payload::Here(outputs)) => Some(decode(outputs)),
            Outcome::Succeeded(Payload::Recorded(ordinal)) => Some(decode(&self.recorded[ordinal])),
            Outcome::Failed(_) => None,
        }
    }

    fn has_recorded(&self, node: usize, value: Value) -> bool {
        successes(&self.journal).iter().any(|(digest, outputs)| node_of(digest) == node && decode(outputs) == value)
    }

    // --- at the end

    /// Nothing is left over, and the journal tells what happened.
    fn check(&self) -> Tree {
        assert!(self.engine.live.is_empty() && self.engine.is_idle(), "left over:\n{}", self.picture());
        assert!(self.engine.workers.holding(|_| true).is_empty(), "a worker is thought to hold something");
        let tree = lawful(&self.journal).expect("a lawful journal");
        let (phase, value) = self.ended.expect("checked by step()");
        assert_eq!(tree.ended.map(|(_, phase)| phase), Some(phase));
        assert_eq!(tree.outputs.as_ref().map(decode), value);
        for (&node, &succeeded) in &self.answers {
            let told = tree.nodes.iter().find(|told| node_of(&told.digest) == node).expect("it was submitted");
            let is_success = matches!(told.phase, Phase::Succeeded | Phase::Recovered | Phase::Cached);
            assert_eq!(is_success, succeeded, "task {node} is told as {}", told.phase.word());
        }
        let mut started: HashMap<usize, u32> = HashMap::new();
        for record in &self.journal {
            if let Record::Started { ordinal, .. } = record {
                *started.entry(node_of(&tree.nodes[*ordinal as usize].digest)).or_default() += 1;
            }
        }
        assert_eq!(started, self.starts, "what started, by the journal and in truth");
        tree
    }

    /// Who is where, for the message of a test that fails.
    fn picture(&self) -> String {
        let worker = |(id, worker): (&WorkerId, &Worker)| {
            let attempts: Vec<String> = worker
                .attempts
                .iter()
                .map(|(action, attempt)| format!("a{action} (task {}) at step {}", attempt.node, attempt.step))
                .collect();
            let (inbox, outbox, waiting) = (worker.inbox.len(), worker.outbox.len(), worker.waiting.len());
            format!(
                "w{id}: runs {attempts:?}, ready {}, {inbox} to hear, {outbox} to tell, {waiting} to begin, blocked by {:?}\n",
                worker.is_ready, worker.blocked_by
            )
        };
        let mut lines: String = self.workers.iter().map(worker).collect();
        for (id, action) in &self.engine.live {
            lines.push_str(&format!("a{id} (task {}) is not over\n", node_of(&action.digest)));
        }
        lines
    }
}
