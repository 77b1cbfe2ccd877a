//! Containers of the standard library that travel packed as another one, with what makes the one of the other.

use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::decode::{Decoded, Decoder, Fault};
use super::encode::Encoder;
use super::extension::refusal;
use super::plan::{check, Check, Plan};
use super::problem::Outcome;
use crate::wire::msgpack::{Reader, Token};

/// A deque, Counter, OrderedDict or defaultdict; or any value of a class such as Sequence.
pub struct Shaped {
    pub name: String,
    /// What its values are instances of.
    pub check: Check,
    /// What it is packed as.
    inner: Plan,
    /// What makes the one of the other; none where the container is a value of `inner` itself.
    ways: Option<Ways>,
}

struct Ways {
    /// Gives what the container says beside its elements (a plain value), and a value of `inner`.
    take_apart: Py<PyAny>,
    /// Takes the two.
    put_together: Py<PyAny>,
}

impl Shaped {
    /// `("shaped", name, inner, class, (take apart, put together) or (), name on the wire)`.
    pub fn compile(spec: &Bound<'_, PyTuple>, inner: Plan) -> PyResult<Self> {
        let ways = spec.get_item(4)?.cast_into::<PyTuple>()?;
        let ways = match ways.is_empty() {
            true => None,
            false => {
                let (take_apart, put_together) = ways.extract()?;
                Some(Ways { take_apart, put_together })
            }
        };
        Ok(Shaped { name: spec.get_item(1)?.extract()?, check: check(&spec.get_item(3)?)?, inner, ways })
    }
}

impl Encoder<'_> {
    pub fn packed_shaped(&mut self, plan: &Plan, shaped: &Shaped, value: &Bound<'_, PyAny>) -> Outcome<()> {
        if !shaped.check.allows(value, self.is_lenient)? {
            return Err(self.mismatch(plan, value));
        }
        let Some(ways) = &shaped.ways else {
            return self.packed(&shaped.inner, value);
        };
        let py = value.py();
        if !shaped.check.is_of(&value.get_type()) {
            // Put together again it would lose what its subclass adds.
            return self.packed_pickle(value);
        }
        let parts = ways.take_apart.bind(py).call1((value,)).map_err(|error| refusal(py, error))?;
        let (said, inner): (Bound<'_, PyAny>, Bound<'_, PyAny>) = parts.extract()?;
        self.array_header(2)?;
        self.anything(&said)?;
        self.packed(&shaped.inner, &inner)
    }
}

impl Check {
    fn is_of(&self, class: &Bound<'_, PyType>) -> bool {
        matches!(self, Check::Class(known) if known.bind(class.py()).is(class))
    }
}

impl<'py> Decoder<'_, 'py> {
    pub fn packed_shaped(&mut self, shaped: &Shaped, reader: &mut Reader<'_>) -> Decoded<'py> {
        let Some(ways) = &shaped.ways else {
            return self.packed(&shaped.inner, reader);
        };
        let Token::Array(2) = reader.token()? else {
            return Err(Fault::of(format!("expected {}, found something else", shaped.name)));
        };
        let said = self.anything(reader)?;
        let inner = self.packed(&shaped.inner, reader)?;
        ways.put_together.bind(self.py).call1((said, inner)).map_err(|error| self.fault(error))
    }
}
