use serde_json::{Value, json};
use tucuxi::Session;

use super::Fixture;
use crate::aws::values::{BinaryFormat, OptionReader, OptionValue, ThisMachine, ValueError, ValueOption};

/// The value of an option, or the exit code and the message.
type Outcome = Result<Value, (u8, String)>;

fn read(option: [&str; 3], words: &[&str], format: BinaryFormat, around: &Fixture) -> Result<OptionValue, ValueError> {
    let [service, operation, member] = option;
    let session = Session::builder().build().unwrap();
    let info = session.service_info(service).unwrap();
    let operation = info.operation(operation).unwrap();
    let member = operation.input().unwrap().member(member).unwrap();
    let (kebab, name) = (operation.kebab_name(), member.kebab_name());
    let option = ValueOption { service, operation: &kebab, name: &name, member };
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let mut reader = OptionReader::new(format, around);
    let value = reader.option(&option, &words)?;
    reader.refused_blob().map_or(Ok(value), Err)
}

fn outcome(result: Result<OptionValue, ValueError>) -> Outcome {
    match result {
        Ok(OptionValue::Parameter(value)) => Ok(value),
        Ok(OptionValue::BodyFile(path)) => Ok(json!({ "file": path })),
        Err(error) => Err((error.exit_code(), error.to_string())),
    }
}

fn value_of(option: [&str; 3], words: &[&str]) -> Outcome {
    outcome(read(option, words, BinaryFormat::Base64, &Fixture::new()))
}

fn check(option: [&str; 3], cases: &[(&[&str], Value)]) {
    for (words, expected) in cases {
        assert_eq!(value_of(option, words), Ok(expected.clone()), "{words:?}");
    }
}

fn check_errors(option: [&str; 3], cases: &[(&[&str], u8, &str)]) {
    for (words, code, message) in cases {
        assert_eq!(value_of(option, words), Err((*code, (*message).to_owned())), "{words:?}");
    }
}

const FILTERS: [&str; 3] = ["ec2", "DescribeInstances", "Filters"];
const TAGS: [&str; 3] = ["sns", "TagResource", "Tags"];
const INSTANCE_IDS: [&str; 3] = ["ec2", "DescribeInstances", "InstanceIds"];
const DELAY: [&str; 3] = ["sqs", "SendMessage", "DelaySeconds"];
const MESSAGE_BODY: [&str; 3] = ["sqs", "SendMessage", "MessageBody"];
const PAYLOAD: [&str; 3] = ["lambda", "Invoke", "Payload"];
const OBJECT: [&str; 3] = ["s3", "PutObject", "Body"];

#[test]
fn shorthand_of_lists_is_parsed_word_by_word() {
    check(
        FILTERS,
        &[
            (
                &["Name=instance-type,Values=t3.micro,t3.small"],
                json!([{"Name": "instance-type", "Values": ["t3.micro", "t3.small"]}]),
            ),
            (
                &["Name=a,Values=b", "Name=c,Values=[d]"],
                json!([{"Name": "a", "Values": ["b"]}, {"Name": "c", "Values": ["d"]}]),
            ),
            (&["[{\"Name\":\"a\"}]"], json!([{"Name": "a"}])),
            (&["{\"Name\":\"a\"}", " {\"Name\":\"b\"}"], json!([{"Name": "a"}, {"Name": "b"}])),
            (&["Unknown=x"], json!([{"Unknown": "x"}])),
            (&[], json!([])),
        ],
    );
    check_errors(
        FILTERS,
        &[
            (
                &["Name=a", "{\"Name\":\"b\"}"],
                252,
                "Error parsing parameter '--filters': Expected: '=', received: '{' for input:\n {\"Name\":\"b\"}\n^",
            ),
            (&["{\"Name\":\"b\"}", "Name=a"], 252, "Error parsing parameter '--filters': Invalid JSON:\nName=a"),
            (
                &["[{]"],
                252,
                "Error parsing parameter '--filters': Invalid JSON: Expecting property name enclosed in double quotes: line 1 \
                 column 3 (char 2)\nJSON received: [{]",
            ),
            (
                &["Key=a,Value=b,Key=c"],
                252,
                "Error parsing parameter '--filters': Second instance of key \"Key\" encountered for input:\n\
                 Key=a,Value=b,Key=c\n              ^\nThis is often because there is a preceding \",\" instead of a space.",
            ),
        ],
    );
}

