//! `configure sso-session`: asks for the settings of a section `sso-session`.

use std::process::ExitCode;

use serde_json::json;

use super::section::SectionName;
use super::sso_questions::{SsoAnswers, ask_session, values};
use super::{GROUP, files, update};
use crate::aws::error::AwsResult;
use crate::aws::own::{OwnCommand, OwnLine};
use crate::{output, signals};

pub(in crate::aws::own) const SSO_SESSION: OwnCommand = OwnCommand {
    group: GROUP,
    name: "sso-session",
    summary: "Ask for the settings of IAM Identity Center that profiles can share",
    options: &[],
    run,
};

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let files = files()?;
    let name = ask_session(None, true)?.unwrap_or_default();
    let mut answers = SsoAnswers::ask(files.sso_session(&name).unwrap_or_else(|| json!({})), line.globals)?;
    answers.ask_scopes()?;
    let section = SectionName::Typed("sso-session", name.clone());
    update(files.config_path(), &section, &values(&answers.settings))?;
    output::print(&format!(
        "\nCompleted configuring SSO session: {name}\nRun the following to login and refresh access token for this session:\n\naws sso \
         login --sso-session {name}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
