//! `tucuxi completion` and `tucuxi complete`.

use serde_json::json;

use super::{Folder, Run, bare};

/// Completes the last word of a command line; each blank separates two words.
fn completing(line: &str) -> Run {
    line.split(' ').fold(bare("complete --"), Run::arg)
}

fn complete(line: &str) -> Vec<String> {
    lines(completing(line))
}

fn lines(run: Run) -> Vec<String> {
    run.succeeds().lines().into_iter().map(str::to_owned).collect()
}

#[test]
fn completion_offers_commands() {
    let all = complete("");
    for command in ["call", "completion", "describe", "help", "services"] {
        assert!(all.iter().any(|name| name == command), "{all:?}");
    }
    // It is for scripts.
    assert!(!all.iter().any(|name| name == "complete"), "{all:?}");
    assert_eq!(complete("de")[..3], ["describe", "demo", "deadline"]);
    assert_eq!(complete("--region us-east-1 --debug operat"), ["operations"]);
    assert_eq!(complete("help wai"), ["waiters", "wait"]);
    assert_eq!(complete("frobnicate s"), complete("s"));
    assert_eq!(complete("expl"), ["explain"]);
}

#[test]
fn completion_offers_options_of_command_and_program() {
    assert_eq!(complete("call sqs list_queues --pagi"), ["--paginate"]);
    assert_eq!(complete("call sqs list_queues --region x --no-v"), ["--no-validate", "--no-verify-ssl"]);
    assert_eq!(complete("--prof"), ["--profile"]);
    assert_eq!(complete("version --expires"), [""; 0]);
    // Nothing else can follow.
    assert!(complete("version ").contains(&"--debug".to_owned()));
    assert_eq!(complete("call -- --pa"), [""; 0]);
    let described = bare("complete --descriptions -- --deb").succeeds();
    assert_eq!(described.text(), "--debug\tLog to standard error; the log has no secrets\n");
}

#[test]
fn completion_offers_values_of_options() {
    assert_eq!(complete("presign s3 get_object --method P"), ["PUT", "POST"]);
    assert_eq!(complete("presign s3 get_object --method=H"), ["--method=HEAD"]);
    assert_eq!(complete("call sqs list_queues --query "), [""; 0]);
    assert_eq!(complete("call sqs list_queues --api-version "), ["2012-11-05"]);
    assert_eq!(complete("completion f"), ["fish"]);
    assert_eq!(complete("models "), ["import"]);
}

#[test]
fn completion_offers_services_operations_and_waiters() {
    assert_eq!(complete("call dynamodb"), ["dynamodb", "dynamodbstreams"]);
    assert_eq!(complete("call sqs send_"), ["send_message", "send_message_batch"]);
    assert_eq!(complete("call --debug sqs send-m"), ["send-message", "send-message-batch"]);
    assert_eq!(complete("wait s3 bucket"), ["bucket_exists", "bucket_not_exists"]);
    assert_eq!(complete("call nothing s"), [""; 0]);
    assert_eq!(complete("operations sqs send"), [""; 0]);
}

#[test]
fn completion_offers_profiles_and_regions() {
    let run = completing("--profile ");
    run.home.write(".aws/config", "[default]\n[profile dev]\n[profile \"two words\"]\n[sso-session admin]\n");
    run.home.write(".aws/credentials", "[dev]\n[old]\n");
    assert_eq!(lines(run), ["default", "dev", "old", "two words"]);
    let run = completing("call --profile=d").env("AWS_CONFIG_FILE", "/dev/zero");
    run.home.write(".aws/credentials", "[dev]\n[old]\n");
    assert_eq!(lines(run), ["--profile=dev"]);
    for line in ["--region eu-west-", "call sqs list_queues --region eu-west-"] {
        assert_eq!(complete(line), ["eu-west-1", "eu-west-2", "eu-west-3"], "{line}");
    }
}

#[test]
fn completion_offers_files() {
    let folder = Folder::new();
    for file in ["photo.png", "photos/a.png", ".hidden", "with blank", "other"] {
        folder.write(file, "");
    }
    let folder = folder.0.display();
    let at = |names: &[&str]| names.iter().map(|name| format!("{folder}/{name}")).collect::<Vec<_>>();
    assert_eq!(complete(&format!("--ca-bundle {folder}/pho")), at(&["photo.png", "photos/"]));
    assert_eq!(complete(&format!("--model-path {folder}/")), at(&["photos/"]));
    assert_eq!(complete(&format!("--ca-bundle {folder}/.h")), at(&[".hidden"]));
    assert_eq!(complete(&format!("call sqs send_message @{folder}/o")), [format!("@{folder}/other")]);
    let run = completing("call s3 put_object {} --body ~/in");
    run.home.write("in.txt", "");
    assert_eq!(lines(run), ["~/in.txt"]);
}

#[test]
fn completion_loads_only_the_models_it_needs() {
    let models = Folder::new();
    let model = json!({
        "metadata": {"apiVersion": "2030-01-01", "endpointPrefix": "brandnew", "protocol": "json", "jsonVersion": "1.1",
            "serviceId": "BrandNew", "signatureVersion": "v4", "targetPrefix": "BrandNew"},
        "operations": {"Greet": {"name": "Greet", "http": {"method": "POST", "requestUri": "/"}}}, "shapes": {}
    });
    models.write("brandnew/2030-01-01/service-2.json", model.to_string());
    models.write("broken/2030-01-01/service-2.json", "no model");
    let folder = models.0.display();
    assert_eq!(complete(&format!("--model-path {folder} call br")), ["braket", "brandnew", "broken"]);
    assert_eq!(complete(&format!("call brandnew --model-path={folder} ")), ["greet"]);
    assert_eq!(complete(&format!("call broken --model-path={folder} ")), [""; 0]);
}

