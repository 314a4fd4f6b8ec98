//! The models that AWS publishes, against the bundled models of the same services.
//!
//! `TUCUXI_SMITHY_MODELS=FOLDER cargo test --lib smithy -- --ignored`, where the folder has `*.json` or `*.json.gz`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;
use crate::model::loader::Sources;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, Shapes};

fn texts() -> Vec<(String, String)> {
    let folder = std::env::var_os("TUCUXI_SMITHY_MODELS").map(PathBuf::from).unwrap();
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let bytes = if name.ends_with(".gz") { crate::codec::gzip::inflate(&bytes, 64 << 20).unwrap() } else { bytes };
        texts.push((name, String::from_utf8(bytes).unwrap()));
    }
    texts.sort();
    texts
}

/// The service ids of the bundled models with their names.
fn bundled(sources: &Sources) -> BTreeMap<String, ServiceModel> {
    let services = sources.services().unwrap();
    let model = |name: &String| {
        let found = sources.service(name, None).unwrap();
        ServiceModel::unpack(name, &found.version, found.packed().unwrap(), name, protocol::naming).unwrap()
    };
    services.iter().map(model).map(|model| (model.metadata.service_id.clone(), model)).collect()
}

#[test]
#[ignore = "needs the models in TUCUXI_SMITHY_MODELS"]
fn published_models_compile_to_the_bundled_ones() {
    let sources = Sources::new(Vec::new(), Vec::new(), true);
    let bundled = bundled(&sources);
    let mut differences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut compared = 0;
    for (file, text) in texts() {
        let ours = ServiceModel::parse(&file, "", text, &file, protocol::naming).unwrap();
        let id = ours.metadata.service_id.clone();
        let Some(theirs) = bundled.get(&id) else {
            ours.operation_names().for_each(|name| drop(ours.operation(name).unwrap()));
            continue;
        };
        let mut note =
            |what: String, place: &str| drop(differences.entry(what).or_default().insert(format!("{id} {place}")));
        for (what, a, b) in [
            ("metadata endpointPrefix", &ours.metadata.endpoint_prefix, &theirs.metadata.endpoint_prefix),
            ("metadata signing name", &ours.signing_name().to_owned(), &theirs.signing_name().to_owned()),
            ("metadata apiVersion", &ours.metadata.api_version, &theirs.metadata.api_version),
        ] {
            if a != b {
                note(format!("{what} {a} not {b}"), "");
            }
        }
        if ours.metadata.target_prefix != theirs.metadata.target_prefix && theirs.metadata.target_prefix.is_some() {
            note("metadata targetPrefix".into(), "");
        }
        if ours.metadata.signs_raw_paths() != theirs.metadata.signs_raw_paths()
            || ours.metadata.json_version != theirs.metadata.json_version
            || ours.metadata.query_compatible != theirs.metadata.query_compatible
        {
            note("metadata flags".into(), "");
        }
        for name in ours.operation_names() {
            let Some(index) = theirs.operation_index(name) else {
                note("only in Smithy".into(), name);
                continue;
            };
            let (ours, theirs) = (ours.operation(name).unwrap(), theirs.compile(index, &[]).unwrap());
            compared += 1;
            compare(&ours, &theirs, &mut |what| note(what, name));
        }
    }
    for (what, places) in &differences {
        let some: Vec<&str> = places.iter().take(4).map(String::as_str).collect();
        println!("{what}: {} {some:?}", places.len());
    }
    println!("{compared} operations");
}

fn compare(ours: &Operation, theirs: &Operation, note: &mut dyn FnMut(String)) {
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            note(format!("{what} {ours} not {theirs}"));
        }
    };
    let shown = |value: &dyn std::fmt::Debug| format!("{value:?}");
    differ("method", ours.method.to_string(), theirs.method.to_string());
    if !ours.uri.to_string().contains("x-id") {
        let plain = |uri: String| uri.to_lowercase().replace('_', "");
        differ("uri", plain(ours.uri.to_string()), plain(theirs.uri.to_string()));
    }
    differ("hostPrefix", shown(&ours.host_prefix), shown(&theirs.host_prefix));
    differ("wrapper", shown(&ours.result_wrapper), shown(&theirs.result_wrapper));
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
                let mut seen = BTreeSet::new();
                let mut walk = Walk { ours, theirs, seen: &mut seen, note, what };
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

struct Walk<'w> {
    ours: &'w Shapes,
    theirs: &'w Shapes,
    seen: &'w mut BTreeSet<String>,
    note: &'w mut dyn FnMut(String),
    what: &'static str,
}

impl Walk<'_> {
    fn shapes(&mut self, ours: &Ref, theirs: &Ref, is_root: bool) {
        let (a, b) = (self.ours.get(ours.shape), self.theirs.get(theirs.shape));
        let place = format!("{} {}", self.what, a.name);
        let flags = |target: &Ref| {
            format!(
                "{:?}",
                (
                    (target.location, target.flattened, target.xml_attribute, target.json_value, target.host_label),
                    (target.idempotency_token, target.streaming, target.sensitive, target.requires_length),
                    (target.endpoint_id, target.event_payload, target.event_header, &target.context_param),
                    (target.timestamp_format, &target.xml_namespace),
                )
            )
        };
        if flags(ours) != flags(theirs) {
            (self.note)(format!("{place} flags {} not {}", flags(ours), flags(theirs)));
        }
        if ours.wire != theirs.wire && !is_root && ours.location != crate::model::shape::Location::Uri {
            (self.note)(format!("{place} wire {} not {}", ours.wire, theirs.wire));
        }
        if !self.seen.insert(format!("{:?}", (ours.shape, theirs.shape))) {
            return;
        }
        if a.constraints.min != b.constraints.min {
            (self.note)(format!("{place} min {:?} not {:?}", a.constraints.min, b.constraints.min));
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
                    (self.note)(format!("{place} {} not {}", facts(a), facts(b)));
                }
                for member in &a.members {
                    match b.by_name(&member.name) {
                        Some((_, theirs)) => self.shapes(&member.target, &theirs.target, false),
                        None => (self.note)(format!("{place}.{} only in Smithy", member.name)),
                    }
                }
                for member in b.members.iter().filter(|member| a.by_name(&member.name).is_none()) {
                    (self.note)(format!("{place}.{} only in botocore", member.name));
                }
            }
            (Kind::List(a), Kind::List(b)) => self.shapes(a, b, false),
            (Kind::Map { key, value }, Kind::Map { key: their_key, value: theirs }) => {
                self.shapes(key, their_key, false);
                self.shapes(value, theirs, false);
            }
            (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => {}
            (a, b) => (self.note)(format!("{place} kind {a:?} not {b:?}")),
        }
    }
}
