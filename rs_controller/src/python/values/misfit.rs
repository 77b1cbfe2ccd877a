//! What to say when arguments or a result do not fit a signature: all of it at once, with the near misses.

use std::borrow::Cow;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::problem::{described, near_miss, Problem};
use super::signature::Signature;

impl Signature {
    /// Everything that keeps these arguments from being bound, in one exception.
    pub fn misfit(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyErr {
        match self.misfits(args, kwargs) {
            Ok(error) | Err(error) => error,
        }
    }

    fn misfits(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyResult<PyErr> {
        let py = args.py();
        let mut lines = self.wrong_names(args, kwargs)?;
        let is_name_wrong = !lines.is_empty();
        let mut problems = Vec::new();
        for (index, input) in self.inputs.iter().enumerate() {
            let value = match args.get_item(index) {
                Ok(value) => Some(value),
                Err(_) => kwargs.get_item(input.name.bind(py))?,
            };
            let value = value.or_else(|| input.default.as_ref().map(|default| default.bind(py).clone()));
            if let Some(value) = value {
                if let Err(problem) = self.write(&mut Vec::new(), input, &value) {
                    problems.push((problem, &input.key));
                }
            }
        }
        if !is_name_wrong && problems.len() == 1 {
            let (problem, name) = problems.remove(0);
            return Ok(problem.raise(py, &self.task, name));
        }
        lines.extend(problems.iter().map(|(problem, name)| problem.line(py, name)));
        let text = format!("{}: {}", self.task, lines.join("\n  "));
        let is_type = problems.iter().any(|(problem, _)| problem.is_mismatch());
        Ok(if is_name_wrong || !is_type { PyValueError::new_err(text) } else { PyTypeError::new_err(text) })
    }

    /// One line for the missing inputs, one for the unknown ones, one for those given twice.
    fn wrong_names(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyResult<Vec<String>> {
        let (mut missing, mut twice) = (Vec::new(), Vec::new());
        for (index, input) in self.inputs.iter().enumerate() {
            let is_named = kwargs.contains(input.name.bind(args.py()))?;
            if index < args.len() && is_named {
                twice.push(quoted(&input.key));
            } else if index >= args.len() && !is_named && input.default.is_none() {
                missing.push(quoted(&input.key));
            }
        }
        let mut lines = Vec::new();
        if !missing.is_empty() {
            lines.push(format!("missing {} {}", plural(missing.len(), "input"), missing.join(", ")));
        }
        lines.extend(self.unknown_names(kwargs)?);
        if !twice.is_empty() {
            lines.push(format!("given twice, by position and by name: {}", twice.join(", ")));
        }
        if args.len() > self.inputs.len() {
            let takes = format!("{} {}", self.inputs.len(), plural(self.inputs.len(), "input"));
            lines.push(format!("takes {takes}, got {} by position", args.len()));
        }
        Ok(lines)
    }

    fn unknown_names(&self, kwargs: &Bound<'_, PyDict>) -> PyResult<Option<String>> {
        let known = || self.inputs.iter().map(|input| input.key.as_str());
        let mut unknown = Vec::new();
        for key in kwargs.keys() {
            let key = key.str()?.to_string_lossy().into_owned();
            if !known().any(|name| name == key) {
                let guess = near_miss(&key, known()).map(|near| format!(" (did you mean `{near}`?)"));
                unknown.push(quoted(&key) + &guess.unwrap_or_default());
            }
        }
        if unknown.is_empty() {
            return Ok(None);
        }
        let names: Vec<_> = known().map(quoted).collect();
        let known = match &names[..] {
            [] => "it has none".to_owned(),
            names => format!("its inputs are {}", names.join(", ")),
        };
        Ok(Some(format!("no {} {}; {known}", plural(unknown.len(), "input"), unknown.join(", "))))
    }

    pub fn undeclared_output(&self, value: &Bound<'_, PyAny>) -> PyErr {
        PyTypeError::new_err(format!(
            "{}: returned {}, but is declared to return nothing; annotate the return type (`-> {}`)",
            self.task,
            described(value),
            value.get_type().name().map_or_else(|_| Cow::Borrowed("object"), |name| Cow::Owned(name.to_string()))
        ))
    }

    pub fn not_the_outputs(&self, value: &Bound<'_, PyAny>) -> PyErr {
        let types: Vec<_> = self.outputs.iter().map(|output| output.plan.name(&self.records)).collect();
        let problem = Problem::mismatch(format!("a tuple of {} ({})", types.len(), types.join(", ")), value);
        problem.raise(value.py(), &self.task, "return value")
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}
