//! What holds for every journal that the engine writes, and that no event, however odd, makes it panic.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::script::{bytes, digest, error, tasks, Script, ASK, GRACE, STEP};
use crate::engine::model::{
    ActionId, CacheAnswer, CacheKey, Effect, Event, Exit, FlowRule, RunId, RunSettings, Spent, Submission, TaskId,
    TraceStep,
};
use crate::engine::record::{Digest, Failure, Origin, Record};
use crate::engine::traces::Earlier;
use crate::engine::tree::{Node, Phase, Tree};
use crate::engine::{Engine, Limits};

/// The tree that a journal tells, if the journal is one that can have happened.
pub fn lawful(records: &[Record]) -> Result<Tree, String> {
    let mut tree = Tree::default();
    for (place, record) in records.iter().enumerate() {
        check(&tree, record).map_err(|why| format!("record {place}, {record:?}: {why}"))?;
        tree.apply(record);
        let total: u64 = tree.counts.iter().map(|&count| u64::from(count)).sum();
        if total != tree.nodes.len() as u64 {
            return Err(format!("after record {place} the counts are {:?} of {}", tree.counts, tree.nodes.len()));
        }
    }
    Ok(tree)
}

/// Whether a record may follow what came before.
fn check(tree: &Tree, record: &Record) -> Result<(), String> {
    if tree.ended.is_some() {
        return Err("it comes after the end".into());
    }
    let (ordinal, allowed): (u32, &[Phase]) = match record {
        Record::RunStarted(_) | Record::Details { .. } | Record::Task { .. } => return Ok(()),
        Record::Signalled { .. } | Record::Notice { .. } | Record::Link { .. } | Record::Unread { .. } => return Ok(()),
        Record::TraceStarted { ordinal, parent, digest, .. } | Record::Traced { ordinal, parent, digest, .. } => {
            is_running(tree, *parent)?;
            let is_same = |node: &Node| node.digest == *digest;
            match tree.nodes.get(*ordinal as usize) {
                None if *ordinal as usize != tree.nodes.len() => return Err("the numbers have a gap".into()),
                None if tree.nodes.iter().any(is_same) => return Err("it is there already".into()),
                None => return Ok(()),
                Some(node) if !is_same(node) => return Err("it was another one".into()),
                Some(_) if matches!(record, Record::Traced { .. }) => {
                    (*ordinal, &[Phase::Running, Phase::Failed, Phase::Aborted])
                }
                Some(_) => (*ordinal, &[Phase::Failed, Phase::Aborted]),
            }
        }
        Record::RunEnded { .. } => {
            let unfinished = tree.nodes.iter().position(|node| !node.phase.is_final());
            return unfinished.map_or(Ok(()), |ordinal| Err(format!("#{ordinal} is not over")));
        }
        Record::Submitted { ordinal, parent, digest, .. } => {
            return match parent {
                _ if *ordinal as usize != tree.nodes.len() => Err("the numbers have a gap".into()),
                _ if tree.nodes.iter().any(|node| node.digest == *digest) => Err("it is there already".into()),
                None => Ok(()),
                Some(parent) => is_not_over(tree, *parent),
            };
        }
        Record::Started { ordinal, .. } => {
            if let Some(parent) = tree.nodes.get(*ordinal as usize).and_then(|node| node.parent) {
                is_not_over(tree, parent)?;
            }
            // A worker that is busy hands it back, which is not recorded.
            (*ordinal, &[Phase::Queued, Phase::Running, Phase::Retrying])
        }
        Record::Succeeded { ordinal, origin: Origin::Ran, .. } => (*ordinal, &[Phase::Running, Phase::Paused]),
        Record::Succeeded { ordinal, origin: Origin::Recovered, .. } => (*ordinal, &[Phase::Queued]),
        Record::Succeeded { ordinal, origin: Origin::Cached, .. } if !tree.cached_from.contains_key(ordinal) => {
            return Err("nothing says where it was found".into());
        }
        Record::CacheHit { ordinal, .. } | Record::Succeeded { ordinal, origin: Origin::Cached, .. } => {
            (*ordinal, &[Phase::Queued])
        }
        Record::Failed { ordinal, .. } => (*ordinal, &[Phase::Running, Phase::Queued, Phase::Retrying, Phase::Paused]),
        Record::Lost { ordinal, .. } | Record::Climbed { ordinal, .. } => (*ordinal, &[Phase::Running]),
        // What it spent follows the outcome at once.
        Record::Spent { ordinal, .. } => (*ordinal, &[Phase::Succeeded, Phase::Failed, Phase::Retrying, Phase::Queued]),
        Record::Aborted { ordinal, .. } => (*ordinal, &[Phase::Queued, Phase::Running, Phase::Retrying, Phase::Paused]),
        Record::Reopened { ordinal, .. } => (*ordinal, &[Phase::Failed, Phase::Aborted]),
    };
    match tree.nodes.get(ordinal as usize) {
        None => Err("nobody asked for it".into()),
        Some(node) if !allowed.contains(&node.phase) => Err(format!("it is {}", node.phase.word())),
        Some(_) => Ok(()),
    }
}

