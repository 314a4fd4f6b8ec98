//! Times in the zone of the machine: `2015-01-02 03:54:56`.

use serde_json::Value;

use crate::aws::present::LocalTime;

/// The text of a timestamp as the service sent it, or `None` if it is none.
pub(super) fn shown(timestamp: &Value, local: &LocalTime) -> Option<String> {
    local.text(timestamp, "%Y-%m-%d %H:%M:%S")
}
