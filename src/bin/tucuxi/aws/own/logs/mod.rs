//! Commands that print the events of CloudWatch Logs.

mod line;
mod live_tail;
mod pretty;
mod since;
mod tail;

pub(super) use live_tail::START_LIVE_TAIL;
pub(super) use tail::TAIL;