fn is_running(tree: &Tree, ordinal: u32) -> Result<(), String> {
    match tree.nodes.get(ordinal as usize) {
        Some(node) if node.phase == Phase::Running => Ok(()),
        _ => Err(format!("its action #{ordinal} does not run")),
    }
}

fn is_not_over(tree: &Tree, ordinal: u32) -> Result<(), String> {
    match tree.nodes.get(ordinal as usize) {
        Some(node) if !node.phase.is_final() => Ok(()),
        _ => Err(format!("its parent #{ordinal} is over, or never was")),
    }
}

/// What a journal holds for another run to take over, as `io` reads it.
pub fn successes(records: &[Record]) -> Vec<(Digest, crate::engine::record::Bytes)> {
    let digests: Vec<Digest> = records
        .iter()
        .filter_map(|record| match record {
            Record::Submitted { digest, .. } => Some(*digest),
            _ => None,
        })
        .collect();
    let success = |record: &Record| match record {
        Record::Succeeded { ordinal, outputs, .. } if *ordinal > 0 => {
            Some((digests[*ordinal as usize], outputs.clone()))
        }
        _ => None,
    };
    records.iter().filter_map(success).collect()
}

// --- odd events

/// Tasks that odd events are about.
const TASKS: TaskId = 14;

/// Tasks that workers run.
fn function() -> impl Strategy<Value = TaskId> {
    prop_oneof![5 => 0..ASK, 2 => STEP + 1..TASKS]
}

/// Tasks that can be called: all but steps.
fn called() -> impl Strategy<Value = TaskId> {
    prop_oneof![7 => 0..STEP, 3 => STEP + 1..TASKS]
}

fn exit() -> impl Strategy<Value = Exit> {
    prop_oneof![
        Just(Exit::Unknown),
        (0..3).prop_map(Exit::Code),
        prop_oneof![Just(libc::SIGKILL), Just(libc::SIGSEGV)].prop_map(Exit::Signal)
    ]
}

fn outcome() -> impl Strategy<Value = Result<crate::engine::record::Bytes, Arc<Failure>>> {
    prop_oneof![
        2 => Just(Ok(bytes("out"))),
        1 => any::<bool>().prop_map(|recoverable| Err(Arc::new(Failure { recoverable, ..error("ValueError") }))),
    ]
}

fn submission() -> impl Strategy<Value = Submission> {
    (0..6u32, 0..9u32, 0..10u32, called(), 0..8u8, any::<bool>(), key(), group()).prop_map(
        |(worker, call, parent, task, number, elsewhere, cache_key, group)| Submission {
            worker,
            call,
            parent,
            task,
            digest: digest(number),
            group,
            inputs: bytes("in"),
            context: None,
            elsewhere,
            cache_key,
            line: 0,
        },
    )
}

fn step() -> impl Strategy<Value = Box<TraceStep>> {
    (0..10u32, 0..8u8, 0..8 as TaskId, any::<bool>(), group()).prop_map(|(action, number, task, is_inner, group)| {
        Box::new(TraceStep { is_inner, task, group, ..*Script::step(action, number) })
    })
}

fn group() -> impl Strategy<Value = Option<Arc<str>>> {
    proptest::option::of(prop_oneof![Just(Arc::from("g")), Just(Arc::from("step"))])
}

fn key() -> impl Strategy<Value = Option<CacheKey>> {
    proptest::option::of((0..3u8).prop_map(|key| [key; 32]))
}

