//! Paginators of operations that the data has none for: a listing shows in its shapes.
//!
//! Input and output must have a token of well-known name and type string, and the output exactly one list. Of the 3,373
//! operations of the bundled models that have this form *and* a paginator in the data, it says the same as the data for all
//! but one, whose data takes a parameter of the query for a result (`paginator/tests.rs` counts them).

use super::{Key, Pagination};
use crate::jmespath::Expression;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Shapes, Structure};

/// A parameter, and the output members that may carry its value for the next page. Of two that are there, the first is the
/// next token and the second repeats the request's.
const TOKENS: &[(&str, &[&str])] = &[
    ("NextToken", &["NextToken"]),
    ("nextToken", &["nextToken"]),
    ("Marker", &["NextMarker", "NextPageMarker", "Marker"]),
    ("marker", &["nextMarker", "Marker", "marker"]),
    ("NextMarker", &["NextMarker"]),
    ("nextMarker", &["nextMarker"]),
    ("PageToken", &["NextPageToken", "PageToken"]),
    ("pageToken", &["nextPageToken", "pageToken"]),
    ("NextPageToken", &["NextPageToken"]),
    ("nextPageToken", &["nextPageToken"]),
    ("PaginationToken", &["PaginationToken"]),
    ("paginationToken", &["paginationToken"]),
    ("ContinuationToken", &["NextContinuationToken", "ContinuationToken"]),
    ("continuationToken", &["nextContinuationToken", "continuationToken"]),
    ("StartingToken", &["NextToken"]),
    ("startingToken", &["nextToken"]),
    ("position", &["position"]),
];

/// Members that say whether a page follows.
const MORE: &[&str] = &["IsTruncated", "isTruncated"];

/// Parameters for the size of a page.
const LIMITS: &[&str] = &[
    "MaxResults",
    "maxResults",
    "MaxRecords",
    "maxRecords",
    "Limit",
    "limit",
    "MaxItems",
    "maxItems",
    "PageSize",
    "pageSize",
    "MaximumPageSize",
    "maximumPageSize",
    "MaxKeys",
];

pub(super) fn infer(operation: &Operation) -> Option<Pagination> {
    let (input, output) = (operation.input.as_ref()?, operation.output.as_ref()?);
    let (parameters, members) = (input.root_structure()?, output.root_structure()?);
    let is = |shapes: &Shapes, structure: &Structure, name: &str, test: fn(&Kind) -> bool| {
        structure.by_name(name).is_some_and(|(_, member)| test(shapes.kind(&member.target)))
    };
    let is_text = |kind: &Kind| matches!(kind, Kind::String);
    let parameter = |name: &&str| is(input, parameters, name, is_text);
    let member = |name: &&str| is(output, members, name, is_text);

    let pair = |(token, next): &(&'static str, &[&'static str])| {
        Some((*token, *next.iter().find(|name| member(name))?)).filter(|(token, _)| parameter(token))
    };
    let (token, next) = only(TOKENS.iter().filter_map(pair))?;
    let is_list = |kind: &Kind| matches!(kind, Kind::List(_));
    let list = only(members.members.iter().filter(|member| is_list(output.kind(&member.target))))?;
    let more = only(MORE.iter().filter(|name| is(output, members, name, |kind| matches!(kind, Kind::Boolean))));
    // A limit that the service takes as text is left alone: such a parameter may be something else.
    let limit = only(LIMITS.iter().filter(|name| is(input, parameters, name, |kind| matches!(kind, Kind::Integer))));

    Some(Pagination {
        input_tokens: vec![token.to_owned()],
        output_tokens: vec![Expression::parse(next).ok()?],
        more_results: more.and_then(|name| Expression::parse(name).ok()),
        limit_key: limit.map(|name| (*name).to_owned()),
        result_keys: vec![Key::member(&list.name)?],
        non_aggregate_keys: Vec::new(),
        inferred: true,
        origin: "inferred".to_owned(),
    })
}

/// The item, where there is exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
