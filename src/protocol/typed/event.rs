//! [`FrameSource`]: an event of a stream, which is the member of a union.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::members::RestSource;
use super::source::{NextMember, ShapeToken as Token, TokenSource as Source};
use super::unlikely;
use crate::model::shape::{Member, Ref, Structure};
use crate::protocol::located_error::LocatedResult;

/// Reads a union whose one member is the event. The event's members are in headers of the frame and in its document.
pub(in crate::protocol) struct FrameSource<'s, B> {
    event: &'s Member,
    members: RestSource<'s, B>,
    /// The members in headers that are left.
    in_headers: usize,
    at: FramePart,
    /// The lists and maps of the event that are entered.
    depth: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FramePart {
    Union,
    Name,
    Event,
}

impl<'s, B> FrameSource<'s, B> {
    /// `head` has the members that are already read, and `payload` is the member that is the document.
    pub(in crate::protocol) fn new(
        event: &'s Member,
        head: Map<String, Value>,
        payload: Option<&'s Member>,
        body: B,
    ) -> Self {
        let in_headers = head.len();
        let members = RestSource::new(head, payload, body);
        FrameSource { event, members, in_headers, at: FramePart::Union, depth: 0 }
    }

    /// The reader of the document, after it was read.
    pub(in crate::protocol) fn into_body(self) -> B {
        self.members.into_body()
    }
}

impl<'b, B: Source<'b>> Source<'b> for FrameSource<'_, B> {
    fn value(&mut self, target: Option<&Ref>) -> LocatedResult<Token<'b>> {
        if self.at == FramePart::Union {
            self.at = FramePart::Name;
            return Ok(Token::Map);
        }
        let token = self.members.value(target)?;
        self.depth += usize::from(matches!(token, Token::List | Token::Map));
        Ok(token)
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        let has_more = self.members.next_item()?;
        self.depth -= usize::from(!has_more);
        Ok(has_more)
    }

    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        let name = self.members.next_name()?;
        self.depth -= usize::from(name.is_none());
        Ok(name)
    }

    fn next_member<'m>(&mut self, structure: &'m Structure, expected: &mut usize) -> LocatedResult<NextMember<'m, 'b>> {
        if self.depth == 0 {
            if self.at == FramePart::Event {
                return Ok(NextMember::End);
            }
            self.at = FramePart::Event;
            let (_, event) = structure.by_name(&self.event.name).ok_or_else(unlikely)?;
            return Ok(NextMember::Member(event));
        }
        let next = self.members.next_member(structure, expected)?;
        match next {
            NextMember::End => self.depth -= 1,
            NextMember::Member(_) if self.in_headers > 0 => self.in_headers -= 1,
            // The header counts, but the type may get both.
            NextMember::Member(member) if self.depth == 1 && member.target.event_header => return Err(unlikely()),
            _ => {}
        }
        Ok(next)
    }

    fn at_null(&mut self) -> bool {
        self.at == FramePart::Event && self.members.at_null()
    }

    fn skip(&mut self) -> LocatedResult<()> {
        self.members.skip()
    }

    fn keeps_null_entries(&self) -> bool {
        self.members.keeps_null_entries()
    }
}
