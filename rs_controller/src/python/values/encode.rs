//! Python objects to bytes: literals on the outside, msgpack inside dataclasses, tuples and dicts.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

use super::pickles;
use super::plan::{is_integer, Check, Default, Field, Member, Plan, Record};
use super::problem::{near_miss, short, Outcome, Problem, Step};
use crate::wire::protobuf::{close, open, write_bytes};
use crate::wire::{literal, msgpack, MAX_DEPTH};

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
    is_lenient: bool,
    depth: u32,
}

impl<'a> Encoder<'a> {
    pub fn new(out: &'a mut Vec<u8>, records: &'a [Record]) -> Self {
        Encoder { out, records, is_lenient: true, depth: 0 }
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
            Plan::Tuple(items) => return self.packed_literal(|to| to.tuple_of_items(plan, items, value)),
            Plan::Record(_) | Plan::Dict(..) | Plan::AnyDict | Plan::AnyList | Plan::TupleOf(_) => {
                return self.packed_literal(|to| to.packed(plan, value));
            }
            Plan::Integer | Plan::Float | Plan::None => return Err(self.mismatch(plan, value)),
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
        let scalar = open(self.out, 1);
        let binary = open(self.out, 3);
        let start = open(self.out, 1);
        pack(self)?;
        close(self.out, start);
        write_bytes(self.out, 2, literal::MSGPACK.as_bytes());
        close(self.out, binary);
        close(self.out, scalar);
        Ok(())
    }

    /// A tuple that is a variable of its own is packed as a map, as a backend expects it.
    fn tuple_of_items(&mut self, plan: &Plan, items: &[Plan], value: &Bound<'_, PyAny>) -> Outcome<()> {
        let tuple = self.tuple(plan, items.len(), value)?;
        self.nested(|to| {
            to.map_header(items.len())?;
            for (index, (plan, item)) in items.iter().zip(tuple.iter()).enumerate() {
                to.packed_text(&format!("item_{index}"))?;
                to.packed(plan, &item).map_err(|problem| problem.inside(Step::Index(index)))?;
            }
            Ok(())
        })
    }

    fn packed(&mut self, plan: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        match plan {
            Plan::Integer if is_integer(value) => msgpack::write_integer(self.out, integer(value)?),
            Plan::Float if self.is_number(value) => msgpack::write_float(self.out, float(value)?),
            Plan::Text => return self.packed_text(self.text(plan, value)?),
            Plan::Boolean if value.is_instance_of::<PyBool>() => msgpack::write_boolean(self.out, value.is_truthy()?),
            Plan::None if value.is_none() => msgpack::write_nil(self.out),
            Plan::Bytes => match value.cast::<PyBytes>() {
                Ok(bytes) => return said(msgpack::write_bytes(self.out, bytes.as_bytes())),
                Err(_) => return Err(self.mismatch(plan, value)),
            },
            Plan::List(element) => match value.cast::<PyList>() {
                Ok(list) => return self.packed_items(list.len(), list.iter(), |_| element),
                Err(_) => return Err(self.mismatch(plan, value)),
            },
            Plan::TupleOf(element) => match value.cast::<PyTuple>() {
                Ok(tuple) => return self.packed_items(tuple.len(), tuple.iter(), |_| element),
                Err(_) => return Err(self.mismatch(plan, value)),
            },
            Plan::Tuple(items) => {
                let tuple = self.tuple(plan, items.len(), value)?;
                return self.packed_items(items.len(), tuple.iter(), |index| &items[index]);
            }
            Plan::Map(_) | Plan::Dict(..) => return self.packed_dict(plan, value),
            Plan::AnyList if value.is_instance_of::<PyList>() => return self.anything(value),
            Plan::AnyDict if value.is_instance_of::<PyDict>() => return self.anything(value),
            Plan::Union(members) => return self.packed_union(plan, members, value),
            Plan::Record(record) => return self.record(plan, *record, value),
            Plan::Pickle { check, .. } if check.allows(value, self.is_lenient)? => return self.anything(value),
            _ => return Err(self.mismatch(plan, value)),
        }
        Ok(())
    }

