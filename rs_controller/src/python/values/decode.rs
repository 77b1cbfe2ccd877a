//! Bytes to Python objects. Bytes are never trusted: what does not fit is a `Fault`, nothing panics.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

use super::pickles;
use super::plan::{Member, Plan, Record};
use crate::wire::literal::{self, Literal};
use crate::wire::msgpack::{self, Reader, Token};
use crate::wire::{Malformed, MAX_DEPTH};

/// Why a value could not be decoded.
pub enum Fault {
    /// The bytes do not hold what the plan expects.
    Bytes(Cow<'static, str>),
    /// Raised by the user's class, or by unpickling.
    Raised(PyErr),
}

type Decoded<'py> = Result<Bound<'py, PyAny>, Fault>;

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

/// How many members of unions may be tried in vain in one value: bounds the work on hostile bytes.
const ATTEMPTS: u32 = 10_000;

/// Reads values of one signature.
pub struct Decoder<'a, 'py> {
    py: Python<'py>,
    records: &'a [Record],
    depth: u32,
    attempts: u32,
}

impl<'a, 'py> Decoder<'a, 'py> {
    pub fn new(py: Python<'py>, records: &'a [Record]) -> Self {
        Decoder { py, records, depth: 0, attempts: 0 }
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
            (Plan::List(element), Literal::Collection(collection)) => self.nested(|from| {
                let list = PyList::empty(py);
                for item in literal::elements(collection) {
                    list.append(from.literal(element, item?)?)?;
                }
                Ok(list.into_any())
            }),
            (Plan::Map(element), Literal::Map(map)) => self.nested(|from| {
                let dict = PyDict::new(py);
                for entry in literal::entries(map) {
                    let (key, item) = entry?;
                    dict.set_item(key, from.literal(element, item)?)?;
                }
                Ok(dict.into_any())
            }),
            (Plan::Union(members), Literal::Union { value, kind }) => self.union(members, value, kind),
            (Plan::Union(members), _) => self.union(members, bytes, &[]),
            (_, Literal::Binary { value, tag: "" }) => Ok(pickles::load(py, value)?),
            (Plan::Tuple(items), Literal::Binary { value, tag: literal::MSGPACK }) => {
                self.whole(value, |from, reader| from.items(items, reader))
            }
            (_, Literal::Binary { value, tag: literal::MSGPACK }) => {
                self.whole(value, |from, reader| from.packed(plan, reader))
            }
            (_, Literal::Union { value, .. }) => self.nested(|from| from.literal(plan, value)),
            (Plan::Pickle { .. }, found) => self.any_literal(found),
            (_, found) => Err(self.unexpected(plan, kind_of(found))),
        }
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
            Literal::Collection(collection) => self.nested(|from| {
                let list = PyList::empty(py);
                for item in literal::elements(collection) {
                    list.append(from.any_nested(item?)?)?;
                }
                Ok(list.into_any())
            }),
            Literal::Map(map) => self.nested(|from| {
                let dict = PyDict::new(py);
                for entry in literal::entries(map) {
                    let (key, item) = entry?;
                    dict.set_item(key, from.any_nested(item)?)?;
                }
                Ok(dict.into_any())
            }),
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

    /// Reads a packed value that takes all the bytes.
    fn whole(&mut self, packed: &[u8], read: impl FnOnce(&mut Self, &mut Reader<'_>) -> Decoded<'py>) -> Decoded<'py> {
        let mut reader = Reader::of(packed);
        let value = read(self, &mut reader)?;
        if reader.is_done() {
            Ok(value)
        } else {
            Err(Fault::Bytes(Cow::Borrowed("packed data with more than one value")))
        }
    }

