//! Plausible outputs, made from the model.

use serde_json::{Map, Value, json};

use super::models;
use crate::model::paginators::{Key, Pagination};
use crate::model::shape::{Constraints, Kind, Location, Member, Ref, Shape, ShapeId, Shapes, Structure};
use crate::plan::{OperationPlan, ServicePlan};

/// An output with all members, as far as it does not nest deeper and deeper. Strings have the name of their member, enumerations
/// their first value, lists one item. The output is the last page, if it is one.
pub(super) fn output(service: &ServicePlan, plan: &OperationPlan, pagination: Option<&Pagination>) -> Value {
    let Some(shapes) = &plan.operation.output else { return json!({}) };
    let mut faker = Faker { service, plan, shapes, open: Vec::new(), left: MAX_VALUES };
    let mut value = Value::Object(faker.root());
    if let Some(pagination) = pagination {
        end_pagination(pagination, &mut value);
    }
    value
}

/// The output of a call.
pub(super) fn reply(service: &ServicePlan, plan: &OperationPlan) -> Value {
    let known = models::service(&service.model.name).and_then(|info| info.paginator(&plan.operation));
    match known {
        Ok(known) => output(service, plan, known.as_deref()),
        Err(_) => output(service, plan, Pagination::infer(&plan.operation).as_ref()),
    }
}

/// The most values in an output. Models that refer to themselves in many ways would have more without end.
const MAX_VALUES: usize = 4000;
/// The depth from which structures have their required members only.
const MAX_FULL_DEPTH: usize = 8;
const MAX_DEPTH: usize = 20;
/// The most items of a list that has to have some.
const MAX_ITEMS: f64 = 5.0;

/// Headers that describe the body or its transfer, and so have to be right.
const DESCRIBING: &[&str] = &[
    "accept-ranges",
    "content-encoding",
    "content-length",
    "content-range",
    "content-md5",
    "transfer-encoding",
    "x-amz-crc32",
];

const PAST: &str = "2024-01-01T00:00:00Z";
const FUTURE: &str = "2099-01-01T00:00:00Z";

/// Takes the tokens of the next page away.
fn end_pagination(pagination: &Pagination, page: &mut Value) {
    for token in &pagination.output_tokens {
        // `NextMarker || Contents[-1].Key`: what is computed counts only if there is more.
        for alternative in token.as_str().split("||") {
            if let Ok(key) = Key::parse(alternative.trim()) {
                key.remove(page);
            }
        }
    }
    let more = pagination.more_results.as_ref().and_then(|more| Key::parse(more.as_str()).ok());
    if let Some(more) = more {
        match more.get_mut(page) {
            Some(Value::Bool(more)) => *more = false,
            Some(_) => more.remove(page),
            None => {}
        }
    }
}

struct Faker<'f> {
    service: &'f ServicePlan,
    plan: &'f OperationPlan,
    shapes: &'f Shapes,
    /// The structures around the value. None is in itself.
    open: Vec<ShapeId>,
    /// How many values may follow.
    left: usize,
}

impl<'f> Faker<'f> {
    fn root(&mut self) -> Map<String, Value> {
        let Some(structure) = self.shapes.root_structure() else { return Map::new() };
        self.open.push(self.shapes.root().shape);
        let has_bindings = self.service.protocol.has_bindings();
        let mut members = Map::new();
        for member in &structure.members {
            let location = if has_bindings { member.target.location } else { Location::Body };
            let value = match location {
                Location::StatusCode => Some(json!(200)),
                Location::Headers if !member.target.named || member.target.wire.is_empty() => None,
                Location::Headers => Some(json!({"name": "value"})),
                Location::Header if is_describing(&member.target.wire) => None,
                Location::Header if member.target.json_value => Some(json!({"key": "value"})),
                _ => self.member(member),
            };
            members.extend(value.map(|value| (member.name.to_string(), value)));
        }
        members
    }

    fn member(&mut self, member: &'f Member) -> Option<Value> {
        let target = &member.target;
        match self.shapes.kind(target) {
            Kind::Structure(events) if events.event_stream => Some(self.events(events)),
            _ => self.value(target, &member.name),
        }
    }

    /// One event of each type, and at the end the one that has to be there.
    fn events(&mut self, events: &'f Structure) -> Value {
        let last = self.plan.quirks.last_event();
        let is_error = |member: &&Member| self.service.model.is_error(&self.shapes.get(member.target.shape).name);
        let mut ordered: Vec<&Member> = events.members.iter().filter(|member| !is_error(member)).collect();
        ordered.sort_by_key(|member| last == Some(&*member.name));
        let events = ordered.into_iter().filter_map(|member| {
            let value = self.value(&member.target, &member.name)?;
            Some(json!({&*member.name: value}))
        });
        Value::Array(events.collect())
    }

