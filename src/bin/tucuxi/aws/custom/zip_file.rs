//! Lambda's `--zip-file fileb://function.zip`, whose content is a member of `Code` or `Content`, or a parameter itself.

use std::io::Cursor;

use serde_json::Value;
use tucuxi::shapes::MemberInfo;

use super::Customization;
use super::given::{add, change, make_optional, set, text, value};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

pub(super) struct ZipFile {
    /// The parameter with the content in it.
    pub(super) parent: Option<&'static str>,
}

const OPTION: &str = "zip-file";
const MEMBER: &str = "ZipFile";

impl Customization for ZipFile {
    fn options(&self, table: &mut OptionTable<'_>) {
        if let Some(parent) = self.parent {
            make_optional(table, &parent.to_ascii_lowercase());
        }
        add(table, OPTION, ArgArity::One);
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        if let Some(parent) = self.parent
            && request.params.get(parent).is_some_and(|given| given.get(MEMBER).is_some())
        {
            return Err(AwsError::Validation(format!(
                "ZipFile cannot be provided as part of the --{} argument.  Please use the '--zip-file' option instead to \
                 specify a zip file.",
                parent.to_ascii_lowercase()
            )));
        }
        let Some(word) = arguments.text(OPTION) else { return Ok(()) };
        if !word.starts_with("fileb://") {
            text(arguments, OPTION)?;
            return Err(not_a_zip_file());
        }
        let Some(member) = self.member(arguments) else { return Ok(()) };
        let Some(content) = value(arguments, OPTION, member)? else { return Ok(()) };
        if !is_zip_file(&content) {
            return Err(not_a_zip_file());
        }
        match self.parent {
            Some(parent) => change(&mut request.params, parent, |parent| set(parent, MEMBER, content)),
            None => set(&mut request.params, MEMBER, content),
        }
        Ok(())
    }
}

impl ZipFile {
    fn member<'m>(&self, arguments: &LineOptions<'_, 'm>) -> Option<MemberInfo<'m>> {
        let input = arguments.table.operation.input()?;
        match self.parent {
            Some(parent) => input.member(parent)?.shape().member(MEMBER),
            None => input.member(MEMBER),
        }
    }
}

fn is_zip_file(content: &Value) -> bool {
    tucuxi::bytes(content).is_ok_and(|bytes| zip::ZipArchive::new(Cursor::new(bytes)).is_ok())
}

fn not_a_zip_file() -> AwsError {
    AwsError::Validation(
        "--zip-file must be a zip file with the fileb:// prefix.\nExample usage:  --zip-file fileb://path/to/file.zip"
            .to_owned(),
    )
}
