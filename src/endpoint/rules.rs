//! Rule sets: the tree of rules, and its evaluation.
//!
//! The first matching rule wins. A rule's conditions run in order, and a condition fails if its function returns `false` or no
//! value. If all rules of a subtree fail, evaluation continues with its next sibling.

use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde_json::{Map, Value};

use super::attribute::{AttributePath, Type, Val};
use super::error::{EndpointError, RuleError};
use super::functions::RuleFunction;
use super::outline::Outline;
use super::params::{ParamValue, Parameter};
use super::partitions::Partitions;
use super::scope::Scope;
use super::template::Template;
use super::{AuthScheme, Endpoint};
use crate::error::{Error, Result};

/// Compiled rule set: names are resolved and types checked.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(super) origin: Box<str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) rules: RuleTree,
    /// Number of slots: parameters and the maximum number of variables in scope of the rules that are compiled at once.
    pub(super) slots: usize,
    /// What deferred rules are compiled from.
    pub(super) outline: Option<Outline>,
}

#[derive(Debug)]
pub(super) enum RuleTree {
    Compiled(Vec<Rule>),
    Deferred(Box<DeferredRules>),
}

/// Rules that are compiled when an evaluation reaches them.
#[derive(Debug)]
pub(super) struct DeferredRules {
    /// Index in the outline.
    pub(super) list: usize,
    /// The names in scope, by slot.
    pub(super) names: Vec<(Arc<str>, Type)>,
    pub(super) depth: usize,
    pub(super) compiled: OnceCell<Vec<Rule>>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) conditions: Vec<RuleCondition>,
    pub(super) body: RuleBody,
}

