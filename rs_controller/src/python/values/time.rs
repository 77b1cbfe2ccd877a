//! Moments, days and spans: Python's objects as the numbers and texts of the wire.
//!
//! The stable ABI has no C fields for these, so attributes are read by name.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

use super::decode::{Decoded, Fault};

static DATETIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DATE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DURATION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static UTC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

const DAY: i64 = 86_400;
/// Days from the first of January 1 to that of 1970.
const EPOCH: i64 = 719_162;
/// A backend's and Python's moments both lie within these years.
const LAST_DAY: i64 = 3_652_058;

pub fn is_datetime(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.is_instance(DATETIME.import(value.py(), "datetime", "datetime")?)
}

pub fn is_date(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.is_instance(DATE.import(value.py(), "datetime", "date")?)
}

pub fn is_duration(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.is_instance(DURATION.import(value.py(), "datetime", "timedelta")?)
}

/// Seconds since 1970 and nanoseconds; what has no zone is taken as UTC.
pub fn instant(value: &Bound<'_, PyAny>) -> PyResult<(i64, i32)> {
    let py = value.py();
    let part = |name: &Bound<'_, PyString>| value.getattr(name)?.extract::<i64>();
    let clock = part(intern!(py, "hour"))? * 3600 + part(intern!(py, "minute"))? * 60 + part(intern!(py, "second"))?;
    let mut seconds = days(value)? * DAY + clock;
    let mut micros = part(intern!(py, "microsecond"))?;
    if !value.getattr(intern!(py, "tzinfo"))?.is_none() {
        let offset = value.call_method0(intern!(py, "utcoffset"))?;
        if !offset.is_none() {
            let (span, part) = span(&offset)?;
            seconds -= span;
            micros -= part;
        }
    }
    Ok((seconds + micros.div_euclid(1_000_000), (micros.rem_euclid(1_000_000) * 1000) as i32))
}

/// Seconds since 1970 at midnight, in UTC, of a date.
pub fn midnight(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    Ok(days(value)? * DAY)
}

fn days(date: &Bound<'_, PyAny>) -> PyResult<i64> {
    let ordinal: i64 = date.call_method0(intern!(date.py(), "toordinal"))?.extract()?;
    Ok(ordinal - 1 - EPOCH)
}

/// Whole seconds, rounded down, and the microseconds after them.
pub fn span(value: &Bound<'_, PyAny>) -> PyResult<(i64, i64)> {
    let py = value.py();
    let part = |name: &Bound<'_, PyString>| value.getattr(name)?.extract::<i64>();
    let seconds = part(intern!(py, "days"))? * DAY + part(intern!(py, "seconds"))?;
    Ok((seconds, part(intern!(py, "microseconds"))?))
}

/// Seconds and nanoseconds of the same sign.
pub fn duration(value: &Bound<'_, PyAny>) -> PyResult<(i64, i32)> {
    let (seconds, micros) = span(value)?;
    Ok(match seconds < 0 && micros > 0 {
        true => (seconds + 1, (micros - 1_000_000) as i32 * 1000),
        false => (seconds, micros as i32 * 1000),
    })
}

/// A datetime in UTC.
pub fn datetime(py: Python<'_>, seconds: i64, nanos: i32) -> Decoded<'_> {
    let day = seconds.div_euclid(DAY).saturating_add(EPOCH);
    if !(0..=LAST_DAY).contains(&day) || !(0..1_000_000_000).contains(&nanos) {
        return Err(Fault::because("a moment outside of the years 1 to 9999"));
    }
    let (year, month, date) = civil(day);
    let clock = seconds.rem_euclid(DAY);
    let time = (clock / 3600, clock / 60 % 60, clock % 60, nanos / 1000);
    let utc = UTC.get_or_try_init(py, || -> PyResult<_> {
        Ok(py.import("datetime")?.getattr("timezone")?.getattr("utc")?.unbind())
    })?;
    let class = DATETIME.import(py, "datetime", "datetime")?;
    Ok(class.call1((year, month, date, time.0, time.1, time.2, time.3, utc))?)
}

/// The day of a moment, in UTC.
pub fn date(py: Python<'_>, seconds: i64) -> Decoded<'_> {
    let day = seconds.div_euclid(DAY).saturating_add(EPOCH);
    if !(0..=LAST_DAY).contains(&day) {
        return Err(Fault::because("a date outside of the years 1 to 9999"));
    }
    Ok(DATE.import(py, "datetime", "date")?.call1(civil(day))?)
}

pub fn timedelta(py: Python<'_>, seconds: i64, nanos: i32) -> Decoded<'_> {
    let class = DURATION.import(py, "datetime", "timedelta")?;
    class.call1((0, seconds, nanos / 1000)).map_err(|_| Fault::because("a timedelta out of range"))
}

/// The proleptic Gregorian date of a day counted from the first of January 1.
fn civil(day: i64) -> (i64, i64, i64) {
    // Years here begin in March, so that leap days come last.
    let shifted = day + 306;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400 + i64::from(month >= 10);
    (year, if month < 10 { month + 3 } else { month - 9 }, date)
}

/// ISO 8601, as dataclasses have it (`+00:00`) or as JSON has it (`Z`).
pub fn text<'py>(value: &Bound<'py, PyAny>, is_json: bool) -> PyResult<Bound<'py, PyString>> {
    let py = value.py();
    let text = value.call_method0(intern!(py, "isoformat"))?.cast_into::<PyString>()?;
    match text.to_str()?.strip_suffix("+00:00") {
        Some(start) if is_json => Ok(PyString::new(py, &format!("{start}Z"))),
        _ => Ok(text),
    }
}

pub fn datetime_of_text<'py>(py: Python<'py>, text: &str) -> Decoded<'py> {
    let class = DATETIME.import(py, "datetime", "datetime")?;
    match text.strip_suffix('Z') {
        Some(start) => of_text(class, &format!("{start}+00:00")),
        None => of_text(class, text),
    }
}

