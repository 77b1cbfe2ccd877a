//! The hashes and names of the protocol: inputs, interfaces, actions, cache keys.
//!
//! Every implementation must agree on these, so each follows its recipe to the letter and is held to test vectors.

use sha2::{Digest, Sha256};

use super::apart::{is_empty_bytes, Apart, Message};
use super::literal::{self, Literal};
use super::naming;
use super::protobuf::{close, key_order, open, write_bytes};
use super::{msgpack, Malformed, MAX_DEPTH};

/// The hash of a `task.Inputs`, leaving out the ignored names; empty when there are no inputs at all.
pub fn inputs_hash(inputs: &[u8], ignored: &[impl AsRef<str>]) -> Result<String, Malformed> {
    hash_inputs(inputs, ignored, |hasher, _, value| feed(hasher, value, 0))
}

/// The same of inputs that are not in one piece.
pub fn message_hash(inputs: &Message<'_>, ignored: &[impl AsRef<str>]) -> Result<String, Malformed> {
    let Apart { rest, place, content } = match inputs {
        Message::Whole(inputs) => return inputs_hash(inputs, ignored),
        Message::Apart(apart) => *apart,
    };
    hash_inputs(rest, ignored, |hasher, index, value| {
        if index != place {
            return feed(hasher, value, 0);
        }
        if !is_empty_bytes(value)? {
            return Err(Malformed::because("bytes are kept apart, and the message has something else in their place"));
        }
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        literal::begin_binary(&mut head, content.len(), literal::BYTES);
        literal::end_binary(&mut tail, literal::BYTES);
        [&head, content, &tail].into_iter().for_each(|part| hasher.update(part));
        Ok(())
    })
}

fn hash_inputs(
    inputs: &[u8],
    ignored: &[impl AsRef<str>],
    feed: impl Fn(&mut Sha256, usize, &[u8]) -> Result<(), Malformed>,
) -> Result<String, Malformed> {
    let mut hasher = Sha256::new();
    let mut is_empty = true;
    for (index, input) in literal::named(inputs).enumerate() {
        let (name, value) = input?;
        is_empty = false;
        if ignored.iter().any(|ignored| ignored.as_ref() == name) {
            continue;
        }
        hasher.update(name);
        hasher.update(b":");
        feed(&mut hasher, index, value)?;
        hasher.update(b";");
    }
    Ok(if is_empty { String::new() } else { base64(&hasher.finalize()) })
}

/// The hash of each input of a `task.Inputs` by its name, in their order.
pub fn hash_of_each(inputs: &[u8]) -> Result<Vec<(String, String)>, Malformed> {
    let each = |input: Result<(&str, &[u8]), Malformed>| {
        let (name, value) = input?;
        let mut hasher = Sha256::new();
        feed(&mut hasher, value, 0)?;
        Ok((name.to_owned(), base64(&hasher.finalize())))
    };
    literal::named(inputs).map(each).collect()
}

/// Base64 of the SHA-256.
pub fn hash(bytes: &[u8]) -> String {
    base64(&Sha256::digest(bytes))
}

/// The identity part of an action's name.
pub fn identity(task: &str, interface_hash: &str, version: &str) -> String {
    hash(format!("{task}-{interface_hash}-{version}").as_bytes())
}

/// The deterministic name of an action under its parent.
pub fn action_name(parent: &str, inputs_hash: &str, identity: &str, sequence: u32, group: Option<&str>) -> String {
    naming::spell(&naming::digest(parent, inputs_hash, identity, sequence, group))
}

/// The cache key of wire.md 5.6 before it is spelled; `rest` is the task's name, interface hash and version in a row.
pub fn key_of(inputs_hash: &str, rest: &str) -> [u8; 32] {
    Sha256::new().chain_update(inputs_hash).chain_update(rest).finalize().into()
}

/// The key under which an outcome is cached.
pub fn cache_key(inputs_hash: &str, task: &str, interface_hash: &str, version: &str) -> String {
    hash([inputs_hash, task, interface_hash, version].concat().as_bytes())
}

