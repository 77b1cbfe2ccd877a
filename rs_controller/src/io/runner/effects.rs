//! Performing what was decided: starts at once, then the commit, then outcomes.

use std::cmp::Reverse;
use std::sync::Arc;

use nix::sys::signal::Signal;

use super::{cannot_record, Runner, Timer, LAZY};
use crate::engine::model::{ActionId, CallId, Effect, Outcome, Payload, RunId, WorkerId};
use crate::engine::record::{Bytes, Digest, Failure, Kind, Record, RunPhase};
use crate::io::index::spell_counts;
use crate::io::machine::IdleMeter;
use crate::io::meter::INTERVAL;
use crate::io::protocol::ToWorker;
use crate::io::watch::Ended;

impl Runner {
    /// Perform what was decided: starts at once, then the commit, then outcomes.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        loop {
            self.perform_early()?;
            let is_awaited = !self.outcomes.is_empty() || !self.replies.is_empty();
            if !is_awaited && self.uncommitted_since.is_none_or(|since| self.now < since + LAZY) {
                return self.flush_logs();
            }
            self.commit()?;
            self.flush_cache();
            for (reply, started) in self.replies.drain(..) {
                let _ = reply.send(Ok(started)); // the asker may be gone; the run is not
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

    pub(super) fn perform_early(&mut self) -> Result<(), String> {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Record(run, record) => self.append(run, record)?,
                Effect::Start { worker, action, run, task, digest, attempt, context, devices, recorded, inputs } => {
                    self.introduce(worker, run, task);
                    let recorded = recorded.map(|steps| self.found_again(run, steps)).transpose()?;
                    let start =
                        ToWorker::Start { action, run, task, digest, attempt, context, devices, recorded, inputs };
                    self.send(worker, &start);
                }
                Effect::Former { worker, action, former } => self.send(worker, &ToWorker::Former { action, former }),
                Effect::Cancel { worker, action } => self.send(worker, &ToWorker::Cancel { action }),
                Effect::Leave { worker, action } => self.send(worker, &ToWorker::Leave { action }),
                Effect::Meter { worker, action, limit } => self.watch_memory(worker, action, limit),
                Effect::StartWorker { worker, pool } => self.start_worker(worker, pool),
                Effect::Interrupt(worker) => self.signal(worker, Signal::SIGINT),
                Effect::Kill(worker) => self.signal(worker, Signal::SIGKILL),
                Effect::AdmitAt(at) => self.timers.push(Reverse((at, Timer::Admission))),
                Effect::RetryAt(at, action) => self.timers.push(Reverse((at, Timer::Retry(action)))),
                Effect::GraceAt(at, action) => self.timers.push(Reverse((at, Timer::Grace(action)))),
                Effect::AnswerAt(at, action) => self.timers.push(Reverse((at, Timer::Answer(action)))),
                Effect::LimitAt(at, action, turn) => self.timers.push(Reverse((at, Timer::Limit(action, turn)))),
                Effect::GrowthAt(at) => {
                    self.idle = Some(IdleMeter::start());
                    self.timers.push(Reverse((at, Timer::Growth)));
                }
                Effect::LookUp { .. } => self.questions.push(effect),
                Effect::LookAgainAt(at, action) => self.timers.push(Reverse((at, Timer::Cache(action)))),
                Effect::Keep { .. } | Effect::GiveBack { .. } => self.remember(effect),
                Effect::Resolve { .. } | Effect::EndRun { .. } => self.outcomes.push(effect),
            }
        }
        self.ask_cache();
        // Handling these may have decided more (a worker that could not be started).
        effects.append(&mut self.effects);
        self.effects = effects;
        self.flush_all();
        if self.effects.is_empty() {
            return Ok(());
        }
        self.perform_early()
    }

    fn watch_memory(&mut self, worker: WorkerId, action: ActionId, limit: u64) {
        let Some(process) = self.connections.get(&worker).and_then(|connection| connection.process) else { return };
        // While nobody was watched the timer may still have been set, by an attempt that is over.
        if self.meter.watch(worker, action, process, limit) && !self.is_looking {
            self.is_looking = true;
            self.timers.push(Reverse((self.clock.now() + INTERVAL, Timer::Memory)));
        }
    }

    pub(super) fn append(&mut self, run: RunId, record: Record) -> Result<(), String> {
        let Some(open) = self.runs.get_mut(&run) else { return Ok(()) };
        self.uncommitted_since.get_or_insert(self.now);
        open.journal.append(record).map_err(|error| cannot_record(open, &error))
    }

    pub(super) fn commit(&mut self) -> Result<(), String> {
        self.uncommitted_since = None;
        for open in self.runs.values_mut().filter(|open| open.journal.has_pending()) {
            let records = open.journal.commit().map_err(|error| cannot_record(open, &error))?;
            open.watch.update(|seen| seen.apply(&records));
        }
        Ok(())
    }

    pub(super) fn perform_outcome(&mut self, effect: Effect) -> Result<(), String> {
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

    /// The outputs of steps that an action recorded before. They are read back from the journal, so commit them first.
    fn found_again(&mut self, run: RunId, steps: Vec<(Digest, Payload)>) -> Result<Vec<(Digest, Bytes)>, String> {
        let ordinals: Vec<u32> = steps
            .iter()
            .filter_map(|(_, payload)| match payload {
                Payload::Recorded(ordinal) => Some(*ordinal),
                Payload::Here(_) => None,
            })
            .collect();
        let mut read = Vec::new();
        if !ordinals.is_empty() {
            self.commit()?;
            if let Some(open) = self.runs.get(&run) {
                let found = open.journal.outputs_of_steps(&ordinals);
                read = found.map_err(|error| format!("cannot read a step back: {error}"))?;
            }
        }
        let mut read = read.into_iter();
        let outputs = |payload| match payload {
            Payload::Here(outputs) => Some(outputs),
            Payload::Recorded(_) => read.next(),
        };
        let mut outputs = outputs;
        Ok(steps.into_iter().filter_map(|(digest, payload)| Some((digest, outputs(payload)?))).collect())
    }

    pub(super) fn outcome_of(&self, run: RunId, outcome: Outcome) -> Result<Result<Bytes, Arc<Failure>>, String> {
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

    pub(super) fn end_run(
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
        let note = outcome.as_ref().err().map_or_else(String::new, |failure| failure.head());
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
        self.ended.push(open.header.name.clone());
        open.watch.update(|seen| seen.ended = Some(Ended { phase, outcome }));
    }
}
