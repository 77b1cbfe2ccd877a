//! What comes in: commands, messages of workers, timers, wishes to abort.

use std::cmp::Reverse;
use std::sync::mpsc::TryRecvError;
use std::sync::Arc;

use polling::Event as Ready;

use super::{
    take_abort_file, take_action_aborts, Command, Runner, StartedRun, Timer, ABORT_FILE, ACTION_ABORTS_FILE, KEYS,
    ZYGOTE_KEY,
};
use crate::engine::model::{
    ActionId, CallId, Event, Exit, RunId, Spent, Submission, TaskId, TaskSpec, TraceStep, WorkerId,
};
use crate::engine::record::{Bytes, Failure, Kind};
use crate::io::index::RunRow;
use crate::io::meter::INTERVAL;
use crate::io::open::{open_run, OpenRun, RunParameters};
use crate::io::protocol::{Call, FromWorker, NestedRun, Step, ToWorker};
use crate::io::watch::{News, NewsKind, Watch};

impl Runner {
    pub(super) fn take_commands(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Start(run, reply)) => {
                    let started = self.start_run(*run, None);
                    self.replies.push((reply, started));
                }
                Ok(Command::Abort { run, reason, now }) => {
                    self.handle(Event::AbortRequested { run, reason: reason.into(), now });
                }
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return true,
                Err(TryRecvError::Empty) => return false,
            }
        }
    }

    pub(super) fn take_ready(&mut self, ready: Ready) {
        if ready.key == ZYGOTE_KEY {
            return self.read_zygote();
        }
        let (worker, part) = ((ready.key / KEYS) as WorkerId, ready.key % KEYS);
        match part {
            0 => {
                if ready.readable {
                    self.read_link(worker);
                }
                if ready.writable {
                    self.flush(worker);
                }
            }
            _ => self.read_raw(worker, part, false),
        }
    }

    pub(super) fn take_timers(&mut self) {
        while self.timers.peek().is_some_and(|Reverse((at, _))| *at <= self.now) {
            let Some(Reverse((_, timer))) = self.timers.pop() else { break };
            match timer {
                Timer::Cache(action) => self.handle(Event::CacheDue(action)),
                Timer::Admission => self.handle(Event::AdmitDue),
                Timer::Retry(action) => self.handle(Event::RetryDue(action)),
                Timer::Grace(action) => self.handle(Event::GraceOver(action)),
                Timer::Limit(action, turn) => self.handle(Event::LimitDue(action, turn)),
                Timer::Memory => self.look_at_memory(),
                Timer::Growth => {
                    let idle = self.idle.take().map_or(0.0, |meter| meter.idle());
                    self.handle(Event::GrowthDue { idle });
                }
                Timer::Answer(action) => self.handle(Event::AnswerDue(action)),
                Timer::Coroner(worker) => self.worker_gone(worker, Exit::Unknown),
            }
        }
    }

    /// Who is beyond their limit ends; the looks go on while anybody is watched.
    fn look_at_memory(&mut self) {
        let beyond = self.meter.look(|worker, action| self.engine.sole_action(worker) == Some(action));
        for (worker, action, peak) in beyond {
            self.handle(Event::OverMemory { worker, action, peak });
        }
        self.is_looking = !self.meter.is_idle();
        if self.is_looking {
            self.timers.push(Reverse((self.clock.now() + INTERVAL, Timer::Memory)));
        }
    }

    pub(super) fn look_for_aborts(&mut self) {
        let asked: Vec<(RunId, String)> = self
            .runs
            .iter()
            .filter_map(|(&run, open)| Some((run, take_abort_file(&open.journal.folder().join(ABORT_FILE))?)))
            .collect();
        for (run, reason) in asked {
            self.handle(Event::AbortRequested { run, reason: reason.into(), now: false });
        }
        let files: Vec<(RunId, std::path::PathBuf)> =
            self.runs.iter().map(|(&run, open)| (run, open.journal.folder().join(ACTION_ABORTS_FILE))).collect();
        for (run, file) in files {
            for (ordinal, reason) in take_action_aborts(&file) {
                self.handle(Event::ActionAbortRequested { run, ordinal, reason: reason.into() });
            }
        }
    }

    pub(super) fn read_link(&mut self, worker: WorkerId) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        let mut messages = std::mem::take(&mut self.messages);
        connection.read(&mut messages);
        let is_closed = connection.is_closed;
        for message in messages.drain(..) {
            self.take_message(worker, message);
        }
        self.messages = messages;
        if is_closed {
            self.link_closed(worker);
        }
    }

    pub(super) fn take_message(&mut self, worker: WorkerId, message: FromWorker) {
        match message {
            FromWorker::Hello { process } => {
                if let Some(connection) = self.connections.get_mut(&worker) {
                    connection.process = Some(process);
                }
                self.handle(Event::WorkerReady(worker));
            }
            FromWorker::Task { spec, .. } => self.learn_task(worker, *spec),
            FromWorker::Submit(call) => self.submit(worker, call),
            FromWorker::Succeeded { action, spent, outputs } => self.finished(worker, action, Ok(outputs), spent),
            FromWorker::Failed { action, spent, failure } => self.finished(worker, action, Err(failure), spent),
            FromWorker::Pull => self.handle(Event::Pulled(worker)),
            FromWorker::Blocked => self.handle(Event::Blocked(worker)),
            FromWorker::Bounced(actions) => self.handle(Event::Bounced { worker, actions }),
            FromWorker::Cancel { parent, digest } => self.handle(Event::Cancelled { parent, digest }),
            FromWorker::Log { action, stream, text } => {
                let ended = |action| self.connections.get(&worker).and_then(|link| link.remembered(action));
                let whose = action.and_then(|action| self.engine.ordinal_of(action).or_else(|| ended(action)));
                self.log(worker, whose, stream, &text);
            }
            FromWorker::Link { action, name, uri } => self.handle(Event::Linked { action, name, uri }),
            FromWorker::Formerly { parent, digest, former } => {
                self.handle(Event::Formerly { parent, digest, former });
            }
            FromWorker::FlowAsked { call, action, rule } => {
                self.handle(Event::FlowAsked { worker, call, action, rule });
            }
            FromWorker::FlowReturned { action, key } => self.handle(Event::FlowReturned { action, key }),
            FromWorker::StartRun(nested) => self.start_nested(worker, nested),
            FromWorker::TraceStarted(step) => {
                if let Some(step) = self.step_of(worker, step) {
                    self.handle(Event::TraceStarted(step));
                }
            }
            FromWorker::Traced { step, ended, outcome } => {
                if let Some(step) = self.step_of(worker, step) {
                    self.handle(Event::Traced { step, ended, outcome });
                }
            }
            FromWorker::TraceReplayed(step) => {
                if let Some(step) = self.step_of(worker, step) {
                    self.handle(Event::TraceReplayed(step));
                }
            }
            FromWorker::OfferToPark(actions) => self.handle(Event::OfferedToPark { worker, actions }),
        }
    }

    fn step_of(&self, worker: WorkerId, step: Step) -> Option<Box<TraceStep>> {
        let &task = self.connections.get(&worker)?.tasks.get(step.task as usize)?;
        let Step { action, digest, group, started, line, is_inner, inputs, .. } = step;
        Some(Box::new(TraceStep { action, task, digest, group, started, line, is_inner, inputs }))
    }

    pub(super) fn finished(
        &mut self,
        worker: WorkerId,
        action: ActionId,
        outcome: Result<Bytes, Arc<Failure>>,
        spent: Spent,
    ) {
        self.meter.forget(worker);
        // What the action printed past Python must be attributed before it is over.
        if self.engine.sole_action(worker) == Some(action) {
            self.end_raw(worker);
        }
        if let (Some(whose), Some(link)) = (self.engine.ordinal_of(action), self.connections.get_mut(&worker)) {
            link.remember(action, whose);
        }
        self.handle(Event::Finished { worker, action, outcome, spent });
    }

    /// Workers number tasks in the order they tell them.
    pub(super) fn learn_task(&mut self, worker: WorkerId, spec: TaskSpec) {
        let task = self.declare(spec);
        if let Some(connection) = self.connections.get_mut(&worker) {
            connection.tasks.push(task);
        }
    }

    pub(super) fn declare(&mut self, spec: TaskSpec) -> TaskId {
        let mut encoded = Vec::new();
        FromWorker::Task { number: 0, spec: Box::new(spec.clone()) }.encode(&mut encoded);
        *self.tasks.entry(encoded).or_insert_with(|| self.engine.declare(spec))
    }

    pub(super) fn submit(&mut self, worker: WorkerId, call: Call) {
        let Some(&task) = self.connections.get(&worker).and_then(|found| found.tasks.get(call.task as usize)) else {
            return;
        };
        let Call { call, parent, digest, group, context, elsewhere, cache_key, line, inputs, .. } = call;
        self.handle(Event::Submitted(Submission {
            worker,
            call,
            parent,
            task,
            digest,
            group,
            inputs,
            context,
            elsewhere,
            cache_key,
            line,
        }));
    }

    pub(super) fn start_run(&mut self, open: OpenRun, parent: Option<(WorkerId, CallId, ActionId)>) -> StartedRun {
        let run = self.next_run;
        self.next_run += 1;
        let parameters = open.parameters.clone();
        let started = StartedRun {
            id: run,
            name: open.header.name.clone(),
            folder: open.journal.folder().to_owned(),
            watch: open.watch.clone(),
        };
        self.list_as_running(&open);
        let mut open = open;
        let (prior, earlier) = (std::mem::take(&mut open.prior), std::mem::take(&mut open.earlier));
        self.runs.insert(run, open);
        let task = self.declare(parameters.task);
        let (inputs, context, settings) = (parameters.inputs, parameters.context, parameters.settings);
        let cache_key = parameters.cache_key;
        let name = started.name.as_str().into();
        if !prior.actions.is_empty() || !prior.before.steps.is_empty() {
            let before = Box::new(prior.before);
            self.handle(Event::Recovers { run, actions: prior.actions, before });
        }
        self.handle(Event::RunRequested {
            run,
            name,
            task,
            inputs,
            context,
            parent,
            prior: prior.results,
            settings,
            cache_key,
            earlier,
        });
        started
    }

    pub(super) fn list_as_running(&self, open: &OpenRun) {
        let header = &open.header;
        let row = RunRow {
            name: header.name.clone(),
            task: header.task.clone(),
            file: header.file.clone(),
            project: header.folder.clone(),
            phase: "running".into(),
            started_at: header.started_at,
            note: open.parameters.note.clone(),
            recovered_from: header.recovered_from.clone(),
            attributes: header.attributes.clone(),
            ..RunRow::default()
        };
        if let Some(Err(error)) = self.index.as_ref().map(|index| index.insert(&row)) {
            self.notice(&open.watch, &format!("run {} will be missing from lists: {error}", header.name));
        }
    }

    pub(super) fn notice(&self, watch: &Watch, text: &str) {
        let news = News { kind: NewsKind::Notice, at: 0, ordinal: 0, text: text.as_bytes().to_vec() };
        watch.update(|seen| seen.news.push_back(news));
    }

    pub(super) fn start_nested(&mut self, worker: WorkerId, nested: NestedRun) {
        let NestedRun { call, parent, task, name, context, settings, cache_key, inputs } = nested;
        let Some(&task) = self.connections.get(&worker).and_then(|found| found.tasks.get(task as usize)) else {
            return;
        };
        let outer = self.engine.ordinal_of(parent).and_then(|(run, _)| self.runs.get(&run));
        let parameters = RunParameters {
            name,
            task: self.engine.task(task).clone(),
            identity: None,
            attributes: None,
            inputs,
            context,
            file: outer.map_or_else(String::new, |run| run.parameters.file.clone()),
            folder: outer.map_or_else(String::new, |run| run.parameters.folder.clone()),
            recovery: None,
            durability: outer.map_or(crate::io::journal::Durability::Normal, |run| run.parameters.durability),
            note: String::new(),
            settings,
            cache_key,
        };
        match open_run(&self.settings.home, parameters, self.now) {
            Ok(open) => {
                self.start_run(open, Some((worker, call, parent)));
            }
            Err(message) => {
                let failure = Arc::new(Failure::found(Kind::System, "RunNotStarted", message));
                self.send(worker, &ToWorker::RunEnded { call, name: String::new(), outcome: Err(failure) });
            }
        }
    }
}
