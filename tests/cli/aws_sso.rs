//! `sso login`, `login` and their opposites, and the caches that they share with the AWS CLI.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Folder, Run, Server, bare, ok, response};

const CONFIG: &str = "[default]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 000000000001\nsso_role_name = R\n\
                      [sso-session corp]\nsso_start_url = https://d-123.awsapps.com/start\nsso_region = us-east-1\n\
                      [profile old]\nsso_start_url = https://d-123.awsapps.com/start\nsso_region = us-east-1\n\
                      [profile con]\nregion = us-east-1\n[profile keys]\naws_access_key_id = AKID\naws_secret_access_key = s\n";

/// SHA-1 of `corp`, the name of the session.
const TOKEN_FILE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// The program with all endpoints at the server.
fn run(home: &Folder, server: &Server, arguments: &str) -> Run {
    if !home.path(".aws/config").exists() {
        home.write(".aws/config", CONFIG);
    }
    let run = bare(arguments).env("HOME", home.0.to_str().unwrap()).env("BROWSER", "true");
    ["SSO_OIDC", "SSO", "STS", "SIGNIN"]
        .iter()
        .fold(run, |run, service| run.env(&format!("AWS_ENDPOINT_URL_{service}"), &server.url))
}

fn registered() -> Vec<u8> {
    ok(json!({"clientId": "cid", "clientSecret": "HUSH-client", "clientSecretExpiresAt": 4_000_000_000_u64})
        .to_string())
}

fn token() -> Vec<u8> {
    ok(json!({"accessToken": "HUSH-access", "expiresIn": 28800, "refreshToken": "HUSH-refresh"}).to_string())
}

/// The decoded value of a part of a query.
fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
    value.replace("%3A", ":").replace("%2F", "/")
}

