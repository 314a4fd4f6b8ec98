//! Serialization of parameters by their shapes.

use crate::codec::json_text::{SPACED, write_string};
use crate::codec::number::{write_float, write_number};
use crate::codec::timestamp::EpochSeconds;
use crate::codec::{base64, timestamp::Timestamp};
use crate::model::shape::{Kind, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::Document;
use crate::value::{ParamFault, ParamResult, ParamToken, Receiver};

/// Writes JSON text. A value that does not match its shape is written as it is. That happens only if the user turned
/// validation off.
pub(in crate::protocol) struct JsonWriter<'w> {
    out: String,
    shapes: &'w Shapes,
    /// The shape of the next value in the innermost object; `None` for a value without a shape.
    next: Option<&'w Ref>,
    open: Vec<OpenJson<'w>>,
}

/// An open object or array.
struct OpenJson<'w> {
    kind: OpenJsonKind<'w>,
    is_empty: bool,
}

enum OpenJsonKind<'w> {
    /// With the length of the text before the last key.
    Members(&'w Structure, usize),
    Entries(Option<&'w Ref>),
    Items(Option<&'w Ref>),
}

impl<'w> JsonWriter<'w> {
    pub(in crate::protocol) fn new(shapes: &'w Shapes, target: &'w Ref) -> Self {
        JsonWriter { out: String::with_capacity(128), shapes, next: Some(target), open: Vec::new() }
    }

    /// Begins a value, and returns its shape. A null in a structure counts as missing, which is `Err`.
    fn begin(&mut self, token: &ParamToken<'_>) -> Result<Option<&'w Ref>, ()> {
        let Some(open) = self.open.last_mut() else { return Ok(self.next) };
        match open.kind {
            OpenJsonKind::Members(_, mark) if matches!(token, ParamToken::Null) => {
                self.out.truncate(mark);
                return Err(());
            }
            OpenJsonKind::Items(item) => {
                if !open.is_empty {
                    self.out.push_str(SPACED.comma);
                }
                self.next = item;
            }
            OpenJsonKind::Members(..) | OpenJsonKind::Entries(_) => {}
        }
        open.is_empty = false;
        Ok(self.next)
    }

    fn open(&mut self, bracket: char, kind: OpenJsonKind<'w>) {
        self.out.push(bracket);
        self.open.push(OpenJson { kind, is_empty: true });
    }

    fn time(&mut self, target: &Ref, time: Timestamp) {
        match target.timestamp_format.unwrap_or(TimestampFormat::UnixTimestamp) {
            TimestampFormat::Iso8601 => write_string(&mut self.out, &time.to_iso8601()),
            TimestampFormat::Rfc822 => write_string(&mut self.out, &time.to_http_date()),
            TimestampFormat::UnixTimestamp => match time.to_epoch() {
                EpochSeconds::Whole(seconds) => write_number(&mut self.out, &seconds.into()),
                EpochSeconds::Fraction(seconds) => write_float(&mut self.out, seconds),
            },
        }
    }

    /// Writes a value without a shape.
    fn untyped(&mut self, token: &ParamToken<'_>) {
        match token {
            ParamToken::Null => self.out.push_str("null"),
            ParamToken::Bool(true) => self.out.push_str("true"),
            ParamToken::Bool(false) => self.out.push_str("false"),
            ParamToken::Number(number) => write_number(&mut self.out, number),
            ParamToken::Text(text) => write_string(&mut self.out, text),
            ParamToken::Bytes(bytes) => write_string(&mut self.out, &base64::encode(bytes)),
            ParamToken::Array(_) => self.open('[', OpenJsonKind::Items(None)),
            ParamToken::Object(_) => self.open('{', OpenJsonKind::Entries(None)),
        }
    }
}

impl Receiver for JsonWriter<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        let Ok(target) = self.begin(token) else { return Ok(()) };
        match (target.map(|target| (target, self.shapes.kind(target))), token) {
            (Some((_, Kind::Structure(structure))), ParamToken::Object(_)) if !structure.document => {
                self.open('{', OpenJsonKind::Members(structure, 0));
            }
            (Some((_, Kind::List(item))), ParamToken::Array(_)) => self.open('[', OpenJsonKind::Items(Some(item))),
            (Some((_, Kind::Map { value, .. })), ParamToken::Object(_)) => {
                self.open('{', OpenJsonKind::Entries(Some(value)));
            }
            (Some((target, Kind::Timestamp)), _) => match token.timestamp() {
                Some(time) => self.time(target, time),
                None => self.untyped(token),
            },
            (Some((_, Kind::Blob)), ParamToken::Text(text)) => match base64::given(text) {
                Some(text) => write_string(&mut self.out, &text),
                None => write_string(&mut self.out, text),
            },
            _ => self.untyped(token),
        }
        Ok(())
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        let Some(open) = self.open.last_mut() else { return Err(ParamFault::new("a key outside of an object")) };
        let before = self.out.len();
        if !open.is_empty {
            self.out.push_str(SPACED.comma);
        }
        let mut name = key;
        self.next = match &mut open.kind {
            OpenJsonKind::Members(structure, mark) => {
                *mark = before;
                let target = structure.by_name(key).map(|(_, member)| &member.target);
                name = target.map_or(key, |target| &target.wire);
                target
            }
            OpenJsonKind::Entries(value) => *value,
            OpenJsonKind::Items(_) => None,
        };
        write_string(&mut self.out, name);
        self.out.push_str(SPACED.colon);
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        match self.open.pop().map(|open| open.kind) {
            Some(OpenJsonKind::Items(_)) => self.out.push(']'),
            _ => self.out.push('}'),
        }
        Ok(())
    }
}

impl Document for JsonWriter<'_> {
    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out).into_bytes()
    }
}
