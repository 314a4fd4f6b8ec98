//! Paginator models: from `paginators-1.json`, from the caller's JSON, or inferred from an operation's shapes.
//!
//! Parsing a file only indexes it. An entry is compiled on first use, so an invalid one does not affect the others. The format is
//! that of botocore's `paginate.py: Paginator`.

mod inferred;

use std::borrow::Cow;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::jmespath::Expression;
use crate::model::entries::Entries;
use crate::model::error::DefinitionError;
use crate::model::names::NameMap;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Shapes};
use crate::value::type_name;

/// The paginators of one file, indexed by operation name.
#[derive(Debug)]
pub(crate) struct Paginators {
    origin: String,
    entries: Vec<PaginatorEntry>,
    by_name: NameMap,
}

#[derive(Debug)]
struct PaginatorEntry {
    operation: String,
    text: Box<RawValue>,
    compiled: OnceCell<Arc<Pagination>>,
}

/// Compiled paginator of an operation.
#[derive(Debug)]
pub(crate) struct Pagination {
    /// Parameters that select a page, in the order of `output_tokens`.
    pub(crate) input_tokens: Vec<String>,
    /// Expressions that find the tokens of the next page in a response.
    pub(crate) output_tokens: Vec<Expression>,
    /// If set and false in a response, no page follows, whatever its tokens.
    pub(crate) more_results: Option<Expression>,
    /// Parameter for the page size.
    pub(crate) limit_key: Option<String>,
    /// Results of a page. The first one is the primary result. Never empty.
    pub(crate) result_keys: Vec<Key>,
    /// Members of the first page that describe the whole listing. Each is a path.
    pub(crate) non_aggregate_keys: Vec<Key>,
    /// Whether it was inferred from the operation's shapes.
    pub(crate) inferred: bool,
    /// Name of the source, for error messages.
    origin: String,
}

/// A target in a page: an expression to read by and, where it is a plain `Some.Member`, a path to write by.
#[derive(Debug)]
pub(crate) struct Key {
    expression: Expression,
    path: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct PaginatorsFile<'m> {
    #[serde(borrow)]
    pagination: Entries<'m, Box<RawValue>>,
}

impl Paginators {
    /// Indexes the text of a file. `origin` names it in messages.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Paginators> {
        let file: PaginatorsFile<'_> =
            serde_json::from_str(text).map_err(|error| DefinitionError::Json(error.to_string()).at(origin))?;
        let entries = file.pagination.0.into_iter();
        let entries: Vec<PaginatorEntry> = entries
            .map(|(operation, text)| PaginatorEntry {
                operation: operation.into_owned(),
                text,
                compiled: OnceCell::new(),
            })
            .collect();
        let by_name = NameMap::new(entries.iter().map(|entry| entry.operation.as_str()));
        Ok(Paginators { origin: origin.to_owned(), entries, by_name })
    }

    /// Returns the operation names in the file's spelling and order.
    #[cfg(all(test, feature = "bundled-models"))]
    pub(crate) fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.operation.as_str())
    }

    pub(crate) fn get(&self, operation: &Operation) -> Option<Result<Arc<Pagination>>> {
        let entry = &self.entries[self.by_name.get(&operation.name)?];
        let compiled = entry.compiled.get_or_try_init(|| {
            let value = serde_json::from_str(entry.text.get())
                .map_err(|error| broken(&self.origin, &entry.operation, DefinitionError::Json(error.to_string())))?;
            Pagination::parse(&value, &entry.operation, &self.origin).map(Arc::new)
        });
        // Checked on each use, because another session may have another model with the same file.
        Some(compiled.and_then(|pagination| pagination.check(operation).map(|()| Arc::clone(pagination))))
    }

    /// Returns an error if this file has an entry for an operation that the service does not have.
    pub(crate) fn orphan(&self, name: &str) -> Option<Error> {
        let entry = &self.entries[self.by_name.get(name)?];
        Some(broken(&self.origin, &entry.operation, DefinitionError::NoOperation))
    }
}

