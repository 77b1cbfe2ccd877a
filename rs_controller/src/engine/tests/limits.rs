//! What passing a limit of time or memory leads to.

use super::script::{bytes, error, Script, ASYNC, GRACE, SYNC};
use crate::engine::memory::FIRST_RUNG;
use crate::engine::model::{Effect, Event, Needs, RetryPolicy, Spent, TaskId, TaskSpec, TimeLimits};
use crate::engine::record::{Failure, Frame};

const MIB: u64 = 1 << 20;

fn spec(name: &str, is_async: bool, retries: u32) -> TaskSpec {
    TaskSpec {
        name: format!("env.{name}"),
        short_name: name.into(),
        environment: "env".into(),
        pool: "env".into(),
        is_async,
        retry: RetryPolicy { retries, base: 10, factor: 1.0, cap: 10 },
        ..TaskSpec::default()
    }
}

/// One of each kind of limit, async and sync, for laws that hold for any of them.
pub fn tasks() -> Vec<TaskSpec> {
    let time = TimeLimits { runtime: 30_000, queued: 20_000, deadline: 300_000 };
    let bounded = Needs { memory_limit: 64 * MIB, ..Needs::default() };
    let climbing = Needs { climbs: true, ..Needs::default() };
    vec![
        TaskSpec { time, ..spec("timed", true, 1) },
        TaskSpec { time, ..spec("timed_sync", false, 1) },
        TaskSpec { needs: bounded, ..spec("bounded", false, 1) },
        TaskSpec { needs: climbing, ..spec("climbing", true, 0) },
    ]
}

/// The root runs on worker 0; action 1, of a task of that kind, runs on worker 1 or waits if there is none.
fn with_child(cores: usize, child: TaskSpec) -> Script {
    let mut script = Script::running(cores, ASYNC);
    let task: TaskId = script.engine.declare(child);
    script.submit(0, 0, task, 1);
    script
}

fn runtime(limit: u64) -> TimeLimits {
    TimeLimits { runtime: limit, ..TimeLimits::default() }
}

fn cancelled_at(line: u32) -> Failure {
    let frame = Frame {
        file: "flow.py".into(),
        line,
        function: "slow".into(),
        source: "await forever()".into(),
        is_user: true,
    };
    Failure { frames: vec![frame], ..error("CancelledError") }
}

fn message_of(effects: &[Effect]) -> String {
    use crate::engine::record::Record;
    let message = |effect: &Effect| match effect {
        Effect::Record(_, Record::Failed { failure, .. }) => Some(failure.message.clone()),
        _ => None,
    };
    effects.iter().find_map(message).expect("a failure is recorded")
}

#[test]
fn an_async_attempt_beyond_its_runtime_is_cancelled_and_says_where_it_was() {
    let mut script = with_child(2, TaskSpec { time: runtime(500), ..spec("slow", true, 0) });
    assert_eq!(script.only("a1"), ["a1 has a limit at 500, turn 2"]);
    script.now = 600;
    script.event(Event::LimitDue(1, 2)).expect(&["w1 cancels a1", "a1 has a limit at 1000600, turn 3"]);
    script.fail(1, 1, cancelled_at(12));
    assert!(message_of(&script.effects).ends_with("its max_runtime is 0 s; it was at flow.py:12 in slow"));
    script.expect(&[
        "r0 records #1 failed: MAX_RUNTIME_EXCEEDED",
        "w0 hears about call 1: error MAX_RUNTIME_EXCEEDED (user)",
    ]);
}

#[test]
fn what_a_function_returns_after_its_limit_does_not_count() {
    let mut script = with_child(2, TaskSpec { time: runtime(500), ..spec("slow", true, 0) });
    script.event(Event::LimitDue(1, 2));
    script.effects.clear();
    script.succeed(1, 1, "too late");
    assert_eq!(script.only("w0"), ["w0 hears about call 1: error MAX_RUNTIME_EXCEEDED (user)"]);
}

#[test]
fn async_code_that_does_not_listen_is_killed_after_the_grace_period() {
    let mut script = with_child(2, TaskSpec { time: runtime(500), ..spec("slow", true, 0) });
    script.event(Event::LimitDue(1, 2));
    script.effects.clear();
    script.now += GRACE;
    script.event(Event::LimitDue(1, 3)).expect(&["w1 is killed"]);
    script.killed(1);
    assert_eq!(script.only("w0"), ["w0 hears about call 1: error MAX_RUNTIME_EXCEEDED (user)"]);
}

