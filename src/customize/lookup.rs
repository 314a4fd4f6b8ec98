//! Lookups in the table: the quirks of one operation, and those of a service before it has a client.

use serde_json::{Map, Value};

use super::error::QuirkError;
use super::generator::Generator;
use super::quirk::{
    EncodingRule, Quirk, RedirectRule, SessionRule, Settings, SourceRegion, Stage, UnmodeledSigning, effective,
};
use super::table::rows;
use crate::config::Config;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::retry::RetryPolicy;
use crate::sign::Auth;
use crate::stage::{Context, Draft, EndpointParams, RawResponse};

/// The quirks of one operation; most operations have none.
#[derive(Debug, Default)]
pub(crate) struct Quirks(Box<[&'static Quirk]>);

impl Quirks {
    /// The quirks of an operation, in the order of the table.
    pub(crate) fn of(service_id: &str, operation: &str) -> Self {
        let service = hyphenated(service_id);
        let mine = rows().filter(|quirk| quirk.service == service);
        Quirks(mine.filter(|quirk| quirk.operations.is_empty() || quirk.operations.contains(&operation)).collect())
    }

    pub(crate) fn input(&self, params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
        self.each(|stage| match stage {
            Stage::Input(apply) | Stage::Members(_, apply) => apply(params, context),
            _ => Ok(()),
        })
    }

    pub(crate) fn params(&self, params: &mut EndpointParams<'_>, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Params(apply) = stage { apply(params, context) } else { Ok(()) })
    }

    pub(crate) fn request(&self, draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Request(apply) = stage { apply(draft, context) } else { Ok(()) })
    }

    pub(crate) fn presign(&self, draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Presign(apply) = stage { apply(draft, context) } else { Ok(()) })
    }

    /// How the operation takes the source region of a cross-region copy, if it does.
    pub(crate) fn source_region(&self) -> Option<SourceRegion> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::SourceRegion(rule) => Some(*rule),
            _ => None,
        })
    }

    pub(crate) fn auth(&self, auth: &mut Auth, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Auth(apply) = stage { apply(auth, context) } else { Ok(()) })
    }

    pub(crate) fn response(&self, response: &mut RawResponse, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Response(apply) = stage { apply(response, context) } else { Ok(()) })
    }

    pub(crate) fn unreadable(&self, response: &mut RawResponse, context: &Context<'_>) {
        for quirk in &self.0 {
            if let Stage::Unreadable(apply) = quirk.stage {
                apply(response, context);
            }
        }
    }

    pub(crate) fn output(
        &self,
        value: &mut Map<String, Value>,
        response: &RawResponse,
        context: &Context<'_>,
    ) -> Result<()> {
        self.each(|stage| if let Stage::Output(apply) = stage { apply(value, response, context) } else { Ok(()) })
    }

    /// Makes an output what the service sends: the reverse of [`output`](Self::output).
    pub(crate) fn served(&self, value: &mut Map<String, Value>, operation: &Operation) {
        for quirk in &self.0 {
            if let Stage::Served(apply) = quirk.stage {
                apply(value, operation);
            }
        }
    }

    /// The document of an output that the model does not describe.
    pub(crate) fn served_document(&self, value: &Map<String, Value>) -> Option<Vec<u8>> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::ServedDocument(make) => Some(make(value)),
            _ => None,
        })
    }

    /// Whether [`output`](Self::output) changes anything.
    pub(crate) fn changes_output(&self) -> bool {
        self.0.iter().any(|quirk| matches!(quirk.stage, Stage::Output(_)))
    }

    /// Whether calls need all parameters as a value: to change any of them, or to make another request of them.
    pub(crate) fn need_params(&self) -> bool {
        let needs = |stage: &Stage| matches!(stage, Stage::Input(_) | Stage::SourceRegion(_));
        self.0.iter().any(|quirk| needs(&quirk.stage)) || self.retry_policy().long_poll.is_some()
    }

    /// The members that [`input`](Self::input) changes or reads, unless calls need all parameters.
    pub(crate) fn input_members(&self) -> impl Iterator<Item = &'static str> {
        let members = self.0.iter().map(|quirk| match &quirk.stage {
            Stage::Members(names, _) => *names,
            _ => &[],
        });
        members.flatten().copied()
    }

    /// How strings of the output are decoded, if they may be encoded.
    pub(crate) fn encoding(&self) -> Option<&'static EncodingRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Encoding(rule) => Some(rule),
            _ => None,
        })
    }

    /// The event that ends every complete event stream of the operation, if one is documented.
    pub(crate) fn last_event(&self) -> Option<&'static str> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::LastEvent(name) => Some(*name),
            _ => None,
        })
    }

    /// How failed calls are retried; no operation has two such rows.
    pub(crate) fn retry_policy(&self) -> &'static RetryPolicy {
        let row = self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Retry(policy) => Some(policy),
            _ => None,
        });
        row.unwrap_or(&RetryPolicy::DEFAULT)
    }

    /// How the service creates session credentials, if it has them.
    pub(crate) fn sessions(&self) -> Option<&'static SessionRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Session(rule) => Some(rule),
            _ => None,
        })
    }

    /// The service's own setting for signing payloads, if it has one and it is set.
    pub(crate) fn payload_signing(&self, config: &Config) -> Result<Option<bool>> {
        let setting = self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::PayloadSigning(setting) => Some(setting),
            _ => None,
        });
        setting.map_or(Ok(None), |setting| setting(config))
    }

    /// How the service redirects requests to other regions, if it does.
    pub(crate) fn redirects(&self) -> Option<&'static RedirectRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Redirect(rule) => Some(rule),
            _ => None,
        })
    }

    /// The quirks of one step of a call, for explanations: the name of the stage, and why the quirk exists.
    pub(crate) fn of_step(&self, step: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let mine = self.0.iter().filter(move |quirk| quirk.stage.step() == Some(step));
        mine.map(|quirk| (quirk.stage.name(), quirk.why))
    }

    fn each(&self, mut apply: impl FnMut(&Stage) -> Result<()>) -> Result<()> {
        self.0.iter().try_for_each(|quirk| apply(&quirk.stage))
    }
}

