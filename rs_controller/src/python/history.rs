//! What happened to the actions of a run, one thing after the other, and the values they took and gave.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::tree::{journal_error, ErrorView};
use crate::engine::record::{Origin, Record};
use crate::io::journal::{load, Reader};
use crate::wire::literal;

#[pyclass(frozen, get_all, module = "flyte._core")]
#[derive(Default)]
pub struct Happening {
    kind: &'static str,
    at: f64,
    ordinal: u32,
    attempt: u32,
    text: String,
    delay: Option<f64>,
    error: Option<Py<ErrorView>>,
}

#[pyfunction]
#[pyo3(signature = (folder, ordinal = None))]
pub fn history(py: Python<'_>, folder: PathBuf, ordinal: Option<u32>) -> PyResult<Vec<Happening>> {
    let records = py.detach(|| {
        let (mut records, mut started_at) = (Vec::new(), 0);
        Reader::open(&folder)?.read(|record| match record {
            Record::RunStarted(header) => started_at = header.started_at,
            other if whose(&other).is_some_and(|found| ordinal.is_none_or(|wanted| wanted == found)) => {
                records.push(other);
            }
            _ => {}
        })?;
        Ok((records, started_at))
    });
    let (records, started_at) = records.map_err(journal_error)?;
    let mut happenings = Vec::with_capacity(records.len());
    for record in &records {
        if let Record::Traced { ordinal, started, .. } = record {
            let at = (started_at + started) as f64 / 1e6;
            happenings.push(Happening { kind: "started", ordinal: *ordinal, at, attempt: 1, ..Happening::default() });
        }
        happenings.push(happening(py, record, started_at)?);
    }
    Ok(happenings)
}

fn whose(record: &Record) -> Option<u32> {
    match record {
        Record::Submitted { ordinal, .. }
        | Record::Started { ordinal, .. }
        | Record::Succeeded { ordinal, .. }
        | Record::Failed { ordinal, .. }
        | Record::Lost { ordinal, .. }
        | Record::Aborted { ordinal, .. }
        | Record::Reopened { ordinal, .. }
        | Record::Climbed { ordinal, .. }
        | Record::TraceStarted { ordinal, .. }
        | Record::Traced { ordinal, .. } => Some(*ordinal),
        _ => None,
    }
}

fn happening(py: Python<'_>, record: &Record, started_at: u64) -> PyResult<Happening> {
    let moment = |at: u64| (started_at + at) as f64 / 1e6;
    let plain = |kind, ordinal: u32, at: u64| Happening { kind, ordinal, at: moment(at), ..Happening::default() };
    Ok(match record {
        Record::Submitted { ordinal, at, .. } => plain("queued", *ordinal, *at),
        Record::Started { ordinal, attempt, at } => {
            Happening { attempt: attempt + 1, ..plain("started", *ordinal, *at) }
        }
        Record::Succeeded { ordinal, at, origin, .. } if *origin == Origin::Ran => plain("succeeded", *ordinal, *at),
        Record::Succeeded { ordinal, at, .. } => plain("taken over", *ordinal, *at),
        Record::Failed { ordinal, at, delay, failure } => Happening {
            text: failure.head(),
            delay: delay.map(|delay| delay as f64 / 1e6),
            error: Some(Py::new(py, ErrorView::of(failure))?),
            ..plain("failed", *ordinal, *at)
        },
        Record::Lost { ordinal, at, reason } => Happening { text: reason.clone(), ..plain("lost", *ordinal, *at) },
        Record::Aborted { ordinal, at, reason } => {
            Happening { text: reason.to_string(), ..plain("aborted", *ordinal, *at) }
        }
        Record::Reopened { ordinal, at } => plain("reopened", *ordinal, *at),
        Record::Climbed { ordinal, at, reason, .. } => {
            Happening { text: reason.clone(), ..plain("climbed", *ordinal, *at) }
        }
        Record::TraceStarted { ordinal, at, .. } => plain("queued", *ordinal, *at),
        Record::Traced { ordinal, ended, outcome: Err(failure), .. } => Happening {
            text: failure.head(),
            error: Some(Py::new(py, ErrorView::of(failure))?),
            ..plain("failed", *ordinal, *ended)
        },
        Record::Traced { ordinal, ended, origin, .. } if *origin == Origin::Ran => plain("succeeded", *ordinal, *ended),
        Record::Traced { ordinal, ended, .. } => plain("taken over", *ordinal, *ended),
        _ => Happening::default(),
    })
}

#[pyfunction]
pub fn recorded_outputs<'py>(py: Python<'py>, folder: PathBuf, ordinal: u32) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let read = || {
        let mut found = None;
        Reader::open(&folder)?.read(|record| match record {
            Record::Succeeded { ordinal: of, outputs, .. } if of == ordinal => found = Some(outputs),
            Record::Traced { ordinal: of, outcome: Ok(outputs), .. } if of == ordinal => found = Some(outputs),
            _ => {}
        })?;
        found.map(|value| load(&folder, &value)).transpose()
    };
    let found = py.detach(read).map_err(journal_error)?;
    Ok(found.map(|value| PyBytes::new(py, &value)))
}

#[pyfunction]
pub fn named_literals<'py>(py: Python<'py>, message: &[u8]) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
    literal::named(message)
        .map(|pair| pair.map(|(name, value)| (name.to_owned(), PyBytes::new(py, value))))
        .collect::<Result<_, _>>()
        .map_err(|_| PyValueError::new_err("these bytes are no values by name"))
}
