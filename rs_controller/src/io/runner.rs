//! The engine's thread: waits for events, lets the engine decide, performs the effects.
//!
//! One turn of the loop is one commit: everything that came in meanwhile is recorded by it, and only then are outcomes
//! sent to whoever waits for them. Workers get new actions before the commit, so they compute while it is written.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{kill, killpg, Signal};
use nix::unistd::Pid;
use polling::{Event as Ready, Events, PollMode, Poller};

use super::connection::Connection;
use super::index::{spell_counts, Index, RunRow};
use super::logs::Line;
use super::machine::IdleMeter;
use super::open::{now, open_run, OpenRun, RunParameters};
use super::protocol::{Call, FromWorker, NestedRun, Stream, ToWorker};
use super::watch::{Ended, News, NewsKind, Watch};
use super::zygote::Zygote;
use crate::engine::model::{
    ActionId, CallId, Effect, Event, Exit, Micros, Outcome, Payload, RunId, Submission, TaskId, TaskSpec, WorkerId,
};
use crate::engine::record::{Bytes, Failure, Kind, Record, RunPhase};
use crate::engine::{Engine, Limits};

/// How long records that nobody waits for may stay uncommitted.
const LAZY: Micros = 2_000;
/// How often somebody else's wish to abort is looked for.
const LOOK: Duration = Duration::from_millis(200);
/// How long a closed link waits for the zygote to say how the process ended.
const CORONER: Micros = 300_000;
/// Name of the file in a run's folder that asks for its abort; it holds the reason.
pub const ABORT_FILE: &str = "abort";

const ZYGOTE_KEY: usize = usize::MAX - 1;
const KEYS: usize = 4;

/// How the engine gets workers.
pub enum Source {
    /// The caller is the only worker.
    Inline(UnixStream),
    /// A process that the driver forked already.
    Forked(UnixStream),
    /// One that has to be started.
    Spawned,
}

pub struct Settings {
    pub home: PathBuf,
    pub limits: Limits,
    pub grace: Micros,
    pub source: Source,
    /// Starts a zygote that imports the user's code afresh.
    pub spawn: Vec<String>,
}

pub struct StartedRun {
    pub id: RunId,
    pub name: String,
    pub folder: PathBuf,
    pub watch: Arc<Watch>,
}

pub enum Command {
    Start(Box<OpenRun>, Sender<StartedRun>),
    Abort { run: RunId, reason: String, now: bool },
    Stop,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Retry(ActionId),
    Grace(ActionId),
    Growth,
    Coroner(WorkerId),
}

pub struct Runner {
    settings: Settings,
    engine: Engine,
    poller: Arc<Poller>,
    commands: Receiver<Command>,
    index: Option<Index>,
    runs: HashMap<RunId, OpenRun>,
    connections: HashMap<WorkerId, Connection>,
    /// Workers whose link closed, or whose exit was told, but not yet both.
    exits: HashMap<WorkerId, Exit>,
    zygote: Option<Zygote>,
    timers: BinaryHeap<Reverse<(Micros, Timer)>>,
    idle: Option<IdleMeter>,
    tasks: HashMap<Vec<u8>, TaskId>,
    next_run: RunId,
    effects: Vec<Effect>,
    messages: Vec<FromWorker>,
    /// Outcomes that wait for the commit.
    outcomes: Vec<Effect>,
    uncommitted_since: Option<Micros>,
    /// Runs that exist once they are committed.
    replies: Vec<(Sender<StartedRun>, StartedRun)>,
    now: Micros,
}

