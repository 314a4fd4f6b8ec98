//! What can go wrong with credentials and tokens. Each message is written here, and none quotes a secret.

use super::check::CredentialsPart;
use crate::error::{Error, ErrorKind, NotConfigured};

const SIGN_IN: &str = "`aws configure`, `aws sso login` or `aws login`";

/// An error of a provider, of the chain or of a cache.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CredentialsError {
    // The chain.
    #[error("no AWS credentials found: {0}")]
    NoneFromOneProvider(String),
    #[error(
        "no AWS credentials found in the profile {profile:?}: add aws_access_key_id and aws_secret_access_key to it, run {} for it{}",
        SIGN_IN,
        or_other_profile(.is_source)
    )]
    NoneInProfile { profile: String, is_source: bool },
    #[error(
        "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile that has some with \
         AWS_PROFILE, or run {}",
        SIGN_IN
    )]
    NoneFound,
    #[error("tried {0}")]
    Tried(String),

    // The caches.
    #[error("the credentials from the provider {provider:?} have already expired")]
    AlreadyExpired { provider: String, advice: String },
    #[error("the {} from the provider {provider:?} {flaw}", .part.name())]
    Flawed { part: CredentialsPart, provider: String, flaw: &'static str },
    #[error("the credentials provider {0:?} panicked")]
    ProviderPanicked(String),
    #[error("the provider {0:?} could not provide credentials")]
    ProviderFailed(String),
    #[error("the provider {0:?} did not provide credentials before the deadline")]
    TooLate(String),
    #[error(
        "the provider {0:?} needs the credentials that it is providing: the provider, or a closure that is called \
         meanwhile, makes a call with them"
    )]
    Reentered(String),
    #[error("the renewal of the bearer token panicked")]
    TokenRenewalPanicked,
    #[error("the bearer token was not renewed before the deadline")]
    TokenTooLate,
    #[error("a closure called during the renewal of the SSO token makes a call that needs this token")]
    SsoTokenReentered,

    // Environment variables.
    #[error("incomplete credentials in environment variables: {set} is set but {missing} is not")]
    IncompleteVariables { set: &'static str, missing: &'static str },
    #[error("environment variable {name} {flaw}")]
    FlawedVariable { name: String, flaw: &'static str },
    #[error("environment variable {name}: expected {expected}")]
    InvalidVariable { name: String, expected: &'static str },
    #[error("environment variable {name}: expected a time such as 2030-01-31T12:00:00Z, found {found:?}")]
    InvalidExpiry { name: &'static str, found: String },

    // Settings and files.
    #[error("{place}: {problem}")]
    Setting { place: String, problem: SettingProblem },
    #[error("{file} {problem}; {advice}")]
    TokenFile { file: String, problem: TokenFileProblem, advice: String },
    #[error("tokens are stored in ~/.aws, but the home directory is unknown")]
    UnknownHome,

    // Metadata services.
    #[error(
        "environment variable {variable}: {address} is not allowed to provide credentials; expected https, or http with a loopback \
         address or one of {allowed}"
    )]
    UnsafeEndpoint { variable: &'static str, address: String, allowed: String },
    #[error("{0} is not a valid address")]
    InvalidAddress(String),
    #[error("no credentials from the container endpoint {address}: {why}")]
    NoContainerCredentials { address: String, why: String },
    #[error("ec2_metadata_service_endpoint from {0}: expected a URL such as http://169.254.169.254")]
    InvalidMetadataEndpoint(String),

    // Calls of services.
    #[error("the response has no {0}")]
    ResponseLacks(String),
    #[error("{what}: no credentials to assume the role with")]
    NoSourceCredentials { what: String },
    #[error("{what} could not be assumed")]
    RoleNotAssumed { what: String },
    #[error(
        "{what} needs a code from the MFA device {serial}, but no MFA prompt is set; \
         use session credentials that were requested with such a code (`get_session_token` of sts)"
    )]
    NoMfaPrompt { what: String, serial: String },
    #[error("{what} needs a code from the MFA device {serial}, but none was entered")]
    NoMfaCode { what: String, serial: String },
    #[error("{place}: the role {role} could not be assumed with the token in {file}{}", renewal_hint(.is_expired))]
    WebIdentityRejected { place: String, role: String, file: String, is_expired: bool },
    #[error("{what}: no SSO token")]
    NoSsoToken { what: String },
    #[error("{what}: no credentials")]
    NoSsoCredentials { what: String },
    #[error("{what}: no credentials; {advice}")]
    SsoTokenRejected { what: String, advice: String },
    #[error("it cannot be renewed because {0} is missing")]
    RegistrationLacks(&'static str),
    #[error("it cannot be renewed because the client registration has expired")]
    RegistrationExpired,
    #[error("{0}")]
    LoginFailed(String),
    #[error("it has expired; {0}")]
    LoginExpired(String),
    #[error("the user's password has changed; {0}")]
    PasswordChanged(String),
    #[error("the user may not call signin:CreateOAuth2Token")]
    MayNotRenewLogin,
    #[error("it could not be renewed")]
    LoginNotRenewed,
    #[error("the DPoP proof is not a valid header value")]
    InvalidProof,
}

