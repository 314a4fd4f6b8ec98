//! An operation or a wait, as a command line asks for it: what to call with which parameters.

use serde_json::{Map, Value};
use tucuxi::shapes::{OperationInfo, PaginationInfo};

use super::args::ArgParser;
use super::arguments::LineOptions;
use super::custom;
use super::error::{AwsError, AwsResult};
use super::globals::Globals;
use super::options::{OperationOption, OptionRole, OptionTable};
use super::paging::{self, Paging};
use super::request::{CallRequest, LineRequest};
use super::service::Service;
use super::values::{OptionContent, ValueSettings};

/// Options whose presence on the line makes every other option optional.
const OVERRIDES: &[&str] = &["--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton"];

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
    pub(crate) fn read(
        &self,
        args: Vec<String>,
        globals: &Globals,
        settings: &ValueSettings,
    ) -> AwsResult<LineRequest> {
        let mut table = self.table();
        if args == ["help"] || globals.help {
            return Ok(LineRequest::Help);
        }
        let typed_names = table.typed_names();
        let takes_document = table.find("cli-input-json").is_some();
        let rules = table.rules(&typed_names, !(takes_document && overrides_required(&args)));
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
            let arguments = LineOptions::new(&table, parsed.clone());
            paginate &= self.customizations().all(|customization| customization.pages(&arguments));
            paginate = paging::is_on(pagination, &arguments, paginate)?;
            if !paginate {
                table.restore_shadowed();
            }
        }
        let arguments = LineOptions::new(&table, parsed);
        self.request(&arguments, paginate, settings)
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

    fn request(
        &self,
        arguments: &LineOptions<'_, '_>,
        paginate: bool,
        settings: &ValueSettings,
    ) -> AwsResult<LineRequest> {
        for customization in self.customizations() {
            customization.check(arguments)?;
        }
        let mut request = CallRequest::default();
        let mut paging = Paging::default();
        for option in &arguments.table.options {
            self.take(option, arguments, settings, &mut request, &mut paging)?;
        }
        for customization in self.customizations() {
            customization.params(arguments, settings, &mut request)?;
        }
        if let Some(kind) = arguments.get("generate-cli-skeleton") {
            let kind = kind.first().map_or("input", String::as_str);
            return Ok(LineRequest::Skeleton(kind.to_owned()));
        }
        settings.add_document(arguments, self.operation.input(), &mut request.params)?;
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
        settings: &ValueSettings,
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
            (OptionRole::Member(member), Some(values)) => match settings.member(&name, member, values)? {
                OptionContent::Value(value) => drop(request.params.insert(member.name().to_owned(), value)),
                OptionContent::File(path) => request.body = Some((member.name().to_owned(), path)),
            },
            (OptionRole::WrappedFlag(member, value), Some([])) => {
                let wrapped = Map::from_iter([("Value".to_owned(), Value::Bool(value))]);
                request.params.insert(member.name().to_owned(), Value::Object(wrapped));
            }
            (OptionRole::WrappedFlag(member, _), Some(values)) => {
                if let OptionContent::Value(value) = settings.member(&name, member, values)? {
                    request.params.insert(member.name().to_owned(), value);
                }
            }
            (OptionRole::OutFile, Some(values)) => request.outfile = values.first().cloned(),
            (OptionRole::StartingToken | OptionRole::PageSize | OptionRole::MaxItems, Some(values)) => {
                paging.set(option.role, values.first().map_or("", String::as_str), option.value)?;
            }
        }
        Ok(())
    }
}

/// A document with parameters or a skeleton makes all options optional, if it stands as a word of its own.
fn overrides_required(args: &[String]) -> bool {
    let is_output = args.windows(2).any(|pair| pair[0] == "--generate-cli-skeleton" && pair[1] == "output");
    args.iter().any(|arg| OVERRIDES.contains(&arg.as_str())) && !is_output
}
