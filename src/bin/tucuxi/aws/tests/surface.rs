//! The options of all operations and waiters of all services.

use std::collections::BTreeSet;

use tucuxi::shapes::kebab_name;

use super::{session, target};
use crate::aws::levels::named_service;
use crate::aws::{WAIT, globals, service};

/// Options that cannot be used, because a global option has their name. The AWS CLI has them too.
const UNREACHABLE: &[&str] =
    &["sagemaker wait image-version-created --version", "sagemaker wait image-version-deleted --version"];

/// No option of an operation may have the name of a global option or begin it: the global option would take it. Names are unique.
#[test]
fn options_can_be_used() {
    let session = session();
    let globals: Vec<&str> = globals::rules().iter().map(|rule| rule.name).collect();
    let mut faults = BTreeSet::new();
    let mut count = 0_usize;
    for command in service::commands(&session) {
        for words in lines(&session, &command) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let target = target(&session, &words);
            let table = target.table();
            let mut names = BTreeSet::new();
            for option in &table.options {
                count += 1;
                let name = option.typed_name();
                if globals.iter().any(|global| global.starts_with(&name)) || !names.insert(name.clone()) {
                    faults.insert(format!("{} {name}", words.join(" ")));
                }
            }
        }
    }
    let known = UNREACHABLE.iter().map(|line| (*line).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(faults, known);
    assert!(count > 130_000, "{count} options");
}

/// The words of all operations and waiters of a service.
fn lines(session: &tucuxi::Session, command: &str) -> Vec<Vec<String>> {
    let service = named_service(session, command).unwrap_or_else(|error| panic!("{}", error.message(None))).unwrap();
    let operations = service.operation_commands();
    let unique: BTreeSet<&String> = operations.iter().collect();
    assert_eq!(unique.len(), operations.len(), "{command}: operations with the same name");
    let words = |middle: Option<&str>, name: String| {
        let middle = middle.map(str::to_owned);
        [command.to_owned()].into_iter().chain(middle).chain([name]).collect::<Vec<String>>()
    };
    let waiters = service.info.waiters().unwrap_or_default();
    let waits: Vec<Vec<String>> = waiters.iter().map(|(name, _)| words(Some(WAIT), kebab_name(name))).collect();
    operations.into_iter().map(|name| words(None, name)).chain(waits).collect()
}
