//! What packed values of a type look like, and so which members of a union a reader could confuse.

use pyo3::prelude::*;

use super::plan::Plan;

/// Whether a reader going by shape alone could take some values of this member for another one's.
pub fn needs_check(plans: &[Plan], at: usize) -> bool {
    let is_confusable =
        |plan: &Plan| plan.shapes() & plans[at].shapes() != 0 && !(plan.is_plain() && plans[at].is_plain());
    plans.iter().enumerate().any(|(other, plan)| other != at && is_confusable(plan))
}

/// What a packed scalar can look like.
pub const TEXT: u8 = 1;
pub const NUMBER: u8 = 2;
pub const REST: u8 = 4;
/// And what a packed container can.
pub const SEQUENCE: u8 = 8;
pub const MAP: u8 = 16;

/// What values described by a JSON schema can look like.
pub fn shapes_of(schema: &Bound<'_, PyAny>) -> PyResult<u8> {
    let kind = schema.call_method1("get", ("type",))?;
    Ok(match kind.extract::<String>().as_deref() {
        Ok("string") => TEXT | REST,
        Ok("integer" | "number") => NUMBER,
        Ok("array") => SEQUENCE,
        Ok("object") => MAP,
        _ => TEXT | NUMBER | REST | SEQUENCE | MAP,
    })
}

impl Plan {
    /// The packed scalars that could be values of this type.
    pub fn shapes(&self) -> u8 {
        match self {
            Plan::Text | Plan::Datetime | Plan::Date => TEXT,
            Plan::Integer | Plan::Float => NUMBER,
            Plan::Bytes => TEXT | REST,
            Plan::Duration => TEXT | NUMBER,
            Plan::Enumeration(_) | Plan::Choice { .. } => TEXT | NUMBER | REST,
            Plan::Extension(extension) => extension.shapes,
            Plan::Boolean | Plan::None => REST,
            _ => 0,
        }
    }

    /// A scalar that packed data tells apart from the others by itself.
    fn is_plain(&self) -> bool {
        matches!(self, Plan::None | Plan::Boolean | Plan::Integer | Plan::Float | Plan::Text)
    }

    /// Packed as an array.
    pub fn is_sequence(&self) -> bool {
        matches!(
            self,
            Plan::List(_) | Plan::AnyList | Plan::Tuple(_) | Plan::TupleOf(_) | Plan::Set { .. } | Plan::NamedTuple(_)
        )
    }
}
