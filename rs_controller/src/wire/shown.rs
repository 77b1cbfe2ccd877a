//! Text of a value for people: Python's notation, cut where a line gets too long.

use std::fmt::Write;

/// A line that stops growing at its limit.
pub struct Shown {
    text: String,
    room: usize,
    is_cut: bool,
}

impl Shown {
    /// A line of at most `limit` characters, the mark of a cut included.
    pub fn within(limit: usize) -> Self {
        Shown { text: String::new(), room: limit, is_cut: false }
    }

    /// False once nothing more will be shown, so that nobody renders the rest of a large value.
    pub fn has_room(&self) -> bool {
        !self.is_cut
    }

    pub fn push(&mut self, text: &str) {
        for character in text.chars() {
            self.push_char(character);
            if self.is_cut {
                return;
            }
        }
    }

    fn push_char(&mut self, character: char) {
        if self.is_cut {
            return;
        }
        if self.room == 0 {
            self.text.pop();
            self.text.push('…');
            self.is_cut = true;
            return;
        }
        self.room -= 1;
        self.text.push(character);
    }

    pub fn finish(self) -> String {
        self.text
    }

    pub fn boolean(&mut self, truth: bool) {
        self.push(if truth { "True" } else { "False" });
    }

    /// A float as Python prints it.
    pub fn float(&mut self, number: f64) {
        let size = number.abs();
        if number.is_nan() {
            self.push("nan");
        } else if number.is_infinite() {
            self.push(if number > 0.0 { "inf" } else { "-inf" });
        } else if size != 0.0 && !(1e-4..1e16).contains(&size) {
            let text = format!("{number:e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, power) = exponent.strip_prefix('-').map_or(('+', exponent), |power| ('-', power));
            self.push(&format!("{digits}e{sign}{power:0>2}"));
        } else {
            self.push(&format!("{number:?}"));
        }
    }

    /// A text in quotes, as Python prints it.
    pub fn quoted(&mut self, text: &str) {
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        self.push_char(quote);
        for character in text.chars() {
            if self.is_cut {
                return;
            }
            match character {
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                '\\' => self.push("\\\\"),
                _ if character == quote => self.push(&format!("\\{quote}")),
                _ if character.is_control() => self.push(&escaped(character)),
                _ => self.push_char(character),
            }
        }
        self.push_char(quote);
    }

    /// Bytes as Python prints them.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.push("b'");
        for byte in bytes {
            if self.is_cut {
                return;
            }
            match byte {
                b'\n' => self.push("\\n"),
                b'\r' => self.push("\\r"),
                b'\t' => self.push("\\t"),
                b'\\' => self.push("\\\\"),
                b'\'' => self.push("\\'"),
                0x20..=0x7e => self.push_char(char::from(*byte)),
                _ => self.push(&format!("\\x{byte:02x}")),
            }
        }
        self.push_char('\'');
    }

    /// A number of seconds, without zeros at the end.
    pub fn duration(&mut self, seconds: i64, nanos: i32) {
        let mut text = format!("{seconds}");
        if nanos != 0 {
            let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
            let fraction = format!("{:09}", total.unsigned_abs() % 1_000_000_000);
            let sign = if total < 0 { "-" } else { "" };
            text = format!("{sign}{}.{}", total.unsigned_abs() / 1_000_000_000, fraction.trim_end_matches('0'));
        }
        self.push(&text);
        self.push_char('s');
    }

    /// A moment in UTC.
    pub fn datetime(&mut self, seconds: i64, nanos: i32) {
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let mut text = format!("{year:04}-{month:02}-{day:02}T");
        let _ = write!(text, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        if nanos > 0 {
            let fraction = format!("{nanos:09}");
            let _ = write!(text, ".{}", fraction.trim_end_matches('0'));
        }
        self.push(&text);
        self.push_char('Z');
    }
}

fn escaped(character: char) -> String {
    match character as u32 {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code => format!("\\u{code:04x}"),
    }
}

/// Year, month and day of a number of days since 1970, in the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted in 400-year eras of 146,097 days whose years begin in March, so that leap days come last.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(write: impl FnOnce(&mut Shown)) -> String {
        let mut shown = Shown::within(20);
        write(&mut shown);
        shown.finish()
    }

    #[test]
    fn floats_print_as_in_python() {
        let table = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in table {
            assert_eq!(shown(|out| out.float(number)), text);
        }
    }

    #[test]
    fn texts_and_bytes_are_quoted_as_in_python() {
        assert_eq!(shown(|out| out.quoted("it's")), "\"it's\"");
        assert_eq!(shown(|out| out.quoted("a\n\\\x07")), "'a\\n\\\\\\x07'");
        assert_eq!(shown(|out| out.quoted("'\"")), "'\\'\"'");
        assert_eq!(shown(|out| out.bytes(b"a'\xff")), "b'a\\'\\xff'");
    }

    #[test]
    fn long_text_is_cut_at_the_limit() {
        assert_eq!(shown(|out| out.push("x".repeat(20).as_str())), "x".repeat(20));
        assert_eq!(shown(|out| out.push("é".repeat(21).as_str())), format!("{}…", "é".repeat(19)));
    }

    #[test]
    fn moments_and_spans_are_shown_in_full() {
        let mut line = Shown::within(80);
        line.datetime(1_767_323_045, 0);
        line.push(" ");
        line.datetime(-1, 500_000_000);
        line.push(" ");
        line.datetime(951_782_400, 0);
        assert_eq!(line.finish(), "2026-01-02T03:04:05Z 1969-12-31T23:59:59.5Z 2000-02-29T00:00:00Z");
        assert_eq!(shown(|out| out.duration(90, 0)), "90s");
        assert_eq!(shown(|out| out.duration(-1, -500_000_000)), "-1.5s");
    }
}
