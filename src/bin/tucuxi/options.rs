//! The options that all commands share, and the sessions and clients they configure.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use tucuxi::{Client, Session, SessionBuilder, Validation};

use crate::error::{CliError, Result};
use crate::{log, spelling};

/// The help text of the shared options.
pub(crate) const HELP: &str = "\
Options of all commands:
  --region REGION            Else AWS_REGION, AWS_DEFAULT_REGION, or `region` of the profile
  --profile NAME             Else AWS_PROFILE, AWS_DEFAULT_PROFILE, or `default`
  --endpoint-url URL         Send requests there, not to where the model says
  --no-sign-request          Send unsigned requests, and look for no credentials
  --model-path FOLDER        Search models there first; may be given several times
  --api-version VERSION      The API version of the service's model; else the newest
  --no-validate              Do not validate the parameters
  --no-verify-ssl            Accept any certificate: anyone between here and the server can read and change everything
  --ca-bundle FILE           Trust the PEM certificates in FILE and no others
  --connect-timeout SECONDS  60 by default, 0 for no limit
  --read-timeout SECONDS     The longest wait for more of a response; 60 by default, 0 for no limit
  --debug                    Log to standard error; the log has no secrets
  --help, -h                 Print help
";

/// The shared options. Not `Debug`: a URL may include a password.
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
    /// Reads a shared option and its value.
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
            "--help" | "-h" => return Err(CliError::HelpRequested),
            unknown => return Err(CliError::UnknownOption(unknown.to_owned())),
        }
        Ok(())
    }

    /// A session with these options, except for the endpoint URL: that is for the client of the called service alone, and not for the
    /// calls of credential providers, whose tokens must not go there.
    pub(crate) fn session(&self) -> Result<Session> {
        Ok(self.session_builder(self.region.as_deref()).build()?)
    }

    /// A session whose report has all of these options.
    pub(crate) fn report_session(&self) -> Result<Session> {
        let builder = self.session_builder(self.region.as_deref());
        Ok(self.endpoint_url.iter().fold(builder, |builder, url| builder.endpoint_url(url)).build()?)
    }

    /// A client that calls the service.
    pub(crate) fn client(&self, service: &str) -> Result<Client> {
        self.build_client(&self.session()?, service)
    }

    /// A client that only describes its model, so that any region will do.
    pub(crate) fn describing_client(&self, service: &str) -> Result<Client> {
        let session = self.session_builder(Some(self.region.as_deref().unwrap_or("us-east-1"))).build()?;
        self.build_client(&session, service)
    }

    fn session_builder(&self, region: Option<&str>) -> SessionBuilder {
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
        builder
    }

    fn build_client(&self, session: &Session, service: &str) -> Result<Client> {
        let mut builder = session.client_builder(service);
        if let Some(version) = &self.api_version {
            builder = builder.api_version(version);
        }
        if let Some(url) = &self.endpoint_url {
            builder = builder.endpoint_url(url);
        }
        Ok(builder.build()?)
    }
}

/// The options in a help text: each starts a line.
fn options_in(help: &str) -> impl Iterator<Item = &str> {
    let words = help.lines().filter_map(|line| line.trim_start().split([' ', ',']).next());
    words.filter(|word| word.starts_with("--"))
}

/// The error for an option that is in neither `help` nor the shared options.
pub(crate) fn unknown_option(option: &str, help: &str) -> CliError {
    // The value may be a secret.
    let option = option.split('=').next().unwrap_or_default();
    let near = spelling::nearest(option, options_in(help).chain(options_in(HELP)));
    let hint = match near.is_empty() {
        true => "; --help lists the options".to_owned(),
        false => spelling::did_you_mean(&near),
    };
    CliError::Usage(format!("unknown option `{option}`{hint}"))
}

/// The positional arguments of a command.
#[derive(Debug)]
pub(crate) struct Positionals(VecDeque<OsString>);

impl Positionals {
    /// Reads the rest of the command line. `own` reads an option of this command and returns true, or returns false.
    pub(crate) fn read(
        parser: &mut Parser,
        options: &mut Options,
        mut own: impl FnMut(&str, &mut Parser) -> Result<bool>,
    ) -> Result<Positionals> {
        let mut positionals = VecDeque::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(word) => positionals.push_back(word),
                option => {
                    let option = option_text(&option);
                    if !own(&option, parser)? {
                        options.accept(&option, parser)?;
                    }
                }
            }
        }
        Ok(Positionals(positionals))
    }

    /// Reads the rest of the command line of a command that has only the shared options.
    pub(crate) fn plain(parser: &mut Parser, options: &mut Options) -> Result<Positionals> {
        Positionals::read(parser, options, |_, _| Ok(false))
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

    /// Fails if an argument is left.
    pub(crate) fn end(self) -> Result<()> {
        match self.0.front() {
            None => Ok(()),
            // Parameters may hold secrets.
            Some(word) if word.to_string_lossy().trim_start().starts_with(['{', '[', '"']) => {
                Err(CliError::Usage("unexpected JSON argument: a command takes at most one".to_owned()))
            }
            Some(word) => Err(CliError::Usage(format!("unexpected argument `{}`", word.to_string_lossy()))),
        }
    }
}

/// An option as on the command line; does not borrow from the parser.
pub(crate) fn option_text(argument: &Arg<'_>) -> String {
    match argument {
        Arg::Short(letter) => format!("-{letter}"),
        Arg::Long(name) => format!("--{name}"),
        Arg::Value(word) => word.to_string_lossy().into_owned(),
    }
}

fn missing(name: &str) -> CliError {
    CliError::Usage(format!("{name} is missing; add --help to see what the command takes"))
}

/// A time limit; 0 means no limit.
fn seconds(option: &str, text: &str) -> Result<Duration> {
    let limit = duration(option, text)?;
    Ok(if limit.is_zero() { Duration::MAX } else { limit })
}

pub(crate) fn duration(option: &str, text: &str) -> Result<Duration> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| CliError::Usage(format!("{option}: expected a number of seconds, found `{text}`")))
}
