//! The engine's end of one worker: a link that never blocks, and the pipes behind the worker's own stdout and stderr.

use std::collections::{HashSet, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::protocol::{first_frame, frame, FromWorker, Stream, ToWorker};
use crate::engine::model::{ActionId, RunId, TaskId};

/// Read at most this much of one worker before the others get their turn.
const FAIR_SHARE: usize = 512 * 1024;
/// Actions whose late words are still told apart.
const REMEMBERED: usize = 256;
/// How much of a dying worker's stderr is kept to explain its end.
const LAST_WORDS: usize = 2_000;

pub struct Connection {
    pub link: UnixStream,
    pub process: Option<u32>,
    pub stdout: Option<RawOutput>,
    pub stderr: Option<RawOutput>,
    pub is_closed: bool,
    /// The poller is asked to tell when the link can take more.
    pub is_waiting_to_write: bool,
    /// The worker's own numbers for tasks, as the engine knows them.
    pub tasks: Vec<TaskId>,
    pub known_tasks: HashSet<TaskId>,
    pub known_runs: HashSet<RunId>,
    pub last_action: Option<(RunId, u32)>,
    /// Actions that ended here of late: a child process or thread may still speak for them.
    ended: VecDeque<(ActionId, (RunId, u32))>,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

impl Connection {
    pub fn new(link: UnixStream, stdout: Option<RawOutput>, stderr: Option<RawOutput>) -> io::Result<Connection> {
        link.set_nonblocking(true)?;
        Ok(Connection {
            link,
            process: None,
            stdout,
            stderr,
            is_closed: false,
            is_waiting_to_write: false,
            tasks: Vec::new(),
            known_tasks: HashSet::new(),
            known_runs: HashSet::new(),
            last_action: None,
            ended: VecDeque::new(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
        })
    }

    pub fn remember(&mut self, action: ActionId, whose: (RunId, u32)) {
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back((action, whose));
    }

    /// Whose the words of an action are that is over.
    pub fn remembered(&self, action: ActionId) -> Option<(RunId, u32)> {
        self.ended.iter().rev().find(|(ended, _)| *ended == action).map(|&(_, whose)| whose)
    }

    /// Add the messages that are whole by now to `messages`. A link that says nonsense is closed.
    pub fn read(&mut self, messages: &mut Vec<FromWorker>) {
        let mut chunk = [0u8; 64 * 1024];
        let mut total = 0;
        while total < FAIR_SHARE {
            match self.link.read(&mut chunk) {
                Ok(0) => self.is_closed = true,
                Ok(count) => {
                    self.incoming.extend_from_slice(&chunk[..count]);
                    total += count;
                    if count == chunk.len() {
                        continue;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => self.is_closed = true,
            }
            break;
        }
        let mut done = 0;
        loop {
            match first_frame(&self.incoming[done..]) {
                Ok(Some((payload, length))) => match FromWorker::decode(payload) {
                    Ok(message) => {
                        messages.push(message);
                        done += length;
                    }
                    Err(_) => {
                        self.is_closed = true;
                        break;
                    }
                },
                Ok(None) => break,
                Err(_) => {
                    self.is_closed = true;
                    break;
                }
            }
        }
        self.incoming.drain(..done);
    }

    pub fn queue(&mut self, message: &ToWorker) {
        frame(&mut self.outgoing, |out| message.encode(out));
    }

    pub fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Write what the link takes; true when something is left.
    pub fn flush(&mut self) -> bool {
        let mut done = 0;
        while done < self.outgoing.len() {
            match self.link.write(&self.outgoing[done..]) {
                Ok(count) => done += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    // Its end is noticed by reading.
                    done = self.outgoing.len();
                }
            }
        }
        self.outgoing.drain(..done);
        !self.outgoing.is_empty()
    }
}

/// The read end of a worker's stdout or stderr, for what does not come through Python: C code, `os.system`, crashes.
pub struct RawOutput {
    pub pipe: std::fs::File,
    pub stream: Stream,
    partial: Vec<u8>,
    last_words: Vec<u8>,
}

impl RawOutput {
    pub fn new(pipe: OwnedFd, stream: Stream) -> RawOutput {
        RawOutput { pipe: pipe.into(), stream, partial: Vec::new(), last_words: Vec::new() }
    }

    /// Take what has come as whole lines; true while the pipe is open.
    pub fn read(&mut self, mut take: impl FnMut(&[u8])) -> bool {
        let mut chunk = [0u8; 16 * 1024];
        loop {
            match self.pipe.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => {
                    self.partial.extend_from_slice(&chunk[..count]);
                    self.remember(&chunk[..count]);
                    while let Some(end) = self.partial.iter().position(|&byte| byte == b'\n') {
                        take(&self.partial[..end]);
                        self.partial.drain(..=end);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
    }

    /// The line that was never ended.
    pub fn take_partial(&mut self) -> Option<Vec<u8>> {
        (!self.partial.is_empty()).then(|| std::mem::take(&mut self.partial))
    }

    fn remember(&mut self, chunk: &[u8]) {
        self.last_words.extend_from_slice(chunk);
        let excess = self.last_words.len().saturating_sub(LAST_WORDS);
        self.last_words.drain(..excess);
    }

    pub fn last_words(&self) -> String {
        String::from_utf8_lossy(&self.last_words).trim().to_owned()
    }
}
