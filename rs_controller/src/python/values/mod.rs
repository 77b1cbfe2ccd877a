//! Python objects to Literal bytes and back, by plans compiled once per signature.

mod decode;
mod encode;
mod enums;
mod extension;
pub mod hashes;
mod hints;
pub mod large;
mod misfit;
mod named;
mod pack;
mod pickles;
mod plan;
mod problem;
mod schema;
mod sets;
mod shaped;
mod shapes;
pub mod signature;
mod stored;
mod time;
pub mod tree;
mod unpack;
