//! What the arguments of a command line are, before values are given to options.

use super::{ArgArity, ArgError, ArgRule};

/// An argument of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ArgToken {
    /// An option; without a rule if no rule has its name.
    Option {
        rule: Option<usize>,
        /// The value after `=`.
        attached: Option<String>,
    },
    /// `--`
    Separator,
    Value,
}

/// Classifies all arguments.
pub(super) fn tokens(rules: &[ArgRule<'_>], args: &[String]) -> Result<Vec<ArgToken>, ArgError> {
    let mut tokens = Vec::with_capacity(args.len());
    for arg in args {
        let after_separator = tokens.contains(&ArgToken::Separator);
        tokens.push(match arg == "--" {
            _ if after_separator => ArgToken::Value,
            true => ArgToken::Separator,
            false => token(rules, arg)?,
        });
    }
    Ok(tokens)
}

fn token(rules: &[ArgRule<'_>], arg: &str) -> Result<ArgToken, ArgError> {
    if !arg.starts_with('-') || arg == "-" {
        return Ok(ArgToken::Value);
    }
    let find = |name: &str| rules.iter().position(|rule| rule.is_option() && rule.name == name);
    if let Some(rule) = find(arg) {
        return Ok(ArgToken::Option { rule: Some(rule), attached: None });
    }
    let (name, attached) = match arg.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (arg, None),
    };
    if let Some(rule) = attached.as_ref().and_then(|_| find(name)) {
        return Ok(ArgToken::Option { rule: Some(rule), attached });
    }
    if name.starts_with("--") {
        let begins = |(_, rule): &(usize, &ArgRule<'_>)| rule.is_option() && rule.name.starts_with(name);
        let found: Vec<(usize, &ArgRule<'_>)> = rules.iter().enumerate().filter(begins).collect();
        match &found[..] {
            [] => {}
            [(rule, _)] => return Ok(ArgToken::Option { rule: Some(*rule), attached }),
            several => {
                let names: Vec<&str> = several.iter().map(|(_, rule)| rule.name).collect();
                return Err(ArgError::Ambiguous { option: arg.to_owned(), matches: names.join(", ") });
            }
        }
    }
    match is_negative_number(arg) || arg.contains(' ') {
        true => Ok(ArgToken::Value),
        false => Ok(ArgToken::Option { rule: None, attached: None }),
    }
}

/// `-5`, `-5.5`, `-.5`
fn is_negative_number(arg: &str) -> bool {
    let Some(number) = arg.strip_prefix('-') else { return false };
    let digits = |text: &str| text.chars().all(|char| char.is_numeric());
    match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && !fraction.is_empty() && digits(fraction),
        None => !number.is_empty() && digits(number),
    }
}

/// How many tokens an option takes.
pub(super) fn optional(arity: ArgArity, tokens: &[ArgToken]) -> Option<usize> {
    let values = tokens.iter().take_while(|token| **token == ArgToken::Value).count();
    match arity {
        ArgArity::Flag => Some(0),
        ArgArity::One => (values > 0).then_some(1),
        ArgArity::Two => (values > 1).then_some(2),
        ArgArity::Optional => Some(values.min(1)),
        ArgArity::Any => Some(values),
        ArgArity::Some => (values > 0).then_some(values),
    }
}

/// How many tokens a positional argument takes, separators too.
pub(super) fn positional(arity: ArgArity, tokens: &[ArgToken]) -> Option<usize> {
    let (mut count, mut values) = (0_usize, 0_usize);
    let limit = match arity {
        ArgArity::One | ArgArity::Optional => 1,
        ArgArity::Two => 2,
        _ => usize::MAX,
    };
    for token in tokens {
        match token {
            ArgToken::Separator => {}
            ArgToken::Value if values < limit => values = values.saturating_add(1),
            _ => break,
        }
        count = count.saturating_add(1);
    }
    let needed = match arity {
        ArgArity::Optional | ArgArity::Any => 0,
        ArgArity::Two => 2,
        _ => 1,
    };
    (values >= needed).then_some(count)
}
