//! The lines that the actions of a run printed: one after the other, or anywhere; and what went wrong between them.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::tree::journal_error;
use crate::engine::record::Record;
use crate::io::journal::{JournalError, Reader};
use crate::io::log_pages::{self, finder, mark, Filter, Moment, Page, Row, Totals};
use crate::io::logs::{self, Line, Wanted};
use crate::io::protocol::Stream;

#[pyclass(frozen, module = "flyte._core")]
pub struct LogReader(Mutex<logs::LogReader>);

type Shown<'py> = (u32, &'static str, u64, Bound<'py, PyBytes>);

impl LogReader {
    fn lock(&self) -> MutexGuard<'_, logs::LogReader> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl LogReader {
    #[new]
    #[pyo3(signature = (folder, ordinals = None, *, stderr_only = false, since = 0, until = None))]
    fn new(
        folder: PathBuf,
        ordinals: Option<HashSet<u32>>,
        stderr_only: bool,
        since: u64,
        until: Option<u64>,
    ) -> LogReader {
        let wanted = Wanted { ordinals, stderr_only, since, until };
        LogReader(Mutex::new(logs::LogReader::new(&folder, wanted)))
    }

    fn add(&self, ordinals: HashSet<u32>) {
        if let Some(wanted) = self.lock().wanted.ordinals.as_mut() {
            wanted.extend(ordinals);
        }
    }

    fn read<'py>(&self, py: Python<'py>) -> PyResult<Vec<Shown<'py>>> {
        let lines = py.detach(|| self.lock().read())?;
        Ok(lines.into_iter().map(|line| shown(py, line)).collect())
    }

    fn back<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Shown<'py>>>> {
        let lines = py.detach(|| self.lock().back())?;
        Ok(lines.map(|lines| lines.into_iter().map(|line| shown(py, line)).collect()))
    }
}

fn shown(py: Python<'_>, line: Line) -> Shown<'_> {
    let stream = if line.stream == Stream::Stderr { "stderr" } else { "stdout" };
    (line.ordinal, stream, line.at, PyBytes::new(py, &line.text))
}

#[pyclass(frozen, module = "flyte._core")]
pub struct LogPages(Mutex<log_pages::LogPages>);

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct LogRow {
    offset: u64,
    ordinal: u32,
    stream: &'static str,
    at: u64,
    level: u8,
    head: Option<u64>,
    inside: u32,
    is_hit: bool,
    text: Py<PyBytes>,
}

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct LogPage {
    rows: Vec<Py<LogRow>>,
    reached: u64,
    is_end: bool,
}

#[pyclass(frozen, get_all, eq, module = "flyte._core")]
#[derive(PartialEq)]
pub struct LogTotals {
    lines: u64,
    errors: u64,
    warnings: u64,
    shown: u64,
    hits: u64,
    is_whole: bool,
    is_searched: bool,
}

impl LogPages {
    fn lock(&self) -> MutexGuard<'_, log_pages::LogPages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, py: Python<'_>, read: impl FnOnce(&Self) -> std::io::Result<Page> + Send) -> PyResult<LogPage> {
        let page = py.detach(|| read(self))?;
        let rows = page.rows.into_iter().map(|row| Py::new(py, log_row(py, row))).collect::<PyResult<_>>()?;
        Ok(LogPage { rows, reached: page.reached, is_end: page.is_end })
    }
}

#[pymethods]
impl LogPages {
    #[new]
    #[pyo3(signature = (folder, ordinals = None, *, since = 0, after = None, until = None))]
    fn new(
        folder: PathBuf,
        ordinals: Option<Vec<u32>>,
        since: u64,
        after: Option<u64>,
        until: Option<u64>,
    ) -> LogPages {
        let ordinals = ordinals.map(|ordinals| {
            let mut known = Vec::new();
            mark(&mut known, ordinals);
            known
        });
        let filter = Filter { ordinals, after, until, ..Filter::default() };
        LogPages(Mutex::new(log_pages::LogPages::new(&folder, filter, since)))
    }

    fn add(&self, py: Python<'_>, ordinals: Vec<u32>, at: u64) {
        py.detach(|| self.lock().add(ordinals, at));
    }

    fn refresh(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(py.detach(|| self.lock().refresh())?)
    }

    #[getter]
    fn end(&self) -> u64 {
        self.lock().end()
    }

