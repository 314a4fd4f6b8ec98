//! JMESPath over values. <https://jmespath.org/specification.html>
//!
//! Expressions and results are those of jmespath.py 1.1.0, which boto3 and the AWS CLI use, its extensions and oddities
//! included. The `jmespath` crate parses expressions; what its grammar lacks is [rewritten](canonical) before. They are
//! evaluated here, over borrowed [`serde_json::Value`]s: the crate's own evaluation would first copy the whole value into its
//! own types, which for a large response costs a hundred times as much as looking at it.

mod canonical;
mod found;
mod functions;
mod lexer;
mod literal;
mod node;
mod number;
mod work;

use std::borrow::Cow;

use serde_json::Value;

use self::found::{Found, View};
use self::lexer::Fault;
use self::node::Node;
use self::work::Work;
use crate::error::{Error, ErrorKind, Result};

/// A compiled [JMESPath](https://jmespath.org) expression, to look into outputs with.
///
/// ```
/// use serde_json::json;
/// use tucuxi::JmesPath;
/// let answer = json!({"Users": [{"UserName": "ann", "Path": "/a/"}, {"UserName": "bob", "Path": "/b/"}]});
/// assert_eq!(JmesPath::parse("Users[].UserName")?.search(&answer)?, json!(["ann", "bob"]));
/// assert_eq!(JmesPath::parse("Users[?Path == '/b/'] | [0].UserName")?.search(&answer)?, "bob");
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct JmesPath(Expression);

impl JmesPath {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] where the text is no JMESPath; the message names the place.
    pub fn parse(expression: &str) -> Result<JmesPath> {
        Expression::parse(expression).map(JmesPath).map_err(|error| callers(&error))
    }

    /// What the expression finds in a value; `null` where there is nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] where jmespath.py has an error too: a function that does not exist, arguments of the wrong
    /// number or type, a comparison of the order of a number and a string; and where the expression multiplies what it finds
    /// beyond a limit.
    pub fn search(&self, value: &Value) -> Result<Value> {
        self.0.search(value).map(Cow::into_owned).map_err(|error| callers(&error))
    }
}

/// The error of an expression that is the caller's, not a model's.
pub(crate) fn callers(error: &Error) -> Error {
    Error::new(ErrorKind::Validation, error.to_string())
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    text: String,
    node: Node,
    /// How many parts it has.
    parts: u64,
}

/// More than a command line can hold.
const MAX_BYTES: usize = 256 << 10;

impl Expression {
    /// # Errors
    /// [`ErrorKind::Model`] where the text is no JMESPath; the message names the expression and the place.
    pub(crate) fn parse(text: &str) -> Result<Expression> {
        let broken = |what: String| Error::new(ErrorKind::Model, format!("JMESPath \"{}\": {what}", shown(text)));
        if text.len() > MAX_BYTES {
            return Err(broken(format!("longer than {MAX_BYTES} bytes")));
        }
        let located = |fault: Fault| broken(format!("{} at offset {}", fault.what, fault.at));
        let tokens = lexer::tokens(text).map_err(located)?;
        let canonical = canonical::rewrite(text, &tokens).map_err(located)?;
        let node = Node::parse(canonical).map_err(broken)?;
        Ok(Expression { text: text.to_owned(), parts: node.parts(), node })
    }

    /// One of a model's, in which a function that does not exist is noticed before anything is sent.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    pub(crate) fn of_model(text: &str) -> Result<Expression> {
        let expression = Expression::parse(text)?;
        match expression.node.unknown_function() {
            Some(what) => Err(Error::new(ErrorKind::Model, format!("JMESPath \"{}\": {what}", shown(text)))),
            None => Ok(expression),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What the expression finds in a value: borrowed wherever it is a part of it; `null` where there is nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] where a function does not exist or is given arguments of the wrong number or type, where values
    /// have no order, and where the expression builds more values than are allowed.
    pub(crate) fn search<'v>(&'v self, value: &'v Value) -> Result<Cow<'v, Value>> {
        let work = Work::new(value, self.parts);
        let found = self.node.evaluate(&Found::Part(value), &work).and_then(|found| match found {
            Found::Part(part) => Ok(Cow::Borrowed(part)),
            found => found.into_value(&work).map(Cow::Owned),
        });
        found.map_err(|what| Error::new(ErrorKind::Model, format!("JMESPath \"{}\": {what}", shown(&self.text))))
    }
}

fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(200).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// Equality as the operator `==` has it: `1` equals `1.0` and not `true`, and the order of members does not matter.
pub(crate) fn values_equal(left: &Value, right: &Value) -> bool {
    View::of(left).is_equal(&View::of(right), None).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn search(expression: &str, value: &Value) -> Result<Value, String> {
        let expression = Expression::parse(expression).map_err(|error| error.to_string())?;
        expression.search(value).map(Cow::into_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn parts_are_borrowed() {
        let value = json!({"a": [{"b": "c"}]});
        let expression = Expression::parse("a[0].b").unwrap();
        assert!(matches!(expression.search(&value).unwrap(), Cow::Borrowed(Value::String(text)) if text == "c"));
    }

    #[test]
    fn hostile_expressions_are_refused() {
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
            assert!(Expression::parse(&text).is_err(), "{}", shown(&text));
        }
    }

    /// As deep and as long as they may be, on the stack of a thread that is not the main one.
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
            assert!(found.is_ok(), "{}: {found:?}", shown(&text));
        }
    }

    #[test]
    fn expressions_that_multiply_are_errors() {
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
    fn expressions_that_build_much_of_much_are_none() {
        let items: Vec<Value> = (0..50_000).map(|id| json!({"id": id, "tags": ["a", "b"], "name": "n"})).collect();
        let large = json!({"items": items});
        let text = "sort_by(items[?id >= `0`].{a: id, b: tags, c: {d: name}, e: [id, name]}, &a) | reverse(@)";
        assert_eq!(search(text, &large).unwrap()[0]["a"], 49_999);
        assert_eq!(search("[items, items, items][][]", &large).unwrap().as_array().unwrap().len(), 150_000);
    }
}
