//! `RunTree` and its rows: the folded tree of one run, for Python.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyFileNotFoundError, PyIndexError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::rows::{RowView, Subtree};
use crate::engine::record::{Bytes, Failure, Record};
use crate::engine::survey::Row;
use crate::engine::tree::{self, Counts, Phase, Tree};
use crate::io::index::is_alive;
use crate::io::journal::{load, JournalError, Reader};
use crate::io::open::now;
use crate::io::watch::Watch;
use crate::wire::naming::spell;
use crate::wire::preview::preview;

pub fn journal_error(error: JournalError) -> PyErr {
    match error {
        JournalError::File(_, ref source) if source.kind() == std::io::ErrorKind::NotFound => {
            PyFileNotFoundError::new_err(error.to_string())
        }
        _ if error.is_damage() => PyValueError::new_err(error.to_string()),
        _ => PyOSError::new_err(error.to_string()),
    }
}

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct ErrorView {
    code: String,
    kind: String,
    message: String,
    r#type: String,
    frames: Vec<(String, u32, String, String, bool)>,
    causes: Vec<(String, String)>,
    payload: Py<PyBytes>,
}

impl ErrorView {
    pub fn of(failure: &Failure) -> ErrorView {
        let frames = failure.frames.iter().cloned();
        ErrorView {
            code: failure.code.clone(),
            kind: failure.kind.word().to_owned(),
            message: failure.message.clone(),
            r#type: failure.class.clone(),
            frames: frames.map(|f| (f.file, f.line, f.function, f.source, f.is_user)).collect(),
            causes: failure.causes.clone(),
            payload: Python::attach(|py| PyBytes::new(py, &failure.payload).unbind()),
        }
    }
}

type Shown = Vec<(String, String)>;

#[pyclass(frozen, module = "flyte._core")]
pub struct ActionView {
    #[pyo3(get)]
    ordinal: u32,
    #[pyo3(get)]
    parent: Option<u32>,
    #[pyo3(get)]
    name: String,
    #[pyo3(get)]
    task: String,
    #[pyo3(get)]
    short_name: String,
    #[pyo3(get)]
    index: u32,
    #[pyo3(get)]
    label: String,
    #[pyo3(get)]
    path: String,
    #[pyo3(get)]
    group: Option<String>,
    #[pyo3(get)]
    phase: &'static str,
    #[pyo3(get)]
    attempts: u32,
    #[pyo3(get)]
    max_attempts: u32,
    #[pyo3(get)]
    queued_at: f64,
    #[pyo3(get)]
    started_at: Option<f64>,
    #[pyo3(get)]
    ended_at: Option<f64>,
    #[pyo3(get)]
    cpu_time: f64,
    #[pyo3(get)]
    peak_memory: u64,
    #[pyo3(get)]
    error: Option<Py<ErrorView>>,
    #[pyo3(get)]
    file: String,
    #[pyo3(get)]
    line: u32,
    /// What people may want to know of the task, as a JSON object.
    #[pyo3(get)]
    details: String,
    #[pyo3(get)]
    child_count: u32,
    #[pyo3(get)]
    cached_from: Option<String>,
    #[pyo3(get)]
    cache_unread: Option<bool>,
    #[pyo3(get)]
    links: Vec<(String, String)>,
    kept_inputs: Option<Bytes>,
    has_succeeded: bool,
    folder: PathBuf,
}

#[pymethods]
impl ActionView {
    #[getter]
    fn inputs(&self, py: Python<'_>) -> PyResult<Shown> {
        match &self.kept_inputs {
            Some(inputs) => Ok(preview(inputs)),
            None => shown_or_why(py.detach(|| recorded(&self.folder, self.ordinal)).map(|(inputs, _)| inputs)),
        }
    }

    #[getter]
    fn outputs(&self, py: Python<'_>) -> PyResult<Shown> {
        if !self.has_succeeded {
            return Ok(Vec::new());
        }
        shown_or_why(py.detach(|| recorded(&self.folder, self.ordinal)).map(|(_, outputs)| outputs))
    }
}

/// On a full disk a journal cannot be opened: whatever else is told of an action is told all the same.
fn shown_or_why(found: Result<Shown, JournalError>) -> PyResult<Shown> {
    match found {
        Err(error) if !error.is_damage() => Ok(vec![("?".to_owned(), format!("cannot be read: {error}"))]),
        found => found.map_err(journal_error),
    }
}

