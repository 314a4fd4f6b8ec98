//! Smithy RPC v2 with CBOR, with CloudWatch.

use serde_json::json;

use super::fresh_credentials;
use crate::server::Server;
use crate::support::{ODD_TEXT, bundled_model, call, column, expect_service_error, is_timestamp, pages, session_of};

pub(crate) fn cloudwatch(server: &Server) {
    // The model has other protocols too; only CBOR is left, so that the client uses it.
    let mut model = bundled_model("cloudwatch");
    model["metadata"]["protocols"] = json!(["smithy-rpc-v2-cbor"]);
    model["metadata"]["protocol"] = json!("smithy-rpc-v2-cbor");
    let session =
        session_of(server, fresh_credentials(server, "signs-cbor")).model("cloudwatch", model).build().unwrap();
    let cloudwatch = session.client("cloudwatch").unwrap();
    let prepared = cloudwatch.request("list_metrics").prepare().unwrap();
    assert_eq!(prepared.headers()["smithy-protocol"], "rpc-v2-cbor");

    for n in 0..5 {
        call(
            &cloudwatch,
            "put_metric_alarm",
            json!({
                "AlarmName": format!("alarm {n} 🐬"), "AlarmDescription": ODD_TEXT, "Namespace": "odd/ns",
                "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 2, "ActionsEnabled": n % 2 == 0,
                "Threshold": 0.1 + f64::from(n), "ComparisonOperator": "GreaterThanThreshold",
                "Dimensions": [{"Name": "d", "Value": "é & <1>"}],
            }),
        );
    }
    let (alarms, count) = pages(
        &cloudwatch,
        "describe_alarms",
        &json!({"MaxRecords": 2, "AlarmNamePrefix": "alarm "}),
        ("NextToken", "NextToken"),
        "MetricAlarms",
    );
    assert_eq!(column(&alarms, "AlarmName")[4], "alarm 4 🐬", "in {count} pages");
    let alarm = alarms.iter().find(|alarm| alarm["AlarmName"] == "alarm 3 🐬").unwrap();
    assert_eq!(alarm["AlarmDescription"], ODD_TEXT);
    assert_eq!((&alarm["Threshold"], &alarm["ActionsEnabled"]), (&json!(3.1), &json!(false)));
    assert_eq!(alarm["Dimensions"], json!([{"Name": "d", "Value": "é & <1>"}]));
    assert!(is_timestamp(&alarm["AlarmConfigurationUpdatedTimestamp"]), "{alarm}");

    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let datum = |value: f64| json!({"MetricName": "m", "Timestamp": now, "Value": value, "Unit": "Count"});
    let data = json!({"Namespace": "odd/ns", "MetricData": [datum(1.5), datum(-2.25)]});
    call(&cloudwatch, "put_metric_data", data);
    let statistics = call(
        &cloudwatch,
        "get_metric_statistics",
        json!({"Namespace": "odd/ns", "MetricName": "m", "StartTime": now - 300, "EndTime": now + 300, "Period": 60,
               "Statistics": ["Sum", "SampleCount", "Minimum"]}),
    );
    let sums: f64 =
        statistics["Datapoints"].as_array().unwrap().iter().map(|point| point["Sum"].as_f64().unwrap()).sum();
    assert!((sums - -0.75).abs() < 1e-9, "{statistics}");

    let error = expect_service_error(
        cloudwatch.call("set_alarm_state", json!({"AlarmName": "absent", "StateValue": "OK", "StateReason": ""})),
        "ResourceNotFound",
    );
    println!("cloudwatch in CBOR: {} alarms in {count} pages, statistics, and {error}", alarms.len());
}