    fn packed(&mut self, plan: &Plan, reader: &mut Reader<'_>) -> Decoded<'py> {
        let py = self.py;
        if let Plan::Union(members) = plan {
            return self.packed_union(members, reader);
        }
        let ahead = *reader;
        match (plan, reader.token()?) {
            (_, Token::Extension(msgpack::PICKLE, pickle)) => Ok(pickles::load(py, pickle)?),
            (Plan::Integer, Token::Integer(number)) => Ok(integer(py, number)),
            (Plan::Float, Token::Float(number)) => Ok(PyFloat::new(py, number).into_any()),
            (Plan::Float, Token::Integer(number)) => Ok(PyFloat::new(py, number as f64).into_any()),
            (Plan::Text, Token::Text(text)) => Ok(PyString::new(py, text).into_any()),
            (Plan::Boolean, Token::Boolean(truth)) => Ok(boolean(py, truth)),
            (Plan::None, Token::Nil) => Ok(py.None().into_bound(py)),
            (Plan::Bytes, Token::Bytes(bytes)) => Ok(PyBytes::new(py, bytes).into_any()),
            (Plan::List(element), Token::Array(size)) => {
                let list = self.sequence(size, |_| element, reader)?;
                Ok(list.into_any())
            }
            (Plan::TupleOf(element), Token::Array(size)) => {
                let list = self.sequence(size, |_| element, reader)?;
                Ok(list.to_tuple().into_any())
            }
            (Plan::Tuple(items), Token::Array(size)) if items.len() == size => {
                let list = self.sequence(size, |index| &items[index], reader)?;
                Ok(list.to_tuple().into_any())
            }
            (Plan::Map(values), Token::Map(size)) => self.dict(&Plan::Text, values, size, reader),
            (Plan::Dict(keys, values), Token::Map(size)) => self.dict(keys, values, size, reader),
            (Plan::Record(record), Token::Map(size)) => self.record(*record, size, reader),
            (Plan::AnyList, Token::Array(_)) | (Plan::AnyDict, Token::Map(_)) | (Plan::Pickle { .. }, _) => {
                *reader = ahead;
                self.anything(reader)
            }
            (_, found) => Err(self.unexpected(plan, kind_of_token(found))),
        }
    }

    fn sequence<'p>(
        &mut self,
        size: usize,
        plan: impl Fn(usize) -> &'p Plan,
        reader: &mut Reader<'_>,
    ) -> Result<Bound<'py, PyList>, Fault> {
        self.nested(|from| {
            let list = PyList::empty(from.py);
            for index in 0..size {
                list.append(from.packed(plan(index), reader)?)?;
            }
            Ok(list)
        })
    }

    fn dict(&mut self, keys: &Plan, values: &Plan, size: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
        self.nested(|from| {
            let dict = PyDict::new(from.py);
            for _ in 0..size {
                let key = from.packed(keys, reader)?;
                let value = from.packed(values, reader)?;
                insert(&dict, key, value)?;
            }
            Ok(dict.into_any())
        })
    }

