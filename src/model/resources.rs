//! Resource definitions (`resources-1.json`): object-oriented views of a service. This module calls nothing.
//!
//! The format and the rules are those of boto3's `resources/model.py`. The definitions of a file are read at once; a type is
//! compiled with the service's model when a resource needs it, so a broken one does not affect the others.

mod compile;
mod empty;
mod raw;
mod target;

use std::sync::Arc;

use serde_json::Value;

use crate::error::Result;
use crate::jmespath::Expression;
use crate::model::error::DefinitionError;
use crate::model::names;
use crate::model::service::ServiceModel;

pub(crate) use empty::empty_value;
pub(crate) use target::{ParamTarget, set};

use raw::{RawFile, RawResource};

/// The definitions of one file.
#[derive(Debug)]
pub(crate) struct ResourceDefinitions {
    origin: String,
    service: RawResource,
    types: Vec<(String, RawResource)>,
}

/// A compiled type of resource. Names are those by which users ask, after boto3's renaming of those that collide.
#[derive(Debug)]
pub(crate) struct ResourceModel {
    /// The type's name; `None` for the service itself.
    pub(crate) type_name: Option<String>,
    /// In the order of the arguments that make the resource.
    pub(crate) identifiers: Vec<IdentifierModel>,
    pub(crate) load: Option<ValueAction>,
    pub(crate) actions: Vec<(String, ActionModel)>,
    /// Resources made from identifiers alone.
    pub(crate) children: Vec<(String, NewResource)>,
    /// Resources that the data of this one names.
    pub(crate) references: Vec<(String, NewResource)>,
    pub(crate) collections: Vec<(String, Arc<ResourceAction>)>,
    pub(crate) batch_actions: Vec<(String, ValueAction)>,
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
    /// Whether the member of the shape that it is has a secret.
    pub(crate) is_sensitive: bool,
}

/// A call with the parameters that the definition sets.
#[derive(Debug)]
pub(crate) struct RequestModel {
    pub(crate) operation: String,
    pub(crate) params: Vec<ParamModel>,
}

/// A call, and what its response stands for.
#[derive(Debug)]
pub(crate) enum ActionModel {
    Value(ValueAction),
    Resource(ResourceAction),
}

/// A call that gives its response, or the part of it at the path.
#[derive(Debug)]
pub(crate) struct ValueAction {
    pub(crate) request: RequestModel,
    pub(crate) path: Option<Expression>,
}

/// A call whose response has resources.
#[derive(Debug)]
pub(crate) struct ResourceAction {
    pub(crate) request: RequestModel,
    pub(crate) resource: NewResource,
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
    /// The indices of identifiers, and where their values come from. The caller gives the others.
    pub(crate) identifiers: Vec<(usize, IdentifierSource)>,
    /// Where in the response its data is; without one it has none yet.
    pub(crate) path: Option<Expression>,
}

#[derive(Debug)]
pub(crate) enum IdentifierSource {
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

impl ResourceDefinitions {
    pub(crate) fn parse(text: &str, origin: &str) -> Result<ResourceDefinitions> {
        let file: RawFile =
            serde_json::from_str(text).map_err(|error| DefinitionError::Json(error.to_string()).at(origin))?;
        let RawFile { service, resources } = file;
        Ok(ResourceDefinitions { origin: origin.to_owned(), service, types: resources.0 })
    }

    /// Compiles the type with this name; the service itself without one.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) for a definition that is not valid.
    pub(crate) fn compile(&self, type_name: Option<&str>, model: &ServiceModel) -> Result<ResourceModel> {
        let raw = match type_name {
            None => &self.service,
            Some(wanted) => match self.definition(wanted) {
                Some(definition) => definition,
                None => return Err(DefinitionError::NoType(wanted.to_owned()).at(&self.origin).into()),
            },
        };
        let origin = format!("{}: {}", self.origin, type_name.unwrap_or("service"));
        compile::compile(self, type_name, raw, model, &origin)
    }

    /// The names of a type's identifiers in their order.
    pub(crate) fn identifiers(&self, type_name: &str) -> Vec<String> {
        let identifiers = self.definition(type_name).into_iter().flat_map(|definition| &definition.identifiers);
        identifiers.map(|identifier| names::snake_case(&identifier.name)).collect()
    }

    /// The names of the batch actions of a type.
    pub(crate) fn batch_actions(&self, type_name: &str) -> Vec<String> {
        let actions = self.definition(type_name).into_iter().flat_map(|definition| &definition.batch_actions.0);
        actions.map(|(name, _)| names::snake_case(name)).collect()
    }

    fn definition(&self, type_name: &str) -> Option<&RawResource> {
        self.types.iter().find(|(name, _)| name == type_name).map(|(_, definition)| definition)
    }
}

/// The entry with this name, in any spelling.
pub(crate) fn named<'e, T>(entries: &'e [(String, T)], name: &str) -> Option<&'e T> {
    let exact = entries.iter().find(|(own, _)| own == name);
    let found = exact.or_else(|| entries.iter().find(|(own, _)| names::same_spelling(own, name)));
    found.map(|(_, entry)| entry)
}
