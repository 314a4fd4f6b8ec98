//! IoT's new certificates and keys, which can go to files: `iot create-keys-and-certificate --private-key-outfile device.key`.

use super::Customization;
use super::given::{add, text, writable};
use crate::aws::after::{SavedContent, SavedMember};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::AwsResult;
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

/// Options of files, and the members that go there.
pub(super) struct Certificates(&'static [(&'static str, &'static [&'static str])]);

pub(super) const CERTIFICATE: Certificates = Certificates(&[("certificate-pem-outfile", &["certificatePem"])]);
pub(super) const CERTIFICATE_AND_KEYS: Certificates = Certificates(&[
    ("certificate-pem-outfile", &["certificatePem"]),
    ("public-key-outfile", &["keyPair", "PublicKey"]),
    ("private-key-outfile", &["keyPair", "PrivateKey"]),
]);

impl Customization for Certificates {
    fn options(&self, table: &mut OptionTable<'_>) {
        for (option, _) in self.0 {
            add(table, option, ArgArity::One);
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        for (option, member) in self.0 {
            if let Some(file) = text(arguments, option)? {
                let file = writable(&file)?;
                request.after.files.push(SavedMember { member, file, content: SavedContent::Text });
            }
        }
        Ok(())
    }
}
