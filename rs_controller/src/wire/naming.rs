//! Names of actions: the recipe of wire.md 5.5. A name is known here by its MD5; people and the wire see base 36.

use std::collections::HashMap;
use std::sync::Arc;

use md5::{Digest as _, Md5};

/// The MD5 whose base 36 spelling is an action's name.
pub type Digest = [u8; 16];

/// Base 36 of the digest read as a big-endian number, digits `0-9a-z`, no leading zeros.
pub fn spell(digest: &Digest) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // Division of 128 bits is slow (0.3 us for a name digit by digit), so most of it is done on 64.
    const GROUP: u32 = 12;
    const GROUP_SIZE: u128 = 36u128.pow(GROUP);
    let mut number = u128::from_be_bytes(*digest);
    let mut spelled = [b'0'; 36];
    for end in [36usize, 24, 12] {
        let mut group = (number % GROUP_SIZE) as u64;
        number /= GROUP_SIZE;
        for digit in (end - GROUP as usize..end).rev() {
            spelled[digit] = DIGITS[(group % 36) as usize];
            group /= 36;
        }
    }
    let start = spelled.iter().position(|&digit| digit != b'0').unwrap_or(35);
    String::from_utf8_lossy(&spelled[start..]).into_owned()
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

/// What makes calls equal: the identity of the task, the hash of the inputs, the group.
type Alike = (Arc<str>, Arc<str>, Option<Arc<str>>);

/// Numbers equal calls of one parent attempt, from 1.
#[derive(Default)]
pub struct Sequences {
    counts: HashMap<Alike, u32>,
}

impl Sequences {
    pub fn next(&mut self, identity: &Arc<str>, inputs_hash: &Arc<str>, group: Option<&Arc<str>>) -> u32 {
        let count = self.counts.entry((identity.clone(), inputs_hash.clone(), group.cloned())).or_default();
        *count += 1;
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: &str = "mU6CgGoor6N31ykM2gCm7V6vRs1s8OAhkL80Y9mZ5xQ=";
    const BIGGEST: &str = "f5lxx1zz5pnorynqglhzmsp33";
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
    fn names_have_no_leading_zeros() {
        let table = [(0, "0"), (35, "z"), (36, "10"), (36u128.pow(12), "1000000000000"), (u128::MAX, BIGGEST)];
        for (number, digits) in table {
            assert_eq!(spell(&number.to_be_bytes()), digits);
        }
    }

    #[test]
    fn equal_calls_are_numbered_apart_by_group() {
        let (mut sequences, hash, group) = (Sequences::default(), Arc::from("h"), Arc::from("g"));
        let (task, other) = (Arc::from("task"), Arc::from("other"));
        assert_eq!(sequences.next(&task, &hash, None), 1);
        assert_eq!(sequences.next(&task, &hash, None), 2);
        assert_eq!(sequences.next(&task, &hash, Some(&group)), 1);
        assert_eq!(sequences.next(&other, &hash, None), 1);
    }
}
