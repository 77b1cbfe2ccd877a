//! `Signature`: the compiled plans of one task, and what is done with them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyString, PyTuple};

use super::decode::{Decoder, Fault};
use super::encode::{with_buffer, Encoder};
use super::large::{Encoded, Parting};
use super::plan::{Compiler, Plan, Record};
use super::problem::{Outcome, Problem};
use crate::wire::apart::is_empty_bytes;
use crate::wire::literal_type::{interface, LiteralType};
use crate::wire::protobuf::{close, message, open, write_bytes};
use crate::wire::{hash, literal};

/// One input or output.
pub struct Variable {
    pub name: Py<PyString>,
    pub key: String,
    /// The start of its NamedLiteral: the name, which never changes.
    head: Vec<u8>,
    pub plan: Plan,
    pub default: Option<Py<PyAny>>,
    /// None is let through although the type does not say so: `x: int = None`.
    is_nullable: bool,
}

impl Variable {
    /// Writes it around the literal.
    pub fn write<T>(&self, out: &mut Vec<u8>, literal: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let named = open(out, 1);
        out.extend_from_slice(&self.head);
        let start = out.len();
        let written = literal(out); // when that failed, nobody reads what was written
        close(out, start);
        close(out, named);
        written
    }
}

/// The compiled plans of one task signature.
#[pyclass(frozen, module = "flyte._core")]
pub struct Signature {
    pub task: String,
    pub inputs: Vec<Variable>,
    pub outputs: Vec<Variable>,
    pub records: Vec<Record>,
    interface: Vec<u8>,
    interface_hash: String,
    does_io: bool,
}

#[pymethods]
impl Signature {
    #[new]
    fn new(
        inputs: Vec<(String, Bound<'_, PyTuple>)>,
        outputs: Vec<(String, Bound<'_, PyTuple>)>,
        defaults: &Bound<'_, PyDict>,
        task: String,
    ) -> PyResult<Self> {
        let mut compiler = Compiler::default();
        let (inputs, input_types) = compile(&mut compiler, inputs, Some(defaults))?;
        let (outputs, output_types) = compile(&mut compiler, outputs, None)?;
        let interface = interface(&typed(&inputs, &input_types), &typed(&outputs, &output_types));
        let interface_hash = hash::hash(&interface);
        let does_io = compiler.does_io;
        Ok(Signature { task, inputs, outputs, records: compiler.records, interface, interface_hash, does_io })
    }

    fn bind<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyBytes>> {
        with_buffer(|out| {
            self.write_inputs(out, args, kwargs, &mut Parting::never())?;
            Ok(PyBytes::new(args.py(), out))
        })
    }

    fn bind_apart<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        with_buffer(|out| {
            let mut parting = Parting::default();
            self.write_inputs(out, args, kwargs, &mut parting)?;
            parting.message(args.py(), out)
        })
    }

    fn decode_inputs<'py>(&self, py: Python<'py>, data: Encoded<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        for (next, named) in literal::named(data.message()).enumerate() {
            let (name, bytes) = named?;
            let input =
                find(&self.inputs, next, name).ok_or_else(|| self.unreadable(name, "not an input of this task"))?;
            arguments.set_item(input.name.bind(py), self.read_part(&data, next, input, bytes, py)?)?;
        }
        if arguments.len() < self.inputs.len() {
            for input in &self.inputs {
                let name = input.name.bind(py);
                if arguments.contains(name)? {
                    continue;
                }
                match &input.default {
                    Some(default) => arguments.set_item(name, default)?,
                    None => return Err(self.unreadable(&input.key, "missing, and without a default")),
                }
            }
        }
        Ok(arguments)
    }

