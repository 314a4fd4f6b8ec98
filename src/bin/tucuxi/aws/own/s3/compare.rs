//! `sync`: compares the files of two places by their names, sizes and times.

use std::iter::Peekable;

use super::item::{Action, ClaimedNames, Item, ItemStream};
use super::local;
use crate::aws::error::{AwsError, AwsResult};

/// Which files of both sides are transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtBoth {
    /// Those whose size differs, or that are newer.
    Changed,
    /// Those whose size or time differs, in downloads.
    NotExactly,
    /// Those whose size differs.
    OtherSize,
    Never,
    Always,
}

/// What happens to files that one side does not have.
#[derive(Debug, Clone)]
pub(super) struct SyncRules {
    pub(super) at_both: AtBoth,
    /// Whether files that only the destination has are deleted.
    pub(super) deletes: bool,
    pub(super) conflicts: Option<ConflictRule>,
}

/// What happens to downloads whose names differ from others by their case alone.
#[derive(Debug, Clone)]
pub(super) struct ConflictRule {
    pub(super) kind: ConflictKind,
    pub(super) claimed: ClaimedNames,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConflictKind {
    Skip,
    Warn,
    Error,
}

/// A page of the AWS CLI's documentation that its warnings name.
pub(super) const CONFLICTS_PAGE: &str = "https://docs.aws.amazon.com/cli/latest/topic/s3-case-insensitivity.html";

/// The files that are to be transferred or deleted: a merge of two sorted listings.
pub(super) struct Comparison<'c> {
    source: Peekable<ItemStream<'c>>,
    destination: Peekable<ItemStream<'c>>,
    rules: SyncRules,
    /// Tells the user something that does not count as a warning.
    tell: Box<dyn Fn(String) + 'c>,
}

impl<'c> Comparison<'c> {
    pub(super) fn new(
        source: ItemStream<'c>,
        destination: ItemStream<'c>,
        rules: SyncRules,
        tell: impl Fn(String) + 'c,
    ) -> Comparison<'c> {
        let sorted = |items: ItemStream<'c>| if rules.deletes { sorted(items) } else { items };
        let (source, destination) = (sorted(source).peekable(), sorted(destination).peekable());
        Comparison { source, destination, rules, tell: Box::new(tell) }
    }

    /// The next item of one or both sides.
    fn step(&mut self) -> Option<AwsResult<Option<Item>>> {
        let order = match (self.source.peek(), self.destination.peek()) {
            (None, None) => return None,
            (Some(Ok(source)), Some(Ok(destination))) => source.name.cmp(&destination.name),
            (Some(_), None) | (Some(Err(_)), _) => std::cmp::Ordering::Less,
            (None, Some(_)) | (_, Some(Err(_))) => std::cmp::Ordering::Greater,
        };
        let source = if order.is_le() { self.source.next() } else { None };
        let destination = if order.is_ge() { self.destination.next() } else { None };
        Some(match (source.transpose(), destination.transpose()) {
            (Err(error), _) | (_, Err(error)) => Err(error),
            (Ok(Some(source)), Ok(Some(destination))) => {
                Ok(self.rules.at_both.transfers(&source, &destination).then_some(source))
            }
            (Ok(Some(source)), Ok(None)) => self.at_source(source),
            (Ok(None), Ok(Some(destination))) => {
                Ok(self.rules.deletes.then_some(Item { action: Action::Delete, ..destination }))
            }
            (Ok(None), Ok(None)) => Ok(None),
        })
    }

    /// A file that the destination does not have.
    fn at_source(&self, mut item: Item) -> AwsResult<Option<Item>> {
        let Some(rule) = &self.rules.conflicts else { return Ok(Some(item)) };
        let name = item.name.to_lowercase();
        if rule.claimed.contains(&name) || local::exists(&item.target) {
            let (from, to) = (&item.listed.path, &item.target);
            match rule.kind {
                ConflictKind::Skip => {
                    (self.tell)(format!(
                        "warning: Skipping {from} -> {to} because a file whose name differs only by case either exists or is \
                         being downloaded."
                    ));
                    return Ok(None);
                }
                ConflictKind::Warn => (self.tell)(format!(
                    "warning: Downloading {from} -> {to} despite a file whose name differs only by case either existing or being \
                     downloaded. This behavior is not defined on case-insensitive filesystems and may result in overwriting \
                     existing files or race conditions between concurrent downloads. For more information, see {CONFLICTS_PAGE}."
                )),
                ConflictKind::Error => {
                    return Err(AwsError::General(format!(
                        "Failed to download {from} -> {to} because a file whose name differs only by case either exists or is \
                         being downloaded."
                    )));
                }
            }
        }
        item.claim = Some(rule.claimed.claim(name));
        Ok(Some(item))
    }
}

