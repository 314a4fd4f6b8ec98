//! `--query`: expressions and what is wrong with them, as jmespath.py shows it.

use tucuxi::JmesPath;

use super::error::{AwsError, AwsResult};

/// A query and its text.
pub(crate) struct OutputQuery {
    pub(crate) text: String,
    pub(crate) expression: JmesPath,
}

impl OutputQuery {
    pub(crate) fn parse(text: &str) -> AwsResult<OutputQuery> {
        match JmesPath::parse(text) {
            Ok(expression) => Ok(OutputQuery { text: text.to_owned(), expression }),
            Err(error) => Err(AwsError::Validation(format!(
                "Bad value for --query {text}: {}",
                explanation(text, &error.to_string())
            ))),
        }
    }
}

/// The library's reason in the words of jmespath.py, with a caret below the place.
fn explanation(expression: &str, error: &str) -> String {
    if expression.is_empty() {
        return "Invalid JMESPath expression: cannot be empty.".to_owned();
    }
    let Some((reason, place)) = reason(expression, error) else { return error.to_owned() };
    let column = expression.get(..place).map_or(0, |before| before.chars().count());
    let caret = |indent: usize| format!("{}^", " ".repeat(column.saturating_add(indent)));
    if let Some(delimiter) = reason.strip_prefix("unterminated ") {
        return format!("Bad jmespath expression: Unclosed {delimiter} delimiter:\n{expression}\n{}", caret(0));
    }
    let at_place = expression.get(place..).and_then(|rest| rest.chars().next());
    match at_place {
        None => format!("Invalid jmespath expression: Incomplete expression:\n\"{expression}\"\n{}", caret(1)),
        Some(token) if LEXER_REASONS.iter().any(|start| reason.starts_with(start)) => {
            format!("Bad jmespath expression: Unknown token '{token}':\n{expression}\n{}", caret(0))
        }
        Some(_) => {
            format!("{reason}: Parse error at column {column}, for expression:\n\"{expression}\"\n{}", caret(1))
        }
    }
}

/// Beginnings of the reasons for characters that are not the start of a token.
const LEXER_REASONS: &[&str] = &["`-` without", "expected `==`", "unexpected character"];

/// The reason and the offset in an error `JMESPath "EXPRESSION": REASON at offset OFFSET`.
fn reason<'e>(expression: &str, error: &'e str) -> Option<(&'e str, usize)> {
    let (rest, offset) = error.rsplit_once(" at offset ")?;
    let shown: String = expression.chars().take(200).collect();
    let reason = rest.strip_prefix("JMESPath \"")?.strip_prefix(shown.as_str())?.strip_prefix("\": ")?;
    Some((reason, offset.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_a_caret_below_the_place() {
        for (expression, expected) in [
            ("", "Invalid JMESPath expression: cannot be empty."),
            ("a[", "Invalid jmespath expression: Incomplete expression:\n\"a[\"\n   ^"),
            ("foo(", "Invalid jmespath expression: Incomplete expression:\n\"foo(\"\n     ^"),
            ("\"é\"[", "Invalid jmespath expression: Incomplete expression:\n\"\"é\"[\"\n     ^"),
            ("\"", "Bad jmespath expression: Unclosed \" delimiter:\n\"\n^"),
            ("a=b", "Bad jmespath expression: Unknown token '=':\na=b\n ^"),
            ("[-]", "Bad jmespath expression: Unknown token '-':\n[-]\n ^"),
        ] {
            let Err(AwsError::Validation(error)) = OutputQuery::parse(expression) else { panic!("{expression}") };
            assert_eq!(error, format!("Bad value for --query {expression}: {expected}"));
        }
        let Err(AwsError::Validation(error)) = OutputQuery::parse("a b") else { panic!() };
        assert!(error.ends_with(": Parse error at column 2, for expression:\n\"a b\"\n   ^"), "{error}");
    }
}
