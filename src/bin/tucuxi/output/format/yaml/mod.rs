//! `--output yaml`: block style with sorted keys and YAML 1.2 types, in the bytes of libyaml.

mod document;
mod emitter;
mod scalar;

use serde_json::{Map, Value};

pub(crate) use self::document::{YamlNode, YamlScalar};
pub(super) use self::emitter::Emitter;
use super::float::SpecialFloat;
use super::json;
use crate::number::write_number;

/// Writes a document. A scalar is JSON, because a document of one plain scalar would need an end mark.
pub(super) fn write(out: &mut String, value: &Value) {
    if !value.is_array() && !value.is_object() {
        return json::write(out, value);
    }
    let mut emitter = Emitter::new(out);
    write_value(&mut emitter, value, false);
    emitter.finish();
}

/// Writes a value: the member of an object, the item of a list, or the document.
fn write_value(emitter: &mut Emitter<'_>, value: &Value, is_member: bool) {
    match value {
        Value::Array(items) => write_list(emitter, items, is_member),
        Value::Object(members) => write_object(emitter, members),
        scalar => write_scalar(emitter, scalar),
    }
}

pub(super) fn write_scalar(emitter: &mut Emitter<'_>, value: &Value) {
    match value {
        Value::Bool(flag) => emitter.write_plain(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            let mut text = String::new();
            write_number(&mut text, number);
            emitter.write_plain(&text);
        }
        Value::String(text) => match SpecialFloat::from_marked(text) {
            Some(float) => emitter.write_plain(float.yaml()),
            None => emitter.write_string(text),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => emitter.write_plain("null"),
    }
}

fn write_list(emitter: &mut Emitter<'_>, items: &[Value], is_member: bool) {
    if items.is_empty() {
        return emitter.write_plain("[]");
    }
    write_items(emitter, items, is_member, |emitter, item| write_value(emitter, item, false));
}

/// Writes the items of a list, each below a dash.
fn write_items<T>(emitter: &mut Emitter<'_>, items: &[T], is_member: bool, write: impl Fn(&mut Emitter<'_>, &T)) {
    // The dashes of a list that begins below its key are not indented.
    let previous = match is_member && !emitter.is_after_indicators {
        true => emitter.indent(),
        false => emitter.increase_indent(),
    };
    for item in items {
        emitter.break_line();
        emitter.write_block_indicator('-');
        write(emitter, item);
    }
    emitter.set_indent(previous);
}

fn write_object(emitter: &mut Emitter<'_>, members: &Map<String, Value>) {
    if members.is_empty() {
        return emitter.write_plain("{}");
    }
    let previous = emitter.increase_indent();
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in sorted {
        emitter.break_line();
        emitter.write_key(name);
        write_value(emitter, value, true);
    }
    emitter.set_indent(previous);
}
