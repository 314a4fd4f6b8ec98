//! Parser of expressions: literals, templates, references and calls, with their types.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::RulesCompiler;
use super::json::{List, ObjectPart, RulesPart, Text, value};
use crate::endpoint::attribute::{AttributePath, Type};
use crate::endpoint::functions::{self, RuleFunction, Signature};
use crate::endpoint::rules::{Expr, RuleCall, RuleCondition};
use crate::endpoint::template::Template;

/// Maximum nesting of function calls.
const MAX_CALL_DEPTH: usize = 16;

/// Object that is a call (`fn` and `argv`) or a reference (`ref`).
#[derive(Default)]
struct CallFile<'de> {
    function: Option<Text<'de>>,
    args: Option<Vec<TypedExpr>>,
    reference: Option<Text<'de>>,
    assign: Option<Text<'de>>,
}

impl<'de> ObjectPart<'de> for CallFile<'de> {
    const EXPECTED: &'static str = "a function call or a reference";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "fn" => self.function = Some(map.next_value()?),
            "ref" => self.reference = Some(map.next_value()?),
            "assign" => self.assign = map.next_value()?,
            "argv" => self.args = Some(value::<List<TypedExpr>, A>(compiler, "argv", map)?.0),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl CallFile<'_> {
    fn finish(self, compiler: &mut RulesCompiler) -> Result<TypedExpr, String> {
        if self.assign.is_some() {
            return Err("only a condition can assign its result".to_owned());
        }
        if let Some(Text(name)) = self.reference {
            let (slot, kind) = compiler.lookup(&name)?;
            return Ok(TypedExpr(Expr::Slot(slot), kind));
        }
        let (call, kind) = make_call(self.function, self.args)?;
        Ok(TypedExpr(Expr::Call(Box::new(call)), kind))
    }
}

impl<'de> RulesPart<'de> for RuleCondition {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<RuleCondition, D::Error> {
        let file = CallFile::read(compiler, json)?;
        let (call, kind) = make_call(file.function, file.args).map_err(D::Error::custom)?;
        let assign = file.assign.map(|Text(name)| compiler.define(&name, kind));
        Ok(RuleCondition { call, assign: assign.transpose().map_err(D::Error::custom)? })
    }
}

fn make_call(name: Option<Text<'_>>, args: Option<Vec<TypedExpr>>) -> Result<(RuleCall, Type), String> {
    let Text(name) = name.ok_or("expected a call with fn and argv")?;
    let mut args = args.ok_or_else(|| format!("{name} has no argv"))?;
    let Some(function) = functions::find(&name) else {
        let name = Expr::Text(Template::Literal((*name).into()));
        return Ok((RuleCall { function: functions::UNKNOWN, args: vec![name] }, Type::Any));
    };
    let kind = check_args(function, &mut args).map_err(|message| format!("{name}: {message}"))?;
    Ok((RuleCall { function, args: args.into_iter().map(|TypedExpr(expr, _)| expr).collect() }, kind))
}

/// Checks the number and types of arguments. Returns the type of the result.
fn check_args(function: &RuleFunction, args: &mut [TypedExpr]) -> Result<Type, String> {
    let count = |fits: bool, expected: &str, args: &[TypedExpr]| match fits {
        true => Ok(()),
        false => Err(format!("expected {expected} arguments, found {}", args.len())),
    };
    let check = |position: usize, expected: Type, TypedExpr(_, found): &TypedExpr| match expected.accepts(*found) {
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
            if args[0].1 == Type::Any {
                return Ok(Type::Any);
            }
            let (path, result) = AttributePath::parse(path, args[0].1)?;
            args[1] = TypedExpr(Expr::Path(path), Type::Path);
            Ok(result)
        }
        Signature::Same => {
            count(args.len() >= 2, "2 or more", args)?;
            let kind = args.iter().map(|arg| arg.1).find(|kind| *kind != Type::Any).unwrap_or(Type::Any);
            args.iter().enumerate().try_for_each(|(at, arg)| check(at, kind, arg))?;
            Ok(kind)
        }
        Signature::Choice => {
            count(args.len() == 3, "3", args)?;
            check(0, Type::Bool, &args[0])?;
            check(2, args[1].1, &args[2])?;
            Ok(if args[1].1 == Type::Any { args[2].1 } else { args[1].1 })
        }
    }
}

/// Expression with its type.
struct TypedExpr(Expr, Type);

/// Expression of type string.
pub(super) struct TextExpr(pub(super) Expr);

impl<'de> RulesPart<'de> for TextExpr {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<TextExpr, D::Error> {
        match TypedExpr::read(compiler, json)? {
            TypedExpr(expr, Type::String | Type::Any) => Ok(TextExpr(expr)),
            TypedExpr(_, kind) => Err(D::Error::custom(format!("expected a string, found {}", kind.name()))),
        }
    }
}

impl<'de> RulesPart<'de> for TypedExpr {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<TypedExpr, D::Error> {
        json.deserialize_any(ArgumentVisitor(compiler))
    }
}

struct ArgumentVisitor<'c>(&'c mut RulesCompiler);

impl<'de> Visitor<'de> for ArgumentVisitor<'_> {
    type Value = TypedExpr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, boolean, integer, function call or reference")
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<TypedExpr, E> {
        Ok(TypedExpr(Expr::Bool(flag), Type::Bool))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<TypedExpr, E> {
        Ok(TypedExpr(Expr::Int(number), Type::Int))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<TypedExpr, E> {
        i64::try_from(number)
            .map_err(|_| E::custom("the number is too large"))
            .and_then(|number| self.visit_i64(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TypedExpr, E> {
        let template = self.0.template(text).map_err(E::custom)?;
        Ok(TypedExpr(Expr::Text(template), Type::String))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TypedExpr, A::Error> {
        if self.0.call_depth == MAX_CALL_DEPTH {
            return Err(A::Error::custom(format!("calls are nested more than {MAX_CALL_DEPTH} deep")));
        }
        self.0.call_depth += 1;
        let file = CallFile::read(self.0, MapAccessDeserializer::new(map))?;
        self.0.call_depth -= 1;
        file.finish(self.0).map_err(A::Error::custom)
    }
}
