//! Which actions may compute at the same time: what they take of the machine, and how many of a kind there may be.
//!
//! An action holds what it needs from its admission until its attempt is over, but not while it waits for children:
//! a parent that waits takes nothing, so no program can wait for itself. What asks for nothing never comes here.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::model::{ActionId, CallId, Effect, FlowRule, Map, Micros, Needs, Outcome, Payload, RunId, TaskId, WorkerId};
use super::record::{Bytes, Record};
use super::{Engine, Place};

/// What there is to share out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Thousandths of a core.
    pub cpu: u32,
    /// Bytes.
    pub memory: u64,
    /// How `CUDA_VISIBLE_DEVICES` names each.
    pub gpus: Vec<Arc<str>>,
}

/// Something of which there is only so much.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Share {
    Cpu,
    Memory,
    Gpus,
    Task(RunId, TaskId),
    Environment(RunId, Arc<str>),
    Run(RunId),
    Flow(RunId, Arc<str>),
}

/// Those that wait and need the same.
#[derive(Default)]
struct Class {
    priority: i32,
    /// In the order they came; those that come back are first.
    queue: VecDeque<(u64, ActionId)>,
}

/// What an admitted action has.
struct Held {
    run: RunId,
    needs: Arc<Taken>,
    gpus: Vec<usize>,
    /// It waits for children: what it needs is lent to others.
    is_lent: bool,
    has_started: bool,
}

/// What one task's actions take.
struct Taken {
    cpu: u32,
    memory: u64,
    gpus: u32,
    counted: Vec<(Share, u32)>,
    flow: Option<FlowRule>,
}

/// Calls of `Throttle` in the body of a task.
struct Ask {
    worker: WorkerId,
    call: CallId,
    action: ActionId,
    rule: FlowRule,
}

/// What goes through one key of a run.
#[derive(Default)]
struct Flow {
    in_use: u32,
    /// Admitted and not started: they start nobody knows when.
    pending: u32,
    /// When the latest started, oldest first.
    passed: VecDeque<Micros>,
    asks: VecDeque<Ask>,
}

/// What a worker may take to begin what it was given is added to every window: as this part of it ...
const SLACK_PART: Micros = 40;
/// ... but not more than this.
const SLACK_MOST: Micros = 100_000;

impl Flow {
    /// When the next may pass; None while that depends on those who are at it.
    fn opens_at(&mut self, rule: &FlowRule, now: Micros) -> Option<Micros> {
        if rule.at_once > 0 && self.in_use >= rule.at_once {
            return None;
        }
        if rule.count == 0 {
            self.passed.clear();
            return Some(now);
        }
        let window = rule.per.saturating_add((rule.per / SLACK_PART).min(SLACK_MOST));
        while self.passed.front().is_some_and(|&at| at.saturating_add(window) <= now) {
            self.passed.pop_front();
        }
        match (self.passed.len() + self.pending as usize).checked_sub(rule.count as usize) {
            None => Some(now),
            Some(nth) => self.passed.get(nth).map(|&at| at.saturating_add(window)),
        }
    }
}

pub(super) struct Admission {
    machine: Machine,
    used_cpu: u32,
    used_memory: u64,
    /// How many compute on each GPU: two, while a parent goes on beside what it lent its own to.
    gpu_users: Vec<u32>,
    counts: HashMap<Share, u32>,
    flows: HashMap<(RunId, Arc<str>), Flow>,
    classes: HashMap<(RunId, TaskId), Class>,
    taken: HashMap<(RunId, TaskId), Arc<Taken>>,
    held: Map<ActionId, Held>,
    /// Keys that actions hold by asking, for when they end without giving them back.
    permits: Map<ActionId, Vec<Arc<str>>>,
    arrivals: u64,
    /// Something changed that may let somebody in.
    is_due: bool,
    /// The next moment at which a rate lets somebody in, of which the outside knows.
    opens_at: Option<Micros>,
}

