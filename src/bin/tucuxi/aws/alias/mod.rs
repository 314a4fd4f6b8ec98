//! Aliases of commands in `~/.aws/cli/alias`: `[toplevel]` for words in place of a service, `[command ec2]` for words in place of
//! its operations. A value that begins with `!` is a command for the shell; any other is a part of a command line.

mod file;
pub(crate) mod words;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{env, fs};

use self::file::AliasFile;
use super::args::{ArgArity, ArgParser, ArgRule, ParsedArgs};
use super::error::{AwsError, AwsResult};
use super::globals;

/// A command line without aliases.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expanded {
    Line(Vec<String>),
    /// A command for the shell.
    Shell(String),
}

/// Options that an alias must not have, because they were read before.
const REFUSED: &[&str] = &["--debug", "--profile"];

/// Aliases may lead to aliases, but not forever.
const MAX_DEPTH: usize = 32;

/// Replaces aliases in a command line, if there is a file with some; `None` if the line stays as it is.
pub(crate) fn expand(line: &[String]) -> AwsResult<Option<Expanded>> {
    let home = env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).filter(|home| !home.is_empty());
    let path = home.map(|home| PathBuf::from(home).join(".aws").join("cli").join("alias"));
    match path.and_then(|path| fs::read_to_string(path).ok()) {
        Some(text) => expand_with(&AliasFile::parse(&text), line.to_vec()).map(Some),
        None => Ok(None),
    }
}

/// Runs a command in the shell and returns its exit code.
pub(crate) fn run_shell(command: &str) -> AwsResult<ExitCode> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let status = Command::new(shell).arg(option).arg(command).status();
    let status = status.map_err(|error| AwsError::General(format!("{shell}: {error}")))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX);
    Ok(ExitCode::from(code))
}

fn expand_with(aliases: &AliasFile, mut line: Vec<String>) -> AwsResult<Expanded> {
    let mut seen = Vec::new();
    for _ in 0..MAX_DEPTH {
        // A wrong line is reported later.
        let Some(parsed) = Words::of(&line) else { break };
        let Some(found) = parsed.find(aliases, &seen) else { break };
        if let Some(command) = found.value.strip_prefix('!') {
            let quoted = found.rest.iter().map(|word| words::quote(word));
            let words = [command.to_owned()].into_iter().chain(quoted);
            return Ok(Expanded::Shell(words.collect::<Vec<_>>().join(" ")));
        }
        let alias = words::split(found.value).map_err(|error| {
            let (name, value) = (&found.name, found.value);
            AwsError::General(format!(
                "Value of alias \"{name}\" could not be parsed. Received error: {error} when parsing:\n{value}"
            ))
        })?;
        check(&found, &alias)?;
        seen.push(found.key);
        line = [parsed.globals, found.before, alias, found.rest].concat();
    }
    Ok(Expanded::Line(line))
}

fn check(found: &UsedAlias<'_>, alias: &[String]) -> AwsResult<()> {
    let rules =
        REFUSED.iter().map(|name| ArgRule::new(name, if *name == "--debug" { ArgArity::Flag } else { ArgArity::One }));
    let Ok(parsed) = ArgParser::new(rules.collect()).parse_known(alias.to_vec()) else { return Ok(()) };
    match parsed.given.first() {
        Some(given) => Err(AwsError::General(format!(
            "Global parameter \"{}\" detected in alias \"{}\" which is not supported in subcommand aliases.",
            REFUSED.get(given.rule).copied().unwrap_or_default(),
            found.name
        ))),
        None => Ok(()),
    }
}

/// The parts of a command line: the global options, the command and the rest.
struct Words {
    globals: Vec<String>,
    command: String,
    rest: Vec<String>,
}

/// An alias that a line uses.
struct UsedAlias<'a> {
    name: String,
    value: &'a str,
    /// The section and the name.
    key: (String, String),
    /// The words before the alias.
    before: Vec<String>,
    /// The words after it.
    rest: Vec<String>,
}