/// Requests a page, and returns the response.
fn visit(url: &str) -> String {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// Runs a sign-in; the browser comes to the redirect with a wrong state and then with the right one. Returns all output and the
/// address of the page.
fn sign_in(mut run: Run) -> (i32, String, String) {
    let command = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut output = String::new();
    let page = loop {
        let line = lines.next().unwrap_or_else(|| panic!("no address in {output}"));
        output.push_str(&format!("{line}\n"));
        if line.starts_with("http") {
            break line;
        }
    };
    let redirect = parameter(&page, "redirect_uri");
    assert!(redirect.starts_with("http://127.0.0.1:"));
    assert!(visit(&format!("{redirect}?code=HUSH-wrong&state=other")).starts_with("HTTP/1.1 404"));
    let done = visit(&format!("{redirect}?code=HUSH-code&state={}", parameter(&page, "state")));
    assert!(done.starts_with("HTTP/1.1 200") && !done.contains("HUSH"), "{done}");
    lines.for_each(|line| output.push_str(&format!("{line}\n")));
    child.stderr.take().unwrap().read_to_string(&mut output).unwrap();
    (child.wait().unwrap().code().unwrap(), output, page)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_private(_: &Path) {}

#[test]
fn sso_login_with_a_browser_writes_the_shared_cache() {
    let home = Folder::new();
    let server = Server::with_responses([registered(), token()]);
    let (code, output, page) = sign_in(run(&home, &server, "sso login --no-browser --debug"));
    assert_eq!(code, 0, "{output}");
    assert!(!output.contains("HUSH"), "{output}");
    assert!(output.contains("Successfully logged into Start URL: https://d-123.awsapps.com/start\n"));
    let received = server.received.lock().unwrap();
    assert_eq!(received[0].json()["clientName"], "botocore-client-corp");
    let sent = received[1].json();
    assert_eq!(
        (sent["code"].as_str(), sent["redirectUri"].as_str()),
        (Some("HUSH-code"), Some(&*parameter(&page, "redirect_uri")))
    );
    let digest = tucuxi::blob(Sha256::digest(sent["codeVerifier"].as_str().unwrap()));
    let challenge = digest.as_str().unwrap().trim_end_matches('=').replace('+', "-").replace('/', "_");
    assert_eq!(parameter(&page, "code_challenge"), challenge);

    let path = home.path(TOKEN_FILE);
    assert_private(&path);
    let mut stored = read(&path);
    assert_eq!(stored["registrationExpiresAt"], "2096-10-02T07:06:40Z");
    stored.as_object_mut().unwrap().remove("expiresAt").unwrap();
    let expected = json!({
        "startUrl": "https://d-123.awsapps.com/start", "region": "us-east-1", "accessToken": "HUSH-access",
        "clientId": "cid", "clientSecret": "HUSH-client", "registrationExpiresAt": "2096-10-02T07:06:40Z",
        "refreshToken": "HUSH-refresh"
    });
    assert_eq!(stored, expected);
    // The registration is used again.
    let server = Server::with_response(token());
    assert_eq!(sign_in(run(&home, &server, "sso login --sso-session corp")).0, 0);
    assert_eq!(server.received.lock().unwrap().len(), 1);
}

#[test]
fn sso_login_with_a_device_code_waits_for_the_user() {
    let device = json!({
        "deviceCode": "HUSH-device", "userCode": "ABCD-EFGH", "verificationUri": "https://dev/x",
        "verificationUriComplete": "https://dev/x?user_code=ABCD-EFGH", "expiresIn": 600, "interval": 0
    });
    let error = |code: &str| response("400 Bad Request", json!({"__type": code}).to_string().as_bytes());
    let pending = error("AuthorizationPendingException");
    for arguments in ["sso login --use-device-code", "sso login --profile old"] {
        let home = Folder::new();
        let responses = [registered(), ok(device.to_string()), pending.clone(), pending.clone(), token()];
        let server = Server::with_responses(responses);
        let ran = run(&home, &server, arguments).run();
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments}");
        assert!(ran.text().contains("\nhttps://dev/x\n\nThen enter the code:\n\nABCD-EFGH\n"), "{}", ran.text());
        assert!(!ran.text().contains("HUSH"));
        assert_eq!(fs::read_dir(home.path(".aws/sso/cache")).unwrap().count(), 2);
    }
    let home = Folder::new();
    let server = Server::with_responses([registered(), ok(device.to_string()), error("ExpiredTokenException")]);
    let ran = run(&home, &server, "sso login --use-device-code").run();
    assert_eq!(ran.code, 255);
    assert!(ran.stderr.contains("The pending authorization to retrieve an SSO token has expired."), "{}", ran.stderr);
    assert!(!home.path(TOKEN_FILE).exists());
}

#[test]
fn configure_sso_asks_for_the_account_and_the_role() {
    let device = json!({
        "deviceCode": "d", "userCode": "ABCD-EFGH", "verificationUri": "file:///etc/passwd",
        "verificationUriComplete": "file:///etc/passwd", "expiresIn": 600, "interval": 1
    });
    let accounts = json!({"accountList": [
        {"accountId": "000000000002", "accountName": "Zoo", "emailAddress": "z@x"},
        {"accountId": "000000000003"},
        {"accountId": "000000000001", "accountName": "ark"}
    ]});
    let roles = json!({"roleList": [{"roleName": "Write"}, {"roleName": "read"}]});
    let home = Folder::new();
    home.write(".aws/config", "# mine\n");
    let responses = [registered(), ok(device.to_string()), token(), ok(accounts.to_string()), ok(roles.to_string())];
    let server = Server::with_responses(responses);
    let answers = b"new\nnowhere\nhttps://d-1.awsapps.com/start\neu-west-1\n\n4\n2\n1\neu-west-3\n\n\n";
    let ran = run(&home, &server, "configure sso --use-device-code").input(answers).run();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.text());
    for part in [
        "SSO start URL [None]: Not a valid Start URL\n",
        "   1  ark (000000000001)\n   2  Zoo, z@x (000000000002)\n   3  000000000003\n",
        "This is not one of the numbers.\n",
        "Using the role name \"read\"\n",
        "Profile name [read-000000000002]: ",
    ] {
        assert!(ran.text().contains(part), "no {part:?} in {}", ran.text());
    }
    assert!(!ran.text().contains("HUSH"));
    assert_eq!(
        fs::read_to_string(home.path(".aws/config")).unwrap(),
        "# mine\n[profile read-000000000002]\nsso_session = new\nsso_account_id = 000000000002\nsso_role_name = read\n\
         region = eu-west-3\n[sso-session new]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n\
         sso_registration_scopes = sso:account:access\n"
    );
}