impl Runner {
    pub fn new(mut settings: Settings, poller: Arc<Poller>, commands: Receiver<Command>) -> io::Result<Runner> {
        // When it cannot be made, opening the first run says so.
        let _ = std::fs::create_dir_all(&settings.home);
        let mut engine = Engine::new(settings.limits, settings.grace);
        let mut connections = HashMap::new();
        let mut zygote = None;
        match std::mem::replace(&mut settings.source, Source::Spawned) {
            Source::Inline(link) => {
                let connection = Connection::new(link, None, None)?;
                let worker = engine.adopt_inline();
                watch_for(&poller, &connection.link, key(worker, 0))?;
                connections.insert(worker, connection);
            }
            Source::Forked(link) => zygote = Some(Zygote::forked(link)?),
            Source::Spawned => zygote = Some(Zygote::spawn(&settings.spawn)?),
        }
        if let Some(zygote) = &zygote {
            watch_for(&poller, &zygote.link, ZYGOTE_KEY)?;
        }
        Ok(Runner {
            index: Index::open(&settings.home).ok(),
            settings,
            engine,
            poller,
            commands,
            runs: HashMap::new(),
            connections,
            exits: HashMap::new(),
            zygote,
            timers: BinaryHeap::new(),
            idle: None,
            tasks: HashMap::new(),
            next_run: 0,
            effects: Vec::new(),
            messages: Vec::new(),
            outcomes: Vec::new(),
            uncommitted_since: None,
            replies: Vec::new(),
            now: now(),
        })
    }

    /// Runs until told to stop.
    pub fn run(mut self) {
        let mut ready = Events::new();
        loop {
            ready.clear();
            if let Err(error) = self.poller.wait(&mut ready, Some(self.patience())) {
                if error.kind() != io::ErrorKind::Interrupted {
                    return self.break_down(&format!("waiting for workers failed: {error}"));
                }
            }
            self.now = now();
            let is_told_to_stop = self.take_commands();
            for event in ready.iter() {
                self.take_ready(event);
            }
            self.take_timers();
            self.look_for_aborts();
            if let Err(error) = self.settle() {
                return self.break_down(&error);
            }
            if is_told_to_stop {
                return self.stop();
            }
        }
    }

    fn patience(&self) -> Duration {
        let next_timer = self.timers.peek().map(|Reverse((at, _))| *at);
        let next_commit = self.uncommitted_since.map(|since| since + LAZY);
        let next = next_timer.into_iter().chain(next_commit).min();
        let patience = next.map_or(LOOK, |at| Duration::from_micros(at.saturating_sub(now())));
        patience.min(LOOK)
    }

    fn handle(&mut self, event: Event) {
        self.engine.handle(self.now, event, &mut self.effects);
    }

    // --- what comes in

