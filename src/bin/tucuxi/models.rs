//! `tucuxi models`: works with service models.

use std::path::PathBuf;

use lexopt::{Parser, ValueExt};

use crate::failure::{Failure, Result};
use crate::import::{self, ImportArgs};
use crate::options::{Options, Words};
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "models",
    about: "Takes models out of a botocore release: `models import PATH`",
    help: "\
Takes service models out of a botocore release, and writes them in botocore's own layout: the newest API version of each
service, without prose, compressed.

Usage: tucuxi models import PATH [OPTIONS]

PATH is a botocore wheel, its source distribution (.tar.gz), or an unpacked folder of either.

Options:
  --to FOLDER                Where to write, `data` by default. Name it in AWS_DATA_PATH or in --model-path to use the models
  --services NAMES           Only these services: names of folders, separated by commas
  --keep-docs                Keep documentation, descriptions, titles and examples
",
    run,
};

fn run(mut options: Options, parser: &mut Parser) -> Result<()> {
    let mut arguments =
        ImportArgs { path: PathBuf::new(), services: Vec::new(), to: PathBuf::from("data"), keep_docs: false };
    let mut words = Words::read(parser, &mut options, |option, parser| {
        match option {
            "--to" => arguments.to = parser.value()?.into(),
            "--services" => arguments.services.extend(names(&parser.value()?.string()?)),
            "--keep-docs" => arguments.keep_docs = true,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match words.required("import")?.as_str() {
        "import" => {}
        other => return Err(Failure::Usage(format!("unknown command `models {other}`; there is `models import`"))),
    }
    arguments.path = words.required_path("PATH")?;
    words.end()?;
    let summary = import::run(&arguments).map_err(|error| Failure::Other(error.to_string()))?;
    output::print(&format!("{summary}\n"))
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}
