//! The packed half of encoding: dataclasses, tuples and dicts as msgpack, and what msgpack lacks as extensions.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

use super::encode::{entries, float, integer, pickled, Encoder};
use super::plan::{is_integer, Default, Field, Member, Plan, Record};
use super::problem::{near_miss, short, Outcome, Problem, Step};
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
