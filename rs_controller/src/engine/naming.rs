//! Names of actions: the recipe of wire.md 5.5. A name is known here by its MD5; people and the wire see base 36.

use std::collections::HashMap;
use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::record::Digest;

/// Base 36 of the digest read as a big-endian number, digits `0-9a-z`, no padding.
pub fn spell(digest: &Digest) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut number = u128::from_be_bytes(*digest);
    let mut spelled = [0u8; 25];
    let mut start = spelled.len();
    loop {
        start -= 1;
        spelled[start] = DIGITS[(number % 36) as usize];
        number /= 36;
        if number == 0 {
            return String::from_utf8_lossy(&spelled[start..]).into_owned();
        }
    }
}

/// The digest of one call's name.
pub fn digest(parent: &str, inputs_hash: &str, identity: &str, sequence: u32, group: Option<&str>) -> Digest {
    let mut md5 = Md5::new();
    for part in [parent, "-", inputs_hash, "-", identity, "-", &sequence.to_string()] {
        md5.update(part.as_bytes());
    }
    if let Some(group) = group {
        md5.update(b"-");
        md5.update(group.as_bytes());
    }
    md5.finalize().into()
}

/// Numbers equal calls of one parent attempt, from 1.
#[derive(Default)]
pub struct Sequences {
    counts: HashMap<(u32, Arc<str>, Option<Arc<str>>), u32>,
}

impl Sequences {
    /// `task` stands for the identity.
    pub fn next(&mut self, task: u32, inputs_hash: &Arc<str>, group: Option<&Arc<str>>) -> u32 {
        let count = self.counts.entry((task, inputs_hash.clone(), group.cloned())).or_default();
        *count += 1;
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: &str = "mU6CgGoor6N31ykM2gCm7V6vRs1s8OAhkL80Y9mZ5xQ=";
    const FIVE: &str = "27IB+d+yCJUl70D2mD7FjNdoHCamhrx/HJKrdwhDtRk=";

    #[test]
    fn names_follow_the_vectors_of_the_wire_protocol() {
        let name = |inputs, sequence, group| spell(&digest("a0", inputs, IDENTITY, sequence, group));
        assert_eq!(name(FIVE, 1, None), "6r2i08avgjhwss58q5o4i0u3z");
        assert_eq!(name(FIVE, 2, None), "15oz2wblefxshw273rt1y8psb");
        assert_eq!(name(FIVE, 1, Some("fan")), "828dtymwy8c07srn8qt7ed73j");
        assert_eq!(name(FIVE, 2, Some("fan")), "3889canoxwaam6bnp1odgvpwr");
        assert_eq!(name("", 1, None), "dilds3lj3cfegdbmmjkjamo9r");
    }

    #[test]
    fn zero_is_spelled_as_one_digit() {
        assert_eq!(spell(&[0; 16]), "0");
    }

    #[test]
    fn equal_calls_are_numbered_apart_by_group() {
        let (mut sequences, hash, group) = (Sequences::default(), Arc::from("h"), Arc::from("g"));
        assert_eq!(sequences.next(0, &hash, None), 1);
        assert_eq!(sequences.next(0, &hash, None), 2);
        assert_eq!(sequences.next(0, &hash, Some(&group)), 1);
        assert_eq!(sequences.next(1, &hash, None), 1);
    }
}
