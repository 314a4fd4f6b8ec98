//! Pages and items that are read into a type without a value of the page.
//!
//! What follows a page is decided by a few of its members: the next tokens, and what says that there are more results. Where
//! the paginator finds these by plain paths (`NextToken`, `DistributionList.NextMarker`), the reader remembers them while it
//! reads the type; see [`Taps`]. Any other page is read as a value first: those of paginators with other expressions, those
//! that have to be truncated or counted, and those that the reader or the type gives up on, or that do not say clearly what
//! follows.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::pages::Pages;
use super::walk::TRUNCATED;
use crate::error::Result;
use crate::jmespath::Expression;
use crate::model::operation::Operation;
use crate::model::paginators::{Pagination, plain_path};
use crate::model::shape::{Kind, Ref, Shapes};
use crate::protocol::typed::{LocatedResult, ShapeDeserializer, Taps, unlikely};

/// How the pages of a listing are read into a type.
pub(super) struct Direct {
    /// The members that decide what follows a page.
    taps: Vec<Vec<String>>,
    /// The list of the primary result.
    items: Option<Vec<String>>,
}

/// A page or its items.
pub(super) enum PageAs<T> {
    Read(T),
    /// It has to be read from the value.
    Value(Value),
}

impl Direct {
    /// `None` if the pages have to be values first.
    pub(super) fn of(pagination: &Pagination, operation: &Operation) -> Option<Direct> {
        let output = operation.output.as_ref().filter(|_| !operation.streams_response())?;
        let path = |expression: &Expression| plain_path(expression.as_str());
        let deciding = pagination.output_tokens.iter().chain(&pagination.more_results);
        let mut taps = deciding.map(path).collect::<Option<Vec<_>>>()?;
        let primary = pagination.result_keys.first()?.path()?;
        let parent = &primary[..primary.len().checked_sub(1)?];
        for place in [&[][..], parent] {
            let truncated = TRUNCATED.iter().map(|name| [place, &[(*name).to_owned()]].concat());
            taps.extend(truncated.filter(|path| member(output, path).is_some()));
        }
        let contains_another = |path: &Vec<String>| taps.iter().any(|other| other != path && other.starts_with(path));
        if taps.iter().any(|path| member(output, path).is_none() || contains_another(path)) {
            return None;
        }
        let is_list = member(output, primary).is_some_and(|target| matches!(output.kind(target), Kind::List(_)));
        Some(Direct { taps, items: is_list.then(|| primary.to_vec()) })
    }

    pub(super) fn reads_items(&self) -> bool {
        self.items.is_some()
    }
}

/// The member at the end of a path of structures.
fn member<'s>(shapes: &'s Shapes, path: &[String]) -> Option<&'s Ref> {
    path.iter().try_fold(shapes.root(), |target, name| {
        let structure = shapes.structure(target.shape).filter(|structure| !structure.document)?;
        structure.by_name(name).map(|(_, member)| &member.target)
    })
}

impl Pages {
    /// Requests the next page and reads it into a type.
    pub(super) fn page_as<T: DeserializeOwned>(&mut self) -> Result<PageAs<T>> {
        let direct = self.direct.as_ref().filter(|_| self.walk.takes_whole_page());
        match self.read_by(direct, &|_, root| T::deserialize(root))? {
            PageAs::Read((page, rest)) => {
                let outcome = self.walk.accept_items(&rest, &mut Vec::<T>::new())?;
                self.follow(outcome);
                Ok(PageAs::Read(page))
            }
            PageAs::Value(page) => self.accept(page).map(PageAs::Value),
        }
    }

    /// Requests the next page and reads its items into a type.
    pub(super) fn items_of_page_as<T: DeserializeOwned>(&mut self) -> Result<PageAs<Vec<T>>> {
        let direct = self.direct.as_ref().filter(|direct| direct.reads_items());
        let read = |direct: &Direct, root: ShapeDeserializer<'_, '_, '_>| {
            let path = direct.items.as_deref().unwrap_or_default();
            ListAt { path, item: PhantomData }.deserialize(root)
        };
        match self.read_by(direct, &read)? {
            PageAs::Read((mut items, rest)) => {
                let outcome = self.walk.accept_items(&rest, &mut items)?;
                self.follow(outcome);
                Ok(PageAs::Read(items))
            }
            PageAs::Value(page) => self.accept(page).map(PageAs::Value),
        }
    }

    /// Requests a page, reads it with `read`, and returns the members that decide what follows with it.
    fn read_by<R>(
        &self,
        direct: Option<&Direct>,
        read: &dyn Fn(&Direct, ShapeDeserializer<'_, '_, '_>) -> LocatedResult<R>,
    ) -> Result<PageAs<(R, Value)>> {
        let Some(direct) = direct else { return self.fetch(None).map(PageAs::Value) };
        let taken = Cell::new(None);
        let page = self.fetch(Some(&|root| {
            let taps = Taps::new(&direct.taps);
            let page = read(direct, root.tapping(&taps))?;
            let rest = taps.take();
            if !self.walk.is_clear(&rest) {
                return Err(unlikely());
            }
            taken.set(Some((page, rest)));
            Ok(())
        }))?;
        match taken.take().filter(|_| page.is_null()) {
            Some(read) => Ok(PageAs::Read(read)),
            None => Ok(PageAs::Value(page)),
        }
    }
}

/// Reads the list at the end of a path, and skips everything else. A list that is missing is empty.
struct ListAt<'p, T> {
    path: &'p [String],
    item: PhantomData<fn() -> T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ListAt<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        if self.path.is_empty() { Vec::deserialize(deserializer) } else { deserializer.deserialize_map(self) }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListAt<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        let Some((name, path)) = self.path.split_first() else { return Ok(items) };
        while let Some(is_next) = members.next_key_seed(IsName(name))? {
            if is_next {
                items = members.next_value_seed(ListAt { path, item: self.item })?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(items)
    }
}

/// Reads a name, and says whether it is this one.
struct IsName<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for IsName<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}
