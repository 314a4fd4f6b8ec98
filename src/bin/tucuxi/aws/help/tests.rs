use tucuxi::{Environment, Session};

use super::global_texts::GLOBAL_TEXTS;
use super::{form, of_operation, of_program, of_service, of_waiters};
use crate::aws::command::Target;
use crate::aws::globals;
use crate::aws::levels::{Named, named, named_service};
use crate::aws::service::Service;

fn session() -> Session {
    Session::builder().environment(Environment::from_pairs::<&str, &str>([])).build().unwrap()
}

fn service(command: &str) -> Service {
    named_service(&session(), command).unwrap().unwrap()
}

fn target(line: &str) -> Target {
    let mut words = line.split(' ').map(str::to_owned);
    let command = words.next().unwrap();
    match named(&session(), command, words.collect(), false).unwrap() {
        Named::Operation(target, _) => *target,
        Named::Help(..) | Named::Own(..) => panic!("{line}"),
    }
}

/// The page without the global options, which are the same everywhere.
fn page(line: &str) -> String {
    let page = of_operation("aws", &target(line));
    page.split_once("\nGLOBAL OPTIONS\n").unwrap().0.to_owned()
}

#[test]
fn an_operation_has_its_options_output_and_errors() {
    assert_eq!(
        page("sqs list-queue-tags"),
        "\
NAME
    aws sqs list-queue-tags

    ListQueueTags of Amazon Simple Queue Service
    https://docs.aws.amazon.com/goto/WebAPI/sqs-2012-11-05/ListQueueTags

SYNOPSIS
    aws sqs list-queue-tags
      --queue-url <value> [--cli-input-json <value>] [--cli-input-yaml <value>]
      [--generate-cli-skeleton [<kind>]] [global options]

OPTIONS
    --queue-url (string), required

    A value `file://PATH` is the text in a file, `fileb://PATH` its bytes.

OTHER OPTIONS
    --cli-input-json <value>        Parameters as JSON, to which other options
                                    add, or `file://PATH`
    --cli-input-yaml <value>        The same as YAML
    --generate-cli-skeleton [<kind>]
                                    Print parameters to fill in and call
                                    nothing: input, yaml-input or output

OUTPUT
    {
      \"Tags\": {\"KEY\": \"string\", ..}
    }

ERRORS
    RequestThrottled QueueDoesNotExist UnsupportedOperation InvalidAddress
    InvalidSecurity
"
    );
}

#[test]
fn options_tell_what_their_values_are() {
    for (line, parts) in [
        (
            "ec2 describe-instances",
            &["[--dry-run | --no-dry-run]", "    --dry-run | --no-dry-run (boolean)\n", "\nPAGES\n"][..],
        ),
        (
            "ec2 run-instances",
            &["[--count <value>]", "[--disable-api-termination | --enable-api-termination]", " in all)\n"],
        ),
        ("ec2 modify-instance-attribute", &["[--ebs-optimized | --no-ebs-optimized]"]),
        (
            "s3api put-object",
            &[
                "    --body (blob)\n        The path of a file with the content\n",
                "        One of: private, public-read,",
            ],
        ),
        ("s3api get-object", &[" outfile ", "    outfile  "]),
        ("s3api wait bucket-exists", &["    aws s3api wait bucket-exists\n", "Calls `head-bucket` again"]),
        ("sqs create-queue", &["    --attributes (map)\n        Shorthand:\n          KEY1=string,KEY2=string\n"]),
        (
            "iam create-user",
            &["        Length: 1 to 64\n", "        Number: up to 50\n", "          Key=string,Value=string ..\n"],
        ),
    ] {
        let page = page(line);
        parts.iter().for_each(|part| assert!(page.contains(part), "{line}: {part}\n{page}"));
    }
    // These work, but others are shown in their place.
    assert!(!page("ec2 describe-instances").contains("--max-results"));
    assert!(!page("dlm create-lifecycle-policy").contains("OUTPUT\n\n"));
}

