//! `RunWatch`: what the driver's own thread sees of a run while it waits.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::tree::{ErrorView, RunTree};
use super::values::large::received_now;
use crate::engine::model::RunId;
use crate::io::runner::StartedRun;
use crate::io::watch::{News, NewsKind, Watch};

#[pyclass(frozen, get_all, module = "flyte._core")]
pub struct Event {
    kind: &'static str,
    at: f64,
    ordinal: u32,
    stream: &'static str,
    text: Py<PyBytes>,
    attempt: u32,
    delay: f64,
}

fn event_of(py: Python<'_>, started_at: u64, news: &News) -> Event {
    let (kind, stream, attempt, delay) = match news.kind {
        NewsKind::Log(stream) => ("log", stream.word(), 0, 0),
        NewsKind::Retry { attempt, delay } => ("retry", "", attempt, delay),
        NewsKind::Failed => ("failed", "", 0, 0),
        NewsKind::Lost => ("lost", "", 0, 0),
        NewsKind::Climbed => ("climbed", "", 0, 0),
        NewsKind::Notice => ("notice", "", 0, 0),
        NewsKind::Paused => ("paused", "", 0, 0),
    };
    Event {
        kind,
        at: (started_at + news.at) as f64 / 1e6,
        ordinal: news.ordinal,
        stream,
        text: PyBytes::new(py, &news.text).unbind(),
        attempt,
        delay: delay as f64 / 1e6,
    }
}

/// (phase, outputs, error) of a run that is over.
type Ending<'py> = (&'static str, Option<Bound<'py, PyAny>>, Option<ErrorView>);

#[pyclass(frozen, module = "flyte._core")]
pub struct RunWatch {
    watch: Arc<Watch>,
    #[pyo3(get)]
    name: String,
    folder: PathBuf,
    #[pyo3(get)]
    run: RunId,
}

impl RunWatch {
    pub fn of(started: StartedRun) -> RunWatch {
        RunWatch { watch: started.watch, name: started.name, folder: started.folder, run: started.id }
    }
}

#[pymethods]
impl RunWatch {
    #[getter]
    fn folder(&self) -> OsString {
        self.folder.clone().into_os_string()
    }

    fn tree(&self) -> RunTree {
        RunTree::live(self.watch.clone(), self.folder.clone())
    }

    /// Wait for the end, at most `seconds`; true when the run is over. Signals are handled meanwhile.
    fn wait(&self, py: Python<'_>, seconds: f64) -> PyResult<bool> {
        let until = Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 3600.0));
        loop {
            // Python's signal handlers run in this thread only; 50 ms is below what a person notices.
            let patience = until.saturating_duration_since(Instant::now()).min(Duration::from_millis(50));
            let is_over = py.detach(|| self.watch.wait(patience));
            py.check_signals()?;
            if is_over || Instant::now() >= until {
                return Ok(is_over);
            }
        }
    }

    /// What is worth a line and was not taken yet.
    fn take_events(&self, py: Python<'_>) -> Vec<Event> {
        let (started_at, news) = {
            let mut seen = self.watch.lock();
            (seen.tree.header.started_at, std::mem::take(&mut seen.news))
        };
        news.iter().map(|news| event_of(py, started_at, news)).collect()
    }

    /// Grows with every change.
    #[getter]
    fn version(&self) -> u64 {
        self.watch.lock().version
    }

    /// (phase, outputs, error) once the run is over.
    fn ended<'py>(&self, py: Python<'py>) -> PyResult<Option<Ending<'py>>> {
        let Some(ended) = self.watch.lock().ended.clone() else { return Ok(None) };
        Ok(Some(match ended.outcome {
            Ok(outputs) => (ended.phase.word(), Some(received_now(py, &self.folder, &outputs)?), None),
            Err(failure) => (ended.phase.word(), None, Some(ErrorView::of(&failure))),
        }))
    }
}
