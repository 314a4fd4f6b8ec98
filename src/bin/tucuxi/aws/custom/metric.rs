//! One metric of `cloudwatch put-metric-data` in options: `--metric-name Visits --value 3 --dimensions Site=a,Page=b`.

use serde_json::{Map, Number, Value, json};

use super::Customization;
use super::given::{add, change_first, exclusive, make_optional, set, text, value, whole_number};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;
use crate::aws::python;
use crate::aws::request::CallRequest;

pub(super) struct Metric;

const OPTIONS: &[&str] =
    &["metric-name", "timestamp", "unit", "value", "dimensions", "statistic-values", "storage-resolution"];

impl Customization for Metric {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, "metric-data");
        for name in OPTIONS {
            add(table, name, ArgArity::One);
        }
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        let simple = &["metric-name", "timestamp", "unit", "value", "dimensions", "statistic-values"];
        exclusive(arguments, [&["metric-data"], simple])
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let mut metric = Map::new();
        for (option, member) in [("metric-name", "MetricName"), ("unit", "Unit")] {
            if let Some(text) = text(arguments, option)? {
                set(&mut metric, member, text);
            }
        }
        if let Some(timestamp) = nested(arguments, "timestamp", "Timestamp")? {
            set(&mut metric, "Timestamp", timestamp);
        }
        if let Some(number) = text(arguments, "value")? {
            set(&mut metric, "Value", decimal("value", &number)?);
        }
        if let Some(dimensions) = dimensions(arguments)? {
            set(&mut metric, "Dimensions", dimensions);
        }
        if let Some(statistics) = statistics(arguments)? {
            set(&mut metric, "StatisticValues", statistics);
        }
        if let Some(seconds) = text(arguments, "storage-resolution")? {
            let invalid =
                || AwsError::General(format!("invalid literal for int() with base 10: {}", python::repr(&seconds)));
            set(&mut metric, "StorageResolution", whole_number(&seconds).ok_or_else(invalid)?);
        }
        if !metric.is_empty() {
            change_first(&mut request.params, "MetricData", |first| first.extend(metric));
        }
        Ok(())
    }
}

/// The value of an option as a member of a metric.
fn nested(arguments: &LineOptions<'_, '_>, option: &str, member: &str) -> AwsResult<Option<Value>> {
    let metrics = arguments.table.operation.input().and_then(|input| input.member("MetricData"));
    let metric = metrics.and_then(|metrics| metrics.shape().element());
    match metric.and_then(|metric| metric.member(member)) {
        Some(member) => value(arguments, option, member),
        None => Ok(None),
    }
}

/// `Name=Value,..`; JSON, which the AWS CLI does not take here, too.
fn dimensions(arguments: &LineOptions<'_, '_>) -> AwsResult<Option<Value>> {
    let Some(text) = text(arguments, "dimensions")? else { return Ok(None) };
    if is_json(&text) {
        return nested(arguments, "dimensions", "Dimensions");
    }
    let dimension = |(name, value)| json!({"Name": name, "Value": value});
    Ok(Some(pairs("dimensions", &text)?.into_iter().map(dimension).collect()))
}

/// `Sum=1.5,..`; JSON, which the AWS CLI does not take here, too.
fn statistics(arguments: &LineOptions<'_, '_>) -> AwsResult<Option<Value>> {
    const OPTION: &str = "statistic-values";
    let Some(text) = text(arguments, OPTION)? else { return Ok(None) };
    if is_json(&text) {
        return nested(arguments, OPTION, "StatisticValues");
    }
    let statistic = |(name, number): (String, String)| Ok((name, decimal(OPTION, &number)?));
    pairs(OPTION, &text)?.into_iter().map(statistic).collect::<AwsResult<Map<_, _>>>().map(|map| Some(map.into()))
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{'])
}

/// Names and values: `Site=a,Page=b`. A comma within quotes or after a backslash belongs to a value.
fn pairs(option: &str, text: &str) -> AwsResult<Vec<(String, String)>> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        let Some(part) = parts.last_mut() else { break };
        match char {
            '\\' => part.extend(chars.next()),
            '"' | '\'' if quote.is_none() => quote = Some(char),
            _ if quote == Some(char) => quote = None,
            ',' if quote.is_none() => parts.push(String::new()),
            _ => part.push(char),
        }
    }
    let pair = |part: String| match part.split_once('=') {
        Some((name, value)) if !value.contains('=') => Ok((name.to_owned(), value.to_owned())),
        _ => Err(AwsError::Validation(format!(
            "Error parsing parameter '--{option}': Expected NAME=VALUE, received: {part}"
        ))),
    };
    parts.into_iter().map(pair).collect()
}

/// A number; a whole one is sent without a fraction.
fn decimal(option: &str, text: &str) -> AwsResult<Value> {
    if let Some(number) = whole_number(text) {
        return Ok(number);
    }
    let number = python::float(text)
        .ok_or_else(|| AwsError::Validation(format!("Error parsing parameter '--{option}': Not a number: {text}")))?;
    Ok(match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => json!("NaN"),
        None if number > 0.0 => json!("Infinity"),
        None => json!("-Infinity"),
    })
}
