//! CloudSearch domains.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::customize::parameters;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::{Context, Draft};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "cloudsearch-domain",
        operations: &["Search"],
        stage: Stage::Input(|params, _| rename_return(params)),
        why: "botocore's handlers.py: _add_parameter_aliases; `return` is a keyword of Python",
    },
    Quirk {
        service: "cloudsearch-domain",
        operations: &["Search"],
        stage: Stage::Request(post_query),
        why: "botocore's handlers.py: change_get_to_post; a search may be longer than the limit of a URL",
    },
];

fn rename_return(params: &mut Map<String, Value>) -> Result<()> {
    parameters::rename(params, "returnFields", "return")
}

fn post_query(draft: &mut Draft<'_>, _: &Context<'_>) -> Result<()> {
    if draft.method == Method::GET
        && let Some(at) = draft.path_and_query.find('?')
    {
        draft.body = Body::from(&draft.path_and_query[at + 1..]);
        draft.path_and_query.truncate(at);
        draft.method = Method::POST;
        draft.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    Ok(())
}
