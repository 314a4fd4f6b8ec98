//! Static credentials in a profile of the shared credentials file or of the config file.

use super::Credentials;
use super::check::CredentialsPart;
use super::error::{CredentialsError, SettingProblem};
use super::provider::{ChainProvider, ChainResult};
use crate::config::Config;
use crate::config::files::{Files, SettingsFile};
use crate::config::profile::{ProfileEntry, Section};
use crate::error::Result;

const ACCESS_KEY_ID: &str = "aws_access_key_id";
const SECRET_ACCESS_KEY: &str = "aws_secret_access_key";
/// The first is the older name; it wins, as in botocore.
const SESSION_TOKENS: &[&str] = &["aws_security_token", "aws_session_token"];
const ACCOUNT_ID: &str = "aws_account_id";

/// Provides the credentials of the profile in one of the two files. The other file does not complete them.
pub(super) struct SharedFile {
    config: Config,
    which: fn(&Files) -> &SettingsFile,
}

impl SharedFile {
    pub(super) fn credentials(config: &Config) -> Self {
        SharedFile { config: config.clone(), which: |files| &files.credentials }
    }

    pub(super) fn config(config: &Config) -> Self {
        SharedFile { config: config.clone(), which: |files| &files.config }
    }
}

impl ChainProvider for SharedFile {
    fn load(&self) -> Result<ChainResult> {
        // A profile that is in neither file is an error, not a reason to try the next provider.
        self.config.profile_section()?;
        let profile = &self.config.profile()?.value;
        let file = (self.which)(self.config.files()?);
        let Some(section) = file.profile(profile) else {
            return Ok(ChainResult::NotConfigured(format!("no profile {profile:?} in {file}")));
        };
        match section.get(ACCESS_KEY_ID) {
            Some(access_key_id) => Ok(ChainResult::Found(read(section, access_key_id, profile)?)),
            None => Ok(ChainResult::NotConfigured(format!("no {ACCESS_KEY_ID} in profile {profile:?} of {file}"))),
        }
    }
}

fn read(section: &Section, access_key_id: &ProfileEntry, profile: &str) -> Result<Credentials, CredentialsError> {
    let secret = section.get(SECRET_ACCESS_KEY).ok_or_else(|| {
        let problem = SettingProblem::IncompleteCredentials { set: ACCESS_KEY_ID, missing: SECRET_ACCESS_KEY };
        error(access_key_id, profile, problem)
    })?;
    let mut credentials = Credentials::new(
        text(access_key_id, CredentialsPart::AccessKeyId, ACCESS_KEY_ID, profile)?,
        text(secret, CredentialsPart::SecretAccessKey, SECRET_ACCESS_KEY, profile)?,
    );
    for key in SESSION_TOKENS {
        if let Some(token) = optional(section, key) {
            credentials = credentials.with_session_token(text(token, CredentialsPart::SessionToken, key, profile)?);
            break;
        }
    }
    if let Some(account_id) = optional(section, ACCOUNT_ID) {
        credentials = credentials.with_account_id(text(account_id, CredentialsPart::AccountId, ACCOUNT_ID, profile)?);
    }
    Ok(credentials.with_origin(place(access_key_id, profile), "replace them there, or choose another profile"))
}

/// The entry of an optional key; an empty value, often left in `aws_session_token =`, counts as missing.
fn optional<'a>(section: &'a Section, key: &str) -> Option<&'a ProfileEntry> {
    section.get(key).filter(|entry| entry.text() != Some(""))
}

/// The value of a required key, which must not be empty. Errors do not quote the value.
fn text<'a>(
    entry: &'a ProfileEntry,
    part: CredentialsPart,
    key: &str,
    profile: &str,
) -> Result<&'a str, CredentialsError> {
    let text = entry.text().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| error(entry, profile, SettingProblem::NotOneLine(key.to_owned())))?;
    match part.flaw(text) {
        Some(flaw) => Err(error(entry, profile, SettingProblem::Flawed { subject: key.to_owned(), flaw })),
        None => Ok(text),
    }
}

fn error(entry: &ProfileEntry, profile: &str, problem: SettingProblem) -> CredentialsError {
    CredentialsError::Setting { place: place(entry, profile), problem }
}

