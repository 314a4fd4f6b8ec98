//! The columns that text takes in a table.

use std::cmp::Ordering;

use super::width_table::WIDE;

/// Counts two for each character whose East Asian width is wide, fullwidth or ambiguous, and one for any other, even if it is
/// combining or a control character.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}

fn is_wide(character: char) -> bool {
    let code = u32::from(character);
    let place = |&(first, last): &(u32, u32)| match () {
        () if last < code => Ordering::Less,
        () if code < first => Ordering::Greater,
        () => Ordering::Equal,
    };
    !character.is_ascii() && WIDE.binary_search_by(place).is_ok()
}
