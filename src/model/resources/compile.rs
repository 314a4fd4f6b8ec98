//! Compiles a definition, and gives its parts the names of boto3's `load_rename_map`.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::raw::{RawAction, RawNewResource, RawParam, RawResource, RawWaiter};
use super::{
    ActionModel, IdentifierModel, IdentifierSource, NewResource, ParamModel, ParamSource, ParamTarget, RequestModel,
    ResourceAction, ResourceDefinitions, ResourceModel, ValueAction, WaiterCall,
};
use crate::error::Result;
use crate::jmespath::Expression;
use crate::model::error::DefinitionError;
use crate::model::names::snake_case;
use crate::model::service::ServiceModel;

type Compiled<T> = std::result::Result<T, DefinitionError>;

pub(super) fn compile(
    definitions: &ResourceDefinitions,
    type_name: Option<&str>,
    raw: &RawResource,
    model: &ServiceModel,
    origin: &str,
) -> Result<ResourceModel> {
    let members = match &raw.shape {
        None => Vec::new(),
        Some(shape) => {
            let members = model.member_names(shape)?;
            members.ok_or_else(|| DefinitionError::NoShape(shape.clone()).at("shape").at(origin))?
        }
    };
    let compiler = ResourceCompiler { definitions, raw, names: UsedNames::default() };
    let mut compiled = compiler.model(type_name, &members).map_err(|error| error.at(origin))?;
    if let Some(shape) = &raw.shape {
        for (identifier, raw) in compiled.identifiers.iter_mut().zip(&raw.identifiers) {
            let member = raw.member_name.as_deref();
            identifier.is_sensitive = member.is_some_and(|member| model.is_sensitive(shape, member));
        }
    }
    Ok(compiled)
}

/// The names that users have for the parts of a resource so far.
#[derive(Default)]
struct UsedNames(BTreeSet<String>);

impl UsedNames {
    /// Takes a name, with the category after it if another part has it.
    fn take(&mut self, name: String, category: &str) -> Compiled<String> {
        let name = if self.0.contains(&name) { format!("{name}_{category}") } else { name };
        match self.0.insert(name.clone()) {
            true => Ok(name),
            false => Err(DefinitionError::Collision(name)),
        }
    }
}

struct ResourceCompiler<'c> {
    definitions: &'c ResourceDefinitions,
    raw: &'c RawResource,
    names: UsedNames,
}

