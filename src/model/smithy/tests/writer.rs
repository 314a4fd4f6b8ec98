//! Writes a model in botocore's format as a Smithy model.

use serde_json::{Map, Value, json};

/// Namespace of all shapes.
const NAMESPACE: &str = "w#";

const PROTOCOLS: &[(&str, &str)] = &[
    ("rest-json", "aws.protocols#restJson1"),
    ("rest-xml", "aws.protocols#restXml"),
    ("smithy-rpc-v2-cbor", "smithy.protocols#rpcv2Cbor"),
    ("query", "aws.protocols#awsQuery"),
    ("ec2", "aws.protocols#ec2Query"),
];

struct Writer<'m> {
    model: &'m Value,
    /// The protocol that the crate chooses.
    protocol: &'m str,
    shapes: Map<String, Value>,
}

pub(super) fn write(model: &Value, protocol: &str) -> String {
    let mut writer = Writer { model, protocol, shapes: Map::new() };
    for (name, shape) in model["shapes"].as_object().unwrap() {
        let written = writer.shape(name, shape);
        writer.shapes.insert(id(name), written);
    }
    let mut operations = Vec::new();
    for (name, operation) in model["operations"].as_object().unwrap() {
        // Operations have a namespace of their own, because some have the name of a shape.
        let id = format!("o#{name}");
        operations.push(json!({ "target": id }));
        let written = writer.operation(operation);
        writer.shapes.insert(id, written);
    }
    let metadata = &model["metadata"];
    let (name, service) = writer.service(metadata, &operations);
    writer.shapes.insert(format!("s#{name}"), service);
    json!({"smithy": "2.0", "shapes": writer.shapes}).to_string()
}

fn id(name: &str) -> String {
    format!("{NAMESPACE}{name}")
}

fn target(reference: &Value) -> Value {
    json!({ "target": id(reference["shape"].as_str().unwrap()) })
}

fn namespace(value: &Value) -> Value {
    if value.is_string() { json!({ "uri": value }) } else { value.clone() }
}

