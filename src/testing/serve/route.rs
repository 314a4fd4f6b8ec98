//! The operation that a request is for: from the header with the target, the action of a form, or the path, of the services that
//! the signature or the host names.

use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method};
use once_cell::sync::OnceCell;

use super::http::ServedRequest;
use super::template::{PathTemplate, RequestTarget};
use crate::codec::percent;
use crate::error::Result;
use crate::plan::{OperationPlan, ServicePlan};
use crate::session::Session;
use crate::spelling::nearest_of;

/// The services of a session.
pub(super) struct Router {
    services: Vec<ServedService>,
}

struct ServedService {
    plan: Arc<ServicePlan>,
    /// Of the protocols with paths; made at the first use.
    templates: OnceCell<Vec<PathTemplate>>,
}

/// An operation, and the path and query as its model has them.
pub(super) struct ServedRoute {
    pub(super) service: Arc<ServicePlan>,
    pub(super) plan: Arc<OperationPlan>,
    pub(super) target: String,
}

/// The most names in the text about an unknown route.
const MAX_NEAREST: usize = 5;

impl Router {
    pub(super) fn new(session: &Session) -> Result<Router> {
        let mut services = Vec::new();
        for name in session.available_services() {
            // A model that is broken is an error of its own service only.
            if let Ok(info) = session.service_info(&name) {
                services.push(ServedService { plan: Arc::clone(info.plan()), templates: OnceCell::new() });
            }
        }
        Ok(Router { services })
    }

    /// Finds the operation. The error is a text for the person who wrote the client.
    pub(super) fn route(&self, request: &ServedRequest) -> Result<ServedRoute, String> {
        let hints = Hints::of(request);
        let named = self.named(&hints);
        if let Some(target) = text(&request.headers, "x-amz-target") {
            return self.by_target(target, &named, request);
        }
        if let Some((service, operation)) = rpc_path(&request.target) {
            return self.by_rpc_path(service, operation, &named, request);
        }
        let form = form_of(request);
        let field = |wanted: &str| percent::form_pairs(&form).find(|(name, _)| name == wanted).map(|(_, value)| value);
        if let Some(action) = field("Action") {
            return self.by_action(&action, field("Version").as_deref(), &named, request);
        }
        self.by_path(&hints, &named, request)
    }

    /// The services that the signature names, or else the host.
    fn named(&self, hints: &Hints<'_>) -> Vec<&ServedService> {
        let by_host = |service: &&ServedService| hints.is_host_of(service);
        let scope = hints.scope.as_deref();
        let signed = self.services.iter().filter(|service| scope == Some(service.plan.model.signing_name()));
        let signed: Vec<_> = signed.collect();
        let both: Vec<_> = signed.iter().copied().filter(by_host).collect();
        match (both.is_empty(), signed.is_empty()) {
            (false, _) => both,
            (true, false) => signed,
            (true, true) => self.services.iter().filter(by_host).collect(),
        }
    }

    fn by_target(
        &self,
        target: &str,
        named: &[&ServedService],
        request: &ServedRequest,
    ) -> Result<ServedRoute, String> {
        let (prefix, operation) = target.rsplit_once('.').unwrap_or((target, ""));
        let of_prefix = |service: &&ServedService| service.metadata().target_prefix.as_deref() == Some(prefix);
        let mut found: Vec<_> = named.iter().copied().filter(of_prefix).collect();
        if found.is_empty() {
            found = self.services.iter().filter(of_prefix).collect();
        }
        if found.is_empty() {
            let known = self.services.iter().filter_map(|service| service.metadata().target_prefix.as_deref());
            let nearest = nearest_of(prefix, known, MAX_NEAREST);
            return Err(format!("No service has the X-Amz-Target {prefix:?}.{}", hint("Similar ones", &nearest)));
        }
        by_name(&found, operation, &["json"], request)
    }

    fn by_rpc_path(
        &self,
        name: &str,
        operation: &str,
        named: &[&ServedService],
        request: &ServedRequest,
    ) -> Result<ServedRoute, String> {
        let of_prefix = |service: &&ServedService| service.metadata().target_prefix.as_deref() == Some(name);
        let mut found: Vec<_> = self.services.iter().filter(of_prefix).collect();
        if found.is_empty() {
            found = named.to_vec();
        }
        by_name(&found, operation, &["smithy-rpc-v2-cbor"], request)
    }

