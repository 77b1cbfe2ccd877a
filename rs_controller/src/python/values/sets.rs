//! Sets: their elements packed, in the order of their bytes, since a set's own order differs between processes.

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyIterator, PySet};

use super::decode::{Decoded, Decoder, Fault};
use super::encode::Encoder;
use super::pack::said;
use super::plan::Plan;
use super::problem::{Outcome, Step};
use crate::wire::msgpack::{self, Reader};

impl Encoder<'_> {
    pub fn packed_set(&mut self, plan: &Plan, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let Plan::Set { element, is_frozen } = plan else {
            return Err(self.mismatch(plan, value));
        };
        let is_kind = if *is_frozen { value.is_instance_of::<PyFrozenSet>() } else { value.is_instance_of::<PySet>() };
        if !is_kind {
            return Err(self.mismatch(plan, value));
        }
        self.nested(|to| to.sorted(value.try_iter()?, |to, item| to.packed(element, item)))
    }

    pub fn sorted<'py>(
        &mut self,
        items: Bound<'py, PyIterator>,
        pack: impl Fn(&mut Self, &Bound<'py, PyAny>) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut packed = Vec::new();
        for item in items {
            let item = item?;
            let start = self.out.len();
            pack(self, &item).map_err(|problem| problem.inside(Step::Element))?;
            packed.push(self.out.split_off(start));
        }
        packed.sort();
        said(msgpack::write_array(self.out, packed.len()))?;
        packed.iter().for_each(|item| self.out.extend_from_slice(item));
        Ok(())
    }
}

impl<'py> Decoder<'_, 'py> {
    pub fn set(&mut self, element: &Plan, is_frozen: bool, size: usize, reader: &mut Reader<'_>) -> Decoded<'py> {
        let unhashable = |_| Fault::because("a set with an element that cannot be one");
        let items = self.sequence(size, |_| element, reader)?;
        if is_frozen {
            PyFrozenSet::new(self.py, &items).map(Bound::into_any).map_err(unhashable)
        } else {
            PySet::new(self.py, &items).map(Bound::into_any).map_err(unhashable)
        }
    }
}
