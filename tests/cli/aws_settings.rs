//! Settings of the AWS CLI, and its defaults where they differ from the library's.

use super::{Server, bare, ok, response, tucuxi};

/// The number of requests that a line sends to a server that always fails.
fn attempts(line: &str, variable: (&str, &str), config: &str) -> usize {
    let server = Server::with_response(response("500 Broken", b"{}"));
    let run = tucuxi(line).endpoint(&server).env(variable.0, variable.1);
    run.home.write(".aws/config", config);
    assert_eq!(run.run().code, 254);
    server.received.lock().unwrap().len()
}

#[test]
fn every_service_gets_three_attempts_unless_configured() {
    let unset = ("TZ", "UTC");
    assert_eq!(attempts("dynamodb list-tables", unset, ""), 3);
    assert_eq!(attempts("dynamodb list-tables", ("AWS_MAX_ATTEMPTS", "1"), ""), 1);
    assert_eq!(attempts("dynamodb list-tables", unset, "[default]\nmax_attempts = 2\n"), 2);
}

#[test]
fn uploads_have_the_checksum_of_the_aws_cli() {
    let server = Server::with_response(ok(""));
    let run = tucuxi("s3api put-object --bucket b --key k --body f").endpoint(&server);
    let folder = run.home.write("f", "hello");
    let mut run = run.env("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported");
    run.command.current_dir(folder.parent().unwrap());
    assert_eq!(run.run().stderr, "");
    let request = server.request();
    assert_eq!(request.header("x-amz-checksum-crc64nvme"), "M3eFcAZSQlc=");
    assert_eq!(request.header("x-amz-sdk-checksum-algorithm"), "CRC64NVME");
}

#[test]
fn validation_of_parameters_can_be_off() {
    let server = Server::with_response(ok("{}"));
    let run = tucuxi("kms list-aliases --limit 0 --no-paginate").endpoint(&server);
    run.home.write(".aws/config", "[default]\nparameter_validation = false\n");
    assert_eq!(run.run().stderr, "");
    assert_eq!(server.request().json()["Limit"], 0);
    let server = Server::with_response(ok("{}"));
    assert_eq!(tucuxi("kms list-aliases --limit 0 --no-paginate").endpoint(&server).run().code, 252);
}

#[test]
fn blobs_timestamps_and_errors_have_the_forms_of_the_profile() {
    let server = Server::with_response(ok(r#"{"CiphertextBlob": "aGk=", "KeyId": "k"}"#));
    let run = tucuxi("kms encrypt --key-id k --plaintext hi!").endpoint(&server);
    run.home.write(".aws/config", "[default]\ncli_binary_format = raw-in-base64-out\noutput = text\n");
    assert_eq!(run.run().text(), "aGk=\tk\n");
    assert_eq!(server.request().json()["Plaintext"], "aGkh");

    for (format, expected) in [("wire", "1420170896.5"), ("iso8601", "\"2015-01-02T03:54:56.500000+00:00\"")] {
        let server = Server::with_response(ok(r#"{"Table": {"CreationDateTime": 1420170896.5}}"#));
        let run = tucuxi("dynamodb describe-table --table-name xyz --query Table.CreationDateTime").endpoint(&server);
        run.home.write(".aws/config", format!("[default]\ncli_timestamp_format = {format}\n"));
        assert_eq!(run.env("TZ", "UTC").run().text(), format!("{expected}\n"));
    }
    let run = tucuxi("dynamodb list-tables");
    run.home.write(".aws/config", "[default]\ncli_timestamp_format = nice\ncli_error_format = text\n");
    let ran = run.run();
    assert_eq!((ran.code, ran.stderr.split('\t').next()), (253, Some("Configuration")));
}

#[test]
fn the_format_of_the_output_comes_from_the_line_the_environment_or_the_profile() {
    for (option, variable, profile, expected) in [
        ("--output=text", "yaml", "json", "u\n"),
        ("--no-paginate", "yaml", "text", "- u\n"),
        ("--no-paginate", "", "text", "u\n"),
    ] {
        let server = Server::with_response(ok(r#"{"QueueUrls": ["u"]}"#));
        let run = tucuxi("sqs list-queues --query QueueUrls").arg(option).endpoint(&server);
        run.home.write(".aws/config", format!("[profile p]\noutput = {profile}\n"));
        let ran = run.env("AWS_DEFAULT_OUTPUT", variable).env("AWS_PROFILE", "p").run();
        assert_eq!(ran.text(), expected, "{}", ran.stderr);
    }
    let ran = tucuxi("sqs list-queues").env("AWS_DEFAULT_OUTPUT", "nice").run();
    assert_eq!((ran.code, ran.stderr.as_str()), (255, "\ntucuxi: [ERROR]: Unknown output type: nice\n"));
}

#[test]
fn texts_of_files_have_the_encoding_of_the_environment() {
    let server = Server::with_response(ok("{}"));
    let run = tucuxi("sqs send-message --queue-url u --message-body file://f").endpoint(&server);
    let folder = run.home.write("f", b"h\xe9");
    let mut run = run.env("AWS_CLI_FILE_ENCODING", "latin-1");
    run.command.current_dir(folder.parent().unwrap());
    assert_eq!(run.run().stderr, "");
    assert_eq!(server.request().json()["MessageBody"], "hé");
}

#[test]
fn tables_have_colors_if_asked_for() {
    for (color, has_colors) in [("on", true), ("off", false), ("auto", false)] {
        let server = Server::with_response(ok(r#"{"TableNames": ["a"]}"#));
        let ran = tucuxi("dynamodb list-tables --output table --color").arg(color).endpoint(&server).run();
        assert_eq!(ran.text().contains("\u{1b}[34ma\u{1b}[0m"), has_colors, "{color}: {}", ran.stderr);
    }
}

#[test]
fn a_pager_is_only_for_terminals() {
    let server = Server::with_response(ok(r#"{"QueueUrls": ["u"]}"#));
    let run = tucuxi("sqs list-queues --output text").endpoint(&server).env("AWS_PAGER", "/nowhere/less");
    assert_eq!(run.run().text(), "QUEUEURLS\tu\n");
}

#[test]
fn codes_of_mfa_devices_are_asked_for_on_a_terminal_alone() {
    let run = bare("sqs list-queues --profile role --region eu-west-1");
    run.home.write(
        ".aws/config",
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\n\
         source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/u\n",
    );
    let ran = run.run();
    assert_eq!(ran.code, 255);
    let problem = "arn:aws:iam::1:mfa/u, but none was entered: standard input is no terminal on which to ask for it\n";
    assert!(ran.stderr.ends_with(problem), "{}", ran.stderr);
}

#[test]
fn debug_shows_the_providers_of_credentials() {
    let ran = bare("sqs list-queues --region eu-west-1 --debug").run();
    assert_eq!(ran.code, 253);
    assert!(ran.stderr.contains("no credentials provider="), "{}", ran.stderr);
}