    fn packed_items<'py, 'p>(
        &mut self,
        size: usize,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        plan: impl Fn(usize) -> &'p Plan,
    ) -> Outcome<()> {
        self.nested(|to| {
            said(msgpack::write_array(to.out, size))?;
            for (index, item) in items.take(size).enumerate() {
                to.packed(plan(index), &item).map_err(|problem| problem.inside(Step::Index(index)))?;
            }
            Ok(())
        })
    }

    fn packed_dict(&mut self, plan: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let Ok(dict) = value.cast::<PyDict>() else {
            return Err(self.mismatch(plan, value));
        };
        let (keys, values) = match plan {
            Plan::Dict(keys, values) => (&**keys, &**values),
            Plan::Map(values) => (&Plan::Text, &**values),
            _ => return Err(self.mismatch(plan, value)),
        };
        self.nested(|to| {
            let entries = entries(dict)?;
            to.map_header(entries.len())?;
            for (key, item) in entries {
                match to.packed(keys, &key) {
                    Err(problem) if problem.is_mismatch() => {
                        return Err(to.key_mismatch(&keys.name(to.records), &key));
                    }
                    written => written?,
                }
                to.packed(values, &item).map_err(|problem| problem.inside(Step::Key(short(&key))))?;
            }
            Ok(())
        })
    }

    fn packed_union(&mut self, plan: &Plan, members: &[Member], value: &Bound<'_, PyAny>) -> Outcome<()> {
        self.first_member(plan, members, value, |to, member| match &member.plan {
            Plan::Pickle { .. } => to.packed_pickle(value),
            plan if member.is_marked => {
                let index = members.iter().position(|other| std::ptr::eq(other, member)).unwrap_or_default();
                to.marked(index as u8, |to| to.packed(plan, value))
            }
            plan => to.packed(plan, value),
        })
    }

    /// The value in an extension that says which member of the union it is.
    fn marked(&mut self, index: u8, pack: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        self.extension(msgpack::MEMBER, |to| {
            to.out.push(index);
            pack(to)
        })
    }

    fn extension(&mut self, kind: i8, pack: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        let start = self.out.len();
        pack(self)?;
        let content = self.out.split_off(start);
        said(msgpack::write_extension(self.out, kind, &content))
    }

    fn record(&mut self, plan: &Plan, record: usize, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let known = &self.records[record];
        if value.get_type().is(known.class.bind(value.py())) {
            return self.nested(|to| to.fields(known, value));
        }
        if self.is_subclass_instance(record, value) {
            return self.packed_pickle(value);
        }
        match value.cast::<PyDict>() {
            Ok(dict) if self.is_lenient => self.nested(|to| to.fields_of_dict(known, dict)),
            _ => Err(self.mismatch(plan, value)),
        }
    }

    /// As the class it is annotated with it would lose what the subclass adds, so it travels as a pickle.
    fn is_subclass_instance(&self, record: usize, value: &Bound<'_, PyAny>) -> bool {
        let class = self.records[record].class.bind(value.py());
        !value.get_type().is(class) && value.is_instance(class).unwrap_or(false)
    }

    fn fields(&mut self, record: &Record, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let mut missing = Vec::new();
        if !record.is_positional {
            // Computed fields may not have been set.
            missing.extend(record.fields.iter().filter(|field| !field.is_argument && !has(value, field)));
        }
        self.map_header(record.fields.len() - missing.len())?;
        for field in &record.fields {
            if missing.iter().any(|missing| std::ptr::eq(*missing, field)) {
                continue;
            }
            self.packed_text(&field.key)?;
            let item = value.getattr(field.name.bind(value.py()))?;
            self.packed(&field.plan, &item).map_err(|problem| problem.inside(Step::Attribute(field.key.clone())))?;
        }
        Ok(())
    }

