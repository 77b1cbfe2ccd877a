//! Results of earlier runs: looked for before anything runs, kept after it did.

use super::script::{Script, ASYNC, CACHED, SERIALIZED};
use crate::engine::model::{CacheAnswer, Event, RunSettings};

/// A root on worker 0 of one core, and a call of a task by it, with key 7.
fn called(task: u32) -> Script {
    let mut script = Script::running(1, ASYNC);
    script.submit_cached(0, 0, task, 1, 7);
    script
}

fn with_settings(settings: RunSettings) -> Script {
    let mut script = Script::new(1);
    script.event(Event::RunRequested {
        run: 0,
        name: "run0".into(),
        task: ASYNC,
        inputs: super::script::bytes("in"),
        context: None,
        parent: None,
        prior: Vec::new(),
        settings,
        cache_key: None,
        earlier: Default::default(),
    });
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0));
    script.effects.clear();
    script
}

#[test]
fn a_call_of_a_cached_task_looks_before_it_waits_for_a_worker() {
    called(CACHED).expect(&["r0 records task cached", "r0 records #1 submitted by #0", "a1 looks for key 7"]);
}

#[test]
fn a_hit_is_recorded_with_its_origin_and_answers_without_running() {
    let mut script = called(CACHED);
    script.effects.clear();
    script.hit(1, "old", "rold").expect(&[
        "r0 records #1 hit of rold",
        "r0 records #1 cached",
        "w0 hears about call 1: `old`",
    ]);
    script.submit_cached(0, 0, CACHED, 1, 7).expect(&["w0 hears about call 1: the outputs recorded for #1"]);
}

#[test]
fn a_miss_runs_and_its_result_is_kept() {
    let mut script = called(CACHED);
    script.effects.clear();
    script.answer(1, CacheAnswer::Miss).expect(&["r0 records #1 started, attempt 0", "w0 starts a1"]);
    script.succeed(0, 1, "new").expect(&[
        "r0 records #1 succeeded",
        "r0 keeps `new` of #1 as key 7",
        "w0 hears about call 1: `new`",
    ]);
}

#[test]
fn a_failure_is_not_kept() {
    let mut script = called(CACHED);
    script.answer(1, CacheAnswer::Miss).effects.clear();
    script
        .fail(0, 1, super::script::error("ValueError"))
        .expect(&["r0 records #1 failed: ValueError", "w0 hears about call 1: error ValueError (user)"]);
}

#[test]
fn a_root_that_hits_ends_its_run_without_a_worker() {
    let mut script = Script::new(1);
    script.event(Event::RunRequested {
        run: 0,
        name: "run0".into(),
        task: CACHED,
        inputs: super::script::bytes("in"),
        context: None,
        parent: None,
        prior: Vec::new(),
        settings: RunSettings::default(),
        cache_key: Some(Script::key(7)),
        earlier: Default::default(),
    });
    script.expect(&["r0 records task cached", "r0 records #0 submitted", "a0 looks for key 7"]);
    script.hit(0, "old", "rold").expect(&[
        "r0 records #0 hit of rold",
        "r0 records #0 cached",
        "r0 records end: succeeded",
        "r0 ends succeeded: `old`",
    ]);
    assert!(script.engine.is_idle());
}

#[test]
fn a_run_that_overwrites_the_cache_runs_and_keeps() {
    let mut script = with_settings(RunSettings { reads_cache: false, ..RunSettings::default() });
    script.submit_cached(0, 0, CACHED, 1, 7).expect(&[
        "r0 records task cached",
        "r0 records cache of task 8 unread, written: true",
        "r0 records #1 submitted by #0",
        "r0 records #1 started, attempt 0",
        "w0 starts a1",
    ]);
    script.succeed(0, 1, "new");
    assert_eq!(script.only("r0 keeps"), ["r0 keeps `new` of #1 as key 7"]);
}

#[test]
fn a_run_without_a_cache_neither_looks_nor_keeps() {
    let mut script = with_settings(RunSettings { reads_cache: false, writes_cache: false, ..RunSettings::default() });
    script.submit_cached(0, 0, CACHED, 1, 7).succeed(0, 1, "new");
    assert!(script.effects.iter().map(super::script::spell).all(|line| !line.contains("key")));
}

#[test]
fn what_succeeded_in_the_recovered_run_comes_before_the_cache() {
    let mut script = Script::new(1);
    script.request_with(0, ASYNC, None, vec![(super::script::digest(1), super::script::bytes("prior"))]);
    script.event(Event::WorkerReady(0)).event(Event::Pulled(0)).effects.clear();
    script.submit_cached(0, 0, CACHED, 1, 7);
    assert_eq!(script.only("w0"), ["w0 hears about call 1: `prior`"]);
}

