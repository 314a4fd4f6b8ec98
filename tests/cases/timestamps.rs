//! Timestamps as the service sent them, in each protocol.

use serde_json::{Value, json};
use tucuxi::{Body, Environment, Session, TimestampStyle};

use crate::support::suite::{Suite, tests};

pub(crate) fn suite() -> Suite {
    Suite::new("timestamps").needs_models().tests(&tests![numbers_and_text_stay, only_if_asked_to])
}

/// A service, an operation, the body of a response, and a timestamp in it.
const RESPONSES: &[(&str, &str, &[u8], &str)] = &[
    ("dynamodb", "DescribeTable", br#"{"Table":{"CreationDateTime":1420170896.123}}"#, "/Table/CreationDateTime"),
    ("lambda", "GetFunctionConfiguration", br#"{"LastModified":"2015-01-02T04:54:56+01:00"}"#, "/LastModified"),
    (
        "iam",
        "GetUser",
        b"<GetUserResponse><GetUserResult><User><CreateDate>2015-01-02T03:54:56.000Z</CreateDate></User></GetUserResult>\
          </GetUserResponse>",
        "/User/CreateDate",
    ),
    // Tag 1 around an integer: {"CreatedDate": 1(1420170896)}.
    (
        "partnercentral-revenue-measurement",
        "GetRevenueAttribution",
        b"\xa1\x6bCreatedDate\xc1\x1a\x54\xa6\x16\x90",
        "/CreatedDate",
    ),
];

fn received(style: TimestampStyle) -> Vec<Value> {
    let session = Session::builder()
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("us-east-1")
        .timestamp_style(style)
        .build()
        .unwrap();
    let read = |(service, operation, body, pointer): &(&str, &str, &[u8], &str)| {
        let response = http::Response::builder().status(200).body(Body::from(body.to_vec())).unwrap();
        let output = session.client(service).unwrap().parse_response(operation, response).unwrap();
        output.value.pointer(pointer).cloned().unwrap_or_else(|| panic!("{service}: {}", output.value))
    };
    RESPONSES.iter().map(read).collect()
}

fn numbers_and_text_stay() {
    let expected = [
        json!(1420170896.123),
        json!("2015-01-02T04:54:56+01:00"),
        json!("2015-01-02T03:54:56.000Z"),
        json!(1420170896),
    ];
    assert_eq!(received(TimestampStyle::Wire), expected);
}

fn only_if_asked_to() {
    let expected = [
        json!("2015-01-02T03:54:56.123Z"),
        // In this model it is a string.
        json!("2015-01-02T04:54:56+01:00"),
        json!("2015-01-02T03:54:56Z"),
        json!("2015-01-02T03:54:56Z"),
    ];
    assert_eq!(received(TimestampStyle::Rfc3339), expected);
}
