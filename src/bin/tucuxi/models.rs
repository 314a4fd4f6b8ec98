//! `tucuxi models`: imports service models.

use std::path::PathBuf;

use lexopt::{Parser, ValueExt};

use crate::error::{CliError, Result};
use crate::import::{self, ImportArgs};
use crate::options::{Options, Positionals};
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "models",
    about: "Imports models from a botocore release: `models import PATH`",
    help: "\
Imports service models from a botocore release. Writes the newest API version of each service in botocore's layout, without
documentation, compressed.

Usage: tucuxi models import PATH [OPTIONS]

PATH is a botocore wheel, its source distribution (.tar.gz), or an unpacked folder of either.

Options:
  --to FOLDER                Where to write, `data` by default. Set AWS_DATA_PATH or --model-path to it to use the models
  --services NAMES           Import only these services: folder names, separated by commas
  --keep-docs                Keep documentation, descriptions, titles and examples
",
    run,
};

fn run(mut options: Options, parser: &mut Parser) -> Result<()> {
    let mut arguments =
        ImportArgs { path: PathBuf::new(), services: Vec::new(), to: PathBuf::from("data"), keep_docs: false };
    let mut positionals = Positionals::read(parser, &mut options, |option, parser| {
        match option {
            "--to" => arguments.to = parser.value()?.into(),
            "--services" => arguments.services.extend(names(&parser.value()?.string()?)),
            "--keep-docs" => arguments.keep_docs = true,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match positionals.required("import")?.as_str() {
        "import" => {}
        other => return Err(CliError::Usage(format!("unknown command `models {other}`; there is `models import`"))),
    }
    arguments.path = positionals.required_path("PATH")?;
    positionals.end()?;
    let summary = import::run(&arguments).map_err(|error| CliError::Other(error.to_string()))?;
    output::print(&format!("{summary}\n"))
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}
