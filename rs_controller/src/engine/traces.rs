//! Steps inside an action (`flyte.trace`): what is recorded of them, and what another attempt finds again.
//!
//! A worker tells of a step when it is done, and asks nobody before. What it finds again goes with the start of the
//! action, so a first attempt pays for nothing.

use std::sync::Arc;

use super::model::{ActionId, Micros, Payload, RunId, TraceStep, Work};
use super::record::{Bytes, Digest, Failure, Origin, Record};
use super::{Engine, Known, Place, ROOT};

/// Steps and calls that an earlier attempt of an action, maybe in another run, had recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// Steps that succeeded in the run recovered from, with the name of their action.
    pub steps: Vec<EarlierStep>,
    /// Sleeps that had begun there and were not over: their names, and the moment they are over.
    pub sleeps: Vec<(Digest, Micros)>,
    /// Answers that nobody had asked for yet.
    pub signals: Vec<(Arc<str>, Bytes)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EarlierStep {
    pub parent: Digest,
    pub digest: Digest,
    pub outputs: Bytes,
}

impl Engine {
    /// A step takes long enough to be seen.
    pub(super) fn trace_started(&mut self, step: TraceStep) {
        let Some(run_id) = self.run_of_step(&step) else { return };
        let Some(run) = self.runs.get(&run_id) else { return };
        let ordinal = match run.known.get(&step.digest) {
            None | Some(Known::Prior(_)) => self.number_step(run_id, &step),
            Some(&Known::Over(ordinal)) => ordinal,
            Some(Known::Live(_) | Known::Succeeded(_) | Known::Step(_)) => return,
        };
        let (parent, at) = (self.ordinal_below(step.action), self.in_run(run_id, step.started));
        let TraceStep { action, task, digest, group, inputs, .. } = step;
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(digest, Known::Step(ordinal));
            run.open_steps.push((action, digest));
        }
        self.record(run_id, Record::TraceStarted { ordinal, parent, task, digest, group, at, inputs });
    }

    /// A step is over.
    pub(super) fn traced(&mut self, step: TraceStep, ended: Micros, outcome: Result<Bytes, Arc<Failure>>) {
        let Some(run_id) = self.run_of_step(&step) else { return };
        self.record_step(run_id, step, ended, Origin::Ran, outcome);
    }

    /// A step was found again. What another run had recorded becomes this run's own.
    pub(super) fn trace_replayed(&mut self, step: TraceStep) {
        let Some(run_id) = self.run_of_step(&step) else { return };
        self.asked_again(step.action, &step.digest);
        let known = self.runs.get(&run_id).and_then(|run| run.known.get(&step.digest));
        let Some(Known::Prior(outputs)) = known else { return };
        let (outputs, at) = (outputs.clone(), step.started);
        self.record_step(run_id, step, at, Origin::Recovered, Ok(outputs));
    }

    fn record_step(
        &mut self,
        run_id: RunId,
        step: TraceStep,
        ended: Micros,
        origin: Origin,
        outcome: Result<Bytes, Arc<Failure>>,
    ) {
        let Some(run) = self.runs.get_mut(&run_id) else { return };
        let (ordinal, is_told) = match run.known.get(&step.digest) {
            None | Some(Known::Prior(_)) => (self.number_step(run_id, &step), false),
            Some(&Known::Over(ordinal)) => (ordinal, false),
            Some(&Known::Step(ordinal)) => {
                run.open_steps.retain(|(_, open)| *open != step.digest);
                (ordinal, true)
            }
            Some(Known::Live(_) | Known::Succeeded(_)) => return,
        };
        let (parent, name) = (self.ordinal_below(step.action), self.name_of(step.action));
        let (started, ended) = (self.in_run(run_id, step.started), self.in_run(run_id, ended));
        if let Some(run) = self.runs.get_mut(&run_id) {
            let known = if outcome.is_ok() { Known::Succeeded(ordinal) } else { Known::Over(ordinal) };
            run.known.insert(step.digest, known);
            if outcome.is_ok() && origin == Origin::Ran {
                run.steps.entry(name).or_default().push(step.digest);
            }
        }
        if outcome.is_err() || origin == Origin::Ran {
            self.asked_anew(&step);
        }
        let TraceStep { task, digest, group, inputs, .. } = step;
        let inputs = if is_told { Bytes::from([]) } else { inputs };
        self.record(
            run_id,
            Record::Traced { ordinal, parent, task, digest, group, started, ended, origin, inputs, outcome },
        );
    }

    fn run_of_step(&self, step: &TraceStep) -> Option<RunId> {
        let action = self.live.get(&step.action).filter(|action| !action.is_dead)?;
        let is_step = self.tasks.get(step.task as usize).is_some_and(|spec| spec.work == Work::Trace);
        (matches!(action.place, Place::Running(_)) && is_step).then_some(action.run)
    }

    fn number_step(&mut self, run_id: RunId, step: &TraceStep) -> u32 {
        self.write_task(run_id, step.task);
        // Steps within a step do not count: when that one is found again, nobody asks for them.
        let parent = if step.is_inner { u32::MAX } else { self.ordinal_below(step.action) };
        let Some(run) = self.runs.get_mut(&run_id) else { return 0 };
        run.origins.push((parent, step.task));
        run.next_ordinal += 1;
        run.next_ordinal - 1
    }

    fn ordinal_below(&self, parent: ActionId) -> u32 {
        self.live.get(&parent).map_or(0, |parent| parent.ordinal)
    }

    pub(super) fn name_of(&self, id: ActionId) -> Digest {
        self.live.get(&id).filter(|action| action.parent.is_some()).map_or(ROOT, |action| action.digest)
    }

    /// A moment of the worker's clock, which is the machine's as ours is.
    fn in_run(&self, run: RunId, moment: Micros) -> u64 {
        self.runs.get(&run).map_or(0, |run| moment.min(self.now).saturating_sub(run.started_at))
    }

    /// The attempt they were part of is over.
    pub(super) fn close_steps(&mut self, id: ActionId, reason: &Arc<str>) {
        let Some(run_id) = self.live.get(&id).map(|action| action.run) else { return };
        let Some(run) = self.runs.get_mut(&run_id).filter(|run| !run.open_steps.is_empty()) else { return };
        let open: Vec<Digest> =
            run.open_steps.iter().filter(|(action, _)| *action == id).map(|(_, digest)| *digest).collect();
        run.open_steps.retain(|(action, _)| *action != id);
        let at = self.since_start(run_id);
        for digest in open {
            let Some(run) = self.runs.get_mut(&run_id) else { return };
            if let Some(&Known::Step(ordinal)) = run.known.get(&digest) {
                run.known.insert(digest, Known::Over(ordinal));
                self.record(run_id, Record::Aborted { ordinal, at, reason: reason.clone() });
            }
        }
    }

    /// What an action that starts finds again: None for a first attempt of which nothing can be known.
    pub(super) fn recorded_steps(&self, id: ActionId) -> Option<Vec<(Digest, Payload)>> {
        let action = self.live.get(&id)?;
        let run = self.runs.get(&action.run)?;
        if !action.has_begun && !run.is_recovered {
            return None;
        }
        let payload = |digest: &Digest| match run.known.get(digest)? {
            Known::Succeeded(ordinal) => Some((*digest, Payload::Recorded(*ordinal))),
            Known::Prior(outputs) => Some((*digest, Payload::Here(outputs.clone()))),
            Known::Live(_) | Known::Over(_) | Known::Step(_) => None,
        };
        let steps = run.steps.get(&self.name_of(id));
        Some(steps.into_iter().flatten().filter_map(payload).collect())
    }
}
