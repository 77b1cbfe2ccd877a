//! One literal, or one literal type, as a tree of Python objects: what extension types read and write.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::decode::{boolean, integer, Decoder, Fault};
use super::encode::Encoder;
use super::schema::json;
use super::time;
use crate::wire::literal::{self, Literal};
use crate::wire::literal_type::{self, Json};
use crate::wire::protobuf::{close, open, write_bytes, Fields};
use crate::wire::{Malformed, MAX_DEPTH};

/// Reads an encoded `core.Literal`.
#[pyfunction]
pub fn read_literal<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    read(py, data, 0)
}

/// Encodes a tree as a `core.Literal`.
#[pyfunction]
pub fn write_literal<'py>(py: Python<'py>, tree: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = Vec::new();
    write(&mut out, tree, 0)?;
    Ok(PyBytes::new(py, &out))
}

/// Encodes a tree as a `core.LiteralType`.
#[pyfunction]
pub fn write_literal_type<'py>(py: Python<'py>, tree: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &literal_type_of(tree, 0)?))
}

/// Packs a value that no type is known of: what msgpack has as it is, the rest as pickles.
#[pyfunction]
pub fn pack_plain<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = Vec::new();
    Encoder::new(&mut out, &[]).anything(value).map_err(|problem| problem.raise(value.py(), "packing", "value"))?;
    Ok(PyBytes::new(value.py(), &out))
}

/// Reads what `pack_plain` packed.
#[pyfunction]
pub fn unpack_plain<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    Decoder::new(py, &[]).whole(data, Decoder::anything).map_err(raised)
}

fn read<'py>(py: Python<'py>, data: &[u8], depth: u32) -> PyResult<Bound<'py, PyDict>> {
    check_depth(depth)?;
    let tree = PyDict::new(py);
    let kind = |key: &str, value: Bound<'py, PyAny>| tree.set_item(key, value);
    match literal::read(data)? {
        Literal::Integer(number) => kind("primitive", integer(py, number))?,
        Literal::Float(number) => kind("primitive", PyFloat::new(py, number).into_any())?,
        Literal::Text(text) => kind("primitive", PyString::new(py, text).into_any())?,
        Literal::Boolean(truth) => kind("primitive", boolean(py, truth))?,
        Literal::Datetime { seconds, nanos } => kind("primitive", time::datetime(py, seconds, nanos).map_err(raised)?)?,
        Literal::Duration { seconds, nanos } => {
            kind("primitive", time::timedelta(py, seconds, nanos).map_err(raised)?)?
        }
        Literal::None => kind("none", boolean(py, true))?,
        Literal::Binary { value, tag } => {
            let binary = PyDict::new(py);
            binary.set_item("value", PyBytes::new(py, value))?;
            binary.set_item("tag", tag)?;
            kind("binary", binary.into_any())?;
        }
        Literal::Blob { uri, metadata } => {
            let (format, is_multipart) = literal::blob_type(metadata)?;
            let blob = PyDict::new(py);
            blob.set_item("uri", uri)?;
            blob.set_item("format", format)?;
            blob.set_item("multipart", is_multipart)?;
            kind("blob", blob.into_any())?;
        }
        Literal::Dataset { uri, metadata } => kind("structured_dataset", dataset(py, uri, metadata)?)?,
        Literal::Union { value, kind: variant } => {
            let union = PyDict::new(py);
            union.set_item("value", read(py, value, depth + 1)?)?;
            union.set_item("type", PyBytes::new(py, variant))?;
            kind("union", union.into_any())?;
        }
        Literal::Collection(collection) => {
            let items = PyList::empty(py);
            for item in literal::elements(collection) {
                items.append(read(py, item?, depth + 1)?)?;
            }
            kind("collection", items.into_any())?;
        }
        Literal::Map(map) => {
            let entries = PyDict::new(py);
            for entry in literal::entries(map) {
                let (key, value) = entry?;
                entries.set_item(key, read(py, value, depth + 1)?)?;
            }
            kind("map", entries.into_any())?;
        }
        Literal::Offloaded { uri } => kind("offloaded", PyString::new(py, uri).into_any())?,
        Literal::Other => return Err(PyValueError::new_err("a literal without a value, or of an unknown kind")),
    }
    match literal::given_hash(data)? {
        "" => {}
        hash => tree.set_item("hash", hash)?,
    }
    Ok(tree)
}

