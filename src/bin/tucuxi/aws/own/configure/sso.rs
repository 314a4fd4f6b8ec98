//! `configure sso`: signs in to IAM Identity Center, and asks for the account and the role of a profile.

use std::process::ExitCode;

use serde_json::{Value, json};
use tucuxi::{Client, ConfigFiles};

use super::new_values::{SectionUpdate, update_all};
use super::section::SectionName;
use super::sso_questions::{REGION, SCOPES, START_URL, SsoAnswers, ask_session, defaults, values};
use super::{DEFAULT, GROUP, files, named_profile};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::questions::{ask_with_default, choose};
use crate::aws::own::sign_in::{BROWSER_OPTIONS, SignIn, fetch_token, scopes};
use crate::aws::own::{OwnCommand, OwnLine};
use crate::aws::run;
use crate::{output, signals};

pub(in crate::aws::own) const SSO: OwnCommand = OwnCommand {
    group: GROUP,
    name: "sso",
    summary: "Sign in to IAM Identity Center, and ask for the account and the role of a profile",
    options: &[BROWSER_OPTIONS],
    run: configure,
};

fn configure(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let files = files()?;
    let named = named_profile(line);
    let profile = files.profile(named.as_deref().unwrap_or(DEFAULT)).unwrap_or_else(|| json!({}));
    let target = SsoTarget::ask(line, &files, &profile)?;
    let mut new = match &target.session {
        Some(name) => json!({"sso_session": name}),
        None => target.settings.clone(),
    };
    let text = |name: &str| target.settings[name].as_str().unwrap_or_default().to_owned();
    let sign_in = SignIn {
        session: line.session,
        region: text(REGION),
        start_url: text(START_URL),
        resolved_url: target.resolved_url.clone(),
        session_name: target.session.clone(),
        scopes: target.session.as_ref().and_then(|_| Some(scopes(target.settings[SCOPES].as_str()?))),
        opens_browser: !line.has("--no-browser"),
        uses_device_code: line.has("--use-device-code"),
    };
    let token = fetch_token(&sign_in, target.is_new)?;
    let client = run::unsigned_client(line.session, "sso", &sign_in.region)?;
    let role = account_and_role(&client, token["accessToken"].as_str().unwrap_or_default(), &mut new)?;
    for (name, question) in
        [("region", "Default client Region"), ("output", "CLI default output format (json if not specified)")]
    {
        let current = profile.get(name).and_then(Value::as_str);
        let shown = current.unwrap_or("None");
        if let Some(answer) = ask_with_default(&format!("{question} [{shown}]: "), current)? {
            new[name] = answer.into();
        }
    }
    let name = match named {
        Some(name) => name,
        None => ask_profile(role.as_ref())?,
    };
    let mut updates = vec![SectionUpdate { section: SectionName::config(&name), values: values(&new) }];
    if let Some(session) = &target.session {
        let section = SectionName::Typed("sso-session", session.clone());
        updates.push(SectionUpdate { section, values: values(&target.settings) });
    }
    update_all(files.config_path(), &updates)?;
    output::print(&conclusion(&name, role.is_some()))?;
    Ok(ExitCode::SUCCESS)
}

fn conclusion(profile: &str, has_role: bool) -> String {
    match has_role {
        true if profile.eq_ignore_ascii_case(DEFAULT) => {
            "The AWS CLI is now configured to use the default profile.\nRun the \
                                                          following command to verify your configuration:\n\naws sts \
                                                          get-caller-identity\n"
                .to_owned()
        }
        true => format!(
            "To use this profile, specify the profile name using --profile, as shown:\n\naws sts get-caller-identity --profile \
             {profile}\n"
        ),
        false => format!("Successfully configured SSO for profile: {profile}\n"),
    }
}

/// What to sign in to.
struct SsoTarget {
    /// The section `sso-session`; none in the old form, in which the profile has its settings.
    session: Option<String>,
    settings: Value,
    resolved_url: String,
    /// The settings are new, so a token that is in the cache is not for them.
    is_new: bool,
}

impl SsoTarget {
    fn ask(line: &OwnLine<'_>, files: &ConfigFiles, profile: &Value) -> AwsResult<SsoTarget> {
        let current = profile.get("sso_session").and_then(Value::as_str).filter(|name| !name.is_empty());
        let Some(name) = ask_session(current, false)? else {
            output::print(
                "WARNING: Configuring using legacy format (e.g. without an SSO session).\nConsider re-running \"configure sso\" \
                 command and providing a session name.\n",
            )?;
            let SsoAnswers { settings, resolved_url } = SsoAnswers::ask(defaults(profile), line.globals)?;
            return Ok(SsoTarget { session: None, settings, resolved_url, is_new: false });
        };
        if let Some(settings) = files.sso_session(&name) {
            let missing: Vec<&str> =
                [START_URL, REGION].into_iter().filter(|key| !settings[*key].is_string()).collect();
            if !missing.is_empty() {
                return Err(AwsError::Setting(
                    "Configuration",
                    format!("Missing the following required SSO configuration values: {}. ", missing.join(", ")),
                ));
            }
            let resolved_url = settings[START_URL].as_str().unwrap_or_default().to_owned();
            return Ok(SsoTarget { session: Some(name), settings, resolved_url, is_new: false });
        }
        let mut answers = SsoAnswers::ask(defaults(profile), line.globals)?;
        answers.ask_scopes()?;
        let SsoAnswers { settings, resolved_url } = answers;
        Ok(SsoTarget { session: Some(name), settings, resolved_url, is_new: true })
    }
}

