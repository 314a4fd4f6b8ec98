//! The grammar of the shorthand syntax, as the AWS CLI reads it.
//!
//! ```text
//! parameter = keyval *("," keyval)
//! keyval    = key ["@"] "=" (csv / list / hash / end of text)
//! list      = "[" *(item ",") [item] "]"
//! hash      = "{" *(key ["@"] "=" item ",") "}"
//! item      = list / hash / first
//! csv       = first *("," second)
//! first     = quoted / word / nothing
//! second    = quoted / word
//! ```
//!
//! `a=b,c,d=e` is ambiguous: a comma separates the elements of a list and the keys. What follows the last comma is an element
//! if no `=` comes after it; otherwise the parser goes back to the comma.

use super::error::{Caret, ShorthandError};
use crate::aws::python;
use crate::aws::values::datum::{Datum, MAX_DEPTH, Members};
use crate::aws::values::paramfile::FileError;

type OrStop<T> = Result<T, Stop>;

/// Why the parser cannot go on. The parser tries and goes back often, so this is cheap.
enum Stop {
    Unexpected { expected: &'static str, at: usize },
    SecondKey { key: String, last: usize },
    TooDeep,
    File(FileError),
}

impl Stop {
    fn in_text(self, text: &str) -> ShorthandError {
        let caret =
            |at: usize, after: usize| Caret { text: text.to_owned(), column: text[..at].chars().count() + after };
        match self {
            Stop::Unexpected { expected, at } => {
                let received = match text[at..].chars().next() {
                    _ if expected.starts_with('<') => "<none>".to_owned(),
                    Some(char) => char.to_string(),
                    None => "EOF".to_owned(),
                };
                ShorthandError::Unexpected { expected, received, place: caret(at, 0) }
            }
            Stop::SecondKey { key, last } => ShorthandError::SecondKey { key, place: caret(last, 1) },
            Stop::TooDeep => ShorthandError::TooDeep,
            Stop::File(error) => ShorthandError::File(error),
        }
    }
}

/// Reads the value of `key@=value`: the contents of a file if it names one.
pub(crate) type LoadFile<'a> = &'a dyn Fn(&str) -> Result<Option<Datum>, FileError>;

/// Parses a text. All values are texts, lists and maps, and bytes from files.
pub(crate) fn parse(text: &str, load: LoadFile<'_>) -> Result<Members, ShorthandError> {
    let mut parser = ShorthandParser { text, at: 0, loads_files: false, depth: 0, load };
    parser.members().map_err(|stop| stop.in_text(text))
}

struct ShorthandParser<'a> {
    text: &'a str,
    at: usize,
    /// Whether the key has an `@`.
    loads_files: bool,
    /// Number of open lists and hashes.
    depth: usize,
    load: LoadFile<'a>,
}

impl<'a> ShorthandParser<'a> {
    fn members(&mut self) -> OrStop<Members> {
        let mut members = Members::default();
        let (key, value) = self.key_value()?;
        members.insert(key, value);
        while !self.is_at_end() {
            let last = self.at;
            self.expect_spaced(",")?;
            let (key, value) = self.key_value()?;
            if members.contains(&key) {
                return Err(Stop::SecondKey { key, last });
            }
            members.insert(key, value);
        }
        Ok(members)
    }

    fn key_value(&mut self) -> OrStop<(String, Datum)> {
        let key = self.key()?;
        let value = match self.current() {
            None => Datum::text(""),
            Some('[') => self.list()?,
            Some('{') => self.hash()?,
            Some(_) => self.csv()?,
        };
        Ok((key, value))
    }

    /// A key with its `=` or `@=`.
    fn key(&mut self) -> OrStop<String> {
        let is_key = |char: char| char.is_ascii_alphanumeric() || "-_.#/:".contains(char);
        let rest = self.rest();
        let key = &rest[..rest.find(|char| !is_key(char)).unwrap_or(rest.len())];
        self.at += key.len();
        self.skip_blanks();
        self.loads_files = self.current() == Some('@');
        if self.loads_files {
            self.at += 1;
        }
        self.expect_spaced("=")?;
        Ok(key.to_owned())
    }

