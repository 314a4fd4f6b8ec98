//! Where a parameter of a definition goes: `QueueUrl`, `Filters[0].Values[0]`, `InstanceIds[]`, `Entries[*].Id`.

use serde_json::{Map, Value};

use crate::model::error::DefinitionError;

/// The largest index of a target. A definition cannot make lists of any length.
const MAX_INDEX: usize = 1_000;

/// The most names in a target. A definition cannot nest parameters without end.
const MAX_NAMES: usize = 32;

/// The most characters of an invalid target in an error.
const MAX_SHOWN: usize = 80;

/// The path of a parameter.
#[derive(Debug, PartialEq)]
pub(crate) struct ParamTarget(Vec<TargetPart>);

#[derive(Debug, PartialEq)]
struct TargetPart {
    name: String,
    index: Option<TargetIndex>,
}

/// The element of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum TargetIndex {
    /// `[0]`
    At(usize),
    /// `[]`: a new one at the end.
    New,
    /// `[*]`: that of the item in a batch.
    Item,
}

impl ParamTarget {
    pub(super) fn parse(text: &str) -> Result<ParamTarget, DefinitionError> {
        let invalid = || DefinitionError::Target { text: text.chars().take(MAX_SHOWN).collect(), max: MAX_NAMES };
        let part = |part: &str| {
            let (name, index) = match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
                None => (part, None),
                Some((name, "")) => (name, Some(TargetIndex::New)),
                Some((name, "*")) => (name, Some(TargetIndex::Item)),
                Some((name, digits)) => {
                    let index = digits.parse().ok().filter(|index| *index <= MAX_INDEX).ok_or_else(invalid)?;
                    (name, Some(TargetIndex::At(index)))
                }
            };
            match name.is_empty() || name.contains(['[', ']']) {
                true => Err(invalid()),
                false => Ok(TargetPart { name: name.to_owned(), index }),
            }
        };
        let parts = text.split('.').take(MAX_NAMES + 1).map(part).collect::<Result<Vec<_>, _>>()?;
        if parts.len() > MAX_NAMES { Err(invalid()) } else { Ok(ParamTarget(parts)) }
    }
}

/// Sets a parameter. `item` is the index of the item in a batch. As in boto3, an index also counts for the `[*]` after it, and what is
/// in the way is replaced.
pub(crate) fn set(params: &mut Value, target: &ParamTarget, value: Value, mut item: Option<usize>) {
    let mut place = params;
    for part in &target.0 {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[part.name.as_str()];
        let Some(index) = part.index else { continue };
        match index {
            TargetIndex::At(index) => item = Some(index),
            TargetIndex::New => item = None,
            TargetIndex::Item => {}
        }
        place = element(place, &mut item);
    }
    *place = value;
}

/// The element of a list, which is made as long as necessary.
fn element<'p>(place: &'p mut Value, index: &mut Option<usize>) -> &'p mut Value {
    let mut list = match place.take() {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let index = *index.get_or_insert(list.len());
    if list.len() <= index {
        list.resize(index.saturating_add(1), Value::Object(Map::new()));
    }
    *place = Value::Array(list);
    &mut place[index]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn targets_build_structures() {
        for (targets, item, expected) in [
            (&["QueueUrl"][..], None, json!({"QueueUrl": 0})),
            (&["A.B.C"], None, json!({"A": {"B": {"C": 0}}})),
            (&["Filters[0].Name", "Filters[0].Values[0]"], None, json!({"Filters": [{"Name": 0, "Values": [1]}]})),
            (&["Ids[]", "Ids[]"], None, json!({"Ids": [0, 1]})),
            (&["Ids[2]"], None, json!({"Ids": [{}, {}, 0]})),
            (
                &["Delete.Objects[*].Key", "Delete.Objects[*].Id"],
                Some(1),
                json!({"Delete": {"Objects": [{}, {"Key": 0, "Id": 1}]}}),
            ),
            (&["A[1].B[*]"], Some(7), json!({"A": [{}, {"B": [{}, 0]}]})),
            (&["A", "A[0]", "A.B"], None, json!({"A": {"B": 2}})),
        ] {
            let mut params = Value::Null;
            for (index, target) in targets.iter().enumerate() {
                set(&mut params, &ParamTarget::parse(target).unwrap(), json!(index), item);
            }
            assert_eq!(params, expected, "{targets:?}");
        }
        for text in ["", "A..B", "A[x]", "A[-1]", "A[99999999999]", "A]", "[0]", "A[[0]]"] {
            let error = DefinitionError::Target { text: text.to_owned(), max: MAX_NAMES };
            assert_eq!(ParamTarget::parse(text), Err(error));
        }
        let text = ["A"; MAX_NAMES + 1].join(".");
        assert!(ParamTarget::parse(&text).is_err());
        assert!(ParamTarget::parse(&text[2..]).is_ok());
    }

    /// `tests/data/resources/targets.py` writes the cases with boto3.
    #[test]
    fn random_targets_build_what_boto3_builds() {
        let text = include_str!("../../../tests/data/resources/targets.json");
        let cases: Vec<(Option<usize>, Vec<String>, Value)> = serde_json::from_str(text).unwrap();
        assert_eq!(cases.len(), 400);
        for (item, targets, expected) in cases {
            let mut params = Value::Null;
            for (index, target) in targets.iter().enumerate() {
                set(&mut params, &ParamTarget::parse(target).unwrap(), json!(index), item);
            }
            assert_eq!(params, expected, "{targets:?} {item:?}");
        }
    }
}
