//! The engine's thread: waits for events, lets the engine decide, performs the effects.
//!
//! One turn of the loop is one commit: everything that came in meanwhile is recorded by it, and only then are outcomes
//! sent to whoever waits for them. Workers get new actions before the commit, so they compute while it is written.

mod caching;
mod effects;
mod gone;
mod incoming;
mod printed;
mod signals;
mod talking;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use polling::{Event as Ready, Events, PollMode, Poller};

use super::cache::CachedTask;
use super::connection::Connection;
use super::index::{runs_folder, Index};
use super::leftovers::remove_leftovers;
use super::machine::{gpus, memory, IdleMeter};
use super::meter::Meter;
use super::open::{Clock, OpenRun};
use super::protocol::FromWorker;
use super::watch::{Ended, Watch};
use super::zygote::Zygote;
use crate::engine::model::{ActionId, Effect, Event, Exit, Micros, RunId, TaskId, WorkerId};
use crate::engine::record::{Failure, Kind, RunPhase};
use crate::engine::{Engine, Limits, Machine};

/// How long records that nobody waits for may stay uncommitted.
const LAZY: Micros = 2_000;
/// How long to look for the next message before sleeping.
const SPIN: Duration = Duration::from_micros(50);
/// How often somebody else's wish to abort is looked for.
const LOOK: Duration = Duration::from_millis(200);
/// How long a closed link waits for the zygote to say how the process ended.
const CORONER: Micros = 300_000;
/// Name of the file in a run's folder that asks for its abort; it holds the reason.
pub const ABORT_FILE: &str = "abort";
/// The same for single actions: a line of ordinal, tab and reason for each.
pub const ACTION_ABORTS_FILE: &str = "abort_actions";

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

/// What became of the wish to start a run.
pub type Started = Result<StartedRun, String>;

pub enum Command {
    Start(Box<OpenRun>, Sender<Started>),
    Abort { run: RunId, reason: String, now: bool },
    Stop,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Cache(ActionId),
    Retry(ActionId),
    Admission,
    Grace(ActionId),
    Limit(ActionId, u32),
    Memory,
    Growth,
    Coroner(WorkerId),
    Answer(ActionId),
}

pub struct Runner {
    settings: Settings,
    engine: Engine,
    poller: Arc<Poller>,
    commands: Receiver<Command>,
    /// Set before the poller is notified of a command.
    has_commands: Arc<AtomicBool>,
    index: Option<Index>,
    cache: caching::Caching,
    cached_tasks: HashMap<TaskId, Arc<CachedTask>>,
    /// Look-ups that are answered together.
    questions: Vec<Effect>,
    runs: HashMap<RunId, OpenRun>,
    /// Names of runs that are over.
    ended: Vec<String>,
    connections: HashMap<WorkerId, Connection>,
    /// Workers whose link closed, or whose exit was told, but not yet both.
    exits: HashMap<WorkerId, Exit>,
    zygote: Option<Zygote>,
    timers: BinaryHeap<Reverse<(Micros, Timer)>>,
    idle: Option<IdleMeter>,
    /// When signals were last looked for.
    looked: Micros,
    meter: Meter,
    /// The next look at the memory of workers is set.
    is_looking: bool,
    tasks: HashMap<Vec<u8>, TaskId>,
    next_run: RunId,
    effects: Vec<Effect>,
    messages: Vec<FromWorker>,
    /// Outcomes that wait for the commit.
    outcomes: Vec<Effect>,
    uncommitted_since: Option<Micros>,
    /// The last turn had something to do.
    is_hot: bool,
    /// Runs that exist once they are committed.
    replies: Vec<(Sender<Started>, StartedRun)>,
    clock: Clock,
    now: Micros,
}

impl Runner {
    pub fn new(
        mut settings: Settings,
        poller: Arc<Poller>,
        commands: Receiver<Command>,
        has_commands: Arc<AtomicBool>,
    ) -> io::Result<Runner> {
        // When it cannot be made, opening the first run says so.
        let _ = std::fs::create_dir_all(&settings.home);
        let machine =
            Machine { cpu: 1000 * settings.limits.cores as u32, memory: memory().unwrap_or(u64::MAX), gpus: gpus() };
        let mut engine = Engine::new(settings.limits, settings.grace).on(machine);
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
        let index = Index::open(&settings.home).ok();
        if let Some(index) = &index {
            // What is still there then is there for the next run to remove.
            let _ = index.remove_leftovers();
        }
        let clock = Clock::start();
        Ok(Runner {
            index,
            cache: caching::Caching::default(),
            cached_tasks: HashMap::new(),
            questions: Vec::new(),
            settings,
            engine,
            poller,
            commands,
            has_commands,
            runs: HashMap::new(),
            ended: Vec::new(),
            connections,
            exits: HashMap::new(),
            zygote,
            timers: BinaryHeap::new(),
            idle: None,
            looked: 0,
            meter: Meter::default(),
            is_looking: false,
            tasks: HashMap::new(),
            next_run: 0,
            effects: Vec::new(),
            messages: Vec::new(),
            outcomes: Vec::new(),
            uncommitted_since: None,
            is_hot: false,
            replies: Vec::new(),
            now: clock.now(),
            clock,
        })
    }

