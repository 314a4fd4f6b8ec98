//! Reads the metadata of a service model without parsing the rest.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::smithy::{is_smithy, peek_names};

/// Reads the `metadata.apiVersion` of a service model.
pub(crate) fn peek_api_version(model: &str) -> Result<Option<String>, serde_json::Error> {
    if is_smithy(model) {
        return Ok(peek_names(model).map(|names| names.version).filter(|version| !version.is_empty()));
    }
    #[derive(Deserialize)]
    struct VersionMetadata {
        #[serde(rename = "apiVersion")]
        api_version: Option<String>,
    }
    Ok(peek_metadata::<VersionMetadata>(model)?.and_then(|metadata| metadata.api_version))
}

/// Reads the `metadata` of a service model. It is near the top of every model, and parsing stops after it. So the rest may be
/// damaged or missing.
pub(crate) fn peek_metadata<T: DeserializeOwned>(model: &str) -> Result<Option<T>, serde_json::Error> {
    let mut found = None;
    let outcome = serde_json::Deserializer::from_str(model).deserialize_map(Peek(&mut found));
    match found {
        Some(metadata) => Ok(Some(metadata)),
        None => outcome.map(|()| None),
    }
}

/// Visitor that stores the metadata. It returns an error to stop the parser early.
struct Peek<'a, T>(&'a mut Option<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Peek<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a service model, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "metadata" {
                *self.0 = Some(map.next_value()?);
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_found_without_parsing_the_rest() {
        for (model, expected) in [
            (
                r#"{"version":"2.0","metadata":{"apiVersion":"2012-11-05","x":1},"operations": broken"#,
                Some("2012-11-05"),
            ),
            (r#"{"operations":{"metadata":{"apiVersion":"no"}},"metadata":{"apiVersion":"yes"}}"#, Some("yes")),
            (r#"{"metadata":{}}"#, None),
            ("{}", None),
        ] {
            assert_eq!(peek_api_version(model).unwrap().as_deref(), expected, "{model}");
        }
    }

    #[test]
    fn other_json_is_an_error() {
        for model in ["", "[]", "{\"a\":", "{\"metadata\":3}", "{\"metadata\":{\"apiVersion\":7}}"] {
            assert!(peek_api_version(model).is_err(), "{model}");
        }
    }
}