impl Writer<'_> {
    fn is_rest(&self) -> bool {
        self.protocol.starts_with("rest")
    }

    fn service(&self, metadata: &Value, operations: &[Value]) -> (String, Value) {
        let mut traits = Map::new();
        for offered in metadata["protocols"].as_array().map_or(&[metadata["protocol"].clone()][..], Vec::as_slice) {
            let known = PROTOCOLS.iter().find(|(name, _)| offered == name).map(|(_, id)| (*id).to_owned());
            let json =
                || format!("aws.protocols#awsJson{}", metadata["jsonVersion"].as_str().unwrap().replace('.', "_"));
            traits.insert(known.unwrap_or_else(json), json!({}));
        }
        let text = |key: &str| metadata[key].as_str();
        let prefix = text("endpointPrefix").unwrap();
        traits.insert(
            "aws.api#service".into(),
            json!({"sdkId": text("serviceId").unwrap_or(prefix), "endpointPrefix": prefix}),
        );
        if text("signatureVersion") != Some("bearer") {
            let name = text("signingName").unwrap_or(prefix);
            traits.insert("aws.auth#sigv4".into(), json!({ "name": name }));
        }
        if let Some(auth) = metadata.get("auth") {
            traits.insert("smithy.api#auth".into(), auth.clone());
            for scheme in auth.as_array().unwrap() {
                traits.entry(scheme.as_str().unwrap()).or_insert(json!({}));
            }
        }
        if metadata.get("awsQueryCompatible").is_some() {
            traits.insert("aws.protocols#awsQueryCompatible".into(), json!({}));
        }
        if let Some(uri) = metadata.get("xmlNamespace") {
            traits.insert("smithy.api#xmlNamespace".into(), namespace(uri));
        }
        if let Some(params) = self.model.get("clientContextParams") {
            traits.insert("smithy.rules#clientContextParams".into(), params.clone());
        }
        let discovers = |(_, operation): &(&String, &Value)| operation["endpointoperation"] == true;
        if let Some((name, _)) = self.model["operations"].as_object().unwrap().iter().find(discovers) {
            let operation = format!("o#{name}");
            traits.insert("aws.api#clientEndpointDiscovery".into(), json!({ "operation": operation }));
        }
        let name = text("targetPrefix").unwrap_or("Service").to_owned();
        let version = text("apiVersion").unwrap();
        (name, json!({"type": "service", "version": version, "operations": operations, "traits": traits}))
    }

    fn operation(&self, operation: &Value) -> Value {
        let mut traits = Map::new();
        let mut written = json!({"type": "operation"});
        for part in ["input", "output"] {
            written[part] = match operation.get(part) {
                Some(reference) => target(reference),
                None => json!({"target": "smithy.api#Unit"}),
            };
        }
        written["errors"] = operation["errors"].as_array().into_iter().flatten().map(target).collect();
        let uri = self.uri(operation);
        traits
            .insert("smithy.api#http".into(), json!({"method": operation["http"]["method"], "uri": uri, "code": 200}));
        for (key, id) in [
            ("endpoint", "smithy.api#endpoint"),
            ("staticContextParams", "smithy.rules#staticContextParams"),
            ("operationContextParams", "smithy.rules#operationContextParams"),
            ("httpChecksum", "aws.protocols#httpChecksum"),
            ("requestcompression", "smithy.api#requestCompression"),
            ("endpointdiscovery", "aws.api#clientDiscoveredEndpoint"),
        ] {
            traits.extend(operation.get(key).map(|value| (id.to_owned(), value.clone())));
        }
        for (key, id) in
            [("httpChecksumRequired", "smithy.api#httpChecksumRequired"), ("deprecated", "smithy.api#deprecated")]
        {
            traits.extend((operation[key] == true).then(|| (id.to_owned(), json!({}))));
        }
        if operation["authtype"] == "none" {
            traits.insert("smithy.api#auth".into(), json!([]));
            traits.insert("smithy.api#optionalAuth".into(), json!({}));
        } else if let Some(auth) = operation.get("auth") {
            traits.insert("smithy.api#auth".into(), auth.clone());
        }
        if operation["unsignedPayload"] == true || operation["authtype"] == "v4-unsigned-body" {
            traits.insert("aws.auth#unsignedPayload".into(), json!({}));
        }
        written["traits"] = traits.into();
        written
    }

    /// The path with the names of members for its labels.
    fn uri(&self, operation: &Value) -> String {
        let mut uri = operation["http"]["requestUri"].as_str().unwrap_or("/").to_owned();
        let members = &self.model["shapes"][operation["input"]["shape"].as_str().unwrap_or_default()]["members"];
        for (name, member) in
            members.as_object().into_iter().flatten().filter(|(_, member)| member["location"] == "uri")
        {
            let label = member["locationName"].as_str().unwrap_or(name);
            for end in ["}", "+}"] {
                uri = uri.replace(&format!("{{{label}{end}"), &format!("{{\u{1}{name}{end}"));
            }
        }
        uri.replace('\u{1}', "")
    }

    fn shape(&mut self, name: &str, shape: &Value) -> Value {
        let kind = shape["type"].as_str().unwrap();
        let mut traits = Map::new();
        let is_measured = matches!(kind, "string" | "list" | "map" | "blob" | "structure");
        let mut bounds = Map::new();
        for key in ["min", "max"] {
            bounds.extend(shape.get(key).map(|bound| (key.to_owned(), bound.clone())));
        }
        if !bounds.is_empty() {
            traits.insert(if is_measured { "smithy.api#length" } else { "smithy.api#range" }.into(), bounds.into());
        }
        for (key, id) in [
            ("sensitive", "smithy.api#sensitive"),
            ("requiresLength", "smithy.api#requiresLength"),
            ("eventstream", "smithy.api#streaming"),
            ("streaming", "smithy.api#streaming"),
        ] {
            traits.extend((shape[key] == true).then(|| (id.to_owned(), json!({}))));
        }
        traits.extend(shape.get("pattern").map(|value| ("smithy.api#pattern".to_owned(), value.clone())));
        traits.extend(timestamp_format(shape));
        traits.extend(shape.get("xmlNamespace").map(|value| ("smithy.api#xmlNamespace".to_owned(), namespace(value))));
        let mut written = match kind {
            "structure" if shape["document"] == true => json!({"type": "document"}),
            "structure" => self.structure(shape, &mut traits),
            "list" => json!({"type": "list", "member": self.member(name, "member", &shape["member"])}),
            "map" => json!({
                "type": "map", "key": self.member(name, "key", &shape["key"]),
                "value": self.member(name, "value", &shape["value"]),
            }),
            "string" | "character" if shape.get("enum").is_some() => {
                let values = shape["enum"].as_array().unwrap().iter().enumerate();
                let member = |(index, value): (usize, &Value)| {
                    (
                        format!("V{index}"),
                        json!({"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": value}}),
                    )
                };
                json!({"type": "enum", "members": values.map(member).collect::<Map<_, _>>()})
            }
            "character" => json!({"type": "string"}),
            "biginteger" => json!({"type": "bigInteger"}),
            "bigdecimal" => json!({"type": "bigDecimal"}),
            kind => json!({ "type": kind }),
        };
        written["traits"] = traits.into();
        written
    }

    fn structure(&mut self, shape: &Value, traits: &mut Map<String, Value>) -> Value {
        let required: Vec<&str> =
            shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut members = Map::new();
        for (name, member) in shape["members"].as_object().unwrap() {
            let mut written = self.member("", name, member);
            if required.contains(&name.as_str()) {
                written["traits"]["smithy.api#required"] = json!({});
            }
            let target = &self.model["shapes"][member["shape"].as_str().unwrap()];
            if shape["payload"] == *name && target["eventstream"] != true {
                written["traits"]["smithy.api#httpPayload"] = json!({});
            }
            members.insert(name.clone(), written);
        }
        if shape["exception"] == true {
            let side = if shape["error"]["senderFault"] == false { "server" } else { "client" };
            traits.insert("smithy.api#error".into(), side.into());
            if let Some(code) = shape["error"].get("code") {
                let status = &shape["error"]["httpStatusCode"];
                traits.insert("aws.protocols#awsQueryError".into(), json!({"code": code, "httpResponseCode": status}));
            }
            traits.extend(shape.get("retryable").map(|value| ("smithy.api#retryable".to_owned(), value.clone())));
        }
        let kind = if shape["union"] == true || shape["eventstream"] == true { "union" } else { "structure" };
        json!({ "type": kind, "members": members })
    }

    fn member(&mut self, owner: &str, name: &str, member: &Value) -> Value {
        let shape = &self.model["shapes"][member["shape"].as_str().unwrap()];
        let either = |key: &str| member.get(key).or_else(|| shape.get(key)).filter(|value| !value.is_null());
        let mut traits = Map::new();
        let wire = either("locationName").and_then(Value::as_str);
        let location = either("location").and_then(Value::as_str).filter(|_| self.is_rest());
        let located = match location {
            Some("header") => Some(("smithy.api#httpHeader", wire.unwrap_or(name).into())),
            Some("headers") => Some(("smithy.api#httpPrefixHeaders", wire.unwrap_or_default().into())),
            Some("uri") => Some(("smithy.api#httpLabel", json!({}))),
            Some("querystring") if shape["type"] == "map" => Some(("smithy.api#httpQueryParams", json!({}))),
            Some("querystring") => Some(("smithy.api#httpQuery", wire.unwrap_or(name).into())),
            Some("statusCode") => Some(("smithy.api#httpResponseCode", json!({}))),
            _ => None,
        };
        match located {
            Some((id, value)) => _ = traits.insert(id.to_owned(), value),
            None => {
                let id = if self.protocol == "rest-json" { "smithy.api#jsonName" } else { "smithy.api#xmlName" };
                traits.extend(wire.map(|wire| (id.to_owned(), wire.into())));
            }
        }
        traits.extend(timestamp_format(member));
        for (key, id) in [
            ("idempotencyToken", "smithy.api#idempotencyToken"),
            ("hostLabel", "smithy.api#hostLabel"),
            ("eventpayload", "smithy.api#eventPayload"),
            ("eventheader", "smithy.api#eventHeader"),
            ("endpointdiscoveryid", "aws.api#clientEndpointDiscoveryId"),
            ("flattened", "smithy.api#xmlFlattened"),
            ("xmlAttribute", "smithy.api#xmlAttribute"),
        ] {
            traits.extend(either(key).filter(|value| **value == true).map(|_| (id.to_owned(), json!({}))));
        }
        traits.extend(member.get("contextParam").map(|value| ("smithy.rules#contextParam".to_owned(), value.clone())));
        traits.extend(member.get("xmlNamespace").map(|value| ("smithy.api#xmlNamespace".to_owned(), namespace(value))));
        traits.extend(either("queryName").map(|value| ("aws.protocols#ec2QueryName".to_owned(), value.clone())));
        json!({"target": self.target(owner, name, member), "traits": traits})
    }

    /// The id of the target, which is a shape of its own where the member has traits that Smithy has only on shapes.
    fn target(&mut self, owner: &str, name: &str, member: &Value) -> String {
        let target = member["shape"].as_str().unwrap();
        let shape = &self.model["shapes"][target];
        let mut own = Map::new();
        for (key, id, value) in [
            ("jsonvalue", "smithy.api#mediaType", json!("application/json")),
            ("streaming", "smithy.api#streaming", json!({})),
            ("requiresLength", "smithy.api#requiresLength", json!({})),
            ("sensitive", "smithy.api#sensitive", json!({})),
        ] {
            let is_more = member[key] == true && shape[key] != true;
            own.extend(is_more.then(|| (id.to_owned(), value)));
        }
        if own.is_empty() || !matches!(shape["type"].as_str(), Some("string" | "blob")) {
            return id(target);
        }
        let mut written = self.shape(target, shape);
        written["traits"].as_object_mut().unwrap().extend(own);
        let id = format!("{}Of{owner}{name}", id(target));
        self.shapes.insert(id.clone(), written);
        id
    }
}

fn timestamp_format(value: &Value) -> Option<(String, Value)> {
    let format = match value["timestampFormat"].as_str()?.to_ascii_lowercase().as_str() {
        "iso8601" => "date-time",
        "unixtimestamp" => "epoch-seconds",
        _ => "http-date",
    };
    Some(("smithy.api#timestampFormat".to_owned(), format.into()))
}