fn dataset<'py>(py: Python<'py>, uri: &str, metadata: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let kind = literal::bytes_field(metadata, 1)?;
    let columns = PyList::empty(py);
    for field in Fields::of(kind) {
        if let (1, payload) = field? {
            let column = payload.bytes()?;
            let simple = literal::number_field(literal::bytes_field(column, 2)?, 1)?;
            let name = SIMPLE.get(usize::try_from(simple).unwrap_or(0)).copied().unwrap_or("NONE");
            columns.append((literal::text_field(column, 1)?, name))?;
        }
    }
    let dataset = PyDict::new(py);
    dataset.set_item("uri", uri)?;
    dataset.set_item("format", literal::text_field(kind, 2)?)?;
    dataset.set_item("columns", columns)?;
    Ok(dataset.into_any())
}

fn write(out: &mut Vec<u8>, tree: &Bound<'_, PyDict>, depth: u32) -> PyResult<()> {
    check_depth(depth)?;
    if let Some(value) = tree.get_item("primitive")? {
        primitive(out, &value)?;
    } else if tree.contains("none")? {
        literal::write_none(out);
    } else if let Some(binary) = message(tree, "binary")? {
        literal::write_binary(out, &part::<Vec<u8>>(&binary, "value")?, &part::<String>(&binary, "tag")?);
    } else if let Some(blob) = message(tree, "blob")? {
        let scalar = open(out, 1);
        let start = open(out, 2);
        write_bytes(out, 1, &nested(1, &blob_type(&blob)?));
        write_text(out, 3, &part::<String>(&blob, "uri")?);
        close(out, start);
        close(out, scalar);
    } else if let Some(dataset) = message(tree, "structured_dataset")? {
        let scalar = open(out, 1);
        let start = open(out, 8);
        write_text(out, 1, &part::<String>(&dataset, "uri")?);
        write_bytes(out, 2, &nested(1, &dataset_type(&dataset)?));
        close(out, start);
        close(out, scalar);
    } else if let Some(union) = message(tree, "union")? {
        let mut value = Vec::new();
        write(&mut value, &part(&union, "value")?, depth + 1)?;
        let scalar = open(out, 1);
        let start = open(out, 9);
        write_bytes(out, 1, &value);
        write_bytes(out, 2, &part::<Vec<u8>>(&union, "type")?);
        close(out, start);
        close(out, scalar);
    } else if let Some(items) = tree.get_item("collection")? {
        let start = open(out, 2);
        for item in items.try_iter()? {
            let item_start = open(out, 1);
            write(out, item?.cast::<PyDict>()?, depth + 1)?;
            close(out, item_start);
        }
        close(out, start);
    } else if let Some(entries) = message(tree, "map")? {
        let start = open(out, 3);
        for (key, value) in entries {
            let entry = open(out, 1);
            write_bytes(out, 1, key.extract::<String>()?.as_bytes());
            let value_start = open(out, 2);
            write(out, value.cast::<PyDict>()?, depth + 1)?;
            close(out, value_start);
            close(out, entry);
        }
        close(out, start);
    } else {
        return Err(PyValueError::new_err(format!(
            "a literal is one of primitive, none, binary, blob, structured_dataset, union, collection and map, got {tree}"
        )));
    }
    if let Some(hash) = tree.get_item("hash")? {
        write_bytes(out, 4, hash.extract::<String>()?.as_bytes());
    }
    Ok(())
}

fn primitive(out: &mut Vec<u8>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Ok(truth) = value.cast::<PyBool>() {
        literal::write_boolean(out, truth.is_true());
    } else if value.is_instance_of::<PyInt>() {
        literal::write_integer(out, value.extract()?);
    } else if value.is_instance_of::<PyFloat>() {
        literal::write_float(out, value.extract()?);
    } else if let Ok(text) = value.cast::<PyString>() {
        literal::write_text(out, text.to_str()?);
    } else if time::is_datetime(value)? {
        let (seconds, nanos) = time::instant(value)?;
        literal::write_datetime(out, seconds, nanos);
    } else if time::is_duration(value)? {
        let (seconds, nanos) = time::duration(value)?;
        literal::write_duration(out, seconds, nanos);
    } else {
        return Err(PyTypeError::new_err(format!("not a primitive: {value}")));
    }
    Ok(())
}

/// `core.SimpleType`, by number.
const SIMPLE: [&str; 10] =
    ["NONE", "INTEGER", "FLOAT", "STRING", "BOOLEAN", "DATETIME", "DURATION", "BINARY", "ERROR", "STRUCT"];

