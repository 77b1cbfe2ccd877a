//! The core controller: `engine` decides, `io` does, `python` wraps, `wire` spells.

pub mod wire;

#[pyo3::pymodule]
mod _core {}
