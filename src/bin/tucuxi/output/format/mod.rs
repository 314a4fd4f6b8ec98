//! The output formats of the AWS CLI: `json`, `text`, `table`, `yaml`, `yaml-stream` and `off`. Their bytes equal those of version 2.
//!
//! Values have the members of structures in the order of the model, timestamps as the text to print, blobs as base64 text, and NaN
//! and infinities as [`SpecialFloat`] makes them.
//!
//! One difference is left: a query that selects a list or an object twice (`[Tags, Tags]`) makes version 2 write it as a YAML anchor
//! and its alias. Here it is written twice.

mod error;
mod error_report;
mod float;
mod json;
mod pages;
mod python;
mod skeleton;
mod table;
mod text;
mod width;
mod width_table;
mod yaml;

use std::io::{self, Write};

use serde_json::{Map, Value};
use tucuxi::JmesPath;

pub(crate) use self::error::FormatError;
pub(crate) use self::error_report::{ErrorFormat, ErrorReport};
pub(crate) use self::float::SpecialFloat;
pub(crate) use self::pages::{PageSource, PagedResponse};
pub(crate) use self::python::{repr, str_of};
pub(crate) use self::skeleton::{SkeletonMember, SkeletonNode, input_skeleton};
pub(crate) use self::table::TableStyle;
pub(crate) use self::yaml::{YamlNode, YamlScalar};

/// Value of `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    Json,
    Text,
    Table,
    Yaml,
    YamlStream,
    Off,
}

impl OutputFormat {
    /// All formats, with their names.
    pub(crate) const ALL: [(&str, OutputFormat); 6] = [
        ("json", OutputFormat::Json),
        ("text", OutputFormat::Text),
        ("table", OutputFormat::Table),
        ("yaml", OutputFormat::Yaml),
        ("yaml-stream", OutputFormat::YamlStream),
        ("off", OutputFormat::Off),
    ];

    pub(crate) fn from_name(name: &str) -> Option<OutputFormat> {
        OutputFormat::ALL.into_iter().find_map(|(known, format)| (known == name).then_some(format))
    }
}

/// What an operation returned.
pub(crate) enum Response<'a> {
    Single(Value),
    Paged(PagedResponse<'a>),
}

/// Writes the response of an operation in a format.
#[derive(Debug)]
pub(crate) struct Formatter<'a> {
    pub(crate) format: OutputFormat,
    pub(crate) query: Option<&'a JmesPath>,
    /// Title of a table: the name of the operation in the API.
    pub(crate) title: &'a str,
    pub(crate) style: TableStyle,
}

impl Formatter<'_> {
    /// Writes a response. Ends without an error if nobody reads the output any more.
    ///
    /// # Errors
    /// [`FormatError`] if a page or the query fails, or the format cannot show the value. What was written before remains.
    pub(crate) fn write(&self, response: Response<'_>, out: &mut dyn Write) -> Result<(), FormatError> {
        let written = match self.format {
            OutputFormat::Text => self.write_text(response, out),
            OutputFormat::YamlStream => self.write_yaml_stream(response, out),
            OutputFormat::Off => drain(response),
            OutputFormat::Json | OutputFormat::Table | OutputFormat::Yaml => self.write_whole(response, out),
        };
        match written.and_then(|()| Ok(out.flush()?)) {
            Err(FormatError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    fn write_whole(&self, response: Response<'_>, out: &mut dyn Write) -> Result<(), FormatError> {
        let value = match response {
            Response::Single(value) => value,
            Response::Paged(mut listing) => listing.full_result()?,
        };
        let value = self.search(value)?;
        let mut written = String::new();
        match self.format {
            OutputFormat::Table => table::write(&mut written, self.title, &value, self.style)?,
            _ if is_empty_object(&value) => {}
            OutputFormat::Yaml => yaml::write(&mut written, &value),
            _ => json::write(&mut written, &value),
        }
        Ok(out.write_all(written.as_bytes())?)
    }

    fn write_text(&self, response: Response<'_>, out: &mut dyn Write) -> Result<(), FormatError> {
        let mut listing = match response {
            Response::Single(value) => return self.write_text_value(value, out),
            Response::Paged(listing) => listing,
        };
        while let Some(page) = listing.next_results() {
            self.write_text_value(page?, out)?;
        }
        let Some(token) = listing.resume_token() else { return Ok(()) };
        let inner = Map::from_iter([("NextToken".to_owned(), Value::String(token))]);
        self.write_text_value(Value::from(Map::from_iter([("NextToken".to_owned(), inner.into())])), out)
    }

    fn write_text_value(&self, value: Value, out: &mut dyn Write) -> Result<(), FormatError> {
        let value = self.search(value)?;
        let mut written = String::new();
        let result = text::write(&mut written, &value);
        out.write_all(written.as_bytes())?;
        result
    }

    fn write_yaml_stream(&self, response: Response<'_>, out: &mut dyn Write) -> Result<(), FormatError> {
        let mut write = |value: Value| {
            let mut written = String::new();
            yaml::write(&mut written, &Value::Array(vec![value]));
            out.write_all(written.as_bytes()).and_then(|()| out.flush())
        };
        match response {
            Response::Single(value) => {
                let value = self.search(value)?;
                if !is_empty_object(&value) {
                    write(value)?;
                }
            }
            Response::Paged(mut listing) => {
                while let Some(page) = listing.next_page() {
                    write(self.search(page?)?)?;
                }
            }
        }
        Ok(())
    }

    fn search(&self, value: Value) -> Result<Value, FormatError> {
        match self.query {
            Some(query) => Ok(query.search(&value)?),
            None => Ok(value),
        }
    }
}

/// Requests all pages and shows none.
fn drain(response: Response<'_>) -> Result<(), FormatError> {
    if let Response::Paged(mut listing) = response {
        while let Some(page) = listing.next_page() {
            page?;
        }
    }
    Ok(())
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

#[cfg(test)]
mod tests;