/// The inputs and outputs of one action in short, read from its run's journal.
fn recorded(folder: &Path, ordinal: u32) -> Result<(Shown, Shown), JournalError> {
    let mut reader = Reader::open(folder)?;
    let (mut inputs, mut outputs) = (None, None);
    reader.read(|record| match record {
        Record::Submitted { ordinal: found, inputs: value, .. } if found == ordinal => inputs = Some(value),
        Record::Succeeded { ordinal: found, outputs: value, .. } if found == ordinal => outputs = Some(value),
        Record::TraceStarted { ordinal: found, inputs: value, .. } if found == ordinal => inputs = Some(value),
        Record::Traced { ordinal: found, inputs: value, outcome, .. } if found == ordinal => {
            inputs = inputs.take().or(Some(value));
            outputs = outcome.ok();
        }
        _ => {}
    })?;
    let shown = |value: Option<Bytes>| match value {
        Some(value) => load(folder, &value).map(|value| preview(&value)),
        None => Ok(Vec::new()),
    };
    Ok((shown(inputs)?, shown(outputs)?))
}

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct Fold {
    key: String,
    is_group: bool,
    total: u32,
    counts: HashMap<&'static str, u32>,
    started_at: Option<f64>,
    ended_at: Option<f64>,
    first: u32,
    unfinished: Vec<u32>,
    retries: u32,
}

pub fn named_counts(counts: &Counts) -> HashMap<&'static str, u32> {
    Phase::ALL.iter().zip(counts).filter(|(_, &count)| count > 0).map(|(phase, &count)| (phase.word(), count)).collect()
}

/// Where a tree's records come from.
enum Origin {
    /// The engine in this process.
    Live(Arc<Watch>),
    /// A journal on disk, read so far.
    Journal(Box<Mutex<Journal>>),
    /// A journal as it stood at a moment.
    Past(Box<Past>),
}

struct Journal {
    tree: Tree,
    reader: Reader,
    /// How many records were folded in.
    count: u64,
}

struct Past {
    tree: Tree,
    count: u64,
    /// Microseconds since the run started.
    moment: u64,
}

impl Journal {
    fn open(folder: &Path) -> Result<Journal, JournalError> {
        Ok(Journal { tree: Tree::default(), reader: Reader::open(folder)?, count: 0 })
    }

    /// Fold in what is new and no later than `until` (Unix microseconds); true when there was something.
    fn read(&mut self, until: u64) -> Result<bool, JournalError> {
        let Journal { tree, reader, count } = self;
        let before = *count;
        reader.read_while(|record| {
            let is_taken = tree.apply_until(&record, until);
            *count += u64::from(is_taken);
            is_taken
        })?;
        Ok(*count > before)
    }
}

#[pyclass(frozen, module = "flyte._core")]
pub struct RunTree {
    origin: Origin,
    folder: PathBuf,
}

impl RunTree {
    pub fn live(watch: Arc<Watch>, folder: PathBuf) -> RunTree {
        RunTree { origin: Origin::Live(watch), folder }
    }

    fn with<T>(&self, look: impl FnOnce(&Tree) -> T) -> T {
        match &self.origin {
            Origin::Live(watch) => look(&watch.lock().tree),
            Origin::Journal(journal) => look(&lock(journal).tree),
            Origin::Past(past) => look(&past.tree),
        }
    }

    /// As `with`, for what looks at many nodes and makes no Python objects.
    fn survey<T: Send>(&self, py: Python<'_>, look: impl FnOnce(&Tree) -> T + Send) -> T {
        py.detach(|| self.with(look))
    }

    /// As `survey`, of one action.
    fn survey_of<T: Send>(&self, py: Python<'_>, ordinal: u32, look: impl FnOnce(&Tree) -> T + Send) -> PyResult<T> {
        let found = self.survey(py, |tree| tree.nodes.get(ordinal as usize).is_some().then(|| look(tree)));
        found.ok_or_else(|| unknown(ordinal))
    }

    /// The moment until which unfinished actions of a tree have taken, in microseconds since the run started.
    fn now(&self, tree: &Tree) -> u64 {
        match (&self.origin, tree.ended) {
            (Origin::Past(past), _) => past.moment,
            (_, Some((at, _))) => at,
            (Origin::Journal(_), None) if !is_alive(&self.folder) => tree.latest,
            _ => now().saturating_sub(tree.header.started_at),
        }
    }
}

