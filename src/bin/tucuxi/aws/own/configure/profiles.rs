//! `configure list-profiles`: prints the names of all profiles.

use std::process::ExitCode;

use super::{GROUP, files};
use crate::aws::own::OwnCommand;
use crate::output;

pub(in crate::aws::own) const LIST_PROFILES: OwnCommand = OwnCommand {
    group: GROUP,
    name: "list-profiles",
    summary: "Print the names of all profiles",
    options: &[],
    run: |_| {
        let names: String = files()?.profile_names().iter().map(|name| format!("{name}\n")).collect();
        output::print(&names)?;
        Ok(ExitCode::SUCCESS)
    },
};
