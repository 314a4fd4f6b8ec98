//! `configure`: the files that it changes, and what it prints.

use std::fs;

use serde_json::{Value, json};

use super::{Folder, Ran, Run, SECRET_KEY, SESSION_TOKEN, Server, assert_no_secrets, bare, ok, tucuxi};

const CONFIG: &str = "[default]\nregion = us-west-2\n# a comment\ns3 =\n  addressing_style = path\n\n[profile dev]\nregion=eu-west-1\n\
                      [sso-session corp]\nsso_region = us-east-1\n[services local]\ns3 =\n  endpoint_url = http://localhost:1\n";
const CREDENTIALS: &str =
    "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = wJalrXUtnFEMIexampleSECRETkey\n[only]\n";

/// The program with both files.
fn with_files(arguments: &str) -> Run {
    let run = bare(arguments);
    run.home.write(".aws/config", CONFIG);
    run.home.write(".aws/credentials", CREDENTIALS);
    private(&run.home, ".aws/credentials");
    run
}

#[cfg(unix)]
fn private(home: &Folder, name: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(home.path(name), fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &Folder, _: &str) {}

/// Runs the program, and returns what it left in a file.
fn left(mut run: Run, name: &str) -> (Ran, String) {
    let home = std::mem::replace(&mut run.home, Folder::new());
    run.command.env("HOME", &home.0);
    let ran = run.run();
    (ran, fs::read_to_string(home.path(name)).unwrap_or_default())
}

#[test]
fn get_reads_the_files_alone() {
    for (arguments, code, expected) in [
        ("region", 0, "us-west-2\n"),
        ("aws_access_key_id", 0, "AKIDDEFAULT\n"),
        ("nothing", 1, ""),
        ("Region", 1, ""),
        ("s3.addressing_style", 0, "path\n"),
        ("s3", 1, ""),
        ("default.region", 0, "us-west-2\n"),
        ("dev.region", 0, "eu-west-1\n"),
        ("profile.dev.region", 0, "eu-west-1\n"),
        ("profile.nope.region", 1, ""),
        ("region --profile dev", 0, "eu-west-1\n"),
        ("region --profile nope", 255, ""),
        ("default.region --profile nope", 0, "us-west-2\n"),
        ("sso_region --sso-session corp", 0, "us-east-1\n"),
        ("sso_region --sso-session nope", 255, ""),
        ("s3.endpoint_url --services local", 0, "http://localhost:1\n"),
        ("x --services local --sso-session corp", 252, ""),
        ("", 252, ""),
    ] {
        let ran = with_files(&format!("configure get {arguments}")).env("AWS_REGION", "ap-south-1").run();
        assert_eq!((ran.code, ran.text()), (code, expected), "{arguments}: {}", ran.stderr);
    }
    let ran = with_files("configure get region --profile nope").run();
    assert_eq!(ran.stderr, "\ntucuxi: [ERROR]: The config profile (nope) could not be found\n");
}

#[test]
fn set_changes_one_line_of_the_right_file() {
    let config = |arguments: &str| left(with_files(&format!("configure set {arguments}")), ".aws/config");
    for (arguments, old, new) in [
        ("region here", "region = us-west-2\n", "region = here\n"),
        ("output text", "  addressing_style = path\n", "  addressing_style = path\noutput = text\n"),
        ("s3.addressing_style auto", "  addressing_style = path\n", "  addressing_style = auto\n"),
        ("s3.new 1", "path\n\n", "path\n\n    new = 1\n"),
        ("dev.x 1", "", "dev =\n    x = 1\n"),
        ("profile.dev.region here", "region=eu-west-1\n", "region = here\n"),
        ("region here --profile dev", "region=eu-west-1\n", "region = here\n"),
        ("sso_region here --sso-session corp", "sso_region = us-east-1\n", "sso_region = here\n"),
        ("region here --profile new", "localhost:1\n", "localhost:1\n[profile new]\nregion = here\n"),
        ("x 1 --services more", "localhost:1\n", "localhost:1\n[services more]\nx = 1\n"),
    ] {
        let (ran, text) = config(arguments);
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (0, "", ""), "{arguments}");
        let expected = match old {
            "" => CONFIG.replacen("  addressing_style = path\n", &format!("  addressing_style = path\n{new}"), 1),
            old => CONFIG.replacen(old, new, 1),
        };
        assert_eq!(text, expected, "{arguments}");
    }
    let (_, text) = left(with_files("configure set profile.dev.aws_secret_access_key s"), ".aws/credentials");
    assert_eq!(text, format!("{CREDENTIALS}[dev]\naws_secret_access_key = s\n"));
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    for (arguments, value, expected) in [
        ("region", "a\nb", "Invalid value for key region: newline"),
        ("aws_secret_access_key", "HU\rSH", "Invalid value for key aws_secret_access_key: newline"),
        ("re=gion", "x", "Invalid key: the file could not be read again"),
        ("[x", "x", "Invalid key"),
        ("a.b.c", "x", "a.b.c has too many parts"),
        ("profile.dev", "x", "profile.dev names no setting"),
    ] {
        let (ran, text) = left(with_files("configure set").arg(arguments).arg(value), ".aws/config");
        assert_eq!((ran.code, text.as_str()), (255, CONFIG), "{arguments}");
        assert!(ran.stderr.contains(expected) && !ran.stderr.contains("HU"), "{}", ran.stderr);
    }
    let run = bare("configure set region x");
    run.home.write(".aws/config", "not a config file\n");
    let (ran, text) = left(run, ".aws/config");
    assert_eq!((ran.code, text.as_str()), (255, "not a config file\n"));
}

