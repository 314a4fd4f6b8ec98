//! Functions of the rules engine, one table row each.
//!
//! <https://smithy.io/2.0/additional-specs/rules-engine/standard-library.html> and
//! <https://smithy.io/2.0/aws/rules-engine/library-functions.html>

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use super::attribute::{Arn, Type, UrlValue, Val, slice};
use super::error::RuleError;
use super::scope::Scope;
use super::url::{is_host_label, is_ipv4_shaped};
use crate::codec::percent::push_encoded;

/// Row of the function table.
pub(super) struct RuleFunction {
    pub(super) name: &'static str,
    pub(super) signature: Signature,
    pub(super) run: for<'a, 'v> fn(&Scope<'a>, &'v [Val<'a>]) -> Result<Val<'a>, RuleError>,
}

impl fmt::Debug for RuleFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Types of arguments and result.
pub(super) enum Signature {
    Fixed(&'static [Type], Type),
    /// A record or list and a path; the result has the type of the path's value.
    Path,
    /// Two or more values of one type, which is also the type of the result.
    Same,
    /// A boolean and two values of one type, which is also the type of the result.
    Choice,
}

use Signature::{Choice, Fixed, Path, Same};
use Type::{Any, Bool, Int, Strings};

#[rustfmt::skip]
pub(super) const FUNCTIONS: &[RuleFunction] = &[
    RuleFunction { name: "isSet", signature: Fixed(&[Any], Bool), run: is_set },
    RuleFunction { name: "not", signature: Fixed(&[Bool], Bool), run: not },
    RuleFunction { name: "getAttr", signature: Path, run: get_attr },
    RuleFunction { name: "booleanEquals", signature: Fixed(&[Bool, Bool], Bool), run: boolean_equals },
    RuleFunction { name: "stringEquals", signature: Fixed(&[Type::String, Type::String], Bool), run: string_equals },
    RuleFunction { name: "isValidHostLabel", signature: Fixed(&[Type::String, Bool], Bool), run: is_valid_host_label },
    RuleFunction { name: "substring", signature: Fixed(&[Type::String, Int, Int, Bool], Type::String), run: substring },
    RuleFunction { name: "uriEncode", signature: Fixed(&[Type::String], Type::String), run: uri_encode },
    RuleFunction { name: "parseURL", signature: Fixed(&[Type::String], Type::Url), run: parse_url },
    RuleFunction { name: "split", signature: Fixed(&[Type::String, Type::String, Int], Strings), run: split },
    RuleFunction { name: "coalesce", signature: Same, run: coalesce },
    RuleFunction { name: "ite", signature: Choice, run: ite },
    RuleFunction { name: "aws.partition", signature: Fixed(&[Type::String], Type::Partition), run: partition },
    RuleFunction { name: "aws.parseArn", signature: Fixed(&[Type::String], Type::Arn), run: parse_arn },
    RuleFunction { name: "aws.isVirtualHostableS3Bucket", signature: Fixed(&[Type::String, Bool], Bool), run: is_virtual_hostable_s3_bucket },
];

/// Placeholder for functions that are not in the table; its only argument is the function's name. It makes newer rule sets usable
/// as long as they do not call such a function.
pub(super) const UNKNOWN: &RuleFunction =
    &RuleFunction { name: "rules engine", signature: Fixed(&[Any], Any), run: unknown };

/// Finds a function by name.
pub(super) fn find(name: &str) -> Option<&'static RuleFunction> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

// The parser checks types, so each function only distinguishes its own types from "no value".

fn unknown<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    let name = match args {
        [Val::Text(name)] => name,
        _ => "?",
    };
    Err(RuleError::UnknownFunction(name.to_string()))
}

fn is_set<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    Ok(Val::Bool(!matches!(args, [Val::Null])))
}

/// Negates a boolean. No value counts as false.
fn not<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    Ok(Val::Bool(!matches!(args, [Val::Bool(true)])))
}

fn get_attr<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    match args {
        [value, Val::Path(path)] => Ok(value.get(*path)),
        _ => Ok(Val::Null),
    }
}

