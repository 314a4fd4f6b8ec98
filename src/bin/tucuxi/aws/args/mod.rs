//! The rules of Python's `argparse`, which the AWS CLI parses its command lines with: options by unique prefixes, `--name=value`,
//! options and positional arguments in any order, and what is not known is handed on in order.
//!
//! The AWS CLI parses a line three times, each time with the options and positional arguments of one level, and hands what a level
//! does not know to the next one ([`ArgParser::parse_known`]).

mod error;
mod near;
mod pattern;

pub(crate) use error::ArgError;
use pattern::{ArgToken, tokens};

/// How many values an option or a positional argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArgArity {
    /// None: the option is a flag.
    Flag,
    One,
    Two,
    /// At most one.
    Optional,
    /// Any number, none too.
    Any,
    /// One or more.
    Some,
}

/// The check that argparse itself makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    Text,
    Int,
    Float,
}

/// What a value must be one of.
pub(crate) enum Choices<'c> {
    Any,
    Of(&'c [&'c str]),
    /// Whether a word is a choice, and all choices, which only a message needs.
    Words {
        contains: &'c dyn Fn(&str) -> bool,
        all: &'c dyn Fn() -> Vec<String>,
    },
}

/// An option or a positional argument.
pub(crate) struct ArgRule<'c> {
    /// With dashes for an option.
    pub(crate) name: &'c str,
    pub(crate) arity: ArgArity,
    pub(crate) value: ValueType,
    pub(crate) choices: Choices<'c>,
    pub(crate) required: bool,
}

impl<'c> ArgRule<'c> {
    pub(crate) fn new(name: &'c str, arity: ArgArity) -> Self {
        ArgRule { name, arity, value: ValueType::Text, choices: Choices::Any, required: false }
    }

    fn is_option(&self) -> bool {
        self.name.starts_with('-')
    }
}

/// A use of an option or positional argument on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenArg {
    /// Index of the rule.
    pub(crate) rule: usize,
    pub(crate) values: Vec<String>,
}

/// The result of a parse.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ParsedArgs {
    /// In the order of the command line; a later use replaces an earlier one.
    pub(crate) given: Vec<GivenArg>,
    /// What no rule takes, in order.
    pub(crate) rest: Vec<String>,
}

impl ParsedArgs {
    /// Returns the values of the last use.
    pub(crate) fn last(&self, rule: usize) -> Option<&[String]> {
        self.given.iter().rev().find(|given| given.rule == rule).map(|given| &*given.values)
    }
}

/// Parses one level of a command line.
pub(crate) struct ArgParser<'c> {
    rules: Vec<ArgRule<'c>>,
}

impl<'c> ArgParser<'c> {
    pub(crate) fn new(rules: Vec<ArgRule<'c>>) -> Self {
        ArgParser { rules }
    }

    /// Takes the options and positional arguments of this level.
    ///
    /// # Errors
    /// The first wrong argument, or else all required ones that are missing.
    pub(crate) fn parse_known(&self, args: Vec<String>) -> Result<ParsedArgs, ArgError> {
        let tokens = tokens(&self.rules, &args)?;
        let positionals = (0..self.rules.len()).filter(|index| !self.rules[*index].is_option()).collect();
        let mut run = ParseRun { rules: &self.rules, args, tokens, positionals, parsed: ParsedArgs::default() };
        run.all()?;
        let parsed = run.parsed;
        let is_missing = |(index, rule): &(usize, &ArgRule<'_>)| {
            rule.required && parsed.given.iter().all(|given| given.rule != *index)
        };
        let missing: Vec<&str> = self.rules.iter().enumerate().filter(is_missing).map(|(_, rule)| rule.name).collect();
        match missing.is_empty() {
            true => Ok(parsed),
            false => Err(ArgError::Required(missing.join(", "))),
        }
    }
}

/// The state of a parse.
struct ParseRun<'r, 'c> {
    rules: &'r [ArgRule<'c>],
    args: Vec<String>,
    tokens: Vec<ArgToken>,
    /// The positional arguments that are not consumed yet.
    positionals: Vec<usize>,
    parsed: ParsedArgs,
}

impl ParseRun<'_, '_> {
    fn all(&mut self) -> Result<(), ArgError> {
        let is_option = |token: &ArgToken| matches!(token, ArgToken::Option { .. });
        let mut start = 0;
        while let Some(next) =
            self.tokens.iter().skip(start).position(is_option).map(|offset| start.saturating_add(offset))
        {
            if start != next {
                let end = self.positionals(start)?;
                if end > start {
                    start = end;
                    continue;
                }
                self.parsed.rest.extend_from_slice(&self.args[start..next]);
            }
            start = self.option(next)?;
        }
        let end = self.positionals(start)?;
        self.parsed.rest.extend_from_slice(&self.args[end..]);
        Ok(())
    }

    /// Consumes as many positional arguments as possible, and returns where they end.
    fn positionals(&mut self, start: usize) -> Result<usize, ArgError> {
        let available = &self.tokens[start..];
        let mut taken = Vec::new();
        let mut end = 0_usize;
        for index in &self.positionals {
            let Some(count) = pattern::positional(self.rules[*index].arity, &available[end..]) else { break };
            taken.push((*index, start.saturating_add(end), count));
            end = end.saturating_add(count);
        }
        self.positionals.drain(..taken.len());
        for (rule, from, count) in taken {
            let mut values = self.args[from..from.saturating_add(count)].to_vec();
            drop_separator(&mut values);
            if values.is_empty() && self.rules[rule].arity != ArgArity::One {
                continue;
            }
            self.give(rule, values)?;
        }
        Ok(start.saturating_add(end))
    }

    /// Consumes an option and its values, and returns where they end.
    fn option(&mut self, at: usize) -> Result<usize, ArgError> {
        let after = at.saturating_add(1);
        let (rule, attached) = match &self.tokens[at] {
            ArgToken::Option { rule: Some(rule), attached } => (*rule, attached.clone()),
            _ => {
                self.parsed.rest.push(self.args[at].clone());
                return Ok(after);
            }
        };
        let (name, arity) = (self.rules[rule].name, self.rules[rule].arity);
        if let Some(value) = attached {
            if arity == ArgArity::Flag {
                return Err(ArgError::IgnoredValue { name: name.to_owned(), value });
            }
            let mut values = vec![value];
            drop_separator(&mut values);
            if arity == ArgArity::Two || values.is_empty() && arity == ArgArity::One {
                return Err(ArgError::expected(name, arity));
            }
            self.give(rule, values)?;
            return Ok(after);
        }
        let count = pattern::optional(arity, &self.tokens[after..]).ok_or_else(|| ArgError::expected(name, arity))?;
        let end = after.saturating_add(count);
        self.give(rule, self.args[after..end].to_vec())?;
        Ok(end)
    }

    fn give(&mut self, rule: usize, values: Vec<String>) -> Result<(), ArgError> {
        let found = &self.rules[rule];
        for value in &values {
            error::check(found, value)?;
        }
        self.parsed.given.push(GivenArg { rule, values });
        Ok(())
    }
}

/// `--` separates, and is not a value.
fn drop_separator(values: &mut Vec<String>) {
    if let Some(at) = values.iter().position(|value| value == "--") {
        values.remove(at);
    }
}

#[cfg(test)]
mod tests;
