//! A limit for the memory and the depth of values built from a response. A few bytes on the wire can become a hundred
//! bytes as a `Value`.

use std::cell::Cell;
use std::fmt;
use std::mem::size_of;

use serde_json::Value;

/// The state of the reading of one response: the remaining memory and the current depth of its values.
///
/// It counts roughly the memory of the values themselves. The texts in them are not longer than the body, which has a
/// limit of its own.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
    total: usize,
    is_exceeded: Cell<bool>,
    /// A visitor needs the digits of a number, which a fast reader has rounded.
    needs_digits: Cell<bool>,
    /// The depth of the value being read, in levels of a document.
    depth: Cell<usize>,
}

/// The values take more memory than the budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded {
    total: usize,
}

/// A list item, and the allocation of a short text in it.
const ITEM: usize = size_of::<Value>() + size_of::<String>();
/// The first item allocates space for several.
const FIRST_ITEM: usize = 4 * size_of::<Value>();
/// An object entry: the value, its name, the text of the name, the hash and the place in the table.
const ENTRY: usize = size_of::<Value>() + 3 * size_of::<String>();
/// The first entry allocates a table with space for several.
const FIRST_ENTRY: usize = 4 * ENTRY;

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Budget {
            left: Cell::new(bytes),
            total: bytes,
            is_exceeded: Cell::new(false),
            needs_digits: Cell::new(false),
            depth: Cell::new(0),
        }
    }

    /// A budget for trusted text that is already in memory, such as parameters.
    pub(crate) fn unlimited() -> Self {
        Budget::new(usize::MAX)
    }

    /// Starts again with the full budget.
    pub(crate) fn reset(&self) {
        self.left.set(self.total);
        self.is_exceeded.set(false);
        self.needs_digits.set(false);
        self.depth.set(0);
    }

    /// Notes that the text has to be read again without rounding.
    pub(crate) fn need_digits(&self) {
        self.needs_digits.set(true);
    }

    pub(crate) fn needs_digits(&self) -> bool {
        self.needs_digits.get()
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth.get()
    }

    /// Enters a level.
    pub(crate) fn enter(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// Leaves a level.
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Accounts for another item of a list with `items` items.
    #[inline]
    pub(crate) fn item(&self, items: usize) -> Result<(), Exceeded> {
        self.take(if items == 0 { FIRST_ITEM } else { ITEM })
    }

    /// Accounts for another entry of an object with `entries` entries.
    #[inline]
    pub(crate) fn entry(&self, entries: usize) -> Result<(), Exceeded> {
        self.take(if entries == 0 { FIRST_ENTRY } else { ENTRY })
    }

    #[inline]
    fn take(&self, bytes: usize) -> Result<(), Exceeded> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.is_exceeded.set(true);
                Err(Exceeded { total: self.total })
            }
        }
    }

    /// The error, if the budget was exceeded.
    pub(crate) fn exceeded(&self) -> Option<Exceeded> {
        self.is_exceeded.get().then_some(Exceeded { total: self.total })
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the values of the response take more than {} bytes of memory; ", self.total)?;
        f.write_str("the setting `max_response_size` bounds a body, and four times of it its values")
    }
}

impl std::error::Error for Exceeded {}
