//! What the modules of [`crate::serde`] read and write.

use std::fmt;
use std::time::SystemTime;

use serde::de::{Deserializer, Visitor};
use serde::ser::{Error as _, Serializer};

use crate::codec::base64;
use crate::codec::timestamp::{EpochSeconds, Timestamp};

/// A field for a blob; sealed, because it is in a private module.
pub trait BlobField: Sized {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A field for a timestamp; sealed, because it is in a private module.
pub trait TimeField: Sized {
    fn write<S: Serializer>(&self, style: TimeStyle, serializer: S) -> Result<S::Ok, S::Error>;
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// How a time is written.
#[derive(Debug, Clone, Copy)]
pub enum TimeStyle {
    Rfc3339,
    EpochSeconds,
}

impl BlobField for Vec<u8> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode(self))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(BlobVisitor)
    }
}

impl BlobField for Option<Vec<u8>> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(bytes) => serializer.serialize_some(&base64::encode(bytes)),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(MaybeBlob)
    }
}

impl TimeField for SystemTime {
    fn write<S: Serializer>(&self, style: TimeStyle, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Timestamp::at(*self).ok_or_else(|| S::Error::custom("expected a time in the years 1 to 9999"))?;
        match (style, time.to_epoch()) {
            (TimeStyle::Rfc3339, _) => serializer.serialize_str(&time.to_rfc3339()),
            (TimeStyle::EpochSeconds, EpochSeconds::Whole(seconds)) => serializer.serialize_i64(seconds),
            (TimeStyle::EpochSeconds, EpochSeconds::Fraction(seconds)) => serializer.serialize_f64(seconds),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

impl TimeField for Option<SystemTime> {
    fn write<S: Serializer>(&self, style: TimeStyle, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(time) => time.write(style, serializer),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(MaybeTime)
    }
}

struct BlobVisitor;

impl Visitor<'_> for BlobVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        base64::decode(text).ok_or_else(|| E::custom("expected base64 text, found other text"))
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = SystemTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SystemTime, E> {
        system_time(Timestamp::parse(text), || E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<SystemTime, E> {
        system_time(Timestamp::new(seconds, 0), || E::invalid_value(serde::de::Unexpected::Signed(seconds), &self))
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<SystemTime, E> {
        let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::new(seconds, 0));
        system_time(time, || E::invalid_value(serde::de::Unexpected::Unsigned(seconds), &self))
    }

    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<SystemTime, E> {
        system_time(Timestamp::from_epoch(seconds), || E::invalid_value(serde::de::Unexpected::Float(seconds), &self))
    }
}

fn system_time<E>(time: Option<Timestamp>, fault: impl FnOnce() -> E) -> Result<SystemTime, E> {
    time.and_then(Timestamp::to_system_time).ok_or_else(fault)
}

/// Reads a value that may be null.
struct MaybeBlob;
struct MaybeTime;

macro_rules! optional {
    ($($visitor:ident $value:ty, $field:ident)*) => {$(
        impl<'de> Visitor<'de> for $visitor {
            type Value = Option<$value>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                <$value as $field>::read(deserializer).map(Some)
            }
        }
    )*};
}

optional! { MaybeBlob Vec<u8>, BlobField MaybeTime SystemTime, TimeField }
