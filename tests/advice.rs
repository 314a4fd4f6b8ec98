//! Errors with advice: expired credentials with their source, redirects with their `Location`, missing credentials.

#![cfg(feature = "bundled-models")]
// A failed expectation panics.
#![allow(clippy::unwrap_used)]
// The cases run Unix programs.
#![cfg(unix)]

use std::error::Error as _;
use std::fs;
use std::path::Path;

mod support;

use serde_json::{Value, json};
use support::session::{no_environment, session};
use tucuxi::{Body, Credentials, Environment, Error, ErrorKind, Session, SessionBuilder, TransportError};

const SSO_TOKEN: &str = ".aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json";
const LOGIN_TOKEN: &str = ".aws/login/cache/6f66f97ffe48ac0fce60d9095ce0c2eeea7b1cf3553a1842a0e469921fa69575.json";

type Response = Result<http::Response<Body>, TransportError>;

fn respond(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Body::from(body)).unwrap())
}

fn expired(code: &str) -> Response {
    respond(400, &[], &json!({"__type": code, "message": "The security token is expired"}).to_string())
}

/// Services that issue credentials succeed; all others reject the credentials as expired.
fn reject_all_as_expired(request: &http::Request<Body>) -> Response {
    let host = request.uri().host().unwrap().to_owned();
    let keys = "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>HUSH</SecretAccessKey>\
                <SessionToken>HUSH</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";
    match request.uri().path() {
        "/federation/credentials" => respond(
            200,
            &[],
            &json!({"roleCredentials": {"accessKeyId": "ASIA", "secretAccessKey": "HUSH", "sessionToken": "HUSH",
                    "expiration": 4_070_908_800_000_u64}})
            .to_string(),
        ),
        "/container" => respond(
            200,
            &[],
            &json!({"AccessKeyId": "ASIA", "SecretAccessKey": "HUSH", "Token": "HUSH", "Expiration": "2099-01-01T00:00:00Z"})
                .to_string(),
        ),
        _ if host.starts_with("sts.") => {
            let role = format!("<AssumeRoleResponse><AssumeRoleResult>{keys}</AssumeRoleResult></AssumeRoleResponse>");
            let identity = format!(
                "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>{keys}\
                 </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
            );
            let is_signed = request.headers().contains_key("authorization");
            respond(200, &[], if is_signed { &role } else { &identity })
        }
        _ => expired("ExpiredTokenException"),
    }
}

fn write(home: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn list_tables(builder: SessionBuilder) -> Error {
    let error = builder.region("eu-west-1").build().unwrap().client("dynamodb").unwrap();
    let error = error.call("list_tables", json!({})).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("HUSH"), "{error}");
    error
}

// --- Expired credentials ------------------------------------------------------------------------------------------------

