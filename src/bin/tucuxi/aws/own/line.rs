//! The options of an own command, and a line that uses them.

use std::process::ExitCode;

use serde_json::{Map, Value};
use tucuxi::{Client, ClientBuilder, Session};

use super::OwnCommand;
use crate::aws::args::{ArgArity, ArgParser, ArgRule, Choices, ParsedArgs, ValueType};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::globals::Globals;
use crate::aws::values::Datum;
use crate::aws::{faults, python, run, values};

/// An option or a positional argument of an own command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnOption {
    /// With dashes for an option.
    pub(crate) name: &'static str,
    /// What the help calls the value.
    pub(crate) placeholder: &'static str,
    /// A phrase without a full stop.
    pub(crate) summary: &'static str,
    pub(crate) arity: ArgArity,
    pub(crate) value: ValueType,
    pub(crate) values: OwnValues,
    pub(crate) required: bool,
}

/// What the values of an option are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnValues {
    /// Text, or `file://` and `fileb://` with the name of a file that has it.
    Text,
    /// Text that is never read from a file.
    Verbatim,
    /// One of these.
    Choices(&'static [&'static str]),
    /// Paths, which the completion offers.
    Paths,
}

impl OwnOption {
    /// An option with one value.
    pub(crate) const fn new(name: &'static str, placeholder: &'static str, summary: &'static str) -> Self {
        let (arity, value, values) = (ArgArity::One, ValueType::Text, OwnValues::Text);
        OwnOption { name, placeholder, summary, arity, value, values, required: false }
    }

    /// An option without a value.
    pub(crate) const fn flag(name: &'static str, summary: &'static str) -> Self {
        OwnOption { arity: ArgArity::Flag, ..OwnOption::new(name, "", summary) }
    }

    pub(crate) const fn arity(self, arity: ArgArity) -> Self {
        OwnOption { arity, ..self }
    }

    pub(crate) const fn values(self, values: OwnValues) -> Self {
        OwnOption { values, ..self }
    }

    /// A whole number.
    pub(crate) const fn int(self) -> Self {
        OwnOption { value: ValueType::Int, ..self }
    }

    pub(crate) const fn required(self) -> Self {
        OwnOption { required: true, ..self }
    }

    pub(crate) fn is_positional(&self) -> bool {
        !self.name.starts_with('-')
    }

    fn rule(&self) -> ArgRule<'static> {
        let choices = match self.values {
            OwnValues::Choices(words) => Choices::Of(words),
            _ => Choices::Any,
        };
        // Numbers are read after the whole line, as in the AWS CLI.
        ArgRule { choices, required: self.required, ..ArgRule::new(self.name, self.arity) }
    }
}

/// A line that runs an own command.
pub(crate) struct OwnLine<'l> {
    group: &'static str,
    pub(crate) session: &'l Session,
    pub(crate) globals: &'l Globals,
    options: Vec<&'static OwnOption>,
    parsed: ParsedArgs,
}

/// What a line with an own command asks for.
pub(crate) enum OwnRequest<'l> {
    Help,
    Run(OwnLine<'l>),
}

impl OwnCommand {
    /// Reads the words after the command.
    pub(crate) fn read<'l>(
        &self,
        session: &'l Session,
        globals: &'l Globals,
        arguments: Vec<String>,
    ) -> AwsResult<OwnRequest<'l>> {
        if arguments == ["help"] || globals.help {
            return Ok(OwnRequest::Help);
        }
        let options: Vec<&'static OwnOption> = self.all_options().collect();
        let parsed = ArgParser::new(options.iter().map(|option| option.rule()).collect()).parse_known(arguments)?;
        let mut line = OwnLine { group: self.group, session, globals, options, parsed };
        line.load_files()?;
        let rest = &line.parsed.rest;
        match rest.is_empty() {
            true => Ok(OwnRequest::Run(line)),
            false => Err(AwsError::Validation(format!("Unknown options: {}", rest.join(",")))),
        }
    }

    /// Runs the command.
    pub(crate) fn run(&self, line: &OwnLine<'_>) -> AwsResult<ExitCode> {
        (self.run)(line)
    }
}

