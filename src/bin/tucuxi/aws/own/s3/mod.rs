//! The `s3` commands of the AWS CLI.

mod paths;
