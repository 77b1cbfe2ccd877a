//! How serious a printed line is, told from its words, and which lines belong to a traceback above them. It knows the
//! common forms and guesses no further; `flyte logs --level` goes by the same words.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use regex::bytes::Regex;

pub const ERROR: u8 = 1;
pub const WARNING: u8 = 2;
pub const INFO: u8 = 3;
pub const DEBUG: u8 = 4;

/// Bytes of a line in which its level is looked for.
const LOOKED_AT: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub level: u8,
    /// Where the traceback begins that the line is in the middle of.
    pub head: Option<u64>,
    /// Whether a problem begins here; its further lines are of the same level and do not count.
    pub begins: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Plain,
    Traceback(u64),
    Group(u64),
    /// Right behind a traceback: one that came of it is the same problem.
    Behind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    level: u8,
    part: Part,
}

const NOTHING_SPECIAL: State = State { level: INFO, part: Part::Plain };

/// Levels of lines, one after the other; what each action and stream is in the middle of.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    states: HashMap<(u32, u8), State>,
}

impl Levels {
    /// The level of the next line of an action's stream, which stands at `offset`.
    pub fn judge(&mut self, whose: (u32, u8), offset: u64, text: &[u8]) -> Judged {
        let known = if self.states.is_empty() { None } else { self.states.get(&whose) };
        let before = known.copied().unwrap_or(NOTHING_SPECIAL);
        let (state, judged) = judge(before, offset, text);
        if state != before {
            if state == NOTHING_SPECIAL {
                self.states.remove(&whose);
            } else {
                self.states.insert(whose, state);
            }
        }
        judged
    }
}

fn judge(before: State, offset: u64, text: &[u8]) -> (State, Judged) {
    let inside = |head| (before, Judged { level: ERROR, head: Some(head), begins: false });
    let begins = before.level != ERROR && before.part != Part::Behind;
    let head = |part| (State { level: ERROR, part }, Judged { level: ERROR, head: None, begins });
    let is_indented = matches!(text.first(), Some(b' ' | b'\t'));
    if text.starts_with(b"Traceback (most recent call last)") {
        return head(Part::Traceback(offset));
    }
    match before.part {
        Part::Traceback(at) | Part::Group(at) if is_indented => return inside(at),
        // the line with the exception ends it
        Part::Traceback(_) => {
            let behind = State { level: ERROR, part: Part::Behind };
            return (behind, Judged { level: ERROR, head: None, begins: false });
        }
        Part::Behind if is_between(text) => {
            return (before, Judged { level: ERROR, head: None, begins: false });
        }
        _ => {}
    }
    if is_group(text) {
        return head(Part::Group(offset));
    }
    if is_indented {
        return (State { part: Part::Plain, ..before }, Judged { level: before.level, head: None, begins: false });
    }
    let level = said(&text[..text.len().min(LOOKED_AT)]).unwrap_or(INFO);
    (State { level, part: Part::Plain }, Judged { level, head: None, begins: true })
}

/// What stands between two tracebacks of one problem.
fn is_between(text: &[u8]) -> bool {
    text.is_empty()
        || text.starts_with(b"During handling of the above exception")
        || text.starts_with(b"The above exception was the direct cause")
}

fn is_group(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"  + ").unwrap_or(text);
    text.starts_with(b"Exception Group Traceback (most recent call last)")
}

