//! Lexer with the rules of jmespath.py 1.1.0 (`lexer.py`).
//!
//! The crate's lexer rejects tokens that jmespath.py accepts: indices beyond 32 bits, `-0`, and literals that are not JSON.

use super::error::{ExpressionReason, SyntaxError};
use super::literal::{self, Literal};

/// Token with its byte range in the expression.
#[derive(Debug)]
pub(super) struct Spanned {
    pub(super) token: LexToken,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum LexToken {
    Identifier(String),
    Quoted(String),
    Literal(Literal),
    /// Index or slice bound, saturated at 64 bits.
    Number(i64),
    Dot,
    Star,
    Flatten,
    Filter,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    Comma,
    Colon,
    At,
    Ampersand,
    Not,
    And,
    Or,
    Pipe,
    Compare(&'static str),
    End,
}

impl LexToken {
    /// Binding power of the token to the expression on its left; 0 if it cannot continue one.
    pub(super) fn power(&self) -> u8 {
        match self {
            LexToken::Pipe => 1,
            LexToken::Or => 2,
            LexToken::And => 3,
            LexToken::Compare(_) => 5,
            LexToken::Flatten => 9,
            LexToken::Star => 20,
            LexToken::Filter => 21,
            LexToken::Dot => 40,
            LexToken::Not => 45,
            LexToken::LeftBrace => 50,
            LexToken::LeftBracket => 55,
            LexToken::LeftParen => 60,
            _ => 0,
        }
    }
}

/// Splits an expression into tokens.
///
/// # Errors
/// The syntax error with its offset.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, ExpressionReason> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip(|char| matches!(char, ' ' | '\t' | '\n' | '\r'));
        let start = lexer.at;
        let token = lexer.token().map_err(|error| ExpressionReason::Syntax { error, offset: start })?;
        let is_end = token == LexToken::End;
        tokens.push(Spanned { token, start, end: lexer.at });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn token(&mut self) -> Result<LexToken, SyntaxError> {
        let start = self.at;
        let Some(char) = self.next() else { return Ok(LexToken::End) };
        Ok(match char {
            'a'..='z' | 'A'..='Z' | '_' => {
                self.skip(|char| char.is_ascii_alphanumeric() || char == '_');
                LexToken::Identifier(self.text[start..self.at].to_owned())
            }
            '0'..='9' | '-' => {
                self.skip(|char| char.is_ascii_digit());
                match &self.text[start..self.at] {
                    "-" => return Err(SyntaxError::LoneMinus),
                    digits => LexToken::Number(digits.parse().unwrap_or(if char == '-' { i64::MIN } else { i64::MAX })),
                }
            }
            '"' => LexToken::Quoted(literal::json_string(self.take_until('"')?)?),
            '\'' => LexToken::Literal(Literal::Value(self.take_until('\'')?.replace("\\'", "'").into())),
            '`' => LexToken::Literal(Literal::parse(&self.take_until('`')?.replace("\\`", "`"))?),
            '[' if self.takes(']') => LexToken::Flatten,
            '[' if self.takes('?') => LexToken::Filter,
            '[' => LexToken::LeftBracket,
            ']' => LexToken::RightBracket,
            '{' => LexToken::LeftBrace,
            '}' => LexToken::RightBrace,
            '(' => LexToken::LeftParen,
            ')' => LexToken::RightParen,
            '.' => LexToken::Dot,
            '*' => LexToken::Star,
            ',' => LexToken::Comma,
            ':' => LexToken::Colon,
            '@' => LexToken::At,
            '|' if self.takes('|') => LexToken::Or,
            '|' => LexToken::Pipe,
            '&' if self.takes('&') => LexToken::And,
            '&' => LexToken::Ampersand,
            '<' if self.takes('=') => LexToken::Compare("<="),
            '<' => LexToken::Compare("<"),
            '>' if self.takes('=') => LexToken::Compare(">="),
            '>' => LexToken::Compare(">"),
            '!' if self.takes('=') => LexToken::Compare("!="),
            '!' => LexToken::Not,
            '=' if self.takes('=') => LexToken::Compare("=="),
            '=' => return Err(SyntaxError::LoneEquals),
            other => return Err(SyntaxError::Character(other)),
        })
    }

    fn next(&mut self) -> Option<char> {
        let char = self.text[self.at..].chars().next()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn takes(&mut self, expected: char) -> bool {
        let found = self.text[self.at..].starts_with(expected);
        self.at += if found { expected.len_utf8() } else { 0 };
        found
    }

    fn skip(&mut self, test: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|char| !test(char)).unwrap_or(rest.len());
    }

    /// Takes the text up to the delimiter, and the delimiter. A backslash escapes the next character and is kept.
    fn take_until(&mut self, delimiter: char) -> Result<&'t str, SyntaxError> {
        let start = self.at;
        while let Some(char) = self.next() {
            match char {
                _ if char == delimiter => return Ok(&self.text[start..self.at - delimiter.len_utf8()]),
                '\\' => _ = self.next(),
                _ => {}
            }
        }
        Err(SyntaxError::Unterminated(delimiter))
    }
}
