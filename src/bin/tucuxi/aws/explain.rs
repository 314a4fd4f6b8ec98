//! `tucuxi explain SERVICE OPERATION ..`: what a command line would call, as one JSON object.

use serde_json::{Map, Value, json};

use tucuxi::Session;

use super::command::Target;
use super::error::{AwsError, AwsResult};
use super::globals::Globals;
use super::request::CallRequest;
use super::run;
use super::values::ValueSettings;
use crate::output;

/// Prints the operation, its parameters and the global options; and the library's explanation where a region and credentials can
/// be had.
pub(crate) fn print(
    session: &Session,
    target: &Target,
    request: CallRequest,
    values: ValueSettings,
    globals: &Globals,
) -> AwsResult<()> {
    let mut explained = Map::new();
    explained.insert("service".to_owned(), json!(target.service.info.name()));
    explained.insert("operation".to_owned(), json!(target.operation.name()));
    if let Some(waiter) = &target.waiter {
        explained.insert("waiter".to_owned(), json!(waiter));
    }
    explained.insert("params".to_owned(), params(&request));
    if let Some(outfile) = &request.outfile {
        explained.insert("outfile".to_owned(), json!(outfile));
    }
    explained.insert("options".to_owned(), options(globals));
    let explanation = match values.refused_blob() {
        Some(_) => None,
        None => run::explanation(session, target, request, globals)?,
    };
    if let Some(explanation) = explanation {
        explained.insert("request".to_owned(), explanation);
    }
    output::print_json(&Value::Object(explained)).map_err(AwsError::from)
}

pub(crate) fn params(request: &CallRequest) -> Value {
    let mut params = request.params.clone();
    if let Some((member, path)) = &request.body {
        params.insert(member.clone(), json!({"$file": path}));
    }
    if let Some(paging) = &request.paging {
        let config = paging.to_value();
        if config.as_object().is_some_and(|config| !config.is_empty()) {
            params.insert("PaginationConfig".to_owned(), config);
        }
    }
    Value::Object(params)
}

/// The global options that are set, by their names in the AWS CLI's code.
fn options(globals: &Globals) -> Value {
    let mut options = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            options.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.as_ref().map(|value| json!(value));
    set("debug", globals.debug.then(|| json!(true)));
    set("endpoint_url", text(&globals.endpoint_url));
    set("verify_ssl", (!globals.verify_ssl).then(|| json!(false)));
    set("paginate", (!globals.paginate).then(|| json!(false)));
    set("output", text(&globals.output));
    set("query", globals.query.as_ref().map(|query| json!(query.text)));
    set("profile", text(&globals.profile));
    set("region", text(&globals.region));
    set("color", text(&globals.color));
    set("sign_request", (!globals.sign_request).then(|| json!(false)));
    set("ca_bundle", text(&globals.ca_bundle));
    set("read_timeout", globals.read_timeout.map(|seconds| json!(seconds)));
    set("connect_timeout", globals.connect_timeout.map(|seconds| json!(seconds)));
    set("cli_binary_format", text(&globals.binary_format));
    set("no_cli_pager", (!globals.pager).then(|| json!(true)));
    set("cli_error_format", text(&globals.error_format));
    Value::Object(options)
}
