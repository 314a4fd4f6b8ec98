//! Strips documentation from model files by a grammar for each kind of file.
//!
//! A key `documentation` is prose in a shape but a member's name in `members`, so a key's name alone is not enough. Anything that
//! the grammar does not describe is kept.

use serde_json::Value;

/// Strips the documentation of a file; `stem` chooses the grammar.
pub(super) fn strip(file: &mut Value, stem: &str) {
    if let Some((_, grammar)) = GRAMMARS.iter().find(|(known, _)| *known == stem) {
        apply(grammar, file);
    }
}

/// One kind of node in a file.
enum ModelPart {
    /// An object whose keys the format defines: some are prose, some lead to more nodes, the others are kept.
    Record {
        prose: &'static [&'static str],
        fields: &'static [(&'static str, &'static ModelPart)],
    },
    /// An object whose keys are names in the model.
    MapOf(&'static ModelPart),
    ListOf(&'static ModelPart),
}

/// The recursion is bounded: the JSON parser limits the depth of the file.
fn apply(node: &ModelPart, value: &mut Value) {
    match (node, value) {
        (ModelPart::Record { prose, fields }, Value::Object(record)) => {
            record.retain(|key, _| !prose.contains(&key.as_str()));
            for (key, field) in *fields {
                if let Some(value) = record.get_mut(*key) {
                    apply(field, value);
                }
            }
        }
        (ModelPart::MapOf(node), Value::Object(map)) => map.values_mut().for_each(|value| apply(node, value)),
        (ModelPart::ListOf(node), Value::Array(list)) => list.iter_mut().for_each(|value| apply(node, value)),
        _ => {}
    }
}

const GRAMMARS: &[(&str, &ModelPart)] = &[
    ("service-2", &SERVICE),
    ("endpoint-rule-set-1", &RULE_SET),
    ("waiters-2", &WAITERS),
    ("paginators-1", &PAGINATORS),
    ("partitions", &PARTITIONS),
    ("endpoints", &ENDPOINTS),
    ("sdk-default-configuration", &DOCUMENTED),
];

const PROSE: &[&str] = &["documentation", "documentationUrl", "deprecatedMessage", "examples", "title"];

/// An object with prose and no nodes below it.
static DOCUMENTED: ModelPart = ModelPart::Record { prose: PROSE, fields: &[] };
static DESCRIBED: ModelPart = ModelPart::Record { prose: &["description", "documentation"], fields: &[] };

static SERVICE: ModelPart = ModelPart::Record {
    prose: PROSE,
    fields: &[
        ("operations", &ModelPart::MapOf(&OPERATION)),
        ("shapes", &ModelPart::MapOf(&SHAPE)),
        ("clientContextParams", &ModelPart::MapOf(&DOCUMENTED)),
    ],
};

static OPERATION: ModelPart = ModelPart::Record {
    prose: PROSE,
    fields: &[("input", &DOCUMENTED), ("output", &DOCUMENTED), ("errors", &ModelPart::ListOf(&DOCUMENTED))],
};

static SHAPE: ModelPart = ModelPart::Record {
    prose: PROSE,
    fields: &[
        ("members", &ModelPart::MapOf(&DOCUMENTED)),
        ("member", &DOCUMENTED),
        ("key", &DOCUMENTED),
        ("value", &DOCUMENTED),
    ],
};

static RULE_SET: ModelPart = ModelPart::Record {
    prose: &["documentation"],
    fields: &[("parameters", &ModelPart::MapOf(&PARAMETER)), ("rules", &RULES)],
};

static PARAMETER: ModelPart = ModelPart::Record { prose: &["documentation"], fields: &[] };

static RULES: ModelPart = ModelPart::ListOf(&RULE);

static RULE: ModelPart = ModelPart::Record { prose: &["documentation"], fields: &[("rules", &RULES)] };

static WAITERS: ModelPart =
    ModelPart::Record { prose: &["documentation"], fields: &[("waiters", &ModelPart::MapOf(&DESCRIBED))] };

static PAGINATORS: ModelPart =
    ModelPart::Record { prose: &["documentation"], fields: &[("pagination", &ModelPart::MapOf(&DESCRIBED))] };

static PARTITIONS: ModelPart =
    ModelPart::Record { prose: &[], fields: &[("partitions", &ModelPart::ListOf(&PARTITION))] };

/// `partitions.json` and `endpoints.json` describe regions alike.
static PARTITION: ModelPart = ModelPart::Record { prose: &[], fields: &[("regions", &ModelPart::MapOf(&DESCRIBED))] };

static ENDPOINTS: ModelPart =
    ModelPart::Record { prose: &[], fields: &[("partitions", &ModelPart::ListOf(&PARTITION))] };

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_look_like_prose_survive() {
        let mut model = json!({
            "version": "2.0",
            "documentation": "gone",
            "examples": {},
            "metadata": {"serviceFullName": "Kept", "documentation": "kept: not where prose is"},
            "operations": {
                "documentation": {
                    "name": "documentation",
                    "documentation": "gone",
                    "documentationUrl": "gone",
                    "deprecated": true,
                    "deprecatedMessage": "gone",
                    "input": {"shape": "title", "documentation": "gone"},
                    "output": {"shape": "examples", "documentation": "gone", "resultWrapper": "kept"},
                    "errors": [{"shape": "E", "documentation": "gone", "exception": true, "error": {"code": "kept"}}],
                    "staticContextParams": {"documentation": {"value": "kept"}},
                },
            },
            "shapes": {
                "title": {
                    "documentation": "gone",
                    "title": "gone",
                    "type": "structure",
                    "required": ["documentation"],
                    "members": {
                        "documentation": {"shape": "documentation", "documentation": "gone", "location": "uri"},
                        "title": {"shape": "documentation", "deprecated": true, "deprecatedMessage": "gone"},
                        "examples": {"shape": "examples"},
                    },
                },
                "documentation": {
                    "type": "string", "enum": ["documentation"], "pattern": "x", "min": 1, "max": 2, "sensitive": true,
                },
                "examples": {
                    "type": "map",
                    "key": {"shape": "documentation", "documentation": "gone", "locationName": "documentation"},
                    "value": {"shape": "L", "documentation": "gone"},
                },
                "L": {"type": "list", "member": {"shape": "documentation", "documentation": "gone"}},
            },
            "clientContextParams": {"documentation": {"type": "boolean", "documentation": "gone"}},
        });
        strip(&mut model, "service-2");
        let expected = json!({
            "version": "2.0",
            "metadata": {"serviceFullName": "Kept", "documentation": "kept: not where prose is"},
            "operations": {
                "documentation": {
                    "name": "documentation",
                    "deprecated": true,
                    "input": {"shape": "title"},
                    "output": {"shape": "examples", "resultWrapper": "kept"},
                    "errors": [{"shape": "E", "exception": true, "error": {"code": "kept"}}],
                    "staticContextParams": {"documentation": {"value": "kept"}},
                },
            },
            "shapes": {
                "title": {
                    "type": "structure",
                    "required": ["documentation"],
                    "members": {
                        "documentation": {"shape": "documentation", "location": "uri"},
                        "title": {"shape": "documentation", "deprecated": true},
                        "examples": {"shape": "examples"},
                    },
                },
                "documentation": {
                    "type": "string", "enum": ["documentation"], "pattern": "x", "min": 1, "max": 2, "sensitive": true,
                },
                "examples": {
                    "type": "map",
                    "key": {"shape": "documentation", "locationName": "documentation"},
                    "value": {"shape": "L"},
                },
                "L": {"type": "list", "member": {"shape": "documentation"}},
            },
            "clientContextParams": {"documentation": {"type": "boolean"}},
        });
        // Compared as text, because the order of the keys matters.
        assert_eq!(model.to_string(), expected.to_string());
    }

    #[test]
    fn rule_sets_keep_what_is_evaluated() {
        let mut rules = json!({
            "version": "1.0",
            "parameters": {"documentation": {"type": "String", "documentation": "gone", "builtIn": "AWS::Region"}},
            "rules": [{
                "conditions": [{"fn": "isSet", "argv": [{"ref": "documentation"}], "assign": "documentation"}],
                "documentation": "gone",
                "type": "tree",
                "rules": [{
                    "conditions": [], "documentation": "gone", "type": "endpoint",
                    "endpoint": {"url": "https://x", "properties": {"documentation": "kept"}, "headers": {"documentation": ["kept"]}},
                }],
            }],
        });
        strip(&mut rules, "endpoint-rule-set-1");
        let expected = json!({
            "version": "1.0",
            "parameters": {"documentation": {"type": "String", "builtIn": "AWS::Region"}},
            "rules": [{
                "conditions": [{"fn": "isSet", "argv": [{"ref": "documentation"}], "assign": "documentation"}],
                "type": "tree",
                "rules": [{
                    "conditions": [], "type": "endpoint",
                    "endpoint": {"url": "https://x", "properties": {"documentation": "kept"}, "headers": {"documentation": ["kept"]}},
                }],
            }],
        });
        assert_eq!(rules.to_string(), expected.to_string());
    }

    #[test]
    fn documentation_is_stripped_from_other_files() {
        for (stem, before, after) in [
            (
                "waiters-2",
                json!({"waiters": {"description": {"description": "gone", "delay": 1, "acceptors": [{"expected": {"description": 1}}]}}}),
                json!({"waiters": {"description": {"delay": 1, "acceptors": [{"expected": {"description": 1}}]}}}),
            ),
            (
                "paginators-1",
                json!({"pagination": {"documentation": {"input_token": "documentation", "documentation": "gone"}}}),
                json!({"pagination": {"documentation": {"input_token": "documentation"}}}),
            ),
            (
                "partitions",
                json!({"partitions": [{"regions": {"description": {"description": "gone"}}, "outputs": {"description": "kept"}}]}),
                json!({"partitions": [{"regions": {"description": {}}, "outputs": {"description": "kept"}}]}),
            ),
            (
                "endpoints",
                json!({"partitions": [{"regions": {"r": {"description": "gone"}}, "services": {"description": {"endpoints": {}}}}]}),
                json!({"partitions": [{"regions": {"r": {}}, "services": {"description": {"endpoints": {}}}}]}),
            ),
            (
                "sdk-default-configuration",
                json!({"base": {"retryMode": "standard"}, "documentation": {"modes": {}}}),
                json!({"base": {"retryMode": "standard"}}),
            ),
            ("service-2", json!(["documentation"]), json!(["documentation"])),
            (
                "service-2",
                json!({"operations": "x", "shapes": {"A": 1}}),
                json!({"operations": "x", "shapes": {"A": 1}}),
            ),
        ] {
            let mut file = before;
            strip(&mut file, stem);
            assert_eq!(file.to_string(), after.to_string(), "{stem}");
        }
    }
}
