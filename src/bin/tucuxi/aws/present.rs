//! Outputs as the AWS CLI shows them: members in the order of the model, timestamps in its form.

use std::cell::OnceCell;
use std::time::SystemTime;

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value};
use tucuxi::shapes::{MemberInfo, ShapeInfo, ShapeType};

use super::zone;
use crate::output::format::SpecialFloat;

/// How timestamps are shown (`cli_timestamp_format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ShownTimestamps {
    #[default]
    Iso8601,
    /// As the service sent them.
    Wire,
}

/// Puts an output, in which timestamps are as the service sent them, in the form that is shown.
pub(crate) struct Presenter {
    pub(crate) timestamps: ShownTimestamps,
    /// The time zone of timestamps that were sent as seconds, once there is one.
    pub(crate) zone: OnceCell<TimeZone>,
    pub(crate) protocol: ProtocolForms,
}

/// What the forms of values depend on in a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProtocolForms {
    /// Floats are as the service sent them: `5`, and `"NaN"` as text.
    Json,
    /// Members of the head of a response come before those of the body.
    Rest,
    Other,
}

impl ProtocolForms {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "json" => ProtocolForms::Json,
            "rest-json" | "rest-xml" => ProtocolForms::Rest,
            _ => ProtocolForms::Other,
        }
    }
}

impl Presenter {
    pub(crate) fn new(timestamps: ShownTimestamps, protocol: ProtocolForms) -> Self {
        Presenter { timestamps, zone: OnceCell::new(), protocol }
    }

    /// The output of an operation.
    pub(crate) fn output(&self, shape: ShapeInfo<'_>, output: Value) -> Value {
        let Value::Object(mut members) = output else { return self.value(shape, output) };
        let mut ordered = Map::with_capacity(members.len());
        if self.protocol == ProtocolForms::Rest {
            let head = shape.members().filter(|member| !member.is_in_body() && !member.is_payload());
            self.take(head, &mut members, &mut ordered);
        }
        self.take(shape.members(), &mut members, &mut ordered);
        ordered.extend(members);
        Value::Object(ordered)
    }

    pub(crate) fn value(&self, shape: ShapeInfo<'_>, value: Value) -> Value {
        match (shape.shape_type(), value) {
            (ShapeType::Structure, Value::Object(members)) => Value::Object(self.members(shape, members)),
            (ShapeType::List, Value::Array(items)) => {
                let Some(element) = shape.element() else { return Value::Array(items) };
                Value::Array(items.into_iter().map(|item| self.value(element, item)).collect())
            }
            (ShapeType::Map, Value::Object(entries)) => {
                let Some(inner) = shape.value() else { return Value::Object(entries) };
                Value::Object(entries.into_iter().map(|(key, value)| (key, self.value(inner, value))).collect())
            }
            (ShapeType::Timestamp, value) if self.timestamps == ShownTimestamps::Iso8601 => self.timestamp(value),
            (ShapeType::Float | ShapeType::Double, value) if self.protocol != ProtocolForms::Json => float(value),
            (_, value) => value,
        }
    }

    /// The members of a structure in the order of the model, and then those that it does not know.
    fn members(&self, shape: ShapeInfo<'_>, mut members: Map<String, Value>) -> Map<String, Value> {
        let mut ordered = Map::with_capacity(members.len());
        self.take(shape.members(), &mut members, &mut ordered);
        ordered.extend(members);
        ordered
    }

    /// Moves members in the order of the model.
    fn take<'m>(
        &self,
        model: impl Iterator<Item = MemberInfo<'m>>,
        members: &mut Map<String, Value>,
        ordered: &mut Map<String, Value>,
    ) {
        for member in model {
            if members.is_empty() {
                break;
            }
            if let Some((name, value)) = members.remove_entry(member.name()) {
                ordered.insert(name, self.value(member.shape(), value));
            }
        }
    }

    fn timestamp(&self, value: Value) -> Value {
        let zone = || self.zone.get_or_init(zone::local).clone();
        let shown = zoned(&value, zone).map(|time| isoformat(&time));
        shown.map_or(value, Value::String)
    }
}

/// The time of a response: seconds in this zone, and text in the zone that it has.
pub(super) fn zoned(value: &Value, zone: impl FnOnce() -> TimeZone) -> Option<Zoned> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match (seconds, value) {
        (Some(seconds), _) => from_seconds(seconds).map(|time| time.to_zoned(zone())),
        (None, Value::String(text)) => from_text(text),
        _ => None,
    }
}

fn float(value: Value) -> Value {
    let float = match &value {
        Value::Number(number) => number.as_f64().map(Value::from),
        Value::String(text) => SpecialFloat::from_text(text).map(|special| special.to_value()),
        _ => None,
    };
    float.unwrap_or(value)
}

fn from_seconds(seconds: f64) -> Option<Timestamp> {
    // To microseconds, as Python's `datetime` has them.
    let micros = (seconds * 1e6).round_ties_even();
    let in_range = micros.abs() < 9e17;
    Timestamp::from_microsecond(in_range.then_some(micros as i64)?).ok()
}

