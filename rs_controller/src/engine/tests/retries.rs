//! What a failed attempt leads to.

use super::script::{error, tasks, Script, ASYNC, BACKED_OFF, FLAKY};
use crate::engine::model::{Event, RetryPolicy};
use crate::engine::record::{Failure, Kind};

#[test]
fn waits_double_from_half_a_second() {
    let policy = RetryPolicy::default();
    let waits: Vec<u64> = (1..=5).map(|next| policy.delay(next)).collect();
    assert_eq!(waits, [500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000]);
    assert_eq!(policy.delay(1_000_000), 300_000_000);
}

#[test]
fn a_backoff_grows_by_its_factor_up_to_its_cap() {
    let policy = &tasks()[BACKED_OFF as usize].retry;
    assert_eq!((1..=4).map(|next| policy.delay(next)).collect::<Vec<_>>(), [10, 30, 50, 50]);
    let constant = RetryPolicy { retries: 9, base: 7, factor: 1.0, cap: u64::MAX };
    assert_eq!(constant.delay(9), 7);
    assert_eq!(RetryPolicy { factor: f64::INFINITY, base: 0, ..constant }.delay(2), 0);
}

#[test]
fn a_wait_longer_than_time_itself_is_still_a_wait() {
    let mut script = Script::new(1);
    let forever = RetryPolicy { retries: 1, base: u64::MAX, factor: 1.0, cap: u64::MAX };
    let task = script.engine.declare(crate::engine::model::TaskSpec {
        environment: "env".into(),
        retry: forever,
        ..Default::default()
    });
    script.now = 1_000;
    script.request(0, task).event(Event::WorkerReady(0)).fail(0, 0, error("ValueError"));
    assert_eq!(script.only("a0"), [format!("a0 is due at {}", u64::MAX)]);
}

#[test]
fn a_failed_attempt_is_repeated_when_it_is_due() {
    let mut script = Script::running(1, FLAKY);
    script.now = 100;
    script.fail(0, 0, error("ValueError"));
    script.expect(&["r0 records #0 failed: ValueError, again in 500000", "a0 is due at 500100"]);
    script.now = 500_100;
    script.event(Event::Pulled(0)).expect(&[]);
    script.event(Event::RetryDue(0)).expect(&["r0 records #0 started, attempt 1", "w0 starts a0, attempt 1"]);
    script.event(Event::RetryDue(0)).expect(&[]);
}

#[test]
fn the_last_error_is_the_one_that_counts() {
    let mut script = Script::running(1, FLAKY);
    for (attempt, wait) in [500_000, 1_000_000, 2_000_000].into_iter().enumerate() {
        script.fail(0, 0, error(&format!("Error{attempt}")));
        assert_eq!(script.only("a0"), [format!("a0 is due at {}", script.now + wait)]);
        script.now += wait;
        script.event(Event::Pulled(0)).event(Event::RetryDue(0));
    }
    script.effects.clear();
    script.fail(0, 0, error("Error3")).expect(&[
        "r0 records #0 failed: Error3",
        "r0 records end: failed",
        "r0 ends failed: error Error3 (user)",
    ]);
    assert!(script.engine.is_idle());
}

#[test]
fn an_error_that_is_not_recoverable_stops_at_once() {
    let mut script = Script::running(1, FLAKY);
    let failure = Failure { recoverable: false, ..Failure::found(Kind::User, "Nope", "no".into()) };
    script.fail(0, 0, failure).expect(&[
        "r0 records #0 failed: Nope",
        "r0 records end: failed",
        "r0 ends failed: error Nope (user)",
    ]);
}

#[test]
fn a_childs_failure_is_its_parents_to_handle() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1);
    script.effects.clear();
    script.fail(1, 1, error("ValueError"));
    script.expect(&["r0 records #1 failed: ValueError", "w0 hears about call 1: error ValueError (user)"]);
    script.succeed(0, 0, "caught").expect(&[
        "r0 records #0 succeeded",
        "r0 records end: succeeded",
        "r0 ends succeeded: `caught`",
    ]);
}

#[test]
fn a_retried_parent_gets_what_its_children_did_and_asks_the_failed_again() {
    let mut script = Script::running(4, FLAKY);
    script.submit(0, 0, ASYNC, 1).submit(0, 0, ASYNC, 2).submit(0, 0, ASYNC, 3);
    assert_eq!(script.only("w"), ["w1 starts a1", "w2 starts a2", "w3 starts a3"]);
    script.succeed(1, 1, "one").fail(2, 2, error("ValueError"));
    script.fail(0, 0, error("RuntimeError"));
    script.effects.clear();
    for worker in 0..4 {
        script.event(Event::Pulled(worker));
    }
    script.event(Event::RetryDue(0));
    script.expect(&["r0 records #0 started, attempt 1", "w0 starts a0, attempt 1"]);
    script.submit(0, 0, ASYNC, 1).expect(&["w0 hears about call 1: the outputs recorded for #1"]);
    script.submit(0, 0, ASYNC, 2).expect(&[
        "r0 records #2 reopened",
        "r0 records #2 started, attempt 0",
        "w1 starts a4",
    ]);
    script.submit(0, 0, ASYNC, 3).expect(&[]);
    script.succeed(3, 3, "three").expect(&["r0 records #3 succeeded", "w0 hears about call 3: `three`"]);
}