fn unknown(ordinal: u32) -> PyErr {
    PyIndexError::new_err(format!("the run has no action {ordinal}"))
}

fn phases_called(words: Vec<String>) -> PyResult<Vec<Phase>> {
    let phase = |word: String| {
        let known = || Phase::ALL.map(Phase::word).join(", ");
        Phase::called(&word).ok_or_else(|| PyValueError::new_err(format!("no phase `{word}`: there are {}", known())))
    };
    words.into_iter().map(phase).collect()
}

fn lock(journal: &Mutex<Journal>) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Unix seconds of a moment in a run.
pub fn seconds(tree: &Tree, since_start: u64) -> f64 {
    (tree.header.started_at + since_start) as f64 / 1e6
}

#[pymethods]
impl RunTree {
    #[staticmethod]
    #[pyo3(signature = (folder, until=None))]
    fn open(py: Python<'_>, folder: PathBuf, until: Option<f64>) -> PyResult<RunTree> {
        let until = until.map(|until| (until * 1e6).round() as u64);
        let read = || {
            let mut journal = Journal::open(&folder)?;
            journal.read(until.unwrap_or(u64::MAX))?;
            Ok(journal)
        };
        let journal = py.detach(read).map_err(journal_error)?;
        let origin = match until {
            None => Origin::Journal(Box::new(Mutex::new(journal))),
            Some(until) => {
                let Journal { tree, count, .. } = journal;
                let moment = until.saturating_sub(tree.header.started_at);
                Origin::Past(Box::new(Past { tree, count, moment }))
            }
        };
        Ok(RunTree { origin, folder })
    }

    fn refresh(&self, py: Python<'_>) -> PyResult<bool> {
        match &self.origin {
            Origin::Live(_) => Ok(true),
            Origin::Journal(journal) => py.detach(|| lock(journal).read(u64::MAX)).map_err(journal_error),
            Origin::Past(_) => Ok(false),
        }
    }

    fn version(&self) -> u64 {
        match &self.origin {
            Origin::Live(watch) => watch.lock().version,
            Origin::Journal(journal) => lock(journal).count,
            Origin::Past(past) => past.count,
        }
    }

    #[getter]
    fn name(&self) -> String {
        self.with(|tree| tree.header.name.clone())
    }

    #[getter]
    fn task(&self) -> String {
        self.with(|tree| tree.header.task.clone())
    }

    #[getter]
    fn file(&self) -> String {
        self.with(|tree| tree.header.file.clone())
    }

    #[getter]
    fn cwd(&self) -> String {
        self.with(|tree| tree.header.folder.clone())
    }

    #[getter]
    fn folder(&self) -> OsString {
        self.folder.clone().into_os_string()
    }

