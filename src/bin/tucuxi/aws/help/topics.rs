//! `aws help TOPIC`: pages about no command.

use super::page::{HelpPage, INDENT};

/// The column of what settings mean.
const COLUMN: usize = 36;

/// The topics, and what they are about.
pub(super) const TOPICS: &[(&str, &str)] = &[
    ("config-vars", "Settings of the environment and the config file"),
    ("return-codes", "Exit codes"),
    ("topics", "These pages"),
];

/// Variables of the environment, settings of a profile (`-` for none), and what they mean.
#[rustfmt::skip]
const SETTINGS: &[(&str, &str, &str)] = &[
    ("AWS_PROFILE", "-", "The profile, as --profile"),
    ("AWS_REGION, AWS_DEFAULT_REGION", "region", "The region, as --region"),
    ("AWS_ACCESS_KEY_ID", "aws_access_key_id", "The id of the access key"),
    ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", "The secret of the access key"),
    ("AWS_SESSION_TOKEN", "aws_session_token", "The token of temporary credentials"),
    ("AWS_CONFIG_FILE", "-", "The config file, ~/.aws/config otherwise"),
    ("AWS_SHARED_CREDENTIALS_FILE", "-", "The credentials file, ~/.aws/credentials otherwise"),
    ("AWS_DEFAULT_OUTPUT", "output", "The format of outputs, as --output"),
    ("AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>", "endpoint_url", "Where requests are sent, as --endpoint-url"),
    ("AWS_CA_BUNDLE", "ca_bundle", "Trusted certificates, as --ca-bundle"),
    ("AWS_MAX_ATTEMPTS", "max_attempts", "How often a call is tried, 3 otherwise"),
    ("AWS_RETRY_MODE", "retry_mode", "How calls are retried: legacy, standard or adaptive"),
    ("AWS_CLI_ERROR_FORMAT", "cli_error_format", "How errors are printed, as --cli-error-format"),
    ("AWS_PAGER", "cli_pager", "The pager for outputs on a terminal; none otherwise"),
    ("AWS_CLI_FILE_ENCODING", "-", "The encoding of files that file:// names, UTF-8 otherwise"),
    ("-", "cli_binary_format", "What text for a blob is, as --cli-binary-format"),
    ("-", "cli_timestamp_format", "iso8601 (otherwise), or wire: as the service sends them"),
    ("-", "parameter_validation", "false sends parameters as they are"),
];

const CODES: &[(&str, &str)] = &[
    ("0", "The command did what it should"),
    ("1", "s3: at least one transfer failed"),
    ("2", "s3: at least one file was skipped"),
    ("130", "The user stopped the command"),
    ("252", "The command line is wrong, or a parameter is"),
    ("253", "The region, credentials or another setting is missing or wrong"),
    ("254", "The service answered with an error"),
    ("255", "Anything else went wrong"),
];

/// The page of a topic, if there is one.
pub(crate) fn of_topic(program: &str, topic: &str) -> Option<String> {
    let (_, about) = TOPICS.iter().find(|(name, _)| *name == topic)?;
    let mut page = HelpPage::default();
    page.heading("NAME");
    page.line(INDENT, &format!("{program} help {topic}: {about}"));
    match topic {
        "config-vars" => push_settings(&mut page),
        "return-codes" => {
            page.heading("EXIT CODES");
            CODES.iter().for_each(|(code, meaning)| page.row(code, 10, meaning));
        }
        _ => {
            page.heading("TOPICS");
            TOPICS.iter().for_each(|(name, about)| page.row(name, 20, about));
        }
    }
    Some(page.into_text())
}

fn push_settings(page: &mut HelpPage) {
    page.heading("PRECEDENCE");
    page.paragraph(INDENT, "An option of the command line comes before the environment, and that before the profile.");
    page.heading("VARIABLES OF THE ENVIRONMENT");
    for (variable, _, meaning) in SETTINGS.iter().filter(|(variable, ..)| *variable != "-") {
        page.row(variable, COLUMN, meaning);
    }
    page.heading("SETTINGS OF A PROFILE");
    for (_, setting, meaning) in SETTINGS.iter().filter(|(_, setting, _)| *setting != "-") {
        page.row(setting, COLUMN, meaning);
    }
}
