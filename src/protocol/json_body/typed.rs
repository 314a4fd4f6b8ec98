//! JSON documents as a [`Source`].

use std::borrow::Cow;

use crate::codec::json::{JsonToken, JsonTokens, NotPlain};
use crate::model::shape::Ref;
use crate::protocol::lenient::Scalar;
use crate::protocol::located_error::{LocatedError, LocatedResult};
use crate::protocol::typed::{Source, Token, unlikely};

/// Reads a document from its text.
pub(in crate::protocol) struct JsonSource<'b>(JsonTokens<'b>);

impl<'b> JsonSource<'b> {
    pub(in crate::protocol) fn new(body: &'b [u8]) -> LocatedResult<Self> {
        Ok(JsonSource(JsonTokens::new(body)?))
    }

    /// A document that is an object.
    pub(in crate::protocol) fn object(body: &'b [u8]) -> LocatedResult<Self> {
        if body.trim_ascii_start().first() == Some(&b'{') { JsonSource::new(body) } else { Err(unlikely()) }
    }
}

impl From<NotPlain> for Box<LocatedError> {
    #[cold]
    fn from(NotPlain: NotPlain) -> Self {
        LocatedError::whole("not plain JSON")
    }
}

impl<'b> Source<'b> for JsonSource<'b> {
    fn value(&mut self, _target: Option<&Ref>) -> LocatedResult<Token<'b>> {
        Ok(match self.0.value()? {
            JsonToken::Null => Token::Null,
            JsonToken::Bool(value) => Token::Scalar(Scalar::Bool(value)),
            JsonToken::Unsigned(value) => Token::Scalar(Scalar::Integer(value.into())),
            JsonToken::Negative(value) => Token::Scalar(Scalar::Integer(value.into())),
            JsonToken::Float(value) => Token::Scalar(Scalar::Float(value)),
            JsonToken::Text(text) => Token::Scalar(Scalar::Text(text)),
            JsonToken::Array => Token::List,
            JsonToken::Object => Token::Map,
        })
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        Ok(self.0.next_item()?)
    }

    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        Ok(self.0.next_name()?)
    }

    fn at_null(&mut self) -> bool {
        self.0.at_null()
    }

    fn skip(&mut self) -> LocatedResult<()> {
        Ok(self.0.skip()?)
    }

    fn keeps_null_entries(&self) -> bool {
        true
    }

    fn end(&mut self) -> LocatedResult<()> {
        Ok(self.0.finish()?)
    }
}
