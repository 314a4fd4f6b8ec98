//! `cloudformation deploy`.

use super::{Ran, Received, Server, ok, response, tucuxi};

const TEMPLATE: &str = "Parameters:\r\n  A: {Type: String}\r\n  B: {Type: String}\r\nR: !Sub '${A}-x'\r\n";

fn result(operation: &str, body: &str) -> Vec<u8> {
    ok(format!("<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"))
}

fn failure(message: &str) -> Vec<u8> {
    let body = format!(
        "<ErrorResponse><Error><Code>ValidationError</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    response("400 Bad Request", body.as_bytes())
}

fn stack(status: &str) -> Vec<u8> {
    let stack = format!("<StackName>s</StackName><StackStatus>{status}</StackStatus>");
    result("DescribeStacks", &format!("<Stacks><member>{stack}</member></Stacks>"))
}

fn absent() -> Vec<u8> {
    failure("Stack with id s does not exist")
}

fn made() -> Vec<u8> {
    result("CreateChangeSet", "<Id>arn:cs</Id>")
}

fn change_set(status: &str, reason: &str) -> Vec<u8> {
    result("DescribeChangeSet", &format!("<Status>{status}</Status><StatusReason>{reason}</StatusReason>"))
}

fn summary(parameter: &str) -> Vec<u8> {
    let parameter = format!("<member><ParameterKey>{parameter}</ParameterKey></member>");
    result("GetTemplateSummary", &format!("<Parameters>{parameter}</Parameters>"))
}

/// Deploys the template, and returns how it ended and the requests.
fn deploy(options: &str, responses: &[Vec<u8>]) -> (Ran, Vec<Received>) {
    let server = Server::with_responses(responses);
    let line = format!("cloudformation deploy --template-file t.yaml --stack-name s {options}");
    let mut run = tucuxi(&line).env("AWS_ENDPOINT_URL", &server.url).env("AWS_MAX_ATTEMPTS", "1");
    run.home.write("t.yaml", TEMPLATE);
    run.home.write("p.json", r#"[{"ParameterKey": "A", "ParameterValue": "from=file"}]"#);
    run.home.write("big.yaml", format!("Resources: {{}}\n#{}\n", "x".repeat(51_200)));
    run.command.current_dir(&run.home.0);
    let ran = run.run();
    let requests = server.received.lock().unwrap().clone();
    (ran, requests)
}

/// The fields of a request without the version.
fn fields(request: &Received) -> Vec<(String, String)> {
    let text = std::str::from_utf8(&request.body).unwrap();
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        let mut parts = text.split('%');
        let first = parts.next().unwrap().as_bytes().to_vec();
        let bytes = parts.fold(first, |mut bytes, part| {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend_from_slice(&part.as_bytes()[2..]);
            bytes
        });
        String::from_utf8(bytes).unwrap()
    };
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (decoded(name), decoded(value))).filter(|(name, _)| name != "Version").collect()
}

fn field(request: &Received, name: &str) -> String {
    fields(request).into_iter().find(|(found, _)| found == name).map(|(_, value)| value).unwrap_or_default()
}

/// The parameters of a change set: `A=1`, or `A` for the previous value.
fn parameters(request: &Received) -> Vec<String> {
    let fields = fields(request);
    let parameter = |(name, key): &(String, String)| {
        let start = name.strip_suffix("ParameterKey")?;
        let value = fields.iter().find(|(name, _)| *name == format!("{start}ParameterValue"));
        Some(value.map_or_else(|| key.clone(), |(_, value)| format!("{key}={value}")))
    };
    fields.iter().filter_map(parameter).collect()
}

const DONE: &str = "\nWaiting for changeset to be created..\nWaiting for stack create/update to complete\nSuccessfully \
                    created/updated stack - s\n";

