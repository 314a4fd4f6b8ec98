//! How much memory and stack the values built from a response may take: a few bytes on the wire can be a hundred as a `Value`.

use std::cell::Cell;
use std::fmt;
use std::mem::size_of;

use serde_json::Value;

/// The memory and the stack that are left for the values of one response.
///
/// What is counted is what the values themselves take, roughly; the texts in them are no longer than the body they come from,
/// and the body has a limit of its own.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
    whole: usize,
    is_exceeded: Cell<bool>,
    /// How deep the value is that is being read, in levels of a document.
    depth: Cell<usize>,
}

/// More values than the budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded {
    whole: usize,
}

/// An item of a list, and the allocation of a short text in it.
const ITEM: usize = size_of::<Value>() + size_of::<String>();
/// The first item allocates room for several.
const FIRST_ITEM: usize = 4 * size_of::<Value>();
/// An entry of an object: the value, its name, the text of that, the hash and the place in the table.
const ENTRY: usize = size_of::<Value>() + 3 * size_of::<String>();
/// The first entry allocates a table and room for several.
const FIRST_ENTRY: usize = 4 * ENTRY;

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Budget { left: Cell::new(bytes), whole: bytes, is_exceeded: Cell::new(false), depth: Cell::new(0) }
    }

    /// For text that is in memory anyway and was not sent by a service, such as parameters.
    pub(crate) fn unlimited() -> Self {
        Budget::new(usize::MAX)
    }

    /// As if nothing had been built yet.
    pub(crate) fn reset(&self) {
        self.left.set(self.whole);
        self.is_exceeded.set(false);
        self.depth.set(0);
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth.get()
    }

    /// One level further in.
    pub(crate) fn enter(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// One level further out.
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Accounts for one more item of a list that has so many.
    #[inline]
    pub(crate) fn item(&self, items: usize) -> Result<(), Exceeded> {
        self.take(if items == 0 { FIRST_ITEM } else { ITEM })
    }

    /// Accounts for one more entry of an object that has so many.
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
                Err(Exceeded { whole: self.whole })
            }
        }
    }

    /// What the values exceeded, where that ended the reading.
    pub(crate) fn exceeded(&self) -> Option<Exceeded> {
        self.is_exceeded.get().then_some(Exceeded { whole: self.whole })
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the values of the response take more than {} bytes of memory; ", self.whole)?;
        f.write_str("the setting `max_response_size` bounds a body, and four times of it its values")
    }
}

impl std::error::Error for Exceeded {}
