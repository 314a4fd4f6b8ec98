//! What somebody may have meant by a name that is not known, for error messages.

/// How many names a message offers.
pub(crate) const MAX_NEAREST: usize = 3;

/// Up to three candidates that a person who typed `name` may have meant, the nearest first.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    nearest_of(name, candidates, MAX_NEAREST)
}

/// As [`nearest`], with up to `most` candidates.
pub(crate) fn nearest_of<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    // Nobody mistypes a name this long, and the distance costs the square of it.
    const LONGEST: usize = 128;
    let wanted = plain(name);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let allowed = (wanted.len() / 3).clamp(1, 4);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = if other.len() > LONGEST {
                usize::MAX
            } else if wanted.len().abs_diff(other.len()) > allowed {
                allowed + 1
            } else {
                // Insert, delete, replace, swap neighbours.
                strsim::osa_distance(&wanted, &other)
            };
            if distance <= allowed {
                return Some((distance, candidate));
            }
            // `dynamo` for `dynamodb`, `logs-insights` for `logs`: behind every name that is only mistyped.
            let shared = wanted.len().min(other.len());
            let is_prefix = shared >= 3 && (wanted.starts_with(&other) || other.starts_with(&wanted));
            is_prefix.then(|| (allowed + wanted.len().abs_diff(other.len()), candidate))
        })
        .collect();
    near.sort_unstable();
    near.truncate(most);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Lower case without separators: spellings differ in these without being mistyped.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// The end of a message about an unknown name: `, did you mean "bucket" or "buckets"?`, or nothing.
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
    fn nearest_names() {
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
