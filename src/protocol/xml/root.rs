//! Whether a document is the response that was asked for, by its root element.
//!
//! Models do not say what the root of a response is called (S3's `ListBucketsOutput` is an `ListAllMyBucketsResult`), and stores
//! that speak a service's protocol choose names of their own, so no list of names decides. A document is read
//!
//! 1. not if its root is one of HTML or of an error (`html`, `Error`, `ErrorResponse`, `Errors`), unless the model calls it so;
//! 2. if one of its elements is a member of the output;
//! 3. if the model knows the name of its root: that of the operation (in any case) or of its output, alone or with `Response`,
//!    `Result` or `Output` behind it, the `resultWrapper`, the payload's `locationName`, or that of a member that may be the whole
//!    document;
//! 4. if it has no elements (ids of the request aside) and no text: an empty result. But not an exception;
//! 5. if the output has no members in the body, so that nothing is read from it, and it is not obviously something else.
//!
//! Anything else is another service's document, or nobody's, and an empty result made from it would be a lie. The names are local
//! ones: prefixes and namespaces do not count.

use crate::codec::xml::{Reader, shorten};
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::protocol::fault::{Fault, Outcome};
use crate::protocol::xml::parse::in_body;

/// Roots that are no response, whatever stands in them.
const REFUSED: &[&str] = &["Error", "ErrorResponse", "Errors"];
/// What operations' names end with as roots.
const ENDINGS: &[&str] = &["", "Response", "Result", "Output"];
/// Children of a root that belong to no output: ids, and EC2's word for a success.
const IDS: &[&str] = &["requestId", "RequestId", "ResponseMetadata", "return"];

/// What the document of a response is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Expected<'e> {
    /// The operation's name; events have none.
    pub(crate) operation: &'e str,
    /// The element around the result.
    pub(crate) wrapper: Option<&'e str>,
    /// The protocol puts ids of the request beside the members.
    pub(crate) has_ids: bool,
}

impl Expected<'_> {
    /// Refuses a page or an error by the name of its root, before its content is looked at.
    pub(super) fn check_name(&self, root: &str, output: Option<(&Shapes, &Ref)>) -> Outcome<()> {
        let is_refused = root.eq_ignore_ascii_case("html") || REFUSED.contains(&root);
        match is_refused && !self.knows(root, output) {
            true => Err(self.unlike(root, output)),
            false => Ok(()),
        }
    }

    /// Refuses the document of something else. It is well-formed and has no member of the output.
    pub(super) fn check_empty(&self, body: &[u8], output: Option<(&Shapes, &Ref)>) -> Outcome<()> {
        let mut reader = Reader::new(body);
        let root = reader.root()?;
        let name = root.local_name().to_owned();
        let structure = output.and_then(|(shapes, target)| Some((shapes, shapes.structure(target.shape)?)));
        let is_member = structure.is_some_and(|(_, structure)| structure.position_by_wire(&name).is_some());
        if is_member || self.knows(&name, output) {
            return Ok(());
        }
        let mut is_strange = name.ends_with("Exception");
        // Where nothing is read, nothing can be read wrongly: a name that could be another operation's will do.
        let is_content = |structure: &Structure| structure.members.iter().any(|member| in_body(&member.target));
        if !structure.is_some_and(|(_, structure)| is_content(structure))
            && !is_strange
            && (!self.has_ids || name.ends_with("Response"))
        {
            return Ok(());
        }
        while let Some(child) = reader.child()? {
            let child_name = child.local_name();
            let is_id = self.has_ids && IDS.contains(&child_name);
            if !is_id && !structure.is_some_and(|(shapes, structure)| has_member(shapes, structure, child_name)) {
                is_strange = true;
                break;
            }
            reader.skip()?;
        }
        let has_text = || -> Outcome<bool> {
            let mut reader = Reader::new(body);
            reader.root()?;
            Ok(!reader.text()?.trim().is_empty())
        };
        if is_strange || has_text()? { Err(self.unlike(&name, output)) } else { Ok(()) }
    }

    fn knows(&self, root: &str, output: Option<(&Shapes, &Ref)>) -> bool {
        let of = |name: &str| {
            let begins =
                !name.is_empty() && root.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            begins && ENDINGS.contains(&&root[name.len()..])
        };
        if of(self.operation)
            || self.wrapper.is_some_and(|wrapper| of(wrapper) || of(wrapper.trim_end_matches("Result")))
        {
            return true;
        }
        let Some((shapes, target)) = output else { return false };
        *target.wire == *root
            || *shapes.get(target.shape).name == *root
            || *shapes.get(shapes.root().shape).name == *root
    }

    fn unlike(&self, root: &str, output: Option<(&Shapes, &Ref)>) -> Box<Fault> {
        let what = match output {
            Some((shapes, target)) => format!("the document of {}", shapes.get(target.shape).name),
            None => "a response without content".to_owned(),
        };
        Fault::whole(format!("expected {what}, found the root element \"{}\"", shorten(root)))
    }
}

/// Whether the model has a member of that name, be it in the body or not.
fn has_member(shapes: &Shapes, structure: &Structure, name: &str) -> bool {
    structure.position_by_wire(name).is_some()
        || structure.members.iter().any(|member| {
            member.target.flattened
                && matches!(shapes.kind(&member.target), Kind::List(item) if item.named && *item.wire == *name)
        })
}

/// Whether a body is no document of the output: not well-formed, or refused by the rules above. What is wrong with single members
/// does not count.
pub(crate) fn is_unlike(expected: Expected<'_>, output: Option<(&Shapes, &Ref)>, body: &[u8]) -> bool {
    let check = || -> Outcome<()> {
        let mut reader = Reader::new(body);
        let root = reader.root()?;
        expected.check_name(root.local_name(), output)?;
        let structure = output.and_then(|(shapes, target)| Some((shapes, shapes.structure(target.shape)?)));
        let mut has_members = false;
        while let Some(child) = reader.child()? {
            has_members |=
                structure.is_some_and(|(shapes, structure)| has_member(shapes, structure, child.local_name()));
            reader.skip()?;
        }
        reader.finish()?;
        if has_members { Ok(()) } else { expected.check_empty(body, output) }
    };
    check().is_err()
}

/// Whether a document is an error and has a code, by its root and not by its status.
pub(crate) fn is_error(body: &[u8]) -> bool {
    let mut reader = Reader::new(body);
    let Ok(root) = reader.root() else { return false };
    let name = root.local_name();
    (REFUSED.contains(&name) || name == "Response") && !super::error_document(body).code.is_empty()
}
