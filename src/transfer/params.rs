//! Parameters that callers pass through to the operations of a transfer.

use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::spelling;

/// Parameters of a transfer: each operation gets those that its model has.
#[derive(Debug, Clone, Default)]
pub(super) struct PassedParams(Map<String, Value>);

impl PassedParams {
    /// Checks the caller's parameters before anything is sent: `operations` are those of the transfer, `own` the members that
    /// the transfer sets itself.
    pub(super) fn new(client: &Client, params: Value, operations: &[&str], own: &[&str]) -> Result<PassedParams> {
        let params = match params {
            Value::Null => Map::new(),
            Value::Object(params) => params,
            other => {
                let found = crate::value::type_name(&other);
                return Err(invalid(format!("input: expected object, found {found}")));
            }
        };
        if params.is_empty() {
            return Ok(PassedParams(params));
        }
        let mut known: Vec<String> = Vec::new();
        for operation in operations {
            client.each_input_member(operation, |name| known.push(name.to_owned()))?;
        }
        known.retain(|name| !own.contains(&name.as_str()));
        known.sort_unstable();
        known.dedup();
        if let Some(unknown) = params.keys().find(|name| !known.contains(name)) {
            if own.contains(&unknown.as_str()) {
                return Err(invalid(format!("input.{unknown}: the transfer sets this parameter itself")));
            }
            let near = spelling::nearest(unknown, known.iter().map(String::as_str));
            let hint = spelling::did_you_mean(&near);
            return Err(invalid(format!("input.{unknown}: none of the operations of the transfer has it{hint}")));
        }
        Ok(PassedParams(params))
    }

    /// The parameters without these, and with `more`.
    pub(super) fn changed(&self, without: &[&str], more: Map<String, Value>) -> PassedParams {
        let mut params = self.0.clone();
        params.retain(|name, _| !without.contains(&name.as_str()));
        params.extend(more);
        PassedParams(params)
    }

    /// Adds a parameter that the caller has not given.
    pub(super) fn add_default(&mut self, name: &str, value: &str) {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The name and value of a checksum of the whole object that the caller gives.
    pub(super) fn checksum(&self) -> Option<(&str, &Value)> {
        let given = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix("Checksum")?, value)));
        given.into_iter().find(|(name, _)| !matches!(*name, "Algorithm" | "Type" | "Mode"))
    }

    /// The parameters without checksums of the whole object, for a part of it.
    pub(super) fn without_checksum(&self) -> PassedParams {
        let mut params = self.0.clone();
        params.retain(|name, _| !name.starts_with("Checksum"));
        PassedParams(params)
    }

    /// Parameters of another operation that are given under other names: pairs of the given and the own name.
    pub(super) fn renamed(&self, names: &[(&str, &str)]) -> Map<String, Value> {
        let given = names.iter().filter_map(|(given, own)| Some(((*own).to_owned(), self.0.get(*given)?.clone())));
        given.collect()
    }

    /// The parameters of one operation: those of the caller that it has, and `own`.
    pub(super) fn of(&self, client: &Client, operation: &str, own: Value) -> Result<Map<String, Value>> {
        let mut params = Map::new();
        if !self.0.is_empty() {
            client.each_input_member(operation, |name| {
                if let Some(value) = self.0.get(name) {
                    params.insert(name.to_owned(), value.clone());
                }
            })?;
        }
        if let Value::Object(own) = own {
            params.extend(own);
        }
        Ok(params)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Validation, message)
}
