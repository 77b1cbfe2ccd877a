//! Python objects to literals. What is inside dataclasses, tuples and dicts is packed: see `pack`.

use std::cell::Cell;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use super::decode::Dialect;
use super::pickles;
use super::plan::{is_integer, is_one_of, Check, Member, Plan, Record};

use super::problem::{short, Outcome, Problem, Step};
use super::time;
use crate::wire::protobuf::{close, open, write_bytes};
use crate::wire::{literal, MAX_DEPTH};

thread_local! {
    /// Kept between calls, so that encoding a small value allocates nothing but the result.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Larger buffers than this go back to the system.
const KEPT: usize = 1 << 20;

/// Lends the thread's buffer. Pickling may call back into here: then the inner call finds an empty one.
pub fn with_buffer<T>(fill: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut buffer = BUFFER.take();
    buffer.clear();
    let result = fill(&mut buffer);
    if buffer.capacity() <= KEPT {
        BUFFER.set(buffer);
    }
    result
}

/// Writes values of one signature.
pub struct Encoder<'a> {
    pub out: &'a mut Vec<u8>,
    pub records: &'a [Record],
    /// Takes an int for a float and a dict for a dataclass; off while a union looks for the member that needs neither.
    pub is_lenient: bool,
    pub dialect: Dialect,
    depth: u32,
}

impl<'a> Encoder<'a> {
    pub fn new(out: &'a mut Vec<u8>, records: &'a [Record]) -> Self {
        Encoder { out, records, is_lenient: true, dialect: Dialect::Values, depth: 0 }
    }

    pub fn literal(&mut self, plan: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        match plan {
            Plan::Integer if is_integer(value) => literal::write_integer(self.out, integer(value)?),
            Plan::Float if self.is_number(value) => literal::write_float(self.out, float(value)?),
            Plan::Text => literal::write_text(self.out, self.text(plan, value)?),
            Plan::Boolean => match value.cast::<PyBool>() {
                Ok(truth) => literal::write_boolean(self.out, truth.is_true()),
                Err(_) => return Err(self.mismatch(plan, value)),
            },
            Plan::None if value.is_none() => literal::write_none(self.out),
            Plan::Bytes => match value.cast::<PyBytes>() {
                Ok(bytes) => literal::write_binary(self.out, bytes.as_bytes(), literal::BYTES),
                Err(_) => return Err(self.mismatch(plan, value)),
            },
            Plan::List(element) => return self.collection(plan, element, value),
            Plan::Map(element) => return self.map(plan, element, value),
            Plan::Union(members) => return self.union(plan, members, value),
            Plan::Pickle { check, .. } => return self.pickled_literal(plan, check, value),
            Plan::Record(record) if self.is_subclass_instance(*record, value) => self.write_pickled_literal(value)?,
            Plan::Tuple(items) => {
                return self.packed_literal(|to| to.within(Dialect::Items, |to| to.tuple_of_items(plan, items, value)));
            }
            Plan::NamedTuple(record) => {
                let record = &self.records[*record];
                let write = |to: &mut Self| to.named_tuple_map(plan, record, value);
                return self.packed_literal(|to| to.within(Dialect::Items, write));
            }
            Plan::TypedDict(record) => {
                let record = &self.records[*record];
                let write = |to: &mut Self| to.typed_dict(plan, record, value, true);
                return self.packed_literal(|to| to.within(Dialect::Items, write));
            }
            Plan::Datetime if time::is_datetime(value)? => {
                let (seconds, nanos) = time::instant(value)?;
                literal::write_datetime(self.out, seconds, nanos);
            }
            Plan::Date if time::is_date(value)? => literal::write_datetime(self.out, time::midnight(value)?, 0),
            Plan::Duration if time::is_duration(value)? => {
                let (seconds, nanos) = time::duration(value)?;
                literal::write_duration(self.out, seconds, nanos);
            }
            Plan::Enumeration(known) => return self.enumeration(plan, known, value),
            Plan::Set { is_frozen, .. } => {
                let tag = if *is_frozen { literal::FROZEN_SET } else { literal::SET };
                return self.tagged_literal(tag, |to| to.packed_set(plan, value));
            }
            Plan::Choice { choices, .. } if is_one_of(value, choices.bind(value.py()))? => {
                return self.packed_literal(|to| to.anything(value));
            }
            Plan::Extension(extension) => return self.extension_literal(extension, value),
            Plan::Record(_) | Plan::Dict(..) | Plan::AnyDict | Plan::AnyList | Plan::TupleOf(_) | Plan::Shaped(_) => {
                return self.packed_literal(|to| to.packed(plan, value));
            }
            Plan::Integer | Plan::Float | Plan::None => return Err(self.mismatch(plan, value)),
            Plan::Datetime | Plan::Date | Plan::Duration | Plan::Choice { .. } => {
                return Err(self.mismatch(plan, value));
            }
        }
        Ok(())
    }

