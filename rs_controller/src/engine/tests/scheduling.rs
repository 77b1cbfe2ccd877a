//! Which worker gets what, and when there are more workers.

use super::script::{bytes, Script, ASYNC, FLAKY, OTHER, SYNC};
use crate::engine::model::{Event, Exit, Submission};

#[test]
fn a_run_begins_with_a_worker_per_core_and_its_root_on_one() {
    let mut script = Script::new(2);
    script.request(0, ASYNC).expect(&[
        "r0 records task async",
        "r0 records #0 submitted",
        "pool 0 gets w0",
        "pool 0 gets w1",
    ]);
    script.event(Event::WorkerReady(1)).expect(&["r0 records #0 started, attempt 0", "w1 starts a0"]);
    script.event(Event::WorkerReady(0)).expect(&[]);
}

#[test]
fn a_fan_out_goes_to_workers_that_are_free() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1).expect(&[
        "r0 records #1 submitted by #0",
        "r0 records #1 started, attempt 0",
        "w1 starts a1",
    ]);
    script.submit(0, 0, ASYNC, 2).expect(&[
        "r0 records #2 submitted by #0",
        "r0 records #2 started, attempt 0",
        "w0 starts a2",
    ]);
    // Nobody is free, and both cores compute: more workers come when the machine idles all the same.
    script.submit(0, 0, ASYNC, 3).expect(&["r0 records #3 submitted by #0", "growth is due at 30000"]);
    script.event(Event::Pulled(1)).expect(&["r0 records #3 started, attempt 0", "w1 starts a3"]);
}

#[test]
fn a_sync_action_has_its_worker_to_itself() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, SYNC, 1);
    assert_eq!(script.only("w"), ["w1 starts a1"], "w0 holds the root");
    // A pull that was on its way does not make room beside it.
    script.event(Event::Pulled(1)).submit(0, 0, ASYNC, 2).submit(0, 0, ASYNC, 3);
    assert_eq!(script.only("w"), ["w0 starts a2"]);
    script.succeed(1, 1, "1");
    assert_eq!(script.only("w1"), ["w1 starts a3"]);
}

#[test]
fn a_sync_action_waits_for_a_worker_that_holds_nothing() {
    let mut script = Script::running(1, ASYNC);
    // The only worker's loop is free, but it holds the root; a second one may compute, since none does.
    script.submit(0, 0, SYNC, 1).expect(&["r0 records task sync", "r0 records #1 submitted by #0", "pool 0 gets w1"]);
    script.event(Event::WorkerReady(1)).expect(&["r0 records #1 started, attempt 0", "w1 starts a1"]);
}

#[test]
fn a_parent_that_waits_leaves_its_core_to_others() {
    let mut script = Script::running(1, SYNC);
    script.submit(0, 0, SYNC, 1);
    script.expect(&["r0 records #1 submitted by #0", "growth is due at 30000"]);
    script.event(Event::Blocked(0)).expect(&["pool 0 gets w1"]);
    script.event(Event::WorkerReady(1)).expect(&["r0 records #1 started, attempt 0", "w1 starts a1"]);
    // The answer takes the core back.
    script.succeed(1, 1, "1").expect(&["r0 records #1 succeeded", "w0 hears about call 1: `1`"]);
    script.gone(1, Exit::Code(0)).submit(0, 0, SYNC, 2);
    assert_eq!(script.only("pool"), Vec::<String>::new());
}

#[test]
fn a_parent_that_waits_at_a_free_loop_leaves_its_core_to_others() {
    let mut script = Script::running(1, ASYNC);
    script.submit(0, 0, ASYNC, 1);
    assert_eq!(script.only("w"), ["w0 starts a1"]);
    script.submit(0, 0, ASYNC, 2);
    assert_eq!(script.only("pool"), Vec::<String>::new(), "a1 computes");
    script.event(Event::Pulled(0));
    assert_eq!(script.only("w"), ["w0 starts a2"]);
}

#[test]
fn what_a_worker_pulls_grows_with_how_cheap_it_turned_out() {
    let mut script = Script::running(1, FLAKY);
    for number in 1..=100 {
        script.submit(0, 0, ASYNC, number);
    }
    assert_eq!(script.only("w").len(), 1, "nothing is known of the task yet");
    script.now += 1_000; // one of them keeps the loop busy for a millisecond
    script.event(Event::Pulled(0));
    assert_eq!(script.only("w").len(), 4, "so four fill the four milliseconds that others may wait");
    script.now += 40; // ten microseconds each
    script.event(Event::Pulled(0));
    assert_eq!(script.only("w").len(), 6, "the estimate follows slowly: 0.7 x 1000 + 0.3 x 10");
    for _ in 0..20 {
        script.event(Event::Pulled(0)); // they cost nothing at all
    }
    assert_eq!(script.only("w").len(), 89, "all the rest, in halves");
}

#[test]
fn what_was_handed_back_does_not_count_as_done_when_costs_are_learned() {
    let mut script = Script::running(1, FLAKY);
    for number in 1..=100 {
        script.submit(0, 0, ASYNC, number);
    }
    script.effects.clear();
    script.now += 100;
    script.event(Event::Pulled(0));
    assert_eq!(script.only("w").len(), 40, "100 us each, they seemed");
    script.now += 6_000;
    script.event(Event::Bounced { worker: 0, actions: (4..42).collect() });
    script.event(Event::Pulled(0));
    assert_eq!(script.only("w").len(), 5, "two took 3 ms each: 0.7 x 100 + 0.3 x 3000 = 970 us");
}