impl Admission {
    pub fn new(machine: Machine) -> Admission {
        let gpu_users = vec![0; machine.gpus.len()];
        Admission {
            machine,
            used_cpu: 0,
            used_memory: 0,
            gpu_users,
            counts: HashMap::new(),
            flows: HashMap::new(),
            classes: HashMap::new(),
            taken: HashMap::new(),
            held: Map::default(),
            permits: Map::default(),
            arrivals: 0,
            is_due: false,
            opens_at: None,
        }
    }

    /// What a machine of this size can give, and a line about what it cannot.
    pub fn clamp(&self, name: &str, needs: &mut Needs) -> Option<String> {
        let mut short = Vec::new();
        if needs.cpu > self.machine.cpu {
            short.push(format!("{} of {} CPUs", cores(self.machine.cpu), cores(needs.cpu)));
            needs.cpu = self.machine.cpu;
        }
        if needs.memory > self.machine.memory {
            short.push(format!("{} of {} memory", size(self.machine.memory), size(needs.memory)));
            needs.memory = self.machine.memory;
        }
        let gpus = self.machine.gpus.len() as u32;
        if needs.gpus > gpus {
            short.push(format!("{gpus} of {} GPUs", needs.gpus));
            needs.gpus = gpus;
        }
        if short.is_empty() {
            return None;
        }
        Some(format!("task `{name}` asks for more than this machine has: it runs with {}", short.join(", ")))
    }

    fn is_free(&self, share: &Share, most: u32) -> bool {
        self.counts.get(share).copied().unwrap_or(0) < most
    }

    /// What is missing for it now, and when a rate opens.
    fn lacks(&mut self, run: RunId, taken: &Taken, now: Micros) -> (Vec<Share>, Option<Micros>) {
        let mut lacks = Vec::new();
        if taken.cpu > 0 && self.used_cpu + taken.cpu > self.machine.cpu {
            lacks.push(Share::Cpu);
        }
        if taken.memory > 0 && self.used_memory.saturating_add(taken.memory) > self.machine.memory {
            lacks.push(Share::Memory);
        }
        if taken.gpus as usize > self.free_gpus().count() {
            lacks.push(Share::Gpus);
        }
        for (share, most) in &taken.counted {
            if !self.is_free(share, *most) {
                lacks.push(share.clone());
            }
        }
        let mut opens_at = None;
        if let Some(rule) = &taken.flow {
            let flow = self.flows.entry((run, rule.key.clone())).or_default();
            match flow.opens_at(rule, now) {
                Some(at) if at <= now && flow.asks.is_empty() => {}
                at => {
                    opens_at = at.filter(|&at| at > now);
                    lacks.push(Share::Flow(run, rule.key.clone()));
                }
            }
        }
        (lacks, opens_at)
    }

    fn take(&mut self, run: RunId, taken: &Taken) {
        self.used_cpu += taken.cpu;
        self.used_memory += taken.memory;
        for (share, _) in &taken.counted {
            *self.counts.entry(share.clone()).or_default() += 1;
        }
        if let Some(rule) = &taken.flow {
            self.flows.entry((run, rule.key.clone())).or_default().in_use += 1;
        }
    }

    fn give(&mut self, run: RunId, taken: &Taken) {
        self.used_cpu = self.used_cpu.saturating_sub(taken.cpu);
        self.used_memory = self.used_memory.saturating_sub(taken.memory);
        for (share, _) in &taken.counted {
            if let Some(count) = self.counts.get_mut(share) {
                *count = count.saturating_sub(1);
            }
        }
        if let Some(flow) = self.flow_of(run, taken) {
            flow.in_use = flow.in_use.saturating_sub(1);
        }
        self.is_due = true;
    }

    fn flow_of(&mut self, run: RunId, taken: &Taken) -> Option<&mut Flow> {
        self.flows.get_mut(&(run, taken.flow.as_ref()?.key.clone()))
    }