#[test]
fn completion_knows_the_protocol_of_bash() {
    let line = |line: &str| bare("complete --").arg("tucuxi").env("COMP_LINE", line);
    assert_eq!(lines(line("tucuxi call 'sqs' send_message_b")), ["send_message_batch"]);
    assert_eq!(lines(line("tucuxi operat sqs").env("COMP_POINT", "13")), ["operations"]);
    assert_eq!(lines(line("tucuxi operations ").env("COMP_POINT", "999")).len(), complete("operations ").len());
    assert_eq!(lines(line("tuc")), [""; 0]);
    let attached = bare("complete --word-breaks =:").env("COMP_LINE", "tucuxi --region=eu-west-");
    assert_eq!(lines(attached), ["eu-west-1", "eu-west-2", "eu-west-3"]);
}

#[test]
fn completion_prints_a_script_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = bare("completion").arg(shell).succeeds();
        assert!(script.text().contains(" complete --"), "{shell}");
    }
    bare("completion").fails(252, &["bash | zsh | fish | powershell is missing"]);
    bare("completion tcsh").fails(252, &["`completion tcsh`", "bash, zsh, fish, powershell"]);
}

#[test]
fn completion_knows_the_language_of_the_aws_cli() {
    assert_eq!(complete("sqs send-m"), ["send-message", "send-message-batch"]);
    assert_eq!(complete("sqs send-message --queue-url U --mess")[0], "--message-body");
    assert_eq!(complete("explain ec2 describe-instances --filters Na"), ["Name="]);
    let run = completing("--profile dev sqs list-queues --profile d");
    run.home.write(".aws/config", "[profile dev]\n[profile other]\n");
    assert_eq!(lines(run), ["dev"]);
    let run = completing("sqs send-message --cli-input-json file://~/in");
    run.home.write("in.json", "");
    assert_eq!(lines(run), ["file://~/in.json"]);
    let described = bare("complete --descriptions -- sqs list-queues --reg").succeeds();
    assert_eq!(described.text(), "--region\tThe region of the service\n");
}

#[test]
fn completion_answers_as_a_completer() {
    // The arguments are the program, the word as the shell sees it and the word before it.
    let ask = |line: &str, word: &str| bare("completer aws").arg(word).arg("..").env("COMP_LINE", line);
    assert_eq!(lines(ask("aws sqs send-message --q", "--q")), ["--queue-url", "--query"]);
    assert_eq!(lines(ask("aws sqs list-queues --output=te", "te")), ["text"]);
    assert_eq!(lines(ask("aws sqs list-queues --output=", "")).len(), 6);
    assert_eq!(
        lines(ask("aws sqs send-message --qu", "--q").env("COMP_POINT", "15")),
        ["send-message", "send-message-batch"]
    );
    // The program's own commands are not the AWS CLI's.
    assert_eq!(lines(ask("aws call", "call")), [""; 0]);
    assert_eq!(
        lines(ask("/usr/bin/aws servi", "servi")),
        ["service-quotas", "servicecatalog", "servicecatalog-appregistry", "servicediscovery"]
    );
    assert_eq!(lines(ask("tucuxi servi", "servi"))[0], "services");
    assert_eq!(lines(bare("completer")), [""; 0]);
}

/// By its name, and by that of the AWS CLI.
#[test]
#[cfg(unix)]
fn completion_works_by_other_names_of_the_program() {
    let folder = Folder::new();
    let link = |name: &str| {
        let path = folder.0.join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tucuxi"), &path).unwrap();
        std::process::Command::new(path)
    };
    for name in ["aws_completer", "tucuxi_completer"] {
        let output = link(name).args(["aws", "dy", "aws"]).env("COMP_LINE", "aws dy").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "dynamodb\ndynamodbstreams\n", "{name}");
    }
    let output = link("aws").args(["complete", "--", "des"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{output:?}");
}

/// Runs the script in a shell, which calls the program.
#[test]
#[cfg(target_os = "linux")]
fn bash_completes_by_its_script() {
    const ASK: &str = "source <(\"$0\" completion bash)
        COMP_LINE=$1 COMP_POINT=${#1}
        _tucuxi \"$0\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let folder = Folder::new();
    folder.write("with blank", "");
    for (line, expected) in [
        ("tucuxi call sqs send_message_b", "send_message_batch\n".to_owned()),
        ("tucuxi sqs send-message-b", "send-message-batch\n".to_owned()),
        ("tucuxi call --region=eu-west-", "eu-west-1\neu-west-2\neu-west-3\n".to_owned()),
        (&format!("tucuxi --ca-bundle {}/w", folder.0.display()), format!("{}/with\\ blank\n", folder.0.display())),
        ("tucuxi --ca-bundle ~/w", "~/with\\ blank\n".to_owned()),
    ] {
        let program = env!("CARGO_BIN_EXE_tucuxi");
        let mut bash = std::process::Command::new("bash");
        let output = bash.args(["-c", ASK, program, line]).env("HOME", &folder.0).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{}", String::from_utf8_lossy(&output.stderr));
    }
}