impl OwnLine<'_> {
    /// Replaces single values that name files with the contents of the files, and checks whole numbers. Only the last use of an
    /// option counts.
    fn load_files(&mut self) -> AwsResult<()> {
        for (rule, option) in self.options.iter().enumerate() {
            let Some(given) = self.parsed.given.iter_mut().rfind(|given| given.rule == rule) else { continue };
            if let ([word], OwnValues::Text) = (&mut *given.values, option.values) {
                *word = values::text(option.name, word)?;
            }
            if let Some(word) = given.values.first().filter(|_| option.value == ValueType::Int)
                && python::int(word).is_none()
            {
                let shown = python::repr(word);
                return Err(AwsError::General(format!("invalid literal for int() with base 10: {shown}")));
            }
        }
        Ok(())
    }

    /// The values of the last use of an option, by its name with dashes.
    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        let rule = self.options.iter().position(|option| option.name == name)?;
        self.parsed.last(rule)
    }

    /// Whether the option was used.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The only value of an option.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.first().map(String::as_str)
    }

    /// The whole number of an option with [`int`](OwnOption::int).
    pub(crate) fn int(&self, name: &str) -> AwsResult<Option<i64>> {
        let is_number = self.options.iter().any(|option| option.name == name && option.value == ValueType::Int);
        let Some(text) = self.text(name).filter(|_| is_number) else { return Ok(None) };
        let digits = python::int(text).and_then(|digits| digits.parse().ok());
        digits.map(Some).ok_or_else(|| AwsError::Validation(format!("{name}: {text} is too large")))
    }

    /// Which of two opposite options was used last, if any.
    pub(crate) fn is_on(&self, on: &str, off: &str) -> bool {
        self.uses().filter(|(name, _)| [on, off].contains(name)).last().is_some_and(|(name, _)| name == on)
    }

    /// The texts of an option that is a list: words, or one JSON array.
    pub(crate) fn list(&self, name: &str) -> AwsResult<Option<Vec<String>>> {
        let Some(words) = self.get(name) else { return Ok(None) };
        let json = match words {
            [word] if python::strip(word).starts_with('[') => word,
            words => return Ok(Some(words.to_vec())),
        };
        let items = match values::parse_json(json) {
            Ok(Datum::List(items)) => items,
            Ok(_) => return Ok(Some(words.to_vec())),
            Err(error) => {
                let text = format!("Error parsing parameter '{name}': Invalid JSON: {error}\nJSON received: {json}");
                return Err(AwsError::Validation(text));
            }
        };
        let fault = |(index, item): (usize, &Datum)| {
            let (value, class) = (item.shown(), item.type_name());
            let text = format!("Invalid type for parameter [{index}], value: {value}, type: <class '{class}'>");
            (class != "str").then(|| format!("{text}, valid types: <class 'str'>"))
        };
        let faults: Vec<String> = items.iter().enumerate().filter_map(fault).collect();
        match faults.is_empty() {
            true => Ok(Some(items.iter().map(Datum::shown).collect())),
            false => Err(faults::refuse(&faults)),
        }
    }

    /// All uses of options and positional arguments, in the order of the line.
    pub(crate) fn uses(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.parsed.given.iter().map(|given| (self.options[given.rule].name, &*given.values))
    }

    /// A client with the global options of the line.
    pub(crate) fn client(&self, service: &str) -> AwsResult<Client> {
        run::client(self.session, service, self.globals)
    }

    /// A client of another service than the one that `--endpoint-url` is for.
    pub(crate) fn other_client(&self, service: &str) -> AwsResult<Client> {
        run::client_builder(self.session, service, None)?.build().map_err(AwsError::library)
    }

    /// A client of another region than that of the line, whose endpoint it does not have either; of that of the line with `None`.
    pub(crate) fn client_of_region(&self, service: &str, region: Option<&str>) -> AwsResult<ClientBuilder> {
        match region {
            Some(region) => Ok(run::client_builder(self.session, service, None)?.region(region)),
            None => run::client_builder(self.session, service, self.globals.endpoint_url.as_deref()),
        }
    }

    /// Calls an operation after its parameters were validated with the AWS CLI's texts.
    pub(crate) fn call(&self, client: &Client, operation: &str, params: Map<String, Value>) -> AwsResult<Value> {
        run::checked_call(self.session, client, operation, params)
    }

    /// Validates the parameters of an operation with the AWS CLI's texts.
    pub(crate) fn validate(&self, service: &str, operation: &str, params: &Map<String, Value>) -> AwsResult<()> {
        let info = self.session.service_info(service).map_err(AwsError::library)?;
        let operation = info.operation(operation).map_err(AwsError::library)?;
        run::validate(self.session, service, &operation, params, None)
    }

    /// A client of the service that the line names.
    pub(crate) fn service_client(&self) -> AwsResult<Client> {
        self.client(self.group)
    }
}
