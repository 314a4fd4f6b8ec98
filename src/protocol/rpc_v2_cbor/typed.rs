//! CBOR as a [`Source`].

use std::borrow::Cow;

use super::read::scalar;
use crate::codec::cbor::{CborDecoder, CborItem, DecodeError, Length};
use crate::model::shape::Ref;
use crate::protocol::lenient::Scalar;
use crate::protocol::located_error::{LocatedError, LocatedResult};
use crate::protocol::typed::{Source, Token, unlikely};

/// Reads a document from its bytes.
pub(super) struct CborSource<'b> {
    decoder: CborDecoder<'b>,
    /// The lengths of the arrays and maps that are entered.
    open: Vec<Length>,
}

impl<'b> CborSource<'b> {
    /// A document that is a map.
    pub(super) fn map(body: &'b [u8]) -> LocatedResult<Self> {
        const MAP: u8 = 5;
        match body.first() {
            Some(head) if head >> 5 == MAP => Ok(CborSource { decoder: CborDecoder::new(body), open: Vec::new() }),
            _ => Err(unlikely()),
        }
    }

    fn more(&mut self) -> LocatedResult<bool> {
        let Some(length) = self.open.last_mut() else { return Err(LocatedError::new("nothing is entered")) };
        let more = self.decoder.more(length)?;
        if !more {
            self.open.pop();
        }
        Ok(more)
    }
}

impl From<DecodeError> for Box<LocatedError> {
    #[cold]
    fn from(error: DecodeError) -> Self {
        LocatedError::whole(error.to_string())
    }
}

impl<'b> Source<'b> for CborSource<'b> {
    fn value(&mut self, _target: Option<&Ref>) -> LocatedResult<Token<'b>> {
        Ok(match self.decoder.item()? {
            CborItem::Array(length) => {
                self.open.push(length);
                Token::List
            }
            CborItem::Map(length) => {
                self.open.push(length);
                Token::Map
            }
            item => scalar(item).map_or(Token::Null, Token::Scalar),
        })
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        self.more()
    }

    /// Names that are no text are rare.
    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        if !self.more()? {
            return Ok(None);
        }
        match scalar(self.decoder.item()?) {
            Some(Scalar::Text(name)) => Ok(Some(name)),
            _ => Err(LocatedError::new("a name that is not text")),
        }
    }

    fn at_null(&mut self) -> bool {
        self.decoder.at_null()
    }

    fn skip(&mut self) -> LocatedResult<()> {
        Ok(self.decoder.skip()?)
    }
}
