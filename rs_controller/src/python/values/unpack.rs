//! The packed half of decoding: msgpack to dataclasses, tuples and dicts.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use super::decode::{boolean, integer, Decoded, Decoder, Fault};
use super::pickles;
use super::plan::{is_one_of, Member, Plan, Record};
use super::problem::short;
use super::time;
use crate::wire::msgpack::{self, Reader, Token};

impl<'py> Decoder<'_, 'py> {
    /// Reads a packed value that takes all the bytes.
    pub fn whole(
        &mut self,
        packed: &[u8],
        read: impl FnOnce(&mut Self, &mut Reader<'_>) -> Decoded<'py>,
    ) -> Decoded<'py> {
        let mut reader = Reader::of(packed);
        let value = read(self, &mut reader)?;
        if reader.is_done() {
            Ok(value)
        } else {
            Err(Fault::Bytes(Cow::Borrowed("packed data with more than one value")))
        }
    }

    pub fn packed(&mut self, plan: &Plan, reader: &mut Reader<'_>) -> Decoded<'py> {
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
            (Plan::Record(record), Token::Map(size)) => {
                self.in_dialect(self.dialect.of_fields(), |from| from.record(*record, size, reader))
            }
            (Plan::NamedTuple(record), Token::Array(size)) => self.named_tuple(*record, size, reader),
            (Plan::TypedDict(record), Token::Map(size)) => self.typed_dict(*record, size, reader),
            (Plan::Shaped(shaped), _) => {
                *reader = ahead;
                self.packed_shaped(shaped, reader)
            }
            (Plan::Set { element, is_frozen }, Token::Array(size)) => self.set(element, *is_frozen, size, reader),
            (Plan::Bytes, Token::Text(text)) if self.dialect.is_json() => {
                Ok(PyBytes::new(py, text.as_bytes()).into_any())
            }
            (Plan::Datetime, Token::Text(text)) => time::datetime_of_text(py, text),
            (Plan::Date, Token::Text(text)) => time::date_of_text(py, text),
            (Plan::Duration, Token::Text(text)) => time::duration_of_text(py, text),
            (Plan::Duration, Token::Float(seconds)) => time::duration_of_seconds(py, seconds),
            (Plan::Duration, Token::Integer(seconds)) => time::duration_of_seconds(py, seconds as f64),
            (Plan::Enumeration(known), _) => {
                *reader = ahead;
                self.packed_enumeration(known, reader)
            }
            (Plan::Extension(extension), _) => {
                *reader = ahead;
                self.packed_extension(extension, reader)
            }
            (Plan::Choice { choices, name }, _) => {
                *reader = ahead;
                let value = self.anything(reader)?;
                match is_one_of(&value, choices.bind(py))? {
                    true => Ok(value),
                    false => Err(Fault::of(format!("expected {name}, found {}", short(&value)))),
                }
            }
            (Plan::AnyList, Token::Array(_)) | (Plan::AnyDict, Token::Map(_)) | (Plan::Pickle { .. }, _) => {
                *reader = ahead;
                self.anything(reader)
            }
            (_, found) => Err(self.unexpected(plan, kind_of_token(found))),
        }
    }

    pub fn sequence<'p>(
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
    pub fn items(&mut self, items: &[Plan], reader: &mut Reader<'_>) -> Decoded<'py> {
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

    pub fn record(&mut self, record: usize, size: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
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

    pub fn construct(&self, record: &Record, values: Vec<Option<Bound<'py, PyAny>>>) -> Decoded<'py> {
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
        self.union_member(members, reader).map(|(_, value)| value)
    }

    /// Which member a reader takes these bytes for.
    pub fn member_read(&mut self, members: &[Member], packed: &[u8]) -> Option<usize> {
        let mut reader = Reader::of(packed);
        let (place, _) = self.union_member(members, &mut reader).ok()?;
        place.filter(|_| reader.is_done())
    }

    /// The value, and the place of its member where that is known.
    fn union_member(
        &mut self,
        members: &[Member],
        reader: &mut Reader<'_>,
    ) -> Result<(Option<usize>, Bound<'py, PyAny>), Fault> {
        let start = *reader;
        let token = reader.token()?;
        match token {
            Token::Extension(msgpack::PICKLE, pickle) => return Ok((None, pickles::load(self.py, pickle)?)),
            Token::Extension(msgpack::MEMBER, [index, value @ ..]) => {
                let Some(member) = members.get(usize::from(*index)) else {
                    return Err(Fault::because("an unknown member of a union"));
                };
                let value = self.nested(|from| from.whole(value, |from, reader| from.packed(&member.plan, reader)))?;
                return Ok((Some(usize::from(*index)), value));
            }
            _ => {}
        }
        let is_exact = |(_, member): &(usize, &Member)| match (&member.plan, token) {
            (Plan::Record(record), Token::Map(size)) => self.records[*record].has_keys(size, start),
            (Plan::Float | Plan::Duration, Token::Integer(_)) | (Plan::Pickle { .. }, _) => false,
            _ => true,
        };
        let (exact, others): (Vec<_>, Vec<_>) = members.iter().enumerate().partition(is_exact);
        for (place, member) in exact.into_iter().chain(others) {
            *reader = start;
            match self.nested(|from| from.packed(&member.plan, reader)) {
                Err(Fault::Bytes(_)) => self.count_attempt()?,
                decided => return decided.map(|value| (Some(place), value)),
            }
        }
        Err(Fault::of(format!("{} fits no member of a union", kind_of_token(token))))
    }

    /// The elements of a set that is a variable of its own.
    pub fn any_set(&mut self, kind: i8, reader: &mut Reader<'_>) -> Decoded<'py> {
        let items = self.anything(reader)?;
        match items.cast_into_exact::<PyList>() {
            Ok(items) => collected(kind, &items),
            Err(_) => Err(Fault::because("a set without its elements")),
        }
    }

    pub fn anything(&mut self, reader: &mut Reader<'_>) -> Decoded<'py> {
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
