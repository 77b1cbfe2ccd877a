//! Actions that somebody, or time, answers: they take no worker, and outlive whoever asked.

use super::script::{bytes, digest, error, Script, ASK, ASYNC, FLAKY, SLEEP};
use crate::engine::model::Event;
use crate::engine::traces::Earlier;

/// The root has asked on worker 0.
fn asking() -> Script {
    let mut script = Script::running(1, ASYNC);
    script.submit(0, 0, ASK, 1).effects.clear();
    script
}

#[test]
fn a_condition_waits_without_a_worker() {
    let mut script = Script::running(1, ASYNC);
    script.submit(0, 0, ASK, 1).expect(&[
        "r0 records task ask",
        r#"r0 records details {"kind":"condition"}"#,
        "r0 records #1 submitted by #0",
        "r0 records #1 started, attempt 0",
        "a1 is answered at 1000",
    ]);
}

#[test]
fn a_signal_answers_every_condition_of_its_name() {
    let mut script = asking();
    script.submit(0, 0, ASK, 2).effects.clear();
    script.signal("other", "no").expect(&["r0 records signal other for 0"]);
    script.signal("ask", "yes").expect(&[
        "r0 records signal ask for 2",
        "r0 records #1 succeeded",
        "w0 hears about call 1: `yes`",
        "r0 records #2 succeeded",
        "w0 hears about call 2: `yes`",
    ]);
}

#[test]
fn a_signal_that_comes_first_answers_the_next_one_only() {
    let mut script = Script::running(1, ASYNC);
    script.signal("ask", "yes").submit(0, 0, ASK, 1);
    assert_eq!(script.only("w0 hears"), ["w0 hears about call 1: `yes`"]);
    script.submit(0, 0, ASK, 2);
    assert_eq!(script.only("w0 hears"), [] as [&str; 0]);
}

#[test]
fn a_condition_that_nobody_answers_fails_in_time() {
    let mut script = asking();
    script.event(Event::AnswerDue(1)).expect(&[
        "r0 records #1 failed: ConditionTimedoutError",
        "w0 hears about call 1: error ConditionTimedoutError (user)",
    ]);
    script.event(Event::AnswerDue(1)).expect(&[]);
}

#[test]
fn a_condition_outlives_the_worker_of_its_parent() {
    let mut script = asking();
    script.killed(0).event(Event::WorkerReady(1)).effects.clear();
    script.submit(1, 0, ASK, 1).expect(&[]);
    script.signal("ask", "yes");
    assert_eq!(script.only("w1 hears"), ["w1 hears about call 1: `yes`"]);
}

#[test]
fn an_action_that_only_waits_for_answers_gives_up_its_worker_until_there_is_one() {
    let mut script = asking();
    script.event(Event::OfferedToPark { worker: 0, actions: vec![0] }).expect(&["w0 is killed"]);
    script.killed(0).expect(&[]);
    script.signal("ask", "yes").expect(&["r0 records signal ask for 1", "r0 records #1 succeeded", "pool 0 gets w1"]);
    script.event(Event::WorkerReady(1)).expect(&["r0 records #0 started, attempt 0", "w1 starts a0"]);
    script.submit(1, 0, ASK, 1).expect(&["w1 hears about call 1: the outputs recorded for #1"]);
}

#[test]
fn a_worker_whose_action_waits_for_a_task_too_is_kept() {
    let mut script = asking();
    script.submit(0, 0, ASYNC, 2).effects.clear();
    script.event(Event::OfferedToPark { worker: 0, actions: vec![0] }).expect(&[]);
}

#[test]
fn an_answer_that_came_meanwhile_keeps_the_worker() {
    let mut script = asking();
    script.signal("ask", "yes").effects.clear();
    script.event(Event::OfferedToPark { worker: 0, actions: vec![0] }).expect(&[]);
}

#[test]
fn a_parked_action_can_be_aborted() {
    let mut script = asking();
    script.event(Event::OfferedToPark { worker: 0, actions: vec![0] }).killed(0).effects.clear();
    script.abort(0, false);
    assert_eq!(script.only("r0 ends").len(), 1);
}

#[test]
fn a_sleep_is_over_by_itself() {
    let mut script = Script::running(1, ASYNC);
    script.submit(0, 0, SLEEP, 1).effects.clear();
    script.event(Event::AnswerDue(1)).expect(&["r0 records #1 succeeded", "w0 hears about call 1: ``"]);
}

#[test]
fn a_sleep_that_had_begun_in_the_run_recovered_from_ends_when_it_would_have_ended() {
    let mut script = Script::new(1);
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
        earlier: Earlier { sleeps: vec![(digest(1), 77)], ..Earlier::default() },
    });
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0)).effects.clear();
    script.submit(0, 0, SLEEP, 1);
    assert_eq!(script.only("a1"), ["a1 is answered at 77"]);
}

#[test]
fn an_action_that_starts_again_hears_the_same_of_a_condition_that_failed() {
    let mut script = asking();
    script.event(Event::OfferedToPark { worker: 0, actions: vec![0] }).killed(0);
    script.event(Event::AnswerDue(1)).event(Event::WorkerReady(1)).effects.clear();
    script.submit(1, 0, ASK, 1).expect(&["w1 hears about call 1: error ConditionTimedoutError (user)"]);
}

#[test]
fn another_attempt_asks_again() {
    let mut script = Script::running(1, FLAKY);
    script.submit(0, 0, ASK, 1).event(Event::AnswerDue(1)).fail(0, 0, error("ValueError"));
    script.event(Event::Pulled(0)).event(Event::RetryDue(0)).effects.clear();
    script.submit(0, 0, ASK, 1);
    assert_eq!(script.only("r0 records"), ["r0 records #1 reopened", "r0 records #1 started, attempt 0"]);
}
