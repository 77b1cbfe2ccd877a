//! Answers to conditions, as somebody left them in the folders of runs.

use std::fs;

use super::{Runner, LOOK};
use crate::engine::model::{Event, RunId};
use crate::io::signals::{signals_in, Signal};

impl Runner {
    /// Take answers in. Their files go when what they did is committed: a crash before that leaves them for the next run.
    pub(super) fn look_for_signals(&mut self) -> Result<(), String> {
        if self.now < self.looked + LOOK.as_micros() as u64 {
            return Ok(());
        }
        self.looked = self.now;
        let waiting = self.runs.iter().filter(|(&run, _)| self.engine.has_conditions(run));
        let found: Vec<(RunId, Signal)> = waiting
            .flat_map(|(&run, open)| signals_in(open.journal.folder()).into_iter().map(move |signal| (run, signal)))
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        let mut taken = Vec::new();
        for (run, Signal { path, name, answer }) in found {
            self.handle(Event::Signalled { run, name, answer });
            taken.push(path);
        }
        self.perform_early()?;
        self.commit()?;
        for path in taken {
            let _ = fs::remove_file(path); // one that stays answers the same again, which changes nothing
        }
        Ok(())
    }
}
