//! The packed half of encoding: dataclasses, tuples and dicts as msgpack, and what msgpack lacks as extensions.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyIterator, PyList, PySet, PyString, PyTuple};

use super::decode::Decoder;
use super::encode::{entries, float, integer, pickled, Encoder};
use super::plan::{is_integer, is_one_of, Default, Field, Member, Plan, Record};
use super::problem::{near_miss, short, Outcome, Problem, Step};
use super::time;
use crate::wire::msgpack;

impl Encoder<'_> {
    /// A tuple that is a variable of its own is packed as a map, as a backend expects it.
    pub fn tuple_of_items(&mut self, plan: &Plan, items: &[Plan], value: &Bound<'_, PyAny>) -> Outcome<()> {
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

    pub fn packed(&mut self, plan: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        match plan {
            Plan::Integer if is_integer(value) => msgpack::write_integer(self.out, integer(value)?),
            Plan::Float if self.is_number(value) => msgpack::write_float(self.out, float(value)?),
            Plan::Text => return self.packed_text(self.text(plan, value)?),
            Plan::Boolean if value.is_instance_of::<PyBool>() => msgpack::write_boolean(self.out, value.is_truthy()?),
            Plan::None if value.is_none() => msgpack::write_nil(self.out),
            Plan::Bytes => match value.cast::<PyBytes>() {
                Ok(bytes) => return self.packed_bytes(bytes.as_bytes()),
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
            Plan::NamedTuple(record) => return self.named_tuple(plan, &self.records[*record], value),
            Plan::TypedDict(record) => return self.typed_dict(plan, &self.records[*record], value, false),
            Plan::Set { .. } => return self.packed_set(plan, value),
            Plan::Shaped(shaped) => return self.packed_shaped(plan, shaped, value),
            Plan::Datetime if time::is_datetime(value)? => return self.packed_moment(value),
            Plan::Date if time::is_date(value)? => {
                let day = if time::is_datetime(value)? { value.call_method0("date")? } else { value.clone() };
                return self.packed_moment(&day);
            }
            Plan::Duration if time::is_duration(value)? => return self.packed_duration(value),
            Plan::Enumeration(known) => return self.packed_enumeration(plan, known, value),
            Plan::Choice { choices, .. } if is_one_of(value, choices.bind(value.py()))? => return self.anything(value),
            Plan::Extension(extension) => return self.packed_extension(extension, value),
            Plan::Pickle { check, .. } if check.allows(value, self.is_lenient)? => return self.anything(value),
            _ => return Err(self.mismatch(plan, value)),
        }
        Ok(())
    }

    /// JSON has no bytes: text, where they are text.
    fn packed_bytes(&mut self, bytes: &[u8]) -> Outcome<()> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.dialect.is_json() => self.packed_text(text),
            _ => said(msgpack::write_bytes(self.out, bytes)),
        }
    }

    fn packed_moment(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let text = time::text(value, self.dialect.is_json())?;
        self.packed_text(text.to_str()?)
    }

    fn packed_duration(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        if self.dialect.is_json() {
            return self.packed_text(&time::duration_text(value)?);
        }
        match time::exact_seconds(value)? {
            Some(seconds) => msgpack::write_float(self.out, seconds),
            None => return self.packed_text(&time::duration_text(value)?),
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
        let place = |member| members.iter().position(|other| std::ptr::eq(other, member)).unwrap_or_default();
        self.first_member(plan, members, value, |to, member| match &member.plan {
            Plan::Pickle { .. } => to.packed_pickle(value),
            plan if member.is_marked => to.marked(place(member) as u8, |to| to.packed(plan, value)),
            plan if member.is_checked => {
                let start = to.out.len();
                to.packed(plan, value)?;
                let mut reader = Decoder::within(value.py(), to.records, to.dialect);
                if reader.member_read(members, &to.out[start..]) == Some(place(member)) {
                    return Ok(());
                }
                let packed = to.out.split_off(start);
                to.marked(place(member) as u8, |to| {
                    to.out.extend_from_slice(&packed);
                    Ok(())
                })
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
            return self.nested(|to| to.within(to.dialect.of_fields(), |to| to.fields(known, value)));
        }
        if self.is_subclass_instance(record, value) {
            return self.packed_pickle(value);
        }
        match value.cast::<PyDict>() {
            Ok(dict) if self.is_lenient => {
                self.nested(|to| to.within(to.dialect.of_fields(), |to| to.fields_of_dict(known, dict)))
            }
            _ => Err(self.mismatch(plan, value)),
        }
    }

    /// As the class it is annotated with it would lose what the subclass adds, so it travels as a pickle.
    pub fn is_subclass_instance(&self, record: usize, value: &Bound<'_, PyAny>) -> bool {
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

    /// A value whose type says nothing about it: plain values packed as they are, the others as pickles.
    pub fn anything(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
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
            return self.extension(msgpack::SET, |to| to.any_set(set.try_iter()?));
        } else if let Ok(set) = value.cast_exact::<PyFrozenSet>() {
            return self.extension(msgpack::FROZEN_SET, |to| to.any_set(set.try_iter()?));
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

    fn any_set(&mut self, items: Bound<'_, PyIterator>) -> Outcome<()> {
        self.nested(|to| to.sorted(items, |to, item| to.anything(item)))
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

    pub fn packed_pickle(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        said(msgpack::write_extension(self.out, msgpack::PICKLE, pickled(value)?.as_bytes()))
    }

    pub fn packed_text(&mut self, text: &str) -> Outcome<()> {
        said(msgpack::write_text(self.out, text))
    }

    pub fn array_header(&mut self, size: usize) -> Outcome<()> {
        said(msgpack::write_array(self.out, size))
    }

    pub fn map_header(&mut self, size: usize) -> Outcome<()> {
        said(msgpack::write_map(self.out, size))
    }
}

pub fn default<'py>(py: Python<'py>, field: &Field) -> PyResult<Option<Bound<'py, PyAny>>> {
    match &field.default {
        Default::None => Ok(None),
        Default::Value(value) => Ok(Some(value.bind(py).clone())),
        Default::Factory(factory) => factory.bind(py).call0().map(Some),
    }
}

pub fn unknown_field(record: &Record, key: &Bound<'_, PyAny>) -> Box<Problem> {
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

pub fn said(fits: bool) -> Outcome<()> {
    if fits {
        Ok(())
    } else {
        Err(Problem::refused("larger than 4 GB, the most a packed value can hold".to_owned()))
    }
}
