//! Types whose conversion is written in Python: its callables are asked, and what they raise is told like the rest.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use super::decode::{Decoded, Decoder, Fault};
use super::encode::Encoder;
use super::plan::Extension;
use super::problem::{Outcome, Problem, Step};
use crate::wire::msgpack::Reader;

impl Encoder<'_> {
    pub fn extension_literal(&mut self, extension: &Extension, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let py = value.py();
        let encoded = extension.encode.bind(py).call1((value,)).map_err(|error| refusal(py, error))?;
        self.out.extend_from_slice(encoded.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
        Ok(())
    }

    pub fn packed_extension(&mut self, extension: &Extension, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let py = value.py();
        let plain = extension.pack.bind(py).call1((value,)).map_err(|error| refusal(py, error))?;
        self.anything(&plain)
    }
}

/// What an extension raised, as a problem with the value; a `path` on the error leads further into the value.
pub fn refusal(py: Python<'_>, error: PyErr) -> Box<Problem> {
    let raised = error.value(py);
    let is_type = raised.is_instance_of::<PyTypeError>();
    if !is_type && !raised.is_instance_of::<PyValueError>() {
        return error.into();
    }
    let message = raised.str().map_or_else(|_| "cannot travel".to_owned(), |text| text.to_string());
    let path = raised.getattr("path").ok().and_then(|path| path.cast_into::<PyTuple>().ok());
    let mut problem = match is_type {
        true => Problem::unfit(message, error.cause(py)),
        false => Problem::refused(message),
    };
    for step in path.iter().flat_map(|path| path.iter().rev()) {
        problem = problem.inside(step_of(&step));
    }
    problem
}

fn step_of(step: &Bound<'_, PyAny>) -> Step {
    match (step.extract::<usize>(), step.cast::<PyString>()) {
        (Ok(index), _) => Step::Index(index),
        (_, Ok(name)) => Step::Attribute(name.to_string_lossy().into_owned()),
        _ => Step::Key(step.to_string()),
    }
}

impl<'py> Decoder<'_, 'py> {
    pub fn extension_literal(&self, extension: &Extension, literal: &[u8]) -> Decoded<'py> {
        let decode = extension.decode.bind(self.py);
        decode.call1((PyBytes::new(self.py, literal),)).map_err(|error| self.fault(error))
    }

    pub fn packed_extension(&mut self, extension: &Extension, reader: &mut Reader<'_>) -> Decoded<'py> {
        let plain = self.anything(reader)?;
        extension.unpack.bind(self.py).call1((plain,)).map_err(|error| self.fault(error))
    }

    pub fn fault(&self, error: PyErr) -> Fault {
        let raised = error.value(self.py);
        if raised.is_instance_of::<PyTypeError>() || raised.is_instance_of::<PyValueError>() {
            Fault::of(raised.str().map_or_else(|_| "a value that does not fit".to_owned(), |text| text.to_string()))
        } else {
            Fault::Raised(error)
        }
    }
}
