//! Literals, and messages of inputs: reading any bytes to the bottom gives a value or `Malformed`, and ends.

#![no_main]

use flyte_core::wire::literal::{blob_type, elements, entries, given_hash, named, preview, read, Literal};
use flyte_core::wire::{hash, msgpack, Malformed, MAX_DEPTH};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = walk(bytes, 0);
    let _ = hash::inputs_hash(bytes, &["x"]);
    let _ = preview(bytes);
    for entry in named(bytes).take_while(Result::is_ok).flatten() {
        let _ = walk(entry.1, 0);
    }
});

/// Reads a literal and all literals in it, as decoding does.
fn walk(literal: &[u8], depth: u32) -> Result<(), Malformed> {
    if depth > 2 * MAX_DEPTH {
        return Ok(());
    }
    given_hash(literal)?;
    match read(literal)? {
        Literal::Collection(items) => elements(items).try_for_each(|item| walk(item?, depth + 1)),
        Literal::Map(map) => entries(map).try_for_each(|entry| walk(entry?.1, depth + 1)),
        Literal::Union { value, .. } => walk(value, depth + 1),
        Literal::Blob { metadata, .. } => blob_type(metadata).map(drop),
        Literal::Binary { value, tag: "msgpack" } => msgpack::sorted(value).map(drop),
        _ => Ok(()),
    }
}
