//! `codeartifact login`: lets pip, npm and their like use a repository.

mod npm_pip;
mod nuget;
mod pypirc;
mod swift;
mod tool;

use std::process::ExitCode;

use serde_json::{Map, Value};
use tucuxi::Client;

use super::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::login_expiry;
use crate::{output, signals};

/// The tools, each with the format of its packages.
const TOOLS: &[(&str, &str)] =
    &[("swift", "swift"), ("nuget", "nuget"), ("dotnet", "nuget"), ("npm", "npm"), ("pip", "pypi"), ("twine", "pypi")];

pub(super) const LOGIN: OwnCommand = OwnCommand {
    group: "codeartifact",
    name: "login",
    summary: "Let a tool for packages use a repository, for at most 12 hours",
    options: &[&[
        OwnOption::new("--tool", "<tool>", "The tool")
            .values(OwnValues::Choices(&["swift", "nuget", "dotnet", "npm", "pip", "twine"]))
            .required(),
        OwnOption::new("--domain", "<name>", "The domain of the repository").required(),
        OwnOption::new("--domain-owner", "<account>", "The account that owns the domain"),
        OwnOption::new("--namespace", "<name>", "The scope of packages for which npm or swift uses the repository"),
        OwnOption::new("--duration-seconds", "<seconds>", "How long the tool can use the repository").int(),
        OwnOption::new("--repository", "<name>", "The repository").required(),
        OwnOption::new("--endpoint-type", "<type>", "The endpoint that the tool uses: dualstack or ipv4"),
        OwnOption::flag("--dry-run", "Print the commands and the content of files, with the token, and change nothing"),
    ]],
    run: login,
};

/// A login to a repository.
struct RepositoryLogin<'l> {
    tool: &'l str,
    domain: &'l str,
    repository: &'l str,
    /// The URL of the repository, which ends with a slash.
    endpoint: String,
    token: String,
    expiration: Value,
    is_dry_run: bool,
}

fn login(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let tool = line.text("--tool").unwrap_or_default();
    let namespace = line.text("--namespace");
    let scope = match tool {
        "npm" => namespace.map(npm_pip::scope).transpose()?,
        "swift" => namespace.map(swift::scope).transpose()?,
        _ if namespace.is_some_and(|namespace| !namespace.is_empty()) => {
            return Err(AwsError::General(format!("Argument --namespace is not supported for {tool}")));
        }
        _ => None,
    };
    let login = RepositoryLogin::new(line, tool)?;
    match tool {
        "npm" => npm_pip::npm(&login, scope.as_deref()),
        "pip" => npm_pip::pip(&login),
        "swift" => swift::login(&login, scope.as_deref()),
        "twine" => pypirc::login(&login),
        _ => nuget::login(&login),
    }?;
    Ok(ExitCode::SUCCESS)
}

impl<'l> RepositoryLogin<'l> {
    fn new(line: &'l OwnLine<'_>, tool: &'l str) -> AwsResult<Self> {
        let client = line.service_client()?;
        let given = |name: &str| line.text(name).unwrap_or_default();
        let (domain, owner) = (("domain", given("--domain")), ("domainOwner", given("--domain-owner")));
        let mut params = filled(&[domain, owner]);
        if let Some(seconds) = line.int("--duration-seconds")?.filter(|seconds| *seconds != 0) {
            params.insert("durationSeconds".to_owned(), seconds.into());
        }
        let token = call(line, &client, "GetAuthorizationToken", params)?;
        let format = TOOLS.iter().find(|(name, _)| *name == tool).map_or("", |(_, format)| format);
        let repository = ("repository", given("--repository"));
        let params = [domain, repository, ("format", format), ("endpointType", given("--endpoint-type")), owner];
        let endpoint = call(line, &client, "GetRepositoryEndpoint", filled(&params))?;
        Ok(RepositoryLogin {
            tool,
            domain: given("--domain"),
            repository: given("--repository"),
            endpoint: member(&endpoint, "repositoryEndpoint")?,
            token: member(&token, "authorizationToken")?,
            expiration: token.get("expiration").cloned().unwrap_or_default(),
            is_dry_run: line.has("--dry-run"),
        })
    }

    /// Tells that the tool can use the repository, and for how long. `tool` is the name to show.
    fn report(&self, tool: &str) -> AwsResult<()> {
        let mut text =
            format!("Successfully configured {tool} to use AWS CodeArtifact repository {} \n", self.endpoint);
        if let Some((remaining, time)) = login_expiry::shown(&self.expiration) {
            text.push_str(&format!("Login expires in {remaining} at {time}\n"));
        }
        Ok(output::print(&text)?)
    }
}

fn call(line: &OwnLine<'_>, client: &Client, operation: &str, params: Map<String, Value>) -> AwsResult<Value> {
    line.call(client, operation, params)
}

/// The parameters that are not empty.
fn filled(params: &[(&str, &str)]) -> Map<String, Value> {
    let is_required = |name: &str| matches!(name, "domain" | "repository");
    let given = params.iter().filter(|(name, value)| is_required(name) || !value.is_empty());
    given.map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

fn member(response: &Value, name: &str) -> AwsResult<String> {
    // Files with other text would have more lines than the one for this value.
    let is_word =
        |text: &&str| !text.is_empty() && !text.contains(|char: char| char.is_whitespace() || char.is_control());
    let text = response.get(name).and_then(Value::as_str).filter(is_word);
    text.map(str::to_owned).ok_or_else(|| AwsError::General(format!("the response of CodeArtifact has no {name}")))
}
