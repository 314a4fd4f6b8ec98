//! Listings that never end because their tokens go round: noticed however long the round is, in the memory of one token.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// Watches the tokens of a listing for rounds, by Brent's way of finding cycles.
///
/// One token is kept in mind, and a later one from time to time, after ever more tokens; so one of a round is kept in mind at
/// last, long enough for it to come back. A listing may give a token again and end all the same, so it has to come back twice by
/// the same way.
#[derive(Debug)]
pub(super) struct Cycle {
    /// The token that is kept in mind, by its hash.
    kept: Option<u64>,
    /// The tokens that came since it was taken, or since it came back.
    way: Way,
    /// The way by which it came back the last time.
    last: Option<Way>,
    /// How many tokens it is waited for.
    patience: u64,
    returns: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Way {
    length: u64,
    digest: u64,
}

/// Of how many tokens the rounds are that are noticed the first time that they can be.
const SHORT: u64 = 32;
/// A token that came back so often does so for ever, by whatever ways: within a round others may come back too.
const MAX_RETURNS: u32 = 100;

impl Cycle {
    pub(super) fn new() -> Cycle {
        Cycle { kept: None, way: Way::default(), last: None, patience: SHORT, returns: 0 }
    }

    /// Takes the next token, which may consist of several; tells of the round where there is one.
    pub(super) fn closes(&mut self, tokens: &[Value]) -> Option<String> {
        let mut hasher = DefaultHasher::new();
        for token in tokens {
            token.to_string().hash(&mut hasher);
        }
        self.closes_by_hash(hasher.finish())
    }

    fn closes_by_hash(&mut self, token: u64) -> Option<String> {
        let mut hasher = DefaultHasher::new();
        (self.way.digest, token).hash(&mut hasher);
        self.way = Way { length: self.way.length + 1, digest: hasher.finish() };
        if self.kept == Some(token) {
            let way = std::mem::take(&mut self.way);
            self.returns += 1;
            return match self.last.replace(way) {
                Some(last) if last == way => Some(format!("the service repeats the same {} next tokens", way.length)),
                _ if self.returns >= MAX_RETURNS => Some(format!("the service gave a next token {MAX_RETURNS} times")),
                _ => None,
            };
        }
        if self.kept.is_none() || self.way.length >= self.patience {
            let patience = if self.kept.is_none() { SHORT } else { self.patience.saturating_mul(2) };
            *self = Cycle { kept: Some(token), patience, ..Cycle::new() };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many tokens a round is noticed, and what is said of it.
    fn noticed(tokens: impl Iterator<Item = u64>) -> Option<(u64, String)> {
        let mut cycle = Cycle::new();
        (1..).zip(tokens).find_map(|(count, token)| cycle.closes_by_hash(token).map(|what| (count, what)))
    }

    /// `head` tokens, and then a round of `length` for ever.
    fn endless(head: u64, length: u64) -> impl Iterator<Item = u64> {
        (0..head).chain((0..).map(move |index| head + index % length))
    }

    #[test]
    fn every_cycle_is_noticed() {
        for head in [0, 1, 2, 7, 31, 32, 33, 100, 1000] {
            for length in [2, 3, 5, 31, 32, 33, 64, 100, 1023, 5000] {
                let (count, what) = noticed(endless(head, length)).unwrap();
                assert_eq!(what, format!("the service repeats the same {length} next tokens"), "{head}");
                assert!(count <= 8 * (head + length + SHORT), "{head} and {length}: {count}");
            }
        }
        assert_eq!(noticed(endless(0, 2)).unwrap().0, 5);
    }

    /// Within the round tokens come back too.
    #[test]
    fn cycles_with_repeated_tokens_are_noticed() {
        for round in [&[1, 1, 2, 1, 3][..], &[1, 2, 1, 3], &[1, 2, 2, 2, 2, 2, 2, 2], &[1, 2, 1, 2, 1, 3]] {
            assert!(noticed(round.iter().copied().cycle().take(1000)).is_some(), "{round:?}");
        }
    }

    #[test]
    fn a_listing_that_ends_is_no_cycle() {
        let twice = (0..10_000).chain(0..10_000);
        assert_eq!(noticed(twice), None);
        assert_eq!(noticed(0..1_000_000), None);
        for tokens in [&[1, 2, 1][..], &[1, 2, 3, 1, 2, 3], &[1, 2, 1, 3, 1], &[1, 2, 1, 2]] {
            assert_eq!(noticed(tokens.iter().copied()), None, "{tokens:?}");
        }
    }
}
