//! [`Datum`]: a value between the text of an option and the parameter of a call.

use std::collections::HashMap;

use crate::aws::python;

/// Maximum depth of nested values: that of the parameters of a call.
pub(crate) const MAX_DEPTH: usize = 128;

/// A value with the types of Python, in which the AWS CLI keeps parameters: bytes and text differ, and integers have any size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    Null,
    Bool(bool),
    /// An integer of any size: `-`, if negative, and digits without leading zeros.
    Int(String),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// A timestamp of a YAML document, as it was written.
    Moment(String),
    List(Vec<Datum>),
    Map(Members),
}

impl Datum {
    /// The name of the type in Python.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Datum::Null => "NoneType",
            Datum::Bool(_) => "bool",
            Datum::Int(_) => "int",
            Datum::Float(_) => "float",
            Datum::Text(_) => "str",
            Datum::Bytes(_) => "bytes",
            Datum::Moment(text) if text.len() == "2020-01-01".len() => "datetime.date",
            Datum::Moment(_) => "datetime.datetime",
            Datum::List(_) => "list",
            Datum::Map(_) => "dict",
        }
    }

    /// How Python prints the value in a message. Lists and maps cannot get there.
    pub(crate) fn shown(&self) -> String {
        match self {
            Datum::Null => "None".to_owned(),
            Datum::Bool(true) => "True".to_owned(),
            Datum::Bool(false) => "False".to_owned(),
            Datum::Int(text) | Datum::Text(text) | Datum::Moment(text) => text.clone(),
            Datum::Float(value) => match value {
                value if value.is_nan() => "nan".to_owned(),
                value if value.is_infinite() => if *value > 0.0 { "inf" } else { "-inf" }.to_owned(),
                value => format!("{value:?}"),
            },
            Datum::Bytes(bytes) => python::bytes_repr(bytes),
            Datum::List(_) => "[..]".to_owned(),
            Datum::Map(_) => "{..}".to_owned(),
        }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Datum::Text(text.into())
    }
}

impl From<Members> for Datum {
    fn from(members: Members) -> Self {
        Datum::Map(members)
    }
}

/// The members of a map in the order in which their names first appeared. The last value of a name counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    entries: Vec<(String, Datum)>,
    index: HashMap<String, usize>,
}

impl Members {
    pub(crate) fn insert(&mut self, name: String, value: Datum) {
        if let Some(position) = self.index.get(&name) {
            self.entries[*position].1 = value;
        } else {
            self.index.insert(name.clone(), self.entries.len());
            self.entries.push((name, value));
        }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Datum> {
        self.index.get(name).map(|position| &mut self.entries[*position].1)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Datum> {
        self.entries.iter_mut().map(|(_, value)| value)
    }
}

impl IntoIterator for Members {
    type Item = (String, Datum);
    type IntoIter = std::vec::IntoIter<(String, Datum)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<N: Into<String>> FromIterator<(N, Datum)> for Members {
    fn from_iter<I: IntoIterator<Item = (N, Datum)>>(entries: I) -> Self {
        let mut members = Members::default();
        for (name, value) in entries {
            members.insert(name.into(), value);
        }
        members
    }
}