fn answer() -> impl Strategy<Value = CacheAnswer> {
    let hit = || CacheAnswer::Hit { outputs: bytes("old"), run: "earlier".into() };
    prop_oneof![Just(CacheAnswer::Miss), Just(CacheAnswer::Busy), Just(hit())]
}

/// Everything about a handful of workers, actions and runs that may or may not be there. Runs are numbered later.
pub fn event() -> impl Strategy<Value = Event> {
    let worker = || 0..6u32;
    let action = || 0..10u32;
    let caller = proptest::option::of((worker(), 0..9u32, action()));
    prop_oneof![
        2 => (function(), caller, 0..3u8, key(), any::<bool>()).prop_map(|(task, parent, prior, cache_key, reads_cache)| Event::RunRequested {
            run: 0,
            name: "earlier".into(),
            task,
            inputs: bytes("in"),
            context: None,
            parent,
            prior: (0..prior).map(|number| (digest(number), bytes("prior"))).collect(),
            settings: RunSettings { reads_cache, ..RunSettings::default() },
            cache_key,
            earlier: Earlier::default(),
        }),
        4 => worker().prop_map(Event::WorkerReady),
        2 => (worker(), exit()).prop_map(|(worker, exit)| Event::WorkerGone { worker, exit, last_words: "oh".into() }),
        4 => worker().prop_map(Event::Pulled),
        2 => worker().prop_map(Event::Blocked),
        4 => step().prop_map(Event::TraceStarted),
        6 => (step(), outcome()).prop_map(|(step, outcome)| Event::Traced { step, ended: 0, outcome }),
        2 => step().prop_map(Event::TraceReplayed),
        2 => action().prop_map(Event::AnswerDue),
        2 => (0..5 as RunId, outcome()).prop_map(|(run, answer)| Event::Signalled { run, name: "ask".into(), answer }),
        3 => (worker(), prop::collection::vec(action(), 0..3)).prop_map(|(worker, actions)| Event::OfferedToPark { worker, actions }),
        12 => submission().prop_map(Event::Submitted),
        8 => (worker(), action(), outcome()).prop_map(|(worker, action, outcome)| Event::Finished { worker, action, outcome, spent: Spent { cpu: 1, memory: 2 } }),
        1 => (worker(), prop::collection::vec(action(), 0..4)).prop_map(|(worker, actions)| Event::Bounced { worker, actions }),
        2 => (action(), 0..8u8).prop_map(|(parent, number)| Event::Cancelled { parent, digest: digest(number) }),
        4 => (action(), answer()).prop_map(|(action, answer)| Event::CacheAnswered { action, answer }),
        1 => action().prop_map(Event::CacheDue),
        3 => action().prop_map(Event::RetryDue),
        1 => Just(Event::AdmitDue),
        1 => (0..3u32, 0..6u32).prop_map(|(run, ordinal)| {
            Event::ActionAbortRequested { run, ordinal, reason: "enough".into() }
        }),
        1 => (worker(), 0..9u32, action()).prop_map(|(worker, call, action)| {
            let rule = FlowRule { key: "api".into(), at_once: 1, count: 2, per: 10 };
            Event::FlowAsked { worker, call, action, rule }
        }),
        1 => action().prop_map(|action| Event::FlowReturned { action, key: "api".into() }),
        2 => action().prop_map(Event::GraceOver),
        3 => (action(), 0..6u32).prop_map(|(action, turn)| Event::LimitDue(action, turn)),
        1 => (worker(), action()).prop_map(|(worker, action)| Event::OverMemory { worker, action, peak: 1 << 40 }),
        2 => (0.0..1.0).prop_map(|idle| Event::GrowthDue { idle }),
        1 => (0..5 as RunId, any::<bool>()).prop_map(|(run, now)| Event::AbortRequested { run, reason: "enough".into(), now }),
    ]
}

/// A name holds its parent's; only a call that names the root is left as it is, for its oddness.
fn below(engine: &Engine, parent: ActionId, number: &Digest) -> Digest {
    match engine.live.get(&parent) {
        Some(parent) if number[0] != 0 => {
            let mut digest = parent.digest;
            digest.rotate_right(1);
            digest[0] = number[0];
            digest
        }
        _ => *number,
    }
}