/// The rows of a service, by its service id.
fn of_service(service_id: &str) -> impl Iterator<Item = &'static Quirk> {
    let service = hyphenated(service_id);
    rows().filter(move |quirk| quirk.service == service)
}

/// The hyphenated lower-case service id, as in botocore's event names.
pub(super) fn hyphenated(service_id: &str) -> String {
    service_id.to_ascii_lowercase().replace(' ', "-")
}

/// The value of a built-in that only one service has; `None` for all others.
pub(crate) fn built_in(name: &str, settings: &Settings<'_>) -> Result<Option<bool>> {
    let found = rows().find_map(|quirk| match &quirk.stage {
        Stage::BuiltIn(built_in) if built_in.name == name => Some(built_in.value),
        _ => None,
    });
    found.map(|value| value(settings)).transpose()
}

/// The service-specific dual-stack setting, if the service has one.
pub(crate) fn dual_stack(service_id: &str, config: &Config) -> Result<Option<bool>> {
    let setting = of_service(service_id).find_map(|quirk| match &quirk.stage {
        Stage::DualStack(setting) => Some(setting),
        _ => None,
    });
    Ok(setting.map_or(Ok(None), |setting| setting(config))?.and_then(effective))
}

/// How unmodeled requests with this signing name are signed.
pub(crate) fn unmodeled_signing(signing_name: &str) -> UnmodeledSigning {
    let found = rows().find_map(|quirk| match &quirk.stage {
        Stage::UnmodeledSigning(signing) if signing.signing_names.contains(&signing_name) => Some(*signing),
        _ => None,
    });
    found.unwrap_or_default()
}

/// The sensitive input members of a service that its model does not mark.
pub(crate) fn unmarked_secrets(service_id: &str) -> &'static [&'static str] {
    let found = of_service(service_id).find_map(|quirk| match &quirk.stage {
        Stage::SensitiveMembers(members) => Some(*members),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Resolves an alias, in lower-case letters and digits, to the name of its service's folder.
pub(crate) fn service_alias(name: &str) -> Option<&'static str> {
    rows().find_map(|quirk| match &quirk.stage {
        Stage::ServiceAlias(alias, folder) if *alias == name => Some(*folder),
        _ => None,
    })
}

/// Resolves a former operation name, in any spelling, to the current one.
pub(crate) fn operation_alias(service_id: &str, name: &str) -> Option<&'static str> {
    let name = name.replace('-', "_");
    of_service(service_id).find_map(|quirk| match &quirk.stage {
        Stage::FormerName(former, current) if *former == name => Some(*current),
        _ => None,
    })
}

/// Finds a generator by name, with or without `generate_`.
pub(crate) fn generator(service_id: &str, name: &str) -> Result<&'static Generator> {
    let plain = name.replace('-', "_");
    let plain = plain.strip_prefix("generate_").unwrap_or(&plain);
    let mut all = generators(service_id);
    all.find(|generator| generator.name == plain).ok_or_else(|| {
        let known = generators(service_id).map(|generator| generator.name).collect();
        QuirkError::UnknownGenerator { name: name.to_owned(), known }.into()
    })
}

/// What clients of a service generate.
fn generators(service_id: &str) -> impl Iterator<Item = &'static Generator> {
    of_service(service_id).filter_map(|quirk| match &quirk.stage {
        Stage::Generate(generator) => Some(generator),
        _ => None,
    })
}
