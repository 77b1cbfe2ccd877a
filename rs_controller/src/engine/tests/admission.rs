//! Which actions may compute at the same time.

use super::script::{error, spec_with, Script, ASYNC};
use crate::engine::model::{Effect, Event, FlowRule, Micros, Needs, RunSettings, TaskId};
use crate::engine::{Engine, Limits, Machine};

/// The first task beyond those that every script knows.
const LIMITED: TaskId = 10;

/// A run on four cores, 100 bytes and two GPUs, whose root is action 0 on worker 0; its loop is free.
fn running(needs: Needs) -> Script {
    running_with(&[needs], RunSettings::default())
}

fn running_with(needs: &[Needs], settings: RunSettings) -> Script {
    let machine = Machine { cpu: 4_000, memory: 100, gpus: vec!["0".into(), "1".into()] };
    let mut script = Script::on(Engine::new(Limits { cores: 4, most: 32 }, 1_000_000).on(machine));
    for needs in needs {
        script.engine.declare(spec_with("limited", needs.clone()));
    }
    script.request_as(0, ASYNC, settings);
    for worker in 0..4 {
        script.event(Event::WorkerReady(worker));
    }
    script.event(Event::Pulled(0));
    script.effects.clear();
    script
}

/// What starts, in order.
fn starts(script: &mut Script) -> Vec<String> {
    let lines = script.only("w").into_iter().filter(|line| line.contains(" starts "));
    lines.map(|line| line.split(' ').nth(2).unwrap_or_default().trim_end_matches(',').to_owned()).collect()
}

#[test]
fn no_more_compute_than_there_are_cores_for() {
    let mut script = running(Needs { cpu: 1_500, ..Needs::default() });
    for call in 1..=3 {
        script.submit(0, 0, LIMITED, call);
    }
    assert_eq!(starts(&mut script), ["a1", "a2"]);
    script.succeed(1, 1, "1");
    assert_eq!(starts(&mut script), ["a3"]);
}

#[test]
fn a_parent_that_waits_for_its_children_holds_nothing() {
    let mut script = running(Needs { cpu: 4_000, at_once: 1, ..Needs::default() });
    script.submit(0, 0, LIMITED, 1);
    assert_eq!(starts(&mut script), ["a1"]);
    script.submit(1, 1, LIMITED, 2);
    assert_eq!(starts(&mut script), ["a2"]);
    script.submit(0, 0, LIMITED, 3);
    assert_eq!(starts(&mut script), [""; 0]);
    // The child is over: the parent computes again, and nobody else does.
    script.succeed(2, 2, "2");
    assert_eq!(starts(&mut script), [""; 0]);
    script.succeed(1, 1, "1");
    assert_eq!(starts(&mut script), ["a3"]);
}

#[test]
fn what_asks_for_more_than_the_machine_has_gets_all_of_it_and_one_line_says_so() {
    let mut script = running(Needs { cpu: 16_000, memory: 400, gpus: 8, ..Needs::default() });
    script.submit(0, 0, LIMITED, 1).submit(0, 0, LIMITED, 2);
    let notices: Vec<_> = script.only("r0 records notice");
    let text = "task `limited` asks for more than this machine has: it runs with 4 of 16 CPUs, 0 MiB of 0 MiB memory, 2 of 8 GPUs";
    assert_eq!(notices, [format!("r0 records notice: {text}")]);
}

#[test]
fn each_action_has_gpus_of_its_own() {
    let mut script = running(Needs { gpus: 1, ..Needs::default() });
    for call in 1..=3 {
        script.submit(0, 0, LIMITED, call);
    }
    let devices = |script: &mut Script| -> Vec<String> {
        script.effects.drain(..).filter_map(|effect| super::script::devices(&effect)).collect()
    };
    assert_eq!(devices(&mut script), ["0", "1"]);
    // Their process goes with them, and with it what it left there.
    script.succeed(1, 1, "1");
    assert_eq!(script.effects.iter().filter(|effect| matches!(effect, Effect::Kill(1))).count(), 1);
    assert_eq!(devices(&mut script), ["0"]);
}

