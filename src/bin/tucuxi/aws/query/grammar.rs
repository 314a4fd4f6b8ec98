//! The first place of an expression that jmespath.py's grammar does not allow. Expressions are not built: the library does that.

use super::QueryFault;
use super::tokens::QueryToken;

/// Deeper expressions are not looked into.
const MAX_DEPTH: usize = 100;

/// What must follow a dot.
const AFTER_DOT: &str = "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']";

/// What the key of a multi-select hash must be.
const KEYS: &str = "['quoted_identifier', 'unquoted_identifier']";

/// Finds what is wrong with an expression.
pub(super) fn check(tokens: &[QueryToken]) -> Result<(), QueryFault> {
    let mut walk = GrammarWalk { tokens, at: 0, depth: 0 };
    walk.expression(0)?;
    match walk.kind(0) {
        "eof" => Ok(()),
        _ => Err(walk.fault(walk.at, &format!("Unexpected token: {}", walk.value(walk.at)))),
    }
}

/// How strongly a token binds the expression before it. Up to 9, a token ends a projection.
fn binding_power(kind: &str) -> u8 {
    match kind {
        "pipe" => 1,
        "or" => 2,
        "and" => 3,
        "eq" | "gt" | "lt" | "gte" | "lte" | "ne" => 5,
        "flatten" => 9,
        "star" => 20,
        "filter" => 21,
        "dot" => 40,
        "not" => 45,
        "lbrace" => 50,
        "lbracket" => 55,
        "lparen" => 60,
        _ => 0,
    }
}

struct GrammarWalk<'t> {
    tokens: &'t [QueryToken],
    at: usize,
    depth: usize,
}

