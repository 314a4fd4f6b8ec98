//! JMESPath on JSON values. <https://jmespath.org/specification.html>
//!
//! Expressions and results match jmespath.py 1.1.0, which boto3 and the AWS CLI use, including its extensions and quirks. The
//! `jmespath` crate parses expressions, after this module [rewrites](canonical) what its grammar lacks. This module evaluates
//! them on borrowed [`serde_json::Value`]s. The crate's own evaluation would first copy the whole value to its own types, which
//! takes a hundred times as long for a large response.

mod build;
mod canonical;
mod error;
mod evaluated;
mod functions;
mod lexer;
mod literal;
mod node;
mod number;
mod work;

use std::borrow::Cow;

use serde_json::Value;

use self::error::{ExpressionError, ExpressionReason};
use self::evaluated::{Evaluated, View};
use self::node::Node;
use self::work::Work;
use crate::error::{Error, ErrorKind, Result};

/// Compiled [JMESPath](https://jmespath.org) expression that searches outputs.
///
/// ```
/// use serde_json::json;
/// use tucuxi::JmesPath;
/// let output = json!({"Users": [{"UserName": "ann", "Path": "/a/"}, {"UserName": "bob", "Path": "/b/"}]});
/// assert_eq!(JmesPath::parse("Users[].UserName")?.search(&output)?, json!(["ann", "bob"]));
/// assert_eq!(JmesPath::parse("Users[?Path == '/b/'] | [0].UserName")?.search(&output)?, "bob");
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct JmesPath(Expression);

impl JmesPath {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for invalid JMESPath. The message has the offset of the error.
    pub fn parse(expression: &str) -> Result<JmesPath> {
        Expression::parse(expression).map(JmesPath).map_err(|error| callers(&error))
    }

    /// Evaluates the expression on a value. Returns `null` if nothing matches.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if jmespath.py has an error too (an unknown function, a wrong number or type of arguments, an
    /// ordering of a number and a string), or if the result exceeds a size limit.
    pub fn search(&self, value: &Value) -> Result<Value> {
        self.0.search(value).map(Cow::into_owned).map_err(|error| callers(&error))
    }
}

/// Converts an error to that of a caller's expression, as opposed to a model's.
pub(crate) fn callers(error: &Error) -> Error {
    Error::new(ErrorKind::Validation, error.to_string())
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    text: String,
    node: Node,
    /// Number of parts in the expression.
    parts: u64,
}

/// Maximum length, which is more than a command line allows.
const MAX_BYTES: usize = 256 << 10;

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for invalid JMESPath. The message has the expression and the offset of the error.
    pub(crate) fn parse(text: &str) -> Result<Expression> {
        let broken = |reason| ExpressionError { expression: text, reason };
        if text.len() > MAX_BYTES {
            return Err(broken(ExpressionReason::TooLong { max: MAX_BYTES }).into());
        }
        let tokens = lexer::tokens(text).map_err(broken)?;
        let canonical = canonical::rewrite(text, &tokens).map_err(broken)?;
        let node = build::parse(canonical).map_err(|error| broken(error.into()))?;
        Ok(Expression { text: text.to_owned(), parts: node.parts(), node })
    }

    /// Compiles an expression of a model. Unlike `parse`, it rejects unknown functions before any request is sent.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    pub(crate) fn of_model(text: &str) -> Result<Expression> {
        let expression = Expression::parse(text)?;
        match expression.node.unknown_function() {
            Some(error) => Err(ExpressionError { expression: text, reason: error.into() }.into()),
            None => Ok(expression),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of the fields in the expression. A result of text, or a list of texts, is the same for a value in which all
    /// other fields are null; `None` if that is not sure.
    pub(crate) fn fields(&self) -> Option<Vec<&str>> {
        let mut names = Vec::new();
        self.node.add_fields(&mut names).then_some(names)
    }

    /// Evaluates the expression on a value. The result is borrowed if it is a part of the value, and `null` if nothing matches.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for an unknown function, a wrong number or type of arguments, values without an order, and a result
    /// that exceeds the size limit.
    pub(crate) fn search<'v>(&'v self, value: &'v Value) -> Result<Cow<'v, Value>> {
        let work = Work::new(value, self.parts);
        let found = self.node.evaluate(&Evaluated::Part(value), &work).and_then(|found| match found {
            Evaluated::Part(part) => Ok(Cow::Borrowed(part)),
            found => found.into_value(&work).map(Cow::Owned),
        });
        found.map_err(|error| ExpressionError { expression: &self.text, reason: error.into() }.into())
    }
}

