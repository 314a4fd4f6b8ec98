//! Endpoint resolution: the URL, headers and auth schemes of a request.
//!
//! The core is an interpreter of *endpoint rule sets* of the Smithy rules engine, which ship with every service model:
//! <https://smithy.io/2.0/additional-specs/rules-engine/specification.html>. [`RuleSet::parse`] compiles a file once to a typed
//! tree in which names are slot numbers. [`RuleSet::resolve`] evaluates that tree. [`RuleSet::open`] compiles each list of rules
//! when an evaluation reaches it, for bundled files: a call of S3 reaches a twentieth of its rules.
//!
//! ```text
//! parameters (slots) --RuleSet::resolve--> Endpoint { url, headers, auth_schemes, properties } --join--> the request's URL
//!                        |  functions, one table          ^
//!                        |  partitions                    | EndpointCache, so that most calls skip the evaluation
//! ```
//!
//! [`legacy`] reads the older `endpoints.json` for data that rule sets lack. This module does no I/O: file contents are
//! arguments, with a name for error messages.

mod attribute;
mod cache;
mod error;
mod functions;
mod legacy;
mod outline;
mod params;
mod parse;
mod partitions;
mod rules;
mod scope;
mod template;
#[cfg(test)]
mod tests;
mod url;

use serde_json::{Map, Value};

pub(crate) use cache::EndpointCache;
pub(crate) use legacy::{LegacyService, Variant, available_partitions, partition_of_region};
pub(crate) use params::{ParamValue, Parameter};
pub(crate) use partitions::{DnsSuffixes, Partitions};
pub(crate) use rules::RuleSet;
pub(crate) use url::{https_url, is_host_label, is_region, join, segments, split};

/// Endpoint that a rule set resolves for a set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Endpoint {
    /// Scheme, host and optional path. [`join`] appends the request's path and query.
    pub(crate) url: String,
    /// Headers to send with the request. A header with several values has several entries; botocore sends only the first.
    pub(crate) headers: Vec<(String, String)>,
    /// Auth schemes in order of preference. Empty if the rule set leaves them to the service model.
    pub(crate) auth_schemes: Vec<AuthScheme>,
    /// All other properties, such as `backend`.
    pub(crate) properties: Map<String, Value>,
    /// The rule that matched, as the indices of the rules that lead to it in the rule set; empty without a rule set.
    pub(crate) rule: Vec<usize>,
}

/// Element of an endpoint's `authSchemes` property.
///
/// <https://smithy.io/2.0/aws/rules-engine/auth-schemes.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuthScheme {
    /// `sigv4`, `sigv4a`, `sigv4-s3express`.
    pub(crate) name: String,
    pub(crate) signing_name: Option<String>,
    pub(crate) signing_region: Option<String>,
    /// Regions in which a `sigv4a` signature is valid; `["*"]` means all.
    pub(crate) signing_region_set: Option<Vec<String>>,
    /// Whether the signature covers the path as sent, without encoding it twice.
    pub(crate) disable_double_encoding: Option<bool>,
}

impl Endpoint {
    /// Converts the endpoint to JSON in the format of rule sets: `url`, `headers` and `properties`.
    pub(crate) fn to_value(&self) -> Value {
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            let values = headers.entry(name.as_str()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(value.as_str().into());
            }
        }
        let mut properties = self.properties.clone();
        if !self.auth_schemes.is_empty() {
            properties.insert("authSchemes".to_owned(), self.auth_schemes.iter().map(AuthScheme::to_value).collect());
        }
        serde_json::json!({"url": self.url, "headers": headers, "properties": properties})
    }
}

impl AuthScheme {
    fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("name".to_owned(), self.name.as_str().into());
        for (name, value) in [("signingName", &self.signing_name), ("signingRegion", &self.signing_region)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.as_str().into());
            }
        }
        if let Some(set) = &self.signing_region_set {
            members.insert("signingRegionSet".to_owned(), set.iter().map(String::as_str).collect());
        }
        if let Some(flag) = self.disable_double_encoding {
            members.insert("disableDoubleEncoding".to_owned(), flag.into());
        }
        Value::Object(members)
    }
}
