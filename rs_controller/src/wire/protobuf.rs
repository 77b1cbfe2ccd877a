//! Protobuf's encoding: fields read without copying, messages written front to back.

use std::cmp::Ordering;

use super::Malformed;

/// One field's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Payload<'a> {
    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Payload::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed::because("a number where a message or text belongs")),
        }
    }

    pub fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed::because("text that is not UTF-8"))
    }

    pub fn varint(self) -> Result<u64, Malformed> {
        match self {
            Payload::Varint(number) => Ok(number),
            _ => Err(Malformed::because("a field of the wrong wire type")),
        }
    }

    pub fn double(self) -> Result<f64, Malformed> {
        match self {
            Payload::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(Malformed::because("a field of the wrong wire type")),
        }
    }
}

/// The fields of one message, in the order they were written.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(message: &'a [u8]) -> Self {
        Fields { rest: message }
    }

    fn read(&mut self) -> Result<(u32, Payload<'a>), Malformed> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed::because("a field number out of range"))?;
        if number == 0 {
            return Err(Malformed::because("a field number of zero"));
        }
        let payload = match tag & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| TRUNCATED)?;
                Payload::Bytes(self.take(length)?)
            }
            5 => Payload::Fixed32(u32::from_le_bytes(self.fixed()?)),
            _ => return Err(Malformed::because("an unknown wire type")),
        };
        Ok((number, payload))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        // Nearly every tag and length is one byte.
        if let [byte @ 0..=0x7f, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        let mut number = 0u64;
        for (index, byte) in self.rest.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(number);
            }
        }
        Err(TRUNCATED)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| TRUNCATED)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        if length > self.rest.len() {
            return Err(TRUNCATED);
        }
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }
}

const TRUNCATED: Malformed = Malformed::because("a message that ends too early");

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Payload<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// The tag byte of a length-delimited field; field numbers here are all below 16.
pub const fn message(number: u8) -> u8 {
    number << 3 | 2
}

pub fn write_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// How many bytes `write_varint` takes.
pub fn varint_size(number: u64) -> usize {
    (70 - (number | 1).leading_zeros() as usize) / 7
}

/// The order of map keys in deterministic messages: of two keys of which one starts the other, the longer comes first.
///
/// Python's protobuf sorts so, and hashes over messages must agree with it.
pub fn key_order(one: &str, other: &str) -> Ordering {
    let common = one.len().min(other.len());
    let start = one.as_bytes()[..common].cmp(&other.as_bytes()[..common]);
    start.then(other.len().cmp(&one.len()))
}

/// A whole length-delimited field.
pub fn write_bytes(out: &mut Vec<u8>, number: u8, content: &[u8]) {
    out.push(message(number));
    write_varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

/// Starts a message whose size is not known yet; hand the result to `close`.
pub fn open(out: &mut Vec<u8>, number: u8) -> usize {
    out.extend_from_slice(&[message(number), 0]);
    out.len()
}

/// Writes the size of the message started at `start`.
///
/// One byte was kept for it. Larger messages move up to make room: a copy at memory speed, and cheaper than a first
/// pass over the Python objects only to measure them.
pub fn close(out: &mut Vec<u8>, start: usize) {
    let size = out.len() - start;
    if size < 0x80 {
        out[start - 1] = size as u8;
        return;
    }
    let extra = varint_size(size as u64) - 1;
    out.resize(out.len() + extra, 0);
    out.copy_within(start..start + size, start + extra);
    let mut rest = size;
    for byte in &mut out[start - 1..start + extra - 1] {
        *byte = rest as u8 | 0x80;
        rest >>= 7;
    }
    out[start + extra - 1] = rest as u8;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_that_start_with_another_come_before_it() {
        let mut keys = ["b", "inner", "ab", "inner2", "a", ""];
        keys.sort_by(|one, other| key_order(one, other));
        assert_eq!(keys, ["ab", "a", "b", "inner2", "inner", ""]);
    }

    proptest! {
        #[test]
        fn a_varint_reads_back_and_has_the_size_foretold(number: u64) {
            let mut out = Vec::new();
            write_varint(&mut out, number);
            prop_assert_eq!(out.len(), varint_size(number));
            let mut fields = Fields::of(&out);
            prop_assert_eq!(fields.varint(), Ok(number));
        }

        #[test]
        fn a_message_of_any_size_reads_back(size in 0usize..70_000) {
            let content = vec![7u8; size];
            let mut out = vec![1, 2, 3];
            let start = open(&mut out, 4);
            out.extend_from_slice(&content);
            close(&mut out, start);
            let mut known = vec![1, 2, 3];
            write_bytes(&mut known, 4, &content);
            prop_assert_eq!(out, known);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Fields::of(&bytes).count();
        }
    }
}
