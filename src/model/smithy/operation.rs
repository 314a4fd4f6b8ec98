//! Operations in botocore's format.

use serde_json::{Value, json};

use super::ast::{AstReference, AstShape, short_name};
use super::document::SmithyDocument;
use super::error::SmithyError;
use super::role::ShapeRole;
use super::service::SmithyProtocol;
use super::traits::{
    AUTH, DEPRECATED, DISCOVERED_ENDPOINT, ENDPOINT, HTTP, HTTP_CHECKSUM, HTTP_CHECKSUM_REQUIRED, NO_AUTH,
    OPERATION_CONTEXT_PARAMS, OPTIONAL_AUTH, REQUEST_COMPRESSION, STATIC_CONTEXT_PARAMS, UNIT, UNSIGNED_PAYLOAD,
    XML_NAME,
};

/// Traits whose values are the same in both formats.
const SAME: &[(&str, &str)] = &[
    (STATIC_CONTEXT_PARAMS, "staticContextParams"),
    (OPERATION_CONTEXT_PARAMS, "operationContextParams"),
    (HTTP_CHECKSUM, "httpChecksum"),
    (REQUEST_COMPRESSION, "requestcompression"),
    (DISCOVERED_ENDPOINT, "endpointdiscovery"),
    (ENDPOINT, "endpoint"),
];

impl SmithyDocument {
    pub(super) fn convert_operation(&self, name: &str, shape: &AstShape<'_>) -> Result<Value, SmithyError> {
        let traits = &shape.traits;
        let mut operation = json!({ "name": name, "http": self.http(shape)? });
        if let Some(input) = target(shape.input.as_ref()) {
            operation["input"] = self.input(input)?;
        }
        if let Some(output) = target(shape.output.as_ref()) {
            operation["output"] = json!({ "shape": self.reference(output, ShapeRole::Output)? });
            if self.service.protocol == SmithyProtocol::Query {
                operation["output"]["resultWrapper"] = format!("{name}Result").into();
            }
        }
        let errors = shape.errors.iter().map(|error| &*error.target);
        let errors = errors.chain(self.service.errors.iter().map(String::as_str));
        let reference = |id: &str| Ok(json!({ "shape": self.reference(id, ShapeRole::Plain)? }));
        operation["errors"] = errors.map(reference).collect::<Result<_, SmithyError>>()?;
        for (id, key) in SAME {
            if let Some(value) = traits.value(id)? {
                operation[*key] = value;
            }
        }
        for (id, key) in [(HTTP_CHECKSUM_REQUIRED, "httpChecksumRequired"), (DEPRECATED, "deprecated")] {
            if traits.has(id) {
                operation[key] = true.into();
            }
        }
        self.add_auth(shape, &mut operation)?;
        if self.discovery_operation().is_some_and(|index| self.operation_name(index) == name) {
            operation["endpointoperation"] = true.into();
        }
        Ok(operation)
    }

    /// Method and path, which only REST protocols take from the trait.
    fn http(&self, shape: &AstShape<'_>) -> Result<Value, SmithyError> {
        #[derive(serde::Deserialize)]
        struct HttpTrait {
            method: String,
            uri: String,
        }
        if !self.service.protocol.is_rest() {
            return Ok(json!({ "method": "POST", "requestUri": "/" }));
        }
        let http: HttpTrait = shape.traits.get(HTTP)?.ok_or(SmithyError::NoTrait(HTTP))?;
        Ok(json!({ "method": http.method, "requestUri": http.uri }))
    }

    fn input(&self, id: &str) -> Result<Value, SmithyError> {
        let mut input = json!({ "shape": self.reference(id, ShapeRole::Plain)? });
        if self.service.protocol == SmithyProtocol::RestXml {
            let index = self.index.find(id).ok_or_else(|| SmithyError::Missing(id.to_owned()))?;
            let name = self.index.resolve(index)?.traits.text(XML_NAME)?;
            input["locationName"] = name.unwrap_or_else(|| short_name(id).to_owned()).into();
            if let Some(namespace) = &self.service.namespace {
                input["xmlNamespace"] = namespace.clone();
            }
        }
        Ok(input)
    }

    fn add_auth(&self, shape: &AstShape<'_>, operation: &mut Value) -> Result<(), SmithyError> {
        let own: Option<Vec<String>> = shape.traits.get(AUTH)?;
        let is_optional = shape.traits.has(OPTIONAL_AUTH);
        match own {
            Some(schemes) if schemes.is_empty() => {
                operation["authtype"] = "none".into();
                operation["auth"] = json!([NO_AUTH]);
            }
            Some(mut schemes) => {
                schemes.extend(is_optional.then(|| NO_AUTH.to_owned()));
                operation["auth"] = schemes.into();
            }
            None if is_optional => {
                let schemes = self.service.auth.iter().map(String::as_str);
                operation["auth"] = schemes.chain([NO_AUTH]).collect();
            }
            None => {}
        }
        if shape.traits.has(UNSIGNED_PAYLOAD) {
            operation["unsignedPayload"] = true.into();
            operation["authtype"] = "v4-unsigned-body".into();
        }
        Ok(())
    }
}

/// Returns the target of an input or output, unless it is `Unit`.
pub(super) fn target<'s>(reference: Option<&'s AstReference<'_>>) -> Option<&'s str> {
    reference.map(|reference| &*reference.target).filter(|target| *target != UNIT)
}
