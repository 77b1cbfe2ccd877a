//! What viewers ask of a tree agrees with the plain way to find it out, whatever the run.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::laws::{event, journals};
use super::properties::program;
use super::script::{bytes, digest, error};
use super::world::{World, KILLS};
use crate::engine::codec::Take;
use crate::engine::record::{Origin, Record, RunHeader, TaskHeader};
use crate::engine::survey::{Durations, Row, Subtree};
use crate::engine::tree::{Counts, Fold, Phase, Tree};
use crate::wire::literal::{write_integer, write_text};
use crate::wire::protobuf::{close, open, write_bytes};

/// Run started, in Unix microseconds.
const START: u64 = 1_700_000_000_000_000;

/// (parent, task, when it was queued, started and ended)
type Told<'a> = (Option<u32>, &'a str, u64, Option<u64>, Option<u64>);

/// The tree of actions that have a task each.
fn tree_of(rows: &[Told<'_>]) -> Tree {
    let mut tree = Tree::default();
    tree.apply(&Record::RunStarted(RunHeader { started_at: START, ..RunHeader::default() }));
    for (ordinal, &(parent, name, at, started, ended)) in (0..).zip(rows) {
        let header = TaskHeader { name: format!("env.{name}"), short_name: name.to_owned(), ..TaskHeader::default() };
        tree.apply(&Record::Task { task: ordinal, header });
        let inputs = bytes("");
        let digest = digest(ordinal as u8);
        tree.apply(&Record::Submitted { ordinal, parent, task: ordinal, digest, group: None, at, inputs });
        started.iter().for_each(|&at| tree.apply(&Record::Started { ordinal, attempt: 0, at }));
        let origin = if started.is_some() { Origin::Ran } else { Origin::Recovered };
        ended.iter().for_each(|&at| tree.apply(&Record::Succeeded { ordinal, at, origin, outputs: bytes("out") }));
    }
    tree
}

fn labels(tree: &Tree, ordinals: &[u32]) -> Vec<String> {
    ordinals.iter().map(|&ordinal| tree.label(ordinal)).collect()
}

fn folded(records: &[Record]) -> Tree {
    let mut tree = Tree::default();
    records.iter().for_each(|record| tree.apply(record));
    tree
}

fn until(records: &[Record], moment: u64) -> Tree {
    let mut tree = Tree::default();
    for record in records {
        if !tree.apply_until(record, moment) {
            break;
        }
    }
    tree
}

/// As a journal on disk has it.
fn reopened(records: &[Record]) -> Tree {
    let mut data = Vec::new();
    records.iter().for_each(|record| record.encode(&mut data));
    let (mut take, mut tree) = (Take::new(&data), Tree::default());
    while !take.is_empty() {
        tree.apply(&Record::decode(&mut take).expect("what was encoded"));
    }
    tree
}

// --- the plain ways

fn below(tree: &Tree, ordinal: u32) -> Vec<u32> {
    tree.children(ordinal).flat_map(|child| std::iter::once(child).chain(below(tree, child))).collect()
}

fn plain_subtree(tree: &Tree, ordinal: u32, now: u64) -> Subtree {
    let mut ordinals = below(tree, ordinal);
    ordinals.sort_unstable();
    let nodes = || ordinals.iter().map(|&ordinal| (ordinal, &tree.nodes[ordinal as usize]));
    let times: Vec<u64> = nodes().filter_map(|(_, node)| node.duration()).collect();
    let mut counts = Counts::default();
    nodes().for_each(|(_, node)| counts[node.phase as usize] += 1);
    let so_far = |start: u64, end: Option<u64>| end.unwrap_or(now).saturating_sub(start);
    let mut slowest: Vec<(u32, u64)> =
        nodes().filter_map(|(ordinal, node)| Some((ordinal, so_far(node.started_at?, node.ended_at)))).collect();
    slowest.sort_by_key(|&(_, time)| std::cmp::Reverse(time));
    Subtree {
        counts,
        retries: nodes().map(|(_, node)| node.attempts.saturating_sub(1)).sum(),
        cpu: nodes().map(|(_, node)| node.cpu).sum(),
        failed: nodes().filter(|(_, node)| node.phase == Phase::Failed).map(|(ordinal, _)| ordinal).take(100).collect(),
        slowest: slowest.into_iter().take(5).collect(),
        durations: Durations {
            count: times.len() as u32,
            sum: times.iter().sum(),
            shortest: times.iter().copied().min().unwrap_or_default(),
            longest: times.iter().copied().max().unwrap_or_default(),
        },
    }
}

/// The rows of a parent, made by looking at every child.
fn plain_folds(tree: &Tree, parent: u32) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    for child in tree.children(parent) {
        let node = &tree.nodes[child as usize];
        let (key, is_group) = match &node.group {
            Some(group) => (group.to_string(), true),
            None => (tree.short_name(child).to_owned(), false),
        };
        if !folds.iter().any(|fold| fold.key == key && fold.is_group == is_group) {
            let (counts, unfinished) = (Counts::default(), Vec::new());
            let (started_at, ended_at, retries) = (None, Some(0), 0);
            folds.push(Fold {
                key: key.clone(),
                is_group,
                counts,
                started_at,
                ended_at,
                first: child,
                unfinished,
                retries,
            });
        }
        let fold = folds.iter_mut().find(|fold| fold.key == key && fold.is_group == is_group).expect("it was added");
        fold.counts[node.phase as usize] += 1;
        fold.retries += node.attempts.saturating_sub(1);
        fold.started_at = [fold.started_at, node.started_at].into_iter().flatten().min();
        fold.ended_at = node.ended_at.filter(|_| node.phase.is_final()).and_then(|end| Some(fold.ended_at?.max(end)));
        if matches!(node.phase, Phase::Running | Phase::Retrying | Phase::Paused) {
            fold.unfinished.push(child);
        }
    }
    for fold in &mut folds {
        fold.unfinished.sort_by_key(|&child| tree.nodes[child as usize].started_at);
        fold.unfinished.truncate(10);
    }
    folds
}

