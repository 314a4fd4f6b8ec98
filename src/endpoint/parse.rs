//! Reads `endpoint-rule-set-1.json` straight into the tree of [`super::rules`]: one pass over the text, no JSON tree in between.
//!
//! Names are resolved and types checked on the way. This asks for a rule's conditions before its body, and for the parameters
//! before the rules, which is how files are written; where one is not, the early part is kept as raw text and read when its turn
//! comes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::attribute::{Path, Type};
use super::functions::{self, Function, Signature};
use super::params::{ParamKind, ParamValue, Parameter};
use super::rules::{AuthSchemeRule, Body, Call, Condition, EndpointRule, Expr, Property, Rule, RuleSet};
use super::template::Template;
use crate::error::{Error, ErrorKind, Result};

/// How deep rules may be nested. S3's, the deepest known, are 18 deep.
const MAX_RULE_DEPTH: usize = 48;
/// How deep calls may be nested in the arguments of calls.
const MAX_CALL_DEPTH: usize = 16;

impl RuleSet {
    /// Reads a rule set; `origin` names the file in error messages. Top-level keys that are not known are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::Model`], with the place: an unknown function, a name that is not defined or defined twice, a wrong number or
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

/// A part of the file that is read with the compiler at hand.
trait Part<'de>: Sized {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<Self, D::Error>;
}

/// A part that is a JSON object, read member by member.
trait Object<'de>: Default {
    const EXPECTED: &'static str;

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Makes a part readable where serde asks for a seed.
struct Seed<'c, T>(&'c mut Compiler, PhantomData<T>);

impl<'de, T: Part<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        T::read(self.0, json)
    }
}

/// Reads the value of a member.
fn value<'de, T: Part<'de>, A: MapAccess<'de>>(
    compiler: &mut Compiler,
    key: &'static str,
    map: &mut A,
) -> Result<T, A::Error> {
    compiler.at(Step::Key(key), |compiler| map.next_value_seed(Seed(compiler, PhantomData)))
}

/// Reads a part that was kept as text.
fn kept<'de, T: Part<'de>>(compiler: &mut Compiler, key: &'static str, raw: &'de RawValue) -> serde_json::Result<T> {
    compiler.at(Step::Key(key), |compiler| T::read(compiler, &mut serde_json::Deserializer::from_str(raw.get())))
}

impl<'de, T: Object<'de>> Part<'de> for T {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<T, D::Error> {
        struct Members<'c, T>(&'c mut Compiler, PhantomData<T>);

        impl<'de, T: Object<'de>> Visitor<'de> for Members<'_, T> {
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

        json.deserialize_map(Members(compiler, PhantomData))
    }
}

/// A list of parts. Each element's index goes onto the path.
struct List<T>(Vec<T>);

impl<'de, T: Part<'de>> Part<'de> for List<T> {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<List<T>, D::Error> {
        struct Elements<'c, T>(&'c mut Compiler, PhantomData<T>);

        impl<'de, T: Part<'de>> Visitor<'de> for Elements<'_, T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut elements = Vec::new();
                loop {
                    let next = |compiler: &mut Compiler| seq.next_element_seed(Seed(compiler, PhantomData));
                    match self.0.at(Step::Index(elements.len()), next)? {
                        Some(element) => elements.push(element),
                        None => return Ok(List(elements)),
                    }
                }
            }
        }

        json.deserialize_seq(Elements(compiler, PhantomData))
    }
}

/// A string that borrows from the file unless it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

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
            DefaultFile::StringArray(list) => ParamValue::StringArray(list.into_iter().map(Cow::Owned).collect()),
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
    Kept(&'static str, &'de RawValue),
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
            (None, key) => Draft::Kept(key, map.next_value()?),
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
            Some(Draft::Kept("rules", raw)) => Body::Tree(kept::<List<Rule>>(compiler, "rules", raw)?.0),
            Some(Draft::Kept("endpoint", raw)) => Body::Endpoint(Box::new(kept(compiler, "endpoint", raw)?)),
            Some(Draft::Kept(key, raw)) => Body::Error(kept::<TextExpr>(compiler, key, raw)?.0),
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

/// An object that is a call (`fn` and `argv`) or a reference (`ref`).
#[derive(Default)]
struct CallFile<'de> {
    function: Option<Text<'de>>,
    args: Option<Vec<Typed>>,
    reference: Option<Text<'de>>,
    assign: Option<Text<'de>>,
}

