//! How actions and runs end before they are done, and words that come too late.

use super::script::{error, Script, ASYNC, FLAKY, SYNC};
use crate::engine::model::{Event, Exit, Submission};

#[test]
fn children_end_with_their_parent() {
    let mut script = Script::running(4, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(1, 1, SYNC, 2).submit(1, 1, FLAKY, 3);
    assert_eq!(script.only("w"), ["w1 starts a1", "w2 starts a2", "w3 starts a3"]);
    script.fail(3, 3, error("ValueError"));
    script.effects.clear();
    script.succeed(0, 0, "done").expect(&[
        "r0 records #0 succeeded",
        "r0 records #2 aborted: its parent is over",
        "w1 hears about call 2: error ActionAborted (user)",
        "w2 is interrupted",
        "a2 has until 1000000",
        "r0 records #3 aborted: its parent is over",
        "w1 hears about call 3: error ActionAborted (user)",
        "r0 records #1 aborted: its parent is over",
        "w0 hears about call 1: error ActionAborted (user)",
        "w1 cancels a1",
        "a1 has until 1000000",
    ]);
    // The workers let go, one by itself and one by force; nobody hears of it any more.
    script.event(Event::RetryDue(3)).expect(&[]);
    script.fail(1, 1, error("CancelledError")).expect(&[]);
    script.event(Event::GraceOver(1)).expect(&[]);
    script.event(Event::GraceOver(2)).expect(&["w2 is killed"]);
    script.killed(2).expect(&["r0 records end: succeeded", "r0 ends succeeded: `done`"]);
    assert!(script.engine.live.is_empty());
}

#[test]
fn a_child_that_waits_for_a_worker_is_aborted_without_one() {
    let mut script = Script::running(1, SYNC);
    script.submit(0, 0, SYNC, 1);
    script.effects.clear();
    script.fail(0, 0, error("ValueError")).expect(&[
        "r0 records #0 failed: ValueError",
        "r0 records #1 aborted: its parent is over",
        "w0 hears about call 1: error ActionAborted (user)",
        "r0 records end: failed",
        "r0 ends failed: error ValueError (user)",
    ]);
    script.event(Event::GrowthDue { idle: 1.0 }).expect(&[]);
}

#[test]
fn a_call_nobody_waits_for_is_aborted_with_what_it_called() {
    let mut script = Script::running(3, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(1, 1, ASYNC, 2);
    script.effects.clear();
    script.cancel(0, 1).expect(&[
        "r0 records #2 aborted: its caller no longer waits for it",
        "w1 hears about call 2: error ActionAborted (user)",
        "w2 cancels a2",
        "a2 has until 1000000",
        "r0 records #1 aborted: its caller no longer waits for it",
        "w1 cancels a1",
        "a1 has until 1000000",
    ]);
    script.cancel(0, 1).cancel(0, 9).cancel(7, 1).expect(&[]);
    script.succeed(2, 2, "late").succeed(1, 1, "late").expect(&[]);
}

#[test]
fn only_a_parent_cancels_its_call() {
    let mut script = Script::running(3, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(0, 0, ASYNC, 2);
    script.effects.clear();
    script.cancel(1, 2).cancel(0, 0).expect(&[]);
}

#[test]
fn a_cancelled_call_that_is_made_again_runs_again() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).cancel(0, 1);
    script.fail(1, 1, error("CancelledError")).event(Event::Pulled(0)).event(Event::Pulled(1));
    script.effects.clear();
    script.submit(0, 0, ASYNC, 1).expect(&[
        "r0 records #1 reopened",
        "r0 records #1 started, attempt 0",
        "w1 starts a2",
    ]);
}

#[test]
fn a_run_is_asked_to_end_before_it_is_made_to() {
    let mut script = Script::running(3, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(0, 0, SYNC, 2);
    script.effects.clear();
    script.abort(0, false).expect(&[
        "r0 records #1 aborted: enough",
        "w0 hears about call 1: error ActionAborted (user)",
        "w1 cancels a1",
        "a1 has until 1000000",
        "r0 records #2 aborted: enough",
        "w0 hears about call 2: error ActionAborted (user)",
        "w2 is interrupted",
        "a2 has until 1000000",
        "w0 cancels a0",
        "a0 has until 1000000",
    ]);
    script.submit(0, 0, ASYNC, 3).expect(&["w0 hears about call 3: error ActionAborted (user)"]);
    // However the root ends, it was aborted.
    script.succeed(0, 0, "cleaned up").expect(&["r0 records #0 aborted: enough"]);
    // It ends with the last of its actions that cleans up.
    script.fail(2, 2, error("KeyboardInterrupt")).expect(&[]);
    script
        .fail(1, 1, error("CancelledError"))
        .expect(&["r0 records end: aborted", "r0 ends aborted: error ActionAborted (user)"]);
    script.abort(0, true).expect(&[]);
}

#[test]
fn a_run_that_is_cleaning_up_can_be_ended_at_once() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, SYNC, 1).abort(0, false).succeed(0, 0, "cleaned up");
    script.effects.clear();
    script.abort(0, false).expect(&[]);
    script.abort(0, true).expect(&[
        "w1 is killed",
        "r0 records end: aborted",
        "r0 ends aborted: error ActionAborted (user)",
    ]);
    script.killed(1).expect(&[]);
}

