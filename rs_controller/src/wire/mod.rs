//! The wire spelled out by hand: the few Flyte messages that travel with every action, and the hashes over them.
//!
//! Pure Rust on byte slices, without Python, and without trees in memory: one walk reads or writes.

use std::borrow::Cow;
use std::fmt;

pub mod apart;
pub mod hash;
pub mod literal;
pub mod literal_type;
pub mod msgpack;
pub mod naming;
pub mod preview;
pub mod protobuf;
mod shown;

/// How deeply values may nest, in both directions: enough for data, far below what a thread's stack holds.
pub const MAX_DEPTH: u32 = 500;

/// Bytes that are not what they claim to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub Cow<'static, str>);

impl Malformed {
    pub const fn because(reason: &'static str) -> Self {
        Malformed(Cow::Borrowed(reason))
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}
