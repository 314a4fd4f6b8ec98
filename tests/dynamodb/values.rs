//! Native values and types of the caller.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tucuxi::dynamodb::{from_attribute_value, from_item, to_attribute_value, to_item};
use tucuxi::{ErrorKind, blob};

/// Random numbers from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn digits(&mut self, count: u64) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// A number that DynamoDB can store, in any spelling.
    fn number(&mut self) -> String {
        let sign = ["", "-"][self.below(2) as usize];
        match self.below(6) {
            0 => format!("{sign}{}", self.below(100)),
            1 => (self.next() as i64).to_string(),
            2 => self.next().to_string(),
            3 => {
                let (whole, fraction) = (1 + self.below(18), 1 + self.below(19));
                format!("{sign}{}.{}", self.digits(whole), self.digits(fraction))
            }
            4 => format!("{sign}{}.{}E{}", 1 + self.below(9), self.digits(37), self.below(250) as i64 - 125),
            _ => format!("{sign}{}", (self.next() as f64 / 1e9)),
        }
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 12] = ["S", "N", "B", "M", "L", "SS", "NULL", "BOOL", "", "a", "ß\u{1f42c}\n", "a.b[0]"];
        TEXTS[self.below(12) as usize].to_owned()
    }

    fn blob(&mut self) -> Value {
        let length = self.below(5);
        blob((0..length).map(|_| self.next() as u8).collect::<Vec<_>>())
    }

    fn set(&mut self, mut element: impl FnMut(&mut Self) -> Value, is_same: fn(&Value, &Value) -> bool) -> Vec<Value> {
        let mut elements: Vec<Value> = Vec::new();
        for _ in 0..=self.below(3) {
            let element = element(self);
            if !elements.iter().any(|other| is_same(other, &element)) {
                elements.push(element);
            }
        }
        elements
    }

    fn attribute(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0 => json!({"S": self.text()}),
            1 => json!({"NULL": true}),
            2 => json!({"BOOL": self.below(2) == 0}),
            3 => json!({"B": self.blob()}),
            4 => json!({"SS": self.set(|random| random.text().into(), |a, b| a == b)}),
            5 => json!({"BS": self.set(Random::blob, |a, b| a == b)}),
            6 => json!({"NS": self.set(|random| random.number().into(), same_number)}),
            7 => json!({"N": self.number()}),
            8 | 9 => json!({"L": (0..self.below(4)).map(|_| self.attribute(depth - 1)).collect::<Vec<_>>()}),
            _ => {
                let members: serde_json::Map<String, Value> =
                    (0..self.below(3)).map(|_| (self.text(), self.attribute(depth - 1))).collect();
                json!({"M": members})
            }
        }
    }
}

/// Whether two numbers are equal in any spelling: their digits without zeros at the ends, and the exponent.
fn same_number(a: &Value, b: &Value) -> bool {
    fn normal(text: &str) -> (bool, String, i64) {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) =
            mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
        let digits = format!("{whole}{fraction}");
        let shift = exponent.parse::<i64>().unwrap() - fraction.len() as i64;
        let trimmed = digits.trim_end_matches('0');
        let zeros = (digits.len() - trimmed.len()) as i64;
        let significant = trimmed.trim_start_matches('0');
        if significant.is_empty() {
            (false, String::new(), 0)
        } else {
            (text.starts_with('-'), significant.to_owned(), shift + zeros)
        }
    }
    normal(a.as_str().unwrap()) == normal(b.as_str().unwrap())
}

/// Whether two attribute values are equal but for the spelling of numbers.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((name, a), (other, b))| {
                    name == other
                        && (name == "N" && a.is_string() && b.is_string() && same_number(a, b) || is_same(a, b))
                })
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        _ => a == b,
    }
}

#[test]
fn attribute_values_are_the_same_after_a_round_trip() {
    std::thread::scope(|scope| {
        for seed in [0x2545_f491_4f6c_dd1d, 0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
            scope.spawn(move || round_trips(Random(seed), 50_000));
        }
    });
}