    /// A worker got it: a rate counts from here.
    pub fn started(&mut self, action: ActionId, now: Micros) {
        let Some(held) = self.held.get_mut(&action).filter(|held| !held.has_started) else { return };
        held.has_started = true;
        let (run, needs) = (held.run, held.needs.clone());
        if let Some(flow) = self.flow_of(run, &needs) {
            flow.pending = flow.pending.saturating_sub(1);
            flow.passed.push_back(now);
            self.is_due = true;
        }
    }

    pub fn is_due(&self) -> bool {
        self.is_due
    }

    pub fn has_admitted(&self) -> bool {
        !self.held.is_empty()
    }

    pub fn is_admitted(&self, action: ActionId) -> bool {
        self.held.contains_key(&action)
    }

    pub fn wait(&mut self, run: RunId, task: TaskId, action: ActionId, priority: i32) {
        self.arrivals += 1;
        let class = self.classes.entry((run, task)).or_default();
        class.priority = priority;
        class.queue.push_back((self.arrivals, action));
        self.is_due = true;
    }

    /// Its attempt is over.
    pub fn release(&mut self, action: ActionId) {
        let Some(held) = self.held.remove(&action) else { return };
        if !held.is_lent {
            self.give(held.run, &held.needs);
            self.use_gpus(&held.gpus, false);
        }
        if !held.has_started {
            if let Some(flow) = self.flow_of(held.run, &held.needs) {
                flow.pending = flow.pending.saturating_sub(1);
            }
        }
    }

    fn free_gpus(&self) -> impl Iterator<Item = usize> + '_ {
        self.gpu_users.iter().enumerate().filter(|(_, users)| **users == 0).map(|(gpu, _)| gpu)
    }

    fn use_gpus(&mut self, gpus: &[usize], begins: bool) {
        for &gpu in gpus {
            let users = &mut self.gpu_users[gpu];
            *users = if begins { *users + 1 } else { users.saturating_sub(1) };
        }
    }

    /// It waits for children, or goes on after that.
    pub fn lend(&mut self, action: ActionId, is_lent: bool) {
        let Some(held) = self.held.get_mut(&action).filter(|held| held.is_lent != is_lent) else { return };
        held.is_lent = is_lent;
        let (run, needs, gpus) = (held.run, held.needs.clone(), held.gpus.clone());
        self.use_gpus(&gpus, !is_lent);
        if is_lent {
            self.give(run, &needs);
        } else {
            self.take(run, &needs);
        }
    }

    /// The value of `CUDA_VISIBLE_DEVICES` for an admitted action that has some.
    pub fn devices(&self, action: ActionId) -> Option<Arc<str>> {
        let held = self.held.get(&action).filter(|held| !held.gpus.is_empty())?;
        let names: Vec<&str> = held.gpus.iter().map(|&gpu| &*self.machine.gpus[gpu]).collect();
        Some(names.join(",").into())
    }

    /// Give back the permits that an action asked for.
    fn drop_permits(&mut self, run: RunId, action: ActionId) {
        for key in self.permits.remove(&action).unwrap_or_default() {
            if let Some(flow) = self.flows.get_mut(&(run, key)) {
                flow.in_use = flow.in_use.saturating_sub(1);
                self.is_due = true;
            }
        }
    }

    pub fn forget(&mut self, run: RunId) {
        self.flows.retain(|(of, _), _| *of != run);
        self.taken.retain(|(of, _), _| *of != run);
        self.classes.retain(|(of, _), _| *of != run);
    }
}

impl Engine {
    /// Whether actions of a task in a run must be admitted at all.
    pub(super) fn must_be_admitted(&self, run: RunId, task: TaskId) -> bool {
        let is_limited = self.runs.get(&run).is_some_and(|run| run.settings.at_once > 0);
        is_limited || self.tasks[task as usize].needs != Needs::default()
    }

    pub(super) fn wait_for_admission(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        let (run, task) = (action.run, action.task);
        let priority = self.priority_of(run, task);
        self.admission.wait(run, task, id, priority);
    }

