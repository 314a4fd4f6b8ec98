//! DynamoDB's native values: items as ordinary JSON or types of the caller, conditions, and batches.
//!
//! A [client](crate::Client) of DynamoDB takes and returns the service's own JSON: `{"id": {"S": "1"}, "n": {"N": "5"}}`. A [`Table`],
//! a view on it, takes and returns `{"id": "1", "n": 5}`. [`Client::table`] makes one; [`Client::native`] is the same for operations
//! that are not about one table.
//!
//! ```no_run
//! use serde_json::json;
//! use tucuxi::dynamodb::{attr, key};
//!
//! let table = tucuxi::client("dynamodb")?.table("songs");
//! table.call("put_item", json!({"Item": {"artist": "Queen", "year": 1975, "tags": {"SS": ["rock", "opera"]}}}))?;
//! let query = json!({
//!     "KeyConditionExpression": key("artist").eq("Queen") & key("year").between(1970, 1979),
//!     "FilterExpression": attr("tags").contains("opera"),
//! });
//! for song in table.paginate("query", query)?.items() {
//!     println!("{}", song?["year"]);
//! }
//! # Ok::<(), tucuxi::Error>(())
//! ```
//!
//! # Native values
//!
//! | DynamoDB | returned | accepted |
//! |---|---|---|
//! | `S`, `BOOL`, `NULL`, `L`, `M` | string, boolean, null, array, object | the same |
//! | `N` | a number, if it is exactly that number, else `{"N": "0.1234567890123456789"}` | both |
//! | `B` | `{"B": "aGVsbG8="}`, base64 text | the same |
//! | `SS`, `NS`, `BS` | `{"SS": ["a"]}`, `{"NS": ["1"]}`, `{"BS": ["aGVsbG8="]}` | the same; also numbers in `NS` |
//! | an `M` with one member that has the name of a type | `{"M": {"S": ..}}` | the same |
//!
//! So **an object whose only member is named `S`, `N`, `B`, `SS`, `NS`, `BS`, `M`, `L`, `NULL` or `BOOL` is a value of that type**, and
//! any other object is a map. A map with such a name as its only one is written `{"M": {"S": ..}}`. Nothing is lost either way but the
//! spelling of numbers: what was read can be written back. DynamoDB's own JSON of a value is accepted, too.
//!
//! Numbers have up to 38 digits; a float is sent as its shortest text, `0.1` as `0.1`. Numbers that DynamoDB cannot store, NaN and
//! infinities, empty sets and sets with an element twice are errors that name the place, before anything is sent.
//!
//! # Types of the caller
//!
//! [`to_item`] and [`from_item`] convert anything that serde can write and read; [`Table::call_as`] and
//! [`NativeItems::items_as`] do so within calls. Sets are read into any collection. [`string_set`], [`number_set`], [`binary_set`],
//! [`binary`], [`number`] and [`map`] say for a member with `#[serde(with = "..")]` as what it is written.

mod backoff;
mod batch_get;
mod batch_writer;
mod client;
mod condition;
mod convert;
mod de;
mod decimal;
mod error;
mod expression;
mod native;
mod pages;
mod ser;
mod table;
mod with;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[cfg(doc)]
use crate::client::Client;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::model::path::Path;

pub use batch_get::BatchGet;
pub use batch_writer::BatchWriter;
pub use client::NativeView;
pub use condition::{AttrName, AttrSize, Condition, KeyName, Operand, attr, key};
pub use pages::{NativeItems, NativePages};
pub use table::Table;
pub use with::{binary, binary_set, map, number, number_set, string_set};

use native::NativeRule;

/// Converts an item into DynamoDB's own JSON, an object of `AttributeValue`s.
///
/// `item` is a [`Value`] or a type of the caller; see the [module](self) for the rule. `None` becomes `NULL`.
///
/// ```
/// use serde_json::json;
/// use tucuxi::dynamodb::to_item;
///
/// #[derive(serde::Serialize)]
/// struct Song<'a> {
///     artist: &'a str,
///     year: u16,
///     #[serde(with = "tucuxi::dynamodb::string_set")]
///     tags: Vec<&'a str>,
/// }
///
/// let item = to_item(&Song { artist: "Queen", year: 1975, tags: vec!["rock"] })?;
/// assert_eq!(item, json!({"artist": {"S": "Queen"}, "year": {"N": "1975"}, "tags": {"SS": ["rock"]}}));
/// assert_eq!(to_item(&json!({"price": 0.1}))?, json!({"price": {"N": "0.1"}}));
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Validation`] with the path of what DynamoDB cannot store.
pub fn to_item<T: Serialize + ?Sized>(item: &T) -> Result<Value> {
    NativeRule::default().encode_item(ser::to_native(item, "item")?, &Path::root("item"))
}

/// Reads an item of DynamoDB's own JSON into a type, or into a [`Value`] with native values.
///
/// ```
/// use serde_json::{Value, json};
/// use tucuxi::dynamodb::from_item;
///
/// #[derive(serde::Deserialize)]
/// struct Song {
///     artist: String,
///     tags: Vec<String>,
/// }
///
/// let item = json!({"artist": {"S": "Queen"}, "tags": {"SS": ["rock"]}});
/// let song: Song = from_item(item.clone())?;
/// assert_eq!(song.tags, ["rock"]);
/// assert_eq!(from_item::<Value>(item)?, json!({"artist": "Queen", "tags": {"SS": ["rock"]}}));
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Response`] with the path of what is no `AttributeValue`, or does not fit `T`.
pub fn from_item<T: DeserializeOwned>(item: Value) -> Result<T> {
    de::from_native(NativeRule::default().decode_item(item, &Path::root("item"))?, "item")
}

/// Converts one value into an `AttributeValue`.
///
/// ```
/// use serde_json::json;
/// use tucuxi::dynamodb::to_attribute_value;
///
/// assert_eq!(to_attribute_value(&[1.5, 2.0])?, json!({"L": [{"N": "1.5"}, {"N": "2"}]}));
/// assert!(to_attribute_value(&f64::NAN).is_err());
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Errors
/// As for [`to_item`].
pub fn to_attribute_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    NativeRule::default().encode_value(ser::to_native(value, "value")?, &Path::root("value"))
}

/// Reads one `AttributeValue` into a type, or into a native [`Value`].
///
/// ```
/// use serde_json::{Value, json};
/// use tucuxi::dynamodb::from_attribute_value;
///
/// assert_eq!(from_attribute_value::<Value>(json!({"N": "1E+3"}))?, json!(1000));
/// assert_eq!(from_attribute_value::<Value>(json!({"N": "0.12345678901234567890"}))?, json!({"N": "0.12345678901234567890"}));
/// assert_eq!(from_attribute_value::<f64>(json!({"N": "0.12345678901234567890"}))?, 0.12345678901234568);
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Errors
/// As for [`from_item`].
pub fn from_attribute_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    de::from_native(NativeRule::default().decode_value(value, &Path::root("value"))?, "value")
}