/// What of a literal counts for its hash: a given hash, else its parts, with the order of keys taken out.
fn feed(hasher: &mut Sha256, value: &[u8], depth: u32) -> Result<(), Malformed> {
    let given = literal::given_hash(value)?;
    if !given.is_empty() {
        hasher.update(given);
        return Ok(());
    }
    if depth > MAX_DEPTH {
        return Err(Malformed::because("a literal nested too deeply"));
    }
    match literal::read(value)? {
        Literal::Collection(collection) => {
            literal::elements(collection).try_for_each(|element| feed(hasher, element?, depth + 1))
        }
        Literal::Map(map) => sorted_entries(map)?.into_iter().try_for_each(|(key, element)| {
            hasher.update(key);
            feed(hasher, element, depth + 1)
        }),
        Literal::Binary { value: packed, tag } if tag == literal::MSGPACK => {
            let mut canonical = Vec::with_capacity(value.len());
            literal::write_binary(&mut canonical, &msgpack::sorted(packed)?, tag);
            hasher.update(canonical);
            Ok(())
        }
        Literal::Union { value: inner, .. } if holds_map(inner, depth + 1)? => {
            let mut deterministic = Vec::with_capacity(value.len());
            write_deterministic(&mut deterministic, value, depth)?;
            hasher.update(deterministic);
            Ok(())
        }
        _ => {
            hasher.update(value);
            Ok(())
        }
    }
}

/// The entries in the order of their keys; of a key written twice the last counts.
fn sorted_entries(map: &[u8]) -> Result<Vec<(&str, &[u8])>, Malformed> {
    let mut entries = literal::entries(map).collect::<Result<Vec<_>, _>>()?;
    entries.reverse();
    entries.sort_by_key(|(key, _)| *key);
    entries.dedup_by_key(|(key, _)| *key);
    Ok(entries)
}

fn holds_map(value: &[u8], depth: u32) -> Result<bool, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("a literal nested too deeply"));
    }
    match literal::read(value)? {
        Literal::Map(_) => Ok(true),
        Literal::Union { value, .. } => holds_map(value, depth + 1),
        Literal::Collection(collection) => {
            for element in literal::elements(collection) {
                if holds_map(element?, depth + 1)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// The literal in protobuf's deterministic form. We write maps in the order of the dict, so they are sorted here.
fn write_deterministic(out: &mut Vec<u8>, value: &[u8], depth: u32) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("a literal nested too deeply"));
    }
    match literal::read(value)? {
        Literal::Map(map) => {
            let mut entries = sorted_entries(map)?;
            entries.sort_by(|(one, _), (other, _)| key_order(one, other));
            let start = open(out, 3);
            for (key, element) in entries {
                let entry = open(out, 1);
                write_bytes(out, 1, key.as_bytes());
                write_nested(out, 2, element, depth)?;
                close(out, entry);
            }
            close(out, start);
        }
        Literal::Collection(collection) => {
            let start = open(out, 2);
            for element in literal::elements(collection) {
                write_nested(out, 1, element?, depth)?;
            }
            close(out, start);
        }
        Literal::Union { value, kind } => {
            let scalar = open(out, 1);
            let union = open(out, 9);
            write_nested(out, 1, value, depth)?;
            write_bytes(out, 2, kind);
            close(out, union);
            close(out, scalar);
        }
        _ => out.extend_from_slice(value),
    }
    Ok(())
}

fn write_nested(out: &mut Vec<u8>, number: u8, value: &[u8], depth: u32) -> Result<(), Malformed> {
    let start = open(out, number);
    write_deterministic(out, value, depth + 1)?;
    close(out, start);
    Ok(())
}

