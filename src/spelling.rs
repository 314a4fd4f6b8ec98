//! Suggestions for unknown names in error messages ("did you mean").

/// The number of names that a message suggests.
pub(crate) const MAX_NEAREST: usize = 3;

/// Up to three candidates with a spelling similar to `name`, the nearest first.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    nearest_of(name, candidates, MAX_NEAREST)
}

/// Like [`nearest`], with up to `max` candidates.
pub(crate) fn nearest_of<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, max: usize) -> Vec<&'a str> {
    // Names are never this long, and the cost of the distance is quadratic.
    const MAX_LENGTH: usize = 128;
    let wanted = plain(name);
    if wanted.is_empty() || wanted.len() > MAX_LENGTH {
        return Vec::new();
    }
    let allowed = (wanted.len() / 3).clamp(1, 4);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = if other.len() > MAX_LENGTH {
                usize::MAX
            } else if wanted.len().abs_diff(other.len()) > allowed {
                allowed + 1
            } else {
                // Counts insertions, deletions, replacements and swaps of neighbors.
                strsim::osa_distance(&wanted, &other)
            };
            if distance <= allowed {
                return Some((distance, candidate));
            }
            // `dynamo` for `dynamodb`, `logs-insights` for `logs`: ranked after all misspellings.
            let shared = wanted.len().min(other.len());
            let is_prefix = shared >= 3 && (wanted.starts_with(&other) || other.starts_with(&wanted));
            is_prefix.then(|| (allowed + wanted.len().abs_diff(other.len()), candidate))
        })
        .collect();
    near.sort_unstable();
    near.truncate(max);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Lower case without separators, in which spellings may differ.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// The suffix of a message about an unknown name: `, did you mean "bucket" or "buckets"?`, or nothing.
pub(crate) fn did_you_mean(nearest: &[&str]) -> String {
    let quoted: Vec<String> = nearest.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => format!(", did you mean {only}?"),
        [others @ .., last] => format!(", did you mean {} or {last}?", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_names_are_suggested() {
        let services = ["s3", "s3control", "sqs", "sns", "dynamodb", "dynamodbstreams", "sagemaker-runtime", "ses"];
        for (typed, expected) in [
            ("sqss", "sqs"),
            ("qss", "sqs"),
            ("DynamoDB", "dynamodb"),
            ("dynamo", "dynamodb"),
            ("sagemakerruntime", "sagemaker-runtime"),
            ("s3-control", "s3control"),
        ] {
            assert_eq!(nearest(typed, services).first(), Some(&expected), "{typed}");
        }
        assert!(nearest("kubernetes", services).is_empty());
        assert!(nearest("", services).is_empty());
        assert!(nearest(&"a".repeat(100_000), services).is_empty());
        assert!(nearest("sxs", services).len() <= 3);
    }
}
