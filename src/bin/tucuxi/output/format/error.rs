//! Errors of the output formats.

use std::io;

/// A response that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    /// A page or a query failed.
    #[error(transparent)]
    Library(#[from] tucuxi::Error),
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
    #[error("Row should have {expected} elements, instead it has {found}")]
    RowLength { expected: usize, found: usize },
    #[error(
        "--output {format} cannot show a list that has objects beside other values; use --output json or another --query"
    )]
    MixedList { format: &'static str },
    #[error("--output table cannot show lists of different depth in one table; use --output json or another --query")]
    UnevenColumns,
}
