//! Paths to errors in a value: `input.Tagging.TagSet[2].Key`.

use std::fmt;

/// Step below a parent. Steps are linked through the stack of a walk, so nothing is allocated before an error is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: PathStep<'p>,
}

#[derive(Debug, Clone, Copy)]
enum PathStep<'p> {
    Name(&'p str),
    Index(usize),
    Entry(&'p str),
    Key(&'p str),
    SecretEntry,
}

impl<'p> Path<'p> {
    /// Path of the whole value: `input`.
    pub(crate) fn root(name: &'p str) -> Self {
        Path { parent: None, step: PathStep::Name(name) }
    }

    /// Path of a structure's member: `input.Key`.
    pub(crate) fn member(&'p self, name: &'p str) -> Self {
        self.then(PathStep::Name(name))
    }

    /// Path of a list item: `input.Keys[2]`.
    pub(crate) fn index(&'p self, index: usize) -> Self {
        self.then(PathStep::Index(index))
    }

    /// Path of a map value: `input.Tags["a"]`.
    pub(crate) fn entry(&'p self, key: &'p str) -> Self {
        self.then(PathStep::Entry(key))
    }

    /// Path of a map key: `input.Tags key "a"`.
    pub(crate) fn key(&'p self, key: &'p str) -> Self {
        self.then(PathStep::Key(key))
    }

    /// Path of a map key or value whose key is sensitive: `input.Tags[..]`.
    pub(crate) fn secret_entry(&'p self) -> Self {
        self.then(PathStep::SecretEntry)
    }

    fn then(&'p self, step: PathStep<'p>) -> Self {
        Path { parent: Some(self), step }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The depth of this recursion is that of the walk, which is limited.
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            PathStep::Name(name) if self.parent.is_some() => write!(f, ".{name}"),
            PathStep::Name(name) => f.write_str(name),
            PathStep::Index(index) => write!(f, "[{index}]"),
            PathStep::Entry(key) => write!(f, "[{}]", Quoted(key)),
            PathStep::Key(key) => write!(f, " key {}", Quoted(key)),
            PathStep::SecretEntry => f.write_str("[..]"),
        }
    }
}

/// Text of a value in an error message: quoted, on one line, and truncated.
pub(crate) struct Quoted<'t>(pub(crate) &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_CHARS: usize = 50;
        match self.0.char_indices().nth(MAX_CHARS) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}..", &self.0[..end]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_show_every_kind_of_step() {
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