fn round_trips(mut random: Random, count: u32) {
    for number in 0..count {
        let attribute = random.attribute(4);
        let native: Value = from_attribute_value(attribute.clone()).unwrap();
        let again = to_attribute_value(&native).unwrap();
        assert!(is_same(&attribute, &again), "{number}: {attribute} became {native} and {again}");
        if number % 10 > 0 {
            continue;
        }
        let typed: Value = from_attribute_value(again.clone()).unwrap();
        assert_eq!(typed, native, "{number}");
        // DynamoDB's own JSON is a native value, too.
        assert!(is_same(&attribute, &to_attribute_value(&attribute).unwrap()), "{number}: {attribute}");
    }
}

#[test]
fn native_values_follow_the_table() {
    for (native, attribute) in [
        (json!(null), json!({"NULL": true})),
        (json!("a"), json!({"S": "a"})),
        (json!(-5), json!({"N": "-5"})),
        (json!(0.1), json!({"N": "0.1"})),
        (json!(1e100), json!({"N": "1E+100"})),
        (json!(u64::MAX), json!({"N": "18446744073709551615"})),
        (json!({"N": "0.12345678901234567890"}), json!({"N": "0.12345678901234567890"})),
        (json!({"B": "aGVsbG8="}), json!({"B": "aGVsbG8="})),
        (json!({"SS": ["b", "a"]}), json!({"SS": ["b", "a"]})),
        (json!({"NS": ["1", "2.5"]}), json!({"NS": ["1", "2.5"]})),
        (json!([true, []]), json!({"L": [{"BOOL": true}, {"L": []}]})),
        (json!({"a": {"b": 1}}), json!({"M": {"a": {"M": {"b": {"N": "1"}}}}})),
        (json!({}), json!({"M": {}})),
        (json!({"M": {"S": "a"}}), json!({"M": {"S": {"S": "a"}}})),
        (json!({"S": 1, "N": 2}), json!({"M": {"S": {"N": "1"}, "N": {"N": "2"}}})),
        (json!({"NULL": false}), json!({"NULL": false})),
    ] {
        assert_eq!(to_attribute_value(&native).unwrap(), attribute, "{native}");
        assert_eq!(from_attribute_value::<Value>(attribute).unwrap(), native);
    }
    assert_eq!(to_attribute_value(&json!({"NS": [1, 2.50]})).unwrap(), json!({"NS": ["1", "2.5"]}));
    assert_eq!(from_attribute_value::<Value>(json!({"N": "1E+3"})).unwrap(), json!(1000));
    // The item itself has no type.
    assert_eq!(to_item(&json!({"S": "a"})).unwrap(), json!({"S": {"S": "a"}}));
    assert_eq!(from_item::<Value>(json!({"S": {"S": "a"}})).unwrap(), json!({"S": "a"}));
}

