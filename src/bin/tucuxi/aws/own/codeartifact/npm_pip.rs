//! npm and pip, which keep their settings themselves.

use http::Uri;

use super::RepositoryLogin;
use super::tool;
use crate::aws::error::{AwsError, AwsResult};

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The scope of packages: `@name`.
pub(super) fn scope(namespace: &str) -> AwsResult<String> {
    let scope = if namespace.starts_with('@') { namespace.to_owned() } else { format!("@{namespace}") };
    let is_valid = |first: char| matches!(first, 'a'..='z' | '0'..='9' | '-' | '~');
    match scope.chars().nth(1).is_some_and(is_valid) {
        true => Ok(scope),
        false => Err(AwsError::General(
            "Invalid scope name, scope must contain URL-safe characters, no leading dots or underscores".to_owned(),
        )),
    }
}

pub(super) fn npm(login: &RepositoryLogin<'_>, scope: Option<&str>) -> AwsResult<()> {
    let endpoint = uri(login)?;
    let registry = scope.map_or_else(|| "registry".to_owned(), |scope| format!("{scope}:registry"));
    let place = format!("//{}{}", authority(&endpoint), endpoint.path());
    let (always_auth, auth_token) = (format!("{place}:always-auth"), format!("{place}:_authToken"));
    let set = |name, value| vec![NPM, "config", "set", name, value];
    let commands = [set(&registry, &login.endpoint), set(&always_auth, "true"), set(&auth_token, &login.token)];
    // Newer versions of npm do not know this setting.
    tool::run_all(login, &commands, |words| words.iter().any(|word| word.contains("always-auth")))
}

pub(super) fn pip(login: &RepositoryLogin<'_>) -> AwsResult<()> {
    let endpoint = uri(login)?;
    let scheme = endpoint.scheme_str().unwrap_or_default();
    let url = format!("{scheme}://aws:{}@{}{}simple/", login.token, authority(&endpoint), endpoint.path());
    tool::run_all(login, &[vec!["pip", "config", "set", "global.index-url", &url]], |_| false)
}

pub(super) fn uri(login: &RepositoryLogin<'_>) -> AwsResult<Uri> {
    let uri = login.endpoint.parse::<Uri>().ok().filter(|uri| uri.authority().is_some());
    uri.ok_or_else(|| AwsError::General(format!("the endpoint of the repository is no URL: {}", login.endpoint)))
}

fn authority(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_begin_with_an_at_sign_and_a_letter() {
        for (namespace, expected) in [
            ("a", Some("@a")),
            ("@a", Some("@a")),
            ("a.b_c", Some("@a.b_c")),
            ("-", Some("@-")),
            ("", None),
            ("@", None),
            (".a", None),
            ("_a", None),
            ("A", None),
        ] {
            assert_eq!(scope(namespace).ok().as_deref(), expected, "{namespace}");
        }
    }
}
