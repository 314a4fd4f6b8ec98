//! API Gateway.

use http::HeaderValue;
use http::header::ACCEPT;

use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::{Context, Draft};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "api-gateway",
    operations: &[],
    stage: Stage::Request(accept_json),
    why: "botocore's handlers.py: add_accept_header; without it the service responds in HAL, which its model does not describe",
}];

fn accept_json(draft: &mut Draft<'_>, _: &Context<'_>) -> Result<()> {
    draft.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
    Ok(())
}
