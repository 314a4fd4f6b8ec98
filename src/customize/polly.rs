//! Polly.

use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::body::Body;
use crate::codec::percent::push_encoded;
use crate::customize::error::QuirkError;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::{Context, Draft};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "polly",
    operations: &["SynthesizeSpeech"],
    stage: Stage::Presign(move_body_into_query),
    why: "botocore's handlers.py: remove_content_type_header_for_presigning, auth.py: SigV4QueryAuth; the service accepts a GET \
          with the members of the body in its query, so that a browser can play the speech",
}];

fn move_body_into_query(draft: &mut Draft<'_>, _: &Context<'_>) -> Result<()> {
    let unexpected = || QuirkError::NotAFlatBody;
    let body: Value = serde_json::from_slice(draft.body.as_bytes().unwrap_or_default()).map_err(|_| unexpected())?;
    let path = &mut draft.path_and_query;
    let mut separator = if path.contains('?') { '&' } else { '?' };
    for (name, value) in body.as_object().ok_or_else(unexpected)? {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            path.push(separator);
            push_encoded(path, name);
            path.push('=');
            match value {
                Value::String(text) => push_encoded(path, text),
                Value::Number(number) => push_encoded(path, &number.to_string()),
                _ => return Err(unexpected().into()),
            }
            separator = '&';
        }
    }
    draft.body = Body::empty();
    draft.headers.remove(CONTENT_TYPE);
    Ok(())
}
