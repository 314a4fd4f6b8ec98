//! Sign-ins with a browser: `sso login`, `login`, and their opposites.

mod announcement;
mod authorization;
mod browser;
mod cache;
mod callback;
mod console;
mod device;
mod logout;
mod page;
mod registration;
mod sso_login;
mod sso_settings;
mod start_url;
mod target;
mod token;

pub(super) use console::LOGIN;
pub(super) use logout::{LOGOUT, SSO_LOGOUT};
pub(super) use sso_login::SSO_LOGIN;
pub(super) use sso_settings::scopes;
pub(super) use start_url::{is_aws_owned, resolve};
pub(super) use target::SignIn;
pub(super) use token::fetch_token;

use std::fmt;

use super::OwnOption;
use crate::aws::error::AwsError;

/// The options of commands that sign in with IAM Identity Center.
pub(super) const BROWSER_OPTIONS: &[OwnOption] = &[
    OwnOption::flag("--no-browser", "Print the address of the page instead of opening it"),
    OwnOption::flag("--use-device-code", "Sign in with a code, also in the browser of another device"),
];

/// An error of a setting, as the AWS CLI calls it.
fn not_configured(text: impl fmt::Display) -> AwsError {
    AwsError::Setting("Configuration", text.to_string())
}

/// The error if the user has not signed in in time.
fn too_late() -> AwsError {
    AwsError::General(
        "The pending authorization to retrieve an SSO token has expired. The login flow to retrieve an SSO token must be \
         restarted."
            .to_owned(),
    )
}