#[test]
fn a_batch_leaves_work_for_other_workers() {
    let mut script = Script::running(2, ASYNC);
    for number in 1..=50 {
        script.submit(0, 0, ASYNC, number);
    }
    script.effects.clear();
    script.event(Event::Pulled(0)); // instantly: they cost nothing
    assert_eq!(script.only("w").len(), 12, "a quarter of 48, with two workers");
}

#[test]
fn what_is_handed_back_goes_first_and_in_order() {
    let mut script = Script::running(1, ASYNC);
    for number in 1..=8 {
        script.submit(0, 0, ASYNC, number);
    }
    script.event(Event::Pulled(0)); // a2 to a5, half of what waits
    script.event(Event::Bounced { worker: 0, actions: vec![3, 4, 5] });
    script.effects.clear();
    script.event(Event::Pulled(0));
    assert_eq!(script.only("w"), ["w0 starts a3", "w0 starts a4", "w0 starts a5"]);
}

#[test]
fn a_call_that_blocks_its_caller_never_lands_on_the_callers_worker() {
    let mut script = Script::running(1, ASYNC);
    let call = Submission { elsewhere: true, ..Script::submission(0, 0, ASYNC, 1) };
    script.event(Event::Submitted(call));
    script.expect(&["r0 records #1 submitted by #0", "pool 0 gets w1"]);
    script.event(Event::Pulled(0)).expect(&[]);
    script.event(Event::WorkerReady(1)).expect(&["r0 records #1 started, attempt 0", "w1 starts a1"]);
}

#[test]
fn environments_have_workers_of_their_own() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, OTHER, 1);
    script.expect(&["r0 records task other", "r0 records #1 submitted by #0", "pool 1 gets w2"]);
    assert_eq!(script.engine.text_of(1), "elsewhere");
    script.event(Event::WorkerReady(2)).expect(&["r0 records #1 started, attempt 0", "w2 starts a1"]);
}

/// Two workers that compute, and three sync actions that wait.
fn crowded() -> Script {
    let mut script = Script::running(2, SYNC);
    for number in 1..=4 {
        script.submit(0, 0, SYNC, number);
    }
    script.effects.clear();
    script
}

#[test]
fn workers_are_added_only_while_the_machine_idles() {
    let mut script = crowded();
    script.now = 30_000;
    script.event(Event::GrowthDue { idle: 0.2 }).expect(&["growth is due at 60000"]);
    script.now = 60_000;
    script.event(Event::GrowthDue { idle: 0.5 }).expect(&[
        "pool 0 gets w2",
        "pool 0 gets w3",
        "growth is due at 90000",
    ]);
    script.now = 90_000;
    script.event(Event::GrowthDue { idle: 0.1 }).expect(&["growth is due at 120000"]);
}

#[test]
fn growth_ends_at_the_limit_and_with_the_queue() {
    let mut script = crowded();
    for number in 5..=40 {
        script.submit(0, 0, SYNC, number);
    }
    for _ in 0..20 {
        script.event(Event::GrowthDue { idle: 1.0 });
    }
    assert_eq!(script.only("pool").len(), 8 - 2, "four per core in all");

    let mut script = crowded();
    for worker in 2..5 {
        script.event(Event::GrowthDue { idle: 1.0 }).event(Event::WorkerReady(worker));
    }
    script.effects.clear();
    script.event(Event::GrowthDue { idle: 1.0 }).expect(&[]);
}

#[test]
fn a_worker_that_dies_idle_is_not_missed() {
    let mut script = Script::running(2, ASYNC);
    script.gone(1, Exit::Code(0)).expect(&[]);
    script.submit(0, 0, ASYNC, 1);
    assert_eq!(script.only("w"), ["w0 starts a1"]);
}

#[test]
fn inline_everything_runs_in_the_one_worker_at_once() {
    let mut script = Script::new(2);
    assert_eq!(script.engine.adopt_inline(), 0);
    script.request(0, SYNC);
    script.expect(&[
        "r0 records task sync",
        "r0 records #0 submitted",
        "r0 records #0 started, attempt 0",
        "w0 starts a0",
    ]);
    for number in 1..=3 {
        script.submit(0, 0, if number == 1 { SYNC } else { OTHER }, number);
    }
    assert_eq!(script.only("w"), ["w0 starts a1", "w0 starts a2", "w0 starts a3"]);
}

#[test]
fn groups_are_recorded() {
    let mut script = Script::running(1, ASYNC);
    let call = Submission { group: Some("fan".into()), inputs: bytes("7"), ..Script::submission(0, 0, ASYNC, 1) };
    script.event(Event::Submitted(call));
    let mut tree = crate::engine::tree::Tree::default();
    for effect in &script.effects {
        if let crate::engine::model::Effect::Record(_, record) = effect {
            tree.apply(record);
        }
    }
    assert_eq!(tree.nodes[0].group.as_deref(), Some("fan"));
}
