//! Questions to the user, on standard output; standard input may be a pipe.

use std::io;

use crate::aws::error::{AwsError, AwsResult};
use crate::output;

/// Asks for a line of text; `None` if it is empty.
///
/// # Errors
/// If standard input ends.
pub(crate) fn ask(question: &str) -> AwsResult<Option<String>> {
    output::print(question)?;
    let mut answer = String::new();
    let length = io::stdin().read_line(&mut answer);
    let length = length.map_err(|error| AwsError::General(format!("standard input: {error}")))?;
    if length == 0 {
        return Err(AwsError::General("EOF when reading a line".to_owned()));
    }
    let answer = answer.trim_end_matches(['\n', '\r']);
    Ok(Some(answer.to_owned()).filter(|answer| !answer.is_empty()))
}

/// Asks for a line of text, without white space around it. An empty one stands for the default.
pub(crate) fn ask_with_default(question: &str, default: Option<&str>) -> AwsResult<Option<String>> {
    let answer = ask(question)?.map(|answer| answer.trim().to_owned()).filter(|answer| !answer.is_empty());
    Ok(answer.or_else(|| default.map(str::to_owned)))
}

/// Asks until there is a valid answer. `complaint` is about one that is not.
pub(crate) fn ask_valid(
    name: &str,
    default: Option<&str>,
    is_valid: impl Fn(&str) -> bool,
    complaint: &str,
) -> AwsResult<String> {
    let shown = default.unwrap_or("None");
    loop {
        if let Some(answer) = ask_with_default(&format!("{name} [{shown}]: "), default)?
            && (default == Some(&answer) || is_valid(&answer))
        {
            return Ok(answer);
        }
        output::print(&format!("{complaint}\n"))?;
    }
}

/// Asks for yes or no until the answer is one of them.
pub(crate) fn confirm(question: &str) -> AwsResult<bool> {
    loop {
        match ask(question)?.unwrap_or_default().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => output::print("Invalid response. Please enter \"y\" or \"n\"\n")?,
        }
    }
}

/// Asks for one of several things by its number, and returns its index.
pub(crate) fn choose(items: &[String]) -> AwsResult<usize> {
    let rows: String =
        items.iter().zip(1..).map(|(item, number): (_, usize)| format!("{number:>4}  {item}\n")).collect();
    output::print(&rows)?;
    loop {
        let answer = ask(&format!("Number (1 to {}): ", items.len()))?.unwrap_or_default();
        let number = answer.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match number.filter(|index| *index < items.len()) {
            Some(index) => return Ok(index),
            None => output::print("This is not one of the numbers.\n")?,
        }
    }
}
