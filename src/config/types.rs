//! The types of settings whose value is one of a fixed list of names.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A type whose values have a fixed list of names.
pub(crate) trait Choice: Copy + 'static {
    const ALL: &'static [(&'static str, Self)];

    /// The value with exactly this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The names, separated by commas, for error messages.
    fn names() -> String {
        Self::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! choice {
    ($(#[$meta:meta])* $vis:vis enum $type:ident { $($(#[$of_value:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $vis enum $type { $($(#[$of_value])* $value,)+ }

        impl $type {
            /// The name in environment variables and profiles.
            $vis fn as_str(self) -> &'static str {
                match self { $($type::$value => $name,)+ }
            }
        }

        impl Choice for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, $type::$value),)+];
        }

        impl super::show::Show for $type {
            fn show(&self) -> String {
                self.as_str().to_owned()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                Self::named(name).ok_or_else(|| {
                    Error::new(ErrorKind::Config, format!("expected one of {}, found {name:?}", Self::names()))
                })
            }
        }
    };
}

choice! {
    /// How failed calls are retried (`retry_mode`, `AWS_RETRY_MODE`); the default is `standard`.
    ///
    /// ```
    /// use tucuxi::RetryMode;
    /// assert_eq!("adaptive".parse::<RetryMode>()?, RetryMode::Adaptive);
    /// assert_eq!(RetryMode::Standard.to_string(), "standard");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub enum RetryMode {
        /// The same as `standard`; the outdated rules of the first SDKs are not implemented.
        Legacy = "legacy",
        /// Exponential backoff with jitter, within a retry quota that the calls of a client share.
        Standard = "standard",
        /// `standard` with a client-side rate limit that adapts to throttling.
        Adaptive = "adaptive",
    }
}

choice! {
    /// The set of default settings of a client (`defaults_mode`, `AWS_DEFAULTS_MODE`); the default is `legacy`.
    ///
    /// The modes differ in the connect timeout: 3.1 seconds, 1.1 within a region, 30 on mobile devices, and 60 in `legacy`.
    ///
    /// ```
    /// assert_eq!(tucuxi::DefaultsMode::InRegion.as_str(), "in-region");
    /// ```
    pub enum DefaultsMode {
        /// The defaults of the SDKs before modes existed.
        Legacy = "legacy",
        /// One of the other modes, depending on where the program runs.
        Auto = "auto",
        /// Values for most programs.
        Standard = "standard",
        /// For calls to the region the program runs in.
        InRegion = "in-region",
        /// For calls to another region.
        CrossRegion = "cross-region",
        /// For mobile devices.
        Mobile = "mobile",
    }
}

choice! {
    /// When checksums of requests are computed (`request_checksum_calculation`), or checksums of responses are verified
    /// (`response_checksum_validation`).
    ///
    /// The default is `when_supported`, or `when_required` for endpoints that are not AWS's.
    ///
    /// ```
    /// assert_eq!(tucuxi::ChecksumMode::WhenRequired.as_str(), "when_required");
    /// ```
    pub enum ChecksumMode {
        /// If the operation supports it.
        WhenSupported = "when_supported",
        /// Only if the operation requires it.
        WhenRequired = "when_required",
    }
}

choice! {
    /// Whether an endpoint may contain the account id of the credentials (`account_id_endpoint_mode`); the default is `preferred`.
    ///
    /// ```
    /// assert_eq!(tucuxi::AccountIdEndpointMode::Required.as_str(), "required");
    /// ```
    pub enum AccountIdEndpointMode {
        /// If the service supports it and the account id is known.
        Preferred = "preferred",
        /// Never.
        Disabled = "disabled",
        /// If the service supports it; a call fails if the account id is unknown.
        Required = "required",
    }
}

choice! {
    /// Whether the bucket name is in the host or in the path of a URL (`addressing_style` in the `s3` block of a profile).
    ///
    /// ```
    /// assert_eq!(tucuxi::AddressingStyle::Path.as_str(), "path");
    /// ```
    pub enum AddressingStyle {
        /// In the host name if it is a valid host label, otherwise in the path.
        Auto = "auto",
        /// In the host name.
        Virtual = "virtual",
        /// In the path.
        Path = "path",
    }
}

choice! {
    /// Whether a client uses endpoint discovery (`endpoint_discovery_enabled`); the default is `auto`.
    ///
    /// ```
    /// assert_eq!(tucuxi::EndpointDiscovery::Enabled.as_str(), "true");
    /// ```
    pub enum EndpointDiscovery {
        /// If the service offers it.
        Enabled = "true",
        /// Never; an operation that requires it fails.
        Disabled = "false",
        /// If the service requires it.
        Auto = "auto",
    }
}

choice! {
    /// Which endpoint to use for a service that had a global endpoint before it had regional ones.
    pub(crate) enum RegionalEndpoints {
        /// The global endpoint, in the regions that existed at that time.
        Legacy = "legacy",
        /// The regional endpoint.
        Regional = "regional",
    }
}

choice! {
    /// The IP version of the instance metadata service.
    pub(crate) enum MetadataEndpointMode {
        Ipv4 = "ipv4",
        Ipv6 = "ipv6",
    }
}
