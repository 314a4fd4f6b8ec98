//! The `tracing` spans of a call: the call, its attempts, and their steps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::clock::VirtualClock;
use crate::support::script::{Script, ScriptedResponse};
use crate::support::session::session;
use crate::support::suite::{Suite, tests};

pub(crate) fn suite() -> Suite {
    Suite::new("spans").needs_models().tests(&tests![calls_have_attempts_and_steps])
}

/// Records the names of the spans that are entered, with those that enclose them.
#[derive(Clone, Default)]
struct Recorder {
    next: Arc<AtomicU64>,
    /// The spans, by their id minus one.
    spans: Arc<Mutex<Vec<String>>>,
    open: Arc<Mutex<Vec<String>>>,
    entered: Arc<Mutex<Vec<String>>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("tucuxi")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        self.spans.lock().unwrap().push(fields.0);
        Id::from_u64(self.next.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        let name = self.spans.lock().unwrap()[usize::try_from(span.into_u64()).unwrap() - 1].clone();
        let mut open = self.open.lock().unwrap();
        self.entered.lock().unwrap().push(format!("{}{name}", "> ".repeat(open.len())));
        open.push(name);
    }

    fn exit(&self, _: &Id) {
        self.open.lock().unwrap().pop();
    }
}

fn calls_have_attempts_and_steps() {
    let script = Script::new(vec![ScriptedResponse::failed(), ScriptedResponse::ok()]);
    let session = session("us-east-1").transport(script).clock(VirtualClock::default()).build().unwrap();
    let sqs = session.client("sqs").unwrap();
    let recorder = Recorder::default();
    tracing::subscriber::with_default(recorder.clone(), || {
        sqs.call("list_queues", json!({"QueueNamePrefix": "secret-prefix"})).unwrap();
    });
    let step = |name: &str| format!("> > step name={name:?}");
    let attempt = |number: u32| {
        let steps = ["build", "sign", "send", "read"].map(step);
        [format!("> attempt number={number}")].into_iter().chain(steps)
    };
    let begin = ["call service=\"sqs\" operation=\"ListQueues\"".to_owned(), "> step name=\"accept\"".to_owned()];
    let expected: Vec<String> = begin.into_iter().chain(attempt(1)).chain(attempt(2)).collect();
    assert_eq!(*recorder.entered.lock().unwrap(), expected);
    assert!(recorder.open.lock().unwrap().is_empty());
}
