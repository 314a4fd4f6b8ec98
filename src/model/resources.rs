//! Resource definitions (`resources-1.json`): object-oriented views of a service. This module calls nothing.
//!
//! The format and the rules are those of boto3's `resources/model.py`. The definitions of a file are read at once; a type is
//! compiled on its first use, so a broken one does not affect the others.

mod compile;
mod empty;
mod raw;
mod target;

use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde_json::Value;

use crate::error::Result;
use crate::jmespath::Expression;
use crate::model::error::DefinitionError;
use crate::model::names;

pub(crate) use empty::empty_value;
pub(crate) use target::{ParamTarget, set};

use raw::{RawFile, RawResource};

/// The definitions of one file.
#[derive(Debug)]
pub(crate) struct ResourceDefinitions {
    origin: String,
    service: Definition,
    types: Vec<(String, Definition)>,
}

#[derive(Debug)]
struct Definition {
    raw: RawResource,
    compiled: OnceCell<Arc<ResourceModel>>,
}

/// A compiled type of resource. Names are those by which users ask, after boto3's renaming of those that collide.
#[derive(Debug)]
pub(crate) struct ResourceModel {
    /// The type's name; `None` for the service itself.
    pub(crate) type_name: Option<String>,
    /// In the order of the arguments that make the resource.
    pub(crate) identifiers: Vec<IdentifierModel>,
    pub(crate) load: Option<ActionModel>,
    pub(crate) actions: Vec<(String, ActionModel)>,
    /// Resources made from identifiers alone.
    pub(crate) children: Vec<(String, NewResource)>,
    /// Resources that the data of this one names.
    pub(crate) references: Vec<(String, NewResource)>,
    pub(crate) collections: Vec<(String, ActionModel)>,
    pub(crate) batch_actions: Vec<(String, ActionModel)>,
    /// With `wait_until_` in front.
    pub(crate) waiters: Vec<(String, WaiterCall)>,
    /// Names, and the members of the data that they stand for.
    pub(crate) attributes: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct IdentifierModel {
    pub(crate) name: String,
    /// The attribute that is the same.
    pub(crate) alias: Option<String>,
}

/// A call, and what to make of its response.
#[derive(Debug)]
pub(crate) struct ActionModel {
    pub(crate) operation: String,
    pub(crate) params: Vec<ParamModel>,
    /// Where in the response the value is; the whole response without one. Not used if there is a resource.
    pub(crate) path: Option<Expression>,
    pub(crate) resource: Option<NewResource>,
}

/// A parameter that the definition sets.
#[derive(Debug)]
pub(crate) struct ParamModel {
    pub(crate) target: ParamTarget,
    pub(crate) source: ParamSource,
}

#[derive(Debug)]
pub(crate) enum ParamSource {
    /// The identifier of this index.
    Identifier(usize),
    Data(Expression),
    Constant(Value),
}

/// How a resource is made.
#[derive(Debug)]
pub(crate) struct NewResource {
    pub(crate) type_name: String,
    /// The identifiers' names, and where their values come from.
    pub(crate) identifiers: Vec<(String, IdentifierSource)>,
    /// Where in the response its data is; without one it has none yet.
    pub(crate) path: Option<Expression>,
}

#[derive(Debug)]
pub(crate) enum IdentifierSource {
    /// The caller gives it.
    Input,
    /// The identifier of this index of the resource that makes it.
    Identifier(usize),
    /// The data of the resource that makes it.
    Data(Expression),
    Response(Expression),
    RequestParameter(Expression),
}

/// A waiter of the client, and its parameters.
#[derive(Debug)]
pub(crate) struct WaiterCall {
    pub(crate) waiter: String,
    pub(crate) params: Vec<ParamModel>,
}

/// Gives the names of a shape's members, in the model's order.
pub(crate) type MembersOf<'a> = dyn Fn(&str) -> Result<Option<Vec<String>>> + 'a;

impl ResourceDefinitions {
    pub(crate) fn parse(text: &str, origin: &str) -> Result<ResourceDefinitions> {
        let file: RawFile =
            serde_json::from_str(text).map_err(|error| DefinitionError::Json(error.to_string()).at(origin))?;
        let definition = |raw| Definition { raw, compiled: OnceCell::new() };
        let types = file.resources.0.into_iter().map(|(name, raw)| (name, definition(raw))).collect();
        Ok(ResourceDefinitions { origin: origin.to_owned(), service: definition(file.service), types })
    }

    /// The type with this name; the service itself without one.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) for a definition that is not valid.
    pub(crate) fn get(&self, type_name: Option<&str>, members: &MembersOf<'_>) -> Result<Arc<ResourceModel>> {
        let definition = match type_name {
            None => &self.service,
            Some(wanted) => match self.definition(wanted) {
                Some(definition) => definition,
                None => return Err(DefinitionError::NoType(wanted.to_owned()).at(&self.origin).into()),
            },
        };
        let compile = || {
            let origin = format!("{}: {}", self.origin, type_name.unwrap_or("service"));
            compile::compile(self, type_name, &definition.raw, &origin, members).map(Arc::new)
        };
        definition.compiled.get_or_try_init(compile).cloned()
    }

    fn definition(&self, type_name: &str) -> Option<&Definition> {
        self.types.iter().find(|(name, _)| name == type_name).map(|(_, definition)| definition)
    }
}

/// The entry with this name, in any spelling.
pub(crate) fn named<'e, T>(entries: &'e [(String, T)], name: &str) -> Option<&'e (String, T)> {
    let exact = entries.iter().find(|(own, _)| own == name);
    exact.or_else(|| entries.iter().find(|(own, _)| names::same_spelling(own, name)))
}
