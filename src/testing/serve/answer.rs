//! The responses of a server: fakes, or those of a tape.

use std::sync::{Mutex, PoisonError};

use ::http::Response;
use ::http::header::{HOST, RANGE};
use serde_json::{Map, Value, json};

use super::http::ServedRequest;
use super::route::ServedRoute;
use crate::codec::percent;
use crate::error::{Error, Result};
use crate::plan::{OperationPlan, ServicePlan};
use crate::testing::fake;
use crate::testing::replies::Reply;
use crate::testing::tape::{BodyEnd, Interaction, TapeFile, is_like, replace_accounts, text_is_like};

pub(super) enum Answers {
    Fakes,
    Tape(TapedAnswers),
}

/// A tape, and which of its interactions were used.
pub(super) struct TapedAnswers {
    interactions: Vec<Interaction>,
    is_used: Mutex<Vec<bool>>,
}

impl Answers {
    /// The response to a request, and whether the connection breaks after it. The error is a text for people.
    pub(super) fn answer(
        &self,
        route: &ServedRoute,
        request: &ServedRequest,
        request_id: &str,
    ) -> Result<(Response<Vec<u8>>, bool), String> {
        match self {
            Answers::Fakes => {
                let output = match route.plan.operation.discovers_endpoints {
                    true => json!({"Endpoints": [{"Address": host(request), "CachePeriodInMinutes": 1440}]}),
                    false => fake::reply(&route.service, &route.plan),
                };
                fake_response(route, request, output, request_id).map_err(|error| error.to_string())
            }
            Answers::Tape(tape) => tape.answer(route, request),
        }
    }
}

/// The response with an output, or the range of it that the request asks for.
fn fake_response(
    route: &ServedRoute,
    request: &ServedRequest,
    output: Value,
    request_id: &str,
) -> Result<(Response<Vec<u8>>, bool)> {
    let range = request.headers.get(RANGE).and_then(|range| range.to_str().ok());
    let member = route.plan.operation.input_structure().and_then(|input| input.by_header(RANGE.as_str()));
    let params: Map<String, Value> =
        member.zip(range).map(|(member, range)| (member.name.to_string(), range.into())).into_iter().collect();
    let params = Value::Object(params);
    let (parts, body) = Reply::output(output).respond(&route.service, &route.plan, &params, request_id)??.into_parts();
    let body = body.into_bytes().map_err(|error| Error::other(error.to_string()))?;
    Ok((Response::from_parts(parts, body), false))
}

fn host(request: &ServedRequest) -> &str {
    request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

impl TapedAnswers {
    pub(super) fn new(tape: TapeFile) -> Self {
        let is_used = Mutex::new(vec![false; tape.interactions.len()]);
        TapedAnswers { interactions: tape.interactions, is_used }
    }

    fn answer(&self, route: &ServedRoute, request: &ServedRequest) -> Result<(Response<Vec<u8>>, bool), String> {
        let (service, operation) = (&route.service.model.name, &route.plan.operation.name);
        let interaction = self.find(route, request).ok_or_else(|| {
            let mut names: Vec<_> =
                self.interactions.iter().map(|other| format!("{} {}", other.service, other.operation)).collect();
            names.dedup();
            names.truncate(8);
            format!("The tape has no {service} {operation}. It has {}.", names.join(", "))
        })?;
        let Some(taped) = interaction.response.as_ref().filter(|taped| taped.body_end != BodyEnd::Withheld) else {
            return Err(format!("The tape has a {service} {operation} without a response."));
        };
        let (head, body) = taped.parts().ok_or_else(|| "The response of the tape is broken.".to_owned())?;
        Ok((head.map(|()| body), taped.body_end != BodyEnd::Complete))
    }

    /// The interaction with equal parameters, or else the next one of the operation. One that is not used comes first, and the last one
    /// is used again.
    fn find(&self, route: &ServedRoute, request: &ServedRequest) -> Option<&Interaction> {
        let (service, operation) = (&route.service.model.name, &route.plan.operation.name);
        let of_route = |other: &Interaction| other.service == *service && other.operation == *operation;
        let mine = self.interactions.iter().enumerate().filter(|(_, other)| of_route(other));
        let mine: Vec<(usize, bool)> =
            mine.map(|(index, other)| (index, is_same(&route.service, &route.plan, other, route, request))).collect();
        let mut is_used = self.is_used.lock().unwrap_or_else(PoisonError::into_inner);
        let equal = || mine.iter().filter(|(_, is_equal)| *is_equal).map(|(index, _)| *index);
        let all = || mine.iter().map(|(index, _)| *index);
        let found = equal()
            .find(|index| !is_used[*index])
            .or_else(|| equal().next_back())
            .or_else(|| all().find(|index| !is_used[*index]))
            .or_else(|| all().next_back())?;
        is_used[found] = true;
        self.interactions.get(found)
    }
}

/// Whether the request is the one that this crate would send with the parameters of the tape. Masks are equal to anything.
fn is_same(
    service: &ServicePlan,
    plan: &OperationPlan,
    interaction: &Interaction,
    route: &ServedRoute,
    request: &ServedRequest,
) -> bool {
    let none = Map::new();
    let params = interaction.params.as_object().unwrap_or(&none);
    let Ok(expected) = service.protocol.serialize(&service.model, &plan.operation, params) else { return false };
    let mut target = route.target.clone().into_bytes();
    let mut body = request.body.clone();
    replace_accounts(&mut target);
    replace_accounts(&mut body);
    let target = String::from_utf8_lossy(&target);
    is_same_target(&expected.path_and_query, &target) && is_same_body(service.protocol_name, &expected.body, &body)
}

fn is_same_target(expected: &str, found: &str) -> bool {
    let split = |text: &str| {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let mut pairs: Vec<_> =
            percent::form_pairs(query).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        pairs.retain(|(name, _)| name != "x-id" && !name.to_ascii_lowercase().starts_with("x-amz-"));
        pairs.sort();
        let path: Vec<String> = path.split('/').map(|segment| percent::decoded(segment).into_owned()).collect();
        (path, pairs)
    };
    let ((path, pairs), (found_path, found_pairs)) = (split(expected), split(found));
    path.len() == found_path.len()
        && pairs.len() == found_pairs.len()
        && path.iter().zip(&found_path).all(|(expected, found)| text_is_like(expected, found))
        && pairs.iter().zip(&found_pairs).all(|(one, other)| one.0 == other.0 && text_is_like(&one.1, &other.1))
}

fn is_same_body(protocol: &str, expected: &[u8], found: &[u8]) -> bool {
    match protocol {
        "json" | "rest-json" => {
            let value = |bytes: &[u8]| match bytes.is_empty() {
                true => Some(json!({})),
                false => serde_json::from_slice::<Value>(bytes).ok(),
            };
            match (value(expected), value(found)) {
                (Some(expected), Some(found)) => is_like(&expected, &found),
                _ => expected == found,
            }
        }
        "query" | "ec2" => {
            let pairs = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                let pairs = percent::form_pairs(&text).map(|(name, value)| (name.into_owned(), value.into_owned()));
                let mut pairs: Vec<_> = pairs.collect();
                pairs.sort();
                pairs
            };
            let (expected, found) = (pairs(expected), pairs(found));
            expected.len() == found.len()
                && expected.iter().zip(&found).all(|(one, other)| one.0 == other.0 && text_is_like(&one.1, &other.1))
        }
        _ => expected == found,
    }
}
