//! Literals to Python objects; packed values are read by `unpack`.
//!
//! Bytes are never trusted: what does not fit is a `Fault`, nothing panics.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::pickles;
use super::plan::{Member, Plan, Record};
use super::{stored, time};
use crate::wire::literal::{self, Literal};
use crate::wire::msgpack::Reader;
use crate::wire::{msgpack, Malformed, MAX_DEPTH};

/// Why a value could not be decoded.
pub enum Fault {
    /// The bytes do not hold what the plan expects.
    Bytes(Cow<'static, str>),
    /// Raised by the user's class, or by unpickling.
    Raised(PyErr),
}

pub type Decoded<'py> = Result<Bound<'py, PyAny>, Fault>;

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Fault::Bytes(error.0)
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Fault::Raised(error)
    }
}

impl Fault {
    pub const fn because(reason: &'static str) -> Self {
        Fault::Bytes(Cow::Borrowed(reason))
    }

    pub fn of(reason: String) -> Self {
        Fault::Bytes(Cow::Owned(reason))
    }
}

/// How packed values spell what msgpack lacks: three ways, because that is what other clients read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// In dataclasses and dicts: spans as seconds, enums by value.
    Values,
    /// In tuples, NamedTuples and TypedDicts that are variables: as in JSON, enums by name.
    Items,
    /// In dataclasses inside of those: as in JSON, enums by value.
    Fields,
}

impl Dialect {
    pub fn is_json(self) -> bool {
        self != Dialect::Values
    }

    /// The dialect of a dataclass in here.
    pub fn of_fields(self) -> Self {
        match self {
            Dialect::Values => Dialect::Values,
            Dialect::Items | Dialect::Fields => Dialect::Fields,
        }
    }
}

/// How many members of unions may be tried in vain in one value: bounds the work on hostile bytes.
const ATTEMPTS: u32 = 10_000;

/// Reads values of one signature.
pub struct Decoder<'a, 'py> {
    pub py: Python<'py>,
    pub records: &'a [Record],
    pub dialect: Dialect,
    depth: u32,
    attempts: u32,
}

impl<'a, 'py> Decoder<'a, 'py> {
    pub fn new(py: Python<'py>, records: &'a [Record]) -> Self {
        Decoder::within(py, records, Dialect::Values)
    }

    pub fn within(py: Python<'py>, records: &'a [Record], dialect: Dialect) -> Self {
        Decoder { py, records, dialect, depth: 0, attempts: 0 }
    }