    fn take_commands(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Start(run, reply)) => {
                    let started = self.start_run(*run, None);
                    self.replies.push((reply, started));
                }
                Ok(Command::Abort { run, reason, now }) => {
                    self.handle(Event::AbortRequested { run, reason: reason.into(), now });
                }
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return true,
                Err(TryRecvError::Empty) => return false,
            }
        }
    }

    fn take_ready(&mut self, ready: Ready) {
        if ready.key == ZYGOTE_KEY {
            return self.read_zygote();
        }
        let (worker, part) = ((ready.key / KEYS) as WorkerId, ready.key % KEYS);
        match part {
            0 => {
                if ready.readable {
                    self.read_link(worker);
                }
                if ready.writable {
                    self.flush(worker);
                }
            }
            _ => self.read_raw(worker, part, false),
        }
    }

    fn take_timers(&mut self) {
        while self.timers.peek().is_some_and(|Reverse((at, _))| *at <= self.now) {
            let Some(Reverse((_, timer))) = self.timers.pop() else { break };
            match timer {
                Timer::Retry(action) => self.handle(Event::RetryDue(action)),
                Timer::Grace(action) => self.handle(Event::GraceOver(action)),
                Timer::Growth => {
                    let idle = self.idle.take().map_or(0.0, |meter| meter.idle());
                    self.handle(Event::GrowthDue { idle });
                }
                Timer::Coroner(worker) => self.worker_gone(worker, Exit::Unknown),
            }
        }
    }

    fn look_for_aborts(&mut self) {
        let asked: Vec<(RunId, String)> = self
            .runs
            .iter()
            .filter_map(|(&run, open)| Some((run, take_abort_file(&open.journal.folder().join(ABORT_FILE))?)))
            .collect();
        for (run, reason) in asked {
            self.handle(Event::AbortRequested { run, reason: reason.into(), now: false });
        }
    }

    fn read_link(&mut self, worker: WorkerId) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        let mut messages = std::mem::take(&mut self.messages);
        connection.read(&mut messages);
        let is_closed = connection.is_closed;
        for message in messages.drain(..) {
            self.take_message(worker, message);
        }
        self.messages = messages;
        if is_closed {
            self.link_closed(worker);
        }
    }

    fn take_message(&mut self, worker: WorkerId, message: FromWorker) {
        match message {
            FromWorker::Hello { process } => {
                if let Some(connection) = self.connections.get_mut(&worker) {
                    connection.process = Some(process);
                }
                self.handle(Event::WorkerReady(worker));
            }
            FromWorker::Task { spec, .. } => self.learn_task(worker, spec),
            FromWorker::Submit(call) => self.submit(worker, call),
            FromWorker::Succeeded { action, outputs } => self.finished(worker, action, Ok(outputs)),
            FromWorker::Failed { action, failure } => self.finished(worker, action, Err(failure)),
            FromWorker::Pull => self.handle(Event::Pulled(worker)),
            FromWorker::Blocked => self.handle(Event::Blocked(worker)),
            FromWorker::Bounced(actions) => self.handle(Event::Bounced { worker, actions }),
            FromWorker::Cancel { parent, digest } => self.handle(Event::Cancelled { parent, digest }),
            FromWorker::Log { action, stream, text } => {
                let whose = action.and_then(|action| self.engine.ordinal_of(action));
                self.log(worker, whose, stream, &text);
            }
            FromWorker::StartRun(nested) => self.start_nested(worker, nested),
        }
    }

    fn finished(&mut self, worker: WorkerId, action: ActionId, outcome: Result<Bytes, Arc<Failure>>) {
        // What the action printed past Python must be attributed before it is over.
        if self.engine.sole_action(worker) == Some(action) {
            self.end_raw(worker);
        }
        self.handle(Event::Finished { worker, action, outcome });
    }

    /// Workers number tasks in the order they tell them.
    fn learn_task(&mut self, worker: WorkerId, spec: TaskSpec) {
        let task = self.declare(spec);
        if let Some(connection) = self.connections.get_mut(&worker) {
            connection.tasks.push(task);
        }
    }

    fn declare(&mut self, spec: TaskSpec) -> TaskId {
        let mut encoded = Vec::new();
        FromWorker::Task { number: 0, spec: spec.clone() }.encode(&mut encoded);
        *self.tasks.entry(encoded).or_insert_with(|| self.engine.declare(spec))
    }

    fn submit(&mut self, worker: WorkerId, call: Call) {
        let Some(&task) = self.connections.get(&worker).and_then(|found| found.tasks.get(call.task as usize)) else {
            return;
        };
        let Call { call, parent, digest, group, context, elsewhere, inputs, .. } = call;
        self.handle(Event::Submitted(Submission {
            worker,
            call,
            parent,
            task,
            digest,
            group,
            inputs,
            context,
            elsewhere,
        }));
    }

    fn start_run(&mut self, open: OpenRun, parent: Option<(WorkerId, CallId, ActionId)>) -> StartedRun {
        let run = self.next_run;
        self.next_run += 1;
        let parameters = open.parameters.clone();
        let started = StartedRun {
            id: run,
            name: open.header.name.clone(),
            folder: open.journal.folder().to_owned(),
            watch: open.watch.clone(),
        };
        self.list_as_running(&open);
        let mut open = open;
        let prior = std::mem::take(&mut open.prior);
        self.runs.insert(run, open);
        let task = self.declare(parameters.task);
        let (inputs, context) = (parameters.inputs, parameters.context);
        self.handle(Event::RunRequested { run, task, inputs, context, parent, prior });
        started
    }

    fn list_as_running(&self, open: &OpenRun) {
        let header = &open.header;
        let row = RunRow {
            name: header.name.clone(),
            task: header.task.clone(),
            file: header.file.clone(),
            project: header.folder.clone(),
            phase: "running".into(),
            started_at: header.started_at,
            note: open.parameters.note.clone(),
            recovered_from: header.recovered_from.clone(),
            ..RunRow::default()
        };
        if let Some(Err(error)) = self.index.as_ref().map(|index| index.insert(&row)) {
            self.notice(&open.watch, &format!("run {} will be missing from lists: {error}", header.name));
        }
    }

    fn notice(&self, watch: &Watch, text: &str) {
        let news = News { kind: NewsKind::Notice, at: 0, ordinal: 0, text: text.as_bytes().to_vec() };
        watch.update(|seen| seen.news.push_back(news));
    }

    fn start_nested(&mut self, worker: WorkerId, nested: NestedRun) {
        let NestedRun { call, parent, task, name, context, inputs } = nested;
        let Some(&task) = self.connections.get(&worker).and_then(|found| found.tasks.get(task as usize)) else {
            return;
        };
        let outer = self.engine.ordinal_of(parent).and_then(|(run, _)| self.runs.get(&run));
        let parameters = RunParameters {
            name,
            task: self.engine.task(task).clone(),
            inputs,
            context,
            file: outer.map_or_else(String::new, |run| run.parameters.file.clone()),
            folder: outer.map_or_else(String::new, |run| run.parameters.folder.clone()),
            recover_from: None,
            durability: outer.map_or(super::journal::Durability::Normal, |run| run.parameters.durability),
            note: String::new(),
        };
        match open_run(&self.settings.home, parameters) {
            Ok(open) => {
                self.start_run(open, Some((worker, call, parent)));
            }
            Err(message) => {
                let failure = Arc::new(Failure::found(Kind::System, "RunNotStarted", message));
                self.send(worker, &ToWorker::RunEnded { call, name: String::new(), outcome: Err(failure) });
            }
        }
    }

    // --- what workers print

    fn log(&mut self, worker: WorkerId, whose: Option<(RunId, u32)>, stream: Stream, text: &[u8]) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        // Late words, from a thread that outlives its action, belong to whoever spoke here last.
        let whose = whose.or(connection.last_action).or_else(|| self.runs.keys().next().map(|&run| (run, 0)));
        let Some((run, ordinal)) = whose else { return };
        connection.last_action = Some((run, ordinal));
        let Some(open) = self.runs.get_mut(&run) else { return };
        let at = self.now.saturating_sub(open.header.started_at);
        let lines = text.split(|&byte| byte == b'\n');
        let lines: Vec<Line> = lines.map(|line| Line { ordinal, stream, at, text: line.to_vec() }).collect();
        lines.iter().for_each(|line| open.logs.append(line));
        let news = |line: Line| News { kind: NewsKind::Log(stream), at, ordinal, text: line.text };
        open.watch.update(|seen| seen.news.extend(lines.into_iter().map(news)));
    }

    fn read_raw(&mut self, worker: WorkerId, part: usize, is_over: bool) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        let slot = if part == 1 { &mut connection.stdout } else { &mut connection.stderr };
        let Some(output) = slot else { return };
        let stream = output.stream;
        let mut lines = Vec::new();
        let is_open = output.read(|line| lines.push(line.to_vec()));
        if is_over || !is_open {
            lines.extend(output.take_partial());
        }
        if !is_open {
            let _ = self.poller.delete(&output.pipe);
            if part == 1 {
                connection.stdout = None; // stderr stays for its last words
            }
        }
        let whose = self.engine.sole_action(worker).and_then(|action| self.engine.ordinal_of(action));
        for line in lines {
            self.log(worker, whose, stream, &line);
        }
    }

    /// An action, or the worker, is over: so are its lines without end.
    fn end_raw(&mut self, worker: WorkerId) {
        self.read_raw(worker, 1, true);
        self.read_raw(worker, 2, true);
    }

    // --- how workers end

    fn read_zygote(&mut self) {
        let Some(zygote) = &mut self.zygote else { return };
        let (exits, is_there) = zygote.read();
        for (worker, exit) in exits {
            if self.connections.get(&worker).is_some_and(|connection| !connection.is_closed) {
                self.read_link(worker); // its last messages come before its end
            }
            match self.connections.get(&worker) {
                Some(connection) if connection.is_closed => self.worker_gone(worker, exit),
                Some(_) => {
                    self.exits.insert(worker, exit);
                }
                None => {}
            }
        }
        if !is_there {
            self.replace_zygote();
        }
    }

    /// The zygote died: workers go on without it, new ones come from a fresh one.
    fn replace_zygote(&mut self) {
        if let Some(zygote) = self.zygote.take() {
            let _ = self.poller.delete(&zygote.link);
            zygote.finish();
        }
        let spawned = Zygote::spawn(&self.settings.spawn);
        self.zygote =
            spawned.and_then(|zygote| watch_for(&self.poller, &zygote.link, ZYGOTE_KEY).map(|()| zygote)).ok();
    }

    fn link_closed(&mut self, worker: WorkerId) {
        let Some(connection) = self.connections.get(&worker) else { return };
        let _ = self.poller.delete(&connection.link);
        match self.exits.remove(&worker) {
            Some(exit) => self.worker_gone(worker, exit),
            None => self.timers.push(Reverse((self.now + CORONER, Timer::Coroner(worker)))),
        }
    }

    fn worker_gone(&mut self, worker: WorkerId, exit: Exit) {
        self.end_raw(worker);
        let Some(connection) = self.connections.remove(&worker) else { return };
        self.exits.remove(&worker);
        if let Some(process) = connection.process {
            // Whatever it started goes with it.
            let _ = killpg(Pid::from_raw(process as i32), Signal::SIGKILL);
        }
        for output in [&connection.stdout, &connection.stderr].into_iter().flatten() {
            let _ = self.poller.delete(&output.pipe);
        }
        let last_words = connection.stderr.as_ref().map_or_else(String::new, super::connection::RawOutput::last_words);
        self.handle(Event::WorkerGone { worker, exit, last_words });
    }

    // --- effects

    /// Perform what was decided: starts at once, then the commit, then outcomes.
    fn settle(&mut self) -> Result<(), String> {
        loop {
            self.perform_early()?;
            let is_awaited = !self.outcomes.is_empty() || !self.replies.is_empty();
            if !is_awaited && self.uncommitted_since.is_none_or(|since| self.now < since + LAZY) {
                return self.flush_logs();
            }
            self.commit()?;
            for (reply, started) in self.replies.drain(..) {
                let _ = reply.send(started); // the asker may be gone; the run is not
            }
            let mut outcomes = std::mem::take(&mut self.outcomes);
            for outcome in outcomes.drain(..) {
                self.perform_outcome(outcome)?;
            }
            self.outcomes = outcomes;
            self.flush_all();
            if self.effects.is_empty() {
                return self.flush_logs();
            }
        }
    }

    fn perform_early(&mut self) -> Result<(), String> {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Record(run, record) => self.append(run, record)?,
                Effect::Start { worker, action, run, task, digest, attempt, inputs, context } => {
                    self.introduce(worker, run, task);
                    self.send(worker, &ToWorker::Start { action, run, task, digest, attempt, context, inputs });
                }
                Effect::Cancel { worker, action } => self.send(worker, &ToWorker::Cancel { action }),
                Effect::StartWorker { worker, pool } => self.start_worker(worker, pool),
                Effect::Interrupt(worker) => self.signal(worker, Signal::SIGINT),
                Effect::Kill(worker) => self.signal(worker, Signal::SIGKILL),
                Effect::RetryAt(at, action) => self.timers.push(Reverse((at, Timer::Retry(action)))),
                Effect::GraceAt(at, action) => self.timers.push(Reverse((at, Timer::Grace(action)))),
                Effect::GrowthAt(at) => {
                    self.idle = Some(IdleMeter::start());
                    self.timers.push(Reverse((at, Timer::Growth)));
                }
                Effect::Resolve { .. } | Effect::EndRun { .. } => self.outcomes.push(effect),
            }
        }
        // Handling these may have decided more (a worker that could not be started).
        effects.append(&mut self.effects);
        self.effects = effects;
        self.flush_all();
        if self.effects.is_empty() {
            return Ok(());
        }
        self.perform_early()
    }

    fn append(&mut self, run: RunId, record: Record) -> Result<(), String> {
        let Some(open) = self.runs.get_mut(&run) else { return Ok(()) };
        self.uncommitted_since.get_or_insert(self.now);
        open.journal.append(record).map_err(|error| cannot_record(open, &error))
    }

    fn commit(&mut self) -> Result<(), String> {
        self.uncommitted_since = None;
        for open in self.runs.values_mut().filter(|open| open.journal.has_pending()) {
            let records = open.journal.commit().map_err(|error| cannot_record(open, &error))?;
            open.watch.update(|seen| seen.apply(&records));
        }
        Ok(())
    }

    fn perform_outcome(&mut self, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::Resolve { worker, call, run, outcome } => {
                let message = match self.outcome_of(run, outcome)? {
                    Ok(outputs) => ToWorker::Succeeded { call, outputs },
                    Err(failure) => ToWorker::Failed { call, failure },
                };
                self.send(worker, &message);
            }
            Effect::EndRun { run, phase, outcome, waiter } => {
                let outcome = self.outcome_of(run, outcome)?;
                self.end_run(run, phase, outcome, waiter);
            }
            _ => {}
        }
        Ok(())
    }

    fn outcome_of(&self, run: RunId, outcome: Outcome) -> Result<Result<Bytes, Arc<Failure>>, String> {
        match outcome {
            Outcome::Failed(failure) => Ok(Err(failure)),
            Outcome::Succeeded(Payload::Here(outputs)) => Ok(Ok(outputs)),
            Outcome::Succeeded(Payload::Recorded(ordinal)) => match self.runs.get(&run) {
                Some(open) => {
                    open.journal.outputs(ordinal).map(Ok).map_err(|error| format!("cannot read a result back: {error}"))
                }
                None => Ok(Err(Arc::new(Failure::found(Kind::System, "RunEnded", "its run is over".into())))),
            },
        }
    }

    fn end_run(
        &mut self,
        run: RunId,
        phase: RunPhase,
        outcome: Result<Bytes, Arc<Failure>>,
        waiter: Option<(WorkerId, CallId)>,
    ) {
        let Some(mut open) = self.runs.remove(&run) else { return };
        if let Err(error) = open.logs.flush() {
            self.notice(&open.watch, &format!("what the tasks printed last is not in the log: {error}"));
        }
        let note = outcome.as_ref().err().map_or_else(String::new, |failure| {
            let head = failure.message.lines().next().unwrap_or_default();
            format!("{}: {head}", failure.class.rsplit('.').next().unwrap_or_default())
        });
        let counts = spell_counts(&open.watch.lock().tree.counts);
        let listed =
            self.index.as_ref().map(|index| index.finish(&open.header.name, phase.word(), self.now, &counts, &note));
        if let Some(Err(error)) = listed {
            self.notice(&open.watch, &format!("lists will show the run as interrupted: {error}"));
        }
        if let Some((worker, call)) = waiter {
            let name = open.header.name.clone();
            self.send(worker, &ToWorker::RunEnded { call, name, outcome: outcome.clone() });
        }
        open.watch.update(|seen| seen.ended = Some(Ended { phase, outcome }));
    }

    // --- talking to workers

    /// Tell a worker about a run and a task before the first action of theirs.
    fn introduce(&mut self, worker: WorkerId, run: RunId, task: TaskId) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        if connection.known_runs.insert(run) {
            let name = self.runs.get(&run).map_or_else(String::new, |open| open.header.name.clone());
            connection.queue(&ToWorker::Run { run, name });
        }
        if connection.known_tasks.insert(task) {
            let spec = self.engine.task(task);
            connection.queue(&ToWorker::Task { task, name: spec.name.clone(), reference: spec.reference.clone() });
        }
    }

    fn send(&mut self, worker: WorkerId, message: &ToWorker) {
        if let Some(connection) = self.connections.get_mut(&worker) {
            connection.queue(message);
        }
    }

    fn flush_all(&mut self) {
        let pending: Vec<WorkerId> =
            self.connections.iter().filter(|(_, connection)| connection.has_outgoing()).map(|(&id, _)| id).collect();
        for worker in pending {
            self.flush(worker);
        }
    }

    fn flush(&mut self, worker: WorkerId) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        let is_left = connection.flush();
        if is_left != connection.is_waiting_to_write && !connection.is_closed {
            connection.is_waiting_to_write = is_left;
            let key = key(worker, 0);
            let interest = if is_left { Ready::all(key) } else { Ready::readable(key) };
            let _ = self.poller.modify_with_mode(connection.link.as_fd(), interest, PollMode::Level);
        }
    }

    fn flush_logs(&mut self) -> Result<(), String> {
        for open in self.runs.values_mut() {
            if let Err(error) = open.logs.flush() {
                return Err(format!("cannot write the log of run {}: {error}", open.header.name));
            }
        }
        Ok(())
    }

    fn start_worker(&mut self, worker: WorkerId, pool: u32) {
        if self.zygote.is_none() {
            self.replace_zygote();
        }
        let environment = self.engine.environment_of(pool).to_owned();
        let started = match &mut self.zygote {
            Some(zygote) => zygote.start(worker, &environment),
            None => Err(io::Error::other("no process to start workers from")),
        };
        let watched = started.and_then(|connection| {
            watch_for(&self.poller, &connection.link, key(worker, 0))?;
            for (part, output) in [(1, &connection.stdout), (2, &connection.stderr)] {
                if let Some(output) = output {
                    watch_for(&self.poller, &output.pipe, key(worker, part))?;
                }
            }
            Ok(connection)
        });
        match watched {
            Ok(connection) => {
                self.connections.insert(worker, connection);
            }
            Err(error) => {
                self.handle(Event::WorkerGone { worker, exit: Exit::Unknown, last_words: error.to_string() });
            }
        }
    }

    fn signal(&self, worker: WorkerId, signal: Signal) {
        if let Some(process) = self.connections.get(&worker).and_then(|connection| connection.process) {
            let process = Pid::from_raw(process as i32);
            // Before it has made itself a group, the worker is alone.
            let _ = killpg(process, signal).or_else(|_| kill(process, signal));
        }
    }

    // --- the end

    fn stop(mut self) {
        let workers: Vec<WorkerId> = self.connections.keys().copied().collect();
        for worker in workers {
            self.flush(worker);
        }
        self.connections.clear();
        if let Some(zygote) = self.zygote.take() {
            zygote.finish();
        }
    }

    /// Nothing can be recorded, or awaited, any more: every run ends here, and says why.
    fn break_down(mut self, message: &str) {
        let failure = Arc::new(Failure::found(Kind::System, "EngineFailed", message.to_owned()));
        for worker in self.connections.keys() {
            self.signal(*worker, Signal::SIGKILL);
        }
        for open in self.runs.values() {
            let outcome = Err(failure.clone());
            open.watch.update(|seen| seen.ended = Some(Ended { phase: RunPhase::Failed, outcome }));
        }
        self.runs.clear();
        // Runs asked for meanwhile end the same way: their answer never comes.
        self.stop();
    }
}

fn key(worker: WorkerId, part: usize) -> usize {
    worker as usize * KEYS + part
}

fn watch_for(poller: &Poller, source: &impl AsFd, key: usize) -> io::Result<()> {
    // SAFETY: every source is deleted from the poller before it is closed, or closed together with the poller.
    unsafe { poller.add_with_mode(&source.as_fd(), Ready::readable(key), PollMode::Level) }
}

fn cannot_record(open: &OpenRun, error: &dyn std::fmt::Display) -> String {
    let folder = open.journal.folder().display();
    format!(
        "cannot record run {} in {folder}: {error}; what was recorded is safe: make room in the state folder \
         (FLYTE_HOME), then `flyte rerun {} --recover` goes on from it",
        open.header.name, open.header.name
    )
}

fn take_abort_file(path: &std::path::Path) -> Option<String> {
    let reason = std::fs::read_to_string(path).ok()?;
    let _ = std::fs::remove_file(path);
    Some(reason)
}
