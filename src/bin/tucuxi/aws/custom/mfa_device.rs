//! `iam create-virtual-mfa-device --outfile code.png --bootstrap-method QRCodePNG`: the secret of a new device goes to a file.

use super::Customization;
use super::given::{add, text, writable};
use crate::aws::after::{SavedContent, SavedMember};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::AwsResult;
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

pub(super) struct MfaDevice;

const METHODS: &[&str] = &["QRCodePNG", "Base32StringSeed"];
const MEMBERS: &[&[&str]] = &[&["VirtualMFADevice", "QRCodePNG"], &["VirtualMFADevice", "Base32StringSeed"]];

impl Customization for MfaDevice {
    fn options(&self, table: &mut OptionTable<'_>) {
        for name in ["outfile", "bootstrap-method"] {
            add(table, name, ArgArity::One);
            if let Some(option) = table.find_mut(name) {
                option.required = true;
            }
        }
        if let Some(option) = table.find_mut("bootstrap-method") {
            option.choices = METHODS;
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let Some(file) = text(arguments, "outfile")? else { return Ok(()) };
        let method = arguments.text("bootstrap-method");
        if let Some(member) = MEMBERS.iter().find(|path| path.last().copied() == method) {
            let file = writable(&file)?;
            request.after.files.push(SavedMember { member, file, content: SavedContent::Bytes });
            request.after.dropped = MEMBERS;
        }
        Ok(())
    }
}
