//! Each bundled model, written as a Smithy model and read again, compiles to the same operations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::writer::write;
use super::*;
use crate::model::loader::Sources;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, ShapeId, Shapes};

/// Differences, each with its reason.
const EXPECTED: &[(&str, &str)] = &[
    (
        "out DistributionIdOwnerList wire DistributionIdOwnerList not DistributionList",
        "the root of a payload has the name of its structure; in responses it does not matter",
    ),
    (
        "out ListStorageLensConfigurationsResult wire  not ListStorageLensConfigurationResult",
        "the root of a response is never compared",
    ),
    ("uri / not /?Operation=CancelJob", "the protocol query has no paths; AWS publishes no such model of the service"),
    ("uri / not /?Operation=CreateJob", "as above"),
    ("uri / not /?Operation=GetShippingLabel", "as above"),
    ("uri / not /?Operation=GetStatus", "as above"),
    ("uri / not /?Operation=ListJobs", "as above"),
    ("uri / not /?Operation=UpdateJob", "as above"),
];

#[test]
fn bundled_models_survive_the_way_through_smithy() {
    let sources = Sources::new(Vec::new(), Vec::new(), true);
    let mut differences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut services, mut operations) = (0, 0);
    for service in sources.services().unwrap() {
        let found = sources.service(&service, None).unwrap();
        let text = found.read().unwrap();
        let theirs = ServiceModel::parse(&service, "", text.clone().into_owned(), "", protocol::naming).unwrap();
        let (protocol, _) = protocol::choose(&theirs.metadata).unwrap();
        let written = write(&serde_json::from_str(&text).unwrap(), protocol);
        let ours = ServiceModel::parse(&service, "", written, &service, protocol::naming).unwrap();
        services += 1;
        for name in theirs.operation_names() {
            operations += 1;
            let (ours, theirs) = (ours.operation(name).unwrap(), theirs.operation(name).unwrap());
            let mut note = |what: String| {
                differences.entry(what).or_default().insert(format!("{service} {protocol} {name}"));
            };
            compare(protocol, &ours, &theirs, &mut note);
        }
    }
    let mut expected: BTreeSet<&str> = EXPECTED.iter().map(|(what, _)| *what).collect();
    differences.retain(|what, _| !expected.remove(what.as_str()));
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(expected.is_empty(), "no longer different: {expected:?}");
    assert!(services > 0 && operations > services);
}

fn compare(protocol: &str, ours: &Operation, theirs: &Operation, note: &mut dyn FnMut(String)) {
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            note(format!("{what} {ours} not {theirs}"));
        }
    };
    let shown = |value: &dyn std::fmt::Debug| format!("{value:?}");
    differ("method", ours.method.to_string(), theirs.method.to_string());
    differ("uri", labelless(&ours.uri), labelless(&theirs.uri));
    differ("hostPrefix", shown(&ours.host_prefix), shown(&theirs.host_prefix));
    if protocol == "query" {
        differ("wrapper", shown(&ours.result_wrapper), shown(&theirs.result_wrapper));
    }
    differ("static", shown(&ours.static_context_params), shown(&theirs.static_context_params));
    differ("context", shown(&ours.context_params), shown(&theirs.context_params));
    differ("operation context", shown(&ours.operation_context_params), shown(&theirs.operation_context_params));
    differ("auth type", shown(&ours.auth_type), shown(&theirs.auth_type));
    differ("auth", shown(&ours.auth), shown(&theirs.auth));
    differ("unsigned", shown(&ours.unsigned_payload), shown(&theirs.unsigned_payload));
    differ("checksum required", shown(&ours.checksum_required), shown(&theirs.checksum_required));
    differ("checksum", shown(&ours.http_checksum), shown(&theirs.http_checksum));
    differ("compression", shown(&ours.request_compression), shown(&theirs.request_compression));
    differ("discovers", shown(&ours.discovers_endpoints), shown(&theirs.discovers_endpoints));
    differ("discovery", shown(&ours.endpoint_discovery), shown(&theirs.endpoint_discovery));
    differ("deprecated", shown(&ours.deprecated), shown(&theirs.deprecated));
    let sorted = |errors: &[String]| errors.iter().cloned().collect::<BTreeSet<_>>();
    differ("errors", shown(&sorted(&ours.errors)), shown(&sorted(&theirs.errors)));
    for (what, ours, theirs) in [("in", &ours.input, &theirs.input), ("out", &ours.output, &theirs.output)] {
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                let mut seen = HashSet::new();
                let is_xml = matches!(protocol, "rest-xml" | "query" | "ec2");
                let mut walk = Walk { ours, theirs, seen: &mut seen, note, what, is_xml };
                walk.shapes(ours.root(), theirs.root(), what == "in");
            }
            (None, None) => {}
            (Some(shapes), None) | (None, Some(shapes)) => {
                if shapes.root_structure().is_some_and(|structure| !structure.members.is_empty()) {
                    note(format!("{what}put only in one"));
                }
            }
        }
    }
}

