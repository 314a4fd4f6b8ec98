//! Pages, items and results of searches as types of the caller.

use std::iter::FusedIterator;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::direct::{Direct, PageAs};
use super::pages::{Items, Pages, Search};
use crate::call::{Typed, into_type};
use crate::error::Result;
use crate::model::operation::Operation;

impl Pages {
    /// Reads the pages into a type; see [`Client::call_as`](crate::Client::call_as). The type does not need the members that
    /// lead to the next page.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Page {
    ///     key_count: u32,
    /// }
    ///
    /// let pages = tucuxi::client("s3")?.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": "photos"}));
    /// for page in pages.pages_as::<Page>() {
    ///     println!("{}", page?.key_count);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn pages_as<T: DeserializeOwned>(self) -> Typed<Pages, T> {
        Typed::new(self.directly())
    }

    /// Reads the [items](Self::items) into a type.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Object {
    ///     key: String,
    ///     size: u64,
    /// }
    ///
    /// let pages = tucuxi::client("s3")?.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": "photos"}));
    /// for object in pages.items_as::<Object>() {
    ///     let object = object?;
    ///     println!("{}: {}", object.key, object.size);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn items_as<T: DeserializeOwned>(self) -> Typed<Items, T> {
        Typed::new(self.directly().items())
    }

    fn directly(mut self) -> Self {
        self.direct = Direct::of(self.walk.pagination(), &self.plan.operation);
        self
    }

    /// Reads a value into a type: a page, if it has the shape of the operation's output, or a part of one.
    fn read<T: DeserializeOwned>(&self, shape: Option<&Operation>, value: Value) -> Result<T> {
        into_type(shape, value).map_err(|error| self.name_call(error))
    }
}

impl<T: DeserializeOwned> Iterator for Typed<Pages, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let page = self.inner.next_by(Pages::page_as)?;
        Some(page.and_then(|page| match page {
            PageAs::Read(page) => Ok(page),
            PageAs::Value(page) => self.inner.read(Some(&self.inner.plan.operation), page),
        }))
    }
}

impl<T: DeserializeOwned> FusedIterator for Typed<Pages, T> {}

impl<T: DeserializeOwned> Iterator for Typed<Items, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.ready.next() {
                self.inner.given += 1;
                self.inner.ahead -= 1;
                return Some(Ok(item));
            }
            if let Some(item) = self.inner.next_on_page() {
                return Some(self.inner.pages.read(None, item));
            }
            match self.inner.pages.next_by(Pages::items_of_page_as)? {
                Ok(PageAs::Read(items)) => {
                    (self.inner.given, self.inner.ahead) = (0, items.len());
                    self.ready = items.into_iter();
                }
                Ok(PageAs::Value(page)) => {
                    if let Some(item) = self.inner.turn_to(page) {
                        return Some(item.and_then(|item| self.inner.pages.read(None, item)));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T: DeserializeOwned> FusedIterator for Typed<Items, T> {}

impl<T: DeserializeOwned> Iterator for Typed<Search, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let value = self.inner.next()?;
        Some(value.and_then(|value| self.inner.pages.read(None, value)))
    }
}

impl<T: DeserializeOwned> FusedIterator for Typed<Search, T> {}

impl Search {
    /// Reads the results into a type.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let pages = tucuxi::client("s3")?.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": "photos"}));
    /// for large in pages.search("Contents[?Size > `100`].[Key, Size]")?.values_as::<(String, u64)>() {
    ///     let (key, size) = large?;
    ///     println!("{key}: {size}");
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn values_as<T: DeserializeOwned>(self) -> Typed<Search, T> {
        Typed::new(self)
    }
}
