//! The step *accept* for parameters of a user's type. They are validated and written to the document in one pass, without a
//! `Value` in between; only what the rest of the call needs is kept as values.
//!
//! So what is sent is what was validated, even if the type would not write the same again. Parameters that are not valid, and
//! what few types do, such as a key twice in an object, go through a value like those of other calls: it has the errors.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Call, step};
use crate::checksum;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::model::validate::{Checker, Validation};
use crate::plan::{DirectInput, DirectMember, Kept, OperationPlan};
use crate::protocol::{Document, DocumentRoot};
use crate::runtime::Runtime;
use crate::value::{GivenParams, ParamFault, ParamResult, ParamToken, Receiver, ValueBuilder, params_of};

/// A document that is written already; `None` if no member belongs there.
pub(super) type WrittenDocument = Option<Vec<u8>>;

/// The parameters that all attempts of a call send.
pub(super) struct Accepted<'g> {
    /// Those that are not in a document that is written already.
    pub(super) params: Value,
    /// All of them, if there is such a document.
    given: Option<&'g dyn GivenParams>,
}

impl Accepted<'_> {
    pub(super) fn all(params: Value) -> Self {
        Accepted { params, given: None }
    }

    /// All parameters as a value, for the secrets in them.
    pub(super) fn whole(&self, operation: &Operation) -> Cow<'_, Value> {
        let given = self.given.and_then(|given| given_params(operation, given).ok());
        given.map_or(Cow::Borrowed(&self.params), Cow::Owned)
    }
}

impl Call<'_> {
    /// Completes, validates and writes the parameters.
    pub(super) fn accept_given<'g>(&mut self, given: &'g dyn GivenParams) -> Result<Accepted<'g>> {
        let (client, plan) = (self.client, self.plan);
        let Some((mut params, document)) = write(client, plan, given) else {
            return self.accept(given_params(&plan.operation, given)?, false).map(Accepted::all);
        };
        plan.quirks.input(&mut params, &mut self.context)?;
        self.context.checks_response = checksum::ask(&plan.operation, &mut params, &client.checksums);
        let params = Value::Object(params);
        self.context.region = self.known_region(&params);
        self.written = Some(document);
        Ok(Accepted { params, given: Some(given) })
    }
}

/// Validates and writes parameters. `None` if they have to go through a value.
fn write(
    client: &Runtime,
    plan: &OperationPlan,
    given: &dyn GivenParams,
) -> Option<(Map<String, Value>, WrittenDocument)> {
    let direct = plan.direct_input.as_ref().filter(|_| client.validation != Validation::Off)?;
    let _span = step("accept");
    let (operation, service) = (&plan.operation, &client.service);
    let mut writer = ParamsWriter {
        client,
        operation,
        structure: operation.input_structure()?,
        direct,
        root: DocumentRoot::of(operation, service.protocol.has_bindings()),
        checker: Checker::new(operation.input.as_ref()?, client.validation),
        document: service.protocol.document(&service.model, operation)?,
        has_document: false,
        depth: 0,
        member: DirectMember { in_document: false, kept: Kept::Nothing },
        name: "",
        builder: ValueBuilder::default(),
        params: Map::new(),
    };
    given.send_to(&mut writer).ok()?;
    let ParamsWriter { params, mut document, has_document, .. } = writer;
    Some((params, has_document.then(|| document.finish())))
}

/// Receives the parameters of an operation.
struct ParamsWriter<'w> {
    client: &'w Runtime,
    operation: &'w Operation,
    structure: &'w Structure,
    direct: &'w DirectInput,
    root: DocumentRoot<'w>,
    checker: Checker<'w>,
    document: Box<dyn Document + 'w>,
    has_document: bool,
    /// The number of open containers.
    depth: usize,
    /// The member of the input whose value is next or open, and its name.
    member: DirectMember,
    name: &'w str,
    builder: ValueBuilder<'w>,
    params: Map<String, Value>,
}

