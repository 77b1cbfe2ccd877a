//! Enums: by name as variables and directly in tuples that are, by value inside other packed values.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};

use super::decode::{Decoded, Decoder, Dialect, Fault};
use super::encode::Encoder;
use super::pack::said;
use super::plan::{Enumeration, Plan};
use super::problem::{near_miss, short, Outcome, Problem};
use crate::wire::literal;
use crate::wire::msgpack::{self, Reader, Token};

impl Encoder<'_> {
    pub fn enumeration(&mut self, plan: &Plan, known: &Enumeration, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let member = self.member(plan, known, value)?;
        let name = member.getattr(intern!(member.py(), "name"))?;
        match name.cast::<PyString>() {
            Ok(name) => literal::write_text(self.out, name.to_str()?),
            Err(_) => return Err(self.mismatch(plan, value)),
        }
        Ok(())
    }

    pub fn packed_enumeration(&mut self, plan: &Plan, known: &Enumeration, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let member = self.member(plan, known, value)?;
        if self.dialect == Dialect::Items {
            return self.anything(&member.getattr(intern!(member.py(), "name"))?);
        }
        let inner = member.getattr(intern!(member.py(), "_value_"))?;
        if is_telling(&inner) {
            return self.anything(&inner);
        }
        let name: String = member.getattr(intern!(member.py(), "name"))?.extract()?;
        said(msgpack::write_extension(self.out, msgpack::NAMED, name.as_bytes()))
    }

    /// The member itself, or the one that a text names.
    fn member<'py>(&self, plan: &Plan, known: &Enumeration, value: &Bound<'py, PyAny>) -> Outcome<Bound<'py, PyAny>> {
        let py = value.py();
        if value.is_instance(known.class.bind(py))? {
            return Ok(value.clone());
        }
        let Some(text) = value.cast::<PyString>().ok().filter(|_| self.is_lenient) else {
            return Err(self.mismatch(plan, value));
        };
        let text = text.to_string_lossy();
        match known.members.iter().find(|(name, _)| *name == text) {
            Some((_, member)) => Ok(member.bind(py).clone()),
            None => Err(no_member(known, &text, value)),
        }
    }
}

/// A value that a reader finds the member by.
fn is_telling(value: &Bound<'_, PyAny>) -> bool {
    let is_number = value.cast_exact::<PyFloat>().is_ok_and(|number| !number.value().is_nan());
    let is_plain = value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyString>();
    is_number || is_plain || value.is_exact_instance_of::<PyBool>() || value.is_exact_instance_of::<PyBytes>()
}

fn no_member(known: &Enumeration, text: &str, value: &Bound<'_, PyAny>) -> Box<Problem> {
    let names = || known.members.iter().map(|(name, _)| name.as_str());
    let has_value = known.members.iter().find(|(_, member)| {
        let member = member.bind(value.py());
        member.getattr(intern!(value.py(), "_value_")).is_ok_and(|inner| inner.eq(value).unwrap_or(false))
    });
    let near = has_value.map(|(name, _)| name.as_str()).or_else(|| near_miss(text, names()));
    let hint = match near {
        Some(name) => format!("; write {}.{name}", known.name),
        None => format!("; its members are {}", names().take(20).collect::<Vec<_>>().join(", ")),
    };
    Problem::unfit(format!("expected {}, got str {}{hint}", known.name, short(value)), None)
}

impl<'py> Decoder<'_, 'py> {
    pub fn member_named(&self, known: &Enumeration, name: &str) -> Decoded<'py> {
        let class = known.class.bind(self.py);
        class.get_item(name).map_err(|_| Fault::of(format!("{} has no member {name}", known.name)))
    }

    pub fn packed_enumeration(&mut self, known: &Enumeration, reader: &mut Reader<'_>) -> Decoded<'py> {
        let ahead = *reader;
        if let Token::Extension(msgpack::NAMED, name) = reader.token()? {
            let name = std::str::from_utf8(name).map_err(|_| Fault::because("a name that is not UTF-8"))?;
            return self.member_named(known, name);
        }
        *reader = ahead;
        let found = self.anything(reader)?;
        let class = known.class.bind(self.py);
        if found.is_instance(class)? {
            return Ok(found);
        }
        let by_name = || class.get_item(&found).ok().filter(|_| found.is_instance_of::<PyString>());
        let by_value = || class.call1((&found,)).ok();
        let member = match self.dialect {
            Dialect::Items => by_name().or_else(by_value),
            _ => by_value().or_else(by_name),
        };
        member.ok_or_else(|| Fault::of(format!("{} has no member {}", known.name, short(&found))))
    }
}
