//! `ec2 get-password-data --priv-launch-key key.pem`: the password of a Windows instance in clear text.

use std::path::PathBuf;

use super::Customization;
use super::given::{add, filled};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;
use crate::aws::values;

pub(super) struct LaunchKey;

const OPTION: &str = "priv-launch-key";

impl Customization for LaunchKey {
    fn options(&self, table: &mut OptionTable<'_>) {
        add(table, OPTION, ArgArity::One);
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let Some(text) = filled(arguments, OPTION)? else { return Ok(()) };
        let path = PathBuf::from(values::path(&text));
        if !path.is_file() {
            return Err(AwsError::General(
                "priv-launch-key should be a path to the local SSH private key file used to launch the instance."
                    .to_owned(),
            ));
        }
        request.after.launch_key = Some(path);
        Ok(())
    }
}
