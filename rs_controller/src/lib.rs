//! The core controller: `engine` decides, `io` does, `python` wraps, `wire` spells.

#[pyo3::pymodule]
mod _core {}