impl ResourceCompiler<'_> {
    /// The order in which names are taken is that of boto3.
    fn model(mut self, type_name: Option<&str>, attributes: &[String]) -> Compiled<ResourceModel> {
        self.names.take("meta".to_owned(), "")?;
        if self.raw.load.is_some() {
            self.names.take("load".to_owned(), "")?;
        }
        let mut identifiers = Vec::with_capacity(self.raw.identifiers.len());
        for identifier in &self.raw.identifiers {
            let name = self.names.take(snake_case(&identifier.name), "identifier")?;
            identifiers.push(IdentifierModel { name, alias: None, is_sensitive: false });
        }
        let actions = self.named(&self.raw.actions.0, "action", ResourceCompiler::action)?;
        let (children, references) = self.related(type_name.is_none())?;
        let collections = self.named(&self.raw.has_many.0, "collection", ResourceCompiler::collection)?;
        let waiters = self.waiters()?;
        let attributes = self.attributes(attributes, &mut identifiers)?;
        let load = self.raw.load.as_ref().map(|load| self.value_action(load).map_err(|error| error.at("load")));
        // Their names are those of actions of collections, which nothing else has.
        let batch = |(name, raw): &(String, RawAction)| {
            let action = self.value_action(raw).map_err(|error| error.at(format!("batch action {name}")))?;
            Ok((snake_case(name), action))
        };
        let batch_actions = self.raw.batch_actions.0.iter().map(batch).collect::<Compiled<_>>()?;
        Ok(ResourceModel {
            type_name: type_name.map(str::to_owned),
            load: load.transpose()?,
            identifiers,
            actions,
            children,
            references,
            collections,
            batch_actions,
            waiters,
            attributes,
        })
    }

    fn named<T>(
        &mut self,
        raw: &[(String, RawAction)],
        category: &str,
        compile: fn(&Self, &RawAction) -> Compiled<T>,
    ) -> Compiled<Vec<(String, T)>> {
        let mut parts = Vec::with_capacity(raw.len());
        for (name, raw) in raw {
            let part = compile(self, raw).map_err(|error| error.at(format!("{category} {name}")))?;
            parts.push((self.names.take(snake_case(name), category)?, part));
        }
        Ok(parts)
    }

    /// The children and the references.
    fn related(&mut self, is_service: bool) -> Compiled<(NewResources, NewResources)> {
        let (mut children, mut references) = (Vec::new(), Vec::new());
        let related = if is_service { self.of_service()? } else { self.own()? };
        for (name, resource) in related {
            let needs_data = resource.identifiers.iter().any(|(_, source)| matches!(source, IdentifierSource::Data(_)));
            match needs_data {
                true => references.push((self.names.take(snake_case(&name), "reference")?, resource)),
                false => children.push((self.names.take(name, "subresource")?, resource)),
            }
        }
        Ok((children, references))
    }

    fn own(&self) -> Compiled<NewResources> {
        let own = self.raw.has.0.iter().map(|(name, raw)| {
            let resource = self.new_resource(&raw.resource).map_err(|error| error.at(format!("has {name}")))?;
            Ok((name.clone(), resource))
        });
        own.collect()
    }

    /// The service has all types: those that it names itself under those names, the others under their own. Of two with one name
    /// the last one counts: EC2's `KeyPair` is the type `KeyPairInfo`.
    fn of_service(&self) -> Compiled<NewResources> {
        let mut all: NewResources = Vec::new();
        for (type_name, _) in &self.definitions.types {
            let mut named: NewResources = Vec::new();
            for (name, raw) in self.raw.has.0.iter().filter(|(_, raw)| raw.resource.type_name == *type_name) {
                let resource = self.new_resource(&raw.resource).map_err(|error| error.at(format!("has {name}")))?;
                named.push((name.clone(), resource));
            }
            if named.is_empty() {
                let type_name = type_name.clone();
                named.push((type_name.clone(), NewResource { type_name, identifiers: Vec::new(), path: None }));
            }
            for (name, resource) in named {
                match all.iter_mut().find(|(other, _)| *other == name) {
                    Some(found) => found.1 = resource,
                    None => all.push((name, resource)),
                }
            }
        }
        Ok(all)
    }

    fn waiters(&mut self) -> Compiled<Vec<(String, WaiterCall)>> {
        let mut waiters = Vec::with_capacity(self.raw.waiters.0.len());
        for (name, RawWaiter { waiter_name, params }) in &self.raw.waiters.0 {
            let params = self.params(params).map_err(|error| error.at(format!("waiter {name}")))?;
            let name = self.names.take(snake_case(&format!("WaitUntil{name}")), "waiter")?;
            waiters.push((name, WaiterCall { waiter: waiter_name.clone(), params }));
        }
        Ok(waiters)
    }

    /// The members of the shape. One with the name of an identifier is that identifier, and no attribute.
    fn attributes(
        &mut self,
        members: &[String],
        identifiers: &mut [IdentifierModel],
    ) -> Compiled<Vec<(String, String)>> {
        let mut attributes = Vec::with_capacity(members.len());
        for member in members {
            let snake = snake_case(member);
            let name = self.names.take(snake.clone(), "attribute")?;
            for (identifier, raw) in identifiers.iter_mut().zip(&self.raw.identifiers) {
                if raw.member_name.as_deref() == Some(member) {
                    identifier.alias = Some(name.clone());
                }
            }
            if identifiers.iter().all(|identifier| identifier.name != snake) {
                attributes.push((name, member.clone()));
            }
        }
        Ok(attributes)
    }

    fn action(&self, raw: &RawAction) -> Compiled<ActionModel> {
        match raw.resource {
            Some(_) => self.resource_action(raw).map(ActionModel::Resource),
            None => self.value_action(raw).map(ActionModel::Value),
        }
    }

    fn collection(&self, raw: &RawAction) -> Compiled<Arc<ResourceAction>> {
        self.resource_action(raw).map(Arc::new)
    }

    fn resource_action(&self, raw: &RawAction) -> Compiled<ResourceAction> {
        let resource = raw.resource.as_ref().ok_or_else(|| DefinitionError::Missing.at("resource"))?;
        let resource = self.new_resource(resource).map_err(|error| error.at("resource"))?;
        Ok(ResourceAction { request: self.request(raw)?, resource })
    }

    fn value_action(&self, raw: &RawAction) -> Compiled<ValueAction> {
        if raw.resource.is_some() {
            return Err(DefinitionError::MakesResource.at("resource"));
        }
        // boto3's own sign for the whole response.
        let path = raw.path.as_deref().filter(|path| !matches!(*path, "" | "$")).map(expression).transpose()?;
        Ok(ValueAction { request: self.request(raw)?, path })
    }

    fn request(&self, raw: &RawAction) -> Compiled<RequestModel> {
        Ok(RequestModel { operation: raw.request.operation.clone(), params: self.params(&raw.request.params)? })
    }

    fn params(&self, raw: &[RawParam]) -> Compiled<Vec<ParamModel>> {
        let param = |raw: &RawParam| -> Compiled<Option<ParamModel>> {
            let source = match raw.source.as_str() {
                "identifier" => ParamSource::Identifier(self.identifier(raw)?),
                "data" => ParamSource::Data(required_path(raw)?),
                "string" | "integer" | "boolean" => ParamSource::Constant(raw.value.clone().unwrap_or(Value::Null)),
                "input" => return Ok(None),
                found => {
                    let expected = "identifier, data, string, integer, boolean, input";
                    return Err(DefinitionError::Source { expected, found: found.to_owned() });
                }
            };
            Ok(Some(ParamModel { target: ParamTarget::parse(&raw.target)?, source }))
        };
        let located = |(index, raw)| param(raw).map_err(|error| error.at(format!("params[{index}]"))).transpose();
        raw.iter().enumerate().filter_map(located).collect()
    }

    fn new_resource(&self, raw: &RawNewResource) -> Compiled<NewResource> {
        let Some(definition) = self.definitions.definition(&raw.type_name) else {
            return Err(DefinitionError::NoType(raw.type_name.clone()));
        };
        let identifier = |raw: &RawParam| -> Compiled<Option<(usize, IdentifierSource)>> {
            let source = match raw.source.as_str() {
                "input" => return Ok(None),
                "identifier" => IdentifierSource::Identifier(self.identifier(raw)?),
                "data" => IdentifierSource::Data(required_path(raw)?),
                "response" => IdentifierSource::Response(required_path(raw)?),
                "requestParameter" => IdentifierSource::RequestParameter(required_path(raw)?),
                found => {
                    let expected = "input, identifier, data, response, requestParameter";
                    return Err(DefinitionError::Source { expected, found: found.to_owned() });
                }
            };
            Ok(Some((identifier_index(definition, &raw.target)?, source)))
        };
        let located =
            |(index, raw)| identifier(raw).map_err(|error| error.at(format!("identifiers[{index}]"))).transpose();
        Ok(NewResource {
            type_name: raw.type_name.clone(),
            identifiers: raw.identifiers.iter().enumerate().filter_map(located).collect::<Compiled<_>>()?,
            path: raw.path.as_deref().filter(|path| !path.is_empty()).map(expression).transpose()?,
        })
    }

    fn identifier(&self, raw: &RawParam) -> Compiled<usize> {
        identifier_index(self.raw, raw.name.as_deref().ok_or_else(|| DefinitionError::Missing.at("name"))?)
    }
}

fn identifier_index(definition: &RawResource, name: &str) -> Compiled<usize> {
    let wanted = snake_case(name);
    let found = definition.identifiers.iter().position(|identifier| snake_case(&identifier.name) == wanted);
    found.ok_or_else(|| DefinitionError::NoIdentifier(name.to_owned()))
}

type NewResources = Vec<(String, NewResource)>;

fn required_path(raw: &RawParam) -> Compiled<Expression> {
    expression(raw.path.as_deref().ok_or_else(|| DefinitionError::Missing.at("path"))?)
}

fn expression(text: &str) -> Compiled<Expression> {
    Expression::of_model(text).map_err(|error| DefinitionError::Expression(error.to_string()).at("path"))
}
