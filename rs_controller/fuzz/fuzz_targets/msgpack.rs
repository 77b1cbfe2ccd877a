//! Packed values: every token is read or refused, skipping and reading agree, and sorting twice changes nothing.

#![no_main]

use flyte_core::wire::msgpack::{sorted, Reader, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut skipping = Reader::of(bytes);
    let skipped = skipping.skip();
    let mut reading = Reader::of(bytes);
    let mut left = 1_u64;
    let mut is_read = true;
    while left > 0 {
        left -= 1;
        match reading.token() {
            Ok(Token::Array(size)) => left += size as u64,
            Ok(Token::Map(size)) => left += 2 * size as u64,
            Ok(_) => {}
            Err(_) => {
                is_read = false;
                break;
            }
        }
    }
    // Skipping may refuse what is nested too deeply; what it takes, reading takes too, to the same place.
    if skipped.is_ok() {
        assert!(is_read);
        assert_eq!(skipping.remaining(), reading.remaining());
    }
    if let Ok(once) = sorted(bytes) {
        assert_eq!(sorted(&once).ok().as_deref(), Some(&once[..]));
    }
});
