//! The value of one option of an operation.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tucuxi::shapes::{MemberInfo, ShapeInfo, ShapeType};

use super::OptionReader;
use super::datum::{Datum, Members};
use super::error::{NumberType, Problem, ValueError};
use super::paramfile::{self, FileError, Surroundings};
use super::shorthand::{self, FitError, ShorthandError};
use super::unpack::{self, OptionText, parameter};
use crate::aws::python;

/// The options with [bare elements](ValueOption::has_bare_elements): a service, an operation and an option in each line.
const BARE_ELEMENTS: &str = include_str!("bare_elements.tsv");

/// An option of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueOption<'a> {
    /// The service and the operation as the AWS CLI names them: `ec2`, `describe-instances`.
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    /// The option without `--`.
    pub(crate) name: &'a str,
    /// The parameter.
    pub(crate) member: MemberInfo<'a>,
}

/// The value of an option.
#[derive(Debug, PartialEq)]
pub(crate) enum OptionValue {
    Parameter(Value),
    /// The file with a streaming payload.
    BodyFile(PathBuf),
}

impl OptionReader<'_> {
    /// The contents of the file that the word of an option names with `file://` or `fileb://`; `None` for other words. The option
    /// has its dashes.
    pub(crate) fn load(&self, option: &str, word: &str) -> Result<Option<Datum>, ValueError> {
        paramfile::load(word, self.around).map_err(|error| match error {
            FileError::Encoding(_) => ValueError::File(error),
            error => parameter(option, Problem::File(error)),
        })
    }

    /// Converts the words of an option: any number of them for a list, one for all other types.
    pub(crate) fn option(&mut self, option: &ValueOption<'_>, words: &[String]) -> Result<OptionValue, ValueError> {
        let shape = option.member.shape();
        let dashed = format!("--{}", option.name);
        option.check_number(&dashed, words)?;
        let given = match words {
            [word] => match self.load(&dashed, word)? {
                Some(contents) => OptionText::One(contents),
                None if shape.shape_type() == ShapeType::List => OptionText::Words(words.to_vec()),
                None => OptionText::One(Datum::text(word)),
            },
            words => OptionText::Words(words.to_vec()),
        };
        if option.member.is_streaming() && shape.shape_type() == ShapeType::Blob {
            return body_file(given, &dashed, self.around);
        }
        let datum = match shorthand_value(option, &given, &dashed, self.around)? {
            Some(datum) => datum,
            None => unpack::unpack(shape, given, &dashed)?,
        };
        self.converter.convert(Some(shape), datum, option.member.name()).map(OptionValue::Parameter)
    }
}

impl ValueOption<'_> {
    /// The AWS CLI's parser of command lines converts these numbers, so that a wrong one is an error of usage, and a number
    /// cannot come from a file.
    fn check_number(&self, dashed: &str, words: &[String]) -> Result<(), ValueError> {
        let shape = self.member.shape();
        let (kind, is_number): (_, fn(&str) -> bool) = match shape.shape_type() {
            ShapeType::Integer if shape.is_long() => (NumberType::Int, |text| python::int(text).is_some()),
            ShapeType::Float | ShapeType::Double => (NumberType::Float, |text| python::float(text).is_some()),
            _ => return Ok(()),
        };
        match words.iter().find(|word| !is_number(word)) {
            Some(word) => Err(ValueError::Usage { option: dashed.to_owned(), kind, text: word.clone() }),
            None => Ok(()),
        }
    }

    /// Whether each word is the only member of an element, for options that are older than the shorthand syntax.
    fn has_bare_elements(&self) -> bool {
        let option = format!("{}\t{}\t{}", self.service, self.operation, self.name);
        BARE_ELEMENTS.lines().any(|line| line == option)
    }
}

fn body_file(given: OptionText, dashed: &str, around: &dyn Surroundings) -> Result<OptionValue, ValueError> {
    let text = match given {
        OptionText::One(value) => unpack::as_text(value, dashed)?,
        OptionText::Words(words) => words.concat(),
    };
    let path = paramfile::body_path(&text, around);
    if !around.is_file(Path::new(&path)) {
        return Err(parameter(dashed, Problem::NoFile));
    }
    Ok(OptionValue::BodyFile(path.into()))
}