    fn by_action(
        &self,
        action: &str,
        version: Option<&str>,
        named: &[&ServedService],
        request: &ServedRequest,
    ) -> Result<ServedRoute, String> {
        const PROTOCOLS: &[&str] = &["query", "ec2"];
        let is_of_version = |service: &&ServedService| version == Some(service.metadata().api_version.as_str());
        let mut found: Vec<_> = named.iter().copied().filter(is_of_version).collect();
        if found.is_empty() {
            found = named.to_vec();
        }
        if found.is_empty() {
            let has_action = |service: &&ServedService| {
                PROTOCOLS.contains(&service.plan.protocol_name) && service.plan.model.operation_index(action).is_some()
            };
            found = self.services.iter().filter(is_of_version).filter(has_action).collect();
        }
        by_name(&found, action, PROTOCOLS, request)
    }

    fn by_path(
        &self,
        hints: &Hints<'_>,
        named: &[&ServedService],
        request: &ServedRequest,
    ) -> Result<ServedRoute, String> {
        let has_paths = |service: &&&ServedService| service.plan.protocol.has_bindings();
        let mut found: Vec<&ServedService> = named.iter().filter(has_paths).copied().collect();
        if named.is_empty() {
            // Unsigned requests without a target are for objects.
            found = self.services.iter().filter(|service| service.metadata().signs_raw_paths()).collect();
        }
        // A bucket may be in the host or in the path.
        let in_host = hints.bucket().map(|bucket| (&request.method, format!("/{bucket}{}", request.target)));
        // Clients may send a long query as a form.
        let as_query = (request.method == Method::POST && is_form(request)).then(|| {
            let path = request.target.split('?').next().unwrap_or_default();
            (&Method::GET, format!("{path}?{}", form_of(request)))
        });
        let as_sent = (&request.method, request.target.clone());
        for (method, text) in in_host.into_iter().chain([as_sent]).chain(as_query) {
            let target = RequestTarget::new(method, &text, &request.headers);
            let scored = found.iter().flat_map(|service| {
                let templates = service.templates().iter();
                templates.filter_map(|template| Some((template.score(&target)?, *service, template)))
            });
            // Of equals the first one, which is the older operation.
            let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
            if let Some((_, service, template)) = best {
                return service.route(&template.operation, text.clone());
            }
        }
        Err(self.unknown_path(&found, named, request))
    }

    fn unknown_path(&self, found: &[&ServedService], named: &[&ServedService], request: &ServedRequest) -> String {
        let what = format!("{} {}", request.method, request.target.split('?').next().unwrap_or_default());
        if named.is_empty() {
            return format!(
                "{what} names no service: neither its signature, its X-Amz-Target, its Action nor its host does."
            );
        }
        let target = RequestTarget::new(&request.method, &request.target, &request.headers);
        let mut nearest: Vec<_> = found
            .iter()
            .flat_map(|service| service.templates().iter().map(|template| (template.likeness(&target), template)))
            .collect();
        nearest.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
        let nearest: Vec<&str> =
            nearest.iter().take(MAX_NEAREST).map(|(_, template)| template.operation.as_str()).collect();
        format!("{} has no operation with {what}.{}", names(named), hint("The nearest are", &nearest))
    }
}

impl ServedService {
    fn metadata(&self) -> &crate::model::service::ServiceMetadata {
        &self.plan.model.metadata
    }

    fn templates(&self) -> &[PathTemplate] {
        self.templates.get_or_init(|| {
            let names: Vec<&str> = self.plan.model.operation_names().collect();
            let plans = names.into_iter().filter_map(|name| self.plan.operation(name).ok());
            plans.map(|plan| PathTemplate::of(&plan.operation)).collect()
        })
    }

