//! The process that makes workers: it imported the user's code once and forks, or spawns, a worker when asked.
//! The conversation is lines: `start WORKER ENVIRONMENT` with three descriptors one way, `exit WORKER STATUS` the other.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::fcntl::{fcntl, FcntlArg, FdFlag, OFlag};
use nix::sys::socket::{sendmsg, ControlMessage, MsgFlags, UnixAddr};
use nix::unistd::pipe;

use super::connection::{Connection, RawOutput};
use super::protocol::Stream;
use crate::engine::model::{Exit, WorkerId};

/// The number under which a spawned zygote finds its link.
const LINK: RawFd = 3;

pub struct Zygote {
    pub link: UnixStream,
    incoming: Vec<u8>,
    /// Set when this process started it, to be waited for.
    child: Option<Child>,
}

impl Zygote {
    /// One that the driver forked already.
    pub fn forked(link: UnixStream) -> io::Result<Zygote> {
        link.set_nonblocking(true)?;
        Ok(Zygote { link, incoming: Vec::new(), child: None })
    }

    /// Start a fresh one that imports the user's code again.
    pub fn spawn(command: &[String]) -> io::Result<Zygote> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(io::Error::new(ErrorKind::NotFound, "no command to start a worker process with"));
        };
        let (ours, theirs) = UnixStream::pair()?;
        let inherited = theirs.as_raw_fd();
        let mut spawned = Command::new(program);
        spawned.args(arguments).stdin(Stdio::null()).stdout(Stdio::inherit());
        // SAFETY: dup2 and fcntl are async-signal-safe, and nothing else runs between fork and exec.
        unsafe {
            spawned.pre_exec(move || {
                if inherited == LINK {
                    if libc::fcntl(LINK, libc::F_SETFD, 0) < 0 {
                        return Err(io::Error::last_os_error());
                    }
                } else if libc::dup2(inherited, LINK) < 0 {
                    return Err(io::Error::last_os_error());
                }
                Ok(())
            });
        }
        let child = spawned.spawn()?;
        ours.set_nonblocking(true)?;
        Ok(Zygote { link: ours, incoming: Vec::new(), child: Some(child) })
    }

    /// Ask for a worker; what it will talk through comes back at once.
    pub fn start(&mut self, worker: WorkerId, environment: &str) -> io::Result<Connection> {
        let (ours, theirs) = UnixStream::pair()?;
        let (stdout, their_stdout) = pipe_without_blocking()?;
        let (stderr, their_stderr) = pipe_without_blocking()?;
        let line = format!("start {worker} {environment}\n");
        let descriptors = [theirs.as_raw_fd(), their_stdout.as_raw_fd(), their_stderr.as_raw_fd()];
        self.link.set_nonblocking(false)?;
        let sent = sendmsg::<UnixAddr>(
            self.link.as_raw_fd(),
            &[IoSlice::new(line.as_bytes())],
            &[ControlMessage::ScmRights(&descriptors)],
            MsgFlags::MSG_NOSIGNAL,
            None,
        );
        // The descriptors went with the first byte; a long line may take more than one call.
        let rest = sent.map_err(io::Error::from).and_then(|count| self.link.write_all(&line.as_bytes()[count..]));
        self.link.set_nonblocking(true)?;
        rest?;
        Connection::new(
            ours,
            Some(RawOutput::new(stdout, Stream::Stdout)),
            Some(RawOutput::new(stderr, Stream::Stderr)),
        )
    }

    /// Which workers ended since; the flag is false when the zygote itself is gone.
    pub fn read(&mut self) -> (Vec<(WorkerId, Exit)>, bool) {
        let mut chunk = [0u8; 4096];
        let is_there = loop {
            match self.link.read(&mut chunk) {
                Ok(0) => break false,
                Ok(count) => self.incoming.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break error.kind() == ErrorKind::WouldBlock,
            }
        };
        let mut exits = Vec::new();
        while let Some(end) = self.incoming.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.incoming.drain(..=end).collect();
            exits.extend(exit_of(&String::from_utf8_lossy(&line)));
        }
        (exits, is_there)
    }

    /// Close the link, which ends it, and reap it if it is ours.
    pub fn finish(self) {
        drop(self.link);
        if let Some(mut child) = self.child {
            let _ = child.wait();
        }
    }
}

fn exit_of(line: &str) -> Option<(WorkerId, Exit)> {
    let mut words = line.split_whitespace();
    if words.next() != Some("exit") {
        return None;
    }
    let worker = words.next()?.parse().ok()?;
    let status: i32 = words.next()?.parse().ok()?;
    // As Python's Popen has it: a negative number is a signal.
    Some((worker, if status < 0 { Exit::Signal(-status) } else { Exit::Code(status) }))
}

/// A pipe whose read end, ours, does not block and is not inherited.
fn pipe_without_blocking() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = pipe()?;
    fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    fcntl(&read, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    fcntl(&write, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok((read, write))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_are_told_in_lines() {
        assert_eq!(exit_of("exit 3 -9\n"), Some((3, Exit::Signal(9))));
        assert_eq!(exit_of("exit 3 1\n"), Some((3, Exit::Code(1))));
        for nonsense in ["", "exit", "exit x 1", "hello 1 2"] {
            assert_eq!(exit_of(nonsense), None);
        }
    }
}
