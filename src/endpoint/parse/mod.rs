//! Parser of `endpoint-rule-set-1.json`: compiles the text to the tree of [`super::rules`] in one pass, without a JSON tree.
//!
//! Names are resolved and types checked on the way. So parameters must come before rules, and a rule's conditions before its
//! body, as in all known files. In any other order, the early part is deferred as raw text and parsed afterwards.

mod deferred;
mod endpoint;
mod expr;
mod json;

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use self::expr::TextExpr;
use self::json::{List, ObjectPart, RulesPart, Text, parse_raw, value};
use super::attribute::Type;
use super::params::{ParamKind, ParamValue, Parameter};
use super::rules::{Rule, RuleBody, RuleCondition, RuleSet, RuleTree};
use super::template::Template;
use crate::endpoint::error::EndpointError;
use crate::error::Result;

/// Maximum nesting of rules. The deepest known rule set, S3's, has 18 levels.
const MAX_RULE_DEPTH: usize = 48;

impl RuleSet {
    /// Parses a rule set. `origin` names the file in error messages. Unknown top-level keys are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] with the path to the error: a name that is undefined or defined twice, a wrong number or type of
    /// arguments, a missing part, or too deep nesting.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<RuleSet> {
        let mut compiler = RulesCompiler::default();
        let mut json = serde_json::Deserializer::from_str(text);
        let file = RuleSetFile::read(&mut compiler, &mut json).and_then(|file| json.end().map(|()| file));
        match file.and_then(|file| file.finish(&mut compiler)) {
            Ok(rules) => Ok(compiler.finish(rules, origin)),
            Err(error) => Err(compiler.error(origin, &error).into()),
        }
    }
}

/// State of the parser.
#[derive(Default)]
struct RulesCompiler {
    parameters: Vec<Parameter>,
    /// Parameters, followed by the variables in scope. A name's index is its slot.
    names: Vec<(Arc<str>, Type)>,
    slots: usize,
    /// A number in place of rules is the index of a list in the outline.
    defers: bool,
    rule_depth: usize,
    call_depth: usize,
    /// Current path. After an error it is the path to the error, because only success pops a step.
    path: Vec<JsonStep>,
}

#[derive(Clone, Copy)]
enum JsonStep {
    Key(&'static str),
    Index(usize),
}

impl RulesCompiler {
    fn finish(self, rules: RuleTree, origin: &str) -> RuleSet {
        RuleSet { origin: origin.into(), parameters: self.parameters, rules, slots: self.slots, outline: None }
    }

    fn error(&self, origin: &str, error: &serde_json::Error) -> EndpointError {
        let (path, error) = (ErrorPath(&self.path).to_string(), error.to_string());
        EndpointError::NotARuleSet { origin: origin.to_owned(), path, error }
    }

    /// Returns the slot and type of a name, and marks a parameter as referenced.
    fn lookup(&mut self, name: &str) -> Result<(u16, Type), String> {
        let slot = self.names.iter().rposition(|(known, _)| **known == *name);
        let slot = slot.ok_or_else(|| format!("{name:?} is neither a parameter nor assigned before"))?;
        if let Some(parameter) = self.parameters.get_mut(slot) {
            parameter.referenced = true;
        }
        let index = u16::try_from(slot).map_err(|_| "too many names".to_owned())?;
        Ok((index, self.names[slot].1))
    }

    fn define(&mut self, name: &str, kind: Type) -> Result<u16, String> {
        if self.names.iter().any(|(known, _)| **known == *name) {
            return Err(format!("{name:?} exists already and cannot be assigned again"));
        }
        let slot = u16::try_from(self.names.len()).map_err(|_| "too many names".to_owned())?;
        self.names.push((name.into(), kind));
        self.slots = self.slots.max(self.names.len());
        Ok(slot)
    }

    fn template(&mut self, text: &str) -> Result<Template, String> {
        Template::parse(text, |name| self.lookup(name))
    }

    /// Runs a step of the parser with the step on the path.
    fn at<T, E>(&mut self, step: JsonStep, run: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.path.push(step);
        let value = run(self)?;
        self.path.pop();
        Ok(value)
    }
}

/// Formats the path to an error: `rules[3].conditions[0].argv[1]: `.
struct ErrorPath<'a>(&'a [JsonStep]);

impl fmt::Display for ErrorPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                JsonStep::Key(key) if position == 0 => f.write_str(key)?,
                JsonStep::Key(key) => write!(f, ".{key}")?,
                JsonStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        if self.0.is_empty() { Ok(()) } else { f.write_str(": ") }
    }
}

#[derive(Default)]
struct RuleSetFile<'de> {
    has_parameters: bool,
    rules: Option<RuleTree>,
    /// Rules that came before the parameters, as raw text.
    deferred: Option<&'de RawValue>,
}

impl<'de> ObjectPart<'de> for RuleSetFile<'de> {
    const EXPECTED: &'static str = "an object with parameters and rules";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "parameters" if self.has_parameters => return Err(A::Error::custom("duplicate parameters")),
            "parameters" => {
                self.has_parameters = true;
                let ParametersPart = value(compiler, "parameters", map)?;
            }
            "rules" if self.rules.is_some() || self.deferred.is_some() => {
                return Err(A::Error::custom("duplicate rules"));
            }
            "rules" if self.has_parameters => self.rules = Some(value(compiler, "rules", map)?),
            "rules" => self.deferred = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> RuleSetFile<'de> {
    fn finish(self, compiler: &mut RulesCompiler) -> serde_json::Result<RuleTree> {
        match (self.rules, self.deferred) {
            (Some(rules), _) => Ok(rules),
            (None, Some(raw)) => parse_raw(compiler, "rules", raw),
            (None, None) => Err(serde_json::Error::custom("it has no rules")),
        }
    }
}