fn literal_type_of(tree: &Bound<'_, PyDict>, depth: u32) -> PyResult<Vec<u8>> {
    check_depth(depth)?;
    let mut out = Vec::new();
    if let Some(name) = tree.get_item("simple")? {
        simple(&mut out, &name.extract::<String>()?)?;
    } else if let Some(element) = message(tree, "collection")? {
        write_bytes(&mut out, 3, &literal_type_of(&element, depth + 1)?);
    } else if let Some(value) = message(tree, "map")? {
        write_bytes(&mut out, 4, &literal_type_of(&value, depth + 1)?);
    } else if let Some(blob) = message(tree, "blob")? {
        write_bytes(&mut out, 5, &blob_type(&blob)?);
    }
    if let Some(Json::Object(schema)) = tree.get_item("metadata")?.map(|schema| json(&schema)).transpose()? {
        literal_type::write_struct_field(&mut out, 6, &schema);
    }
    if let Some(names) = tree.get_item("enum")? {
        let start = open(&mut out, 7);
        for name in names.try_iter()? {
            write_bytes(&mut out, 1, name?.extract::<String>()?.as_bytes());
        }
        close(&mut out, start);
    }
    if let Some(dataset) = message(tree, "structured_dataset")? {
        write_bytes(&mut out, 8, &dataset_type(&dataset)?);
    }
    if let Some(Json::Object(annotation)) = tree.get_item("annotation")?.map(|each| json(&each)).transpose()? {
        let start = open(&mut out, 9);
        literal_type::write_struct_field(&mut out, 1, &annotation);
        close(&mut out, start);
    }
    if let Some(members) = tree.get_item("union")? {
        let start = open(&mut out, 10);
        for member in members.try_iter()? {
            write_bytes(&mut out, 1, &literal_type_of(member?.cast::<PyDict>()?, depth + 1)?);
        }
        close(&mut out, start);
    }
    let tag = tree.get_item("structure_tag")?.map_or_else(|| tree.get_item("tag"), |tag| Ok(Some(tag)))?;
    if let Some(tag) = tag {
        write_bytes(&mut out, 11, &nested(1, tag.extract::<String>()?.as_bytes()));
    }
    Ok(out)
}

fn simple(out: &mut Vec<u8>, name: &str) -> PyResult<()> {
    let Some(number) = SIMPLE.iter().position(|known| *known == name) else {
        return Err(PyValueError::new_err(format!("a simple type is one of {}, got {name}", SIMPLE.join(", "))));
    };
    out.extend_from_slice(&[0x08, number as u8]);
    Ok(())
}

fn blob_type(blob: &Bound<'_, PyDict>) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    write_text(&mut out, 1, &part::<String>(blob, "format")?);
    if part(blob, "multipart")? {
        out.extend_from_slice(&[0x10, 1]);
    }
    Ok(out)
}

fn dataset_type(dataset: &Bound<'_, PyDict>) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    for column in dataset.get_item("columns")?.into_iter().flat_map(|columns| columns.try_iter()).flatten() {
        let (name, kind): (String, String) = column?.extract()?;
        let mut literal_type = Vec::new();
        simple(&mut literal_type, &kind)?;
        let start = open(&mut out, 1);
        write_text(&mut out, 1, &name);
        write_bytes(&mut out, 2, &literal_type);
        close(&mut out, start);
    }
    write_text(&mut out, 2, &part::<String>(dataset, "format")?);
    Ok(out)
}

/// Empty text is left out, as protobuf has it.
fn write_text(out: &mut Vec<u8>, number: u8, text: &str) {
    if !text.is_empty() {
        write_bytes(out, number, text.as_bytes());
    }
}

fn nested(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_bytes(&mut out, number, content);
    out
}

fn message<'py>(tree: &Bound<'py, PyDict>, key: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
    tree.get_item(key)?.map(|part| Ok(part.cast_into::<PyDict>()?)).transpose()
}

fn part<'py, T: FromPyObjectOwned<'py>>(tree: &Bound<'py, PyDict>, key: &str) -> PyResult<T> {
    let part = tree.get_item(key)?.ok_or_else(|| PyValueError::new_err(format!("`{key}` is missing from {tree}")))?;
    part.extract::<T>().map_err(Into::into)
}

fn check_depth(depth: u32) -> PyResult<()> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("nested too deeply").into());
    }
    Ok(())
}

fn raised(fault: Fault) -> PyErr {
    match fault {
        Fault::Bytes(reason) => PyValueError::new_err(reason.into_owned()),
        Fault::Raised(error) => error,
    }
}
