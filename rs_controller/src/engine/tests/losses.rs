//! Workers that end before their actions do.

use super::script::{Script, ASYNC, FLAKY, SYNC};
use crate::engine::model::{Effect, Event, Exit, Outcome, Submission};
use crate::engine::record::Kind;

fn last_failure(script: &Script) -> (String, Kind, String) {
    let found = script.effects.iter().rev().find_map(|effect| match effect {
        Effect::Resolve { outcome: Outcome::Failed(failure), .. } => Some(failure.clone()),
        Effect::EndRun { outcome: Outcome::Failed(failure), .. } => Some(failure.clone()),
        _ => None,
    });
    let failure = found.expect("a failure was reported");
    (failure.code.clone(), failure.kind, failure.message.clone())
}

#[test]
fn an_action_that_ends_its_own_process_fails_as_the_users_doing() {
    for (exit, code, message) in [
        (Exit::Code(3), "WorkerExited", "exited with status 3"),
        (Exit::Signal(libc::SIGSEGV), "WorkerCrashed", "segmentation fault"),
        (Exit::Signal(libc::SIGABRT), "WorkerCrashed", "signal 6"),
    ] {
        for task in [ASYNC, SYNC] {
            let mut script = Script::running(1, task);
            script.gone(0, exit);
            let failure = last_failure(&script);
            assert_eq!((failure.0.as_str(), failure.1), (code, Kind::User), "{exit:?}");
            assert!(failure.2.contains(message), "{}", failure.2);
        }
    }
}

#[test]
fn the_last_words_of_a_worker_are_told() {
    let mut script = Script::running(1, SYNC);
    script.event(Event::WorkerGone { worker: 0, exit: Exit::Code(1), last_words: "\nout of luck\n".into() });
    assert!(last_failure(&script).2.ends_with("its last words: out of luck"));
}

#[test]
fn an_action_that_ends_its_own_process_may_be_retried() {
    let mut script = Script::running(1, FLAKY);
    script
        .gone(0, Exit::Code(3))
        .expect(&["r0 records #0 failed: WorkerExited, again in 500000", "a0 is due at 500000"]);
    script.event(Event::RetryDue(0)).expect(&["pool 0 gets w1"]);
    script.event(Event::WorkerReady(1)).expect(&["r0 records #0 started, attempt 1", "w1 starts a0, attempt 1"]);
}

#[test]
fn a_sync_action_whose_process_is_killed_fails() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, SYNC, 1);
    script.effects.clear();
    script
        .killed(1)
        .expect(&["r0 records #1 failed: WorkerKilled", "w0 hears about call 1: error WorkerKilled (system)"]);
}

#[test]
fn a_killed_async_action_starts_again_without_costing_a_retry() {
    let mut script = Script::running(2, ASYNC);
    script.killed(0).expect(&["r0 records #0 lost", "r0 records #0 started, attempt 0", "w1 starts a0"]);
    script.succeed(1, 0, "done");
    assert_eq!(script.only("r0 ends"), ["r0 ends succeeded: `done`"]);
}

#[test]
fn an_action_that_loses_its_worker_too_often_fails_as_the_systems_doing() {
    let mut script = Script::running(1, FLAKY);
    for worker in 0..3 {
        script.killed(worker).expect(&["r0 records #0 lost", &format!("pool 0 gets w{}", worker + 1)]);
        script.event(Event::WorkerReady(worker + 1));
        script.expect(&["r0 records #0 started, attempt 0", &format!("w{} starts a0", worker + 1)]);
    }
    script.killed(3);
    let (code, kind, message) = last_failure(&script);
    assert_eq!((code.as_str(), kind), ("WorkerLost", Kind::System));
    assert!(message.contains("died 4 times"), "{message}");
    script.expect(&[
        "r0 records #0 failed: WorkerLost",
        "r0 records end: failed",
        "r0 ends failed: error WorkerLost (system)",
    ]);
}

/// One worker, which holds the root and two children.
fn sharing() -> Script {
    let mut script = Script::running(1, ASYNC);
    for number in 1..=2 {
        script.submit(0, 0, ASYNC, number).event(Event::Pulled(0));
    }
    assert_eq!(script.only("w"), ["w0 starts a1", "w0 starts a2"]);
    script
}

#[test]
fn actions_that_shared_a_dead_worker_start_again_each_alone() {
    for exit in [Exit::Signal(libc::SIGKILL), Exit::Code(1), Exit::Unknown] {
        let mut script = sharing();
        script.gone(0, exit).expect(&[
            "r0 records #0 lost",
            "r0 records #1 lost",
            "r0 records #2 lost",
            "pool 0 gets w1",
            "growth is due at 30000",
        ]);
        script.event(Event::WorkerReady(1));
        assert_eq!(script.only("w"), ["w1 starts a2"]);
        script.event(Event::Pulled(1)).expect(&["pool 0 gets w2"]);
        script.event(Event::WorkerReady(2));
        assert_eq!(script.only("w"), ["w2 starts a1"]);
        script.event(Event::Pulled(2)).event(Event::WorkerReady(3));
        assert_eq!(script.only("w"), ["w3 starts a0"]);
        // Alone now, whoever did it does it to itself only.
        script.gone(1, Exit::Code(1)).expect(&["r0 records #2 failed: WorkerExited"]);
    }
}

