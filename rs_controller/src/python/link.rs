//! `Link`: the worker's end of the link, for Python.

// The fields of a message cross the boundary as arguments: an object for each would cost more than the message.
#![allow(clippy::too_many_arguments)]

use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
use pyo3::exceptions::{PyEOFError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use super::task_fields::{key_of_inputs, run_settings, Settings, TaskFields};
use super::tree::ErrorView;
use super::values::large::{received, received_now, Encoded};
use crate::engine::model::{FlowRule, RunId, Spent, TaskSpec, TimeLimits, Work};
use crate::engine::record::{Bytes, Failure, Frame, Kind};
use crate::engine::tree::REFERENCE;
use crate::io::caller::{Begun, Callee, Caller};
use crate::io::index::runs_folder;
use crate::io::offloaded::LARGE;
use crate::io::open::now;
use crate::io::protocol::{FromWorker, NestedRun, Stream, ToWorker};
use crate::wire::apart::Message;

/// What `read` returns, first element of each tuple.
const START: u8 = 0;
const SUCCEEDED: u8 = 1;
const FAILED: u8 = 2;
const RUN_ENDED: u8 = 3;
const CANCEL: u8 = 4;
const TASK: u8 = 5;
const LEAVE: u8 = 6;

struct Run {
    name: Py<PyString>,
    folder: Arc<Path>,
}

struct State {
    caller: Caller,
    home: PathBuf,
    runs: HashMap<RunId, Run>,
    callees: Vec<Identity>,
}

/// What names of calls of a task are made of.
struct Identity {
    identity: Arc<str>,
    ignored: Vec<String>,
    cached: Option<String>,
    is_condition: bool,
}

impl Identity {
    fn callee(&self, task: u32) -> Callee<'_> {
        Callee {
            task,
            identity: &self.identity,
            ignored: &self.ignored,
            cached: self.cached.as_deref(),
            named_by_identity: self.is_condition,
        }
    }
}

#[pyclass(frozen, module = "flyte._core")]
pub struct Link {
    state: Mutex<State>,
    /// The link once more, to wait on without the lock.
    watched: UnixStream,
    descriptor: i32,
}

impl Link {
    /// Another thread may hold the lock while it writes, and need the GIL to give it back: so wait without the GIL.
    fn lock<'a>(&'a self, py: Python<'_>) -> MutexGuard<'a, State> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, py: Python<'_>, message: &FromWorker) -> PyResult<()> {
        let mut state = self.lock(py);
        state.caller.send(message);
        flush_if(py, state, Caller::is_full)
    }
}

fn flush_if(py: Python<'_>, mut state: MutexGuard<'_, State>, wanted: impl Fn(&Caller) -> bool) -> PyResult<()> {
    if !wanted(&state.caller) {
        return Ok(());
    }
    let caller = &mut state.caller;
    if caller.flush_some().map_err(|error| gone(&error))? {
        return Ok(());
    }
    // The engine is behind; Python's other threads may go on meanwhile.
    py.detach(|| caller.flush()).map_err(|error| gone(&error))
}

/// Sends without the GIL what takes long to hash and to write; a small message is sent sooner than the GIL changes hands.
fn unlocked_if_large<T: Send>(py: Python<'_>, message: &Message<'_>, send: impl FnOnce() -> T + Send) -> T {
    match message.len() >= LARGE {
        true => py.detach(send),
        false => send(),
    }
}

fn gone(error: &std::io::Error) -> PyErr {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        PyEOFError::new_err("the engine is gone")
    } else {
        PyOSError::new_err(error.to_string())
    }
}

fn shared(text: Option<&str>) -> Option<Arc<str>> {
    text.map(Arc::from)
}

#[pymethods]
impl Link {
    #[new]
    fn new(descriptor: i32, home: PathBuf) -> PyResult<Link> {
        // SAFETY: the caller hands the descriptor over; it is ours from here on.
        let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
        let link = UnixStream::from(owned);
        let watched = link.try_clone()?;
        let caller = Caller::new(link)?;
        let state = State { caller, home, runs: HashMap::new(), callees: Vec::new() };
        Ok(Link { state: Mutex::new(state), watched, descriptor })
    }

    fn fileno(&self) -> i32 {
        self.descriptor
    }

