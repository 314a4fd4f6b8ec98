//! Smithy's own shapes in botocore's format.

/// The prefix of the ids of Smithy's own shapes, which no document has.
pub(super) const PRELUDE: &str = "smithy.api#";

/// Smithy's own shapes. <https://smithy.io/2.0/spec/model.html#prelude>
const PRELUDE_SHAPES: &[(&str, &str)] = &[
    ("BigDecimal", r#"{"type":"bigdecimal"}"#),
    ("BigInteger", r#"{"type":"biginteger"}"#),
    ("Blob", r#"{"type":"blob"}"#),
    ("Boolean", r#"{"type":"boolean"}"#),
    ("Byte", r#"{"type":"byte"}"#),
    ("Document", r#"{"type":"structure","members":{},"document":true}"#),
    ("Double", r#"{"type":"double"}"#),
    ("Float", r#"{"type":"float"}"#),
    ("Integer", r#"{"type":"integer"}"#),
    ("Long", r#"{"type":"long"}"#),
    ("PrimitiveBoolean", r#"{"type":"boolean"}"#),
    ("PrimitiveByte", r#"{"type":"byte"}"#),
    ("PrimitiveDouble", r#"{"type":"double"}"#),
    ("PrimitiveFloat", r#"{"type":"float"}"#),
    ("PrimitiveInteger", r#"{"type":"integer"}"#),
    ("PrimitiveLong", r#"{"type":"long"}"#),
    ("PrimitiveShort", r#"{"type":"short"}"#),
    ("Short", r#"{"type":"short"}"#),
    ("String", r#"{"type":"string"}"#),
    ("Timestamp", r#"{"type":"timestamp"}"#),
    ("Unit", r#"{"type":"structure","members":{}}"#),
];

/// Returns the text of one of Smithy's own shapes, by its name with or without the namespace.
pub(super) fn prelude(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix(PRELUDE).unwrap_or(name);
    PRELUDE_SHAPES.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|found| PRELUDE_SHAPES[found].1)
}
