//! Fingerprints and copies of files.

use std::path::PathBuf;

use pyo3::prelude::*;

use crate::io::blobs;

#[pyfunction]
pub fn fingerprint(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    Ok(py.detach(|| blobs::fingerprint(&path))?)
}

#[pyfunction]
pub fn copy_blob(py: Python<'_>, source: PathBuf, target: PathBuf) -> PyResult<String> {
    Ok(py.detach(|| blobs::copy(&source, &target))?)
}
