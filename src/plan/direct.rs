//! [`DirectInput`]: which operations write the parameters of a user's type without a `Value` in between, and what else their
//! calls need of the parameters.

use crate::customize::Quirks;
use crate::model::operation::{LabelTemplate, Operation, TemplatePart};
use crate::model::shape::{Location, Member};
use crate::protocol::DocumentRoot;

/// How the members of an input are taken.
#[derive(Debug)]
pub(crate) struct DirectInput {
    /// By the index of the member.
    members: Box<[DirectMember]>,
    /// The members, at any depth, that the endpoint depends on.
    pub(crate) outline: Box<[Box<str>]>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct DirectMember {
    /// Whether the member is written to the document.
    pub(crate) in_document: bool,
    pub(crate) kept: Kept,
}

/// What is kept of a member as a value, for the rest of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Nothing,
    /// What the endpoint depends on.
    Outline,
    All,
}

impl DirectInput {
    /// `None` for an operation without a document, or whose parameters are changed in the document or needed as a value.
    pub(super) fn of(operation: &Operation, quirks: &Quirks, has_bindings: bool) -> Option<DirectInput> {
        let (shapes, structure) = (operation.input.as_ref()?, operation.input_structure()?);
        if operation.has_event_stream_input() || quirks.need_params() {
            return None;
        }
        if operation.endpoint_discovery.is_some() && shapes.have_nested_endpoint_ids() {
            return None;
        }
        let mut outline = Vec::new();
        for (_, path) in &operation.operation_context_params {
            outline.extend(path.fields()?);
        }
        let root = DocumentRoot::of(operation, has_bindings);
        let members = structure.members.iter().map(|member| {
            let in_document = match root {
                DocumentRoot::All => true,
                DocumentRoot::Unbound(_) => member.target.location == Location::Body,
                DocumentRoot::Payload(payload) => payload.name == member.name,
                DocumentRoot::Nothing => false,
            };
            let kept = match () {
                () if !in_document || is_needed(operation, quirks, member) => Kept::All,
                () if outline.contains(&&*member.name) => Kept::Outline,
                () => Kept::Nothing,
            };
            DirectMember { in_document, kept }
        });
        let members: Box<[DirectMember]> = members.collect();
        if !members.iter().any(|member| member.in_document) {
            return None;
        }
        // What is changed or added later must not be in a document that is written already.
        let added =
            operation.http_checksum.as_ref().and_then(|checksum| checksum.request_validation_mode_member.as_deref());
        let is_written =
            |name: &str| structure.by_name(name).is_some_and(|(index, _)| members[usize::from(index)].in_document);
        if added.is_some_and(is_written) || quirks.input_members().any(is_written) {
            return None;
        }
        Some(DirectInput { members, outline: outline.into_iter().map(Box::from).collect() })
    }

    pub(crate) fn member(&self, index: u16) -> DirectMember {
        self.members[usize::from(index)]
    }
}

/// Whether the endpoint, a checksum, a session or a redirect depends on the member.
fn is_needed(operation: &Operation, quirks: &Quirks, member: &Member) -> bool {
    let name = &*member.name;
    let target = &member.target;
    let is_label = |template: &LabelTemplate| {
        template.parts.iter().any(|part| matches!(part, TemplatePart::Label { name: label, .. } if label == name))
    };
    let chooses_checksum = operation
        .http_checksum
        .as_ref()
        .is_some_and(|checksum| checksum.request_algorithm_member.as_deref() == Some(name));
    target.context_param.is_some()
        || target.endpoint_id
        || operation.host_prefix.as_ref().is_some_and(is_label)
        || chooses_checksum
        || quirks.sessions().is_some_and(|rule| rule.member == name)
        || quirks.redirects().is_some_and(|rule| rule.member == name)
}
