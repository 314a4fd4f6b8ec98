//! `--parameter-overrides` and `--tags`.

use serde_json::{Map, Number, Value, json};

use crate::aws::error::{AwsError, AwsResult};
use crate::aws::python;
use crate::aws::values::{self, Datum};

/// The option's name.
pub(super) const OVERRIDES: &str = "--parameter-overrides";

const FORMATS: &str = "JSON passed to --parameter-overrides must be one of the formats: [\"Key1=Value1\",\"Key2=Value2\", ...] , \
                       [{\"ParameterKey\": \"Key1\", \"ParameterValue\": \"Value1\"}, ...] , [\"Parameters\": {\"Key1\": \
                       \"Value1\", \"Key2\": \"Value2\", ...}]";

/// The values of `KEY=VALUE` words, or of JSON in the first word or in a file that the only word names.
pub(super) fn overrides(words: &[String]) -> AwsResult<Map<String, Value>> {
    if let [word] = words
        && ["file://", "fileb://"].iter().any(|scheme| word.starts_with(scheme))
    {
        let text = values::text(OVERRIDES, word)?;
        if text.is_empty() {
            return Ok(Map::new());
        }
        let json = values::parse_json(&text).map_err(|error| AwsError::General(error.to_string()))?;
        return of_json(json);
    }
    match words.first().and_then(|first| values::parse_json(first).ok()) {
        None | Some(Datum::Null) => pairs(words, OVERRIDES),
        Some(json) => of_json(json),
    }
}

/// The values in one of the three forms of JSON.
fn of_json(json: Datum) -> AwsResult<Map<String, Value>> {
    let wrong = || AwsError::Validation(FORMATS.to_owned());
    match json {
        Datum::Map(members) => {
            let mut members = members.into_iter();
            match (members.next(), members.find(|(name, _)| name == "Parameters")) {
                (None, _) => Ok(Map::new()),
                (Some((name, parameters)), None) if name == "Parameters" => of_map(parameters).ok_or_else(wrong),
                (_, Some((_, parameters))) => of_map(parameters).ok_or_else(wrong),
                _ => Err(wrong()),
            }
        }
        Datum::List(items) => items.into_iter().map(|item| of_item(item).ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

fn of_map(parameters: Datum) -> Option<Map<String, Value>> {
    let Datum::Map(parameters) = parameters else { return None };
    Some(parameters.into_iter().map(|(name, value)| (name, to_value(value))).collect())
}

/// `KEY=VALUE`, or a parameter as CloudFormation has it.
fn of_item(item: Datum) -> Option<(String, Value)> {
    match item {
        Datum::Text(text) => text.split_once('=').map(|(name, value)| (name.to_owned(), Value::from(value))),
        Datum::Map(members) => {
            let (mut name, mut value) = (None, None);
            for (member, given) in members {
                match (member.as_str(), given) {
                    ("ParameterKey", Datum::Text(text)) => name = Some(text),
                    ("ParameterValue", given) => value = Some(to_value(given)),
                    _ => return None,
                }
            }
            name.zip(value)
        }
        _ => None,
    }
}

/// What is no text is left to the validation of the call.
fn to_value(datum: Datum) -> Value {
    match datum {
        Datum::Null | Datum::Bytes(_) => Value::Null,
        Datum::Bool(flag) => flag.into(),
        Datum::Int(digits) => digits.parse::<Number>().map_or(Value::String(digits), Value::Number),
        Datum::Float(float) => float.into(),
        Datum::Text(text) | Datum::Moment(text) => text.into(),
        Datum::List(items) => items.into_iter().map(to_value).collect(),
        Datum::Map(members) => members.into_iter().map(|(name, value)| (name, to_value(value))).collect(),
    }
}

/// The values of `KEY=VALUE` words. The last one of a key counts.
pub(super) fn pairs(words: &[String], option: &str) -> AwsResult<Map<String, Value>> {
    let pair = |word: &String| {
        let pair = word.split_once('=').map(|(key, value)| (key.to_owned(), Value::from(value)));
        pair.ok_or_else(|| {
            let shown = python::repr(word);
            AwsError::General(format!("[{shown}] value passed to {option} must be of format Key=Value"))
        })
    };
    words.iter().map(pair).collect()
}

/// The parameters of the change set: each of the template, with the given value or with its previous one.
pub(super) fn merged(names: &[String], given: &Map<String, Value>) -> Vec<Value> {
    let parameter = |name: &String| match given.get(name) {
        Some(value) => json!({"ParameterKey": name, "ParameterValue": value}),
        None => json!({"ParameterKey": name, "UsePreviousValue": true}),
    };
    names.iter().map(parameter).collect()
}

/// Whether a parameter keeps its previous value.
pub(super) fn is_previous(parameter: &Value) -> bool {
    parameter.get("UsePreviousValue").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_pairs_or_json() {
        for (words, expected) in [
            (&["A=1", "B=x=y", "A="][..], Some(json!({"A": "", "B": "x=y"}))),
            (&["[\"A=1\", \"B==\"]"], Some(json!({"A": "1", "B": "="}))),
            (&["[{\"ParameterKey\": \"A\", \"ParameterValue\": 5}]"], Some(json!({"A": 5}))),
            (&["{\"Parameters\": {\"A\": \"1\"}, \"Tags\": {}}"], Some(json!({"A": "1"}))),
            (&["{\"Tags\": {}, \"Parameters\": {\"A\": \"1\"}}"], Some(json!({"A": "1"}))),
            (&["[]"], Some(json!({}))),
            (&["{}"], Some(json!({}))),
            (&["A"], None),
            (&["{\"A\": \"1\"}"], None),
            (&["[1]"], None),
            (&["[{\"ParameterKey\": \"A\", \"UsePreviousValue\": true}]"], None),
            (&["[{\"ParameterKey\": \"A\", \"ParameterValue\": \"b\", \"ResolvedValue\": \"c\"}]"], None),
            (&["5"], None),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(overrides(&words).ok().map(Value::Object), expected, "{words:?}");
        }
    }
}