#[test]
fn values_that_cannot_be_stored_name_their_place() {
    let digits = "1".repeat(39);
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    for (native, expected) in [
        (json!({"a": [{"b": {"SS": []}}]}), "item[\"a\"][0][\"b\"].SS: a set cannot be empty"),
        (json!({"a": {"SS": ["x", "y", "x"]}}), "item[\"a\"].SS[2]: the set has this element twice"),
        (json!({"a": {"NS": ["1", "1.0"]}}), "item[\"a\"].NS[1]: the set has this element twice"),
        (json!({"a": {"BS": ["YQ==", "YQ"]}}), "item[\"a\"].BS[1]: the set has this element twice"),
        (json!({"a": {"SS": [1]}}), "item[\"a\"].SS[0]: expected a string, found number"),
        (json!({"a": {"N": digits}}), "item[\"a\"].N: the number has more than 38 significant digits"),
        (json!({"a": {"N": "1E126"}}), "item[\"a\"].N: the number is beyond DynamoDB's range"),
        (json!({"a": 1e300}), "item[\"a\"]: the number is beyond DynamoDB's range"),
        (json!({"a": {"N": "NaN"}}), "item[\"a\"].N: expected a decimal number"),
        (json!({"a": {"N": 5}}), "item[\"a\"].N: expected a number as a string, found number"),
        (json!({"a": {"B": "?"}}), "item[\"a\"].B: expected base64 text, found other text"),
        (json!({"a": {"M": 1}}), "item[\"a\"].M: expected an object, found number"),
        (json!({"a": deep}), "nested more than 128 levels deep"),
        (json!([1]), "item: expected an item as an object, found array"),
    ] {
        let error = to_item(&native).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(expected), "{error}");
    }
    for (attribute, expected) in [
        (json!({"a": 5}), "item[\"a\"]: expected an attribute value as an object, found number"),
        (json!({"a": {}}), "item[\"a\"]: expected an attribute value with one type"),
        (json!({"a": {"L": [{"X": 1}]}}), "item[\"a\"][0]: expected an attribute value with one type"),
        (json!({"a": {"S": "x", "N": "1"}}), "item[\"a\"]: expected an attribute value with one type"),
        (json!({"a": {"SS": "x"}}), "item[\"a\"].SS: expected an array of strings, found string"),
    ] {
        let error = from_item::<Value>(attribute).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Response);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    id: String,
    small: i8,
    large: u64,
    huge: i128,
    ratio: f64,
    single: f32,
    flag: bool,
    letter: char,
    absent: Option<String>,
    #[serde(with = "tucuxi::dynamodb::string_set")]
    tags: BTreeSet<String>,
    #[serde(with = "tucuxi::dynamodb::number_set")]
    numbers: Vec<i32>,
    #[serde(with = "tucuxi::dynamodb::binary")]
    bytes: Vec<u8>,
    #[serde(with = "tucuxi::dynamodb::binary_set")]
    several: Vec<Vec<u8>>,
    #[serde(with = "tucuxi::dynamodb::map")]
    sizes: HashMap<String, String>,
    by_number: BTreeMap<u8, bool>,
    shapes: Vec<Shape>,
    pair: (u8, String),
    any: Value,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    S(u32),
    M { wide: bool },
    L(u8, u8),
}

fn everything() -> Everything {
    Everything {
        id: "1".into(),
        small: -8,
        large: u64::MAX,
        huge: -12_345_678_901_234_567_890_123,
        ratio: 0.1,
        single: 0.1,
        flag: true,
        letter: 'ß',
        absent: None,
        tags: ["a".into(), "b".into()].into(),
        numbers: vec![1, -2],
        bytes: vec![0, 255],
        several: vec![vec![1], vec![]],
        sizes: [("S".into(), "small".into())].into(),
        by_number: [(7, true)].into(),
        shapes: vec![Shape::Point, Shape::S(3), Shape::M { wide: true }, Shape::L(1, 2)],
        pair: (1, "x".into()),
        any: json!({"SS": ["x"]}),
    }
}

