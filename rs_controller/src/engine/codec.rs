//! Varints and length-prefixed bytes: the alphabet of the journal's records and of the worker link.
//! It knows no messages.

use std::fmt;

/// Bytes that do not decode, with what was being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// Appends values to a buffer.
pub trait Put {
    fn put_number(&mut self, value: u64);
    fn put_bytes(&mut self, value: &[u8]);
    fn put_text(&mut self, value: &str);
    fn put_optional_text(&mut self, value: Option<&str>);
}

impl Put for Vec<u8> {
    fn put_number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    fn put_bytes(&mut self, value: &[u8]) {
        self.put_number(value.len() as u64);
        self.extend_from_slice(value);
    }

    fn put_text(&mut self, value: &str) {
        self.put_bytes(value.as_bytes());
    }

    fn put_optional_text(&mut self, value: Option<&str>) {
        match value {
            None => self.push(0),
            Some(text) => {
                self.push(1);
                self.put_text(text);
            }
        }
    }
}

/// Reads values off a slice, front to back.
#[derive(Clone)]
pub struct Take<'a> {
    pub rest: &'a [u8],
}

impl<'a> Take<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Take { rest: data }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.rest.split_first().ok_or(Malformed("byte"))?;
        self.rest = rest;
        Ok(first)
    }

    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte().map_err(|_| Malformed("number"))?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed("number"))
    }

    /// A number that must fit 32 bits.
    pub fn small(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed("small number"))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed("bytes"))?;
        self.exactly(length)
    }

    pub fn exactly(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        if length > self.rest.len() {
            return Err(Malformed("bytes"));
        }
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }

    pub fn digest(&mut self) -> Result<[u8; 16], Malformed> {
        let mut digest = [0; 16];
        digest.copy_from_slice(self.exactly(16)?);
        Ok(digest)
    }

    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed("text"))
    }

    pub fn owned(&mut self) -> Result<String, Malformed> {
        self.text().map(str::to_owned)
    }

    pub fn optional_text(&mut self) -> Result<Option<&'a str>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => self.text().map(Some),
            _ => Err(Malformed("optional text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(numbers in prop::collection::vec(any::<u64>(), 0..20), text in ".*") {
            let mut data = Vec::new();
            for &number in &numbers {
                data.put_number(number);
            }
            data.put_optional_text(Some(&text));
            data.put_optional_text(None);
            let mut take = Take::new(&data);
            for &number in &numbers {
                prop_assert_eq!(take.number(), Ok(number));
            }
            prop_assert_eq!(take.optional_text(), Ok(Some(text.as_str())));
            prop_assert_eq!(take.optional_text(), Ok(None));
            prop_assert!(take.is_empty());
        }

        #[test]
        fn arbitrary_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut take = Take::new(&data);
            let _ = (take.number(), take.text(), take.digest(), take.bytes());
        }
    }
}
