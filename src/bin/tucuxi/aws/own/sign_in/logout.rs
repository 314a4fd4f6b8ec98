//! `sso logout` and `logout`: remove what sign-ins have stored.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use tucuxi::Environment;
use tucuxi::sign_in::TokenFile;

use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::configure::{DEFAULT, files, named_profile};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::aws::run;
use crate::error::{CliError, eprint_text};
use crate::output;

pub(in crate::aws::own) const SSO_LOGOUT: OwnCommand = OwnCommand {
    group: "sso",
    name: "logout",
    summary: "Remove all tokens of IAM Identity Center, and the credentials that came with them",
    options: &[],
    run: sso_logout,
};

pub(in crate::aws::own) const LOGOUT: OwnCommand = OwnCommand {
    group: "logout",
    name: "",
    summary: "Remove the credentials of `login` for a profile",
    options: &[&[OwnOption::flag("--all", "Remove those of all profiles")]],
    run: logout,
};

/// What is said after credentials were removed.
const NOTE: &str = "Note, any local developer tools that have already loaded";

fn sso_logout(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let mut failure = None;
    for (path, content) in documents(&folder_of(&TokenFile::sso(&Environment::process(), ""))?) {
        let Some(token) = content.get("accessToken") else { continue };
        // The files go first: they are removed even if the service cannot be reached.
        remove(&path)?;
        if let (Some(token), Some(region)) =
            (token.as_str(), content["region"].as_str().filter(|region| !region.is_empty()))
        {
            let end = run::unsigned_client(line.session, "sso", region)
                .and_then(|client| client.call("logout", json!({"accessToken": token})).map_err(AwsError::library));
            match end {
                Ok(_) => {}
                // The token may have expired.
                Err(AwsError::Library(error)) if error.service().is_some() => {
                    tracing::debug!(%error, "the token could not be invalidated");
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
    }
    if let Some(folder) = run::credential_cache() {
        for (path, content) in documents(&folder) {
            if content["ProviderType"] == "sso" {
                remove(&path)?;
            }
        }
    }
    failure.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn logout(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    if line.has("--all") {
        return logout_all();
    }
    let profile = named_profile(line).unwrap_or_else(|| DEFAULT.to_owned());
    let session = files()?.profile(&profile).and_then(|values| Some(values.get("login_session")?.as_str()?.to_owned()));
    let Some(session) = session else {
        eprint_text(&format!("warning: no login session found for profile '{profile}'\n"));
        return Ok(ExitCode::SUCCESS);
    };
    let file = TokenFile::login(&Environment::process(), &session).map_err(AwsError::library)?;
    if file.path().exists() {
        remove(file.path())?;
    }
    output::print(&format!(
        "Removed cached login credentials for profile '{profile}'. {NOTE} the access token may continue to use it until its \
         expiration. Access tokens expire in 15 minutes.\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn logout_all() -> AwsResult<ExitCode> {
    let mut removed = 0_usize;
    for (path, content) in documents(&folder_of(&TokenFile::login(&Environment::process(), ""))?) {
        if content["accessToken"].get("accessKeyId").is_some() {
            remove(&path)?;
            removed = removed.saturating_add(1);
        }
    }
    let plural = if removed == 1 { "" } else { "s" };
    output::print(&match removed {
        0 => "No cached login session tokens found.\n".to_owned(),
        _ => format!(
            "Removed {removed} cached login credential{plural}. {NOTE} access tokens may continue to use them until their \
             expiration. Access tokens expire in 15 minutes.\n"
        ),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn folder_of(file: &tucuxi::Result<TokenFile>) -> AwsResult<PathBuf> {
    match file {
        Ok(file) => Ok(file.path().parent().unwrap_or(Path::new("")).to_owned()),
        Err(error) => Err(AwsError::General(error.to_string())),
    }
}

/// The JSON objects in the files of a folder. Other files are left alone.
fn documents(folder: &Path) -> Vec<(PathBuf, Value)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let read = |path: PathBuf| {
        let content =
            fs::metadata(&path).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read_to_string(&path).ok())?;
        Some((path, tucuxi::parse_json(&content).ok().filter(Value::is_object)?))
    };
    entries.filter_map(read).collect()
}

fn remove(path: &Path) -> AwsResult<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(AwsError::Program(CliError::Io(path.display().to_string(), error)))
        }
        _ => Ok(()),
    }
}
