//! Lines that the AWS CLI refuses or misunderstands, and pages of help about no command.

use std::fs;

use serde_json::json;

use super::{Folder, Server, ok, tucuxi};

#[test]
fn documents_have_the_parameters_of_operations_with_an_output_file() {
    let document = r#"{"FunctionName": "f"}"#;
    let server = Server::with_response(ok("payload"));
    let mut run = tucuxi("lambda invoke out --cli-input-json").arg(document).endpoint(&server);
    let folder = run.home.path("");
    run.command.current_dir(&folder);
    let out = folder.join("out");
    assert!(run.command.output().unwrap().status.success());
    assert_eq!(fs::read(out).unwrap(), b"payload");
    assert!(server.request().line.starts_with("POST /2015-03-31/functions/f/invocations "));

    let ran = tucuxi("lambda invoke --cli-input-json").arg(document).run();
    assert_eq!(ran.code, 252);
    assert!(ran.stderr.contains("the following arguments are required: outfile"), "{}", ran.stderr);
    assert!(
        tucuxi("lambda invoke --generate-cli-skeleton").succeeds().text().starts_with("{\n    \"FunctionName\": \"\"")
    );
}

#[test]
fn a_starting_token_can_be_in_a_file() {
    let mut run = tucuxi("explain sqs list-queues --starting-token file://token");
    let folder = run.home.write("token", "dG9rZW4=");
    run.command.current_dir(folder.parent().unwrap());
    assert_eq!(run.succeeds().json()["params"], json!({"PaginationConfig": {"StartingToken": "dG9rZW4="}}));
    let ran = tucuxi("explain sqs list-queues --starting-token file://nope").run();
    assert_eq!(ran.code, 252);
    assert!(ran.stderr.contains("'--starting-token': Unable to load paramfile file://nope"), "{}", ran.stderr);
}

#[test]
fn a_skeleton_needs_a_right_document() {
    let ran = tucuxi("sqs list-queues --cli-input-json null --generate-cli-skeleton").run();
    assert_eq!((ran.code, ran.text()), (252, ""), "{}", ran.stderr);
}

#[test]
fn options_that_global_ones_hide_are_reported() {
    let models = Folder::new();
    let model = json!({
        "metadata": {"apiVersion": "2030-01-01", "endpointPrefix": "brandnew", "protocol": "json", "jsonVersion": "1.1",
            "serviceId": "BrandNew", "signatureVersion": "v4", "targetPrefix": "BrandNew"},
        "operations": {"Greet": {"name": "Greet", "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "Greeting"}}},
        "shapes": {"Greeting": {"type": "structure", "members": {"Version": {"shape": "Text"}, "Out": {"shape": "Text"},
            "Name": {"shape": "Text"}}}, "Text": {"type": "string"}}
    });
    models.write("brandnew/2030-01-01/service-2.json", model.to_string());
    let line = |line: &str| tucuxi(line).env("AWS_DATA_PATH", models.0.to_str().unwrap());

    let ran = line("brandnew greet --version 3").run();
    let hidden =
        "--version is an option of every command, which hides the one for Version: set Version with --cli-input-json";
    assert_eq!((ran.code, ran.text()), (252, ""));
    assert!(ran.stderr.contains(hidden), "{}", ran.stderr);

    let server = Server::with_response(ok("{}"));
    let ran = line("brandnew greet --out json --name n").endpoint(&server).run();
    let warning =
        "warning: --output is an option of every command, which hides the one for Out: set Out with --cli-input-json\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (0, warning));
    assert_eq!(server.request().json(), json!({"Name": "n"}));

    let server = Server::with_response(ok("{}"));
    line(r#"brandnew greet --cli-input-json {"Version":"3","Out":"o"}"#).endpoint(&server).succeeds();
    assert_eq!(server.request().json(), json!({"Version": "3", "Out": "o"}));
}

#[test]
fn topics_have_pages_by_both_names_of_the_program() {
    let topics = tucuxi("help topics").succeeds();
    assert!(topics.text().contains("config-vars"), "{}", topics.text());
    let page = tucuxi("help config-vars").succeeds();
    assert!(page.text().contains("AWS_DEFAULT_OUTPUT"), "{}", page.text());
    assert!(page.text().lines().all(|line| line.chars().count() <= 80), "{}", page.text());
    assert!(tucuxi("help return-codes").succeeds().text().contains("254"));
}
