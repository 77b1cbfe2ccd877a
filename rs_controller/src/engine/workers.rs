//! Which worker gets which action, and when there should be more workers.
//! It knows actions only by number; the engine asks and it answers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasherDefault;

use super::model::{ActionId, AlreadyMixed, Effect, Map, Micros, PoolId, TaskId, TaskSpec, WorkerId};

/// How long a batch of async actions may keep a loop busy: what waits behind it waits that long.
const BATCH: f64 = 4_000.0;
/// Most actions in one batch: beyond this the frame, not the wake-up, is the cost.
const MOST: usize = 256;
/// How often a waiting queue asks whether the machine idles.
const GROWTH_INTERVAL: Micros = 30_000;
/// Idle share of the machine above which one more worker does no harm.
const IDLE_ENOUGH: f64 = 0.25;
/// Starts that fail in a row before a pool gives up.
const START_LIMIT: u32 = 3;

/// How many workers there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Workers that may compute at the same time without the machine being asked whether it idles.
    pub cores: usize,
    /// Workers in all, those that wait for children not counted.
    pub most: usize,
}

/// What the engine wants of a worker for one action.
pub struct Want {
    pub task: TaskId,
    /// It must have its worker to itself.
    pub is_alone: bool,
    pub avoid: Option<WorkerId>,
}

/// By priority, highest first, then in the order they came.
type Queue = VecDeque<(i32, ActionId)>;
type Held = HashSet<ActionId, BuildHasherDefault<AlreadyMixed>>;

struct Worker {
    pool: PoolId,
    is_ready: bool,
    is_inline: bool,
    /// It may be given async actions: its loop has nothing to do.
    is_free: bool,
    /// One action has it to itself.
    is_taken: bool,
    /// Its main thread waits until a child answers.
    is_blocked: bool,
    actions: Held,
    /// What it was last given, to learn what actions of a task cost.
    last: Option<(Micros, u32, TaskId)>,
}

impl Worker {
    fn is_computing(&self) -> bool {
        !self.is_ready || (!self.is_blocked && !self.actions.is_empty() && !self.is_free)
    }
}

struct Pool {
    queue: Queue,
    sync_queue: Queue,
    failed_starts: u32,
}

/// A worker that is no more.
pub struct Gone {
    pub pool: PoolId,
    pub actions: Vec<ActionId>,
    pub never_started: bool,
}

pub struct Workers {
    limits: Limits,
    /// How many may compute at once: the cores, and more while work waits and the machine idles all the same.
    slots: usize,
    pools: Vec<Pool>,
    by_text: HashMap<String, PoolId>,
    workers: Vec<Option<Worker>>,
    assigned: Vec<(WorkerId, ActionId)>,
    /// Learned microseconds of loop time per async action.
    costs: Map<TaskId, f64>,
    growth_is_due: bool,
    inline: Option<WorkerId>,
}

impl Workers {
    pub fn new(limits: Limits) -> Workers {
        Workers {
            limits,
            slots: limits.cores,
            pools: Vec::new(),
            by_text: HashMap::new(),
            workers: Vec::new(),
            assigned: Vec::new(),
            costs: Map::default(),
            growth_is_due: false,
            inline: None,
        }
    }

    pub fn declare(&mut self, text: &str) {
        if !self.by_text.contains_key(text) {
            let pool = if self.inline.is_some() { 0 } else { self.pools.len() as PoolId };
            self.by_text.insert(text.to_owned(), pool);
            if pool as usize == self.pools.len() {
                self.pools.push(Pool { queue: VecDeque::new(), sync_queue: VecDeque::new(), failed_starts: 0 });
            }
        }
    }

    pub fn text_of(&self, pool: PoolId) -> &str {
        self.by_text.iter().find(|&(_, &found)| found == pool).map_or("", |(text, _)| text)
    }

    pub fn adopt_inline(&mut self) -> WorkerId {
        let worker = self.add(0, true);
        self.inline = Some(worker);
        worker
    }

    fn add(&mut self, pool: PoolId, is_inline: bool) -> WorkerId {
        self.workers.push(Some(Worker {
            pool,
            is_ready: is_inline,
            is_inline,
            is_free: is_inline,
            is_taken: false,
            is_blocked: false,
            actions: Held::default(),
            last: None,
        }));
        (self.workers.len() - 1) as WorkerId
    }