/// Compares values like the operator `==`: `1` equals `1.0` but not `true`, and the order of members does not matter.
pub(crate) fn values_equal(left: &Value, right: &Value) -> bool {
    View::of(left).is_equal(&View::of(right), None).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::error::truncated;
    use super::*;

    fn search(expression: &str, value: &Value) -> Result<Value, String> {
        let expression = Expression::parse(expression).map_err(|error| error.to_string())?;
        expression.search(value).map(Cow::into_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn results_borrow_from_the_value() {
        let value = json!({"a": [{"b": "c"}]});
        let expression = Expression::parse("a[0].b").unwrap();
        assert!(matches!(expression.search(&value).unwrap(), Cow::Borrowed(Value::String(text)) if text == "c"));
    }

    #[test]
    fn hostile_expressions_are_rejected() {
        for text in [
            "(".repeat(3000),
            "a.".repeat(3000),
            "[".repeat(200),
            "!".repeat(4000),
            "&".repeat(4000),
            "[*]".repeat(4000),
            "*.".repeat(4000),
            "[?a".repeat(4000),
            "a.*".repeat(4000),
            "f(".repeat(4000),
            "{a:".repeat(4000),
            "a||".repeat(5000),
            format!("a{}[", "||a".repeat(2000)),
            format!("`{}1{}`", "[".repeat(5000), "]".repeat(5000)),
            "`".repeat(300_000),
        ] {
            assert!(Expression::parse(&text).is_err(), "{}", truncated(&text));
        }
    }

    /// Expressions of maximum depth and length, on the small stack of a test thread.
    #[test]
    fn expressions_within_the_limits_need_little_stack() {
        let nested = |before: &str, after: &str, count: usize| before.repeat(count) + "a" + &after.repeat(count);
        let deep = canonical::MAX_DEPTH - 2;
        for text in [
            nested("(", ")", deep),
            nested("[", "]", deep),
            nested("{a:", "}", deep),
            nested("!", "", deep),
            nested("[?", "]", deep),
            nested("not_null(", ")", deep),
            nested("a[*].", "", deep / 2),
            nested("a.*.", "", deep / 2),
            nested("not_null([?{a:!(", ")}])", deep / 5),
            nested("", "[*]", deep),
            nested("", "[::]", deep),
            nested("", ".*.*", deep / 2),
            nested("", "[]", 2000),
            nested("", ".a", 2000),
            nested("", "||a", 2000),
            nested("", "&&a", 2000),
            nested("", "==a", 2000),
            nested("", "|a", 2000),
            nested("", "|[@]", 1500),
        ] {
            let found = search(&text, &json!({"a": [{"a": 1}]}));
            assert!(found.is_ok(), "{}: {found:?}", truncated(&text));
        }
    }

    #[test]
    fn exponential_results_are_errors() {
        let small = json!({"a": [1, 2, 3], "b": "text"});
        for text in [
            ["[@,@]"; 60].join("|"),
            ["{a:@,b:@}"; 60].join("|"),
            ["[@,@][]"; 60].join("|"),
            format!("{} | to_string(@)", ["[@,@]"; 60].join("|")),
            format!("b | {}", ["join('', [@,@])"; 60].join("|")),
            format!("{} | length(@[]) && {}", ["[@,@]"; 10].join("|"), ["[@[],@[]][]"; 40].join("|")),
            format!("[{0}, {0}] | @[0] == @[1]", ["[@,@]"; 60].join("|")),
        ] {
            let error = search(&text, &small).unwrap_err();
            assert!(error.contains("builds more than"), "{text}: {error}");
        }
    }

    #[test]
    fn large_results_of_large_documents_are_allowed() {
        let items: Vec<Value> = (0..50_000).map(|id| json!({"id": id, "tags": ["a", "b"], "name": "n"})).collect();
        let large = json!({"items": items});
        let text = "sort_by(items[?id >= `0`].{a: id, b: tags, c: {d: name}, e: [id, name]}, &a) | reverse(@)";
        assert_eq!(search(text, &large).unwrap()[0]["a"], 49_999);
        assert_eq!(search("[items, items, items][][]", &large).unwrap().as_array().unwrap().len(), 150_000);
    }
}
