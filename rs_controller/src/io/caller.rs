//! The worker's end of the link: submits calls, hands in outcomes, takes work.
//!
//! It names calls (wire.md 5.5), because only the caller knows their order. Writing blocks when the engine is behind,
//! which is the back-pressure; reading never does unless asked to.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use nix::errno::Errno;
use nix::poll::{poll, PollFd, PollFlags, PollTimeout};

use super::offloaded::{keep, keep_apart};
use super::protocol::{first_frame, frame, Call, FromWorker, NestedRun, Step, ToWorker};
use crate::engine::model::{ActionId, CallId, FlowRule, Micros, Spent, TaskSpec};
use crate::engine::record::{Bytes, Digest, Failure};
use crate::wire::apart::Message;
use crate::wire::hash::{inputs_hash, key_of, message_hash};
use crate::wire::naming::{digest, spell, Sequences};
use crate::wire::Malformed;

/// Written out early once this much is waiting, so that the engine works while the caller still submits.
const ENOUGH: usize = 16 * 1024;

/// Inputs from here on are hashed and written at the same time: a thread costs 50 us, a MiB of either 500 us.
const LARGE_ENOUGH_FOR_TWO: usize = 1 << 20;

/// The wire name of a run's root (wire.md 4.2).
const ROOT_NAME: &str = "a0";

struct Parent {
    name: String,
    /// What it was called in the run that is recovered, if that was something else.
    former: Option<String>,
    /// Folder of its run.
    run: Arc<Path>,
    sequences: Sequences,
    /// Calls not answered yet, for cancelling.
    calls: HashMap<CallId, Digest>,
    /// Steps that were recorded before; None for an action that never began before.
    recorded: Option<HashMap<Digest, Bytes>>,
}

/// A step that has begun. Steps inside it take their names from its own (wire.md 5.5).
struct OpenStep {
    step: Step,
    name: String,
    sequences: Sequences,
    is_told: bool,
}

/// What a call is of, as the caller knows it.
pub struct Callee<'a> {
    pub task: u32,
    /// The identity part of the action's name; an overridden task has that of the task it was made from.
    pub identity: &'a Arc<str>,
    /// Inputs that do not count for the name: ignored by a cached task.
    pub ignored: &'a [String],
    /// For a task that is cached: what its key adds to the inputs (wire.md 5.6).
    pub cached: Option<&'a str>,
    /// A condition: its name stands for its inputs, too (wire.md 5.5).
    pub named_by_identity: bool,
}

/// What became of a step that is asked for.
pub enum Begun {
    Anew(u32),
    /// It was recorded: its outputs, and the folder of its run.
    Again(Bytes, Arc<Path>),
}

pub struct Caller {
    link: UnixStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    parents: HashMap<ActionId, Parent>,
    /// Of actions that are about to begin.
    formers: HashMap<ActionId, String>,
    next_call: CallId,
    next_task: u32,
    steps: HashMap<u32, OpenStep>,
    next_step: u32,
    /// Steps that began since the last look, and may take long.
    untold: Vec<u32>,
}

impl Caller {
    pub fn new(link: UnixStream) -> io::Result<Caller> {
        link.set_nonblocking(true)?;
        Ok(Caller {
            link,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            parents: HashMap::new(),
            formers: HashMap::new(),
            next_call: 0,
            next_task: 0,
            steps: HashMap::new(),
            next_step: 1,
            untold: Vec::new(),
        })
    }

    /// Tell the engine about a task; the number stands for it in calls.
    pub fn declare(&mut self, spec: TaskSpec) -> u32 {
        let number = self.next_task;
        self.next_task += 1;
        self.send(&FromWorker::Task { number, spec: Box::new(spec) });
        number
    }

    /// An attempt of an action begins here; calls count from 1 again.
    pub fn begin(
        &mut self,
        action: ActionId,
        name: Option<Digest>,
        run: Arc<Path>,
        recorded: Option<Vec<(Digest, Bytes)>>,
    ) {
        let name = name.map_or_else(|| ROOT_NAME.to_owned(), |digest| spell(&digest));
        let former = self.formers.remove(&action);
        let recorded = recorded.map(|steps| steps.into_iter().collect());
        let (sequences, calls) = (Sequences::default(), HashMap::new());
        self.parents.insert(action, Parent { name, former, run, sequences, calls, recorded });
    }

    /// The action that begins next had another name in the run that is recovered.
    pub fn was_called(&mut self, action: ActionId, former: &Digest) {
        self.formers.insert(action, spell(former));
    }

    pub fn end(&mut self, action: ActionId) {
        self.parents.remove(&action);
        if !self.steps.is_empty() {
            self.steps.retain(|_, open| open.step.action != action);
        }
    }

