//! `core.LiteralType` and `core.TypedInterface`, in the deterministic form that interface hashes are taken over.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::protobuf::{close, key_order, open, write_bytes, write_varint};

/// `core.SimpleType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simple {
    None = 0,
    Integer = 1,
    Float = 2,
    Text = 3,
    Boolean = 4,
    Datetime = 5,
    Duration = 6,
    Binary = 7,
    Struct = 9,
}

/// A value of `google.protobuf.Struct`: JSON whose numbers are all doubles.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Number(f64),
    Text(String),
    Boolean(bool),
    Object(BTreeMap<String, Json>),
    List(Vec<Json>),
}

/// A type, and the tags it carries by itself and as a member of a union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiteralType {
    body: Vec<u8>,
    tag: Option<&'static str>,
    member_tag: Cow<'static, str>,
}

const PICKLE_TAG: &str = "FlytePickle";
const RECORD_TAG: &str = "Object-Dataclass-Transformer";

impl LiteralType {
    pub fn simple(simple: Simple, member_tag: &'static str) -> Self {
        LiteralType { body: vec![0x08, simple as u8], tag: None, member_tag: Cow::Borrowed(member_tag) }
    }

    pub fn collection(element: &LiteralType) -> Self {
        LiteralType { body: field(3, &element.bytes()), tag: None, member_tag: Cow::Borrowed("Typed List") }
    }

    pub fn map(value: &LiteralType) -> Self {
        LiteralType { body: field(4, &value.bytes()), tag: None, member_tag: Cow::Borrowed("Typed Dict") }
    }

    /// A dict that travels packed.
    pub fn dict() -> Self {
        LiteralType { body: packed(None), tag: None, member_tag: Cow::Borrowed("Typed Dict") }
    }

    /// A dataclass, with the JSON schema of its fields.
    pub fn record(schema: &Json) -> Self {
        LiteralType { body: packed(Some(schema)), tag: Some(RECORD_TAG), member_tag: Cow::Borrowed(RECORD_TAG) }
    }

    /// A tuple, or anything like it, with the JSON schema of its items.
    pub fn tuple(schema: &Json, member_tag: &'static str) -> Self {
        let member_tag = Cow::Borrowed(member_tag);
        LiteralType { body: packed(Some(schema)), tag: Some("Pydantic Transformer"), member_tag }
    }

    /// An enum, by the names of its members.
    pub fn enumeration<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut body = Vec::new();
        let start = open(&mut body, 7);
        names.for_each(|name| write_bytes(&mut body, 1, name.as_bytes()));
        close(&mut body, start);
        LiteralType { body, tag: None, member_tag: Cow::Borrowed("DefaultEnumTransformer") }
    }

    /// A whole message that somebody else made; it has a tag in it, or gets this one in a union.
    pub fn encoded(message: &[u8], member_tag: &str) -> Self {
        let has_tag = super::literal::bytes_field(message, 11).is_ok_and(|structure| !structure.is_empty());
        let member_tag = if has_tag { String::new() } else { member_tag.to_owned() };
        LiteralType { body: message.to_vec(), tag: None, member_tag: Cow::Owned(member_tag) }
    }

    pub fn union<'a>(members: impl Iterator<Item = &'a LiteralType>) -> Self {
        let mut body = Vec::new();
        let start = open(&mut body, 10);
        members.for_each(|member| write_bytes(&mut body, 1, &member.as_member()));
        close(&mut body, start);
        LiteralType { body, tag: None, member_tag: Cow::Borrowed("") }
    }

    /// Anything without an encoding of its own.
    pub fn pickle(class_name: &str) -> Self {
        let metadata = BTreeMap::from([("python_class_name".to_owned(), Json::Text(class_name.to_owned()))]);
        let mut body = Vec::new();
        write_struct_field(&mut body, 6, &metadata);
        let blob = LiteralType {
            body: field(5, &field(1, b"PythonPickle")),
            tag: None,
            member_tag: Cow::Borrowed(PICKLE_TAG),
        };
        let binary = LiteralType::simple(Simple::Binary, PICKLE_TAG);
        body.extend_from_slice(&LiteralType::union([&blob, &binary].into_iter()).body);
        LiteralType { body, tag: None, member_tag: Cow::Borrowed(PICKLE_TAG) }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.tagged(self.tag)
    }

    /// As it stands in a union: with the tag that tells the members apart.
    pub fn as_member(&self) -> Vec<u8> {
        self.tagged(Some(&*self.member_tag).filter(|tag| !tag.is_empty()))
    }

    fn tagged(&self, tag: Option<&str>) -> Vec<u8> {
        let mut out = self.body.clone();
        if let Some(tag) = tag {
            write_bytes(&mut out, 11, &field(1, tag.as_bytes()));
        }
        out
    }
}