#[test]
fn a_run_whose_root_does_not_end_in_time_is_ended() {
    let mut script = Script::running(1, ASYNC);
    script.abort(0, false);
    script.effects.clear();
    script.event(Event::GraceOver(0)).expect(&["w0 is killed", "r0 records #0 aborted: enough"]);
    script.killed(0).expect(&["r0 records end: aborted", "r0 ends aborted: error ActionAborted (user)"]);
    assert!(script.engine.live.is_empty() && script.engine.is_idle());
}

#[test]
fn a_run_that_is_told_twice_ends_at_once() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, SYNC, 1).abort(0, false);
    script.effects.clear();
    script.abort(0, true).expect(&[
        "w0 is killed",
        "w1 is killed",
        "r0 records #0 aborted: enough",
        "r0 records end: aborted",
        "r0 ends aborted: error ActionAborted (user)",
    ]);
    script.killed(0).killed(1).expect(&[]);
    assert!(script.engine.live.is_empty());
}

#[test]
fn a_run_whose_root_is_not_running_ends_at_once() {
    let mut waiting = Script::running(1, FLAKY);
    waiting.fail(0, 0, error("ValueError"));
    let mut queued = Script::new(1);
    queued.request(0, ASYNC);
    for mut script in [waiting, queued] {
        script.effects.clear();
        script.abort(0, false).expect(&[
            "r0 records #0 aborted: enough",
            "r0 records end: aborted",
            "r0 ends aborted: error ActionAborted (user)",
        ]);
        script.event(Event::RetryDue(0)).event(Event::WorkerReady(0)).expect(&[]);
    }
}

#[test]
fn a_root_handed_back_after_the_abort_does_not_begin_again() {
    let mut script = Script::running(1, ASYNC);
    script.abort(0, false);
    script.effects.clear();
    script.event(Event::Bounced { worker: 0, actions: vec![0] }).expect(&[
        "r0 records #0 aborted: enough",
        "r0 records end: aborted",
        "r0 ends aborted: error ActionAborted (user)",
    ]);
}

#[test]
fn a_root_whose_worker_dies_while_it_is_aborted_was_aborted() {
    let mut script = Script::running(1, SYNC);
    script.abort(0, false);
    script.effects.clear();
    script.gone(0, Exit::Code(1)).expect(&[
        "r0 records #0 aborted: enough",
        "r0 records end: aborted",
        "r0 ends aborted: error ActionAborted (user)",
    ]);
}

/// Run 1 was started by action 0, the root of run 0; its root is action 1, on worker 1.
fn nested() -> Script {
    let mut script = Script::running(3, FLAKY);
    script.request_with(1, ASYNC, Some((0, 7, 0)), Vec::new());
    script.expect(&[
        "r1 records task async",
        "r1 records #0 submitted",
        "r1 records #0 started, attempt 0",
        "w1 starts a1",
    ]);
    script
}

#[test]
fn a_nested_run_answers_its_caller() {
    let mut script = nested();
    script.succeed(1, 1, "inner").expect(&[
        "r1 records #0 succeeded",
        "r1 records end: succeeded",
        "r1 ends succeeded: `inner`, for call 7 of w0",
    ]);
}

#[test]
fn nested_runs_end_with_their_caller() {
    let mut script = nested();
    script.request_with(2, ASYNC, Some((1, 8, 1)), Vec::new());
    script.effects.clear();
    script.succeed(0, 0, "done").expect(&[
        "r0 records #0 succeeded",
        "w2 cancels a2",
        "a2 has until 1000000",
        "w1 cancels a1",
        "a1 has until 1000000",
        "r0 records end: succeeded",
        "r0 ends succeeded: `done`",
    ]);
    script.fail(2, 2, error("CancelledError")).expect(&[
        "r2 records #0 aborted: its parent is over",
        "r2 records end: aborted",
        "r2 ends aborted: error ActionAborted (user), for call 8 of w1",
    ]);
    script.fail(1, 1, error("CancelledError"));
    assert!(script.engine.is_idle() && script.engine.live.is_empty());
}

#[test]
fn nested_runs_end_at_once_when_their_callers_run_does() {
    let mut script = nested();
    script.abort(0, true);
    assert_eq!(script.only("r1 ends"), ["r1 ends aborted: error ActionAborted (user), for call 7 of w0"]);
    assert!(script.engine.is_idle());
}

