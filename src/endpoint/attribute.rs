//! Values of rule expressions, their static types, and the attributes that `getAttr` and `{name#attribute}` read.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use super::partitions::Partition;
use super::url;

/// Static type of an expression, known after parsing. Whether a value is set is only known at evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Any type: the argument of some functions, and the result of unknown functions.
    Any,
    String,
    Bool,
    Int,
    Strings,
    Partition,
    Arn,
    Url,
    /// Literal path, the second argument of `getAttr`.
    Path,
}

/// Value during evaluation. It borrows from the parameters, the rule set and the partitions where possible.
#[derive(Debug, Clone)]
pub(super) enum Val<'a> {
    /// No value: an unset optional parameter, or the result of a function that does not apply.
    Null,
    Bool(bool),
    Int(i64),
    Text(Cow<'a, str>),
    Strings(Rc<[Cow<'a, str>]>),
    Partition(&'a Partition),
    Arn(Rc<Arn<'a>>),
    Url(Rc<UrlValue<'a>>),
    Path(AttributePath),
}

/// Path to an attribute of a record, an element of a list, or an element of an attribute that is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AttributePath {
    attribute: Option<Attribute>,
    /// Index of the element. A negative one counts from the end (rules engine 1.1).
    index: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Name,
    DnsSuffix,
    DualStackDnsSuffix,
    ImplicitGlobalRegion,
    SupportsFips,
    SupportsDualStack,
    ArnPartition,
    ArnService,
    ArnRegion,
    ArnAccountId,
    ArnResourceId,
    UrlScheme,
    UrlAuthority,
    UrlPath,
    UrlNormalizedPath,
    UrlIsIp,
}

/// Attributes of each record type: <https://smithy.io/2.0/aws/rules-engine/library-functions.html>.
const ATTRIBUTES: &[(Type, &str, Attribute, Type)] = &[
    (Type::Partition, "name", Attribute::Name, Type::String),
    (Type::Partition, "dnsSuffix", Attribute::DnsSuffix, Type::String),
    (Type::Partition, "dualStackDnsSuffix", Attribute::DualStackDnsSuffix, Type::String),
    (Type::Partition, "implicitGlobalRegion", Attribute::ImplicitGlobalRegion, Type::String),
    (Type::Partition, "supportsFIPS", Attribute::SupportsFips, Type::Bool),
    (Type::Partition, "supportsDualStack", Attribute::SupportsDualStack, Type::Bool),
    (Type::Arn, "partition", Attribute::ArnPartition, Type::String),
    (Type::Arn, "service", Attribute::ArnService, Type::String),
    (Type::Arn, "region", Attribute::ArnRegion, Type::String),
    (Type::Arn, "accountId", Attribute::ArnAccountId, Type::String),
    (Type::Arn, "resourceId", Attribute::ArnResourceId, Type::Strings),
    (Type::Url, "scheme", Attribute::UrlScheme, Type::String),
    (Type::Url, "authority", Attribute::UrlAuthority, Type::String),
    (Type::Url, "path", Attribute::UrlPath, Type::String),
    (Type::Url, "normalizedPath", Attribute::UrlNormalizedPath, Type::String),
    (Type::Url, "isIp", Attribute::UrlIsIp, Type::Bool),
];

impl Type {
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::Any => "anything",
            Type::String => "a string",
            Type::Bool => "a boolean",
            Type::Int => "a number",
            Type::Strings => "a list of strings",
            Type::Partition => "a partition",
            Type::Arn => "an ARN",
            Type::Url => "a URL",
            Type::Path => "a path of attributes",
        }
    }

    /// Whether a value of type `other` is allowed where this type is expected.
    pub(super) fn accepts(self, other: Type) -> bool {
        self == Type::Any || other == Type::Any || self == other
    }
}

impl AttributePath {
    /// Parses `name`, `name[2]`, `[2]`, `[-2]` or `name.[2]`. Returns the path and the type of its value, or an error message.
    pub(super) fn parse(text: &str, of: Type) -> Result<(AttributePath, Type), String> {
        let (name, index) = match text.split_once('[') {
            Some((name, rest)) => {
                let index = rest.strip_suffix(']').filter(|index| !index.starts_with('+'));
                let index = index.and_then(|index| index.parse::<i32>().ok());
                let index = index.ok_or_else(|| format!("{text:?} is not a path of attributes"))?;
                (name.strip_suffix('.').unwrap_or(name), Some(index))
            }
            None => (text, None),
        };
        let mut path = AttributePath { attribute: None, index };
        let mut kind = of;
        if !name.is_empty() {
            let known = ATTRIBUTES.iter().find(|(record, known, ..)| *record == of && *known == name);
            let &(_, _, attribute, value_type) =
                known.ok_or_else(|| format!("{} has no attribute {name:?}", of.name()))?;
            path.attribute = Some(attribute);
            kind = value_type;
        }
        match index {
            Some(_) if kind != Type::Strings => {
                Err(format!("{} has no elements, so {text:?} has no value", kind.name()))
            }
            Some(_) => Ok((path, Type::String)),
            None if name.is_empty() => Err("a path of attributes cannot be empty".to_owned()),
            None => Ok((path, kind)),
        }
    }
}

impl<'a> Val<'a> {
    /// Follows a path. Returns no value for a start without a value or an index out of bounds.
    pub(super) fn get(&self, path: AttributePath) -> Val<'a> {
        let Some(index) = path.index else {
            return path.attribute.map_or(Val::Null, |attribute| self.attribute(attribute));
        };
        match (self, path.attribute) {
            (Val::Strings(list), None) => position(index, list.len())
                .and_then(|at| list.get(at))
                .map_or(Val::Null, |text| Val::Text(text.clone())),
            (Val::Arn(arn), Some(Attribute::ArnResourceId)) => arn.resource_part(index).map_or(Val::Null, Val::Text),
            _ => Val::Null,
        }
    }

    fn attribute(&self, attribute: Attribute) -> Val<'a> {
        match self {
            Val::Partition(partition) => partition_attribute(partition, attribute),
            Val::Arn(arn) => arn.attribute(attribute),
            Val::Url(url) => url.attribute(attribute),
            _ => Val::Null,
        }
    }
}

