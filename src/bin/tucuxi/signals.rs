//! Signal handling: removes partial files when a signal ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use tucuxi::CancelToken;

/// Makes SIGHUP, SIGINT and SIGTERM remove partial files before they end the program. The exit code is 128 plus the signal's
/// number.
#[cfg(unix)]
pub(crate) fn clean_up_at_the_end() {
    handle(|signal| 128 + signal);
}

#[cfg(not(unix))]
pub(crate) fn clean_up_at_the_end() {}

/// Makes a panic remove partial files: the released program ends at once, without destructors.
pub(crate) fn clean_up_after_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        tucuxi::remove_part_files();
    }));
}

/// As [`clean_up_at_the_end`], with a line break on standard output after an interrupt, as the AWS CLI does.
#[cfg(unix)]
pub(crate) fn end_as_the_aws_cli() {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;
    handle(|signal| {
        // The lock of the standard library's stream may be held by a thread that waits for the reader of a pipe.
        let stdout = std::io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
        if let (signal_hook::consts::SIGINT, Ok(mut stdout)) = (signal, stdout) {
            _ = stdout.write_all(b"\n");
        }
        128 + signal
    });
}

#[cfg(not(unix))]
pub(crate) fn end_as_the_aws_cli() {}

/// Whether the signals of the terminal are for another program, which runs in it.
#[cfg(unix)]
static LEFT_TO_THE_CHILD: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// From now on, signals of the terminal do nothing here: they are for the program that is about to be started, and that gets them with
/// their usual effect.
#[cfg(unix)]
pub(crate) fn leave_to_the_child() {
    use signal_hook::consts::{SIGINT, SIGQUIT, SIGTSTP};
    LEFT_TO_THE_CHILD.store(true, std::sync::atomic::Ordering::Relaxed);
    let ignored = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in [SIGINT, SIGQUIT, SIGTSTP].into_iter().filter(|signal| !is_ignored(*signal)) {
        // A handler that does nothing, other than an ignored signal, is not inherited.
        _ = signal_hook::flag::register(signal, std::sync::Arc::clone(&ignored));
    }
}

#[cfg(not(unix))]
pub(crate) fn leave_to_the_child() {}

/// As [`clean_up_at_the_end`], but an interrupt is the normal end of the command, and so is SIGTERM if `also_terminated`.
#[cfg(unix)]
pub(crate) fn end_with_success(also_terminated: bool) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    handle(move |signal| match signal {
        SIGINT => 0,
        SIGTERM if also_terminated => 0,
        signal => 128 + signal,
    });
}

#[cfg(not(unix))]
pub(crate) fn end_with_success(_also_terminated: bool) {}

/// Ends the program at the first signal with the exit code that `last` returns for it.
#[cfg(unix)]
fn handle(last: impl Fn(i32) -> i32 + Send + 'static) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let handled = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    // Without a handler the signals also end the program, but partial files stay.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(handled) else { return };
    let wait = move || {
        let is_left = |signal: &i32| *signal == SIGINT && LEFT_TO_THE_CHILD.load(std::sync::atomic::Ordering::Relaxed);
        if let Some(signal) = signals.forever().find(|signal| !is_left(signal)) {
            tucuxi::remove_part_files();
            std::process::exit(last(signal));
        }
    };
    _ = std::thread::Builder::new().name("tucuxi-signals".to_owned()).spawn(wait);
}

/// Makes the first of these signals cancel a token, so that the program can end by itself; the next one ends it at once, as
/// [`clean_up_at_the_end`] does.
#[cfg(unix)]
pub(crate) fn cancel(token: &CancelToken) -> CancelSignal {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let received = CancelSignal::default();
    let handled = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    let Ok(mut signals) = signal_hook::iterator::Signals::new(handled) else { return received };
    let (token, first) = (token.clone(), received.clone());
    let wait = move || {
        for signal in signals.forever() {
            if first.0.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                token.cancel();
            } else {
                tucuxi::remove_part_files();
                std::process::exit(128 + signal);
            }
        }
    };
    _ = std::thread::Builder::new().name("tucuxi-signals".to_owned()).spawn(wait);
    received
}

#[cfg(not(unix))]
pub(crate) fn cancel(_: &CancelToken) -> CancelSignal {
    CancelSignal::default()
}

/// The signal that has cancelled a token.
#[derive(Debug, Clone, Default)]
pub(crate) struct CancelSignal(Arc<AtomicI32>);

impl CancelSignal {
    /// The number of the signal.
    pub(crate) fn received(&self) -> Option<i32> {
        Some(self.0.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }
}

/// The exit code of a program that a signal ended.
pub(crate) fn exit_code(signal: i32) -> u8 {
    u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX)
}

/// Whether the signal is that of Ctrl-C.
pub(crate) fn is_interrupt(signal: i32) -> bool {
    signal == 2
}

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