#[test]
fn nested_runs_end_with_the_attempt_that_started_them() {
    for failed in [true, false] {
        let mut script = nested();
        if failed {
            script.fail(0, 0, error("ValueError"));
        } else {
            script.killed(0);
        }
        assert_eq!(script.only("w1"), ["w1 cancels a1"], "another attempt starts one of its own");
    }
}

#[test]
fn a_run_started_by_what_is_over_is_aborted() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).cancel(0, 1);
    script.effects.clear();
    for (run, caller) in [(1, 1), (2, 99)] {
        script.request_with(run, ASYNC, Some((1, 7, caller)), Vec::new());
        script.expect(&[
            &format!("r{run} records task async"),
            &format!("r{run} records #0 submitted"),
            &format!("r{run} records #0 aborted: its caller is over"),
            &format!("r{run} records end: aborted"),
            &format!("r{run} ends aborted: error ActionAborted (user), for call 7 of w1"),
        ]);
    }
}

#[test]
fn a_second_word_about_what_is_settled_is_not_heard() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).succeed(1, 1, "one");
    script.effects.clear();
    script.succeed(1, 1, "two").fail(1, 1, error("ValueError")).expect(&[]);
    script.succeed(0, 1, "not mine").succeed(9, 0, "nobody").expect(&[]);
    script.succeed(0, 0, "done");
    script.effects.clear();
    script.succeed(0, 0, "again").killed(0).killed(0).expect(&[]);
}

#[test]
fn what_is_not_held_cannot_be_handed_back() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1);
    script.effects.clear();
    script.event(Event::Bounced { worker: 0, actions: vec![1, 5, 99] }).expect(&[]);
    script.event(Event::Bounced { worker: 9, actions: vec![1] }).expect(&[]);
}

#[test]
fn an_aborted_action_that_is_handed_back_is_gone() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).cancel(0, 1);
    script.effects.clear();
    script.event(Event::Bounced { worker: 1, actions: vec![1] }).event(Event::Pulled(1)).expect(&[]);
    assert_eq!(script.engine.live.len(), 1);
}

#[test]
fn calls_of_what_is_over_are_refused() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).cancel(0, 1);
    script.effects.clear();
    script.submit(1, 1, ASYNC, 2).expect(&["w1 hears about call 2: error ActionAborted (user)"]);
    script.succeed(0, 0, "done");
    script.effects.clear();
    script.submit(0, 0, ASYNC, 3).submit(1, 1, ASYNC, 4).submit(1, 99, ASYNC, 5).expect(&[
        "w0 hears about call 3: error ActionAborted (user)",
        "w1 hears about call 4: error ActionAborted (user)",
        "w1 hears about call 5: error ActionAborted (user)",
    ]);
}

#[test]
fn words_of_and_about_strangers_change_nothing() {
    let mut script = Script::running(1, ASYNC);
    script
        .event(Event::WorkerReady(9))
        .event(Event::Pulled(9))
        .event(Event::Blocked(9))
        .event(Event::RetryDue(9))
        .event(Event::GraceOver(9))
        .gone(9, Exit::Unknown)
        .abort(9, true)
        .expect(&[]);
}

#[test]
fn a_deep_chain_of_calls_ends_with_its_root() {
    let mut script = Script::running(1, ASYNC);
    let depth = 20_000;
    for action in 0..depth {
        let mut digest = [1; 16];
        digest[..4].copy_from_slice(&u32::to_le_bytes(action));
        script.event(Event::Submitted(Submission { digest, ..Script::submission(0, action, ASYNC, 1) }));
        script.event(Event::Pulled(0));
    }
    script.effects.clear();
    script.succeed(0, 0, "done");
    assert_eq!(script.only("r0 records").len(), depth as usize + 1);
}

#[test]
fn one_action_is_aborted_with_what_it_called_and_its_caller_hears_of_it() {
    let mut script = Script::running(4, ASYNC);
    script.submit(0, 0, ASYNC, 1).submit(1, 1, SYNC, 2).submit(0, 0, ASYNC, 3);
    script.effects.clear();
    let abort = |ordinal| Event::ActionAbortRequested { run: 0, ordinal, reason: "enough".into() };
    script.event(abort(1)).expect(&[
        "r0 records #2 aborted: enough",
        "w1 hears about call 2: error ActionAborted (user)",
        "w2 is interrupted",
        "a2 has until 1000000",
        "r0 records #1 aborted: enough",
        "w0 hears about call 1: error ActionAborted (user)",
        "w1 cancels a1",
        "a1 has until 1000000",
    ]);
    // Once is enough, and one that is over stays as it ended.
    script.event(abort(1)).event(abort(9)).expect(&[]);
    script.event(abort(0));
    assert_eq!(script.only("r0 records #3"), ["r0 records #3 aborted: enough"]);
}
