//! An operation or a wait, as a command line asks for it: what to call with which parameters.

use serde_json::{Map, Value};
use tucuxi::shapes::{OperationInfo, PaginationInfo};

use super::args::ArgParser;
use super::arguments::LineOptions;
use super::custom;
use super::error::{AwsError, AwsResult};
use super::globals::Globals;
use super::hidden;
use super::options::{NeededOptions, OperationOption, OptionRole, OptionTable};
use super::paging::{self, Paging};
use super::request::{CallRequest, LineRequest};
use super::service::Service;
use super::values::{self, OptionContent, ValueSettings};

/// Options of documents with parameters.
const DOCUMENTS: &[&str] = &["--cli-input-json", "--cli-input-yaml"];

const SKELETON: &str = "--generate-cli-skeleton";

/// The operation that a line names.
pub(crate) struct Target {
    pub(crate) service: Service,
    /// Its command: `send-message`, or the waiter's `instance-running`.
    pub(crate) command: String,
    pub(crate) operation: OperationInfo,
    pub(crate) pagination: Option<PaginationInfo>,
    /// The name of the waiter in the model, for a wait.
    pub(crate) waiter: Option<String>,
}

impl Target {
    /// Reads the options of an operation.
    pub(crate) fn read(&self, args: Vec<String>, globals: &Globals, values: &ValueSettings) -> AwsResult<LineRequest> {
        let mut table = self.table();
        if args == ["help"] || globals.help {
            return Ok(LineRequest::Help);
        }
        let typed_names = table.typed_names();
        hidden::warn(&table, globals);
        let needed = match table.find("cli-input-json") {
            Some(_) => needed_options(&args),
            None => NeededOptions::Required,
        };
        let rules = table.rules(&typed_names, needed);
        let help = rules.len().saturating_sub(1);
        let mut parsed = ArgParser::new(rules).parse_known(args)?;
        if let Some(word) = parsed.last(help).and_then(|words| words.first().cloned()) {
            if word == "help" {
                return Ok(LineRequest::Help);
            }
            // An empty word counts as none, as in the AWS CLI.
            parsed.rest.extend(Some(word).filter(|word| !word.is_empty()));
        }
        if !parsed.rest.is_empty() {
            return Err(AwsError::UnknownOptions(parsed.rest));
        }
        let mut paginate = globals.paginate;
        if let Some(pagination) = &self.pagination {
            let arguments = LineOptions::new(&table, values, parsed.clone());
            paginate &= self.customizations().all(|customization| customization.pages(&arguments));
            paginate = paging::is_on(pagination, &arguments, paginate)?;
            if !paginate {
                table.restore_shadowed();
            }
        }
        let arguments = LineOptions::new(&table, values, parsed);
        self.request(&arguments, paginate)
    }

    /// The options of the operation, with those of its customizations.
    pub(crate) fn table(&self) -> OptionTable<'_> {
        let mut table = OptionTable::of_members(self.service_command(), &self.command, &self.operation);
        for customization in self.customizations() {
            customization.options(&mut table);
        }
        table.add_general(self.pagination.as_ref());
        table
    }

    fn service_command(&self) -> &str {
        if self.waiter.is_some() { "wait" } else { &self.service.command }
    }

    /// The customizations of the operation; a wait has none.
    pub(crate) fn customizations(&self) -> impl Iterator<Item = &'static dyn custom::Customization> {
        custom::of(self.service_command(), &self.command)
    }

    fn request(&self, arguments: &LineOptions<'_, '_>, paginate: bool) -> AwsResult<LineRequest> {
        for customization in self.customizations() {
            customization.check(arguments)?;
        }
        let mut request = CallRequest::default();
        let mut paging = Paging::default();
        for option in &arguments.table.options {
            self.take(option, arguments, &mut request, &mut paging)?;
        }
        for customization in self.customizations() {
            customization.params(arguments, &mut request)?;
        }
        arguments.values.add_document(arguments, self.operation.input(), &mut request.params)?;
        if let Some(kind) = arguments.get("generate-cli-skeleton") {
            let kind = kind.first().map_or("input", String::as_str);
            return Ok(LineRequest::Skeleton(kind.to_owned()));
        }
        // A wait has the options of its operation, but no pages.
        let paginate = paginate && self.waiter.is_none();
        request.paging = paging.finish(self.pagination.as_ref(), paginate, &mut request.params)?;
        for customization in self.customizations() {
            customization.paging(&mut request);
        }
        Ok(LineRequest::Call(Box::new(request)))
    }

    fn take(
        &self,
        option: &OperationOption<'_>,
        arguments: &LineOptions<'_, '_>,
        request: &mut CallRequest,
        paging: &mut Paging,
    ) -> AwsResult<()> {
        let values = arguments.get(&option.name);
        let name = option.typed_name();
        match (option.role, values) {
            (OptionRole::Flag(member, true), _) => {
                if let Some(value) = arguments.last_flag(member.name()) {
                    request.params.insert(member.name().to_owned(), Value::Bool(value));
                }
            }
            (_, None) | (OptionRole::Flag(..) | OptionRole::Input | OptionRole::Skeleton | OptionRole::Custom, _) => {}
            (OptionRole::Member(member), Some(values)) => match arguments.values.member(&name, member, values)? {
                OptionContent::Value(value) => drop(request.params.insert(member.name().to_owned(), value)),
                OptionContent::File(path) => request.body = Some((member.name().to_owned(), path)),
            },
            (OptionRole::WrappedFlag(member, value), Some([])) => {
                let wrapped = Map::from_iter([("Value".to_owned(), Value::Bool(value))]);
                request.params.insert(member.name().to_owned(), Value::Object(wrapped));
            }
            (OptionRole::WrappedFlag(member, _), Some(values)) => {
                if let OptionContent::Value(value) = arguments.values.member(&name, member, values)? {
                    request.params.insert(member.name().to_owned(), value);
                }
            }
            (OptionRole::OutFile, Some(values)) => request.outfile = values.first().cloned(),
            (OptionRole::StartingToken | OptionRole::PageSize | OptionRole::MaxItems, Some(values)) => {
                let word = values.first().map_or("", String::as_str);
                paging.set(option.role, &values::text(&name, word)?, option.value)?;
            }
        }
        Ok(())
    }
}

/// A document with parameters or a skeleton makes options optional, if it stands as a word of its own.
fn needed_options(args: &[String]) -> NeededOptions {
    let is_output = args.windows(2).any(|pair| pair[0] == SKELETON && pair[1] == "output");
    match args.iter().any(|arg| arg == SKELETON) {
        _ if is_output => NeededOptions::Required,
        true => NeededOptions::None,
        false if args.iter().any(|arg| DOCUMENTS.contains(&arg.as_str())) => NeededOptions::OutFile,
        false => NeededOptions::Required,
    }
}
