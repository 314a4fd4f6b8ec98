//! `s3 cp`, `mv`, `rm` and `sync` in a folder, against a small store: lines, exit codes, requests, and what is there afterwards.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::s3_store::{LAST_MODIFIED, Store};
use super::{Ran, Run, tucuxi};

/// Small parts, so that small files are large ones.
const CONFIG: &str = "[default]\ns3 =\n  multipart_threshold = 100\n  multipart_chunksize = 40\n";

/// A line that is run in the folder `w`.
fn line(arguments: &str, store: &Store) -> Run {
    let shown = if arguments.starts_with("s3 rm ") { "" } else { "--no-progress" };
    let mut run = tucuxi(arguments).args(shown).arg("--endpoint-url").arg(&store.url).env("TZ", "UTC");
    run.home.write(".aws/config", CONFIG);
    let folder = run.home.path("w");
    fs::create_dir_all(&folder).unwrap();
    run.command.current_dir(folder);
    run
}

trait InFolder {
    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self;
    /// Runs the line, and what is left of the folder afterwards is looked at before it is removed.
    fn then(self, look: impl FnOnce(PathBuf)) -> Ran;
}

impl InFolder for Run {
    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.home.write(&format!("w/{name}"), content);
        self
    }

    fn then(mut self, look: impl FnOnce(PathBuf)) -> Ran {
        let output = self.command.stdin(std::process::Stdio::null()).output().unwrap();
        look(self.home.path("w"));
        Ran {
            code: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn sorted(ran: &Ran) -> Vec<&str> {
    let mut lines = ran.lines();
    lines.sort_unstable();
    lines
}

#[test]
fn folder_is_uploaded_and_downloaded_again() {
    let store = Store::new();
    let large = "x".repeat(250);
    let run = line("s3 cp d s3://b/p --recursive", &store).file("d/a b.txt", "hello").file("d/ü/l.bin", &large);
    let ran = run.succeeds();
    assert_eq!(sorted(&ran), ["upload: d/a b.txt to s3://b/p/a b.txt", "upload: d/ü/l.bin to s3://b/p/ü/l.bin"]);
    assert_eq!(store.keys(), ["p/a b.txt", "p/ü/l.bin"]);
    assert_eq!(store.object("p/a b.txt").headers["content-type"], "text/plain");
    assert_eq!(store.object("p/ü/l.bin").body, large.as_bytes());

    let ran = line("s3 sync s3://b/p out", &store).then(|folder| {
        assert_eq!(fs::read(folder.join("out/ü/l.bin")).unwrap(), large.as_bytes());
        let modified = fs::metadata(folder.join("out/a b.txt")).unwrap().modified().unwrap();
        assert_eq!(modified, SystemTime::UNIX_EPOCH + Duration::from_secs(LAST_MODIFIED));
        assert_eq!(fs::read_dir(folder.join("out")).unwrap().count(), 2);
    });
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        sorted(&ran),
        ["download: s3://b/p/a b.txt to out/a b.txt", "download: s3://b/p/ü/l.bin to out/ü/l.bin"]
    );
}

#[test]
fn single_downloads_ask_for_the_object_first() {
    let store = Store::new().with("k", "hello").with("l", "y".repeat(130));
    line("s3 cp s3://b/k .", &store).succeeds();
    assert_eq!(store.requests(), ["GET /b/k", "HEAD /b/k"]);
    assert_eq!(store.header("HEAD /b/k", "x-amz-checksum-mode"), "ENABLED");
    assert_eq!(store.header("GET /b/k", "range"), "");
    line("s3 cp s3://b/l x", &store).succeeds();
    assert_eq!(store.requests().iter().filter(|request| request.ends_with("/b/l")).count(), 5);
    assert_eq!(store.header("GET /b/l", "if-match"), "\"130\"");

    let ran = line("s3 cp s3://b/none .", &store).run();
    let expected =
        "fatal error: An error occurred (404) when calling the HeadObject operation: Key \"none\" does not exist\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (1, expected));
}

#[test]
fn listings_of_several_pages_tell_all_that_a_download_needs() {
    let store = (0..5).fold(Store::new(), |store, number| store.with(&format!("p/{number}"), "hello"));
    line("s3 cp s3://b/p d --recursive --page-size 2 --exclude * --include [13]", &store).succeeds();
    let requests = store.requests();
    assert_eq!((requests.len(), &requests[..2]), (5, &["GET /b/p/1".to_owned(), "GET /b/p/3".to_owned()][..]));
    assert!(requests[2..].iter().all(|request| request.contains("list-type=2")), "{requests:?}");
}

#[test]
fn sync_transfers_what_differs_and_deletes_the_rest() {
    let store = Store::new().with("p/same", "12345").with("p/other", "1").with("p/gone", "x").with("p/kept.txt", "x");
    let run = line("s3 sync d s3://b/p --delete --exclude *.txt", &store);
    let run = run.file("d/same", "54321").file("d/other", "22").file("d/new", "n").file("d/no.txt", "n");
    let old = fs::File::options().write(true).open(run.home.path("w/d/same")).unwrap();
    old.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(LAST_MODIFIED - 10)).unwrap();
    let ran = run.succeeds();
    assert_eq!(
        sorted(&ran),
        ["delete: s3://b/p/gone", "upload: d/new to s3://b/p/new", "upload: d/other to s3://b/p/other"]
    );
    assert_eq!(store.keys(), ["p/kept.txt", "p/new", "p/other", "p/same"]);
    assert_eq!(store.object("p/same").body, b"12345");
}