impl Pagination {
    /// Compiles one entry. `origin` names its source in error messages.
    pub(crate) fn parse(entry: &Value, operation: &str, origin: &str) -> Result<Pagination> {
        let broken = |error| broken(origin, operation, error);
        if !entry.is_object() {
            return Err(broken(wrong_type("an object", entry)));
        }
        let expressions = |key: &str| -> Result<Vec<Expression>, DefinitionError> {
            texts(entry, key)?.into_iter().map(|text| expression(key, text)).collect()
        };
        let keys = |key: &str| -> Result<Vec<Key>, DefinitionError> {
            Ok(expressions(key)?.into_iter().map(Key::new).collect())
        };
        let compile = || -> Result<Pagination, DefinitionError> {
            let pagination = Pagination {
                input_tokens: texts(entry, "input_token")?.into_iter().map(str::to_owned).collect(),
                output_tokens: expressions("output_token")?,
                more_results: text(entry, "more_results")?.map(|text| expression("more_results", text)).transpose()?,
                limit_key: text(entry, "limit_key")?.map(str::to_owned),
                result_keys: keys("result_key")?,
                non_aggregate_keys: keys("non_aggregate_keys")?,
                inferred: false,
                origin: origin.to_owned(),
            };
            pagination.is_complete()?;
            Ok(pagination)
        };
        compile().map_err(broken)
    }

    /// Infers a paginator from the shapes of an operation.
    pub(crate) fn infer(operation: &Operation) -> Option<Pagination> {
        inferred::infer(operation)
    }

    fn is_complete(&self) -> Result<(), DefinitionError> {
        let (inputs, outputs) = (self.input_tokens.len(), self.output_tokens.len());
        if inputs == 0 {
            return Err(DefinitionError::Type { expected: TEXTS, found: "nothing" }.at("input_token"));
        }
        if inputs != outputs {
            return Err(DefinitionError::TokenCount { inputs, outputs }.at("output_token"));
        }
        if self.result_keys.is_empty() {
            return Err(DefinitionError::Type { expected: TEXTS, found: "nothing" }.at("result_key"));
        }
        match self.non_aggregate_keys.iter().find(|key| key.path.is_none()) {
            Some(key) => Err(DefinitionError::NotAPath(key.as_str().to_owned()).at("non_aggregate_keys")),
            None => Ok(()),
        }
    }

    /// Checks that the operation has the parameters and results.
    pub(crate) fn check(&self, operation: &Operation) -> Result<()> {
        let broken = |error| broken(&self.origin, &operation.name, error);
        let has_input =
            |name: &str| operation.input_structure().is_some_and(|structure| structure.by_name(name).is_some());
        if let Some(name) = self.input_tokens.iter().find(|name| !has_input(name)) {
            return Err(broken(DefinitionError::NoParameter(name.clone()).at("input_token")));
        }
        if let Some(name) = self.limit_key.as_ref().filter(|name| !has_input(name)) {
            return Err(broken(DefinitionError::NoParameter(name.clone()).at("limit_key")));
        }
        match self.result_keys.iter().find(|key| key.target(operation) == KeyTarget::Missing) {
            Some(key) => Err(broken(DefinitionError::NoOutput(key.as_str().to_owned()).at("result_key"))),
            None => Ok(()),
        }
    }
}

/// Kind of the value of a [`Key`] in an operation's output, as far as the model knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyTarget {
    Missing,
    /// A structure, which is a single item, unlike a map.
    Structure,
    /// A list, a map, a string, or a value whose type is unknown: in free-form JSON or computed by an expression.
    Other,
}

impl Key {
    fn new(expression: Expression) -> Key {
        let path = plain_path(expression.as_str());
        Key { expression, path }
    }

    /// # Errors
    /// As for [`Expression::parse`].
    pub(crate) fn parse(text: &str) -> Result<Key> {
        Expression::parse(text).map(Key::new)
    }

    /// Creates the key of an output member, which may need quotes.
    fn member(name: &str) -> Option<Key> {
        let quoted = Value::from(name).to_string();
        let text = if is_identifier(name) { name } else { &quoted };
        Some(Key { expression: Expression::parse(text).ok()?, path: Some(vec![name.to_owned()]) })
    }

    pub(crate) fn as_str(&self) -> &str {
        self.expression.as_str()
    }

    pub(crate) fn search<'v>(&'v self, page: &'v Value) -> Result<Cow<'v, Value>> {
        self.expression.search(page)
    }

    /// The names of the path, if the key is one.
    pub(crate) fn path(&self) -> Option<&[String]> {
        self.path.as_deref()
    }

