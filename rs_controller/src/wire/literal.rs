//! `core.Literal`, `task.Inputs` and `task.Outputs`: one level at a time, borrowed from the bytes.

use super::protobuf::{close, message, open, varint_size, write_bytes, write_varint, Fields, Payload};
use super::Malformed;

pub use super::preview::preview;

/// Tag of a binary scalar that holds msgpack.
pub const MSGPACK: &str = "msgpack";
/// Tag of a binary scalar that holds bytes as they are. An empty tag is a pickle.
pub const BYTES: &str = "bytes";
/// Tags of a binary scalar that holds the elements of a set as msgpack, sorted by their packed bytes.
pub const SET: &str = "set";
pub const FROZEN_SET: &str = "frozenset";
/// Format of a blob that is a pickle stored elsewhere.
pub const PICKLED_BLOB: &str = "PythonPickle";

/// What a literal holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal<'a> {
    Integer(i64),
    Float(f64),
    Text(&'a str),
    Boolean(bool),
    Datetime {
        seconds: i64,
        nanos: i32,
    },
    Duration {
        seconds: i64,
        nanos: i32,
    },
    None,
    Binary {
        value: &'a [u8],
        tag: &'a str,
    },
    Blob {
        uri: &'a str,
        metadata: &'a [u8],
    },
    Dataset {
        uri: &'a str,
        metadata: &'a [u8],
    },
    Union {
        value: &'a [u8],
        kind: &'a [u8],
    },
    Collection(&'a [u8]),
    Map(&'a [u8]),
    Offloaded {
        uri: &'a str,
    },
    /// Nothing, or something of a kind this release does not know.
    Other,
}

/// Reads one literal; of a oneof that was set twice the last wins, as protobuf has it.
pub fn read(literal: &[u8]) -> Result<Literal<'_>, Malformed> {
    let mut found = Literal::Other;
    for field in Fields::of(literal) {
        found = match field? {
            (1, payload) => scalar(payload.bytes()?)?,
            (2, payload) => Literal::Collection(payload.bytes()?),
            (3, payload) => Literal::Map(payload.bytes()?),
            (8, payload) => Literal::Offloaded { uri: text_field(payload.bytes()?, 1)? },
            _ => found,
        }
    }
    Ok(found)
}

/// The hash somebody gave the literal, or nothing.
pub fn given_hash(literal: &[u8]) -> Result<&str, Malformed> {
    text_field(literal, 4)
}

/// The `(name, literal)` pairs of a `task.Inputs` or `task.Outputs`.
pub fn named(message: &[u8]) -> impl Iterator<Item = Result<(&str, &[u8]), Malformed>> {
    pairs(message)
}

/// The literals of a collection.
pub fn elements(collection: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    only(collection, 1)
}

/// The `(key, literal)` pairs of a map, in the order they were written.
pub fn entries(map: &[u8]) -> impl Iterator<Item = Result<(&str, &[u8]), Malformed>> {
    pairs(map)
}

fn scalar(scalar: &[u8]) -> Result<Literal<'_>, Malformed> {
    let mut found = Literal::Other;
    for field in Fields::of(scalar) {
        found = match field? {
            (1, payload) => primitive(payload.bytes()?)?,
            (2, payload) => {
                let blob = payload.bytes()?;
                Literal::Blob { uri: text_field(blob, 3)?, metadata: bytes_field(blob, 1)? }
            }
            (3, payload) => binary(payload.bytes()?)?,
            (5, _) => Literal::None,
            (8, payload) => {
                let dataset = payload.bytes()?;
                Literal::Dataset { uri: text_field(dataset, 1)?, metadata: bytes_field(dataset, 2)? }
            }
            (9, payload) => union(payload.bytes()?)?,
            _ => found,
        }
    }
    Ok(found)
}

fn primitive(primitive: &[u8]) -> Result<Literal<'_>, Malformed> {
    let mut found = Literal::Other;
    for field in Fields::of(primitive) {
        found = match field? {
            (1, payload) => Literal::Integer(payload.varint()? as i64),
            (2, payload) => Literal::Float(payload.double()?),
            (3, payload) => Literal::Text(payload.text()?),
            (4, payload) => Literal::Boolean(payload.varint()? != 0),
            (5, payload) => {
                let (seconds, nanos) = instant(payload.bytes()?)?;
                Literal::Datetime { seconds, nanos }
            }
            (6, payload) => {
                let (seconds, nanos) = instant(payload.bytes()?)?;
                Literal::Duration { seconds, nanos }
            }
            _ => found,
        }
    }
    Ok(found)
}

fn instant(message: &[u8]) -> Result<(i64, i32), Malformed> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in Fields::of(message) {
        match field? {
            (1, payload) => seconds = payload.varint()? as i64,
            (2, payload) => nanos = payload.varint()? as i32,
            _ => {}
        }
    }
    Ok((seconds, nanos))
}

