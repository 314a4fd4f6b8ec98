//! `sso login`: signs in to IAM Identity Center.

use std::process::ExitCode;

use super::sso_settings::SsoSettings;
use super::target::SignIn;
use super::token::fetch_token;
use super::{BROWSER_OPTIONS, start_url};
use crate::aws::error::AwsResult;
use crate::aws::own::configure::{DEFAULT, NewValue, SectionName, files, named_profile, update};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::{output, signals};

pub(in crate::aws::own) const SSO_LOGIN: OwnCommand = OwnCommand {
    group: "sso",
    name: "login",
    summary: "Sign in to IAM Identity Center with a browser",
    options: &[
        BROWSER_OPTIONS,
        &[OwnOption::new(
            "--sso-session",
            "<name>",
            "The section `sso-session` to sign in to, instead of that of the profile",
        )],
    ],
    run,
};

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let settings = SsoSettings::read(line, line.text("--sso-session"))?;
    let (resolved_url, region) = start_url::resolve(&settings.start_url, Some(&settings.region), line.globals)?;
    let sign_in = SignIn {
        session: line.session,
        region,
        start_url: settings.start_url,
        resolved_url,
        session_name: settings.session,
        scopes: settings.scopes,
        opens_browser: !line.has("--no-browser"),
        uses_device_code: line.has("--use-device-code"),
    };
    fetch_token(&sign_in, true)?;
    if settings.region != sign_in.region {
        let section = match &sign_in.session_name {
            Some(name) => SectionName::Typed("sso-session", name.clone()),
            None => SectionName::config(&named_profile(line).unwrap_or_else(|| DEFAULT.to_owned())),
        };
        let region = [("sso_region".to_owned(), NewValue::Text(sign_in.region.clone()))];
        update(files()?.config_path(), &section, &region)?;
        output::print(&format!("SSO region updated to {}\n", sign_in.region))?;
    }
    output::print(&format!("Successfully logged into Start URL: {}\n", sign_in.start_url))?;
    Ok(ExitCode::SUCCESS)
}
