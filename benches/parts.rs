//! Benchmarks of the parts of a call: a cold client, a request without the network, large responses. `cargo bench --bench parts`.
//!
//! `by_hand` is the same work written for that one case.

mod support;

use std::collections::HashMap;
use std::io::Read as _;

use divan::{Bencher, black_box};
use serde_json::{Map, Value, json};
use support::{Case, Floor, KEY};
use tucuxi::{Body, Client, Credentials, Session};

fn main() {
    divan::main();
}

fn session() -> Session {
    builder().build().expect("a session")
}

fn builder() -> tucuxi::SessionBuilder {
    Session::builder().region("eu-west-1").credentials(Credentials::new(KEY.0, KEY.1))
}

fn client(service: &str) -> Client {
    session().client(service).expect("a client")
}

/// From no session to a signed request. A process parses each model once, so each round gets the same files at a new path.
#[divan::bench(args = ["sqs", "s3", "ec2"], sample_count = 60)]
fn cold_client(bencher: Bencher<'_, '_>, service: &str) {
    let (operation, params) = match service {
        "sqs" => ("send_message", Case::SqsSendMessage.params()),
        "s3" => ("get_object", Case::S3GetObject.params()),
        _ => ("describe_instances", json!({"MaxResults": 10})),
    };
    let folders = tempfile::tempdir().expect("a folder");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let mut count = 0;
    bencher
        .with_inputs(|| {
            count += 1;
            let link = folders.path().join(count.to_string());
            std::os::unix::fs::symlink(data, &link).expect("a link");
            link
        })
        .bench_local_values(|folder| {
            let client =
                builder().model_path(folder).build().and_then(|session| session.client(service)).expect("a client");
            client.request(operation).params(params.clone()).prepare().expect("a request")
        });
}

#[divan::bench]
fn another_ec2_client(bencher: Bencher<'_, '_>) {
    let session = session();
    session.client("ec2").expect("a client");
    bencher.bench(|| session.client("ec2").expect("a client"));
}

/// An upload of 1 MB from parameters to wire bytes, by checksum algorithm; `none` is the cost without a checksum.
#[divan::bench(args = ["none", "CRC32", "CRC32C", "CRC64NVME", "XXHASH64", "XXHASH3", "XXHASH128", "SHA1", "SHA256", "SHA512"])]
fn upload_of_a_megabyte(bencher: Bencher<'_, '_>, algorithm: &str) {
    let s3 = client("s3");
    let mut params = json!({"Bucket": "photos", "Key": "cat.jpg"});
    match algorithm {
        // A given checksum is not computed.
        "none" => params["ChecksumCRC32"] = json!("AAAAAA=="),
        name => params["ChecksumAlgorithm"] = json!(name),
    }
    let body = || Body::from_reader_with_length(std::io::repeat(b'x').take(1 << 20), 1 << 20);
    bencher.with_inputs(body).bench_values(|body| {
        let request = s3.request("put_object").params(params.clone()).body(body).prepare().expect("a request");
        std::io::copy(&mut request.into_body(), &mut std::io::sink()).expect("all of it")
    });
}

mod prepare {
    use super::*;

    #[divan::bench(args = Case::ALL)]
    fn tucuxi(bencher: Bencher<'_, '_>, case: Case) {
        let client = client(case.service());
        bencher
            .with_inputs(|| case.params())
            .bench_values(|params| client.request(case.operation()).params(params).prepare().expect("a request"));
    }

    #[divan::bench(args = Case::ALL)]
    fn by_hand(bencher: Bencher<'_, '_>, case: Case) {
        let floor = Floor::new("https://service.eu-west-1.amazonaws.com");
        bencher.with_inputs(|| case.params()).bench_values(|params| floor.prepare(case, &params));
    }
}

#[divan::bench]
fn endpoint_of_s3(bencher: Bencher<'_, '_>) {
    let session = session();
    let params = json!({"Region": "eu-west-1", "Bucket": "photos", "UseFIPS": false, "UseDualStack": false});
    bencher.bench(|| session.resolve_endpoint("s3", black_box(&params)).expect("an endpoint"));
}

/// A page of a DynamoDB scan, about 1 MB.
mod parse_dynamodb_page {
    use super::*;

