//! A pull reader of well-formed JSON: what comes next, without a value being built. Whatever is unusual is
//! [`NotPlain`], and the text is then for the other readers of [`codec::json`](super).

use std::borrow::Cow;

/// The text is not JSON, or JSON that only another reader reads as it should be: text that is not UTF-8, an unpaired
/// surrogate, `-0`, an integer beyond 64 bits, a float that overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPlain;

/// What a value begins with.
#[derive(Debug, PartialEq)]
pub(crate) enum JsonToken<'b> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(Cow<'b, str>),
    /// An array or object is entered.
    Array,
    Object,
}

/// Reads tokens from a text.
pub(crate) struct JsonTokens<'b> {
    text: &'b str,
    at: usize,
    /// The last token entered an array or object, so no comma comes next.
    is_first: bool,
}

impl<'b> JsonTokens<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Self, NotPlain> {
        let text = std::str::from_utf8(bytes).map_err(|_| NotPlain)?;
        Ok(JsonTokens { text, at: 0, is_first: false })
    }

    /// Reads a scalar, or enters an array or object.
    pub(crate) fn value(&mut self) -> Result<JsonToken<'b>, NotPlain> {
        let token = match self.peek().ok_or(NotPlain)? {
            b'"' => JsonToken::Text(self.string()?),
            b'{' => return Ok(self.enter(JsonToken::Object)),
            b'[' => return Ok(self.enter(JsonToken::Array)),
            b't' => self.literal("true", JsonToken::Bool(true))?,
            b'f' => self.literal("false", JsonToken::Bool(false))?,
            b'n' => self.literal("null", JsonToken::Null)?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return Err(NotPlain),
        };
        self.is_first = false;
        Ok(token)
    }

    /// Whether the current array has another item.
    pub(crate) fn next_item(&mut self) -> Result<bool, NotPlain> {
        self.another(b']')
    }

    /// The next name of the current object.
    pub(crate) fn next_name(&mut self) -> Result<Option<Cow<'b, str>>, NotPlain> {
        if !self.another(b'}')? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return Err(NotPlain);
        }
        let name = self.string()?;
        if self.peek() != Some(b':') {
            return Err(NotPlain);
        }
        self.at += 1;
        Ok(Some(name))
    }

    /// Whether the next value is null.
    pub(crate) fn at_null(&mut self) -> bool {
        self.peek() == Some(b'n')
    }

    /// Skips the next value. Its texts are not decoded.
    pub(crate) fn skip(&mut self) -> Result<(), NotPlain> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek().ok_or(NotPlain)? {
                b'"' => self.skip_string()?,
                b'{' => {
                    self.enter(JsonToken::Null);
                    open.push(b'}');
                }
                b'[' => {
                    self.enter(JsonToken::Null);
                    open.push(b']');
                }
                _ => {
                    self.value()?;
                }
            }
            loop {
                let Some(end) = open.last() else { return Ok(()) };
                if self.another(*end)? {
                    if *end == b'}' {
                        self.skip_name()?;
                    }
                    break;
                }
                open.pop();
            }
        }
    }

    /// Checks that nothing follows the value.
    pub(crate) fn finish(&mut self) -> Result<(), NotPlain> {
        if self.peek().is_some() { Err(NotPlain) } else { Ok(()) }
    }

    fn enter(&mut self, token: JsonToken<'b>) -> JsonToken<'b> {
        self.at += 1;
        self.is_first = true;
        token
    }

    /// Whether another item or name follows; otherwise the end is consumed.
    fn another(&mut self, end: u8) -> Result<bool, NotPlain> {
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.is_first = false;
                Ok(false)
            }
            Some(_) if self.is_first => {
                self.is_first = false;
                Ok(true)
            }
            Some(b',') => {
                self.at += 1;
                // No end may follow a comma; `value` and the name's quote see to that.
                Ok(true)
            }
            _ => Err(NotPlain),
        }
    }

    /// The next byte that is not white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn literal(&mut self, literal: &str, token: JsonToken<'b>) -> Result<JsonToken<'b>, NotPlain> {
        if !self.text.as_bytes()[self.at..].starts_with(literal.as_bytes()) {
            return Err(NotPlain);
        }
        self.at += literal.len();
        Ok(token)
    }

    /// The text at a quote.
    fn string(&mut self) -> Result<Cow<'b, str>, NotPlain> {
        let begin = self.at + 1;
        let end = self.plain_end(begin)?;
        if self.text.as_bytes()[end] == b'"' {
            self.at = end + 1;
            return self.text.get(begin..end).map(Cow::Borrowed).ok_or(NotPlain);
        }
        let quote = self.at;
        self.skip_string()?;
        let quoted = self.text.get(quote..self.at).ok_or(NotPlain)?;
        serde_json::from_str::<String>(quoted).map(Cow::Owned).map_err(|_| NotPlain)
    }

    /// The position of the next quote or backslash.
    fn plain_end(&self, begin: usize) -> Result<usize, NotPlain> {
        let bytes = self.text.as_bytes();
        let mut at = begin;
        // Eight bytes at once; the loop below finds the byte in the group.
        while let Some(group) = bytes.get(at..at + 8).and_then(|group| group.first_chunk::<8>()) {
            if has_special(u64::from_le_bytes(*group)) {
                break;
            }
            at += 8;
        }
        loop {
            match bytes.get(at) {
                None | Some(0..=0x1f) => return Err(NotPlain),
                Some(b'"' | b'\\') => return Ok(at),
                Some(_) => at += 1,
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), NotPlain> {
        let mut at = self.at + 1;
        loop {
            at = self.plain_end(at)?;
            if self.text.as_bytes()[at] == b'"' {
                self.at = at + 1;
                self.is_first = false;
                return Ok(());
            }
            at += 2;
        }
    }

    fn skip_name(&mut self) -> Result<(), NotPlain> {
        if self.peek() != Some(b'"') {
            return Err(NotPlain);
        }
        self.skip_string()?;
        if self.peek() != Some(b':') {
            return Err(NotPlain);
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<JsonToken<'b>, NotPlain> {
        let bytes = self.text.as_bytes();
        let begin = self.at;
        let is_negative = bytes[begin] == b'-';
        let digits = begin + usize::from(is_negative);
        let mut end = digits_end(bytes, digits)?;
        let has_leading_zero = end - digits > 1 && bytes[digits] == b'0';
        let mut is_integer = true;
        if bytes.get(end) == Some(&b'.') {
            end = digits_end(bytes, end + 1)?;
            is_integer = false;
        }
        if let Some(b'e' | b'E') = bytes.get(end) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            end = digits_end(bytes, end + 1 + sign)?;
            is_integer = false;
        }
        self.at = end;
        let text = &self.text[begin..end];
        match (is_integer, is_negative) {
            _ if has_leading_zero => Err(NotPlain),
            (true, false) => text.parse().map(JsonToken::Unsigned).map_err(|_| NotPlain),
            (true, true) if text != "-0" => text.parse().map(JsonToken::Negative).map_err(|_| NotPlain),
            (true, true) => Err(NotPlain),
            (false, _) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(JsonToken::Float(value)),
                _ => Err(NotPlain),
            },
        }
    }
}

