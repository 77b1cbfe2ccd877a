//! The core controller: `engine` decides, `io` does, `python` wraps, `wire` spells.

pub mod engine;
pub mod io;
pub mod python;
pub mod wire;

#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::python::blobs::{copy_blob, fingerprint};
    #[pymodule_export]
    use crate::python::cache::{cache_entries, input_hashes, remove_cache_entries, CacheEntry};
    #[pymodule_export]
    use crate::python::engine::Engine;
    #[pymodule_export]
    use crate::python::history::{history, named_literals, recorded_outputs, Happening};
    #[pymodule_export]
    use crate::python::link::{end_with, Link};
    #[pymodule_export]
    use crate::python::logs::{LogPage, LogPages, LogReader, LogRow, LogTotals, Setback, Setbacks};
    #[pymodule_export]
    use crate::python::rows::{RowView, Subtree};
    #[pymodule_export]
    use crate::python::runs::{count_runs, find_runs, list_runs, remove_run, request_abort, RunRow};
    #[pymodule_export]
    use crate::python::shown::value_tree;
    #[pymodule_export]
    use crate::python::tree::{ActionView, ErrorView, Fold, RunTree};
    #[pymodule_export]
    use crate::python::values::hashes::{action_name, cache_key, identity, inputs_hash};
    #[pymodule_export]
    use crate::python::values::large::LargeMessage;
    #[pymodule_export]
    use crate::python::values::signature::Signature;
    #[pymodule_export]
    use crate::python::values::tree::{pack_plain, read_literal, unpack_plain, write_literal, write_literal_type};
    #[pymodule_export]
    use crate::python::watch::{Event, RunWatch};
}