/// A `core.TypedInterface`, its variables sorted by name.
pub fn interface(inputs: &[(&str, Vec<u8>)], outputs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, variables) in [(1, inputs), (2, outputs)] {
        let mut sorted: Vec<_> = variables.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        let map = open(&mut out, number);
        for (name, literal_type) in sorted {
            let entry = open(&mut out, 1);
            write_bytes(&mut out, 1, name.as_bytes());
            write_bytes(&mut out, 2, &field(1, literal_type));
            close(&mut out, entry);
        }
        close(&mut out, map);
    }
    out
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 4);
    write_bytes(&mut out, number, content);
    out
}

/// The type of values that travel as msgpack.
fn packed(schema: Option<&Json>) -> Vec<u8> {
    let mut out = vec![0x08, Simple::Struct as u8];
    if let Some(Json::Object(schema)) = schema {
        write_struct_field(&mut out, 6, schema);
    }
    let format = Json::Object(BTreeMap::from([("serialization-format".to_owned(), Json::Text("msgpack".to_owned()))]));
    let annotation = open(&mut out, 9);
    write_struct_field(&mut out, 1, &BTreeMap::from([("cache-key-metadata".to_owned(), format)]));
    close(&mut out, annotation);
    out
}

/// A `google.protobuf.Struct`.
pub fn write_struct_field(out: &mut Vec<u8>, number: u8, object: &BTreeMap<String, Json>) {
    let start = open(out, number);
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_by(|(one, _), (other, _)| key_order(one, other));
    for (key, value) in entries {
        let entry = open(out, 1);
        write_bytes(out, 1, key.as_bytes());
        write_value_field(out, 2, value);
        close(out, entry);
    }
    close(out, start);
}

fn write_value_field(out: &mut Vec<u8>, number: u8, value: &Json) {
    let start = open(out, number);
    match value {
        Json::Null => out.extend_from_slice(&[0x08, 0]),
        Json::Number(number) => {
            out.push(0x11);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Json::Text(text) => write_bytes(out, 3, text.as_bytes()),
        Json::Boolean(truth) => {
            out.push(0x20);
            write_varint(out, u64::from(*truth));
        }
        Json::Object(object) => write_struct_field(out, 5, object),
        Json::List(items) => {
            let list = open(out, 6);
            items.iter().for_each(|item| write_value_field(out, 1, item));
            close(out, list);
        }
    }
    close(out, start);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn integer() -> LiteralType {
        LiteralType::simple(Simple::Integer, "int")
    }

    #[test]
    fn types_are_the_bytes_a_backend_knows() {
        let none = LiteralType::simple(Simple::None, "none");
        let table = [
            (integer(), "0801"),
            (none.clone(), "0800"),
            (LiteralType::collection(&integer()), "1a020801"),
            (LiteralType::map(&integer()), "22020801"),
            (LiteralType::union([&integer(), &none].into_iter()), "52170a0908015a050a03696e740a0a08005a060a046e6f6e65"),
            (
                LiteralType::dict(),
                "08094a3f0a3d0a3b0a1263616368652d6b65792d6d6574616461746112252a230a210a1473657269616c697a6174696f6e2d\
                 666f726d617412091a076d73677061636b",
            ),
            (
                LiteralType::pickle("<class 'list'>"),
                "32270a250a11707974686f6e5f636c6173735f6e616d6512101a0e3c636c61737320276c697374273e52340a1f2a0e0a0c50\
                 7974686f6e5069636b6c655a0d0a0b466c7974655069636b6c650a1108075a0d0a0b466c7974655069636b6c65",
            ),
        ];
        for (literal_type, bytes) in table {
            assert_eq!(hex(&literal_type.bytes()), bytes);
        }
    }

    #[test]
    fn an_interface_is_sorted_and_always_has_both_sides() {
        let one = interface(&[("x", integer().bytes())], &[("o0", integer().bytes())]);
        assert_eq!(hex(&one), "0a0b0a090a017812040a020801120c0a0a0a026f3012040a020801");
        let sorted = interface(&[("b", integer().bytes()), ("a", integer().bytes())], &[]);
        assert_eq!(hex(&sorted), "0a160a090a016112040a0208010a090a016212040a0208011200");
        assert_eq!(hex(&interface(&[], &[])), "0a001200");
    }
}
