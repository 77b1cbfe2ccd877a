//! Which local files and folders the outputs of a task refer to: without them a cached result is of no use.
//! Data that is elsewhere (`s3://...`) is not looked at: asking would take longer than most tasks do.

use std::path::Path;

use crate::wire::literal::{self, elements, entries, named, Literal, MSGPACK};
use crate::wire::msgpack::{Reader, Token};
use crate::wire::{Malformed, MAX_DEPTH};

/// Fields of a File, Dir or DataFrame inside packed values that say where it is.
const PLACES: [&str; 2] = ["path", "uri"];

/// The local paths that a `task.Outputs` refers to, each once.
///
/// Inside packed values (dataclasses, models) any field named `path` or `uri` may be one, so there only what exists
/// counts.
pub fn local_data(outputs: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for output in named(outputs) {
        // What cannot be read refers to nothing that we could check.
        let _ = output.and_then(|(_, value)| in_literal(value, 0, &mut found));
    }
    found.sort();
    found.dedup();
    found
}

fn in_literal(value: &[u8], depth: u32, found: &mut Vec<String>) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("a literal nested too deeply"));
    }
    match literal::read(value)? {
        Literal::Blob { uri, .. } | Literal::Dataset { uri, .. } | Literal::Offloaded { uri } => {
            found.extend(local(uri).map(str::to_owned));
            Ok(())
        }
        Literal::Union { value, .. } => in_literal(value, depth + 1, found),
        Literal::Collection(collection) => {
            elements(collection).try_for_each(|element| in_literal(element?, depth + 1, found))
        }
        Literal::Map(map) => entries(map).try_for_each(|entry| in_literal(entry?.1, depth + 1, found)),
        Literal::Binary { value: packed, tag } if tag == MSGPACK => in_packed(&mut Reader::of(packed), 0, found),
        _ => Ok(()),
    }
}

fn in_packed(packed: &mut Reader<'_>, depth: u32, found: &mut Vec<String>) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::because("packed data nested too deeply"));
    }
    match packed.token()? {
        Token::Array(size) => (0..size).try_for_each(|_| in_packed(packed, depth + 1, found)),
        Token::Map(size) => (0..size).try_for_each(|_| {
            let before = *packed;
            let is_place = matches!(packed.token()?, Token::Text(name) if PLACES.contains(&name));
            *packed = before;
            packed.skip()?;
            let value = *packed;
            match packed.token()? {
                Token::Text(text) if is_place => {
                    found.extend(local(text).filter(|path| Path::new(path).exists()).map(str::to_owned));
                    Ok(())
                }
                _ => {
                    *packed = value;
                    in_packed(packed, depth + 1, found)
                }
            }
        }),
        _ => Ok(()),
    }
}

/// The path of a local URI.
fn local(uri: &str) -> Option<&str> {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    path.starts_with('/').then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::literal::write_binary;
    use crate::wire::msgpack::{write_array, write_map, write_text};
    use crate::wire::protobuf::{close, open, write_bytes};

    /// One output whose literal a function writes.
    fn output(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        let pair = open(&mut out, 1);
        write_bytes(&mut out, 1, b"o0");
        let value = open(&mut out, 2);
        write(&mut out);
        close(&mut out, value);
        close(&mut out, pair);
        out
    }

    fn blob(out: &mut Vec<u8>, uri: &str) {
        let scalar = open(out, 1);
        let blob = open(out, 2);
        write_bytes(out, 3, uri.as_bytes());
        close(out, blob);
        close(out, scalar);
    }

    fn in_a_list(out: &mut Vec<u8>, write: impl Fn(&mut Vec<u8>)) {
        let collection = open(out, 2);
        let element = open(out, 1);
        write(out);
        close(out, element);
        close(out, collection);
    }

    #[test]
    fn local_files_are_found_wherever_they_are_nested_and_remote_ones_are_left_alone() {
        assert_eq!(local_data(&output(|out| blob(out, "/data/a.csv"))), ["/data/a.csv"]);
        assert_eq!(local_data(&output(|out| blob(out, "file:///data/a.csv"))), ["/data/a.csv"]);
        assert_eq!(local_data(&output(|out| blob(out, "s3://bucket/a.csv"))), [""; 0]);
        assert_eq!(local_data(&output(|out| in_a_list(out, |out| blob(out, "/data/b")))), ["/data/b"]);
    }

    #[test]
    fn files_inside_packed_values_count_when_they_exist() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().to_str().unwrap();
        let packed = |path: &str| {
            let mut packed = Vec::new();
            assert!(write_map(&mut packed, 2));
            assert!(write_text(&mut packed, "name"));
            assert!(write_text(&mut packed, here));
            assert!(write_text(&mut packed, "parts"));
            assert!(write_array(&mut packed, 1));
            assert!(write_map(&mut packed, 1));
            assert!(write_text(&mut packed, "path"));
            assert!(write_text(&mut packed, path));
            packed
        };
        assert_eq!(local_data(&output(|out| write_binary(out, &packed(here), MSGPACK))), [here]);
        assert_eq!(local_data(&output(|out| write_binary(out, &packed("/no/such/file"), MSGPACK))), [""; 0]);
    }

    #[test]
    fn bytes_that_are_no_outputs_refer_to_nothing() {
        assert_eq!(local_data(b"\xff\xff\xff garbage"), [""; 0]);
    }
}
