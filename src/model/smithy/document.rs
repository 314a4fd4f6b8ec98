//! An opened Smithy model: its operations, and its shapes by the names that they have in botocore's format.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use once_cell::sync::OnceCell;
use serde_json::json;

use super::ast::{AstReference, AstShape, kind_of, short_name};
use super::error::SmithyError;
use super::index::AstIndex;
use super::prelude::prelude;
use super::role::ShapeRole;
use super::service::SmithyService;
use super::traits::{ENDPOINT_RULE_SET, ERROR};
use crate::model::names::NameMap;

/// A service model in Smithy's JSON AST.
pub(crate) struct SmithyDocument {
    pub(super) index: AstIndex,
    pub(super) service: SmithyService,
    /// Metadata in botocore's format.
    head: String,
    operations: Vec<OperationCell>,
    by_name: NameMap,
    /// Names of the shapes of data, sorted, with their indices.
    by_shape: Vec<(Box<str>, u32)>,
    /// Names of shapes that are not the end of their ids.
    renamed: HashMap<u32, Box<str>>,
    /// The converted texts of each shape, by role.
    texts: Box<[[OnceCell<Box<str>>; 3]]>,
}

struct OperationCell {
    name: String,
    index: usize,
    text: OnceCell<Box<str>>,
}

impl SmithyDocument {
    /// Indexes a document.
    pub(crate) fn open(text: String) -> Result<SmithyDocument, SmithyError> {
        let index = AstIndex::new(text)?;
        let services: Vec<usize> =
            (0..index.len()).filter(|shape| kind_of(index.definition(*shape)) == "service").collect();
        let service = match services.as_slice() {
            [] => return Err(SmithyError::NoService),
            [service] => *service,
            several => {
                let ids: Vec<&str> = several.iter().map(|service| index.id(*service)).collect();
                return Err(SmithyError::SeveralServices(ids.join(", ")));
            }
        };
        let shape = index.resolve(service)?;
        let id = index.id(service);
        let (service, head) = SmithyService::of(id, &shape).map_err(|error| error.at(id))?;
        let operations = operations(&index, &shape)?;
        let (by_shape, renamed) = names(&index, &shape);
        drop(shape);
        let by_name = NameMap::new(operations.iter().map(|operation| operation.name.as_str()));
        let texts = (0..index.len()).map(|_| Default::default()).collect();
        Ok(SmithyDocument { index, service, head, operations, by_name, by_shape, renamed, texts })
    }

    /// Returns the metadata of the service as a model in botocore's format has it.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    pub(crate) fn operation_name(&self, index: usize) -> &str {
        &self.operations[index].name
    }

    pub(crate) fn operation_count(&self) -> usize {
        self.operations.len()
    }

    /// Returns the index of an operation, by any spelling of its name.
    pub(crate) fn operation_index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)
    }

    /// Returns the name and the converted text of an operation.
    pub(crate) fn operation(&self, index: usize) -> (&str, &str) {
        let operation = &self.operations[index];
        let text = operation.text.get_or_init(|| {
            let converted = self.index.resolve(operation.index).and_then(|shape| {
                self.convert_operation(&operation.name, &shape)
                    .map_err(|error| error.at(self.index.id(operation.index)))
            });
            text_of(converted)
        });
        (&operation.name, text)
    }

    /// The operations with their shapes.
    pub(super) fn operation_shapes(&self) -> impl Iterator<Item = (&str, Result<AstShape<'_>, SmithyError>)> {
        self.operations.iter().map(|operation| (operation.name.as_str(), self.index.resolve(operation.index)))
    }

    /// Returns the converted text of a shape.
    pub(crate) fn shape(&self, name: &str) -> Option<&str> {
        let (name, role) = ShapeRole::split(name);
        match self.shape_index(name) {
            Some(index) => Some(self.shape_text(index, role)),
            None => prelude(name),
        }
    }

    fn shape_text(&self, index: usize, role: ShapeRole) -> &str {
        self.texts[index][role as usize].get_or_init(|| {
            let converted = self.index.resolve(index).and_then(|shape| {
                let id = self.index.id(index);
                self.convert_shape(id, &shape, role).map_err(|error| error.at(id))
            });
            text_of(converted)
        })
    }

    /// Returns the names and texts of all shapes that may be errors, in the order of the document.
    pub(crate) fn error_shapes(&self) -> Vec<(&str, &str)> {
        // A text search is cheaper than parsing, and most shapes are not errors. A mixin may make a shape one.
        let may_be = |index: usize| {
            let text = self.index.definition(index);
            text.contains(ERROR) || text.contains("\"mixins\"") || self.index.has_applied()
        };
        let mut shapes: Vec<(&str, usize)> =
            self.by_shape.iter().map(|(name, index)| (&**name, *index as usize)).collect();
        shapes.retain(|(_, index)| may_be(*index) && kind_of(self.index.definition(*index)) == "structure");
        shapes.sort_by_key(|(_, index)| self.index.place(*index));
        shapes.into_iter().map(|(name, index)| (name, self.shape_text(index, ShapeRole::Plain))).collect()
    }

    /// Returns the operation for endpoint discovery.
    pub(crate) fn discovery_operation(&self) -> Option<usize> {
        let id = self.service.discovery.as_deref()?;
        self.operations.iter().position(|operation| self.index.id(operation.index) == id)
    }

    /// Returns the service's endpoint rule set.
    pub(crate) fn rule_set(&self) -> Result<Option<String>, SmithyError> {
        let Some(service) = self.index.find(&self.service.id) else { return Ok(None) };
        Ok(self.index.resolve(service)?.traits.raw(ENDPOINT_RULE_SET).map(str::to_owned))
    }

    /// Finds a shape of data by its name in botocore's format.
    fn shape_index(&self, name: &str) -> Option<usize> {
        if name.contains('#') {
            return self.index.find(name);
        }
        let found = self.by_shape.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(self.by_shape[found].1 as usize)
    }

    /// Returns the name of a shape of the document in botocore's format.
    pub(super) fn name_of(&self, index: usize) -> &str {
        let renamed = u32::try_from(index).ok().and_then(|index| self.renamed.get(&index));
        renamed.map_or_else(|| short_name(self.index.id(index)), AsRef::as_ref)
    }

    /// Whether a name belongs to a shape of the document, so that it cannot mean one of Smithy's own.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.shape_index(name).is_some()
    }
}