#[test]
fn results_older_than_max_age_are_not_looked_for() {
    let mut script = Script::running(1, ASYNC);
    script.now = 5_000_000;
    script.submit_cached(0, 0, SERIALIZED, 1, 7);
    assert_eq!(script.only("a1"), ["a1 looks for key 7 since 4000000 alone"]);
}

#[test]
fn of_equal_serialized_calls_one_runs_and_the_others_get_its_result() {
    let mut script = called(SERIALIZED);
    script.submit_cached(0, 0, SERIALIZED, 2, 7).submit_cached(0, 0, SERIALIZED, 3, 7);
    assert_eq!(script.only("a"), ["a1 looks for key 7 alone"]);
    script.answer(1, CacheAnswer::Miss).effects.clear();
    script.succeed(0, 1, "once").expect(&[
        "r0 records #1 succeeded",
        "r0 keeps `once` of #1 as key 7",
        "r0 gives key 7 of #1 back",
        "r0 records #2 hit of run0",
        "r0 records #2 cached",
        "w0 hears about call 2: `once`",
        "r0 records #3 hit of run0",
        "r0 records #3 cached",
        "w0 hears about call 3: `once`",
        "w0 hears about call 1: `once`",
    ]);
}

#[test]
fn a_hit_answers_all_that_wait_for_it() {
    let mut script = called(SERIALIZED);
    script.submit_cached(0, 0, SERIALIZED, 2, 7).effects.clear();
    script.hit(1, "old", "rold");
    assert_eq!(script.only("w0"), ["w0 hears about call 1: `old`", "w0 hears about call 2: `old`"]);
}

#[test]
fn when_the_one_that_runs_fails_the_next_has_its_turn() {
    let mut script = called(SERIALIZED);
    script.submit_cached(0, 0, SERIALIZED, 2, 7).answer(1, CacheAnswer::Miss).effects.clear();
    script.fail(0, 1, super::script::error("ValueError")).expect(&[
        "r0 records #1 failed: ValueError",
        "w0 hears about call 1: error ValueError (user)",
        "r0 gives key 7 of #1 back",
        "a2 looks for key 7 alone",
    ]);
}

#[test]
fn when_another_run_computes_it_the_action_looks_again_later() {
    let mut script = called(SERIALIZED);
    script.effects.clear();
    script.answer(1, CacheAnswer::Busy).expect(&["a1 looks again at 50000"]);
    script.event(Event::CacheDue(1)).expect(&["a1 looks for key 7 alone"]);
    script.hit(1, "old", "rold");
    assert_eq!(script.only("w0"), ["w0 hears about call 1: `old`"]);
    script.event(Event::CacheDue(1)).expect(&[]);
}

#[test]
fn a_call_that_is_cancelled_while_it_looks_gives_its_turn_to_the_next() {
    let mut script = called(SERIALIZED);
    script.submit_cached(0, 0, SERIALIZED, 2, 7).submit_cached(0, 0, SERIALIZED, 3, 7).effects.clear();
    script.cancel(0, 2).effects.clear();
    script.cancel(0, 1).expect(&[
        "r0 records #1 aborted: its caller no longer waits for it",
        "r0 gives key 7 of #1 back",
        "a3 looks for key 7 alone",
    ]);
    script.answer(1, CacheAnswer::Miss).expect(&[]);
}

#[test]
fn an_abort_while_actions_look_leaves_nothing_behind() {
    let mut script = called(SERIALIZED);
    script.submit_cached(0, 0, SERIALIZED, 2, 7).abort(0, false).effects.clear();
    script.fail(0, 0, super::script::error("Cancelled"));
    assert_eq!(script.only("r0 ends"), ["r0 ends aborted: error ActionAborted (user)"]);
    assert!(script.engine.is_idle());
    script.hit(1, "old", "rold").expect(&[]);
}

#[test]
fn a_call_below_an_action_of_its_own_key_does_not_wait_for_it() {
    let mut script = called(SERIALIZED);
    script.answer(1, CacheAnswer::Miss).submit_cached(0, 1, SERIALIZED, 2, 7);
    assert_eq!(script.only("a2"), ["a2 looks for key 7"]);
    script.answer(2, CacheAnswer::Miss).event(Event::Pulled(0));
    assert_eq!(script.only("w0"), ["w0 starts a2"]);
}
