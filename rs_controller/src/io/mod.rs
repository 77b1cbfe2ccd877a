//! Performs what the engine decides and reports what happened: journal, workers, logs, clock.

pub mod blobs;
pub mod cache;
pub mod cached_data;
pub mod caller;
pub mod connection;
pub mod index;
pub mod journal;
pub mod leftovers;
pub mod log_levels;
pub mod log_pages;
pub mod logs;
pub mod machine;
pub mod meter;
pub mod offloaded;
pub mod open;
pub mod protocol;
pub mod reading;
pub mod recovery;
pub mod runner;
pub mod signals;
pub mod watch;
pub mod zygote;