fn boolean_equals<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    match args {
        [Val::Bool(one), Val::Bool(other)] => Ok(Val::Bool(one == other)),
        _ => Err(RuleError::BooleanUnset),
    }
}

fn string_equals<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    match args {
        [Val::Text(one), Val::Text(other)] => Ok(Val::Bool(one == other)),
        _ => Err(RuleError::StringUnset),
    }
}

fn is_valid_host_label<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    Ok(Val::Bool(matches!(args, [Val::Text(text), allow] if host_labels(text, allow))))
}

fn host_labels(text: &str, allow_subdomains: &Val<'_>) -> bool {
    match allow_subdomains {
        Val::Bool(true) => text.split('.').all(is_host_label),
        _ => is_host_label(text),
    }
}

/// Whether a bucket name can be the first label of an S3 host name.
fn is_virtual_hostable_s3_bucket<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    let [Val::Text(bucket), allow_subdomains] = args else {
        return Ok(Val::Bool(false));
    };
    let fits = bucket.len() >= 3
        && !bucket.bytes().any(|byte| byte.is_ascii_uppercase())
        && !is_ipv4_shaped(bucket)
        && host_labels(bucket, allow_subdomains);
    Ok(Val::Bool(fits))
}

/// Returns bytes `start..stop`, counted from the end if `reverse`; no value if out of bounds or not ASCII.
fn substring<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    let [Val::Text(text), Val::Int(start), Val::Int(stop), reverse] = args else {
        return Err(RuleError::InputUnset);
    };
    let (Ok(start), Ok(stop)) = (usize::try_from(*start), usize::try_from(*stop)) else {
        return Ok(Val::Null);
    };
    if start >= stop || text.len() < stop || !text.is_ascii() {
        return Ok(Val::Null);
    }
    let range = match reverse {
        Val::Bool(true) => text.len() - stop..text.len() - start,
        _ => start..stop,
    };
    Ok(Val::Text(slice(text, range)))
}

fn uri_encode<'a>(scope: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    let [Val::Text(text)] = args else {
        return Ok(Val::Null);
    };
    scope.charge(text.len())?;
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, text);
    Ok(Val::Text(Cow::Owned(encoded)))
}

fn parse_url<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    Ok(match args {
        [Val::Text(text)] => UrlValue::parse(text.clone()).map_or(Val::Null, |url| Val::Url(Rc::new(url))),
        _ => Val::Null,
    })
}

/// Splits at a delimiter. A limit above zero is the maximum number of parts; the last part has the rest.
fn split<'a>(scope: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    let [Val::Text(text), Val::Text(delimiter), Val::Int(limit)] = args else {
        return Ok(Val::Null);
    };
    if delimiter.is_empty() {
        return Err(RuleError::EmptyDelimiter);
    }
    scope.charge(text.len())?;
    let limit = usize::try_from(*limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut start = 0;
    while parts.len() + 1 < limit
        && let Some(at) = text[start..].find(&**delimiter)
    {
        parts.push(slice(text, start..start + at));
        start += at + delimiter.len();
    }
    parts.push(slice(text, start..text.len()));
    Ok(Val::Strings(parts.into()))
}

/// Returns the first value that is set.
fn coalesce<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    Ok(args.iter().find(|value| !matches!(value, Val::Null)).cloned().unwrap_or(Val::Null))
}

/// If-then-else.
fn ite<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    match args {
        [Val::Bool(true), then, _] => Ok(then.clone()),
        [Val::Bool(false), _, otherwise] => Ok(otherwise.clone()),
        _ => Err(RuleError::ConditionUnset),
    }
}

fn partition<'a>(scope: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    let partitions = scope.partitions();
    Ok(Val::Partition(match args {
        [Val::Text(region)] => partitions.of_region(region).map_err(RuleError::Data)?,
        _ => partitions.default_partition(),
    }))
}

fn parse_arn<'a>(_: &Scope<'a>, args: &[Val<'a>]) -> Result<Val<'a>, RuleError> {
    Ok(match args {
        [Val::Text(text)] => Arn::parse(text.clone()).map_or(Val::Null, |arn| Val::Arn(Rc::new(arn))),
        _ => Val::Null,
    })
}