#[derive(Debug)]
pub(super) enum RuleBody {
    Tree(RuleTree),
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

/// Property: JSON whose strings can be templates. As in botocore, references and functions are not evaluated.
#[derive(Debug)]
pub(super) enum Property {
    Literal(Value),
    Template(Template),
    List(Vec<Property>),
    Object(Vec<(Box<str>, Property)>),
}

#[derive(Debug)]
pub(super) struct RuleCondition {
    pub(super) call: RuleCall,
    /// Slot for the result.
    pub(super) assign: Option<u16>,
}

#[derive(Debug)]
pub(super) struct RuleCall {
    pub(super) function: &'static RuleFunction,
    pub(super) args: Vec<Expr>,
}

#[derive(Debug)]
pub(super) enum Expr {
    Bool(bool),
    Int(i64),
    Text(Template),
    Slot(u16),
    Path(AttributePath),
    Call(Box<RuleCall>),
}

impl RuleSet {
    /// The file that the rule set comes from.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the parameters in the order of the slots of [`resolve`](Self::resolve).
    pub(crate) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Resolves the endpoint. `given` has one slot for each of [`parameters`](Self::parameters); missing slots at the end are
    /// empty.
    ///
    /// # Errors
    /// [`ErrorKind::Endpoint`] if a parameter is missing or has the wrong type, if an error rule matches (with the rule's
    /// message), or if no rule matches.
    pub(crate) fn resolve<'a>(
        &'a self,
        given: &'a [Option<ParamValue<'a>>],
        partitions: &'a Partitions,
    ) -> Result<Endpoint> {
        let mut scope = Scope::new(self.slots, partitions);
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

    /// Returns the endpoint of the first matching rule. The parser limits the depth of this recursion.
    fn first_match<'a>(&'a self, rules: &'a RuleTree, scope: &mut Scope<'a>) -> Result<Option<Endpoint>> {
        for (index, rule) in rules.compiled(self)?.iter().enumerate() {
            if !self.conditions_hold(&rule.conditions, scope)? {
                continue;
            }
            match &rule.body {
                RuleBody::Tree(rules) => {
                    if let Some(mut endpoint) = self.first_match(rules, scope)? {
                        endpoint.rule.insert(0, index);
                        return Ok(Some(endpoint));
                    }
                }
                RuleBody::Endpoint(endpoint) => {
                    return self
                        .render(endpoint, scope)
                        .map(|endpoint| Some(Endpoint { rule: vec![index], ..endpoint }));
                }
                RuleBody::Error(message) => {
                    return Err(EndpointError::Rule(self.text(message, "the error of a rule", scope)?).into());
                }
            }
        }
        Ok(None)
    }

    /// Evaluates conditions. Slots need no clearing, because a name is visible only after the condition that assigns it.
    fn conditions_hold<'a>(&'a self, conditions: &'a [RuleCondition], scope: &mut Scope<'a>) -> Result<bool> {
        for condition in conditions {
            let value =
                condition.call.evaluate(scope).map_err(|error| self.error(condition.call.function.name, error))?;
            if matches!(value, Val::Null | Val::Bool(false)) {
                return Ok(false);
            }
            if let Some(slot) = condition.assign {
                scope.set(slot, value);
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
        let properties = self.object(&rule.properties, scope)?;
        Ok(Endpoint { url, headers, auth_schemes, properties, rule: Vec::new() })
    }

    fn auth_scheme(&self, rule: &AuthSchemeRule, scope: &Scope<'_>) -> Result<AuthScheme> {
        let text = |template: &Option<Template>, what: &str| {
            template.as_ref().map(|template| self.render_template(template, what, scope)).transpose()
        };
        let signing_region_set = match &rule.signing_region_set {
            Some(regions) => Some(
                regions
                    .iter()
                    .map(|region| self.render_template(region, "signingRegionSet", scope))
                    .collect::<Result<_>>()?,
            ),
            None => None,
        };
        Ok(AuthScheme {
            name: self.render_template(&rule.name, "name", scope)?,
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
            Property::Template(template) => Value::String(self.render_template(template, name, scope)?),
            Property::List(items) => {
                Value::Array(items.iter().map(|item| self.property(name, item, scope)).collect::<Result<_>>()?)
            }
            Property::Object(members) => Value::Object(self.object(members, scope)?),
        })
    }

    /// Evaluates an expression to text; no value is an error.
    fn text<'a>(&'a self, expr: &'a Expr, what: &str, scope: &Scope<'a>) -> Result<String> {
        match expr.evaluate(scope).map_err(|error| self.error(what, error))? {
            Val::Text(text) => Ok(text.into_owned()),
            _ => Err(self.unset(what)),
        }
    }

    fn render_template(&self, template: &Template, what: &str, scope: &Scope<'_>) -> Result<String> {
        match template.render(scope).map_err(|error| self.error(what, error))? {
            Some(text) => Ok(text.into_owned()),
            None => Err(self.unset(what)),
        }
    }

    fn unset(&self, what: &str) -> Error {
        self.error(what, RuleError::Unset)
    }

    fn error(&self, part: &str, error: RuleError) -> Error {
        match error {
            RuleError::Data(error) => error,
            error => {
                let (origin, part, error) = (self.origin.to_string(), part.to_owned(), error.to_string());
                EndpointError::Evaluation { origin, part, error }.into()
            }
        }
    }

    fn no_match(&self, given: &[Option<ParamValue<'_>>]) -> Error {
        let mut shown = String::new();
        let mut separator = " ";
        for (parameter, value) in self.parameters.iter().zip(given) {
            if let Some(value) = value {
                shown.push_str(&format!("{separator}{}: {value}", parameter.name));
                separator = ", ";
            }
        }
        EndpointError::NoMatch(shown).into()
    }
}

impl RuleCall {
    fn evaluate<'a>(&'a self, scope: &Scope<'a>) -> Result<Val<'a>, RuleError> {
        // All functions but `coalesce` take at most four arguments, which need no allocation.
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
    fn evaluate<'a>(&'a self, scope: &Scope<'a>) -> Result<Val<'a>, RuleError> {
        Ok(match self {
            Expr::Bool(flag) => Val::Bool(*flag),
            Expr::Int(number) => Val::Int(*number),
            Expr::Text(template) => template.render(scope)?.map_or(Val::Null, Val::Text),
            Expr::Slot(slot) => scope.get(*slot).clone(),
            Expr::Path(path) => Val::Path(*path),
            Expr::Call(call) => return call.evaluate(scope),
        })
    }
}
