//! Parameters as structs: the requests for `typed` rows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use tucuxi::{Body, Client};

use super::builder;

/// Takes a call with the parameters as a struct, and the equal value.
type UseParams<'u> = dyn FnMut(&dyn Fn(&Client), Value) + 'u;

/// A request whose parameters are a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenCase {
    SqsSendMessage,
    DynamoDbBatchWrite,
    S3PutObject,
    CloudFrontCreate,
    Ec2RunInstances,
    Cbor100Kb,
}

impl GivenCase {
    pub(crate) const ALL: [GivenCase; 6] = [
        GivenCase::SqsSendMessage,
        GivenCase::DynamoDbBatchWrite,
        GivenCase::S3PutObject,
        GivenCase::CloudFrontCreate,
        GivenCase::Ec2RunInstances,
        GivenCase::Cbor100Kb,
    ];

    pub(crate) fn named(name: &str) -> Option<GivenCase> {
        GivenCase::ALL.into_iter().find(|case| format!("{case:?}") == name)
    }

    fn target(self) -> (&'static str, &'static str, &'static [u8]) {
        match self {
            GivenCase::SqsSendMessage => ("sqs", "send_message", b"{}"),
            GivenCase::DynamoDbBatchWrite => ("dynamodb", "batch_write_item", b"{}"),
            GivenCase::S3PutObject => ("s3", "put_object", b""),
            GivenCase::CloudFrontCreate => ("cloudfront", "create_distribution", b"<Distribution></Distribution>"),
            GivenCase::Ec2RunInstances => ("ec2", "run_instances", b"<RunInstancesResponse></RunInstancesResponse>"),
            GivenCase::Cbor100Kb => ("metrics", "put", b"\xa0"),
        }
    }

    /// A client whose calls succeed without the network.
    pub(crate) fn client(self) -> Client {
        let (service, _, response) = self.target();
        let mut builder =
            builder().transport(move |_: http::Request<Body>| Ok(http::Response::new(Body::from(response.to_vec()))));
        if self == GivenCase::Cbor100Kb {
            builder = builder.model("metrics", model()).endpoint_url("https://metrics.example");
        }
        builder.build().and_then(|session| session.client(service)).expect("a client")
    }

    pub(crate) fn call(self, client: &Client, params: &impl Serialize) {
        let (_, operation, _) = self.target();
        client.call_as::<()>(operation, params).expect("a response");
    }

    pub(crate) fn call_value(self, client: &Client, params: Value) {
        let (_, operation, _) = self.target();
        client.call(operation, params).expect("a response");
    }

    /// Passes the parameters to `use_params`.
    pub(crate) fn with_params(self, use_params: &mut UseParams<'_>) {
        match self {
            GivenCase::SqsSendMessage => self.pass(&message(), use_params),
            GivenCase::DynamoDbBatchWrite => self.pass(&batch(), use_params),
            GivenCase::S3PutObject => self.pass(&object(), use_params),
            GivenCase::CloudFrontCreate => self.pass(&distribution(), use_params),
            GivenCase::Ec2RunInstances => self.pass(&instances(), use_params),
            GivenCase::Cbor100Kb => self.pass(&points(), use_params),
        }
    }

    fn pass(self, params: &impl Serialize, use_params: &mut UseParams<'_>) {
        let mut value = serde_json::to_value(params).expect("a value");
        remove_nulls(&mut value);
        use_params(&|client| self.call(client, params), value);
    }
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    queue_url: &'static str,
    message_body: &'static str,
    message_attributes: BTreeMap<&'static str, MessageAttribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MessageAttribute {
    data_type: &'static str,
    string_value: &'static str,
}

fn message() -> Message {
    let attribute = MessageAttribute { data_type: "String", string_value: "greeting" };
    Message {
        queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        message_body: "The quick brown fox jumps over the lazy dog",
        message_attributes: BTreeMap::from([("kind", attribute)]),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    request_items: BTreeMap<&'static str, Vec<Write>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Write {
    put_request: Put,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    item: BTreeMap<String, Attribute>,
}

#[derive(Serialize)]
enum Attribute {
    S(String),
    N(String),
}

/// 25 items of 20 attributes.
fn batch() -> Batch {
    let item = |item: usize| {
        let attributes = (0..20).map(|index| {
            let value = match index % 2 {
                0 => Attribute::S(format!("the value {index} of the item {item}")),
                _ => Attribute::N((item * 1000 + index).to_string()),
            };
            (format!("attribute-{index}"), value)
        });
        Write { put_request: Put { item: attributes.collect() } }
    };
    Batch { request_items: BTreeMap::from([("people", (0..25).map(item).collect())]) }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Object {
    bucket: &'static str,
    key: &'static str,
    content_type: &'static str,
    cache_control: Option<&'static str>,
    metadata: BTreeMap<&'static str, &'static str>,
}

fn object() -> Object {
    Object {
        bucket: "photos",
        key: "2024/cat.jpg",
        content_type: "image/jpeg",
        cache_control: Some("no-cache"),
        metadata: BTreeMap::from([("color", "tabby"), ("mood", "sleepy")]),
    }
}

/// A configuration of 20 origins.
fn distribution() -> Value {
    let origin = |index: usize| {
        json!({
            "Id": format!("origin-{index}"), "DomainName": format!("origin-{index}.example.com"), "OriginPath": "/static",
            "CustomOriginConfig": {
                "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only",
                "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}
            }
        })
    };
    json!({"DistributionConfig": {
        "CallerReference": "one", "Comment": "many origins", "Enabled": true,
        "Origins": {"Quantity": 20, "Items": (0..20).map(origin).collect::<Vec<_>>()},
        "DefaultCacheBehavior": {"TargetOriginId": "origin-0", "ViewerProtocolPolicy": "redirect-to-https"}
    }})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instances {
    image_id: &'static str,
    instance_type: &'static str,
    min_count: u32,
    max_count: u32,
    security_group_ids: Vec<&'static str>,
    client_token: &'static str,
}

fn instances() -> Instances {
    Instances {
        image_id: "ami-12345678",
        instance_type: "m7g.large",
        min_count: 1,
        max_count: 4,
        security_group_ids: vec!["sg-1", "sg-2"],
        client_token: "one",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Points {
    points: Vec<Point>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Point {
    name: String,
    time: u64,
    number: f64,
    unit: Option<&'static str>,
}

fn points() -> Points {
    let point = |index: u64| Point {
        name: format!("the name of metric {index}"),
        time: 1_700_000_000 + index,
        number: index as f64 / 8.0,
        unit: (index.is_multiple_of(2)).then_some("Seconds"),
    };
    Points { points: (0..1500).map(point).collect() }
}

fn model() -> Value {
    json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "2020-01-01", "endpointPrefix": "metrics", "protocol": "smithy-rpc-v2-cbor",
            "protocols": ["smithy-rpc-v2-cbor"], "serviceFullName": "Metrics", "serviceId": "Metrics",
            "signatureVersion": "v4", "targetPrefix": "Metrics", "uid": "metrics"
        },
        "operations": {"Put": {
            "name": "Put", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Points"}
        }},
        "shapes": {
            "Points": {"type": "structure", "members": {"Points": {"shape": "List"}}},
            "List": {"type": "list", "member": {"shape": "Point"}},
            "Point": {"type": "structure", "required": ["Name", "Time"], "members": {
                "Name": {"shape": "Text"}, "Time": {"shape": "Time"}, "Number": {"shape": "Double"}, "Unit": {"shape": "Text"}
            }},
            "Text": {"type": "string"}, "Time": {"type": "timestamp"}, "Double": {"type": "double"}
        }
    })
}
