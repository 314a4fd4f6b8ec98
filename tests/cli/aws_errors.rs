//! Errors of command lines in the AWS CLI's language: texts, formats and exit codes.

use serde_json::{Value, json};

use super::{Server, bare, response, tucuxi};

/// Runs a line against a server with one response and compares the exit code and standard error.
fn fails(line: &str, status: &str, body: &str, code: i32, stderr: &str) {
    let server = Server::with_response(response(status, body.as_bytes()));
    let ran = tucuxi(line).endpoint(&server).run();
    assert_eq!((ran.code, ran.stderr.as_str(), ran.text()), (code, stderr, ""), "{line}");
}

#[test]
fn service_errors_have_the_text_that_scripts_look_for() {
    let body = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no such\nqueue"}"#;
    let line = "An error occurred (QueueDoesNotExist) when calling the ListQueues operation: no such\nqueue\n";
    fails("sqs list-queues", "400 Bad Request", body, 254, &format!("\ntucuxi: [ERROR]: {line}"));
    let head = "\ntucuxi: [ERROR]: An error occurred (404) when calling the HeadObject operation: Not Found\n";
    fails("s3api head-object --bucket b --key k", "404 Not Found", "", 254, head);
}

#[test]
fn service_errors_tell_of_retries_after_the_last_attempt() {
    for (attempts, retries) in [("1", "0"), ("2", "1")] {
        let server = Server::with_response(response("500 Broken", b"{\"message\": \"broken\"}"));
        let ran = tucuxi("sqs list-queues").endpoint(&server).env("AWS_MAX_ATTEMPTS", attempts).run();
        let expected = format!(
            "\ntucuxi: [ERROR]: An error occurred (500) when calling the ListQueues operation (reached max retries: \
             {retries}): broken\n"
        );
        assert_eq!((ran.code, ran.stderr), (254, expected));
    }
}

#[test]
fn service_errors_are_shown_in_every_format() {
    let body =
        json!({"__type": "ConditionalCheckFailedException", "message": "no", "Item": {"a": {"S": "b"}}, "Other": 1});
    let line = "An error occurred (ConditionalCheckFailedException) when calling the PutItem operation: no\n";
    for (format, expected) in [
        ("legacy", format!("\ntucuxi: [ERROR]: {line}")),
        (
            "enhanced",
            format!(
                "\ntucuxi: [ERROR]: {line}\nAdditional error details:\nItem: <complex value>\nUse \"--cli-error-format \
                 json\" or another error format to see the full details.\n"
            ),
        ),
        ("text", "ConditionalCheckFailedException\tno\tno\nA\tb\n".to_owned()),
        ("yaml", "Code: ConditionalCheckFailedException\nItem:\n  a:\n    S: b\nMessage: no\nmessage: no\n".to_owned()),
    ] {
        let line = format!("dynamodb put-item --table-name xyz --item {{}} --cli-error-format {format}");
        fails(&line, "400 Bad Request", &body.to_string(), 254, &expected);
    }
    let server = Server::with_response(response("400 Bad Request", body.to_string().as_bytes()));
    let run = tucuxi("dynamodb put-item --table-name xyz --item {}").endpoint(&server);
    let ran = run.env("AWS_CLI_ERROR_FORMAT", "json").run();
    let shown: Value = serde_json::from_str(&ran.stderr).unwrap();
    let code = "ConditionalCheckFailedException";
    assert_eq!(shown, json!({"Message": "no", "Code": code, "message": "no", "Item": {"a": {"S": "b"}}}));
}

#[test]
fn missing_settings_have_their_texts() {
    let region = "You must specify a region. You can also configure your region by running \"aws configure\".";
    let credentials = "Unable to locate credentials. You can configure credentials by running \"aws login\".";
    for (run, code, expected) in [
        (bare("sqs list-queues"), 253, format!("An error occurred (NoRegion): {region}")),
        (bare("sqs list-queues --cli-error-format legacy"), 253, region.to_owned()),
        (bare("sqs list-queues --region x-y-1"), 253, format!("An error occurred (NoCredentials): {credentials}")),
        (tucuxi("sqs list-queues --profile nope"), 255, "The config profile (nope) could not be found".to_owned()),
        (
            tucuxi("sqs list-queues").env("AWS_PROFILE", "nope"),
            255,
            "The config profile (nope) could not be found".to_owned(),
        ),
    ] {
        let ran = run.run();
        assert_eq!((ran.code, ran.stderr), (code, format!("\ntucuxi: [ERROR]: {expected}\n")));
    }
}

#[test]
fn wrong_parameters_have_the_text_of_botocore() {
    let title = "An error occurred (ParamValidation): Parameter validation failed:";
    for (line, expected) in [
        (
            "sqs send-message --cli-input-json {\"Queue\":1}",
            "Missing required parameter in input: \"QueueUrl\"\n\
             Missing required parameter in input: \"MessageBody\"\n\
             Unknown parameter in input: \"Queue\", must be one of: QueueUrl, MessageBody, DelaySeconds, \
             MessageAttributes, MessageSystemAttributes, MessageDeduplicationId, MessageGroupId",
        ),
        (
            "cloudwatch get-metric-statistics --namespace a --metric-name b --start-time yesterday --end-time 0 --period 0",
            "Invalid type for parameter StartTime, value: yesterday, type: <class 'str'>, valid types: <class \
             'datetime.datetime'>, timestamp-string\n\
             Invalid value for parameter Period, value: 0, valid min value: 1",
        ),
    ] {
        let server = Server::with_response("");
        let ran = tucuxi(line).endpoint(&server).run();
        assert_eq!((ran.code, ran.stderr), (252, format!("\ntucuxi: [ERROR]: {title}\n{expected}\n")), "{line}");
        server.assert_untouched();
    }
}