#[test]
fn lists_of_scalars_have_no_shorthand() {
    check(
        INSTANCE_IDS,
        &[
            (&["i-1", "i-2"], json!(["i-1", "i-2"])),
            (&["i-1,i-2"], json!(["i-1,i-2"])),
            (&["[\"i-1\", \"i-2\"]"], json!(["i-1", "i-2"])),
            (&["[\"i-1\"]", "[x"], json!(["[\"i-1\"]", "[x"])),
            (&["file://text", "file://nope"], json!(["file://text", "file://nope"])),
            (&["file://~/list.json"], json!(["x"])),
            (&["file://$DIR/list.json"], json!(["x"])),
            (&["file://${DIR}/list.json"], json!(["x"])),
        ],
    );
    // The AWS CLI makes a list of the characters.
    check_errors(
        INSTANCE_IDS,
        &[(&["file://text"], 252, "Error parsing parameter '--instance-ids': The file must contain a JSON list.")],
    );
    check_errors(
        ["ssm-contacts", "CreateContact", "Tags"],
        &[(&["Key"], 252, "Error parsing parameter '--tags': Expected: '=', received: 'EOF' for input:\n Key\n   ^")],
    );
}

#[test]
fn shorthand_has_the_types_of_the_model() {
    check(
        ["elbv2", "CreateTargetGroup", "Matcher"],
        &[
            (&["HttpCode=200"], json!({"HttpCode": "200"})),
            (&["HttpCode=200,201"], json!({"HttpCode": ["200", "201"]})),
        ],
    );
    check(
        ["ecs", "CreateService", "deploymentConfiguration"],
        &[
            (
                &["maximumPercent=200,minimumHealthyPercent= +5_0"],
                json!({"maximumPercent": 200, "minimumHealthyPercent": 50}),
            ),
            (
                &["deploymentCircuitBreaker={enable=True,rollback=false}"],
                json!({"deploymentCircuitBreaker": {"enable": true, "rollback": false}}),
            ),
            (&["deploymentCircuitBreaker={enable=yes}"], json!({"deploymentCircuitBreaker": {"enable": "yes"}})),
            (&["deploymentCircuitBreaker=x"], json!({"deploymentCircuitBreaker": "x"})),
        ],
    );
    check_errors(
        ["ecs", "CreateService", "deploymentConfiguration"],
        &[
            (&["maximumPercent=1.5"], 255, "invalid literal for int() with base 10: '1.5'"),
            (
                &["maximumPercent=1,2"],
                255,
                "int() argument must be a string, a bytes-like object or a real number, not 'list'",
            ),
            (&["deploymentCircuitBreaker={enable=[a]}"], 255, "'list' object has no attribute 'lower'"),
        ],
    );
}

#[test]
fn single_values_become_elements_with_their_type() {
    check(
        ["cloudwatch", "PutMetricData", "MetricData"],
        &[
            (
                &["MetricName=m,Values=1.5,Counts=2,3"],
                json!([{"MetricName": "m", "Values": [1.5], "Counts": [2.0, 3.0]}]),
            ),
            (&["Values=x"], json!([{"Values": ["x"]}])),
            (&["Value=nan"], json!([{"Value": "NaN"}])),
            (&["Value=5"], json!([{"Value": 5.0}])),
            (&["[{\"Value\": 5}, {\"Value\": -Infinity}]"], json!([{"Value": 5}, {"Value": "-Infinity"}])),
        ],
    );
}

#[test]
fn old_syntaxes_of_some_options_work() {
    check(
        ["ec2", "ModifyInstanceAttribute", "InstanceType"],
        &[
            (&["m5.large"], json!({"Value": "m5.large"})),
            (&["Value=m5.large"], json!({"Value": "m5.large"})),
            (&["{\"Value\": \"m5.large\"}"], json!({"Value": "m5.large"})),
        ],
    );
    check(
        ["elb", "RegisterInstancesWithLoadBalancer", "Instances"],
        &[
            (&["i-1", "i-2"], json!([{"InstanceId": "i-1"}, {"InstanceId": "i-2"}])),
            (&["InstanceId=i-1", "Id=i-2"], json!([{"InstanceId": "i-1"}, {"InstanceId": "Id=i-2"}])),
            (&["[{\"InstanceId\": \"i-1\"}]"], json!([{"InstanceId": "i-1"}])),
        ],
    );
}

