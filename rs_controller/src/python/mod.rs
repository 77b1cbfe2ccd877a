//! PyO3 classes and functions over the crate; `flyte/_core.pyi` documents them.

pub mod values;
