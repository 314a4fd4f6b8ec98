//! `--debug`: logs the crate's tracing events to standard error. The crate keeps secrets out of its events. Events of other
//! crates are not logged, because they may have secrets.

use std::fmt::{self, Write as _};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::error::{eprint, one_line};

/// Starts logging. A second call does nothing.
pub(crate) fn start() {
    // The only error is that a subscriber is already set.
    _ = tracing::subscriber::set_global_default(Lines { begin: Instant::now() });
}

struct Lines {
    begin: Instant,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().split("::").next() == Some("tucuxi")
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line::default();
        event.record(&mut line);
        let elapsed = self.begin.elapsed().as_secs_f64() * 1000.0;
        let text = format!("{elapsed:8.3}ms {} {}{}", metadata.level(), metadata.target(), line.0);
        eprint(&one_line(&text));
    }

    // The crate has no spans, and those of other crates are not enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// An event as text: ` message name=value name=value`
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
