//! Which files and objects a command takes: listings, filters and comparison.

use serde_json::Value;
use tucuxi::{CancelToken, Client};

use super::compare::{AtBoth, CONFLICTS_PAGE, Comparison, ConflictKind, ConflictRule, SyncRules};
use super::item::{Action, ClaimedNames, Item, ItemStream, ListedFile};
use super::local::LocalFiles;
use super::locations::{FileRoute, FileSide};
use super::order::{Order, Verb};
use super::paths;
use super::remote::{self, ListingParams, RemoteObjects};
use super::results::Results;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::OwnLine;

/// What listings need.
pub(super) struct ItemSources<'s> {
    pub(super) order: &'s Order,
    pub(super) params: &'s ListingParams,
    /// The client for the source, and the one for the destination.
    pub(super) from: &'s Client,
    pub(super) to: &'s Client,
    pub(super) results: &'s Results,
    pub(super) stop: &'s CancelToken,
}

impl<'s> ItemSources<'s> {
    /// The items that are to be transferred or deleted, in the order of their names.
    pub(super) fn items(&self, line: &OwnLine<'_>) -> AwsResult<ItemStream<'s>> {
        let order = self.order;
        let route = FileRoute::new(&order.source, &order.destination, order.recursive);
        let rules = self.rules(line)?;
        let source = self.filtered(self.listing(route, self.from, order.action)?);
        let Some(rules) = rules else { return Ok(source) };
        let back = FileRoute::new(&order.destination, &order.source, order.recursive);
        // What becomes of these is decided by the comparison.
        let destination = self.filtered(self.listing(back, self.to, order.action)?);
        let results = self.results;
        Ok(Box::new(Comparison::new(source, destination, rules, move |text| results.tell(&text))))
    }

    /// How both sides are compared; `None` if only the source counts.
    fn rules(&self, line: &OwnLine<'_>) -> AwsResult<Option<SyncRules>> {
        let order = self.order;
        let conflicts = self.conflicts(line)?;
        if order.verb != Verb::Sync {
            return Ok(conflicts.map(|conflicts| SyncRules {
                at_both: AtBoth::Always,
                deletes: false,
                conflicts: Some(conflicts),
            }));
        }
        // Of several options, the last one that the AWS CLI registers counts.
        let at_both = match () {
            () if order.keeps_existing => AtBoth::Never,
            () if line.has("--exact-timestamps") => AtBoth::NotExactly,
            () if line.has("--size-only") => AtBoth::OtherSize,
            () => AtBoth::Changed,
        };
        Ok(Some(SyncRules { at_both, deletes: line.has("--delete"), conflicts }))
    }

    fn conflicts(&self, line: &OwnLine<'_>) -> AwsResult<Option<ConflictRule>> {
        let order = self.order;
        let kind = match line.text("--case-conflict") {
            Some("skip") => ConflictKind::Skip,
            Some("warn") => ConflictKind::Warn,
            Some("error") => ConflictKind::Error,
            _ => return Ok(None),
        };
        if order.action != Action::Download || !order.recursive {
            return Ok(None);
        }
        let (bucket, _) = paths::bucket_and_key(&order.source)?;
        if order.verb != Verb::Sync && paths::is_directory_bucket(bucket) {
            // Their listings have no order, so that nothing can be compared.
            if kind != ConflictKind::Warn {
                let kind = line.text("--case-conflict").unwrap_or_default();
                return Err(AwsError::Validation(format!(
                    "`{kind}` is not a valid value for `--case-conflict` when operating on S3 Express directory buckets. Valid \
                     values: `warn`, `ignore`."
                )));
            }
            self.results.tell(&format!(
                "warning: Recursive copies/moves from an S3 Express directory bucket to a case-insensitive local filesystem may \
                 result in undefined behavior if there are S3 object key names that differ only by case. To disable this warning, \
                 set the `--case-conflict` parameter to `ignore`. For more information, see {CONFLICTS_PAGE}."
            ));
            return Ok(None);
        }
        Ok(Some(ConflictRule { kind, claimed: ClaimedNames::default() }))
    }

    fn filtered(&self, items: ItemStream<'s>) -> ItemStream<'s> {
        let filters = &self.order.filters;
        match filters.is_empty() {
            true => items,
            false => {
                Box::new(items.filter(|item| item.as_ref().map_or(true, |item| filters.include(&item.listed.path))))
            }
        }
    }

    /// The items of the place that a route begins with.
    fn listing(&self, route: FileRoute, client: &Client, action: Action) -> AwsResult<ItemStream<'s>> {
        let (results, stop) = (self.results, self.stop);
        if route.from.side == FileSide::Local {
            let warn = move |warning: String| results.warned(&warning);
            let files = LocalFiles::list(&route.from, route.recursive, self.order.follows_links, warn);
            return Ok(Box::new(files.map(move |listed| Ok(Item::new(action, &route, listed)))));
        }
        let (_, key) = paths::bucket_and_key(&route.from.path)?;
        let path = route.from.path.clone();
        if !route.recursive && !key.is_empty() {
            let (client, params) = (client.clone(), self.params);
            let single = std::iter::once_with(move || match action {
                // Nothing needs to be known of what is deleted.
                Action::Delete => Ok(ListedFile { path, ..ListedFile::default() }),
                _ => remote::head(&client, &path, params, stop),
            });
            return Ok(Box::new(single.map(move |listed| Ok(Item::new(action, &route, listed?)))));
        }
        let with_folders = action == Action::Delete;
        let objects = RemoteObjects::list(client, &path, route.recursive, with_folders, self.params, stop)?;
        Ok(Box::new(objects.map(move |listed| Ok(Item::new(action, &route, listed?)))))
    }
}

/// Whether an object is archived, so that its content cannot be read.
pub(super) fn is_archived(object: &Value) -> bool {
    let is_restored = object["Restore"].as_str().is_some_and(|restore| restore.contains("ongoing-request=\"false\""));
    matches!(object["StorageClass"].as_str(), Some("GLACIER" | "DEEP_ARCHIVE")) && !is_restored
}