#[test]
fn a_sync_attempt_beyond_its_runtime_is_killed_at_once_and_may_be_repeated() {
    let mut script = with_child(2, TaskSpec { time: runtime(500), ..spec("slow", false, 1) });
    script.effects.clear();
    script.now = 500;
    script.event(Event::LimitDue(1, 2)).expect(&["w1 is killed"]);
    script.killed(1);
    assert_eq!(script.only("r0"), ["r0 records #1 failed: MAX_RUNTIME_EXCEEDED, again in 10"]);
    script.event(Event::RetryDue(1)).event(Event::WorkerReady(2));
    assert_eq!(script.only("a1"), ["a1 has a limit at 1000, turn 5"]);
}

#[test]
fn the_limit_of_an_attempt_that_is_over_means_nothing() {
    let mut script = with_child(2, TaskSpec { time: runtime(500), ..spec("slow", true, 1) });
    script.fail(1, 1, error("ValueError"));
    script.effects.clear();
    script.event(Event::LimitDue(1, 2)).expect(&[]);
    script.event(Event::Pulled(1)).event(Event::RetryDue(1));
    script.effects.clear();
    script.event(Event::LimitDue(1, 2)).expect(&[]);
    script.succeed(1, 1, "done").event(Event::LimitDue(1, 5));
    assert_eq!(script.only("w"), ["w0 hears about call 1: `done`"]);
}

#[test]
fn an_action_that_waits_too_long_for_a_worker_ends() {
    let limits = TimeLimits { queued: 100, ..TimeLimits::default() };
    let mut script = with_child(1, TaskSpec { time: limits, ..spec("patient", false, 3) });
    assert_eq!(script.only("a1"), ["a1 has a limit at 100, turn 1"]);
    script.now = 100;
    script.event(Event::LimitDue(1, 1)).expect(&[
        "r0 records #1 failed: QUEUED_TIMEOUT_EXCEEDED",
        "w0 hears about call 1: error QUEUED_TIMEOUT_EXCEEDED (user)",
    ]);
}

#[test]
fn an_action_that_is_handed_back_goes_on_waiting() {
    let limits = TimeLimits { queued: 100, ..TimeLimits::default() };
    let mut script = with_child(2, TaskSpec { time: limits, ..spec("patient", true, 0) });
    script.effects.clear();
    script.now = 60;
    script.event(Event::Bounced { worker: 1, actions: vec![1] });
    assert_eq!(script.only("a1"), ["a1 has a limit at 100, turn 3"]);
}

#[test]
fn a_deadline_ends_an_action_that_waits_for_its_next_attempt() {
    let limits = TimeLimits { deadline: 1_000, ..TimeLimits::default() };
    let mut script = with_child(2, TaskSpec { time: limits, ..spec("late", true, 9) });
    assert_eq!(script.only("a1"), ["a1 has a limit at 1000, turn 0"]);
    script.fail(1, 1, error("ValueError"));
    script.effects.clear();
    script.now = 1_000;
    script
        .event(Event::LimitDue(1, 0))
        .expect(&["r0 records #1 failed: DEADLINE_EXCEEDED", "w0 hears about call 1: error DEADLINE_EXCEEDED (user)"]);
    script.event(Event::RetryDue(1)).expect(&[]);
}

#[test]
fn a_deadline_takes_the_children_along() {
    let limits = TimeLimits { deadline: 1_000, ..TimeLimits::default() };
    let mut script = with_child(3, TaskSpec { time: limits, ..spec("late", true, 9) });
    script.submit(1, 1, ASYNC, 2);
    script.effects.clear();
    script.event(Event::LimitDue(1, 0));
    assert_eq!(
        script.only("w"),
        ["w1 cancels a1", "w1 hears about call 2: error ActionAborted (user)", "w2 cancels a2",]
    );
    script.submit(1, 1, ASYNC, 3).expect(&["w1 hears about call 3: error ActionAborted (user)"]);
    script.fail(1, 1, cancelled_at(3));
    assert_eq!(script.only("w0"), ["w0 hears about call 1: error DEADLINE_EXCEEDED (user)"]);
}

