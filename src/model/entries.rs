//! Ordered JSON objects of model files, as lists of pairs. Keys without escapes borrow from the text.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// Entries of an object in file order.
#[derive(Debug)]
pub(crate) struct Entries<'m, T>(pub(crate) Vec<(Cow<'m, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<'de: 'm, 'm, T: Deserialize<'de>> Deserialize<'de> for Entries<'m, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Vec<(Cow<'de, str>, T)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(BorrowedKey(name)) = map.next_key()? {
                    entries.push((name, map.next_value()?));
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(EntriesVisitor(PhantomData)).map(Entries)
    }
}

/// Key that borrows: serde borrows a `Cow` only in a field with the attribute.
#[derive(Deserialize)]
struct BorrowedKey<'m>(#[serde(borrow)] Cow<'m, str>);