    pub(super) fn priority_of(&self, run: RunId, task: TaskId) -> i32 {
        let of_run = self.runs.get(&run).map_or(0, |run| run.settings.priority);
        of_run.saturating_add(self.tasks[task as usize].priority)
    }

    fn taken_by(&mut self, run: RunId, task: TaskId) -> Arc<Taken> {
        let at_once = self.runs.get(&run).map_or(0, |run| run.settings.at_once);
        let spec = &self.tasks[task as usize];
        let taken = self.admission.taken.entry((run, task)).or_insert_with(|| {
            let needs = &spec.needs;
            let environment = Share::Environment(run, spec.environment.as_str().into());
            let counted = [
                (Share::Task(run, task), needs.at_once),
                (environment, needs.environment_at_once),
                (Share::Run(run), at_once),
            ];
            Arc::new(Taken {
                cpu: needs.cpu,
                memory: needs.memory,
                gpus: needs.gpus,
                counted: counted.into_iter().filter(|&(_, most)| most > 0).collect(),
                flow: needs.flow.clone(),
            })
        });
        taken.clone()
    }

    /// Let in who fits: by priority, then in the order they came. What somebody waits for is kept for them.
    pub(super) fn admit(&mut self) {
        if !self.admission.is_due && self.admission.opens_at.is_none_or(|at| at > self.now) {
            return;
        }
        self.admission.is_due = false;
        self.admission.opens_at = self.admission.opens_at.filter(|&at| at > self.now);
        let mut opens_at = self.answer_asks();
        let mut order: Vec<(i32, u64, (RunId, TaskId))> = Vec::new();
        for (&key, class) in &self.admission.classes {
            if let Some(&(arrival, _)) = class.queue.front() {
                order.push((class.priority.saturating_neg(), arrival, key));
            }
        }
        order.sort_unstable();
        let mut awaited: HashSet<Share> = HashSet::new();
        for (_, _, (run, task)) in order {
            let opens = self.admit_class(run, task, &mut awaited);
            opens_at = earliest(opens_at, opens);
        }
        self.admission.classes.retain(|_, class| !class.queue.is_empty());
        if let Some(at) = opens_at.filter(|&at| self.admission.opens_at.is_none_or(|known| at < known)) {
            self.admission.opens_at = Some(at);
            self.effects.push(Effect::AdmitAt(at));
        }
    }

    /// As many of one class as fit; when a rate opens for the next.
    fn admit_class(&mut self, run: RunId, task: TaskId, awaited: &mut HashSet<Share>) -> Option<Micros> {
        let taken = self.taken_by(run, task);
        while let Some(id) = self.next_waiting(run, task) {
            let (lacks, opens_at) = self.admission.lacks(run, &taken, self.now);
            let is_kept_for_others = !awaited.is_empty() && shares(run, &taken).any(|share| awaited.contains(&share));
            if !lacks.is_empty() || is_kept_for_others {
                awaited.extend(lacks);
                return opens_at;
            }
            let admission = &mut self.admission;
            admission.take(run, &taken);
            if let Some(flow) = admission.flow_of(run, &taken) {
                flow.pending += 1;
            }
            let gpus: Vec<usize> = admission.free_gpus().take(taken.gpus as usize).collect();
            admission.use_gpus(&gpus, true);
            admission.held.insert(id, Held { run, needs: taken.clone(), gpus, is_lent: false, has_started: false });
            if let Some(class) = admission.classes.get_mut(&(run, task)) {
                class.queue.pop_front();
            }
            self.line_up(id, false);
        }
        None
    }

    /// The first of a class that still waits.
    fn next_waiting(&mut self, run: RunId, task: TaskId) -> Option<ActionId> {
        loop {
            let class = self.admission.classes.get_mut(&(run, task))?;
            let &(_, id) = class.queue.front()?;
            let waits = self.live.get(&id).is_some_and(|action| action.place == Place::Queued && !action.is_dead);
            if waits && !self.admission.held.contains_key(&id) {
                return Some(id);
            }
            class.queue.pop_front();
        }
    }