    fn get(&mut self, worker: WorkerId) -> Option<&mut Worker> {
        self.workers.get_mut(worker as usize).and_then(Option::as_mut)
    }

    fn existing(&self) -> impl Iterator<Item = (WorkerId, &Worker)> {
        self.workers.iter().enumerate().filter_map(|(id, worker)| Some((id as WorkerId, worker.as_ref()?)))
    }

    pub fn is_inline(&self, worker: WorkerId) -> bool {
        self.inline == Some(worker)
    }

    /// The only action a worker holds, if it is the only one.
    pub fn sole(&self, worker: WorkerId) -> Option<ActionId> {
        let worker = self.workers.get(worker as usize)?.as_ref()?;
        worker.actions.iter().next().copied().filter(|_| worker.actions.len() == 1)
    }

    pub fn actions_of(&self, worker: WorkerId) -> Vec<ActionId> {
        let found = self.workers.get(worker as usize).and_then(Option::as_ref);
        found.map_or_else(Vec::new, |worker| worker.actions.iter().copied().collect())
    }

    pub fn holds(&self, worker: WorkerId, action: ActionId) -> bool {
        self.workers
            .get(worker as usize)
            .and_then(Option::as_ref)
            .is_some_and(|worker| worker.actions.contains(&action))
    }

    /// Whether these are what a worker has.
    pub fn holds_only(&self, worker: WorkerId, actions: &[ActionId]) -> bool {
        let worker = self.workers.get(worker as usize).and_then(Option::as_ref);
        worker.is_some_and(|worker| {
            worker.actions.len() == actions.len() && actions.iter().all(|action| worker.actions.contains(action))
        })
    }

    /// A worker that is about to end gives up its actions, and gets no more.
    pub fn give_up_actions(&mut self, id: WorkerId) {
        if let Some(worker) = self.get(id) {
            worker.actions.clear();
            worker.is_free = false;
            worker.is_taken = true;
        }
    }

    pub fn holding(&self, matches: impl Fn(ActionId) -> bool) -> Vec<WorkerId> {
        let has_match = |worker: &Worker| !worker.is_inline && worker.actions.iter().any(|&id| matches(id));
        self.existing().filter(|(_, worker)| has_match(worker)).map(|(id, _)| id).collect()
    }

    // --- what workers say

    pub fn ready(&mut self, worker: WorkerId) {
        if let Some(worker) = self.get(worker) {
            worker.is_ready = true;
            worker.is_free = true;
            let pool = worker.pool as usize;
            self.pools[pool].failed_starts = 0;
        }
    }

    pub fn pulled(&mut self, id: WorkerId, now: Micros) {
        let Some(worker) = self.get(id) else { return };
        worker.is_free = true;
        worker.is_blocked = false; // only a loop that turns pulls
        if let Some((since, count, task)) = worker.last.take().filter(|&(_, count, _)| count > 0) {
            let each = now.saturating_sub(since) as f64 / f64::from(count);
            self.costs.entry(task).and_modify(|cost| *cost = 0.7 * *cost + 0.3 * each).or_insert(each);
        }
    }

    pub fn blocked(&mut self, worker: WorkerId, blocked: bool) {
        if let Some(worker) = self.get(worker) {
            worker.is_blocked = blocked;
        }
    }

    /// The worker let go of an action; false when it did not hold it.
    pub fn release(&mut self, id: WorkerId, action: ActionId) -> bool {
        let Some(worker) = self.get(id) else { return false };
        if !worker.actions.remove(&action) {
            return false;
        }
        if worker.is_taken && !worker.is_inline {
            worker.is_taken = false;
            worker.is_free = true;
            worker.is_blocked = false;
        }
        true
    }

    /// It gets nothing any more.
    pub fn retire(&mut self, id: WorkerId) {
        if let Some(worker) = self.get(id) {
            worker.is_taken = true;
        }
    }

    /// The worker let go of an action that it had not begun; false when it did not hold it.
    pub fn hand_back(&mut self, id: WorkerId, action: ActionId) -> bool {
        let was_held = self.release(id, action);
        if let Some((_, count, _)) = self.get(id).filter(|_| was_held).and_then(|worker| worker.last.as_mut()) {
            *count = count.saturating_sub(1); // it cost nothing
        }
        was_held
    }

