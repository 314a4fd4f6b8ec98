//! Credentials from two files that predate profiles: that of the first EC2 tools, and that of boto, botocore's predecessor.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{CredentialsError, SettingProblem};
use super::provider::{ChainProvider, ChainResult};
use super::setup::Setup;
use super::{Credentials, check};
use crate::config::Config;
use crate::config::profile::ProfileFile;
use crate::error::{Error, Result};
use crate::read_file::read_bounded;

const CREDENTIAL_FILE: &str = "AWS_CREDENTIAL_FILE";
const BOTO_CONFIG: &str = "BOTO_CONFIG";
const MAX_BYTES: u64 = 1 << 20;

/// Reads `AWSAccessKeyId=` and `AWSSecretKey=` from the file that `AWS_CREDENTIAL_FILE` names.
pub(super) struct Ec2CredentialsFile {
    config: Config,
}

/// Reads the section `[Credentials]` of the file that `BOTO_CONFIG` names, otherwise of `/etc/boto.cfg` or `~/.boto`.
pub(super) struct BotoConfig {
    config: Config,
}

impl Ec2CredentialsFile {
    pub(super) fn new(setup: &Setup) -> Self {
        Ec2CredentialsFile { config: setup.config.clone() }
    }
}

impl BotoConfig {
    pub(super) fn new(setup: &Setup) -> Self {
        BotoConfig { config: setup.config.clone() }
    }

    fn places(&self) -> Result<Vec<PathBuf>> {
        let environment = self.config.environment();
        if let Some(path) = environment.non_empty(BOTO_CONFIG)? {
            return Ok(vec![environment.expand(&path)]);
        }
        let mut places = vec![PathBuf::from("/etc/boto.cfg")];
        places.extend(environment.home().map(|home| home.join(".boto")));
        Ok(places)
    }
}

impl ChainProvider for Ec2CredentialsFile {
    fn load(&self) -> Result<ChainResult> {
        let environment = self.config.environment();
        let Some(path) = environment.non_empty(CREDENTIAL_FILE)? else {
            return Ok(ChainResult::NotConfigured(format!("{CREDENTIAL_FILE} is not set")));
        };
        let path = environment.expand(&path);
        let bytes = read_bounded(&path, MAX_BYTES).map_err(|problem| unreadable(&path, &problem))?;
        let text = String::from_utf8_lossy(&bytes);
        let value = |wanted: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once('='));
            pairs.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim())
        };
        match value("AWSAccessKeyId") {
            Some(id) => pair(&path, id, "AWSSecretKey", value("AWSSecretKey")).map(ChainResult::Found),
            None => Ok(ChainResult::NotConfigured(format!("no AWSAccessKeyId in {}", path.display()))),
        }
    }
}

impl ChainProvider for BotoConfig {
    fn load(&self) -> Result<ChainResult> {
        let places = self.places()?;
        for place in &places {
            let bytes = match read_bounded(place, MAX_BYTES) {
                Ok(bytes) => bytes,
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => continue,
                Err(problem) => return Err(unreadable(place, &problem)),
            };
            let file = ProfileFile::credentials(&Arc::from(place.as_path()), &bytes)?;
            let Some(section) = file.profiles.get("Credentials") else { continue };
            let value = |key: &str| section.get(key).map(|entry| entry.text().unwrap_or_default());
            if let Some(id) = value("aws_access_key_id") {
                let key = "aws_secret_access_key";
                return pair(place, id, key, value(key)).map(ChainResult::Found);
            }
        }
        let places: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
        Ok(ChainResult::NotConfigured(format!(
            "no aws_access_key_id in the section [Credentials] of {}",
            places.join(" or ")
        )))
    }
}

fn pair(path: &Path, id: &str, secret_key: &str, secret: Option<&str>) -> Result<Credentials> {
    let (Some(id), Some(secret)) = (Some(id).filter(|id| !id.is_empty()), secret.filter(|secret| !secret.is_empty()))
    else {
        return Err(error(path, SettingProblem::IncompletePair(secret_key.to_owned())));
    };
    let credentials = Credentials::new(id, secret);
    match check::flaw(&credentials) {
        Some((part, flaw)) => {
            Err(error(path, SettingProblem::Flawed { subject: format!("the {}", part.name()), flaw }))
        }
        None => Ok(credentials.with_origin(path.display().to_string(), "replace them there")),
    }
}

fn unreadable(path: &Path, problem: &io::Error) -> Error {
    error(path, SettingProblem::Unreadable(problem.to_string()))
}

fn error(path: &Path, problem: SettingProblem) -> Error {
    CredentialsError::Setting { place: path.display().to_string(), problem }.into()
}
