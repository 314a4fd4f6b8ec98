//! The options that all commands share, and what they make of a session.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use tucuxi::{Client, Session, Validation};

use crate::failure::{Failure, Result};
use crate::{log, spelling};

/// The options as the help tells them.
pub(crate) const HELP: &str = "\
Options of all commands:
  --region REGION            Else AWS_REGION, AWS_DEFAULT_REGION, or `region` of the profile
  --profile NAME             Else AWS_PROFILE, AWS_DEFAULT_PROFILE, or `default`
  --endpoint-url URL         Send requests there, not to where the model says
  --no-sign-request          Send requests unsigned, and look for no credentials
  --model-path FOLDER        Search models there first; may be given several times
  --api-version VERSION      The API version of the service's model; else the newest
  --no-validate              Send the parameters without a check
  --no-verify-ssl            Believe any certificate: anyone on the way can read and change everything
  --ca-bundle FILE           Trust the PEM certificates in FILE and no others
  --connect-timeout SECONDS  60 by default, 0 for no limit
  --read-timeout SECONDS     The most time between two bytes of an answer; 60 by default, 0 for no limit
  --debug                    Log on standard error what happens; nothing secret
  --help, -h                 Print help
";

/// The options as they were given. Not `Debug`: a URL may have a password in it.
#[derive(Default)]
pub(crate) struct Options {
    region: Option<String>,
    profile: Option<String>,
    endpoint_url: Option<String>,
    no_sign_request: bool,
    model_paths: Vec<PathBuf>,
    api_version: Option<String>,
    no_validate: bool,
    no_verify_ssl: bool,
    ca_bundle: Option<PathBuf>,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    debug: bool,
}

impl Options {
    /// Takes one of the shared options, and its value from the parser.
    pub(crate) fn accept(&mut self, option: &str, parser: &mut Parser) -> Result<()> {
        match option {
            "--region" => self.region = Some(parser.value()?.string()?),
            "--profile" => self.profile = Some(parser.value()?.string()?),
            "--endpoint-url" => self.endpoint_url = Some(parser.value()?.string()?),
            "--no-sign-request" => self.no_sign_request = true,
            "--model-path" => self.model_paths.push(parser.value()?.into()),
            "--api-version" => self.api_version = Some(parser.value()?.string()?),
            "--no-validate" => self.no_validate = true,
            "--no-verify-ssl" => self.no_verify_ssl = true,
            "--ca-bundle" => self.ca_bundle = Some(parser.value()?.into()),
            "--connect-timeout" => self.connect_timeout = Some(seconds(option, &parser.value()?.string()?)?),
            "--read-timeout" => self.read_timeout = Some(seconds(option, &parser.value()?.string()?)?),
            "--debug" => self.debug = true,
            "--help" | "-h" => return Err(Failure::HelpAsked),
            unknown => return Err(Failure::UnknownOption(unknown.to_owned())),
        }
        Ok(())
    }

    /// A session with these options.
    pub(crate) fn session(&self) -> Result<Session> {
        self.build_session(self.region.as_deref())
    }

    /// A client that is to call the service.
    pub(crate) fn client(&self, service: &str) -> Result<Client> {
        self.build_client(&self.session()?, service)
    }

    /// A client that is only asked what its model says, for which any region will do.
    pub(crate) fn describing_client(&self, service: &str) -> Result<Client> {
        let session = self.build_session(Some(self.region.as_deref().unwrap_or("us-east-1")))?;
        self.build_client(&session, service)
    }

    fn build_session(&self, region: Option<&str>) -> Result<Session> {
        if self.debug {
            log::start();
        }
        let mut builder = Session::builder();
        if let Some(region) = region {
            builder = builder.region(region);
        }
        if let Some(profile) = &self.profile {
            builder = builder.profile(profile);
        }
        if let Some(url) = &self.endpoint_url {
            builder = builder.endpoint_url(url);
        }
        if self.no_sign_request {
            builder = builder.no_sign_request();
        }
        for folder in &self.model_paths {
            builder = builder.model_path(folder);
        }
        if self.no_validate {
            builder = builder.validation(Validation::Off);
        }
        if self.no_verify_ssl {
            builder = builder.verify_tls(false);
        }
        if let Some(bundle) = &self.ca_bundle {
            builder = builder.ca_bundle(bundle);
        }
        if let Some(limit) = self.connect_timeout {
            builder = builder.connect_timeout(limit);
        }
        if let Some(limit) = self.read_timeout {
            builder = builder.read_timeout(limit);
        }
        Ok(builder.build()?)
    }