    fn collection(&mut self, plan: &Plan, element: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let Ok(list) = value.cast::<PyList>() else {
            return Err(self.mismatch(plan, value));
        };
        self.nested(|to| {
            let collection = open(to.out, 2);
            for (index, item) in list.iter().enumerate() {
                let start = open(to.out, 1);
                to.literal(element, &item).map_err(|problem| problem.inside(Step::Index(index)))?;
                close(to.out, start);
            }
            close(to.out, collection);
            Ok(())
        })
    }

    /// In the order of the dict, which the wire allows and which the reader then sees again.
    fn map(&mut self, plan: &Plan, element: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let Ok(dict) = value.cast::<PyDict>() else {
            return Err(self.mismatch(plan, value));
        };
        self.nested(|to| {
            let map = open(to.out, 3);
            for (key, item) in entries(dict)? {
                let Ok(text) = key.cast::<PyString>() else {
                    return Err(to.key_mismatch("str", &key));
                };
                let entry = open(to.out, 1);
                write_bytes(to.out, 1, utf8(text)?.as_bytes());
                let start = open(to.out, 2);
                to.literal(element, &item).map_err(|problem| problem.inside(Step::Key(short(&key))))?;
                close(to.out, start);
                close(to.out, entry);
            }
            close(to.out, map);
            Ok(())
        })
    }

    fn union(&mut self, plan: &Plan, members: &[Member], value: &Bound<'_, PyAny>) -> Outcome<()> {
        self.first_member(plan, members, value, |to, member| {
            let scalar = open(to.out, 1);
            let union = open(to.out, 9);
            let start = open(to.out, 1);
            to.literal(&member.plan, value)?;
            close(to.out, start);
            write_bytes(to.out, 2, &member.kind);
            close(to.out, union);
            close(to.out, scalar);
            Ok(())
        })
    }

    fn pickled_literal(&mut self, plan: &Plan, check: &Check, value: &Bound<'_, PyAny>) -> Outcome<()> {
        if value.is_none() && matches!(check, Check::Anything) {
            literal::write_none(self.out);
            return Ok(());
        }
        if !check.allows(value, self.is_lenient)? {
            return Err(self.mismatch(plan, value));
        }
        self.write_pickled_literal(value)
    }