    #[getter]
    fn phase(&self) -> &'static str {
        let (ended, root) = self.with(|tree| (tree.ended, tree.nodes.first().map(|node| node.phase)));
        match ended {
            Some((_, phase)) => phase.word(),
            None if matches!(self.origin, Origin::Journal(_)) && !is_alive(&self.folder) => "interrupted",
            None => root.map_or("queued", |phase| if phase == Phase::Queued { "queued" } else { "running" }),
        }
    }

    #[getter]
    fn started_at(&self) -> f64 {
        self.with(|tree| seconds(tree, 0))
    }

    #[getter]
    fn ended_at(&self) -> Option<f64> {
        self.with(|tree| tree.ended.map(|(at, _)| seconds(tree, at)))
    }

    #[getter]
    fn recovered_from(&self) -> Option<String> {
        self.with(|tree| tree.header.recovered_from.clone())
    }

    #[getter]
    fn attributes(&self) -> Option<String> {
        self.with(|tree| tree.header.attributes.clone())
    }

    #[getter]
    fn retries(&self) -> u32 {
        self.with(|tree| tree.retries)
    }

    #[getter]
    fn cpu_time(&self) -> f64 {
        self.with(|tree| tree.cpu as f64 / 1e6)
    }

    #[getter]
    fn peak_memory(&self) -> u64 {
        self.with(|tree| tree.memory)
    }

    fn counts(&self) -> HashMap<&'static str, u32> {
        self.with(|tree| named_counts(&tree.counts))
    }

    fn __len__(&self) -> usize {
        self.with(|tree| tree.nodes.len())
    }

    fn action(&self, py: Python<'_>, ordinal: u32) -> PyResult<ActionView> {
        let view = self.with(|tree| view_of(tree, ordinal, self.folder.clone()));
        let (mut view, failure) = view.ok_or_else(|| unknown(ordinal))?;
        view.error = failure.map(|failure| Py::new(py, ErrorView::of(&failure))).transpose()?;
        Ok(view)
    }

    fn children(&self, ordinal: u32) -> Vec<u32> {
        self.with(|tree| tree.children(ordinal).collect())
    }

    fn folds(&self, ordinal: u32) -> Vec<Fold> {
        self.with(|tree| tree.folds(ordinal).into_iter().map(|fold| fold_of(tree, fold)).collect())
    }

    #[pyo3(signature = (parent, key, is_group, phases=None))]
    fn members(
        &self,
        py: Python<'_>,
        parent: u32,
        key: &str,
        is_group: bool,
        phases: Option<Vec<String>>,
    ) -> PyResult<Vec<u32>> {
        let phases = phases.map(phases_called).transpose()?;
        let row = Row { parent, key, is_group };
        Ok(self.survey(py, |tree| tree.members(row, phases.as_deref()).collect()))
    }

    fn durations(
        &self,
        py: Python<'_>,
        parent: u32,
        key: &str,
        is_group: bool,
        bins: usize,
    ) -> PyResult<Option<(f64, f64, Vec<u32>)>> {
        if bins == 0 {
            return Err(PyValueError::new_err("bins must be at least 1, got 0"));
        }
        let times = self.survey(py, |tree| tree.durations(Row { parent, key, is_group }, bins));
        Ok(times.map(|(shortest, longest, counts)| (shortest as f64 / 1e6, longest as f64 / 1e6, counts)))
    }

    fn subtree(&self, py: Python<'_>, ordinal: u32) -> PyResult<Subtree> {
        self.survey_of(py, ordinal, |tree| tree.subtree(ordinal, self.now(tree))).map(Subtree::of)
    }

    #[pyo3(signature = (parent, key, is_group, phases=None))]
    fn gathered(
        &self,
        py: Python<'_>,
        parent: u32,
        key: &str,
        is_group: bool,
        phases: Option<Vec<String>>,
    ) -> PyResult<Subtree> {
        let phases = phases.map(phases_called).transpose()?;
        let row = Row { parent, key, is_group };
        Ok(Subtree::of(self.survey(py, |tree| tree.gathered(row, phases.as_deref(), self.now(tree)))))
    }

    fn descendants(&self, py: Python<'_>, ordinal: u32) -> PyResult<Vec<u32>> {
        self.survey_of(py, ordinal, |tree| tree.descendants(ordinal))
    }

    fn ancestors(&self, py: Python<'_>, ordinal: u32) -> PyResult<Vec<u32>> {
        self.survey_of(py, ordinal, |tree| tree.ancestors(ordinal))
    }

    fn critical_path(&self, py: Python<'_>) -> Vec<u32> {
        self.survey(py, |tree| tree.critical_path(self.now(tree)))
    }

    fn attempt_starts(&self, py: Python<'_>, ordinal: u32) -> PyResult<Vec<f64>> {
        let starts = |tree: &Tree| tree.attempt_starts(ordinal).into_iter().map(|at| seconds(tree, at)).collect();
        self.survey_of(py, ordinal, starts)
    }

    fn rows(&self, ordinals: Vec<u32>) -> PyResult<Vec<RowView>> {
        let row = |tree: &Tree, ordinal| RowView::of(tree, ordinal).ok_or_else(|| unknown(ordinal));
        self.with(|tree| ordinals.into_iter().map(|ordinal| row(tree, ordinal)).collect())
    }

    fn matching(&self, py: Python<'_>, words: Vec<String>) -> Vec<u32> {
        self.survey(py, |tree| tree.matching(&words))
    }

    fn finished(&self, since: usize) -> Vec<u32> {
        self.with(|tree| tree.finished.get(since..).unwrap_or_default().to_vec())
    }

    fn failures(&self) -> Vec<u32> {
        self.with(|tree| {
            if tree.counts[Phase::Failed as usize] == 0 {
                return Vec::new();
            }
            let is_failed = |&ordinal: &u32| tree.nodes[ordinal as usize].phase == Phase::Failed;
            tree.finished.iter().copied().filter(is_failed).collect()
        })
    }

    fn inputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(self.value(py, |tree| tree.inputs.clone())?.unwrap_or_else(|| PyBytes::new(py, &[])))
    }

    /// The inputs of every action, in order, in one reading.
    fn every_input<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let read = || {
            let mut found = Vec::new();
            // Steps are numbered with the actions, and tell of their inputs once.
            Reader::open(&self.folder)?.read(|record| match record {
                Record::Submitted { ordinal, inputs, .. }
                | Record::TraceStarted { ordinal, inputs, .. }
                | Record::Traced { ordinal, inputs, .. }
                    if ordinal as usize == found.len() =>
                {
                    found.push(inputs);
                }
                _ => {}
            })?;
            found.iter().map(|inputs| load(&self.folder, inputs)).collect::<Result<Vec<_>, _>>()
        };
        let inputs = py.detach(read).map_err(journal_error)?;
        Ok(inputs.iter().map(|inputs| PyBytes::new(py, inputs)).collect())
    }

    fn linked(&self) -> Vec<u32> {
        let mut linked: Vec<u32> = self.with(|tree| tree.links.keys().copied().collect());
        linked.sort_unstable();
        linked
    }

    fn inputs_of<'py>(&self, py: Python<'py>, ordinal: u32) -> PyResult<Bound<'py, PyBytes>> {
        let mut found = None;
        let read = || {
            Reader::open(&self.folder)?.read(|record| match record {
                Record::Submitted { ordinal: of, inputs, .. } | Record::TraceStarted { ordinal: of, inputs, .. }
                    if of == ordinal =>
                {
                    found = Some(inputs);
                }
                Record::Traced { ordinal: of, inputs, .. } if of == ordinal => found = found.take().or(Some(inputs)),
                _ => {}
            })
        };
        py.detach(read).map_err(journal_error)?;
        let found = found.ok_or_else(|| unknown(ordinal))?;
        let value = load(&self.folder, &found).map_err(journal_error)?;
        Ok(PyBytes::new(py, &value))
    }

    fn result<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        self.value(py, |tree| tree.outputs.clone())
    }
}

