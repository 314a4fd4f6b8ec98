//! EC2's structures with one boolean `Value` as a pair of flags: `--ebs-optimized`, `--no-ebs-optimized`,
//! `--ebs-optimized Value=false`.

use tucuxi::shapes::{MemberInfo, ShapeType};

use super::Customization;
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::{OperationOption, OptionRole, OptionTable};

pub(super) struct WrappedFlags;

impl Customization for WrappedFlags {
    fn options(&self, table: &mut OptionTable<'_>) {
        let wrapped: Vec<_> = table
            .options
            .iter()
            .filter_map(|option| match option.role {
                OptionRole::Member(member) if is_wrapped(member) => Some((option.name.clone(), member)),
                _ => None,
            })
            .collect();
        for (name, member) in wrapped {
            let negative = format!("no-{name}");
            table.put(OperationOption::new(name, ArgArity::Optional, OptionRole::WrappedFlag(member, true)));
            table.put(OperationOption::new(negative, ArgArity::Flag, OptionRole::WrappedFlag(member, false)));
        }
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        for option in &arguments.table.options {
            let negative = format!("no-{}", option.name);
            if matches!(option.role, OptionRole::WrappedFlag(_, true))
                && arguments.has(&option.name)
                && arguments.has(&negative)
            {
                let message =
                    format!("Cannot specify both the \"--{}\" option and the \"--{negative}\" option.", option.name);
                return Err(AwsError::Validation(message));
            }
        }
        Ok(())
    }
}

fn is_wrapped(member: MemberInfo<'_>) -> bool {
    let shape = member.shape();
    let mut members = shape.members();
    members.len() == 1
        && members.next().is_some_and(|only| only.name() == "Value" && only.shape().shape_type() == ShapeType::Boolean)
}
