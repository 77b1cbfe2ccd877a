//! Pickling, for what has no encoding of its own: Python functions, imported when first needed.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;

static DUMP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static SET_HASH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static LOAD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

pub fn dump<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let dump = DUMP.import(value.py(), "flyte.types.pickles", "dump")?;
    Ok(dump.call1((value,))?.cast_into::<PyBytes>()?)
}

pub fn load<'py>(py: Python<'py>, pickle: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    LOAD.import(py, "flyte.types.pickles", "load")?.call1((PyBytes::new(py, pickle),))
}

pub fn set_hash(set: &Bound<'_, PyAny>) -> PyResult<String> {
    SET_HASH.import(set.py(), "flyte.types.pickles", "set_hash")?.call1((set,))?.extract()
}
