//! A tolerant JSON reader for text that `serde_json` rejects. It accepts everything that Python's reader accepts, and
//! repairs more. It is a serde `Deserializer`, so every type that is built from JSON can be built from it. Such text is
//! rare, so it need not be as fast.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::CowStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Dialect, JsonError, MAX_DEPTH};
use crate::codec::budget::Budget;

pub(super) struct Lenient<'de, 'b> {
    bytes: &'de [u8],
    at: usize,
    dialect: Dialect,
    /// Has the depth of the open arrays and objects.
    budget: &'b Budget,
}

type JsonResult<T> = Result<T, JsonError>;

// The wording of serde_json.
const TRUNCATED: &str = "EOF while parsing a value";

impl<'de, 'b> Lenient<'de, 'b> {
    pub(super) fn new(bytes: &'de [u8], dialect: Dialect, budget: &'b Budget) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Lenient { bytes, at, dialect, budget }
    }

    /// Reads the one value of the text.
    pub(super) fn read<S: DeserializeSeed<'de>>(mut self, seed: S) -> JsonResult<S::Value> {
        let value = seed.deserialize(&mut self)?;
        match self.next_token() {
            None => Ok(value),
            Some(_) => Err(self.error("trailing characters")),
        }
    }

    #[cold]
    fn error(&self, message: impl fmt::Display) -> JsonError {
        JsonError::at(self.bytes, self.at, message)
    }

    #[cold]
    fn unexpected(&self, expected: &str) -> JsonError {
        self.error(if self.at < self.bytes.len() { format!("expected {expected}") } else { TRUNCATED.to_owned() })
    }

    /// Peeks at the next byte after white space.
    fn next_token(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Consumes that token if it is the next one.
    fn take(&mut self, token: u8) -> bool {
        let found = self.next_token() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> JsonResult<()> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected("value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Consumes a string. Returns the bytes between the quotes, and whether they are free of escapes.
    fn string_bytes(&mut self) -> JsonResult<(&'de [u8], bool)> {
        if self.next_token() != Some(b'"') {
            return Err(self.unexpected("a name or a string in quotes"));
        }
        let start = self.at + 1;
        let mut plain = true;
        self.at = start;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let content = &self.bytes[start..self.at];
                    self.at += 1;
                    return Ok((content, plain));
                }
                Some(b'\\') => {
                    plain = false;
                    self.escape()?;
                }
                Some(0..0x20) if self.dialect == Dialect::Python => return Err(self.error("a control character")),
                Some(_) => self.at += 1,
                None => return Err(self.unexpected("a quotation mark")),
            }
        }
    }

    /// Skips an escape.
    fn escape(&mut self) -> JsonResult<()> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.bytes.get(self.at + 2..self.at + 6) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => self.at += 6,
                Some(_) => return Err(self.error("an escape without four hexadecimal digits")),
                None => return Err(self.error(TRUNCATED)),
            },
            Some(_) => return Err(self.error("an unknown escape")),
            None => return Err(self.error(TRUNCATED)),
        }
        Ok(())
    }

    fn string(&mut self) -> JsonResult<Cow<'de, str>> {
        let (content, plain) = self.string_bytes()?;
        Ok(if plain { String::from_utf8_lossy(content) } else { Cow::Owned(unescaped(content)) })
    }

    /// The text of a number, and whether it is an integer.
    fn number(&mut self) -> JsonResult<(&'de str, bool)> {
        let start = self.at;
        self.at += usize::from(self.bytes.get(start) == Some(&b'-'));
        // A leading zero is the only digit.
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.bytes.get(self.at) == Some(&b'.') {
            is_integer = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            is_integer = false;
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]);
        text.map(|text| (text, is_integer)).map_err(|_| self.unexpected("a number"))
    }

    fn digits(&mut self) -> JsonResult<()> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if start == self.at { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn visit_number<V: Visitor<'de>>(&mut self, visitor: V) -> JsonResult<V::Value> {
        if self.bytes[self.at..].starts_with(b"-I") {
            self.word("-Infinity")?;
            return visitor.visit_f64(f64::NEG_INFINITY);
        }
        let (text, is_integer) = self.number()?;
        if is_integer {
            if let Ok(value) = text.parse() {
                return visitor.visit_u64(value);
            }
            if let Ok(value) = text.parse() {
                return visitor.visit_i64(value);
            }
        }
        // Rust parses all remaining numbers. A number that is too large becomes an infinity, as in Python.
        let value: f64 = text.parse().map_err(|_| self.unexpected("a number"))?;
        if is_integer && (self.dialect != Dialect::Given || value.is_infinite()) {
            return visitor.visit_borrowed_str(text);
        }
        visitor.visit_f64(value)
    }

    /// Skips a value of any depth.
    fn skip(&mut self) -> JsonResult<()> {
        // The closing brackets of the open arrays and objects.
        let mut open = Vec::new();
        loop {
            let is_empty = match self.next_token() {
                Some(b'[') => {
                    self.at += 1;
                    open.push(b']');
                    self.next_token() == Some(b']')
                }
                Some(b'{') => {
                    self.at += 1;
                    open.push(b'}');
                    let is_empty = self.next_token() == Some(b'}');
                    if !is_empty {
                        self.skip_name()?;
                    }
                    is_empty
                }
                _ => {
                    self.skip_scalar()?;
                    true
                }
            };
            if !is_empty {
                continue;
            }
            loop {
                match (open.last(), self.next_token()) {
                    (None, _) => return Ok(()),
                    (Some(close), Some(found)) if *close == found => {
                        self.at += 1;
                        open.pop();
                    }
                    (Some(close), Some(b',')) => {
                        self.at += 1;
                        if *close == b'}' {
                            self.skip_name()?;
                        }
                        break;
                    }
                    _ => return Err(self.unexpected("a comma or the end of an array or object")),
                }
            }
        }
    }

    fn skip_name(&mut self) -> JsonResult<()> {
        self.string_bytes()?;
        self.colon()
    }

    fn skip_scalar(&mut self) -> JsonResult<()> {
        match self.next_token() {
            Some(b'"') => self.string_bytes().map(|_| ()),
            Some(b'-') if self.bytes[self.at..].starts_with(b"-I") => self.word("-Infinity"),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'N') => self.word("NaN"),
            Some(b'I') => self.word("Infinity"),
            _ => Err(self.unexpected("value")),
        }
    }

    fn colon(&mut self) -> JsonResult<()> {
        if self.take(b':') { Ok(()) } else { Err(self.unexpected("a colon")) }
    }

    /// Reads an array or object that is too deep as text.
    #[cold]
    fn too_deep<V: Visitor<'de>>(&mut self, visitor: V) -> JsonResult<V::Value> {
        let start = self.at;
        self.skip()?;
        visitor.visit_str(&String::from_utf8_lossy(&self.bytes[start..self.at]))
    }

    fn array<V: Visitor<'de>>(&mut self, visitor: V) -> JsonResult<V::Value> {
        if self.budget.depth() >= MAX_DEPTH {
            return self.too_deep(visitor);
        }
        self.at += 1;
        self.budget.enter();
        let value = visitor.visit_seq(Contents { reader: self, close: b']', is_first: true })?;
        self.budget.leave();
        self.closed(b']')?;
        Ok(value)
    }

    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> JsonResult<V::Value> {
        if self.budget.depth() >= MAX_DEPTH {
            return self.too_deep(visitor);
        }
        self.at += 1;
        self.budget.enter();
        let value = visitor.visit_map(Contents { reader: self, close: b'}', is_first: true })?;
        self.budget.leave();
        self.closed(b'}')?;
        Ok(value)
    }

    fn closed(&mut self, close: u8) -> JsonResult<()> {
        if self.take(close) { Ok(()) } else { Err(self.unexpected("the end of an array or object")) }
    }
}