impl Words {
    fn of(line: &[String]) -> Option<Words> {
        let mut rules = globals::rules();
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        let command = rules.len();
        rules.push(ArgRule::new("command", ArgArity::One));
        let parsed = ArgParser::new(rules).parse_known(line.to_vec()).ok()?;
        let word = parsed.last(command)?.first()?.clone();
        let globals = parsed.given.iter().filter_map(|given| Some((names.get(given.rule)?, &given.values)));
        let globals = globals.map(|(name, values)| match values.first() {
            Some(value) => format!("{name}={value}"),
            None => (*name).to_owned(),
        });
        Some(Words { globals: globals.collect(), command: word, rest: parsed.rest.clone() })
    }

    /// The first alias that was not replaced before: after that its name means the command.
    fn find<'a>(&self, aliases: &'a AliasFile, seen: &[(String, String)]) -> Option<UsedAlias<'a>> {
        let alias = |section: &str, name: &str, before: &[&str], rest: &[String]| {
            let key = (section.to_owned(), name.to_owned());
            let value = aliases.get(section, name).filter(|_| !seen.contains(&key))?;
            let before = before.iter().map(|word| (*word).to_owned()).collect();
            Some(UsedAlias { name: name.to_owned(), value, key, before, rest: rest.to_vec() })
        };
        let command = self.command.as_str();
        if let Some(found) = alias("toplevel", command, &[], &self.rest) {
            return Some(found);
        }
        let (word, rest) = first_word(&self.rest)?;
        if let Some(found) = alias(&format!("command {command}"), &word, &[command], &rest) {
            return Some(found);
        }
        let (subword, rest) = first_word(&rest)?;
        alias(&format!("command {command} {word}"), &subword, &[command, &word], &rest)
    }
}

fn first_word(line: &[String]) -> Option<(String, Vec<String>)> {
    let parsed: ParsedArgs =
        ArgParser::new(vec![ArgRule::new("word", ArgArity::One)]).parse_known(line.to_vec()).ok()?;
    Some((parsed.last(0)?.first()?.clone(), parsed.rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
# Aliases
[toplevel]
whoami = sts get-caller-identity --output text
ecs = ecs --region eu-west-1
twice = whoami --query Arn
broken = a 'b
dev = sts get-caller-identity --profile dev
Hello = !f() {
    # says hello
    echo hello \"$1\"

    echo bye
  }; f
[command ec2]
running = describe-instances --filters Name=instance-state-name,Values=running
describe-regions = describe-regions --all-regions
zones = !echo zones
[command ec2 wait]
up = instance-running --instance-ids i-1
";

    fn expanded(line: &str) -> String {
        let line = line.split(' ').map(str::to_owned).collect();
        match expand_with(&AliasFile::parse(FILE), line) {
            Ok(Expanded::Line(line)) => line.join(" "),
            Ok(Expanded::Shell(command)) => format!("$ {command}"),
            Err(AwsError::General(error)) => error,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn aliases_are_replaced_at_their_places() {
        for (line, expected) in [
            ("sqs list-queues", "sqs list-queues"),
            ("whoami --query Arn", "--query=Arn sts get-caller-identity --output text"),
            ("--output json whoami", "--output=json sts get-caller-identity --output text"),
            ("twice", "--query=Arn sts get-caller-identity --output text"),
            ("ecs list-clusters", "ecs --region eu-west-1 list-clusters"),
            (
                "ec2 running --max-items 1",
                "ec2 describe-instances --filters Name=instance-state-name,Values=running --max-items 1",
            ),
            ("ec2 describe-regions --debug", "--debug ec2 describe-regions --all-regions"),
            ("ec2 wait up", "ec2 wait instance-running --instance-ids i-1"),
            ("ec2 zones a", "$ echo zones a"),
            ("hello it's --region x", "$ f() {\necho hello \"$1\"\n\necho bye\n}; f 'it'\"'\"'s'"),
            (
                "broken",
                "Value of alias \"broken\" could not be parsed. Received error: No closing quotation when parsing:\na 'b",
            ),
            (
                "dev",
                "Global parameter \"--profile\" detected in alias \"dev\" which is not supported in subcommand aliases.",
            ),
            ("--no", "--no"),
        ] {
            assert_eq!(expanded(line), expected, "{line}");
        }
    }
}
