//! The core controller: `engine` decides, `io` does, `python` wraps, `wire` spells.

pub mod engine;
pub mod io;

#[pyo3::pymodule]
mod _core {}