    fn write_pickled_literal(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        literal::write_binary(self.out, pickled(value)?.as_bytes(), "");
        if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
            // Pickles of equal sets differ between processes, so these say what they are to be known by.
            write_bytes(self.out, 4, pickles::set_hash(value)?.as_bytes());
        }
        Ok(())
    }

    fn packed_literal(&mut self, pack: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        self.tagged_literal(literal::MSGPACK, pack)
    }

    fn tagged_literal(&mut self, tag: &str, pack: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        let scalar = open(self.out, 1);
        let binary = open(self.out, 3);
        let start = open(self.out, 1);
        pack(self)?;
        close(self.out, start);
        write_bytes(self.out, 2, tag.as_bytes());
        close(self.out, binary);
        close(self.out, scalar);
        Ok(())
    }

    /// Tries the members that have the value's shape: first as they are, then leniently.
    pub fn first_member(
        &mut self,
        plan: &Plan,
        members: &[Member],
        value: &Bound<'_, PyAny>,
        mut write: impl FnMut(&mut Self, &Member) -> Outcome<()>,
    ) -> Outcome<()> {
        let start = self.out.len();
        let was_lenient = self.is_lenient;
        let mut problems = Vec::new();
        for is_lenient in [false, true] {
            if is_lenient && !was_lenient {
                break;
            }
            problems.clear();
            for member in members {
                if !member.plan.fits(value, self.records, is_lenient)? {
                    continue;
                }
                self.is_lenient = is_lenient;
                let written = write(self, member);
                self.is_lenient = was_lenient;
                match written {
                    Err(problem) if problem.is_mismatch() => {
                        let (member, whole) = (member.plan.name(self.records), plan.name(self.records));
                        problems.push(problem.of_member(&member, &whole));
                    }
                    decided => return decided,
                }
                self.out.truncate(start);
            }
        }
        match problems.len() {
            1 => Err(problems.remove(0)),
            _ => Err(self.mismatch(plan, value)),
        }
    }

    pub fn tuple<'b, 'py>(
        &self,
        plan: &Plan,
        size: usize,
        value: &'b Bound<'py, PyAny>,
    ) -> Outcome<&'b Bound<'py, PyTuple>> {
        match value.cast::<PyTuple>() {
            Ok(tuple) if tuple.len() == size => Ok(tuple),
            _ => Err(self.mismatch(plan, value)),
        }
    }

    pub fn text<'b>(&self, plan: &Plan, value: &'b Bound<'_, PyAny>) -> Outcome<&'b str> {
        match value.cast::<PyString>() {
            Ok(text) => utf8(text),
            Err(_) => Err(self.mismatch(plan, value)),
        }
    }

    pub fn is_number(&self, value: &Bound<'_, PyAny>) -> bool {
        value.is_instance_of::<PyFloat>() || self.is_lenient && is_integer(value)
    }

    pub fn mismatch(&self, plan: &Plan, value: &Bound<'_, PyAny>) -> Box<Problem> {
        let hint = plan.hint(value, self.records);
        Problem::mismatch_with(plan.name(self.records), value, hint)
    }

    pub fn key_mismatch(&self, expected: &str, key: &Bound<'_, PyAny>) -> Box<Problem> {
        Problem::mismatch(format!("{expected} keys"), key)
    }

    /// Packs in another dialect, and goes on in this one.
    pub fn within<T>(&mut self, dialect: Dialect, pack: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.dialect, dialect);
        let packed = pack(self);
        self.dialect = before;
        packed
    }

    pub fn nested(&mut self, write: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        if self.depth >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep, or holds itself");
            return Err(Problem::refused(message));
        }
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        written
    }
}

pub fn integer(value: &Bound<'_, PyAny>) -> Outcome<i64> {
    value.extract::<i64>().map_err(|_| {
        let message = format!("{} does not fit into 64 bits; pass it as text, or annotate `object`", short(value));
        Problem::refused(message)
    })
}

pub fn float(value: &Bound<'_, PyAny>) -> Outcome<f64> {
    value.extract::<f64>().map_err(|_| Problem::refused(format!("{} does not fit into a float", short(value))))
}

fn utf8<'b>(text: &'b Bound<'_, PyString>) -> Outcome<&'b str> {
    text.to_str().map_err(|_| Problem::refused(format!("{} is not valid Unicode (a lone surrogate)", short(text))))
}

pub fn pickled<'py>(value: &Bound<'py, PyAny>) -> Outcome<Bound<'py, PyBytes>> {
    let py = value.py();
    pickles::dump(value).map_err(|error| match error.is_instance_of::<PyTypeError>(py) {
        true => Problem::unfit(error.value(py).to_string(), error.cause(py)),
        false => error.into(),
    })
}

/// A snapshot, since pickling may run code that changes the dict.
pub fn entries<'py>(dict: &Bound<'py, PyDict>) -> Outcome<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    Ok(dict.items().iter().map(|entry| entry.extract()).collect::<PyResult<_>>()?)
}
