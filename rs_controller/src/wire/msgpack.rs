//! msgpack, as much of it as values need: tokens in, tokens out, and the canonical order of map keys.

use super::{Malformed, MAX_DEPTH};

/// Extension type of a leaf that is a pickle: objects of classes inside packed values.
pub const PICKLE: i8 = 80;
/// Extension types of what msgpack lacks, as arrays; the elements of sets are sorted by their packed bytes.
pub const TUPLE: i8 = 84;
pub const SET: i8 = 83;
pub const FROZEN_SET: i8 = 70;
/// Extension type of a union member that its shape alone would not identify: one byte of index, then the value.
pub const MEMBER: i8 = 85;
/// Extension type of an enum member whose value packed data cannot say: its name.
pub const NAMED: i8 = 69;

/// One token; arrays and maps say how many values, or pairs of values, follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    Nil,
    Boolean(bool),
    Integer(i64),
    /// Beyond the signed range only.
    Unsigned(u64),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Array(usize),
    Map(usize),
    Extension(i8, &'a [u8]),
}

/// A position in packed bytes.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

const TRUNCATED: Malformed = Malformed::because("packed data that ends too early");

impl<'a> Reader<'a> {
    pub fn of(packed: &'a [u8]) -> Self {
        Reader { rest: packed }
    }

    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    pub fn token(&mut self) -> Result<Token<'a>, Malformed> {
        let [head] = self.fixed()?;
        Ok(match head {
            0x00..=0x7f => Token::Integer(i64::from(head)),
            0x80..=0x8f => self.map(usize::from(head & 0x0f))?,
            0x90..=0x9f => self.array(usize::from(head & 0x0f))?,
            0xa0..=0xbf => self.text(usize::from(head & 0x1f))?,
            0xc0 => Token::Nil,
            0xc1 => return Err(Malformed::because("packed data with an unused marker")),
            0xc2 => Token::Boolean(false),
            0xc3 => Token::Boolean(true),
            0xc4 => self.size8().and_then(|size| self.bytes(size))?,
            0xc5 => self.size16().and_then(|size| self.bytes(size))?,
            0xc6 => self.size32().and_then(|size| self.bytes(size))?,
            0xc7 => self.size8().and_then(|size| self.extension(size))?,
            0xc8 => self.size16().and_then(|size| self.extension(size))?,
            0xc9 => self.size32().and_then(|size| self.extension(size))?,
            0xca => Token::Float(f64::from(f32::from_be_bytes(self.fixed()?))),
            0xcb => Token::Float(f64::from_be_bytes(self.fixed()?)),
            0xcc => Token::Integer(i64::from(u8::from_be_bytes(self.fixed()?))),
            0xcd => Token::Integer(i64::from(u16::from_be_bytes(self.fixed()?))),
            0xce => Token::Integer(i64::from(u32::from_be_bytes(self.fixed()?))),
            0xcf => {
                let number = u64::from_be_bytes(self.fixed()?);
                i64::try_from(number).map_or(Token::Unsigned(number), Token::Integer)
            }
            0xd0 => Token::Integer(i64::from(i8::from_be_bytes(self.fixed()?))),
            0xd1 => Token::Integer(i64::from(i16::from_be_bytes(self.fixed()?))),
            0xd2 => Token::Integer(i64::from(i32::from_be_bytes(self.fixed()?))),
            0xd3 => Token::Integer(i64::from_be_bytes(self.fixed()?)),
            0xd4..=0xd8 => self.extension(1 << (head - 0xd4))?,
            0xd9 => self.size8().and_then(|size| self.text(size))?,
            0xda => self.size16().and_then(|size| self.text(size))?,
            0xdb => self.size32().and_then(|size| self.text(size))?,
            0xdc => self.size16().and_then(|size| self.array(size))?,
            0xdd => self.size32().and_then(|size| self.array(size))?,
            0xde => self.size16().and_then(|size| self.map(size))?,
            0xdf => self.size32().and_then(|size| self.map(size))?,
            0xe0..=0xff => Token::Integer(i64::from(head as i8)),
        })
    }

    /// Passes over one whole value.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        let mut left = 1usize;
        while left > 0 {
            left -= 1;
            left += match self.token()? {
                Token::Array(size) => size,
                Token::Map(size) => 2 * size,
                _ => 0,
            };
        }
        Ok(())
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], Malformed> {
        if size > self.rest.len() {
            return Err(TRUNCATED);
        }
        let (taken, rest) = self.rest.split_at(size);
        self.rest = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| TRUNCATED)
    }

    fn size8(&mut self) -> Result<usize, Malformed> {
        Ok(usize::from(u8::from_be_bytes(self.fixed()?)))
    }

    fn size16(&mut self) -> Result<usize, Malformed> {
        Ok(usize::from(u16::from_be_bytes(self.fixed()?)))
    }

    fn size32(&mut self) -> Result<usize, Malformed> {
        usize::try_from(u32::from_be_bytes(self.fixed()?)).map_err(|_| TRUNCATED)
    }

    fn text(&mut self, size: usize) -> Result<Token<'a>, Malformed> {
        let text = std::str::from_utf8(self.take(size)?);
        text.map(Token::Text).map_err(|_| Malformed::because("packed text that is not UTF-8"))
    }

    fn bytes(&mut self, size: usize) -> Result<Token<'a>, Malformed> {
        self.take(size).map(Token::Bytes)
    }

    fn extension(&mut self, size: usize) -> Result<Token<'a>, Malformed> {
        let kind = i8::from_be_bytes(self.fixed()?);
        Ok(Token::Extension(kind, self.take(size)?))
    }

    /// A value takes at least a byte, so a count beyond what is left is a lie; better found before memory is taken.
    fn array(&mut self, size: usize) -> Result<Token<'a>, Malformed> {
        if size > self.rest.len() {
            return Err(TRUNCATED);
        }
        Ok(Token::Array(size))
    }

    fn map(&mut self, size: usize) -> Result<Token<'a>, Malformed> {
        if size > self.rest.len() / 2 {
            return Err(TRUNCATED);
        }
        Ok(Token::Map(size))
    }
}