    /// Whether the key is a path, which can be written to.
    pub(crate) fn is_path(&self) -> bool {
        self.path.is_some()
    }

    /// Returns a mutable reference to the value at this path.
    pub(crate) fn get_mut<'v>(&self, page: &'v mut Value) -> Option<&'v mut Value> {
        self.path.as_ref()?.iter().try_fold(page, |value, name| value.as_object_mut()?.get_mut(name))
    }

    /// Returns the parent of the value at this path.
    pub(crate) fn parent<'v>(&self, page: &'v Value) -> Option<&'v Value> {
        let (_, parents) = self.path.as_ref()?.split_last()?;
        parents.iter().try_fold(page, |value, name| value.get(name))
    }

    /// Takes the value out of a page, without a copy if the key is a path.
    pub(crate) fn take(&self, page: &mut Value) -> Result<Value> {
        match self.path {
            Some(_) => Ok(self.get_mut(page).map(Value::take).unwrap_or_default()),
            None => self.search(page).map(Cow::into_owned),
        }
    }

    /// Removes the member at the end of the path.
    pub(crate) fn remove(&self, page: &mut Value) {
        let Some((last, parents)) = self.path.as_ref().and_then(|path| path.split_last()) else { return };
        let parent = parents.iter().try_fold(page, |value, name| value.as_object_mut()?.get_mut(name));
        if let Some(members) = parent.and_then(Value::as_object_mut) {
            members.shift_remove(last);
        }
    }

    /// Sets a value at the path and creates missing parents.
    pub(crate) fn set(&self, into: &mut Value, value: Value) {
        let Some((last, parents)) = self.path.as_ref().and_then(|path| path.split_last()) else { return };
        let mut parent = into;
        for name in parents {
            let Value::Object(members) = parent else { return };
            parent = members.entry(name.as_str()).or_insert_with(|| Value::Object(serde_json::Map::new()));
        }
        if let Value::Object(members) = parent {
            members.insert(last.clone(), value);
        }
    }

    pub(crate) fn target(&self, operation: &Operation) -> KeyTarget {
        let (Some(path), Some(output)) = (&self.path, &operation.output) else {
            return if self.path.is_some() { KeyTarget::Missing } else { KeyTarget::Other };
        };
        let mut shape = output.root().shape;
        for name in path {
            match &output.get(shape).kind {
                Kind::Structure(structure) if !structure.document => match structure.by_name(name) {
                    Some((_, member)) => shape = member.target.shape,
                    None => return KeyTarget::Missing,
                },
                Kind::Structure(_) | Kind::Map { .. } => return KeyTarget::Other,
                _ => return KeyTarget::Missing,
            }
        }
        match Shapes::structure(output, shape) {
            Some(structure) if !structure.document => KeyTarget::Structure,
            _ => KeyTarget::Other,
        }
    }
}

fn broken(origin: &str, operation: &str, error: DefinitionError) -> Error {
    error.at(format!("paginator of {operation}")).at(origin).into()
}

const TEXTS: &str = "a string or a list of strings";

fn wrong_type(expected: &'static str, found: &Value) -> DefinitionError {
    DefinitionError::Type { expected, found: type_name(found) }
}

fn expression(key: &str, text: &str) -> Result<Expression, DefinitionError> {
    Expression::of_model(text).map_err(|error| DefinitionError::Expression(error.to_string()).at(key))
}

fn text<'e>(entry: &'e Value, key: &str) -> Result<Option<&'e str>, DefinitionError> {
    match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type("a string", other).at(key)),
    }
}

/// Reads a string or a list of strings.
fn texts<'e>(entry: &'e Value, key: &str) -> Result<Vec<&'e str>, DefinitionError> {
    let wrong = |found| wrong_type(TEXTS, found).at(key);
    match entry.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(items)) => items.iter().map(|item| item.as_str().ok_or_else(|| wrong(item))).collect(),
        Some(other) => Err(wrong(other)),
    }
}

/// Splits `A.B` into names; `None` for any other expression.
pub(crate) fn plain_path(expression: &str) -> Option<Vec<String>> {
    let names = expression.split('.').map(|name| is_identifier(name).then(|| name.to_owned()));
    names.collect()
}

/// Whether a name needs no quotes in an expression.
fn is_identifier(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_letter) && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