#[test]
fn missing_settings_of_a_sign_in_are_named() {
    for (arguments, code, expected) in [
        (
            "sso login --profile con",
            253,
            "Missing the following required SSO configuration values: sso_start_url, sso_region.",
        ),
        ("sso login --sso-session none", 253, "The specified sso-session does not exist: \"none\""),
        ("sso login --profile none", 255, "The config profile (none) could not be found"),
        ("login --profile keys --region r", 253, "Profile 'keys' is already configured with Access Key credentials."),
        ("login --profile old --region r --bad", 252, "Unknown options: --bad"),
    ] {
        let (home, server) = (Folder::new(), Server::with_response(ok("{}")));
        let ran = run(&home, &server, arguments).run();
        assert_eq!(ran.code, code, "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        server.assert_untouched();
    }
}

#[test]
fn sso_logout_removes_tokens_even_if_the_service_is_gone() {
    for (is_there, code) in [(true, 0), (false, 255)] {
        let home = Folder::new();
        let token = home.write(TOKEN_FILE, r#"{"accessToken": "HUSH", "region": "us-east-1"}"#);
        let registration = home.write(".aws/sso/cache/r.json", r#"{"clientId": "c"}"#);
        let broken = home.write(".aws/sso/cache/b.json", "{");
        let role = home.write(".aws/cli/cache/s.json", r#"{"ProviderType": "sso"}"#);
        let other = home.write(".aws/cli/cache/o.json", r#"{"Credentials": {}}"#);
        let server = Server::with_response(ok("{}"));
        let run = run(&home, &server, "sso logout").env("AWS_MAX_ATTEMPTS", "1");
        let ran = if is_there { run } else { run.env("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1") }.run();
        assert_eq!((ran.code, ran.text()), (code, ""), "{}", ran.stderr);
        assert!(!token.exists() && !role.exists(), "{is_there}");
        assert!(registration.exists() && broken.exists() && other.exists(), "{is_there}");
        if is_there {
            assert_eq!(server.request().header("x-amz-sso_bearer_token"), "HUSH");
        }
    }
}

#[test]
fn login_stores_the_session_of_the_console_and_logout_removes_it() {
    let home = Folder::new();
    let payload = tucuxi::blob(json!({"sub": "arn:aws:iam::123456789012:user/me"}).to_string());
    let id_token = format!("e30.{}.s", payload.as_str().unwrap().trim_end_matches('='));
    let output = json!({
        "accessToken": {"accessKeyId": "ASIALOGIN", "secretAccessKey": "HUSH-secret", "sessionToken": "HUSH-token"},
        "tokenType": "t", "expiresIn": 900, "refreshToken": "HUSH-refresh", "idToken": id_token
    });
    let server = Server::with_responses([ok(output.to_string()), ok(IDENTITY)]);
    let (code, text, page) = sign_in(run(&home, &server, "login --profile con"));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\nUpdated profile con to use arn:aws:iam::123456789012:user/me credentials.\n"), "{text}");
    assert!(!text.contains("HUSH"), "{text}");
    assert_eq!(parameter(&page, "client_id"), "arn:aws:signin:::devtools/same-device");
    let received = server.received.lock().unwrap()[0].clone();
    assert_eq!(received.header("dpop").split('.').count(), 3);
    assert_eq!(received.json()["code"], "HUSH-code");
    let config = fs::read_to_string(home.path(".aws/config")).unwrap();
    assert!(config.contains("[profile con]\nregion = us-east-1\nlogin_session = arn:aws:iam::123456789012:user/me\n"));
    let file = fs::read_dir(home.path(".aws/login/cache")).unwrap().next().unwrap().unwrap().path();
    assert_private(&file);
    assert!(read(&file)["dpopKey"].as_str().unwrap().starts_with("-----BEGIN EC PRIVATE KEY-----\n"));

    assert_eq!(run(&home, &server, "sts get-caller-identity --profile con").run().code, 0);
    let used = server.received.lock().unwrap()[1].clone();
    assert!(used.header("authorization").contains("ASIALOGIN"));
    let ran = run(&home, &server, "logout --profile con").run();
    assert!(ran.text().starts_with("Removed cached login credentials for profile 'con'. "), "{}", ran.text());
    assert!(!file.exists());
    assert_eq!(run(&home, &server, "logout --all").run().text(), "No cached login session tokens found.\n");
    let ran = run(&home, &server, "logout --profile old").run();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "warning: no login session found for profile 'old'\n"));
}

#[test]
fn credentials_of_roles_are_shared_by_lines() {
    let home = Folder::new();
    home.write(
        ".aws/config",
        "[profile role]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/R\nsource_profile = keys\n\
         [profile keys]\naws_access_key_id = AKID\naws_secret_access_key = s\n",
    );
    let assumed = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>\
                   <SecretAccessKey>HUSH</SecretAccessKey><SessionToken>t</SessionToken>\
                   <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let server = Server::with_responses([ok(assumed), ok(IDENTITY)]);
    for requests in [2, 3] {
        let ran = run(&home, &server, "sts get-caller-identity --profile role").run();
        assert_eq!((ran.code, server.received.lock().unwrap().len()), (0, requests), "{}", ran.stderr);
    }
    let path = home.path(".aws/cli/cache/c03ce438bc208f6214854d85d3ca930ff73e3004.json");
    assert_private(&path);
    assert_eq!(read(&path)["Credentials"]["Expiration"], "2999-01-01T00:00:00+00:00");
    // A broken file is written again.
    fs::write(&path, "{").unwrap();
    let server = Server::with_responses([ok(assumed), ok(IDENTITY)]);
    let ran = run(&home, &server, "sts get-caller-identity --profile role --debug").run();
    assert_eq!(ran.code, 0);
    assert!(!ran.stderr.contains("HUSH"), "{}", ran.stderr);
    assert_eq!(read(&path)["Credentials"]["AccessKeyId"], "ASIAROLE");
}