#[test]
fn numbers_are_those_of_python() {
    check(
        DELAY,
        &[
            (&[" 1_0 "], json!(10)),
            (&["+5"], json!(5)),
            (&["file://number"], json!(5)),
            (&["fileb://number"], json!(5)),
        ],
    );
    check_errors(
        DELAY,
        &[
            (&["1.5"], 255, "invalid literal for int() with base 10: '1.5'"),
            (&["file://text"], 255, "invalid literal for int() with base 10: 'All\\n'"),
            (&["fileb://bytes"], 255, "invalid literal for int() with base 10: b'\\x00\\xff'"),
            (
                &["18446744073709551616"],
                252,
                "Parameter validation failed:\nInvalid value for parameter DelaySeconds, value: 18446744073709551616, valid \
                 range: 64-bit integers",
            ),
        ],
    );
    let long = ["logs", "GetLogEvents", "startTime"];
    check(long, &[(&["9007199254740993"], json!(9_007_199_254_740_993_i64))]);
    check_errors(
        long,
        &[
            (&["x"], 252, "argument --start-time: invalid int value: 'x'"),
            (&["file://number"], 252, "argument --start-time: invalid int value: 'file://number'"),
        ],
    );
    let double = ["cloudwatch", "PutMetricAlarm", "Threshold"];
    check(double, &[(&["1_0.5"], json!(10.5)), (&["inf"], json!("Infinity")), (&["5"], json!(5.0))]);
    check_errors(double, &[(&["much"], 252, "argument --threshold: invalid float value: 'much'")]);
    check_errors(
        ["ssm", "DescribeOpsItems", "OpsItemFilters"],
        &[(
            &["["],
            252,
            "Error parsing parameter '--ops-item-filters': Invalid JSON: Expecting value: line 1 column 2 (char 1)\nJSON received: [",
        )],
    );
}

#[test]
fn blobs_are_base64_unless_raw_ones_are_wanted() {
    check(
        PAYLOAD,
        &[
            (&["aG k="], json!("aGk=")),
            (&["!!"], json!("")),
            (&["file://base64"], json!("aGVsbG8=")),
            (&["fileb://bytes"], json!("AP8=")),
        ],
    );
    check_errors(
        PAYLOAD,
        &[
            (&["{\"a\": 1}"], 255, "Invalid base64: \"{\"a\": 1}\""),
            (&["é"], 255, "string argument should contain only ASCII characters"),
        ],
    );
    let raw = |words: &[&str]| outcome(read(PAYLOAD, words, BinaryFormat::Raw, &Fixture::new()));
    assert_eq!(raw(&["hi"]), Ok(json!("aGk=")));
    assert_eq!(raw(&["fileb://bytes"]), Ok(json!("AP8=")));
    check(
        ["kinesis", "PutRecords", "Records"],
        &[
            (&["Data=aGk=,PartitionKey=p"], json!([{"Data": "aGk=", "PartitionKey": "p"}])),
            (&["Data@=fileb://bytes,PartitionKey@=p"], json!([{"Data": "AP8=", "PartitionKey": "p"}])),
            (&["[{\"Data\": \"aGk=\"}]"], json!([{"Data": "aGk="}])),
        ],
    );
}

#[test]
fn refused_blobs_stay_in_the_parameters_until_they_are_needed() {
    let session = Session::builder().build().unwrap();
    let operation = session.service_info("lambda").unwrap().operation("Invoke").unwrap();
    let member = operation.input().unwrap().member("Payload").unwrap();
    let option = ValueOption { service: "lambda", operation: "invoke", name: "payload", member };
    let mut reader = OptionReader::new(BinaryFormat::Base64, &ThisMachine);
    assert_eq!(reader.option(&option, &["hello".to_owned()]), Ok(OptionValue::Parameter(json!("hello"))));
    assert_eq!(reader.refused_blob(), Some(ValueError::Base64("hello".to_owned())));
}

