//! [`Submission`]: what is left out or done at once, before items are handed to the workers.

use std::fs;

use super::errors;
use super::item::{Action, Item};
use super::local;
use super::locations::{self, FileSide};
use super::order::{Order, Verb};
use super::plan;
use super::results::Ending;
use super::size::readable;
use super::transfers::Transfers;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::OwnLine;

/// The largest object, and the number of its parts.
const MAX_PART: u64 = 5 << 30;
const MAX_PARTS: u64 = 10_000;

/// Decides on one item after the other.
pub(super) struct Submission<'s> {
    order: &'s Order,
    transfers: &'s Transfers<'s>,
    forces_archived: bool,
    tells_of_archived: bool,
    count: u64,
}

impl<'s> Submission<'s> {
    pub(super) fn new(order: &'s Order, line: &OwnLine<'_>, transfers: &'s Transfers<'s>) -> Self {
        let forces_archived = line.has("--force-glacier-transfer");
        let tells_of_archived = !line.has("--ignore-glacier-warnings");
        Submission { order, transfers, forces_archived, tells_of_archived, count: 0 }
    }

    /// The number of items that were handed on.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Hands an item to `work`, unless it is skipped, or done here.
    ///
    /// # Errors
    /// Those that end the command.
    pub(super) fn submit(&mut self, item: Item, work: &mut dyn FnMut(Item)) -> AwsResult<()> {
        if self.skips(&item) {
            return Ok(());
        }
        let results = &self.transfers.results;
        if let Some(fault) = self.transfers.params.bad_grant
            && matches!(item.action, Action::Upload | Action::Copy)
        {
            return Err(AwsError::General(fault.to_owned()));
        }
        if self.order.is_dry_run {
            results.would(&self.transfers.label(&item));
            return Ok(());
        }
        self.count = self.count.saturating_add(1);
        if item.action == Action::Delete && item.side == FileSide::Local {
            results.queued(None);
            self.delete_file(&item);
            return Ok(());
        }
        results.queued(item.listed.size);
        work(item);
        Ok(())
    }

    fn delete_file(&self, item: &Item) {
        let path = &item.listed.path;
        let ending = match fs::remove_file(path) {
            Ok(()) => Ending::Success,
            Err(error) => Ending::Failure(errors::of_system(&error, Some(path))),
        };
        self.transfers.results.ended(&self.transfers.label(item), ending, 0);
    }

    /// Whether an item is left out, which the user may be told.
    fn skips(&self, item: &Item) -> bool {
        match item.action {
            Action::Upload => {
                self.warn_of_size(item);
                false
            }
            Action::Download => self.skips_archived(item) || self.skips_outside(item) || self.skips_existing(item),
            Action::Copy => self.skips_archived(item),
            Action::Delete => false,
        }
    }

    fn warn_of_size(&self, item: &Item) {
        let limit = MAX_PART.saturating_mul(MAX_PARTS);
        if item.listed.size.is_some_and(|size| size > limit) {
            let path = locations::shown(&item.listed.path);
            let limit = readable(u128::from(limit));
            self.transfers.results.warned(&format!("warning: File {path} exceeds s3 upload limit of {limit}."));
        }
    }

    fn skips_archived(&self, item: &Item) -> bool {
        if self.forces_archived || !item.listed.object.as_ref().is_some_and(plan::is_archived) {
            return false;
        }
        if self.tells_of_archived {
            let (path, word) = (&item.listed.path, item.action.word());
            self.transfers.results.warned(&format!(
                "warning: Skipping file s3://{path}. Object is of storage class GLACIER. Unable to perform {word} operations on \
                 GLACIER objects. You must restore the object to be able to perform the operation. See aws s3 {word} help for \
                 additional parameter options to ignore or force these transfers."
            ));
        }
        true
    }

    /// A name with `..` could leave the folder.
    fn skips_outside(&self, item: &Item) -> bool {
        let leaves = leaves_folder(&item.name);
        if leaves {
            let name = &item.name;
            let text = format!("warning: Skipping file {name}. File references a parent directory.");
            self.transfers.results.warned(&text);
        }
        leaves
    }

    fn skips_existing(&self, item: &Item) -> bool {
        // `sync` has left out what is there.
        self.order.keeps_existing && self.order.verb != Verb::Sync && local::exists(&item.target)
    }
}

/// Whether a name below a folder is outside of it.
fn leaves_folder(name: &str) -> bool {
    let mut depth = 0_usize;
    for part in name.split(['/', std::path::MAIN_SEPARATOR]) {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth = depth.saturating_add(1),
        }
    }
    false
}

/// The size of parts of an object of this size.
pub(super) fn part_size(part: u64, total: u64) -> u64 {
    let mut part = part.max(1);
    while total.div_ceil(part) > MAX_PARTS && part < MAX_PART {
        part = part.saturating_mul(2);
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_are_found() {
        for (name, expected) in [
            ("a", false),
            ("a/../b", false),
            ("..", true),
            ("../a", true),
            ("a/../../b", true),
            ("/../a", true),
            ("..a", false),
            ("a/..", false),
            ("a//../..", true),
        ] {
            assert_eq!(leaves_folder(name), expected, "{name}");
        }
    }

    #[test]
    fn parts_of_large_streams_are_larger() {
        const MIB: u64 = 1 << 20;
        assert_eq!(part_size(8 * MIB, 80_000 * MIB), 8 * MIB);
        assert_eq!(part_size(8 * MIB, 80_001 * MIB), 16 * MIB);
        assert_eq!(part_size(8 * MIB, u64::MAX), 8192 * MIB);
    }
}
