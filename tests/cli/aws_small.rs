//! The AWS CLI's small own commands, and those that tucuxi does not have.

use serde_json::{Value, json};

use super::{Server, bare, ok, tucuxi};

#[test]
fn passwords_of_registries_are_printed() {
    // base64 of `AWS:pass:word`
    let token = json!({"authorizationToken": "QVdTOnBhc3M6d29yZA=="});
    for (line, response) in [
        ("ecr get-login-password", json!({"authorizationData": [token]})),
        ("ecr-public get-login-password", json!({"authorizationData": token})),
    ] {
        let server = Server::with_response(ok(response.to_string()));
        assert_eq!(tucuxi(line).endpoint(&server).succeeds().text(), "pass:word\n");
        assert!(server.request().header("x-amz-target").ends_with(".GetAuthorizationToken"));
        for broken in [json!({}), json!({"authorizationData": [{"authorizationToken": "%"}]})] {
            let server = Server::with_response(ok(broken.to_string()));
            let ran = tucuxi(line).endpoint(&server).run();
            assert_eq!((ran.code, ran.text()), (255, ""));
        }
    }
}

#[test]
fn passwords_of_databases_are_signed_for_the_host() {
    for (line, start) in [
        (
            "rds generate-db-auth-token --hostname h.example.com --port 3306 --username a/b",
            "h.example.com:3306/?Action=connect&DBUser=a%2Fb&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F",
        ),
        (
            "dsql generate-db-connect-auth-token --hostname h.example.com",
            "h.example.com/?Action=DbConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F",
        ),
        (
            "dsql generate-db-connect-admin-auth-token --hostname h.example.com --expires-in 60",
            "h.example.com/?Action=DbConnectAdmin&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F",
        ),
    ] {
        let ran = tucuxi(line).succeeds();
        assert!(ran.text().starts_with(start) && ran.text().ends_with('\n'), "{}", ran.text());
        let expiry = if line.contains("expires-in") { "&X-Amz-Expires=60&" } else { "&X-Amz-Expires=900&" };
        assert!(ran.text().contains(expiry), "{}", ran.text());
    }
}