    /// A step begins: its number; and its outputs when it was recorded before. None when its action is over.
    ///
    /// `within` is the number of the step that it is part of, or zero.
    #[allow(clippy::too_many_arguments)] // the fields of one step
    pub fn begin_step(
        &mut self,
        action: ActionId,
        within: u32,
        callee: &Callee<'_>,
        inputs: &[u8],
        group: Option<Arc<str>>,
        started: Micros,
        line: u32,
    ) -> Result<Option<Begun>, Malformed> {
        let Some(parent) = self.parents.get_mut(&action) else { return Ok(None) };
        let hash: Arc<str> = inputs_hash(inputs, callee.ignored)?.into();
        let outer = self.steps.get_mut(&within);
        let is_inner = outer.is_some();
        let (name, sequences) = match outer {
            Some(outer) => (outer.name.as_str(), &mut outer.sequences),
            None => (parent.name.as_str(), &mut parent.sequences),
        };
        let sequence = sequences.next(callee.identity, &hash, group.as_ref());
        let digest = digest(name, &hash, callee.identity, sequence, group.as_deref());
        let inputs = kept_or_whole(&parent.run, &Message::Whole(inputs))?;
        let step = Step { action, task: callee.task, digest, group, started, line, is_inner, inputs };
        if let Some(outputs) = parent.recorded.as_mut().and_then(|recorded| recorded.remove(&digest)) {
            let run = parent.run.clone();
            self.send(&FromWorker::TraceReplayed(step));
            return Ok(Some(Begun::Again(outputs, run)));
        }
        let number = self.next_step;
        self.next_step = self.next_step.wrapping_add(1).max(1);
        let (name, sequences) = (spell(&digest), Sequences::default());
        self.steps.insert(number, OpenStep { step, name, sequences, is_told: false });
        self.untold.push(number);
        Ok(Some(Begun::Anew(number)))
    }

    /// A step is over; false when its action is.
    pub fn end_step(&mut self, number: u32, ended: Micros, outcome: Result<&[u8], Arc<Failure>>) -> bool {
        let Some(OpenStep { mut step, is_told, .. }) = self.steps.remove(&number) else { return false };
        if self.untold.last() == Some(&number) {
            self.untold.pop();
        }
        let run = self.parents.get(&step.action).map(|parent| parent.run.clone());
        let outcome = outcome.map(|outputs| match run {
            // What cannot be kept travels whole, and the engine finds out why.
            Some(run) => kept_or_whole(&run, &Message::Whole(outputs)).unwrap_or_else(|_| Bytes::from(outputs)),
            None => Bytes::from(outputs),
        });
        if is_told {
            step.inputs = Bytes::from([]);
        }
        self.send(&FromWorker::Traced { step, ended, outcome });
        true
    }

    /// Tell of the steps that have begun and are not over.
    pub fn tell_steps(&mut self) {
        for number in std::mem::take(&mut self.untold) {
            let Some(open) = self.steps.get_mut(&number) else { continue };
            open.is_told = true;
            let step = open.step.clone();
            self.send(&FromWorker::TraceStarted(step));
        }
    }

    /// The wire name of an action that runs here.
    pub fn name_of(&self, action: ActionId) -> Option<&str> {
        self.parents.get(&action).map(|parent| parent.name.as_str())
    }

    #[allow(clippy::too_many_arguments)] // the fields of one call
    /// Submit one call; its number is how the answer will refer to it. None when the parent is over.
    pub fn submit(
        &mut self,
        parent: ActionId,
        callee: &Callee<'_>,
        inputs: &Message<'_>,
        group: Option<Arc<str>>,
        context: Option<Arc<str>>,
        elsewhere: bool,
        line: u32,
    ) -> Result<Option<CallId>, Malformed> {
        let Some(state) = self.parents.get_mut(&parent) else { return Ok(None) };
        let (hash, inputs) = hashed_and_kept(&state.run, inputs, callee.ignored)?;
        let hash: Arc<str> = if callee.named_by_identity { callee.identity.clone() } else { hash.into() };
        let sequence = state.sequences.next(callee.identity, &hash, group.as_ref());
        let named = |parent: &str| digest(parent, &hash, callee.identity, sequence, group.as_deref());
        let (digest, former) = (named(&state.name), state.former.as_deref().map(named));
        let cache_key = callee.cached.map(|rest| key_of(&hash, rest));
        let call = self.next_call;
        self.next_call = self.next_call.wrapping_add(1);
        state.calls.insert(call, digest);
        if let Some(former) = former {
            self.send(&FromWorker::Formerly { parent, digest, former });
        }
        let task = callee.task;
        let message = Call { call, parent, task, digest, group, context, elsewhere, cache_key, line, inputs };
        self.send(&FromWorker::Submit(message));
        Ok(Some(call))
    }