#[test]
fn waits_without_success_are_explained() {
    let instance = |state: &str| {
        format!(
            "<R><reservationSet><item><instancesSet><item><instanceState><name>{state}</name></instanceState></item>\
             </instancesSet></item></reservationSet></R>"
        )
    };
    let rule = "Waiter encountered a terminal failure state: For expression \"Reservations[].Instances[].State.Name\" we \
                matched expected path: \"terminated\" at least once";
    let line = "ec2 wait instance-running --instance-ids i-1";
    let expected = format!("\ntucuxi: [ERROR]: Waiter InstanceRunning failed: {rule}\n");
    fails(line, "200 OK", &instance("terminated"), 255, &expected);
    let body = "<Response><Errors><Error><Code>Bad.Id</Code><Message>bad</Message></Error></Errors></Response>";
    let expected = "\ntucuxi: [ERROR]: Waiter InstanceRunning failed: An error occurred (Bad.Id): bad\n";
    fails(line, "400 Bad Request", body, 255, expected);
}

#[test]
fn failed_connections_name_the_url() {
    let ran = tucuxi("s3api get-object --bucket b --key k out --endpoint-url http://127.0.0.1:1").run();
    let expected = "\ntucuxi: [ERROR]: Could not connect to the endpoint URL: \"http://127.0.0.1:1/b/k\"\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (255, expected));
    let server = Server::with_response("");
    let run = tucuxi("sqs list-queues --cli-read-timeout 1").endpoint(&server).env("AWS_MAX_ATTEMPTS", "1");
    let expected = format!("\ntucuxi: [ERROR]: Read timeout on endpoint URL: \"{}/\"\n", server.url);
    let ran = run.run();
    assert_eq!((ran.code, ran.stderr), (255, expected));
}

#[test]
fn wrong_lines_are_reported_before_wrong_settings() {
    for (line, code, expected) in [
        ("iam create-user --profile nope", 252, "the following arguments are required: --user-name\n"),
        ("iam list-users --profile nope", 255, "The config profile (nope) could not be found\n"),
        (
            "iam create-user --region a_b",
            252,
            "An error occurred (ParamValidation): the following arguments are required: --user-name\n",
        ),
        ("iam list-users --region a_b", 255, "Provided region_name 'a_b' doesn't match a supported format.\n"),
        (
            "iam list-users --cli-read-timeout -1",
            255,
            "Attempted to set read timeout to -1, but the timeout cannot be set to a value less than or equal to 0.\n",
        ),
        (
            "iam create-user --cli-read-timeout -1",
            252,
            "An error occurred (ParamValidation): the following arguments are required: --user-name\n",
        ),
        (
            "iam list-users --cli-auto-prompt --no-cli-auto-prompt --cli-error-format legacy",
            252,
            "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time.\n",
        ),
        // The format of the line holds for what follows the command.
        ("iamm list-users --cli-error-format legacy", 252, "An error occurred (ParamValidation): argument command: "),
        ("iam lst-users --cli-error-format legacy", 252, "argument operation: Found invalid choice 'lst-users'"),
    ] {
        let ran = tucuxi(line).run();
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("\ntucuxi: [ERROR]: {expected}")), "{line}: {}", ran.stderr);
    }
}

#[test]
fn queries_fail_before_the_call_or_after_it() {
    let expected = "\ntucuxi: [ERROR]: An error occurred (ParamValidation): Bad value for --query a[: Invalid jmespath \
                    expression: Incomplete expression:\n\"a[\"\n   ^\n";
    fails("sqs list-queues --query a[", "200 OK", "{}", 252, expected);
    let server = Server::with_response(response("200 OK", b"{}"));
    assert_eq!(tucuxi("sqs list-queues --query length(@.a)").endpoint(&server).run().code, 255);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_its_code_and_a_line_break() {
    use std::io::Read as _;
    use std::process::Stdio;

    for line in [
        "sqs list-queues",
        "ecr get-login-password",
        "eks update-kubeconfig --name c",
        "codeartifact login --tool npm --domain dd --repository rr",
    ] {
        let server = Server::with_response("");
        let mut run = tucuxi(line).endpoint(&server);
        let mut child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        while server.received.lock().unwrap().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut written = String::new();
        child.stdout.take().unwrap().read_to_string(&mut written).unwrap();
        assert_eq!((child.wait().unwrap().code(), written.as_str()), (Some(130), "\n"), "{line}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::Stdio;

    let server = Server::with_response(response("200 OK", b"{\"QueueUrls\": [\"u\"]}"));
    for format in ["json", "text", "yaml-stream"] {
        let mut run = tucuxi("sqs list-queues --output").args(format).endpoint(&server);
        let mut child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()), "{format}");
    }
}
