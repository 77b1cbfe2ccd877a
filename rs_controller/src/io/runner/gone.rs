//! Workers and zygotes that end.

use std::cmp::Reverse;

use nix::sys::signal::{killpg, Signal};
use nix::unistd::Pid;

use super::{watch_for, Runner, Timer, CORONER, ZYGOTE_KEY};
use crate::engine::model::{Event, Exit, WorkerId};
use crate::io::zygote::Zygote;

impl Runner {
    pub(super) fn read_zygote(&mut self) {
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
    pub(super) fn replace_zygote(&mut self) {
        if let Some(zygote) = self.zygote.take() {
            let _ = self.poller.delete(&zygote.link);
            zygote.finish();
        }
        let spawned = Zygote::spawn(&self.settings.spawn);
        self.zygote =
            spawned.and_then(|zygote| watch_for(&self.poller, &zygote.link, ZYGOTE_KEY).map(|()| zygote)).ok();
    }

    pub(super) fn link_closed(&mut self, worker: WorkerId) {
        let Some(connection) = self.connections.get(&worker) else { return };
        let _ = self.poller.delete(&connection.link);
        match self.exits.remove(&worker) {
            Some(exit) => self.worker_gone(worker, exit),
            None => self.timers.push(Reverse((self.now + CORONER, Timer::Coroner(worker)))),
        }
    }

    pub(super) fn worker_gone(&mut self, worker: WorkerId, exit: Exit) {
        self.end_raw(worker);
        self.meter.forget(worker);
        let Some(connection) = self.connections.remove(&worker) else { return };
        self.exits.remove(&worker);
        if let Some(process) = connection.process {
            // Whatever it started goes with it.
            let _ = killpg(Pid::from_raw(process as i32), Signal::SIGKILL);
        }
        for output in [&connection.stdout, &connection.stderr].into_iter().flatten() {
            let _ = self.poller.delete(&output.pipe);
        }
        let last_words =
            connection.stderr.as_ref().map_or_else(String::new, crate::io::connection::RawOutput::last_words);
        self.handle(Event::WorkerGone { worker, exit, last_words });
    }
}