    fn build_client(&self, session: &Session, service: &str) -> Result<Client> {
        let mut builder = session.client_builder(service);
        if let Some(version) = &self.api_version {
            builder = builder.api_version(version);
        }
        Ok(builder.build()?)
    }
}

/// The names of the options that a help text tells of: each begins a line of it.
fn options_in(help: &str) -> impl Iterator<Item = &str> {
    let words = help.lines().filter_map(|line| line.trim_start().split([' ', ',']).next());
    words.filter(|word| word.starts_with("--"))
}

/// The message about an option that neither the command with that help has nor all commands have.
pub(crate) fn unknown_option(option: &str, help: &str) -> Failure {
    // The value may be a secret.
    let option = option.split('=').next().unwrap_or_default();
    let near = spelling::nearest(option, options_in(help).chain(options_in(HELP)));
    let hint = match near.is_empty() {
        true => "; --help lists the options".to_owned(),
        false => spelling::did_you_mean(&near),
    };
    Failure::Usage(format!("unknown option `{option}`{hint}"))
}

/// The words of a command: what is left of the command line without the options.
#[derive(Debug)]
pub(crate) struct Words(VecDeque<OsString>);

impl Words {
    /// Reads the rest of the command line. `own` takes the options that only this command has, and says whether it did.
    pub(crate) fn read(
        parser: &mut Parser,
        options: &mut Options,
        mut own: impl FnMut(&str, &mut Parser) -> Result<bool>,
    ) -> Result<Words> {
        let mut words = VecDeque::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(word) => words.push_back(word),
                option => {
                    let option = option_text(&option);
                    if !own(&option, parser)? {
                        options.accept(&option, parser)?;
                    }
                }
            }
        }
        Ok(Words(words))
    }

    /// Reads the rest of the command line of a command that has no options of its own.
    pub(crate) fn plain(parser: &mut Parser, options: &mut Options) -> Result<Words> {
        Words::read(parser, options, |_, _| Ok(false))
    }

    pub(crate) fn required(&mut self, name: &str) -> Result<String> {
        self.optional()?.ok_or_else(|| missing(name))
    }

    pub(crate) fn required_path(&mut self, name: &str) -> Result<PathBuf> {
        self.0.pop_front().map(PathBuf::from).ok_or_else(|| missing(name))
    }

    pub(crate) fn optional(&mut self) -> Result<Option<String>> {
        Ok(self.0.pop_front().map(ValueExt::string).transpose()?)
    }

    /// There must be no words left.
    pub(crate) fn end(self) -> Result<()> {
        match self.0.front() {
            None => Ok(()),
            // Parameters may hold secrets.
            Some(word) if word.to_string_lossy().trim_start().starts_with(['{', '[', '"']) => {
                Err(Failure::Usage("unexpected argument of JSON: a command takes one at most".to_owned()))
            }
            Some(word) => Err(Failure::Usage(format!("unexpected argument `{}`", word.to_string_lossy()))),
        }
    }
}

/// An option as it stands on the command line, no longer borrowed from the parser.
pub(crate) fn option_text(argument: &Arg<'_>) -> String {
    match argument {
        Arg::Short(letter) => format!("-{letter}"),
        Arg::Long(name) => format!("--{name}"),
        Arg::Value(word) => word.to_string_lossy().into_owned(),
    }
}

fn missing(name: &str) -> Failure {
    Failure::Usage(format!("{name} is missing; add --help to see what the command takes"))
}

/// A time limit; 0 means none.
fn seconds(option: &str, text: &str) -> Result<Duration> {
    let limit = duration(option, text)?;
    Ok(if limit.is_zero() { Duration::MAX } else { limit })
}

pub(crate) fn duration(option: &str, text: &str) -> Result<Duration> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| Failure::Usage(format!("{option}: expected a number of seconds, found `{text}`")))
}
