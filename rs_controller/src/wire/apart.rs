//! Messages of which one large value stays where it is, so that it is not copied into them.
//!
//! What else there is forms a whole message itself: the same one, with bytes of length zero in that place.

use std::borrow::Cow;

use super::literal::{self, Literal};
use super::protobuf::{message, varint_size, write_bytes, write_varint};
use super::Malformed;

/// A `task.Inputs` or `task.Outputs` without the content of one variable, which is `bytes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart<'a> {
    pub rest: &'a [u8],
    /// Which variable of `rest` it is, from 0.
    pub place: usize,
    pub content: &'a [u8],
}

impl Apart<'_> {
    /// The message in one piece, which copies the content.
    pub fn joined(&self) -> Result<Vec<u8>, Malformed> {
        let mut out = Vec::with_capacity(self.rest.len() + self.content.len() + 64);
        for (index, variable) in literal::named(self.rest).enumerate() {
            let (name, value) = variable?;
            let is_apart = index == self.place;
            let size = if is_apart { literal::binary_size(self.content.len(), literal::BYTES) } else { value.len() };
            let key = 1 + varint_size(name.len() as u64) + name.len();
            out.push(message(1));
            write_varint(&mut out, (key + 1 + varint_size(size as u64) + size) as u64);
            write_bytes(&mut out, 1, name.as_bytes());
            out.push(message(2));
            write_varint(&mut out, size as u64);
            match is_apart {
                true => literal::write_binary(&mut out, self.content, literal::BYTES),
                false => out.extend_from_slice(value),
            }
        }
        Ok(out)
    }
}

/// Whether a variable of the rest is one whose content can be elsewhere.
pub fn is_empty_bytes(value: &[u8]) -> Result<bool, Malformed> {
    Ok(literal::read(value)? == Literal::Binary { value: &[], tag: literal::BYTES })
}

/// A message as whoever sends it has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message<'a> {
    Whole(&'a [u8]),
    Apart(Apart<'a>),
}

impl<'a> Message<'a> {
    pub fn len(&self) -> usize {
        match self {
            Message::Whole(bytes) => bytes.len(),
            Message::Apart(apart) => apart.rest.len() + apart.content.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn joined(&self) -> Result<Cow<'a, [u8]>, Malformed> {
        match self {
            Message::Whole(bytes) => Ok(Cow::Borrowed(bytes)),
            Message::Apart(apart) => apart.joined().map(Cow::Owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::hash::{inputs_hash, message_hash};
    use crate::wire::protobuf::{close, open};
    use proptest::prelude::*;

    fn message_of(values: &[(String, Vec<u8>)], left_out: Option<usize>) -> Vec<u8> {
        let mut out = Vec::new();
        for (index, (name, value)) in values.iter().enumerate() {
            let start = open(&mut out, 1);
            write_bytes(&mut out, 1, name.as_bytes());
            let literal = open(&mut out, 2);
            let value = if left_out == Some(index) { &[][..] } else { value };
            literal::write_binary(&mut out, value, literal::BYTES);
            close(&mut out, literal);
            close(&mut out, start);
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_apart_joins_to_the_message_and_hashes_as_it_does(
            values in prop::collection::vec(("[a-z]{1,3}", prop::collection::vec(any::<u8>(), 0..300)), 1..4),
            place: usize,
        ) {
            let place = place % values.len();
            let (whole, rest) = (message_of(&values, None), message_of(&values, Some(place)));
            let apart = Apart { rest: &rest, place, content: &values[place].1 };
            prop_assert_eq!(&apart.joined().unwrap(), &whole);
            for ignored in [&[][..], &[values[0].0.as_str()][..]] {
                prop_assert_eq!(message_hash(&Message::Apart(apart), ignored), inputs_hash(&whole, ignored));
            }
        }
    }
}