impl<'de> Object<'de> for CallFile<'de> {
    const EXPECTED: &'static str = "a function call or a reference";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "fn" => self.function = Some(map.next_value()?),
            "ref" => self.reference = Some(map.next_value()?),
            "assign" => self.assign = map.next_value()?,
            "argv" => self.args = Some(value::<List<Typed>, A>(compiler, "argv", map)?.0),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl CallFile<'_> {
    fn finish(self, compiler: &mut Compiler) -> Result<Typed, String> {
        if self.assign.is_some() {
            return Err("only a condition can assign its result".to_owned());
        }
        if let Some(Text(name)) = self.reference {
            let (slot, kind) = compiler.lookup(&name)?;
            return Ok(Typed(Expr::Slot(slot), kind));
        }
        let (call, kind) = make_call(self.function, self.args)?;
        Ok(Typed(Expr::Call(Box::new(call)), kind))
    }
}

impl<'de> Part<'de> for Condition {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<Condition, D::Error> {
        let file = CallFile::read(compiler, json)?;
        let (call, kind) = make_call(file.function, file.args).map_err(D::Error::custom)?;
        let assign = file.assign.map(|Text(name)| compiler.define(&name, kind));
        Ok(Condition { call, assign: assign.transpose().map_err(D::Error::custom)? })
    }
}

fn make_call(name: Option<Text<'_>>, args: Option<Vec<Typed>>) -> Result<(Call, Type), String> {
    let Text(name) = name.ok_or("expected a call with fn and argv")?;
    let function = functions::find(&name).ok_or_else(|| format!("unknown function {name:?}"))?;
    let mut args = args.ok_or_else(|| format!("{name} has no argv"))?;
    let kind = check_args(function, &mut args).map_err(|why| format!("{name}: {why}"))?;
    Ok((Call { function, args: args.into_iter().map(|Typed(expr, _)| expr).collect() }, kind))
}

/// Checks number and types of arguments, and gives the type of the result.
fn check_args(function: &Function, args: &mut [Typed]) -> Result<Type, String> {
    let count = |fits: bool, expected: &str, args: &[Typed]| match fits {
        true => Ok(()),
        false => Err(format!("expected {expected} arguments, found {}", args.len())),
    };
    let check = |position: usize, expected: Type, Typed(_, found): &Typed| match expected.accepts(*found) {
        true => Ok(()),
        false => Err(format!("argument {} is {}, expected {}", position + 1, found.name(), expected.name())),
    };
    match function.signature {
        Signature::Fixed(expected, result) => {
            count(args.len() == expected.len(), &expected.len().to_string(), args)?;
            args.iter().zip(expected).enumerate().try_for_each(|(at, (arg, expected))| check(at, *expected, arg))?;
            Ok(result)
        }
        Signature::Path => {
            count(args.len() == 2, "2", args)?;
            let Expr::Text(Template::Literal(path)) = &args[1].0 else {
                return Err("argument 2 must be a literal path".to_owned());
            };
            let (path, result) = Path::parse(path, args[0].1)?;
            args[1] = Typed(Expr::Path(path), Type::Path);
            Ok(result)
        }
        Signature::Same => {
            count(args.len() >= 2, "2 or more", args)?;
            args.iter().enumerate().try_for_each(|(at, arg)| check(at, args[0].1, arg))?;
            Ok(args[0].1)
        }
        Signature::Choice => {
            count(args.len() == 3, "3", args)?;
            check(0, Type::Bool, &args[0])?;
            check(2, args[1].1, &args[2])?;
            Ok(args[1].1)
        }
    }
}

/// An expression with its type.
struct Typed(Expr, Type);

/// An expression that is a string.
struct TextExpr(Expr);

impl<'de> Part<'de> for TextExpr {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<TextExpr, D::Error> {
        match Typed::read(compiler, json)? {
            Typed(expr, Type::String) => Ok(TextExpr(expr)),
            Typed(_, kind) => Err(D::Error::custom(format!("expected a string, found {}", kind.name()))),
        }
    }
}

impl<'de> Part<'de> for Typed {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<Typed, D::Error> {
        json.deserialize_any(Argument(compiler))
    }
}

struct Argument<'c>(&'c mut Compiler);

