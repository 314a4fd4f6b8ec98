//! A rule set: the tree of rules, and the walk through it.
//!
//! The first rule that matches wins. A rule's conditions run in order, and one fails when its function gives `false` or no value.
//! A tree whose rules all fail gives the turn to its next sibling.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::attribute::{Path, Val};
use super::functions::{Fault, Function, Outcome};
use super::params::{ParamValue, Parameter};
use super::partitions::Partitions;
use super::template::Template;
use super::{AuthScheme, Endpoint};
use crate::error::{Error, ErrorKind, Result};

/// A rule set, ready to be asked. Every name in it has been resolved and every type checked.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(super) origin: Box<str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) rules: Vec<Rule>,
    /// Parameters and the most variables that are ever in scope together.
    pub(super) slots: usize,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) conditions: Vec<Condition>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Tree(Vec<Rule>),
    Endpoint(Box<EndpointRule>),
    Error(Expr),
}

#[derive(Debug)]
pub(super) struct EndpointRule {
    pub(super) url: Expr,
    pub(super) headers: Vec<(Box<str>, Vec<Expr>)>,
    pub(super) auth_schemes: Vec<AuthSchemeRule>,
    pub(super) properties: Vec<(Box<str>, Property)>,
}

#[derive(Debug)]
pub(super) struct AuthSchemeRule {
    pub(super) name: Template,
    pub(super) signing_name: Option<Template>,
    pub(super) signing_region: Option<Template>,
    pub(super) signing_region_set: Option<Vec<Template>>,
    pub(super) disable_double_encoding: Option<bool>,
}

/// A property: JSON in whose strings templates are filled in. References and functions are not, as in botocore.
#[derive(Debug)]
pub(super) enum Property {
    Literal(Value),
    Template(Template),
    List(Vec<Property>),
    Object(Vec<(Box<str>, Property)>),
}

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) call: Call,
    /// The slot that keeps the result.
    pub(super) assign: Option<u16>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: &'static Function,
    pub(super) args: Vec<Expr>,
}

#[derive(Debug)]
pub(super) enum Expr {
    Bool(bool),
    Int(i64),
    Text(Template),
    Slot(u16),
    Path(Path),
    Call(Box<Call>),
}

impl RuleSet {
    /// The parameters, in the order of the slots [`resolve`](Self::resolve) takes.
    pub(crate) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Finds the endpoint. `given` has one slot for each of [`parameters`](Self::parameters); slots that are missing at its end
    /// count as empty.
    ///
    /// # Errors
    /// [`ErrorKind::Endpoint`] when a parameter is missing or has the wrong type, when an error rule matches (the message is the
    /// rule's own text) and when no rule does.
    pub(crate) fn resolve<'a>(
        &'a self,
        given: &'a [Option<ParamValue<'a>>],
        partitions: &'a Partitions,
    ) -> Result<Endpoint> {
        let mut scope = Scope { values: Vec::with_capacity(self.slots), partitions, budget: Cell::new(MAX_TEXT) };
        for (slot, parameter) in self.parameters.iter().enumerate() {
            let value = parameter.pick(given.get(slot).and_then(Option::as_ref))?;
            scope.values.push(value.map_or(Val::Null, Val::from));
        }
        scope.values.resize(self.slots, Val::Null);
        match self.first_match(&self.rules, &mut scope)? {
            Some(endpoint) => Ok(endpoint),
            None => Err(self.no_match(given)),
        }
    }

    /// Recursion is as deep as rules are nested, which the parser limits.
    fn first_match<'a>(&'a self, rules: &'a [Rule], scope: &mut Scope<'a>) -> Result<Option<Endpoint>> {
        for rule in rules {
            if !self.conditions_hold(&rule.conditions, scope)? {
                continue;
            }
            match &rule.body {
                Body::Tree(rules) => {
                    if let Some(endpoint) = self.first_match(rules, scope)? {
                        return Ok(Some(endpoint));
                    }
                }
                Body::Endpoint(endpoint) => return self.render(endpoint, scope).map(Some),
                Body::Error(message) => {
                    return Err(Error::new(ErrorKind::Endpoint, self.text(message, "the error of a rule", scope)?));
                }
            }
        }
        Ok(None)
    }

    /// Slots need no clearing between rules: a name is only visible behind the condition that assigns it.
    fn conditions_hold<'a>(&'a self, conditions: &'a [Condition], scope: &mut Scope<'a>) -> Result<bool> {
        for condition in conditions {
            let value =
                condition.call.evaluate(scope).map_err(|fault| self.fault(condition.call.function.name, fault))?;
            if matches!(value, Val::Null | Val::Bool(false)) {
                return Ok(false);
            }
            if let Some(slot) = condition.assign {
                scope.values[usize::from(slot)] = value;
            }
        }
        Ok(true)
    }

    fn render<'a>(&'a self, rule: &'a EndpointRule, scope: &Scope<'a>) -> Result<Endpoint> {
        let url = self.text(&rule.url, "url", scope)?;
        let mut headers = Vec::with_capacity(rule.headers.len());
        for (name, values) in &rule.headers {
            for value in values {
                headers.push((name.to_string(), self.text(value, name, scope)?));
            }
        }
        let auth_schemes =
            rule.auth_schemes.iter().map(|scheme| self.auth_scheme(scheme, scope)).collect::<Result<_>>()?;
        Ok(Endpoint { url, headers, auth_schemes, properties: self.object(&rule.properties, scope)? })
    }

    fn auth_scheme(&self, rule: &AuthSchemeRule, scope: &Scope<'_>) -> Result<AuthScheme> {
        let text = |template: &Option<Template>, what: &str| {
            template.as_ref().map(|template| self.filled(template, what, scope)).transpose()
        };
        let signing_region_set = match &rule.signing_region_set {
            Some(regions) => Some(
                regions.iter().map(|region| self.filled(region, "signingRegionSet", scope)).collect::<Result<_>>()?,
            ),
            None => None,
        };
        Ok(AuthScheme {
            name: self.filled(&rule.name, "name", scope)?,
            signing_name: text(&rule.signing_name, "signingName")?,
            signing_region: text(&rule.signing_region, "signingRegion")?,
            signing_region_set,
            disable_double_encoding: rule.disable_double_encoding,
        })
    }

    fn object(&self, members: &[(Box<str>, Property)], scope: &Scope<'_>) -> Result<Map<String, Value>> {
        members.iter().map(|(name, value)| Ok((name.to_string(), self.property(name, value, scope)?))).collect()
    }

    fn property(&self, name: &str, property: &Property, scope: &Scope<'_>) -> Result<Value> {
        Ok(match property {
            Property::Literal(value) => value.clone(),
            Property::Template(template) => Value::String(self.filled(template, name, scope)?),
            Property::List(items) => {
                Value::Array(items.iter().map(|item| self.property(name, item, scope)).collect::<Result<_>>()?)
            }
            Property::Object(members) => Value::Object(self.object(members, scope)?),
        })
    }

    /// The text an expression gives; it is an error when it gives none.
    fn text<'a>(&'a self, expr: &'a Expr, what: &str, scope: &Scope<'a>) -> Result<String> {
        match expr.evaluate(scope).map_err(|fault| self.fault(what, fault))? {
            Val::Text(text) => Ok(text.into_owned()),
            _ => Err(self.unset(what)),
        }
    }

    fn filled(&self, template: &Template, what: &str, scope: &Scope<'_>) -> Result<String> {
        match template.render(scope).map_err(|message| self.fault(what, Fault::Call(message)))? {
            Some(text) => Ok(text.into_owned()),
            None => Err(self.unset(what)),
        }
    }

    fn unset(&self, what: &str) -> Error {
        self.fault(what, Fault::Call("it needs a value that is not set".to_owned()))
    }

    fn fault(&self, what: &str, fault: Fault) -> Error {
        match fault {
            Fault::Call(message) => Error::new(ErrorKind::Endpoint, format!("{}: {what}: {message}", self.origin)),
            Fault::Data(error) => error,
        }
    }

    fn no_match(&self, given: &[Option<ParamValue<'_>>]) -> Error {
        let mut message = "No endpoint found for parameters:".to_owned();
        let mut separator = " ";
        for (parameter, value) in self.parameters.iter().zip(given) {
            if let Some(value) = value {
                message.push_str(&format!("{separator}{}: {value}", parameter.name));
                separator = ", ";
            }
        }
        Error::new(ErrorKind::Endpoint, message)
    }
}

