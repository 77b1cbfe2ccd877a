//! The messages between the engine's process and its workers, in frames of `u32` length and payload.
//! Both ends are always of one build, so there is no version in it.

use std::sync::Arc;

use crate::engine::codec::{Malformed, Put, Take};
use crate::engine::model::{
    ActionId, CacheKey, CacheRules, CallId, FlowRule, Micros, Needs, RetryPolicy, RunId, RunSettings, Spent, TaskId,
    TaskSpec, TimeLimits, Work,
};
use crate::engine::record::{Bytes, Digest, Failure};

/// Longest frame: beyond it the other end is not ours.
const LONGEST: usize = 1 << 31;

/// Where printed text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub fn of(number: u8) -> Stream {
        if number == 1 {
            Stream::Stderr
        } else {
            Stream::Stdout
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }
}

/// A call of a task, as it travels; `task` is the worker's own number for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub call: CallId,
    pub parent: ActionId,
    pub task: u32,
    pub digest: Digest,
    pub group: Option<Arc<str>>,
    pub context: Option<Arc<str>>,
    pub elsewhere: bool,
    pub cache_key: Option<CacheKey>,
    pub line: u32,
    pub inputs: Bytes,
}

/// A nested `flyte.run`.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedRun {
    pub call: CallId,
    pub parent: ActionId,
    pub task: u32,
    pub name: Option<String>,
    pub context: Option<Arc<str>>,
    pub settings: RunSettings,
    pub cache_key: Option<CacheKey>,
    pub inputs: Bytes,
}