#[test]
fn dry_run_tells_and_does_nothing() {
    let store = Store::new().with("p/a", "a");
    let ran = line("s3 sync d s3://b/p --delete --dryrun", &store).file("d/new", "n").succeeds();
    assert_eq!(ran.lines(), ["(dryrun) delete: s3://b/p/a", "(dryrun) upload: d/new to s3://b/p/new"]);
    let ran = line("s3 rm s3://b/p --recursive --dryrun", &store).succeeds();
    assert_eq!(ran.lines(), ["(dryrun) delete: s3://b/p/a"]);
    assert_eq!(store.keys(), ["p/a"]);
}

#[test]
fn moves_delete_their_sources_and_deletions_go_key_by_key() {
    let store = Store::new().with("p/a", "a").with("p/b", "b");
    line("s3 mv s3://b/p s3://b/q --recursive", &store).succeeds();
    assert_eq!(store.keys(), ["q/a", "q/b"]);
    let ran = line("s3 mv s3://b/q/a .", &store).then(|folder| assert_eq!(fs::read(folder.join("a")).unwrap(), b"a"));
    assert_eq!(ran.text(), "move: s3://b/q/a to ./a\n");
    let ran = line("s3 mv f s3://b/", &store).file("f", "f").then(|folder| assert!(!folder.join("f").exists()));
    assert_eq!((ran.text(), store.keys()), ("move: ./f to s3://b/f\n", vec!["f".to_owned(), "q/b".to_owned()]));
    let ran = line("s3 rm s3://b --recursive", &store).succeeds();
    assert_eq!(sorted(&ran), ["delete: s3://b/f", "delete: s3://b/q/b"]);
    assert!(store.keys().is_empty());
}

#[test]
fn failed_move_keeps_its_source() {
    let store = Store::new().denying("denied").with("p/denied", "x");
    let ran = line("s3 mv f s3://b/denied", &store).file("f", "f").then(|folder| assert!(folder.join("f").exists()));
    let expected = "move failed: ./f to s3://b/denied An error occurred (AccessDenied) when calling the PutObject \
                    operation: No.\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (1, expected));
    let ran = line("s3 mv s3://b/k s3://b/", &store).run();
    assert_eq!(ran.code, 252);
    assert!(ran.stderr.contains("Cannot mv a file onto itself: s3://b/k - s3://b/"), "{}", ran.stderr);
}

#[test]
fn one_failure_does_not_end_the_others() {
    let store = Store::new().denying("p/b");
    let ran = line("s3 cp d s3://b/p --recursive", &store).file("d/a", "1").file("d/b", "2").file("d/c", "3").run();
    assert_eq!((ran.code, sorted(&ran).len()), (1, 2));
    assert!(ran.stderr.starts_with("upload failed: d/b to s3://b/p/b An error occurred (AccessDenied)"));
    let ran = line("s3 sync s3://none/p d", &store).run();
    let expected = "fatal error: An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: No.\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (1, expected));
}

#[test]
fn upload_in_parts_that_fails_is_aborted() {
    let store = Store::new().denying("l");
    let ran = line("s3 cp l s3://b/", &store).file("l", "x".repeat(200)).run();
    assert_eq!((ran.code, store.unfinished_uploads()), (1, 0));
}

