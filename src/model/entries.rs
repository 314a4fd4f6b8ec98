//! Objects of model files whose order matters, as lists of pairs. Keys borrow from the text wherever they have no escapes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The entries of an object in the order of the file.
#[derive(Debug)]
pub(crate) struct Entries<'m, T>(pub(crate) Vec<(Cow<'m, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<'de: 'm, 'm, T: Deserialize<'de>> Deserialize<'de> for Entries<'m, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Visit<T> {
            type Value = Vec<(Cow<'de, str>, T)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(Key(name)) = map.next_key()? {
                    entries.push((name, map.next_value()?));
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Visit(PhantomData)).map(Entries)
    }
}

/// serde borrows a `Cow` only where a field says so.
#[derive(Deserialize)]
struct Key<'m>(#[serde(borrow)] Cow<'m, str>);