/// A path without the names of its labels.
fn labelless(uri: &crate::model::operation::LabelTemplate) -> String {
    let text = uri.to_string();
    let parts = text.split('{').map(|part| {
        part.split_once('}')
            .map_or(part.to_owned(), |(label, rest)| format!("{}}}{rest}", if label.ends_with('+') { "+" } else { "" }))
    });
    parts.collect::<Vec<_>>().join("{")
}

/// The traits of a reference that count in its protocol. The root element of each request has the namespace of the service.
fn flags(target: &Ref, is_xml: bool, is_root: bool) -> impl PartialEq + std::fmt::Debug + use<'_> {
    (
        (target.location, target.json_value, target.host_label, target.idempotency_token),
        (target.streaming, target.sensitive, target.requires_length, target.endpoint_id),
        (target.event_payload, target.event_header, &target.context_param, target.timestamp_format),
        is_xml.then(|| (target.flattened, target.xml_attribute, target.xml_namespace.as_ref().filter(|_| !is_root))),
    )
}

struct Walk<'w> {
    ours: &'w Shapes,
    theirs: &'w Shapes,
    seen: &'w mut HashSet<(ShapeId, ShapeId)>,
    note: &'w mut dyn FnMut(String),
    what: &'static str,
    is_xml: bool,
}

impl Walk<'_> {
    fn shapes(&mut self, ours: &Ref, theirs: &Ref, is_root: bool) {
        let (a, b) = (self.ours.get(ours.shape), self.theirs.get(theirs.shape));
        let what = self.what;
        let place = || format!("{what} {}", a.name);
        let (ours_flags, their_flags) = (flags(ours, self.is_xml, is_root), flags(theirs, self.is_xml, is_root));
        if ours_flags != their_flags {
            (self.note)(format!("{} flags {ours_flags:?} not {their_flags:?}", place()));
        }
        if ours.wire != theirs.wire && !is_root && ours.location != crate::model::shape::Location::Uri {
            (self.note)(format!("{} wire {} not {}", place(), ours.wire, theirs.wire));
        }
        if !self.seen.insert((ours.shape, theirs.shape)) {
            return;
        }
        if a.constraints.min != b.constraints.min {
            (self.note)(format!("{} min {:?} not {:?}", place(), a.constraints.min, b.constraints.min));
        }
        match (&a.kind, &b.kind) {
            (Kind::Structure(a), Kind::Structure(b)) => {
                let facts = |structure: &crate::model::shape::Structure| {
                    let payload = structure.payload_member().map(|member| member.name.clone());
                    let name = |index: &u16| structure.members[usize::from(*index)].name.clone();
                    let required: BTreeSet<_> = structure.required.iter().map(name).collect();
                    format!("{:?}", (structure.union, structure.document, structure.event_stream, payload, required))
                };
                if facts(a) != facts(b) {
                    (self.note)(format!("{} {} not {}", place(), facts(a), facts(b)));
                }
                for member in &a.members {
                    match b.by_name(&member.name) {
                        Some((_, theirs)) => self.shapes(&member.target, &theirs.target, false),
                        None => (self.note)(format!("{}.{} only in Smithy", place(), member.name)),
                    }
                }
                for member in b.members.iter().filter(|member| a.by_name(&member.name).is_none()) {
                    (self.note)(format!("{}.{} only in botocore", place(), member.name));
                }
            }
            (Kind::List(a), Kind::List(b)) => self.shapes(a, b, false),
            (Kind::Map { key, value }, Kind::Map { key: their_key, value: theirs }) => {
                self.shapes(key, their_key, false);
                self.shapes(value, theirs, false);
            }
            (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => {}
            (a, b) => (self.note)(format!("{} kind {a:?} not {b:?}", place())),
        }
    }
}
