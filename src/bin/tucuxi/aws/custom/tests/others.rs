use super::*;

#[test]
fn emails_are_made_of_addresses_and_texts() {
    check_params(&[
        (
            "ses send-email --from a@b --to c@d e@f --cc g@h --bcc i@j --subject s --text t --html h",
            json!({
                "Source": "a@b",
                "Destination": {"ToAddresses": ["c@d", "e@f"], "CcAddresses": ["g@h"], "BccAddresses": ["i@j"]},
                "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}, "Html": {"Data": "h"}}},
            }),
        ),
        (
            "ses send-email --from a@b --subject s",
            json!({"Source": "a@b", "Message": {"Subject": {"Data": "s"}, "Body": {}}}),
        ),
        (
            "ses send-email --from a@b --message {\"Body\":{}} --subject z",
            json!({"Source": "a@b", "Message": {"Body": {}, "Subject": {"Data": "z"}}}),
        ),
        ("ses send-email --from a@b --text= --subject=", json!({"Source": "a@b"})),
    ]);
    let both = "cannot be specified when one of the following keys are also specified:";
    assert_eq!(
        error("ses send-email --from a --destination {} --bcc b"),
        (252, format!("The key \"bcc\" {both} destination"))
    );
    assert_eq!(
        error("ses send-email --from a --html h --message {}"),
        (252, format!("The key \"html\" {both} message"))
    );
    check_errors(&[
        ("ses send-email --to x", 252, "the following arguments are required: --from"),
        ("ses send-email --from x --to", 252, "argument --to: expected at least one argument"),
    ]);
}

#[test]
fn metrics_are_made_of_options() {
    let line = |options: &str| format!("cloudwatch put-metric-data --namespace n {options}");
    for (options, expected) in [
        (
            "--metric-name m --value 3 --unit Count --dimensions a=b,c=d --storage-resolution 60",
            json!({
                "MetricName": "m",
                "Unit": "Count",
                "Value": 3,
                "Dimensions": [{"Name": "a", "Value": "b"}, {"Name": "c", "Value": "d"}],
                "StorageResolution": 60,
            }),
        ),
        (
            "--statistic-values Sum=1.5,Minimum=0,Maximum=1e2,SampleCount=3",
            json!({"StatisticValues": {"Sum": 1.5, "Minimum": 0, "Maximum": 100.0, "SampleCount": 3}}),
        ),
        (
            "--dimensions a=\"b,c\",d=e\\,f",
            json!({"Dimensions": [{"Name": "a", "Value": "b,c"}, {"Name": "d", "Value": "e,f"}]}),
        ),
        ("--dimensions [{\"Name\":\"a\",\"Value\":\"b\"}]", json!({"Dimensions": [{"Name": "a", "Value": "b"}]})),
        ("--statistic-values {\"Sum\":1}", json!({"StatisticValues": {"Sum": 1}})),
        ("--value inf", json!({"Value": "Infinity"})),
        ("--timestamp 2020-01-01T00:00:00Z", json!({"Timestamp": "2020-01-01T00:00:00Z"})),
        (
            "--metric-data [{\"MetricName\":\"a\"}] --storage-resolution 1",
            json!({"MetricName": "a", "StorageResolution": 1}),
        ),
    ] {
        assert_eq!(params(&line(options)), json!({"Namespace": "n", "MetricData": [expected]}), "{options}");
    }
    for (options, code, expected) in [
        (
            "--metric-data [{}] --value 1",
            252,
            "The key \"value\" cannot be specified when one of the following keys are also specified: metric_data",
        ),
        ("--value x", 252, "Error parsing parameter '--value': Not a number: x"),
        ("--dimensions a", 252, "Error parsing parameter '--dimensions': Expected NAME=VALUE, received: a"),
        ("--dimensions a=b=c", 252, "Error parsing parameter '--dimensions': Expected NAME=VALUE, received: a=b=c"),
        ("--storage-resolution x", 255, "invalid literal for int() with base 10: 'x'"),
    ] {
        assert_eq!(error(&line(options)), (code, expected.to_owned()), "{options}");
    }
}

#[test]
fn streams_by_name_are_listed_in_one_call() {
    let (_, request) = read("kinesis list-streams --exclusive-start-stream-name x").unwrap();
    assert_eq!((request.paging.clone(), with_paging(request)), (None, json!({"ExclusiveStartStreamName": "x"})));
    assert!(read("kinesis list-streams").unwrap().1.paging.is_some());
    check_errors(&[(
        "kinesis list-streams --exclusive-start-stream-name x --max-items 5",
        252,
        "Cannot specify --no-paginate along with pagination arguments: --max-items",
    )]);
}

