//! Inputs and outputs in short, for display: read straight from the bytes, so journals are shown without Python.
//!
//! Never fails: what cannot be read is shown as such.

use super::literal::{self, Literal};
use super::msgpack::{self, Reader, Token};
use super::shown::Shown;
use super::{Malformed, MAX_DEPTH};

/// How many characters a value may take.
const WIDTH: usize = 80;

/// The name and short text of each value of a `task.Inputs` or `task.Outputs`.
pub fn preview(message: &[u8]) -> Vec<(String, String)> {
    literal::named(message).map_while(Result::ok).map(|(name, value)| (name.to_owned(), short(value))).collect()
}

/// One literal in short.
pub fn short(value: &[u8]) -> String {
    let mut shown = Shown::within(WIDTH);
    if show(&mut shown, value, 0).is_err() {
        shown.push("<unreadable>");
    }
    shown.finish()
}

fn show(out: &mut Shown, value: &[u8], depth: u32) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        out.push("…");
        return Ok(());
    }
    match literal::read(value)? {
        Literal::Integer(number) => out.push(&number.to_string()),
        Literal::Float(number) => out.float(number),
        Literal::Text(text) => out.quoted(text),
        Literal::Boolean(truth) => out.boolean(truth),
        Literal::None => out.push("None"),
        Literal::Datetime { seconds, nanos } => out.datetime(seconds.clamp(-1 << 40, 1 << 40), nanos),
        Literal::Duration { seconds, nanos } => out.duration(seconds, nanos),
        Literal::Binary { value, tag: literal::MSGPACK } => show_packed(out, &mut Reader::of(value), depth)?,
        Literal::Binary { value, tag: literal::BYTES } => out.bytes(value),
        Literal::Binary { value, tag: "" } => show_pickle(out, value.len()),
        Literal::Binary { value, tag: literal::SET | literal::FROZEN_SET } => {
            show_items(out, value, ["{", "}"], depth)?
        }
        Literal::Binary { value, tag } => match std::str::from_utf8(value) {
            Ok(text) => out.push(&format!("{tag} {text}")),
            Err(_) => out.push(&format!("<{tag} {} B>", value.len())),
        },
        Literal::Blob { uri, .. } | Literal::Dataset { uri, .. } | Literal::Offloaded { uri } => out.push(uri),
        Literal::Union { value, .. } => show(out, value, depth + 1)?,
        Literal::Collection(collection) => {
            separated(out, literal::elements(collection), ["[", "]"], |out, element| show(out, element?, depth + 1))?;
        }
        Literal::Map(map) => separated(out, literal::entries(map), ["{", "}"], |out, entry| {
            let (key, value) = entry?;
            out.quoted(key);
            out.push(": ");
            show(out, value, depth + 1)
        })?,
        Literal::Other => out.push("<unknown>"),
    }
    Ok(())
}

fn show_pickle(out: &mut Shown, size: usize) {
    out.push(&format!("<pickle {size} B>"));
}

fn show_packed(out: &mut Shown, reader: &mut Reader<'_>, depth: u32) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("nested too deeply"));
    }
    match reader.token()? {
        Token::Nil => out.push("None"),
        Token::Boolean(truth) => out.boolean(truth),
        Token::Integer(number) => out.push(&number.to_string()),
        Token::Unsigned(number) => out.push(&number.to_string()),
        Token::Float(number) => out.float(number),
        Token::Text(text) => out.quoted(text),
        Token::Bytes(bytes) => out.bytes(bytes),
        Token::Extension(msgpack::PICKLE, pickle) => show_pickle(out, pickle.len()),
        Token::Extension(msgpack::MEMBER, [_, value @ ..]) => show_packed(out, &mut Reader::of(value), depth + 1)?,
        Token::Extension(msgpack::NAMED, name) => out.push(&String::from_utf8_lossy(name)),
        Token::Extension(msgpack::TUPLE, items) => show_items(out, items, ["(", ")"], depth)?,
        Token::Extension(msgpack::SET | msgpack::FROZEN_SET, items) => show_items(out, items, ["{", "}"], depth)?,
        Token::Extension(kind, content) => out.push(&format!("<type {kind}, {} B>", content.len())),
        Token::Array(size) => {
            separated(out, 0..size, ["[", "]"], |out, _| show_packed(out, reader, depth + 1))?;
        }
        Token::Map(size) => separated(out, 0..size, ["{", "}"], |out, _| {
            show_packed(out, reader, depth + 1)?;
            out.push(": ");
            show_packed(out, reader, depth + 1)
        })?,
    }
    Ok(())
}