    fn hello(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py).caller.send(&FromWorker::Hello { process: std::process::id() });
        self.flush(py)
    }

    fn declare(&self, py: Python<'_>, task: TaskFields) -> u32 {
        let mut state = self.lock(py);
        state.callees.push(Identity {
            identity: task.identity().into(),
            ignored: task.ignored.clone(),
            cached: task.cached(),
            is_condition: false,
        });
        state.caller.declare(task.spec())
    }

    /// What no worker runs, or only inside an action: `kind` is 1 for a condition, 2 for a sleep, 3 for a step.
    #[allow(clippy::too_many_arguments)] // the fields of a task
    fn declare_own(
        &self,
        py: Python<'_>,
        kind: u8,
        name: &str,
        identity: &str,
        file: String,
        line: u32,
        details: String,
        deadline: f64,
    ) -> u32 {
        let work = match kind {
            1 => Work::Condition,
            2 => Work::Sleep,
            _ => Work::Trace,
        };
        let mut state = self.lock(py);
        let is_condition = work == Work::Condition;
        state.callees.push(Identity { identity: identity.into(), ignored: Vec::new(), cached: None, is_condition });
        let deadline = (deadline.max(0.0) * 1e6) as u64;
        state.caller.declare(TaskSpec {
            name: name.to_owned(),
            short_name: name.to_owned(),
            work,
            is_async: true,
            time: TimeLimits { deadline, ..TimeLimits::default() },
            file,
            line,
            details,
            ..TaskSpec::default()
        })
    }

    /// A step begins: (number, None), or (0, outputs) when it was recorded before; (0, None) when its action is over.
    fn begin_step<'py>(
        &self,
        py: Python<'py>,
        action: u32,
        within: u32,
        task: u32,
        inputs: &[u8],
        group: Option<&str>,
        line: u32,
    ) -> PyResult<(u32, Option<Bound<'py, PyAny>>)> {
        let mut guard = self.lock(py);
        let state = &mut *guard;
        let known = state.callees.get(task as usize).ok_or_else(|| PyValueError::new_err("unknown task"))?;
        let begun = state
            .caller
            .begin_step(action, within, &known.callee(task), inputs, shared(group), now(), line)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(match begun {
            None => (0, None),
            Some(Begun::Anew(number)) => (number, None),
            Some(Begun::Again(outputs, run)) => {
                drop(guard);
                (0, Some(received(py, Some(&run), &outputs)?))
            }
        })
    }

    /// A step succeeded. Written at once: what follows must not come before its record.
    fn end_step(&self, py: Python<'_>, step: u32, outputs: &[u8]) -> PyResult<bool> {
        let mut state = self.lock(py);
        let is_there = state.caller.end_step(step, now(), Ok(outputs));
        flush_if(py, state, Caller::has_outgoing)?;
        Ok(is_there)
    }

    #[allow(clippy::type_complexity)] // as in `failed`
    fn fail_step(
        &self,
        py: Python<'_>,
        step: u32,
        code: String,
        kind: u8,
        recoverable: bool,
        message: String,
        class_name: String,
        frames: Vec<(String, u32, String, String, bool)>,
        causes: Vec<(String, String)>,
        payload: Vec<u8>,
    ) -> PyResult<bool> {
        let failure = failure_from(code, kind, recoverable, message, class_name, frames, causes, payload);
        let mut state = self.lock(py);
        let is_there = state.caller.end_step(step, now(), Err(Arc::new(failure)));
        flush_if(py, state, Caller::has_outgoing)?;
        Ok(is_there)
    }

    /// Tell of the steps that have begun and are not over; written with the next flush.
    fn tell_steps(&self, py: Python<'_>) {
        self.lock(py).caller.tell_steps();
    }

    /// These actions, all that this worker has, wait for nothing but conditions and sleeps.
    fn offer_to_park(&self, py: Python<'_>, actions: Vec<u32>) -> PyResult<()> {
        self.lock(py).caller.send(&FromWorker::OfferToPark(actions));
        self.flush(py)
    }

    /// -1 when the parent is over.
    fn submit(
        &self,
        py: Python<'_>,
        parent: u32,
        task: u32,
        inputs: Encoded<'_>,
        group: Option<&str>,
        context: Option<&str>,
        elsewhere: bool,
        line: u32,
    ) -> PyResult<i64> {
        let mut guard = self.lock(py);
        let state = &mut *guard;
        let known = state.callees.get(task as usize).ok_or_else(|| PyValueError::new_err("unknown task"))?;
        let callee = known.callee(task);
        let caller = &mut state.caller;
        let (group, context) = (shared(group), shared(context));
        let call = inputs.with(|inputs| {
            let submit = || caller.submit(parent, &callee, inputs, group, context, elsewhere, line);
            Ok(unlocked_if_large(py, inputs, submit)?)
        })?;
        flush_if(py, guard, Caller::is_full)?;
        Ok(call.map_or(-1, i64::from))
    }

    fn start_run(
        &self,
        py: Python<'_>,
        parent: u32,
        task: u32,
        name: Option<String>,
        context: Option<&str>,
        settings: Settings,
        inputs: &[u8],
    ) -> PyResult<u32> {
        let mut state = self.lock(py);
        let cache_key = match state.callees.get(task as usize) {
            Some(Identity { ignored, cached: Some(rest), .. }) => Some(key_of_inputs(inputs, ignored, rest)?),
            _ => None,
        };
        let settings = run_settings(settings);
        let (context, inputs) = (shared(context), Bytes::from(inputs));
        let nested = NestedRun { call: 0, parent, task, name, context, settings, cache_key, inputs };
        let call = state.caller.start_run(nested);
        drop(state);
        self.flush(py)?;
        Ok(call)
    }

    /// Ask to be let through; the answer comes as that of a call, with no outputs. Returns the call's number.
    fn ask_flow(
        &self,
        py: Python<'_>,
        action: u32,
        key: &str,
        at_once: u32,
        count: u32,
        seconds: f64,
    ) -> PyResult<u32> {
        let rule = FlowRule { key: key.into(), at_once, count, per: (seconds.max(0.0) * 1e6) as u64 };
        let mut state = self.lock(py);
        let call = state.caller.ask_flow(action, rule);
        flush_if(py, state, Caller::has_outgoing)?;
        Ok(call)
    }

    fn return_flow(&self, py: Python<'_>, action: u32, key: &str) -> PyResult<()> {
        self.lock(py).caller.send(&FromWorker::FlowReturned { action, key: key.into() });
        self.flush(py)
    }

    fn cancel(&self, py: Python<'_>, parent: u32, call: u32) -> PyResult<()> {
        let mut state = self.lock(py);
        state.caller.cancel(parent, call);
        flush_if(py, state, Caller::has_outgoing)
    }

    fn answered(&self, py: Python<'_>, parent: u32, call: u32) {
        self.lock(py).caller.answered(parent, call);
    }

    fn succeeded(&self, py: Python<'_>, action: u32, outputs: Encoded<'_>, spent: (u64, u64)) -> PyResult<()> {
        let mut state = self.lock(py);
        let caller = &mut state.caller;
        let spent = Spent { cpu: spent.0, memory: spent.1 };
        outputs.with(|outputs| Ok(unlocked_if_large(py, outputs, || caller.succeeded(action, outputs, spent))?))?;
        flush_if(py, state, Caller::is_full)
    }

    #[pyo3(signature = (action, code, kind, recoverable, message, class_name, frames, causes, payload, spent))]
    #[allow(clippy::type_complexity)] // tuples of the parts of a frame
    fn failed(
        &self,
        py: Python<'_>,
        action: u32,
        code: String,
        kind: u8,
        recoverable: bool,
        message: String,
        class_name: String,
        frames: Vec<(String, u32, String, String, bool)>,
        causes: Vec<(String, String)>,
        payload: Vec<u8>,
        spent: (u64, u64),
    ) -> PyResult<()> {
        let failure = failure_from(code, kind, recoverable, message, class_name, frames, causes, payload);
        self.lock(py).caller.end(action);
        let spent = Spent { cpu: spent.0, memory: spent.1 };
        self.send(py, &FromWorker::Failed { action, spent, failure: Arc::new(failure) })
    }

    fn pull(&self, py: Python<'_>) {
        self.lock(py).caller.send(&FromWorker::Pull);
    }

    fn bounce(&self, py: Python<'_>, actions: Vec<u32>) {
        self.lock(py).caller.send(&FromWorker::Bounced(actions));
    }

    fn tell_link(&self, py: Python<'_>, action: u32, name: String, uri: String) -> PyResult<()> {
        self.lock(py).caller.send(&FromWorker::Link { action, name, uri });
        self.flush(py)
    }

    fn blocked(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py).caller.send(&FromWorker::Blocked);
        self.flush(py)
    }

    fn log(&self, py: Python<'_>, action: Option<u32>, stream: u8, text: &[u8]) -> PyResult<()> {
        // At once: whoever watches should not wait for the end of a loop's turn.
        self.lock(py).caller.send(&FromWorker::Log { action, stream: Stream::of(stream), text: text.to_vec() });
        self.flush(py)
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        flush_if(py, self.lock(py), Caller::has_outgoing)
    }

    /// Wait until there is something to read, at most `timeout` seconds; false when there is nothing.
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        let patience = timeout.map_or(PollTimeout::NONE, |seconds| {
            PollTimeout::try_from((seconds * 1e3).clamp(0.0, 2e9) as i32).unwrap_or(PollTimeout::ZERO)
        });
        let waited = py.detach(|| poll(&mut [PollFd::new(self.watched.as_fd(), PollFlags::POLLIN)], patience));
        match waited {
            Ok(count) => Ok(count > 0),
            Err(nix::errno::Errno::EINTR) => {
                py.check_signals()?;
                Ok(false)
            }
            Err(error) => Err(PyOSError::new_err(error.to_string())),
        }
    }

    /// What has come, as tuples that begin with their kind. Raises EOFError when the engine is gone.
    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        let mut guard = self.lock(py);
        let mut messages = Vec::new();
        guard.caller.read(|message| messages.push(message)).map_err(|error| gone(&error))?;
        for message in messages {
            if let Some(tuple) = told(py, &mut guard, message)? {
                list.append(tuple)?;
            }
        }
        Ok(list)
    }
}

