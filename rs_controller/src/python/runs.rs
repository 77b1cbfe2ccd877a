//! The index of runs, and words to runs of other processes.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use pyo3::prelude::*;

use super::tree::journal_error;
use crate::io::index::{self, is_alive, read_counts, rebuild, runs_folder, set_aside, Index};
use crate::io::runner::{ABORT_FILE, ACTION_ABORTS_FILE};

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct RunRow {
    name: String,
    task: String,
    phase: String,
    file: String,
    project: String,
    started_at: f64,
    ended_at: Option<f64>,
    counts: HashMap<&'static str, u32>,
    note: String,
    folder: OsString,
    recovered_from: Option<String>,
    attributes: Option<String>,
}

fn row_of(home: &std::path::Path, row: index::RunRow) -> RunRow {
    RunRow {
        folder: runs_folder(home).join(&row.name).into_os_string(),
        name: row.name,
        task: row.task,
        phase: row.phase,
        file: row.file,
        project: row.project,
        started_at: row.started_at as f64 / 1e6,
        ended_at: row.ended_at.map(|at| at as f64 / 1e6),
        counts: read_counts(&row.counts).into_iter().map(|(phase, count)| (phase.word(), count)).collect(),
        note: row.note,
        recovered_from: row.recovered_from,
        attributes: row.attributes,
    }
}

fn list(home: &std::path::Path, project: Option<&str>, prefix: &str, limit: u32) -> PyResult<Vec<RunRow>> {
    if !runs_folder(home).exists() {
        return Ok(Vec::new());
    }
    let find = || {
        let index = Index::open_to_read(home)?;
        let rows = index.list(project, prefix, limit)?;
        if !rows.is_empty() {
            return Ok(rows);
        }
        rebuild(&index)?;
        index.list(project, prefix, limit)
    };
    let found = match find() {
        Err(error) if error.is_damage() => {
            set_aside(home);
            find()
        }
        found => found,
    };
    Ok(found.map_err(journal_error)?.into_iter().map(|row| row_of(home, row)).collect())
}

#[pyfunction]
#[pyo3(signature = (home, project = None, limit = 50))]
pub fn list_runs(home: PathBuf, project: Option<&str>, limit: u32) -> PyResult<Vec<RunRow>> {
    list(&home, project, "", limit)
}

#[pyfunction]
pub fn find_runs(home: PathBuf, prefix: &str) -> PyResult<Vec<RunRow>> {
    list(&home, None, prefix, u32::MAX)
}

#[pyfunction]
#[pyo3(signature = (home, name, reason, action = None))]
pub fn request_abort(home: PathBuf, name: &str, reason: &str, action: Option<u32>) -> PyResult<bool> {
    let folder = runs_folder(&home).join(name);
    if !is_alive(&folder) {
        return Ok(false);
    }
    match action {
        None => std::fs::write(folder.join(ABORT_FILE), reason)?,
        Some(ordinal) => {
            let mut file = OpenOptions::new().create(true).append(true).open(folder.join(ACTION_ABORTS_FILE))?;
            let line = format!("{ordinal}\t{}\n", reason.replace('\n', " "));
            file.write_all(line.as_bytes())?; // one write: several may ask at the same time
        }
    }
    Ok(true)
}

#[pyfunction]
#[pyo3(signature = (home, project = None))]
pub fn count_runs(home: PathBuf, project: Option<&str>) -> PyResult<u64> {
    if !runs_folder(&home).exists() {
        return Ok(0);
    }
    Index::open_to_read(&home).and_then(|index| index.count(project)).map_err(journal_error)
}

#[pyfunction]
pub fn remove_run(py: Python<'_>, home: PathBuf, name: &str) -> PyResult<bool> {
    py.detach(|| Index::open(&home).and_then(|index| index.remove(name))).map_err(journal_error)
}