#[test]
fn a_big_one_is_not_starved_by_small_ones_that_come_later() {
    let small = Needs { cpu: 1_000, ..Needs::default() };
    let mut script = running_with(&[small, Needs { cpu: 4_000, ..Needs::default() }], RunSettings::default());
    script.submit(0, 0, LIMITED, 1).submit(0, 0, LIMITED, 2);
    assert_eq!(starts(&mut script), ["a1", "a2"]);
    script.submit(0, 0, LIMITED + 1, 3).submit(0, 0, LIMITED, 4);
    assert_eq!(starts(&mut script), [""; 0]);
    script.succeed(1, 1, "1").succeed(2, 2, "2");
    assert_eq!(starts(&mut script), ["a3"]);
    script.submit(0, 0, ASYNC, 5); // what takes nothing need not wait
    assert_eq!(starts(&mut script), ["a5"]);
}

#[test]
fn a_run_may_limit_all_its_actions() {
    let mut script = running_with(&[], RunSettings { at_once: 2, ..RunSettings::default() });
    for call in 1..=3 {
        script.submit(0, 0, ASYNC, call);
    }
    assert_eq!(starts(&mut script), ["a1", "a2"]);
    script.succeed(1, 1, "1");
    assert_eq!(starts(&mut script), ["a3"]);
}

#[test]
fn a_failed_attempt_lets_others_in_before_it_tries_again() {
    let mut script = running(Needs { at_once: 1, ..Needs::default() });
    script.submit(0, 0, LIMITED, 1).submit(0, 0, LIMITED, 2);
    assert_eq!(starts(&mut script), ["a1"]);
    script.fail(1, 1, error("ValueError"));
    assert_eq!(starts(&mut script), ["a2"]);
}

#[test]
fn a_lost_worker_gives_back_what_its_actions_held() {
    let mut script = running(Needs { cpu: 4_000, ..Needs::default() });
    script.submit(0, 0, LIMITED, 1).submit(0, 0, LIMITED, 2);
    assert_eq!(starts(&mut script), ["a1"]);
    let exit = crate::engine::model::Exit::Signal(9);
    script.event(Event::WorkerGone { worker: 1, exit, last_words: String::new() });
    assert_eq!(starts(&mut script), ["a2"]);
}

#[test]
fn higher_priorities_go_first() {
    let urgent = super::script::spec_at("urgent", 5);
    let mut script = Script::running(1, ASYNC);
    let urgent = script.engine.declare(urgent);
    script.submit(0, 0, ASYNC, 1);
    assert_eq!(starts(&mut script), ["a1"]);
    script.submit(0, 0, ASYNC, 2).submit(0, 0, urgent, 3).submit(0, 0, urgent, 4);
    script.event(Event::Pulled(0)).event(Event::Pulled(0)).event(Event::Pulled(0));
    assert_eq!(starts(&mut script), ["a3", "a4", "a2"]);
}

fn rule(at_once: u32, count: u32, per: Micros) -> FlowRule {
    FlowRule { key: "api".into(), at_once, count, per }
}

#[test]
fn in_no_window_do_more_start_than_the_rate_allows() {
    // A window is a fortieth longer than it was said to be.
    let mut script = running(Needs { flow: Some(rule(0, 2, 1_000)), ..Needs::default() });
    for call in 1..=4 {
        script.submit(0, 0, LIMITED, call);
    }
    script.now = 400;
    script.submit(0, 0, LIMITED, 5);
    assert_eq!(script.only("admission"), ["admission is due at 1025"]);
    let mut started = vec![(0, 2)];
    for now in [500, 1_000, 1_024, 1_025, 2_049, 2_050, 3_000] {
        script.now = now;
        script.event(Event::AdmitDue);
        for worker in 0..4 {
            script.event(Event::Pulled(worker));
        }
        let count = starts(&mut script).len();
        started.extend((count > 0).then_some((now, count)));
    }
    assert_eq!(started, [(0, 2), (1_025, 2), (2_050, 1)]);
}

#[test]
fn a_body_is_let_through_when_another_gives_its_permit_back() {
    let mut script = Script::running(2, ASYNC);
    script.submit(0, 0, ASYNC, 1);
    script.effects.clear();
    let ask = |worker, call, action| Event::FlowAsked { worker, call, action, rule: rule(1, 0, 0) };
    script.event(ask(0, 7, 0)).event(ask(1, 8, 1)).expect(&["w0 hears about call 7: ``"]);
    script.event(Event::FlowReturned { action: 0, key: "api".into() }).expect(&["w1 hears about call 8: ``"]);
    // One that ends without giving it back does not keep it.
    script.event(ask(0, 9, 0)).succeed(1, 1, "1");
    assert_eq!(script.only("w0"), ["w0 hears about call 1: `1`", "w0 hears about call 9: ``"]);
}