/// The text of a string with valid escapes.
fn unescaped(content: &[u8]) -> String {
    const REPLACEMENT: u32 = char::REPLACEMENT_CHARACTER as u32;
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(escape) = rest.iter().position(|byte| *byte == b'\\') {
        bytes.extend_from_slice(&rest[..escape]);
        rest = &rest[escape + 1..];
        let Some((kind, after)) = rest.split_first() else { break };
        rest = after;
        let char = match kind {
            b'b' => u32::from(b'\x08'),
            b'f' => u32::from(b'\x0c'),
            b'n' => u32::from(b'\n'),
            b'r' => u32::from(b'\r'),
            b't' => u32::from(b'\t'),
            b'u' => {
                let unit = hexadecimal(rest);
                rest = rest.get(4..).unwrap_or_default();
                match (unit, rest) {
                    (0xd800..0xdc00, [b'\\', b'u', low @ ..]) if (0xdc00..0xe000).contains(&hexadecimal(low)) => {
                        rest = rest.get(6..).unwrap_or_default();
                        0x10000 + ((unit - 0xd800) << 10) + (hexadecimal(low) - 0xdc00)
                    }
                    // An unpaired surrogate is not a character.
                    (0xd800..0xe000, _) => REPLACEMENT,
                    _ => unit,
                }
            }
            other => u32::from(*other),
        };
        let char = char::from_u32(char).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes.extend_from_slice(rest);
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The value of the first four hexadecimal digits.
fn hexadecimal(digits: &[u8]) -> u32 {
    digits.iter().take(4).fold(0, |value, digit| value << 4 | char::from(*digit).to_digit(16).unwrap_or(0))
}

impl<'de> Deserializer<'de> for &mut Lenient<'de, '_> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> JsonResult<V::Value> {
        match self.next_token() {
            Some(b'{') => self.object(visitor),
            Some(b'[') => self.array(visitor),
            Some(b'"') => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Some(b'-' | b'0'..=b'9') => self.visit_number(visitor),
            Some(b't') => self.word("true").and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => self.word("false").and_then(|()| visitor.visit_bool(false)),
            Some(b'n') => self.word("null").and_then(|()| visitor.visit_unit()),
            Some(b'N') => self.word("NaN").and_then(|()| visitor.visit_f64(f64::NAN)),
            Some(b'I') => self.word("Infinity").and_then(|()| visitor.visit_f64(f64::INFINITY)),
            _ => Err(self.unexpected("value")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> JsonResult<V::Value> {
        match self.next_token() {
            Some(b'n') => self.word("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> JsonResult<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> JsonResult<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// The content of an open array or object.
struct Contents<'r, 'de, 'b> {
    reader: &'r mut Lenient<'de, 'b>,
    close: u8,
    is_first: bool,
}

impl Contents<'_, '_, '_> {
    /// Advances to the next item or entry; false if there is none.
    fn more(&mut self) -> JsonResult<bool> {
        let first = std::mem::take(&mut self.is_first);
        match self.reader.next_token() {
            Some(token) if token == self.close => Ok(false),
            _ if first => Ok(true),
            Some(b',') => {
                self.reader.at += 1;
                Ok(true)
            }
            _ => Err(self.reader.unexpected("a comma or the end of an array or object")),
        }
    }
}

impl<'de> SeqAccess<'de> for Contents<'_, 'de, '_> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> JsonResult<Option<T::Value>> {
        if self.more()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Contents<'_, 'de, '_> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> JsonResult<Option<K::Value>> {
        if !self.more()? {
            return Ok(None);
        }
        let name = self.reader.string()?;
        self.reader.colon()?;
        seed.deserialize(CowStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> JsonResult<T::Value> {
        seed.deserialize(&mut *self.reader)
    }
}