fn said(text: &[u8]) -> Option<u8> {
    static FIELD: OnceLock<Option<Regex>> = OnceLock::new();
    static WORD: OnceLock<Option<Regex>> = OnceLock::new();
    let field = FIELD
        .get_or_init(|| Regex::new(r#"(?i-u)(?:level|levelname|severity|lvl)["']?[ \t]*[:=][ \t]*["']?([a-z]+)"#).ok());
    let word =
        WORD.get_or_init(|| Regex::new(r"(?-u)\b(?:DEBUG|TRACE|INFO|WARN(?:ING)?|ERROR|ERR|CRITICAL|FATAL)\b").ok());
    let said = field.as_ref().filter(|field| field.is_match(text)).and_then(|field| field.captures(text)?.get(1));
    let found = said.or_else(|| word.as_ref()?.find(text))?.as_bytes();
    Some(match found.to_ascii_lowercase().as_slice() {
        b"error" | b"err" | b"critical" | b"fatal" => ERROR,
        b"warn" | b"warning" => WARNING,
        b"info" => INFO,
        b"debug" | b"trace" => DEBUG,
        _ => return None,
    })
}

/// The text as it shows: colours left out, and only what the last carriage return left standing.
pub fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    let mut text = text;
    if text.contains(&b'\r') {
        let end = text.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
        let begin = text[..end].iter().rposition(|&byte| byte == b'\r').map_or(0, |at| at + 1);
        text = &text[begin..end];
    }
    if !text.contains(&0x1b) {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == 0x1b) {
        kept.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let length = colour(rest);
        kept.extend_from_slice(&rest[..usize::from(length == 0)]);
        rest = &rest[length.max(1)..];
    }
    kept.extend_from_slice(rest);
    Cow::Owned(kept)
}

/// Bytes of the colour that the text begins with; 0 when it does not.
fn colour(text: &[u8]) -> usize {
    let Some(inner) = text.strip_prefix(b"\x1b[") else { return 0 };
    match inner.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':')) {
        Some(end) if inner[end] == b'm' => end + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(lines: &[&str]) -> Vec<(u8, Option<u64>, bool)> {
        let mut levels = Levels::default();
        let judged = lines.iter().enumerate().map(|(at, text)| levels.judge((1, 0), at as u64, text.as_bytes()));
        judged.map(|judged| (judged.level, judged.head, judged.begins)).collect()
    }

    #[test]
    fn levels_are_said_by_words_and_fields() {
        let said: Vec<u8> = ["hello", "WARN x", "[DEBUG] y", r#"{"level": "Error"}"#, "lvl=info ERROR", "terror"]
            .iter()
            .map(|text| levels(&[text])[0].0)
            .collect();
        assert_eq!(said, [INFO, WARNING, DEBUG, ERROR, INFO, INFO]);
    }

    #[test]
    fn a_traceback_is_one_problem_however_long_its_chain_is() {
        let lines = [
            "ERROR it broke",
            "Traceback (most recent call last):",
            "  File \"a.py\", line 1",
            "    x()",
            "KeyError: 1",
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent call last):",
            "  File \"a.py\", line 2",
            "ValueError: 2",
            "go on",
        ];
        let judged = levels(&lines);
        assert_eq!(judged.iter().filter(|(level, _, begins)| *level == ERROR && *begins).count(), 1);
        let heads: Vec<_> = judged.iter().map(|(_, head, _)| *head).collect();
        let expected = [None, None, Some(1), Some(1), None, None, None, None, None, Some(8), None, None];
        assert_eq!(heads, expected);
        assert_eq!(judged[11], (INFO, None, true));
    }

    #[test]
    fn two_actions_that_print_at_once_are_told_apart() {
        let mut levels = Levels::default();
        levels.judge((1, 1), 0, b"Traceback (most recent call last):");
        assert_eq!(levels.judge((2, 1), 1, b"  step").head, None);
        assert_eq!(levels.judge((1, 1), 2, b"  File").head, Some(0));
    }

    #[test]
    fn an_exception_group_is_one_problem() {
        let judged = levels(&["  + Exception Group Traceback (most recent call last):", "  | ValueError: x", "on"]);
        assert_eq!(judged, [(ERROR, None, true), (ERROR, Some(0), false), (INFO, None, true)]);
    }

    #[test]
    fn what_shows_of_a_line_has_no_colours_and_no_earlier_states() {
        for (text, shown) in [
            (&b"a\x1b[1;31mb\x1b[0mc"[..], &b"abc"[..]),
            (b"10%\r20%\r", b"20%"),
            (b"\r", b""),
            (b"\x1b[2Jx\x1b", b"\x1b[2Jx\x1b"),
            (b"plain", b"plain"),
        ] {
            assert_eq!(plain(text).as_ref(), shown);
        }
    }
}
