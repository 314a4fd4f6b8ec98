//! Shapes with all that mixins and `apply` statements add to them.

use super::ast::{AstMember, AstShape};
use super::error::SmithyError;
use super::index::AstIndex;
use super::traits::MIXIN;
use serde::Deserialize;

/// More than any model has. The limit keeps mixins that include themselves from exhausting the stack.
const MAX_DEPTH: usize = 64;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MixinTrait {
    local_traits: Vec<String>,
}

impl AstIndex {
    /// Returns a shape as it is after all statements of the document.
    pub(super) fn resolve(&self, index: usize) -> Result<AstShape<'_>, SmithyError> {
        self.resolve_at(index, 0).map_err(|error| error.at(self.id(index)))
    }

    fn resolve_at(&self, index: usize, depth: usize) -> Result<AstShape<'_>, SmithyError> {
        if depth >= MAX_DEPTH {
            return Err(SmithyError::EndlessMixins);
        }
        let id = self.id(index);
        let mut own = AstShape::parse(self.definition(index)).map_err(|error| error.at(id))?;
        for mixin in std::mem::take(&mut own.mixins).iter().rev() {
            let found = self.find(&mixin.target).ok_or_else(|| SmithyError::Missing(mixin.target.to_string()))?;
            let mixin = self.resolve_at(found, depth + 1)?;
            own = mixed(own, mixin)?;
        }
        if self.has_applied() {
            own.traits.extend(self.applied(id)?);
            for (name, member) in own.members.0.iter_mut() {
                member.traits.extend(self.applied(&format!("{id}${name}"))?);
            }
            let elements = [("member", &mut own.member), ("key", &mut own.key), ("value", &mut own.value)];
            for (name, member) in elements {
                if let Some(member) = member {
                    member.traits.extend(self.applied(&format!("{id}${name}"))?);
                }
            }
        }
        Ok(own)
    }
}

/// Adds what a mixin has: its members come first.
fn mixed<'m>(own: AstShape<'m>, mixin: AstShape<'m>) -> Result<AstShape<'m>, SmithyError> {
    let local = mixin.traits.get::<MixinTrait>(MIXIN)?.unwrap_or_default().local_traits;
    let mut traits = mixin.traits;
    traits.retain(|id| id != MIXIN && !local.iter().any(|local| local == id));
    traits.extend(own.traits);
    let mut members = mixin.members.0;
    for (name, member) in own.members.0 {
        match members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                known.traits.extend(member.traits);
                if !member.target.is_empty() {
                    known.target = member.target;
                }
            }
            None => members.push((name, member)),
        }
    }
    let joined = |mut first: Vec<_>, second: Vec<_>| {
        first.extend(second);
        first
    };
    Ok(AstShape {
        traits,
        members: crate::model::entries::Entries(members),
        member: element(own.member, mixin.member),
        key: element(own.key, mixin.key),
        value: element(own.value, mixin.value),
        errors: joined(mixin.errors, own.errors),
        operations: joined(mixin.operations, own.operations),
        resources: joined(mixin.resources, own.resources),
        collection_operations: joined(mixin.collection_operations, own.collection_operations),
        ..own
    })
}

fn element<'m>(own: Option<AstMember<'m>>, mixin: Option<AstMember<'m>>) -> Option<AstMember<'m>> {
    match (own, mixin) {
        (Some(own), Some(mut mixin)) => {
            mixin.traits.extend(own.traits);
            Some(AstMember { target: own.target, traits: mixin.traits })
        }
        (own, mixin) => own.or(mixin),
    }
}
