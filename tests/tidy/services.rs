//! Names of services in identifiers.

use std::collections::BTreeSet;

use crate::code::Code;
use crate::exceptions::SERVICE_NAMES;
use crate::{assert_none, unused_exceptions};

/// Names of services that have no other meaning.
const SERVICES: &[&str] = &[
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "cognito",
    "dsql",
    "dynamodb",
    "ec2",
    "ecs",
    "eks",
    "glacier",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "polly",
    "rds",
    "route53",
    "s3",
    "ses",
    "sns",
    "sqs",
    "ssm",
    "sso",
    "sts",
];

/// Names that AWS gave to things that are not services: the beginning of a path, the names, reason.
const OTHER_MEANINGS: &[(&str, &[&str], &str)] = &[
    ("bin/tucuxi/commands/demo.rs", &["sqs"], "the demo calls this service"),
    ("config/", &["sso"], "sections of AWS's config files"),
    ("config/sources.rs", &["ec2", "s3", "sts"], "settings"),
    ("credentials/", &["ec2", "ecs", "sso", "sts"], "providers, and where they get their credentials"),
    ("endpoint/functions.rs", &["s3"], "a function of endpoint rules"),
    ("features.rs", &["sso"], "providers"),
    ("lib.rs", &["dynamodb", "s3"], "public modules"),
    ("model/smithy/", &["ec2"], "a protocol, and a trait of it"),
    ("protocol/", &["ec2"], "a protocol"),
    ("transfer/settings.rs", &["s3"], "settings"),
];

/// A service's name is in identifiers of `customize`, of the AWS CLI's own commands, and of files that are named after the service.
#[test]
fn identifiers_do_not_name_services() {
    let code = Code::read();
    let (mut faults, mut used, mut meant) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let may_name = |path: &str| ["customize/", "bin/tucuxi/aws/own/"].iter().any(|folder| path.starts_with(folder));
    for file in code.files.iter().filter(|file| !may_name(&file.path)) {
        let own: BTreeSet<String> = file.module.iter().flat_map(|name| words(name)).collect();
        for at in 0..file.tokens.len() {
            let name = file.word(at);
            let Some(service) = words(name).into_iter().find(|word| SERVICES.contains(&word.as_str())) else {
                continue;
            };
            if own.contains(&service) {
                continue;
            }
            let other = OTHER_MEANINGS
                .iter()
                .position(|(path, names, _)| file.path.starts_with(path) && names.contains(&service.as_str()));
            if let Some(other) = other {
                meant.insert(other);
                continue;
            }
            match SERVICE_NAMES.iter().find(|row| **row == (file.path.as_str(), name)) {
                Some(row) => drop(used.insert(*row)),
                None => drop(faults.insert(format!("    ({:?}, {name:?}),", file.path))),
            }
        }
    }
    let mut faults: Vec<String> = faults.into_iter().collect();
    faults.extend(unused_exceptions(0..OTHER_MEANINGS.len(), &meant));
    faults.extend(unused_exceptions(SERVICE_NAMES.iter().copied(), &used));
    assert_none("only src/customize names things after services (SERVICE_NAMES)", &faults);
}

/// `s3_control`, `S3Control` -> `s3`, `control`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for char in name.chars() {
        if char == '_' || char.is_uppercase() && before.is_lowercase() || char.is_uppercase() && before.is_ascii_digit()
        {
            words.push(String::new());
        }
        if char != '_' {
            words.last_mut().unwrap().extend(char.to_lowercase());
        }
        before = char;
    }
    words
}