// --- what holds for any run

fn agrees(tree: &Tree) -> Result<(), TestCaseError> {
    let now = tree.latest + 7;
    for parent in 0..tree.nodes.len() as u32 {
        rows_hold_every_child_once(tree, parent)?;
        prop_assert_eq!(tree.folds(parent), plain_folds(tree, parent));
        prop_assert_eq!(tree.subtree(parent, now), plain_subtree(tree, parent, now));
        let descendants = tree.descendants(parent);
        prop_assert_eq!(descendants.len(), below(tree, parent).len() + 1);
        prop_assert!(descendants.windows(2).all(|pair| pair[0] < pair[1]));
        for &one in &descendants[1..] {
            prop_assert!(tree.ancestors(one).contains(&parent));
        }
        let (node, starts) = (&tree.nodes[parent as usize], tree.attempt_starts(parent));
        if !tree.is_step(parent) {
            prop_assert_eq!(starts.first().copied(), node.started_at);
        }
        prop_assert!(starts.len() <= node.attempts as usize && starts.is_sorted(), "{starts:?}");
    }
    Ok(())
}

fn rows_hold_every_child_once(tree: &Tree, parent: u32) -> Result<(), TestCaseError> {
    let mut found = Vec::new();
    for fold in tree.folds(parent) {
        let row = Row { parent, key: &fold.key, is_group: fold.is_group };
        let members: Vec<u32> = tree.members(row, None).collect();
        prop_assert_eq!(members.first(), Some(&fold.first));
        for phase in Phase::ALL {
            let count = tree.members(row, Some(&[phase])).count() as u32;
            prop_assert_eq!(count, fold.counts[phase as usize]);
            let gathered = tree.gathered(row, Some(&[phase]), tree.latest);
            prop_assert_eq!((gathered.total(), gathered.counts[phase as usize]), (count, count));
        }
        let gathered = tree.gathered(row, None, tree.latest);
        prop_assert_eq!((gathered.counts, gathered.retries), (fold.counts, fold.retries));
        let times = members.iter().filter_map(|&child| tree.nodes[child as usize].duration());
        match tree.durations(row, 3) {
            Some((shortest, longest, bins)) => {
                prop_assert_eq!(Some(shortest), times.clone().min());
                prop_assert_eq!(Some(longest), times.clone().max());
                prop_assert_eq!(bins.iter().sum::<u32>(), times.count() as u32);
            }
            None => prop_assert_eq!(times.count(), 0),
        }
        found.extend(members);
    }
    found.sort_unstable();
    prop_assert_eq!(found, tree.children(parent).collect::<Vec<_>>());
    Ok(())
}

fn labels_are_unique(tree: &Tree) -> Result<(), TestCaseError> {
    let mut seen = HashMap::new();
    for ordinal in 1..tree.nodes.len() as u32 {
        let before = seen.insert((tree.nodes[ordinal as usize].parent, tree.label(ordinal)), ordinal);
        prop_assert_eq!(before, None, "{} is there twice", tree.path(ordinal));
    }
    Ok(())
}

