//! Signal handling: removes partial files when a signal ends the program.

/// Makes SIGHUP, SIGINT and SIGTERM remove partial files before they end the program. The exit code is 128 plus the signal's
/// number.
#[cfg(unix)]
pub(crate) fn clean_up_at_the_end() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let handled = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    // Without a handler the signals also end the program, but partial files stay.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(handled) else { return };
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            tucuxi::remove_part_files();
            std::process::exit(128 + signal);
        }
    };
    _ = std::thread::Builder::new().name("tucuxi-signals".to_owned()).spawn(wait);
}

#[cfg(not(unix))]
pub(crate) fn clean_up_at_the_end() {}

/// Whether the parent made the program ignore the signal, as `nohup` or a shell with background jobs does. If the system does not
/// report it, SIGHUP counts as ignored, for `nohup`.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    match mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
        Some(mask) => mask & (1 << (signal - 1)) != 0,
        None => signal == signal_hook::consts::SIGHUP,
    }
}
