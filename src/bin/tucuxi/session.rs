//! The sessions and clients that the options of all commands configure.

use std::path::PathBuf;
use std::time::Duration;

use tucuxi::{Client, ClientBuilder, Environment, Resource, Session, SessionBuilder, TimestampStyle, Validation};

use crate::error::CliResult;
use crate::output::{log, terminal};

/// The options of all commands. Not `Debug`: a URL may include a password.
#[derive(Default)]
pub(crate) struct GlobalOptions {
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) no_sign_request: bool,
    pub(crate) model_paths: Vec<PathBuf>,
    pub(crate) api_version: Option<String>,
    pub(crate) no_validate: bool,
    pub(crate) no_verify_ssl: bool,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) debug: bool,
    pub(crate) timestamps: TimestampStyle,
    /// The folder in which credentials of roles are cached.
    pub(crate) credential_cache: Option<PathBuf>,
    /// The environment, if it is not that of the process.
    pub(crate) environment: Option<Environment>,
    /// What to print instead of running the command.
    pub(crate) notice: Option<Notice>,
}

/// Information about the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The help with one line for each option.
    Summary,
    Help,
    Version,
}

impl GlobalOptions {
    /// A session with these options, except for the endpoint URL: that is for the client of the called service alone, and not for the
    /// calls of credential providers, whose tokens must not go there.
    pub(crate) fn session(&self) -> CliResult<Session> {
        Ok(self.session_builder(self.region.as_deref()).build()?)
    }

    /// A session whose report has all of these options.
    pub(crate) fn report_session(&self) -> CliResult<Session> {
        let builder = self.session_builder(self.region.as_deref());
        Ok(self.endpoint_url.iter().fold(builder, |builder, url| builder.endpoint_url(url)).build()?)
    }

    /// A client that calls the service.
    pub(crate) fn client(&self, service: &str) -> CliResult<Client> {
        self.build_client(&self.session()?, service)
    }

    /// A client that only describes its model, so that any region will do.
    pub(crate) fn describing_client(&self, service: &str) -> CliResult<Client> {
        let session = self.session_builder(Some(self.region.as_deref().unwrap_or("us-east-1"))).build()?;
        self.build_client(&session, service)
    }

    /// The resource of a service, whose client calls it.
    pub(crate) fn resource(&self, service: &str) -> CliResult<Resource> {
        Ok(self.client_builder(&self.session()?, service).build_resource()?)
    }

    /// A resource that only describes its parts, so that any region will do.
    pub(crate) fn describing_resource(&self, service: &str) -> CliResult<Resource> {
        let session = self.session_builder(Some(self.region.as_deref().unwrap_or("us-east-1"))).build()?;
        Ok(self.client_builder(&session, service).build_resource()?)
    }

    fn session_builder(&self, region: Option<&str>) -> SessionBuilder {
        if self.debug {
            log::start();
        }
        let mut builder = Session::builder().timestamp_style(self.timestamps).mfa_prompt(terminal::mfa_code);
        if let Some(environment) = &self.environment {
            builder = builder.environment(environment.clone());
        }
        if let Some(folder) = &self.credential_cache {
            builder = builder.credential_cache(folder);
        }
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

    fn build_client(&self, session: &Session, service: &str) -> CliResult<Client> {
        Ok(self.client_builder(session, service).build()?)
    }

    fn client_builder(&self, session: &Session, service: &str) -> ClientBuilder {
        let mut builder = session.client_builder(service);
        if let Some(version) = &self.api_version {
            builder = builder.api_version(version);
        }
        if let Some(url) = &self.endpoint_url {
            builder = builder.endpoint_url(url);
        }
        builder
    }
}
