//! NamedTuples and TypedDicts: records without a constructor of their own.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::decode::{Decoded, Decoder, Fault};
use super::encode::Encoder;
use super::pack::{default, unknown_field};
use super::plan::{Field, Plan, Record};
use super::problem::{Outcome, Problem, Step};
use crate::wire::msgpack::{self, Reader, Token};

impl Encoder<'_> {
    /// As a variable, and so as a backend shows it: a map.
    pub fn named_tuple_map(&mut self, plan: &Plan, record: &Record, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let values = self.named_values(plan, record, value)?;
        self.nested(|to| {
            to.map_header(values.len())?;
            for (field, value) in record.fields.iter().zip(&values) {
                to.packed_text(&field.key)?;
                to.named_value(field, value)?;
            }
            Ok(())
        })
    }

    /// Inside packed values: a sequence.
    pub fn named_tuple(&mut self, plan: &Plan, record: &Record, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let values = self.named_values(plan, record, value)?;
        self.nested(|to| {
            to.array_header(values.len())?;
            let mut pairs = record.fields.iter().zip(&values);
            pairs.try_for_each(|(field, value)| to.named_value(field, value))
        })
    }

    fn named_values<'py>(
        &self,
        plan: &Plan,
        record: &Record,
        value: &Bound<'py, PyAny>,
    ) -> Outcome<Vec<Bound<'py, PyAny>>> {
        let py = value.py();
        let is_own = value.is_instance(record.class.bind(py))?;
        match (value.cast::<PyTuple>(), value.cast::<PyDict>()) {
            (Ok(tuple), _) if (is_own || self.is_lenient) && tuple.len() == record.fields.len() => {
                Ok(tuple.iter().collect())
            }
            (_, Ok(dict)) if self.is_lenient => named_entries(record, dict),
            _ => Err(self.mismatch(plan, value)),
        }
    }

    /// A TypedDict; as a variable it says of each key it lacks that it does, unless None is a value of that key.
    pub fn typed_dict(
        &mut self,
        plan: &Plan,
        record: &Record,
        value: &Bound<'_, PyAny>,
        is_variable: bool,
    ) -> Outcome<()> {
        let Ok(dict) = value.cast::<PyDict>() else {
            return Err(self.mismatch(plan, value));
        };
        check_keys(record, dict)?;
        let mut written = Vec::new();
        for field in &record.fields {
            match dict.get_item(&field.name)? {
                None if field.is_required => return Err(lacks(record, field)),
                None if is_variable && !self.takes_none(field, value)? => written.push((field, None)),
                None => {}
                Some(item) => written.push((field, Some(item))),
            }
        }
        self.nested(|to| {
            to.map_header(written.len())?;
            for (field, value) in &written {
                to.packed_text(&field.key)?;
                match value {
                    None => msgpack::write_nil(to.out),
                    Some(value) => to
                        .packed(&field.plan, value)
                        .map_err(|problem| problem.inside(Step::Key(format!("'{}'", field.key))))?,
                }
            }
            Ok(())
        })
    }

    fn takes_none(&self, field: &Field, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        field.plan.fits(value.py().None().bind(value.py()), self.records, false)
    }

    fn named_value(&mut self, field: &Field, value: &Bound<'_, PyAny>) -> Outcome<()> {
        self.packed(&field.plan, value).map_err(|problem| problem.inside(Step::Attribute(field.key.clone())))
    }
}

fn named_entries<'py>(record: &Record, dict: &Bound<'py, PyDict>) -> Outcome<Vec<Bound<'py, PyAny>>> {
    check_keys(record, dict)?;
    let value = |field: &Field| match dict.get_item(&field.name)? {
        Some(value) => Ok(value),
        None => default(dict.py(), field)?.ok_or_else(|| lacks(record, field)),
    };
    record.fields.iter().map(value).collect()
}

fn check_keys(record: &Record, dict: &Bound<'_, PyDict>) -> Outcome<()> {
    let is_known = |key: &Bound<'_, PyAny>| record.fields.iter().any(|field| key.eq(&field.name).unwrap_or(false));
    match dict.keys().iter().find(|key| !is_known(key)) {
        Some(key) => Err(unknown_field(record, &key)),
        None => Ok(()),
    }
}

fn lacks(record: &Record, field: &Field) -> Box<Problem> {
    Problem::unfit(format!("{} needs `{}`", record.name, field.key), None)
}

impl<'py> Decoder<'_, 'py> {
    pub fn named_tuple_map(&mut self, record: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
        match reader.token()? {
            Token::Map(size) => self.record(record, size, reader),
            _ => Err(Fault::of(format!("{} without the names of its items", self.records[record].name))),
        }
    }

    pub fn named_tuple(&mut self, record: usize, size: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
        let record = &self.records[record];
        if size > record.fields.len() {
            return Err(Fault::of(format!("more than the {} items of {}", record.fields.len(), record.name)));
        }
        self.nested(|from| {
            let mut values = vec![None; record.fields.len()];
            for (field, value) in record.fields.iter().zip(&mut values).take(size) {
                *value = Some(from.packed(&field.plan, reader)?);
            }
            from.construct(record, values)
        })
    }

    pub fn typed_dict(&mut self, record: usize, size: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
        let record = &self.records[record];
        self.nested(|from| {
            let dict = PyDict::new(from.py);
            for _ in 0..size {
                let Token::Text(key) = reader.token()? else {
                    return Err(Fault::of(format!("{} with a key that is no text", record.name)));
                };
                let Some(field) = record.fields.iter().find(|field| field.key == key) else {
                    reader.skip()?;
                    continue;
                };
                let ahead = *reader;
                let is_absent =
                    matches!(reader.token()?, Token::Nil) && !field.is_required && !from.is_nullable(field)?;
                if !is_absent {
                    *reader = ahead;
                    dict.set_item(field.name.bind(from.py), from.packed(&field.plan, reader)?)?;
                }
            }
            match record.fields.iter().find(|field| field.is_required && !dict.contains(&field.name).unwrap_or(true)) {
                Some(field) => Err(Fault::of(format!("{} without its `{}`", record.name, field.key))),
                None => Ok(dict.into_any()),
            }
        })
    }

    fn is_nullable(&self, field: &Field) -> PyResult<bool> {
        field.plan.fits(self.py.None().bind(self.py), self.records, false)
    }
}
