//! A run that goes on where an earlier one stopped.

use super::script::{bytes, digest, Script, ASYNC, FLAKY};
use crate::engine::model::{Event, Submission};
use crate::engine::prior::{Before, PriorAction};

fn recovering() -> Script {
    let mut script = Script::new(1);
    script.request_with(0, ASYNC, None, vec![(digest(1), bytes("old")), (digest(1), bytes("newer"))]);
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0));
    script.effects.clear();
    script
}

#[test]
fn what_succeeded_before_is_answered_and_recorded_without_running() {
    let mut script = recovering();
    script.submit(0, 0, ASYNC, 1).expect(&[
        "r0 records #1 submitted by #0",
        "r0 records #1 recovered",
        "w0 hears about call 1: `newer`",
    ]);
    script.submit(0, 0, ASYNC, 1).expect(&["w0 hears about call 1: the outputs recorded for #1"]);
}

#[test]
fn what_did_not_succeed_before_runs() {
    let mut script = recovering();
    script.submit(0, 0, ASYNC, 2).expect(&[
        "r0 records #1 submitted by #0",
        "r0 records #1 started, attempt 0",
        "w0 starts a1",
    ]);
}

#[test]
fn the_root_itself_runs_again() {
    let mut script = Script::new(1);
    script.request_with(0, ASYNC, None, vec![(digest(0), bytes("old"))]);
    script.effects.clear();
    script.event(Event::WorkerReady(0)).expect(&["r0 records #0 started, attempt 0", "w0 starts a0"]);
}

#[test]
fn runs_do_not_answer_each_other() {
    let mut script = recovering();
    script.request(1, ASYNC);
    assert_eq!(script.only("w"), ["w0 starts a1"]);
    script.event(Event::Pulled(0)).submit(0, 1, ASYNC, 1);
    assert_eq!(script.only("r1 records #1"), ["r1 records #1 submitted by #0", "r1 records #1 started, attempt 0"]);
}

/// Of the run before: 1 of the task FLAKY under the root, with `in`, then 2 and 3 of ASYNC under it; 3 had succeeded.
fn recovering_below() -> Script {
    let mut script = Script::new(1);
    script.request_with(0, ASYNC, None, vec![(digest(3), bytes("old"))]);
    let action = |parent, number, task: &str| PriorAction {
        parent: digest(parent),
        digest: digest(number),
        task: task.into(),
        inputs: bytes("in"),
    };
    let actions = vec![
        action(0, 1, "env.flaky"),
        action(1, 2, "env.async"),
        action(1, 3, "env.async"),
        action(0, 4, "env.flaky"),
    ];
    script.event(Event::Recovers { run: 0, actions, before: Box::default() });
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0));
    script.effects.clear();
    script
}

fn formerly(number: u8, former: u8) -> Event {
    Event::Formerly { parent: 1, digest: digest(number), former: digest(former) }
}

#[test]
fn below_an_edited_task_results_are_found_by_their_former_names() {
    let mut script = recovering_below();
    script.submit(0, 0, FLAKY, 11);
    assert_eq!(script.only("w"), ["w0 knows a1 as 1", "w0 starts a1"]);
    script.event(formerly(13, 3)).submit(0, 1, ASYNC, 13).expect(&[
        "r0 records #2 submitted by #1",
        "r0 records #2 recovered",
        "w0 hears about call 13: `old`",
    ]);
    script.event(formerly(12, 2)).submit(0, 1, ASYNC, 12).event(Event::Pulled(0));
    assert_eq!(script.only("w"), ["w0 knows a2 as 2", "w0 starts a2"]);
}

#[test]
fn an_action_is_paired_with_one_twin_and_no_two_with_the_same() {
    let mut script = recovering_below();
    script.submit(0, 0, FLAKY, 4); // its name is what it was
    assert_eq!(script.only("w"), ["w0 starts a1"]);
    script.submit(0, 0, FLAKY, 11).submit(0, 0, FLAKY, 12).submit(0, 0, ASYNC, 13);
    script.event(Event::Pulled(0)).event(Event::Pulled(0));
    assert_eq!(script.only("w0 "), ["w0 knows a2 as 1", "w0 starts a2", "w0 starts a3", "w0 starts a4"]);
}

#[test]
fn a_twin_with_the_same_inputs_goes_before_one_of_the_same_task() {
    let mut script = Script::new(1);
    script.request(0, ASYNC);
    let action = |number, inputs| PriorAction {
        parent: digest(0),
        digest: digest(number),
        task: "env.flaky".into(),
        inputs: bytes(inputs),
    };
    script.event(Event::Recovers {
        run: 0,
        actions: vec![action(1, "other"), action(2, "in")],
        before: Box::default(),
    });
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0));
    script.effects.clear();
    script.submit(0, 0, FLAKY, 11).submit(0, 0, FLAKY, 12).event(Event::Pulled(0));
    assert_eq!(script.only("w0 knows"), ["w0 knows a1 as 2", "w0 knows a2 as 1"]);
}