#[test]
fn a_deadline_is_final_after_a_runtime_that_might_have_been_repeated() {
    let limits = TimeLimits { runtime: 900, deadline: 1_000, ..TimeLimits::default() };
    let mut script = with_child(2, TaskSpec { time: limits, ..spec("late", true, 9) });
    script.event(Event::LimitDue(1, 2)).event(Event::LimitDue(1, 0));
    script.effects.clear();
    script.fail(1, 1, cancelled_at(3));
    assert_eq!(script.only("w0"), ["w0 hears about call 1: error DEADLINE_EXCEEDED (user)"]);
}

#[test]
fn an_inline_worker_leaves_a_sync_attempt_behind() {
    let mut script = Script::new(1);
    let worker = script.engine.adopt_inline();
    let task = script.engine.declare(TaskSpec { time: runtime(500), ..spec("slow", false, 1) });
    script.request(0, ASYNC).submit(worker, 0, task, 1);
    script.effects.clear();
    script.event(Event::LimitDue(1, 2)).expect(&["w0 leaves a1 behind"]);
    script.event(Event::Bounced { worker, actions: vec![1] });
    assert_eq!(script.only("r0"), ["r0 records #1 failed: MAX_RUNTIME_EXCEEDED, again in 10"]);
}

#[test]
fn a_task_without_limits_has_no_clock() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(0, 0, SYNC, 2);
    assert!(script.engine.clocks.is_empty());
    assert!(script.effects.iter().all(|effect| !matches!(effect, Effect::LimitAt(..) | Effect::Meter { .. })));
}

#[test]
fn an_attempt_beyond_its_memory_is_killed_and_fails_with_peak_and_limit() {
    let needs = Needs { memory_limit: 64 * MIB, ..Needs::default() };
    let mut script = with_child(2, TaskSpec { needs, ..spec("hungry", false, 0) });
    assert!(script.only("w1").contains(&format!("w1 is watched: a1 may have {} bytes", 64 * MIB)));
    script.event(Event::OverMemory { worker: 1, action: 1, peak: 80 * MIB }).expect(&["w1 is killed"]);
    script.killed(1);
    let payload = script.effects.iter().find_map(|effect| match effect {
        Effect::Record(_, crate::engine::record::Record::Failed { failure, .. }) => Some(failure.payload.clone()),
        _ => None,
    });
    assert_eq!(payload.unwrap(), br#"{"peak": 83886080, "limit": 67108864}"#);
    let spent = format!("r0 records #1 spent 0 us and {} bytes in attempt 0", 80 * MIB);
    script.effects.retain(|effect| !matches!(effect, Effect::StartWorker { .. } | Effect::GrowthAt(_)));
    script.expect(&["r0 records #1 failed: OOMError", &spent, "w0 hears about call 1: error OOMError (user)"]);
}

#[test]
fn a_task_that_climbs_gets_twice_as_much_without_losing_a_retry() {
    let needs = Needs { climbs: true, ..Needs::default() };
    let mut script = with_child(2, TaskSpec { needs, ..spec("hungry", false, 0) });
    script.engine.has_memory(3 * FIRST_RUNG);
    let mut seen = Vec::new();
    for (worker, peak) in [(1, 600 * MIB), (2, 1_100 * MIB), (3, 1_600 * MIB)] {
        script.event(Event::WorkerReady(worker));
        script.event(Event::OverMemory { worker, action: 1, peak }).killed(worker);
        seen.extend(script.only("r0"));
    }
    seen.retain(|line| !line.contains("submitted") && !line.contains("task") && !line.contains("spent"));
    assert_eq!(
        seen,
        [
            "r0 records #1 started, attempt 0".to_owned(),
            format!("r0 records #1 climbs to {} bytes", 2 * FIRST_RUNG),
            "r0 records #1 started, attempt 0".to_owned(),
            format!("r0 records #1 climbs to {} bytes", 3 * FIRST_RUNG),
            "r0 records #1 started, attempt 0".to_owned(),
            "r0 records #1 failed: OOMError".to_owned(),
        ]
    );
}

#[test]
fn what_an_attempt_used_is_recorded_right_after_its_outcome() {
    let mut script = Script::running(1, ASYNC);
    let spent = Spent { cpu: 5, memory: 7 };
    script.event(Event::Finished { worker: 0, action: 0, outcome: Ok(bytes("out")), spent });
    script.expect(&[
        "r0 records #0 succeeded",
        "r0 records #0 spent 5 us and 7 bytes in attempt 0",
        "r0 records end: succeeded",
        "r0 ends succeeded: `out`",
    ]);
}
