//! Opens a page in the user's browser, as Python's `webbrowser` does: the commands in `BROWSER` first, then the platform's.

use std::env;
use std::process::{Command, Stdio};

use crate::aws::alias::words;

/// Opens a page, if there is a browser. The page's address is also printed, so a failure is no error. What the service names as a page
/// must be one: other addresses could start programs.
pub(super) fn open(url: &str) {
    if !["https://", "http://"].iter().any(|scheme| url.starts_with(scheme)) {
        return;
    }
    let chosen = env::var("BROWSER").unwrap_or_default();
    let separator = if cfg!(windows) { ';' } else { ':' };
    let chosen = chosen.split(separator).filter_map(|command| arguments(command, url));
    for command in chosen.chain(platform(url)) {
        if start(&command) {
            return;
        }
    }
    tracing::debug!("no browser could be started");
}

/// The words of a command: `firefox`, `firefox %s &`.
fn arguments(command: &str, url: &str) -> Option<Vec<String>> {
    let mut words = words::split(command).ok()?;
    if words.last().is_some_and(|last| last == "&") {
        words.pop();
    }
    let has_place = words.iter().any(|word| word.contains("%s"));
    let mut words: Vec<String> = words.into_iter().map(|word| word.replace("%s", url)).collect();
    if words.is_empty() {
        return None;
    }
    if !has_place {
        words.push(url.to_owned());
    }
    Some(words)
}

#[cfg(target_os = "macos")]
fn platform(url: &str) -> Option<Vec<String>> {
    Some(vec!["open".to_owned(), url.to_owned()])
}

/// Not the shell's `start`, for which `&` in an address begins another command.
#[cfg(windows)]
fn platform(url: &str) -> Option<Vec<String>> {
    Some(vec!["rundll32".to_owned(), "url.dll,FileProtocolHandler".to_owned(), url.to_owned()])
}

/// Without a display, the command could start a browser on the terminal.
#[cfg(not(any(target_os = "macos", windows)))]
fn platform(url: &str) -> Option<Vec<String>> {
    let has_display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|name| !name.is_empty()));
    has_display.then(|| vec!["xdg-open".to_owned(), url.to_owned()])
}

/// Starts a program that outlives this one.
fn start(command: &[String]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_the_address_where_they_want_it() {
        for (command, expected) in [
            ("firefox", Some("firefox|u&v")),
            ("firefox %s &", Some("firefox|u&v")),
            ("'my browser' --url=%s -n", Some("my browser|--url=u&v|-n")),
            ("", None),
            ("&", None),
            ("'", None),
        ] {
            assert_eq!(arguments(command, "u&v").map(|words| words.join("|")).as_deref(), expected, "{command}");
        }
    }
}
