//! The items of a list.

use serde::de::{DeserializeSeed, SeqAccess};

use super::deserialize::TypedReader;
use crate::model::shape::Ref;
use crate::protocol::located_error::{LocatedError, LocatedResult};

pub(super) struct ItemAccess<'x, 'r, 'b> {
    reader: &'x mut TypedReader<'r, 'b>,
    target: Option<&'r Ref>,
    given: usize,
    is_left: bool,
}

impl<'x, 'r, 'b> ItemAccess<'x, 'r, 'b> {
    pub(super) fn new(reader: &'x mut TypedReader<'r, 'b>, target: Option<&'r Ref>) -> Self {
        ItemAccess { reader, target, given: 0, is_left: false }
    }

    fn advance(&mut self) -> LocatedResult<bool> {
        self.is_left = self.is_left || !self.reader.source.next_item()?;
        Ok(!self.is_left)
    }

    /// Checks that the type has taken all items.
    pub(super) fn finish(mut self) -> LocatedResult<()> {
        match self.advance()? {
            true => Err(LocatedError::new(format!("expected {} items, found more", self.given))),
            false => Ok(()),
        }
    }
}

impl<'de> SeqAccess<'de> for ItemAccess<'_, '_, '_> {
    type Error = Box<LocatedError>;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> LocatedResult<Option<S::Value>> {
        if !self.advance()? {
            return Ok(None);
        }
        self.reader.budget.item(self.given)?;
        match seed.deserialize(self.reader.next_value(self.target)) {
            Ok(value) => {
                self.given += 1;
                Ok(Some(value))
            }
            Err(error) => Err(error.item(self.given)),
        }
    }
}
