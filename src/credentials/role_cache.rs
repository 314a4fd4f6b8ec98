//! Temporary credentials of roles in a folder of files, which the AWS CLI shares: `~/.aws/cli/cache`.
//!
//! Names and content of the files are those of botocore's `credentials.py: CachedCredentialFetcher`. A file that is missing, broken or
//! about to expire counts as none, and is written again. No error or log quotes a file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::setup::Setup;
use super::token_file::TokenFile;
use super::{Credentials, check};
use crate::clock::Clock;
use crate::codec::json_text::{COMPACT, SPACED, write_value};
use crate::codec::timestamp::Timestamp;
use crate::error::Result;

/// Credentials that are valid for a shorter time are not used.
const MIN_VALIDITY: Duration = Duration::from_secs(15 * 60);

/// The cached credentials of one role.
#[derive(Clone)]
pub(crate) struct CachedRole {
    file: Arc<TokenFile>,
    clock: Arc<dyn Clock>,
    kind: CachedKind,
    /// The access key id of the credentials that were returned last. A caller that asks again wants others: a service has rejected
    /// these.
    returned: Arc<Mutex<Option<String>>>,
}

/// The kind of call that provides the credentials.
#[derive(Clone, Copy)]
pub(super) enum CachedKind {
    /// AWS STS.
    AssumedRole,
    /// IAM Identity Center.
    Sso,
}

impl CachedRole {
    /// The role that these arguments name; `None` if the session has no cache.
    pub(super) fn of(setup: &Setup, kind: CachedKind, mut arguments: Value) -> Option<CachedRole> {
        let folder: &Path = setup.credential_cache.as_deref()?;
        arguments.sort_all_objects();
        let mut key = String::new();
        let style = if matches!(kind, CachedKind::Sso) { COMPACT } else { SPACED };
        write_value(&mut key, &arguments, style);
        let file = Arc::new(TokenFile::of_role(folder, &key));
        Some(CachedRole { file, clock: Arc::clone(&setup.clock), kind, returned: Arc::default() })
    }

    /// The cached credentials, or else those of the call, which are stored.
    pub(super) fn get_or_call(&self, call: impl FnOnce() -> Result<Credentials>) -> Result<Credentials> {
        if let Some(found) = self.load() {
            return Ok(found);
        }
        let fresh = call()?;
        self.store(&fresh);
        Ok(fresh)
    }

    fn load(&self) -> Option<Credentials> {
        let cached = self.file.read().ok()??;
        let credentials = read(&cached)?;
        let remaining = credentials.expiry()?.duration_since(self.clock.now()).ok()?;
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = returned.as_deref() == Some(credentials.access_key_id());
        if remaining < MIN_VALIDITY || is_known {
            return None;
        }
        *returned = Some(credentials.access_key_id().to_owned());
        Some(credentials)
    }

    /// Stores credentials. They are valid even if they cannot be stored.
    fn store(&self, credentials: &Credentials) {
        let (Some(token), Some(expiry)) = (credentials.session_token(), credentials.expiry()) else { return };
        // Each kind has its form of UTC.
        let expiry = Timestamp::whole_second(expiry).to_rfc3339();
        let expiry = match self.kind {
            CachedKind::AssumedRole => expiry.replace('Z', "+00:00"),
            CachedKind::Sso => expiry,
        };
        let mut members = json!({
            "AccessKeyId": credentials.access_key_id(),
            "SecretAccessKey": credentials.secret_access_key(),
            "SessionToken": token,
            "Expiration": expiry,
        });
        if let Some(account) = credentials.account_id() {
            members["AccountId"] = account.into();
        }
        let mut content = Map::new();
        if matches!(self.kind, CachedKind::Sso) {
            content.insert("ProviderType".to_owned(), "sso".into());
        }
        content.insert("Credentials".to_owned(), members);
        *self.returned.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials.access_key_id().to_owned());
        if let Err(error) = self.file.write(&Value::Object(content)) {
            tracing::warn!(file = %self.file, %error, "the credentials of a role could not be cached");
        }
    }
}