/// Resolves an index for a list of that length. The result may be out of bounds.
fn position(index: i32, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

fn partition_attribute(partition: &Partition, attribute: Attribute) -> Val<'_> {
    let text = match attribute {
        Attribute::Name => &partition.name,
        Attribute::DnsSuffix => &partition.dns_suffix,
        Attribute::DualStackDnsSuffix => &partition.dual_stack_dns_suffix,
        Attribute::SupportsFips => return Val::Bool(partition.supports_fips),
        Attribute::SupportsDualStack => return Val::Bool(partition.supports_dual_stack),
        Attribute::ImplicitGlobalRegion => match &partition.implicit_global_region {
            Some(region) => region,
            None => return Val::Null,
        },
        _ => return Val::Null,
    };
    Val::Text(Cow::Borrowed(text))
}

/// ARN, `arn:partition:service:region:account:resource`, as text and the ranges of its parts.
#[derive(Debug)]
pub(super) struct Arn<'a> {
    text: Cow<'a, str>,
    /// Ranges of partition, service, region and account.
    fields: [Range<usize>; 4],
    resource: usize,
}

impl<'a> Arn<'a> {
    /// Parses an ARN of six parts. Partition, service and resource must not be empty.
    pub(super) fn parse(text: Cow<'a, str>) -> Option<Self> {
        let mut at = text.strip_prefix("arn:").map(|_| 4)?;
        let mut fields = [0..0, 0..0, 0..0, 0..0];
        for field in &mut fields {
            let end = at + text[at..].find(':')?;
            *field = at..end;
            at = end + 1;
        }
        let complete = !fields[0].is_empty() && !fields[1].is_empty() && at < text.len();
        complete.then_some(Arn { text, fields, resource: at })
    }

    fn attribute(&self, attribute: Attribute) -> Val<'a> {
        let field = match attribute {
            Attribute::ArnPartition => 0,
            Attribute::ArnService => 1,
            Attribute::ArnRegion => 2,
            Attribute::ArnAccountId => 3,
            Attribute::ArnResourceId => return Val::Strings(self.resource_parts().collect()),
            _ => return Val::Null,
        };
        Val::Text(slice(&self.text, self.fields[field].clone()))
    }

    fn resource_part(&self, index: i32) -> Option<Cow<'a, str>> {
        let length = if index < 0 { self.resource_parts().count() } else { 0 };
        self.resource_parts().nth(position(index, length)?)
    }

    /// Splits the resource at colons and slashes.
    fn resource_parts(&self) -> impl Iterator<Item = Cow<'a, str>> {
        let mut next = Some(self.resource);
        std::iter::from_fn(move || {
            let start = next?;
            let end = self.text[start..].find([':', '/']).map(|at| start + at);
            next = end.map(|end| end + 1);
            Some(slice(&self.text, start..end.unwrap_or(self.text.len())))
        })
    }
}

