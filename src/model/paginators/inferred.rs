//! Inferred paginators: recognizes a listing by its shapes if the models have no paginator for the operation.
//!
//! Input and output must have a string token with a well-known name, and the output exactly one list. 3,373 operations of the
//! bundled models match *and* have a paginator in the data. The inferred one is the same for all but one, whose data treats a
//! parameter of the query as a result (`paginator/tests.rs` counts them).

use super::{Key, Pagination};
use crate::jmespath::Expression;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Shapes, Structure};

/// Input tokens, with the output members that may be the next token. If an output has several, the first is the next token, and
/// the others echo the request's.
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

/// Output members that say whether a page follows.
const MORE_RESULTS: &[&str] = &["IsTruncated", "isTruncated"];

/// Parameters for the page size.
const PAGE_SIZES: &[&str] = &[
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
    let more = only(MORE_RESULTS.iter().filter(|name| is(output, members, name, |kind| matches!(kind, Kind::Boolean))));
    // A page size must be an integer: a string parameter may mean something else.
    let limit =
        only(PAGE_SIZES.iter().filter(|name| is(input, parameters, name, |kind| matches!(kind, Kind::Integer))));

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

/// Returns the item if there is exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