fn place(entry: &ProfileEntry, profile: &str) -> String {
    format!("{}:{} (profile {profile})", entry.file.display(), entry.line)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::config::{Environment, Overrides};
    use crate::credentials::ProvideCredentials;
    use crate::credentials::chain::Chain;
    use crate::credentials::setup::Setup;
    use crate::error::ErrorKind;

    /// The result of the whole chain for these two files.
    fn provide(config: &str, credentials: &str, profile: Option<&str>) -> (PathBuf, Result<Credentials>) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("tucuxi-credentials-{}-{number}", std::process::id()));
        std::fs::create_dir_all(home.join(".aws")).unwrap();
        std::fs::write(home.join(".aws/config"), config).unwrap();
        std::fs::write(home.join(".aws/credentials"), credentials).unwrap();
        let environment = Environment::from_pairs(profile.map(|name| ("AWS_PROFILE", name))).with_home(&home);
        let found = Chain::new(&Setup::offline(&Config::new(environment, Overrides::default()))).provide();
        std::fs::remove_dir_all(&home).unwrap();
        (home, found)
    }

    #[test]
    fn profiles_provide_credentials() {
        let keys = |name: &str| format!("aws_access_key_id = {name}\naws_secret_access_key = HUSH\n");
        let (dev, shared, local) = (keys("dev"), keys("shared"), keys("local"));
        for (config, credentials, profile, expected) in [
            (String::new(), format!("[default]\n{shared}"), None, Credentials::new("shared", "HUSH")),
            (format!("[default]\n{local}"), String::new(), None, Credentials::new("local", "HUSH")),
            (format!("[default]\n{local}"), format!("[default]\n{shared}"), None, Credentials::new("shared", "HUSH")),
            (
                format!("[profile dev]\n{dev}"),
                format!("[default]\n{shared}"),
                Some("dev"),
                Credentials::new("dev", "HUSH"),
            ),
            (
                format!("[profile dev]\n{local}"),
                "[dev]\nregion = r".to_owned(),
                Some("dev"),
                Credentials::new("local", "HUSH"),
            ),
            (
                String::new(),
                format!("[my dev]\n{dev}aws_session_token: token\naws_account_id = 123"),
                Some("my dev"),
                Credentials::new("dev", "HUSH").with_session_token("token").with_account_id("123"),
            ),
            (
                String::new(),
                format!("[default]\n{dev}aws_session_token = token\naws_security_token = old"),
                None,
                Credentials::new("dev", "HUSH").with_session_token("old"),
            ),
            (
                String::new(),
                format!("[default]\n{dev}aws_session_token =\naws_security_token =\naws_account_id ="),
                None,
                Credentials::new("dev", "HUSH"),
            ),
        ] {
            assert_eq!(provide(&config, &credentials, profile).1.unwrap(), expected, "{config} {credentials}");
        }
    }

    #[test]
    fn errors_of_incomplete_profiles_name_the_location() {
        for (config, credentials, profile, expected) in [
            (
                "",
                "\n[default]\naws_access_key_id = AKID",
                None,
                "credentials:3 (profile default): incomplete credentials: aws_access_key_id is set but aws_secret_access_key is not",
            ),
            (
                "[default]\naws_secret_access_key = HUSH",
                "[default]\naws_access_key_id = AKID",
                None,
                "credentials:2 (profile default): incomplete",
            ),
            (
                "",
                "[default]\naws_access_key_id = AKID\naws_secret_access_key =",
                None,
                "credentials:3 (profile default): expected aws_secret_access_key to have a value of one line",
            ),
            (
                "",
                "[default]\naws_access_key_id = AKID\naws_secret_access_key = HUSH\n  HUSH",
                None,
                "credentials:3 (profile default): aws_secret_access_key contains a line break",
            ),
            (
                "[profile x]\naws_access_key_id =\n  a = HUSH\naws_secret_access_key = HUSH",
                "",
                Some("x"),
                "config:2 (profile x): expected aws_access_key_id",
            ),
        ] {
            let (home, found) = provide(config, credentials, profile);
            let error = found.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Credentials);
            let start = home.join(".aws").join(expected).display().to_string();
            assert!(error.to_string().starts_with(&start), "{error}");
            assert!(!error.to_string().contains("HUSH"));
        }
    }

    #[test]
    fn profiles_without_credentials_are_skipped_and_missing_ones_are_errors() {
        let (home, found) = provide("[default]\nregion = r", "[other]", None);
        let directory = home.join(".aws").display().to_string();
        let expected = format!(
            "tried env (AWS_ACCESS_KEY_ID is not set), \
             assume-role (no role_arn in profile \"default\"), \
             assume-role-with-web-identity (neither AWS_WEB_IDENTITY_TOKEN_FILE nor web_identity_token_file is set), \
             sso (neither sso_role_name nor sso_account_id in profile \"default\"), \
             shared-credentials-file (no profile \"default\" in {directory}/credentials), \
             login (no login_session in profile \"default\"), \
             custom-process (no credential_process in profile \"default\"), \
             config-file (no aws_access_key_id in profile \"default\" of {directory}/config), "
        );
        let error = found.unwrap_err();
        let tried = std::error::Error::source(&error).unwrap().to_string();
        assert!(tried.starts_with(&expected), "{tried}");
        let (_, found) = provide("", "[other]", Some("othr"));
        let error = found.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("did you mean \"other\"?"), "{error}");
    }
}
