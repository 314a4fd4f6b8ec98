//! CloudWatch Logs.
use crate::customize::parameters;
use crate::customize::quirk::{Quirk, Stage};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "cloudwatch-logs",
    operations: &["CreateExportTask"],
    stage: Stage::Input(|params, _| parameters::rename(params, "fromTime", "from")),
    why: "botocore's handlers.py: _add_parameter_aliases; `from` is a keyword of Python",
}];
