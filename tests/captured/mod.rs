//! Records the log of this program, of every level and every crate, through `tracing` and `log`.

use std::fmt::Write as _;
use std::sync::{Mutex, Once};

/// The log of one kind.
type Lines = Mutex<String>;

static LOG: Lines = Lines::new(String::new());
static WIRE: Lines = Lines::new(String::new());

/// Starts to record, for all threads. `tracing` caches whether an event is wanted, so this must run before any test reaches the
/// event.
pub(crate) fn begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Subscriber).unwrap();
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// The log so far, without the [`wire`].
pub(crate) fn log() -> String {
    LOG.lock().unwrap().clone()
}

/// The TRACE log of ureq: every byte that it sends and receives.
#[allow(dead_code, reason = "only tests with real connections have a wire")]
pub(crate) fn wire() -> String {
    WIRE.lock().unwrap().clone()
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let is_wire = record.level() == log::Level::Trace && record.target().starts_with("ureq_proto");
        let lines = if is_wire { &WIRE } else { &LOG };
        writeln!(lines.lock().unwrap(), "{} {} {}", record.level(), record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

struct Subscriber;

impl tracing::Subscriber for Subscriber {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line(String);
        impl tracing::field::Visit for Line {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                write!(self.0, " {field}={value:?}").unwrap();
            }
        }
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        writeln!(LOG.lock().unwrap(), "{}", line.0).unwrap();
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
