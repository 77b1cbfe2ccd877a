//! Steps inside actions: recorded when they are over, found again when their action starts again.

use super::script::{bytes, digest, error, Script, ASYNC, FLAKY};
use crate::engine::model::Event;
use crate::engine::traces::{Earlier, EarlierStep};
use crate::engine::ROOT;

#[test]
fn a_step_is_one_record_below_its_action() {
    let mut script = Script::running(1, ASYNC);
    script.traced(0, 1).expect(&["r0 records task step", "r0 records step #1 of #0 succeeded"]);
    script.traced(0, 2).expect(&["r0 records step #2 of #0 succeeded"]);
}

#[test]
fn a_first_attempt_is_told_of_no_steps() {
    let mut script = Script::new(1);
    script.request(0, ASYNC).event(Event::WorkerReady(0));
    let is_told = script.effects.iter().any(|effect| format!("{effect:?}").contains("recorded: Some"));
    assert!(!is_told);
}

#[test]
fn another_attempt_finds_what_succeeded_and_runs_what_failed_again() {
    let mut script = Script::running(1, FLAKY);
    script.traced(0, 1).trace_failed(0, 2).fail(0, 0, error("ValueError")).event(Event::Pulled(0));
    script.effects.clear();
    script.event(Event::RetryDue(0)).expect(&["r0 records #0 started, attempt 1", "w0 starts a0 with 1 steps"]);
    script.event(Event::TraceReplayed(Script::step(0, 1))).expect(&[]);
    script.traced(0, 2).expect(&["r0 records step #2 of #0 succeeded"]);
}

#[test]
fn what_starts_again_for_a_lost_worker_finds_its_steps() {
    let mut script = Script::running(2, ASYNC);
    script.traced(0, 1).effects.clear();
    script.killed(0);
    assert_eq!(script.only("w"), ["w1 starts a0 with 1 steps"]);
}

#[test]
fn a_step_that_takes_long_is_told_twice_and_is_one() {
    let mut script = Script::running(1, ASYNC);
    script.step_started(0, 1).expect(&["r0 records task step", "r0 records step #1 of #0 started"]);
    script.traced(0, 1).expect(&["r0 records step #1 of #0 succeeded"]);
}

#[test]
fn a_step_that_was_going_on_is_over_with_its_attempt() {
    let mut script = Script::running(1, FLAKY);
    script.step_started(0, 1).effects.clear();
    script.fail(0, 0, error("ValueError")).expect(&[
        "r0 records #1 aborted: its attempt is over",
        "r0 records #0 failed: ValueError, again in 500000",
        "a0 is due at 500000",
    ]);
    script.event(Event::Pulled(0)).event(Event::RetryDue(0)).effects.clear();
    script.traced(0, 1).expect(&["r0 records step #1 of #0 succeeded"]);
}

#[test]
fn steps_of_the_run_recovered_from_become_this_runs_own_when_they_are_found() {
    let mut script = Script::new(1);
    let step = EarlierStep { parent: ROOT, digest: digest(1), outputs: bytes("old") };
    script.event(Event::RunRequested {
        run: 0,
        name: "run0".into(),
        task: ASYNC,
        inputs: bytes("in"),
        context: None,
        parent: None,
        prior: Vec::new(),
        settings: crate::engine::model::RunSettings::default(),
        cache_key: None,
        earlier: Earlier { steps: vec![step], ..Earlier::default() },
    });
    script.effects.clear();
    script.event(Event::WorkerReady(0)).expect(&["r0 records #0 started, attempt 0", "w0 starts a0 with 1 steps"]);
    let step = || Event::TraceReplayed(Script::step(0, 1));
    script.event(step()).expect(&["r0 records task step", "r0 records step #1 of #0 recovered"]);
    script.event(step()).expect(&[]);
}

#[test]
fn an_attempt_that_asks_for_other_things_than_the_last_one_is_reported() {
    let mut script = Script::running(1, FLAKY);
    script.submit(0, 0, ASYNC, 1).event(Event::Pulled(0)).succeed(0, 1, "out").traced(0, 2);
    script.fail(0, 0, error("ValueError")).event(Event::Pulled(0)).event(Event::RetryDue(0)).effects.clear();
    let mut other = Script::submission(0, 0, ASYNC, 3);
    other.line = 12;
    script.event(Event::Submitted(other)).event(Event::Pulled(0)).succeed(0, 2, "out").effects.clear();
    script.event(Event::TraceReplayed(Script::step(0, 2))).succeed(0, 0, "done");
    let told = script.only("r0 records notice:");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("did not ask for `async`") && told[0].contains("`async` (flow.py:12)"), "{told:?}");
}

#[test]
fn an_attempt_that_asks_for_the_same_again_is_not_reported() {
    let mut script = Script::running(1, FLAKY);
    script.submit(0, 0, ASYNC, 1).event(Event::Pulled(0)).succeed(0, 1, "out");
    script.fail(0, 0, error("ValueError")).event(Event::Pulled(0)).event(Event::RetryDue(0)).effects.clear();
    script.submit(0, 0, ASYNC, 1).submit(0, 0, ASYNC, 2).event(Event::Pulled(0)).succeed(0, 2, "out");
    script.succeed(0, 0, "done");
    assert_eq!(script.only("r0 records notice:"), [] as [&str; 0]);
}