#[test]
fn types_of_the_caller_are_items() {
    let item = to_item(&everything()).unwrap();
    assert_eq!(
        item,
        json!({
            "id": {"S": "1"}, "small": {"N": "-8"}, "large": {"N": "18446744073709551615"},
            "huge": {"N": "-12345678901234567890123"}, "ratio": {"N": "0.1"}, "single": {"N": "0.1"},
            "flag": {"BOOL": true}, "letter": {"S": "ß"}, "absent": {"NULL": true},
            "tags": {"SS": ["a", "b"]}, "numbers": {"NS": ["1", "-2"]}, "bytes": {"B": "AP8="}, "several": {"BS": ["AQ==", ""]},
            "sizes": {"M": {"S": {"S": "small"}}}, "by_number": {"M": {"7": {"BOOL": true}}},
            "shapes": {"L": [
                {"S": "Point"}, {"M": {"S": {"N": "3"}}}, {"M": {"M": {"M": {"wide": {"BOOL": true}}}}},
                {"M": {"L": {"L": [{"N": "1"}, {"N": "2"}]}}},
            ]},
            "pair": {"L": [{"N": "1"}, {"S": "x"}]}, "any": {"SS": ["x"]},
        })
    );
    assert_eq!(from_item::<Everything>(item).unwrap(), everything());
    for number in [f64::NAN, f64::INFINITY] {
        let error = to_item(&BTreeMap::from([("a", vec![1.0, number])])).unwrap_err();
        assert!(error.to_string().contains("item.a[1]: NaN and infinity are no numbers of DynamoDB"), "{error}");
    }
    let error = from_item::<Everything>(json!({"id": {"S": "1"}, "small": {"N": "300"}})).unwrap_err();
    assert!(error.to_string().contains("item.small: "), "{error}");
    let error = from_item::<BTreeMap<String, u64>>(json!({"a": {"N": "12345678901234567890123"}})).unwrap_err();
    assert!(error.to_string().contains("item.a: expected a number of the type u64"), "{error}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
#[allow(clippy::large_enum_variant, reason = "a test has few of them")]
enum Entity {
    User {
        id: String,
        #[serde(with = "tucuxi::dynamodb::string_set")]
        roles: BTreeSet<String>,
        #[serde(with = "tucuxi::dynamodb::number_set")]
        years: BTreeSet<u16>,
        #[serde(with = "tucuxi::dynamodb::binary")]
        photo: Vec<u8>,
        #[serde(with = "tucuxi::dynamodb::binary_set")]
        keys: Vec<Vec<u8>>,
        #[serde(with = "tucuxi::dynamodb::number")]
        price: String,
        #[serde(with = "tucuxi::dynamodb::number")]
        weight: f64,
        #[serde(with = "tucuxi::dynamodb::number")]
        count: Option<u32>,
        #[serde(with = "tucuxi::dynamodb::map")]
        sizes: HashMap<String, String>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    },
    Other,
}

#[test]
fn enums_with_tags_and_flattened_members_are_items() {
    let entity = Entity::User {
        id: "a".into(),
        roles: ["admin".into()].into(),
        years: [1975, 2001].into(),
        photo: vec![1, 2, 255],
        keys: vec![vec![7]],
        price: "19.90".into(),
        weight: 0.5,
        count: Some(1000),
        sizes: [("M".into(), "medium".into())].into(),
        rest: [("more".into(), json!({"NS": ["1"]})), ("exact".into(), json!({"N": "0.12345678901234567890"}))].into(),
    };
    let item = to_item(&entity).unwrap();
    let expected = json!({
        "kind": {"S": "User"}, "id": {"S": "a"}, "roles": {"SS": ["admin"]}, "years": {"NS": ["1975", "2001"]},
        "photo": {"B": "AQL/"}, "keys": {"BS": ["Bw=="]}, "price": {"N": "19.90"}, "weight": {"N": "0.5"},
        "count": {"N": "1000"}, "sizes": {"M": {"M": {"S": "medium"}}},
        "more": {"NS": ["1"]}, "exact": {"N": "0.12345678901234567890"},
    });
    assert_eq!(item, expected);
    // Only the spelling of a number is lost, and the text of one that a JSON number cannot hold is not.
    let Entity::User { price, weight, count, rest, .. } = from_item(item.clone()).unwrap() else { panic!("another") };
    assert_eq!((price.as_str(), weight, count), ("19.9", 0.5, Some(1000)));
    assert_eq!(rest["exact"], json!({"N": "0.12345678901234567890"}));
    assert_eq!(to_item(&from_item::<Entity>(item.clone()).unwrap()).unwrap()["keys"], item["keys"]);
    assert_eq!(from_item::<Entity>(to_item(&Entity::Other).unwrap()).unwrap(), Entity::Other);
}
