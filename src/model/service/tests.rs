//! The index of every bundled model says what its text does.

// Clippy recognizes tests only by a plain `cfg(test)`.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::collections::BTreeSet;

use super::*;
use crate::model::loader::Sources;
use crate::protocol;

fn both(sources: &Sources, service: &str) -> (ServiceModel, ServiceModel) {
    let found = sources.service(service, None).unwrap();
    let packed = found.packed().unwrap_or_else(|| panic!("{service} has no index"));
    let packed = ServiceModel::unpack(service, &found.version, packed, "test", protocol::naming).unwrap();
    let text = found.read().unwrap().into_owned();
    (ServiceModel::parse(service, &found.version, text, "test", protocol::naming).unwrap(), packed)
}

#[test]
fn packed_models_are_the_same_as_their_texts() {
    let sources = Sources::new(Vec::new(), Vec::new(), true);
    for service in sources.services().unwrap() {
        let (whole, packed) = both(&sources, &service);
        assert_eq!(format!("{:?}", whole.metadata), format!("{:?}", packed.metadata), "{service}");
        let params = |model: &ServiceModel| format!("{:?}", model.client_context_params);
        assert_eq!(params(&whole), params(&packed), "{service}");
        assert!(whole.operation_names().eq(packed.operation_names()), "{service}");
        for (index, name) in whole.operation_names().enumerate() {
            assert_eq!(packed.operation_index(&names::snake_case(name)), Some(index), "{service} {name}");
            assert_eq!(whole.text.operation(index), packed.text.operation(index), "{service} {name}");
        }
        assert_eq!(packed.operation_index("NoSuchOperation"), None);
        let (ModelText::Whole(text), ModelText::Packed(pieces)) = (&whole.text, &packed.text) else { unreachable!() };
        let shapes: BTreeSet<&str> = text.shape_names().collect();
        assert_eq!(shapes, pieces.shape_names().collect(), "{service}");
        for name in shapes {
            assert_eq!(whole.shape_text(name), packed.shape_text(name), "{service} {name}");
        }
        assert_eq!(packed.shape_text("NoSuchShape"), None);
        let errors = |model: &ServiceModel| {
            let errors = model.index_errors().unwrap().into_iter();
            errors.map(|(code, entry)| (code, entry.shape)).collect::<BTreeSet<_>>()
        };
        assert_eq!(errors(&whole), errors(&packed), "{service}");
        let discovers = |index: &usize| whole.compile(*index, &[]).unwrap().discovers_endpoints;
        let candidates: Vec<usize> = whole.discovery_candidates().into_iter().filter(discovers).collect();
        assert_eq!(candidates, packed.discovery_candidates(), "{service}");
    }
}