#[test]
fn streams_go_through_standard_input_and_output() {
    let store = Store::new().with("k", "z".repeat(300));
    let ran = line("s3 cp - s3://b/in", &store).input(&[7; 250]).succeeds();
    assert_eq!((ran.text(), store.object("in").body), ("", vec![7; 250]));
    assert_eq!(line("s3 cp s3://b/k -", &store).succeeds().stdout, "z".repeat(300).as_bytes());
    let ran = line("s3 cp s3://b/none -", &store).run();
    assert_eq!((ran.code, ran.text()), (1, ""));
    assert!(ran.stderr.starts_with("download failed: s3://b/none to - An error occurred (404)"), "{}", ran.stderr);
}

#[test]
fn keys_that_leave_the_folder_are_skipped() {
    let store = Store::new().with("p/../../up", "x").with("p/in", "x").with("p/folder/", "");
    let ran = line("s3 cp s3://b/p d --recursive", &store).then(|folder| {
        assert!(!folder.join("../up").exists() && !folder.join("up").exists());
        assert_eq!(fs::read_dir(folder.join("d")).unwrap().count(), 1);
    });
    assert_eq!((ran.code, ran.text()), (2, "download: s3://b/p/in to d/in\n"));
    assert_eq!(ran.stderr, "warning: Skipping file ../../up. File references a parent directory.\n");
}

#[test]
fn archived_objects_are_skipped_unless_forced() {
    let archived = || Store::new().with_headers("p/a", "x", &[("x-amz-storage-class", "GLACIER")]);
    for (option, code, warns, downloads) in [
        ("", 2, true, false),
        ("--ignore-glacier-warnings", 0, false, false),
        ("--force-glacier-transfer", 0, false, true),
    ] {
        let store = archived();
        let ran = line("s3 cp s3://b/p d --recursive", &store).args(option).run();
        assert_eq!((ran.code, !ran.stderr.is_empty(), !ran.text().is_empty()), (code, warns, downloads), "{option}");
    }
}

#[test]
fn existing_targets_are_kept_if_wished() {
    let store = Store::new().with("p/a", "old").with("p/b", "old");
    let run = line("s3 cp d s3://b/p --recursive --no-overwrite", &store).file("d/a", "new").file("d/c", "new");
    assert_eq!(run.succeeds().text(), "upload: d/c to s3://b/p/c\n");
    assert_eq!(store.object("p/a").body, b"old");
    let run = line("s3 cp s3://b/p d --recursive --no-overwrite", &store).file("d/a", "mine");
    let ran = run.then(|folder| assert_eq!(fs::read(folder.join("d/a")).unwrap(), b"mine"));
    assert_eq!(sorted(&ran), ["download: s3://b/p/b to d/b", "download: s3://b/p/c to d/c"]);
}

#[test]
fn copies_keep_metadata_and_tags() {
    let metadata = [("x-amz-meta-own", "1"), ("content-type", "text/x"), ("cache-control", "no-cache")];
    let store = Store::new().with_headers("k", "x", &metadata).with_headers("l", "y".repeat(210), &metadata);
    line("s3 cp s3://b/k s3://b/k2 --content-type text/y", &store).succeeds();
    assert_eq!(store.header("PUT /b/k2", "x-amz-metadata-directive"), "REPLACE");
    assert_eq!(store.header("PUT /b/k2", "cache-control"), "no-cache");
    assert_eq!(store.header("PUT /b/k2", "content-type"), "text/y");
    line("s3 cp s3://b/l s3://b/l2", &store).succeeds();
    assert_eq!(store.header("POST /b/l2?uploads", "x-amz-tagging"), "k=a%20b");
    assert_eq!(store.header("PUT /b/l2?", "x-amz-copy-source-if-match"), "\"210\"");
    let copied = store.object("l2");
    assert_eq!((copied.body.len(), copied.headers["x-amz-meta-own"].as_str()), (210, "1"));
}

