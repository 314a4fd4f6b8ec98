//! Runs what the definitions of resources cannot say.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::error::ResourceError;
use super::params::Params;
use super::{Resource, params};
use crate::customize::{AddedAction, AddedCall, LoadFn, TransferKind, resource_quirk};
use crate::error::{Error, ErrorKind, Result};
use crate::model::names::same_spelling;
use crate::transfer::Transfer;
use crate::value::type_name;

/// The function that fetches the data of the resource, if its definition has none.
pub(super) fn load_of(resource: &Resource) -> Option<LoadFn> {
    resource_quirk(resource.service_name(), resource.type_name())?.load
}

/// The actions that are added to the resource.
pub(super) fn actions_of(resource: &Resource) -> impl Iterator<Item = &'static AddedAction> {
    let quirk = resource_quirk(resource.service_name(), resource.type_name());
    quirk.map_or(&[][..], |quirk| quirk.actions).iter()
}

/// The added action with this name.
pub(super) fn find(resource: &Resource, name: &str) -> Option<&'static AddedAction> {
    actions_of(resource).find(|action| same_spelling(action.name, name))
}

pub(super) fn run(resource: &Resource, action: &AddedAction, mut params: Params) -> Result<Answer> {
    match &action.what {
        AddedCall::Call { operation, params: own } => {
            if let Value::Object(own) = own(&resource.0.identifiers) {
                params.extend(own);
            }
            resource.call(operation, params.into()).map(Answer::Value)
        }
        AddedCall::Creation { operation, type_name, identifiers } => {
            let made = identifiers(&params);
            resource.call(operation, params.into())?;
            let made = made.into_iter().map(|identifiers| resource.child(type_name, identifiers));
            made.collect::<Result<_>>().map(Answer::Resources)
        }
        AddedCall::Transfer(kind) => transfer(resource, *kind, params).map(|()| Answer::Value(Value::Null)),
        AddedCall::Elsewhere(advice) => {
            let message = format!("{} of {resource} is no call: {advice}", action.name);
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

/// `Filename`, `Key` unless the resource has one, `CopySource` for a copy, and the parameters of the operations in `ExtraArgs`.
fn transfer(resource: &Resource, kind: TransferKind, mut params: Params) -> Result<()> {
    let mut take = |name: &str| params.shift_remove(name);
    let (bucket, own_key) = (resource.0.identifiers.first(), resource.0.identifiers.get(1));
    let bucket = text("Bucket", bucket.cloned())?;
    let key = match own_key {
        Some(key) => text("Key", Some(key.clone()))?,
        None => text("Key", take("Key"))?,
    };
    let extra = match take("ExtraArgs") {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(extra) => Value::Object(params::object(extra)?),
    };
    let transfers = Transfer::new(resource.client());
    match kind {
        TransferKind::Upload => {
            let file = text("Filename", take("Filename"))?;
            nothing_else(params)?;
            // As in boto3, the content type is not guessed.
            let upload = transfers.guess_content_type(false).upload_file(file, &bucket, &key);
            upload.params(extra).send().map(drop)
        }
        TransferKind::Download => {
            let file = text("Filename", take("Filename"))?;
            nothing_else(params)?;
            transfers.download(&bucket, &key).params(extra).save_to(file).map(drop)
        }
        TransferKind::Copy => {
            let mut source = params::object(take("CopySource").unwrap_or_default())?;
            nothing_else(params)?;
            let from_bucket = text("CopySource.Bucket", source.shift_remove("Bucket"))?;
            let from_key = text("CopySource.Key", source.shift_remove("Key"))?;
            let version = source.shift_remove("VersionId");
            nothing_else(source)?;
            let copy = transfers.copy((&from_bucket, &from_key), (&bucket, &key)).params(extra);
            match version {
                Some(version) => copy.from_version(&text("CopySource.VersionId", Some(version))?),
                None => copy,
            }
            .send()
            .map(drop)
        }
    }
}

fn text(name: &str, value: Option<Value>) -> Result<String> {
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(other) => {
            Err(ResourceError::Param { name: name.to_owned(), expected: "text", found: type_name(&other) }.into())
        }
        None => Err(ResourceError::MissingParam(name.to_owned()).into()),
    }
}

fn nothing_else(params: Params) -> Result<()> {
    match params.into_iter().next() {
        Some((name, _)) if matches!(name.as_str(), "Callback" | "Config" | "SourceClient") => {
            Err(ResourceError::TransferParam(name).into())
        }
        Some((name, _)) => Err(ResourceError::UnknownParam(name).into()),
        None => Ok(()),
    }
}
