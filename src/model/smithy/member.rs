//! Members in botocore's format.

use serde_json::{Map, Value};

use super::ast::{AstMember, kind_of, short_name};
use super::document::SmithyDocument;
use super::error::SmithyError;
use super::patches::is_text;
use super::role::ShapeRole;
use super::service::SmithyProtocol;
use super::traits::{
    CONTEXT_PARAM, DISCOVERY_ID, EC2_QUERY_NAME, EVENT_HEADER, EVENT_PAYLOAD, HOST_LABEL, HTTP_HEADER, HTTP_LABEL,
    HTTP_PAYLOAD, HTTP_PREFIX_HEADERS, HTTP_QUERY, HTTP_QUERY_PARAMS, HTTP_RESPONSE_CODE, IDEMPOTENCY_TOKEN, JSON_NAME,
    TIMESTAMP_FORMAT, XML_ATTRIBUTE, XML_FLATTENED, XML_NAME, XML_NAMESPACE,
};

/// Annotations of members that are flags in botocore's format.
const FLAGS: &[(&str, &str)] = &[
    (IDEMPOTENCY_TOKEN, "idempotencyToken"),
    (HOST_LABEL, "hostLabel"),
    (EVENT_PAYLOAD, "eventpayload"),
    (EVENT_HEADER, "eventheader"),
    (DISCOVERY_ID, "endpointdiscoveryid"),
];

impl SmithyDocument {
    /// Converts a member of the shape with the id `owner`. `binding` is the use of its structure if HTTP bindings count there.
    pub(super) fn member(
        &self,
        owner: &str,
        name: &str,
        member: &AstMember<'_>,
        binding: Option<ShapeRole>,
    ) -> Result<Value, SmithyError> {
        let traits = &member.traits;
        let protocol = self.service.protocol;
        let mut converted = Map::new();
        let is_text = is_text(&self.service.service_id, short_name(owner), name);
        let target = if is_text { "smithy.api#String" } else { &member.target };
        converted.insert("shape".into(), self.reference(target, ShapeRole::Nested)?.into());
        let located = match binding {
            Some(role) => location(name, member, role)?,
            None => None,
        };
        let wire = match &located {
            Some((location, wire)) => {
                converted.insert("location".into(), (*location).into());
                wire.clone()
            }
            None if protocol == SmithyProtocol::RestJson => traits.text(JSON_NAME)?,
            None if protocol.is_xml() => traits.text(XML_NAME)?,
            None => None,
        };
        let is_payload = binding.is_some() && traits.has(HTTP_PAYLOAD);
        let wire = if is_payload && wire.is_none() { self.root_name(&member.target)? } else { wire };
        converted.extend(wire.map(|wire| ("locationName".to_owned(), wire.into())));
        if protocol.is_xml() {
            self.xml_traits(member, is_payload, &mut converted)?;
        }
        if let Some(format) = traits.text(TIMESTAMP_FORMAT)? {
            converted.insert("timestampFormat".into(), timestamp_format(&format)?.into());
        }
        converted.extend(traits.value(CONTEXT_PARAM)?.map(|param| ("contextParam".to_owned(), param)));
        for (id, key) in FLAGS {
            converted.extend(traits.has(id).then(|| ((*key).to_owned(), true.into())));
        }
        Ok(Value::Object(converted))
    }

    fn xml_traits(
        &self,
        member: &AstMember<'_>,
        is_payload: bool,
        converted: &mut Map<String, Value>,
    ) -> Result<(), SmithyError> {
        let traits = &member.traits;
        if self.service.protocol == SmithyProtocol::Ec2Query {
            converted.extend(traits.value(EC2_QUERY_NAME)?.map(|name| ("queryName".to_owned(), name)));
        }
        for (id, key) in [(XML_FLATTENED, "flattened"), (XML_ATTRIBUTE, "xmlAttribute")] {
            converted.extend(traits.has(id).then(|| (key.to_owned(), true.into())));
        }
        // The root element of a request's body has the namespace of the service.
        let is_document = is_payload && self.is_structured(&member.target);
        let of_service = || self.service.namespace.clone().filter(|_| is_document);
        let namespace = traits.value(XML_NAMESPACE)?.or_else(of_service);
        converted.extend(namespace.map(|namespace| ("xmlNamespace".to_owned(), namespace)));
        Ok(())
    }

    /// The name of the root element of a payload without a name of its own: that of its structure.
    fn root_name(&self, id: &str) -> Result<Option<String>, SmithyError> {
        if self.service.protocol != SmithyProtocol::RestXml || !self.is_structured(id) {
            return Ok(None);
        }
        let Some(index) = self.index.find(id) else { return Ok(None) };
        let named = self.index.resolve(index)?.traits.text(XML_NAME)?;
        Ok(Some(named.unwrap_or_else(|| short_name(id).to_owned())))
    }

    fn is_structured(&self, id: &str) -> bool {
        let Some(index) = self.index.find(id) else { return false };
        let kind = kind_of(self.index.definition(index));
        matches!(&*kind, "structure" | "union" | "list" | "set" | "map") && !self.is_event_stream(id)
    }
}

/// The place of a member outside the body, with its name there.
type Located = Option<(&'static str, Option<String>)>;

fn location(name: &str, member: &AstMember<'_>, role: ShapeRole) -> Result<Located, SmithyError> {
    let traits = &member.traits;
    if let Some(header) = traits.text(HTTP_HEADER)? {
        return Ok(Some(("header", Some(header))));
    }
    if let Some(prefix) = traits.text(HTTP_PREFIX_HEADERS)? {
        return Ok(Some(("headers", Some(prefix))));
    }
    if role == ShapeRole::Output {
        return Ok(traits.has(HTTP_RESPONSE_CODE).then(|| ("statusCode", Some(name.to_owned()))));
    }
    if traits.has(HTTP_LABEL) {
        return Ok(Some(("uri", Some(name.to_owned()))));
    }
    if let Some(query) = traits.text(HTTP_QUERY)? {
        return Ok(Some(("querystring", Some(query))));
    }
    Ok(traits.has(HTTP_QUERY_PARAMS).then_some(("querystring", None)))
}

/// The name of a timestamp format in botocore's format.
pub(super) fn timestamp_format(name: &str) -> Result<&'static str, SmithyError> {
    Ok(match name {
        "date-time" => "iso8601",
        "epoch-seconds" => "unixTimestamp",
        "http-date" => "rfc822",
        other => return Err(SmithyError::TimestampFormat(other.to_owned())),
    })
}