fn binary(message: &[u8]) -> Result<Literal<'_>, Malformed> {
    let (mut value, mut tag): (&[u8], &str) = (&[], "");
    for field in Fields::of(message) {
        match field? {
            (1, payload) => value = payload.bytes()?,
            (2, payload) => tag = payload.text()?,
            _ => {}
        }
    }
    Ok(Literal::Binary { value, tag })
}

fn union(message: &[u8]) -> Result<Literal<'_>, Malformed> {
    let (mut value, mut kind): (&[u8], &[u8]) = (&[], &[]);
    for field in Fields::of(message) {
        match field? {
            (1, payload) => value = payload.bytes()?,
            (2, payload) => kind = payload.bytes()?,
            _ => {}
        }
    }
    Ok(Literal::Union { value, kind })
}

/// The format of a blob and whether it has several parts; `metadata` is a `core.BlobMetadata`.
pub fn blob_type(metadata: &[u8]) -> Result<(&str, bool), Malformed> {
    let kind = bytes_field(metadata, 1)?;
    Ok((text_field(kind, 1)?, number_field(kind, 2)? == 1))
}

/// The last value of a text field, or nothing.
pub fn text_field(message: &[u8], number: u32) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes_field(message, number)?).map_err(|_| Malformed::because("text that is not UTF-8"))
}

/// The last value of a field that holds bytes or a message, or nothing.
pub fn bytes_field(message: &[u8], number: u32) -> Result<&[u8], Malformed> {
    let mut found: &[u8] = &[];
    for field in Fields::of(message) {
        let (at, payload) = field?;
        if at == number {
            found = payload.bytes()?;
        }
    }
    Ok(found)
}

/// The last value of a field that holds an integer, or zero.
pub fn number_field(message: &[u8], number: u32) -> Result<u64, Malformed> {
    let mut found = 0;
    for field in Fields::of(message) {
        let (at, payload) = field?;
        if at == number {
            found = payload.varint()?;
        }
    }
    Ok(found)
}

fn only(message: &[u8], number: u32) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    Fields::of(message).filter_map(move |field| match field {
        Ok((at, payload)) if at == number => Some(payload.bytes()),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

fn pairs(message: &[u8]) -> impl Iterator<Item = Result<(&str, &[u8]), Malformed>> {
    only(message, 1).map(|entry| pair(entry?))
}

fn pair(entry: &[u8]) -> Result<(&str, &[u8]), Malformed> {
    let (mut key, mut value): (&str, &[u8]) = ("", &[]);
    for field in Fields::of(entry) {
        match field? {
            (1, payload) => key = payload.text()?,
            (2, payload @ Payload::Bytes(_)) => value = payload.bytes()?,
            _ => {}
        }
    }
    Ok((key, value))
}

pub fn write_integer(out: &mut Vec<u8>, number: i64) {
    let size = 1 + varint_size(number as u64) as u8;
    out.extend_from_slice(&[0x0a, size + 2, 0x0a, size, 0x08]);
    write_varint(out, number as u64);
}

pub fn write_float(out: &mut Vec<u8>, number: f64) {
    out.extend_from_slice(&[0x0a, 0x0b, 0x0a, 0x09, 0x11]);
    out.extend_from_slice(&number.to_le_bytes());
}

pub fn write_boolean(out: &mut Vec<u8>, truth: bool) {
    out.extend_from_slice(&[0x0a, 0x04, 0x0a, 0x02, 0x20, u8::from(truth)]);
}

pub fn write_none(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x0a, 0x02, 0x2a, 0x00]);
}

pub fn write_text(out: &mut Vec<u8>, text: &str) {
    let primitive = 1 + varint_size(text.len() as u64) + text.len();
    let scalar = 1 + varint_size(primitive as u64) + primitive;
    out.push(0x0a);
    write_varint(out, scalar as u64);
    out.push(0x0a);
    write_varint(out, primitive as u64);
    write_bytes(out, 3, text.as_bytes());
}

/// A moment, as seconds since 1970 and nanoseconds after them.
pub fn write_datetime(out: &mut Vec<u8>, seconds: i64, nanos: i32) {
    write_instant(out, 5, seconds, nanos);
}

/// A span; seconds and nanoseconds have the same sign.
pub fn write_duration(out: &mut Vec<u8>, seconds: i64, nanos: i32) {
    write_instant(out, 6, seconds, nanos);
}

