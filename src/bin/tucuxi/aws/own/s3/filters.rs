//! `--include` and `--exclude`: patterns of the shell on full paths.

use super::locations;
use super::paths;
use crate::aws::error::AwsResult;

/// The filters of a line, in its order: the last one that matches a path decides.
#[derive(Debug, Default)]
pub(super) struct Filters(Vec<PathFilter>);

#[derive(Debug)]
struct PathFilter {
    includes: bool,
    /// The pattern below the root of the source, and below that of the destination.
    patterns: [PathPattern; 2],
}

impl Filters {
    /// `given` are whether each includes, and the pattern; the paths are those of the line.
    pub(super) fn new<'g>(
        given: impl Iterator<Item = (bool, &'g str)>,
        source: &str,
        destination: &str,
        recursive: bool,
    ) -> AwsResult<Filters> {
        let roots = [root(source, recursive)?, root(destination, recursive)?];
        let filters = given.map(|(includes, pattern)| {
            let patterns = [0, 1].map(|index| PathPattern::new(&joined(&roots[index], pattern)));
            PathFilter { includes, patterns }
        });
        Ok(Filters(filters.collect()))
    }

    /// Whether the file or object with this full path takes part.
    pub(super) fn include(&self, path: &str) -> bool {
        let mut includes = true;
        for filter in &self.0 {
            if filter.patterns.iter().any(|pattern| pattern.matches(path)) {
                includes = filter.includes;
            }
        }
        includes
    }
}

/// The folder or prefix that patterns are relative to.
fn root(path: &str, recursive: bool) -> AwsResult<String> {
    if !paths::is_remote(path) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        return Ok(locations::absolute(if recursive { path } else { folder }));
    }
    let (bucket, key) = paths::bucket_and_key(path)?;
    let prefix = match recursive || key.ends_with('/') {
        true => key,
        false => key.rsplit_once('/').map_or("", |(prefix, _)| prefix),
    };
    Ok(format!("{bucket}/{prefix}"))
}

/// Python's `os.path.join`.
fn joined(root: &str, pattern: &str) -> String {
    match () {
        () if pattern.starts_with('/') => pattern.to_owned(),
        () if root.is_empty() || root.ends_with('/') => format!("{root}{pattern}"),
        () => format!("{root}/{pattern}"),
    }
}

/// A pattern of Python's `fnmatch`: `*` also matches slashes.
#[derive(Debug)]
struct PathPattern(Vec<PatternPiece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum PatternPiece {
    Char(char),
    /// `?`
    Any,
    /// `*`
    Rest,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl PathPattern {
    fn new(text: &str) -> PathPattern {
        let chars: Vec<char> = text.chars().collect();
        let mut pieces = Vec::with_capacity(chars.len());
        let mut at = 0_usize;
        while let Some(char) = chars.get(at) {
            at = at.saturating_add(1);
            match char {
                '*' if pieces.last() == Some(&PatternPiece::Rest) => {}
                '*' => pieces.push(PatternPiece::Rest),
                '?' => pieces.push(PatternPiece::Any),
                '[' => match class_end(&chars, at) {
                    Some(end) => {
                        pieces.push(class(&chars[at..end]));
                        at = end.saturating_add(1);
                    }
                    None => pieces.push(PatternPiece::Char('[')),
                },
                char => pieces.push(PatternPiece::Char(*char)),
            }
        }
        PathPattern(pieces)
    }

    /// Goes back to the last `*` alone, so that the time is at most the product of the lengths.
    fn matches(&self, text: &str) -> bool {
        let (mut piece, mut rest) = (0_usize, text.chars());
        let mut last: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut next = rest.clone();
            match (self.0.get(piece), next.next()) {
                (Some(PatternPiece::Rest), _) => {
                    piece = piece.saturating_add(1);
                    last = Some((piece, rest.clone()));
                }
                (None, None) => return true,
                (Some(expected), Some(char)) if expected.takes(char) => {
                    piece = piece.saturating_add(1);
                    rest = next;
                }
                _ => match &mut last {
                    Some((after, from)) => {
                        if from.next().is_none() {
                            return false;
                        }
                        piece = *after;
                        rest = from.clone();
                    }
                    None => return false,
                },
            }
        }
    }
}

impl PatternPiece {
    fn takes(&self, char: char) -> bool {
        match self {
            PatternPiece::Char(expected) => *expected == char,
            PatternPiece::Any => true,
            PatternPiece::Rest => false,
            PatternPiece::Class { negated, ranges } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&char)) != *negated
            }
        }
    }
}

/// Where the class that begins at `start` has its `]`. One at the beginning belongs to the class.
fn class_end(chars: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    if chars.get(at) == Some(&'!') {
        at = at.saturating_add(1);
    }
    if chars.get(at) == Some(&']') {
        at = at.saturating_add(1);
    }
    chars.iter().skip(at).position(|char| *char == ']').map(|offset| at.saturating_add(offset))
}

fn class(chars: &[char]) -> PatternPiece {
    let (negated, chars) = match chars {
        ['!', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut ranges = Vec::new();
    let mut rest = chars;
    loop {
        rest = match rest {
            [first, '-', last, after @ ..] => {
                // A range that goes backwards has no characters.
                ranges.push((*first, *last));
                after
            }
            [char, after @ ..] => {
                ranges.push((*char, *char));
                after
            }
            [] => break,
        };
    }
    PatternPiece::Class { negated, ranges }
}

impl Filters {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("*.txt", "a/b.txt", true),
            ("a?c", "a/c", true),
            ("a?c", "ac", false),
            ("a[bc]d", "abd", true),
            ("a[!bc]d", "abd", false),
            ("a[!bc]d", "axd", true),
            ("a[a-c]d", "abd", true),
            ("a[c-a]d", "abd", false),
            ("a[]]d", "a]d", true),
            ("a[]d", "a[]d", true),
            ("a[!]]d", "abd", true),
            ("[", "[", true),
            ("a[-c]", "a-", true),
            ("A", "a", false),
            ("**a*b**", "xaxbx", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("é?", "éü", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(PathPattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    fn included(given: &[(bool, &str)], source: &str, destination: &str, recursive: bool, path: &str) -> bool {
        Filters::new(given.iter().copied(), source, destination, recursive).unwrap().include(path)
    }

    #[test]
    fn last_filter_that_matches_decides() {
        let all_but = [(false, "*"), (true, "*.txt")];
        assert!(included(&all_but, "/d", "s3://b/p", true, "/d/a.txt"));
        assert!(!included(&all_but, "/d", "s3://b/p", true, "/d/a.jpg"));
        let none = [(true, "*.txt"), (false, "*")];
        assert!(!included(&none, "/d", "s3://b/p", true, "/d/a.txt"));
        assert!(included(&[], "/d", "s3://b/p", true, "/d/a.txt"));
    }

    #[test]
    fn patterns_are_below_the_roots_of_both_sides() {
        for (path, expected) in [("/d/x", false), ("b/p/x", false), ("/e/x", true), ("b/q/x", true), ("/d/y/x", true)] {
            assert_eq!(included(&[(false, "x")], "/d", "s3://b/p", true, path), expected, "{path}");
        }
        assert!(!included(&[(false, "x")], "/d/x", "s3://b/p/q", false, "/d/x"));
        assert!(!included(&[(false, "q")], "/d/x", "s3://b/p/q", false, "b/p/q"));
        assert!(!included(&[(false, "/d/*")], "/e", "s3://b", true, "/d/x"));
    }
}
