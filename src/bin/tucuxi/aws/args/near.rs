//! Names that are similar to a word, as Python's `difflib.get_close_matches` finds them.

use std::collections::HashMap;

/// The least similarity of a suggestion.
const CUTOFF: f64 = 0.8;

/// The largest number of suggestions.
const MAX_MATCHES: usize = 3;

/// Returns the names that are most similar to a word, best first.
pub(crate) fn close_matches<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let word: Vec<char> = word.chars().collect();
    let mut found: Vec<(f64, &str)> = names
        .filter_map(|name| {
            let similarity = similarity(&name.chars().collect::<Vec<_>>(), &word);
            (similarity >= CUTOFF).then_some((similarity, name))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(a.1)));
    found.truncate(MAX_MATCHES);
    found.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// Twice the characters in matching blocks, divided by all characters (`SequenceMatcher.ratio`).
fn similarity(a: &[char], b: &[char]) -> f64 {
    let total = a.len().saturating_add(b.len());
    if total == 0 {
        return 1.0;
    }
    // No block can match more characters than the shorter word has.
    let most = a.len().min(b.len());
    if 2.0 * most as f64 / (total as f64) < CUTOFF {
        return 0.0;
    }
    2.0 * matching(a, b) as f64 / total as f64
}

/// The number of characters in the longest matching block, and in those to its left and right.
fn matching(a: &[char], b: &[char]) -> usize {
    let mut sum = 0_usize;
    let mut pending = vec![(a, b)];
    while let Some((a, b)) = pending.pop() {
        let (at_a, at_b, length) = longest_match(a, b);
        if length == 0 {
            continue;
        }
        sum = sum.saturating_add(length);
        pending.push((&a[..at_a], &b[..at_b]));
        pending.push((&a[at_a.saturating_add(length)..], &b[at_b.saturating_add(length)..]));
    }
    sum
}

/// The longest block that both have; of equal ones the first in `a`, and of those the first in `b`.
fn longest_match(a: &[char], b: &[char]) -> (usize, usize, usize) {
    let mut best = (0, 0, 0);
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for (i, char) in a.iter().enumerate() {
        let mut next = HashMap::new();
        for (j, _) in b.iter().enumerate().filter(|(_, other)| *other == char) {
            let before = j.checked_sub(1).and_then(|before| lengths.get(&before)).copied().unwrap_or(0);
            let length = before.saturating_add(1);
            next.insert(j, length);
            if length > best.2 {
                best = (i.saturating_add(1).saturating_sub(length), j.saturating_add(1).saturating_sub(length), length);
            }
        }
        lengths = next;
    }
    best
}