    // --- permits asked for in the body of a task

    pub(super) fn flow_asked(&mut self, worker: WorkerId, call: CallId, id: ActionId, rule: FlowRule) {
        let Some(action) = self.live.get(&id).filter(|action| !action.is_dead) else { return };
        let flow = self.admission.flows.entry((action.run, rule.key.clone())).or_default();
        flow.asks.push_back(Ask { worker, call, action: id, rule });
        self.admission.is_due = true;
    }

    pub(super) fn flow_returned(&mut self, id: ActionId, key: &str) {
        let Some(run) = self.live.get(&id).map(|action| action.run) else { return };
        let Some(permits) = self.admission.permits.get_mut(&id) else { return };
        let Some(at) = permits.iter().position(|held| &**held == key) else { return };
        let key = permits.swap_remove(at);
        if let Some(flow) = self.admission.flows.get_mut(&(run, key)) {
            flow.in_use = flow.in_use.saturating_sub(1);
        }
        self.admission.is_due = true;
    }

    /// Answer those that may go on; when the next may.
    fn answer_asks(&mut self) -> Option<Micros> {
        let mut opens_at = None;
        let Engine { admission, live, effects, now, .. } = self;
        let Admission { flows, permits, .. } = admission;
        for (&(run, _), flow) in flows.iter_mut().filter(|(_, flow)| !flow.asks.is_empty()) {
            while let Some(Ask { worker, call, action, rule }) = flow.asks.front() {
                let (worker, call, action, rule) = (*worker, *call, *action, rule.clone());
                if live.get(&action).is_some_and(|action| !action.is_dead) {
                    let opens = flow.opens_at(&rule, *now);
                    if opens.is_none_or(|at| at > *now) {
                        opens_at = earliest(opens_at, opens);
                        break;
                    }
                    flow.in_use += 1;
                    flow.passed.push_back(*now);
                    permits.entry(action).or_default().push(rule.key);
                    let outcome = Outcome::Succeeded(Payload::Here(Bytes::from(&[][..])));
                    effects.push(Effect::Resolve { worker, call, run, outcome });
                }
                flow.asks.pop_front();
            }
        }
        opens_at
    }

    /// An attempt is over: what it held is for others.
    pub(super) fn give_back(&mut self, id: ActionId) {
        let Some(run) = self.live.get(&id).map(|action| action.run) else { return };
        self.admission.release(id);
        self.admission.drop_permits(run, id);
    }

    /// Say once per run and task what this machine cannot give.
    pub(super) fn tell_shortage(&mut self, run: RunId, task: TaskId) {
        if let Some(text) = self.shortages.get(&task).cloned() {
            let at = self.since_start(run);
            self.record(run, Record::Notice { at, text });
        }
    }
}

/// Everything of which an action takes some.
fn shares(run: RunId, taken: &Taken) -> impl Iterator<Item = Share> + '_ {
    let of_machine = [(taken.cpu > 0, Share::Cpu), (taken.memory > 0, Share::Memory), (taken.gpus > 0, Share::Gpus)];
    let flow = taken.flow.iter().map(move |rule| Share::Flow(run, rule.key.clone()));
    let counted = taken.counted.iter().map(|(share, _)| share.clone());
    of_machine.into_iter().filter(|(takes, _)| *takes).map(|(_, share)| share).chain(counted).chain(flow)
}

fn earliest(a: Option<Micros>, b: Option<Micros>) -> Option<Micros> {
    a.into_iter().chain(b).min()
}

/// `2` or `0.5`.
fn cores(thousandths: u32) -> String {
    format!("{}", f64::from(thousandths) / 1000.0)
}

/// `1.5 GiB`.
fn size(bytes: u64) -> String {
    let gib = bytes as f64 / f64::from(1 << 30);
    if gib >= 1.0 {
        format!("{gib:.1} GiB")
    } else {
        format!("{:.0} MiB", gib * 1024.0)
    }
}
