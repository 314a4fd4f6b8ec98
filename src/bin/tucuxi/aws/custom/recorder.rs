//! `configservice put-configuration-recorder --recording-group ..`: a member of the recorder as an option of its own.

use super::Customization;
use super::given::{add, change, set, value};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::AwsResult;
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

pub(super) struct RecordingGroup;

const OPTION: &str = "recording-group";
const PARENT: &str = "ConfigurationRecorder";
const MEMBER: &str = "recordingGroup";

impl Customization for RecordingGroup {
    fn options(&self, table: &mut OptionTable<'_>) {
        add(table, OPTION, ArgArity::One);
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let recorder = arguments.table.operation.input().and_then(|input| input.member(PARENT));
        let Some(member) = recorder.and_then(|recorder| recorder.shape().member(MEMBER)) else { return Ok(()) };
        if let Some(group) = value(arguments, OPTION, member)? {
            change(&mut request.params, PARENT, |recorder| set(recorder, MEMBER, group));
        }
        Ok(())
    }
}
