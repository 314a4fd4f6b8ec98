//! Listings of which pages are fetched otherwise than of others.

use serde_json::json;

use super::Customization;
use crate::aws::arguments::LineOptions;
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

/// The size of a page where EC2 would return everything in one response, which can take too long.
const MANY: u32 = 1000;

/// Pages of a size of its own, if there are only these parameters, and `DryRun`.
pub(super) struct PageSize(pub(super) &'static [&'static str]);

impl Customization for PageSize {
    fn paging(&self, request: &mut CallRequest) {
        let Some(paging) = &mut request.paging else { return };
        let is_plain = request.params.keys().all(|name| name == "DryRun" || self.0.contains(&name.as_str()));
        if is_plain && paging.page_size.is_none() {
            paging.page_size = Some(json!(MANY));
        }
    }
}

/// Kinesis streams by name, as pages were selected before there were tokens. A name and a token exclude each other.
pub(super) struct ByStreamName;

const NAME: &str = "exclusive-start-stream-name";

impl Customization for ByStreamName {
    fn options(&self, table: &mut OptionTable<'_>) {
        if let Some(option) = table.find_mut(NAME) {
            option.hidden = true;
        }
    }

    fn pages(&self, arguments: &LineOptions<'_, '_>) -> bool {
        !arguments.has(NAME)
    }
}
