//! What a command line asks for.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::after::After;
use super::paging::Paging;

/// What the line asks for.
pub(crate) enum LineRequest {
    Help,
    /// The kind of skeleton.
    Skeleton(String),
    Call(Box<CallRequest>),
}

/// A call with its parameters.
#[derive(Default)]
pub(crate) struct CallRequest {
    pub(crate) params: Map<String, Value>,
    /// The member whose value is the content of a file, and the file.
    pub(crate) body: Option<(String, PathBuf)>,
    /// The file for the payload of the response.
    pub(crate) outfile: Option<String>,
    /// `None` for a single call.
    pub(crate) paging: Option<Paging>,
    /// A call that must come first.
    pub(crate) first: Option<FirstCall>,
    /// What customizations want to be done with the response.
    pub(crate) after: After,
}

/// A call whose response completes the parameters of the real one, so that it comes first.
#[derive(Debug)]
pub(crate) struct FirstCall {
    pub(crate) operation: &'static str,
    /// The parameters that both calls have.
    pub(crate) shared: &'static [&'static str],
    pub(crate) complete: Completion,
}

/// Sets parameters from the response of the first call.
#[derive(Debug)]
pub(crate) enum Completion {
    /// The distribution as it is, with another root object.
    RootObject(String),
}

impl FirstCall {
    /// The parameters of the first call.
    pub(crate) fn params(&self, params: &Map<String, Value>) -> Map<String, Value> {
        let shared = self.shared.iter().filter_map(|name| Some(((*name).to_owned(), params.get(*name)?.clone())));
        shared.collect()
    }
}
