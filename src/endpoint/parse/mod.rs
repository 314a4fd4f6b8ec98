//! Reads `endpoint-rule-set-1.json` straight into the tree of [`super::rules`]: one pass over the text, no JSON tree in between.
//!
//! Names are resolved and types checked on the way. This asks for a rule's conditions before its body, and for the parameters
//! before the rules, which is how files are written; where one is not, the early part is kept as raw text and read when its turn
//! comes.

mod endpoint;
mod expr;
mod json;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use self::expr::TextExpr;
use self::json::{List, Object, Part, Text, kept, value};
use super::attribute::Type;
use super::params::{ParamKind, ParamValue, Parameter};
use super::rules::{Body, Condition, Rule, RuleSet};
use super::template::Template;
use crate::error::{Error, ErrorKind, Result};

/// How deep rules may be nested. S3's, the deepest known, are 18 deep.
const MAX_RULE_DEPTH: usize = 48;

impl RuleSet {
    /// Reads a rule set; `origin` names the file in error messages. Top-level keys that are not known are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::Model`], with the place: a name that is not defined or defined twice, a wrong number or
    /// type of arguments, a missing part, nesting that is too deep.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<RuleSet> {
        let mut compiler = Compiler::default();
        let mut json = serde_json::Deserializer::from_str(text);
        let file = RuleSetFile::read(&mut compiler, &mut json).and_then(|file| json.end().map(|()| file));
        match file.and_then(|file| file.finish(&mut compiler)) {
            Ok(rules) => Ok(compiler.finish(rules, origin)),
            Err(error) => {
                let place = Place(&compiler.path);
                let message = format!("{origin}: not a usable endpoint rule set: {place}{error}");
                Err(Error::new(ErrorKind::Model, message))
            }
        }
    }
}

/// What the parser knows while it goes down the tree.
#[derive(Default)]
struct Compiler {
    parameters: Vec<Parameter>,
    /// Parameters and, behind them, the variables in scope; a name's index is its slot.
    names: Vec<(Box<str>, Type)>,
    slots: usize,
    rule_depth: usize,
    call_depth: usize,
    /// Where we are. After an error it tells where that was, since only success takes a step back.
    path: Vec<Step>,
}

#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    Index(usize),
}

impl Compiler {
    fn finish(self, rules: Vec<Rule>, origin: &str) -> RuleSet {
        RuleSet { origin: origin.into(), parameters: self.parameters, rules, slots: self.slots }
    }

    /// The slot and type of a name; a parameter that is looked up counts as referenced.
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

    /// Runs a step of the parser with its name on the path.
    fn at<T, E>(&mut self, step: Step, run: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.path.push(step);
        let value = run(self)?;
        self.path.pop();
        Ok(value)
    }
}

/// `rules[3].conditions[0].argv[1]: `
struct Place<'a>(&'a [Step]);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        if self.0.is_empty() { Ok(()) } else { f.write_str(": ") }
    }
}

#[derive(Default)]
struct RuleSetFile<'de> {
    has_parameters: bool,
    rules: Option<Vec<Rule>>,
    /// Rules that came before the parameters.
    kept: Option<&'de RawValue>,
}

impl<'de> Object<'de> for RuleSetFile<'de> {
    const EXPECTED: &'static str = "an object with parameters and rules";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "parameters" if self.has_parameters => return Err(A::Error::custom("parameters are there twice")),
            "parameters" => {
                self.has_parameters = true;
                let Parameters = value(compiler, "parameters", map)?;
            }
            "rules" if self.rules.is_some() || self.kept.is_some() => {
                return Err(A::Error::custom("rules are there twice"));
            }
            "rules" if self.has_parameters => self.rules = Some(value::<List<Rule>, A>(compiler, "rules", map)?.0),
            "rules" => self.kept = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> RuleSetFile<'de> {
    fn finish(self, compiler: &mut Compiler) -> serde_json::Result<Vec<Rule>> {
        match (self.rules, self.kept) {
            (Some(rules), _) => Ok(rules),
            (None, Some(raw)) => Ok(kept::<List<Rule>>(compiler, "rules", raw)?.0),
            (None, None) => Err(serde_json::Error::custom("it has no rules")),
        }
    }
}

/// The `parameters` object, whose members go straight into the compiler.
#[derive(Default)]
struct Parameters;

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

impl<'de> Object<'de> for Parameters {
    const EXPECTED: &'static str = "an object of parameters";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        let file: ParameterFile<'de> = map.next_value()?;
        compiler.parameter(key, file).map_err(|why| A::Error::custom(format!("parameter {key:?}: {why}")))
    }
}

impl Compiler {
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
    conditions: Option<Vec<Condition>>,
    body: Option<Draft<'de>>,
}

enum Draft<'de> {
    Read(Body),
    /// A body that came before the conditions.
    Deferred(&'static str, &'de RawValue),
}

impl<'de> Part<'de> for Rule {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<Rule, D::Error> {
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

impl<'de> Object<'de> for RuleFile<'de> {
    const EXPECTED: &'static str = "a rule";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        let body = match key {
            "type" => {
                self.kind = Some(map.next_value()?);
                return Ok(());
            }
            "conditions" if self.conditions.is_some() => return Err(A::Error::custom("conditions are there twice")),
            "conditions" => {
                self.conditions = Some(value::<List<Condition>, A>(compiler, "conditions", map)?.0);
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
            (None, key) => Draft::Deferred(key, map.next_value()?),
            (_, "rules") => Draft::Read(Body::Tree(value::<List<Rule>, A>(compiler, body, map)?.0)),
            (_, "endpoint") => Draft::Read(Body::Endpoint(Box::new(value(compiler, body, map)?))),
            _ => Draft::Read(Body::Error(value::<TextExpr, A>(compiler, body, map)?.0)),
        });
        Ok(())
    }
}

impl RuleFile<'_> {
    fn finish(self, compiler: &mut Compiler) -> serde_json::Result<Rule> {
        let bad = |message: String| Err(serde_json::Error::custom(message));
        let Some(conditions) = self.conditions else {
            return bad("the rule has no conditions".to_owned());
        };
        let body = match self.body {
            Some(Draft::Read(body)) => body,
            Some(Draft::Deferred("rules", raw)) => Body::Tree(kept::<List<Rule>>(compiler, "rules", raw)?.0),
            Some(Draft::Deferred("endpoint", raw)) => Body::Endpoint(Box::new(kept(compiler, "endpoint", raw)?)),
            Some(Draft::Deferred(key, raw)) => Body::Error(kept::<TextExpr>(compiler, key, raw)?.0),
            None => return bad("the rule has none of rules, endpoint and error".to_owned()),
        };
        let expected = match body {
            Body::Tree(_) => "tree",
            Body::Endpoint(_) => "endpoint",
            Body::Error(_) => "error",
        };
        match self.kind {
            Some(Text(kind)) if kind == expected => Ok(Rule { conditions, body }),
            Some(Text(kind)) => bad(format!("the type of the rule is {kind:?}, but what it has makes it {expected:?}")),
            None => bad(format!("the rule has no type, expected {expected:?}")),
        }
    }
}
