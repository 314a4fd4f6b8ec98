//! Modules for `#[serde(with = "..")]`: as what a member is written. All read tagged values as well as plain ones, also where serde
//! reads a value before it knows the type: in enums with a tag, untagged ones, and flattened structs.

/// A module that writes a member as an object with a tag.
macro_rules! tagged {
    ($(#[$doc:meta])+ $module:ident $tag:literal) => {
        $(#[$doc])+
        pub mod $module {
            use serde::de::DeserializeOwned;
            use serde::{Deserializer, Serialize, Serializer};

            /// Writes the member.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map([($tag, value)])
            }

            /// Reads the member.
            ///
            /// # Errors
            /// Those of the deserializer.
            pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
                crate::dynamodb::de::tagged(deserializer)
            }
        }
    };
}

tagged! {
    /// Writes a collection of texts as a set of strings (`SS`).
    ///
    /// DynamoDB has no empty sets, so a member that may be empty is left out then:
    ///
    /// ```
    /// use std::collections::BTreeSet;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Song {
    ///     #[serde(with = "tucuxi::dynamodb::string_set", default, skip_serializing_if = "BTreeSet::is_empty")]
    ///     tags: BTreeSet<String>,
    /// }
    /// let item = tucuxi::dynamodb::to_item(&Song { tags: ["rock".to_owned()].into() })?;
    /// assert_eq!(item, serde_json::json!({"tags": {"SS": ["rock"]}}));
    /// let song: Song = tucuxi::dynamodb::from_item(item)?;
    /// assert!(song.tags.contains("rock"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    string_set "SS"
}

tagged! {
    /// Writes a collection of numbers as a set of numbers (`NS`); see [`string_set`].
    number_set "NS"
}

tagged! {
    /// Writes a map as a map (`M`), also if its only key is the name of a type.
    ///
    /// Without it, `{"S": "small"}` would be the string `small`; see the [module](crate::dynamodb).
    map "M"
}

/// Writes a number as a number (`N`), also if its type writes it as text, as the types of decimals do; and reads it without rounding if
/// its type reads text.
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Product {
///     /// A decimal, for example.
///     #[serde(with = "tucuxi::dynamodb::number")]
///     price: String,
/// }
/// let item = tucuxi::dynamodb::to_item(&Product { price: "19.90".to_owned() })?;
/// assert_eq!(item, serde_json::json!({"price": {"N": "19.90"}}));
/// let item = serde_json::json!({"price": {"N": "0.12345678901234567890"}});
/// assert_eq!(tucuxi::dynamodb::from_item::<Product>(item)?.price, "0.12345678901234567890");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub mod number {
    use serde::de::DeserializeOwned;
    use serde::ser::Error as _;
    use serde::{Deserializer, Serialize, Serializer};
    use serde_json::Value;

    use crate::dynamodb::ser::to_native;

    /// Writes the member.
    ///
    /// # Errors
    /// Those of the serializer; what is no number.
    pub fn serialize<T: Serialize, S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
        match to_native(number, "number").map_err(S::Error::custom)? {
            Value::String(text) => serializer.collect_map([("N", text)]),
            other => other.serialize(serializer),
        }
    }

    /// Reads the member.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        crate::dynamodb::de::number(deserializer)
    }
}

/// Writes bytes, such as a `Vec<u8>`, as a binary (`B`).
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Photo {
///     #[serde(with = "tucuxi::dynamodb::binary")]
///     thumbnail: Vec<u8>,
/// }
/// let item = tucuxi::dynamodb::to_item(&Photo { thumbnail: b"hello".to_vec() })?;
/// assert_eq!(item, serde_json::json!({"thumbnail": {"B": "aGVsbG8="}}));
/// assert_eq!(tucuxi::dynamodb::from_item::<Photo>(item)?.thumbnail, b"hello");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub mod binary {
    use serde::de::DeserializeOwned;
    use serde::{Deserializer, Serializer};

    use crate::value::blob;

    /// Writes the member.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("B", blob(bytes))])
    }

    /// Reads the member.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        crate::dynamodb::de::tagged(deserializer)
    }
}

/// Writes a collection of bytes, such as a `Vec<Vec<u8>>`, as a set of binaries (`BS`); see [`string_set`].
pub mod binary_set {
    use serde::de::DeserializeOwned;
    use serde::ser::Error as _;
    use serde::{Deserializer, Serialize, Serializer};
    use serde_json::Value;

    use crate::dynamodb::ser::to_native;
    use crate::value::blob;

    /// Writes the member.
    ///
    /// # Errors
    /// Those of the serializer; what is no collection of bytes.
    pub fn serialize<T: Serialize, S: Serializer>(set: &T, serializer: S) -> Result<S::Ok, S::Error> {
        let Ok(Value::Array(items)) = to_native(set, "set") else {
            return Err(S::Error::custom("expected a collection of bytes"));
        };
        let set = items.iter().map(text).collect::<Option<Vec<Value>>>();
        let set = set.ok_or_else(|| S::Error::custom("expected a collection of bytes"))?;
        serializer.collect_map([("BS", set)])
    }

    /// The base64 text of bytes, which serde may have passed on as a list of numbers.
    fn text(bytes: &Value) -> Option<Value> {
        match bytes {
            Value::Array(numbers) => {
                let byte = |number: &Value| u8::try_from(number.as_u64()?).ok();
                numbers.iter().map(byte).collect::<Option<Vec<u8>>>().map(blob)
            }
            other => other.get("B").cloned(),
        }
    }

    /// Reads the member.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        crate::dynamodb::de::tagged(deserializer)
    }
}
