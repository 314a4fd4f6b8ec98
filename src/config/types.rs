//! The values of settings that are a choice among names.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A setting with a fixed list of names.
pub(crate) trait Choice: Copy + 'static {
    const ALL: &'static [(&'static str, Self)];

    /// The value of exactly that name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The names, as an error message lists them.
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
            /// The name that environment variables and profiles use.
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
    /// How a failed call is repeated; `standard` unless set otherwise (`retry_mode`, `AWS_RETRY_MODE`).
    ///
    /// ```
    /// use tucuxi::RetryMode;
    /// assert_eq!("adaptive".parse::<RetryMode>()?, RetryMode::Adaptive);
    /// assert_eq!(RetryMode::Standard.to_string(), "standard");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub enum RetryMode {
        /// Counts as `standard`: its rules, those of the first SDKs, are what nobody should want any more.
        Legacy = "legacy",
        /// Exponential back-off with jitter, within a quota shared by the calls of a client.
        Standard = "standard",
        /// As `standard`, and the rate of requests follows what the service lets through.
        Adaptive = "adaptive",
    }
}

choice! {
    /// Which set of defaults a client starts from; `legacy` unless set otherwise (`defaults_mode`, `AWS_DEFAULTS_MODE`).
    ///
    /// The modes differ in the time a connection may take: 3.1 seconds, 1.1 within a region, 30 from a mobile device; 60 in
    /// `legacy`.
    ///
    /// ```
    /// assert_eq!(tucuxi::DefaultsMode::InRegion.as_str(), "in-region");
    /// ```
    pub enum DefaultsMode {
        /// What the SDKs did before there were modes.
        Legacy = "legacy",
        /// One of the other modes, by where the program runs.
        Auto = "auto",
        /// Values that are right for most programs.
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
    /// When checksums are computed for requests, or checked in answers (`request_checksum_calculation`,
    /// `response_checksum_validation`); unless set otherwise `when_supported`, and `when_required` for endpoints that are not AWS's.
    ///
    /// ```
    /// assert_eq!(tucuxi::ChecksumMode::WhenRequired.as_str(), "when_required");
    /// ```
    pub enum ChecksumMode {
        /// Wherever the operation supports it.
        WhenSupported = "when_supported",
        /// Only where the operation requires it.
        WhenRequired = "when_required",
    }
}

choice! {
    /// Whether the account id of the credentials may become part of an endpoint (`account_id_endpoint_mode`); `preferred`
    /// unless set otherwise.
    ///
    /// ```
    /// assert_eq!(tucuxi::AccountIdEndpointMode::Required.as_str(), "required");
    /// ```
    pub enum AccountIdEndpointMode {
        /// Where the service supports it and the account id is known.
        Preferred = "preferred",
        /// Never.
        Disabled = "disabled",
        /// A call fails if the account id is not known.
        Required = "required",
    }
}

choice! {
    /// Where a bucket's name goes in a URL (`addressing_style` in the `s3` block of a profile).
    ///
    /// ```
    /// assert_eq!(tucuxi::AddressingStyle::Path.as_str(), "path");
    /// ```
    pub enum AddressingStyle {
        /// Into the host name wherever it fits there.
        Auto = "auto",
        /// Into the host name.
        Virtual = "virtual",
        /// Into the path.
        Path = "path",
    }
}

choice! {
    /// Whether a client asks services for their endpoints (`endpoint_discovery_enabled`); `auto` unless set otherwise.
    ///
    /// ```
    /// assert_eq!(tucuxi::EndpointDiscovery::Enabled.as_str(), "true");
    /// ```
    pub enum EndpointDiscovery {
        /// Wherever the service offers it.
        Enabled = "true",
        /// Never; an operation that requires it fails.
        Disabled = "false",
        /// Where the service requires it.
        Auto = "auto",
    }
}

choice! {
    /// Which endpoint the services use that had a single one before they had one for each region.
    pub(crate) enum RegionalEndpoints {
        /// The single one, in the regions that existed then.
        Legacy = "legacy",
        /// That of the region.
        Regional = "regional",
    }
}

choice! {
    /// Over which protocol the metadata service of a virtual machine is reached.
    pub(crate) enum MetadataEndpointMode {
        Ipv4 = "ipv4",
        Ipv6 = "ipv6",
    }
}