/// The items, and an error in the place of one that comes before the last one by its name. The merge of an unsorted listing would
/// delete files that the other side has.
fn sorted(items: ItemStream<'_>) -> ItemStream<'_> {
    let mut last: Option<String> = None;
    Box::new(items.map(move |item| {
        let item = item?;
        match last.replace(item.name.clone()) {
            Some(last) if item.name < last => Err(AwsError::General(format!(
                "The listing is not sorted: {} comes after {last}. Nothing more is deleted; sync without --delete.",
                item.name
            ))),
            _ => Ok(item),
        }
    }))
}

impl Iterator for Comparison<'_> {
    type Item = AwsResult<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step()? {
                Ok(None) => {}
                Ok(Some(item)) => return Some(Ok(item)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl AtBoth {
    /// Whether a file that both sides have is transferred.
    fn transfers(self, source: &Item, destination: &Item) -> bool {
        let same_size = source.listed.size == destination.listed.size;
        let (from, to) = (source.listed.modified.unwrap_or(0), destination.listed.modified.unwrap_or(0));
        let is_current = match (source.action, self) {
            (Action::Download, AtBoth::NotExactly) => to == from,
            // A download keeps the time of its object, so that a newer file was changed here.
            (Action::Download, _) => to <= from,
            _ => to >= from,
        };
        match self {
            AtBoth::Changed | AtBoth::NotExactly => !same_size || !is_current,
            AtBoth::OtherSize => !same_size,
            AtBoth::Never => false,
            AtBoth::Always => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::own::s3::item::ListedFile;
    use crate::aws::own::s3::locations::FileSide;

    fn item(action: Action, name: &str, size: u64, modified: i64) -> Item {
        let listed = ListedFile { path: name.to_owned(), size: Some(size), modified: Some(modified), object: None };
        let target = "/nowhere/".to_owned() + name;
        Item { action, side: FileSide::Local, listed, name: name.to_owned(), target, claim: None }
    }

    fn rules(at_both: AtBoth, deletes: bool) -> SyncRules {
        SyncRules { at_both, deletes, conflicts: None }
    }

    #[test]
    fn changed_files_are_transferred() {
        use Action::{Copy, Download, Upload};
        use AtBoth::{Always, Changed, Never, NotExactly, OtherSize};
        for (rule, action, size, from, to, expected) in [
            (Changed, Upload, 1, 5, 5, false),
            (Changed, Upload, 2, 5, 5, true),
            (Changed, Upload, 1, 6, 5, true),
            (Changed, Upload, 1, 4, 5, false),
            (Changed, Copy, 1, 6, 5, true),
            (Changed, Download, 1, 6, 5, false),
            (Changed, Download, 1, 4, 5, true),
            (NotExactly, Download, 1, 6, 5, true),
            (NotExactly, Download, 1, 5, 5, false),
            (NotExactly, Upload, 1, 4, 5, false),
            (OtherSize, Upload, 1, 6, 5, false),
            (OtherSize, Download, 2, 5, 5, true),
            (Never, Upload, 2, 6, 5, false),
            (Always, Download, 1, 5, 5, true),
        ] {
            let (source, destination) = (item(action, "a", size, from), item(action, "a", 1, to));
            assert_eq!(rule.transfers(&source, &destination), expected, "{rule:?} {action:?} {size} {from} {to}");
        }
    }

    fn names(source: &[&str], destination: &[&str], rules: SyncRules) -> Vec<String> {
        let items = |names: &[&str]| -> ItemStream<'static> {
            let items: Vec<_> = names.iter().map(|name| Ok(item(Action::Download, name, 1, 1))).collect();
            Box::new(items.into_iter())
        };
        let compared = Comparison::new(items(source), items(destination), rules, |_| {});
        let shown = compared.map(|item| match item {
            Ok(item) if item.action == Action::Delete => format!("-{}", item.name),
            Ok(item) => format!("+{}", item.name),
            Err(error) => error.message(None),
        });
        shown.collect()
    }

    #[test]
    fn listings_are_merged() {
        let rules = |deletes| rules(AtBoth::Changed, deletes);
        assert_eq!(names(&["a", "b", "d"], &["b", "c", "e"], rules(true)), ["+a", "-c", "+d", "-e"]);
        assert_eq!(names(&["a", "b", "d"], &["b", "c", "e"], rules(false)), ["+a", "+d"]);
        assert_eq!(names(&[], &["b"], rules(true)), ["-b"]);
        assert_eq!(names(&["a/", "a0"], &[], rules(true)), ["+a/", "+a0"]);
    }

    #[test]
    fn files_of_unsorted_listings_are_not_deleted() {
        let with = |deletes| names(&["a", "b"], &["b", "a"], rules(AtBoth::Always, deletes));
        assert_eq!(with(false), ["+a", "+b"]);
        let found = with(true);
        assert!(found.last().unwrap().starts_with("The listing is not sorted: a comes after b."), "{found:?}");
        assert!(!found.contains(&"-a".to_owned()));
    }

    #[test]
    fn names_that_differ_by_case_are_in_conflict_while_they_are_downloaded() {
        let with = |kind| SyncRules {
            conflicts: Some(ConflictRule { kind, claimed: ClaimedNames::default() }),
            ..rules(AtBoth::Always, false)
        };
        let held = with(ConflictKind::Skip);
        let claim = held.conflicts.as_ref().unwrap().claimed.claim("a".to_owned());
        assert_eq!(names(&["A", "b"], &[], held.clone()), ["+b"]);
        drop(claim);
        assert_eq!(names(&["A", "b"], &[], held), ["+A", "+b"]);
        let failing = with(ConflictKind::Error);
        let _claim = failing.conflicts.as_ref().unwrap().claimed.claim("a".to_owned());
        assert!(names(&["A"], &[], failing)[0].starts_with("Failed to download A -> /nowhere/A because"));
    }
}
