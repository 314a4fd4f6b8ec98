use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use serde_json::Value;

use super::{Case, KEY, xml_by_hand};

/// The calls written by hand, for these operations only.
pub(crate) struct Floor {
    pub(super) agent: ureq::Agent,
    identity: Identity,
    pub(super) endpoint: String,
}

impl Floor {
    pub(crate) fn new(endpoint: &str) -> Floor {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let identity = Credentials::new(KEY.0, KEY.1, None, None, "bench").into();
        Floor { agent, identity, endpoint: endpoint.to_owned() }
    }

    pub(crate) fn call(&self, case: Case, params: &Value) -> Value {
        let request = self.prepare(case, params);
        let mut response = if request.method() == http::Method::GET {
            self.agent.run(request.map(|_| ())).expect("a response")
        } else {
            self.agent.run(request).expect("a response")
        };
        let bytes = response.body_mut().read_to_vec().expect("a body");
        parse(case, &bytes)
    }

    /// A call whose response has come already.
    pub(crate) fn call_without_network(&self, case: Case, params: &Value, response: &[u8]) -> Value {
        let request = self.prepare(case, params);
        std::hint::black_box(request);
        parse(case, response)
    }

    pub(crate) fn prepare(&self, case: Case, params: &Value) -> http::Request<Vec<u8>> {
        let mut uri = format!("{}/", self.endpoint);
        let text = |name: &str| params[name].as_str().expect("text");
        let json = || serde_json::to_vec(params).expect("JSON");
        const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
        const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let (method, body, headers): (_, Vec<u8>, &[(&str, &str)]) = match case {
            Case::SqsSendMessage => ("POST", json(), &[JSON, ("x-amz-target", "AmazonSQS.SendMessage")]),
            Case::DynamoDbGetItem => ("POST", json(), &[JSON, ("x-amz-target", "DynamoDB_20120810.GetItem")]),
            Case::DynamoDbQuery1Mb => ("POST", json(), &[JSON, ("x-amz-target", "DynamoDB_20120810.Query")]),
            Case::S3GetObject => {
                uri.push_str(&format!("{}/{}", text("Bucket"), text("Key")));
                ("GET", Vec::new(), &[("x-amz-checksum-mode", "ENABLED")])
            }
            Case::S3List1000Keys => {
                let prefix = percent_encoding::utf8_percent_encode(text("Prefix"), percent_encoding::NON_ALPHANUMERIC);
                uri.push_str(&format!("{}?list-type=2&prefix={prefix}", text("Bucket")));
                ("GET", Vec::new(), &[])
            }
            Case::StsGetCallerIdentity => ("POST", b"Action=GetCallerIdentity&Version=2011-06-15".to_vec(), &[FORM]),
            Case::Ec2OneInstance | Case::Ec2Instances100 => {
                let body = format!("Action=DescribeInstances&Version=2016-11-15&MaxResults={}", params["MaxResults"]);
                ("POST", body.into_bytes(), &[FORM])
            }
        };
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        let request = self.sign(case.service(), request, headers, &SignableBody::Bytes(&body));
        request.map(|()| body)
    }

    pub(super) fn sign(
        &self,
        service: &str,
        mut request: http::Request<()>,
        headers: &[(&str, &str)],
        body: &SignableBody<'_>,
    ) -> http::Request<()> {
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region("eu-west-1")
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .expect("complete")
            .into();
        let uri = request.uri().to_string();
        let signable =
            SignableRequest::new(request.method().as_str(), uri.as_str(), headers.iter().copied(), body.clone())
                .expect("signable");
        let (instructions, _) = sign(signable, &params).expect("signed").into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// Parses a response into the value that tucuxi returns.
fn parse(case: Case, bytes: &[u8]) -> Value {
    match case {
        Case::SqsSendMessage | Case::DynamoDbGetItem | Case::DynamoDbQuery1Mb => {
            serde_json::from_slice(bytes).expect("JSON")
        }
        Case::S3GetObject => {
            use base64::Engine as _;
            serde_json::json!({"Body": base64::engine::general_purpose::STANDARD.encode(bytes)})
        }
        Case::StsGetCallerIdentity => caller_identity(bytes),
        Case::S3List1000Keys => {
            let list = |name: &str| matches!(name, "Contents" | "ChecksumAlgorithm" | "CommonPrefixes");
            xml_by_hand(bytes, &list, &|_| false)
        }
        Case::Ec2OneInstance | Case::Ec2Instances100 => {
            let wrapped = |name: &str| name.ends_with("Set") || matches!(name, "productCodes" | "blockDeviceMapping");
            xml_by_hand(bytes, &|_| false, &wrapped)
        }
    }
}

fn caller_identity(bytes: &[u8]) -> Value {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut value = serde_json::Map::new();
    let mut name = None;
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => {
                name = ["Arn", "UserId", "Account"].into_iter().find(|known| *known == start.name().as_ref());
            }
            Event::Text(text) => {
                if let Some(name) = name.take() {
                    value.insert(name.to_owned(), text.to_string().into());
                }
            }
            Event::Eof => return Value::Object(value),
            _ => {}
        }
    }
}