/// Parses shorthand syntax; `None` if the type has none, or the text begins like JSON.
fn shorthand_value(
    option: &ValueOption<'_>,
    given: &OptionText,
    dashed: &str,
    around: &dyn Surroundings,
) -> Result<Option<Datum>, ValueError> {
    let shape = option.member.shape();
    if !has_shorthand(shape) {
        return Ok(None);
    }
    let words = match given {
        OptionText::One(value) => vec![unpack::as_text(value.clone(), dashed)?],
        OptionText::Words(words) => words.clone(),
    };
    if let Some('[' | '{') = words.first().and_then(|word| unpack::first_char(word)) {
        return Ok(None);
    }
    if let Some(special) = special_case(option, &words) {
        return Ok(Some(special));
    }
    let load = |value: &str| paramfile::load(value, around);
    let maps = words.iter().map(|word| shorthand::parse(word, &load).map(Datum::Map));
    let mut maps: Vec<Datum> = maps.collect::<Result<_, _>>().map_err(|error| match error {
        ShorthandError::File(error) => ValueError::File(error),
        error => parameter(dashed, Problem::Shorthand(error)),
    })?;
    let mut value = match shape.shape_type() {
        // Also for a file with one element, which the AWS CLI reads as a map.
        ShapeType::List => Datum::List(maps),
        _ => maps.pop().unwrap_or(Datum::Null),
    };
    shorthand::fit(shape, &mut value).map_err(|error| match error {
        FitError::Document { member } => parameter(dashed, Problem::ShorthandDocument(member)),
        FitError::Conversion(conversion) => ValueError::Conversion(conversion),
    })?;
    Ok(Some(value))
}

/// Structures, maps, and lists of structures, lists or maps, unless there is nothing in them but any JSON.
pub(crate) fn has_shorthand(shape: ShapeInfo<'_>) -> bool {
    let is_complex =
        |shape: ShapeInfo<'_>| matches!(shape.shape_type(), ShapeType::Structure | ShapeType::List | ShapeType::Map);
    let is_allowed = match shape.shape_type() {
        ShapeType::List => shape.element().is_some_and(is_complex),
        _ => is_complex(shape),
    };
    let mut end = shape;
    // Lists and maps of nothing but themselves have no end.
    for _ in 0..32 {
        match end.element().or_else(|| end.value()) {
            Some(inner) => end = inner,
            None => break,
        }
    }
    is_allowed && end.shape_type() != ShapeType::Document
}

/// Values of older syntaxes.
fn special_case(option: &ValueOption<'_>, words: &[String]) -> Option<Datum> {
    let shape = option.member.shape();
    if let Some(element) = shape.element() {
        let mut members = element.members();
        let (Some(member), None) = (members.next(), members.next()) else { return None };
        let bare = |word: &str| {
            let value = bare_value(word, member.name()).unwrap_or_else(|| word.to_owned());
            Datum::Map(Members::from_iter([(member.name(), Datum::Text(value))]))
        };
        return option.has_bare_elements().then(|| Datum::List(words.iter().map(|word| bare(word)).collect()));
    }
    // `--instance-type m5.large` for `{"Value": "m5.large"}`.
    let mut members = shape.members();
    let (Some(member), None, [word]) = (members.next(), members.next(), words) else { return None };
    let is_bare = member.name() == "Value" && member.shape().shape_type() == ShapeType::String && !word.contains('=');
    is_bare.then(|| Datum::Map(Members::from_iter([("Value", Datum::text(word))])))
}

/// The value of `InstanceId=i-1`, which the AWS CLI takes for an id.
fn bare_value(word: &str, name: &str) -> Option<String> {
    let text = word.strip_prefix(name)?.strip_prefix('=')?;
    let members = shorthand::parse(word, &|_| Ok(None)).ok()?;
    match members.into_iter().next() {
        Some((_, Datum::Text(value))) => Some(value),
        _ => Some(text.to_owned()),
    }
}