/// From the root down, and no two of one parent at the same time.
fn is_a_path(tree: &Tree, path: &[u32]) -> Result<(), TestCaseError> {
    let mut last: HashMap<u32, u32> = HashMap::new();
    prop_assert_eq!(path.first(), (!tree.nodes.is_empty()).then_some(&0));
    for (place, &ordinal) in path.iter().enumerate().skip(1) {
        let node = &tree.nodes[ordinal as usize];
        let parent = node.parent.expect("only the root has none");
        prop_assert!(path[..place].contains(&parent));
        if let Some(before) = last.insert(parent, ordinal).map(|before| &tree.nodes[before as usize]) {
            prop_assert!(before.ended_at.expect("another came after it") <= node.started_at.unwrap_or(node.queued_at));
        }
    }
    for &parent in path {
        let end = |child: u32| tree.nodes[child as usize].ended_at.unwrap_or(u64::MAX);
        let latest = tree.children(parent).map(end).max();
        prop_assert_eq!(last.get(&parent).map(|&child| end(child)), latest);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_ran_a_survey_finds_what_the_plain_way_finds(program in program(), seed in any::<u64>()) {
        let tree = World::new(&program, seed, KILLS).finish().tree;
        agrees(&tree)?;
        labels_are_unique(&tree)?;
        is_a_path(&tree, &tree.critical_path(tree.latest))?;
    }

    #[test]
    fn a_survey_of_a_run_that_goes_on_finds_what_the_plain_way_finds(
        events in prop::collection::vec(event(), 0..120), is_inline in any::<bool>(),
    ) {
        for (records, _) in journals(events, is_inline).into_values() {
            let tree = folded(&records);
            agrees(&tree)?;
            labels_are_unique(&tree)?;
            is_a_path(&tree, &tree.critical_path(u64::MAX))?;
            prop_assert_eq!(&reopened(&records), &tree);
        }
    }

    #[test]
    fn a_journal_that_is_read_again_tells_the_tree_that_was_live(program in program(), seed in any::<u64>()) {
        let ended = World::new(&program, seed, KILLS).finish();
        prop_assert_eq!(reopened(&ended.journal), ended.tree);
    }

    #[test]
    fn at_a_moment_a_tree_holds_what_had_happened_by_then(
        program in program(), seed in any::<u64>(), share in 0.0..1.1,
    ) {
        let ended = World::new(&program, seed, KILLS).finish();
        let (start, now) = (ended.tree.header.started_at, (ended.tree.latest as f64 * share) as u64);
        let past = until(&ended.journal, start + now);
        let by_then: Vec<Record> =
            ended.journal.iter().take_while(|record| record.at().is_none_or(|at| at <= now)).cloned().collect();
        prop_assert_eq!(&past, &folded(&by_then));
        let queued = ended.tree.nodes.iter().filter(|node| node.queued_at <= now).count();
        prop_assert_eq!(past.nodes.len(), queued);
        for (then, at_last) in past.nodes.iter().zip(&ended.tree.nodes) {
            prop_assert_eq!(then.started_at, at_last.started_at.filter(|&at| at <= now));
            if at_last.ended_at.is_some_and(|at| at <= now) {
                prop_assert_eq!((then.phase, then.ended_at), (at_last.phase, at_last.ended_at));
            }
        }
        prop_assert_eq!(past.ended, ended.tree.ended.filter(|&(at, _)| at <= now));
    }
}

// --- examples

#[test]
fn the_critical_path_goes_back_from_who_ended_last() {
    let tree = tree_of(&[
        (None, "main", 0, Some(0), Some(100)),
        (Some(0), "load", 1, Some(1), Some(30)),
        (Some(0), "quick", 1, Some(1), Some(5)),
        (Some(0), "train", 31, Some(35), Some(90)),
        (Some(3), "epoch", 36, Some(36), Some(60)),
        (Some(3), "epoch", 60, Some(61), Some(89)),
        (Some(0), "chart", 31, Some(35), Some(80)),
    ]);
    let path = tree.critical_path(100);
    assert_eq!(labels(&tree, &path), ["main", "load.0", "train.0", "epoch.0", "epoch.1"]);
}

#[test]
fn who_is_not_over_ends_now_and_of_several_the_one_that_began_first_counts() {
    let tree = tree_of(&[
        (None, "main", 0, Some(0), None),
        (Some(0), "late", 1, Some(9), None),
        (Some(0), "early", 1, Some(4), None),
        (Some(0), "done", 1, Some(1), Some(3)),
        (Some(0), "found", 2, None, Some(2)),
    ]);
    assert_eq!(labels(&tree, &tree.critical_path(50)), ["main", "done.0", "early.0"]);
    assert!(Tree::default().critical_path(50).is_empty());
}

#[test]
fn what_was_found_elsewhere_or_cut_short_has_no_duration() {
    let mut tree = tree_of(&[
        (None, "main", 0, Some(0), None),
        (Some(0), "square", 1, Some(10), Some(30)),
        (Some(0), "square", 1, Some(10), Some(50)),
        (Some(0), "square", 1, Some(10), Some(21)),
        (Some(0), "square", 1, None, Some(2)),
        (Some(0), "square", 1, Some(2), None),
    ]);
    tree.apply(&Record::Aborted { ordinal: 5, at: 99, reason: "enough".into() });
    let row = Row { parent: 0, key: "square", is_group: false };
    assert_eq!(tree.durations(row, 3), Some((11, 40, vec![2, 0, 1])));
    assert_eq!(tree.durations(Row { key: "cube", ..row }, 3), None);
    assert_eq!(tree.durations(Row { is_group: true, ..row }, 3), None);
    let durations = tree.subtree(0, 99).durations;
    assert_eq!(durations, Durations { count: 3, sum: 71, shortest: 11, longest: 40 });
}

#[test]
fn tasks_of_one_short_name_are_one_row_and_numbered_together() {
    let tree = tree_of(&[
        (None, "main", 0, Some(0), None),
        (Some(0), "load", 1, None, None),
        (Some(0), "load", 2, None, None),
    ]);
    assert_ne!(tree.nodes[1].task, tree.nodes[2].task);
    assert_eq!(labels(&tree, &[1, 2]), ["load.0", "load.1"]);
    let keys: Vec<(String, u32)> = tree.folds(0).into_iter().map(|fold| (fold.key, fold.counts.iter().sum())).collect();
    assert_eq!(keys, [("load".to_owned(), 2)]);
}

#[test]
fn every_attempt_has_its_start_once() {
    let mut tree = tree_of(&[(None, "main", 0, Some(5), None)]);
    assert_eq!(tree.attempt_starts(0), [5]);
    let again = |attempt, at| Record::Started { ordinal: 0, attempt, at };
    tree.apply(&Record::Lost { ordinal: 0, at: 6, reason: "killed".into() });
    tree.apply(&again(0, 7));
    tree.apply(&Record::Failed { ordinal: 0, at: 8, delay: Some(1), failure: Arc::new(error("ValueError")) });
    tree.apply(&again(1, 9));
    tree.apply(&again(2, 12));
    assert_eq!(tree.attempt_starts(0), [5, 9, 12]);
    assert!(tree.attempt_starts(1).is_empty());
}

fn inputs() -> Vec<u8> {
    let (mut number, mut text, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    write_integer(&mut number, 42);
    write_text(&mut text, "Zürich");
    for (name, value) in [("n", number), ("City", text)] {
        let start = open(&mut inputs, 1);
        write_bytes(&mut inputs, 1, name.as_bytes());
        write_bytes(&mut inputs, 2, &value);
        close(&mut inputs, start);
    }
    inputs
}

#[test]
fn actions_are_found_by_all_that_a_row_shows_of_them() {
    let mut tree = tree_of(&[(None, "main", 0, Some(0), None), (Some(0), "Flaky", 1, None, None)]);
    let (group, inputs) = (Some(Arc::from("Batch A")), inputs().into());
    tree.apply(&Record::Submitted { ordinal: 2, parent: Some(0), task: 1, digest: digest(2), group, at: 3, inputs });
    tree.apply(&Record::Failed { ordinal: 2, at: 4, delay: None, failure: Arc::new(error("KeyError")) });
    let table: [(&[&str], &[u32]); 12] = [
        (&[], &[0, 1, 2]),
        (&["flaky"], &[1, 2]),
        (&["FLAKY.1"], &[2]),
        (&["env.fl"], &[1, 2]),
        (&["batch a"], &[2]),
        (&["n=42"], &[2]),
        (&["ZÜRICH"], &[2]),
        (&["keyerror: keyerror happened"], &[2]),
        (&["flaky", "42", "batch"], &[2]),
        (&["flaky", "43"], &[]),
        (&["main"], &[0]),
        (&["main.0"], &[]),
    ];
    for (words, found) in table {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        assert_eq!(tree.matching(&words), found, "{words:?}");
    }
}
