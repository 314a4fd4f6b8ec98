use super::{command, complete};

/// The words that can stand in place of the last one; each blank separates two words.
fn words(line: &str) -> Vec<String> {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let (last, before) = words.split_last().unwrap();
    complete(before, last).into_iter().map(|candidate| candidate.text).collect()
}

#[test]
fn the_command_is_the_first_word() {
    for (line, expected) in [
        ("sqs", Some("sqs")),
        ("--region eu-west-1 sqs send-message", Some("sqs")),
        ("--debug --output=text --reg x sqs", Some("sqs")),
        ("--model-path /models call", Some("call")),
        ("--region", None),
        ("--region sqs", None),
    ] {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        assert_eq!(command(&words), expected, "{line}");
    }
}

#[test]
fn names_follow_the_levels_of_a_line() {
    for (line, expected) in [
        ("s3", &["s3", "s3api", "s3control", "s3files", "s3outposts", "s3tables", "s3vectors"][..]),
        ("configs", &["configservice"]),
        ("--region x sqs send", &["send-message", "send-message-batch"]),
        ("s3api wai", &["wait"]),
        ("sqs wai", &[]),
        ("s3api wait bucket", &["bucket-exists", "bucket-not-exists"]),
        ("s3api wait bucket-exists --buc", &["--bucket"]),
        ("rds add-option", &["add-option-to-option-group"]),
        ("frobnicate s", &[]),
        ("logs start-live", &["start-live-tail"]),
        ("sqs frobnicate --q", &[]),
        ("config s", &[]),
    ] {
        assert_eq!(words(line), expected, "{line}");
    }
}

#[test]
fn options_are_those_of_the_operation_and_of_every_line() {
    for (line, expected) in [
        ("--prof", &["--profile"][..]),
        ("sqs --no-v", &["--no-verify-ssl"]),
        ("sqs send-message --q", &["--queue-url", "--query"]),
        ("sqs send-message --queue-url U --q", &["--query"]),
        ("sqs send-message --queue-url=U --q", &["--query"]),
        ("ec2 run-instances --cou", &["--count"]),
        ("ec2 describe-instances --dry", &["--dry-run"]),
        ("ec2 describe-instances --no-d", &["--no-dry-run"]),
        ("sns subscribe --not", &["--notification-endpoint"]),
        ("ec2 describe-instances --max", &["--max-items"]),
        ("sqs send-message --delay-seconds 1 --message-b", &["--message-body"]),
        ("--cli-auto", &[]),
    ] {
        assert_eq!(words(line), expected, "{line}");
    }
    // Required ones come first, where nothing else can follow.
    assert_eq!(words("sqs send-message ")[..2], ["--queue-url", "--message-body"]);
    assert_eq!(words("sqs receive-message --attribute-names All --wa"), ["--wait-time-seconds"]);
}

#[test]
fn values_are_offered() {
    for (line, expected) in [
        ("sqs list-queues --output y", &["yaml", "yaml-stream"][..]),
        ("sqs list-queues --output=te", &["--output=text"]),
        ("--cli-binary-format r", &["raw-in-base64-out"]),
        ("sqs --region eu-west-", &["eu-west-1", "eu-west-2", "eu-west-3"]),
        ("dynamodb create-table --billing-mode ", &["PROVISIONED", "PAY_PER_REQUEST"]),
        ("dynamodb create-table --billing-mode=PAY", &["--billing-mode=PAY_PER_REQUEST"]),
        ("dynamodb create-table --billing PAY", &["PAY_PER_REQUEST"]),
        ("sqs receive-message --attribute-names All Vis", &["VisibilityTimeout"]),
        ("sqs send-message --message-body fil", &["file://", "fileb://"]),
        ("sqs send-message --message-body ", &[]),
        ("sqs send-message --cli-input-json ", &["file://"]),
        ("sqs send-message --generate-cli-skeleton y", &["yaml-input"]),
        ("lambda update-function-code --zip-file fileb", &["fileb://"]),
    ] {
        assert_eq!(words(line), expected, "{line}");
    }
}

#[test]
fn shorthand_is_offered() {
    for (value, expected) in [
        ("", &["Ebs=", "NoDevice=", "DeviceName=", "VirtualName="][..]),
        ("Device", &["DeviceName="]),
        ("DeviceName=/dev/sda1,V", &["DeviceName=/dev/sda1,VirtualName="]),
        ("DeviceName=x,Dev", &[]),
        ("Ebs=", &["Ebs={"]),
        ("Ebs={Encrypted=", &["Ebs={Encrypted=true", "Ebs={Encrypted=false"]),
        ("Ebs={Encrypted=true,Kms", &["Ebs={Encrypted=true,KmsKeyId="]),
        ("Ebs={VolumeType=g", &["Ebs={VolumeType=gp2", "Ebs={VolumeType=gp3"]),
        ("Ebs={Encrypted=true},No", &["Ebs={Encrypted=true},NoDevice="]),
        ("Ebs={Encrypted=true}", &[]),
        ("Wrong=", &[]),
        ("DeviceName='a,", &[]),
        ("{", &[]),
        ("[{\"Ebs\":", &[]),
    ] {
        assert_eq!(words(&format!("ec2 run-instances --block-device-mappings {value}")), expected, "{value}");
    }
    for (line, expected) in [
        ("ec2 run-instances --tag-specifications Tags=[{Ke", &["Tags=[{Key="][..]),
        ("ec2 run-instances --tag-specifications Tags=[{Key=a,Value=b},{V", &["Tags=[{Key=a,Value=b},{Value="]),
        ("ec2 describe-instances --filters Name=x,Values=a,b Na", &["Name="]),
        ("ec2 modify-instance-attribute --ebs-optimized Value=t", &["Value=true"]),
        ("sqs set-queue-attributes --attributes DelaySeconds=5,Visi", &["DelaySeconds=5,VisibilityTimeout="]),
    ] {
        assert_eq!(words(line), expected, "{line}");
    }
}