#[test]
fn errors_of_expired_credentials_name_their_source_and_renewal() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().display().to_string();
    let sso = "[profile sso]\nsso_session = admin\nsso_account_id = 222222222222\nsso_role_name = dev\n\
               [sso-session admin]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n";
    let config = format!(
        "{sso}[profile login]\nlogin_session = arn:aws:iam::222222222222:user/me\n\
         [profile process]\ncredential_process = cat {folder}/give\n\
         [profile role]\nrole_arn = arn:aws:iam::222222222222:role/dev\nsource_profile = file\n\
         [profile identity]\nrole_arn = arn:aws:iam::222222222222:role/dev\nweb_identity_token_file = {folder}/give\n"
    );
    let given = json!({"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "HUSH", "SessionToken": "HUSH"});
    let token = json!({"accessToken": "HUSH", "expiresAt": "2099-01-01T00:00:00Z"});
    let login = json!({"accessToken": {"accessKeyId": "ASIA", "secretAccessKey": "HUSH", "sessionToken": "HUSH",
                       "accountId": "222222222222", "expiresAt": "2099-01-01T00:00:00Z"}});
    let keys = "[file]\naws_access_key_id = ASIA\naws_secret_access_key = HUSH\naws_session_token = HUSH\n";
    write(
        home.path(),
        &[
            (".aws/config", config),
            (".aws/credentials", keys.to_owned()),
            ("give", given.to_string().replace(' ', "")),
            (SSO_TOKEN, token.to_string()),
            (LOGIN_TOKEN, login.to_string()),
        ],
    );
    let environment = [("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SECRET_ACCESS_KEY", "HUSH"), ("AWS_SESSION_TOKEN", "HUSH")];
    let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/container")];
    let profile = |name: &'static str| vec![("AWS_PROFILE", name)];
    for (variables, expected) in [
        (
            environment.to_vec(),
            "environment variables AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN: set new ones, or unset them to use a profile"
                .to_owned(),
        ),
        (profile("file"), format!("{folder}/.aws/credentials:2 (profile file): replace them there, or choose another profile")),
        (
            profile("sso"),
            format!(
                "{folder}/.aws/config:4 (profile sso): the role dev in the account 222222222222: run `aws sso login \
                 --sso-session admin`"
            ),
        ),
        (profile("login"), "the session of `aws login`: run `aws login --profile login`".to_owned()),
        (
            profile("process"),
            format!("the command of {folder}/.aws/config:11 (profile process, key credential_process): check that"),
        ),
        (profile("role"), format!("{folder}/.aws/config:13 (profile role): the role arn:aws:iam::222222222222:role/dev: retry the")),
        (profile("identity"), format!("the role arn:aws:iam::222222222222:role/dev, assumed with the token in {folder}/give: retry the")),
        (container.to_vec(), "the container endpoint http://169.254.170.2: the endpoint must provide new ones".to_owned()),
    ] {
        let variables = variables.into_iter().chain([("BOTO_CONFIG", "/nowhere")]);
        let environment = Environment::from_pairs(variables).with_home(home.path());
        let error = list_tables(Session::builder().environment(environment).transport(|request| reject_all_as_expired(&request)));
        assert_eq!(error.kind(), ErrorKind::Service, "{error}");
        let line = error.to_string();
        assert!(line.contains("; the credentials came from ") && line.contains(&expected), "{line}\n{expected}");
    }
}

#[test]
fn errors_of_expired_credentials_set_in_code_name_the_provider() {
    let nothing =
        || Session::builder().environment(no_environment()).transport(|request| reject_all_as_expired(&request));
    let keys = Credentials::new("ASIA", "HUSH").with_session_token("HUSH");
    let error = list_tables(nothing().credentials(keys.clone())).to_string();
    assert!(error.ends_with("; the credentials were set in code: set new ones there"), "{error}");
    let error = list_tables(nothing().credentials(move || Ok(keys.clone()))).to_string();
    assert!(
        error.ends_with("; the credentials came from the provider \"custom\", which must provide new ones"),
        "{error}"
    );
}

/// EC2 reports the same code for a wrong clock, but credentials without a session token do not expire.
#[test]
fn only_credentials_that_can_expire_are_reported_as_expired() {
    let environment = || Session::builder().environment(no_environment());
    for (code, token, is_reported) in [
        ("ExpiredToken", true, true),
        ("ExpiredToken", false, true),
        ("RequestExpired", true, true),
        ("RequestExpired", false, false),
        ("AccessDeniedException", true, false),
        ("ValidationException", true, false),
    ] {
        let mut keys = Credentials::new("ASIA", "HUSH");
        if token {
            keys = keys.with_session_token("HUSH");
        }
        let error = list_tables(environment().credentials(keys).transport(move |_| expired(code))).to_string();
        assert_eq!(error.contains("the credentials were set in code"), is_reported, "{code}: {error}");
    }
}

#[test]
fn errors_of_rejected_bearer_tokens_name_their_source() {
    let environment = Environment::from_pairs([("AWS_BEARER_TOKEN_CODECATALYST", "HUSH")]);
    let reject = |_| respond(401, &[], r#"{"message": "no"}"#);
    let session = Session::builder().environment(environment).region("us-west-2").transport(reject).build().unwrap();
    let error = session.client("codecatalyst").unwrap().call("verify_session", json!({})).unwrap_err().to_string();
    let expected = "; the bearer token came from environment variable AWS_BEARER_TOKEN_CODECATALYST: set a new one";
    assert!(error.ends_with(expected), "{error}");
}

#[test]
fn errors_of_credentials_expired_before_use_name_their_source() {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "ASIA"),
        ("AWS_SECRET_ACCESS_KEY", "HUSH"),
        ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
    ];
    let builder = Session::builder()
        .environment(Environment::from_pairs(variables))
        .transport(|request| reject_all_as_expired(&request));
    let error = list_tables(builder).to_string();
    let expected = "the credentials from the provider \"env\" have already expired; the credentials came from environment \
                    variable AWS_ACCESS_KEY_ID: set new ones";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn errors_of_expired_web_identity_tokens_name_the_file() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &[("token", "HUSH-token".to_owned())]);
    let file = home.path().join("token");
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::222222222222:role/dev"),
    ];
    let reject = |_| {
        let error = "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>Token expired</Message></Error></ErrorResponse>";
        respond(400, &[], error)
    };
    let error =
        list_tables(Session::builder().environment(Environment::from_pairs(variables)).transport(reject)).to_string();
    let expected = format!(
        "with the token in {}; the token has expired, and the program that writes this file must renew it",
        file.display()
    );
    assert!(error.contains(&expected), "{error}");
}