#[cfg(unix)]
#[test]
fn new_files_are_private_and_links_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = Folder::new();
    let set = |arguments: &str| {
        let ran = bare(&format!("configure set {arguments}")).env("HOME", home.0.to_str().unwrap()).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stderr
    };
    set("region here");
    assert_eq!(set("aws_access_key_id AKID"), "");
    assert_eq!((mode(&home.path(".aws/config")), mode(&home.path(".aws/credentials"))), (0o600, 0o600));
    fs::rename(home.path(".aws/credentials"), home.path("real")).unwrap();
    symlink("../real", home.path(".aws/credentials")).unwrap();
    fs::set_permissions(home.path("real"), fs::Permissions::from_mode(0o644)).unwrap();
    let warning = set("aws_access_key_id OTHER");
    assert!(warning.contains("tucuxi: [WARNING]: The file '") && warning.contains("chmod 600"), "{warning}");
    assert!(fs::symlink_metadata(home.path(".aws/credentials")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(home.path("real")).unwrap(), "[default]\naws_access_key_id = OTHER\n");
    assert_eq!(mode(&home.path("real")), 0o644);
    assert_eq!(fs::read_dir(home.path(".aws")).unwrap().count(), 2, "no other files are left");
}

#[test]
fn concurrent_processes_lose_no_setting() {
    let home = Folder::new();
    std::thread::scope(|scope| {
        for number in 0..12 {
            let home = home.0.to_str().unwrap().to_owned();
            scope.spawn(move || {
                let run = bare(&format!("configure set key{number} {number}")).env("HOME", &home);
                assert_eq!(run.run().stderr, "");
            });
        }
    });
    let text = fs::read_to_string(home.path(".aws/config")).unwrap();
    assert_eq!(text.lines().count(), 13, "{text}");
}

#[test]
fn list_shows_values_and_where_they_come_from() {
    let ran = with_files("configure list").run();
    assert_eq!(
        ran.text(),
        "NAME       : VALUE                    : TYPE             : LOCATION\n\
         profile    : <not set>                : None             : None\n\
         access_key : ****************AULT     : shared-credentials-file : \n\
         secret_key : ****************Tkey     : shared-credentials-file : \n\
         region     : us-west-2                : config-file      : ~/.aws/config\n"
    );
    let ran = bare("configure list").env("AWS_REGION", "here").env("AWS_PROFILE", "nope").run();
    assert_eq!(ran.code, 255);
    assert!(ran.text().ends_with(
        "profile    : nope                     : env              : ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']\n"
    ));
    let ran = bare("configure list").run();
    assert_eq!((ran.code, ran.text().matches("<not set>                : None").count()), (0, 4), "{}", ran.stderr);
}

