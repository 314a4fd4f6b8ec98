//! Outputs as types: the members that a program uses. Those that are not named are skipped.
#![allow(dead_code, reason = "they are only made")]

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tucuxi::{Body, Client};

use super::Case;

/// A page of objects, with all their members but one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listing {
    is_truncated: bool,
    next_continuation_token: Option<String>,
    #[serde(default)]
    contents: Vec<Object>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Object {
    key: String,
    last_modified: String,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
    storage_class: String,
}

/// Half of the members of instances.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Reservations {
    next_token: Option<String>,
    reservations: Vec<Reservation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    instance_id: String,
    image_id: String,
    instance_type: String,
    state: State,
    launch_time: String,
    placement: Placement,
    subnet_id: Option<String>,
    vpc_id: Option<String>,
    private_ip_address: Option<String>,
    private_dns_name: Option<String>,
    architecture: String,
    #[serde(default)]
    security_groups: Vec<Group>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    code: u32,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Placement {
    availability_zone: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    group_id: String,
    group_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

/// A page of items of any kind.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Found {
    items: Vec<HashMap<String, Attribute>>,
    count: u32,
}

#[derive(Deserialize)]
enum Attribute {
    S(String),
    N(String),
    B(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "SS")]
    Texts(Vec<String>),
    M(HashMap<String, Attribute>),
    L(Vec<Attribute>),
}

/// What reads an output into a type.
pub(crate) trait Reader {
    fn read<T: DeserializeOwned>(self);
}

impl Case {
    /// Reads the output of a case into its type.
    pub(crate) fn read_by(self, reader: impl Reader) {
        match self {
            Case::S3List1000Keys => reader.read::<Listing>(),
            Case::Ec2OneInstance | Case::Ec2Instances100 => reader.read::<Reservations>(),
            Case::DynamoDbQuery1Mb => reader.read::<Found>(),
            _ => panic!("{self:?} has no type"),
        }
    }
}

/// Makes a call.
pub(crate) struct Calls<'c>(pub(crate) &'c Client, pub(crate) Case);

impl Reader for Calls<'_> {
    fn read<T: DeserializeOwned>(self) {
        let Calls(client, case) = self;
        std::hint::black_box(client.call_as::<T>(case.operation(), case.params()).expect("a response"));
    }
}

/// Reads a response.
pub(crate) struct Parses<'c>(pub(crate) &'c Client, pub(crate) Case, pub(crate) Vec<u8>);

impl Reader for Parses<'_> {
    fn read<T: DeserializeOwned>(self) {
        let Parses(client, case, body) = self;
        let response = http::Response::new(Body::from(body));
        std::hint::black_box(client.parse_response_as::<T>(case.operation(), response).expect("an output"));
    }
}

/// Reads a JSON document with serde_json.
pub(crate) struct ParsesByHand<'d>(pub(crate) &'d [u8]);

impl Reader for ParsesByHand<'_> {
    fn read<T: DeserializeOwned>(self) {
        std::hint::black_box(serde_json::from_slice::<T>(self.0).expect("JSON"));
    }
}
