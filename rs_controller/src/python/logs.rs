//! `LogReader`: the lines that the actions of a run printed.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

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
