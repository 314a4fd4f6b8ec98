//! The sign-in with an authorization code: the browser brings the code to a server on this machine.

use serde_json::{Value, json};
use tucuxi::Client;
use tucuxi::sign_in::Pkce;

use super::announcement::Announcement;
use super::callback::CallbackServer;
use super::page::{base_url, query};
use super::registration::{ClientRegistration, DEFAULT_SCOPE, token_document};
use super::target::SignIn;
use super::too_late;
use crate::aws::error::{AwsError, AwsResult};

pub(super) fn sign_in(client: &Client, sign_in: &SignIn<'_>) -> AwsResult<Value> {
    let server = CallbackServer::start().map_err(|error| {
        AwsError::General(format!(
            "Unable to initialize the OAuth 2.0 authorization callback handler: {error} \n You may use --use-device-code to fall \
             back to the device code flow which does not require the callback handler."
        ))
    })?;
    let registration = ClientRegistration::get(client, sign_in, true)?;
    let pkce = Pkce::new();
    let redirect_uri = server.redirect_uri();
    let base = base_url(client, "register_client", json!({"clientName": "temp", "clientType": "public"}))?;
    let scopes = sign_in.scopes.as_ref().filter(|scopes| !scopes.is_empty()).map(|scopes| scopes.join(" "));
    let query = query(&[
        ("response_type", "code"),
        ("client_id", &registration.id),
        ("redirect_uri", &redirect_uri),
        ("state", pkce.state()),
        ("code_challenge_method", "S256"),
        ("scopes", scopes.as_deref().unwrap_or(DEFAULT_SCOPE)),
    ]);
    let page = format!("{base}/authorize?{query}&code_challenge={}", pkce.challenge());
    let announcement = Announcement { page: &page, page_with_code: &page, code: None, elsewhere: "--use-device-code" };
    announcement.show(sign_in.opens_browser)?;
    let code = server.wait(pkce.state()).map_err(|_| too_late())?.ok_or_else(|| {
        AwsError::General("Error loading authorization code: Failed to retrieve an authorization code.".to_owned())
    })?;
    let params = json!({
        "grantType": "authorization_code",
        "clientId": registration.id,
        "clientSecret": registration.secret,
        "redirectUri": redirect_uri,
        "codeVerifier": pkce.verifier(),
        "code": code,
    });
    let response = client.call("create_token", params).map_err(|error| {
        match error.service().is_some_and(|service| service.code() == "ExpiredTokenException") {
            true => too_late(),
            false => AwsError::library(error),
        }
    })?;
    token_document(sign_in, &registration, &response)
}
