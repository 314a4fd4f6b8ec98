//! The lines that a command prints, and the count of what it did.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::progress::{ProgressCount, ProgressStyle};

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Errors,
    /// Errors and results.
    Results,
    /// Errors, results and the progress.
    Progress(ProgressStyle),
}

/// A transfer in the words of its lines.
#[derive(Debug, Clone)]
pub(super) struct TransferLabel {
    /// `upload`, `move` ..
    pub(super) verb: &'static str,
    pub(super) from: String,
    pub(super) to: Option<String>,
}

impl TransferLabel {
    fn places(&self) -> String {
        match &self.to {
            Some(to) => format!("{} to {to}", self.from),
            None => self.from.clone(),
        }
    }
}

/// How a transfer ended.
pub(super) enum Ending {
    Success,
    Failure(String),
    /// The destination exists, and must not be overwritten.
    Skipped,
}

/// Counts and prints results, from several threads.
pub(super) struct Results {
    shown: Shown,
    /// Where results go, and where errors go.
    state: Mutex<ResultState>,
}

struct ResultState {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    count: ProgressCount,
    failed: u64,
    warned: u64,
    /// After an error of the whole command nothing else is told.
    is_over: bool,
    /// The length of the last progress line, which longer lines have to cover.
    covered: usize,
    last_progress: Option<Instant>,
}

/// How often bytes are shown at most. The AWS CLI shows each piece.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

