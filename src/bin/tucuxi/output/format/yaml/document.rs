//! Documents that keep the order of their members, for files that other programs wrote and read.

use super::emitter::Emitter;
use super::write_items;
use crate::yaml_types::PlainType;

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum YamlNode {
    Scalar(YamlScalar),
    List(Vec<YamlNode>),
    /// In the order of the document.
    Map(Vec<(YamlScalar, YamlNode)>),
}

/// A scalar, whose type is not lost: a plain one stays as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlScalar {
    pub(crate) text: String,
    /// Whether the text may mean a number, a boolean, null or a timestamp.
    pub(crate) is_plain: bool,
}

impl YamlNode {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        YamlNode::Scalar(YamlScalar::text(text))
    }

    pub(crate) fn null() -> Self {
        YamlNode::Scalar(YamlScalar { text: "null".to_owned(), is_plain: true })
    }

    /// A map of names that need no quotes.
    pub(crate) fn map<const N: usize>(members: [(&str, YamlNode); N]) -> Self {
        YamlNode::Map(members.into_iter().map(|(name, value)| (YamlScalar::text(name), value)).collect())
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, YamlNode::Scalar(scalar) if scalar.is_null())
    }

    /// The string that this is.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            YamlNode::Scalar(scalar) if scalar.is_string() => Some(&scalar.text),
            _ => None,
        }
    }

    /// A member of a map.
    pub(crate) fn get(&self, name: &str) -> Option<&YamlNode> {
        let YamlNode::Map(members) = self else { return None };
        members.iter().find(|(key, _)| key.is_string() && key.text == name).map(|(_, value)| value)
    }

    /// The document in block style, with lines of any length.
    pub(crate) fn to_document(&self) -> String {
        let mut document = String::new();
        let mut emitter = Emitter::wide(&mut document);
        write(&mut emitter, self, false);
        emitter.finish();
        document
    }
}

impl YamlScalar {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        YamlScalar { text: text.into(), is_plain: false }
    }

    /// Whether this is a string by YAML 1.2.
    pub(crate) fn is_string(&self) -> bool {
        !self.is_plain || PlainType::of(&self.text) == PlainType::Text
    }

    fn is_null(&self) -> bool {
        self.is_plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// Whether readers of YAML 1.1 would take the string for something else without quotes.
    fn is_ambiguous(&self) -> bool {
        const WORDS: &[&str] = &["y", "yes", "on", "n", "no", "off"];
        let is_base_60 = || {
            let digits = self.text.trim_start_matches(['+', '-']);
            digits.contains(':')
                && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'_'))
        };
        !self.is_plain && (WORDS.iter().any(|word| self.text.eq_ignore_ascii_case(word)) || is_base_60())
    }
}

fn write(emitter: &mut Emitter<'_>, node: &YamlNode, is_member: bool) {
    match node {
        YamlNode::Scalar(scalar) if scalar.is_null() => emitter.write_plain("null"),
        YamlNode::Scalar(scalar) if !scalar.is_string() => emitter.write_plain(&scalar.text),
        YamlNode::Scalar(scalar) if scalar.is_ambiguous() => emitter.write_plain(&format!("'{}'", scalar.text)),
        YamlNode::Scalar(scalar) => emitter.write_string(&scalar.text),
        YamlNode::List(items) if items.is_empty() => emitter.write_plain("[]"),
        YamlNode::List(items) => write_items(emitter, items, is_member, |emitter, item| write(emitter, item, false)),
        YamlNode::Map(members) if members.is_empty() => emitter.write_plain("{}"),
        YamlNode::Map(members) => {
            let previous = emitter.increase_indent();
            for (key, value) in members {
                emitter.break_line();
                write_key(emitter, key);
                write(emitter, value, true);
            }
            emitter.set_indent(previous);
        }
    }
}

fn write_key(emitter: &mut Emitter<'_>, key: &YamlScalar) {
    match key.is_string() && !key.is_ambiguous() {
        true => emitter.write_key(&key.text),
        false => {
            let quotes = if key.is_string() { "'" } else { "" };
            emitter.write_plain(&format!("{quotes}{}{quotes}:", key.text));
        }
    }
}
