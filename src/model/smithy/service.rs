//! The service: its metadata in botocore's format.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ast::{AstShape, short_name};
use super::error::SmithyError;
use super::traits::{
    API_SERVICE, AUTH, AUTH_SCHEMES, CLIENT_CONTEXT_PARAMS, DISCOVERY, PAGINATED, QUERY_COMPATIBLE, SIGV4, TITLE,
    XML_NAMESPACE,
};

/// What conversions of shapes and operations need to know of their service.
#[derive(Debug)]
pub(super) struct SmithyService {
    pub(super) id: String,
    /// The SDK id, by which services are known.
    pub(super) service_id: String,
    pub(super) protocol: SmithyProtocol,
    /// Auth schemes in their order of preference.
    pub(super) auth: Vec<String>,
    /// URI of the XML namespace.
    pub(super) namespace: Option<Value>,
    /// Whether errors have the codes of the protocol `query`, whatever the protocol.
    pub(super) has_query_codes: bool,
    /// Errors of all operations.
    pub(super) errors: Vec<String>,
    /// Id of the operation that discovers endpoints.
    pub(super) discovery: Option<String>,
    /// Defaults of all paginators.
    pub(super) paginated: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmithyProtocol {
    Json,
    RestJson,
    RestXml,
    Cbor,
    Query,
    Ec2Query,
}

/// Protocol traits with the names of botocore's format, in the order of preference of [`crate::protocol`], and the
/// `jsonVersion`.
pub(super) const SMITHY_PROTOCOLS: &[(&str, SmithyProtocol, &str, Option<&str>)] = &[
    ("aws.protocols#awsJson1_0", SmithyProtocol::Json, "json", Some("1.0")),
    ("aws.protocols#awsJson1_1", SmithyProtocol::Json, "json", Some("1.1")),
    ("aws.protocols#restJson1", SmithyProtocol::RestJson, "rest-json", None),
    ("aws.protocols#restXml", SmithyProtocol::RestXml, "rest-xml", None),
    ("smithy.protocols#rpcv2Cbor", SmithyProtocol::Cbor, "smithy-rpc-v2-cbor", None),
    ("aws.protocols#awsQuery", SmithyProtocol::Query, "query", None),
    ("aws.protocols#ec2Query", SmithyProtocol::Ec2Query, "ec2", None),
];

impl SmithyProtocol {
    /// Whether members may be bound to parts of HTTP messages.
    pub(super) const fn is_rest(self) -> bool {
        matches!(self, SmithyProtocol::RestJson | SmithyProtocol::RestXml)
    }

    pub(super) const fn is_xml(self) -> bool {
        matches!(self, SmithyProtocol::RestXml | SmithyProtocol::Query | SmithyProtocol::Ec2Query)
    }

    pub(super) const fn is_query(self) -> bool {
        matches!(self, SmithyProtocol::Query | SmithyProtocol::Ec2Query)
    }
}

/// The trait `aws.api#service`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ApiService {
    sdk_id: Option<String>,
    endpoint_prefix: Option<String>,
    doc_id: Option<String>,
}

#[derive(Deserialize)]
struct SigV4Trait {
    name: String,
}

/// The names of a service by which people may ask for it, and its version.
#[derive(Debug, Default)]
pub(crate) struct ServiceNames {
    pub(crate) service_id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) endpoint_prefix: Option<String>,
    pub(crate) signing_name: Option<String>,
    pub(crate) version: String,
}

impl ServiceNames {
    pub(super) fn of(shape: &AstShape<'_>) -> ServiceNames {
        let api: ApiService = shape.traits.get(API_SERVICE).ok().flatten().unwrap_or_default();
        ServiceNames {
            service_id: api.sdk_id,
            title: shape.traits.text(TITLE).ok().flatten(),
            endpoint_prefix: api.endpoint_prefix,
            signing_name: shape.traits.get::<SigV4Trait>(SIGV4).ok().flatten().map(|sigv4| sigv4.name),
            version: shape.version.to_string(),
        }
    }
}

