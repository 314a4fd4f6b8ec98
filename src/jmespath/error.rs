//! Errors of expressions: each message is written here.

use crate::error::{Error, ErrorKind};

/// An expression that is invalid, or that cannot be evaluated on a value.
#[derive(Debug, thiserror::Error)]
#[error("JMESPath \"{}\": {reason}", truncated(expression))]
pub(super) struct ExpressionError<'e> {
    pub(super) expression: &'e str,
    pub(super) reason: ExpressionReason,
}

impl From<ExpressionError<'_>> for Error {
    fn from(error: ExpressionError<'_>) -> Self {
        Error::new(ErrorKind::Model, error.to_string())
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum ExpressionReason {
    #[error("longer than {max} bytes")]
    TooLong { max: usize },
    #[error("{error} at offset {offset}")]
    Syntax { error: SyntaxError, offset: usize },
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Evaluation(#[from] Box<EvaluationError>),
}

/// What jmespath.py does not accept.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum SyntaxError {
    #[error("`-` without a digit")]
    LoneMinus,
    #[error("expected `==`, found `=`")]
    LoneEquals,
    #[error("unexpected character {0:?}")]
    Character(char),
    #[error("unterminated {0}")]
    Unterminated(char),
    #[error("literal nested too deeply: {0}")]
    DeepLiteral(String),
    #[error("not a JSON string: {0}")]
    JsonString(String),
    #[error("expressions nested deeper than {max} levels")]
    TooDeep { max: usize },
    #[error("more than {max} operators in a row")]
    TooManyOperators { max: usize },
    #[error("a quoted name cannot be a function name")]
    QuotedFunctionName,
    #[error("the called expression is not a function name")]
    NotAFunctionName,
    #[error("a slice has no more than three parts")]
    SliceParts,
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: String, found: String },
}

/// Why the tree of the `jmespath` crate does not become an expression. None of these is known to happen.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum BuildError {
    /// The crate's reason.
    #[error("{0}")]
    Crate(String),
    #[error("unexpected syntax tree")]
    UnexpectedTree,
    #[error("unknown placeholder")]
    UnknownPlaceholder,
}

/// Boxed, so that the results of an evaluation stay small.
pub(super) type EvaluationResult<T> = Result<T, Box<EvaluationError>>;

#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum EvaluationError {
    #[error("there is no function {name}(){hint}")]
    UnknownFunction { name: String, hint: String },
    #[error("{function}(): {error}")]
    Call { function: String, error: Box<EvaluationError> },
    #[error("{function}(): expected {}{min} arguments, found {found}", if *.exact { "" } else { "at least " })]
    ArgumentCount { function: String, min: usize, exact: bool, found: usize },
    #[error("expected {expected}, found {found}")]
    Type { expected: &'static str, found: &'static str },
    #[error("expected all numbers or all strings, found {0} and {1}")]
    MixedKeys(&'static str, &'static str),
    #[error("expected a finite number")]
    NotFinite,
    #[error("a slice cannot have a step of 0")]
    ZeroStep,
    #[error("{0} and {1} have no order")]
    NoOrder(&'static str, &'static str),
    #[error("an expression (`&`) is not a value, only a function argument")]
    ReferenceAsValue,
    #[error("it builds more than {max} values from this document: parts like `[@, @]` multiply its results")]
    TooMuchWork { max: u64 },
}

/// The beginning of an expression, for messages.
pub(super) fn truncated(text: &str) -> &str {
    let end = text.char_indices().nth(200).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
