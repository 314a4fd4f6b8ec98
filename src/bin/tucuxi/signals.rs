//! Signals that end the program: a file that is half written does not stay.

/// From now on SIGHUP, SIGINT and SIGTERM remove part files before they end the program, with 128 and their number.
#[cfg(unix)]
pub(crate) fn clean_up_at_the_end() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ending = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    // Without a handler they end the program too, only less tidily.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(ending) else { return };
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

/// Whether the program was started so that it survives the signal, as `nohup` does it, or a shell that runs it in the background.
/// Where the system does not tell, the signal that `nohup` is for is left alone.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    match mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
        Some(mask) => mask & (1 << (signal - 1)) != 0,
        None => signal == signal_hook::consts::SIGHUP,
    }
}