    fn encode_outputs<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        with_buffer(|out| {
            self.write_outputs(out, value, &mut Parting::never())?;
            Ok(PyBytes::new(value.py(), out))
        })
    }

    fn encode_outputs_apart<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with_buffer(|out| {
            let mut parting = Parting::default();
            self.write_outputs(out, value, &mut parting)?;
            parting.message(value.py(), out)
        })
    }

    fn decode_outputs<'py>(&self, py: Python<'py>, data: Encoded<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.outputs.len() == 1 {
            // The usual case, without a list in between.
            for (next, named) in literal::named(data.message()).enumerate() {
                let (name, bytes) = named?;
                if name == self.outputs[0].key {
                    return self.read_part(&data, next, &self.outputs[0], bytes, py);
                }
            }
            return Err(self.unreadable(&self.outputs[0].key, "missing"));
        }
        match self.output_values(py, &data)? {
            values if values.is_empty() => Ok(py.None().into_bound(py)),
            values => Ok(PyTuple::new(py, values)?.into_any()),
        }
    }

    fn decode_output_tuple<'py>(&self, py: Python<'py>, data: Encoded<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match self.output_values(py, &data)? {
            values if values.is_empty() => PyTuple::new(py, [py.None()]),
            values => PyTuple::new(py, values),
        }
    }

    #[staticmethod]
    fn preview_inputs(data: &[u8]) -> Vec<(String, String)> {
        literal::preview(data)
    }

    #[staticmethod]
    fn preview_outputs(data: &[u8]) -> Vec<(String, String)> {
        literal::preview(data)
    }

    #[getter]
    fn interface_hash(&self) -> &str {
        &self.interface_hash
    }

    #[getter]
    fn interface(&self) -> &[u8] {
        &self.interface
    }

    #[getter]
    fn does_io(&self) -> bool {
        self.does_io
    }
}

impl Signature {
    fn write_inputs<'py>(
        &self,
        out: &mut Vec<u8>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
        parting: &mut Parting<'py>,
    ) -> PyResult<()> {
        let py = args.py();
        let given = args.len();
        let mut used = 0;
        for (index, input) in self.inputs.iter().enumerate() {
            let value = if index < given {
                args.get_item(index)?
            } else if let Some(value) = kwargs.get_item(input.name.bind(py))? {
                used += 1;
                value
            } else if let Some(default) = &input.default {
                default.bind(py).clone()
            } else {
                return Err(self.misfit(args, kwargs));
            };
            if parting.takes(out, index, input, &value) {
                continue;
            }
            match self.write(out, input, &value).map_err(|problem| *problem) {
                Ok(()) => {}
                Err(Problem::Raised(error)) => return Err(error),
                // Once more, to tell all of it: what else is wrong, and with which other inputs.
                Err(_) => return Err(self.misfit(args, kwargs)),
            }
        }
        if given > self.inputs.len() || used != kwargs.len() {
            return Err(self.misfit(args, kwargs));
        }
        Ok(())
    }

    fn write_outputs<'py>(
        &self,
        out: &mut Vec<u8>,
        value: &Bound<'py, PyAny>,
        parting: &mut Parting<'py>,
    ) -> PyResult<()> {
        match &self.outputs[..] {
            [] if value.is_none() => {}
            [] => return Err(self.undeclared_output(value)),
            [output] if parting.takes(out, 0, output, value) => {}
            [output] => self.write_output(out, output, value, "return value")?,
            outputs => {
                let tuple = match value.cast::<PyTuple>() {
                    Ok(tuple) if tuple.len() == outputs.len() => tuple,
                    _ => return Err(self.not_the_outputs(value)),
                };
                for (index, (output, item)) in outputs.iter().zip(tuple.iter()).enumerate() {
                    if !parting.takes(out, index, output, &item) {
                        self.write_output(out, output, &item, &format!("return value[{index}]"))?;
                    }
                }
            }
        }
        Ok(())
    }

    pub fn write(&self, out: &mut Vec<u8>, variable: &Variable, value: &Bound<'_, PyAny>) -> Outcome<()> {
        variable.write(out, |out| {
            if variable.is_nullable && value.is_none() {
                literal::write_none(out);
                return Ok(());
            }
            Encoder::new(out, &self.records).literal(&variable.plan, value)
        })
    }

    fn write_output(&self, out: &mut Vec<u8>, output: &Variable, value: &Bound<'_, PyAny>, root: &str) -> PyResult<()> {
        let consumed = match output.plan {
            Plan::List(_) | Plan::AnyList => consumed(value)?,
            _ => None,
        };
        let value = consumed.as_ref().unwrap_or(value);
        self.write(out, output, value).map_err(|problem| problem.raise(value.py(), &self.task, root))
    }

    fn read<'py>(&self, py: Python<'py>, variable: &Variable, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        match Decoder::new(py, &self.records).literal(&variable.plan, bytes) {
            Ok(value) => Ok(value),
            Err(_) if variable.is_nullable && literal::read(bytes) == Ok(literal::Literal::None) => {
                Ok(py.None().into_bound(py))
            }
            Err(Fault::Bytes(reason)) => Err(self.unreadable(&variable.key, &reason)),
            Err(Fault::Raised(error)) => Err(error),
        }
    }

    /// Reads a variable of a message, of which it may be what is apart.
    fn read_part<'py>(
        &self,
        data: &Encoded<'py>,
        place: usize,
        variable: &Variable,
        bytes: &[u8],
        py: Python<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(content) = data.content_at(place) else { return self.read(py, variable, bytes) };
        let content = content.object(py)?;
        if matches!(variable.plan, Plan::Bytes) && is_empty_bytes(bytes)? {
            return Ok(content.into_any());
        }
        let mut literal = Vec::new(); // the writer's annotation was another one
        literal::write_binary(&mut literal, content.as_bytes(), literal::BYTES);
        self.read(py, variable, &literal)
    }

    fn output_values<'py>(&self, py: Python<'py>, data: &Encoded<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut values = vec![None; self.outputs.len()];
        for (next, named) in literal::named(data.message()).enumerate() {
            let (name, bytes) = named?;
            if let Some(output) = find(&self.outputs, next, name) {
                let place = self.outputs.iter().position(|other| std::ptr::eq(other, output)).unwrap_or_default();
                values[place] = Some(self.read_part(data, next, output, bytes, py)?);
            }
        }
        let complete = values.into_iter().zip(&self.outputs);
        complete.map(|(value, output)| value.ok_or_else(|| self.unreadable(&output.key, "missing"))).collect()
    }

    fn unreadable(&self, name: &str, reason: &str) -> PyErr {
        PyValueError::new_err(format!("{}: the recorded `{name}` cannot be read: {reason}", self.task))
    }
}