    /// A value for a member of that name; `None` if it would be too deep.
    fn value(&mut self, target: &'f Ref, name: &str) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let shape = self.shapes.get(target.shape);
        Some(match &shape.kind {
            Kind::Structure(structure) if structure.document => json!({"key": "value"}),
            Kind::Structure(structure) => self.structure(target, structure)?,
            Kind::List(item) => self.list(shape, item, name),
            Kind::Map { key, value } => {
                let key = self.text(self.shapes.get(key.shape), "key");
                self.value(value, "value").map_or_else(|| json!({}), |value| json!({key: value}))
            }
            Kind::String if *shape.name == *"policyDocumentType" => json!({"Version": "2012-10-17", "Statement": []}),
            Kind::String => self.text(shape, name).into(),
            Kind::Boolean => false.into(),
            Kind::Integer => (number(&shape.constraints) as i64).into(),
            Kind::Float | Kind::Double => number(&shape.constraints).into(),
            Kind::Timestamp => time(name).into(),
            Kind::Blob => crate::blob(name),
        })
    }

    fn structure(&mut self, target: &'f Ref, structure: &'f Structure) -> Option<Value> {
        if self.open.contains(&target.shape) || self.open.len() > MAX_DEPTH {
            return None;
        }
        self.open.push(target.shape);
        let mut members = Map::new();
        let required: Vec<usize> = structure.required.iter().map(|index| usize::from(*index)).collect();
        let is_full = self.open.len() <= MAX_FULL_DEPTH;
        for (index, member) in structure.members.iter().enumerate() {
            let is_wanted = if structure.union { members.is_empty() } else { is_full || required.contains(&index) };
            // Of two members with the same name in the document, one is enough.
            if !is_wanted || structure.position_by_wire(&member.target.wire).is_some_and(|first| first != index) {
                continue;
            }
            let value = self.value(&member.target, &member.name);
            members.extend(value.map(|value| (member.name.to_string(), value)));
        }
        self.open.pop();
        (!structure.union || !members.is_empty()).then_some(Value::Object(members))
    }

    fn list(&mut self, shape: &Shape, item: &'f Ref, name: &str) -> Value {
        let count = shape.constraints.min.unwrap_or(1.0).clamp(1.0, MAX_ITEMS) as usize;
        let singular = name.strip_suffix('s').unwrap_or(name);
        (0..count).filter_map(|_| self.value(item, singular)).collect()
    }

    fn text(&self, shape: &Shape, name: &str) -> String {
        if let Some(first) = shape.constraints.values.first() {
            return first.to_string();
        }
        let text = self.text_by_name(name);
        let (min, max) = (shape.constraints.min.unwrap_or(0.0), shape.constraints.max.unwrap_or(f64::MAX));
        let count = text.chars().count() as f64;
        if count > max {
            return text.chars().take(max as usize).collect();
        }
        // No text has to be longer than a few thousand characters.
        let missing = (min - count).clamp(0.0, 4096.0) as usize;
        text + &"x".repeat(missing)
    }

    fn text_by_name(&self, name: &str) -> String {
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        match () {
            () if ends(&["Arn", "ARN", "arn"]) => {
                let prefix = &self.service.model.metadata.endpoint_prefix;
                format!("arn:aws:{prefix}:us-east-1:123456789012:{name}")
            }
            () if ends(&["AccountId", "accountId", "OwnerId", "ownerId", "AwsAccountId"]) => "123456789012".to_owned(),
            () if ends(&["Region", "region"]) => "us-east-1".to_owned(),
            () if ends(&["Url", "URL", "url", "Uri", "URI", "uri"]) => format!("https://example.com/{name}"),
            () if ends(&["Email", "email", "EmailAddress", "emailAddress"]) => "user@example.com".to_owned(),
            () => name.to_owned(),
        }
    }
}

fn is_describing(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    header.starts_with("x-amz-checksum-") || DESCRIBING.contains(&header.as_str())
}

/// One, if that is within the limits.
fn number(constraints: &Constraints) -> f64 {
    let (min, max) = (constraints.min.unwrap_or(f64::MIN), constraints.max.unwrap_or(f64::MAX));
    1.0_f64.max(min).min(max)
}

/// What expires does so after the test.
fn time(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    if ["expir", "validuntil", "notafter", "enddate"].iter().any(|part| name.contains(part)) { FUTURE } else { PAST }
}
