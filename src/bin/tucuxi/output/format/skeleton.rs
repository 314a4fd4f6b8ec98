//! The texts of `--generate-cli-skeleton`.

use serde_json::Value;

use super::json;
use super::yaml::{self, Emitter};

/// Returns the text of `--generate-cli-skeleton input`.
pub(crate) fn input_skeleton(value: &Value) -> String {
    let mut out = String::new();
    json::write_ascii(&mut out, value);
    out
}

/// A part of the text of `--generate-cli-skeleton yaml-input`.
#[derive(Debug)]
pub(crate) enum SkeletonNode {
    Structure(Vec<SkeletonMember>),
    List(Box<SkeletonNode>),
    /// A map with one key and its value.
    Map(Box<SkeletonNode>),
    Scalar(Value),
    /// A value in its own notation, such as a timestamp.
    Plain(&'static str),
    Blob,
}

#[derive(Debug)]
pub(crate) struct SkeletonMember {
    pub(crate) name: String,
    /// Comment at the end of the line, without `#`.
    pub(crate) comment: Option<String>,
    pub(crate) node: SkeletonNode,
}

impl SkeletonNode {
    /// Returns the text of a document.
    pub(crate) fn to_yaml(&self) -> String {
        let mut out = String::new();
        let mut emitter = Emitter::new(&mut out);
        self.write(&mut emitter, false, "");
        emitter.finish();
        out
    }

    /// Writes a node. A comment follows its scalar, or the key before its block.
    fn write(&self, emitter: &mut Emitter<'_>, is_member: bool, comment: &str) {
        if self.is_block() {
            emitter.put_all(comment);
        }
        match self {
            SkeletonNode::Structure(members) if members.is_empty() => emitter.write_plain("{}"),
            SkeletonNode::Structure(members) => write_members(emitter, members),
            SkeletonNode::Map(value) => {
                let previous = emitter.increase_indent();
                emitter.break_line();
                emitter.write_key("KeyName");
                value.write(emitter, true, "");
                emitter.set_indent(previous);
            }
            SkeletonNode::List(item) => {
                let previous = if is_member { emitter.indent() } else { emitter.increase_indent() };
                emitter.break_line();
                emitter.write_block_indicator('-');
                item.write(emitter, false, "");
                emitter.set_indent(previous);
            }
            SkeletonNode::Scalar(value) => yaml::write_scalar(emitter, value),
            SkeletonNode::Plain(text) => emitter.write_plain(text),
            SkeletonNode::Blob => emitter.write_plain("!!binary ''"),
        }
        if !self.is_block() {
            emitter.put_all(comment);
        }
    }

    fn is_block(&self) -> bool {
        match self {
            SkeletonNode::Structure(members) => !members.is_empty(),
            SkeletonNode::List(_) | SkeletonNode::Map(_) => true,
            SkeletonNode::Scalar(_) | SkeletonNode::Plain(_) | SkeletonNode::Blob => false,
        }
    }
}

fn write_members(emitter: &mut Emitter<'_>, members: &[SkeletonMember]) {
    let previous = emitter.increase_indent();
    for (index, member) in members.iter().enumerate() {
        emitter.break_line();
        emitter.write_key(&member.name);
        let comment = member.comment.as_ref().map(|comment| {
            let blanks = if has_column(&members[..index], &member.name) { " " } else { "  " };
            format!("{blanks}# {comment}")
        });
        member.node.write(emitter, true, comment.as_deref().unwrap_or(""));
    }
    emitter.set_indent(previous);
}

/// Whether version 2 takes the column of the comment from one before it; else there is one more blank.
fn has_column(before: &[SkeletonMember], name: &str) -> bool {
    before.last().is_some_and(|member| member.comment.is_some())
        || before.iter().take_while(|member| member.name.as_str() < name).any(|member| member.comment.is_some())
}