impl Results {
    pub(super) fn new(shown: Shown) -> Results {
        Results::to(shown, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    fn to(shown: Shown, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Results {
        let count = ProgressCount::default();
        let state =
            ResultState { out, err, count, failed: 0, warned: 0, is_over: false, covered: 0, last_progress: None };
        Results { shown, state: Mutex::new(state) }
    }

    /// Whether anybody wants to know how many bytes were transferred.
    pub(super) fn shows_progress(&self) -> bool {
        matches!(self.shown, Shown::Progress(_))
    }

    /// A transfer begins to wait for its turn.
    pub(super) fn queued(&self, size: Option<u64>) {
        self.lock().count.queued(size);
    }

    /// Bytes were transferred.
    pub(super) fn moved(&self, bytes: u64, size_is_known: bool) {
        let mut state = self.lock();
        state.count.moved(bytes, size_is_known);
        if !state.is_over {
            state.show_progress(self.shown, false);
        }
    }

    /// A transfer ended. `left` are the bytes of a failed one that were not transferred.
    pub(super) fn ended(&self, label: &TransferLabel, ending: Ending, left: u64) {
        let mut state = self.lock();
        if state.is_over {
            return;
        }
        match ending {
            Ending::Success => {
                state.count.done();
                if matches!(self.shown, Shown::Results | Shown::Progress(_)) {
                    state.out_line(&format!("{}: {}", label.verb, label.places()), "\n");
                    state.redisplay(self.shown, true);
                }
            }
            Ending::Failure(error) => {
                state.count.failed(left);
                state.failed = state.failed.saturating_add(1);
                if self.shown != Shown::Nothing {
                    state.err_line(&format!("{} failed: {} {error}", label.verb, label.places()));
                    state.redisplay(self.shown, true);
                }
            }
            Ending::Skipped => {
                state.count.skipped();
                // No line was printed, so the last one is still to be covered.
                state.redisplay(self.shown, false);
            }
        }
    }

    /// A transfer that would take place.
    pub(super) fn would(&self, label: &TransferLabel) {
        // The AWS CLI shows it even if only errors are to be shown.
        if self.shown != Shown::Nothing {
            self.lock().out_line(&format!("(dryrun) {}: {}", label.verb, label.places()), "\n");
        }
    }

    /// Something was skipped, or is not as the user may expect.
    pub(super) fn warned(&self, warning: &str) {
        let mut state = self.lock();
        if state.is_over {
            return;
        }
        state.warned = state.warned.saturating_add(1);
        if self.shown != Shown::Nothing {
            state.err_line(warning);
            state.redisplay(self.shown, true);
        }
    }

    /// Tells something on standard error that counts as nothing.
    pub(super) fn tell(&self, text: &str) {
        let mut state = self.lock();
        _ = writeln!(state.err, "{text}");
    }

    /// The command failed as a whole.
    pub(super) fn fatal(&self, error: &str) {
        self.over(&format!("fatal error: {error}"));
    }

    /// The user interrupted the command.
    pub(super) fn interrupted(&self) {
        self.over("cancelled: ctrl-c received");
    }

    fn over(&self, text: &str) {
        let mut state = self.lock();
        if state.is_over {
            return;
        }
        state.is_over = true;
        state.failed = state.failed.saturating_add(1);
        if self.shown != Shown::Nothing {
            state.err_line(text);
        }
    }

    /// All transfers are known.
    pub(super) fn all_queued(&self, total: u64) {
        let mut state = self.lock();
        state.count.total = Some(total);
        if !state.is_over && self.shows_progress() {
            state.clear("\n");
        }
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        let state = self.lock();
        match (state.failed, state.warned) {
            (0, 0) => 0,
            (0, _) => 2,
            _ => 1,
        }
    }

    fn lock(&self) -> MutexGuard<'_, ResultState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// A failure to print does not end transfers, as in the AWS CLI.
impl ResultState {
    fn out_line(&mut self, text: &str, end: &str) {
        let covered = self.covered;
        _ = write!(self.out, "{text:<covered$}{end}").and_then(|()| self.out.flush());
    }

    fn err_line(&mut self, text: &str) {
        let covered = self.covered;
        _ = writeln!(self.err, "{text:<covered$}");
    }

    fn show_progress(&mut self, shown: Shown, is_due: bool) {
        let Shown::Progress(style) = shown else { return };
        let statement = self.count.statement();
        let pause = match style.frequency {
            Duration::ZERO if is_due => Duration::ZERO,
            Duration::ZERO => PROGRESS_INTERVAL,
            frequency => frequency,
        };
        let is_shown = self.last_progress.is_none_or(|last| last.elapsed() >= pause);
        if is_shown {
            self.last_progress = Some(Instant::now());
            self.out_line(&statement, if style.multiline { "\n" } else { "\r" });
        }
        if !style.multiline && is_shown {
            self.covered = self.covered.max(statement.chars().count());
        }
    }

    /// Shows the progress again after a line.
    fn redisplay(&mut self, shown: Shown, is_new_line: bool) {
        if !matches!(shown, Shown::Progress(_)) {
            return;
        }
        if is_new_line {
            self.covered = 0;
        }
        match self.count.is_complete() {
            false => self.show_progress(shown, true),
            true => self.clear("\r"),
        }
    }

    /// Covers the last progress line, if nothing more is to come.
    fn clear(&mut self, end: &str) {
        if self.covered > 0 && self.count.is_complete() {
            self.out_line("", end);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn label(to: Option<&str>) -> TransferLabel {
        TransferLabel { verb: "upload", from: "./a".to_owned(), to: to.map(str::to_owned) }
    }

    fn run(shown: Shown) -> (String, String, u8) {
        let (out, err) = (Sink::default(), Sink::default());
        let results = Results::to(shown, Box::new(out.clone()), Box::new(err.clone()));
        results.would(&label(Some("s3://b/k")));
        results.queued(Some(1024));
        results.queued(Some(10));
        results.moved(1024, true);
        results.ended(&label(Some("s3://b/k")), Ending::Success, 0);
        results.warned("warning: w");
        results.all_queued(2);
        results.ended(&label(None), Ending::Failure("e".to_owned()), 10);
        results.fatal("f");
        results.ended(&label(None), Ending::Success, 0);
        let text = |sink: Sink| String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        (text(out), text(err), results.code())
    }

    #[test]
    fn results_are_printed_as_wished() {
        let errors = "warning: w\nupload failed: ./a e\nfatal error: f\n".to_owned();
        assert_eq!(run(Shown::Nothing), (String::new(), String::new(), 1));
        let dry = "(dryrun) upload: ./a to s3://b/k\n";
        assert_eq!(run(Shown::Errors), (dry.to_owned(), errors.clone(), 1));
        assert_eq!(run(Shown::Results), (format!("{dry}upload: ./a to s3://b/k\n"), errors, 1));
    }

    #[test]
    fn lines_cover_the_progress_before_them() {
        let style = ProgressStyle { frequency: Duration::ZERO, multiline: false };
        let (out, err, _) = run(Shown::Progress(style));
        let lines: Vec<&str> = out.split(['\r', '\n']).collect();
        assert!(
            lines[1].starts_with("Completed 1.0 KiB/~1.0 KiB (") && lines[1].contains(" with ~2 file(s) remaining")
        );
        assert_eq!(lines[2], format!("{:<width$}", "upload: ./a to s3://b/k", width = lines[1].len()));
        assert!(lines[3].ends_with("with ~1 file(s) remaining (calculating...)"), "{out:?}");
        assert!(err.starts_with("warning: w "), "{err:?}");
    }
}
