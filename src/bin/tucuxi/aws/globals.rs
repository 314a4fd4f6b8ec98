//! The options of every command line, which may stand anywhere on it.

use super::args::{ArgArity, ArgRule, Choices, ParsedArgs};
use super::error::AwsError;
use super::python;
use super::query::OutputQuery;

/// What the options of every command line say.
pub(crate) struct Globals {
    pub(crate) debug: bool,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) verify_ssl: bool,
    pub(crate) paginate: bool,
    pub(crate) output: Option<String>,
    pub(crate) query: Option<OutputQuery>,
    pub(crate) profile: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) color: Option<String>,
    pub(crate) sign_request: bool,
    pub(crate) ca_bundle: Option<String>,
    /// In seconds; 0 is no limit. A negative one is wrong when a client is made.
    pub(crate) read_timeout: Option<i64>,
    /// As `read_timeout`.
    pub(crate) connect_timeout: Option<i64>,
    pub(crate) binary_format: Option<String>,
    pub(crate) pager: bool,
    pub(crate) error_format: Option<String>,
    pub(crate) version: bool,
    pub(crate) help: bool,
    /// The names of the options that the line has.
    pub(crate) given: Vec<&'static str>,
}

/// One option: its name, how many values it takes, what a value must be one of, and what it sets.
struct GlobalOption {
    name: &'static str,
    arity: ArgArity,
    choices: &'static [&'static str],
    set: Setter,
}

#[derive(Clone, Copy)]
enum Setter {
    Flag(fn(&mut Globals)),
    Value(fn(&mut Globals, &str) -> Result<(), AwsError>),
    /// An option of the AWS CLI that tucuxi does not have, and what to do instead.
    Refused(&'static str),
}

const OUTPUTS: &[&str] = &["json", "text", "table", "yaml", "yaml-stream", "off"];
const COLORS: &[&str] = &["on", "off", "auto"];
const BINARY_FORMATS: &[&str] = &["base64", "raw-in-base64-out"];
pub(crate) const ERROR_FORMATS: &[&str] = &["legacy", "json", "yaml", "text", "table", "enhanced"];

/// In the order of the AWS CLI, in which it lists ambiguous names.
const OPTIONS: &[GlobalOption] = &[
    flag("--debug", |globals| globals.debug = true),
    option("--endpoint-url", &[], |globals, value| {
        globals.endpoint_url = Some(endpoint_url(value)?);
        Ok(())
    }),
    flag("--no-verify-ssl", |globals| globals.verify_ssl = false),
    flag("--no-paginate", |globals| globals.paginate = false),
    option("--output", OUTPUTS, |globals, value| text(&mut globals.output, value)),
    option("--query", &[], |globals, value| {
        globals.query = Some(OutputQuery::parse(value)?);
        Ok(())
    }),
    option("--profile", &[], |globals, value| text(&mut globals.profile, value)),
    option("--region", &[], |globals, value| text(&mut globals.region, value)),
    option("--color", COLORS, |globals, value| text(&mut globals.color, value)),
    flag("--no-sign-request", |globals| globals.sign_request = false),
    option("--ca-bundle", &[], |globals, value| text(&mut globals.ca_bundle, value)),
    option("--cli-read-timeout", &[], |globals, value| seconds(&mut globals.read_timeout, value)),
    option("--cli-connect-timeout", &[], |globals, value| seconds(&mut globals.connect_timeout, value)),
    option("--cli-binary-format", BINARY_FORMATS, |globals, value| text(&mut globals.binary_format, value)),
    flag("--no-cli-pager", |globals| globals.pager = false),
    GlobalOption {
        name: "--cli-auto-prompt",
        arity: ArgArity::Flag,
        choices: &[],
        set: Setter::Refused("--cli-auto-prompt is not in tucuxi; completion in the shell offers the same words"),
    },
    flag("--no-cli-auto-prompt", |_| {}),
    option("--cli-error-format", ERROR_FORMATS, |globals, value| text(&mut globals.error_format, value)),
    flag("--version", |globals| globals.version = true),
    flag("--help", |globals| globals.help = true),
];

const BOTH_AUTO_PROMPTS: &str = "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time.";

const fn option(
    name: &'static str,
    choices: &'static [&'static str],
    set: fn(&mut Globals, &str) -> Result<(), AwsError>,
) -> GlobalOption {
    GlobalOption { name, arity: ArgArity::One, choices, set: Setter::Value(set) }
}