    /// A tuple that is a variable of its own: a map from `item_0` on.
    fn items(&mut self, items: &[Plan], reader: &mut Reader<'_>) -> Decoded<'py> {
        if !matches!(reader.token()?, Token::Map(size) if size == items.len()) {
            return Err(Fault::Bytes(Cow::Owned(format!("not a tuple of {}", items.len()))));
        }
        self.nested(|from| {
            let mut values: Vec<Option<Bound<'py, PyAny>>> = vec![None; items.len()];
            for _ in 0..items.len() {
                let place = match reader.token()? {
                    Token::Text(key) => key.strip_prefix("item_").and_then(|number| number.parse::<usize>().ok()),
                    _ => None,
                };
                let Some(place) = place.filter(|place| *place < items.len()) else {
                    return Err(Fault::Bytes(Cow::Borrowed("a tuple with an unknown item")));
                };
                values[place] = Some(from.packed(&items[place], reader)?);
            }
            match values.into_iter().collect::<Option<Vec<_>>>() {
                Some(values) => Ok(PyTuple::new(from.py, values)?.into_any()),
                None => Err(Fault::Bytes(Cow::Borrowed("a tuple with a missing item"))),
            }
        })
    }

    fn record(&mut self, record: usize, size: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
        let record = &self.records[record];
        self.nested(|from| {
            let mut values: Vec<Option<Bound<'py, PyAny>>> = vec![None; record.fields.len()];
            for index in 0..size {
                let Token::Text(key) = reader.token()? else {
                    return Err(Fault::Bytes(Cow::Owned(format!("{} with a field that has no name", record.name))));
                };
                // Fields come in their order, unless another implementation wrote them.
                let is_next = record.fields.get(index).is_some_and(|field| field.key == key);
                let place = if is_next { Some(index) } else { record.fields.iter().position(|field| field.key == key) };
                match place {
                    Some(place) => values[place] = Some(from.packed(&record.fields[place].plan, reader)?),
                    None => reader.skip()?,
                }
            }
            from.construct(record, values)
        })
    }

    fn construct(&self, record: &Record, values: Vec<Option<Bound<'py, PyAny>>>) -> Decoded<'py> {
        let py = self.py;
        let class = record.class.bind(py);
        if record.is_positional && values.iter().all(Option::is_some) {
            let arguments: Vec<_> = values.into_iter().flatten().collect();
            return Ok(class.call1(PyTuple::new(py, arguments)?)?);
        }
        let keywords = PyDict::new(py);
        let mut computed = Vec::new();
        for (field, value) in record.fields.iter().zip(values) {
            match value {
                Some(value) if field.is_argument => keywords.set_item(field.name.bind(py), value)?,
                Some(value) => computed.push((field, value)),
                None if field.is_argument && !field.has_default() => {
                    return Err(Fault::Bytes(Cow::Owned(format!("{} without its `{}`", record.name, field.key))));
                }
                None => {}
            }
        }
        let object = class.call((), Some(&keywords))?;
        if !computed.is_empty() {
            // Past the `__setattr__` of a frozen dataclass.
            let set = py.get_type::<PyAny>().getattr("__setattr__")?;
            for (field, value) in computed {
                set.call1((&object, field.name.bind(py), value))?;
            }
        }
        Ok(object)
    }

    fn packed_union(&mut self, members: &[Member], reader: &mut Reader<'_>) -> Decoded<'py> {
        let start = *reader;
        let token = reader.token()?;
        match token {
            Token::Extension(msgpack::PICKLE, pickle) => return Ok(pickles::load(self.py, pickle)?),
            Token::Extension(msgpack::MEMBER, [index, value @ ..]) => {
                let Some(member) = members.get(usize::from(*index)) else {
                    return Err(Fault::Bytes(Cow::Borrowed("an unknown member of a union")));
                };
                return self.nested(|from| from.whole(value, |from, reader| from.packed(&member.plan, reader)));
            }
            _ => {}
        }
        let is_exact = |member: &&Member| match (&member.plan, token) {
            (Plan::Record(record), Token::Map(size)) => self.records[*record].has_keys(size, start),
            (Plan::Float, Token::Integer(_)) | (Plan::Pickle { .. }, _) => false,
            _ => true,
        };
        let (exact, others): (Vec<_>, Vec<_>) = members.iter().partition(is_exact);
        for member in exact.into_iter().chain(others) {
            *reader = start;
            match self.nested(|from| from.packed(&member.plan, reader)) {
                Err(Fault::Bytes(_)) => self.count_attempt()?,
                decided => return decided,
            }
        }
        Err(Fault::Bytes(Cow::Owned(format!("{} fits no member of a union", kind_of_token(token)))))
    }

    fn anything(&mut self, reader: &mut Reader<'_>) -> Decoded<'py> {
        let py = self.py;
        match reader.token()? {
            Token::Nil => Ok(py.None().into_bound(py)),
            Token::Boolean(truth) => Ok(boolean(py, truth)),
            Token::Integer(number) => Ok(integer(py, number)),
            Token::Unsigned(number) => {
                Ok(number.into_pyobject(py).map_or_else(|never| match never {}, Bound::into_any))
            }
            Token::Float(number) => Ok(PyFloat::new(py, number).into_any()),
            Token::Text(text) => Ok(PyString::new(py, text).into_any()),
            Token::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
            Token::Extension(msgpack::PICKLE, pickle) => Ok(pickles::load(py, pickle)?),
            Token::Extension(kind, items) => {
                let list = self.nested(|from| from.whole(items, Self::anything))?;
                match list.cast_into_exact::<PyList>() {
                    Ok(list) => collected(kind, &list),
                    Err(_) => Err(Fault::Bytes(Cow::Borrowed("an extension without its items"))),
                }
            }
            Token::Array(size) => self.nested(|from| {
                let list = PyList::empty(py);
                for _ in 0..size {
                    list.append(from.anything(reader)?)?;
                }
                Ok(list.into_any())
            }),
            Token::Map(size) => self.nested(|from| {
                let dict = PyDict::new(py);
                for _ in 0..size {
                    let key = from.anything(reader)?;
                    let value = from.anything(reader)?;
                    insert(&dict, key, value)?;
                }
                Ok(dict.into_any())
            }),
        }
    }

    fn unexpected(&self, plan: &Plan, found: &str) -> Fault {
        Fault::Bytes(Cow::Owned(format!("expected {}, found {found}", plan.name(self.records))))
    }

    fn count_attempt(&mut self) -> Result<(), Fault> {
        self.attempts += 1;
        if self.attempts > ATTEMPTS {
            // Not a `Fault::Bytes`, which would have the unions further out try their other members.
            let reason = "too many members of unions that do not fit";
            return Err(Fault::Raised(Malformed::because(reason).into()));
        }
        Ok(())
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
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

impl Record {
    /// Whether a packed map has exactly the fields of this record.
    fn has_keys(&self, size: usize, mut reader: Reader<'_>) -> bool {
        let known = |reader: &mut Reader<'_>| match reader.token() {
            Ok(Token::Text(key)) => self.fields.iter().any(|field| field.key == key) && reader.skip().is_ok(),
            _ => false,
        };
        size == self.fields.len() && reader.token().is_ok() && (0..size).all(|_| known(&mut reader))
    }
}

fn collected<'py>(kind: i8, items: &Bound<'py, PyList>) -> Decoded<'py> {
    let unhashable = |_| Fault::Bytes(Cow::Borrowed("a set with an element that cannot be one"));
    match kind {
        msgpack::TUPLE => Ok(items.to_tuple().into_any()),
        msgpack::SET => PySet::new(items.py(), items).map(Bound::into_any).map_err(unhashable),
        msgpack::FROZEN_SET => PyFrozenSet::new(items.py(), items).map(Bound::into_any).map_err(unhashable),
        _ => Err(Fault::Bytes(Cow::Borrowed("packed data of an unknown type"))),
    }
}

fn insert(dict: &Bound<'_, PyDict>, key: Bound<'_, PyAny>, value: Bound<'_, PyAny>) -> Result<(), Fault> {
    dict.set_item(key, value).map_err(|_| Fault::Bytes(Cow::Borrowed("a key that cannot be one")))
}

fn integer(py: Python<'_>, number: i64) -> Bound<'_, PyAny> {
    number.into_pyobject(py).map_or_else(|never| match never {}, |number: Bound<'_, PyInt>| number.into_any())
}

fn boolean(py: Python<'_>, truth: bool) -> Bound<'_, PyAny> {
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

fn kind_of_token(found: Token<'_>) -> &'static str {
    match found {
        Token::Nil => "None",
        Token::Boolean(_) => "bool",
        Token::Integer(_) | Token::Unsigned(_) => "int",
        Token::Float(_) => "float",
        Token::Text(_) => "str",
        Token::Bytes(_) => "bytes",
        Token::Array(_) => "list",
        Token::Map(_) => "dict",
        Token::Extension(..) => "value of an unknown type",
    }
}
