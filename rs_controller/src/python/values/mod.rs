//! Python objects to Literal bytes and back, by plans compiled once per signature.

mod decode;
mod encode;
pub mod hashes;
mod misfit;
mod pack;
mod pickles;
mod plan;
mod problem;
mod schema;
pub mod signature;
mod unpack;
