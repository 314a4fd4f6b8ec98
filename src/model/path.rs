//! Where in a value something is wrong: `input.Tagging.TagSet[2].Key`.

use std::fmt;

/// One step below its parent. The frames of a walk are linked through its stack, so that nothing is built before a fault is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
    Entry(&'p str),
    Key(&'p str),
    SecretEntry,
}

impl<'p> Path<'p> {
    /// The value as a whole: `input`.
    pub(crate) fn root(name: &'p str) -> Self {
        Path { parent: None, step: Step::Name(name) }
    }

    /// The member of a structure: `input.Key`.
    pub(crate) fn member(&'p self, name: &'p str) -> Self {
        self.then(Step::Name(name))
    }

    /// The item of a list: `input.Keys[2]`.
    pub(crate) fn index(&'p self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// The value of a map: `input.Tags["a"]`.
    pub(crate) fn entry(&'p self, key: &'p str) -> Self {
        self.then(Step::Entry(key))
    }

    /// The key itself: `input.Tags key "a"`.
    pub(crate) fn key(&'p self, key: &'p str) -> Self {
        self.then(Step::Key(key))
    }

    /// A key or value whose key must not be told: `input.Tags[..]`.
    pub(crate) fn secret_entry(&'p self) -> Self {
        self.then(Step::SecretEntry)
    }

    fn then(&'p self, step: Step<'p>) -> Self {
        Path { parent: Some(self), step }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As deep as the walk that made the frames, and every walk is limited.
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Name(name) if self.parent.is_some() => write!(f, ".{name}"),
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Entry(key) => write!(f, "[{}]", Quoted(key)),
            Step::Key(key) => write!(f, " key {}", Quoted(key)),
            Step::SecretEntry => f.write_str("[..]"),
        }
    }
}

/// Text from a value as a message shows it: on one line, in quotes, and no more of it than helps to find the place.
pub(crate) struct Quoted<'t>(pub(crate) &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 50;
        match self.0.char_indices().nth(LONGEST) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}..", &self.0[..end]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step() {
        let root = Path::root("input");
        let list = root.member("Tags");
        let map = list.index(2);
        assert_eq!(map.to_string(), "input.Tags[2]");
        assert_eq!(map.entry("a\nb").to_string(), "input.Tags[2][\"a\\nb\"]");
        assert_eq!(map.key("c").to_string(), "input.Tags[2] key \"c\"");
        assert_eq!(map.secret_entry().to_string(), "input.Tags[2][..]");
        assert_eq!(Quoted(&"ä".repeat(51)).to_string(), format!("\"{}\"..", "ä".repeat(50)));
    }
}