#[test]
fn a_new_stack_is_created() {
    let responses =
        [absent(), made(), change_set("CREATE_COMPLETE", ""), result("ExecuteChangeSet", ""), stack("CREATE_COMPLETE")];
    let options = "--parameter-overrides A=1 --capabilities CAPABILITY_IAM --tags k=v --role-arn arn:aws:iam::1:role/r \
                   --notification-arns arn:t --disable-rollback";
    let (ran, requests) = deploy(options, &responses);
    assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (0, DONE, ""));
    let names: Vec<String> = requests.iter().map(|request| field(request, "Action")).collect();
    assert_eq!(names, ["DescribeStacks", "CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DescribeStacks"]);
    let create = &requests[1];
    for (name, expected) in [
        ("StackName", "s"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", &*TEMPLATE.replace("\r\n", "\n")),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
        ("RoleARN", "arn:aws:iam::1:role/r"),
        ("NotificationARNs.member.1", "arn:t"),
    ] {
        assert_eq!(field(create, name), expected);
    }
    assert!(field(create, "ChangeSetName").starts_with("awscli-cloudformation-package-deploy-1"));
    // A new stack has no previous values.
    assert_eq!(parameters(create), ["A=1"]);
    assert_eq!(field(&requests[3], "ChangeSetName"), "arn:cs");
    assert_eq!(field(&requests[3], "DisableRollback"), "true");
}

#[test]
fn an_update_keeps_previous_values_of_known_parameters() {
    let responses = [
        stack("UPDATE_COMPLETE"),
        summary("B"),
        made(),
        change_set("CREATE_COMPLETE", ""),
        result("ExecuteChangeSet", ""),
        stack("UPDATE_COMPLETE"),
    ];
    for (options, expected) in [
        ("", &["B"][..]),
        ("--parameter-overrides file://p.json", &["A=from=file", "B"]),
        ("--parameter-overrides {\"Parameters\":{\"B\":\"2\",\"C\":\"3\"}}", &["B=2"]),
    ] {
        let (ran, requests) = deploy(options, &responses);
        assert_eq!((ran.code, ran.text()), (0, DONE), "{}", ran.stderr);
        assert_eq!(field(&requests[2], "ChangeSetType"), "UPDATE");
        assert_eq!(parameters(&requests[2]), expected);
        assert_eq!(field(&requests[4], "DisableRollback"), "false");
    }
}

#[test]
fn changes_can_be_reviewed_before_they_are_executed() {
    // A stack that has only a change set is new.
    let responses = [stack("REVIEW_IN_PROGRESS"), made(), change_set("CREATE_COMPLETE", "")];
    let (ran, requests) = deploy("--no-execute-changeset", &responses);
    let expected = "\nWaiting for changeset to be created..\nChangeset created successfully. Run the following command to \
                    review changes:\naws cloudformation describe-change-set --change-set-name arn:cs\n";
    assert_eq!((ran.code, ran.text()), (0, expected));
    assert_eq!((requests.len(), &*field(&requests[1], "ChangeSetType")), (3, "CREATE"));
}

#[test]
fn nothing_to_change_is_a_success_unless_the_line_says_otherwise() {
    let waiting = "\nWaiting for changeset to be created..\n";
    let text = "\nNo changes to deploy. Stack s is up to date\n";
    for reason in ["The submitted information didn't contain changes. Submit ..", "No updates are to be performed."] {
        let responses = [stack("UPDATE_COMPLETE"), summary("A"), made(), change_set("FAILED", reason)];
        for options in ["", "--fail-on-empty-changeset --no-fail-on-empty-changeset"] {
            let (ran, _) = deploy(options, &responses);
            assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (0, &*format!("{waiting}{text}"), ""));
        }
        let (ran, _) = deploy("--fail-on-empty-changeset", &responses);
        let error = "\ntucuxi: [ERROR]: No changes to deploy. Stack s is up to date\n";
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (255, waiting, error));
    }
}

