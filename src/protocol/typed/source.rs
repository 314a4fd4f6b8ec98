//! [`TokenSource`]: a format's half of reading. It says what comes next; what becomes of it is decided elsewhere, once for all
//! formats.

use std::borrow::Cow;

use crate::model::shape::{Member, Ref, Structure};
use crate::protocol::lenient::Scalar;
use crate::protocol::located_error::LocatedResult;

/// What a value begins with.
#[derive(Debug)]
pub(crate) enum ShapeToken<'b> {
    Null,
    Scalar(Scalar<'b>),
    /// A list is entered: [`TokenSource::next_item`] until it is left.
    List,
    /// A structure, a map or an object of a document is entered: [`TokenSource::next_member`] or [`TokenSource::next_name`] until it
    /// is left.
    Map,
}

/// The next member of a structure. Its value is read or skipped before the member after it is asked for.
#[derive(Debug)]
pub(crate) enum NextMember<'s, 'b> {
    Member(&'s Member),
    /// The model does not have it.
    Unknown(Cow<'b, str>),
    /// The model does not have it, but it belongs to the value: a customization has added it.
    Added(Cow<'b, str>),
    /// The structure is left.
    End,
}

/// Reads a response piece by piece. `'b` is the lifetime of the body.
///
/// A source may give up on anything out of the ordinary: any error, at any point, makes the caller read the response again
/// as a `Value`, and that reading has the last word. So the messages of a source's errors are never seen.
pub(crate) trait TokenSource<'b> {
    /// Reads a scalar, or enters a list or map. `target` is `None` in documents and in what does not match its shape.
    fn value(&mut self, target: Option<&Ref>) -> LocatedResult<ShapeToken<'b>>;

    /// Whether the current list has another item, which is then read or skipped. If not, the list is left.
    fn next_item(&mut self) -> LocatedResult<bool>;

    /// The name of the next entry of the current map. If there is none, the map is left.
    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>>;

    /// The next member of the current structure. `expected` is that of [`Structure::by_wire`].
    fn next_member<'s>(&mut self, structure: &'s Structure, expected: &mut usize) -> LocatedResult<NextMember<'s, 'b>> {
        let Some(name) = self.next_name()? else { return Ok(NextMember::End) };
        Ok(match structure.by_wire(&name, expected) {
            Some(member) => NextMember::Member(member),
            None => NextMember::Unknown(name),
        })
    }

    /// Whether the next value is null.
    fn at_null(&mut self) -> bool {
        false
    }

    /// Skips the next value.
    fn skip(&mut self) -> LocatedResult<()>;

    /// Whether null entries of a map of scalars are kept.
    fn keeps_null_entries(&self) -> bool {
        false
    }

    /// Checks that nothing follows the value that was read.
    fn end(&mut self) -> LocatedResult<()> {
        Ok(())
    }
}

impl<'b, S: TokenSource<'b> + ?Sized> TokenSource<'b> for Box<S> {
    fn value(&mut self, target: Option<&Ref>) -> LocatedResult<ShapeToken<'b>> {
        (**self).value(target)
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        (**self).next_item()
    }

    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        (**self).next_name()
    }

    fn next_member<'s>(&mut self, structure: &'s Structure, expected: &mut usize) -> LocatedResult<NextMember<'s, 'b>> {
        (**self).next_member(structure, expected)
    }

    fn at_null(&mut self) -> bool {
        (**self).at_null()
    }

    fn skip(&mut self) -> LocatedResult<()> {
        (**self).skip()
    }

    fn keeps_null_entries(&self) -> bool {
        (**self).keeps_null_entries()
    }

    fn end(&mut self) -> LocatedResult<()> {
        (**self).end()
    }
}