impl RunTree {
    fn value<'py>(
        &self,
        py: Python<'py>,
        pick: impl FnOnce(&Tree) -> Option<Bytes>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(value) = self.with(pick) else { return Ok(None) };
        let value = load(&self.folder, &value).map_err(journal_error)?;
        Ok(Some(PyBytes::new(py, &value)))
    }
}

fn view_of(tree: &Tree, ordinal: u32, folder: PathBuf) -> Option<(ActionView, Option<Arc<Failure>>)> {
    let node = tree.nodes.get(ordinal as usize)?;
    let task = tree.tasks.get(&node.task).cloned().unwrap_or_default();
    let view = ActionView {
        ordinal,
        parent: node.parent,
        name: if node.parent.is_none() { "a0".to_owned() } else { spell(&node.digest) },
        label: tree.label(ordinal),
        path: tree.path(ordinal),
        task: task.name,
        short_name: task.short_name,
        index: node.index,
        group: node.group.as_deref().map(str::to_owned),
        phase: node.phase.word(),
        attempts: node.attempts,
        max_attempts: task.max_attempts,
        queued_at: seconds(tree, node.queued_at),
        started_at: node.started_at.map(|at| seconds(tree, at)),
        ended_at: node.ended_at.map(|at| seconds(tree, at)),
        cpu_time: node.cpu as f64 / 1e6,
        peak_memory: node.memory,
        error: None,
        file: task.file,
        line: task.line,
        details: tree.details.get(&node.task).cloned().unwrap_or_default(),
        child_count: node.child_count,
        cached_from: tree.cached_from.get(&ordinal).map(|run| run.to_string()),
        cache_unread: tree.unread.get(&node.task).copied(),
        links: tree.links.get(&ordinal).cloned().unwrap_or_default(),
        kept_inputs: node.inputs.clone(),
        has_succeeded: matches!(node.phase, Phase::Succeeded | Phase::Recovered | Phase::Cached),
        folder,
    };
    Some((view, tree.failures.get(&ordinal).cloned()))
}

fn fold_of(tree: &Tree, fold: tree::Fold) -> Fold {
    Fold {
        key: fold.key,
        is_group: fold.is_group,
        total: fold.counts.iter().sum(),
        counts: named_counts(&fold.counts),
        started_at: fold.started_at.map(|at| seconds(tree, at)),
        ended_at: fold.ended_at.map(|at| seconds(tree, at)),
        first: fold.first,
        unfinished: fold.unfinished,
        retries: fold.retries,
    }
}
