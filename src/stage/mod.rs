//! What the steps of a call hand on: its context, the draft of its request, its endpoint parameters, and its response
//! before it is parsed. Service customizations read and change them.

mod context;
mod draft;
mod endpoint_params;
mod raw_response;

pub(crate) use context::Context;
pub(crate) use draft::Draft;
pub(crate) use endpoint_params::EndpointParams;
pub(crate) use raw_response::RawResponse;