#[test]
fn wrong_lines_for_passwords_of_databases_are_refused() {
    let rds = "rds generate-db-auth-token --hostname h --username u";
    for (line, code, expected) in [
        (format!("{rds} --port x"), 255, "invalid literal for int() with base 10: 'x'"),
        (format!("{rds} --port 70000"), 255, "Port out of range 0-65535"),
        (rds.to_owned(), 252, "the following arguments are required: --port"),
        (format!("{rds} --port 1 a b"), 252, "Unknown options: a,b"),
        ("dsql generate-db-connect-auth-token --hostname h --expires-in 1e3".to_owned(), 255, "'1e3'"),
    ] {
        let ran = tucuxi(&line).run();
        assert_eq!((ran.code, ran.text()), (code, ""), "{line}");
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
}

#[test]
fn passwords_that_cannot_be_decrypted_are_not_printed() {
    let keys: Value = serde_json::from_str(include_str!("../data/rsa/keys.json")).unwrap();
    let key = &keys[0];
    let response = |data: &Value| {
        let data = data.as_str().unwrap();
        ok(format!("<R><instanceId>i-1</instanceId><passwordData>\n{data}\n</passwordData></R>"))
    };
    let line = "ec2 get-password-data --instance-id i-1 --query PasswordData --output text --priv-launch-key";
    for (data, expected) in [
        (&key["messages"][2]["encrypted"], Some("p\u{e4}ssw\u{f6}rd \u{20ac}\n")),
        (&key["refused"][0], None),
        (&keys[1]["messages"][0]["encrypted"], None),
    ] {
        let server = Server::with_response(response(data));
        let folder = super::Folder::new();
        let path = folder.write("key.pem", key["pkcs1"].as_str().unwrap());
        let ran = tucuxi(line).arg(path).endpoint(&server).run();
        let error = "\ntucuxi: [ERROR]: Unable to decrypt password data using provided private key file.\n";
        match expected {
            Some(password) => assert_eq!((ran.code, ran.text(), &*ran.stderr), (0, password, "")),
            None => assert_eq!((ran.code, ran.text(), &*ran.stderr), (255, "", error)),
        }
    }
}

#[test]
fn clusters_are_described_with_their_instances_and_actions() {
    for (collection, instances) in [("INSTANCE_GROUP", "InstanceGroups"), ("INSTANCE_FLEET", "InstanceFleets")] {
        let described = json!({"Cluster": {"InstanceCollectionType": collection, "Id": "j-1"}});
        let listed = json!({instances: [{"Name": "n", "Id": "i"}], "Marker": "m"});
        let server = Server::with_responses([described, listed, json!({})].map(|response| ok(response.to_string())));
        let ran = tucuxi("emr describe-cluster --cluster-id j-1").endpoint(&server).succeeds();
        let expected = json!({"Cluster": {
            "Id": "j-1",
            "InstanceCollectionType": collection,
            "BootstrapActions": [],
            instances: [{"Id": "i", "Name": "n"}],
        }});
        assert_eq!(ran.text(), format!("{}\n", pretty(&expected)));
        let received = server.received.lock().unwrap();
        let targets: Vec<&str> = received.iter().map(|request| request.header("x-amz-target")).collect();
        let list = format!("ElasticMapReduce.List{instances}");
        assert_eq!(targets, ["ElasticMapReduce.DescribeCluster", &*list, "ElasticMapReduce.ListBootstrapActions"]);
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap().lines().fold(String::new(), |text, line| {
        let blanks = line.len() - line.trim_start().len();
        let separator = if text.is_empty() { "" } else { "\n" };
        format!("{text}{separator}{}{}", " ".repeat(blanks * 2), line.trim_start())
    })
}

#[test]
fn waits_have_no_pages() {
    let server = Server::with_response(ok("<R/>"));
    for option in ["--max-items 1", "--page-size 5", "--starting-token x"] {
        let ran = tucuxi(&format!("ec2 wait instance-running {option}")).endpoint(&server).run();
        assert_eq!(ran.code, 252, "{option}");
        assert!(ran.stderr.contains("Unknown parameter in input: \"PaginationConfig\""), "{}", ran.stderr);
    }
    server.assert_untouched();
}

/// Every command of the AWS CLI 2.36.7 that is not an operation and that tucuxi leaves to it.
const ELSEWHERE: &str = "
agent-toolkit add-skill, agent-toolkit get-skill-file, agent-toolkit list-installed-skills, agent-toolkit remove-skill,
agent-toolkit update-skill, cli-dev wizard-dev, cloudformation package, cloudfront sign, cloudtrail validate-logs,
cloudtrail verify-query-results, codecommit credential-helper, configservice get-status, configservice subscribe,
datapipeline create-default-roles, datapipeline list-runs, ddb put, ddb select, deploy deregister, deploy install, deploy push,
deploy register, deploy uninstall, dlm create-default-role, dynamodb wizard, ec2-instance-connect open-tunnel,
ec2-instance-connect ssh, ecs deploy, ecs monitor-express-gateway-service, emr add-steps, emr create-cluster,
emr create-default-roles, emr create-hbase-backup, emr disable-hbase-backups, emr get, emr install-applications,
emr modify-cluster-attributes, emr put, emr restore-from-hbase-backup, emr schedule-hbase-backup, emr socks, emr ssh,
emr terminate-clusters, emr-containers create-role-associations, emr-containers delete-role-associations,
emr-containers update-role-trust-policy, events wizard, gamelift get-game-session-log, gamelift upload-build, history list,
history show, iam wizard, lambda wizard, lightsail push-container-image, servicecatalog generate, update";

#[test]
fn commands_that_stay_with_the_aws_cli_say_so() {
    for line in ELSEWHERE.split(',').map(str::trim) {
        let ran = bare(line).args("--some-option value").run();
        assert_eq!((ran.code, ran.text()), (252, ""), "{line}");
        assert!(ran.stderr.ends_with(" is not in tucuxi; use aws\n"), "{line}: {}", ran.stderr);
    }
}