/// ISO 8601 with a zone, or the dates of HTTP headers.
fn from_text(text: &str) -> Option<Zoned> {
    let text = text.trim();
    if let Ok(pieces) = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text)
        && let Some(time) = pieces.time()
    {
        let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
        return pieces.date().to_datetime(time).to_zoned(TimeZone::fixed(offset)).ok();
    }
    let text = text.replace("GMT", "+0000");
    jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(&text).ok()
}

/// A time in UTC, as Python's `datetime.isoformat` writes it.
pub(crate) fn utc_isoformat(time: SystemTime) -> Option<String> {
    Some(isoformat(&Timestamp::try_from(time).ok()?.to_zoned(TimeZone::UTC)))
}

/// The time that a cache of tokens has; older programs end it with `UTC`.
pub(crate) fn parse_utc(text: &str) -> Option<SystemTime> {
    let text = text.strip_suffix("UTC").map_or_else(|| text.to_owned(), |time| format!("{time}Z"));
    text.parse::<Timestamp>().ok().map(SystemTime::from)
}

/// The moment of a timestamp as the service sent it.
pub(crate) fn moment(timestamp: &Value) -> Option<Timestamp> {
    zoned(timestamp, || TimeZone::UTC).map(|time| time.timestamp())
}

/// The text of a moment in UTC, given in microseconds from 1970, in a form of `strftime`.
pub(crate) fn utc_text(microseconds: i64, form: &str) -> Option<String> {
    Some(Timestamp::from_microsecond(microseconds).ok()?.to_zoned(TimeZone::UTC).strftime(form).to_string())
}

/// Shows moments in the zone of the machine.
pub(crate) struct LocalTime {
    zone: TimeZone,
}

impl LocalTime {
    pub(crate) fn new() -> Self {
        LocalTime { zone: zone::local() }
    }

    /// The text of a timestamp as the service sent it, in a form of `strftime`; `None` if it is none.
    pub(crate) fn text(&self, timestamp: &Value, form: &str) -> Option<String> {
        Some(moment(timestamp)?.to_zoned(self.zone.clone()).strftime(form).to_string())
    }
}

/// Python's `datetime.isoformat`: microseconds only where there are some, and always six digits of them.
pub(super) fn isoformat(time: &Zoned) -> String {
    let micros = time.subsec_nanosecond() / 1000;
    let form = if micros == 0 { "%Y-%m-%dT%H:%M:%S%:z" } else { "%Y-%m-%dT%H:%M:%S.%6f%:z" };
    time.strftime(form).to_string()
}

/// A time in UTC, without fractions of a second: `2015-01-02T03:54:56Z`.
pub(crate) fn utc_seconds(time: SystemTime) -> Option<String> {
    Some(Timestamp::try_from(time).ok()?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_shown_in_the_zone_of_the_machine() {
        let winter = json!("2015-01-02T23:54:56.999Z");
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        for (zone, timestamp, expected) in [
            ("UTC0", &winter, Some("2015-01-02 23:54:56")),
            (berlin, &winter, Some("2015-01-03 00:54:56")),
            (berlin, &json!("2015-07-02T23:54:56Z"), Some("2015-07-03 01:54:56")),
            ("EST5", &json!("2015-01-01T01:00:00+01:00"), Some("2014-12-31 19:00:00")),
            ("EST5", &json!(0), Some("1969-12-31 19:00:00")),
            ("EST5", &json!("yesterday"), None),
            ("EST5", &Value::Null, None),
        ] {
            let local = LocalTime { zone: TimeZone::posix(zone).unwrap() };
            assert_eq!(local.text(timestamp, "%Y-%m-%d %H:%M:%S").as_deref(), expected, "{timestamp}");
        }
    }

    #[test]
    fn timestamps_keep_their_zones_and_seconds_get_that_of_the_machine() {
        let zone = OnceCell::from(TimeZone::fixed(jiff::tz::offset(1)));
        let presenter = Presenter { timestamps: ShownTimestamps::Iso8601, zone, protocol: ProtocolForms::Other };
        for (wire, shown) in [
            (json!(1_420_170_896), "2015-01-02T04:54:56+01:00"),
            (json!(1_420_170_896.5), "2015-01-02T04:54:56.500000+01:00"),
            (json!(1_420_170_896.123), "2015-01-02T04:54:56.123000+01:00"),
            (json!("1420170896"), "2015-01-02T04:54:56+01:00"),
            (json!("2015-01-02T03:54:56.000Z"), "2015-01-02T03:54:56+00:00"),
            (json!("2015-01-02T03:54:56.123Z"), "2015-01-02T03:54:56.123000+00:00"),
            (json!("2015-01-02T03:54:56-05:00"), "2015-01-02T03:54:56-05:00"),
            (json!("Fri, 02 Jan 2015 03:54:56 GMT"), "2015-01-02T03:54:56+00:00"),
            (json!("soon"), "soon"),
        ] {
            assert_eq!(presenter.timestamp(wire.clone()), json!(shown), "{wire}");
        }
    }
}