#[test]
fn profiles_are_listed_in_the_order_of_the_files() {
    assert_eq!(with_files("configure list-profiles").run().text(), "default\ndev\nonly\n");
    assert_eq!(with_files("configure list-profiles --profile nope").run().text(), "default\ndev\nonly\n");
    assert_eq!(bare("configure list-profiles").run().text(), "");
}

#[test]
fn credentials_are_exported_in_the_form_that_is_asked_for() {
    let run = |format: &str| {
        let run = tucuxi("configure export-credentials").args(format).env("AWS_SESSION_TOKEN", SESSION_TOKEN);
        let ran = run.env("AWS_CREDENTIAL_EXPIRATION", "2099-01-02T03:04:05Z").run();
        assert_eq!(ran.stderr, "");
        ran.text().to_owned()
    };
    let process: Value = serde_json::from_str(&run("")).unwrap();
    let expected = json!({
        "Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": SECRET_KEY, "SessionToken": SESSION_TOKEN,
        "Expiration": "2099-01-02T03:04:05+00:00"
    });
    assert_eq!(process, expected);
    for (format, first) in [
        ("env", "export AWS_ACCESS_KEY_ID=AKIDEXAMPLE"),
        ("env-no-export", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE"),
        ("powershell", "$Env:AWS_ACCESS_KEY_ID=\"AKIDEXAMPLE\""),
        ("windows-cmd", "set AWS_ACCESS_KEY_ID=AKIDEXAMPLE"),
        ("fish", "set -gx AWS_ACCESS_KEY_ID \"AKIDEXAMPLE\""),
    ] {
        let text = run(&format!("--format {format}"));
        assert_eq!((text.lines().next(), text.lines().count()), (Some(first), 4), "{format}");
    }
    let ran = bare("configure export-credentials").run();
    assert_eq!(ran.code, 253);
    assert!(ran.stderr.contains("Unable to retrieve credentials: no credentials found"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_process_that_exports_its_own_profile_is_an_error() {
    let run = bare("configure export-credentials");
    let program = env!("CARGO_BIN_EXE_tucuxi");
    run.home.write(".aws/config", format!("[default]\ncredential_process = {program} configure export-credentials\n"));
    let ran = run.run();
    assert_eq!(ran.code, 253);
    assert!(ran.stderr.contains("infinite loop, profile cycle: default -> default"), "{}", ran.stderr);
}

#[test]
fn access_keys_are_imported_from_a_table() {
    let table = "\u{feff}User name,Password,Access key ID,Secret access key\nann,pw,AKIDA,sa\nbob,,AKIDB,sb\neve,,,\n";
    let import = |options: &str| {
        let run = bare("configure import --skip-invalid --csv").args(options);
        let file = run.home.write("keys.csv", table);
        run.arg(format!("file://{}", file.display()))
    };
    let (ran, text) = left(import(""), ".aws/credentials");
    assert_eq!((ran.code, ran.text()), (0, "Successfully imported 2 profile(s)\n"), "{}", ran.stderr);
    assert_eq!(
        text,
        "[ann]\naws_access_key_id = AKIDA\naws_secret_access_key = sa\n[bob]\naws_access_key_id = AKIDB\naws_secret_access_key = sb\n"
    );
    let ran = bare("configure import --csv").arg("User name,Access key ID,Secret access key\neve,HUSH,\n").run();
    assert_eq!(
        ran.stderr,
        "\ntucuxi: [ERROR]: Failed to parse entry #1: Row missing value for header \"Secret Access key\"\n"
    );
}

#[test]
fn an_added_model_makes_a_command() {
    let model = json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "2020-01-01", "endpointPrefix": "fishing", "serviceId": "Fishing", "protocol": "json",
            "jsonVersion": "1.1", "targetPrefix": "Fishing", "signatureVersion": "v4"
        },
        "operations": {"CastNet": {"name": "CastNet", "http": {"method": "POST", "requestUri": "/"}}},
        "shapes": {}
    });
    let home = Folder::new();
    let file = home.write("service-2.json", model.to_string());
    let run = |arguments: &str| tucuxi(arguments).env("HOME", home.0.to_str().unwrap());
    let ran = run("configure add-model --service-model").arg(format!("file://{}", file.display())).run();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(home.path(".aws/models/fishing/2020-01-01/service-2.json").is_file());
    let server = Server::with_response(ok("{}"));
    assert_eq!(run("fishing cast-net").endpoint(&server).run().code, 0);
    assert_eq!(server.request().header("x-amz-target"), "Fishing.CastNet");
    for (arguments, model) in [("", "{"), ("", "{}"), ("--service-name=../x", &*model.to_string())] {
        let ran = run("configure add-model").args(arguments).arg(format!("--service-model={model}")).run();
        assert_eq!(ran.code, 255, "{arguments} {model}: {}", ran.stderr);
    }
}

#[test]
fn answers_go_to_both_files() {
    let run = bare("configure").input(b"AKIDNEW\nsecret\neu-west-1\n\n");
    let home = Folder::new();
    let ran = run.env("HOME", home.0.to_str().unwrap()).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.text().ends_with(
        "AWS Access Key ID [None]: AWS Secret Access Key [None]: Default region name [None]: Default output format [None]: "
    ));
    let read = |name: &str| fs::read_to_string(home.path(name)).unwrap();
    assert_eq!(read(".aws/credentials"), "[default]\naws_access_key_id = AKIDNEW\naws_secret_access_key = secret\n");
    assert_eq!(read(".aws/config"), "[default]\nregion = eu-west-1\n");

    let run = with_files("configure --profile dev").input(b"ASIANEW\ns\nt\n\n\n");
    let (ran, text) = left(run, ".aws/credentials");
    assert!(ran.text().contains("AWS Session Token [None]: Default region name [eu-west-1]: "), "{}", ran.text());
    assert!(text.ends_with("[dev]\naws_access_key_id = ASIANEW\naws_secret_access_key = s\naws_session_token = t\n"));
    let ran = with_files("configure").input(b"\n").run();
    assert_eq!((ran.code, ran.stderr.as_str()), (255, "\ntucuxi: [ERROR]: EOF when reading a line\n"));
    assert_no_secrets(ran.text());
}

#[test]
fn report_shows_values_and_origins() {
    let run = || tucuxi("configure report").env("AWS_SESSION_TOKEN", SESSION_TOKEN).env("AWS_MAX_ATTEMPTS", "many");
    let ran = run().succeeds();
    assert_no_secrets(ran.text());
    let squeezed: Vec<String> =
        ran.lines().iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "region eu-west-1 environment variable AWS_REGION",
        "retry_mode standard the default",
        "ca_bundle <not set>",
        "max_attempts <error> max_attempts from environment variable AWS_MAX_ATTEMPTS: expected a whole number from 1, found \"many\"",
        "access_key_id ****************MPLE env",
        "session_token **************** env",
    ] {
        assert!(squeezed.iter().any(|found| found == line), "no {line:?} in {squeezed:#?}");
    }
    let ran = run().args("--json --region us-west-2").succeeds();
    assert_no_secrets(ran.text());
    assert_eq!(ran.json()["region"], json!({"value": "us-west-2", "origin": "the command line"}));
    let ran = bare("configure report").succeeds();
    assert!(ran.text().contains("iam-role (AWS_EC2_METADATA_DISABLED is true)"), "{}", ran.text());
}