/// Asks for the account and the role, and puts them into the settings of the profile. `None` if the token may not list them.
fn account_and_role(client: &Client, token: &str, new: &mut Value) -> AwsResult<Option<(String, String)>> {
    match ask_account(client, token, new).and_then(|account| Ok((ask_role(client, token, &account, new)?, account))) {
        Ok((role, account)) => Ok(Some((role, account))),
        Err(AwsError::Library(error))
            if error.service().is_some_and(|service| service.code() == "UnauthorizedException") =>
        {
            output::print(
                "Unable to list AWS accounts and/or roles. Skipping configuring AWS credential provider for profile.\n",
            )?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn ask_account(client: &Client, token: &str, new: &mut Value) -> AwsResult<String> {
    let mut accounts = list(client, "list_accounts", json!({"accessToken": token}), "accountList")?;
    let id = |account: &Value| account["accountId"].as_str().unwrap_or_default().to_owned();
    let chosen = match &accounts[..] {
        [] => return Err(AwsError::General("No AWS accounts are available to you.".to_owned())),
        [only] => {
            output::print(&format!("The only AWS account available to you is: {}\n", id(only)))?;
            id(only)
        }
        _ => {
            output::print(&format!("There are {} AWS accounts available to you.\n", accounts.len()))?;
            accounts.sort_by_key(|account| {
                let name = |key: &str| account[key].as_str().map(str::to_lowercase);
                let has_no_name = account["accountName"].is_null() && account["emailAddress"].is_null();
                (has_no_name, name("accountName").or_else(|| name("emailAddress")).or_else(|| name("accountId")))
            });
            let index = choose(&accounts.iter().map(shown_account).collect::<Vec<_>>())?;
            id(&accounts[index])
        }
    };
    output::print(&format!("Using the account ID {chosen}\n"))?;
    new["sso_account_id"] = chosen.as_str().into();
    Ok(chosen)
}

/// `name, e-mail address (id)`
fn shown_account(account: &Value) -> String {
    let names = ["accountName", "emailAddress"].iter().filter_map(|name| account[*name].as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let id = account["accountId"].as_str().unwrap_or_default();
    if names.is_empty() { id.to_owned() } else { format!("{names} ({id})") }
}

fn ask_role(client: &Client, token: &str, account: &str, new: &mut Value) -> AwsResult<String> {
    let params = json!({"accountId": account, "accessToken": token});
    let roles = list(client, "list_account_roles", params, "roleList")?;
    let mut roles: Vec<String> = roles.iter().filter_map(|role| role["roleName"].as_str()).map(str::to_owned).collect();
    let chosen = match &roles[..] {
        [] => return Err(AwsError::General(format!("No roles are available for the account {account}"))),
        [only] => {
            output::print(&format!("The only role available to you is: {only}\n"))?;
            only.clone()
        }
        _ => {
            output::print(&format!("There are {} roles available to you.\n", roles.len()))?;
            roles.sort_by_key(|role| role.to_lowercase());
            roles.swap_remove(choose(&roles)?)
        }
    };
    output::print(&format!("Using the role name \"{chosen}\"\n"))?;
    new["sso_role_name"] = chosen.as_str().into();
    Ok(chosen)
}

fn list(client: &Client, operation: &str, params: Value, member: &str) -> AwsResult<Vec<Value>> {
    let mut items = Vec::new();
    for page in client.get_paginator(operation).map_err(AwsError::library)?.paginate(params) {
        let mut page = page.map_err(AwsError::library)?;
        if let Some(Value::Array(found)) = page.get_mut(member).map(Value::take) {
            items.extend(found);
        }
    }
    Ok(items)
}

/// Asks for the name of the profile.
fn ask_profile(role: Option<&(String, String)>) -> AwsResult<String> {
    let default = role.map(|(role, account)| format!("{role}-{account}"));
    let shown = default.as_deref().unwrap_or("None");
    loop {
        if let Some(name) = ask_with_default(&format!("Profile name [{shown}]: "), default.as_deref())? {
            return Ok(name);
        }
        output::print("A value is required\n")?;
    }
}