/// Standard base64, padded.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().enumerate().fold(0u32, |group, (at, byte)| group | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..4 {
            let sextet = (group >> (18 - 6 * digit)) as usize & 63;
            text.push(if digit <= chunk.len() { char::from(DIGITS[sextet]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unhex(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn inputs(values: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, hex) in values {
            let start = open(&mut out, 1);
            write_bytes(&mut out, 1, name.as_bytes());
            write_bytes(&mut out, 2, &unhex(hex));
            close(&mut out, start);
        }
        out
    }

    const NONE: [&str; 0] = [];
    const INTERFACE: &str = "3onIQaY9FwDhPvqxRrx1M51xiDVLG23rnr7tExWcx5U=";
    const IDENTITY: &str = "mU6CgGoor6N31ykM2gCm7V6vRs1s8OAhkL80Y9mZ5xQ=";
    const FIVE: &str = "27IB+d+yCJUl70D2mD7FjNdoHCamhrx/HJKrdwhDtRk=";

    #[test]
    fn inputs_hash_as_in_the_test_vectors() {
        let vectors = [
            ("0a040a020805", FIVE),
            ("0a0d0a0b08ffffffffffffffffff01", "h+u8H174ySI1t8MKteZMieVy0OT31TpaWXD6qlFwTD0="),
            ("0a0b0a0911000000000000f83f", "NbLSXx942r+UBmhHxYDQlx3yYv+bUbSwU/C3AuwQiZg="),
            ("0a070a051a03626f62", "8No5nd8Cyid7S6dac6ptX8eP0HwJNBGkLyHX52lXXTE="),
            ("0a040a022001", "ZaL7VElM958Ioi46VLbhU4qKSPtvMqoahRd/qMkHnMU="),
            ("0a040a022000", "t8UgiX7zkPuHpW8OI+HuZxE7vKeFUnzRZnjtKhWPfxY="),
            ("0a022a00", "TF1hZKMa6Du0LUvzU0Ir2Uevd5x+GXfFKD+xoDqHavg="),
            ("0a0a0a082a0608a5ebdcca06", "k5T2zLgejjR5zhSBeKX3gb0b6vVdwGXzjAXlHCOKwIg="),
            ("0a060a043202085a", "W1jzZsJ6I6EeKIYjEbC+kmwSsDqxPyBj/JKPOp/4Qwc="),
            ("12100a060a040a0208010a060a040a020802", "NIPCwly+vsDMLWlmBHMnu5+3iAmztSCwBMLOrnFcfpE="),
            (
                "1a1a0a0b0a016112060a040a0208010a0b0a016212060a040a020802",
                "gCmwFYwXpEZXh1TjhK7nz6t0glwfzs+e1PhWl6LJFKs=",
            ),
            ("0a141a120a0782a16202a1610112076d73677061636b", "mkSENhdSMpAsWJUqpK333IAQ3e8N3CvspHsNcMhfhnU="),
            ("0a151a130a0882a16101a162a17a12076d73677061636b", "KCX5Db1dpSvMOa+sXaX2bqWlVqhz3/MmKL1bdoEM2j8="),
            ("0a070a051a03524544", "SGaKcYQ55VnacO8cMoEUbnNnG/EAru+ZtVr/c+ykkGI="),
            ("0a154a130a060a040a020807120908015a050a03696e74", "vKF8a63++Hvha9l+bZbx5YXf7TJdi/8FwRSQ/GZw9AI="),
        ];
        for (literal, hash) in vectors {
            assert_eq!(inputs_hash(&inputs(&[("x", literal)]), &NONE).unwrap(), hash, "{literal}");
        }
    }

    #[test]
    fn the_order_of_keys_does_not_count() {
        let ab = "1a1a0a0b0a016112060a040a0208010a0b0a016212060a040a020802";
        let ba = "1a1a0a0b0a016212060a040a0208020a0b0a016112060a040a020801";
        assert_eq!(inputs_hash(&inputs(&[("x", ab)]), &NONE), inputs_hash(&inputs(&[("x", ba)]), &NONE));
        let wrapped = |map: &str| format!("0a244a220a1c{map}12020809");
        assert_eq!(
            inputs_hash(&inputs(&[("x", &wrapped(ab))]), &NONE),
            inputs_hash(&inputs(&[("x", &wrapped(ba))]), &NONE)
        );
    }

    #[test]
    fn a_literal_that_brings_its_hash_is_known_by_it() {
        let given = |literal: &str| inputs_hash(&inputs(&[("x", &format!("{literal}220161"))]), &NONE).unwrap();
        assert_eq!(given("0a040a020805"), given("0a040a020806"));
        assert_ne!(given("0a040a020805"), FIVE);
    }

    #[test]
    fn ignored_inputs_do_not_count_and_no_inputs_have_no_hash() {
        let both = inputs(&[("x", "0a040a020805"), ("seed", "0a040a020807")]);
        assert_eq!(inputs_hash(&both, &["seed"]).unwrap(), FIVE);
        assert_eq!(inputs_hash(b"", &NONE).unwrap(), "");
    }

    #[test]
    fn names_and_keys_as_in_the_test_vectors() {
        assert_eq!(hash(&unhex("0a0b0a090a017812040a020801120c0a0a0a026f3012040a020801")), INTERFACE);
        assert_eq!(identity("env.square", INTERFACE, "v1"), IDENTITY);
        let name = |hash, sequence, group| action_name("a0", hash, IDENTITY, sequence, group);
        assert_eq!(name(FIVE, 1, None), "6r2i08avgjhwss58q5o4i0u3z");
        assert_eq!(name(FIVE, 2, None), "15oz2wblefxshw273rt1y8psb");
        assert_eq!(name(FIVE, 1, Some("fan")), "828dtymwy8c07srn8qt7ed73j");
        assert_eq!(name(FIVE, 2, Some("fan")), "3889canoxwaam6bnp1odgvpwr");
        assert_eq!(name("", 1, None), "dilds3lj3cfegdbmmjkjamo9r");
        assert_eq!(cache_key(FIVE, "env.square", INTERFACE, "v1"), "StzQbdV7Eh/xqYAfPR3SK6UgbOzS+TySrgmesL/nWh4=");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = inputs_hash(&bytes, &NONE);
            let _ = feed(&mut Sha256::new(), &bytes, 0);
        }
    }
}
