//! JSON schemas, from the dicts that `flyte.types.schema` makes.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::wire::literal_type::Json;

/// Reads a JSON-like Python object.
pub fn json(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    if value.is_none() {
        Ok(Json::Null)
    } else if let Ok(truth) = value.cast::<PyBool>() {
        Ok(Json::Boolean(truth.is_true()))
    } else if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        Ok(Json::Number(value.extract()?))
    } else if let Ok(text) = value.cast::<PyString>() {
        Ok(Json::Text(text.to_str()?.to_owned()))
    } else if let Ok(object) = value.cast::<PyDict>() {
        let entries = object.items();
        entries
            .iter()
            .map(|entry| entry.extract().and_then(|(key, value)| Ok((key, json(&value)?))))
            .collect::<PyResult<_>>()
            .map(Json::Object)
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        value.try_iter()?.map(|item| json(&item?)).collect::<PyResult<_>>().map(Json::List)
    } else {
        Err(PyTypeError::new_err(format!("{value} does not belong in a JSON schema")))
    }
}
