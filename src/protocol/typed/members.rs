//! [`RestSource`]: the output of a REST operation, whose members are in headers, the status and the body.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::source::{NextMember, ShapeToken as Token, TokenSource as Source};
use super::value::ValueSource;
use crate::model::shape::{Member, Ref, Structure};
use crate::protocol::located_error::{LocatedError, LocatedResult};

/// Joins members that are already read with the members of a document, or with a member that is the document.
pub(in crate::protocol) struct RestSource<'s, B> {
    /// The members outside of the document. They are few and small.
    head: ValueSource,
    body: B,
    part: Part,
    /// The member that is the document.
    payload: Option<&'s Member>,
    /// The lists and maps of the body that are entered.
    depth: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    /// The members of the document.
    Members,
    /// The payload member is announced, read, or over.
    Payload,
}

impl<'s, B> RestSource<'s, B> {
    pub(in crate::protocol) fn new(head: Map<String, Value>, payload: Option<&'s Member>, body: B) -> Self {
        RestSource { head: ValueSource::of(head), body, part: Part::Head, payload, depth: 0 }
    }

    /// The reader of the document, after it was read.
    pub(in crate::protocol) fn into_body(self) -> B {
        self.body
    }
}

impl<'b, B: Source<'b>> RestSource<'_, B> {
    /// Moves from the head to the document.
    fn first_in_body<'s>(
        &mut self,
        structure: &'s Structure,
        expected: &mut usize,
    ) -> LocatedResult<NextMember<'s, 'b>> {
        *expected = 0;
        if self.payload.is_some() {
            self.part = Part::Payload;
            let payload = structure.payload_member();
            return payload.map(NextMember::Member).ok_or_else(|| LocatedError::new("no payload"));
        }
        self.part = Part::Members;
        match self.body.value(None)? {
            Token::Map => {
                self.depth = 1;
                self.next_in_body(structure, expected)
            }
            _ => Err(LocatedError::new("not an object")),
        }
    }

    fn next_in_body<'s>(
        &mut self,
        structure: &'s Structure,
        expected: &mut usize,
    ) -> LocatedResult<NextMember<'s, 'b>> {
        let next = self.body.next_member(structure, expected)?;
        self.depth -= usize::from(matches!(next, NextMember::End));
        Ok(next)
    }
}

impl<'b, B: Source<'b>> Source<'b> for RestSource<'_, B> {
    fn value(&mut self, target: Option<&Ref>) -> LocatedResult<Token<'b>> {
        if self.part == Part::Head {
            return self.head.value(target);
        }
        let token = self.body.value(target)?;
        self.depth += usize::from(matches!(token, Token::List | Token::Map));
        Ok(token)
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        if self.part == Part::Head {
            return self.head.next_item();
        }
        let has_more = self.body.next_item()?;
        self.depth -= usize::from(!has_more);
        Ok(has_more)
    }

    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        if self.part == Part::Head {
            return self.head.next_name();
        }
        let name = self.body.next_name()?;
        self.depth -= usize::from(name.is_none());
        Ok(name)
    }

    fn next_member<'m>(&mut self, structure: &'m Structure, expected: &mut usize) -> LocatedResult<NextMember<'m, 'b>> {
        match self.part {
            Part::Head => match self.head.next_member(structure, expected)? {
                NextMember::End => self.first_in_body(structure, expected),
                next => Ok(next),
            },
            Part::Payload if self.depth == 0 => Ok(NextMember::End),
            Part::Members | Part::Payload => self.next_in_body(structure, expected),
        }
    }

    fn at_null(&mut self) -> bool {
        if self.part == Part::Head { self.head.at_null() } else { self.body.at_null() }
    }

    fn skip(&mut self) -> LocatedResult<()> {
        if self.part == Part::Head { self.head.skip() } else { self.body.skip() }
    }

    fn keeps_null_entries(&self) -> bool {
        self.body.keeps_null_entries()
    }
}
