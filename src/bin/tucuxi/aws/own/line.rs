//! The options of an own command, and a line that uses them.

use std::process::ExitCode;

use tucuxi::{Client, ClientBuilder, Session};

use super::OwnCommand;
use crate::aws::args::{ArgArity, ArgParser, ArgRule, Choices, ParsedArgs, ValueType};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::globals::Globals;
use crate::aws::{python, run, values};

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
    /// Works, but is not shown in the help.
    pub(crate) hidden: bool,
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
        OwnOption { name, placeholder, summary, arity, value, values, required: false, hidden: false }
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

    pub(crate) const fn hidden(self) -> Self {
        OwnOption { hidden: true, ..self }
    }

    pub(crate) fn is_positional(&self) -> bool {
        !self.name.starts_with('-')
    }

    fn rule(&self) -> ArgRule<'static> {
        let choices = match self.values {
            OwnValues::Choices(words) => Choices::Of(words),
            _ => Choices::Any,
        };
        ArgRule { value: self.value, choices, required: self.required, ..ArgRule::new(self.name, self.arity) }
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
        if !parsed.rest.is_empty() {
            return Err(AwsError::Validation(format!("Unknown options: {}", parsed.rest.join(","))));
        }
        let mut line = OwnLine { group: self.group, session, globals, options, parsed };
        line.load_files()?;
        Ok(OwnRequest::Run(line))
    }

    /// Runs the command.
    pub(crate) fn run(&self, line: &OwnLine<'_>) -> AwsResult<ExitCode> {
        (self.run)(line)
    }
}

impl OwnLine<'_> {
    /// Replaces a single value that names a file with the contents of the file.
    fn load_files(&mut self) -> AwsResult<()> {
        for given in &mut self.parsed.given {
            let option = self.options[given.rule];
            if let ([word], OwnValues::Text) = (&mut *given.values, option.values) {
                *word = values::text(option.name, word)?;
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

    /// All uses of options and positional arguments, in the order of the line.
    pub(crate) fn uses(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.parsed.given.iter().map(|given| (self.options[given.rule].name, &*given.values))
    }

    /// A client with the global options of the line.
    pub(crate) fn client(&self, service: &str) -> AwsResult<Client> {
        run::client(self.session, service, self.globals)
    }

    /// A client of another region than that of the line, whose endpoint it does not have either; of that of the line with `None`.
    pub(crate) fn client_of_region(&self, service: &str, region: Option<&str>) -> AwsResult<ClientBuilder> {
        match region {
            Some(region) => Ok(run::client_builder(self.session, service, None)?.region(region)),
            None => run::client_builder(self.session, service, self.globals.endpoint_url.as_deref()),
        }
    }

    /// A client of the service that the line names.
    pub(crate) fn service_client(&self) -> AwsResult<Client> {
        self.client(self.group)
    }
}
