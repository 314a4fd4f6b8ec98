//! Cycle detection for next tokens: finds a listing that never ends, whatever the cycle's length, in constant memory.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// Detects cycles in the tokens of a listing with Brent's algorithm.
///
/// The detector remembers one token, and replaces it after ever longer intervals. So it eventually remembers a token of the
/// cycle for long enough to see it again. A listing that ends may repeat a token as well, so the same token must return twice
/// over the same path.
#[derive(Debug)]
pub(super) struct Cycle {
    /// Hash of the remembered token.
    remembered: Option<u64>,
    /// Tokens since the remembered one was stored or last returned.
    path: TokenPath,
    /// TokenPath of its last return.
    last_path: Option<TokenPath>,
    /// Number of tokens after which the remembered one is replaced.
    patience: u64,
    returns: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct TokenPath {
    length: u64,
    digest: u64,
}

/// Cycles of up to this length are detected as early as possible.
const MIN_PATIENCE: u64 = 32;
/// A token that returned this often is in a cycle, even over different paths: a cycle may contain a token several times.
const MAX_RETURNS: u32 = 100;

impl Cycle {
    pub(super) fn new() -> Cycle {
        Cycle { remembered: None, path: TokenPath::default(), last_path: None, patience: MIN_PATIENCE, returns: 0 }
    }

    /// Records the next token, which may consist of several values. Returns a description of the cycle when it finds one.
    pub(super) fn record(&mut self, tokens: &[Value]) -> Option<String> {
        let mut hasher = DefaultHasher::new();
        for token in tokens {
            token.to_string().hash(&mut hasher);
        }
        self.record_hash(hasher.finish())
    }

    fn record_hash(&mut self, token: u64) -> Option<String> {
        let mut hasher = DefaultHasher::new();
        (self.path.digest, token).hash(&mut hasher);
        self.path = TokenPath { length: self.path.length + 1, digest: hasher.finish() };
        if self.remembered == Some(token) {
            let path = std::mem::take(&mut self.path);
            self.returns += 1;
            return match self.last_path.replace(path) {
                Some(last) if last == path => Some(format!("the service repeats the same {} next tokens", path.length)),
                _ if self.returns >= MAX_RETURNS => Some(format!("the service gave a next token {MAX_RETURNS} times")),
                _ => None,
            };
        }
        if self.remembered.is_none() || self.path.length >= self.patience {
            let patience = if self.remembered.is_none() { MIN_PATIENCE } else { self.patience.saturating_mul(2) };
            *self = Cycle { remembered: Some(token), patience, ..Cycle::new() };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of tokens until a cycle is detected, and its description.
    fn detected(tokens: impl Iterator<Item = u64>) -> Option<(u64, String)> {
        let mut cycle = Cycle::new();
        (1..).zip(tokens).find_map(|(count, token)| cycle.record_hash(token).map(|what| (count, what)))
    }

    /// `head` tokens, followed by a cycle of `length` forever.
    fn cyclic(head: u64, length: u64) -> impl Iterator<Item = u64> {
        (0..head).chain((0..).map(move |index| head + index % length))
    }

    #[test]
    fn every_cycle_is_noticed() {
        for head in [0, 1, 2, 7, 31, 32, 33, 100, 1000] {
            for length in [2, 3, 5, 31, 32, 33, 64, 100, 1023, 5000] {
                let (count, what) = detected(cyclic(head, length)).unwrap();
                assert_eq!(what, format!("the service repeats the same {length} next tokens"), "{head}");
                assert!(count <= 8 * (head + length + MIN_PATIENCE), "{head} and {length}: {count}");
            }
        }
        assert_eq!(detected(cyclic(0, 2)).unwrap().0, 5);
    }

    /// A cycle may contain a token several times.
    #[test]
    fn cycles_with_repeated_tokens_are_noticed() {
        for cycle in [&[1, 1, 2, 1, 3][..], &[1, 2, 1, 3], &[1, 2, 2, 2, 2, 2, 2, 2], &[1, 2, 1, 2, 1, 3]] {
            assert!(detected(cycle.iter().copied().cycle().take(1000)).is_some(), "{cycle:?}");
        }
    }

    #[test]
    fn listing_that_ends_is_not_a_cycle() {
        let twice = (0..10_000).chain(0..10_000);
        assert_eq!(detected(twice), None);
        assert_eq!(detected(0..1_000_000), None);
        for tokens in [&[1, 2, 1][..], &[1, 2, 3, 1, 2, 3], &[1, 2, 1, 3, 1], &[1, 2, 1, 2]] {
            assert_eq!(detected(tokens.iter().copied()), None, "{tokens:?}");
        }
    }
}