pub fn write_nil(out: &mut Vec<u8>) {
    out.push(0xc0);
}

pub fn write_boolean(out: &mut Vec<u8>, truth: bool) {
    out.push(0xc2 + u8::from(truth));
}

pub fn write_integer(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = u64::try_from(number) {
        return write_unsigned(out, number);
    }
    if number >= -32 {
        out.push(number as u8);
    } else if let Ok(small) = i8::try_from(number) {
        out.extend_from_slice(&[0xd0, small as u8]);
    } else if let Ok(small) = i16::try_from(number) {
        marked(out, 0xd1, &small.to_be_bytes());
    } else if let Ok(small) = i32::try_from(number) {
        marked(out, 0xd2, &small.to_be_bytes());
    } else {
        marked(out, 0xd3, &number.to_be_bytes());
    }
}

pub fn write_unsigned(out: &mut Vec<u8>, number: u64) {
    if number < 0x80 {
        out.push(number as u8);
    } else if let Ok(small) = u8::try_from(number) {
        out.extend_from_slice(&[0xcc, small]);
    } else if let Ok(small) = u16::try_from(number) {
        marked(out, 0xcd, &small.to_be_bytes());
    } else if let Ok(small) = u32::try_from(number) {
        marked(out, 0xce, &small.to_be_bytes());
    } else {
        marked(out, 0xcf, &number.to_be_bytes());
    }
}

pub fn write_float(out: &mut Vec<u8>, number: f64) {
    marked(out, 0xcb, &number.to_be_bytes());
}

/// False when the text is longer than msgpack can say.
#[must_use]
pub fn write_text(out: &mut Vec<u8>, text: &str) -> bool {
    if text.len() < 32 {
        out.push(0xa0 | text.len() as u8);
    } else if !sized(out, text.len(), [Some(0xd9), Some(0xda), Some(0xdb)]) {
        return false;
    }
    out.extend_from_slice(text.as_bytes());
    true
}

/// False when there are more bytes than msgpack can say.
#[must_use]
pub fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let fits = sized(out, bytes.len(), [Some(0xc4), Some(0xc5), Some(0xc6)]);
    if fits {
        out.extend_from_slice(bytes);
    }
    fits
}

/// False when there are more elements than msgpack can say.
#[must_use]
pub fn write_array(out: &mut Vec<u8>, size: usize) -> bool {
    if size < 16 {
        out.push(0x90 | size as u8);
        return true;
    }
    sized(out, size, [None, Some(0xdc), Some(0xdd)])
}

/// False when there are more entries than msgpack can say.
#[must_use]
pub fn write_map(out: &mut Vec<u8>, size: usize) -> bool {
    if size < 16 {
        out.push(0x80 | size as u8);
        return true;
    }
    sized(out, size, [None, Some(0xde), Some(0xdf)])
}

/// False when there are more bytes than msgpack can say.
#[must_use]
pub fn write_extension(out: &mut Vec<u8>, kind: i8, content: &[u8]) -> bool {
    let size = content.len();
    if size.is_power_of_two() && size <= 16 {
        out.push(0xd4 + size.trailing_zeros() as u8);
    } else if !sized(out, size, [Some(0xc7), Some(0xc8), Some(0xc9)]) {
        return false;
    }
    out.push(kind as u8);
    out.extend_from_slice(content);
    true
}

fn marked(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    out.push(marker);
    out.extend_from_slice(content);
}

