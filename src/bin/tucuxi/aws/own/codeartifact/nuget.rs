//! NuGet, by its own program or by that of .NET.

use super::RepositoryLogin;
use super::tool;
use crate::aws::error::AwsResult;
use crate::output;

pub(super) fn login(login: &RepositoryLogin<'_>) -> AwsResult<()> {
    let list: &[&str] = match login.tool {
        "nuget" => &["nuget", "sources", "list", "-format", "detailed"],
        _ => &["dotnet", "nuget", "list", "source", "--format", "detailed"],
    };
    let listed = tool::run(list, &login.token).map_err(|error| error.report(login.tool))?;
    let sources = sources(&String::from_utf8_lossy(&listed.stdout));
    let url = format!("{}v3/index.json", login.endpoint);
    let (name, is_known) = source_name(&sources, &url, &format!("{}/{}", login.domain, login.repository));
    let command = command(login, &name, &url, is_known);
    if login.is_dry_run {
        return Ok(output::print(&format!("{}\n", command.join(" ")))?);
    }
    if let Err(error) = tool::run(&command, &login.token) {
        output::print("Failed to update the NuGet.Config\n")?;
        return Err(error.report(login.tool));
    }
    output::print(&match is_known {
        true => format!("Updated source {name} in the NuGet.Config\n"),
        false => format!("Added source {name} to the user level NuGet.Config\n"),
    })?;
    login.report("nuget")
}

fn command<'c>(login: &'c RepositoryLogin<'_>, name: &'c str, url: &'c str, is_known: bool) -> Vec<&'c str> {
    let verb = if is_known { "update" } else { "add" };
    if login.tool == "nuget" {
        let words = ["nuget", "sources", verb, "-name", name, "-source", url, "-username", "aws", "-password"];
        return words.into_iter().chain([&*login.token]).collect();
    }
    let mut words = vec!["dotnet", "nuget", verb, "source"];
    words.extend(if is_known { [name, "--source", url] } else { [url, "--name", name] });
    words.extend(["--username", "aws", "--password", &login.token]);
    if cfg!(not(windows)) {
        // Only Windows encrypts it.
        words.push("--store-password-in-clear-text");
    }
    words
}

/// The names and URLs of the sources: lines as `1.  nuget.org [Enabled]`, each with the URL on the next one.
fn sources(listed: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = listed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let url = |index: usize| lines.get(index + 1).copied().unwrap_or_default().to_owned();
    let source = |(index, line): (usize, &&str)| Some((listed_name(line)?.to_owned(), url(index)));
    lines.iter().enumerate().filter_map(source).collect()
}

fn listed_name(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once('.')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let rest = rest.strip_prefix(char::is_whitespace).filter(|_| is_number)?;
    let last = rest.rfind(']')?;
    let state =
        rest[..last].rmatch_indices('[').map(|(at, _)| at).find(|at| rest[..*at].ends_with(char::is_whitespace))?;
    Some(rest[..state].trim()).filter(|name| !name.is_empty())
}

/// The name of the source for the URL, and whether there is one: with this URL, or else with the default name.
fn source_name(sources: &[(String, String)], url: &str, default: &str) -> (String, bool) {
    let by_url = sources.iter().find(|(_, known)| known == url).map(|(name, _)| name.clone());
    let is_default = || sources.iter().any(|(name, _)| name == default);
    match by_url {
        Some(name) => (name, true),
        None => (default.to_owned(), is_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_from_the_list() {
        let listed = "Registered Sources:\n\n  1.  nuget.org [Enabled]\n      https://api.nuget.org/v3/index.json\n  2. a [b] c [Disabled]\n\
                      \n      C:\\x\n100. \u{e9} 1 [Activ\u{e9}]\n  https://x\nfooter\n  3. no state\n";
        let expected =
            [("nuget.org", "https://api.nuget.org/v3/index.json"), ("a [b] c", "C:\\x"), ("\u{e9} 1", "https://x")];
        let expected = expected.map(|(name, url)| (name.to_owned(), url.to_owned()));
        assert_eq!(sources(listed), expected);
    }

    #[test]
    fn a_source_is_known_by_its_url_or_the_default_name() {
        let sources = [("a".to_owned(), "u1".to_owned()), ("d/r".to_owned(), "u2".to_owned())];
        assert_eq!(source_name(&sources, "u1", "d/r"), ("a".to_owned(), true));
        assert_eq!(source_name(&sources, "u3", "d/r"), ("d/r".to_owned(), true));
        assert_eq!(source_name(&sources, "u3", "d/x"), ("d/x".to_owned(), false));
    }
}
