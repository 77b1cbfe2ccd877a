//! What to write instead of a value that does not fit, where that is plain to see.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

use super::plan::{Plan, Record};
use super::problem::{near_miss, short};
use super::time;

/// Longer values are not repeated in a hint.
const LONGEST: usize = 40;

impl Plan {
    /// A clause that ends the message, or nothing.
    pub fn hint(&self, value: &Bound<'_, PyAny>, records: &[Record]) -> String {
        let written = match value.is_none() {
            true => Some(format!("annotate `{} | None` if None is meant", self.name(records))),
            false => self.instead(value).map(|instead| format!("write {instead}")),
        };
        written.map_or_else(String::new, |written| format!("; {written}"))
    }

    fn instead(&self, value: &Bound<'_, PyAny>) -> Option<String> {
        let shown = || Some(short(value)).filter(|shown| shown.chars().count() <= LONGEST).unwrap_or("…".to_owned());
        let text = value.cast::<PyString>().ok().map(|text| text.to_string_lossy().into_owned());
        let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
        let is_list = value.is_instance_of::<PyList>();
        let is_tuple = value.is_instance_of::<PyTuple>();
        let is_set = value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>();
        match self {
            Plan::Integer => match value.cast::<PyFloat>() {
                Ok(number) => whole(number.value()),
                Err(_) => text.filter(|text| text.parse::<i64>().is_ok()),
            },
            Plan::Float => text.filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite)),
            Plan::Boolean => match value.extract::<i64>() {
                Ok(0) => Some("False".to_owned()),
                Ok(1) => Some("True".to_owned()),
                _ => None,
            },
            Plan::Text if is_number && !value.is_instance_of::<PyBool>() => Some(format!("'{}'", shown())),
            Plan::Bytes => text.map(|_| format!("{}.encode()", shown())),
            Plan::List(_) | Plan::AnyList if is_tuple || is_set => Some(format!("list({})", shown())),
            Plan::TupleOf(_) if is_list || is_set => Some(format!("tuple({})", shown())),
            Plan::Tuple(items) if value.cast::<PyList>().is_ok_and(|list| list.len() == items.len()) => {
                Some(format!("tuple({})", shown()))
            }
            Plan::Set { is_frozen, .. } if is_list || is_tuple || is_set => {
                Some(format!("{}({})", if *is_frozen { "frozenset" } else { "set" }, shown()))
            }
            Plan::Datetime | Plan::Date => self.moment(value, text, &shown()),
            Plan::Duration if is_number => Some(format!("timedelta(seconds={})", shown())),
            Plan::Choice { choices, .. } => {
                let choices: Vec<String> =
                    choices.bind(value.py()).iter().filter_map(|each| each.extract().ok()).collect();
                near_miss(&text?, choices.iter().map(String::as_str)).map(|near| format!("'{near}'"))
            }
            _ => None,
        }
    }

    fn moment(&self, value: &Bound<'_, PyAny>, text: Option<String>, shown: &str) -> Option<String> {
        let py = value.py();
        let is_day = matches!(self, Plan::Date);
        match text {
            Some(text) if is_day => time::date_of_text(py, &text).ok().map(|_| format!("date.fromisoformat({shown})")),
            Some(text) => time::datetime_of_text(py, &text).ok().map(|_| format!("datetime.fromisoformat({shown})")),
            None if !is_day && time::is_date(value).unwrap_or(false) => Some("datetime.combine(…, time())".to_owned()),
            None => None,
        }
    }
}

/// `1` for `1.0`.
fn whole(number: f64) -> Option<String> {
    (number.fract() == 0.0 && number.abs() < 1e15).then(|| format!("{number:.0}"))
}