    fn route(&self, operation: &str, target: String) -> Result<ServedRoute, String> {
        let plan = self.plan.operation(operation).map_err(|error| error.to_string())?;
        Ok(ServedRoute { service: Arc::clone(&self.plan), plan: Arc::clone(plan), target })
    }
}

/// The operation of that name in one of the services.
fn by_name(
    found: &[&ServedService],
    operation: &str,
    protocols: &[&str],
    request: &ServedRequest,
) -> Result<ServedRoute, String> {
    let with_operation = found.iter().find(|service| service.plan.model.operation_index(operation).is_some());
    let Some(service) = with_operation else {
        let known = found.iter().flat_map(|service| service.plan.model.operation_names());
        let nearest = nearest_of(operation, known, MAX_NEAREST);
        return Err(match found.is_empty() {
            true => format!("No service is known for the operation {operation:?}."),
            false => format!("{} has no operation {operation:?}.{}", names(found), hint("Similar ones", &nearest)),
        });
    };
    if !protocols.contains(&service.plan.protocol_name) {
        return Err(format!(
            "{} answers in the protocol {}, and the request has {}.",
            service.plan.model.name, service.plan.protocol_name, protocols[0]
        ));
    }
    service.route(operation, request.target.clone())
}

fn names(services: &[&ServedService]) -> String {
    let names: Vec<&str> = services.iter().take(MAX_NEAREST).map(|service| service.plan.model.name.as_str()).collect();
    names.join(", ")
}

fn hint(what: &str, nearest: &[&str]) -> String {
    if nearest.is_empty() { String::new() } else { format!(" {what}: {}.", nearest.join(", ")) }
}

/// What a request says of its service.
struct Hints<'r> {
    /// The service in the scope of the signature.
    scope: Option<String>,
    /// Without the port.
    host: &'r str,
}

impl<'r> Hints<'r> {
    fn of(request: &'r ServedRequest) -> Self {
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let host = if host.starts_with('[') { "" } else { host.split(':').next().unwrap_or_default() };
        let authorization = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let header = authorization.and_then(|value| value.split_once("Credential=")).map(|(_, rest)| rest);
        let credential = header.map(|rest| rest.split([',', ' ']).next().unwrap_or_default().to_owned());
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let in_query = || {
            let found = percent::form_pairs(query).find(|(name, _)| name.eq_ignore_ascii_case("X-Amz-Credential"));
            found.map(|(_, value)| value.into_owned())
        };
        let credential = credential.or_else(in_query).unwrap_or_default();
        Hints { scope: credential.rsplit('/').nth(1).map(str::to_owned), host }
    }

    fn is_host_of(&self, service: &ServedService) -> bool {
        let prefix = service.metadata().endpoint_prefix.as_str();
        let mut places = self.host.match_indices(prefix);
        places.any(|(at, _)| {
            let before = self.host[..at].chars().next_back();
            let after = &self.host[at + prefix.len()..];
            before.is_none_or(|char| char == '.') && (after.starts_with('.') || after.starts_with("-fips."))
        })
    }

    /// The bucket in the host.
    fn bucket(&self) -> Option<&str> {
        let at = [".s3.", ".s3-", ".s3express-", ".localhost"].iter().filter_map(|part| {
            let at = self.host.find(part)?;
            (*part != ".localhost" || self.host.ends_with(part)).then_some(at)
        });
        at.min().map(|at| &self.host[..at]).filter(|bucket| !bucket.is_empty())
    }
}

/// The service and the operation in a path of `smithy-rpc-v2-cbor`.
fn rpc_path(target: &str) -> Option<(&str, &str)> {
    let path = target.split('?').next().unwrap_or_default();
    let (before, operation) = path.rsplit_once("/operation/")?;
    let (_, service) = before.rsplit_once("/service/")?;
    (!operation.is_empty() && !operation.contains('/')).then_some((service, operation))
}

fn is_form(request: &ServedRequest) -> bool {
    let kind = text(&request.headers, CONTENT_TYPE.as_str());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The fields of the form in the body and in the query.
fn form_of(request: &ServedRequest) -> String {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    match std::str::from_utf8(&request.body) {
        Ok(body) if is_form(request) => format!("{body}&{query}"),
        _ => query.to_owned(),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
