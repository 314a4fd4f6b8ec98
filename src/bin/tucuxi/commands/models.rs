//! `tucuxi models`: imports service models.

use std::path::PathBuf;

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, Positional, ValueKind};
use crate::import::{self, ImportArgs};
use crate::output;

pub(crate) struct ModelsCommand;

impl Command for ModelsCommand {
    type Arguments = ModelsArguments;

    fn name(&self) -> &'static str {
        "models"
    }

    fn summary(&self) -> &'static str {
        "Imports models from a botocore release: `models import PATH`"
    }

    fn description(&self) -> &'static str {
        "Imports service models from a botocore release, and definitions of resources from a boto3 release. Writes the newest API version of each service in botocore's layout, without \
         documentation, compressed."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        const {
            &[
                Positional::required("import", ValueKind::OneOf(&["import"])),
                Positional::required("PATH", ValueKind::File),
            ]
        }
    }

    fn flags(&self) -> &'static [&'static dyn Flag<ModelsArguments>] {
        &[&ToFlag, &ServiceNamesFlag, &KeepDocsFlag]
    }

    fn run(&self, Invocation { arguments, mut positionals, .. }: Invocation<ModelsArguments>) -> CliResult<()> {
        positionals.text()?;
        let summary = import::run(&ImportArgs {
            path: positionals.path(),
            services: arguments.services,
            to: arguments.to.unwrap_or_else(|| PathBuf::from("data")),
            keep_docs: arguments.keep_docs,
        })?;
        output::print(&format!("{summary}\n"))
    }
}

const NOTES: &str = "PATH is a wheel of botocore or boto3, its source distribution (.tar.gz), or an unpacked folder of either. boto3 has the \
    definitions of resources.";

/// The options of the command.
#[derive(Default)]
pub(crate) struct ModelsArguments {
    to: Option<PathBuf>,
    services: Vec<String>,
    keep_docs: bool,
}

struct ToFlag;

impl Flag<ModelsArguments> for ToFlag {
    fn long(&self) -> &'static str {
        "to"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("FOLDER", ValueKind::Folder))
    }

    fn summary(&self) -> &'static str {
        "Where to write, `data` by default"
    }

    fn help(&self) -> &'static str {
        "Where to write, `data` by default. Set AWS_DATA_PATH or --model-path to it to use the models"
    }

    fn update(&self, value: FlagValue, arguments: &mut ModelsArguments) -> CliResult<()> {
        arguments.to = Some(value.path());
        Ok(())
    }
}

struct ServiceNamesFlag;

impl Flag<ModelsArguments> for ServiceNamesFlag {
    fn long(&self) -> &'static str {
        "services"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("NAMES", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "Import only these services"
    }

    fn help(&self) -> &'static str {
        "Import only these services: folder names, separated by commas"
    }

    fn update(&self, value: FlagValue, arguments: &mut ModelsArguments) -> CliResult<()> {
        let list = value.text()?;
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        arguments.services.extend(names.map(str::to_owned));
        Ok(())
    }
}

struct KeepDocsFlag;

impl Flag<ModelsArguments> for KeepDocsFlag {
    fn long(&self) -> &'static str {
        "keep-docs"
    }

    fn summary(&self) -> &'static str {
        "Keep documentation, descriptions, titles and examples"
    }

    fn update(&self, _: FlagValue, arguments: &mut ModelsArguments) -> CliResult<()> {
        arguments.keep_docs = true;
        Ok(())
    }
}