#[allow(clippy::type_complexity)] // tuples of the parts of a frame
fn failure_from(
    code: String,
    kind: u8,
    recoverable: bool,
    message: String,
    class: String,
    frames: Vec<(String, u32, String, String, bool)>,
    causes: Vec<(String, String)>,
    payload: Vec<u8>,
) -> Failure {
    let frame = |(file, line, function, source, is_user)| Frame { file, line, function, source, is_user };
    let frames = frames.into_iter().map(frame).collect();
    Failure { code, kind: Kind::of(kind), recoverable, message, class, frames, causes, payload }
}

fn told<'py>(py: Python<'py>, state: &mut State, message: ToWorker) -> PyResult<Option<Bound<'py, PyTuple>>> {
    Ok(Some(match message {
        ToWorker::Run { run, name } => {
            let folder = Arc::from(runs_folder(&state.home).join(&name));
            state.runs.insert(run, Run { name: PyString::new(py, &name).unbind(), folder });
            return Ok(None);
        }
        ToWorker::Task { task, name, reference } => {
            (TASK, task, name, PyBytes::new(py, &reference)).into_pyobject(py)?
        }
        ToWorker::Start { action, run, task, digest, attempt, context, devices, recorded, inputs } => {
            let Some(run) = state.runs.get(&run) else { return Ok(None) };
            let is_again = recorded.is_some();
            state.caller.begin(action, digest, run.folder.clone(), recorded);
            let (run_name, name) = (run.name.bind(py), state.caller.name_of(action));
            let inputs = received(py, Some(&run.folder), &inputs)?;
            (START, action, run_name, name, task, attempt, context.as_deref(), devices.as_deref(), inputs, is_again)
                .into_pyobject(py)?
        }
        ToWorker::Succeeded { call, outputs } => {
            let is_elsewhere = outputs.first() == Some(&REFERENCE);
            let run = if is_elsewhere { state.caller.run_of(call) } else { None };
            (SUCCEEDED, call, received(py, run, &outputs)?).into_pyobject(py)?
        }
        ToWorker::Failed { call, failure } => (FAILED, call, ErrorView::of(&failure)).into_pyobject(py)?,
        ToWorker::RunEnded { call, name, outcome } => {
            let folder = runs_folder(&state.home).join(&name);
            let (outputs, error) = match outcome {
                Ok(outputs) => (Some(received_now(py, &folder, &outputs)?), None),
                Err(failure) => (None, Some(ErrorView::of(&failure))),
            };
            (RUN_ENDED, call, name, outputs, error).into_pyobject(py)?
        }
        ToWorker::Former { action, former } => {
            state.caller.was_called(action, &former);
            return Ok(None);
        }
        ToWorker::Cancel { action } => (CANCEL, action).into_pyobject(py)?,
        ToWorker::Leave { action } => (LEAVE, action).into_pyobject(py)?,
    }))
}

/// End this process, and every process it started, as soon as the other end of the link is gone.
///
/// The thread waits in the kernel and needs no GIL, so it also ends a process that computes in C.
#[pyfunction]
pub fn end_with(descriptor: i32) -> PyResult<()> {
    // SAFETY: the link stays open as long as the process lives.
    let link = unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned()?;
    std::thread::Builder::new().name("flyte-watchdog".into()).spawn(move || loop {
        let mut fds = [libc::pollfd { fd: link.as_raw_fd(), events: HANGUP, revents: 0 }];
        // SAFETY: one valid pollfd; the calls below are plain system calls.
        unsafe {
            if libc::poll(fds.as_mut_ptr(), 1, -1) > 0 && fds[0].revents != 0 {
                libc::kill(0, libc::SIGKILL); // our own group: the worker is its leader
                libc::_exit(0);
            }
        }
    })?;
    Ok(())
}

#[cfg(target_os = "linux")]
const HANGUP: i16 = libc::POLLRDHUP;
#[cfg(not(target_os = "linux"))]
const HANGUP: i16 = 0; // POLLHUP is always told
