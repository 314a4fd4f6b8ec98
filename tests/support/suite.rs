//! Suites of named tests: the cases of data files, and functions.
//!
//! ```ignore
//! pub(crate) fn suite() -> Suite {
//!     Suite::new("quirks").at_least(400).files("quirks", run).tests(&tests![every_botocore_handler_is_covered])
//! }
//! ```
//!
//! Each case has the name `SUITE::FILE::CASE`, so it can be run alone:
//!
//! ```text
//! cargo test --test cases -- --exact 'quirks::signing::health in eu-west-1'
//! ```
//!
//! Names are unique: the test `SUITE::cases_are_complete` reports duplicate names and missing cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The result of a test: nothing, if the test panics on a failure, or a message.
pub(crate) trait Outcome {
    fn into_result(self) -> Result<(), String>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl Outcome for Result<(), String> {
    fn into_result(self) -> Result<(), String> {
        self
    }
}

/// A function and its name, from [`tests!`].
pub(crate) type Test = (&'static str, fn());

/// Functions without parameters as tests. A function that is missing from every list is dead code, which is an error.
macro_rules! tests {
    ($($(#[$attribute:meta])* $path:path),* $(,)?) => {
        [$($(#[$attribute])* (stringify!($path), $path as fn())),*]
    };
}
pub(crate) use tests;

pub(crate) struct Suite {
    name: &'static str,
    /// The minimum number of cases, so that data files cannot go missing.
    at_least: usize,
    cases: usize,
    names: BTreeSet<String>,
    duplicates: Vec<String>,
    trials: Vec<Trial>,
    /// Why the tests that follow cannot run here.
    absent: Option<&'static str>,
}

impl Suite {
    pub(crate) fn new(name: &'static str) -> Suite {
        Suite {
            name,
            at_least: 0,
            cases: 0,
            names: BTreeSet::new(),
            duplicates: Vec::new(),
            trials: Vec::new(),
            absent: None,
        }
    }

    /// Sets the minimum number of cases.
    pub(crate) fn at_least(mut self, count: usize) -> Suite {
        self.at_least = count;
        self
    }

    /// Ignores the tests that are added after this call, with this reason, unless what they need is present.
    pub(crate) fn needs(mut self, is_present: bool, reason: &'static str) -> Suite {
        if !is_present {
            self.absent = Some(reason);
        }
        self
    }

    /// Ignores the tests that are added after this call if the models of AWS's services are not built in.
    pub(crate) fn needs_models(self) -> Suite {
        self.needs(cfg!(feature = "bundled-models"), "needs the feature bundled-models")
    }

    /// Adds functions.
    pub(crate) fn tests(mut self, tests: &[Test]) -> Suite {
        for (name, test) in tests {
            let test = *test;
            // The modules of a path are separated as the parts of a test's name are.
            self.add(format!("{}::{}", self.name, name.replace(' ', "")), move || {
                test();
                Ok(())
            });
        }
        self
    }

    /// Adds functions that run only on request.
    pub(crate) fn ignored_tests(mut self, tests: &[Test]) -> Suite {
        let begin = self.trials.len();
        self = self.tests(tests);
        let ignored = self.trials.split_off(begin).into_iter().map(|trial| trial.with_ignored_flag(true));
        self.trials.extend(ignored);
        self
    }

    /// Adds the cases of each file of a folder in `tests/data`.
    pub(crate) fn files<T, O>(mut self, folder: &str, run: fn(&T) -> O) -> Suite
    where
        T: DeserializeOwned + 'static,
        O: Outcome + 'static,
    {
        for file in json_files(folder) {
            self = self.cases(&file, run);
        }
        self
    }

    /// Adds the cases of a file in `tests/data`, a list of objects with a `name`.
    ///
    /// A case that cannot be deserialized fails alone.
    pub(crate) fn cases<T, O>(mut self, file: &str, run: impl Fn(&T) -> O + Send + Sync + 'static) -> Suite
    where
        T: DeserializeOwned + 'static,
        O: Outcome + 'static,
    {
        let run = Arc::new(run);
        for case in cases(file) {
            let name = case["name"].as_str().unwrap_or_else(|| panic!("{file}: no name: {case}")).to_owned();
            let run = Arc::clone(&run);
            self = self.case(file, &name, move || {
                let case = serde_json::from_value(case).map_err(|error| error.to_string())?;
                run(&case).into_result()
            });
        }
        self
    }

    /// Adds a case of a file.
    pub(crate) fn case<O: Outcome>(
        mut self,
        file: &str,
        name: &str,
        run: impl FnOnce() -> O + Send + 'static,
    ) -> Suite {
        self.cases += 1;
        let stem = Path::new(file).file_stem().unwrap().to_string_lossy();
        // The list of tests has a line for each; Unicode has a picture of each control character of ASCII.
        let picture = |char: char| if char < ' ' { char::from_u32(0x2400 + u32::from(char)).unwrap() } else { char };
        let name: String = name.chars().map(picture).collect();
        self.add(format!("{}::{stem}::{name}", self.name), move || run().into_result());
        self
    }

    fn add(&mut self, name: String, run: impl FnOnce() -> Result<(), String> + Send + 'static) {
        if !self.names.insert(name.clone()) {
            self.duplicates.push(name.clone());
        }
        let absent = self.absent;
        self.trials.push(Trial::ignorable_test(name, move || match absent {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => run().map(|()| Completion::Completed).map_err(Failed::from),
        }));
    }

    fn into_trials(self) -> Vec<Trial> {
        let Suite { name, at_least, cases, duplicates, mut trials, .. } = self;
        if cases > 0 {
            trials.push(Trial::test(format!("{name}::cases_are_complete"), move || {
                if cases < at_least {
                    return Err(Failed::from(format!("expected at least {at_least} cases, found {cases}")));
                }
                if duplicates.is_empty() {
                    Ok(())
                } else {
                    Err(Failed::from(format!("duplicate names: {duplicates:#?}")))
                }
            }));
        }
        trials
    }
}

/// The main function of a test program.
pub(crate) fn run(suites: impl IntoIterator<Item = Suite>) {
    run_trials(suites.into_iter().flat_map(Suite::into_trials).collect());
}

/// Runs tests, and ends the program.
pub(crate) fn run_trials(trials: Vec<Trial>) -> ! {
    let mut arguments = Arguments::from_args();
    // Thousands of lines are only useful with a filter.
    if arguments.format.is_none() && !arguments.list && arguments.filter.is_none() {
        arguments.format = Some(FormatSetting::Terse);
    }
    libtest_mimic::run(&arguments, trials).exit()
}

/// `tests/data`.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The JSON files of a folder in `tests/data`, as paths from there.
pub(crate) fn json_files(folder: &str) -> Vec<String> {
    let path = data().join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> =
        names.filter(|name| name.ends_with(".json")).map(|name| format!("{folder}/{name}")).collect();
    files.sort();
    files
}

/// A JSON file in `tests/data`.
pub(crate) fn read_json<T: DeserializeOwned>(file: impl AsRef<Path>) -> T {
    let path = data().join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cases of a file in `tests/data`.
pub(crate) fn cases(file: &str) -> Vec<Value> {
    read_json(file)
}