    /// A dict given for a dataclass: its entries, completed by the defaults.
    fn fields_of_dict(&mut self, record: &Record, dict: &Bound<'_, PyDict>) -> Outcome<()> {
        let py = dict.py();
        let mut values = Vec::with_capacity(record.fields.len());
        for field in record.fields.iter().filter(|field| field.is_argument) {
            let given = dict.get_item(&field.name)?;
            match given.map_or_else(|| default(py, field), |value| Ok(Some(value)))? {
                Some(value) => values.push((field, value)),
                None => return Err(Problem::unfit(format!("{} needs `{}`", record.name, field.key), None)),
            }
        }
        for key in dict.keys() {
            let is_known = record.fields.iter().any(|field| field.is_argument && key.eq(&field.name).unwrap_or(false));
            if !is_known {
                return Err(unknown_field(record, &key));
            }
        }
        self.map_header(values.len())?;
        for (field, value) in values {
            self.packed_text(&field.key)?;
            self.packed(&field.plan, &value).map_err(|problem| problem.inside(Step::Attribute(field.key.clone())))?;
        }
        Ok(())
    }

    /// Tries the members that have the value's shape: first as they are, then leniently.
    fn first_member(
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
                    Err(problem) if problem.is_mismatch() => problems.push(problem),
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

    /// A value whose type says nothing about it: plain values packed as they are, the others as pickles.
    fn anything(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        if value.is_none() {
            msgpack::write_nil(self.out);
        } else if let Ok(truth) = value.cast_exact::<PyBool>() {
            msgpack::write_boolean(self.out, truth.is_true());
        } else if value.is_exact_instance_of::<PyInt>() {
            return self.any_integer(value);
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            msgpack::write_float(self.out, number.value());
        } else if let Ok(text) = value.cast_exact::<PyString>() {
            match text.to_str() {
                Ok(text) => return self.packed_text(text),
                // Lone surrogates are not UTF-8; a pickle can hold them.
                Err(_) => return self.packed_pickle(value),
            }
        } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
            return said(msgpack::write_bytes(self.out, bytes.as_bytes()));
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            return self.any_items(list.len(), list.iter());
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            return self.any_dict(dict);
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            return self.extension(msgpack::TUPLE, |to| to.any_items(tuple.len(), tuple.iter()));
        } else if let Ok(set) = value.cast_exact::<PySet>() {
            return self.any_set(msgpack::SET, set.iter());
        } else if let Ok(set) = value.cast_exact::<PyFrozenSet>() {
            return self.any_set(msgpack::FROZEN_SET, set.iter());
        } else {
            return self.packed_pickle(value);
        }
        Ok(())
    }

