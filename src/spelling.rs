//! What somebody may have meant by a name that is not known, for error messages.

/// Up to three candidates that a person who typed `name` may have meant, the nearest first.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const MOST: usize = 3;
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
                distance(&wanted, &other)
            };
            if distance <= allowed {
                return Some((distance, candidate));
            }
            // `dynamo` for `dynamodb`, `logs-insights` for `logs`: behind every name that is only mistyped.
            let shared = wanted.len().min(other.len());
            let is_prefix = shared >= 3 && wanted[..shared] == other[..shared];
            is_prefix.then(|| (allowed + wanted.len().abs_diff(other.len()), candidate))
        })
        .collect();
    near.sort_unstable();
    near.truncate(MOST);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Lower case without separators: spellings differ in these without being mistyped.
fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// The Damerau-Levenshtein distance in its "optimal string alignment" form: insert, delete, replace, swap neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
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

    #[test]
    fn distance_counts_a_swap_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (a, b, expected) in [("ab", "ba", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("same", "same", 0)] {
            assert_eq!(distance(&chars(a), &chars(b)), expected, "{a} {b}");
        }
    }
}
