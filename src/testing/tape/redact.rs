//! [`Redactor`]: removes secrets before anything is kept.
//!
//! What the model calls sensitive is masked where it is, and remembered, so that it is also found where no model says that it is
//! secret: in the message of an error, in the key of an object. The same is done with what the signer adds.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, Uri};
use serde_json::{Map, Value};

use super::patterns::Accounts;
use crate::codec::json_text::compact_text;
use crate::codec::{base64, percent};
use crate::error::MASK;
use crate::jmespath::JmesPath;
use crate::model::mask::each_secret;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, Shapes};
use crate::value;

/// Shorter secrets are masked where the model says that they are, and not looked for elsewhere: too much would be found.
const MIN_LENGTH: usize = 6;

/// Deeper values are masked.
const MAX_DEPTH: usize = 256;

/// A rule of the user, which removes more.
#[derive(Clone)]
pub(super) enum UserRule {
    /// All values that the expression finds, wherever they are.
    Path(Arc<JmesPath>),
    /// Changes parameters and outputs.
    Closure(Arc<dyn Fn(&mut Value) + Send + Sync>),
}

#[derive(Default)]
pub(super) struct Redactor {
    known: Mutex<KnownSecrets>,
    rules: Mutex<Vec<UserRule>>,
}

/// What a recording has seen.
#[derive(Default)]
struct KnownSecrets {
    /// The secrets in each of their spellings, the longest first.
    secrets: Vec<String>,
    /// Short values that the user's rules found: only whole values are equal to them.
    short: BTreeSet<String>,
    accounts: Accounts,
}

impl Redactor {
    pub(super) fn add_rule(&self, rule: UserRule) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    fn known(&self) -> MutexGuard<'_, KnownSecrets> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what the signer added.
    pub(super) fn learn_signature(&self, headers: &HeaderMap, uri: &Uri) {
        let mut known = self.known();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        for name in ["x-amz-security-token", "x-amz-s3session-token"] {
            known.learn(text(name));
        }
        let authorization = text("authorization");
        known.learn(authorization.strip_prefix("Bearer ").unwrap_or_default());
        known.learn(authorization.rsplit_once("Signature=").map_or("", |(_, signature)| signature));
        for (name, value) in percent::form_pairs(uri.query().unwrap_or_default()) {
            if matches!(&*name, "X-Amz-Security-Token" | "X-Amz-Signature" | "X-Amz-S3session-Token" | "Signature") {
                known.learn(&value);
            }
        }
    }

    /// The parameters of a call as a tape has them, and whether something was removed. Idempotency tokens are masked whether they
    /// were given or not.
    pub(super) fn params(&self, operation: &Operation, params: &Value) -> (Value, bool) {
        let given = if params.is_null() { Value::Object(Map::new()) } else { params.clone() };
        let mut params = self.value(operation.input.as_ref(), given.clone());
        let is_redacted = params != given;
        if let (Some(structure), Some(members)) = (operation.input_structure(), params.as_object_mut()) {
            for index in &operation.idempotency_members {
                let name = structure.members[usize::from(*index)].name.to_string();
                members.insert(name, MASK.into());
            }
        }
        params.sort_all_objects();
        (params, is_redacted)
    }

    /// Parameters, an output or the members of an error, without secrets.
    pub(super) fn value(&self, shapes: Option<&Shapes>, mut value: Value) -> Value {
        self.apply_rules(&mut value);
        let mut known = self.known();
        if let Some(shapes) = shapes {
            each_secret(shapes, &value, &mut |text| {
                known.learn(text);
                true
            });
        }
        let mut cleaner = Cleaner { known: &mut known, shapes };
        cleaner.value(shapes.map(Shapes::root), "", &value, false, 0)
    }

    fn apply_rules(&self, value: &mut Value) {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for rule in &rules {
            match rule {
                UserRule::Closure(change) => change(value),
                // An expression that does not fit this value finds nothing in it.
                UserRule::Path(path) => {
                    if let Ok(found) = path.search(value) {
                        self.known().learn_all(&found);
                    }
                }
            }
        }
    }

    /// Whether rules of the user have to see each output.
    pub(super) fn has_rules(&self) -> bool {
        !self.rules.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// A text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        self.known().text("", text).into_owned()
    }

    /// Whether the bytes have a secret.
    pub(super) fn has_secret(&self, bytes: &[u8]) -> bool {
        self.known().secrets.iter().any(|secret| position(bytes, secret.as_bytes()).is_some())
    }

    /// Replaces accounts and access keys; false if there are none.
    pub(super) fn replace_patterns(&self, bytes: &mut [u8]) -> bool {
        self.known().accounts.replace("", bytes)
    }

    /// Replaces secrets by asterisks; false if there are none. The length stays.
    pub(super) fn blank_secrets(&self, bytes: &mut [u8]) -> bool {
        self.known().blank(bytes)
    }
}

impl KnownSecrets {
    fn learn(&mut self, secret: &str) {
        if secret.len() < MIN_LENGTH || secret.bytes().all(|byte| byte == b'*') {
            return;
        }
        let mut percent_encoded = String::new();
        percent::push_encoded(&mut percent_encoded, secret);
        let json = compact_text(&Value::String(secret.to_owned()));
        let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let decoded = base64::decode(secret).and_then(|bytes| String::from_utf8(bytes).ok());
        let forms = [
            secret.to_owned(),
            json.trim_matches('"').to_owned(),
            xml.replace('"', "&quot;"),
            xml,
            percent_encoded,
            base64::encode(secret.as_bytes()),
            decoded.unwrap_or_default(),
        ];
        for form in forms.into_iter().filter(|form| form.len() >= MIN_LENGTH) {
            if !self.secrets.contains(&form) {
                let at = self.secrets.partition_point(|other| other.len() >= form.len());
                self.secrets.insert(at, form);
            }
        }
    }

