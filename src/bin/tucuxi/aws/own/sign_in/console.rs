//! `login`: signs in to the console, and uses that session for a profile.

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::sign_in::{DpopKey, Pkce, TokenFile};
use tucuxi::{Client, Environment};

use super::announcement::Announcement;
use super::callback::CallbackServer;
use super::page::{base_url, query};
use super::{not_configured, too_late};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::configure::{DEFAULT, NewValue, SectionName, files, named_profile, update};
use crate::aws::own::questions::{ask, confirm};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::aws::{present, run};
use crate::error::CliError;
use crate::{output, signals};

pub(in crate::aws::own) const LOGIN: OwnCommand = OwnCommand {
    group: "login",
    name: "",
    summary: "Sign in to the console with a browser, and use the session for a profile",
    options: &[&[OwnOption::flag(
        "--remote",
        "Sign in with the browser of another device, which shows a code to paste here",
    )]],
    run: login,
};

const SESSION: &str = "login_session";
const CREATE_TOKEN: &str = "create_o_auth2_token";

/// The ids of the client, for a browser on this device and on another one.
const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
const OTHER_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";

/// Other credentials that a profile may have, which would be used instead.
const OTHER_CREDENTIALS: &[(&[&str], &str)] = &[
    (&["web_identity_token_file"], "Web Identity"),
    (&["sso_role_name", "sso_account_id"], "SSO"),
    (&["aws_access_key_id"], "Access Key"),
    (&["role_arn"], "Assume Role"),
    (&["credential_process"], "Credential Process"),
];

