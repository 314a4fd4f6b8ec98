//! Finds the parts of a resource by name, and says what a name is that is used for something else.

use super::Resource;
use super::error::ResourceError;
use crate::error::{Error, Result};
use crate::model::names::same_spelling;
use crate::model::resources::named;
use crate::spelling::{did_you_mean, nearest};

/// What the actions of collections are called in messages.
pub(super) const BATCH_ACTION: &str = "batch action";

/// What a name can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Identifier,
    Attribute,
    Action,
    Child,
    Reference,
    Collection,
    Waiter,
}

impl Category {
    const ALL: [Category; 7] = [
        Category::Identifier,
        Category::Attribute,
        Category::Action,
        Category::Child,
        Category::Reference,
        Category::Collection,
        Category::Waiter,
    ];

    fn noun(self) -> &'static str {
        self.with_article().rsplit(' ').next().unwrap_or_default()
    }

    fn with_article(self) -> &'static str {
        match self {
            Category::Identifier => "an identifier",
            Category::Attribute => "an attribute",
            Category::Action => "an action",
            Category::Child => "a child",
            Category::Reference => "a reference",
            Category::Collection => "a collection",
            Category::Waiter => "a waiter",
        }
    }

    /// How a part of this category is used.
    fn verb(self, name: &str) -> String {
        match self {
            Category::Action => format!("action(\"{name}\", ..)"),
            Category::Child => format!("child(\"{name}\", ..)"),
            Category::Waiter => format!("wait_until(\"{name}\", ..)"),
            _ => format!("{}(\"{name}\")", self.noun()),
        }
    }
}

impl Resource {
    /// The part with this name, in any spelling.
    pub(super) fn find<'e, T>(&self, category: Category, name: &str, entries: &'e [(String, T)]) -> Result<&'e T> {
        named(entries, name).ok_or_else(|| self.unknown(category, name))
    }

    /// The index of the identifier with this name.
    pub(super) fn identifier_index(&self, name: &str) -> Option<usize> {
        self.0.model.identifiers.iter().position(|identifier| same_spelling(&identifier.name, name))
    }

    /// The index of the identifier that an attribute of this name is.
    pub(super) fn alias(&self, name: &str) -> Option<usize> {
        let is_alias = |alias: &String| same_spelling(alias, name);
        self.0.model.identifiers.iter().position(|identifier| identifier.alias.as_ref().is_some_and(is_alias))
    }

    /// The names of a category, as they are shown.
    pub(super) fn names(&self, category: Category) -> Vec<&str> {
        fn first<T>(entries: &[(String, T)]) -> Vec<&str> {
            entries.iter().map(|(name, _)| name.as_str()).collect()
        }
        let model = &self.0.model;
        match category {
            Category::Identifier => model.identifiers.iter().map(|identifier| identifier.name.as_str()).collect(),
            Category::Attribute => first(&model.attributes),
            Category::Action => {
                let mut names = first(&model.actions);
                let injected = super::injected::actions_of(self).map(|action| action.name);
                names.extend(injected.filter(|name| named(&model.actions, name).is_none()));
                names
            }
            Category::Child => first(&model.children),
            Category::Reference => first(&model.references),
            Category::Collection => first(&model.collections),
            Category::Waiter => first(&model.waiters),
        }
    }

    /// The error for a name that is not of this category.
    pub(super) fn unknown(&self, category: Category, name: &str) -> Error {
        let resource = self.to_string();
        for found in Category::ALL.into_iter().filter(|other| *other != category) {
            if let Some(known) = self.names(found).into_iter().find(|known| same_spelling(known, name)) {
                let (name, verb) = (known.to_owned(), found.verb(known));
                let (found, expected) = (found.with_article(), category.with_article());
                return ResourceError::WrongVerb { resource, name, found, expected, verb }.into();
            }
        }
        let hint = did_you_mean(&nearest(name, self.names(category)));
        ResourceError::Unknown { resource, category: category.noun(), name: name.to_owned(), hint }.into()
    }
}
