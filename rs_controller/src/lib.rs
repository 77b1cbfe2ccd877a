//! The core controller: `engine` decides, `io` does, `python` wraps, `wire` spells.

pub mod python;
pub mod wire;

#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::python::values::hashes::{action_name, cache_key, identity, inputs_hash};
    #[pymodule_export]
    use crate::python::values::signature::Signature;
}
