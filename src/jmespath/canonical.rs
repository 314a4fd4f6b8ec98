//! Rewrites expressions of jmespath.py 1.1.0 (`parser.py`) to the grammar of the `jmespath` crate, with the same meaning.
//!
//! These are the differences:
//!
//! | jmespath.py | here |
//! |---|---|
//! | literals that are not JSON, indices beyond 32 bits | a placeholder: their index in [`Canonical`] |
//! | `f(a b,)`, `{a: b c: d}`, `[1:2 3]`: missing and extra commas | `f(a, b)`, `{a: b, c: d}`, `[1:3]` |
//! | `a[0][1:2].b`: a slice right after an index does not project | a placeholder index for the slice |
//! | `a.*.b.c` is `(a.*.b).c`: the projection ends before the next dot or filter | a [marked](MARK) function of `&@.b` |
//! | `a[*].{b: c}[0]` is `(a[*].{b: c})[0]` | a [marked](MARK) list instead of the braces, because the crate does the same after `.[` |
//! | `[a b]`, `[ ]`, `a.&b` are errors | errors |

use std::fmt::Write as _;

use super::error::{ExpressionReason, SyntaxError, truncated};
use super::lexer::{LexToken, Spanned};
use super::literal::Literal;

/// Expression in the crate's grammar, with the values of its placeholders.
#[derive(Debug)]
pub(super) struct Canonical {
    pub(super) text: String,
    /// Values of literal placeholders. The first one is [`MARK`] and has no value.
    pub(super) literals: Vec<Literal>,
    /// Values of index placeholders.
    pub(super) indices: Vec<Subscript>,
    /// Values of slice bound placeholders. The first two are unused, because the crate's default for a missing step is 1.
    pub(super) bounds: Vec<i64>,
}

/// Content of brackets that do not create a projection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subscript {
    At(i64),
    Slice(Slice),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) stop: Option<i64>,
    pub(super) step: Option<i64>,
}

/// Marker literal. As the first argument it marks a call as a projection of an object's values, and as the first item it marks a
/// list as its second item.
pub(super) const MARK: usize = 0;

/// Maximum nesting of expressions. Each level takes several frames of the crate's parser.
pub(super) const MAX_DEPTH: usize = 128;
/// Maximum number of consecutive operators on one level.
const MAX_OPERATORS: usize = 2048;

/// Tokens with a lower binding power end a projection.
const ENDS_PROJECTION: u8 = 10;
const STAR: u8 = 20;
const FILTER: u8 = 21;
const DOT: u8 = 40;
const NOT: u8 = 45;

/// Kind of the expression on the left, as far as it affects the next token.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    /// A name, which may be a function name.
    Field,
    /// Ends in an index.
    Index,
    Other,
}

/// Rewrites an expression.
///
/// # Errors
/// The syntax error with its offset.
pub(super) fn rewrite(text: &str, tokens: &[Spanned]) -> Result<Canonical, ExpressionReason> {
    let out = Canonical {
        text: String::with_capacity(text.len() + 16),
        literals: vec![Literal::Value(serde_json::Value::Null)],
        indices: Vec::new(),
        bounds: vec![0; 2],
    };
    let mut rewriter = Rewriter { text, tokens, at: 0, depth: 0, out };
    rewriter.expression(0)?;
    match rewriter.peek() {
        LexToken::End => Ok(rewriter.out),
        _ => Err(rewriter.unexpected("an operator")),
    }
}

struct Rewriter<'t> {
    text: &'t str,
    tokens: &'t [Spanned],
    at: usize,
    depth: usize,
    out: Canonical,
}

