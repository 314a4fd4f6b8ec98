//! What copies within the store keep of their sources besides the content (`--copy-props`, `--metadata-directive`).

use serde_json::{Map, Value};

use crate::aws::own::OwnLine;

/// What a copy keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptProperties {
    /// What `--metadata-directive` says.
    Directive,
    Nothing,
    Metadata,
    /// Metadata and tags.
    Default,
    /// Metadata, tags and annotations.
    All,
}

/// The metadata of an object.
const METADATA: &[&str] =
    &["CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires", "Metadata"];

impl KeptProperties {
    pub(super) fn read(line: &OwnLine<'_>) -> Self {
        match line.text("--copy-props") {
            _ if line.has("--metadata-directive") => KeptProperties::Directive,
            Some("none") => KeptProperties::Nothing,
            Some("metadata-directive") => KeptProperties::Metadata,
            Some("all") => KeptProperties::All,
            _ => KeptProperties::Default,
        }
    }

    fn keeps_metadata(self) -> bool {
        !matches!(self, KeptProperties::Directive | KeptProperties::Nothing)
    }
}

/// Whether the line sets some of the metadata.
fn sets_metadata(params: &Map<String, Value>) -> bool {
    METADATA.iter().any(|name| params.contains_key(*name))
}

/// Whether the metadata of the source has to be sent. In one request, the store copies it unless some of it is set.
pub(super) fn are_needed(params: &Map<String, Value>, kept: KeptProperties, in_parts: bool) -> bool {
    kept.keeps_metadata() && (in_parts || sets_metadata(params))
}

/// Adds the directives, and the metadata of the source that the line does not set. `object` is an output of `HeadObject` if
/// [`are_needed`].
pub(super) fn add(params: &mut Map<String, Value>, kept: KeptProperties, in_parts: bool, object: &Value) {
    let mut set = |name: &str, value: &str| drop(params.insert(name.to_owned(), value.into()));
    match kept {
        KeptProperties::Directive => return,
        KeptProperties::Nothing => {
            set("MetadataDirective", "REPLACE");
            set("TaggingDirective", "REPLACE");
            set("AnnotationDirective", "EXCLUDE");
            return;
        }
        KeptProperties::Metadata => {
            set("TaggingDirective", "REPLACE");
            set("AnnotationDirective", "EXCLUDE");
        }
        KeptProperties::Default => {
            set("AnnotationDirective", "EXCLUDE");
            if in_parts {
                set("TaggingDirective", "COPY");
            }
        }
        KeptProperties::All => {
            if in_parts {
                set("TaggingDirective", "COPY");
                set("AnnotationDirective", "COPY");
            }
        }
    }
    if are_needed(params, kept, in_parts) {
        params.insert("MetadataDirective".to_owned(), "REPLACE".into());
        for name in METADATA {
            if let Some(value) = object.get(*name).filter(|_| !params.contains_key(*name)) {
                params.insert((*name).to_owned(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn added(params: Value, kept: KeptProperties, in_parts: bool) -> Value {
        let Value::Object(mut params) = params else { panic!("an object") };
        let object = json!({"ContentLength": 1, "ContentType": "text/x", "Metadata": {"a": "b"}, "ETag": "e"});
        add(&mut params, kept, in_parts, &object);
        Value::Object(params)
    }

    #[test]
    fn copies_keep_what_is_wished() {
        use KeptProperties::{All, Default, Directive, Metadata, Nothing};
        let exclude = json!({"AnnotationDirective": "EXCLUDE"});
        assert_eq!(added(json!({}), Default, false), exclude);
        assert_eq!(added(json!({}), All, false), json!({}));
        assert_eq!(added(json!({}), Directive, true), json!({}));
        assert_eq!(
            added(json!({}), Nothing, false),
            json!({"MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE", "AnnotationDirective": "EXCLUDE"})
        );
        assert_eq!(
            added(json!({"ContentType": "text/y"}), Metadata, false),
            json!({
                "ContentType": "text/y", "Metadata": {"a": "b"}, "MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE",
                "AnnotationDirective": "EXCLUDE",
            })
        );
        assert_eq!(
            added(json!({}), Default, true),
            json!({
                "ContentType": "text/x", "Metadata": {"a": "b"}, "MetadataDirective": "REPLACE", "TaggingDirective": "COPY",
                "AnnotationDirective": "EXCLUDE",
            })
        );
    }
}