    /// Remembers the scalars that a rule of the user found.
    fn learn_all(&mut self, found: &Value) {
        match found {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                self.short.insert(text.clone());
                self.learn(text);
            }
            Value::Number(number) => drop(self.short.insert(number.to_string())),
            Value::Array(items) => items.iter().for_each(|item| self.learn_all(item)),
            Value::Object(members) => members.values().for_each(|member| self.learn_all(member)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text<'t>(&mut self, name: &str, text: &'t str) -> Cow<'t, str> {
        if self.short.contains(text) {
            return MASK.into();
        }
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK).into();
            }
        }
        let mut bytes = text.as_bytes().to_vec();
        match self.accounts.replace(name, &mut bytes) {
            // Only ASCII characters are replaced, by others.
            true => String::from_utf8_lossy(&bytes).into_owned().into(),
            false => text,
        }
    }

    /// Replaces secrets by the mask, as in text: a replay that has a mask for the secret then has the same bytes.
    fn mask(&self, bytes: &mut Vec<u8>) -> bool {
        let mut changed = false;
        for secret in &self.secrets {
            let mut from = 0;
            while let Some(at) = bytes.get(from..).and_then(|rest| position(rest, secret.as_bytes())) {
                bytes.splice(from + at..from + at + secret.len(), MASK.bytes());
                (from, changed) = (from + at + MASK.len(), true);
            }
        }
        changed
    }

    fn blank(&self, bytes: &mut [u8]) -> bool {
        let mut changed = false;
        for secret in &self.secrets {
            let mut from = 0;
            while let Some(at) = bytes.get(from..).and_then(|rest| position(rest, secret.as_bytes())) {
                let end = from + at + secret.len();
                bytes[from + at..end].fill(b'*');
                (from, changed) = (end, true);
            }
        }
        changed
    }
}

/// Cleans a value along its shapes.
struct Cleaner<'c> {
    known: &'c mut KnownSecrets,
    shapes: Option<&'c Shapes>,
}

impl<'c> Cleaner<'c> {
    fn value(&mut self, target: Option<&'c Ref>, name: &str, value: &Value, hidden: bool, depth: usize) -> Value {
        let hidden = hidden || target.is_some_and(|target| target.sensitive) || depth > MAX_DEPTH;
        let kind = target.zip(self.shapes).map(|(target, shapes)| shapes.kind(target));
        match (kind, value) {
            (_, Value::Null) => Value::Null,
            (_, _) if depth > MAX_DEPTH => MASK.into(),
            (_, Value::Object(members)) => Value::Object(self.members(kind, members, hidden, depth)),
            (_, Value::Array(items)) => {
                // Each event of a stream is one of its union.
                let item = if let Some(Kind::List(item)) = kind { Some(item) } else { target };
                items.iter().map(|value| self.value(item, name, value, hidden, depth + 1)).collect()
            }
            (kind, _) if hidden => mask(kind),
            (Some(Kind::Blob), Value::String(text)) => self.blob(text),
            (Some(Kind::Timestamp), _) | (_, Value::Bool(_)) => value.clone(),
            (_, Value::Number(number)) if self.known.short.contains(&number.to_string()) => 0.into(),
            (_, Value::Number(_)) => value.clone(),
            (_, Value::String(text)) => self.known.text(name, text).into(),
        }
    }

    fn members(
        &mut self,
        kind: Option<&'c Kind>,
        members: &Map<String, Value>,
        hidden: bool,
        depth: usize,
    ) -> Map<String, Value> {
        let mut cleaned = Map::new();
        for (index, (name, value)) in members.iter().enumerate() {
            let (target, hides_key) = match kind {
                Some(Kind::Structure(structure)) => (structure.by_name(name).map(|(_, member)| &member.target), false),
                Some(Kind::Map { key, value }) => (Some(value), hidden || key.sensitive),
                _ => (None, hidden),
            };
            let value = self.value(target, name, value, hidden, depth + 1);
            let name = match (hides_key, index) {
                (true, 0) => MASK.to_owned(),
                (true, _) => format!("{MASK}{}", index + 1),
                // The names of a model are never secret.
                (false, _) if matches!(kind, Some(Kind::Structure(_))) => name.clone(),
                (false, _) => self.known.text("", name).into_owned(),
            };
            cleaned.insert(name, value);
        }
        cleaned
    }

    fn blob(&mut self, text: &str) -> Value {
        let Ok(mut bytes) = value::bytes(&Value::String(text.to_owned())) else { return text.into() };
        let is_masked = self.known.mask(&mut bytes);
        match self.known.accounts.replace("", &mut bytes) || is_masked {
            true => value::blob(bytes),
            false => text.into(),
        }
    }
}

/// The mask of a value, which has its type.
fn mask(kind: Option<&Kind>) -> Value {
    match kind {
        Some(Kind::Boolean) => false.into(),
        Some(Kind::Integer | Kind::Float | Kind::Double) => 0.into(),
        Some(Kind::Timestamp) => "1970-01-01T00:00:00Z".into(),
        Some(Kind::Blob) => value::blob(MASK),
        _ => MASK.into(),
    }
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