impl SmithyService {
    /// Reads the service's shape. Returns the metadata with it.
    pub(super) fn of(id: &str, shape: &AstShape<'_>) -> Result<(SmithyService, String), SmithyError> {
        let traits = &shape.traits;
        let offered: Vec<_> = SMITHY_PROTOCOLS.iter().filter(|(protocol, ..)| traits.has(protocol)).collect();
        let (_, protocol, name, json_version) = *offered.first().ok_or_else(|| no_protocol(shape))?;
        let query_compatible = traits.has(QUERY_COMPATIBLE);
        let api: ApiService = traits.get(API_SERVICE)?.unwrap_or_default();
        let service_id = api.sdk_id.clone().unwrap_or_else(|| short_name(id).to_owned());
        let service = SmithyService {
            id: id.to_owned(),
            service_id,
            protocol: *protocol,
            auth: auth(shape)?,
            namespace: traits.value(XML_NAMESPACE)?,
            has_query_codes: protocol.is_query() || query_compatible,
            errors: shape.errors.iter().map(|error| error.target.to_string()).collect(),
            discovery: discovery_of(shape)?,
            paginated: traits.get(PAGINATED)?.unwrap_or_default(),
        };
        let mut names: Vec<&str> = offered.iter().map(|(_, _, name, _)| *name).collect();
        names.dedup();
        let metadata = service.metadata(shape, &api, name, &names, *json_version)?;
        let params = traits.value(CLIENT_CONTEXT_PARAMS)?.unwrap_or_else(|| json!({}));
        let head = json!({"metadata": metadata, "operations": {}, "clientContextParams": params});
        Ok((service, head.to_string()))
    }

    fn metadata(
        &self,
        shape: &AstShape<'_>,
        api: &ApiService,
        protocol: &str,
        protocols: &[&str],
        json_version: Option<&str>,
    ) -> Result<Value, SmithyError> {
        let signing_name = shape.traits.get::<SigV4Trait>(SIGV4)?.map(|sigv4| sigv4.name);
        let compact = || self.service_id.to_lowercase().replace(' ', "");
        let mut metadata = json!({
            "apiVersion": shape.version,
            "endpointPrefix": api.endpoint_prefix.clone().or_else(|| signing_name.clone()).unwrap_or_else(compact),
            "protocol": protocol,
            "protocols": protocols,
            "serviceId": self.service_id,
            "signatureVersion": signature_version(&self.auth, signing_name.as_deref()),
            "auth": self.auth,
            "targetPrefix": short_name(&self.id),
        });
        let optional = [
            ("jsonVersion", json_version.map(str::to_owned)),
            ("serviceFullName", shape.traits.text(TITLE)?),
            ("signingName", signing_name),
            ("uid", api.doc_id.clone().or_else(|| uid(&self.service_id, &shape.version))),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                metadata[key] = value.into();
            }
        }
        if shape.traits.has(QUERY_COMPATIBLE) {
            metadata["awsQueryCompatible"] = json!({});
        }
        if let Some(uri) = self.namespace.as_ref().and_then(|namespace| namespace.get("uri")) {
            metadata["xmlNamespace"] = uri.clone();
        }
        Ok(metadata)
    }
}

fn no_protocol(shape: &AstShape<'_>) -> SmithyError {
    let known = |id: &&str| id.starts_with("aws.protocols#") || id.starts_with("smithy.protocols#");
    let others: Vec<&str> = shape.traits.ids().filter(known).collect();
    if others.is_empty() { SmithyError::NoProtocol } else { SmithyError::Protocols(others.join(", ")) }
}

/// Returns the auth schemes in their order of preference.
fn auth(shape: &AstShape<'_>) -> Result<Vec<String>, SmithyError> {
    let given: Option<Vec<String>> = shape.traits.get(AUTH)?;
    let applied = || AUTH_SCHEMES.iter().filter(|scheme| shape.traits.has(scheme)).map(|id| (*id).to_owned()).collect();
    Ok(given.unwrap_or_else(applied))
}

/// The older form of the auth schemes. The signer of one name signs paths as they are sent.
fn signature_version(auth: &[String], signing_name: Option<&str>) -> &'static str {
    match auth.first().map(String::as_str) {
        Some("smithy.api#httpBearerAuth") => "bearer",
        _ if signing_name == Some("s3") => "s3v4",
        _ => "v4",
    }
}

fn uid(service_id: &str, version: &str) -> Option<String> {
    (!version.is_empty()).then(|| format!("{}-{version}", service_id.to_lowercase().replace(' ', "-")))
}

/// The operation that discovers endpoints, as the trait of the service names it.
fn discovery_of(shape: &AstShape<'_>) -> Result<Option<String>, SmithyError> {
    #[derive(Deserialize)]
    struct DiscoveryTraitValue {
        operation: String,
    }
    Ok(shape.traits.get::<DiscoveryTraitValue>(DISCOVERY)?.map(|value| value.operation))
}