/// The end of at least one digit.
fn digits_end(bytes: &[u8], begin: usize) -> Result<usize, NotPlain> {
    let digits = bytes[begin.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { Err(NotPlain) } else { Ok(begin + digits) }
}

/// Whether one of eight bytes is a quote, a backslash or a control character.
#[inline]
fn has_special(group: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let quotes = group ^ (ONES * b'"' as u64);
    let backslashes = group ^ (ONES * b'\\' as u64);
    let zero_in = |word: u64| word.wrapping_sub(ONES) & !word;
    let controls = group.wrapping_sub(ONES * 0x20) & !group;
    (zero_in(quotes) | zero_in(backslashes) | controls) & HIGH != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A skipped value is checked as a read one is, and both end at the same place.
    #[test]
    fn what_serde_json_rejects_is_not_plain() {
        for text in [
            "{}",
            "[]",
            "[1, 2]",
            "[1,]",
            "[,1]",
            "{\"a\": 1}",
            "{\"a\": 1,}",
            "{\"a\" 1}",
            "{a: 1}",
            "[1 2]",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e5",
            "1E+5",
            "-1.5e-3",
            "tru",
            "true",
            "nul",
            "null",
            "\"a\\\"b\"",
            "\"a\\qb\"",
            "\"\\ud83d\"",
            "\"a\nb\"",
            "\"12345678\u{e9}\"",
            "\"unfinished",
            "{\"a\": [{\"b\": null}, {}], \"c\": \"d\"} ",
            "{} x",
            "",
            "]",
            "[}",
            "{]",
            "18446744073709551615",
            "-9223372036854775808",
            "0.1",
            "\"\\u0041\"",
            "[\"1234567\\n\", \"x\"]",
        ] {
            let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
            let read = |skip: fn(&mut JsonTokens<'_>) -> Result<(), NotPlain>| {
                JsonTokens::new(text.as_bytes()).and_then(|mut tokens| {
                    skip(&mut tokens)?;
                    tokens.finish()
                })
            };
            assert_eq!(read(read_all).is_ok(), is_json, "{text}");
            // The escapes of skipped texts are not looked at.
            if !text.contains("\\q") && !text.contains("\\ud83d") {
                assert_eq!(read(|tokens| tokens.skip()).is_ok(), is_json, "{text}");
            }
        }
    }

    fn read_all(tokens: &mut JsonTokens<'_>) -> Result<(), NotPlain> {
        match tokens.value()? {
            JsonToken::Array => {
                while tokens.next_item()? {
                    read_all(tokens)?;
                }
            }
            JsonToken::Object => {
                while tokens.next_name()?.is_some() {
                    read_all(tokens)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    #[test]
    fn numbers_keep_their_digits() {
        for (text, expected) in [
            ("0", Ok(JsonToken::Unsigned(0))),
            ("18446744073709551615", Ok(JsonToken::Unsigned(u64::MAX))),
            ("18446744073709551616", Err(NotPlain)),
            ("-9223372036854775808", Ok(JsonToken::Negative(i64::MIN))),
            ("-9223372036854775809", Err(NotPlain)),
            ("-0", Err(NotPlain)),
            ("-0.0", Ok(JsonToken::Float(-0.0))),
            ("5.0", Ok(JsonToken::Float(5.0))),
            ("1e999", Err(NotPlain)),
        ] {
            let token = JsonTokens::new(text.as_bytes()).and_then(|mut tokens| tokens.value());
            assert_eq!(token, expected, "{text}");
        }
    }
}
