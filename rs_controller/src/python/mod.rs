//! Wraps and converts, without ideas of its own. `flyte/_core.pyi` documents what is here.

pub mod blobs;
pub mod cache;
pub mod engine;
pub mod history;
pub mod link;
pub mod logs;
pub mod rows;
pub mod runs;
pub mod shown;
mod task_fields;
pub mod tree;
pub mod values;
pub mod watch;
