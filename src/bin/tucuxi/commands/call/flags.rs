//! The options of `tucuxi call`.

use tucuxi::JmesPath;

use super::CallArguments;
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, ValueKind};

const LISTINGS: &str = "Listings";

/// In the order of the help.
pub(super) const FLAGS: &[&dyn Flag<CallArguments>] = &[
    &BodyFlag,
    &OutputFileFlag,
    &DryRunFlag,
    &QueryFlag,
    &PaginateFlag,
    &MaxItemsFlag,
    &PageSizeFlag,
    &StartingTokenFlag,
];

struct BodyFlag;

impl Flag<CallArguments> for BodyFlag {
    fn long(&self) -> &'static str {
        "body"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("FILE|-", ValueKind::File))
    }

    fn summary(&self) -> &'static str {
        "The blob payload of the request: a file, or standard input"
    }

    fn help(&self) -> &'static str {
        "The blob payload of the request: a file, or standard input. A pipe is copied to a temporary file if the service needs its length or hash first"
    }

    fn update(&self, value: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.body = Some(value.path());
        Ok(())
    }
}

struct OutputFileFlag;

impl Flag<CallArguments> for OutputFileFlag {
    fn long(&self) -> &'static str {
        "output-file"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("FILE|-", ValueKind::File))
    }

    fn summary(&self) -> &'static str {
        "Write the blob payload of the response unchanged"
    }

    fn help(&self) -> &'static str {
        "Write the blob payload of the response unchanged: to a file, with the other output as JSON on standard output; or to standard output, and nothing else. Without this option the payload is base64 text in the JSON"
    }

    fn update(&self, value: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.output_file = Some(value.path());
        Ok(())
    }
}

struct DryRunFlag;

impl Flag<CallArguments> for DryRunFlag {
    fn long(&self) -> &'static str {
        "dry-run"
    }

    fn summary(&self) -> &'static str {
        "Print the signed request with its secrets masked, and send nothing"
    }

    fn update(&self, _: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.dry_run = true;
        Ok(())
    }
}

struct QueryFlag;

impl Flag<CallArguments> for QueryFlag {
    fn long(&self) -> &'static str {
        "query"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("JMESPATH", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "Print the result of the expression for the output"
    }

    fn update(&self, value: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.query = Some(JmesPath::parse(&value.text()?)?);
        Ok(())
    }
}

struct PaginateFlag;

impl Flag<CallArguments> for PaginateFlag {
    fn long(&self) -> &'static str {
        "paginate"
    }

    fn summary(&self) -> &'static str {
        "Get all pages, and print them as one output"
    }

    fn heading(&self) -> Option<&'static str> {
        Some(LISTINGS)
    }

    fn update(&self, _: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.listing.paginate = true;
        Ok(())
    }
}

struct MaxItemsFlag;

impl Flag<CallArguments> for MaxItemsFlag {
    fn long(&self) -> &'static str {
        "max-items"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("COUNT", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "Stop after COUNT items"
    }

    fn help(&self) -> &'static str {
        "Stop after COUNT items (with --paginate or without); `NextToken` in the output is the value for --starting-token"
    }

    fn heading(&self) -> Option<&'static str> {
        Some(LISTINGS)
    }

    fn update(&self, value: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.listing.max_items = Some(value.whole_number()?);
        Ok(())
    }
}

struct PageSizeFlag;

impl Flag<CallArguments> for PageSizeFlag {
    fn long(&self) -> &'static str {
        "page-size"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("COUNT", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "Ask the service for COUNT items per page"
    }

    fn heading(&self) -> Option<&'static str> {
        Some(LISTINGS)
    }

    fn update(&self, value: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.listing.page_size = Some(value.whole_number()?);
        Ok(())
    }
}

struct StartingTokenFlag;

impl Flag<CallArguments> for StartingTokenFlag {
    fn long(&self) -> &'static str {
        "starting-token"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("TOKEN", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "Continue a listing of this program, boto3 or the AWS CLI"
    }

    fn heading(&self) -> Option<&'static str> {
        Some(LISTINGS)
    }

    fn update(&self, value: FlagValue, arguments: &mut CallArguments) -> CliResult<()> {
        arguments.listing.starting_token = Some(value.text()?);
        Ok(())
    }
}