#[test]
fn failures_are_explained() {
    let waiter = "Waiter ChangeSetCreateComplete failed: Waiter encountered a terminal failure state: For expression \
                  \"Status\" we matched expected path: \"FAILED\"";
    let executed = [absent(), made(), change_set("CREATE_COMPLETE", ""), result("ExecuteChangeSet", "")];
    for (responses, code, expected) in [
        (
            vec![absent(), made(), change_set("FAILED", "Requires capabilities")],
            255,
            format!("Failed to create the changeset: {waiter} Status: FAILED. Reason: Requires capabilities"),
        ),
        (
            [&executed[..], &[stack("ROLLBACK_COMPLETE")]].concat(),
            255,
            "Failed to create/update the stack. Run the following command\nto fetch the list of events leading up to the \
             failure\naws cloudformation describe-stack-events --stack-name s"
                .to_owned(),
        ),
        (
            vec![failure("Stack with id other does not exist")],
            254,
            "An error occurred (ValidationError) when calling the DescribeStacks operation (reached max retries: 0): Stack \
             with id other does not exist"
                .to_owned(),
        ),
    ] {
        let (ran, _) = deploy("", &responses);
        assert_eq!((ran.code, ran.stderr), (code, format!("\ntucuxi: [ERROR]: {expected}\n")));
    }
}

#[test]
fn wrong_lines_send_nothing() {
    for (options, code, part) in [
        ("--template-file nope.yaml", 255, "Invalid template path nope.yaml"),
        (
            "--template-file big.yaml",
            255,
            "Templates with a size greater than 51,200 bytes must be deployed via an S3 Bucket.",
        ),
        ("--parameter-overrides A", 255, "['A'] value passed to --parameter-overrides must be of format Key=Value"),
        (
            "--parameter-overrides {\"A\":\"1\"}",
            252,
            "JSON passed to --parameter-overrides must be one of the formats: [\"Key1",
        ),
        ("--tags k", 255, "['k'] value passed to --tags must be of format Key=Value"),
        ("--tags", 252, "argument --tags: expected at least one argument"),
        ("--capabilities [1]", 252, "Invalid type for parameter [0], value: 1, type: <class 'int'>"),
        ("--bogus", 252, "Unknown options: --bogus"),
    ] {
        let (ran, requests) = deploy(options, &[absent()]);
        assert_eq!((ran.code, ran.text()), (code, ""), "{options}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{options}: {}", ran.stderr);
        assert!(requests.is_empty(), "{options}");
    }
}

#[test]
fn templates_are_uploaded_once() {
    let name = "8b21ca1f30f15794f658291a0150c4e6.template";
    let missing = response("404 Not Found", b"");
    let rest = [made(), change_set("CREATE_COMPLETE", "")];
    for (options, stored, key, puts) in [
        ("", vec![missing.clone(), ok("")], name.to_owned(), 1),
        ("", vec![ok("")], name.to_owned(), 0),
        ("--force-upload --s3-prefix p/q", vec![ok("")], format!("p/q/{name}"), 1),
    ] {
        let responses = [&[absent()][..], &stored, &rest].concat();
        let (ran, requests) = deploy(&format!("--s3-bucket b --no-execute-changeset {options}"), &responses);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{options}");
        let paths: Vec<&Received> = requests.iter().filter(|request| request.line.starts_with("PUT ")).collect();
        assert_eq!(paths.len(), puts);
        for put in paths {
            assert_eq!(put.line, format!("PUT /b/{key} HTTP/1.1"));
            assert_eq!(put.header("x-amz-server-side-encryption"), "AES256");
        }
        let create = requests.iter().find(|request| field_or_none(request, "TemplateURL").is_some()).unwrap();
        assert!(field(create, "TemplateURL").ends_with(&format!("/b/{key}")));
        assert_eq!(field(create, "TemplateBody"), "");
    }
    let no_bucket = response("404 Not Found", b"<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>");
    let (ran, _) = deploy("--s3-bucket b", &[absent(), missing, no_bucket]);
    let expected =
        "\ntucuxi: [ERROR]: S3 Bucket does not exist. Execute the command to create a new bucket\naws s3 mb s3://b\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (255, expected));
}

fn field_or_none(request: &Received, name: &str) -> Option<String> {
    let is_form = request.header("content-type").starts_with("application/x-www-form-urlencoded");
    is_form.then(|| field(request, name)).filter(|value| !value.is_empty())
}