impl ParamsWriter<'_> {
    fn begin(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        match token {
            ParamToken::Object(_) => {
                self.depth = 1;
                self.checker.token(token)?;
                self.has_document = matches!(self.root, DocumentRoot::All);
                if self.has_root() { self.document.token(token) } else { Ok(()) }
            }
            // `()` stands for no parameters.
            ParamToken::Null => self.begin(&ParamToken::Object(0)).and_then(|()| self.end()),
            other => Err(ParamFault::mismatch("object", other)),
        }
    }

    /// Whether the document has the object of the parameters, and not the value of one member.
    fn has_root(&self) -> bool {
        matches!(self.root, DocumentRoot::All | DocumentRoot::Unbound(_))
    }

    /// Takes the value of a member, if it is complete.
    fn complete(&mut self) {
        if self.depth == 1
            && let Some(value) = self.builder.take()
        {
            self.params.insert(self.name.to_owned(), value);
        }
    }

    fn add_idempotency_tokens(&mut self) -> ParamResult<()> {
        for index in &self.operation.idempotency_members {
            if !self.checker.has_member(*index) {
                self.key(&self.structure.members[usize::from(*index)].name)?;
                self.token(&ParamToken::Text(&self.client.outside.idempotency_token()))?;
            }
        }
        Ok(())
    }
}

impl Receiver for ParamsWriter<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        if self.depth == 0 {
            return self.begin(token);
        }
        let is_absent = self.depth == 1 && matches!(token, ParamToken::Null);
        self.checker.token(token)?;
        if self.member.in_document && (!is_absent || self.has_root()) {
            self.has_document |= !is_absent;
            self.document.token(token)?;
        }
        if is_absent {
            return Ok(());
        }
        let is_open = matches!(token, ParamToken::Array(_) | ParamToken::Object(_));
        if self.member.kept != Kept::Nothing {
            self.builder.token(token)?;
        }
        self.depth += usize::from(is_open);
        self.complete();
        Ok(())
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        self.checker.key(key)?;
        let is_member = self.depth == 1;
        if is_member {
            let (index, member) = self.structure.by_name(key).ok_or_else(|| ParamFault::new("unknown member"))?;
            (self.member, self.name) = (self.direct.member(index), &member.name);
            if self.member.kept == Kept::Outline {
                self.builder = ValueBuilder::outline(&self.direct.outline);
            } else {
                self.builder = ValueBuilder::default();
            }
        }
        if self.member.in_document && (!is_member || self.has_root()) {
            self.document.key(key)?;
        }
        if !is_member && self.member.kept != Kept::Nothing {
            self.builder.key(key)?;
        }
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        let is_root = self.depth == 1;
        if is_root {
            self.add_idempotency_tokens()?;
        }
        self.depth = self.depth.saturating_sub(1);
        self.checker.end()?;
        if is_root {
            return if self.has_root() { self.document.end() } else { Ok(()) };
        }
        if self.member.in_document {
            self.document.end()?;
        }
        if self.member.kept != Kept::Nothing {
            self.builder.end()?;
        }
        self.complete();
        Ok(())
    }
}

/// The parameters as a value. A null in a structure is absent: so serde passes on a `None` of a type that has flattened members.
pub(crate) fn given_params(operation: &Operation, given: &(impl GivenParams + ?Sized)) -> Result<Value> {
    let (mut params, has_null) = params_of(given)?;
    if let Some(shapes) = operation.input.as_ref().filter(|_| has_null) {
        remove_absent(shapes, shapes.root(), &mut params);
    }
    Ok(params)
}

fn remove_absent(shapes: &Shapes, target: &Ref, value: &mut Value) {
    match (shapes.kind(target), value) {
        (Kind::Structure(structure), Value::Object(members)) if !structure.document => {
            members.retain(|_, value| !value.is_null());
            for (name, value) in members {
                if let Some((_, member)) = structure.by_name(name) {
                    remove_absent(shapes, &member.target, value);
                }
            }
        }
        (Kind::List(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| remove_absent(shapes, item, value));
        }
        (Kind::Map { value: target, .. }, Value::Object(entries)) => {
            entries.values_mut().for_each(|value| remove_absent(shapes, target, value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