#[test]
fn option_groups_are_changed_in_halves() {
    check_params(&[
        (
            "rds add-option-to-option-group --option-group-name g --options [{\"OptionName\":\"x\"}]",
            json!({"OptionGroupName": "g", "OptionsToInclude": [{"OptionName": "x"}]}),
        ),
        (
            "rds remove-option-from-option-group --option-group-name g --options x y --apply-immediately",
            json!({"OptionGroupName": "g", "OptionsToRemove": ["x", "y"], "ApplyImmediately": true}),
        ),
        ("rds modify-option-group --option-group-name g", json!({"OptionGroupName": "g"})),
    ]);
    check_errors(&[(
        "rds add-option-to-option-group --option-group-name g --options-to-remove x",
        252,
        "Unknown options: --options-to-remove, x",
    )]);
}

#[test]
fn revisions_are_named_by_their_place() {
    let line = |options: &str| format!("deploy create-deployment --application-name a {options}");
    let github = json!({"revisionType": "GitHub", "gitHubLocation": {"repository": "r", "commitId": "c"}});
    let s3 = json!({
        "revisionType": "S3",
        "s3Location": {"bucket": "b", "key": "k", "bundleType": "zip", "eTag": "e"},
    });
    for (options, expected) in [
        ("--github-location {\"repository\":\"r\",\"commitId\":\"c\"}", &github),
        ("--s3-location {\"eTag\":\"e\",\"bucket\":\"b\",\"key\":\"k\",\"bundleType\":\"zip\",\"x\":\"y\"}", &s3),
    ] {
        assert_eq!(params(&line(options)), json!({"applicationName": "a", "revision": expected}), "{options}");
    }
    for (options, expected) in [
        ("--github-location {\"repository\":\"r\"}", "--github-location must specify repository and commitId."),
        (
            "--s3-location {\"bucket\":\"b\",\"key\":\"\",\"bundleType\":\"zip\"}",
            "--s3-location must specify bucket, key and bundleType.",
        ),
    ] {
        assert_eq!(error(&line(options)), (252, expected.to_owned()), "{options}");
    }
}

#[test]
fn recorders_have_their_group_in_an_option() {
    check_params(&[(
        "configservice put-configuration-recorder --configuration-recorder {\"name\":\"n\"} --recording-group {\"allSupported\":true}",
        json!({"ConfigurationRecorder": {"name": "n", "recordingGroup": {"allSupported": true}}}),
    )]);
}

#[test]
fn clusters_have_tags_and_states() {
    check_params(&[
        (
            "emr add-tags --resource-id j --tags a=b=c d",
            json!({"ResourceId": "j", "Tags": [{"Key": "a", "Value": "b=c"}, {"Key": "d", "Value": ""}]}),
        ),
        ("emr list-clusters", json!({})),
        ("emr list-clusters --terminated", json!({"ClusterStates": ["TERMINATED"]})),
        ("emr list-clusters --failed", json!({"ClusterStates": ["TERMINATED_WITH_ERRORS"]})),
        (
            "emr list-clusters --active",
            json!({"ClusterStates": ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]}),
        ),
        ("emr list-clusters --cluster-states RUNNING WAITING", json!({"ClusterStates": ["RUNNING", "WAITING"]})),
    ]);
    let only_one =
        "You can specify only one of the cluster state filters: --cluster-states, --active, --terminated, --failed.";
    check_errors(&[
        ("emr list-clusters --active --failed", 252, only_one),
        ("emr list-clusters --cluster-states RUNNING --active", 252, only_one),
        ("emr list-clusters --cluster-states", 252, "argument --cluster-states: expected at least one argument"),
        ("emr add-tags --resource-id j", 252, "the following arguments are required: --tags"),
    ]);
}

#[test]
fn operations_have_both_of_their_names() {
    for line in [
        "cloudwatch get-otel-enrichment",
        "cloudwatch get-o-tel-enrichment",
        "signin create-oauth2-token",
        "signin create-o-auth2-token",
    ] {
        let line = format!("{line} --cli-input-json {{}}");
        assert_eq!(params(&line), json!({}));
    }
}
