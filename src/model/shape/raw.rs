//! Shapes as they are in the model's JSON.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::entries::Entries;

/// Shape or reference in the model's JSON. Both have the same keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RawShape<'m> {
    /// Why the shape could not be converted from another format.
    #[serde(borrow)]
    pub(crate) unreadable: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) shape: Option<Cow<'m, str>>,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) members: Option<Entries<'m, RawShape<'m>>>,
    #[serde(borrow)]
    pub(crate) member: Option<Box<RawShape<'m>>>,
    #[serde(borrow)]
    pub(crate) key: Option<Box<RawShape<'m>>>,
    #[serde(borrow)]
    pub(crate) value: Option<Box<RawShape<'m>>>,
    #[serde(borrow)]
    pub(crate) required: Vec<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) payload: Option<Cow<'m, str>>,
    pub(crate) union: Option<bool>,
    pub(crate) document: Option<bool>,
    #[serde(rename = "eventstream")]
    pub(crate) event_stream: Option<bool>,
    #[serde(borrow)]
    pub(crate) location: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) location_name: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) query_name: Option<Cow<'m, str>>,
    pub(crate) flattened: Option<bool>,
    #[serde(borrow)]
    pub(crate) timestamp_format: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) xml_namespace: Option<RawNamespace<'m>>,
    pub(crate) xml_attribute: Option<bool>,
    #[serde(rename = "jsonvalue")]
    pub(crate) json_value: Option<bool>,
    pub(crate) host_label: Option<bool>,
    pub(crate) idempotency_token: Option<bool>,
    pub(crate) streaming: Option<bool>,
    pub(crate) requires_length: Option<bool>,
    #[serde(default, rename = "endpointdiscoveryid")]
    pub(crate) endpoint_id: Option<bool>,
    #[serde(rename = "eventpayload")]
    pub(crate) event_payload: Option<bool>,
    #[serde(rename = "eventheader")]
    pub(crate) event_header: Option<bool>,
    #[serde(borrow)]
    pub(crate) context_param: Option<RawContextParam<'m>>,
    pub(crate) sensitive: Option<bool>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    #[serde(borrow)]
    pub(crate) pattern: Option<Cow<'m, str>>,
    #[serde(borrow, rename = "enum")]
    pub(crate) values: Vec<Cow<'m, str>>,
    /// Marks a modeled error. Its code is `error.code`, or else the shape's name.
    pub(crate) exception: Option<bool>,
    #[serde(borrow)]
    pub(crate) error: Option<RawError<'m>>,
    #[serde(borrow)]
    pub(crate) result_wrapper: Option<Cow<'m, str>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawError<'m> {
    #[serde(borrow)]
    pub(crate) code: Option<Cow<'m, str>>,
}

/// The `retryable` trait of an error. <https://smithy.io/2.0/spec/behavior-traits.html#retryable-trait>
#[derive(Debug, Deserialize)]
pub(crate) struct RawRetryable {
    #[serde(default)]
    pub(crate) throttling: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawContextParam<'m> {
    #[serde(borrow)]
    pub(crate) name: Cow<'m, str>,
}

/// XML namespace: `{"uri": .., "prefix": ..}`, or the URI alone.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum RawNamespace<'m> {
    Uri(#[serde(borrow)] Cow<'m, str>),
    Full {
        #[serde(borrow)]
        uri: Cow<'m, str>,
        #[serde(borrow, default)]
        prefix: Option<Cow<'m, str>>,
    },
}

impl<'m> RawShape<'m> {
    /// Creates a reference without traits.
    pub(crate) fn reference_to(name: &'m str) -> Self {
        RawShape { shape: Some(Cow::Borrowed(name)), ..RawShape::default() }
    }
}