impl<'t> Rewriter<'t> {
    /// Rewrites an expression up to the first token whose binding power is at most `power`.
    fn expression(&mut self, power: u8) -> Result<Left, ExpressionReason> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(SyntaxError::TooDeep { max: MAX_DEPTH }));
        }
        let mut left = self.prefix()?;
        let mut operators = 0;
        while power < self.peek().power() {
            operators += 1;
            if operators > MAX_OPERATORS {
                return Err(self.error(SyntaxError::TooManyOperators { max: MAX_OPERATORS }));
            }
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Left, ExpressionReason> {
        let token = self.peek();
        match token {
            LexToken::Identifier(_) => return self.field(),
            LexToken::Quoted(_) => {
                self.field()?;
                return match self.peek() {
                    LexToken::LeftParen => Err(self.error(SyntaxError::QuotedFunctionName)),
                    _ => Ok(Left::Field),
                };
            }
            LexToken::Literal(literal) => {
                // Writing to a String cannot fail.
                let _ = write!(self.out.text, "`{}`", self.out.literals.len());
                self.out.literals.push(literal.clone());
                self.at += 1;
            }
            LexToken::At => self.copy("@"),
            LexToken::Star => {
                self.copy("*");
                self.projected(STAR)?;
            }
            LexToken::Flatten => {
                self.copy("[]");
                self.projected(token.power())?;
            }
            LexToken::Filter => return self.filter(),
            LexToken::LeftBrace => return self.multi_hash(),
            LexToken::LeftBracket => return self.bracket(None),
            LexToken::Not => {
                self.copy("!");
                self.expression(NOT)?;
            }
            LexToken::Ampersand => {
                self.copy("&");
                self.expression(0)?;
            }
            LexToken::LeftParen => {
                self.copy("(");
                let left = self.expression(0)?;
                self.expect(&LexToken::RightParen, ")")?;
                return Ok(left);
            }
            _ => return Err(self.unexpected("an expression")),
        }
        Ok(Left::Other)
    }

    fn infix(&mut self, left: Left) -> Result<Left, ExpressionReason> {
        let token = self.peek();
        match token {
            LexToken::Dot => return self.dot(),
            LexToken::Pipe => self.copy("|"),
            LexToken::Or => self.copy("||"),
            LexToken::And => self.copy("&&"),
            LexToken::Compare(operator) => self.copy(operator),
            LexToken::Flatten => {
                self.copy("[]");
                self.projected(token.power())?;
                return Ok(Left::Other);
            }
            LexToken::Filter => return self.filter(),
            LexToken::LeftBracket => return self.bracket(Some(left)),
            LexToken::LeftParen if left == Left::Field => return self.arguments(),
            LexToken::LeftParen => return Err(self.error(SyntaxError::NotAFunctionName)),
            _ => return Err(self.unexpected("an operator")),
        }
        self.expression(token.power())?;
        Ok(Left::Other)
    }

    fn field(&mut self) -> Result<Left, ExpressionReason> {
        match self.peek() {
            LexToken::Identifier(name) => self.copy(name),
            LexToken::Quoted(name) => self.copy(&serde_json::Value::from(name.as_str()).to_string()),
            _ => return Err(self.unexpected("a name")),
        }
        Ok(Left::Field)
    }

    fn dot(&mut self) -> Result<Left, ExpressionReason> {
        self.copy(".");
        if *self.peek() != LexToken::Star {
            return self.after_dot(DOT);
        }
        self.at += 1;
        let _ = write!(self.out.text, "values(`{MARK}`, &");
        if !matches!(self.peek(), LexToken::LeftBracket | LexToken::Filter) {
            self.out.text.push('@');
        }
        self.projected(DOT)?;
        self.out.text.push(')');
        Ok(Left::Other)
    }

    /// Rewrites the right side of a projection.
    fn projected(&mut self, power: u8) -> Result<(), ExpressionReason> {
        match self.peek() {
            token if token.power() < ENDS_PROJECTION => {}
            LexToken::LeftBracket | LexToken::Filter => _ = self.expression(power)?,
            LexToken::Dot => {
                self.copy(".");
                self.after_dot(power)?;
            }
            _ => return Err(self.unexpected("`.`, `[` or an operator")),
        }
        Ok(())
    }

    fn after_dot(&mut self, power: u8) -> Result<Left, ExpressionReason> {
        match self.peek() {
            LexToken::Identifier(_) | LexToken::Quoted(_) | LexToken::Star => _ = self.expression(power)?,
            LexToken::LeftBracket => {
                self.copy("[");
                self.multi_list()?;
            }
            LexToken::LeftBrace => {
                let _ = write!(self.out.text, "[`{MARK}`,");
                self.multi_hash()?;
                self.out.text.push(']');
            }
            _ => return Err(self.unexpected("a name, `*`, `[` or `{`")),
        }
        Ok(Left::Other)
    }

    fn filter(&mut self) -> Result<Left, ExpressionReason> {
        self.copy("[?");
        self.expression(0)?;
        self.expect(&LexToken::RightBracket, "]")?;
        self.projected(FILTER)?;
        Ok(Left::Other)
    }

    /// Rewrites an index, a slice or `[*]`, or, without a left side, a list of expressions.
    fn bracket(&mut self, left: Option<Left>) -> Result<Left, ExpressionReason> {
        let is_star = self.look_ahead(1) == &LexToken::Star && self.look_ahead(2) == &LexToken::RightBracket;
        match (self.look_ahead(1), self.look_ahead(2)) {
            (LexToken::Colon, _) | (LexToken::Number(_), LexToken::Colon) => {
                self.at += 1;
                let slice = self.slice()?;
                if left == Some(Left::Index) {
                    self.write_index(Subscript::Slice(slice));
                    return Ok(Left::Index);
                }
                self.write_slice(slice);
                self.projected(STAR)?;
                Ok(Left::Other)
            }
            (LexToken::Number(index), _) => {
                self.at += 2;
                if *self.peek() != LexToken::RightBracket {
                    return Err(self.unexpected("`]` or `:`"));
                }
                self.at += 1;
                self.write_index(Subscript::At(*index));
                Ok(Left::Index)
            }
            _ if is_star => {
                self.at += 3;
                self.out.text.push_str("[*]");
                self.projected(STAR)?;
                Ok(Left::Other)
            }
            _ if left.is_some() => {
                self.at += 1;
                Err(self.unexpected("an index, a slice or `*`"))
            }
            _ => {
                self.copy("[");
                self.multi_list()
            }
        }
    }

    /// Parses the bounds through the closing bracket. The last of consecutive numbers wins.
    fn slice(&mut self) -> Result<Slice, ExpressionReason> {
        let mut parts = [None; 3];
        let mut part = 0;
        loop {
            match self.peek() {
                LexToken::Colon if part == 2 => {
                    return Err(self.error(SyntaxError::SliceParts));
                }
                LexToken::Colon => part += 1,
                LexToken::Number(number) => parts[part] = Some(*number),
                LexToken::RightBracket => break,
                _ => return Err(self.unexpected("a number, `:` or `]`")),
            }
            self.at += 1;
        }
        self.at += 1;
        let [start, stop, step] = parts;
        Ok(Slice { start, stop, step })
    }

    fn write_index(&mut self, index: Subscript) {
        let _ = write!(self.out.text, "[{}]", self.out.indices.len());
        self.out.indices.push(index);
    }

    fn write_slice(&mut self, slice: Slice) {
        self.out.text.push('[');
        for (part, bound) in [slice.start, slice.stop, slice.step].into_iter().enumerate() {
            if part > 0 {
                self.out.text.push(':');
            }
            if let Some(bound) = bound {
                let _ = write!(self.out.text, "{}", self.out.bounds.len());
                self.out.bounds.push(bound);
            }
        }
        self.out.text.push(']');
    }

    /// Rewrites the rest of a list of expressions.
    fn multi_list(&mut self) -> Result<Left, ExpressionReason> {
        loop {
            self.expression(0)?;
            if *self.peek() != LexToken::Comma {
                self.expect(&LexToken::RightBracket, "]")?;
                return Ok(Left::Other);
            }
            self.copy(",");
        }
    }

    fn multi_hash(&mut self) -> Result<Left, ExpressionReason> {
        self.copy("{");
        loop {
            self.field()?;
            self.expect(&LexToken::Colon, ":")?;
            self.expression(0)?;
            match self.peek() {
                LexToken::RightBrace => break,
                LexToken::Comma => self.at += 1,
                _ => {}
            }
            self.out.text.push(',');
        }
        self.copy("}");
        Ok(Left::Other)
    }

    fn arguments(&mut self) -> Result<Left, ExpressionReason> {
        self.copy("(");
        let mut is_first = true;
        while *self.peek() != LexToken::RightParen {
            if !is_first {
                self.out.text.push(',');
            }
            is_first = false;
            self.expression(0)?;
            if *self.peek() == LexToken::Comma {
                self.at += 1;
            }
        }
        self.copy(")");
        Ok(Left::Other)
    }

    fn peek(&self) -> &'t LexToken {
        self.look_ahead(0)
    }

    fn look_ahead(&self, distance: usize) -> &'t LexToken {
        self.tokens.get(self.at + distance).map_or(&LexToken::End, |spanned| &spanned.token)
    }

    /// Consumes a token and writes it as `text`.
    fn copy(&mut self, text: &str) {
        self.out.text.push_str(text);
        // The space separates tokens: `&` `&@` is not `&&@`.
        self.out.text.push(' ');
        self.at += 1;
    }

    fn expect(&mut self, token: &LexToken, text: &str) -> Result<(), ExpressionReason> {
        if self.peek() != token {
            return Err(self.unexpected(&format!("`{text}`")));
        }
        self.copy(text);
        Ok(())
    }

    fn unexpected(&self, expected: &str) -> ExpressionReason {
        let found = match self.tokens.get(self.at) {
            Some(Spanned { token: LexToken::End, .. }) | None => "the end".to_owned(),
            Some(found) => format!("`{}`", truncated(&self.text[found.start..found.end])),
        };
        self.error(SyntaxError::Unexpected { expected: expected.to_owned(), found })
    }

    fn error(&self, error: SyntaxError) -> ExpressionReason {
        let offset = self.tokens.get(self.at).map_or(self.text.len(), |spanned| spanned.start);
        ExpressionReason::Syntax { error, offset }
    }
}
