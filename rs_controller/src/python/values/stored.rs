//! Values that a literal only points to: read by Python, which knows the storage.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;

static READ: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

pub fn read<'py>(py: Python<'py>, uri: &str) -> PyResult<Bound<'py, PyBytes>> {
    let read = READ.import(py, "flyte.types.stored", "read")?;
    Ok(read.call1((uri,))?.cast_into::<PyBytes>()?)
}
