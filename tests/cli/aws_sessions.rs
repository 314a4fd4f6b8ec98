//! `ssm start-session` and `ecs execute-command` with a stand-in for session-manager-plugin.

use serde_json::json;

use super::{Folder, Run, Server, ok, tucuxi};

const OPENED: &str = r#"{"SessionId": "s-1", "TokenValue": "secret", "StreamUrl": "wss://x"}"#;

/// A folder with a plugin of this version, which prints what it gets; `lines` come first.
fn plugin(version: &str, lines: &str) -> Folder {
    let folder = Folder::new();
    let script = format!(
        "{lines}\nif [ \"$1\" = --version ]; then echo '{version}'; exit; fi\nif [ $# = 0 ]; then echo installed; exit; \
         fi\nfor word in \"$@\"; do echo \"$word\"; done\necho \"variable $AWS_SSM_START_SESSION_RESPONSE\"\n"
    );
    folder.script("session-manager-plugin", &script);
    folder
}

fn with_plugin(run: Run, folder: &Folder) -> Run {
    run.env("PATH", &format!("{}:/usr/bin:/bin", folder.0.display()))
}

#[test]
fn sessions_are_passed_to_newer_plugins_in_the_environment() {
    let server = Server::with_response(ok(OPENED));
    let line = "ssm start-session --target i-1 --parameters portNumber=80 --document-name d";
    let folder = plugin("1.2.553.0", "");
    let ran = with_plugin(tucuxi(line).endpoint(&server), &folder).succeeds();
    let expected = format!(
        "AWS_SSM_START_SESSION_RESPONSE\neu-west-1\nStartSession\n\n{{\"Target\": \"i-1\", \"DocumentName\": \"d\", \"Parameters\": \
         {{\"portNumber\": [\"80\"]}}}}\n{}\nvariable {OPENED}\n",
        server.url
    );
    assert_eq!(ran.text(), expected);
    assert_eq!(server.request().header("x-amz-target"), "AmazonSSM.StartSession");
}

#[test]
fn sessions_are_passed_to_older_plugins_as_an_argument() {
    let server = Server::with_response(ok(OPENED));
    let folder = plugin("1.2.497.0", "");
    let run = tucuxi("ssm start-session --target i-1 --profile p").env("AWS_ENDPOINT_URL", &server.url);
    run.home.write(".aws/config", "[profile p]\naws_access_key_id = a\naws_secret_access_key = b\n");
    let ran = with_plugin(run, &folder).succeeds();
    let expected =
        format!("{OPENED}\neu-west-1\nStartSession\np\n{{\"Target\": \"i-1\"}}\n{}\nvariable \n", server.url);
    assert_eq!(ran.text(), expected);
}

#[test]
fn a_session_without_a_plugin_is_terminated() {
    let server = Server::with_responses([ok(OPENED), ok(r#"{"SessionId": "s-1"}"#)]);
    let ran = tucuxi("ssm start-session --target i-1").endpoint(&server).env("PATH", "/nowhere").run();
    let expected = "\ntucuxi: [ERROR]: SessionManagerPlugin is not found. Please refer to SessionManager Documentation here: \
                    http://docs.aws.amazon.com/console/systems-manager/session-manager-plugin-not-found\n";
    assert_eq!((ran.code, ran.text(), &*ran.stderr), (255, "", expected));
    let received = server.received.lock().unwrap();
    assert_eq!(received[1].header("x-amz-target"), "AmazonSSM.TerminateSession");
    assert_eq!(received[1].json(), json!({"SessionId": "s-1"}));
}

#[test]
fn failures_of_the_plugin_hide_the_token() {
    let server = Server::with_response(ok(OPENED));
    let folder = plugin("1.0", "[ \"$3\" = StartSession ] && exit 7");
    let ran = with_plugin(tucuxi("ssm start-session --target i-1").endpoint(&server), &folder).run();
    let expected = format!(
        "\ntucuxi: [ERROR]: Command '['session-manager-plugin', '******', 'eu-west-1', 'StartSession', '', '{{\"Target\": \"i-1\"}}', \
         '{}']' returned non-zero exit status 7.\n",
        server.url
    );
    assert_eq!((ran.code, ran.stderr), (255, expected));
}

#[test]
fn an_interrupt_is_left_to_the_plugin() {
    let server = Server::with_response(ok(OPENED));
    // As a terminal does, the signal goes to both programs; the plugin catches it, and the session goes on.
    let lines = "if [ \"$3\" = StartSession ]; then trap 'echo caught' INT; kill -INT $PPID $$; sleep 0.2; kill -QUIT $PPID; sleep 0.2; fi";
    let folder = plugin("1.2.553.0", lines);
    let ran = with_plugin(tucuxi("ssm start-session --target i-1").endpoint(&server), &folder).succeeds();
    assert!(ran.text().starts_with("caught\nAWS_SSM_START_SESSION_RESPONSE\n"), "{}", ran.text());
}

#[test]
fn commands_in_containers_get_the_id_of_the_container() {
    let opened = json!({
        "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/c",
        "taskArn": "arn:aws:ecs:eu-west-1:1:task/c/t",
        "containerName": "app",
        "session": {"tokenValue": "secret", "streamUrl": "wss://x", "sessionId": "s-1"},
    });
    let tasks = |containers| ok(json!({"tasks": [{"containers": containers}]}).to_string());
    let line = "ecs execute-command --cluster c --task t --command sh --interactive";
    let folder = plugin("1.0", "");
    let containers = json!([{"name": "other", "runtimeId": "r-0"}, {"name": "app", "runtimeId": "r-1"}]);
    let server = Server::with_responses([ok(opened.to_string()), tasks(containers)]);
    let ran = with_plugin(tucuxi(line).endpoint(&server), &folder).succeeds();
    let expected = format!(
        "installed\n{{\"sessionId\": \"s-1\", \"streamUrl\": \"wss://x\", \"tokenValue\": \"secret\"}}\neu-west-1\nStartSession\n\n\
         {{\"Target\": \"ecs:c_t_r-1\"}}\n{}\nvariable \n",
        server.url
    );
    assert_eq!(ran.text(), expected);
    let received = server.received.lock().unwrap();
    assert_eq!(received[1].json(), json!({"cluster": "c", "tasks": ["t"]}));
}

#[test]
fn nothing_runs_in_a_container_without_a_plugin() {
    let server = Server::with_response(ok("{}"));
    let line = "ecs execute-command --cluster c --task t --command sh --interactive";
    let ran = tucuxi(line).endpoint(&server).env("PATH", "/nowhere").run();
    assert_eq!(ran.code, 255);
    assert!(ran.stderr.contains("SessionManagerPlugin is not found."), "{}", ran.stderr);
    server.assert_untouched();
}