#[test]
fn streaming_bodies_are_paths() {
    check(OBJECT, &[(&["text"], json!({"file": "text"})), (&["$NAME"], json!({"file": "text"}))]);
    let message = "Error parsing parameter '--body': Blob values must be a path to a file.";
    check_errors(OBJECT, &[(&["nope"], 252, message), (&["-"], 252, message), (&["file://text"], 252, message)]);
}

#[test]
fn files_are_loaded_once_and_with_universal_newlines() {
    check(
        MESSAGE_BODY,
        &[
            (&["file://text"], json!("All\n")),
            (&["file://chain"], json!("file://text")),
            (&["FILE://text"], json!("FILE://text")),
            (&["https://example.com"], json!("https://example.com")),
        ],
    );
    check(
        TAGS,
        &[
            (&["file://tags.json"], json!([{"Key": "a", "Value": "b"}])),
            (&["file://pair"], json!([{"Key": "a", "Value": "b"}])),
        ],
    );
    check_errors(
        MESSAGE_BODY,
        &[
            (
                &["file://nope"],
                252,
                "Error parsing parameter '--message-body': Unable to load paramfile file://nope: [Errno 2] No such file or \
                 directory: 'nope'",
            ),
            (
                &["file://~/$NAME"],
                252,
                "Error parsing parameter '--message-body': Unable to load paramfile file://~/$NAME: [Errno 2] No such file or \
                 directory: '/home/ann/text'",
            ),
            (
                &["file://latin"],
                252,
                "Error parsing parameter '--message-body': Unable to load paramfile (latin), text contents could not be decoded.  \
                 If this is a binary file, please use the fileb:// prefix instead of the file:// prefix.",
            ),
            (
                &["fileb://bytes"],
                252,
                "Parameter validation failed:\nInvalid type for parameter MessageBody, value: b'\\x00\\xff', type: <class \
                 'bytes'>, valid types: <class 'str'>",
            ),
        ],
    );
    check_errors(
        TAGS,
        &[
            (
                &["Key@=file://nope"],
                255,
                "Unable to load paramfile file://nope: [Errno 2] No such file or directory: 'nope'",
            ),
            (&["fileb://bytes"], 252, "Error parsing parameter '--tags': The file must contain text in UTF-8."),
        ],
    );
}

#[test]
fn file_encoding_is_a_setting() {
    let with = |encoding: &'static str| {
        let mut fixture = Fixture::new();
        fixture.variables.insert("AWS_CLI_FILE_ENCODING", encoding);
        outcome(read(MESSAGE_BODY, &["file://latin"], BinaryFormat::Base64, &fixture))
    };
    assert_eq!(with("ISO-8859-1"), Ok(json!("café")));
    assert_eq!(with("klingon"), Err((255, "unknown encoding: klingon".to_owned())));
    assert_eq!(with("ascii").unwrap_err().0, 252);
}

#[test]
fn any_json_is_always_json() {
    let document = ["bedrock-runtime", "Converse", "additionalModelRequestFields"];
    check(document, &[(&["{\"a\": [1, 2.0, null]}"], json!({"a": [1, 2.0, null]})), (&["\"text\""], json!("text"))]);
    check_errors(
        document,
        &[
            (
                &["text"],
                252,
                "Error parsing parameter '--additional-model-request-fields': Invalid JSON: Expecting value: line 1 column 1 \
                 (char 0)\nJSON received: text",
            ),
            (
                &["[NaN]"],
                252,
                "Parameter validation failed:\nInvalid type for parameter additionalModelRequestFields[0], value: nan, type: \
                 <class 'float'>, valid types: JSON",
            ),
        ],
    );
    check_errors(
        ["bedrock-runtime", "Converse", "toolConfig"],
        &[(
            &["tools=[{toolSpec={name=x,inputSchema={json={}}}}]"],
            252,
            "Error parsing parameter '--tool-config': Shorthand syntax does not support document types. Use JSON input for \
             top-level argument to specify nested parameter: json",
        )],
    );
}