fn write_instant(out: &mut Vec<u8>, number: u8, seconds: i64, nanos: i32) {
    let scalar = open(out, 1);
    let primitive = open(out, 1);
    let instant = open(out, number);
    for (tag, value) in [(0x08, seconds), (0x10, i64::from(nanos))] {
        if value != 0 {
            out.push(tag);
            write_varint(out, value as u64);
        }
    }
    close(out, instant);
    close(out, primitive);
    close(out, scalar);
}

pub fn write_binary(out: &mut Vec<u8>, value: &[u8], tag: &str) {
    out.reserve(binary_size(value.len(), tag));
    begin_binary(out, value.len(), tag);
    out.extend_from_slice(value);
    end_binary(out, tag);
}

/// What comes before the content of a binary scalar, sizes included: large content is not moved to make room for them.
pub fn begin_binary(out: &mut Vec<u8>, length: usize, tag: &str) {
    let binary = inner_size(length) + inner_size(tag.len());
    out.push(message(1));
    write_varint(out, inner_size(binary).max(2) as u64);
    out.push(message(3));
    write_varint(out, binary as u64);
    if length > 0 {
        out.push(message(1));
        write_varint(out, length as u64);
    }
}

/// What comes after the content.
pub fn end_binary(out: &mut Vec<u8>, tag: &str) {
    if !tag.is_empty() {
        write_bytes(out, 2, tag.as_bytes());
    }
}

/// Bytes that `write_binary` writes.
pub fn binary_size(length: usize, tag: &str) -> usize {
    let binary = inner_size(length) + inner_size(tag.len());
    let scalar = inner_size(binary).max(2);
    1 + varint_size(scalar as u64) + scalar
}

/// The size of a field with its tag and length; nothing for an empty one, which is left out.
fn inner_size(content: usize) -> usize {
    match content {
        0 => 0,
        _ => 1 + varint_size(content as u64) + content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        out.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn scalars_are_the_bytes_of_the_test_vectors() {
        assert_eq!(written(|out| write_integer(out, 5)), "0a040a020805");
        assert_eq!(written(|out| write_integer(out, -1)), "0a0d0a0b08ffffffffffffffffff01");
        assert_eq!(written(|out| write_float(out, 1.5)), "0a0b0a0911000000000000f83f");
        assert_eq!(written(|out| write_text(out, "bob")), "0a070a051a03626f62");
        assert_eq!(written(|out| write_boolean(out, true)), "0a040a022001");
        assert_eq!(written(|out| write_boolean(out, false)), "0a040a022000");
        assert_eq!(written(write_none), "0a022a00");
        assert_eq!(written(|out| write_datetime(out, 1_767_323_045, 0)), "0a0a0a082a0608a5ebdcca06");
        assert_eq!(written(|out| write_duration(out, 90, 0)), "0a060a043202085a");
        assert_eq!(written(|out| write_duration(out, 0, 0)), "0a040a023200");
        let packed = b"\x82\xa1a\x01\xa1b\xa1z";
        assert_eq!(written(|out| write_binary(out, packed, MSGPACK)), "0a151a130a0882a16101a162a17a12076d73677061636b");
    }

    #[test]
    fn dates_and_spans_of_the_test_vectors_are_read() {
        let moment = b"\x0a\x0a\x0a\x08\x2a\x06\x08\xa5\xeb\xdc\xca\x06";
        assert_eq!(read(moment), Ok(Literal::Datetime { seconds: 1_767_323_045, nanos: 0 }));
        assert_eq!(read(b"\x0a\x06\x0a\x04\x32\x02\x08\x5a"), Ok(Literal::Duration { seconds: 90, nanos: 0 }));
    }

    proptest! {
        #[test]
        fn scalars_read_back(number: i64, real: f64, text: String, raw: Vec<u8>) {
            let mut out = Vec::new();
            write_integer(&mut out, number);
            prop_assert_eq!(read(&out), Ok(Literal::Integer(number)));
            out.clear();
            write_float(&mut out, real);
            prop_assert_eq!(read(&out), Ok(Literal::Float(real)));
            out.clear();
            write_text(&mut out, &text);
            prop_assert_eq!(read(&out), Ok(Literal::Text(&text)));
            out.clear();
            write_datetime(&mut out, number, number as i32);
            prop_assert_eq!(read(&out), Ok(Literal::Datetime { seconds: number, nanos: number as i32 }));
            out.clear();
            write_binary(&mut out, &raw, BYTES);
            prop_assert_eq!(read(&out), Ok(Literal::Binary { value: &raw, tag: BYTES }));
            for tag in [BYTES, ""] {
                out.clear();
                write_binary(&mut out, &raw, tag);
                prop_assert_eq!(out.len(), binary_size(raw.len(), tag));
                prop_assert_eq!(read(&out), Ok(Literal::Binary { value: &raw, tag }));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = given_hash(&bytes);
            let _ = named(&bytes).count();
            let _ = elements(&bytes).count();
        }
    }
}