fn show_items(out: &mut Shown, items: &[u8], brackets: [&str; 2], depth: u32) -> Result<(), Malformed> {
    let mut reader = Reader::of(items);
    let Token::Array(size) = reader.token()? else {
        return Err(Malformed::because("an extension without its items"));
    };
    separated(out, 0..size, brackets, |out, _| show_packed(out, &mut reader, depth + 1))
}

/// Items between brackets, as many as there is room for.
fn separated<T>(
    out: &mut Shown,
    items: impl Iterator<Item = T>,
    [before, after]: [&str; 2],
    mut show: impl FnMut(&mut Shown, T) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    out.push(before);
    for (index, item) in items.enumerate() {
        if !out.has_room() {
            return Ok(());
        }
        if index > 0 {
            out.push(", ");
        }
        show(out, item)?;
    }
    out.push(after);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::protobuf::{close, open, write_bytes};
    use super::*;
    use proptest::prelude::*;

    fn literal(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn values_are_shown_in_pythons_notation() {
        let packed = b"\x83\xa1a\x01\xa1b\x92\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\xc0\x02\xc4\x01z";
        let table = [
            (literal(|out| literal::write_integer(out, -5)), "-5"),
            (literal(|out| literal::write_float(out, 1.5)), "1.5"),
            (literal(|out| literal::write_text(out, "bob")), "'bob'"),
            (literal(|out| literal::write_boolean(out, true)), "True"),
            (literal(literal::write_none), "None"),
            (literal(|out| literal::write_binary(out, b"ab", "bytes")), "b'ab'"),
            (literal(|out| literal::write_binary(out, &[0; 123], "")), "<pickle 123 B>"),
            (literal(|out| literal::write_binary(out, packed, "msgpack")), "{'a': 1, 'b': [1.5, None], 2: b'z'}"),
            (b"\x12\x10\x0a\x06\x0a\x04\x0a\x02\x08\x01\x0a\x06\x0a\x04\x0a\x02\x08\x02".to_vec(), "[1, 2]"),
            (b"\x1a\x0d\x0a\x0b\x0a\x01a\x12\x06\x0a\x04\x0a\x02\x08\x01".to_vec(), "{'a': 1}"),
            (b"\x0a\x0c\x4a\x0a\x0a\x06\x0a\x04\x0a\x02\x08\x07\x12\x00".to_vec(), "7"),
            (vec![], "<unknown>"),
            (vec![0x0a], "<unreadable>"),
        ];
        for (literal, text) in table {
            assert_eq!(short(&literal), text);
        }
    }

    #[test]
    fn each_value_comes_with_its_name_in_the_order_written() {
        let mut inputs = Vec::new();
        for name in ["x", "a"] {
            let start = open(&mut inputs, 1);
            write_bytes(&mut inputs, 1, name.as_bytes());
            write_bytes(&mut inputs, 2, &literal(literal::write_none));
            close(&mut inputs, start);
        }
        let none = || "None".to_owned();
        assert_eq!(preview(&inputs), [("x".to_owned(), none()), ("a".to_owned(), none())]);
    }

    #[test]
    fn a_long_list_is_cut() {
        let mut packed = vec![0xdc, 0xff, 0xff];
        packed.resize(3 + 65535, 7);
        let text = short(&literal(|out| literal::write_binary(out, &packed, "msgpack")));
        assert_eq!(text.chars().count(), WIDTH);
        assert!(text.starts_with("[7, 7, ") && text.ends_with('…'), "{text}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_shown_as_something_short(bytes: Vec<u8>) {
            prop_assert!(short(&bytes).chars().count() <= WIDTH);
            let packed = literal(|out| literal::write_binary(out, &bytes, "msgpack"));
            prop_assert!(short(&packed).chars().count() <= WIDTH);
            let _ = preview(&bytes);
        }
    }
}