impl<'de> Visitor<'de> for Argument<'_> {
    type Value = Typed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, boolean, integer, function call or reference")
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Typed, E> {
        Ok(Typed(Expr::Bool(flag), Type::Bool))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Typed, E> {
        Ok(Typed(Expr::Int(number), Type::Int))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Typed, E> {
        i64::try_from(number)
            .map_err(|_| E::custom("the number is too large"))
            .and_then(|number| self.visit_i64(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Typed, E> {
        let template = self.0.template(text).map_err(E::custom)?;
        Ok(Typed(Expr::Text(template), Type::String))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Typed, A::Error> {
        if self.0.call_depth == MAX_CALL_DEPTH {
            return Err(A::Error::custom(format!("calls are nested more than {MAX_CALL_DEPTH} deep")));
        }
        self.0.call_depth += 1;
        let file = CallFile::read(self.0, MapAccessDeserializer::new(map))?;
        self.0.call_depth -= 1;
        file.finish(self.0).map_err(A::Error::custom)
    }
}

#[derive(Default)]
struct EndpointFile {
    url: Option<Expr>,
    headers: Headers,
    properties: Properties,
}

impl<'de> Part<'de> for EndpointRule {
    fn read<D: Deserializer<'de>>(compiler: &mut Compiler, json: D) -> Result<EndpointRule, D::Error> {
        let file = EndpointFile::read(compiler, json)?;
        Ok(EndpointRule {
            url: file.url.ok_or_else(|| D::Error::custom("the endpoint has no url"))?,
            headers: file.headers.0,
            auth_schemes: file.properties.auth_schemes,
            properties: file.properties.others,
        })
    }
}

impl<'de> Object<'de> for EndpointFile {
    const EXPECTED: &'static str = "an endpoint";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "url" => self.url = Some(value::<TextExpr, A>(compiler, "url", map)?.0),
            "headers" => self.headers = value(compiler, "headers", map)?,
            "properties" => self.properties = value(compiler, "properties", map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

#[derive(Default)]
struct Headers(Vec<(Box<str>, Vec<Expr>)>);

impl<'de> Object<'de> for Headers {
    const EXPECTED: &'static str = "an object of headers";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        let List(values) = map.next_value_seed(Seed::<List<TextExpr>>(compiler, PhantomData))?;
        self.0.push((key.into(), values.into_iter().map(|TextExpr(expr)| expr).collect()));
        Ok(())
    }
}

#[derive(Default)]
struct Properties {
    auth_schemes: Vec<AuthSchemeRule>,
    others: Vec<(Box<str>, Property)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthSchemeFile<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    signing_name: Option<Text<'a>>,
    #[serde(borrow)]
    signing_region: Option<Text<'a>>,
    #[serde(borrow)]
    signing_region_set: Option<Vec<Text<'a>>>,
    disable_double_encoding: Option<bool>,
}

impl<'de> Object<'de> for Properties {
    const EXPECTED: &'static str = "an object of properties";

    fn member<A: MapAccess<'de>>(&mut self, compiler: &mut Compiler, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "authSchemes" {
            let files: Vec<AuthSchemeFile<'de>> = map.next_value()?;
            let schemes = files.into_iter().map(|file| compiler.auth_scheme(file)).collect::<Result<_, _>>();
            self.auth_schemes = schemes.map_err(|why| A::Error::custom(format!("authSchemes: {why}")))?;
        } else {
            let property = compiler.property(map.next_value()?);
            self.others.push((key.into(), property.map_err(|why| A::Error::custom(format!("{key}: {why}")))?));
        }
        Ok(())
    }
}

impl Compiler {
    fn auth_scheme(&mut self, file: AuthSchemeFile<'_>) -> Result<AuthSchemeRule, String> {
        let mut template = |Text(text): Text<'_>| self.template(&text);
        let signing_region_set =
            file.signing_region_set.map(|regions| regions.into_iter().map(&mut template).collect::<Result<_, _>>());
        Ok(AuthSchemeRule {
            name: template(file.name)?,
            signing_name: file.signing_name.map(&mut template).transpose()?,
            signing_region: file.signing_region.map(&mut template).transpose()?,
            signing_region_set: signing_region_set.transpose()?,
            disable_double_encoding: file.disable_double_encoding,
        })
    }

    /// The JSON parser has limited how deep this goes.
    fn property(&mut self, value: Value) -> Result<Property, String> {
        Ok(match value {
            Value::String(text) => match self.template(&text)? {
                Template::Literal(text) => Property::Literal(Value::String(text.into())),
                template => Property::Template(template),
            },
            Value::Array(items) => {
                Property::List(items.into_iter().map(|item| self.property(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let member = |(name, value): (String, Value)| Ok((name.into_boxed_str(), self.property(value)?));
                Property::Object(members.into_iter().map(member).collect::<Result<_, String>>()?)
            }
            literal => Property::Literal(literal),
        })
    }
}
