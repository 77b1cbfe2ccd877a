//! Talking to workers, and making new ones.

use std::io;
use std::os::fd::AsFd;

use nix::sys::signal::{kill, killpg, Signal};
use nix::unistd::Pid;
use polling::Event as Ready;
use polling::PollMode;

use super::{cannot_record, key, watch_for, Runner};
use crate::engine::model::{Event, Exit, RunId, TaskId, WorkerId};
use crate::io::protocol::ToWorker;

impl Runner {
    /// Tell a worker about a run and a task before the first action of theirs.
    pub(super) fn introduce(&mut self, worker: WorkerId, run: RunId, task: TaskId) {
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

    pub(super) fn send(&mut self, worker: WorkerId, message: &ToWorker) {
        if let Some(connection) = self.connections.get_mut(&worker) {
            connection.queue(message);
        }
    }

    pub(super) fn flush_all(&mut self) {
        let pending: Vec<WorkerId> =
            self.connections.iter().filter(|(_, connection)| connection.has_outgoing()).map(|(&id, _)| id).collect();
        for worker in pending {
            self.flush(worker);
        }
    }

    pub(super) fn flush(&mut self, worker: WorkerId) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        let is_left = connection.flush();
        if is_left != connection.is_waiting_to_write && !connection.is_closed {
            connection.is_waiting_to_write = is_left;
            let key = key(worker, 0);
            let interest = if is_left { Ready::all(key) } else { Ready::readable(key) };
            let _ = self.poller.modify_with_mode(connection.link.as_fd(), interest, PollMode::Level);
        }
    }

    pub(super) fn flush_logs(&mut self) -> Result<(), String> {
        for open in self.runs.values_mut() {
            if let Err(error) = open.logs.flush() {
                return Err(cannot_record(open, &error));
            }
        }
        Ok(())
    }

    pub(super) fn start_worker(&mut self, worker: WorkerId, pool: u32) {
        if self.zygote.is_none() {
            self.replace_zygote();
        }
        let environment = self.engine.text_of(pool).to_owned();
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

    pub(super) fn signal(&self, worker: WorkerId, signal: Signal) {
        if let Some(process) = self.connections.get(&worker).and_then(|connection| connection.process) {
            let process = Pid::from_raw(process as i32);
            // Before it has made itself a group, the worker is alone.
            let _ = killpg(process, signal).or_else(|_| kill(process, signal));
        }
    }
}
