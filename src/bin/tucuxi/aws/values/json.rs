//! JSON as Python's `json.loads` reads it, with its messages: `NaN` and infinities are numbers, and the last of equal keys
//! counts.

use std::fmt;

use super::datum::{Datum, MAX_DEPTH, Members};

/// Why a text is not JSON, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct NotJson {
    message: &'static str,
    /// Line and column from 1, and the number of characters before the place.
    line: usize,
    column: usize,
    offset: usize,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotJson { message, line, column, offset } = self;
        write!(f, "{message}: line {line} column {column} (char {offset})")
    }
}

/// Parses a text that is one JSON value.
pub(crate) fn parse(text: &str) -> Result<Datum, NotJson> {
    let mut reader = JsonReader { text, at: 0, depth: 0 };
    reader.document().map_err(|(message, at)| {
        let before = &text[..at];
        let offset = before.chars().count();
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        NotJson {
            message,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            offset,
        }
    })
}

/// A message, and the place as a number of bytes.
type Fault = (&'static str, usize);

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl JsonReader<'_> {
    fn document(&mut self) -> Result<Datum, Fault> {
        if self.text.starts_with('\u{feff}') {
            return Err(("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
        }
        self.skip_blanks();
        let value = self.value()?;
        self.skip_blanks();
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(("Extra data", self.at)),
        }
    }

    fn value(&mut self) -> Result<Datum, Fault> {
        const WORDS: [(&str, Datum); 6] = [
            ("null", Datum::Null),
            ("true", Datum::Bool(true)),
            ("false", Datum::Bool(false)),
            ("NaN", Datum::Float(f64::NAN)),
            ("Infinity", Datum::Float(f64::INFINITY)),
            ("-Infinity", Datum::Float(f64::NEG_INFINITY)),
        ];
        match self.peek() {
            Some(b'"') => return self.string().map(Datum::Text),
            Some(open @ (b'{' | b'[')) => {
                if self.depth == MAX_DEPTH {
                    return Err(("Too deeply nested", self.at));
                }
                self.depth += 1;
                self.at += 1;
                self.skip_blanks();
                let value = if open == b'{' { self.object() } else { self.array() };
                self.depth -= 1;
                return value;
            }
            _ => {}
        }
        let rest = &self.text[self.at..];
        if let Some((word, value)) = WORDS.into_iter().find(|(word, _)| rest.starts_with(word)) {
            self.at += word.len();
            return Ok(value);
        }
        self.number().ok_or(("Expecting value", self.at))
    }

    /// The members after `{`.
    fn object(&mut self) -> Result<Datum, Fault> {
        let mut members = Members::default();
        if self.peek() != Some(b'}') {
            loop {
                self.member(&mut members)?;
                if self.is_last(b'}')? {
                    break;
                }
            }
        }
        self.at += 1;
        Ok(Datum::Map(members))
    }

    fn member(&mut self, members: &mut Members) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(("Expecting property name enclosed in double quotes", self.at));
        }
        let name = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(("Expecting ':' delimiter", self.at));
        }
        self.at += 1;
        self.skip_blanks();
        members.insert(name, self.value()?);
        Ok(())
    }

    /// The elements after `[`.
    fn array(&mut self) -> Result<Datum, Fault> {
        let mut items = Vec::new();
        if self.peek() != Some(b']') {
            loop {
                items.push(self.value()?);
                if self.is_last(b']')? {
                    break;
                }
            }
        }
        self.at += 1;
        Ok(Datum::List(items))
    }

    /// Whether the closing bracket comes next; otherwise a comma has to, which is skipped.
    fn is_last(&mut self, close: u8) -> Result<bool, Fault> {
        self.skip_blanks();
        match self.peek() {
            Some(byte) if byte == close => Ok(true),
            Some(b',') => {
                self.at += 1;
                self.skip_blanks();
                Ok(false)
            }
            _ => Err(("Expecting ',' delimiter", self.at)),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        let begin = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let length = rest.find(|char| matches!(char, '"' | '\\' | '\0'..='\x1f'));
            let Some(length) = length else { return Err(("Unterminated string starting at", begin)) };
            text.push_str(&rest[..length]);
            self.at += length;
            match rest.as_bytes()[length] {
                b'"' => break,
                b'\\' => text.push(self.escape(begin)?),
                _ => return Err(("Invalid control character at", self.at)),
            }
        }
        self.at += 1;
        Ok(text)
    }

    fn escape(&mut self, begin: usize) -> Result<char, Fault> {
        let at = self.at;
        self.at += 2;
        Ok(match self.text.as_bytes().get(at + 1) {
            None => return Err(("Unterminated string starting at", begin)),
            Some(char @ (b'"' | b'\\' | b'/')) => char::from(*char),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(at),
            Some(_) => return Err(("Invalid \\escape", at)),
        })
    }

    /// The character of `\uXXXX`; the backslash is at `at`.
    fn unicode(&mut self, at: usize) -> Result<char, Fault> {
        let high = self.hex4(at)?;
        let mut code = high;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") && self.text.len() > self.at + 6
        {
            let low = self.hex4(self.at)?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            } else {
                self.at -= 6;
            }
        }
        // Python has texts with unpaired surrogates, but cannot send them.
        char::from_u32(code).ok_or(("Unpaired surrogate", at))
    }

    fn hex4(&mut self, at: usize) -> Result<u32, Fault> {
        let digits = self.text.get(at + 2..at + 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at = at + 6;
        code.filter(|_| self.at < self.text.len()).ok_or(("Invalid \\uXXXX escape", at + 1))
    }

    fn number(&mut self) -> Option<Datum> {
        let rest = &self.text.as_bytes()[self.at..];
        let digits =
            |from: usize| rest.get(from..).unwrap_or(&[]).iter().take_while(|byte| byte.is_ascii_digit()).count();
        let start = usize::from(rest.first() == Some(&b'-'));
        let mut end = match rest.get(start)? {
            b'0' => start + 1,
            b'1'..=b'9' => start + digits(start),
            _ => return None,
        };
        let integer = end;
        if rest.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if let Some(b'e' | b'E') = rest.get(end) {
            let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            let count = digits(end + 1 + sign);
            if count > 0 {
                end += 1 + sign + count;
            }
        }
        let text = &self.text[self.at..][..end];
        self.at += end;
        if end == integer {
            return Some(Datum::Int(if text == "-0" { "0".to_owned() } else { text.to_owned() }));
        }
        text.parse().ok().map(Datum::Float)
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
