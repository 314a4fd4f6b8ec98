//! What the help and the completion say about the options of every command line.

/// An option, what its value is called, and what it does.
type GlobalText = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
pub(crate) const GLOBAL_TEXTS: &[GlobalText] = &[
    ("--debug", "", "Log to standard error; the log has no secrets"),
    ("--endpoint-url", "<url>", "Send requests there"),
    ("--no-verify-ssl", "", "Do not verify TLS certificates"),
    ("--no-paginate", "", "Fetch one page of a listing, and not all of them"),
    ("--output", "<format>", "json (the default), text, table, yaml, yaml-stream or off"),
    ("--query", "<expression>", "Print what a JMESPath expression selects"),
    ("--profile", "<name>", "The profile of the AWS config files"),
    ("--region", "<region>", "The region of the service"),
    ("--color", "<when>", "Colours in tables: on, off or auto"),
    ("--no-sign-request", "", "Send unsigned requests, and look for no credentials"),
    ("--ca-bundle", "<file>", "Trust the PEM certificates in the file and no others"),
    ("--cli-read-timeout", "<seconds>", "The longest wait for more of a response; 0 for no limit"),
    ("--cli-connect-timeout", "<seconds>", "The longest time to connect; 0 for no limit"),
    ("--cli-binary-format", "<format>", "What text for a blob is: base64 (the default) or raw-in-base64-out"),
    ("--no-cli-pager", "", "Use no pager"),
    ("--cli-auto-prompt", "", "Not in tucuxi"),
    ("--no-cli-auto-prompt", "", "Accepted without effect"),
    ("--cli-error-format", "<format>", "How errors are printed: enhanced (the default), legacy, json, yaml, text or table"),
    ("--version", "", "Print the version"),
    ("--help", "", "Print this, as `help` does"),
];

/// The options that the help does not show.
pub(crate) const HIDDEN: &[&str] = &["--cli-auto-prompt"];

/// What an option does.
pub(crate) fn summary(name: &str) -> &'static str {
    GLOBAL_TEXTS.iter().find(|(option, ..)| *option == name).map_or("", |(.., summary)| summary)
}