fn read(cached: &Value) -> Option<Credentials> {
    let text = |name: &str| cached["Credentials"][name].as_str().filter(|text| !text.is_empty());
    // botocore writes the name of the time zone.
    let expiry = text("Expiration")?;
    let expiry = Timestamp::parse(expiry.strip_suffix("UTC").unwrap_or(expiry))?.to_system_time()?;
    let mut credentials = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?)
        .with_session_token(text("SessionToken")?)
        .with_expiry(expiry);
    if let Some(account) = text("AccountId") {
        credentials = credentials.with_account_id(account);
    }
    check::flaw(&credentials).is_none().then_some(credentials)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::config::{Config, Environment, Overrides};

    fn setup(folder: &Path) -> Setup {
        let config = Config::new(Environment::from_pairs([("", ""); 0]), Overrides::default());
        Setup { credential_cache: Some(folder.into()), ..Setup::offline(&config) }
    }

    fn fresh(id: &str, seconds: u64) -> Credentials {
        let expiry = SystemTime::now() + Duration::from_secs(seconds);
        Credentials::new(id, "secret").with_session_token("token").with_expiry(expiry).with_account_id("123456789012")
    }

    #[test]
    fn files_are_named_as_by_botocore() {
        let setup = setup(Path::new("/cache"));
        let arn = "arn:aws:iam::123456789012:role/R";
        for (kind, arguments, expected) in [
            // SHA-1 of what `json.dumps` of Python writes.
            (CachedKind::AssumedRole, json!({"RoleArn": arn}), "c03ce438bc208f6214854d85d3ca930ff73e3004"),
            (
                CachedKind::AssumedRole,
                json!({"RoleSessionName": "é", "RoleArn": arn, "DurationSeconds": 900}),
                "b05ec4ef355bc38591c512fb87e5c51538562309",
            ),
            (
                CachedKind::Sso,
                json!({"roleName": "R", "accountId": "123456789012", "sessionName": "s"}),
                "f5c139c90b634c780544787e9dadefd6779cb5cf",
            ),
        ] {
            let file = CachedRole::of(&setup, kind, arguments).unwrap().file.to_string();
            assert!(file.replace('\\', "/").ends_with(&format!("/cache/{expected}.json")), "{file}");
        }
    }

    #[test]
    fn credentials_are_stored_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("cli/cache");
        let role = || CachedRole::of(&setup(&folder), CachedKind::AssumedRole, json!({"RoleArn": "r"})).unwrap();
        let first = role();
        assert_eq!(first.get_or_call(|| Ok(fresh("A", 3600))).unwrap().access_key_id(), "A");
        // Another process has them; this one was given them before, so it wants others.
        let found = role().get_or_call(|| panic!("called")).unwrap();
        assert_eq!(
            (found.access_key_id(), found.session_token(), found.account_id()),
            ("A", Some("token"), Some("123456789012"))
        );
        assert_eq!(first.get_or_call(|| Ok(fresh("B", 600))).unwrap().access_key_id(), "B");
        assert_eq!(role().get_or_call(|| Ok(fresh("C", 3600))).unwrap().access_key_id(), "C", "B expires soon");
    }

    #[test]
    fn broken_files_are_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let role = || CachedRole::of(&setup(folder.path()), CachedKind::Sso, json!({"roleName": "r"})).unwrap();
        role().get_or_call(|| Ok(fresh("A", 3600))).unwrap();
        let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        for content in ["", "{", "[]", "{\"Credentials\": 1}", "{\"Credentials\": {\"AccessKeyId\": \"A\"}}"] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(role().get_or_call(|| Ok(fresh("B", 3600))).unwrap().access_key_id(), "B");
            assert!(
                std::fs::read_to_string(&path)
                    .unwrap()
                    .starts_with("{\"ProviderType\": \"sso\", \"Credentials\": {\"AccessKeyId\": \"B\"")
            );
        }
    }
}
