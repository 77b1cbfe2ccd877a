//! Whatever the program, the order of messages and the misfortune: a run ends right, once, and can be gone on with.

use proptest::prelude::*;

use super::world::{Fails, Manner, Program, World, KILLS};
use crate::engine::record::{Record, RunPhase};

fn fails() -> impl Strategy<Value = Fails> {
    prop_oneof![12 => Just(Fails::Never), 4 => (1..3u32).prop_map(Fails::First), 1 => Just(Fails::Always)]
}

fn manner() -> impl Strategy<Value = Manner> {
    prop_oneof![
        6 => Just(Manner::All),
        2 => Just(Manner::Catch),
        2 => Just(Manner::Block),
        1 => Just(Manner::Forget),
        1 => Just(Manner::Cancel),
    ]
}

fn task() -> impl Strategy<Value = Program> {
    let environment = prop_oneof![8 => Just(0u8), 2 => Just(1u8), 1 => Just(2u8), 1 => Just(3u8), 1 => Just(4u8)];
    (any::<bool>(), environment, fails()).prop_map(|(is_async, environment, fails)| Program {
        is_async,
        environment,
        fails,
        steps: Vec::new(),
    })
}

fn steps(callee: impl Strategy<Value = Program>) -> impl Strategy<Value = Vec<(Manner, Vec<Program>)>> {
    prop::collection::vec((manner(), prop::collection::vec(callee, 1..4)), 1..3)
}

/// Programs of a few to some dozens of tasks, which call up to five deep.
pub fn program() -> impl Strategy<Value = Program> {
    let callee = task()
        .prop_recursive(3, 12, 4, |inner| (task(), steps(inner)).prop_map(|(task, steps)| Program { steps, ..task }));
    (task(), steps(callee)).prop_map(|(task, steps)| Program { steps, ..task })
}

fn leaf(is_async: bool) -> Program {
    Program { is_async, environment: 0, fails: Fails::Never, steps: Vec::new() }
}

/// Small, but with everything in it that a crash can cut.
fn small() -> Vec<Program> {
    let parent = |is_async, manner, calls: Vec<Program>| Program { steps: vec![(manner, calls)], ..leaf(is_async) };
    let flaky = Program { fails: Fails::First(1), ..leaf(true) };
    let broken = Program { fails: Fails::Always, ..leaf(false) };
    vec![
        parent(true, Manner::All, vec![leaf(true), leaf(false), flaky.clone()]),
        parent(false, Manner::All, vec![parent(true, Manner::Block, vec![leaf(true), leaf(true)]), leaf(false)]),
        Program {
            environment: 2,
            steps: vec![(
                Manner::All,
                [2, 2, 2, 3, 3, 4].map(|environment| Program { environment, ..leaf(environment < 3) }).into(),
            )],
            ..leaf(true)
        },
        Program {
            fails: Fails::First(1),
            steps: vec![
                (Manner::Forget, vec![leaf(true)]),
                (Manner::Catch, vec![broken, leaf(true)]),
                (Manner::Cancel, vec![leaf(false)]),
                (Manner::All, vec![flaky]),
            ],
            ..leaf(true)
        },
    ]
}

fn check(program: &Program, world: World) {
    let ended = world.finish();
    assert_eq!(ended.value, program.value());
    let phase = if program.value().is_some() { RunPhase::Succeeded } else { RunPhase::Failed };
    assert_eq!(ended.tree.ended.map(|(_, phase)| phase), Some(phase));
}

/// The journals that crashes after every single effect leave behind.
fn crashes<'a>(world: impl Fn() -> World + 'a) -> impl Iterator<Item = Vec<Record>> + 'a {
    (1..).map_while(move |effects| world().crash_after(effects))
}

#[test]
fn a_run_goes_on_after_a_crash_at_any_moment() {
    for program in small() {
        for seed in 0..10 {
            let mut count = 0;
            for journal in crashes(|| World::new(&program, seed, 0)) {
                count += 1;
                check(&program, World::recovering(&program, seed + count, 0, &journal));
            }
            assert!(count > 20, "only {count} effects");
        }
    }
}

#[test]
fn a_run_goes_on_after_two_crashes_at_any_moments() {
    for program in small() {
        for (seed, first) in (0..).zip(crashes(|| World::new(&program, 0, 0))) {
            for second in crashes(|| World::recovering(&program, seed, 0, &first)) {
                // A recovery holds its ancestors' results, too.
                let both: Vec<Record> = renumbered(&first, second);
                check(&program, World::recovering(&program, seed + 1, 0, &both));
            }
        }
    }
}

/// Two journals as one, for what they hold.
fn renumbered(first: &[Record], second: Vec<Record>) -> Vec<Record> {
    let offset = first.iter().filter(|record| matches!(record, Record::Submitted { .. })).count() as u32;
    let moved = second.into_iter().map(|record| match record {
        Record::Succeeded { ordinal, at, origin, outputs } if ordinal > 0 => {
            Record::Succeeded { ordinal: ordinal + offset, at, origin, outputs }
        }
        other => other,
    });
    first.iter().cloned().chain(moved).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_ends_right_whatever_the_order_of_messages(program in program(), seed in any::<u64>()) {
        check(&program, World::new(&program, seed, 0));
    }

    #[test]
    fn a_run_ends_right_whoever_is_killed(program in program(), seed in any::<u64>()) {
        check(&program, World::new(&program, seed, KILLS));
    }

    #[test]
    fn a_run_goes_on_after_crashes_and_kills(program in program(), seed in any::<u64>(), crashes in prop::collection::vec(1..400usize, 1..4)) {
        let mut journal = Vec::new();
        for (effects, seed) in crashes.into_iter().zip(seed..) {
            match World::recovering(&program, seed, KILLS, &journal).crash_after(effects) {
                Some(left) => journal = renumbered(&journal, left),
                None => break,
            }
        }
        check(&program, World::recovering(&program, seed, KILLS, &journal));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cached_runs_end_as_others_and_a_second_one_runs_nothing_that_the_first_one_kept(
        program in program(), seeds in any::<(u64, u64)>(), kills in 0..=KILLS,
    ) {
        let first = World::caching(&program, seeds.0, kills, std::collections::HashMap::new()).finish();
        prop_assert_eq!(first.value, program.value());
        let second = World::caching(&program, seeds.1, kills, first.cache).finish();
        prop_assert_eq!(second.value, program.value());
        if program.value().is_some() {
            prop_assert_eq!(second.tree.nodes.len(), 1, "the root itself was kept");
            prop_assert!(second.tree.cached_from.contains_key(&0));
        }
    }
}

#[test]
fn what_a_crash_leaves_in_the_cache_is_right_for_the_next_run() {
    for program in small() {
        for (seed, effects) in (0..).zip(1..) {
            let world = World::caching(&program, 7, 0, std::collections::HashMap::new());
            let Some(cache) = world.cache_after_crash(effects) else { break };
            check(&program, World::caching(&program, seed, 0, cache));
        }
    }
}
