//! Pages and items of a listing, with native values.

use std::fmt;
use std::iter::FusedIterator;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::NativeView;
use crate::error::Result;
use crate::model::sites::{SiteNode, Sites};
use crate::paginator::{Items, Pages};

/// Iterator over the pages of a listing, with native values. [`Table::paginate`](super::Table::paginate) creates one.
#[must_use = "nothing is sent before the first page is asked for"]
pub struct NativePages {
    native: NativeView,
    operation: String,
    /// The member that has the items.
    key: Option<String>,
    pages: Pages,
}

impl NativePages {
    pub(super) fn new(native: NativeView, operation: &str, key: Option<String>, pages: Pages) -> NativePages {
        NativePages { native, operation: operation.to_owned(), key, pages }
    }

    /// Returns an iterator over the items of all pages.
    pub fn items(self) -> NativeItems {
        let NativePages { native, operation, key, pages } = self;
        NativeItems { native, operation, key, items: pages.items() }
    }

    /// See [`Pages::resume_token`]; the token is for `PaginationConfig.StartingToken`.
    pub fn resume_token(&self) -> Option<String> {
        self.pages.resume_token()
    }
}

impl Iterator for NativePages {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        let page = self.pages.next()?;
        Some(page.and_then(|page| self.native.output(&self.operation, page)))
    }
}

impl FusedIterator for NativePages {}

/// Iterator over the items of a listing, with native values. [`NativePages::items`] creates one.
#[must_use = "nothing is sent before the first item is asked for"]
pub struct NativeItems {
    native: NativeView,
    operation: String,
    key: Option<String>,
    items: Items,
}

impl NativeItems {
    /// Reads the items into a type.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// struct User {
    ///     id: String,
    ///     logins: Option<u64>,
    /// }
    ///
    /// let users = tucuxi::client("dynamodb")?.table("users");
    /// for user in users.paginate("scan", ())?.items().items_as::<User>() {
    ///     println!("{}", user?.id);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn items_as<T: DeserializeOwned>(self) -> impl Iterator<Item = Result<T>> {
        let (native, operation) = (self.native.clone(), self.operation.clone());
        self.map(move |item| native.read(&operation, item?))
    }

    /// See [`Items::resume_token`]; the token is for `PaginationConfig.StartingToken`.
    pub fn resume_token(&self) -> Option<String> {
        self.items.resume_token()
    }

    fn convert(&self, mut item: Value) -> Result<Value> {
        if let (Some(sites), Some(key)) = (&self.native.sites(&self.operation)?.output, &self.key) {
            self.native.native(&self.operation, sites, item_node(sites, key), &mut item)?;
        }
        Ok(item)
    }
}

/// The shape of the items in a list of the output.
fn item_node<'s, M>(sites: &'s Sites<M>, key: &str) -> Option<&'s SiteNode<M>> {
    match sites.member(sites.root()?, key)? {
        SiteNode::List(item) => sites.get(*item),
        other => Some(other),
    }
}

impl Iterator for NativeItems {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        let item = self.items.next()?;
        Some(item.and_then(|item| self.convert(item)))
    }
}

impl FusedIterator for NativeItems {}

impl fmt::Debug for NativePages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativePages").field("pages", &self.pages).finish_non_exhaustive()
    }
}

impl fmt::Debug for NativeItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeItems").field("items", &self.items).finish_non_exhaustive()
    }
}