    pub fn remove(&mut self, id: WorkerId) -> Gone {
        match self.workers.get_mut(id as usize).and_then(Option::take) {
            Some(worker) => {
                let mut actions: Vec<ActionId> = worker.actions.into_iter().collect();
                actions.sort_unstable();
                Gone { pool: worker.pool, never_started: !worker.is_ready, actions }
            }
            None => Gone { pool: 0, never_started: false, actions: Vec::new() },
        }
    }

    /// What waits in a pool, if its workers keep dying before they are ready.
    pub fn give_up(&mut self, pool: PoolId) -> Vec<ActionId> {
        let has_workers =
            self.existing().any(|(_, worker)| worker.pool == pool && worker.is_ready && !worker.is_blocked);
        let pool = &mut self.pools[pool as usize];
        pool.failed_starts += 1;
        if has_workers || pool.failed_starts < START_LIMIT {
            return Vec::new();
        }
        pool.failed_starts = 0;
        pool.queue.drain(..).chain(pool.sync_queue.drain(..)).map(|(_, action)| action).collect()
    }

    // --- queues

    fn queue_of(&mut self, spec: &TaskSpec) -> &mut Queue {
        let pool = &mut self.pools[self.by_text[&spec.pool] as usize];
        if spec.is_async {
            &mut pool.queue
        } else {
            &mut pool.sync_queue
        }
    }

    /// Behind those of its priority, or before them.
    pub fn enqueue(&mut self, spec: &TaskSpec, action: ActionId, priority: i32, first: bool) {
        let queue = self.queue_of(spec);
        if !first && queue.back().is_none_or(|&(last, _)| last >= priority) {
            return queue.push_back((priority, action));
        }
        let is_before = |&(other, _): &(i32, ActionId)| if first { other > priority } else { other >= priority };
        queue.insert(queue.partition_point(is_before), (priority, action));
    }

    // --- assignment

    /// Give what waits to who is free; `take_assigned` has the pairs.
    pub fn assign(&mut self, now: Micros, want: impl Fn(ActionId) -> Option<Want>) {
        for pool in 0..self.pools.len() {
            while self.assign_async(pool, now, &want) {}
            while self.assign_sync(pool, &want) {}
        }
    }

    pub fn take_assigned(&mut self) -> Vec<(WorkerId, ActionId)> {
        std::mem::take(&mut self.assigned)
    }

    fn first_wanted(queue: &mut Queue, want: &impl Fn(ActionId) -> Option<Want>) -> Option<Want> {
        loop {
            let &(_, front) = queue.front()?;
            match want(front) {
                Some(wanted) => return Some(wanted),
                None => {
                    queue.pop_front(); // aborted while it waited
                }
            }
        }
    }

    fn assign_async(&mut self, pool: usize, now: Micros, want: &impl Fn(ActionId) -> Option<Want>) -> bool {
        let Some(first) = Self::first_wanted(&mut self.pools[pool].queue, want) else { return false };
        if !self.has_slot() {
            return false;
        }
        let Some(id) = self.pick(pool as PoolId, &first) else { return false };
        let mut budget = BATCH;
        let sharing = self.existing().filter(|(_, worker)| worker.pool as usize == pool && worker.is_ready).count();
        let queue = &mut self.pools[pool].queue;
        let share = if self.inline.is_some() { usize::MAX } else { queue.len().div_ceil(2 * sharing.max(1)).min(MOST) };
        let mut count = 0;
        while count < share && (count == 0 || budget > 0.0) {
            let Some(wanted) = Self::first_wanted(queue, want) else { break };
            if count > 0 && (wanted.is_alone || wanted.avoid == Some(id)) {
                break;
            }
            let Some((_, action)) = queue.pop_front() else { break };
            self.assigned.push((id, action));
            budget -= self.costs.get(&wanted.task).copied().unwrap_or(BATCH);
            count += 1;
            if wanted.is_alone {
                break;
            }
        }
        let actions = self.assigned.len() - count..self.assigned.len();
        let given: Vec<ActionId> = self.assigned[actions].iter().map(|&(_, action)| action).collect();
        if let Some(worker) = self.get(id) {
            worker.actions.extend(given);
            worker.is_free = worker.is_inline;
            worker.is_taken = first.is_alone && !worker.is_inline;
            worker.last = Some((now, count as u32, first.task));
        }
        true
    }

