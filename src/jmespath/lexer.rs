//! Tokens of an expression, as jmespath.py 1.1.0 reads them (`lexer.py`).
//!
//! The crate's own lexer refuses what that one takes: indices beyond 32 bits and `-0`, literals that are not JSON.

use super::literal::{self, Literal};

/// A token and the bytes of the expression it stands for.
#[derive(Debug)]
pub(super) struct Spanned {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Identifier(String),
    Quoted(String),
    Literal(Literal),
    /// An index or a bound of a slice; no list is so long that more digits matter.
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

impl Token {
    /// How strongly the token binds to the expression on its left; 0 where it cannot continue one.
    pub(super) fn power(&self) -> u8 {
        match self {
            Token::Pipe => 1,
            Token::Or => 2,
            Token::And => 3,
            Token::Compare(_) => 5,
            Token::Flatten => 9,
            Token::Star => 20,
            Token::Filter => 21,
            Token::Dot => 40,
            Token::Not => 45,
            Token::LeftBrace => 50,
            Token::LeftBracket => 55,
            Token::LeftParen => 60,
            _ => 0,
        }
    }
}

/// What is wrong with an expression, and the byte it is wrong at.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) at: usize,
}

/// # Errors
/// The text is not made of tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip(|char| matches!(char, ' ' | '\t' | '\n' | '\r'));
        let start = lexer.at;
        let token = lexer.token().map_err(|what| Fault { what, at: start })?;
        let is_end = token == Token::End;
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
    fn token(&mut self) -> Result<Token, String> {
        let start = self.at;
        let Some(char) = self.next() else { return Ok(Token::End) };
        Ok(match char {
            'a'..='z' | 'A'..='Z' | '_' => {
                self.skip(|char| char.is_ascii_alphanumeric() || char == '_');
                Token::Identifier(self.text[start..self.at].to_owned())
            }
            '0'..='9' | '-' => {
                self.skip(|char| char.is_ascii_digit());
                match &self.text[start..self.at] {
                    "-" => return Err("`-` without a digit".to_owned()),
                    digits => Token::Number(digits.parse().unwrap_or(if char == '-' { i64::MIN } else { i64::MAX })),
                }
            }
            '"' => Token::Quoted(literal::json_string(self.until('"')?)?),
            '\'' => Token::Literal(Literal::Value(self.until('\'')?.replace("\\'", "'").into())),
            '`' => Token::Literal(Literal::parse(&self.until('`')?.replace("\\`", "`"))?),
            '[' if self.takes(']') => Token::Flatten,
            '[' if self.takes('?') => Token::Filter,
            '[' => Token::LeftBracket,
            ']' => Token::RightBracket,
            '{' => Token::LeftBrace,
            '}' => Token::RightBrace,
            '(' => Token::LeftParen,
            ')' => Token::RightParen,
            '.' => Token::Dot,
            '*' => Token::Star,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '@' => Token::At,
            '|' if self.takes('|') => Token::Or,
            '|' => Token::Pipe,
            '&' if self.takes('&') => Token::And,
            '&' => Token::Ampersand,
            '<' if self.takes('=') => Token::Compare("<="),
            '<' => Token::Compare("<"),
            '>' if self.takes('=') => Token::Compare(">="),
            '>' => Token::Compare(">"),
            '!' if self.takes('=') => Token::Compare("!="),
            '!' => Token::Not,
            '=' if self.takes('=') => Token::Compare("=="),
            '=' => return Err("`=` alone compares nothing, `==` does".to_owned()),
            other => return Err(format!("unexpected character {other:?}")),
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

    /// The text before the delimiter, which is passed; a backslash hides the character after it and stays.
    fn until(&mut self, delimiter: char) -> Result<&'t str, String> {
        let start = self.at;
        while let Some(char) = self.next() {
            match char {
                _ if char == delimiter => return Ok(&self.text[start..self.at - delimiter.len_utf8()]),
                '\\' => _ = self.next(),
                _ => {}
            }
        }
        Err(format!("{delimiter} without its counterpart"))
    }
}
