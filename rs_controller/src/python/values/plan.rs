//! Plans: what `flyte.types.plan.spec_of` says about an annotation, compiled for encoding and decoding.

use std::collections::{BTreeSet, HashMap};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType};

use super::schema::json;
use super::shaped::Shaped;
use super::shapes::{needs_check, shapes_of, MAP, SEQUENCE};
use super::time;
use crate::wire::literal_type::{LiteralType, Simple};
use crate::wire::MAX_DEPTH;

/// How values of one type travel.
pub enum Plan {
    None,
    Boolean,
    Integer,
    Float,
    Text,
    Bytes,
    List(Box<Plan>),
    /// A dict whose keys are text: a map of literals.
    Map(Box<Plan>),
    /// A dict with other keys: packed.
    Dict(Box<Plan>, Box<Plan>),
    AnyList,
    AnyDict,
    Tuple(Vec<Plan>),
    TupleOf(Box<Plan>),
    Union(Vec<Member>),
    /// A set, or a frozenset.
    Set {
        element: Box<Plan>,
        is_frozen: bool,
    },
    Datetime,
    Date,
    Duration,
    Enumeration(Box<Enumeration>),
    /// One of the values of a `Literal[...]`.
    Choice {
        name: String,
        choices: Py<PyTuple>,
    },
    /// A dataclass, by its place among the signature's records, since records may hold themselves.
    Record(usize),
    /// A NamedTuple: the same, as a sequence inside packed values.
    NamedTuple(usize),
    /// A TypedDict: the same, without a class.
    TypedDict(usize),
    /// A container that travels packed as another one: a deque as its list.
    Shaped(Box<Shaped>),
    /// A type whose conversion is written in Python.
    Extension(Box<Extension>),
    Pickle {
        name: String,
        check: Check,
    },
}

/// One alternative of a union.
pub struct Member {
    pub plan: Plan,
    /// Its LiteralType in the union; nothing inside packed values, which carry no types.
    pub kind: Vec<u8>,
    /// Inside packed values: whether its shape could be taken for another member's, so that it is marked.
    pub is_marked: bool,
    /// Inside packed values: whether some of its values could be, so that each is read back to see.
    pub is_checked: bool,
}

/// What is known about values that travel as pickles.
pub enum Check {
    Anything,
    Class(Py<PyAny>),
}

/// An enum and its members, in their order.
pub struct Enumeration {
    pub class: Py<PyType>,
    pub name: String,
    pub members: Vec<(String, Py<PyAny>)>,
}

/// A `flyte.types.extension.Extension`.
pub struct Extension {
    pub name: String,
    pub encode: Py<PyAny>,
    pub decode: Py<PyAny>,
    pub pack: Py<PyAny>,
    pub unpack: Py<PyAny>,
    /// The class of its values, unless only `encode` can tell.
    pub instances: Option<Py<PyAny>>,
    /// What its packed values can look like.
    pub shapes: u8,
}

/// A dataclass, NamedTuple or TypedDict.
pub struct Record {
    pub class: Py<PyType>,
    pub name: String,
    pub fields: Vec<Field>,
    /// Every field is an argument, and may be given by position.
    pub is_positional: bool,
}

pub struct Field {
    pub name: Py<PyString>,
    pub key: String,
    pub plan: Plan,
    /// False for what `__post_init__` computes: set after construction.
    pub is_argument: bool,
    pub default: Default,
    /// False for the keys that a TypedDict may lack.
    pub is_required: bool,
}

pub enum Default {
    None,
    Value(Py<PyAny>),
    Factory(Py<PyAny>),
}

/// Compiles the specs of one signature.
#[derive(std::default::Default)]
pub struct Compiler {
    pub records: Vec<Record>,
    pub does_io: bool,
    known: HashMap<(usize, String), usize>,
    depth: u32,
}

