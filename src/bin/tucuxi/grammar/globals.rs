//! The options of all commands, one `impl` each.

use super::{Flag, FlagValue, ValueKind};
use crate::error::CliResult;
use crate::session::{GlobalOptions, Notice};

/// In the order of the help.
pub(crate) const GLOBAL_FLAGS: &[&dyn Flag<GlobalOptions>] = &[
    &RegionFlag,
    &ProfileFlag,
    &EndpointUrlFlag,
    &NoSignRequestFlag,
    &ModelPathFlag,
    &ApiVersionFlag,
    &NoValidateFlag,
    &NoVerifySslFlag,
    &CaBundleFlag,
    &ConnectTimeoutFlag,
    &ReadTimeoutFlag,
    &DebugFlag,
    &VersionFlag,
    &HelpFlag,
];

struct RegionFlag;

impl Flag<GlobalOptions> for RegionFlag {
    fn long(&self) -> &'static str {
        "region"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("REGION", ValueKind::Region))
    }

    fn summary(&self) -> &'static str {
        "The region of the service"
    }

    fn help(&self) -> &'static str {
        "Else AWS_REGION, AWS_DEFAULT_REGION, or `region` of the profile"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.region = Some(value.text()?);
        Ok(())
    }
}

struct ProfileFlag;

impl Flag<GlobalOptions> for ProfileFlag {
    fn long(&self) -> &'static str {
        "profile"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("NAME", ValueKind::Profile))
    }

    fn summary(&self) -> &'static str {
        "The profile of the AWS config files"
    }

    fn help(&self) -> &'static str {
        "Else AWS_PROFILE, AWS_DEFAULT_PROFILE, or `default`"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.profile = Some(value.text()?);
        Ok(())
    }
}

struct EndpointUrlFlag;

impl Flag<GlobalOptions> for EndpointUrlFlag {
    fn long(&self) -> &'static str {
        "endpoint-url"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("URL", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "Send requests there, not to where the model says"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.endpoint_url = Some(value.text()?);
        Ok(())
    }
}

struct NoSignRequestFlag;

impl Flag<GlobalOptions> for NoSignRequestFlag {
    fn long(&self) -> &'static str {
        "no-sign-request"
    }

    fn summary(&self) -> &'static str {
        "Send unsigned requests, and look for no credentials"
    }

    fn update(&self, _: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.no_sign_request = true;
        Ok(())
    }
}

struct ModelPathFlag;

impl Flag<GlobalOptions> for ModelPathFlag {
    fn long(&self) -> &'static str {
        "model-path"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("FOLDER", ValueKind::Folder))
    }

    fn summary(&self) -> &'static str {
        "Search models there first"
    }

    fn help(&self) -> &'static str {
        "Search models there first; may be given several times"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.model_paths.push(value.path());
        Ok(())
    }
}

struct ApiVersionFlag;

impl Flag<GlobalOptions> for ApiVersionFlag {
    fn long(&self) -> &'static str {
        "api-version"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("VERSION", ValueKind::ApiVersion))
    }

    fn summary(&self) -> &'static str {
        "The API version of the service's model; else the newest"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.api_version = Some(value.text()?);
        Ok(())
    }
}

struct NoValidateFlag;

impl Flag<GlobalOptions> for NoValidateFlag {
    fn long(&self) -> &'static str {
        "no-validate"
    }

    fn summary(&self) -> &'static str {
        "Do not validate the parameters"
    }

    fn update(&self, _: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.no_validate = true;
        Ok(())
    }
}

struct NoVerifySslFlag;

impl Flag<GlobalOptions> for NoVerifySslFlag {
    fn long(&self) -> &'static str {
        "no-verify-ssl"
    }

    fn summary(&self) -> &'static str {
        "Do not verify TLS certificates"
    }

    fn help(&self) -> &'static str {
        "Accept any certificate: anyone between here and the server can read and change everything"
    }

    fn update(&self, _: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.no_verify_ssl = true;
        Ok(())
    }
}

struct CaBundleFlag;

impl Flag<GlobalOptions> for CaBundleFlag {
    fn long(&self) -> &'static str {
        "ca-bundle"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("FILE", ValueKind::File))
    }

    fn summary(&self) -> &'static str {
        "Trust the PEM certificates in FILE and no others"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.ca_bundle = Some(value.path());
        Ok(())
    }
}

struct ConnectTimeoutFlag;

impl Flag<GlobalOptions> for ConnectTimeoutFlag {
    fn long(&self) -> &'static str {
        "connect-timeout"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("SECONDS", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The longest time to connect"
    }

    fn help(&self) -> &'static str {
        "60 by default, 0 for no limit"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.connect_timeout = Some(value.limit()?);
        Ok(())
    }
}

struct ReadTimeoutFlag;

impl Flag<GlobalOptions> for ReadTimeoutFlag {
    fn long(&self) -> &'static str {
        "read-timeout"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("SECONDS", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The longest wait for more of a response"
    }

    fn help(&self) -> &'static str {
        "The longest wait for more of a response; 60 by default, 0 for no limit"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.read_timeout = Some(value.limit()?);
        Ok(())
    }
}

struct DebugFlag;

impl Flag<GlobalOptions> for DebugFlag {
    fn long(&self) -> &'static str {
        "debug"
    }

    fn summary(&self) -> &'static str {
        "Log to standard error; the log has no secrets"
    }

    fn update(&self, _: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.debug = true;
        Ok(())
    }
}

struct VersionFlag;

impl Flag<GlobalOptions> for VersionFlag {
    fn long(&self) -> &'static str {
        "version"
    }

    fn short(&self) -> Option<char> {
        Some('V')
    }

    fn summary(&self) -> &'static str {
        "Print the version of the program and of its models"
    }

    fn update(&self, _: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.notice = Some(Notice::Version);
        Ok(())
    }
}

struct HelpFlag;

impl Flag<GlobalOptions> for HelpFlag {
    fn long(&self) -> &'static str {
        "help"
    }

    fn short(&self) -> Option<char> {
        Some('h')
    }

    fn summary(&self) -> &'static str {
        "Print help"
    }

    fn help(&self) -> &'static str {
        "Print help; -h prints one line for each option"
    }

    fn update(&self, value: FlagValue, globals: &mut GlobalOptions) -> CliResult<()> {
        globals.notice = Some(if value.is_short() { Notice::Summary } else { Notice::Help });
        Ok(())
    }
}
