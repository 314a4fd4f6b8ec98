//! Whether a document is a response of the operation, by its root element.
//!
//! Models do not name the root of a response (that of S3's `ListBucketsOutput` is `ListAllMyBucketsResult`), and
//! S3-compatible stores choose their own names, so a list of names is not enough. A document is
//!
//! 1. rejected if its root is that of HTML or of an error (`html`, `Error`, `ErrorResponse`, `Errors`), unless the
//!    model uses that name;
//! 2. accepted if one of its elements is a member of the output;
//! 3. accepted if the model has the name of its root: the name of the operation (in any case) or of its output, alone
//!    or with the suffix `Response`, `Result` or `Output`; the `resultWrapper`; the payload's `locationName`; or the
//!    name of a member that may be the whole document;
//! 4. accepted as an empty result if it has no elements and no text, and its root resembles the operation: it has a word
//!    of the operation's name (`VersioningConfiguration` for `GetBucketVersioning`), or is a result of the same verb
//!    (`ListBucketResult` for `ListObjects`). In the protocols `query` and `ec2` it has to have a request id instead;
//! 5. accepted if the output has no members in the body, so that nothing is read from it, and the root is not obviously
//!    that of another document.
//!
//! Any other document is not from this service, and an empty result would hide that. Names are compared without
//! prefixes and namespaces.

use crate::codec::xml::{XmlReader, shorten};
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::protocol::located_error::{LocatedError, LocatedResult};
use crate::protocol::xml::find::in_body;

/// Roots that are never a response.
const ERROR_ROOTS: &[&str] = &["Error", "ErrorResponse", "Errors"];
/// Suffixes of operation names in roots.
const SUFFIXES: &[&str] = &["", "Response", "Result", "Output"];
/// Words that too many operations and documents share.
const COMMON_WORDS: &[&str] = &["Bucket", "Object", "Configuration", "V2", "Is", "By", "For"];
/// Children of a root that are not part of an output: request ids, and EC2's `return`.
const IDS: &[&str] = &["requestId", "RequestId", "ResponseMetadata", "return"];

/// The expected document of a response.
#[derive(Clone, Copy, Default)]
pub(crate) struct Expected<'e> {
    /// The operation's name; empty for events.
    pub(crate) operation: &'e str,
    /// The name of the element around the result.
    pub(crate) wrapper: Option<&'e str>,
    /// The protocol sends request ids next to the members.
    pub(crate) has_ids: bool,
    /// The strings that may be encoded are.
    pub(crate) is_encoded: bool,
}