/// The `parameters` object. Its members are added to the compiler.
#[derive(Default)]
struct ParametersPart;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParameterFile<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    built_in: Option<Box<str>>,
    default: Option<DefaultFile>,
    #[serde(default)]
    required: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DefaultFile {
    Bool(bool),
    String(String),
    StringArray(Vec<String>),
}

impl<'de> ObjectPart<'de> for ParametersPart {
    const EXPECTED: &'static str = "an object of parameters";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let file: ParameterFile<'de> = map.next_value()?;
        compiler.parameter(key, file).map_err(|message| A::Error::custom(format!("parameter {key:?}: {message}")))
    }
}

impl RulesCompiler {
    fn parameter(&mut self, name: &str, file: ParameterFile<'_>) -> Result<(), String> {
        let kind = ParamKind::parse(&file.r#type.0)
            .ok_or_else(|| format!("unknown type {:?}, expected string, boolean or stringArray", file.r#type.0))?;
        let default = file.default.map(ParamValue::from);
        if let Some(default) = default.as_ref().filter(|default| default.kind() != kind) {
            return Err(format!("its type is {}, but that of its default is {}", kind.name(), default.kind().name()));
        }
        let variable = match kind {
            ParamKind::String => Type::String,
            ParamKind::Bool => Type::Bool,
            ParamKind::StringArray => Type::Strings,
        };
        self.define(name, variable)?;
        let required = file.required.unwrap_or(false);
        let name = name.into();
        self.parameters.push(Parameter { name, kind, built_in: file.built_in, default, required, referenced: false });
        Ok(())
    }
}

impl From<DefaultFile> for ParamValue<'static> {
    fn from(file: DefaultFile) -> Self {
        match file {
            DefaultFile::Bool(flag) => ParamValue::Bool(flag),
            DefaultFile::String(text) => ParamValue::String(text.into()),
            DefaultFile::StringArray(list) => {
                ParamValue::StringArray(list.into_iter().map(std::borrow::Cow::Owned).collect())
            }
        }
    }
}

#[derive(Default)]
struct RuleFile<'de> {
    kind: Option<Text<'de>>,
    conditions: Option<Vec<RuleCondition>>,
    body: Option<ParsedBody<'de>>,
}

enum ParsedBody<'de> {
    Parsed(RuleBody),
    /// Body that came before the conditions, as raw text.
    Deferred(&'static str, &'de RawValue),
}

impl<'de> RulesPart<'de> for Rule {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<Rule, D::Error> {
        if compiler.rule_depth == MAX_RULE_DEPTH {
            return Err(D::Error::custom(format!("rules are nested more than {MAX_RULE_DEPTH} deep")));
        }
        compiler.rule_depth += 1;
        let names = compiler.names.len();
        let rule = RuleFile::read(compiler, json)?.finish(compiler).map_err(D::Error::custom)?;
        compiler.names.truncate(names);
        compiler.rule_depth -= 1;
        Ok(rule)
    }
}

impl<'de> ObjectPart<'de> for RuleFile<'de> {
    const EXPECTED: &'static str = "a rule";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let body = match key {
            "type" => {
                self.kind = Some(map.next_value()?);
                return Ok(());
            }
            "conditions" if self.conditions.is_some() => return Err(A::Error::custom("duplicate conditions")),
            "conditions" => {
                self.conditions = Some(value::<List<RuleCondition>, A>(compiler, "conditions", map)?.0);
                return Ok(());
            }
            "rules" => "rules",
            "endpoint" => "endpoint",
            "error" => "error",
            _ => return map.next_value::<IgnoredAny>().map(drop),
        };
        if self.body.is_some() {
            return Err(A::Error::custom("a rule has only one of rules, endpoint and error"));
        }
        self.body = Some(match (&self.conditions, body) {
            (None, key) => ParsedBody::Deferred(key, map.next_value()?),
            (_, "rules") => ParsedBody::Parsed(RuleBody::Tree(value(compiler, body, map)?)),
            (_, "endpoint") => ParsedBody::Parsed(RuleBody::Endpoint(Box::new(value(compiler, body, map)?))),
            _ => ParsedBody::Parsed(RuleBody::Error(value::<TextExpr, A>(compiler, body, map)?.0)),
        });
        Ok(())
    }
}

impl RuleFile<'_> {
    fn finish(self, compiler: &mut RulesCompiler) -> serde_json::Result<Rule> {
        let bad = |message: String| Err(serde_json::Error::custom(message));
        let Some(conditions) = self.conditions else {
            return bad("the rule has no conditions".to_owned());
        };
        let body = match self.body {
            Some(ParsedBody::Parsed(body)) => body,
            Some(ParsedBody::Deferred("rules", raw)) => RuleBody::Tree(parse_raw(compiler, "rules", raw)?),
            Some(ParsedBody::Deferred("endpoint", raw)) => {
                RuleBody::Endpoint(Box::new(parse_raw(compiler, "endpoint", raw)?))
            }
            Some(ParsedBody::Deferred(key, raw)) => RuleBody::Error(parse_raw::<TextExpr>(compiler, key, raw)?.0),
            None => return bad("the rule has none of rules, endpoint and error".to_owned()),
        };
        let expected = match body {
            RuleBody::Tree(_) => "tree",
            RuleBody::Endpoint(_) => "endpoint",
            RuleBody::Error(_) => "error",
        };
        match self.kind {
            Some(Text(kind)) if kind == expected => Ok(Rule { conditions, body }),
            Some(Text(kind)) => {
                bad(format!("the type of the rule is {kind:?}, but its content is that of type {expected:?}"))
            }
            None => bad(format!("the rule has no type, expected {expected:?}")),
        }
    }
}