#[test]
fn keys_of_the_customer_are_sent_and_never_shown() {
    let store = Store::new().denying("k");
    let key = "0123456789abcdef0123456789abcdeF";
    let ran = line(&format!("s3 cp f s3://b/k --sse-c --sse-c-key {key}"), &store).file("f", "f").run();
    assert_eq!(ran.code, 1);
    assert!(!ran.stderr.contains(key), "{}", ran.stderr);
    assert_eq!(store.header("PUT /b/k", "x-amz-server-side-encryption-customer-algorithm"), "AES256");
    // A key of any bytes.
    let run = line("s3 cp f s3://b/z --sse-c --sse-c-key fileb://key", &store).file("f", "f").file("key", [0xff; 32]);
    run.succeeds();
    let sent = store.header("PUT /b/z", "x-amz-server-side-encryption-customer-key");
    assert_eq!(sent, tucuxi::blob([0xff; 32]).as_str().unwrap());
    assert!(!store.header("PUT /b/z", "x-amz-server-side-encryption-customer-key-md5").is_empty());
}

#[test]
fn wrong_lines_are_refused_before_anything_is_sent() {
    let store = Store::new();
    let usage =
        "usage: aws s3 cp <LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>\nError: Invalid argument type";
    for (arguments, code, expected) in [
        ("cp a b", 252, usage),
        ("rm a", 252, "usage: aws s3 rm <S3Uri>\nError: Invalid argument type"),
        ("cp a", 252, "the following arguments are required: paths"),
        ("cp a s3://b c", 252, "Unknown options: c"),
        ("cp none s3://b", 255, "The user-provided path none does not exist."),
        ("sync - s3://b", 252, "Streaming currently is only compatible with non-recursive cp commands"),
        ("cp s3://b/k - --no-overwrite", 252, "--no-overwrite parameter is not supported for streaming downloads"),
        ("cp s3://b/k . --sse-c", 252, "If --sse-c is specified, --sse-c-key must be specified as well."),
        (
            "cp s3://b/k . --checksum-algorithm SHA1",
            252,
            "Expected checksum-algorithm parameter to be used with one of",
        ),
        ("sync . s3://x--use1-az4--x-s3", 252, "Cannot use sync command with a directory bucket."),
        ("cp s3://b/k . --page-size x", 255, "invalid literal for int() with base 10: 'x'"),
    ] {
        let ran = line(&format!("s3 {arguments}"), &store).run();
        assert_eq!(ran.code, code, "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments}: {}", ran.stderr);
    }
    assert!(store.requests().is_empty());
}

#[test]
fn settings_that_are_no_positive_integers_are_refused() {
    let store = Store::new();
    let run = line("s3 cp s3://b/k .", &store);
    run.home.write(".aws/config", "[default]\ns3 =\n  max_concurrent_requests = 0\n");
    let ran = run.run();
    let expected = "\ntucuxi: [ERROR]: Value for max_concurrent_requests must be a positive integer: 0\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (255, expected));
}

#[test]
fn only_wanted_lines_are_shown() {
    let store = Store::new().denying("p/b");
    for (option, lines, tells) in [("--quiet", 0, false), ("--only-show-errors", 0, true), ("", 1, true)] {
        let run = line("s3 cp d s3://b/p --recursive", &store).args(option).file("d/a", "1").file("d/b", "2");
        let ran = run.run();
        assert_eq!((ran.code, ran.lines().len(), !ran.stderr.is_empty()), (1, lines, tells), "{option}");
    }
    let mut run = tucuxi("s3 cp f s3://b/f --endpoint-url").arg(&store.url).file("f", "hello");
    run.command.current_dir(run.home.path("w"));
    let ran = run.succeeds();
    let text = ran.text();
    assert!(
        text.starts_with("Completed 5 Bytes/5 Bytes (") && text.contains(" with 1 file(s) remaining\r"),
        "{text:?}"
    );
    assert!(text.contains("\rupload: ./f to s3://b/f   "), "{text:?}");
}

#[cfg(unix)]
#[test]
fn interrupted_upload_leaves_nothing_in_the_store() {
    use std::os::unix::process::CommandExt as _;
    let store = Store::new();
    let mut run = line("s3 cp l s3://b/", &store).file("l", vec![0; 400_000]);
    run.home.write(".aws/config", "[default]\ns3 =\n  multipart_threshold = 100\n  max_bandwidth = 10KB/s\n");
    run.command.process_group(0).stdin(std::process::Stdio::null());
    let child = run.command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while store.unfinished_uploads() == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(killed.success());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "cancelled: ctrl-c received\n");
    assert_eq!((store.unfinished_uploads(), store.keys().len()), (0, 0));
}
