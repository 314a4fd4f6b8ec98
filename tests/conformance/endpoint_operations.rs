//! The endpoint tests of operations: from client settings and call parameters to URL and signature.

use http::{Request, Response};
use serde_json::{Map, Value, json};
use tucuxi::{AccountIdEndpointMode, AddressingStyle, Body, Credentials, Environment, ErrorKind, TransportError};

use crate::compare::same;
use crate::endpoint_rules::cases;
use crate::suite::Suite;
use crate::vectors::session;

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("endpoint operations", 656);
    let mut tested = 0;
    for (service, cases) in cases() {
        for (number, mut case) in cases.into_iter().enumerate() {
            tested += usize::from(case.get("operationInputs").is_some());
            let Value::Array(inputs) = case["operationInputs"].take() else { continue };
            for (index, input) in inputs.into_iter().enumerate() {
                let (service, expect) = (service.clone(), case["expect"].clone());
                suite.add(format!("{service}[{number}].{index}"), move || run(&service, &input, &expect));
            }
        }
    }
    assert_eq!(tested, 556);
    suite
}

fn run(service: &str, input: &Value, expect: &Value) -> Result<(), String> {
    let found = prepare(service, input)?;
    let compared = match expect["error"].as_str() {
        Some(expected) => match found {
            Err(error) if error.kind() == ErrorKind::Endpoint && error.to_string().ends_with(expected) => Ok(()),
            Err(error) => Err(format!("expected the error {expected:?}, found {:?}: {error}", error.kind())),
            Ok(found) => Err(format!("expected the error {expected:?}, found {}", found.uri())),
        },
        None => found.map_err(|error| error.to_string()).and_then(|found| compare(&found, &expect["endpoint"])),
    };
    compared.map_err(|failure| format!("{failure}\n  with {input}"))
}

/// Prepares a request with the built-in parameters of the test as settings.
fn prepare(service: &str, input: &Value) -> Result<tucuxi::Result<Request<Body>>, String> {
    let none = Map::new();
    // The tests ignore host prefixes. A parameter that a test omits is missing, although some settings have a default.
    let mut session =
        session().inject_host_prefix(false).s3_addressing_style(AddressingStyle::Virtual).s3_use_arn_region(true);
    let mut credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let mut variables = vec![("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional")];
    for (name, value) in input["builtInParams"].as_object().unwrap_or(&none) {
        let text = value.as_str().unwrap_or_default();
        let flag = value.as_bool().unwrap_or_default();
        session = match name.as_str() {
            "AWS::Region" => session.region(text),
            "AWS::UseFIPS" => session.use_fips_endpoint(flag),
            "AWS::UseDualStack" => session.use_dualstack_endpoint(flag),
            "AWS::Auth::AccountIdEndpointMode" => session.account_id_endpoint_mode(match text {
                "preferred" => AccountIdEndpointMode::Preferred,
                "required" => AccountIdEndpointMode::Required,
                "disabled" => AccountIdEndpointMode::Disabled,
                other => return Err(format!("unknown mode {other}")),
            }),
            "AWS::S3::ForcePathStyle" if flag => session.s3_addressing_style(AddressingStyle::Path),
            "AWS::S3::ForcePathStyle" => session,
            "AWS::S3::Accelerate" => session.s3_use_accelerate_endpoint(flag),
            "AWS::S3::UseArnRegion" | "AWS::S3Control::UseArnRegion" => session.s3_use_arn_region(flag),
            "SDK::Endpoint" => session.endpoint_url(text),
            "AWS::Auth::AccountId" => {
                credentials = credentials.with_account_id(text);
                session
            }
            "AWS::S3::UseGlobalEndpoint" | "AWS::STS::UseGlobalEndpoint" => {
                let variable = match name.contains("STS") {
                    true => "AWS_STS_REGIONAL_ENDPOINTS",
                    false => "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
                };
                variables.push((variable, if flag { "legacy" } else { "regional" }));
                session
            }
            "AWS::S3::DisableMultiRegionAccessPoints" => {
                variables.push(("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", if flag { "true" } else { "false" }));
                session
            }
            other => return Err(format!("no setting fills the parameter {other}")),
        };
    }
    if input.get("clientParams").is_some() {
        return Err("clientParams are not known here".to_owned());
    }
    let session = session
        .credentials(credentials)
        .environment(Environment::from_pairs(variables))
        .transport(|request: Request<Body>| make_session(&request));
    let operation = input["operationName"].as_str().expect("an operation has a name");
    let params = input.get("operationParams").cloned().unwrap_or_else(|| json!({}));
    let client = session.build().and_then(|session| session.client(service));
    Ok(client.and_then(|client| client.request(operation).params(params).prepare()))
}

