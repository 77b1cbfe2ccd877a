//! How actions begin: calls, what is known of their names, and what is recorded of them.

use std::sync::Arc;

use super::aborts::aborted;
use super::model::{ActionId, Effect, Outcome, Payload, RunId, Submission, TaskId, TaskSpec, Work};
use super::record::{Bytes, Origin, Record, TaskHeader};
use super::{Action, Engine, Known, Place};

impl Engine {
    pub(super) fn submit(&mut self, call: Submission) {
        let Some((run_id, is_over)) = self.live.get(&call.parent).map(|parent| (parent.run, parent.is_dead)) else {
            return self.refuse(&call, RunId::MAX, "its parent is over");
        };
        let Some(run) = self.runs.get_mut(&run_id) else { return self.refuse(&call, run_id, "its run is over") };
        if is_over || run.aborting.is_some() || self.verdicts.contains_key(&call.parent) {
            return self.refuse(&call, run_id, "its run is being aborted");
        }
        let waiter = (call.worker, call.call);
        let (parent, digest, task, line) = (call.parent, call.digest, call.task, call.line);
        let mut is_new = false;
        match run.known.get(&call.digest) {
            Some(Known::Live(action)) => {
                let action = *action;
                self.admission.lend(call.parent, true);
                if let Some(action) = self.live.get_mut(&action) {
                    action.waiter = Some(waiter);
                    action.avoid = call.elsewhere.then_some(call.worker);
                }
            }
            Some(Known::Succeeded(ordinal)) => {
                let outcome = Outcome::Succeeded(Payload::Recorded(*ordinal));
                self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run: run_id, outcome });
            }
            Some(Known::Prior(outputs)) => {
                let outputs = outputs.clone();
                self.take_over(run_id, call, outputs);
            }
            Some(Known::Step(_)) => self.refuse(&call, run_id, "a step has its name"),
            Some(Known::Over(ordinal)) => {
                let ordinal = *ordinal;
                if let Some(failure) = self.verdict(run_id, &call.digest) {
                    let outcome = Outcome::Failed(failure);
                    self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run: run_id, outcome });
                    return;
                }
                let at = self.since_start(run_id);
                self.record(run_id, Record::Reopened { ordinal, at });
                self.begin(run_id, call, Some(ordinal));
            }
            None => {
                is_new = true;
                self.first_asked(run_id, call);
            }
        }
        self.asked(parent, digest, task, line, is_new);
    }

    pub(super) fn begin(&mut self, run: RunId, call: Submission, ordinal: Option<u32>) {
        let id = self.next_action;
        self.next_action += 1;
        self.add(id, run, Some(call.parent), ordinal, call);
    }

    pub(super) fn add(
        &mut self,
        id: ActionId,
        run_id: RunId,
        parent: Option<ActionId>,
        reopened: Option<u32>,
        call: Submission,
    ) {
        let ordinal = reopened.unwrap_or_else(|| self.write_submitted(run_id, parent, &call));
        let Submission { task, digest, inputs, context, cache_key, .. } = call;
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(digest, Known::Live(id));
        }
        if let Some(parent) = parent.and_then(|parent| self.live.get_mut(&parent)) {
            parent.children += 1;
            self.admission.lend(call.parent, true);
        }
        self.live.insert(
            id,
            Action {
                run: run_id,
                ordinal,
                parent,
                task,
                digest,
                attempt: 0,
                lost: 0,
                place: Place::Queued,
                waiter: parent.map(|_| (call.worker, call.call)),
                children: 0,
                is_dead: false,
                is_suspect: false,
                avoid: call.elsewhere.then_some(call.worker),
                inputs,
                context,
                cache_key,
                has_begun: false,
            },
        );
        self.enter(id);
    }

    /// Record a new action (and its task, the first time) and number it.
    pub(super) fn write_submitted(&mut self, run_id: RunId, parent: Option<ActionId>, call: &Submission) -> u32 {
        let at = self.since_start(run_id);
        let parent = parent.and_then(|parent| self.live.get(&parent)).map(|parent| parent.ordinal);
        let Some(run) = self.runs.get_mut(&run_id) else { return 0 };
        let ordinal = run.next_ordinal;
        run.next_ordinal += 1;
        let task = call.task;
        run.origins.push((parent.unwrap_or(u32::MAX), task));
        self.write_task(run_id, task);
        let (digest, group, inputs) = (call.digest, call.group.clone(), call.inputs.clone());
        self.record(run_id, Record::Submitted { ordinal, parent, task, digest, group, at, inputs });
        ordinal
    }

    /// Record a task, the first time.
    pub(super) fn write_task(&mut self, run_id: RunId, task: TaskId) {
        let Some(run) = self.runs.get_mut(&run_id).filter(|run| !run.tasks.contains(&task)) else { return };
        run.tasks.push(task);
        let spec = &self.tasks[task as usize];
        let (header, details) = (header_of(spec), spec.details.clone());
        self.record(run_id, Record::Task { task, header });
        if !details.is_empty() {
            self.record(run_id, Record::Details { task, text: details });
        }
        self.say_how_it_caches(run_id, task);
        self.tell_shortage(run_id, task);
    }

    /// Answer a call from the run that this one recovers, and make the answer this run's own.
    pub(super) fn take_over(&mut self, run_id: RunId, call: Submission, outputs: Bytes) {
        let ordinal = self.write_submitted(run_id, Some(call.parent), &call);
        let at = self.since_start(run_id);
        let taken = Record::Succeeded { ordinal, at, origin: Origin::Recovered, outputs: outputs.clone() };
        self.record(run_id, taken);
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.known.insert(call.digest, Known::Succeeded(ordinal));
        }
        let outcome = Outcome::Succeeded(Payload::Here(outputs));
        self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run: run_id, outcome });
    }

    /// A new action: what must happen before it may wait for a worker.
    fn enter(&mut self, id: ActionId) {
        let Some(action) = self.live.get(&id) else { return };
        match self.tasks[action.task as usize].work {
            Work::Function => {
                self.watch_time(id);
                if !self.looks_first(id) {
                    self.queue(id, false);
                }
            }
            Work::Condition | Work::Sleep | Work::Trace => self.await_answer(id),
        }
    }

    /// It waits for a worker.
    pub(super) fn queue(&mut self, id: ActionId, first: bool) {
        let Some(action) = self.live.get_mut(&id) else { return };
        action.place = Place::Queued;
        let (run, task) = (action.run, action.task);
        if self.must_be_admitted(run, task) && !self.admission.is_admitted(id) {
            self.wait_for_admission(id);
        } else {
            self.line_up(id, first);
        }
        self.wait_begins(id);
    }

    /// It may run as soon as a worker takes it.
    pub(super) fn line_up(&mut self, id: ActionId, first: bool) {
        let Some(action) = self.live.get(&id) else { return };
        let priority = self.priority_of(action.run, action.task);
        self.workers.enqueue(&self.tasks[action.task as usize], id, priority, first);
    }

    pub(super) fn refuse(&mut self, call: &Submission, run: RunId, reason: &str) {
        let outcome = Outcome::Failed(Arc::new(aborted(reason)));
        self.effects.push(Effect::Resolve { worker: call.worker, call: call.call, run, outcome });
    }
}

fn header_of(spec: &TaskSpec) -> TaskHeader {
    TaskHeader {
        name: spec.name.clone(),
        short_name: spec.short_name.clone(),
        environment: spec.environment.clone(),
        file: spec.file.clone(),
        line: spec.line,
        max_attempts: spec.retry.retries.saturating_add(1),
    }
}