#[test]
fn a_link_is_recorded_for_its_action() {
    let mut script = Script::running(1, ASYNC);
    let link = |action| Event::Linked { action, name: "logs".into(), uri: "http://x".into() };
    script.event(link(0)).expect(&["r0 records #0 links logs"]);
    script.event(link(9)).expect(&[]);
}

fn other(number: u8, inputs: &str, line: u32) -> Event {
    let call = Script::submission(0, 0, ASYNC, number);
    Event::Submitted(Submission { inputs: bytes(inputs), line, ..call })
}

fn prior_action(parent: u8, number: u8, task: &str, inputs: &str) -> PriorAction {
    PriorAction { parent: digest(parent), digest: digest(number), task: task.into(), inputs: bytes(inputs) }
}

/// Of the run before: 1 and 2 of the task ASYNC under the root; 1 had succeeded.
fn recovering_with(before: Before) -> Script {
    let mut script = Script::new(1);
    let actions = vec![prior_action(0, 1, "env.async", "one"), prior_action(0, 2, "env.async", "two")];
    script.event(Event::Recovers { run: 0, actions, before: Box::new(before) });
    script.request_with(0, ASYNC, None, vec![(digest(1), bytes("old"))]);
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0));
    script.effects.clear();
    script
}

fn same_root() -> Before {
    Before { own: 2, is_same_root: true, ..Before::default() }
}

/// What is said once the root is over that asked for 3 instead of 1.
fn told_of(before: Before, inputs: &str) -> Vec<String> {
    let mut script = recovering_with(before);
    script.event(other(3, inputs, 12)).event(Event::Pulled(0)).succeed(0, 1, "out").succeed(0, 0, "done");
    script.only("r0 records notice:")
}

#[test]
fn a_recovered_action_that_asks_for_other_things_than_recorded_is_reported_with_both() {
    let told = told_of(same_root(), "three");
    assert_eq!(told.len(), 1, "{told:?}");
    let expected =
        "`async` is not deterministic: it did not ask for `async` that the run it recovers had recorded, but \
                    for `async` (flow.py:12) instead";
    assert!(told[0].contains(expected), "{told:?}");
}

#[test]
fn what_may_rightly_be_different_is_not_reported() {
    let quiet = [
        ("the root has other code or inputs", Before { is_same_root: false, ..same_root() }, "three"),
        ("it called a task that was edited", Before { edited: [digest(0)].into(), ..same_root() }, "three"),
        ("the same is asked of a step or task with other code", same_root(), "one"),
        ("only the run before that one had it", Before { own: 0, ..same_root() }, "three"),
    ];
    for (why, before, inputs) in quiet {
        assert_eq!(told_of(before, inputs), [] as [&str; 0], "{why}");
    }
}

#[test]
fn a_run_that_had_not_got_that_far_is_not_reported() {
    let mut script = recovering_with(same_root());
    script.submit(0, 0, ASYNC, 1).event(other(3, "three", 12)).event(Event::Pulled(0)).succeed(0, 1, "out");
    script.succeed(0, 0, "done");
    assert_eq!(script.only("r0 records notice:"), [] as [&str; 0]);
}

#[test]
fn what_was_asked_before_and_did_not_succeed_is_nothing_new() {
    let mut script = recovering_with(same_root());
    script.submit(0, 0, ASYNC, 2).event(Event::Pulled(0)).succeed(0, 1, "out").succeed(0, 0, "done");
    assert_eq!(script.only("r0 records notice:"), [] as [&str; 0]);
}

#[test]
fn an_action_may_go_another_way_after_a_result_that_was_made_again() {
    let mut script = recovering_with(Before { redone: [digest(2)].into(), ..same_root() });
    script.submit(0, 0, ASYNC, 2).event(Event::Pulled(0)).succeed(0, 1, "better");
    script.event(other(3, "three", 12)).event(Event::Pulled(0)).succeed(0, 2, "out").succeed(0, 0, "done");
    assert_eq!(script.only("r0 records notice:"), [] as [&str; 0]);
}

#[test]
fn an_action_that_starts_again_for_a_lost_worker_is_compared_with_its_first_start() {
    for (again, count) in [(1, 0), (3, 1)] {
        let mut script = Script::running(2, ASYNC);
        script.submit(0, 0, ASYNC, 1).event(Event::Pulled(1)).succeed(1, 1, "out").traced(0, 4);
        script.killed(0).event(Event::Pulled(1)).effects.clear();
        script.event(Event::TraceReplayed(Script::step(0, 4)));
        script.submit(1, 0, ASYNC, again).submit(1, 0, ASYNC, 5).event(Event::WorkerReady(2));
        for action in 2..4 {
            script.succeed(1, action, "out").succeed(2, action, "out").event(Event::Pulled(1)).event(Event::Pulled(2));
        }
        script.succeed(1, 0, "done");
        assert_eq!(script.only("r0 records notice:").len(), count, "{again}");
    }
}
