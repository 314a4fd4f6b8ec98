//! Parameters from one document: `--cli-input-json` and `--cli-input-yaml`.

use serde_json::{Map, Value};
use tucuxi::shapes::ShapeInfo;

use super::datum::{Datum, Members};
use super::error::{Problem, ValueError};
use super::unpack::{as_text, parameter};
use super::{OptionReader, json, yaml};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputFormat {
    Json,
    Yaml,
}

/// The parameters of a document.
#[derive(Debug)]
pub(crate) struct InputDocument(Members);

impl OptionReader<'_> {
    /// Parses the text of `--cli-input-json` or `--cli-input-yaml`, or the file that it names.
    pub(crate) fn document(&self, text: &str, format: InputFormat) -> Result<InputDocument, ValueError> {
        let (option, problem) = match format {
            InputFormat::Json => ("--cli-input-json", Problem::JsonDocument),
            InputFormat::Yaml => ("--cli-input-yaml", Problem::YamlDocument),
        };
        let file = self.load(option, text)?;
        let text = as_text(file.unwrap_or_else(|| Datum::text(text)), option)?;
        let document = match format {
            InputFormat::Json => json::parse(&text).ok(),
            InputFormat::Yaml => yaml::parse(&text),
        };
        match document {
            Some(Datum::Map(members)) => Ok(InputDocument(members)),
            Some(other) => Err(parameter(option, Problem::NoMap(other.type_name()))),
            // This message names the option without its dashes.
            None => Err(parameter(&option[2..], problem)),
        }
    }

    /// The parameters of a document without those that options have set.
    pub(crate) fn document_params(
        &mut self,
        document: InputDocument,
        input: Option<ShapeInfo<'_>>,
        is_set: impl Fn(&str) -> bool,
    ) -> Result<Map<String, Value>, ValueError> {
        let mut params = Map::new();
        for (name, value) in document.0 {
            if !is_set(&name) {
                let shape = input.and_then(|input| input.member(&name)).map(|member| member.shape());
                let value = self.converter.convert(shape, value, &name)?;
                params.insert(name, value);
            }
        }
        Ok(params)
    }
}