const fn flag(name: &'static str, set: fn(&mut Globals)) -> GlobalOption {
    GlobalOption { name, arity: ArgArity::Flag, choices: &[], set: Setter::Flag(set) }
}

fn text(into: &mut Option<String>, value: &str) -> Result<(), AwsError> {
    *into = Some(value.to_owned());
    Ok(())
}

fn seconds(into: &mut Option<i64>, value: &str) -> Result<(), AwsError> {
    let invalid = || AwsError::General(format!("invalid literal for int() with base 10: {}", python::repr(value)));
    let number = python::int(value).ok_or_else(invalid)?;
    *into = Some(number.parse().map_err(|_| invalid())?);
    Ok(())
}

fn endpoint_url(url: &str) -> Result<String, AwsError> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let mut chars = scheme.chars();
    let is_scheme = chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'));
    match is_scheme {
        true => Ok(url.to_owned()),
        false => Err(AwsError::Validation(format!(
            "Bad value for --endpoint-url \"{url}\": scheme is missing.  Must be of the form http://<hostname>/ or \
             https://<hostname>/"
        ))),
    }
}

/// The rules of the global options, which come first in a parser of the whole line.
pub(crate) fn rules() -> Vec<ArgRule<'static>> {
    let rule = |option: &GlobalOption| {
        let choices = if option.choices.is_empty() { Choices::Any } else { Choices::Of(option.choices) };
        ArgRule { choices, ..ArgRule::new(option.name, option.arity) }
    };
    OPTIONS.iter().map(rule).collect()
}

impl Globals {
    /// Collects the options of a line that was parsed with [`rules`].
    pub(crate) fn collect(parsed: &ParsedArgs) -> Result<Self, AwsError> {
        let (globals, error) = Globals::collect_all(parsed);
        error.map_or(Ok(globals), Err)
    }

    /// Collects the options that have right values, and the first error.
    pub(crate) fn collect_all(parsed: &ParsedArgs) -> (Self, Option<AwsError>) {
        let mut globals = Globals::default();
        let mut error = None;
        for (rule, option) in OPTIONS.iter().enumerate() {
            let Some(values) = parsed.last(rule) else { continue };
            globals.given.push(option.name);
            let set = match (option.set, values.first()) {
                (Setter::Flag(set), _) => {
                    set(&mut globals);
                    Ok(())
                }
                (Setter::Value(set), Some(value)) => set(&mut globals, value),
                (Setter::Value(_), None) => Ok(()),
                (Setter::Refused(advice), _) => Err(AwsError::Validation(match parsed.last(rule.saturating_add(1)) {
                    // The opposite is the next option.
                    Some(_) => BOTH_AUTO_PROMPTS.to_owned(),
                    None => advice.to_owned(),
                })),
            };
            error = error.or(set.err());
        }
        (globals, error)
    }
}

impl Default for Globals {
    fn default() -> Self {
        Globals {
            debug: false,
            endpoint_url: None,
            verify_ssl: true,
            paginate: true,
            output: None,
            query: None,
            profile: None,
            region: None,
            color: None,
            sign_request: true,
            ca_bundle: None,
            read_timeout: None,
            connect_timeout: None,
            binary_format: None,
            pager: true,
            error_format: None,
            version: false,
            help: false,
            given: Vec::new(),
        }
    }
}