/// A step inside an action, as it travels; `task` is the worker's own number for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub action: ActionId,
    pub task: u32,
    pub digest: Digest,
    pub group: Option<Arc<str>>,
    pub started: Micros,
    pub line: u32,
    pub is_inner: bool,
    pub inputs: Bytes,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FromWorker {
    Hello {
        process: u32,
    },
    /// Tasks are told once and then meant by number.
    Task {
        number: u32,
        spec: Box<TaskSpec>,
    },
    Submit(Call),
    Succeeded {
        action: ActionId,
        spent: Spent,
        outputs: Bytes,
    },
    Failed {
        action: ActionId,
        spent: Spent,
        failure: Arc<Failure>,
    },
    Pull,
    Blocked,
    Bounced(Vec<ActionId>),
    Cancel {
        parent: ActionId,
        digest: Digest,
    },
    /// Whole lines, or the end of what an action printed.
    Log {
        action: Option<ActionId>,
        stream: Stream,
        text: Vec<u8>,
    },
    StartRun(NestedRun),
    /// Where to look at an action from outside.
    Link {
        action: ActionId,
        name: String,
        uri: String,
    },
    /// The parent's next call, `digest`, would have been `former` in the run that is recovered.
    Formerly {
        parent: ActionId,
        digest: Digest,
        former: Digest,
    },
    TraceStarted(Step),
    Traced {
        step: Step,
        ended: Micros,
        outcome: Result<Bytes, Arc<Failure>>,
    },
    /// The worker had the result from the start.
    TraceReplayed(Step),
    /// These, all that it has, wait for nothing but conditions and sleeps.
    OfferToPark(Vec<ActionId>),
    FlowAsked {
        call: CallId,
        action: ActionId,
        rule: FlowRule,
    },
    FlowReturned {
        action: ActionId,
        key: Arc<str>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ToWorker {
    Run {
        run: RunId,
        name: String,
    },
    Task {
        task: TaskId,
        name: String,
        reference: Vec<u8>,
    },
    Start {
        action: ActionId,
        run: RunId,
        task: TaskId,
        digest: Option<Digest>,
        attempt: u32,
        context: Option<Arc<str>>,
        /// The GPUs it may use.
        devices: Option<Arc<str>>,
        /// Steps that it finds again; None for an action that never began before.
        recorded: Option<Vec<(Digest, Bytes)>>,
        inputs: Bytes,
    },
    Succeeded {
        call: CallId,
        outputs: Bytes,
    },
    Failed {
        call: CallId,
        failure: Arc<Failure>,
    },
    /// A nested run is over; `phase` as in the journal.
    RunEnded {
        call: CallId,
        name: String,
        outcome: Result<Bytes, Arc<Failure>>,
    },
    Cancel {
        action: ActionId,
    },
    /// Forget what runs there: it is handed back, and whatever it still says is not wanted.
    Leave {
        action: ActionId,
    },
    /// The name that the action to start next had in the run that is recovered.
    Former {
        action: ActionId,
        former: Digest,
    },
}

/// Appends one frame, written by `write`, to a buffer.
pub fn frame(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Splits the first whole frame off a buffer: (payload, length with its head), or None when more must come.
pub fn first_frame(data: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    let Some(head) = data.get(..4) else { return Ok(None) };
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    if length > LONGEST {
        return Err(Malformed("frame length"));
    }
    Ok(data.get(4..4 + length).map(|payload| (payload, 4 + length)))
}

fn put_spec(out: &mut Vec<u8>, spec: &TaskSpec) {
    out.put_text(&spec.name);
    out.put_text(&spec.short_name);
    out.put_text(&spec.environment);
    out.put_text(&spec.pool);
    out.push(spec.work as u8);
    out.push(u8::from(spec.is_async));
    out.put_number(u64::from(spec.retry.retries));
    out.put_number(spec.retry.base);
    out.put_number(spec.retry.factor.to_bits());
    out.put_number(spec.retry.cap);
    out.put_number(spec.time.runtime);
    out.put_number(spec.time.queued);
    out.put_number(spec.time.deadline);
    put_needs(out, &spec.needs);
    out.push(u8::from(spec.cache.is_some()));
    if let Some(rules) = &spec.cache {
        out.put_text(&rules.version);
        out.push(u8::from(rules.serialize));
        out.put_number(rules.max_age);
    }
    out.put_number(spec.priority as u32 as u64);
    out.put_text(&spec.file);
    out.put_number(u64::from(spec.line));
    out.put_text(&spec.details);
    out.put_bytes(&spec.reference);
}

fn put_needs(out: &mut Vec<u8>, needs: &Needs) {
    out.put_number(u64::from(needs.cpu));
    out.put_number(needs.memory);
    out.put_number(needs.memory_limit);
    out.push(u8::from(needs.climbs));
    out.put_number(u64::from(needs.gpus));
    out.put_number(u64::from(needs.at_once));
    out.put_number(u64::from(needs.environment_at_once));
    out.push(u8::from(needs.flow.is_some()));
    if let Some(flow) = &needs.flow {
        put_flow(out, flow);
    }
}

fn put_flow(out: &mut Vec<u8>, rule: &FlowRule) {
    out.put_text(&rule.key);
    out.put_number(u64::from(rule.at_once));
    out.put_number(u64::from(rule.count));
    out.put_number(rule.per);
}

fn take_flow(take: &mut Take<'_>) -> Result<FlowRule, Malformed> {
    Ok(FlowRule { key: take.owned()?.into(), at_once: take.small()?, count: take.small()?, per: take.number()? })
}

fn take_needs(take: &mut Take<'_>) -> Result<Needs, Malformed> {
    Ok(Needs {
        cpu: take.small()?,
        memory: take.number()?,
        memory_limit: take.number()?,
        climbs: take.byte()? != 0,
        gpus: take.small()?,
        at_once: take.small()?,
        environment_at_once: take.small()?,
        flow: match take.byte()? {
            0 => None,
            _ => Some(take_flow(take)?),
        },
    })
}

fn put_settings(out: &mut Vec<u8>, settings: RunSettings) {
    out.push(u8::from(settings.reads_cache) | u8::from(settings.writes_cache) << 1);
    out.put_number(u64::from(settings.at_once));
    out.put_number(u64::from(settings.priority as u32));
}

fn take_settings(take: &mut Take<'_>) -> Result<RunSettings, Malformed> {
    let flags = take.byte()?;
    let (reads_cache, writes_cache) = (flags & 1 != 0, flags & 2 != 0);
    Ok(RunSettings { reads_cache, writes_cache, at_once: take.small()?, priority: take.small()? as i32 })
}

fn put_key(out: &mut Vec<u8>, key: Option<&CacheKey>) {
    out.put_bytes(key.map_or(&[], |key| &key[..]));
}

fn take_key(take: &mut Take<'_>) -> Result<Option<CacheKey>, Malformed> {
    match take.bytes()? {
        [] => Ok(None),
        key => CacheKey::try_from(key).map(Some).map_err(|_| Malformed("cache key")),
    }
}

fn put_spent(out: &mut Vec<u8>, spent: Spent) {
    out.put_number(spent.cpu);
    out.put_number(spent.memory);
}

fn take_spent(take: &mut Take<'_>) -> Result<Spent, Malformed> {
    Ok(Spent { cpu: take.number()?, memory: take.number()? })
}

fn take_spec(take: &mut Take<'_>) -> Result<TaskSpec, Malformed> {
    Ok(TaskSpec {
        name: take.owned()?,
        short_name: take.owned()?,
        environment: take.owned()?,
        pool: take.owned()?,
        work: match take.byte()? {
            0 => Work::Function,
            1 => Work::Condition,
            2 => Work::Sleep,
            _ => Work::Trace,
        },
        is_async: take.byte()? != 0,
        retry: RetryPolicy {
            retries: take.small()?,
            base: take.number()?,
            factor: f64::from_bits(take.number()?),
            cap: take.number()?,
        },
        time: TimeLimits { runtime: take.number()?, queued: take.number()?, deadline: take.number()? },
        needs: take_needs(take)?,
        cache: match take.byte()? {
            0 => None,
            _ => Some(CacheRules { version: take.owned()?, serialize: take.byte()? != 0, max_age: take.number()? }),
        },
        priority: take.small()? as i32,
        file: take.owned()?,
        line: take.small()?,
        details: take.owned()?,
        reference: take.bytes()?.to_vec(),
    })
}

fn shared_text(take: &mut Take<'_>) -> Result<Option<Arc<str>>, Malformed> {
    Ok(take.optional_text()?.map(Arc::from))
}

fn put_actions(out: &mut Vec<u8>, actions: &[ActionId]) {
    out.put_number(actions.len() as u64);
    actions.iter().for_each(|&action| out.put_number(u64::from(action)));
}

fn take_actions(take: &mut Take<'_>) -> Result<Vec<ActionId>, Malformed> {
    let mut actions = Vec::new();
    for _ in 0..take.number()? {
        actions.push(take.small()?);
    }
    Ok(actions)
}

fn put_step(out: &mut Vec<u8>, step: &Step) {
    out.put_number(u64::from(step.action));
    out.put_number(u64::from(step.task));
    out.extend_from_slice(&step.digest);
    out.put_optional_text(step.group.as_deref());
    out.put_number(step.started);
    out.put_number(u64::from(step.line));
    out.push(u8::from(step.is_inner));
    out.put_bytes(&step.inputs);
}

fn take_step(take: &mut Take<'_>) -> Result<Step, Malformed> {
    Ok(Step {
        action: take.small()?,
        task: take.small()?,
        digest: take.digest()?,
        group: shared_text(take)?,
        started: take.number()?,
        line: take.small()?,
        is_inner: take.byte()? != 0,
        inputs: Arc::from(take.bytes()?),
    })
}

fn take_recorded(take: &mut Take<'_>) -> Result<Option<Vec<(Digest, Bytes)>>, Malformed> {
    let Some(count) = take.number()?.checked_sub(1) else { return Ok(None) };
    let mut steps = Vec::new();
    for _ in 0..count {
        steps.push((take.digest()?, Bytes::from(take.bytes()?)));
    }
    Ok(Some(steps))
}

impl FromWorker {
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            FromWorker::Hello { process } => {
                out.push(1);
                out.put_number(u64::from(*process));
            }
            FromWorker::Task { number, spec } => {
                out.push(2);
                out.put_number(u64::from(*number));
                put_spec(out, spec);
            }
            FromWorker::Submit(call) => {
                out.push(3);
                out.put_number(u64::from(call.call));
                out.put_number(u64::from(call.parent));
                out.put_number(u64::from(call.task));
                out.extend_from_slice(&call.digest);
                out.put_optional_text(call.group.as_deref());
                out.put_optional_text(call.context.as_deref());
                out.push(u8::from(call.elsewhere));
                put_key(out, call.cache_key.as_ref());
                out.put_number(u64::from(call.line));
                out.extend_from_slice(&call.inputs);
            }
            FromWorker::Succeeded { action, spent, outputs } => {
                out.push(4);
                out.put_number(u64::from(*action));
                put_spent(out, *spent);
                out.extend_from_slice(outputs);
            }
            FromWorker::Failed { action, spent, failure } => {
                out.push(5);
                out.put_number(u64::from(*action));
                put_spent(out, *spent);
                failure.encode(out);
            }
            FromWorker::Pull => out.push(6),
            FromWorker::Blocked => out.push(7),
            FromWorker::Bounced(actions) => {
                out.push(8);
                put_actions(out, actions);
            }
            FromWorker::OfferToPark(actions) => {
                out.push(20);
                put_actions(out, actions);
            }
            FromWorker::TraceStarted(step) => {
                out.push(12);
                put_step(out, step);
            }
            FromWorker::Traced { step, ended, outcome } => {
                out.push(13);
                put_step(out, step);
                out.put_number(*ended);
                out.push(u8::from(outcome.is_ok()));
                match outcome {
                    Ok(outputs) => out.extend_from_slice(outputs),
                    Err(failure) => failure.encode(out),
                }
            }
            FromWorker::TraceReplayed(step) => {
                out.push(14);
                put_step(out, step);
            }
            FromWorker::Cancel { parent, digest } => {
                out.push(9);
                out.put_number(u64::from(*parent));
                out.extend_from_slice(digest);
            }
            FromWorker::Log { action, stream, text } => {
                out.push(10);
                out.put_number(action.map_or(0, |action| u64::from(action) + 1));
                out.push(*stream as u8);
                out.extend_from_slice(text);
            }
            FromWorker::StartRun(nested) => {
                out.push(11);
                out.put_number(u64::from(nested.call));
                out.put_number(u64::from(nested.parent));
                out.put_number(u64::from(nested.task));
                out.put_optional_text(nested.name.as_deref());
                out.put_optional_text(nested.context.as_deref());
                put_settings(out, nested.settings);
                put_key(out, nested.cache_key.as_ref());
                out.extend_from_slice(&nested.inputs);
            }
            FromWorker::Link { action, name, uri } => {
                out.push(17);
                out.put_number(u64::from(*action));
                out.put_text(name);
                out.put_text(uri);
            }
            FromWorker::Formerly { parent, digest, former } => {
                out.push(30);
                out.put_number(u64::from(*parent));
                out.extend_from_slice(digest);
                out.extend_from_slice(former);
            }
            FromWorker::FlowAsked { call, action, rule } => {
                out.push(15);
                out.put_number(u64::from(*call));
                out.put_number(u64::from(*action));
                put_flow(out, rule);
            }
            FromWorker::FlowReturned { action, key } => {
                out.push(16);
                out.put_number(u64::from(*action));
                out.put_text(key);
            }
        }
    }

    pub fn decode(payload: &[u8]) -> Result<FromWorker, Malformed> {
        let mut take = Take::new(payload);
        Ok(match take.byte()? {
            1 => FromWorker::Hello { process: take.small()? },
            2 => FromWorker::Task { number: take.small()?, spec: Box::new(take_spec(&mut take)?) },
            3 => FromWorker::Submit(Call {
                call: take.small()?,
                parent: take.small()?,
                task: take.small()?,
                digest: take.digest()?,
                group: shared_text(&mut take)?,
                context: shared_text(&mut take)?,
                elsewhere: take.byte()? != 0,
                cache_key: take_key(&mut take)?,
                line: take.small()?,
                inputs: Arc::from(take.rest),
            }),
            4 => FromWorker::Succeeded {
                action: take.small()?,
                spent: take_spent(&mut take)?,
                outputs: Arc::from(take.rest),
            },
            5 => FromWorker::Failed {
                action: take.small()?,
                spent: take_spent(&mut take)?,
                failure: Arc::new(Failure::decode(&mut take)?),
            },
            6 => FromWorker::Pull,
            7 => FromWorker::Blocked,
            8 => FromWorker::Bounced(take_actions(&mut take)?),
            9 => FromWorker::Cancel { parent: take.small()?, digest: take.digest()? },
            10 => FromWorker::Log {
                action: take.small()?.checked_sub(1),
                stream: Stream::of(take.byte()?),
                text: take.rest.to_vec(),
            },
            11 => FromWorker::StartRun(NestedRun {
                call: take.small()?,
                parent: take.small()?,
                task: take.small()?,
                name: take.optional_text()?.map(str::to_owned),
                context: shared_text(&mut take)?,
                settings: take_settings(&mut take)?,
                cache_key: take_key(&mut take)?,
                inputs: Arc::from(take.rest),
            }),
            17 => FromWorker::Link { action: take.small()?, name: take.owned()?, uri: take.owned()? },
            30 => FromWorker::Formerly { parent: take.small()?, digest: take.digest()?, former: take.digest()? },
            12 => FromWorker::TraceStarted(take_step(&mut take)?),
            13 => FromWorker::Traced {
                step: take_step(&mut take)?,
                ended: take.number()?,
                outcome: match take.byte()? {
                    0 => Err(Arc::new(Failure::decode(&mut take)?)),
                    _ => Ok(Arc::from(take.rest)),
                },
            },
            14 => FromWorker::TraceReplayed(take_step(&mut take)?),
            20 => FromWorker::OfferToPark(take_actions(&mut take)?),
            15 => FromWorker::FlowAsked { call: take.small()?, action: take.small()?, rule: take_flow(&mut take)? },
            16 => FromWorker::FlowReturned { action: take.small()?, key: take.owned()?.into() },
            _ => return Err(Malformed("message from a worker")),
        })
    }
}

impl ToWorker {
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            ToWorker::Run { run, name } => {
                out.push(1);
                out.put_number(u64::from(*run));
                out.put_text(name);
            }
            ToWorker::Task { task, name, reference } => {
                out.push(2);
                out.put_number(u64::from(*task));
                out.put_text(name);
                out.put_bytes(reference);
            }
            ToWorker::Start { action, run, task, digest, attempt, context, devices, recorded, inputs } => {
                out.push(3);
                out.put_number(u64::from(*action));
                out.put_number(u64::from(*run));
                out.put_number(u64::from(*task));
                out.put_bytes(digest.as_ref().map_or(&[], |digest| &digest[..]));
                out.put_number(u64::from(*attempt));
                out.put_optional_text(context.as_deref());
                out.put_optional_text(devices.as_deref());
                out.put_number(recorded.as_ref().map_or(0, |steps| steps.len() as u64 + 1));
                for (digest, outputs) in recorded.iter().flatten() {
                    out.extend_from_slice(digest);
                    out.put_bytes(outputs);
                }
                out.extend_from_slice(inputs);
            }
            ToWorker::Succeeded { call, outputs } => {
                out.push(4);
                out.put_number(u64::from(*call));
                out.extend_from_slice(outputs);
            }
            ToWorker::Failed { call, failure } => {
                out.push(5);
                out.put_number(u64::from(*call));
                failure.encode(out);
            }
            ToWorker::RunEnded { call, name, outcome } => {
                out.push(6);
                out.put_number(u64::from(*call));
                out.put_text(name);
                out.push(u8::from(outcome.is_ok()));
                match outcome {
                    Ok(outputs) => out.extend_from_slice(outputs),
                    Err(failure) => failure.encode(out),
                }
            }
            ToWorker::Cancel { action } => {
                out.push(7);
                out.put_number(u64::from(*action));
            }
            ToWorker::Leave { action } => {
                out.push(8);
                out.put_number(u64::from(*action));
            }
            ToWorker::Former { action, former } => {
                out.push(30);
                out.put_number(u64::from(*action));
                out.extend_from_slice(former);
            }
        }
    }

    pub fn decode(payload: &[u8]) -> Result<ToWorker, Malformed> {
        let mut take = Take::new(payload);
        Ok(match take.byte()? {
            1 => ToWorker::Run { run: take.small()?, name: take.owned()? },
            2 => ToWorker::Task { task: take.small()?, name: take.owned()?, reference: take.bytes()?.to_vec() },
            3 => ToWorker::Start {
                action: take.small()?,
                run: take.small()?,
                task: take.small()?,
                digest: match take.bytes()? {
                    [] => None,
                    digest => Some(Digest::try_from(digest).map_err(|_| Malformed("digest"))?),
                },
                attempt: take.small()?,
                context: shared_text(&mut take)?,
                devices: shared_text(&mut take)?,
                recorded: take_recorded(&mut take)?,
                inputs: Arc::from(take.rest),
            },
            4 => ToWorker::Succeeded { call: take.small()?, outputs: Arc::from(take.rest) },
            5 => ToWorker::Failed { call: take.small()?, failure: Arc::new(Failure::decode(&mut take)?) },
            6 => ToWorker::RunEnded {
                call: take.small()?,
                name: take.owned()?,
                outcome: match take.byte()? {
                    0 => Err(Arc::new(Failure::decode(&mut take)?)),
                    _ => Ok(Arc::from(take.rest)),
                },
            },
            7 => ToWorker::Cancel { action: take.small()? },
            8 => ToWorker::Leave { action: take.small()? },
            30 => ToWorker::Former { action: take.small()?, former: take.digest()? },
            _ => return Err(Malformed("message to a worker")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::record::tests::failure;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Bytes> {
        prop::collection::vec(any::<u8>(), 0..30).prop_map(Bytes::from)
    }

    proptest! {
        #[test]
        fn messages_survive_the_link(
            number in 0..u32::MAX, digest: Digest, inputs in bytes(), text in ".{0,9}", failure in failure(), flag: bool
        ) {
            let settings = RunSettings { reads_cache: flag, at_once: number, priority: -(number as i32 / 2), ..RunSettings::default() };
            let spent = Spent { cpu: u64::from(number), memory: 1 << 40 };
            let rule = FlowRule { key: Arc::from(text.as_str()), at_once: 1, count: number, per: 9 };
            let spec = TaskSpec {
                name: text.clone(),
                pool: text.clone(),
                work: if flag { Work::Condition } else { Work::Function },
                time: TimeLimits { runtime: 1, queued: 2, deadline: 3 },
                needs: Needs { cpu: number, memory: 5, climbs: flag, flow: flag.then(|| rule.clone()), ..Needs::default() },
                cache: flag.then(|| CacheRules { version: text.clone(), serialize: true, max_age: 4 }),
                priority: -7,
                reference: vec![1],
                ..TaskSpec::default()
            };
            let (shared, failure) = (Some(Arc::from(text.as_str())), Arc::new(failure));
            let step = Step {
                action: number, task: 1, digest, group: shared.clone(), started: 1 << 50, line: number, is_inner: flag, inputs: inputs.clone()
            };
            let messages = [
                FromWorker::Hello { process: number },
                FromWorker::Task { number, spec: Box::new(spec) },
                FromWorker::Submit(Call {
                    call: number, parent: 1, task: 2, digest, group: shared.clone(), context: None, elsewhere: flag,
                    cache_key: flag.then_some([7; 32]), line: number, inputs: inputs.clone()
                }),
                FromWorker::Succeeded { action: number, spent, outputs: inputs.clone() },
                FromWorker::Failed { action: number, spent, failure: failure.clone() },
                FromWorker::TraceStarted(step.clone()),
                FromWorker::Traced { step: step.clone(), ended: 9, outcome: if flag { Ok(inputs.clone()) } else { Err(failure.clone()) } },
                FromWorker::TraceReplayed(step),
                FromWorker::OfferToPark(vec![number, 1]),
                FromWorker::Pull,
                FromWorker::Blocked,
                FromWorker::Bounced(vec![number, 1]),
                FromWorker::Cancel { parent: number, digest },
                FromWorker::FlowAsked { call: number, action: 2, rule: rule.clone() },
                FromWorker::FlowReturned { action: number, key: rule.key.clone() },
                FromWorker::Log { action: flag.then_some(number), stream: Stream::Stderr, text: inputs.to_vec() },
                FromWorker::StartRun(NestedRun { call: 1, parent: 2, task: 3, name: None, context: shared.clone(), settings, cache_key: None, inputs: inputs.clone() }),
                FromWorker::Link { action: number, name: text.clone(), uri: text.clone() },
                FromWorker::Formerly { parent: number, digest, former: [7; 16] },
            ];
            for message in messages {
                let mut data = Vec::new();
                frame(&mut data, |out| message.encode(out));
                let (payload, length) = first_frame(&data).unwrap().unwrap();
                prop_assert_eq!(length, data.len());
                prop_assert_eq!(FromWorker::decode(payload), Ok(message));
                prop_assert_eq!(first_frame(&data[..data.len() - 1]), Ok(None));
            }
            let replies = [
                ToWorker::Run { run: number, name: text.clone() },
                ToWorker::Task { task: number, name: text.clone(), reference: inputs.to_vec() },
                ToWorker::Start {
                    action: number, run: 1, task: 2, digest: flag.then_some(digest), attempt: 3, context: shared,
                    devices: flag.then(|| "0,1".into()),
                    recorded: flag.then(|| vec![(digest, inputs.clone())]), inputs: inputs.clone()
                },
                ToWorker::Succeeded { call: number, outputs: inputs.clone() },
                ToWorker::Failed { call: number, failure: failure.clone() },
                ToWorker::RunEnded { call: number, name: text, outcome: if flag { Ok(inputs) } else { Err(failure) } },
                ToWorker::Cancel { action: number },
                ToWorker::Leave { action: number },
                ToWorker::Former { action: number, former: digest },
            ];
            for message in replies {
                let mut data = Vec::new();
                message.encode(&mut data);
                prop_assert_eq!(ToWorker::decode(&data), Ok(message));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = (FromWorker::decode(&data), ToWorker::decode(&data), first_frame(&data));
        }
    }
}