/// URL as text and the ranges of its parts. The normalized path is computed on demand.
#[derive(Debug)]
pub(super) struct UrlValue<'a> {
    text: Cow<'a, str>,
    scheme: &'static str,
    authority: Range<usize>,
    path: Range<usize>,
    is_ip: bool,
}

impl<'a> UrlValue<'a> {
    /// Parses an `http` or `https` URL without a query.
    pub(super) fn parse(text: Cow<'a, str>) -> Option<Self> {
        let parts = url::split(&text)?;
        if parts.query.is_some_and(|query| !query.is_empty()) {
            return None;
        }
        let authority = parts.scheme.len() + "://".len();
        let path = authority + parts.authority.len();
        // "A userinfo segment MUST NOT be included":
        // https://smithy.io/2.0/additional-specs/rules-engine/standard-library.html#url-structure
        let host = parts.authority.rfind('@').map_or(authority, |at| authority + at + 1);
        let (authority, path) = (host..path, path..path + parts.path.len());
        Some(UrlValue { scheme: parts.scheme, is_ip: parts.is_ip, authority, path, text })
    }

    fn attribute(&self, attribute: Attribute) -> Val<'a> {
        Val::Text(match attribute {
            Attribute::UrlScheme => Cow::Borrowed(self.scheme),
            Attribute::UrlAuthority => slice(&self.text, self.authority.clone()),
            Attribute::UrlPath => slice(&self.text, self.path.clone()),
            Attribute::UrlNormalizedPath => Cow::Owned(url::normalized_path(&self.text[self.path.clone()])),
            Attribute::UrlIsIp => return Val::Bool(self.is_ip),
            _ => return Val::Null,
        })
    }
}

/// Slices a text and borrows if the text does. The range must be on character boundaries of this text.
pub(super) fn slice<'a>(text: &Cow<'a, str>, range: Range<usize>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_a_type_or_an_error() {
        let good = [
            ("region", Type::Arn, Type::String),
            ("resourceId", Type::Arn, Type::Strings),
            ("resourceId[3]", Type::Arn, Type::String),
            ("resourceId.[3]", Type::Arn, Type::String),
            ("[0]", Type::Strings, Type::String),
            ("[-2]", Type::Strings, Type::String),
            ("resourceId[-1]", Type::Arn, Type::String),
            ("isIp", Type::Url, Type::Bool),
            ("supportsFIPS", Type::Partition, Type::Bool),
        ];
        for (text, of, expected) in good {
            assert_eq!(AttributePath::parse(text, of).map(|(_, kind)| kind), Ok(expected), "{text}");
        }
        for (text, of) in [
            ("", Type::Arn),
            ("nope", Type::Arn),
            ("region[0]", Type::Arn),
            ("[0]", Type::Arn),
            ("[x]", Type::Strings),
            ("[+1]", Type::Strings),
            ("[--1]", Type::Strings),
            ("[-]", Type::Strings),
            ("[]", Type::Strings),
            ("[-99999999999]", Type::Strings),
            ("[0", Type::Strings),
            ("region", Type::String),
            ("[99999999999]", Type::Strings),
        ] {
            assert!(AttributePath::parse(text, of).is_err(), "{text} of {of:?}");
        }
    }

    #[test]
    fn arns_are_split_into_attributes() {
        let part = |arn: &str, path: &str| {
            let arn = Arn::parse(Cow::Owned(arn.to_owned())).map(Rc::new)?;
            match Val::Arn(arn).get(AttributePath::parse(path, Type::Arn).expect("a path").0) {
                Val::Text(text) => Some(text.into_owned()),
                _ => None,
            }
        };
        let arn = "arn:aws:kinesis:us-east-1:1234567890:stream/mystream:foo:";
        for (path, expected) in [
            ("partition", Some("aws")),
            ("service", Some("kinesis")),
            ("region", Some("us-east-1")),
            ("accountId", Some("1234567890")),
            ("resourceId[0]", Some("stream")),
            ("resourceId[1]", Some("mystream")),
            ("resourceId[2]", Some("foo")),
            ("resourceId[3]", Some("")),
            ("resourceId[4]", None),
            ("resourceId[-1]", Some("")),
            ("resourceId[-2]", Some("foo")),
            ("resourceId[-4]", Some("stream")),
            ("resourceId[-5]", None),
            ("resourceId[-2147483648]", None),
        ] {
            assert_eq!(part(arn, path).as_deref(), expected, "{path}");
        }
        assert_eq!(part("arn:aws:s3:::b", "region").as_deref(), Some(""));
        for bad in ["", "arn", "arn:aws:s3::", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "nra:aws:s3:::b"] {
            assert!(Arn::parse(Cow::Borrowed(bad)).is_none(), "{bad}");
        }
    }
}