    /// Ask to be let through; the answer is that of a call.
    pub fn ask_flow(&mut self, action: ActionId, rule: FlowRule) -> CallId {
        let call = self.next_call;
        self.next_call = self.next_call.wrapping_add(1);
        self.send(&FromWorker::FlowAsked { call, action, rule });
        call
    }

    /// Ask for a nested run; its `call` is given here.
    pub fn start_run(&mut self, mut nested: NestedRun) -> CallId {
        nested.call = self.next_call;
        self.next_call = self.next_call.wrapping_add(1);
        let call = nested.call;
        self.send(&FromWorker::StartRun(nested));
        call
    }

    /// Hand in an action's outputs, which ends it here.
    pub fn succeeded(&mut self, action: ActionId, outputs: &Message<'_>, spent: Spent) -> Result<(), Malformed> {
        let outputs = match self.parents.get(&action) {
            Some(parent) => kept_or_whole(&parent.run, outputs)?,
            None => Bytes::from(outputs.joined()?),
        };
        self.end(action);
        self.send(&FromWorker::Succeeded { action, spent, outputs });
        Ok(())
    }

    /// Folder of the run that a call was made in.
    pub fn run_of(&self, call: CallId) -> Option<&Path> {
        self.parents.values().find(|parent| parent.calls.contains_key(&call)).map(|parent| &*parent.run)
    }

    /// Its answer came.
    pub fn answered(&mut self, parent: ActionId, call: CallId) {
        if let Some(parent) = self.parents.get_mut(&parent) {
            parent.calls.remove(&call);
        }
    }

    /// Its answer is not wanted any more.
    pub fn cancel(&mut self, parent: ActionId, call: CallId) {
        if let Some(digest) = self.parents.get_mut(&parent).and_then(|parent| parent.calls.remove(&call)) {
            self.send(&FromWorker::Cancel { parent, digest });
        }
    }

    pub fn send(&mut self, message: &FromWorker) {
        frame(&mut self.outgoing, |out| message.encode(out));
    }

    pub fn is_full(&self) -> bool {
        self.outgoing.len() >= ENOUGH
    }

    pub fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Write what the link takes at once; true when that was everything.
    pub fn flush_some(&mut self) -> io::Result<bool> {
        let mut done = 0;
        let written = loop {
            if done == self.outgoing.len() {
                break Ok(true);
            }
            match self.link.write(&self.outgoing[done..]) {
                Ok(count) => done += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(false),
                Err(error) => break Err(error),
            }
        };
        self.outgoing.drain(..done);
        written
    }

    /// Write everything that waits. What comes meanwhile stays in the link, where whoever waits for it looks; the
    /// engine never blocks on writing, so the two cannot wait for each other.
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.flush_some()? {
            self.wait_for_room()?;
        }
        Ok(())
    }

    fn wait_for_room(&self) -> io::Result<()> {
        let mut fds = [PollFd::new(self.link.as_fd(), PollFlags::POLLOUT)];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Take in what has come, without waiting.
    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0u8; 64 * 1024];
        loop {
            match self.link.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.incoming.extend_from_slice(&chunk[..count]);
                    if count < chunk.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// The messages that are here by now.
    pub fn read(&mut self, mut take: impl FnMut(ToWorker)) -> io::Result<()> {
        let ended = self.fill();
        let mut done = 0;
        while let Some((payload, length)) = first_frame(&self.incoming[done..]).map_err(nonsense)? {
            take(ToWorker::decode(payload).map_err(nonsense)?);
            done += length;
        }
        self.incoming.drain(..done);
        // What came before the end is still good.
        if done > 0 {
            Ok(())
        } else {
            ended
        }
    }
}

/// A value that cannot be kept travels whole: if it is a full disk, the engine will find that too, and say so.
fn kept_or_whole(run: &Path, value: &Message<'_>) -> Result<Bytes, Malformed> {
    let kept = match value {
        Message::Whole(value) => keep(run, value),
        Message::Apart(apart) => keep_apart(run, apart),
    };
    kept.or_else(|_| value.joined().map(Bytes::from))
}

/// The hash of the inputs, and what travels of them. Of large ones the hash is made beside the writing, by another
/// core: for 100 MiB the two take 50 ms each.
fn hashed_and_kept(run: &Path, inputs: &Message<'_>, ignored: &[String]) -> Result<(String, Bytes), Malformed> {
    if inputs.len() < LARGE_ENOUGH_FOR_TWO {
        return Ok((message_hash(inputs, ignored)?, kept_or_whole(run, inputs)?));
    }
    let (hash, kept) = thread::scope(|scope| {
        let kept = scope.spawn(|| kept_or_whole(run, inputs));
        (message_hash(inputs, ignored), kept.join())
    });
    let kept = kept.unwrap_or_else(|_| inputs.joined().map(Bytes::from));
    Ok((hash?, kept?))
}

fn nonsense(error: crate::engine::codec::Malformed) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error.to_string())
}