impl GrammarWalk<'_> {
    fn kind(&self, ahead: usize) -> &'static str {
        self.tokens.get(self.at.saturating_add(ahead)).map_or("eof", |token| token.kind)
    }

    fn value(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.value)
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn fault(&self, at: usize, message: &str) -> QueryFault {
        let place = self.tokens.get(at).or(self.tokens.last()).map_or(0, |token| token.start);
        let kind = self.tokens.get(at).map_or("eof", |token| token.kind);
        QueryFault::Parse { message: message.to_owned(), at: place, value: self.value(at).to_owned(), kind }
    }

    fn expect(&mut self, kind: &str) -> Result<(), QueryFault> {
        self.expect_one(&[kind], kind)
    }

    fn expect_one(&mut self, kinds: &[&str], shown: &str) -> Result<(), QueryFault> {
        match self.kind(0) {
            found if kinds.contains(&found) => {
                self.advance();
                Ok(())
            }
            "eof" => Err(QueryFault::Incomplete),
            found => Err(self.fault(self.at, &format!("Expecting: {shown}, got: {found}"))),
        }
    }

    /// Walks over an expression.
    fn expression(&mut self, power: u8) -> Result<(), QueryFault> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(QueryFault::TooDeep);
        }
        let mut is_name = self.begin()?;
        while power < binding_power(self.kind(0)) {
            let kind = self.kind(0);
            if matches!(kind, "star" | "not" | "lbrace") {
                return Err(self.fault(self.at, "invalid token"));
            }
            self.advance();
            self.proceed(kind, is_name)?;
            is_name = false;
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// Walks over the beginning of an expression; whether it is a name.
    fn begin(&mut self) -> Result<bool, QueryFault> {
        let (at, kind) = (self.at, self.kind(0));
        self.advance();
        match kind {
            "literal" | "current" => {}
            "unquoted_identifier" => return Ok(true),
            "quoted_identifier" => {
                if self.kind(0) == "lparen" {
                    return Err(QueryFault::Parse {
                        message: "Quoted identifier not allowed for function names.".to_owned(),
                        at: 0,
                        value: "(".to_owned(),
                        kind: "lparen",
                    });
                }
                return Ok(true);
            }
            "star" => {
                if self.kind(0) != "rbracket" {
                    self.projection(binding_power("star"))?;
                }
            }
            "filter" => self.proceed("filter", false)?,
            "lbrace" => self.multi_select_hash()?,
            "lparen" => {
                self.expression(0)?;
                self.expect("rparen")?;
            }
            "flatten" => self.projection(binding_power("flatten"))?,
            "not" => self.expression(binding_power("not"))?,
            "expref" => self.expression(0)?,
            "lbracket" => match self.kind(0) {
                "number" | "colon" => self.index()?,
                "star" if self.kind(1) == "rbracket" => {
                    self.at = self.at.saturating_add(2);
                    self.projection(binding_power("star"))?;
                }
                _ => self.multi_select_list()?,
            },
            "eof" => return Err(QueryFault::Incomplete),
            _ => return Err(self.fault(at, "invalid token")),
        }
        Ok(false)
    }

    /// Walks over what follows the beginning of an expression, after its first token.
    fn proceed(&mut self, kind: &str, is_name: bool) -> Result<(), QueryFault> {
        match kind {
            "dot" if self.kind(0) == "star" => {
                self.advance();
                self.projection(binding_power("dot"))
            }
            "dot" => self.after_dot(binding_power("dot")),
            "lparen" => self.call(is_name),
            "filter" => {
                self.expression(0)?;
                self.expect("rbracket")?;
                if self.kind(0) == "flatten" { Ok(()) } else { self.projection(binding_power("filter")) }
            }
            "flatten" => self.projection(binding_power("flatten")),
            "lbracket" if matches!(self.kind(0), "number" | "colon") => self.index(),
            "lbracket" => {
                self.expect("star")?;
                self.expect("rbracket")?;
                self.projection(binding_power("star"))
            }
            operator => self.expression(binding_power(operator)),
        }
    }

    fn call(&mut self, is_name: bool) -> Result<(), QueryFault> {
        if !is_name {
            let at = self.at.saturating_sub(2);
            return Err(self.fault(at, &format!("Invalid function name '{}'", self.value(at))));
        }
        while self.kind(0) != "rparen" {
            self.expression(0)?;
            if self.kind(0) == "comma" {
                self.advance();
            }
        }
        self.expect("rparen")
    }

    fn index(&mut self) -> Result<(), QueryFault> {
        if self.kind(0) != "colon" && self.kind(1) != "colon" {
            self.advance();
            return self.expect("rbracket");
        }
        let mut colons = 0_usize;
        while self.kind(0) != "rbracket" && colons < 3 {
            match self.kind(0) {
                "colon" if colons == 2 => return Err(self.fault(self.at, "syntax error")),
                "colon" => colons = colons.saturating_add(1),
                "number" => {}
                _ => return Err(self.fault(self.at, "syntax error")),
            }
            self.advance();
        }
        self.expect("rbracket")?;
        self.projection(binding_power("star"))
    }

    fn multi_select_list(&mut self) -> Result<(), QueryFault> {
        loop {
            self.expression(0)?;
            if self.kind(0) == "rbracket" {
                self.advance();
                return Ok(());
            }
            self.expect("comma")?;
        }
    }

    fn multi_select_hash(&mut self) -> Result<(), QueryFault> {
        loop {
            self.expect_one(&["quoted_identifier", "unquoted_identifier"], KEYS)?;
            self.expect("colon")?;
            self.expression(0)?;
            match self.kind(0) {
                "comma" => self.advance(),
                "rbrace" => {
                    self.advance();
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Walks over what a projection applies to each element.
    fn projection(&mut self, power: u8) -> Result<(), QueryFault> {
        match self.kind(0) {
            kind if binding_power(kind) < 10 => Ok(()),
            "lbracket" | "filter" => self.expression(power),
            "dot" => {
                self.advance();
                self.after_dot(power)
            }
            _ => Err(self.fault(self.at, "syntax error")),
        }
    }

    fn after_dot(&mut self, power: u8) -> Result<(), QueryFault> {
        match self.kind(0) {
            "quoted_identifier" | "unquoted_identifier" | "star" => self.expression(power),
            "lbracket" => {
                self.advance();
                self.multi_select_list()
            }
            "lbrace" => {
                self.advance();
                self.multi_select_hash()
            }
            kind => Err(self.fault(self.at, &format!("Expecting: {AFTER_DOT}, got: {kind}"))),
        }
    }
}