    fn assign_sync(&mut self, pool: usize, want: &impl Fn(ActionId) -> Option<Want>) -> bool {
        let Some(mut first) = Self::first_wanted(&mut self.pools[pool].sync_queue, want) else { return false };
        if !self.has_slot() {
            return false;
        }
        first.is_alone = true;
        let Some(id) = self.pick(pool as PoolId, &first) else { return false };
        let Some((_, action)) = self.pools[pool].sync_queue.pop_front() else { return false };
        self.assigned.push((id, action));
        if let Some(worker) = self.get(id) {
            worker.actions.insert(action);
            worker.is_free = worker.is_inline;
            worker.is_taken = !worker.is_inline;
        }
        true
    }

    /// The free worker with the fewest actions; one that has none for what must be alone.
    fn pick(&self, pool: PoolId, want: &Want) -> Option<WorkerId> {
        let fits = |id: WorkerId, worker: &Worker| {
            worker.is_inline
                || (worker.pool == pool
                    && worker.is_ready
                    && worker.is_free
                    && !worker.is_taken
                    && !worker.is_blocked
                    && want.avoid != Some(id)
                    && (!want.is_alone || worker.actions.is_empty()))
        };
        self.existing()
            .filter(|&(id, worker)| fits(id, worker))
            .min_by_key(|(_, worker)| worker.actions.len())
            .map(|(id, _)| id)
    }

    // --- growth

    fn has_slot(&self) -> bool {
        let busy = |worker: &Worker| worker.is_ready && worker.is_computing();
        self.inline.is_some() || self.existing().filter(|(_, worker)| busy(worker)).count() < self.slots
    }

    pub fn has_spare_core(&self) -> bool {
        self.computing() < self.limits.cores
    }

    fn computing(&self) -> usize {
        self.existing().filter(|(_, worker)| worker.is_computing()).count()
    }

    fn start(&mut self, pool: PoolId, count: usize, effects: &mut Vec<Effect>) {
        for _ in 0..count {
            let worker = self.add(pool, false);
            effects.push(Effect::StartWorker { worker, pool });
        }
    }

    /// A run begins: as many workers as there are cores.
    pub fn warm_up(&mut self, text: &str, effects: &mut Vec<Effect>) {
        let pool = self.by_text[text];
        if self.inline.is_none() && !self.existing().any(|(_, worker)| worker.pool == pool) {
            self.start(pool, self.limits.cores, effects);
        }
    }

    /// Something waits: start workers while slots are free, else see later whether the machine idles.
    pub fn grow(&mut self, now: Micros, effects: &mut Vec<Effect>) {
        if self.inline.is_some() {
            return;
        }
        let mut is_short = false;
        for pool in 0..self.pools.len() as PoolId {
            let missing = self.missing(pool);
            let free = self.slots.saturating_sub(self.computing());
            let started = match self.pools[pool as usize].failed_starts {
                0 => missing.min(free),
                START_LIMIT.. => 0, // only now and then
                _ => missing.min(free).min(1),
            };
            self.start(pool, started, effects);
            is_short |= missing > started;
        }
        if is_short && !self.growth_is_due {
            self.growth_is_due = true;
            effects.push(Effect::GrowthAt(now + GROWTH_INTERVAL));
        }
    }

    /// Work has waited for a while: more slots if the machine idled meanwhile, fewer if it had none to spare.
    pub fn growth_due(&mut self, idle: f64) {
        self.growth_is_due = false;
        let is_waiting = self.pools.iter().any(|pool| !pool.queue.is_empty() || !pool.sync_queue.is_empty());
        if !is_waiting {
            self.slots = self.limits.cores;
        } else if idle >= IDLE_ENOUGH {
            self.slots = (2 * self.slots).min(self.limits.most);
        } else if idle < IDLE_ENOUGH / 5.0 {
            self.slots = (self.slots - 1).max(self.limits.cores);
        }
        for pool in &mut self.pools {
            pool.failed_starts = pool.failed_starts.min(START_LIMIT - 1); // one more try
        }
    }

    /// How many more workers a pool could use at once.
    fn missing(&self, pool: PoolId) -> usize {
        let queues = &self.pools[pool as usize];
        let starting = self.existing().filter(|(_, worker)| worker.pool == pool && !worker.is_ready).count();
        (queues.sync_queue.len() + queues.queue.len()).saturating_sub(starting)
    }
}