    fn any_items<'py>(&mut self, size: usize, items: impl Iterator<Item = Bound<'py, PyAny>>) -> Outcome<()> {
        self.nested(|to| {
            said(msgpack::write_array(to.out, size))?;
            for (index, item) in items.take(size).enumerate() {
                to.anything(&item).map_err(|problem| problem.inside(Step::Index(index)))?;
            }
            Ok(())
        })
    }

    fn any_dict(&mut self, dict: &Bound<'_, PyDict>) -> Outcome<()> {
        self.nested(|to| {
            let entries = entries(dict)?;
            to.map_header(entries.len())?;
            for (key, item) in entries {
                to.anything(&key)?;
                to.anything(&item).map_err(|problem| problem.inside(Step::Key(short(&key))))?;
            }
            Ok(())
        })
    }

    /// Sorted, since the order of a set differs between processes and the bytes are hashed.
    fn any_set<'py>(&mut self, kind: i8, items: impl Iterator<Item = Bound<'py, PyAny>>) -> Outcome<()> {
        let items: Vec<_> = items.collect();
        let mut packed = Vec::with_capacity(items.len());
        for item in &items {
            let start = self.out.len();
            self.nested(|to| to.anything(item))?;
            packed.push(self.out.split_off(start));
        }
        packed.sort();
        self.extension(kind, |to| {
            said(msgpack::write_array(to.out, packed.len()))?;
            packed.iter().for_each(|item| to.out.extend_from_slice(item));
            Ok(())
        })
    }

    fn any_integer(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        if let Ok(number) = value.extract::<i64>() {
            msgpack::write_integer(self.out, number);
        } else if let Ok(number) = value.extract::<u64>() {
            msgpack::write_unsigned(self.out, number);
        } else {
            return self.packed_pickle(value);
        }
        Ok(())
    }

    fn packed_pickle(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        said(msgpack::write_extension(self.out, msgpack::PICKLE, pickled(value)?.as_bytes()))
    }

    fn packed_text(&mut self, text: &str) -> Outcome<()> {
        said(msgpack::write_text(self.out, text))
    }

    fn map_header(&mut self, size: usize) -> Outcome<()> {
        said(msgpack::write_map(self.out, size))
    }

    fn tuple<'b, 'py>(
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

    fn text<'b>(&self, plan: &Plan, value: &'b Bound<'_, PyAny>) -> Outcome<&'b str> {
        match value.cast::<PyString>() {
            Ok(text) => utf8(text),
            Err(_) => Err(self.mismatch(plan, value)),
        }
    }

    fn is_number(&self, value: &Bound<'_, PyAny>) -> bool {
        value.is_instance_of::<PyFloat>() || self.is_lenient && is_integer(value)
    }

    fn mismatch(&self, plan: &Plan, value: &Bound<'_, PyAny>) -> Box<Problem> {
        Problem::mismatch(plan.name(self.records), value)
    }

    fn key_mismatch(&self, expected: &str, key: &Bound<'_, PyAny>) -> Box<Problem> {
        Problem::mismatch(format!("{expected} keys"), key)
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
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

fn integer(value: &Bound<'_, PyAny>) -> Outcome<i64> {
    value.extract::<i64>().map_err(|_| {
        let message = format!("{} does not fit into 64 bits; pass it as text, or annotate `object`", short(value));
        Problem::refused(message)
    })
}

fn float(value: &Bound<'_, PyAny>) -> Outcome<f64> {
    value.extract::<f64>().map_err(|_| Problem::refused(format!("{} does not fit into a float", short(value))))
}

fn utf8<'b>(text: &'b Bound<'_, PyString>) -> Outcome<&'b str> {
    text.to_str().map_err(|_| Problem::refused(format!("{} is not valid Unicode (a lone surrogate)", short(text))))
}

fn pickled<'py>(value: &Bound<'py, PyAny>) -> Outcome<Bound<'py, PyBytes>> {
    pickles::dump(value).map_err(|error| {
        let py = value.py();
        let message = error.value(py).to_string();
        Problem::unfit(message, error.cause(py))
    })
}

/// A snapshot, since pickling may run code that changes the dict.
fn entries<'py>(dict: &Bound<'py, PyDict>) -> Outcome<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    Ok(dict.items().iter().map(|entry| entry.extract()).collect::<PyResult<_>>()?)
}

fn default<'py>(py: Python<'py>, field: &Field) -> PyResult<Option<Bound<'py, PyAny>>> {
    match &field.default {
        Default::None => Ok(None),
        Default::Value(value) => Ok(Some(value.bind(py).clone())),
        Default::Factory(factory) => factory.bind(py).call0().map(Some),
    }
}

fn unknown_field(record: &Record, key: &Bound<'_, PyAny>) -> Box<Problem> {
    let known = || record.fields.iter().filter(|field| field.is_argument).map(|field| field.key.as_str());
    let names: Vec<_> = known().map(|name| format!("`{name}`")).collect();
    let near = key.extract::<String>().ok().and_then(|key| near_miss(&key, known()));
    let guess = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
    let message = format!("{} has no field {}{guess}; its fields are {}", record.name, short(key), names.join(", "));
    Problem::unfit(message, None)
}

fn has(value: &Bound<'_, PyAny>, field: &Field) -> bool {
    value.hasattr(field.name.bind(value.py())).unwrap_or(false)
}

fn said(fits: bool) -> Outcome<()> {
    if fits {
        Ok(())
    } else {
        Err(Problem::refused("larger than 4 GB, the most a packed value can hold".to_owned()))
    }
}
