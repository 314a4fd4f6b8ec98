//! Pages, items and results of searches as types of the caller.

use serde::de::DeserializeOwned;

use super::pages::{Items, Pages, Search};
use crate::call::Typed;

impl Pages {
    /// Reads the pages into a type; see [`Client::call_as`](crate::Client::call_as).
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
        let (service, plan) = (self.client.service.model.name.clone(), self.plan.clone());
        Typed::outputs(self, &service, &plan)
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
        let (service, operation) = (self.client.service.model.name.clone(), self.plan.operation.name.clone());
        Typed::parts(self.items(), &service, &operation)
    }
}

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
        let (service, plan) = (self.pages.client.service.model.name.clone(), self.pages.plan.clone());
        Typed::parts(self, &service, &plan.operation.name)
    }
}
