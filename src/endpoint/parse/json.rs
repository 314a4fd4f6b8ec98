//! Glue between serde and the compiler: parses lists and objects with access to the compiler.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{JsonStep, RulesCompiler};

/// Part of the file whose parser needs the compiler.
pub(super) trait RulesPart<'de>: Sized {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<Self, D::Error>;
}

/// Part that is a JSON object, parsed member by member.
pub(super) trait ObjectPart<'de>: Default {
    const EXPECTED: &'static str;

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error>;
}

/// Adapter of a part to serde's seeds.
pub(super) struct PartSeed<'c, T>(&'c mut RulesCompiler, PhantomData<T>);

impl<'c, T> PartSeed<'c, T> {
    pub(super) fn new(compiler: &'c mut RulesCompiler) -> Self {
        PartSeed(compiler, PhantomData)
    }
}

impl<'de, T: RulesPart<'de>> DeserializeSeed<'de> for PartSeed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        T::read(self.0, json)
    }
}

/// Parses the value of a member.
pub(super) fn value<'de, T: RulesPart<'de>, A: MapAccess<'de>>(
    compiler: &mut RulesCompiler,
    key: &'static str,
    map: &mut A,
) -> Result<T, A::Error> {
    compiler.at(JsonStep::Key(key), |compiler| map.next_value_seed(PartSeed(compiler, PhantomData)))
}

/// Parses a part that was deferred as raw text.
pub(super) fn parse_raw<'de, T: RulesPart<'de>>(
    compiler: &mut RulesCompiler,
    key: &'static str,
    raw: &'de RawValue,
) -> serde_json::Result<T> {
    compiler.at(JsonStep::Key(key), |compiler| T::read(compiler, &mut serde_json::Deserializer::from_str(raw.get())))
}

impl<'de, T: ObjectPart<'de>> RulesPart<'de> for T {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<T, D::Error> {
        struct MembersVisitor<'c, T>(&'c mut RulesCompiler, PhantomData<T>);

        impl<'de, T: ObjectPart<'de>> Visitor<'de> for MembersVisitor<'_, T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
                let mut object = T::default();
                while let Some(Text(key)) = map.next_key()? {
                    object.member(self.0, &key, &mut map)?;
                }
                Ok(object)
            }
        }

        json.deserialize_map(MembersVisitor(compiler, PhantomData))
    }
}

/// List of parts. Each element adds its index to the path.
pub(super) struct List<T>(pub(super) Vec<T>);

impl<'de, T: RulesPart<'de>> RulesPart<'de> for List<T> {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<List<T>, D::Error> {
        struct Elements<'c, T>(&'c mut RulesCompiler, PhantomData<T>);

        impl<'de, T: RulesPart<'de>> Visitor<'de> for Elements<'_, T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut elements = Vec::new();
                loop {
                    let next = |compiler: &mut RulesCompiler| seq.next_element_seed(PartSeed(compiler, PhantomData));
                    match self.0.at(JsonStep::Index(elements.len()), next)? {
                        Some(element) => elements.push(element),
                        None => return Ok(List(elements)),
                    }
                }
            }
        }

        json.deserialize_seq(Elements(compiler, PhantomData))
    }
}

/// String that borrows from the file unless it has escapes.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
