//! `s3api select-object-content .. FILE`: the records that the response's events carry go to a file.

use std::fs::File;
use std::io::Write as _;

use serde_json::Value;

use super::Customization;
use crate::aws::args::ArgArity;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::{OperationOption, OptionRole, OptionTable};
use crate::error::CliError;

pub(super) struct RecordsFile;

impl Customization for RecordsFile {
    fn options(&self, table: &mut OptionTable<'_>) {
        let file = OperationOption::new("outfile", ArgArity::One, OptionRole::OutFile);
        table.put(OperationOption { required: true, ..file });
    }
}

/// Writes the bytes of all records to a file, which is created for the first event.
pub(crate) fn write_records(events: impl Iterator<Item = tucuxi::Result<Value>>, file: &str) -> AwsResult<()> {
    let failed = |error| AwsError::Program(CliError::Io(file.to_owned(), error));
    let mut open = File::create(file).map_err(failed)?;
    for event in events {
        let event = event.map_err(AwsError::library)?;
        if let Some(payload) = event.pointer("/Records/Payload") {
            open.write_all(&tucuxi::bytes(payload).map_err(AwsError::library)?).map_err(failed)?;
        }
    }
    Ok(())
}
