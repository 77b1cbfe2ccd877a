//! `Engine`: starts the engine's thread and runs on it.

use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use polling::Poller;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::task_fields::{run_settings, RecoveryFields, Settings as RunFields, TaskFields};
use super::watch::RunWatch;
use crate::engine::record::Bytes;
use crate::engine::Limits;
use crate::io::journal::Durability;
use crate::io::open::{now, open_run, RunParameters};
use crate::io::runner::{Command, Runner, Settings, Source};

#[pyclass(frozen, module = "flyte._core")]
pub struct Engine {
    home: PathBuf,
    poller: Arc<Poller>,
    commands: Mutex<Sender<Command>>,
    has_commands: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Engine {
    fn tell(&self, command: Command) -> bool {
        let sender = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sent = sender.send(command).is_ok();
        self.has_commands.store(true, Ordering::Release);
        is_sent && self.poller.notify().is_ok()
    }
}

#[pymethods]
impl Engine {
    /// `link`: the descriptor of a forked zygote's link, or of the inline worker's; None to spawn a zygote.
    #[new]
    fn new(
        home: PathBuf,
        cores: usize,
        most: usize,
        grace: f64,
        link: Option<i32>,
        is_inline: bool,
        spawn: Vec<String>,
    ) -> PyResult<Engine> {
        let source = match link {
            // SAFETY: the caller hands the descriptor over; it is ours from here on.
            Some(descriptor) => {
                let link = UnixStream::from(unsafe { OwnedFd::from_raw_fd(descriptor) });
                if is_inline {
                    Source::Inline(link)
                } else {
                    Source::Forked(link)
                }
            }
            None => Source::Spawned,
        };
        let limits = Limits { cores: cores.max(1), most: most.max(1) };
        let grace = (grace.max(0.0) * 1e6) as u64;
        let settings = Settings { home: home.clone(), limits, grace, source, spawn };
        let poller = Arc::new(Poller::new()?);
        let (sender, receiver) = channel();
        let has_commands = Arc::new(AtomicBool::new(false));
        let runner = Runner::new(settings, poller.clone(), receiver, has_commands.clone())?;
        let thread = std::thread::Builder::new().name("flyte-engine".into()).spawn(move || runner.run())?;
        Ok(Engine { home, poller, commands: Mutex::new(sender), has_commands, thread: Mutex::new(Some(thread)) })
    }

    #[pyo3(signature = (*, name, task, inputs, context, file, folder, recovery, full_durability, note, settings, attributes))]
    #[allow(clippy::too_many_arguments)] // the fields of one run
    fn start_run(
        &self,
        py: Python<'_>,
        name: Option<String>,
        task: TaskFields,
        inputs: &[u8],
        context: Option<&str>,
        file: String,
        folder: String,
        recovery: Option<RecoveryFields>,
        full_durability: bool,
        note: String,
        settings: RunFields,
        attributes: Option<String>,
    ) -> PyResult<RunWatch> {
        let cache_key = task.cache_key(inputs)?;
        let parameters = RunParameters {
            name,
            identity: Some(task.identity()),
            attributes,
            task: task.spec(),
            inputs: Bytes::from(inputs),
            context: context.map(Arc::from),
            file,
            folder,
            recovery: recovery.map(RecoveryFields::recovery),
            durability: if full_durability { Durability::Full } else { Durability::Normal },
            note,
            settings: run_settings(settings),
            cache_key,
        };
        let open = py.detach(|| open_run(&self.home, parameters, now()));
        let open = open.map_err(|message| {
            if message.contains("state folder") || message.contains("cannot record") {
                PyOSError::new_err(message)
            } else {
                PyValueError::new_err(message)
            }
        })?;
        let (reply, answer) = channel();
        if !self.tell(Command::Start(Box::new(open), reply)) {
            return Err(PyRuntimeError::new_err("the engine has stopped"));
        }
        let started = py.detach(move || answer.recv());
        let started = started.map_err(|_| PyRuntimeError::new_err("the engine has stopped"))?;
        started.map(RunWatch::of).map_err(PyOSError::new_err)
    }

    fn abort(&self, run: u32, reason: String, now: bool) -> bool {
        self.tell(Command::Abort { run, reason, now })
    }

    /// End every worker and the thread.
    fn stop(&self, py: Python<'_>) {
        self.tell(Command::Stop);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            py.detach(|| {
                let _ = thread.join(); // a panic there was printed by the thread itself
            });
        }
    }
}
