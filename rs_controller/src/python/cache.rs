//! The cache, for people who look into it: `flyte cache` and `flyte run --plan`.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;

use super::tree::journal_error;
use crate::io::cache::{Cache, CacheError, EntryRow, FILE};
use crate::wire::hash;

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct CacheEntry {
    key: Vec<u8>,
    task: String,
    version: String,
    details: String,
    inputs: String,
    created: f64,
    run: String,
    ordinal: u32,
    size: u64,
    data: Vec<String>,
    gone: String,
    earlier: Option<(String, f64, String)>,
}

fn entry_of(row: EntryRow) -> CacheEntry {
    let seconds = |micros: u64| micros as f64 / 1e6;
    CacheEntry {
        key: row.key,
        task: row.task,
        version: row.version,
        details: row.details,
        inputs: row.inputs,
        created: seconds(row.created),
        run: row.run,
        ordinal: row.ordinal,
        size: row.size,
        data: row.data,
        gone: row.gone,
        earlier: row.earlier.map(|(run, created, gone)| (run, seconds(created), gone)),
    }
}

/// The cache of a state folder, opened in one way or the other; None when nothing was ever kept there.
fn opened(home: &Path, open: fn(&Path) -> Result<Cache, CacheError>) -> PyResult<Option<Cache>> {
    if !home.join(FILE).exists() {
        return Ok(None);
    }
    open(home).map(Some).map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
}

#[pyfunction]
#[pyo3(signature = (home, task = None))]
pub fn cache_entries(py: Python<'_>, home: PathBuf, task: Option<&str>) -> PyResult<Vec<CacheEntry>> {
    let Some(cache) = py.detach(|| opened(&home, Cache::open_to_read))? else { return Ok(Vec::new()) };
    let rows = cache.list(task).map_err(journal_error)?;
    Ok(rows.into_iter().map(entry_of).collect())
}

#[pyfunction]
pub fn remove_cache_entries(py: Python<'_>, home: PathBuf, keys: Vec<Vec<u8>>) -> PyResult<usize> {
    let Some(mut cache) = py.detach(|| opened(&home, Cache::open))? else { return Ok(0) };
    cache.remove(&keys).map_err(journal_error)
}

#[pyfunction]
pub fn input_hashes(inputs: &[u8]) -> PyResult<Vec<(String, String)>> {
    Ok(hash::hash_of_each(inputs)?)
}
