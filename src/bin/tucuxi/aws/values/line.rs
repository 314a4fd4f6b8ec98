//! [`ValueSettings`]: the values of one command line, with the errors of command lines.

use std::cell::RefCell;
use std::path::PathBuf;

use serde_json::{Map, Value};
use tucuxi::shapes::{MemberInfo, ShapeInfo};

use super::datum::Datum;
use super::paramfile::body_path;
use super::unpack::as_text;
use super::{BinaryFormat, InputFormat, OptionReader, OptionValue, ThisMachine, ValueError, ValueOption};
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};

/// Reads the values of the options of one operation.
pub(crate) struct ValueSettings {
    /// The commands of the service and the operation.
    service: String,
    operation: String,
    reader: RefCell<OptionReader<'static>>,
}

/// The value of an option.
pub(crate) enum OptionContent {
    Value(Value),
    /// The file with a streaming payload.
    File(PathBuf),
}

impl ValueSettings {
    pub(crate) fn new(service: &str, operation: &str, format: BinaryFormat) -> Self {
        let reader = RefCell::new(OptionReader::new(format, &ThisMachine));
        ValueSettings { service: service.to_owned(), operation: operation.to_owned(), reader }
    }

    /// The error of the first blob that is not base64, which the AWS CLI finds when it makes the call.
    pub(crate) fn refused_blob(self) -> Option<AwsError> {
        self.reader.into_inner().refused_blob().map(AwsError::from)
    }

    /// The value of an option that is a member, or is within one.
    pub(crate) fn member(&self, option: &str, member: MemberInfo<'_>, words: &[String]) -> AwsResult<OptionContent> {
        let name = option.trim_start_matches('-');
        let option = ValueOption { service: &self.service, operation: &self.operation, name, member };
        Ok(match self.reader.borrow_mut().option(&option, words)? {
            OptionValue::Parameter(value) => OptionContent::Value(value),
            OptionValue::BodyFile(path) => OptionContent::File(path),
        })
    }

    /// Adds the parameters of a document, unless options have set them.
    pub(crate) fn add_document(
        &self,
        arguments: &LineOptions<'_, '_>,
        input: Option<ShapeInfo<'_>>,
        params: &mut Map<String, Value>,
    ) -> AwsResult<()> {
        let (text, format) = match (arguments.text("cli-input-json"), arguments.text("cli-input-yaml")) {
            (Some(_), Some(_)) => {
                let message = "Only one --cli-input- parameter may be specified.";
                return Err(AwsError::Validation(message.to_owned()));
            }
            (Some(text), None) => (text, InputFormat::Json),
            (None, Some(text)) => (text, InputFormat::Yaml),
            (None, None) => return Ok(()),
        };
        let document = self.reader.borrow().document(text, format)?;
        let added = self.reader.borrow_mut().document_params(document, input, |name| params.contains_key(name))?;
        params.extend(added);
        Ok(())
    }
}

/// The text of an option that is no member, or of the file that it names.
pub(crate) fn text(option: &str, word: &str) -> AwsResult<String> {
    match OptionReader::new(BinaryFormat::Base64, &ThisMachine).load(option, word)? {
        Some(contents) => Ok(as_text(contents, option)?),
        None => Ok(word.to_owned()),
    }
}

/// The bytes of an option that is no member, or of the file that it names.
pub(crate) fn bytes(option: &str, word: &str) -> AwsResult<Vec<u8>> {
    Ok(match OptionReader::new(BinaryFormat::Base64, &ThisMachine).load(option, word)? {
        Some(Datum::Bytes(bytes)) => bytes,
        Some(contents) => as_text(contents, option)?.into_bytes(),
        None => word.as_bytes().to_vec(),
    })
}

/// A path with the home folder and variables expanded.
pub(crate) fn path(text: &str) -> String {
    body_path(text, &ThisMachine)
}

impl From<ValueError> for AwsError {
    fn from(error: ValueError) -> Self {
        let text = error.to_string();
        match error.exit_code() {
            252 if error.is_usage() => AwsError::usage(&text),
            252 => AwsError::Validation(text),
            _ => AwsError::General(text),
        }
    }
}