#[test]
fn an_action_that_shared_its_worker_with_an_aborted_one_is_not_blamed() {
    let mut script = sharing();
    script.killed(0);
    script.effects.clear();
    let mut script = sharing();
    script.succeed(0, 2, "2").cancel(0, 1).succeed(0, 0, "done");
    script.effects.clear();
    script.request(1, ASYNC).event(Event::Pulled(0));
    assert_eq!(script.only("w"), ["w0 starts a3"], "beside the aborted a1");
    script.gone(0, Exit::Code(1)).expect(&[
        "r0 records end: succeeded",
        "r0 ends succeeded: `done`",
        "r1 records #0 lost",
        "pool 0 gets w1",
    ]);
}

#[test]
fn a_restarted_parent_finds_its_children_as_they_are() {
    let mut script = Script::running(3, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(0, 0, ASYNC, 2);
    script.succeed(1, 1, "one").event(Event::Pulled(1));
    script.effects.clear();
    script.killed(0).expect(&["r0 records #0 lost", "r0 records #0 started, attempt 0", "w1 starts a0"]);
    script.submit(1, 0, ASYNC, 1).expect(&["w1 hears about call 1: the outputs recorded for #1"]);
    script.submit(1, 0, ASYNC, 2).expect(&[]);
    script.succeed(2, 2, "two").expect(&["r0 records #2 succeeded", "w1 hears about call 2: `two`"]);
}

#[test]
fn nobody_is_told_on_a_worker_that_is_gone() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1);
    script.killed(0);
    script.effects.clear();
    script.succeed(1, 1, "one");
    assert_eq!(script.only("w0"), Vec::<String>::new());
}

#[test]
fn a_child_its_restarted_parent_blocks_for_never_lands_beside_it() {
    let mut script = Script::running(1, ASYNC);
    let call = |worker| Submission { elsewhere: true, ..Script::submission(worker, 0, ASYNC, 1) };
    script.event(Event::Submitted(call(0))).killed(0);
    script.event(Event::WorkerReady(1));
    assert_eq!(script.only("w"), ["w1 starts a0"]);
    script.event(Event::Submitted(call(1))).event(Event::Pulled(1));
    assert_eq!(script.only("w"), Vec::<String>::new());
    script.event(Event::Blocked(1)).event(Event::WorkerReady(2));
    assert_eq!(script.only("w"), ["w2 starts a1"]);
}

#[test]
fn a_retried_parent_never_shares_a_worker_with_a_child_it_may_block_for() {
    let mut script = Script::running(2, FLAKY);
    script.submit(0, 0, ASYNC, 1).event(Event::Pulled(1));
    script.fail(0, 0, super::script::error("ValueError"));
    script.effects.clear();
    script.gone(0, Exit::Code(0)).event(Event::RetryDue(0));
    script.expect(&["pool 0 gets w2"]);
    script.event(Event::WorkerReady(2)).expect(&["r0 records #0 started, attempt 1", "w2 starts a0, attempt 1"]);
}

#[test]
fn workers_that_never_start_fail_what_waits_for_them() {
    let mut script = Script::new(1);
    script.request(0, FLAKY);
    script.effects.clear();
    script.gone(0, Exit::Code(1)).expect(&["pool 0 gets w1"]);
    script.gone(1, Exit::Code(1)).expect(&["pool 0 gets w2"]);
    script.gone(2, Exit::Code(1)).expect(&[
        "r0 records #0 failed: WorkerStartFailed",
        "r0 records end: failed",
        "r0 ends failed: error WorkerStartFailed (system)",
    ]);
}

#[test]
fn a_start_that_succeeds_forgives_those_that_failed() {
    let mut script = Script::new(1);
    script.request(0, SYNC);
    script.gone(0, Exit::Code(1)).gone(1, Exit::Code(1)).event(Event::WorkerReady(2));
    script.submit(2, 0, SYNC, 1).event(Event::Blocked(2));
    script.effects.clear();
    script.gone(3, Exit::Code(1)).expect(&["pool 0 gets w4"]);
    script.gone(4, Exit::Code(1)).expect(&["pool 0 gets w5"]);
}

#[test]
fn a_machine_that_starts_no_more_workers_is_not_asked_in_a_circle() {
    let mut script = Script::running(4, SYNC);
    for worker in 1..4 {
        script.gone(worker, Exit::Code(0));
    }
    script.submit(0, 0, SYNC, 1).submit(0, 0, SYNC, 2);
    assert_eq!(script.only("pool"), ["pool 0 gets w4", "pool 0 gets w5"]);
    script.gone(4, Exit::Unknown).gone(5, Exit::Unknown).gone(6, Exit::Unknown).gone(7, Exit::Unknown);
    assert_eq!(script.only("pool"), ["pool 0 gets w6", "pool 0 gets w7"], "then it waits for better times");
    script.now = 30_000;
    script.event(Event::GrowthDue { idle: 0.9 });
    assert_eq!(script.only("pool"), ["pool 0 gets w8"]);
    script.event(Event::WorkerReady(8));
    assert_eq!(script.only("w"), ["w8 starts a1"]);
}

#[test]
fn a_caller_that_blocks_for_what_cannot_start_is_told() {
    let mut script = Script::running(1, SYNC);
    script.submit(0, 0, SYNC, 1).event(Event::Blocked(0));
    for worker in 1..=3 {
        script.gone(worker, Exit::Unknown);
    }
    assert_eq!(script.only("w0"), ["w0 hears about call 1: error WorkerStartFailed (system)"]);
}