/// Journals of all runs that these events lead to, and how often each run ended.
pub fn journals(events: Vec<Event>, is_inline: bool) -> HashMap<RunId, (Vec<Record>, u32)> {
    let mut engine = Engine::new(Limits { cores: 2, most: 6 }, GRACE);
    if is_inline {
        engine.adopt_inline();
    }
    tasks().into_iter().chain(super::limits::tasks()).for_each(|spec| {
        engine.declare(spec);
    });
    let mut turns: HashSet<(RunId, CacheKey)> = HashSet::new();
    let (mut effects, mut found) = (Vec::new(), HashMap::<RunId, (Vec<Record>, u32)>::new());
    let mut runs = 0;
    for (now, mut event) in (0..).zip(events) {
        match &mut event {
            Event::RunRequested { run, .. } => {
                *run = runs;
                runs += 1;
            }
            Event::Submitted(Submission { parent, digest, .. }) | Event::Cancelled { parent, digest } => {
                *digest = below(&engine, *parent, digest);
            }
            Event::TraceStarted(step) | Event::Traced { step, .. } | Event::TraceReplayed(step) => {
                step.digest = below(&engine, step.action, &step.digest);
            }
            _ => {}
        }
        engine.handle(now * 10_000, event, &mut effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Record(run, record) => found.entry(run).or_default().0.push(record),
                Effect::EndRun { run, .. } => {
                    found.entry(run).or_default().1 += 1;
                    assert!(turns.iter().all(|(holder, _)| *holder != run), "run {run} is over and computes a key");
                }
                Effect::Keep { run, ordinal, .. } => {
                    let last = found.get(&run).and_then(|(records, _)| records.last());
                    let is_recorded = matches!(last, Some(Record::Succeeded { ordinal: done, origin: Origin::Ran, .. }) if *done == ordinal);
                    assert!(is_recorded, "#{ordinal} of run {run} is kept after {last:?}");
                }
                Effect::LookUp { run, key, serialize: true, .. } => {
                    turns.insert((run, key));
                }
                Effect::GiveBack { run, key, .. } => {
                    assert!(turns.remove(&(run, key)), "run {run} gives back what it has not");
                }
                _ => {}
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_event_is_too_odd(events in prop::collection::vec(event(), 0..120), is_inline in any::<bool>()) {
        for (run, (records, ends)) in journals(events, is_inline) {
            let tree = lawful(&records).map_err(|why| TestCaseError::fail(format!("run {run}: {why}")))?;
            prop_assert_eq!(ends, u32::from(tree.ended.is_some()), "run {}", run);
        }
    }
}

#[test]
fn the_laws_tell_a_lawful_journal_from_others() {
    let submitted = |ordinal: u32, parent| Record::Submitted {
        ordinal,
        parent,
        task: 0,
        digest: digest(ordinal as u8),
        group: None,
        at: 0,
        inputs: bytes("in"),
    };
    let started = |ordinal| Record::Started { ordinal, attempt: 0, at: 0 };
    let succeeded = |ordinal| Record::Succeeded { ordinal, at: 0, origin: Origin::Ran, outputs: bytes("out") };
    let end = || Record::RunEnded { at: 0, phase: crate::engine::record::RunPhase::Succeeded };
    let root = || vec![submitted(0, None), started(0)];
    let with = |more: Vec<Record>| lawful(&root().into_iter().chain(more).collect::<Vec<_>>()).map(|tree| tree.counts);
    assert!(with(vec![submitted(1, Some(0)), started(1), succeeded(1), succeeded(0), end()]).is_ok());
    for unlawful in [
        vec![succeeded(0), succeeded(0)],
        vec![succeeded(0), end(), started(0)],
        vec![submitted(1, Some(0)), succeeded(1)],
        vec![submitted(1, Some(0)), started(1), succeeded(0), end()],
        vec![submitted(2, Some(0))],
        vec![succeeded(0), submitted(1, Some(0))],
        vec![started(7)],
        vec![Record::Lost { ordinal: 0, at: 0, reason: "killed".into() }, succeeded(0)],
        vec![succeeded(0), Record::Reopened { ordinal: 0, at: 0 }],
    ] {
        assert!(with(unlawful.clone()).is_err(), "{unlawful:?}");
    }
}
