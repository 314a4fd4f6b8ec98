//! `--query`: expressions and what is wrong with them, in the words of jmespath.py.

mod grammar;
mod tokens;

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
            Err(error) => {
                let explained = explanation(text).unwrap_or_else(|| error.to_string());
                Err(AwsError::Validation(format!("Bad value for --query {text}: {explained}")))
            }
        }
    }
}

/// The error of an evaluation. Unknown functions and wrong numbers of arguments have the words of jmespath.py, which finds them only
/// then, too.
pub(crate) fn evaluation_failure(error: &str) -> String {
    let reason = error.rsplit_once("\": ").map_or(error, |(_, reason)| reason);
    let unknown = || Some(reason.strip_prefix("there is no function ")?.split_once("()")?.0);
    let counts = || {
        let (function, counts) = reason.split_once("(): expected ")?;
        let (expected, found) = counts.split_once(" arguments, found ")?;
        let s = if expected == "1" || expected == "at least 1" { "" } else { "s" };
        Some(format!("Expected {expected} argument{s} for function {function}(), received {found}"))
    };
    match unknown() {
        Some(name) => format!("Unknown function: {name}()"),
        None => counts().unwrap_or_else(|| error.to_owned()),
    }
}

/// What jmespath.py finds wrong. Places are counted in characters.
enum QueryFault {
    Lexer {
        message: String,
        at: usize,
    },
    Parse {
        message: String,
        at: usize,
        /// The value and the type of the token there.
        value: String,
        kind: &'static str,
    },
    /// The expression ends too early.
    Incomplete,
    /// The expression is too deep to be looked into.
    TooDeep,
}

/// The error of jmespath.py; `None` if it has none.
fn explanation(expression: &str) -> Option<String> {
    if expression.is_empty() {
        return Some("Invalid JMESPath expression: cannot be empty.".to_owned());
    }
    let fault = tokens::tokens(expression).and_then(|tokens| grammar::check(&tokens)).err()?;
    // Below an expression in quotes, there is one column more.
    let quoted = |at: usize| format!("\"{expression}\"\n{}^", " ".repeat(at.saturating_add(1)));
    Some(match fault {
        QueryFault::Lexer { message, at } => {
            format!("Bad jmespath expression: {message}:\n{expression}\n{}^", " ".repeat(at))
        }
        QueryFault::Parse { message, at, value, kind } => {
            let kind = kind.to_uppercase();
            format!(
                "{message}: Parse error at column {at}, token \"{value}\" ({kind}), for expression:\n{}",
                quoted(at)
            )
        }
        QueryFault::Incomplete => {
            let end = quoted(expression.chars().count());
            format!("Invalid jmespath expression: Incomplete expression:\n{end}")
        }
        QueryFault::TooDeep => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_words_and_the_caret_of_jmespath_py() {
        const DOT: &str = "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: ";
        for (expression, expected) in [
            ("", "Invalid JMESPath expression: cannot be empty."),
            ("a[", "Invalid jmespath expression: Incomplete expression:\n\"a[\"\n   ^"),
            ("foo(", "Invalid jmespath expression: Incomplete expression:\n\"foo(\"\n     ^"),
            ("\"é\"[", "Invalid jmespath expression: Incomplete expression:\n\"\"é\"[\"\n     ^"),
            ("\"", "Bad jmespath expression: Unclosed \" delimiter:\n\"\n^"),
            ("a=b", "Bad jmespath expression: Unknown token '=':\na=b\n ^"),
            ("[-]", "Bad jmespath expression: Unknown token '-':\n[-]\n ^"),
            ("é#", "Bad jmespath expression: Unknown token é:\né#\n^"),
            ("`\"a`", "Bad jmespath expression: Bad token \"a:\n`\"a`\n^"),
            ("\"a\\q\"", "Bad jmespath expression: Invalid \\escape:\n\"a\\q\"\n^"),
        ] {
            assert_eq!(error(expression), format!("Bad value for --query {expression}: {expected}"));
        }
        for (expression, column, token, message) in [
            ("a b", 2, "\"b\" (UNQUOTED_IDENTIFIER)", "Unexpected token: b"),
            ("a.", 2, "\"\" (EOF)", &format!("{DOT}eof")),
            ("a.`1`", 2, "\"1\" (LITERAL)", &format!("{DOT}literal")),
            ("[a b]", 3, "\"b\" (UNQUOTED_IDENTIFIER)", "Expecting: comma, got: unquoted_identifier"),
            ("{a:b,}", 5, "\"}\" (RBRACE)", "Expecting: ['quoted_identifier', 'unquoted_identifier'], got: rbrace"),
            ("a*", 1, "\"*\" (STAR)", "invalid token"),
            ("a[1:2:3:4]", 7, "\":\" (COLON)", "syntax error"),
            ("a[007 1]", 6, "\"1\" (NUMBER)", "Expecting: rbracket, got: number"),
            ("@(a)", 0, "\"@\" (CURRENT)", "Invalid function name '@'"),
            ("\"a\"(b)", 0, "\"(\" (LPAREN)", "Quoted identifier not allowed for function names."),
            ("a[*]b", 4, "\"b\" (UNQUOTED_IDENTIFIER)", "Unexpected token: b"),
            ("*!", 1, "\"!\" (NOT)", "syntax error"),
        ] {
            let caret = " ".repeat(column + 1);
            assert_eq!(
                error(expression),
                format!(
                    "Bad value for --query {expression}: {message}: Parse error at column {column}, token {token}, for \
                     expression:\n\"{expression}\"\n{caret}^"
                )
            );
        }
    }

    #[test]
    fn evaluations_fail_in_the_words_of_jmespath_py() {
        for (expression, expected) in [
            ("foo(@)", "Unknown function: foo()"),
            ("lenght(@)", "Unknown function: lenght()"),
            ("max_by(@)", "Expected 2 arguments for function max_by(), received 1"),
            ("abs(`1`, `2`)", "Expected 1 argument for function abs(), received 2"),
            ("merge()", "Expected at least 1 argument for function merge(), received 0"),
        ] {
            let error = JmesPath::parse(expression).unwrap().search(&serde_json::json!({})).unwrap_err();
            assert_eq!(evaluation_failure(&error.to_string()), expected);
        }
    }

    fn error(expression: &str) -> String {
        let Err(AwsError::Validation(error)) = OutputQuery::parse(expression) else { panic!("{expression}") };
        error
    }
}
