//! Benchmarks of the parts of a call: a cold client, a request without the network, large responses. `cargo bench --bench parts`.
//!
//! `by_hand` is the same work written for that one case.

mod support;

use std::io::Read as _;

use divan::{Bencher, black_box};
use serde_json::{Map, Value, json};
use support::types::{Parses, ParsesByHand};
use support::{Case, Floor, builder};
use tucuxi::{Body, Client, Session};

fn main() {
    divan::main();
}

fn session() -> Session {
    builder().build().expect("a session")
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

    #[divan::bench(args = Case::REQUESTS)]
    fn tucuxi(bencher: Bencher<'_, '_>, case: Case) {
        let client = client(case.service());
        bencher
            .with_inputs(|| case.params())
            .bench_values(|params| client.request(case.operation()).params(params).prepare().expect("a request"));
    }

    #[divan::bench(args = Case::REQUESTS)]
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
    use support::pages::dynamodb_page as page;

    use super::*;

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

    #[divan::bench(sample_count = 50)]
    fn tucuxi_typed(bencher: Bencher<'_, '_>) {
        typed(bencher, Case::DynamoDbQuery1Mb);
    }

    #[divan::bench(sample_count = 50)]
    fn by_hand_typed(bencher: Bencher<'_, '_>) {
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| Case::DynamoDbQuery1Mb.read_by(ParsesByHand(&page)));
    }
}

mod parse_s3_list {
    use support::pages::s3_list as page;

    use super::*;

    #[divan::bench(sample_count = 50)]
    fn tucuxi(bencher: Bencher<'_, '_>) {
        let client = client("s3");
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| parse(&client, "list_objects_v2", page));
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi_typed(bencher: Bencher<'_, '_>) {
        typed(bencher, Case::S3List1000Keys);
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
        support::pages::ec2_instances(100)
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi(bencher: Bencher<'_, '_>) {
        let client = client("ec2");
        let page = page();
        bencher.with_inputs(|| page.clone()).bench_values(|page| parse(&client, "describe_instances", page));
    }

    #[divan::bench(sample_count = 50)]
    fn tucuxi_typed(bencher: Bencher<'_, '_>) {
        typed(bencher, Case::Ec2Instances100);
    }

    #[divan::bench(sample_count = 50)]
    fn by_hand(bencher: Bencher<'_, '_>) {
        let page = page();
        let wrapped = |name: &str| name.ends_with("Set") || matches!(name, "productCodes" | "blockDeviceMapping");
        bencher.with_inputs(|| page.clone()).bench_values(|page| support::xml_by_hand(&page, &|_| false, &wrapped));
    }
}

/// Reads the response of a case into its type.
fn typed(bencher: Bencher<'_, '_>, case: Case) {
    let (client, page) = (client(case.service()), case.response_body());
    bencher.with_inputs(|| page.clone()).bench_values(|page| case.read_by(Parses(&client, case, page)));
}

fn parse(client: &Client, operation: &str, body: Vec<u8>) -> Map<String, Value> {
    match client.parse_response(operation, http::Response::new(Body::from(body))).expect("an output").value {
        Value::Object(members) => members,
        other => panic!("{other}"),
    }
}
