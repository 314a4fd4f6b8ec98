//! The forms of `--cli-error-format`.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::python::{is_scalar, str_of};
use super::{FormatError, Formatter, OutputFormat, Response, TableStyle};

/// Value of `--cli-error-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorFormat {
    Legacy,
    Json,
    Yaml,
    Text,
    Table,
    Enhanced,
}

impl ErrorFormat {
    /// All formats, with their names.
    pub(crate) const ALL: [(&str, ErrorFormat); 6] = [
        ("legacy", ErrorFormat::Legacy),
        ("json", ErrorFormat::Json),
        ("yaml", ErrorFormat::Yaml),
        ("text", ErrorFormat::Text),
        ("table", ErrorFormat::Table),
        ("enhanced", ErrorFormat::Enhanced),
    ];

    /// Finds a format. The case of letters does not matter.
    pub(crate) fn from_name(name: &str) -> Option<ErrorFormat> {
        let is_named = |known: &str| known.eq_ignore_ascii_case(name);
        ErrorFormat::ALL.into_iter().find_map(|(known, format)| is_named(known).then_some(format))
    }

    fn output(self) -> Option<OutputFormat> {
        match self {
            ErrorFormat::Legacy | ErrorFormat::Enhanced => None,
            ErrorFormat::Json => Some(OutputFormat::Json),
            ErrorFormat::Yaml => Some(OutputFormat::Yaml),
            ErrorFormat::Text => Some(OutputFormat::Text),
            ErrorFormat::Table => Some(OutputFormat::Table),
        }
    }
}

/// A list or object of this many items is not shown within a line.
const MAX_INLINE: usize = 5;

/// An error that has a code.
#[derive(Debug)]
pub(crate) struct ErrorReport<'a> {
    /// `Code`, `Message`, and the other members that the model of the error has.
    pub(crate) members: &'a Map<String, Value>,
    /// Text of the enhanced format: `An error occurred (Code) ..`.
    pub(crate) text: &'a str,
    /// Text of the legacy format. That of a service error is the same as of the enhanced one.
    pub(crate) legacy: &'a str,
}

impl ErrorReport<'_> {
    /// Writes the error. `program` is the first word of the line.
    pub(crate) fn write(
        &self,
        format: ErrorFormat,
        program: &str,
        style: TableStyle,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if let Some(format) = format.output() {
            let formatter = Formatter { format, query: None, title: "error", style };
            return match formatter.write(Response::Single(Value::Object(self.members.clone())), out) {
                Ok(()) => Ok(()),
                Err(FormatError::Output(error)) => Err(error),
                Err(_) => write_line(out, program, self.legacy),
            };
        }
        if format == ErrorFormat::Legacy {
            return write_line(out, program, self.legacy);
        }
        write_line(out, program, self.text)?;
        self.write_details(out)
    }

    fn write_details(&self, out: &mut dyn Write) -> io::Result<()> {
        let is_standard = |name: &str| matches!(name.to_lowercase().as_str(), "code" | "message");
        let details: Vec<(&String, &Value)> = self.members.iter().filter(|(name, _)| !is_standard(name)).collect();
        if details.is_empty() {
            return Ok(());
        }
        let mut text = String::from("\nAdditional error details:\n");
        let mut is_complete = true;
        for (name, value) in details {
            let inline = inline(value);
            is_complete &= inline.is_some();
            text.push_str(&format!("{name}: {}\n", inline.as_deref().unwrap_or("<complex value>")));
        }
        if !is_complete {
            text.push_str("Use \"--cli-error-format json\" or another error format to see the full details.\n");
        }
        out.write_all(text.as_bytes())
    }
}

/// A scalar, or a short list or object of scalars.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) if items.len() < MAX_INLINE && items.iter().all(is_scalar) => {
            Some(format!("[{}]", items.iter().map(str_of).collect::<Vec<_>>().join(", ")))
        }
        Value::Object(members) if members.len() < MAX_INLINE && members.values().all(is_scalar) => {
            let members = members.iter().map(|(name, member)| format!("{name}: {}", str_of(member)));
            Some(format!("{{{}}}", members.collect::<Vec<_>>().join(", ")))
        }
        scalar => is_scalar(scalar).then(|| str_of(scalar).into_owned()),
    }
}

fn write_line(out: &mut dyn Write, program: &str, message: &str) -> io::Result<()> {
    let separator = if message.is_empty() { "" } else { " " };
    let is_blank = |character: char| character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}');
    out.write_all(format!("\n{program}: [ERROR]:{separator}{}\n", message.trim_matches(is_blank)).as_bytes())
}
