//! Commands for stacks.

mod change_set;
mod deploy;
mod parameters;
mod template;
mod upload;

pub(super) use deploy::DEPLOY;