/// What is wrong with a setting, as the end of a line that begins with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SettingProblem {
    #[error("expected {0} to have a value of one line")]
    NotOneLine(String),
    #[error("{what} needs {key}, which is not set")]
    Missing { what: String, key: String },
    #[error("SSO credentials need {0}, which is not set")]
    MissingForSso(String),
    #[error("incomplete credentials: {set} is set but {missing} is not")]
    IncompleteCredentials { set: &'static str, missing: &'static str },
    #[error("incomplete credentials: expected an access key and {0}, each on one line")]
    IncompletePair(String),
    #[error("{subject} {flaw}")]
    Flawed { subject: String, flaw: &'static str },
    #[error("cannot be read: {0}")]
    Unreadable(String),

    // Roles.
    #[error("expected duration_seconds to be a number of seconds such as 3600, found {0:?}")]
    InvalidDuration(String),
    #[error("source_profile and credential_source are both set; a role needs exactly one of them")]
    TwoSources,
    #[error("role_arn needs source_profile or credential_source, but neither is set")]
    NoSource,
    #[error("expected credential_source to be one of {expected}, found {found:?}")]
    UnknownSource { expected: String, found: String },
    #[error("the source profiles form a loop: {0}")]
    Loop(String),
    #[error("the chain of source profiles is longer than {0}")]
    TooManyRoles(usize),
    #[error("a web identity needs a role: {variable} or {key} in the profile")]
    NoRole { variable: &'static str, key: &'static str },
    #[error("the token in {file} cannot be read: {why}")]
    UnreadableToken { file: String, why: String },

    // SSO.
    #[error("there is no section [sso-session {name}] in the config file{hint}")]
    NoSsoSession { name: String, hint: String },
    #[error("{key} is {here:?} here but {other:?} at {there}")]
    Contradiction { key: &'static str, here: String, other: String, there: String },

    // Tokens of containers.
    #[error("expected a token of one line without a line break at its end")]
    NotOneLineToken,
    #[error("expected a token, found bytes that are not UTF-8 text")]
    NotUtf8Token,

    // Commands.
    #[error("expected a command on the line of the key")]
    NoCommand,
    #[error(transparent)]
    Command(CommandProblem),
    #[error("the output of the command: {0}")]
    CommandOutput(DocumentProblem),
}

/// What is wrong with the command of a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CommandProblem {
    #[error("expected a command")]
    Empty,
    #[error("expected {0} in the command")]
    Syntax(String),
    #[error("the command {program:?} cannot be run: {why}")]
    NotRun { program: String, why: String },
    #[error("the command wrote more than {0} bytes")]
    TooLong(u64),
    #[error("the command took longer than {} seconds", .0.as_secs_f64())]
    TooSlow(std::time::Duration),
    #[error("the output of the command cannot be read")]
    Unreadable,
    #[error("the command failed ({status}): {message}")]
    Failed { status: String, message: String },
    #[error("cannot wait for the end of the command: {0}")]
    NotAwaited(String),
}

/// What is wrong with a JSON document that should contain credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum DocumentProblem {
    #[error("expected a JSON object, found other JSON")]
    NotAnObject,
    #[error("expected a JSON object: {0}")]
    NotJson(String),
    #[error("{0} is missing")]
    Missing(String),
    #[error("expected {0} to be text")]
    NotText(String),
    #[error("expected {0} to be text of one line")]
    NotOneLine(String),
    #[error("expected Expiration to be a time such as 2030-01-31T12:00:00Z")]
    InvalidExpiry,
    #[error("{member} {flaw}")]
    Flawed { member: String, flaw: &'static str },
    #[error("Version is missing; expected 1")]
    NoVersion,
    #[error("expected Version 1, found {0}")]
    UnknownVersion(String),
    #[error("expected Version to be the number 1")]
    InvalidVersion,
}

/// What is wrong with a token file, as the middle of a line between its path and the advice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFileProblem {
    #[error("does not exist, so you are not signed in")]
    Missing,
    #[error("contains an expired token")]
    Expired,
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("is not a JSON object")]
    NotAnObject,
    #[error("has no {0}")]
    Lacks(String),
    #[error("has no usable {0}")]
    Unusable(&'static str),
    #[error("has no usable credentials: the {} {flaw}", .part.name())]
    Flawed { part: CredentialsPart, flaw: &'static str },
}

fn or_other_profile(is_source: &bool) -> &'static str {
    if *is_source { "" } else { ", or choose another profile" }
}

fn renewal_hint(is_expired: &bool) -> &'static str {
    if *is_expired { "; the token has expired, and the program that writes this file must renew it" } else { "" }
}

impl CredentialsError {
    fn kind(&self) -> ErrorKind {
        match self {
            CredentialsError::TooLate(_) | CredentialsError::TokenTooLate => ErrorKind::Timeout,
            CredentialsError::ResponseLacks(_) => ErrorKind::Response,
            CredentialsError::InvalidMetadataEndpoint(_) => ErrorKind::Config,
            CredentialsError::InvalidProof => ErrorKind::Signing,
            _ => ErrorKind::Credentials,
        }
    }

    /// The error with its cause; the line shows both.
    pub(super) fn caused_by(self, cause: Error) -> Error {
        Error::from(self).with_source(cause)
    }
}

impl From<CredentialsError> for Error {
    fn from(error: CredentialsError) -> Self {
        let converted = Error::new(error.kind(), error.to_string());
        match error {
            CredentialsError::AlreadyExpired { advice, .. } => converted.advising(advice),
            CredentialsError::NoneFromOneProvider(_)
            | CredentialsError::NoneInProfile { .. }
            | CredentialsError::NoneFound => converted.lacking(NotConfigured::Credentials),
            _ => converted,
        }
    }
}