fn compile(
    compiler: &mut Compiler,
    variables: Vec<(String, Bound<'_, PyTuple>)>,
    defaults: Option<&Bound<'_, PyDict>>,
) -> PyResult<(Vec<Variable>, Vec<LiteralType>)> {
    let mut compiled = Vec::new();
    let mut types = Vec::new();
    for (key, spec) in variables {
        let (plan, literal_type) = compiler.variable(&spec)?;
        let default = defaults.map_or(Ok(None), |defaults| defaults.get_item(&key))?;
        let is_nullable = default.as_ref().is_some_and(|default| default.is_none());
        let mut head = Vec::new();
        write_bytes(&mut head, 1, key.as_bytes());
        head.extend_from_slice(&[message(2), 0]);
        let name = PyString::intern(spec.py(), &key).unbind();
        compiled.push(Variable { name, key, head, plan, default: default.map(Bound::unbind), is_nullable });
        types.push(literal_type);
    }
    Ok((compiled, types))
}

fn typed<'a>(variables: &'a [Variable], types: &[LiteralType]) -> Vec<(&'a str, Vec<u8>)> {
    variables.iter().zip(types).map(|(variable, kind)| (variable.key.as_str(), kind.bytes())).collect()
}

/// The variable of that name; they usually come in order.
fn find<'a>(variables: &'a [Variable], next: usize, name: &str) -> Option<&'a Variable> {
    match variables.get(next) {
        Some(variable) if variable.key == name => Some(variable),
        _ => variables.iter().find(|variable| variable.key == name),
    }
}

/// An iterator returned where a list is declared, such as the results of `flyte.map`, run to its end.
fn consumed<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if value.is_instance_of::<PyList>() || value.cast::<PyIterator>().is_err() {
        return Ok(None);
    }
    value.py().get_type::<PyList>().call1((value,)).map(Some)
}
