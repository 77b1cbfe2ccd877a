//! `RowView` and `Subtree`: what a screen shows of the actions that are visible, and of what is below one.

use std::collections::HashMap;

use pyo3::prelude::*;

use super::tree::{named_counts, seconds};
use crate::engine::survey;
use crate::engine::tree::Tree;
use crate::wire::preview::preview;

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct RowView {
    ordinal: u32,
    parent: Option<u32>,
    short_name: String,
    index: u32,
    label: String,
    group: Option<String>,
    phase: &'static str,
    attempts: u32,
    max_attempts: u32,
    queued_at: f64,
    started_at: Option<f64>,
    ended_at: Option<f64>,
    child_count: u32,
    is_step: bool,
    inputs: Vec<(String, String)>,
    error_head: Option<String>,
    cached_from: Option<String>,
}

impl RowView {
    pub fn of(tree: &Tree, ordinal: u32) -> Option<RowView> {
        let node = tree.nodes.get(ordinal as usize)?;
        Some(RowView {
            ordinal,
            parent: node.parent,
            short_name: tree.short_name(ordinal).to_owned(),
            index: node.index,
            label: tree.label(ordinal),
            group: node.group.as_deref().map(str::to_owned),
            phase: node.phase.word(),
            attempts: node.attempts,
            max_attempts: tree.tasks.get(&node.task).map_or(0, |task| task.max_attempts),
            queued_at: seconds(tree, node.queued_at),
            started_at: node.started_at.map(|at| seconds(tree, at)),
            ended_at: node.ended_at.map(|at| seconds(tree, at)),
            child_count: node.child_count,
            is_step: tree.is_step(ordinal),
            inputs: node.inputs.as_deref().map(preview).unwrap_or_default(),
            error_head: tree.failures.get(&ordinal).map(|failure| failure.head()),
            cached_from: tree.cached_from.get(&ordinal).map(|run| run.to_string()),
        })
    }
}

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct Subtree {
    total: u32,
    counts: HashMap<&'static str, u32>,
    retries: u32,
    cpu_time: f64,
    failed: Vec<u32>,
    slowest: Vec<(u32, f64)>,
    shortest: Option<f64>,
    longest: Option<f64>,
    mean: Option<f64>,
}

impl Subtree {
    pub fn of(below: survey::Subtree) -> Subtree {
        let times = below.durations;
        let some = |micros: f64| (times.count > 0).then_some(micros / 1e6);
        Subtree {
            total: below.total(),
            counts: named_counts(&below.counts),
            retries: below.retries,
            cpu_time: below.cpu as f64 / 1e6,
            failed: below.failed,
            slowest: below.slowest.into_iter().map(|(ordinal, micros)| (ordinal, micros as f64 / 1e6)).collect(),
            shortest: some(times.shortest as f64),
            longest: some(times.longest as f64),
            mean: some(times.sum as f64 / f64::from(times.count.max(1))),
        }
    }
}