impl std::fmt::Debug for SmithyDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmithyDocument({})", self.service.id)
    }
}

/// A text for the compiler. It refuses the one of an error with the reason.
fn text_of(converted: Result<serde_json::Value, SmithyError>) -> Box<str> {
    let value = converted.unwrap_or_else(|error| json!({ "unreadable": error.to_string() }));
    value.to_string().into()
}

/// Collects the operations of the service and of all resources below it, sorted by name.
fn operations(index: &AstIndex, service: &AstShape<'_>) -> Result<Vec<OperationCell>, SmithyError> {
    let mut cells = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let add = |shape: &AstShape<'_>, cells: &mut Vec<OperationCell>, seen: &mut HashSet<String>| {
        for AstReference { target } in shape.own_operations() {
            let found = index.find(target).ok_or_else(|| SmithyError::Missing(target.to_string()))?;
            let kind = kind_of(index.definition(found));
            if kind != "operation" {
                let error = SmithyError::Kind { expected: "operation", found: kind.into_owned() };
                return Err(error.at(target));
            }
            if seen.insert(target.to_string()) {
                cells.push(OperationCell { name: short_name(target).to_owned(), index: found, text: OnceCell::new() });
            }
        }
        Ok(())
    };
    add(service, &mut cells, &mut seen)?;
    let mut resources: Vec<Cow<'_, str>> = service.resources.iter().map(|resource| resource.target.clone()).collect();
    let mut visited: HashSet<String> = HashSet::new();
    while let Some(id) = resources.pop() {
        if !visited.insert(id.to_string()) {
            continue;
        }
        let found = index.find(&id).ok_or_else(|| SmithyError::Missing(id.to_string()))?;
        let resource = index.resolve(found)?;
        add(&resource, &mut cells, &mut seen).map_err(|error| error.at(&id))?;
        resources.extend(resource.resources.into_iter().map(|resource| resource.target));
    }
    cells.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cells)
}

type ShapeNames = (Vec<(Box<str>, u32)>, HashMap<u32, Box<str>>);

/// Names the shapes of data: by the end of their ids, as the service renames them, or by the whole id where several have the
/// same.
fn names(index: &AstIndex, service: &AstShape<'_>) -> ShapeNames {
    let renames: HashMap<&str, &str> = service.rename.0.iter().map(|(id, name)| (id.as_ref(), name.as_str())).collect();
    let is_data = |shape: &usize| !matches!(&*kind_of(index.definition(*shape)), "service" | "operation" | "resource");
    let name = |shape: usize| {
        let id = index.id(shape);
        (renames.get(id).copied().unwrap_or_else(|| short_name(id)), shape)
    };
    let mut names: Vec<(&str, usize)> = (0..index.len()).filter(is_data).map(name).collect();
    names.sort_unstable();
    let mut by_shape = Vec::with_capacity(names.len());
    let mut renamed = HashMap::new();
    for same in names.chunk_by(|a, b| a.0 == b.0) {
        for (name, shape) in same {
            let name = if same.len() == 1 { name } else { index.id(*shape) };
            let shape = *shape as u32;
            if name != short_name(index.id(shape as usize)) {
                renamed.insert(shape, name.into());
            }
            if same.len() == 1 {
                by_shape.push((name.into(), shape));
            }
        }
    }
    (by_shape, renamed)
}
