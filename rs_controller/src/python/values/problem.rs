//! What is wrong with a value: where it is, what was expected, what it is instead.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

/// How many characters of a value an error shows.
const WIDTH: usize = 80;
/// How many steps into a nested value an error spells out at either end.
const STEPS: usize = 6;

/// Boxed, so that the way without problems stays cheap.
pub type Outcome<T> = Result<T, Box<Problem>>;

pub enum Problem {
    Mismatch {
        path: Vec<Step>,
        expected: String,
        value: Py<PyAny>,
        /// What to write instead, after a semicolon, or nothing.
        hint: String,
    },
    Refused {
        path: Vec<Step>,
        message: String,
        is_type: bool,
        cause: Option<PyErr>,
    },
    /// Raised by the user's code while we called it; passed on as it is.
    Raised(PyErr),
}

/// One step from a value to a value in it.
pub enum Step {
    Index(usize),
    Key(String),
    Attribute(String),
    /// Of a set, where no key leads to it.
    Element,
}

impl From<PyErr> for Box<Problem> {
    fn from(error: PyErr) -> Self {
        Box::new(Problem::Raised(error))
    }
}

impl Problem {
    pub fn mismatch(expected: String, value: &Bound<'_, PyAny>) -> Box<Self> {
        Problem::mismatch_with(expected, value, String::new())
    }

    pub fn mismatch_with(expected: String, value: &Bound<'_, PyAny>, hint: String) -> Box<Self> {
        Box::new(Problem::Mismatch { path: Vec::new(), expected, value: value.clone().unbind(), hint })
    }

    /// The right type, but a value that cannot travel.
    pub fn refused(message: String) -> Box<Self> {
        Box::new(Problem::Refused { path: Vec::new(), message, is_type: false, cause: None })
    }

    /// Not a value that can travel at all.
    pub fn unfit(message: String, cause: Option<PyErr>) -> Box<Self> {
        Box::new(Problem::Refused { path: Vec::new(), message, is_type: true, cause })
    }

    /// The same problem, seen from one level further out.
    pub fn inside(mut self: Box<Self>, step: Step) -> Box<Self> {
        match &mut *self {
            Problem::Mismatch { path, .. } | Problem::Refused { path, .. } => path.push(step),
            Problem::Raised(_) => {}
        }
        self
    }

    /// The same problem of a union: what its member expected of the value itself, not of a part of it, the union does.
    pub fn of_member(mut self: Box<Self>, member: &str, union: &str) -> Box<Self> {
        match &mut *self {
            Problem::Mismatch { path, expected, .. } if path.is_empty() && expected == member => {
                *expected = union.to_owned();
            }
            Problem::Refused { path, message, .. } if path.is_empty() => {
                let rest = message.strip_prefix("expected ").and_then(|rest| rest.strip_prefix(member));
                if let Some(rest) = rest.filter(|rest| rest.starts_with(", ")) {
                    *message = format!("expected {union}{rest}");
                }
            }
            _ => {}
        }
        self
    }

    /// Whether the value does not have the expected type, so that another one may be tried.
    pub fn is_mismatch(&self) -> bool {
        matches!(self, Problem::Mismatch { .. } | Problem::Refused { is_type: true, .. })
    }

    pub fn line(&self, py: Python<'_>, root: &str) -> String {
        match self {
            Problem::Mismatch { path, expected, value, hint } => {
                let value = value.bind(py);
                // Two classes of one name: only their modules tell them apart.
                let is_namesake = value.get_type().qualname().is_ok_and(|name| name.to_string_lossy() == *expected);
                let got = if is_namesake { type_name(value) } else { described(value) };
                format!("`{}`: expected {expected}, got {got}{hint}", place(root, path))
            }
            Problem::Refused { path, message, .. } => format!("`{}`: {message}", place(root, path)),
            Problem::Raised(error) => format!("`{root}`: {error}"),
        }
    }

    /// The exception for a value that is `root` to its reader.
    pub fn raise(self, py: Python<'_>, task: &str, root: &str) -> PyErr {
        let text = format!("{task}: {}", self.line(py, root));
        match self {
            Problem::Raised(error) => error,
            Problem::Mismatch { .. } => PyTypeError::new_err(text),
            Problem::Refused { is_type, cause, .. } => {
                let error = if is_type { PyTypeError::new_err(text) } else { PyValueError::new_err(text) };
                error.set_cause(py, cause);
                error
            }
        }
    }
}

/// `x[3].lr`: the steps were collected from the inside out.
fn place(root: &str, path: &[Step]) -> String {
    let mut text = root.to_owned();
    for (index, step) in path.iter().rev().enumerate() {
        if index == STEPS && path.len() > 2 * STEPS {
            text.push('…');
        }
        if path.len() > 2 * STEPS && (STEPS..path.len() - STEPS).contains(&index) {
            continue;
        }
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) => text.push_str(&format!("[{key}]")),
            Step::Attribute(name) => text.push_str(&format!(".{name}")),
            Step::Element => text.push_str("{…}"),
        }
    }
    text
}

/// The type of a value and the value itself, cut to fit a line.
pub fn described(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    let (name, shown) = (type_name(value), short(value));
    // `Point(x=1)` and `<Color.RED: 1>` say what they are.
    let class = name.rsplit('.').next().unwrap_or_default();
    let is_call = |name: &str| shown.strip_prefix(name).is_some_and(|rest| rest.starts_with('('));
    if shown.starts_with('<') || is_call(class) || is_call(&name) {
        shown
    } else {
        format!("{name} {shown}")
    }
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    let class = value.get_type();
    let name = class.qualname().map_or_else(|_| "object".to_owned(), |name| name.to_string());
    let module = class.module().map_or_else(|_| String::new(), |module| module.to_string());
    if ["", "builtins", "__main__"].contains(&module.as_str()) {
        name
    } else {
        format!("{module}.{name}")
    }
}

/// What `repr` says, cut; a `repr` that fails must not hide the problem being told.
pub fn short(value: &Bound<'_, PyAny>) -> String {
    let Ok(text) = value.repr() else {
        return "(its repr fails)".to_owned();
    };
    let text = text.to_string_lossy();
    match text.char_indices().nth(WIDTH) {
        None => text.into_owned(),
        Some(_) => text.chars().take(WIDTH - 1).chain(['…']).collect(),
    }
}

/// The known name closest to an unknown one, if any is close.
pub fn near_miss<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = 1 + unknown.chars().count() / 4;
    known
        .map(|name| (distance(unknown, name), name))
        .filter(|(distance, _)| *distance <= limit && *distance < unknown.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters to insert, drop, replace or swap with a neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        let known = ["fold", "k", "learning_rate"];
        let near = |unknown| near_miss(unknown, known.into_iter());
        assert_eq!(near("flod"), Some("fold"));
        assert_eq!(near("learnin_rat"), Some("learning_rate"));
        assert_eq!(near("seed"), None);
        assert_eq!(near("n"), None);
    }

    #[test]
    fn a_place_is_written_as_one_would_in_python() {
        let path = [Step::Attribute("lr".into()), Step::Index(3), Step::Key("'a'".into())];
        assert_eq!(place("x", &path), "x['a'][3].lr");
        let deep: Vec<_> = (0..100).rev().map(Step::Index).collect();
        assert_eq!(place("x", &deep), "x[0][1][2][3][4][5]…[94][95][96][97][98][99]");
    }
}
