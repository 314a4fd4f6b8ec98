//! Structures that require themselves.

use super::{Kind, Shape};
use crate::model::error::ShapeError;

/// Rejects structures that no finite value satisfies: required members that lead back to the structure.
pub(super) fn reject_endless(arena: &[Shape]) -> Result<(), ShapeError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; arena.len()];
    for start in 0..arena.len() {
        // An explicit stack, because a chain of required members can be as long as the model.
        let mut stack = vec![(start, 0_usize)];
        while let Some((index, next)) = stack.pop() {
            if next == 0 {
                if marks[index] == Mark::Done {
                    continue;
                }
                marks[index] = Mark::Open;
            }
            let Kind::Structure(structure) = &arena[index].kind else {
                marks[index] = Mark::Done;
                continue;
            };
            let Some(required) = structure.required.get(next) else {
                marks[index] = Mark::Done;
                continue;
            };
            stack.push((index, next + 1));
            let target = structure.members[usize::from(*required)].target.shape.0 as usize;
            match marks[target] {
                Mark::New => stack.push((target, 0)),
                Mark::Done => {}
                Mark::Open => {
                    return Err(ShapeError::Endless(arena[target].name.to_string()));
                }
            }
        }
    }
    Ok(())
}