    /// Runs until told to stop.
    pub fn run(mut self) {
        let mut ready = Events::new();
        loop {
            ready.clear();
            if let Err(error) = self.wait(&mut ready) {
                if error.kind() != io::ErrorKind::Interrupted {
                    return self.break_down(&format!("waiting for workers failed: {error}"));
                }
            }
            self.is_hot = !ready.is_empty();
            self.now = self.clock.now();
            let is_told_to_stop = self.take_commands();
            for event in ready.iter() {
                self.take_ready(event);
            }
            self.take_timers();
            self.look_for_aborts();
            if let Err(error) = self.look_for_signals().and_then(|()| self.settle()) {
                return self.break_down(&error);
            }
            if is_told_to_stop {
                return self.stop();
            }
        }
    }

    /// Wait for something to do.
    ///
    /// Where a core is free, the first moments are spent looking again and again: being woken up takes 30 us on a core
    /// that sleeps, and a chain of calls is woken up at every link.
    fn wait(&self, ready: &mut Events) -> io::Result<()> {
        if self.is_hot && self.engine.has_spare_core() {
            let until = Instant::now() + SPIN;
            while Instant::now() < until {
                let count = self.poller.wait(ready, Some(Duration::ZERO))?;
                // A notification is no event; without asking, it would be taken away unseen.
                if count > 0 || self.has_commands.swap(false, Ordering::AcqRel) {
                    return Ok(());
                }
            }
        }
        self.poller.wait(ready, Some(self.patience())).map(|_| ())
    }

    fn patience(&self) -> Duration {
        let next_timer = self.timers.peek().map(|Reverse((at, _))| *at);
        let next_commit = self.uncommitted_since.map(|since| since + LAZY);
        let next = next_timer.into_iter().chain(next_commit).min();
        let patience = next.map_or(LOOK, |at| Duration::from_micros(at.saturating_sub(self.clock.now())));
        patience.min(LOOK)
    }

    fn handle(&mut self, event: Event) {
        self.engine.handle(self.now, event, &mut self.effects);
    }

    fn stop(mut self) {
        let workers: Vec<WorkerId> = self.connections.keys().copied().collect();
        for worker in workers {
            self.flush(worker);
        }
        self.connections.clear();
        if let Some(zygote) = self.zygote.take() {
            zygote.finish();
        }
        match &self.index {
            // What cannot be removed, or listed, now is there for the next run to do.
            Some(index) => {
                self.ended.iter().for_each(|run| drop(index.tidy_up(run)));
                // Of drivers that were killed just before this one started, workers may have been there still.
                let _ = index.remove_leftovers();
            }
            None => self.ended.iter().for_each(|run| remove_leftovers(&runs_folder(&self.settings.home).join(run))),
        }
    }

    /// Nothing can be recorded, or awaited, any more: every run ends here, and says why.
    fn break_down(mut self, message: &str) {
        for worker in self.connections.keys() {
            self.signal(*worker, Signal::SIGKILL);
        }
        for open in self.runs.values() {
            // Its own name: what broke may be the record of a run that one of its tasks started.
            let name = &open.header.name;
            let way_on = format!("what was recorded is safe: `flyte rerun {name} --recover` goes on from it");
            let failure = Failure::found(Kind::System, "EngineFailed", format!("{message}; {way_on}"));
            let outcome = Err(Arc::new(failure));
            open.watch.update(|seen| seen.ended = Some(Ended { phase: RunPhase::Failed, outcome }));
            self.ended.push(open.header.name.clone());
        }
        self.runs.clear();
        for (reply, started) in self.replies.drain(..) {
            // The asker may be gone.
            let _ = reply.send(Err(format!("{message}; nothing of run {} was recorded: start it again", started.name)));
        }
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
    format!("cannot record run {} in {folder}: {error}; make room in the state folder (FLYTE_HOME)", open.header.name)
}

/// Which actions are to be aborted, and why.
fn take_action_aborts(path: &std::path::Path) -> Vec<(u32, String)> {
    let taken = path.with_extension("taken");
    // Renamed first: somebody may be about to append another one.
    if std::fs::rename(path, &taken).is_err() {
        return Vec::new();
    }
    let text = std::fs::read_to_string(&taken).unwrap_or_default();
    let _ = std::fs::remove_file(&taken);
    let line =
        |line: &str| line.split_once('\t').and_then(|(ordinal, reason)| Some((ordinal.parse().ok()?, reason.into())));
    text.lines().filter_map(line).collect()
}

fn take_abort_file(path: &std::path::Path) -> Option<String> {
    let reason = std::fs::read_to_string(path).ok()?;
    let _ = std::fs::remove_file(path);
    Some(reason)
}
