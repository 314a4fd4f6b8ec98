//! Strings: which quotes they need, and where their lines are folded.

use super::emitter::Emitter;
use crate::yaml_types::PlainType;

/// Where a scalar stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum ScalarContext {
    /// A key on the line of its value: it is never folded.
    SimpleKey,
    Value,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum QuoteStyle {
    Plain,
    Single,
    Double,
}

/// Writes a string in the simplest style that reads as the same string.
pub(super) fn write(emitter: &mut Emitter<'_>, text: &str, context: ScalarContext) {
    emitter.separate();
    emitter.is_after_indicators = false;
    let can_fold = context == ScalarContext::Value;
    match style(text) {
        QuoteStyle::Plain => write_plain(emitter, text, can_fold),
        QuoteStyle::Single => write_single(emitter, text, can_fold),
        QuoteStyle::Double => write_double(emitter, text, can_fold),
    }
    emitter.end_scalar();
}

pub(super) fn has_break(text: &str) -> bool {
    text.contains(is_break)
}

fn style(text: &str) -> QuoteStyle {
    let mut previous = None;
    let (mut space_before_break, mut break_before_space) = (false, false);
    for character in text.chars() {
        if !is_printable(character) {
            return QuoteStyle::Double;
        }
        space_before_break |= previous == Some(' ') && is_break(character);
        break_before_space |= previous.is_some_and(is_break) && character == ' ';
        previous = Some(character);
    }
    // A fold would lose these blanks.
    if space_before_break || break_before_space {
        return QuoteStyle::Double;
    }
    let is_blank_edge = |character: char| character == ' ' || is_break(character);
    let is_quoted = text.is_empty()
        || text.starts_with(is_blank_edge)
        || text.ends_with(is_blank_edge)
        || has_break(text)
        || has_indicator(text)
        || PlainType::of(text) != PlainType::Text;
    if is_quoted { QuoteStyle::Single } else { QuoteStyle::Plain }
}

/// Whether the text would begin something else than a plain scalar, or end it.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let is_blank = |next: Option<char>| next.is_none_or(|next| matches!(next, ' ' | '\t') || is_break(next));
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        let ends = match (character, previous) {
            ('#', None)
            | (',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`', None) => true,
            ('-' | '?', None) | (':', _) => is_blank(next),
            ('#', Some(_)) => is_blank(previous),
            _ => false,
        };
        if ends {
            return true;
        }
        previous = Some(character);
    }
    false
}

fn write_plain(emitter: &mut Emitter<'_>, text: &str, can_fold: bool) {
    let mut folding = Folding { can_fold, after_blank: false };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        if folding.folds(emitter, character) && next != Some(' ') {
            emitter.break_line();
        } else {
            emitter.put(character);
        }
        folding.after_blank = character == ' ';
    }
}

fn write_single(emitter: &mut Emitter<'_>, text: &str, can_fold: bool) {
    emitter.put('\'');
    let mut folding = Folding { can_fold, after_blank: false };
    let mut after_break = false;
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if is_break(character) {
            write_break(emitter, character, after_break);
            after_break = true;
            continue;
        }
        // The character is no blank: text with a blank after a break is in double quotes.
        if after_break {
            emitter.break_line();
        }
        after_break = false;
        let is_inner = index > 0 && next.is_some();
        if is_inner && folding.folds(emitter, character) && next != Some(' ') {
            emitter.break_line();
        } else {
            if character == '\'' {
                emitter.put('\'');
            }
            emitter.put(character);
        }
        folding.after_blank = character == ' ';
    }
    if after_break {
        emitter.break_line();
    }
    emitter.put('\'');
}

/// Writes a break. The first of several is doubled, because a reader folds a single one.
fn write_break(emitter: &mut Emitter<'_>, character: char, after_break: bool) {
    if character == '\n' {
        if !after_break {
            emitter.put_break();
        }
        emitter.put_break();
    } else {
        emitter.out.push(character);
        emitter.column = 0;
    }
    emitter.is_after_indicators = true;
}

fn write_double(emitter: &mut Emitter<'_>, text: &str, can_fold: bool) {
    emitter.put('"');
    let mut folding = Folding { can_fold, after_blank: false };
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
            emitter.put_all(&escape(character));
        } else if index > 0 && next.is_some() && folding.folds(emitter, character) {
            emitter.break_line();
            if next == Some(' ') {
                emitter.put('\\');
            }
        } else {
            emitter.put(character);
        }
        folding.after_blank = character == ' ';
    }
    emitter.put('"');
}

fn escape(character: char) -> String {
    match character {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        _ => match u32::from(character) {
            code @ ..=0xff => format!("\\x{code:02X}"),
            code @ ..=0xffff => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}

/// Folds lines at single blanks, or at the first of several in double quotes.
struct Folding {
    can_fold: bool,
    after_blank: bool,
}

impl Folding {
    fn folds(&self, emitter: &Emitter<'_>, character: char) -> bool {
        character == ' ' && self.can_fold && !self.after_blank && emitter.column > emitter.width
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether libyaml writes the character as it is. Astral characters are escaped.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}
