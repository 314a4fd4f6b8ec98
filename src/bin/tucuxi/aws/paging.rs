//! The AWS CLI's options for listings in pages, and when a listing is a single call.

use serde_json::{Map, Value, json};
use tucuxi::Paginator;
use tucuxi::shapes::{PaginationInfo, kebab_name};

use super::args::ValueType;
use super::arguments::LineOptions;
use super::error::{AwsError, AwsResult};
use super::options::OptionRole;
use super::python;

/// The paging options, in the order of the message about them.
const OPTIONS: &[&str] = &["starting-token", "page-size", "max-items"];

/// Token parameters whose options do not mean that the user pages by hand.
const NORMALIZED: &[&str] = &["start-token", "max-items"];

/// How a listing is fetched.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) starting_token: Option<Value>,
    pub(crate) page_size: Option<Value>,
    pub(crate) max_items: Option<Value>,
}

/// Whether pages are fetched: not if the line says so, or has a token or a page size of the service's own.
pub(crate) fn is_on(pagination: &PaginationInfo, arguments: &LineOptions<'_, '_>, paginate: bool) -> AwsResult<bool> {
    let by_hand = |name: &str| {
        let name = kebab_name(name);
        arguments.has(&name) && !NORMALIZED.contains(&name.as_str())
    };
    let names: Vec<&str> = pagination.input_tokens().chain(pagination.limit_key()).collect();
    if paginate && !names.into_iter().any(by_hand) {
        return Ok(true);
    }
    let shadowed = |name: &str| arguments.table.shadowed.iter().any(|option| option.name == name);
    let is_given = |name: &str| arguments.text(name).is_some_and(|value| !value.is_empty() && value != "0");
    let used: Vec<String> =
        OPTIONS.iter().filter(|name| !shadowed(name) && is_given(name)).map(|name| format!("--{name}")).collect();
    match used.is_empty() {
        true => Ok(false),
        false => Err(AwsError::Validation(format!(
            "Cannot specify --no-paginate along with pagination arguments: {}",
            used.join(", ")
        ))),
    }
}

impl Paging {
    /// Takes the value of a paging option.
    pub(crate) fn set(&mut self, role: OptionRole<'_>, text: &str, value_type: ValueType) -> AwsResult<()> {
        let value = match (role, value_type) {
            (OptionRole::StartingToken, _) | (_, ValueType::Text) => Value::from(text),
            _ => number(text),
        };
        if matches!(role, OptionRole::MaxItems) {
            let count = python::int(text).ok_or_else(|| {
                AwsError::General(format!("invalid literal for int() with base 10: {}", python::repr(text)))
            })?;
            if count == "0" || count.starts_with('-') {
                crate::error::eprint_text(
                    "warning: Non-positive values for --max-items may result in undefined behavior.\n",
                );
            }
        }
        match role {
            OptionRole::StartingToken => self.starting_token = Some(value),
            OptionRole::PageSize => self.page_size = Some(value),
            _ => self.max_items = Some(value),
        }
        Ok(())
    }

    /// Decides about pages once all parameters are known, those of `--cli-input-json` too: a token or page size among them means
    /// a single call.
    pub(crate) fn finish(
        mut self,
        pagination: Option<&PaginationInfo>,
        paginate: bool,
        params: &mut Map<String, Value>,
    ) -> AwsResult<Option<Paging>> {
        let by_hand = pagination.is_some_and(|pagination| {
            pagination.input_tokens().chain(pagination.limit_key()).any(|name| params.contains_key(name))
        });
        let is_on = pagination.is_some() && paginate && !by_hand;
        if !is_on {
            return match self == Paging::default() {
                true => Ok(None),
                // As a parameter that the operation does not have.
                false => {
                    params.insert("PaginationConfig".to_owned(), self.to_value());
                    Ok(None)
                }
            };
        }
        if let Some(config) = params.shift_remove("PaginationConfig") {
            self.add(&config)?;
        }
        Ok(Some(self))
    }

    /// Adds the settings of a `PaginationConfig` among the parameters, unless options have set others.
    fn add(&mut self, config: &Value) -> AwsResult<()> {
        if *self != Paging::default() {
            return Ok(());
        }
        let Value::Object(config) = config else {
            return Err(AwsError::Validation("PaginationConfig: expected an object".to_owned()));
        };
        self.starting_token = config.get("StartingToken").cloned();
        self.page_size = config.get("PageSize").cloned();
        self.max_items = config.get("MaxItems").cloned();
        Ok(())
    }

    /// Applies the settings to a paginator.
    pub(crate) fn apply(&self, mut paginator: Paginator) -> AwsResult<Paginator> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some(token) = &self.starting_token {
            paginator = paginator.starting_token(text(token));
        }
        if let Some(size) = &self.page_size {
            let size = text(size).parse().map_err(|_| not_a_count("--page-size", size))?;
            paginator = paginator.page_size(size);
        }
        if let Some(items) = &self.max_items {
            let items = text(items).parse().map_err(|_| not_a_count("--max-items", items))?;
            paginator = paginator.max_items(items);
        }
        Ok(paginator)
    }

    /// As boto3's `PaginationConfig`.
    pub(crate) fn to_value(&self) -> Value {
        let mut config = Map::new();
        for (name, value) in
            [("StartingToken", &self.starting_token), ("PageSize", &self.page_size), ("MaxItems", &self.max_items)]
        {
            if let Some(value) = value {
                config.insert(name.to_owned(), value.clone());
            }
        }
        Value::Object(config)
    }
}

fn not_a_count(option: &str, value: &Value) -> AwsError {
    AwsError::Validation(format!("{option}: expected a whole number from 0, found {value}"))
}

/// A whole number of any size, which the parser has checked.
fn number(text: &str) -> Value {
    python::int(text).and_then(|digits| tucuxi::parse_json(&digits).ok()).unwrap_or_else(|| json!(text))
}