pub fn date_of_text<'py>(py: Python<'py>, text: &str) -> Decoded<'py> {
    of_text(DATE.import(py, "datetime", "date")?, text)
}

fn of_text<'py>(class: &Bound<'py, PyType>, text: &str) -> Decoded<'py> {
    let parsed = class.call_method1(intern!(class.py(), "fromisoformat"), (text,));
    parsed.map_err(|_| Fault::because("text that is no ISO 8601 date or time"))
}

/// Seconds as a float, when that is exact to the microsecond.
pub fn exact_seconds(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    let (seconds, micros) = span(value)?;
    let whole = i128::from(seconds) * 1_000_000 + i128::from(micros);
    // Python divides the microseconds the same way, so the bytes are those that others write.
    let number = whole as f64 / 1e6;
    Ok((whole.abs() < 1 << 52 || micros == 0).then_some(number))
}

pub fn duration_of_seconds(py: Python<'_>, seconds: f64) -> Decoded<'_> {
    let class = DURATION.import(py, "datetime", "timedelta")?;
    class.call1((0, seconds)).map_err(|_| Fault::because("a timedelta out of range"))
}

/// `P1Y34DT2H3M4.5S`, with years of 365 days.
pub fn duration_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let (seconds, micros) = span(value)?;
    let whole = i128::from(seconds) * 1_000_000 + i128::from(micros);
    let (sign, rest) = if whole < 0 { ("-", -whole) } else { ("", whole) };
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let (days, clock) = (seconds / i128::from(DAY), seconds % i128::from(DAY));
    let date = counted(days / 365, "Y") + &counted(days % 365, "D");
    let fraction = format!("{micros:06}");
    let seconds = match micros {
        0 => counted(clock % 60, "S"),
        _ => format!("{}.{}S", clock % 60, fraction.trim_end_matches('0')),
    };
    let time = counted(clock / 3600, "H") + &counted(clock / 60 % 60, "M") + &seconds;
    Ok(match (date.is_empty(), time.is_empty()) {
        (true, true) => "PT0S".to_owned(),
        (false, true) => format!("{sign}P{date}"),
        _ => format!("{sign}P{date}T{time}"),
    })
}

fn counted(number: i128, unit: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{number}{unit}")
    }
}

/// Reads ISO 8601 spans, with years of 365 days and weeks, to the microsecond.
pub fn duration_of_text<'py>(py: Python<'py>, text: &str) -> Decoded<'py> {
    let micros = micros_of_text(text).ok_or_else(|| Fault::because("text that is no ISO 8601 duration"))?;
    let whole = i64::try_from(micros.div_euclid(1_000_000)).map_err(|_| Fault::because("a timedelta out of range"))?;
    timedelta(py, whole, (micros.rem_euclid(1_000_000) * 1000) as i32)
}

fn micros_of_text(text: &str) -> Option<i128> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, ""), |(date, time)| (date, time));
    let date = sum(date, &[('Y', 365 * DAY), ('W', 7 * DAY), ('D', DAY)])?;
    let time = sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    date.checked_add(time)?.checked_mul(sign)
}

/// The microseconds of numbers with units, which come in this order.
fn sum(text: &str, units: &[(char, i64)]) -> Option<i128> {
    let mut rest = text;
    let mut total = 0i128;
    for (unit, seconds) in units {
        if let Some((number, after)) = rest.split_once(*unit) {
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number(whole) || !is_number(fraction) || whole.is_empty() || whole.len() > 15 {
                return None;
            }
            let fraction = format!("{fraction:0<6}");
            let micros = whole.parse::<i128>().ok()? * 1_000_000 + fraction.get(..6)?.parse::<i128>().ok()?;
            total += micros * i128::from(*seconds);
            rest = after;
        }
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_have_their_dates() {
        for (day, date) in [(0, (1, 1, 1)), (EPOCH, (1970, 1, 1)), (EPOCH - 1, (1969, 12, 31))] {
            assert_eq!(civil(day), date);
        }
        assert_eq!(civil(LAST_DAY), (9999, 12, 31));
        assert_eq!(civil(EPOCH + 19_782), (2024, 2, 29));
    }

    #[test]
    fn spans_are_read_as_others_write_them() {
        let second = 1_000_000;
        for (text, micros) in [
            ("PT0S", 0),
            ("PT1M30.5S", 90_500_000),
            ("-PT1S", -second),
            ("P1Y35D", 400 * 86_400 * second),
            ("P2W", 14 * 86_400 * second),
            ("P1DT1H", 25 * 3600 * second),
        ] {
            assert_eq!(micros_of_text(text), Some(micros), "{text}");
        }
        for text in ["", "P1", "PT1", "PTS", "P1X", "1D", "PT1.x5S", "PT-1S"] {
            assert_eq!(micros_of_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_span_or_not(text: String) {
            let _ = micros_of_text(&text);
        }

        #[test]
        fn any_moment_is_in_range_or_not(seconds: i64) {
            let day = seconds.div_euclid(DAY).saturating_add(EPOCH);
            if (0..=LAST_DAY).contains(&day) {
                let (year, month, date) = civil(day);
                prop_assert!((1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&date));
            }
        }
    }
}
