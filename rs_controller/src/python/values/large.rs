//! Messages that hold large bytes: from a call to the file they are kept in, and from there to the task, without a copy
//! in between.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyOSError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::plan::Plan;
use super::signature::Variable;
use crate::io::offloaded::{Reference, LARGE};
use crate::wire::apart::{Apart, Message};
use crate::wire::literal;

/// A message of which one value, plain bytes, is kept apart.
#[pyclass(frozen, module = "flyte._core")]
pub struct LargeMessage {
    pub rest: Vec<u8>,
    /// Which variable is apart.
    pub place: usize,
    pub content: Content,
}

/// Where the bytes are.
pub enum Content {
    /// In the object that was given to a task, or that a task returned.
    Held(Py<PyBytes>),
    /// In a file of the run.
    File(PathBuf),
}

impl Content {
    /// The bytes, as an object; read from the file by whoever needs them.
    pub fn object<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        match self {
            Content::Held(bytes) => Ok(bytes.bind(py).clone()),
            Content::File(path) => read_file(py, path),
        }
    }
}

impl LargeMessage {
    /// The message in one piece.
    pub fn joined(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let content = self.content.object(py)?;
        Ok(self.with(content.as_bytes()).joined()?)
    }

    fn with<'a>(&'a self, content: &'a [u8]) -> Apart<'a> {
        Apart { rest: &self.rest, place: self.place, content }
    }
}

#[pymethods]
impl LargeMessage {
    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.joined(py)?))
    }
}

/// Keeps the first large bytes apart while a message is written.
#[derive(Default)]
pub struct Parting<'py> {
    never: bool,
    taken: Option<(usize, Bound<'py, PyBytes>)>,
}

impl<'py> Parting<'py> {
    /// Leaves the message in one piece.
    pub fn never() -> Self {
        Parting { never: true, taken: None }
    }

    /// Writes the variable without its value, if that is to be apart; false when it is not, and has to be written.
    #[inline]
    pub fn takes(&mut self, out: &mut Vec<u8>, place: usize, variable: &Variable, value: &Bound<'py, PyAny>) -> bool {
        if !matches!(variable.plan, Plan::Bytes) || self.never || self.taken.is_some() {
            return false;
        }
        let Ok(bytes) = value.cast::<PyBytes>() else { return false };
        if bytes.as_bytes().len() < LARGE {
            return false;
        }
        variable.write(out, |out| literal::write_binary(out, &[], literal::BYTES));
        self.taken = Some((place, bytes.clone()));
        true
    }

    /// What was written, together with what was not.
    pub fn message(self, py: Python<'py>, written: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let Some((place, content)) = self.taken else { return Ok(PyBytes::new(py, written).into_any()) };
        let large = LargeMessage { rest: written.to_vec(), place, content: Content::Held(content.unbind()) };
        if large.rest.len() < LARGE {
            return Ok(Bound::new(py, large)?.into_any());
        }
        Ok(PyBytes::new(py, &large.joined(py)?).into_any()) // one of several that are large
    }
}

/// A message as Python has it.
#[derive(FromPyObject)]
pub enum Encoded<'py> {
    Whole(Bound<'py, PyBytes>),
    Large(Bound<'py, LargeMessage>),
}

impl<'py> Encoded<'py> {
    /// The message without what is apart.
    pub fn message(&self) -> &[u8] {
        match self {
            Encoded::Whole(bytes) => bytes.as_bytes(),
            Encoded::Large(large) => &large.get().rest,
        }
    }

    /// What is apart, when that is the variable in this place.
    pub fn content_at(&self, place: usize) -> Option<&Content> {
        match self {
            Encoded::Large(large) if large.get().place == place => Some(&large.get().content),
            _ => None,
        }
    }

    /// Hands the message to whoever sends it.
    pub fn with<T>(&self, send: impl FnOnce(&Message<'_>) -> PyResult<T>) -> PyResult<T> {
        match self {
            Encoded::Whole(bytes) => send(&Message::Whole(bytes.as_bytes())),
            Encoded::Large(large) => {
                let content = large.get().content.object(large.py())?;
                send(&Message::Apart(large.get().with(content.as_bytes())))
            }
        }
    }
}

/// A value that came over the link, as Python's bytes; what its file is only a part of stays there until it is decoded.
pub fn received<'py>(py: Python<'py>, run: Option<&Path>, value: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    match run.and_then(|run| Some((run, Reference::of(value)?))) {
        None => Ok(PyBytes::new(py, value).into_any()),
        Some((run, reference)) => {
            let path = reference.file(run);
            match reference.apart {
                None => Ok(read_file(py, &path)?.into_any()),
                Some((place, rest)) => {
                    let large = LargeMessage { rest: rest.to_vec(), place, content: Content::File(path) };
                    Ok(Bound::new(py, large)?.into_any())
                }
            }
        }
    }
}

/// The same, read from its file at once: what a run returned may outlive its folder.
pub fn received_now<'py>(py: Python<'py>, run: &Path, value: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let value = received(py, Some(run), value)?;
    let Ok(large) = value.cast::<LargeMessage>() else { return Ok(value) };
    let large = large.get();
    let content = Content::Held(large.content.object(py)?.unbind());
    Ok(Bound::new(py, LargeMessage { rest: large.rest.clone(), place: large.place, content })?.into_any())
}

/// A file's content as Python's bytes: the kernel writes straight into them.
fn read_file<'py>(py: Python<'py>, path: &Path) -> PyResult<Bound<'py, PyBytes>> {
    let gone =
        |error: io::Error| PyOSError::new_err(format!("a value of the run is gone: {}: {error}", path.display()));
    let file = File::open(path).map_err(gone)?;
    let length = file.metadata().map_err(gone)?.len() as usize;
    // SAFETY: without a source the bytes are not initialized. Nobody else has them until all of them are, below.
    let bytes = unsafe {
        let size = ffi::Py_ssize_t::try_from(length)?;
        Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(std::ptr::null(), size))?
            .cast_into::<PyBytes>()?
    };
    // SAFETY: the object is alive as long as `bytes`.
    let start = unsafe { ffi::PyBytes_AsString(bytes.as_ptr()) } as usize;
    py.detach(|| fill(&file, start, length)).map_err(gone)?;
    Ok(bytes)
}

/// Reads exactly `length` bytes to the memory at `start`, which must be valid for them.
fn fill(file: &File, start: usize, length: usize) -> io::Result<()> {
    let mut done = 0;
    prefer_huge_pages(start, length);
    while done < length {
        // SAFETY: as promised by the caller; `done` stays below `length`.
        let count = unsafe { libc::read(file.as_raw_fd(), (start + done) as *mut libc::c_void, length - done) };
        match count {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            1.. => done += count as usize,
            _ => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
        }
    }
    Ok(())
}

/// Fewer page faults for large objects: they are half of what reading one costs.
#[cfg(target_os = "linux")]
fn prefer_huge_pages(start: usize, length: usize) {
    const HUGE: usize = 2 << 20;
    let (first, end) = (start.next_multiple_of(HUGE), (start + length) / HUGE * HUGE);
    if first < end {
        // SAFETY: advice on memory that is ours, which changes nothing of what it holds.
        unsafe { libc::madvise(first as *mut libc::c_void, end - first, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn prefer_huge_pages(_start: usize, _length: usize) {}