// --- No credentials -----------------------------------------------------------------------------------------------------

#[test]
fn errors_of_missing_credentials_give_advice_and_their_source_says_why() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &[(".aws/config", "[profile empty]\nregion = eu-west-1\n".to_owned())]);
    let common = [("AWS_EC2_METADATA_DISABLED", "true"), ("BOTO_CONFIG", "/nowhere")];
    for (profile, expected) in [
        (
            None,
            "dynamodb ListTables: no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile \
             that has some with AWS_PROFILE, or run `aws configure`, `aws sso login` or `aws login`",
        ),
        (
            Some("empty"),
            "dynamodb ListTables: no AWS credentials found in the profile \"empty\": add aws_access_key_id and \
             aws_secret_access_key to it, run `aws configure`, `aws sso login` or `aws login` for it, or choose another profile",
        ),
    ] {
        let variables = common.into_iter().chain(profile.map(|name| ("AWS_PROFILE", name)));
        let error =
            list_tables(Session::builder().environment(Environment::from_pairs(variables).with_home(home.path())));
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Credentials, expected));
        let why = error.source().unwrap().to_string();
        for provider in ["env (", "assume-role (", "sso (", "custom-process (", "container-role (", "iam-role ("] {
            assert!(why.contains(provider), "{why}");
        }
    }
}

// --- Redirects ----------------------------------------------------------------------------------------------------------

/// Calls one service per protocol.
#[test]
fn errors_of_redirects_show_the_location() {
    for (service, operation, params) in [
        ("sqs", "list_queues", json!({})),
        ("sts", "get_caller_identity", json!({})),
        ("ec2", "describe_vpcs", json!({})),
        ("lambda", "list_functions", json!({})),
        ("route53", "list_hosted_zones", json!({})),
        ("arc-region-switch", "list_plans", json!({})),
        ("s3", "list_buckets", json!({})),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let send =
                move |_| respond(status, &[("location", "https://me:HUSH@sso.example.com/login?token=HUSH#HUSH")], "");
            let error = called(service, operation, &params, send).unwrap_err().to_string();
            let expected = format!("(HTTP {status}, Location https://sso.example.com/login?…)");
            assert!(error.contains(&expected) && !error.contains("HUSH"), "{service}: {error}");
        }
        // Without a location, and with a location in an error that is not a redirect.
        for (status, headers) in [(302, &[][..]), (404, &[("location", "/x")])] {
            let error =
                called(service, operation, &params, move |_| respond(status, headers, "")).unwrap_err().to_string();
            assert!(error.contains(&format!("HTTP {status}")) && !error.contains("Location"), "{service}: {error}");
        }
    }
}

/// S3 returns the host in the body.
#[test]
fn errors_of_moved_buckets_show_the_endpoint() {
    let body = "<Error><Code>PermanentRedirect</Code><Message>must be addressed using the specified endpoint</Message>\
                <Endpoint>b.s3-eu-north-1.amazonaws.com</Endpoint><Bucket>b</Bucket></Error>";
    let error = called("s3", "list_objects_v2", &json!({"Bucket": "b"}), move |_| respond(301, &[], body)).unwrap_err();
    assert!(error.to_string().contains("(HTTP 301, Endpoint b.s3-eu-north-1.amazonaws.com)"), "{error}");
}

fn called(
    service: &str,
    operation: &str,
    params: &Value,
    send: impl Fn(http::Request<Body>) -> Response + Send + Sync + 'static,
) -> tucuxi::Result<Value> {
    let session = session("eu-west-1").credentials(Credentials::new("AKID", "HUSH")).transport(send);
    session.build()?.client(service)?.call(operation, params.clone())
}