#[test]
fn forms_show_types_in_the_places_of_values() {
    for (line, member, shorthand, json) in [
        (
            "ec2 describe-instances",
            "Filters",
            Some("Name=string,Values=string,string .."),
            &["[", "  {", "    \"Name\": \"string\",", "    \"Values\": [\"string\", ..]", "  }, ..", "]"][..],
        ),
        ("sqs tag-queue", "Tags", Some("KEY1=string,KEY2=string"), &["{\"KEY\": \"string\", ..}"]),
        ("sqs receive-message", "MaxNumberOfMessages", None, &["integer"]),
        (
            "ec2 modify-instance-attribute",
            "EbsOptimized",
            Some("Value=boolean"),
            &["{", "  \"Value\": true|false", "}"],
        ),
    ] {
        let target = target(line);
        let shape = target.operation.input().unwrap().member(member).unwrap().shape();
        assert_eq!(form::shorthand(shape).map(|form| form.lines.concat()).as_deref(), shorthand, "{member}");
        assert_eq!(form::json(shape, 70).lines, json, "{member}");
    }
    let narrow = target("sqs receive-message");
    let shape = narrow.operation.input().unwrap().member("AttributeNames").unwrap().shape();
    assert_eq!(form::shorthand(shape), None);
    assert_eq!(form::json(shape, 28).lines, ["[\"All\"|\"Policy\"|.., ..]"]);
}

#[test]
fn required_members_have_paths() {
    for (line, member, expected) in [
        ("dynamodb create-table", "KeySchema", &["AttributeName", "KeyType"][..]),
        ("dynamodb create-table", "SSESpecification", &[]),
        (
            "route53 change-resource-record-sets",
            "ChangeBatch",
            &["Changes", "Changes[].Action", "Changes[].ResourceRecordSet"],
        ),
        ("sqs tag-queue", "Tags", &[]),
        (
            "dynamodb transact-write-items",
            "TransactItems",
            &["ConditionCheck.Key", "ConditionCheck.TableName", "ConditionCheck.ConditionExpression"],
        ),
    ] {
        let target = target(line);
        let shape = target.operation.input().unwrap().member(member).unwrap().shape();
        assert_eq!(form::required_members(shape, 3), expected, "{member}");
    }
}

#[test]
fn shapes_in_themselves_end() {
    let put = target("dynamodb put-item");
    let item = put.operation.input().unwrap().member("Item").unwrap().shape();
    let form = form::json(item, 70);
    assert!(!form.is_cut && form.lines.contains(&"      {..}, ..".to_owned()), "{form:?}");
    let create = target("quicksight create-analysis");
    let definition = create.operation.input().unwrap().member("Definition").unwrap().shape();
    let form = form::json(definition, 70);
    assert!(form.is_cut && form.lines.len() < 151, "{}", form.lines.len());
}

#[test]
fn pages_have_80_columns() {
    let mut pages = vec![of_program("tucuxi", &session())];
    for command in ["ec2", "s3api", "dynamodb"] {
        pages.push(of_service("tucuxi", &service(command)));
        pages.push(of_waiters("tucuxi", &service(command)));
    }
    for line in ["ec2 run-instances", "lambda create-function", "quicksight create-analysis", "s3api put-object"] {
        pages.push(of_operation("tucuxi", &target(line)));
    }
    for page in pages {
        let wide: Vec<&str> = page.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty() && !page.contains("\n\n\n"), "{wide:?}");
    }
}

#[test]
fn services_list_operations_and_waiters() {
    let page = of_service("aws", &service("dynamodb"));
    assert!(page.contains("    aws dynamodb wait <waiter> [options]\n"));
    assert!(page.contains("\n    put-item\n"));
    assert!(page.contains("\n    table-exists\n"), "{page}");
    // Deprecated operations work, but are not shown.
    assert!(!of_service("aws", &service("lambda")).contains("\n    invoke-async\n"));
    assert!(of_program("aws", &session()).contains(" s3api "));
}

#[test]
fn every_global_option_has_a_text() {
    let texts: Vec<&str> = GLOBAL_TEXTS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(texts, globals::rules().iter().map(|rule| rule.name).collect::<Vec<_>>());
}
