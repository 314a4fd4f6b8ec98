//! Tests code that uses AWS without AWS: the transport is a closure that responds for the service.
//!
//! ```text
//! cargo run --example transport_for_tests
//! ```

use serde_json::json;
use tucuxi::{Body, Client, Credentials, Environment, Session};

/// The code under test.
fn newest_version(lambda: &Client, function: &str) -> tucuxi::Result<Option<String>> {
    let versions = lambda.get_paginator("list_versions_by_function")?.paginate(json!({"FunctionName": function}));
    let mut newest = None;
    for version in versions.items() {
        newest = version?["Version"].as_str().filter(|version| *version != "$LATEST").map(str::to_owned).or(newest);
    }
    Ok(newest)
}

fn main() -> tucuxi::Result<()> {
    let session = Session::builder()
        // Independent of this machine's settings.
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("eu-west-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .transport(|request: http::Request<Body>| {
            assert_eq!(request.uri().path(), "/2015-03-31/functions/thumbnails/versions");
            let page = match request.uri().query() {
                Some("Marker=second") => json!({"Versions": [{"Version": "2"}]}),
                _ => json!({"Versions": [{"Version": "$LATEST"}, {"Version": "1"}], "NextMarker": "second"}),
            };
            Ok(http::Response::new(Body::from(page.to_string())))
        })
        .build()?;
    let newest = newest_version(&session.client("lambda")?, "thumbnails")?;
    assert_eq!(newest.as_deref(), Some("2"));
    println!("the newest version is {newest:?}");
    Ok(())
}
