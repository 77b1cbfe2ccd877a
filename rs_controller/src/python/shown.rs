//! A recorded value as a tree of plain Python values with their types. Nothing of it is unpickled, or fetched.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use pyo3::IntoPyObjectExt;

use crate::wire::literal::{self, Literal};
use crate::wire::msgpack::{self, Reader, Token};
use crate::wire::preview::short;
use crate::wire::{Malformed, MAX_DEPTH};

type Shown = (String, Py<PyAny>);

#[pyfunction]
pub fn value_tree(py: Python<'_>, data: &[u8]) -> PyResult<Shown> {
    of_literal(py, data, 0)
}

fn unreadable(_: Malformed) -> PyErr {
    PyValueError::new_err("these bytes are no value")
}

fn named<'py>(py: Python<'py>, kind: &str, value: impl IntoPyObject<'py>) -> PyResult<Shown> {
    Ok((kind.to_owned(), value.into_py_any(py)?))
}

fn of_literal(py: Python<'_>, data: &[u8], depth: u32) -> PyResult<Shown> {
    if depth > MAX_DEPTH {
        return Err(PyValueError::new_err("a value is nested too deeply"));
    }
    match literal::read(data).map_err(unreadable)? {
        Literal::Integer(number) => named(py, "int", number),
        Literal::Float(number) => named(py, "float", number),
        Literal::Text(text) => named(py, "str", text),
        Literal::Boolean(truth) => named(py, "bool", truth),
        Literal::None => named(py, "None", py.None()),
        Literal::Datetime { .. } => named(py, "datetime", short(data)),
        Literal::Duration { .. } => named(py, "duration", short(data)),
        Literal::Binary { value, tag: literal::MSGPACK } => packed(py, &mut Reader::of(value), depth + 1),
        Literal::Binary { value, tag: literal::BYTES } => named(py, "bytes", PyBytes::new(py, value)),
        Literal::Binary { value, tag: "" } => named(py, "pickle", value.len()),
        Literal::Binary { value, tag: literal::SET | literal::FROZEN_SET } => items(py, "set", value, depth + 1),
        Literal::Binary { tag, .. } => named(py, tag, short(data)),
        Literal::Blob { uri, metadata } => {
            let is_folder = literal::blob_type(metadata).is_ok_and(|(_, multipart)| multipart);
            named(py, if is_folder { "folder" } else { "file" }, uri)
        }
        Literal::Dataset { uri, .. } => named(py, "frame", uri),
        Literal::Offloaded { uri } => named(py, "elsewhere", uri),
        Literal::Union { value, .. } => of_literal(py, value, depth + 1),
        Literal::Collection(collection) => {
            let each = literal::elements(collection).map(|item| of_literal(py, item.map_err(unreadable)?, depth + 1));
            named(py, "list", PyList::new(py, each.collect::<PyResult<Vec<Shown>>>()?)?)
        }
        Literal::Map(map) => {
            let pairs = literal::entries(map).map(|entry| {
                let (key, value) = entry.map_err(unreadable)?;
                Ok((named(py, "str", key)?, of_literal(py, value, depth + 1)?))
            });
            named(py, "dict", PyList::new(py, pairs.collect::<PyResult<Vec<(Shown, Shown)>>>()?)?)
        }
        Literal::Other => named(py, "unknown", ""),
    }
}

fn packed(py: Python<'_>, reader: &mut Reader<'_>, depth: u32) -> PyResult<Shown> {
    if depth > MAX_DEPTH {
        return Err(PyValueError::new_err("a value is nested too deeply"));
    }
    match reader.token().map_err(unreadable)? {
        Token::Nil => named(py, "None", py.None()),
        Token::Boolean(truth) => named(py, "bool", truth),
        Token::Integer(number) => named(py, "int", number),
        Token::Unsigned(number) => named(py, "int", number),
        Token::Float(number) => named(py, "float", number),
        Token::Text(text) => named(py, "str", text),
        Token::Bytes(bytes) => named(py, "bytes", PyBytes::new(py, bytes)),
        Token::Extension(msgpack::PICKLE, pickle) => named(py, "pickle", pickle.len()),
        Token::Extension(msgpack::MEMBER, [_, value @ ..]) => packed(py, &mut Reader::of(value), depth + 1),
        Token::Extension(msgpack::NAMED, name) => named(py, "name", String::from_utf8_lossy(name)),
        Token::Extension(msgpack::TUPLE, value) => items(py, "tuple", value, depth + 1),
        Token::Extension(msgpack::SET | msgpack::FROZEN_SET, value) => items(py, "set", value, depth + 1),
        Token::Extension(kind, content) => named(py, &format!("type {kind}"), content.len()),
        Token::Array(size) => {
            let each = (0..size).map(|_| packed(py, reader, depth + 1));
            named(py, "list", PyList::new(py, each.collect::<PyResult<Vec<Shown>>>()?)?)
        }
        Token::Map(size) => {
            let pairs = (0..size).map(|_| Ok((packed(py, reader, depth + 1)?, packed(py, reader, depth + 1)?)));
            named(py, "dict", PyList::new(py, pairs.collect::<PyResult<Vec<(Shown, Shown)>>>()?)?)
        }
    }
}

fn items(py: Python<'_>, kind: &str, value: &[u8], depth: u32) -> PyResult<Shown> {
    let (_, list) = packed(py, &mut Reader::of(value), depth)?;
    Ok((kind.to_owned(), list))
}
