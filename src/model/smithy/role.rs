//! What a structure is used for, which decides the HTTP bindings of its members that count.

use super::traits::{
    HTTP_HEADER, HTTP_LABEL, HTTP_PAYLOAD, HTTP_PREFIX_HEADERS, HTTP_QUERY, HTTP_QUERY_PARAMS, HTTP_RESPONSE_CODE,
};

/// Use of a shape. A shape is converted for each, but only where the texts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShapeRole {
    /// Input of an operation, or an error, and every shape for which the role does not matter.
    Plain,
    /// Output of an operation: bindings to the request's target do not count.
    Output,
    /// Value of a member: no binding counts.
    Nested,
}

/// Separates the name of a shape from a suffix for its role. No name has this character.
const MARK: char = '$';

impl ShapeRole {
    pub(super) const ALL: [ShapeRole; 3] = [ShapeRole::Plain, ShapeRole::Output, ShapeRole::Nested];

    const fn suffix(self) -> &'static str {
        match self {
            ShapeRole::Plain => "",
            ShapeRole::Output => "$output",
            ShapeRole::Nested => "$nested",
        }
    }

    /// The traits of members that make the text for this role another one.
    pub(super) const fn distinctive(self) -> &'static [&'static str] {
        match self {
            ShapeRole::Plain => &[],
            ShapeRole::Output => &[HTTP_LABEL, HTTP_QUERY, HTTP_QUERY_PARAMS, HTTP_RESPONSE_CODE],
            ShapeRole::Nested => &[
                HTTP_HEADER,
                HTTP_LABEL,
                HTTP_PAYLOAD,
                HTTP_PREFIX_HEADERS,
                HTTP_QUERY,
                HTTP_QUERY_PARAMS,
                HTTP_RESPONSE_CODE,
            ],
        }
    }

    /// Adds the role to the name of a shape.
    pub(super) fn mark(self, name: &str) -> String {
        format!("{name}{}", self.suffix())
    }

    /// Splits a name into that of the shape and the role.
    pub(super) fn split(name: &str) -> (&str, ShapeRole) {
        let Some(at) = name.find(MARK) else { return (name, ShapeRole::Plain) };
        let role = ShapeRole::ALL.into_iter().find(|role| role.suffix() == &name[at..]);
        role.map_or((name, ShapeRole::Plain), |role| (&name[..at], role))
    }
}
