//! Conditions of items and of keys, made with methods and operators as in boto3.

use std::ops::{BitAnd, BitOr, Not};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::native::single;

/// The only member of an object that stands for a condition among parameters.
pub(super) const TAG: &str = "$condition";

/// Begins a condition of an attribute of the item: for `ConditionExpression` and `FilterExpression`.
///
/// The name may be a path: `"address.lines[0]"`.
///
/// ```
/// use serde_json::json;
/// use tucuxi::dynamodb::attr;
///
/// let condition = attr("stock").gte(1) & (attr("tags").contains("new") | !attr("sold").exists());
/// let params = json!({"FilterExpression": condition});
/// # assert!(params["FilterExpression"].is_object());
/// ```
pub fn attr(name: impl Into<String>) -> AttrName {
    AttrName(name.into())
}

/// Begins a condition of a key: for `KeyConditionExpression`. The name may be that of a key of the table or of an index.
///
/// ```
/// use serde_json::json;
/// use tucuxi::dynamodb::key;
///
/// let params = json!({"KeyConditionExpression": key("artist").eq("Queen").and(key("year").between(1975, 1980))});
/// # assert!(params["KeyConditionExpression"].is_object());
/// ```
pub fn key(name: impl Into<String>) -> KeyName {
    KeyName(name.into())
}

/// An attribute in a condition; [`attr`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a name is no condition"]
pub struct AttrName(String);

/// A key in a condition; [`key`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a name is no condition"]
pub struct KeyName(String);

/// The size of an attribute in a condition; [`AttrName::size`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a size is no condition"]
pub struct AttrSize(String);

/// A side of a comparison: a native value, or an attribute, a key or a size.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand(Value);

/// A condition, which can be used as a value in parameters of a [`Table`](super::Table).
///
/// Conditions are combined with `&`, `|` and `!`, or [`and`](Self::and) and [`or`](Self::or). The text that is sent, with its
/// placeholders, is that of boto3.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a condition is used as a parameter"]
pub struct Condition(Value);

impl Condition {
    /// Both conditions hold.
    pub fn and(self, other: Condition) -> Condition {
        Condition::of("AND", [self, other].map(Operand::condition))
    }

    /// At least one of the conditions holds.
    pub fn or(self, other: Condition) -> Condition {
        Condition::of("OR", [self, other].map(Operand::condition))
    }

    fn of(operator: &str, operands: impl IntoIterator<Item = Operand>) -> Condition {
        let parts = operands.into_iter().map(|operand| operand.0);
        Condition(std::iter::once(operator.into()).chain(parts).collect())
    }
}

impl BitAnd for Condition {
    type Output = Condition;

    fn bitand(self, other: Condition) -> Condition {
        self.and(other)
    }
}

impl BitOr for Condition {
    type Output = Condition;

    fn bitor(self, other: Condition) -> Condition {
        self.or(other)
    }
}

impl Not for Condition {
    type Output = Condition;

    fn not(self) -> Condition {
        Condition::of("NOT", [Operand::condition(self)])
    }
}

impl From<Condition> for Value {
    fn from(condition: Condition) -> Value {
        single(TAG, condition.0)
    }
}

/// So that `json!` takes conditions.
impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(TAG, &self.0)])
    }
}

impl Operand {
    fn condition(condition: Condition) -> Operand {
        Operand(single("condition", condition.0))
    }
}

impl<T: Into<Value>> From<T> for Operand {
    fn from(value: T) -> Operand {
        Operand(single("value", value))
    }
}

impl From<AttrName> for Operand {
    fn from(name: AttrName) -> Operand {
        Operand(single("attr", name.0))
    }
}

impl From<KeyName> for Operand {
    fn from(name: KeyName) -> Operand {
        Operand(single("key", name.0))
    }
}

impl From<AttrSize> for Operand {
    fn from(size: AttrSize) -> Operand {
        Operand(single("size", size.0))
    }
}

/// The comparisons that keys, attributes and sizes have.
macro_rules! comparisons {
    () => {
        /// It is equal to the operand.
        pub fn eq(self, operand: impl Into<Operand>) -> Condition {
            Condition::of("=", [self.into(), operand.into()])
        }

        /// It is less than the operand.
        pub fn lt(self, operand: impl Into<Operand>) -> Condition {
            Condition::of("<", [self.into(), operand.into()])
        }

        /// It is less than the operand, or equal to it.
        pub fn lte(self, operand: impl Into<Operand>) -> Condition {
            Condition::of("<=", [self.into(), operand.into()])
        }

        /// It is greater than the operand.
        pub fn gt(self, operand: impl Into<Operand>) -> Condition {
            Condition::of(">", [self.into(), operand.into()])
        }

        /// It is greater than the operand, or equal to it.
        pub fn gte(self, operand: impl Into<Operand>) -> Condition {
            Condition::of(">=", [self.into(), operand.into()])
        }

        /// It begins with the text or the bytes.
        pub fn begins_with(self, operand: impl Into<Operand>) -> Condition {
            Condition::of("begins_with", [self.into(), operand.into()])
        }

        /// It is between the operands, or equal to one of them.
        pub fn between(self, low: impl Into<Operand>, high: impl Into<Operand>) -> Condition {
            Condition::of("BETWEEN", [self.into(), low.into(), high.into()])
        }
    };
}

impl KeyName {
    comparisons!();
}

impl AttrSize {
    comparisons!();
}

impl AttrName {
    comparisons!();

    /// It is not equal to the operand.
    pub fn ne(self, operand: impl Into<Operand>) -> Condition {
        Condition::of("<>", [self.into(), operand.into()])
    }

    /// It is equal to one of the values.
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        let values: Value = values.into_iter().map(Into::into).collect();
        Condition::of("IN", [self.into(), Operand(single("values", values))])
    }

    /// The item has it.
    pub fn exists(self) -> Condition {
        Condition::of("attribute_exists", [self.into()])
    }

    /// The item does not have it.
    pub fn not_exists(self) -> Condition {
        Condition::of("attribute_not_exists", [self.into()])
    }

    /// It is a text with this part, or a set or list with this element.
    pub fn contains(self, operand: impl Into<Operand>) -> Condition {
        Condition::of("contains", [self.into(), operand.into()])
    }

    /// It is of a type: `"S"`, `"N"`, `"SS"` ..
    pub fn attribute_type(self, type_name: impl Into<Operand>) -> Condition {
        Condition::of("attribute_type", [self.into(), type_name.into()])
    }

    /// Its size, to be compared: `attr("name").size().gt(3)`.
    pub fn size(self) -> AttrSize {
        AttrSize(self.0)
    }
}