impl Expected<'_> {
    /// Rejects an HTML page or an error by the name of its root, before its content is read.
    pub(super) fn check_name(&self, root: &str, output: Option<(&Shapes, &Ref)>) -> LocatedResult<()> {
        let is_rejected = root.eq_ignore_ascii_case("html") || ERROR_ROOTS.contains(&root);
        match is_rejected && !self.knows(root, output) {
            true => Err(self.unlike(root, output)),
            false => Ok(()),
        }
    }

    /// Rejects a document that is not a response. The document must be well-formed and have no member of the output.
    pub(super) fn check_empty(&self, body: &[u8], output: Option<(&Shapes, &Ref)>) -> LocatedResult<()> {
        let mut reader = XmlReader::new(body);
        let root = reader.root()?;
        let name = root.local_name().to_owned();
        let structure = output.and_then(|(shapes, target)| Some((shapes, shapes.structure(target.shape)?)));
        let is_member = structure.is_some_and(|(_, structure)| structure.position_by_wire(&name).is_some());
        if is_member || self.knows(&name, output) {
            return Ok(());
        }
        let is_exception = name.ends_with("Exception");
        // If nothing is read from the document, a name that may be another operation's does no harm.
        let has_body_members = |structure: &Structure| structure.members.iter().any(|member| in_body(&member.target));
        let is_read = structure.is_some_and(|(_, structure)| has_body_members(structure));
        if !is_read && !is_exception && (!self.has_ids || name.ends_with("Response")) {
            return Ok(());
        }
        let (mut has_id, mut has_unknown) = (false, false);
        while let Some(child) = reader.child()? {
            let child_name = child.local_name();
            let is_id = self.has_ids && IDS.contains(&child_name);
            has_id |= is_id;
            if !is_id && !structure.is_some_and(|(shapes, structure)| has_member(shapes, structure, child_name)) {
                has_unknown = true;
                break;
            }
            reader.skip()?;
        }
        let belongs = !is_read || if self.has_ids { has_id } else { self.resembles(&name) };
        let has_text = || -> LocatedResult<bool> {
            let mut reader = XmlReader::new(body);
            reader.root()?;
            Ok(!reader.text()?.trim().is_empty())
        };
        if is_exception || has_unknown || !belongs || has_text()? { Err(self.unlike(&name, output)) } else { Ok(()) }
    }

    /// Whether the root of an empty document may belong to the operation.
    fn resembles(&self, root: &str) -> bool {
        let mut words = words(self.operation);
        let Some(verb) = words.next() else { return true };
        let is_result = ["Result", "Output", "Response"].iter().any(|suffix| root.ends_with(suffix));
        is_result && root.starts_with(verb)
            || words.filter(|word| !COMMON_WORDS.contains(word)).any(|word| {
                let stem = word.strip_suffix('s').filter(|stem| stem.len() > 3).unwrap_or(word);
                root.to_ascii_lowercase().contains(&stem.to_ascii_lowercase())
            })
    }

    fn knows(&self, root: &str, output: Option<(&Shapes, &Ref)>) -> bool {
        let matches_name = |name: &str| {
            let begins =
                !name.is_empty() && root.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            begins && SUFFIXES.contains(&&root[name.len()..])
        };
        if matches_name(self.operation)
            || self
                .wrapper
                .is_some_and(|wrapper| matches_name(wrapper) || matches_name(wrapper.trim_end_matches("Result")))
        {
            return true;
        }
        let Some((shapes, target)) = output else { return false };
        *target.wire == *root
            || *shapes.get(target.shape).name == *root
            || *shapes.get(shapes.root().shape).name == *root
    }

    fn unlike(&self, root: &str, output: Option<(&Shapes, &Ref)>) -> Box<LocatedError> {
        let what = match output {
            Some((shapes, target)) => format!("the document of {}", shapes.get(target.shape).name),
            None => "a response without content".to_owned(),
        };
        LocatedError::whole(format!("expected {what}, found the root element <{}>", shorten(root)))
    }
}

/// The words of a name in camel case.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let end =
            rest.char_indices().skip(1).find(|(_, char)| char.is_ascii_uppercase()).map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Whether the model has a member of that name, in the body or elsewhere.
fn has_member(shapes: &Shapes, structure: &Structure, name: &str) -> bool {
    structure.position_by_wire(name).is_some()
        || structure.members.iter().any(|member| {
            member.target.flattened
                && matches!(shapes.kind(&member.target), Kind::List(item) if item.named && *item.wire == *name)
        })
}

/// Whether a body is not a document of the output: it is not well-formed, or is rejected by the rules above. Errors in
/// single members do not count.
pub(crate) fn is_unlike(expected: Expected<'_>, output: Option<(&Shapes, &Ref)>, body: &[u8]) -> bool {
    let check = || -> LocatedResult<()> {
        let mut reader = XmlReader::new(body);
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

/// Whether a document is an error with a code, by its root and not by its status.
pub(crate) fn is_error(body: &[u8]) -> bool {
    let mut reader = XmlReader::new(body);
    let Ok(root) = reader.root() else { return false };
    let name = root.local_name();
    (ERROR_ROOTS.contains(&name) || name == "Response") && !super::error_document(body).code.is_empty()
}