    fn page() -> Vec<u8> {
        let item = |index: usize| {
            json!({
                "id": {"S": format!("person-{index}")},
                "name": {"S": "Ada Lovelace"},
                "visits": {"N": (index * 17).to_string()},
                "active": {"BOOL": index.is_multiple_of(2)},
                "tags": {"SS": ["math", "engine", "poetry"]},
                "photo": {"B": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"},
                "address": {"M": {"city": {"S": "London"}, "zip": {"S": "W1"}, "lines": {"L": [{"S": "12"}, {"S": "St James's Square"}]}}},
            })
        };
        let items: Vec<Value> = (0..2500).map(item).collect();
        json!({"Items": items, "Count": 2500, "ScannedCount": 2500}).to_string().into_bytes()
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi(bencher: Bencher<'_, '_>) {
        let client = client("dynamodb");
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| parse(&client, "scan", page));
    }

    #[divan::bench(sample_count = 50)]
    fn by_hand(bencher: Bencher<'_, '_>) {
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| serde_json::from_slice::<Value>(&page).expect("JSON"));
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "it is only made")]
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

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    #[allow(dead_code, reason = "it is only made")]
    struct Page {
        items: Vec<HashMap<String, Attribute>>,
        count: u32,
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi_typed(bencher: Bencher<'_, '_>) {
        let client = client("dynamodb");
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| {
            let response = http::Response::builder().status(200).body(Body::from(page)).expect("a response");
            client.parse_response_as::<Page>("scan", response).expect("a page").value
        });
    }

    #[divan::bench(sample_count = 50)]
    fn by_hand_typed(bencher: Bencher<'_, '_>) {
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| serde_json::from_slice::<Page>(&page).expect("JSON"));
    }
}

mod parse_s3_list {
    use super::*;

    fn page() -> Vec<u8> {
        let mut xml = String::from(
            r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name><Prefix></Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"#,
        );
        for index in 0..1000 {
            xml.push_str(&format!(
                "<Contents><Key>2024/{index:05}/cat.jpg</Key><LastModified>2024-01-25T08:00:12.000Z</LastModified>\
                 <ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>\
                 <Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                index * 1000
            ));
        }
        xml.push_str("</ListBucketResult>");
        xml.into_bytes()
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi(bencher: Bencher<'_, '_>) {
        let client = client("s3");
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| parse(&client, "list_objects_v2", page));
    }

    #[divan::bench(sample_count = 50)]
    fn by_hand(bencher: Bencher<'_, '_>) {
        let page = page();
        let list = |name: &str| matches!(name, "Contents" | "ChecksumAlgorithm" | "CommonPrefixes");
        bencher.with_inputs(|| page.clone()).bench_values(|page| support::xml_by_hand(&page, &list, &|_| false));
    }
}

mod parse_ec2_instances {
    use super::*;

    fn page() -> Vec<u8> {
        let mut xml = String::from(
            r#"<?xml version="1.0" encoding="UTF-8"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>01234567-89ab-cdef-0123-456789abcdef</requestId><reservationSet>"#,
        );
        for index in 0..100 {
            xml.push_str(&format!(
                "<item><reservationId>r-{index:017}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
                 <instanceId>i-{index:017}</instanceId><imageId>ami-0abcdef1234567890</imageId><instanceState><code>16</code>\
                 <name>running</name></instanceState><privateDnsName>ip-10-0-0-{index}.ec2.internal</privateDnsName><dnsName/>\
                 <keyName>key</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m5.large</instanceType>\
                 <launchTime>2024-01-25T08:00:12.000Z</launchTime><placement><availabilityZone>us-east-1a</availabilityZone>\
                 <groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring>\
                 <subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId>\
                 <privateIpAddress>10.0.0.{index}</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item>\
                 <groupId>sg-0123456789abcdef0</groupId><groupName>default</groupName></item></groupSet>\
                 <architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>\
                 <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-0123456789abcdef0</volumeId>\
                 <status>attached</status><attachTime>2024-01-25T08:00:13.000Z</attachTime>\
                 <deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>\
                 <virtualizationType>hvm</virtualizationType><tagSet><item><key>Name</key><value>web-{index}</value></item>\
                 <item><key>team</key><value>blue</value></item></tagSet><hypervisor>xen</hypervisor><networkInterfaceSet><item>\
                 <networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId><status>in-use</status>\
                 <macAddress>02:00:00:00:00:{index:02}</macAddress><sourceDestCheck>true</sourceDestCheck></item>\
                 </networkInterfaceSet><ebsOptimized>false</ebsOptimized><enaSupport>true</enaSupport></item></instancesSet></item>"
            ));
        }
        xml.push_str("</reservationSet></DescribeInstancesResponse>");
        xml.into_bytes()
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi(bencher: Bencher<'_, '_>) {
        let client = client("ec2");
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| parse(&client, "describe_instances", page));
    }

    #[divan::bench(sample_count = 50)]
    fn by_hand(bencher: Bencher<'_, '_>) {
        let page = page();
        let wrapped = |name: &str| name.ends_with("Set") || matches!(name, "productCodes" | "blockDeviceMapping");
        bencher.with_inputs(|| page.clone()).bench_values(|page| support::xml_by_hand(&page, &|_| false, &wrapped));
    }
}

fn parse(client: &Client, operation: &str, body: Vec<u8>) -> Map<String, Value> {
    match client.parse_response(operation, http::Response::new(Body::from(body))).expect("an output").value {
        Value::Object(members) => members,
        other => panic!("{other}"),
    }
}
