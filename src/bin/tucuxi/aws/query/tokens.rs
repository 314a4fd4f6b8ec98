//! The tokens of an expression, as jmespath.py finds them.

use super::QueryFault;
use crate::aws::values::json_text;

/// A token: its type in jmespath.py, its value as Python prints it, and its place, counted in characters.
#[derive(Debug)]
pub(super) struct QueryToken {
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) start: usize,
}

/// Splits an expression into tokens, with one for its end.
pub(super) fn tokens(expression: &str) -> Result<Vec<QueryToken>, QueryFault> {
    let mut lexer = QueryLexer { chars: expression.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(char) = lexer.peek() {
        match char {
            ' ' | '\t' | '\n' | '\r' => lexer.at = lexer.at.saturating_add(1),
            _ => tokens.push(lexer.token(char)?),
        }
    }
    tokens.push(QueryToken { kind: "eof", value: String::new(), start: lexer.chars.len() });
    Ok(tokens)
}

struct QueryLexer {
    chars: Vec<char>,
    at: usize,
}

impl QueryLexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn token(&mut self, char: char) -> Result<QueryToken, QueryFault> {
        let start = self.at;
        let (kind, value) = match char {
            '"' => {
                let lexeme = format!("\"{}\"", self.until('"')?);
                let name = json_text(&lexeme).map_err(|message| QueryFault::Lexer { message, at: start });
                ("quoted_identifier", name?)
            }
            '\'' => ("literal", self.until('\'')?.replace("\\'", "'")),
            '`' => {
                let lexeme = self.until('`')?.replace("\\`", "`");
                let text = format!("\"{}\"", lexeme.trim_start());
                let value = json_text(&lexeme).or_else(|_| json_text(&text));
                let fault = |_| QueryFault::Lexer { message: format!("Bad token {lexeme}"), at: start };
                ("literal", value.map_err(fault)?)
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let name = self.take_while(|char| char.is_ascii_alphanumeric() || char == '_');
                ("unquoted_identifier", name)
            }
            '0'..='9' | '-' => self.number(start)?,
            _ => self.symbol(char, start)?,
        };
        Ok(QueryToken { kind, value, start })
    }

    fn number(&mut self, start: usize) -> Result<(&'static str, String), QueryFault> {
        let is_negative = self.peek() == Some('-');
        self.at = self.at.saturating_add(usize::from(is_negative));
        let digits = self.take_while(|char| char.is_ascii_digit());
        if digits.is_empty() {
            return Err(QueryFault::Lexer { message: "Unknown token '-'".to_owned(), at: start });
        }
        Ok(match (digits.trim_start_matches('0'), is_negative) {
            ("", _) => ("number", "0".to_owned()),
            (digits, true) => ("number", format!("-{digits}")),
            (digits, false) => ("number", digits.to_owned()),
        })
    }

    fn symbol(&mut self, char: char, start: usize) -> Result<(&'static str, String), QueryFault> {
        let next = self.chars.get(start.saturating_add(1));
        let pair: String = [char].iter().chain(next).collect();
        let (kind, length) = match SYMBOLS.iter().find(|(symbol, _)| *symbol == pair) {
            Some((_, kind)) => (*kind, 2),
            None => match SYMBOLS.iter().find(|(symbol, _)| symbol.chars().eq([char])) {
                Some((_, kind)) => (*kind, 1),
                None => {
                    let shown = if char == '=' { "'='".to_owned() } else { char.to_string() };
                    return Err(QueryFault::Lexer { message: format!("Unknown token {shown}"), at: start });
                }
            },
        };
        self.at = start.saturating_add(length);
        Ok((kind, pair.chars().take(length).collect()))
    }

    fn take_while(&mut self, mut is_part: impl FnMut(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let taken: String = rest.iter().copied().take_while(|char| is_part(*char)).collect();
        self.at = self.at.saturating_add(taken.chars().count());
        taken
    }

    /// The text up to the next delimiter that has no backslash before it; the current character is the first delimiter.
    fn until(&mut self, delimiter: char) -> Result<String, QueryFault> {
        let start = self.at;
        let mut text = String::new();
        loop {
            self.at = self.at.saturating_add(1);
            let mut char = self.peek();
            if char == Some(delimiter) {
                self.at = self.at.saturating_add(1);
                return Ok(text);
            }
            if char == Some('\\') {
                text.push('\\');
                self.at = self.at.saturating_add(1);
                char = self.peek();
            }
            let unclosed = || QueryFault::Lexer { message: format!("Unclosed {delimiter} delimiter"), at: start };
            text.push(char.ok_or_else(unclosed)?);
        }
    }
}

/// Longer ones are taken first.
const SYMBOLS: &[(&str, &str)] = &[
    ("[]", "flatten"),
    ("[?", "filter"),
    ("||", "or"),
    ("&&", "and"),
    ("<=", "lte"),
    (">=", "gte"),
    ("!=", "ne"),
    ("==", "eq"),
    (".", "dot"),
    ("*", "star"),
    ("[", "lbracket"),
    ("]", "rbracket"),
    (",", "comma"),
    (":", "colon"),
    ("@", "current"),
    ("(", "lparen"),
    (")", "rparen"),
    ("{", "lbrace"),
    ("}", "rbrace"),
    ("|", "pipe"),
    ("&", "expref"),
    ("<", "lt"),
    (">", "gt"),
    ("!", "not"),
];
