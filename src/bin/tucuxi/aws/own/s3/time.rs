//! Times in the zone of the machine: `2015-01-02 03:54:56`.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::aws::present;

/// The zone of the machine. A `TZ` such as `CET-1CEST`, without rules for the summer, has those of the United States, as POSIX wants
/// it and the C library does it.
pub(super) fn machine_zone() -> TimeZone {
    TimeZone::try_system().unwrap_or_else(|_| {
        let zone = std::env::var("TZ").ok().and_then(|zone| TimeZone::posix(&format!("{zone},M3.2.0,M11.1.0")).ok());
        zone.unwrap_or(TimeZone::UTC)
    })
}

/// A timestamp as the service sent it, in the zone of the machine; `None` if it is none.
pub(super) fn local(timestamp: &Value, machine: &TimeZone) -> Option<String> {
    let time = present::moment(timestamp)?.to_zoned(machine.clone());
    Some(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_those_of_the_machine() {
        let winter = json!("2015-01-02T23:54:56.999Z");
        for (zone, timestamp, expected) in [
            ("UTC", &winter, Some("2015-01-02 23:54:56")),
            ("CET-1CEST,M3.5.0,M10.5.0/3", &winter, Some("2015-01-03 00:54:56")),
            ("CET-1CEST,M3.5.0,M10.5.0/3", &json!("2015-07-02T23:54:56Z"), Some("2015-07-03 01:54:56")),
            ("EST5", &json!("2015-01-01T01:00:00+01:00"), Some("2014-12-31 19:00:00")),
            ("EST5", &json!(0), Some("1969-12-31 19:00:00")),
            ("EST5", &json!("yesterday"), None),
            ("EST5", &Value::Null, None),
        ] {
            let zone = match zone {
                "UTC" => TimeZone::UTC,
                posix => TimeZone::posix(posix).unwrap(),
            };
            assert_eq!(local(timestamp, &zone).as_deref(), expected, "{timestamp}");
        }
    }
}