    fn csv(&mut self) -> OrStop<Datum> {
        let first = self.first()?;
        self.skip_blanks();
        if self.current() != Some(',') {
            return Ok(first);
        }
        self.expect_spaced(",")?;
        let mut items = vec![first];
        loop {
            match self.csv_item() {
                Ok(item) => {
                    items.push(item);
                    if self.is_at_end() {
                        break;
                    }
                    self.expect_spaced(",")?;
                }
                // What follows the comma is the next key.
                Err(Stop::Unexpected { .. }) if !self.is_at_end() => {
                    self.go_back_to_comma();
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(if items.len() == 1 { items.remove(0) } else { Datum::List(items) })
    }

    /// An element that a comma or the end of the text follows.
    fn csv_item(&mut self) -> OrStop<Datum> {
        let item = match self.current() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => match self.word(is_second_follow) {
                Some(word) => self.text_or_file(word)?,
                None => return Err(self.unexpected("<second>")),
            },
        };
        self.skip_blanks();
        match self.current() {
            None | Some(',') => Ok(item),
            Some(_) => Err(self.unexpected(",")),
        }
    }

    fn go_back_to_comma(&mut self) {
        let end = self.rest().chars().next().map_or(self.at, |char| self.at + char.len_utf8());
        self.at = self.text[..end].rfind(',').unwrap_or(self.at);
    }

    fn list(&mut self) -> OrStop<Datum> {
        self.open("[")?;
        let mut items = Vec::new();
        while self.current() != Some(']') {
            items.push(self.item()?);
            self.separator(']')?;
        }
        self.close("]")?;
        Ok(Datum::List(items))
    }

    fn hash(&mut self) -> OrStop<Datum> {
        self.open("{")?;
        let mut members = Members::default();
        while self.current() != Some('}') {
            let key = self.key()?;
            let value = self.item()?;
            self.separator('}')?;
            members.insert(key, value);
        }
        self.close("}")?;
        Ok(Datum::Map(members))
    }

    fn item(&mut self) -> OrStop<Datum> {
        match self.current() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => self.first(),
        }
    }

    fn open(&mut self, bracket: &'static str) -> OrStop<()> {
        if self.depth == MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.depth += 1;
        self.expect_spaced(bracket)
    }

    fn close(&mut self, bracket: &'static str) -> OrStop<()> {
        self.depth -= 1;
        self.expect(bracket)
    }

    fn separator(&mut self, close: char) -> OrStop<()> {
        self.skip_blanks();
        if self.current() != Some(close) {
            self.expect(",")?;
            self.skip_blanks();
        }
        Ok(())
    }

    fn first(&mut self) -> OrStop<Datum> {
        match self.current() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => match self.word(is_first_follow) {
                Some(word) => self.text_or_file(word),
                None => Ok(Datum::text("")),
            },
        }
    }

    /// A word; `\,` is a comma in it, and blanks at its end are not part of it.
    fn word(&mut self, follows: fn(char) -> bool) -> Option<String> {
        let rest = self.rest();
        let mut end = 0;
        while let Some(char) = rest[end..].chars().next() {
            if rest[end..].starts_with("\\,") {
                end += 2;
            } else if if end == 0 { is_start(char) } else { follows(char) } {
                end += char.len_utf8();
            } else {
                break;
            }
        }
        self.at += end;
        let word = rest[..end].replace("\\,", ",");
        (end > 0).then(|| word.trim_end_matches(python::is_space).to_owned())
    }

    fn quoted(&mut self, quote: char) -> OrStop<Datum> {
        let rest = self.rest();
        let Some(end) = closing_quote(&rest[1..], quote) else {
            let expected = if quote == '\'' { "<singled quoted>" } else { "<double quoted>" };
            return Err(self.unexpected(expected));
        };
        let inner = &rest[1..][..end];
        self.at += inner.len() + 2;
        let text = inner.replace(&format!("\\{quote}"), quote.encode_utf8(&mut [0; 4])).replace("\\\\", "\\");
        self.text_or_file(text)
    }

    fn text_or_file(&self, text: String) -> OrStop<Datum> {
        let file = if self.loads_files { (self.load)(&text).map_err(Stop::File)? } else { None };
        Ok(file.unwrap_or(Datum::Text(text)))
    }

    fn expect_spaced(&mut self, token: &'static str) -> OrStop<()> {
        self.skip_blanks();
        self.expect(token)?;
        self.skip_blanks();
        Ok(())
    }

    fn expect(&mut self, token: &'static str) -> OrStop<()> {
        if self.rest().starts_with(token) {
            self.at += token.len();
            return Ok(());
        }
        Err(self.unexpected(token))
    }

    fn unexpected(&self, expected: &'static str) -> Stop {
        Stop::Unexpected { expected, at: self.at }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']).len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn current(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }
}

/// The index of the closing quote. If all quotes have a backslash, the last one closes, with its backslash as text.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut escaped = None;
    let mut chars = text.char_indices().peekable();
    while let Some((index, char)) = chars.next() {
        if char == quote {
            return Some(index);
        }
        if char == '\\'
            && let Some((index, _)) = chars.next_if(|(_, next)| *next == quote)
        {
            escaped = Some(index);
        }
    }
    escaped
}

/// Whether a character can begin a word.
fn is_start(char: char) -> bool {
    char >= '!' && !matches!(char, '"' | '\'' | ',' | '=' | '[' | '{')
}

/// Whether a character can follow in the first word after `=`, or in an item of a list or hash.
fn is_first_follow(char: char) -> bool {
    python::is_space(char) || (char >= '!' && !matches!(char, '"' | '\'' | ',' | ']' | '}'))
}

/// Whether a character can follow in the other words of a list without brackets.
fn is_second_follow(char: char) -> bool {
    python::is_space(char) || (char >= '!' && !matches!(char, '"' | '\'' | ',' | '='))
}
