//! `--debug`: logs the crate's tracing events to standard error. The crate keeps secrets out of its events. Events of other
//! crates are not logged, because they may have secrets.

use std::fmt;
use std::io;
use std::time::Instant;

use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::error::one_line;

/// Starts logging. A second call does nothing.
pub(crate) fn start() {
    // The only error is that a subscriber is already set.
    _ = tracing::subscriber::set_global_default(subscriber(io::stderr));
}

fn subscriber(writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static) -> impl Subscriber + Send + Sync {
    let lines = tracing_subscriber::fmt::layer().event_format(LogLine { begin: Instant::now() }).with_writer(writer);
    tracing_subscriber::registry().with(lines).with(filter_fn(is_ours))
}

/// Whether an event or a span is the library's or the program's.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().split("::").next() == Some("tucuxi")
}

/// Writes an event as one line: `1.234ms DEBUG target message name=value`, then the spans that it is in.
struct LogLine {
    begin: Instant,
}

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let elapsed = self.begin.elapsed().as_secs_f64() * 1000.0;
        let mut text = format!("{elapsed:8.3}ms {} {} ", metadata.level(), metadata.target());
        context.format_fields(Writer::new(&mut text), event)?;
        for span in context.event_scope().into_iter().flatten() {
            text.push_str(&format!(" in {}", span.name()));
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>().filter(|fields| !fields.is_empty()) {
                text.push_str(&format!("{{{fields}}}"));
            }
        }
        // Messages may have text of services.
        writeln!(line, "{}", one_line(&text))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};
    use std::sync::Arc;

    use super::*;

    #[test]
    fn line_has_message_fields_and_spans_of_this_crate() {
        let written = Arc::new(tempfile::tempfile().unwrap());
        tracing::subscriber::with_default(subscriber(Arc::clone(&written)), || {
            let call = tracing::info_span!(target: "tucuxi::call", "call", operation = "list");
            let _call = call.enter();
            tracing::debug!(target: "tucuxi::call", number = 1, "two\nlines\u{202e}");
            tracing::error!(target: "ureq", "may have secrets");
            tracing::error!(target: "tucuxi_other", "is another crate");
        });
        let (mut written, mut text) = (written.as_ref(), String::new());
        written.rewind().unwrap();
        written.read_to_string(&mut text).unwrap();
        let (_, line) = text.split_once("ms ").unwrap();
        assert_eq!(line, "DEBUG tucuxi::call two\\nlines\\u{202e} number=1 in call{operation=\"list\"}\n");
    }
}
