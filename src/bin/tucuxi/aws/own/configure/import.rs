//! `configure import`: takes access keys from the table that the console offers for download.

use std::path::Path;
use std::process::ExitCode;

use super::edit::NewValue;
use super::new_values::{SectionUpdate, update_all};
use super::section::SectionName;
use super::{GROUP, files};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::files::warn_if_permissive;
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::output;

pub(in crate::aws::own) const IMPORT: OwnCommand = OwnCommand {
    group: GROUP,
    name: "import",
    summary: "Write access keys of a CSV file of the console into the credentials file",
    options: &[&[
        OwnOption::new("--csv", "<text>", "The table: file://keys.csv").required(),
        OwnOption::flag("--skip-invalid", "Skip rows that have no access key, instead of failing"),
        OwnOption::new("--profile-prefix", "<text>", "What the names of the profiles begin with"),
    ]],
    run,
};

/// The columns: the name of the user, the access key id and the secret key.
const COLUMNS: [&str; 3] = ["User Name", "Access Key ID", "Secret Access key"];

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let table = line.text("--csv").unwrap_or_default();
    if !table.contains('\n') && Path::new(table).exists() {
        return Err(AwsError::General(
            "You may be passing a file to import without the 'file://' prefix. To import a CSV file, use --csv \
             file://path/to/file.csv"
                .to_owned(),
        ));
    }
    let files = files()?;
    if let Some(path) = files.credentials_path() {
        warn_if_permissive(path);
    }
    let rows = rows(table, line.has("--skip-invalid")).map_err(AwsError::General)?;
    let prefix = line.text("--profile-prefix").unwrap_or_default();
    let update = |[name, id, secret]: &[String; 3]| SectionUpdate {
        section: SectionName::credentials(&format!("{prefix}{name}")),
        values: vec![
            ("aws_access_key_id".to_owned(), NewValue::Text(id.clone())),
            ("aws_secret_access_key".to_owned(), NewValue::Text(secret.clone())),
        ],
    };
    if !rows.is_empty() {
        update_all(files.credentials_path(), &rows.iter().map(update).collect::<Vec<_>>())?;
    }
    output::print(&format!("Successfully imported {} profile(s)\n", rows.len()))?;
    Ok(ExitCode::SUCCESS)
}

/// The values of the columns in each row. Errors do not quote the table.
fn rows(table: &str, skip_invalid: bool) -> Result<Vec<[String; 3]>, String> {
    if table.trim().is_empty() {
        return Err("Provided CSV contains no contents".to_owned());
    }
    let mut lines = table.lines().flat_map(|line| line.split('\r'));
    let name = |header: &str| header.trim_start_matches('\u{feff}').to_lowercase().trim().to_owned();
    let headers: Vec<String> = lines.next().unwrap_or_default().split(',').map(name).collect();
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = headers.iter().position(|header| *header == name(column));
        *place = found.ok_or_else(|| format!("Expected header \"{column}\" not found"))?;
    }
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let cells: Vec<&str> = line.split(',').collect();
        let values = places.map(|place| cells.get(place).map_or("", |cell| cell.trim()).to_owned());
        match values.iter().position(String::is_empty) {
            None => rows.push(values),
            Some(_) if skip_invalid => {}
            Some(column) => {
                let column = COLUMNS[column];
                return Err(format!("Failed to parse entry #{number}: Row missing value for header \"{column}\""));
            }
        }
    }
    Ok(rows)
}