/// The shortest of the three size markers: one, two or four bytes.
fn sized(out: &mut Vec<u8>, size: usize, markers: [Option<u8>; 3]) -> bool {
    match (markers, u8::try_from(size), u16::try_from(size), u32::try_from(size)) {
        ([Some(marker), _, _], Ok(size), _, _) => out.extend_from_slice(&[marker, size]),
        ([_, Some(marker), _], _, Ok(size), _) => marked(out, marker, &size.to_be_bytes()),
        ([_, _, Some(marker)], _, _, Ok(size)) => marked(out, marker, &size.to_be_bytes()),
        _ => return false,
    }
    true
}

/// The same value with the entries of every map sorted by their packed keys: what hashes are taken over.
pub fn sorted(packed: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut reader = Reader::of(packed);
    let mut out = Vec::with_capacity(packed.len());
    copy_sorted(&mut reader, &mut out, 0)?;
    if !reader.is_done() {
        return Err(Malformed::because("packed data with more than one value"));
    }
    Ok(out)
}

fn copy_sorted(reader: &mut Reader<'_>, out: &mut Vec<u8>, depth: u32) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("packed data nested too deeply"));
    }
    let before = reader.remaining();
    let token = reader.token()?;
    out.extend_from_slice(&before[..before.len() - reader.remaining().len()]);
    match token {
        Token::Array(size) => (0..size).try_for_each(|_| copy_sorted(reader, out, depth + 1)),
        Token::Map(size) => {
            let mut entries = Vec::with_capacity(size);
            for _ in 0..size {
                let mut entry = Vec::new();
                copy_sorted(reader, &mut entry, depth + 1)?;
                let key = entry.len();
                copy_sorted(reader, &mut entry, depth + 1)?;
                entries.push((key, entry));
            }
            entries.sort_by(|(key, entry), (other, against)| entry[..*key].cmp(&against[..*other]));
            entries.iter().for_each(|(_, entry)| out.extend_from_slice(entry));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn numbers_take_the_fewest_bytes() {
        for (number, size) in [(0, 1), (127, 1), (128, 2), (256, 3), (65536, 5), (1 << 40, 9)] {
            assert_eq!(packed(|out| write_integer(out, number)).len(), size, "{number}");
        }
        for (number, size) in [(-1, 1), (-32, 1), (-33, 2), (-129, 3), (-32769, 5), (i64::MIN, 9)] {
            assert_eq!(packed(|out| write_integer(out, number)).len(), size, "{number}");
        }
    }

    #[test]
    fn sizes_around_every_border_read_back() {
        for size in [0, 1, 15, 16, 17, 31, 32, 255, 256, 65535, 65536] {
            let text = "x".repeat(size);
            let out = packed(|out| assert!(write_text(out, &text)));
            assert_eq!(Reader::of(&out).token(), Ok(Token::Text(&text)));
            let out = packed(|out| assert!(write_bytes(out, text.as_bytes())));
            assert_eq!(Reader::of(&out).token(), Ok(Token::Bytes(text.as_bytes())));
            let out = packed(|out| assert!(write_extension(out, PICKLE, text.as_bytes())));
            assert_eq!(Reader::of(&out).token(), Ok(Token::Extension(PICKLE, text.as_bytes())));
            let out = packed(|out| {
                assert!(write_array(out, size));
                out.resize(out.len() + size, 0xc0);
            });
            assert_eq!(Reader::of(&out).token(), Ok(Token::Array(size)));
            let out = packed(|out| {
                assert!(write_map(out, size));
                out.resize(out.len() + 2 * size, 0xc0);
            });
            assert_eq!(Reader::of(&out).token(), Ok(Token::Map(size)));
        }
    }

    #[test]
    fn maps_are_sorted_at_every_level() {
        let unsorted = b"\x82\xa1b\x92\x01\x82\x02\x00\x01\x00\xa1a\xc0";
        assert_eq!(sorted(unsorted).unwrap(), b"\x82\xa1a\xc0\xa1b\x92\x01\x82\x01\x00\x02\x00");
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert!(sorted(&vec![0x91; 100_000]).is_err());
        let mut deep = vec![0x91; 100_000];
        deep.push(0xc0);
        assert!(sorted(&deep).is_err());
        assert!(Reader::of(&deep).skip().is_ok());
    }

    proptest! {
        #[test]
        fn integers_read_back(number: i64) {
            let out = packed(|out| write_integer(out, number));
            prop_assert_eq!(Reader::of(&out).token(), Ok(Token::Integer(number)));
        }

        #[test]
        fn sorting_keeps_the_size_and_is_done_once(bytes: Vec<u8>) {
            if let Ok(once) = sorted(&bytes) {
                prop_assert_eq!(once.len(), bytes.len());
                prop_assert_eq!(sorted(&once), Ok(once));
            }
        }

        #[test]
        fn skipping_arbitrary_bytes_never_panics(bytes: Vec<u8>) {
            let _ = Reader::of(&bytes).skip();
        }
    }
}
