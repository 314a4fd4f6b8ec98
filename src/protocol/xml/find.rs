//! Which member an element stands for.

use crate::model::shape::{Kind, Location, Ref, Shapes, Structure};

/// The index of the member that a tag stands for: the one that followed the last one found last time, or that one again,
/// or any other. Of members with the same name it is always the same one.
pub(super) fn find(shapes: &Shapes, structure: &Structure, tag: &str, last: Option<u16>) -> Option<u16> {
    if structure.has_shared_names {
        return Some(find_anywhere(shapes, structure, tag)? as u16);
    }
    let is_member = |position: &u16| {
        structure.members.get(usize::from(*position)).is_some_and(|member| is_called(&member.target, tag))
    };
    let expected = Some(structure.seen.after(last)).filter(is_member).or_else(|| last.filter(is_member));
    expected.or_else(|| {
        let position = find_anywhere(shapes, structure, tag)? as u16;
        structure.seen.note(last, position);
        Some(position)
    })
}

pub(super) fn find_anywhere(shapes: &Shapes, structure: &Structure, tag: &str) -> Option<usize> {
    let members = &structure.members;
    match structure.position_by_wire(tag) {
        Some(position) if in_body(&members[position].target) => Some(position),
        // A member in a header may have the same name as an element.
        Some(_) => members.iter().position(|member| is_called(&member.target, tag)),
        // The elements of a flattened list may have the name of its items.
        None => members.iter().position(|member| {
            member.target.flattened
                && in_body(&member.target)
                && matches!(shapes.kind(&member.target), Kind::List(item) if item.named && *item.wire == *tag)
        }),
    }
}

fn is_called(target: &Ref, tag: &str) -> bool {
    *target.wire == *tag && in_body(target)
}

/// Whether a member of an output is in the body.
pub(super) fn in_body(target: &Ref) -> bool {
    !matches!(target.location, Location::Header | Location::Headers | Location::StatusCode)
}