fn login(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let profile = named_profile(line).unwrap_or_else(|| DEFAULT.to_owned());
    let settings = files()?.profile(&profile).unwrap_or_else(|| json!({}));
    let (region, is_new_region) = match configured_region(line, &settings) {
        Some(region) => (region, false),
        None => (ask_region()?, true),
    };
    let is_set = |names: &[&str]| names.iter().any(|name| settings.get(*name).is_some());
    if let Some((_, style)) = OTHER_CREDENTIALS.iter().find(|(names, _)| is_set(names)) {
        return Err(not_configured(format!(
            "Profile '{profile}' is already configured with {style} credentials.\n\nYou may run 'aws login --profile \
             new-profile-name' to create a new profile with the specified name. Otherwise you must first manually remove the \
             existing credentials from '{profile}'.\n"
        )));
    }
    let key = Arc::new(DpopKey::generate());
    let client = sign_in_client(line, &region, &key)?;
    let id = if line.has("--remote") { OTHER_DEVICE } else { SAME_DEVICE };
    let code = authorize(&client, id, line.has("--remote"))?;
    let (session, token) = exchange(&client, id, &code, &key)?;
    if !may_replace(&profile, &settings, &session)? {
        return Ok(ExitCode::SUCCESS);
    }
    let file = TokenFile::login(&Environment::process(), &session).map_err(AwsError::library)?;
    file.write(&token).map_err(|error| AwsError::Program(CliError::Io(file.path().display().to_string(), error)))?;
    let mut values = vec![(SESSION.to_owned(), NewValue::Text(session.clone()))];
    values.extend(is_new_region.then(|| ("region".to_owned(), NewValue::Text(region))));
    update(files()?.config_path(), &SectionName::config(&profile), &values)?;
    output::print(&format!("\nUpdated profile {profile} to use {session} credentials.\n"))?;
    if profile != DEFAULT {
        output::print(&format!(
            "Use \"--profile {profile}\" to use the new credentials, such as \"aws sts get-caller-identity --profile {profile}\"\n"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn configured_region(line: &OwnLine<'_>, settings: &Value) -> Option<String> {
    let set = |text: &String| !text.is_empty();
    let variable = |name: &str| env::var(name).ok().filter(set);
    let own = || settings.get("region").and_then(Value::as_str).map(str::to_owned).filter(set);
    let region = line.globals.region.clone().filter(set);
    region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION")).or_else(own)
}

fn ask_region() -> AwsResult<String> {
    const DEFAULT_REGION: &str = "us-east-1";
    output::print(
        "No AWS region has been configured. The AWS region is the geographic location of your AWS resources.\n\nIf you have used AWS \
         before and already have resources in your account, specify which region they were created in. If you have not created \
         resources in your account before, you can pick the region closest to you: \
         https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html.\n\nYou are able to change the region in \
         the CLI at any time with the command \"aws configure set region NEW_REGION\".\n",
    )?;
    let region = ask(&format!("AWS Region [{DEFAULT_REGION}]: "))?.map(|region| region.trim().to_owned());
    Ok(region.filter(|region| !region.is_empty()).unwrap_or_else(|| DEFAULT_REGION.to_owned()))
}

/// A client whose requests have the proof of the key.
fn sign_in_client(line: &OwnLine<'_>, region: &str, key: &Arc<DpopKey>) -> AwsResult<Client> {
    let mut builder = run::unsigned_client_builder(line.session, "signin", region)?;
    if let Some(url) = &line.globals.endpoint_url {
        builder = builder.endpoint_url(url);
    }
    let key = Arc::clone(key);
    let builder = builder.before_send(move |request| {
        let proof = key.proof(&request.uri().to_string(), SystemTime::now())?;
        request.headers_mut().insert("dpop", proof);
        Ok(())
    });
    builder.build().map_err(AwsError::library)
}

/// What the token service wants besides the id of the client.
struct AuthorizationCode {
    code: String,
    verifier: String,
    redirect_uri: String,
}

/// Sends the user to the page of the sign-in, and takes the code.
fn authorize(client: &Client, id: &str, is_remote: bool) -> AwsResult<AuthorizationCode> {
    let base = base_url(client, CREATE_TOKEN, json!({"tokenInput": {"clientId": " ", "grantType": " "}}))?;
    let pkce = Pkce::new();
    let server =
        if is_remote { None } else { Some(CallbackServer::start().map_err(|error| failed(&error.to_string()))?) };
    let redirect_uri = match &server {
        Some(server) => server.redirect_uri(),
        None => format!("{base}/v1/sessions/confirmation"),
    };
    let query = query(&[
        ("response_type", "code"),
        ("client_id", id),
        ("state", pkce.state()),
        ("code_challenge_method", "SHA-256"),
        ("scope", "openid"),
        ("redirect_uri", &redirect_uri),
    ]);
    let page = format!("{base}/v1/authorize?{query}&code_challenge={}", pkce.challenge());
    let announcement = Announcement { page: &page, page_with_code: &page, code: None, elsewhere: "--remote" };
    announcement.show(!is_remote)?;
    let code = match server {
        Some(server) => server.wait(pkce.state()).map_err(|_| too_late())?,
        None => Some(pasted_code(pkce.state())?),
    };
    let code = code.ok_or_else(|| failed("Failed to retrieve an authorization code."))?;
    Ok(AuthorizationCode { code, verifier: pkce.verifier().to_owned(), redirect_uri })
}

/// The code in the text that the browser shows: base64 of `state=..&code=..`.
fn pasted_code(state: &str) -> AwsResult<String> {
    let text = ask("\nEnter the authorization code displayed in your browser: ")?.unwrap_or_default();
    let invalid = || AwsError::General("Failed to decode the verification code.".to_owned());
    let bytes = tucuxi::bytes(&Value::from(text.trim())).map_err(|_| invalid())?;
    let query = String::from_utf8(bytes).map_err(|_| invalid())?;
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| super::callback::decoded(value))
    };
    let (Some(found), Some(code)) = (value("state"), value("code")) else {
        return Err(AwsError::General(
            "Failed to retrieve an auth_code or state from the verification code".to_owned(),
        ));
    };
    match found == state {
        true => Ok(code),
        false => Err(failed("the code is of another sign-in.")),
    }
}

/// Exchanges the code for credentials. Returns the name of the session and the content of its file.
fn exchange(client: &Client, id: &str, code: &AuthorizationCode, key: &DpopKey) -> AwsResult<(String, Value)> {
    let input = json!({
        "clientId": id,
        "grantType": "authorization_code",
        "code": code.code,
        "codeVerifier": code.verifier,
        "redirectUri": code.redirect_uri,
    });
    let response = client.call(CREATE_TOKEN, json!({"tokenInput": input})).map_err(explained)?;
    let output = &response["tokenOutput"];
    let text =
        |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| failed("Failed to retrieve an access token."));
    let seconds = output["expiresIn"].as_u64().map(Duration::from_secs);
    let expiry = seconds.and_then(|seconds| SystemTime::now().checked_add(seconds)).and_then(present::utc_seconds);
    let expiry = expiry.ok_or_else(|| failed("Failed to retrieve an access token."))?;
    let id_token = text(&output["idToken"])?;
    let session = subject(&id_token)?;
    let account = match session.splitn(6, ':').collect::<Vec<_>>()[..] {
        [_, _, _, _, account, _] => account.to_owned(),
        _ => return Err(failed(&format!("expected the ARN of the user, found {session}."))),
    };
    let credentials = &output["accessToken"];
    let token = json!({
        "accessToken": {
            "accessKeyId": text(&credentials["accessKeyId"])?,
            "secretAccessKey": text(&credentials["secretAccessKey"])?,
            "sessionToken": text(&credentials["sessionToken"])?,
            "accountId": account,
            "expiresAt": expiry,
        },
        "tokenType": output["tokenType"],
        "clientId": id,
        "refreshToken": text(&output["refreshToken"])?,
        "idToken": id_token,
        "dpopKey": key.to_pem(),
    });
    Ok((session, token))
}

/// The subject of a token: the ARN of the user.
fn subject(id_token: &str) -> AwsResult<String> {
    let invalid = |what: &str| AwsError::General(format!("Invalid JWT token - {what}"));
    let [_, payload, _] = id_token.split('.').collect::<Vec<_>>()[..] else {
        return Err(invalid("cannot extract payload"));
    };
    let mut payload = payload.replace('-', "+").replace('_', "/");
    while payload.len() % 4 != 0 {
        payload.push('=');
    }
    let bytes = tucuxi::bytes(&Value::from(payload)).map_err(|_| invalid("cannot extract payload"))?;
    let claims = String::from_utf8(bytes).ok().and_then(|text| tucuxi::parse_json(&text).ok()).unwrap_or_default();
    claims["sub"].as_str().map(str::to_owned).ok_or_else(|| invalid("missing sub"))
}

fn failed(why: &str) -> AwsError {
    AwsError::General(format!("Error loading or redeeming a login authorization code: {why} "))
}

/// The error of the token service with what to do.
fn explained(error: tucuxi::Error) -> AwsError {
    match error.service().and_then(|service| service.body()["error"].as_str()) {
        Some("AUTHCODE_EXPIRED") => failed(
            "Unable to complete the login process due to an expired authorization code. Please reauthenticate using 'aws login'.",
        ),
        Some("INSUFFICIENT_PERMISSIONS") => AwsError::General(
            "Unable to create or refresh login credentials due to insufficient permissions. You may be missing permission for the \
             'signin:CreateOAuth2Token' action."
                .to_owned(),
        ),
        _ => AwsError::library(error),
    }
}

/// Whether the profile gets the new session; the user decides if it has another one.
fn may_replace(profile: &str, settings: &Value, session: &str) -> AwsResult<bool> {
    match settings.get(SESSION).and_then(Value::as_str) {
        Some(old) if old != session => confirm(&format!(
            "\nProfile {profile} is already configured to use session {old}. Do you want to overwrite it to use {session} \
             instead? (y/n): "
        )),
        _ => Ok(true),
    }
}