/// Responds to the only request that is sent: `CreateSession` for a directory bucket.
fn make_session(request: &Request<Body>) -> Result<Response<Body>, TransportError> {
    assert_eq!(request.uri().query(), Some("session"), "{}", request.uri());
    Ok(Response::new(Body::from(
        "<CreateSessionResult><Credentials><AccessKeyId>SESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>of the bucket</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>\
         </CreateSessionResult>",
    )))
}

fn compare(found: &Request<Body>, expected: &Value) -> Result<(), String> {
    let url = expected["url"].as_str().expect("an endpoint has a URL");
    let found_url = found.uri().to_string();
    // A longer host name is not a match.
    let rest = found_url
        .strip_prefix(url)
        .filter(|rest| rest.is_empty() || url.ends_with('/') || rest.starts_with(['/', '?']));
    if rest.is_none() {
        return Err(format!("url: expected {url}, found {found_url}"));
    }
    for (name, values) in expected["headers"].as_object().into_iter().flatten() {
        let found = found.headers().get(name).and_then(|value| value.to_str().ok());
        same(name, &values[0], &json!(found))?;
    }
    match expected["properties"]["authSchemes"].get(0) {
        Some(scheme) => compare_signature(found, scheme),
        None => Ok(()),
    }
}

/// Region and service in the signature are those of the endpoint's first scheme.
fn compare_signature(found: &Request<Body>, scheme: &Value) -> Result<(), String> {
    let header = |name: &str| found.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = header("authorization");
    let (algorithm, rest) = authorization.split_once(" Credential=").unwrap_or_default();
    let scope: Vec<&str> = rest.split(',').next().unwrap_or_default().split('/').collect();
    let (expected_algorithm, expected_scope) = match scheme["name"].as_str() {
        Some("sigv4a") => {
            same("region set", &scheme["signingRegionSet"][0], &json!(header("x-amz-region-set")))?;
            ("AWS4-ECDSA-P256-SHA256", vec![&scheme["signingName"]])
        }
        name => {
            let of_session = name == Some("sigv4-s3express");
            same("key", &json!(if of_session { "SESSION" } else { "AKIDEXAMPLE" }), &json!(scope[0]))?;
            let token = if of_session { "of the bucket" } else { "" };
            same("token", &json!(token), &json!(header("x-amz-s3session-token")))?;
            ("AWS4-HMAC-SHA256", vec![&scheme["signingRegion"], &scheme["signingName"]])
        }
    };
    same("algorithm", &json!(expected_algorithm), &json!(algorithm))?;
    let found_scope = scope.get(2..scope.len().saturating_sub(1)).unwrap_or_default();
    if expected_scope.len() != found_scope.len() {
        return Err(format!("signature: expected the scope {expected_scope:?}, found {authorization}"));
    }
    // The client and the model provide what the scheme omits.
    let mut pairs = expected_scope.iter().zip(found_scope).filter(|(expected, _)| !expected.is_null());
    match pairs.find(|(expected, found)| ***expected != ***found) {
        Some((expected, found)) => Err(format!("signature: expected {expected}, found {found:?}")),
        None => Ok(()),
    }
}
