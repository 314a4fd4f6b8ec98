//! `ses send-email` with addresses and texts in options: `--from a@b.example --to c@d.example --subject Hi --text Hello`.

use serde_json::{Map, Value, json};

use super::Customization;
use super::given::{add, change, exclusive, filled, make_optional, set, texts};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::AwsResult;
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

pub(super) struct Email;

/// Options of addresses, and their members of the destination.
const ADDRESSES: &[(&str, &str)] = &[("to", "ToAddresses"), ("cc", "CcAddresses"), ("bcc", "BccAddresses")];

/// Options of the body, and its members.
const BODIES: &[(&str, &str)] = &[("text", "Text"), ("html", "Html")];

impl Customization for Email {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, "message");
        make_optional(table, "destination");
        table.rename("source", "from");
        for (option, _) in ADDRESSES {
            add(table, option, ArgArity::Some);
        }
        for option in ["subject", "text", "html"] {
            add(table, option, ArgArity::One);
        }
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        exclusive(arguments, [&["destination"], &["to", "cc", "bcc"]])?;
        exclusive(arguments, [&["message"], &["text", "html"]])
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        for (option, member) in ADDRESSES {
            let addresses = texts(arguments, option)?;
            if !addresses.is_empty() {
                change(&mut request.params, "Destination", |destination| set(destination, member, addresses));
            }
        }
        if let Some(subject) = filled(arguments, "subject")? {
            change_message(&mut request.params, |message| set(message, "Subject", json!({"Data": subject})));
        }
        for (option, member) in BODIES {
            if let Some(text) = filled(arguments, option)? {
                change_message(&mut request.params, |message| {
                    change(message, "Body", |body| set(body, member, json!({"Data": text})));
                });
            }
        }
        Ok(())
    }
}

fn change_message(params: &mut Map<String, Value>, change_it: impl FnOnce(&mut Map<String, Value>)) {
    params.entry("Message").or_insert_with(|| json!({"Subject": {}, "Body": {}}));
    change(params, "Message", change_it);
}
