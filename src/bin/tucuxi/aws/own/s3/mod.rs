//! The `s3` commands of the AWS CLI.

mod buckets;
mod ls;
mod paths;
mod presign;
mod size;
mod time;
mod website;

pub(super) use buckets::{MB, RB};
pub(super) use ls::LS;
pub(super) use presign::PRESIGN;
pub(super) use website::WEBSITE;
