//! `eks get-token` and `eks update-kubeconfig`.

use std::fs;

use serde_json::{Value, json};

use super::{Run, Server, bare, ok, response, tucuxi};

const ARN: &str = "arn:aws:eks:us-west-2:111122223333:cluster/blue";

const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s\
                       </SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>\
                       </AssumeRoleResult></AssumeRoleResponse>";

fn cluster(change: &Value) -> Vec<u8> {
    let mut cluster = json!({
        "arn": ARN,
        "endpoint": "https://EX.eks.amazonaws.com",
        "certificateAuthority": {"data": "LS0t"},
        "status": "ACTIVE",
    });
    for (name, value) in change.as_object().unwrap() {
        cluster[name] = value.clone();
    }
    ok(json!({"cluster": cluster}).to_string())
}

/// A server that describes a cluster, and the run of a line.
fn update(options: &str, change: &Value) -> (Run, Server) {
    let server = Server::with_response(cluster(change));
    (tucuxi(&format!("eks update-kubeconfig --name blue {options}")).endpoint(&server), server)
}

fn entries(user: &str, context: &str) -> String {
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: LS0t\n    server: https://EX.eks.amazonaws.com\n  \
         name: {ARN}\ncontexts:\n- context:\n    cluster: {ARN}\n    user: {user}\n  name: {context}\ncurrent-context: \
         {context}\nkind: Config\npreferences: {{}}\nusers:\n- name: {user}\n  user:\n    exec:\n      apiVersion: \
         client.authentication.k8s.io/v1beta1\n      args:\n      - --region\n      - us-west-2\n      - eks\n      - \
         get-token\n      - --cluster-name\n      - blue\n      - --output\n      - json\n      command: tucuxi\n"
    )
}

#[test]
fn a_new_kubeconfig_has_the_cluster_its_user_and_their_context() {
    for (options, user, context) in
        [("", ARN, ARN), ("--alias a", ARN, "a"), ("--user-alias u", "u", "u"), ("--alias a --user-alias u", "u", "a")]
    {
        let (run, server) = update(&format!("--dry-run {options}"), &json!({}));
        assert_eq!(run.succeeds().text(), entries(user, context), "{options}");
        assert_eq!(server.request().line, "GET /clusters/blue HTTP/1.1");
    }
}

