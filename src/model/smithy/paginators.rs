//! The paginators of a model in botocore's format.

use serde_json::{Map, Value, json};

use super::document::SmithyDocument;
use super::error::SmithyError;
use super::traits::PAGINATED;

const KEYS: &[(&str, &str)] = &[
    ("inputToken", "input_token"),
    ("outputToken", "output_token"),
    ("pageSize", "limit_key"),
    ("items", "result_key"),
];

impl SmithyDocument {
    /// Returns the text of a paginators file; `None` if no operation has a complete trait. A paginator without `items` is left
    /// out: what it lists is inferred from the operation.
    pub(crate) fn paginators(&self) -> Result<Option<String>, SmithyError> {
        let mut pagination = Map::new();
        for (name, shape) in self.operation_shapes() {
            let Some(own) = shape?.traits.get::<Map<String, Value>>(PAGINATED)? else { continue };
            let mut all = self.service.paginated.clone();
            all.extend(own);
            if !all.contains_key("items")
                || all.get("inputToken").and_then(Value::as_str).is_none_or(|token| token.contains('.'))
            {
                continue;
            }
            let pairs = KEYS.iter().filter_map(|(from, to)| Some(((*to).to_owned(), all.get(*from)?.clone())));
            pagination.insert(name.to_owned(), Value::Object(pairs.collect()));
        }
        Ok((!pagination.is_empty()).then(|| json!({ "pagination": pagination }).to_string()))
    }
}
