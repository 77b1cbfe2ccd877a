//! A run that goes on where an earlier one stopped.

use super::script::{bytes, digest, Script, ASYNC};
use crate::engine::model::Event;

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