#[test]
fn options_become_parts_of_the_entries() {
    let (run, _server) = update("--dry-run --role arn:r --proxy-url http://p:1", &json!({}));
    run.home.write(".aws/config", "[profile p]\n[default]\n");
    let shown = run.env("AWS_PROFILE", "p").run().text().to_owned();
    for part in [
        "    server: https://EX.eks.amazonaws.com\n    proxy-url: http://p:1\n",
        "      - json\n      - --role\n      - arn:r\n      command: tucuxi\n      env:\n      - name: AWS_PROFILE\n        value: p\n",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    let outpost = json!({"outpostConfig": {"outpostArns": ["o"]}, "id": "local-1"});
    let shown = update("--dry-run", &outpost).0.succeeds().text().to_owned();
    assert!(shown.contains("- --cluster-id\n      - local-1\n"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_file_is_written_for_its_owner_and_told_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let (run, _server) = update("--kubeconfig", &json!({}));
    let folder = super::Folder::new();
    let path = folder.path("new/config");
    let ran = run.arg(&path).arg("--verbose").succeeds();
    let told = format!("Added new context {ARN} to {}\nEntries:\n\ncontext:\n  cluster: {ARN}\n", path.display());
    assert!(ran.text().starts_with(&told), "{}", ran.text());
    assert_eq!(fs::read_to_string(&path).unwrap(), entries(ARN, ARN));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    let (run, _server) = update("--kubeconfig", &json!({"endpoint": "https://other"}));
    let ran = run.arg(&path).succeeds();
    assert_eq!(ran.text(), format!("Updated context {ARN} in {}\n", path.display()));
    let changed = entries(ARN, ARN).replace("https://EX.eks.amazonaws.com", "https://other");
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
}

#[test]
fn everything_else_in_a_kubeconfig_stays() {
    let before = "\
apiVersion: v1
users:
- name: a
  user:
    token: '0123'
    password: 'yes'
    client-key-data: QUJD
contexts:
- context:
    cluster: a
    namespace: 'on'
    user: a
  name: a
clusters: null
x-own:
  number: 1.10
  octal: 0o17
  date: 2020-01-02
  empty: {}
  text: 'null'
  lines: |
    one
    two
current-context: a
";
    let folder = super::Folder::new();
    let path = folder.write("config", before);
    let (run, _server) = update("--kubeconfig", &json!({}));
    run.arg(&path).succeeds();
    let after = fs::read_to_string(&path).unwrap();
    let names: Vec<&str> = after.lines().filter(|line| line.starts_with(char::is_alphabetic)).collect();
    let expected =
        ["apiVersion: v1", "users:", "contexts:", "clusters:", "x-own:", &*format!("current-context: {ARN}")];
    assert_eq!(names, expected);
    for part in [
        "- name: a\n  user:\n    token: '0123'\n    password: 'yes'\n    client-key-data: QUJD\n- name: arn:",
        "contexts:\n- context:\n    cluster: a\n    namespace: 'on'\n    user: a\n  name: a\n- context:\n",
        "x-own:\n  number: 1.10\n  octal: 0o17\n  date: 2020-01-02\n  empty: {}\n  text: 'null'\n  lines: |\n    one\n    two\n",
    ] {
        let part = part.replace("|\n    one\n    two\n", "'one\n\n    two\n\n    '\n");
        assert!(after.contains(&part), "{part}\n{after}");
    }
}

#[test]
fn the_file_of_the_list_that_has_the_cluster_is_changed() {
    let folder = super::Folder::new();
    let first = folder.write("first", "kind: Config\n");
    let second = folder.write("second", format!("clusters:\n- name: {ARN}\n  cluster: {{}}\n"));
    let list = std::env::join_paths([&folder.path("missing"), &first, &second]).unwrap();
    let (run, _server) = update("", &json!({}));
    let ran = run.env("KUBECONFIG", list.to_str().unwrap()).succeeds();
    assert_eq!(ran.text(), format!("Updated context {ARN} in {}\n", second.display()));
    assert_eq!(fs::read_to_string(&first).unwrap(), "kind: Config\n");
    let list = std::env::join_paths([&first, &folder.path("missing")]).unwrap();
    let (run, _server) = update("", &json!({}));
    let ran = run.env("KUBECONFIG", list.to_str().unwrap()).succeeds();
    assert_eq!(ran.text(), format!("Added new context {ARN} to {}\n", first.display()));
}

#[test]
fn a_kubeconfig_that_cannot_be_kept_is_not_touched() {
    let yaml = |fault: &str| format!("YamlError while loading kubeconfig: PATH: {fault}");
    for (content, expected) in [
        ("clusters: x\n", "clusters is wrong type: <class 'str'> (Should be <class 'list'>)".to_owned()),
        ("users: []\nclusters:\n- x\n", "Entry in clusters not a <class 'dict'>. ".trim_end().to_owned()),
        ("- a\n", "Content not a <class 'dict'>.".to_owned()),
        ("a: 1\na: 2\n", yaml("line 2: the key \"a\" is there twice")),
        ("a: 1\n---\nb: 1\n", yaml("line 2: expected a single document")),
        ("a: !own b\n", yaml("line 1: tags (`!`) are not supported")),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", yaml("line 3: merge keys (`<<`) are not supported")),
    ] {
        let folder = super::Folder::new();
        let path = folder.write("config", content);
        let (run, _server) = update("--kubeconfig", &json!({}));
        let ran = run.arg(&path).run();
        let expected = expected.replace("PATH", path.to_str().unwrap());
        assert_eq!((ran.code, ran.stderr), (255, format!("\ntucuxi: [ERROR]: {expected}\n")), "{content}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn clusters_that_cannot_be_used_are_refused() {
    for (change, expected) in [
        (json!({"status": "CREATING"}), "Cluster status is CREATING"),
        (json!({"status": null}), "Cluster not found"),
        (json!({"arn": null}), "the description of the cluster has no ARN"),
    ] {
        let (run, _server) = update("--dry-run", &change);
        let ran = run.run();
        let expected = format!("\ntucuxi: [ERROR]: {expected}\n");
        assert_eq!((ran.code, ran.text(), &*ran.stderr), (255, "", &*expected));
    }
}

#[test]
fn a_role_can_describe_the_cluster() {
    let server = Server::with_responses([ok(ASSUMED), cluster(&json!({}))]);
    let run = tucuxi("eks update-kubeconfig --name blue --dry-run --assume-role-arn arn:aws:iam::1:role/describes");
    run.env("AWS_ENDPOINT_URL", &server.url).succeeds();
    let received = server.received.lock().unwrap();
    let body = String::from_utf8_lossy(&received[0].body).into_owned();
    assert!(body.contains("RoleSessionName=EKSDescribeClusterSession"), "{body}");
    assert!(received[1].header("authorization").contains("Credential=ASIAROLE/"), "{received:?}");
}

#[test]
fn tokens_are_credentials_for_kubectl() {
    let ran = tucuxi("eks get-token --cluster-name blue").succeeds();
    assert!(ran.text().ends_with("}\n\n"), "{}", ran.text());
    let credential = ran.json();
    let url = credential["status"]["token"].as_str().unwrap().strip_prefix("k8s-aws-v1.").unwrap();
    assert!(url.starts_with("aHR0cHM6Ly9zdHMuZXUtd2VzdC0xLmFtYXpvbmF3cy5jb20v"), "{url}");
    let expiry = credential["status"]["expirationTimestamp"].as_str().unwrap();
    assert!(expiry.len() == "2026-01-02T03:04:05Z".len() && expiry.ends_with('Z'), "{expiry}");
    let shape = json!({
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "spec": {},
        "status": credential["status"],
    });
    assert_eq!(credential, shape);
}

#[test]
fn tokens_honor_output_query_and_the_version_that_kubectl_wants() {
    let line = "eks get-token --cluster-id c --output text --query [kind,apiVersion]";
    assert_eq!(tucuxi(line).succeeds().text(), "ExecCredential\tclient.authentication.k8s.io/v1beta1\n\n");
    let info = r#"{"apiVersion": "client.authentication.k8s.io/v1"}"#;
    let ran = tucuxi(line).env("KUBERNETES_EXEC_INFO", info).succeeds();
    assert_eq!(ran.text(), "ExecCredential\tclient.authentication.k8s.io/v1\n\n");
    let ran = tucuxi(line).env("KUBERNETES_EXEC_INFO", "{").run();
    assert_eq!(ran.code, 0);
    let warning = "Error parsing KUBERNETES_EXEC_INFO, defaulting to client.authentication.k8s.io/v1beta1. This is likely a bug in \
                   your Kubernetes client. Please update your Kubernetes client.\n";
    assert_eq!(ran.stderr, warning);
}

#[test]
fn a_role_can_sign_the_token() {
    for option in ["--role-arn", "--role"] {
        let server = Server::with_response(ok(ASSUMED));
        let line = format!("eks get-token --cluster-name blue --query kind {option} arn:aws:iam::1:role/signs-tokens");
        let ran = tucuxi(&line).env("AWS_ENDPOINT_URL", &server.url).succeeds();
        assert_eq!(ran.text(), "\"ExecCredential\"\n\n");
        let body = String::from_utf8_lossy(&server.request().body).into_owned();
        assert!(body.contains("RoleSessionName=EKSGetTokenAuth"), "{body}");
    }
    let server = Server::with_response(response("403 No", b"<R><Error><Code>AccessDenied</Code></Error></R>"));
    let line = "eks get-token --cluster-name blue --role-arn arn:aws:iam::1:role/signs-tokens";
    assert_eq!(tucuxi(line).env("AWS_ENDPOINT_URL", &server.url).run().code, 254);
}

#[test]
fn lines_without_a_cluster_or_a_region_are_refused() {
    let ran = tucuxi("eks get-token").run();
    let expected = "Either parameter --cluster-name or --cluster-id must be specified.\n";
    assert_eq!((ran.code, &*ran.stderr), (1, expected));
    assert_eq!(tucuxi("eks get-token --cluster-name a --cluster-id b").run().code, 252);
    assert_eq!(tucuxi("eks update-kubeconfig").run().code, 252);
    let run = bare("eks get-token --cluster-name a").env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
    assert_eq!(run.run().code, 253);
}
