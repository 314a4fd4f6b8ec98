//! Credentials from STS: an assumed role, a chain of roles, a web identity.

use serde_json::json;
use tucuxi::{Credentials, Environment, ProvideCredentials, Session};

use crate::server::Server;
use crate::support::{call, client, session_of};

/// The caller's ARN, from STS.
fn caller_arn(session: &Session) -> String {
    let identity = call(&session.client("sts").unwrap(), "get_caller_identity", json!({}));
    identity["Arn"].as_str().unwrap().to_owned()
}

pub(crate) fn assumed_role(server: &Server) {
    let session = session_of(server, Credentials::new("test", "test")).build().unwrap();
    let role = session.assume_role("arn:aws:iam::210987654321:role/auditor").session_name("nightly");
    let credentials = role.provide().unwrap();
    assert_eq!(credentials.account_id(), Some("210987654321"));
    assert!(credentials.access_key_id().starts_with("ASIA") && credentials.session_token().is_some());
    assert!(credentials.expiry().is_some());
    let as_auditor = session_of(server, Credentials::new("", "")).credentials(role).build().unwrap();
    assert_eq!(caller_arn(&as_auditor), "arn:aws:sts::210987654321:assumed-role/auditor/nightly");
    println!("assume_role: {}", credentials.access_key_id());
}

pub(crate) fn role_of_a_profile(server: &Server) {
    let home = server.folder.join("role-of-a-profile");
    let lines = [
        "[profile top]",
        "role_arn = arn:aws:iam::222222222222:role/top",
        "source_profile = middle",
        "role_session_name = of-top",
        "[profile middle]",
        "role_arn = arn:aws:iam::111111111111:role/middle",
        "source_profile = base",
        "external_id = a/b=c:@,.",
        "[profile base]",
        "aws_access_key_id = test",
        "aws_secret_access_key = test",
    ];
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    std::fs::write(home.join(".aws/config"), lines.join("\n")).unwrap();
    let environment = Environment::from_pairs([("AWS_PROFILE", "top"), ("AWS_ENDPOINT_URL", &server.url)]);
    let session = Session::builder().environment(environment.with_home(&home)).region("us-east-1").build().unwrap();
    assert_eq!(caller_arn(&session), "arn:aws:sts::222222222222:assumed-role/top/of-top");
}

pub(crate) fn web_identity(server: &Server) {
    // moto does not check the token.
    let home = server.folder.join("web-identity");
    std::fs::create_dir_all(&home).unwrap();
    let token = home.join("token");
    std::fs::write(&token, "header.payload.signature\n").unwrap();
    let iam = client(server, "iam");
    call(&iam, "create_role", json!({"RoleName": "pod", "AssumeRolePolicyDocument": "{}"}));
    let environment = Environment::from_pairs([
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &*token.to_string_lossy()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod"),
        ("AWS_ROLE_SESSION_NAME", "of-the-pod"),
        ("AWS_ENDPOINT_URL_STS", &server.url),
        ("AWS_REGION", "us-east-1"),
    ]);
    let session = Session::builder().environment(environment).build().unwrap();
    assert_eq!(caller_arn(&session), "arn:aws:sts::123456789012:assumed-role/pod/of-the-pod");
}