    #[pyo3(signature = (level = 4, pattern = None, *, is_regex = false, any_case = false, only_hits = false))]
    fn narrow(
        &self,
        level: u8,
        pattern: Option<&str>,
        is_regex: bool,
        any_case: bool,
        only_hits: bool,
    ) -> PyResult<()> {
        let finder = pattern.map(|text| finder(text, is_regex, any_case)).transpose();
        let finder = finder.map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            PyValueError::new_err(last.trim_start_matches("error: ").to_owned())
        })?;
        self.lock().narrow(level, finder, only_hits);
        Ok(())
    }

    fn unfold(&self, head: u64, is_open: bool) {
        self.lock().unfold(head, is_open);
    }

    fn after(&self, py: Python<'_>, offset: u64, count: usize, limit: u64) -> PyResult<LogPage> {
        self.page(py, |pages| pages.lock().after(offset, count, limit))
    }

    fn before(&self, py: Python<'_>, offset: u64, count: usize, limit: u64) -> PyResult<LogPage> {
        self.page(py, |pages| pages.lock().before(offset, count, limit))
    }

    fn find(&self, py: Python<'_>, offset: u64, is_forward: bool, limit: u64) -> PyResult<LogPage> {
        self.page(py, |pages| pages.lock().find(offset, is_forward, limit))
    }

    /// The lock is not held while blocks are read: whoever scrolls does not wait.
    fn count(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(py.detach(|| {
            let Some(more) = self.lock().uncounted() else { return std::io::Result::Ok(false) };
            let counted = more.run()?;
            self.lock().learn(&counted);
            Ok(true)
        })?)
    }

    fn totals(&self) -> LogTotals {
        let Totals { lines, errors, warnings, shown, hits, is_whole, is_searched } = self.lock().totals();
        LogTotals { lines, errors, warnings, shown, hits, is_whole, is_searched }
    }

    fn since(&self, py: Python<'_>, offset: u64) -> PyResult<u64> {
        Ok(py.detach(|| self.lock().since(offset))?)
    }

    fn fraction(&self, offset: u64) -> f64 {
        self.lock().fraction(offset)
    }

    fn at_fraction(&self, fraction: f64) -> u64 {
        self.lock().at_fraction(fraction)
    }

    fn places_of(&self, py: Python<'_>, setbacks: Vec<Py<Setback>>) -> PyResult<Vec<u64>> {
        let moments: Vec<Moment> = setbacks.iter().map(|each| each.get().moment()).collect();
        Ok(py.detach(|| self.lock().places_of(&moments))?)
    }

    fn hits_in(&self, text: &str) -> Vec<(usize, usize)> {
        let pages = self.lock();
        let Some(finder) = &pages.filter().finder else { return Vec::new() };
        let (mut hits, mut known, mut counted) = (Vec::new(), 0, 0);
        for hit in finder.find_iter(text.as_bytes()).filter(|hit| !hit.is_empty()) {
            let mut characters = |end: usize| {
                counted += text.as_bytes()[known..end].iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
                known = end;
                counted
            };
            hits.push((characters(hit.start()), characters(hit.end())));
        }
        hits
    }
}

fn log_row(py: Python<'_>, row: Row) -> LogRow {
    LogRow {
        offset: row.offset,
        ordinal: row.ordinal,
        stream: row.stream.word(),
        at: row.at,
        level: row.level,
        head: row.head,
        inside: row.inside,
        is_hit: row.is_hit,
        text: PyBytes::new(py, &row.text).unbind(),
    }
}

/// What made actions start again, or fail, as the journal tells it.
#[pyclass(frozen, module = "flyte._core")]
pub struct Setbacks(Mutex<SetbackReader>);

struct SetbackReader {
    folder: PathBuf,
    reader: Option<Reader>,
    /// The last attempt of those that had more than one, from 0.
    attempts: HashMap<u32, u32>,
}

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct Setback {
    kind: &'static str,
    at: u64,
    ordinal: u32,
    attempt: u32,
    text: String,
    is_retried: bool,
    /// When the next attempt started, as far as that is recorded.
    next_at: Option<u64>,
}

/// Microseconds within which everything is read that a failed action had printed.
const READ_WITHIN: u64 = 300_000;

impl Setback {
    fn moment(&self) -> Moment {
        let until = self.at + READ_WITHIN;
        Moment { at: self.at, until: self.next_at.map_or(until, |next| next.min(until)), ordinal: self.ordinal }
    }
}

#[pymethods]
impl Setbacks {
    #[new]
    fn new(folder: PathBuf) -> Setbacks {
        let attempts = HashMap::new();
        Setbacks(Mutex::new(SetbackReader { folder, reader: None, attempts }))
    }

    fn read(&self, py: Python<'_>) -> PyResult<Vec<Setback>> {
        let found = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).read());
        found.map_err(journal_error)
    }
}

impl SetbackReader {
    fn read(&mut self) -> Result<Vec<Setback>, JournalError> {
        if self.reader.is_none() {
            self.reader = Some(Reader::open(&self.folder)?);
        }
        let SetbackReader { reader: Some(reader), attempts, .. } = self else { return Ok(Vec::new()) };
        let mut found: Vec<Setback> = Vec::new();
        reader.read(|record| {
            let attempt = |ordinal: &u32| attempts.get(ordinal).copied().unwrap_or(0) + 1;
            found.push(match record {
                Record::Started { ordinal, attempt, at } => {
                    if attempt > 0 {
                        attempts.insert(ordinal, attempt);
                        let last = found.iter_mut().rev().find(|each| each.ordinal == ordinal);
                        if let Some(last) = last {
                            last.next_at.get_or_insert(at);
                        }
                    }
                    return;
                }
                Record::Failed { ordinal, at, delay, failure } => Setback {
                    kind: "failed",
                    at,
                    ordinal,
                    attempt: attempt(&ordinal),
                    text: failure.head(),
                    is_retried: delay.is_some(),
                    next_at: None,
                },
                Record::Lost { ordinal, at, reason } => {
                    let attempt = attempt(&ordinal);
                    Setback { kind: "lost", at, ordinal, attempt, text: reason, is_retried: true, next_at: None }
                }
                Record::Climbed { ordinal, at, reason, .. } => {
                    let attempt = attempt(&ordinal);
                    Setback { kind: "climbed", at, ordinal, attempt, text: reason, is_retried: true, next_at: None }
                }
                _ => return,
            });
        })?;
        Ok(found)
    }
}
