//! The hashes and names of the protocol, for Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::wire::{hash, Malformed};

impl From<Malformed> for PyErr {
    fn from(error: Malformed) -> PyErr {
        PyValueError::new_err(error.to_string())
    }
}

#[pyfunction]
#[pyo3(signature = (inputs, ignored = Vec::new()))]
pub fn inputs_hash(inputs: &[u8], ignored: Vec<String>) -> PyResult<String> {
    Ok(hash::inputs_hash(inputs, &ignored)?)
}

#[pyfunction]
pub fn identity(task: &str, interface_hash: &str, version: &str) -> String {
    hash::identity(task, interface_hash, version)
}

#[pyfunction]
#[pyo3(signature = (parent, inputs_hash, identity, sequence, group = None))]
pub fn action_name(parent: &str, inputs_hash: &str, identity: &str, sequence: u32, group: Option<&str>) -> String {
    hash::action_name(parent, inputs_hash, identity, sequence, group)
}

#[pyfunction]
pub fn cache_key(inputs_hash: &str, task: &str, interface_hash: &str, version: &str) -> String {
    hash::cache_key(inputs_hash, task, interface_hash, version)
}
