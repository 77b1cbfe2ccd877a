//! A run that goes on where an earlier one stopped.

use super::script::{bytes, digest, Script, ASYNC, FLAKY};
use crate::engine::model::Event;
use crate::engine::prior::PriorAction;

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
    script.event(Event::Recovers { run: 0, actions });
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
    script.event(Event::Recovers { run: 0, actions: vec![action(1, "other"), action(2, "in")] });
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