    /// Reads in another dialect, and goes on in this one.
    pub fn in_dialect<T>(&mut self, dialect: Dialect, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.dialect, dialect);
        let value = read(self);
        self.dialect = before;
        value
    }

    pub fn literal(&mut self, plan: &Plan, bytes: &[u8]) -> Decoded<'py> {
        let py = self.py;
        match (plan, literal::read(bytes)?) {
            (Plan::Integer, Literal::Integer(number)) => Ok(integer(py, number)),
            (Plan::Float, Literal::Float(number)) => Ok(PyFloat::new(py, number).into_any()),
            (Plan::Float, Literal::Integer(number)) => Ok(PyFloat::new(py, number as f64).into_any()),
            (Plan::Text, Literal::Text(text)) => Ok(PyString::new(py, text).into_any()),
            (Plan::Boolean, Literal::Boolean(truth)) => Ok(boolean(py, truth)),
            (Plan::None, Literal::None) => Ok(py.None().into_bound(py)),
            (Plan::Bytes, Literal::Binary { value, tag: literal::BYTES }) => Ok(PyBytes::new(py, value).into_any()),
            (Plan::List(element), Literal::Collection(collection)) => {
                self.collection(collection, |from, item| from.literal(element, item))
            }
            (Plan::Map(element), Literal::Map(map)) => self.map(map, |from, item| from.literal(element, item)),
            (Plan::Union(members), Literal::Union { value, kind }) => self.union(members, value, kind),
            (Plan::Union(members), _) => self.union(members, bytes, &[]),
            (_, Literal::Binary { value, tag: "" }) => Ok(pickles::load(py, value)?),
            (_, Literal::Blob { uri, metadata }) if is_pickled(metadata) => {
                Ok(pickles::load(py, stored::read(py, uri)?.as_bytes())?)
            }
            (Plan::Tuple(items), Literal::Binary { value, tag: literal::MSGPACK }) => {
                self.in_dialect(Dialect::Items, |from| from.whole(value, |from, reader| from.items(items, reader)))
            }
            (Plan::NamedTuple(record), Literal::Binary { value, tag: literal::MSGPACK }) => {
                let read = |from: &mut Self, reader: &mut Reader<'_>| from.named_tuple_map(*record, reader);
                self.in_dialect(Dialect::Items, |from| from.whole(value, read))
            }
            (Plan::TypedDict(_), Literal::Binary { value, tag: literal::MSGPACK }) => {
                let read = |from: &mut Self, reader: &mut Reader<'_>| from.packed(plan, reader);
                self.in_dialect(Dialect::Items, |from| from.whole(value, read))
            }
            (Plan::Set { .. }, Literal::Binary { value, tag: literal::SET | literal::FROZEN_SET }) => {
                self.whole(value, |from, reader| from.packed(plan, reader))
            }
            (Plan::Datetime, Literal::Datetime { seconds, nanos }) => time::datetime(py, seconds, nanos),
            (Plan::Date, Literal::Datetime { seconds, .. }) => time::date(py, seconds),
            (Plan::Duration, Literal::Duration { seconds, nanos }) => time::timedelta(py, seconds, nanos),
            (Plan::Enumeration(known), Literal::Text(name)) => self.member_named(known, name),
            (_, Literal::Offloaded { uri }) => {
                let stored = stored::read(py, uri)?;
                self.nested(|from| from.literal(plan, stored.as_bytes()))
            }
            (_, Literal::Union { value, .. }) => self.nested(|from| from.literal(plan, value)),
            (Plan::Extension(extension), _) => self.extension_literal(extension, bytes),
            (_, Literal::Binary { value, tag: literal::MSGPACK }) => {
                self.whole(value, |from, reader| from.packed(plan, reader))
            }
            (Plan::Pickle { .. }, found) => self.any_literal(found),
            (_, found) => Err(self.unexpected(plan, kind_of(found))),
        }
    }

    fn collection(&mut self, collection: &[u8], read: impl Fn(&mut Self, &[u8]) -> Decoded<'py>) -> Decoded<'py> {
        self.nested(|from| {
            let list = PyList::empty(from.py);
            for item in literal::elements(collection) {
                list.append(read(from, item?)?)?;
            }
            Ok(list.into_any())
        })
    }

    fn map(&mut self, map: &[u8], read: impl Fn(&mut Self, &[u8]) -> Decoded<'py>) -> Decoded<'py> {
        self.nested(|from| {
            let dict = PyDict::new(from.py);
            for entry in literal::entries(map) {
                let (key, item) = entry?;
                dict.set_item(key, read(from, item)?)?;
            }
            Ok(dict.into_any())
        })
    }

    /// The member whose type was written with the value; without a match the first that can read it.
    fn union(&mut self, members: &[Member], value: &[u8], kind: &[u8]) -> Decoded<'py> {
        let of_kind = |member: &&Member| member.kind == kind;
        let candidates = members.iter().filter(of_kind).chain(members.iter().filter(|member| !of_kind(member)));
        let mut first = None;
        for member in candidates {
            match self.nested(|from| from.literal(&member.plan, value)) {
                Err(Fault::Bytes(reason)) => {
                    self.count_attempt()?;
                    first.get_or_insert(reason);
                }
                decided => return decided,
            }
        }
        Err(Fault::Bytes(first.unwrap_or(Cow::Borrowed("a union without members"))))
    }

    /// A literal whose type says nothing about it.
    fn any_literal(&mut self, found: Literal<'_>) -> Decoded<'py> {
        let py = self.py;
        match found {
            Literal::Integer(number) => Ok(integer(py, number)),
            Literal::Float(number) => Ok(PyFloat::new(py, number).into_any()),
            Literal::Text(text) => Ok(PyString::new(py, text).into_any()),
            Literal::Boolean(truth) => Ok(boolean(py, truth)),
            Literal::None => Ok(py.None().into_bound(py)),
            Literal::Binary { value, tag: literal::BYTES } => Ok(PyBytes::new(py, value).into_any()),
            Literal::Binary { value, tag: tag @ (literal::SET | literal::FROZEN_SET) } => {
                let kind = if tag == literal::SET { msgpack::SET } else { msgpack::FROZEN_SET };
                self.whole(value, |from, reader| from.any_set(kind, reader))
            }
            Literal::Datetime { seconds, nanos } => time::datetime(py, seconds, nanos),
            Literal::Duration { seconds, nanos } => time::timedelta(py, seconds, nanos),
            Literal::Collection(collection) => self.collection(collection, Self::any_nested),
            Literal::Map(map) => self.map(map, Self::any_nested),
            found => Err(Fault::Bytes(Cow::Owned(format!("a {} is not supported yet", kind_of(found))))),
        }
    }

    fn any_nested(&mut self, bytes: &[u8]) -> Decoded<'py> {
        match literal::read(bytes)? {
            Literal::Binary { value, tag: "" } => Ok(pickles::load(self.py, value)?),
            Literal::Binary { value, tag: literal::MSGPACK } => self.whole(value, |from, reader| from.anything(reader)),
            Literal::Union { value, .. } => self.nested(|from| from.any_nested(value)),
            found => self.any_literal(found),
        }
    }

    pub fn unexpected(&self, plan: &Plan, found: &str) -> Fault {
        Fault::Bytes(Cow::Owned(format!("expected {}, found {found}", plan.name(self.records))))
    }

    pub fn count_attempt(&mut self) -> Result<(), Fault> {
        self.attempts += 1;
        if self.attempts > ATTEMPTS {
            // Not a `Fault::Bytes`, which would have the unions further out try their other members.
            let reason = "too many members of unions that do not fit";
            return Err(Fault::Raised(Malformed::because(reason).into()));
        }
        Ok(())
    }

    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        // Twice the limit of encoding, which does not count the wrappers of unions.
        if self.depth >= 2 * MAX_DEPTH {
            return Err(Fault::Bytes(Cow::Borrowed("nested too deeply")));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }
}

fn is_pickled(metadata: &[u8]) -> bool {
    literal::blob_type(metadata).is_ok_and(|(format, _)| format == literal::PICKLED_BLOB)
}

pub fn integer(py: Python<'_>, number: i64) -> Bound<'_, PyAny> {
    number.into_pyobject(py).map_or_else(|never| match never {}, |number: Bound<'_, PyInt>| number.into_any())
}

pub fn boolean(py: Python<'_>, truth: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, truth).to_owned().into_any()
}

fn kind_of(found: Literal<'_>) -> &'static str {
    match found {
        Literal::Integer(_) => "int",
        Literal::Float(_) => "float",
        Literal::Text(_) => "str",
        Literal::Boolean(_) => "bool",
        Literal::Datetime { .. } => "datetime",
        Literal::Duration { .. } => "timedelta",
        Literal::None => "None",
        Literal::Binary { .. } => "binary value",
        Literal::Blob { .. } => "file",
        Literal::Dataset { .. } => "dataframe",
        Literal::Union { .. } => "union",
        Literal::Collection(_) => "list",
        Literal::Map(_) => "dict",
        Literal::Offloaded { .. } => "value stored elsewhere",
        Literal::Other => "value of an unknown kind",
    }
}