impl Call {
    fn evaluate<'a>(&'a self, scope: &Scope<'a>) -> Outcome<'a> {
        // All functions but `coalesce` take four arguments at most, and those need no allocation.
        let mut few = [Val::Null, Val::Null, Val::Null, Val::Null];
        let mut many = Vec::new();
        let values = match few.get_mut(..self.args.len()) {
            Some(values) => values,
            None => {
                many.resize(self.args.len(), Val::Null);
                &mut many[..]
            }
        };
        for (value, arg) in values.iter_mut().zip(&self.args) {
            *value = arg.evaluate(scope)?;
        }
        (self.function.run)(scope, values)
    }
}

impl Expr {
    fn evaluate<'a>(&'a self, scope: &Scope<'a>) -> Outcome<'a> {
        Ok(match self {
            Expr::Bool(flag) => Val::Bool(*flag),
            Expr::Int(number) => Val::Int(*number),
            Expr::Text(template) => template.render(scope).map_err(Fault::Call)?.map_or(Val::Null, Val::Text),
            Expr::Slot(slot) => scope.get(*slot).clone(),
            Expr::Path(path) => Val::Path(*path),
            Expr::Call(call) => return call.evaluate(scope),
        })
    }
}

/// What rules can read while they are evaluated.
pub(super) struct Scope<'a> {
    values: Vec<Val<'a>>,
    partitions: &'a Partitions,
    /// How much more text may be made.
    budget: Cell<usize>,
}

/// All text that one evaluation may make, in bytes. Rules can double a text again and again; the URLs, errors and headers of
/// real ones stay far below this.
const MAX_TEXT: usize = 1 << 18;

impl<'a> Scope<'a> {
    pub(super) fn get(&self, slot: u16) -> &Val<'a> {
        // The parser gives out slots below `RuleSet::slots` only.
        self.values.get(usize::from(slot)).unwrap_or(&Val::Null)
    }

    pub(super) fn partitions(&self) -> &'a Partitions {
        self.partitions
    }

    /// Counts text that is about to be made.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), String> {
        let left = self.budget.get().checked_sub(bytes);
        self.budget.set(left.ok_or_else(|| format!("the rules made more than {MAX_TEXT} bytes of text"))?);
        Ok(())
    }
}

impl<'a> From<&'a ParamValue<'a>> for Val<'a> {
    fn from(value: &'a ParamValue<'a>) -> Self {
        use std::borrow::Cow::Borrowed;
        match value {
            ParamValue::String(text) => Val::Text(Borrowed(text)),
            ParamValue::Bool(flag) => Val::Bool(*flag),
            ParamValue::StringArray(list) => Val::Strings(list.iter().map(|text| Borrowed(&**text)).collect()),
        }
    }
}