impl Compiler {
    /// The plan of a variable, and its type.
    pub fn variable(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<(Plan, LiteralType)> {
        self.nested(|compiler| compiler.compile_variable(spec))
    }

    fn compile_variable(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<(Plan, LiteralType)> {
        let simple = |plan, simple, tag| Ok((plan, LiteralType::simple(simple, tag)));
        match kind(spec)?.as_str() {
            "none" => simple(Plan::None, Simple::None, "none"),
            "bool" => simple(Plan::Boolean, Simple::Boolean, "bool"),
            "int" => simple(Plan::Integer, Simple::Integer, "int"),
            "float" => simple(Plan::Float, Simple::Float, "float"),
            "str" => simple(Plan::Text, Simple::Text, "str"),
            "datetime" => simple(Plan::Datetime, Simple::Datetime, "datetime"),
            "date" => simple(Plan::Date, Simple::Datetime, "date"),
            "timedelta" => simple(Plan::Duration, Simple::Duration, "timedelta"),
            "enum" => {
                let plan = self.compile_packed(spec)?;
                let literal_type = match &plan {
                    Plan::Enumeration(known) => LiteralType::enumeration(known.members.iter().map(|(name, _)| &**name)),
                    _ => LiteralType::simple(Simple::Text, "str"),
                };
                Ok((plan, literal_type))
            }
            "extension" => {
                let extension = spec.get_item(1)?;
                let encoded: Vec<u8> = extension.getattr("literal_type")?.extract()?;
                let tag: String = extension.getattr("member_tag")?.extract()?;
                Ok((self.compile_packed(spec)?, LiteralType::encoded(&encoded, &tag)))
            }
            "named_tuple" | "typed_dict" => {
                let tag = if kind(spec)? == "typed_dict" { "TypedDict" } else { "NamedTuple" };
                Ok((self.record(spec)?, LiteralType::tuple(&json(&spec.get_item(3)?)?, tag)))
            }
            "list" => {
                let (plan, element) = self.variable(&part(spec, 1)?)?;
                Ok((Plan::List(Box::new(plan)), LiteralType::collection(&element)))
            }
            "map" => {
                let (plan, value) = self.variable(&part(spec, 1)?)?;
                Ok((Plan::Map(Box::new(plan)), LiteralType::map(&value)))
            }
            "union" => {
                let (members, kinds) = self.union(spec)?;
                Ok((Plan::Union(members), LiteralType::union(kinds.iter())))
            }
            "dict" | "any_dict" => Ok((self.compile_packed(spec)?, LiteralType::dict())),
            "tuple" => Ok((self.compile_packed(spec)?, LiteralType::tuple(&json(&spec.get_item(2)?)?, "Typed Tuple"))),
            "record" => Ok((self.record(spec)?, LiteralType::record(&json(&spec.get_item(3)?)?))),
            "bytes" | "any_list" | "tuple_of" | "pickle" | "set" | "frozenset" | "choice" | "shaped" => {
                let class_name: String = spec.get_item(spec.len() - 1)?.extract()?;
                Ok((self.compile_packed(spec)?, LiteralType::pickle(&class_name)))
            }
            other => Err(PyValueError::new_err(format!("unknown kind of spec: `{other}`"))),
        }
    }

    /// The plan of something inside a packed value.
    fn packed(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<Plan> {
        self.nested(|compiler| compiler.compile_packed(spec))
    }

    fn compile_packed(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<Plan> {
        Ok(match kind(spec)?.as_str() {
            "none" => Plan::None,
            "bool" => Plan::Boolean,
            "int" => Plan::Integer,
            "float" => Plan::Float,
            "str" => Plan::Text,
            "bytes" => Plan::Bytes,
            "any_list" => Plan::AnyList,
            "any_dict" => Plan::AnyDict,
            "list" => Plan::List(Box::new(self.packed(&part(spec, 1)?)?)),
            "map" => Plan::Map(Box::new(self.packed(&part(spec, 1)?)?)),
            "dict" => Plan::Dict(Box::new(self.packed(&part(spec, 1)?)?), Box::new(self.packed(&part(spec, 2)?)?)),
            "tuple" => Plan::Tuple(parts(spec, 1)?.iter().map(|item| self.packed(item)).collect::<PyResult<_>>()?),
            "tuple_of" => Plan::TupleOf(Box::new(self.packed(&part(spec, 1)?)?)),
            "union" => Plan::Union(self.packed_union(spec)?),
            "record" | "named_tuple" | "typed_dict" => self.record(spec)?,
            "datetime" => Plan::Datetime,
            "date" => Plan::Date,
            "timedelta" => Plan::Duration,
            "set" | "frozenset" => {
                let element = Box::new(self.packed(&part(spec, 1)?)?);
                Plan::Set { element, is_frozen: kind(spec)? == "frozenset" }
            }
            "choice" => Plan::Choice { name: spec.get_item(1)?.extract()?, choices: part(spec, 2)?.unbind() },
            "enum" => Plan::Enumeration(Box::new(enumeration(spec)?)),
            "shaped" => {
                let inner = self.packed(&part(spec, 2)?)?;
                Plan::Shaped(Box::new(Shaped::compile(spec, inner)?))
            }
            "extension" => Plan::Extension(Box::new(self.extension(&spec.get_item(1)?)?)),
            "pickle" => Plan::Pickle { name: spec.get_item(1)?.extract()?, check: check(&spec.get_item(2)?)? },
            other => return Err(PyValueError::new_err(format!("unknown kind of spec: `{other}`"))),
        })
    }

    fn union(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<(Vec<Member>, Vec<LiteralType>)> {
        let mut members = Vec::new();
        let mut kinds = Vec::new();
        for spec in parts(spec, 1)? {
            let (plan, kind) = self.variable(&spec)?;
            members.push(Member { plan, kind: kind.as_member(), is_marked: false, is_checked: false });
            kinds.push(kind);
        }
        Ok((members, kinds))
    }

    fn packed_union(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<Vec<Member>> {
        let plans = parts(spec, 1)?.iter().map(|spec| self.packed(spec)).collect::<PyResult<Vec<_>>>()?;
        let marks: Vec<_> = (0..plans.len()).map(|at| (self.needs_mark(&plans, at), needs_check(&plans, at))).collect();
        let members = plans.into_iter().zip(marks);
        let member = |(plan, (is_marked, is_checked))| Member { plan, kind: Vec::new(), is_marked, is_checked };
        Ok(members.map(member).collect())
    }

    /// Whether a reader going by shape alone could take this member for another one.
    fn needs_mark(&self, plans: &[Plan], at: usize) -> bool {
        let is_extension_like =
            |shape| plans.iter().any(|plan| matches!(plan, Plan::Extension(_)) && plan.shapes() & shape != 0);
        let has_shaped = plans.iter().any(|plan| matches!(plan, Plan::Shaped(_)));
        match &plans[at] {
            // What a container is packed as says nothing about what it is.
            plan if has_shaped && plan.shapes() == 0 => true,
            plan if plan.is_sequence() => is_extension_like(SEQUENCE) || plans[..at].iter().any(Plan::is_sequence),
            Plan::Map(_) | Plan::Dict(..) | Plan::AnyDict | Plan::TypedDict(_) | Plan::Record(_)
                if is_extension_like(MAP) =>
            {
                true
            }
            Plan::Map(_) | Plan::Dict(..) | Plan::AnyDict | Plan::TypedDict(_) => {
                plans.iter().enumerate().any(|(other, plan)| match plan {
                    Plan::Record(_) => true,
                    Plan::Map(_) | Plan::Dict(..) | Plan::AnyDict | Plan::TypedDict(_) => other < at,
                    _ => false,
                })
            }
            // Its fields may not be known yet, when it holds this union itself: then it is marked to be safe.
            Plan::Record(record) => plans[..at].iter().any(|plan| match plan {
                Plan::Record(other) => self.keys(*other).is_empty() || self.keys(*other) == self.keys(*record),
                _ => false,
            }),
            Plan::Pickle { .. } => true,
            _ => false,
        }
    }

    fn keys(&self, record: usize) -> BTreeSet<&str> {
        self.records[record].fields.iter().map(|field| field.key.as_str()).collect()
    }

    fn record(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<Plan> {
        let plan = match kind(spec)?.as_str() {
            "named_tuple" => Plan::NamedTuple,
            "typed_dict" => Plan::TypedDict,
            _ => Plan::Record,
        };
        let class = spec.get_item(1)?.cast_into::<PyType>()?;
        // A generic class is another record for each of its arguments, which its name includes.
        let name: String = spec.get_item(4)?.extract()?;
        let place = (class.as_ptr() as usize, name.clone());
        if let Some(index) = self.known.get(&place) {
            return Ok(plan(*index));
        }
        let index = self.records.len();
        self.known.insert(place, index);
        self.records.push(Record { class: class.unbind(), name, fields: Vec::new(), is_positional: true });
        let mut fields = Vec::new();
        let mut is_positional = true;
        for field in parts(spec, 2)? {
            let (field, keyword_only) = self.field(&field)?;
            is_positional &= field.is_argument && !keyword_only;
            fields.push(field);
        }
        self.records[index].fields = fields;
        self.records[index].is_positional = is_positional;
        Ok(plan(index))
    }

    fn extension(&mut self, extension: &Bound<'_, PyAny>) -> PyResult<Extension> {
        let part = |name| extension.getattr(name).map(Bound::unbind);
        self.does_io |= extension.getattr("does_io")?.is_truthy()?;
        let instances = extension.getattr("instances")?;
        Ok(Extension {
            name: extension.getattr("name")?.extract()?,
            encode: part("encode")?,
            decode: part("decode")?,
            pack: part("pack")?,
            unpack: part("unpack")?,
            instances: (!instances.is_none()).then(|| instances.unbind()),
            shapes: shapes_of(&extension.getattr("json_schema")?)?,
        })
    }

    /// `(name, spec, is an argument, is keyword-only, default or (), factory or None, is required)`.
    fn field(&mut self, spec: &Bound<'_, PyTuple>) -> PyResult<(Field, bool)> {
        let name = spec.get_item(0)?.cast_into::<PyString>()?;
        let values = spec.get_item(4)?.cast_into::<PyTuple>()?;
        let factory = spec.get_item(5)?;
        let default = match values.get_item(0) {
            Ok(value) => Default::Value(value.unbind()),
            Err(_) if factory.is_none() => Default::None,
            Err(_) => Default::Factory(factory.unbind()),
        };
        let field = Field {
            key: name.to_str()?.to_owned(),
            name: PyString::intern(spec.py(), name.to_str()?).unbind(),
            plan: self.packed(&part(spec, 1)?)?,
            is_argument: spec.get_item(2)?.extract()?,
            default,
            is_required: spec.get_item(6)?.extract()?,
        };
        Ok((field, spec.get_item(3)?.extract()?))
    }

    fn nested<T>(&mut self, compile: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<T> {
        if self.depth > MAX_DEPTH {
            return Err(PyValueError::new_err("the annotation is nested too deeply"));
        }
        self.depth += 1;
        let compiled = compile(self);
        self.depth -= 1;
        compiled
    }
}

fn kind(spec: &Bound<'_, PyTuple>) -> PyResult<String> {
    spec.get_item(0)?.extract()
}

fn part<'py>(spec: &Bound<'py, PyTuple>, index: usize) -> PyResult<Bound<'py, PyTuple>> {
    Ok(spec.get_item(index)?.cast_into::<PyTuple>()?)
}

fn parts<'py>(spec: &Bound<'py, PyTuple>, index: usize) -> PyResult<Vec<Bound<'py, PyTuple>>> {
    part(spec, index)?.iter().map(|part| Ok(part.cast_into::<PyTuple>()?)).collect()
}

pub fn check(check: &Bound<'_, PyAny>) -> PyResult<Check> {
    Ok(if check.is_none() { Check::Anything } else { Check::Class(check.clone().unbind()) })
}

fn enumeration(spec: &Bound<'_, PyTuple>) -> PyResult<Enumeration> {
    let class = spec.get_item(1)?.cast_into::<PyType>()?;
    let name = class.name()?.to_string();
    let members = parts(spec, 2)?.iter().map(|member| member.extract()).collect::<PyResult<_>>()?;
    Ok(Enumeration { class: class.unbind(), name, members })
}

impl Plan {
    /// Whether the value has the outer shape of this type. Lenient also takes an int for a float, a dict for a dataclass.
    pub fn fits(&self, value: &Bound<'_, PyAny>, records: &[Record], lenient: bool) -> PyResult<bool> {
        let py = value.py();
        Ok(match self {
            Plan::None => value.is_none(),
            Plan::Boolean => value.is_instance_of::<PyBool>(),
            // Subclasses may be members of their own: an IntEnum, a NamedTuple.
            Plan::Integer => is_integer(value) && (lenient || value.is_exact_instance_of::<PyInt>()),
            Plan::Float => value.is_instance_of::<PyFloat>() || lenient && is_integer(value),
            Plan::Text => value.is_exact_instance_of::<PyString>() || lenient && value.is_instance_of::<PyString>(),
            Plan::Bytes => value.is_instance_of::<PyBytes>(),
            Plan::List(_) | Plan::AnyList => value.is_instance_of::<PyList>(),
            Plan::Map(_) | Plan::Dict(..) | Plan::AnyDict => value.is_instance_of::<PyDict>(),
            Plan::Tuple(items) => {
                let is_kind = lenient || value.is_exact_instance_of::<PyTuple>();
                is_kind && value.cast::<PyTuple>().is_ok_and(|tuple| tuple.len() == items.len())
            }
            Plan::TupleOf(_) => value.is_exact_instance_of::<PyTuple>() || lenient && value.is_instance_of::<PyTuple>(),
            Plan::Record(record) => {
                value.is_instance(records[*record].class.bind(py))? || lenient && value.is_instance_of::<PyDict>()
            }
            Plan::NamedTuple(record) => {
                let is_like = || value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyDict>();
                value.is_instance(records[*record].class.bind(py))? || lenient && is_like()
            }
            Plan::TypedDict(record) => match value.cast::<PyDict>() {
                Ok(dict) => lenient || records[*record].fits_keys(dict),
                Err(_) => false,
            },
            Plan::Set { is_frozen: false, .. } => value.is_instance_of::<PySet>(),
            Plan::Set { is_frozen: true, .. } => value.is_instance_of::<PyFrozenSet>(),
            Plan::Datetime => time::is_datetime(value)?,
            Plan::Date => time::is_date(value)? && (lenient || !time::is_datetime(value)?),
            Plan::Duration => time::is_duration(value)?,
            Plan::Enumeration(known) => {
                value.is_instance(known.class.bind(py))? || lenient && value.is_instance_of::<PyString>()
            }
            Plan::Choice { choices, .. } => is_one_of(value, choices.bind(py))?,
            Plan::Shaped(shaped) => shaped.check.allows(value, lenient)?,
            Plan::Extension(extension) => match &extension.instances {
                Some(class) if !lenient => value.is_instance(class.bind(py))?,
                _ => true,
            },
            Plan::Pickle { check, .. } => check.allows(value, lenient)?,
            Plan::Union(members) => {
                for member in members {
                    if member.plan.fits(value, records, lenient)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    /// The type as people write it.
    pub fn name(&self, records: &[Record]) -> String {
        let joined = |plans: &[Plan]| plans.iter().map(|plan| plan.name(records)).collect::<Vec<_>>().join(", ");
        match self {
            Plan::None => "None".to_owned(),
            Plan::Boolean => "bool".to_owned(),
            Plan::Integer => "int".to_owned(),
            Plan::Float => "float".to_owned(),
            Plan::Text => "str".to_owned(),
            Plan::Bytes => "bytes".to_owned(),
            Plan::AnyList => "list".to_owned(),
            Plan::AnyDict => "dict".to_owned(),
            Plan::List(element) => format!("list[{}]", element.name(records)),
            Plan::Map(value) => format!("dict[str, {}]", value.name(records)),
            Plan::Dict(key, value) => {
                format!("dict[{}, {}]", key.name(records), value.name(records))
            }
            Plan::Tuple(items) if items.is_empty() => "tuple[()]".to_owned(),
            Plan::Tuple(items) => format!("tuple[{}]", joined(items)),
            Plan::TupleOf(item) => format!("tuple[{}, ...]", item.name(records)),
            Plan::Union(members) => {
                members.iter().map(|member| member.plan.name(records)).collect::<Vec<_>>().join(" | ")
            }
            Plan::Set { element, is_frozen } => {
                let of = element.name(records);
                let kind = if *is_frozen { "frozenset" } else { "set" };
                if of == "object" {
                    kind.to_owned()
                } else {
                    format!("{kind}[{of}]")
                }
            }
            Plan::Datetime => "datetime".to_owned(),
            Plan::Date => "date".to_owned(),
            Plan::Duration => "timedelta".to_owned(),
            Plan::Enumeration(known) => known.name.clone(),
            Plan::Record(record) | Plan::NamedTuple(record) | Plan::TypedDict(record) => records[*record].name.clone(),
            Plan::Extension(extension) => extension.name.clone(),
            Plan::Shaped(shaped) => shaped.name.clone(),
            Plan::Choice { name, .. } | Plan::Pickle { name, .. } => name.clone(),
        }
    }
}

impl Check {
    pub fn allows(&self, value: &Bound<'_, PyAny>, lenient: bool) -> PyResult<bool> {
        let py = value.py();
        match self {
            Check::Anything => Ok(true),
            Check::Class(class) => {
                // The numeric tower of PEP 484: where complex is asked for, the smaller numbers will do.
                let is_tower = lenient && class.bind(py).is(py.get_type::<pyo3::types::PyComplex>());
                let is_number = is_integer(value) || value.is_instance_of::<PyFloat>();
                Ok(value.is_instance(class.bind(py))? || is_tower && is_number)
            }
        }
    }
}

/// Whether a value is one of these: equal, and of the same type, as True is not 1 here.
pub fn is_one_of(value: &Bound<'_, PyAny>, choices: &Bound<'_, PyTuple>) -> PyResult<bool> {
    for choice in choices {
        if choice.get_type().is(value.get_type()) && choice.eq(value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Record {
    /// Whether a dict has all the keys it must have, and no others.
    fn fits_keys(&self, dict: &Bound<'_, PyDict>) -> bool {
        let has = |field: &Field| dict.contains(&field.name).unwrap_or(false);
        let known = self.fields.iter().filter(|field| has(field)).count();
        known == dict.len() && self.fields.iter().all(|field| !field.is_required || has(field))
    }
}

/// An int that is not a bool.
pub fn is_integer(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>()
}

impl Field {
    pub fn has_default(&self) -> bool {
        !matches!(self.default, Default::None)
    }
}
