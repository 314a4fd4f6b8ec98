//! Recognizes Smithy models, and reads their names without an index.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ast::{AstShape, kind_of};
use super::service::ServiceNames;

/// Whether a text is a Smithy model. The rest after the first keys may be damaged or missing.
pub(crate) fn is_smithy(text: &str) -> bool {
    let mut is = false;
    // Parsing stops with an error at the first key that decides.
    _ = serde_json::Deserializer::from_str(text).deserialize_map(TopKeys(&mut is));
    is
}

/// Reads the names and the version of the service of a Smithy model; `None` if the document has none.
pub(crate) fn peek_names(text: &str) -> Option<ServiceNames> {
    let mut found = None;
    _ = serde_json::Deserializer::from_str(text).deserialize_map(ServiceOfTop(&mut found));
    let shape = AstShape::parse(found?).ok()?;
    Some(ServiceNames::of(&shape))
}

/// Visitor of the keys of the document.
struct TopKeys<'a>(&'a mut bool);

impl<'de> Visitor<'de> for TopKeys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a model, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "smithy" => {
                    *self.0 = true;
                    return Err(A::Error::custom("found"));
                }
                "metadata" => _ = map.next_value::<IgnoredAny>()?,
                "shapes" => return map.next_value_seed(FirstShape(self.0)),
                _ => return Err(A::Error::custom("another format")),
            }
        }
        Ok(())
    }
}

/// Decides by the first key of `shapes`, which is an absolute id in a Smithy model.
struct FirstShape<'a>(&'a mut bool);

impl<'de> DeserializeSeed<'de> for FirstShape<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FirstShape<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shapes, which are a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        *self.0 = map.next_key::<String>()?.is_some_and(|id| id.contains('#'));
        Err(A::Error::custom("found"))
    }
}

/// Visitor that finds the shape of the service. It returns an error to stop the parser early.
struct ServiceOfTop<'a, 'de>(&'a mut Option<&'de str>);

impl<'de> Visitor<'de> for ServiceOfTop<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Smithy model, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "shapes" => return map.next_value_seed(ServiceOfShapes(self.0)),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

struct ServiceOfShapes<'a, 'de>(&'a mut Option<&'de str>);

impl<'de> DeserializeSeed<'de> for ServiceOfShapes<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ServiceOfShapes<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shapes, which are a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<Cow<'de, str>>()?.is_some() {
            let shape: &'de RawValue = map.next_value()?;
            if kind_of(shape.get()) == "service" {
                *self.0 = Some(shape.get());
                return Err(A::Error::custom("found"));
            }
        }
        Ok(())
    }
}
