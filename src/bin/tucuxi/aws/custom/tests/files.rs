use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use super::*;
use crate::aws::custom::write_records;

/// A key, and a password that was encrypted for it with OpenSSL.
const KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/version-1-rsa.key"));
const PASSWORD: &str = "WREV/O780RTzbjBFNmZlnFK8fLJcuMkApw7SCN+OzaGcVTarNKCZM9hfg0xx6aR1+krPykBKS6wfhBt0RAVDNI0yJR3aLX+tYTi0RpaPjFb90IZQ0gENE9Dk\
     adzmBBWym48OjPUjxyu3MAtXvila9ycG1iqCGKiocnvF9qc0DfrQvKxJv8DQpyBbHLLtL+VfhFW3eWHWXqDMwayPn3BGp3lJDmlyTY2gTggfTOC/G5U5L2Uj\
     CxS5C678fDOSmnlW3kYgxyoIu9omxyXkrExIc+gidXOlW6Uq5uXwftbW5o0EgugZYenMbXiKp+5+of9DcYKBncjZVlYgITJPIxGvGA==";

/// A folder for the files of a test, which is removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tucuxi-custom-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn archive() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("main.py", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(b"pass").unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn functions_and_layers_have_zip_files() {
    let folder = Folder::new("zip");
    let (archive, zip) = (tucuxi::blob(archive()), folder.file("a.zip", &archive()));
    let text = folder.file("a.txt", b"no archive");
    let function = "lambda create-function --function-name f --role r";
    check_params(&[
        (
            &format!("{function} --zip-file fileb://{zip}"),
            json!({"FunctionName": "f", "Role": "r", "Code": {"ZipFile": archive}}),
        ),
        (
            &format!("{function} --zip-file fileb://{zip} --code {{\"S3Bucket\":\"b\"}}"),
            json!({"FunctionName": "f", "Role": "r", "Code": {"S3Bucket": "b", "ZipFile": archive}}),
        ),
        (
            &format!("lambda publish-layer-version --layer-name l --zip-file fileb://{zip}"),
            json!({"LayerName": "l", "Content": {"ZipFile": archive}}),
        ),
        (
            &format!("lambda update-function-code --function-name f --zip-file fileb://{zip}"),
            json!({"FunctionName": "f", "ZipFile": archive}),
        ),
    ]);
    let no_zip =
        "--zip-file must be a zip file with the fileb:// prefix.\nExample usage:  --zip-file fileb://path/to/file.zip";
    check_errors(&[
        (&format!("{function} --zip-file {zip}"), 252, no_zip),
        (&format!("{function} --zip-file fileb://{text}"), 252, no_zip),
        (&format!("{function} --zip-file file://{text}"), 252, no_zip),
        ("lambda update-function-code --function-name f --zip-file aGk=", 252, no_zip),
        (
            "lambda publish-layer-version --layer-name l --content {\"ZipFile\":\"aGk=\"}",
            252,
            "ZipFile cannot be provided as part of the --content argument.  Please use the '--zip-file' option instead to \
             specify a zip file.",
        ),
    ]);
}

#[test]
fn bytes_in_structures_have_options() {
    let folder = Folder::new("bytes");
    let image = folder.file("i.png", b"image");
    let bytes = tucuxi::blob("image");
    check_params(&[
        (&format!("rekognition detect-labels --image-bytes fileb://{image}"), json!({"Image": {"Bytes": bytes}})),
        (
            "rekognition detect-labels --image {\"S3Object\":{}} --image-bytes aGk=",
            json!({"Image": {"S3Object": {}, "Bytes": "aGk="}}),
        ),
        (
            &format!("rekognition compare-faces --source-image-bytes fileb://{image} --target-image-bytes aGk="),
            json!({"SourceImage": {"Bytes": bytes}, "TargetImage": {"Bytes": "aGk="}}),
        ),
        ("rekognition detect-labels", json!({})),
        (
            "quicksight start-asset-bundle-import-job --aws-account-id 1 --asset-bundle-import-job-id j \
             --asset-bundle-import-source-bytes aGk=",
            json!({
                "AwsAccountId": "1",
                "AssetBundleImportJobId": "j",
                "AssetBundleImportSource": {"Body": "aGk="},
            }),
        ),
        (
            "translate import-terminology --name n --merge-strategy O --terminology-data {\"Format\":\"CSV\"} --data-file aGk=",
            json!({"Name": "n", "MergeStrategy": "O", "TerminologyData": {"Format": "CSV", "File": "aGk="}}),
        ),
    ]);
    check_errors(&[
        (
            "translate import-terminology --name n --merge-strategy O",
            252,
            "the following arguments are required: --data-file",
        ),
        (
            "translate import-terminology --name n --merge-strategy O --terminology-data {\"File\":\"x\"} --data-file x",
            252,
            "File cannot be provided as part of the '--terminology-data' argument. Please use the '--data-file' option instead \
             to specify a file.",
        ),
    ]);
}

/// Applies what a line wants to be done with a response.
fn apply(line: &str, mut response: Value) -> Value {
    read(line).unwrap().1.after.apply(&mut response).unwrap();
    response
}

#[cfg(unix)]
fn mode(path: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_path: &str) -> u32 {
    0o600
}

#[test]
fn seeds_of_mfa_devices_go_to_a_private_file() {
    let folder = Folder::new("mfa");
    let file = folder.file("seed", b"something longer than the seed");
    let line = |method: &str| {
        format!(
            "iam create-virtual-mfa-device --virtual-mfa-device-name n --outfile {file} --bootstrap-method {method}"
        )
    };
    assert_eq!(params(&line("QRCodePNG")), json!({"VirtualMFADeviceName": "n"}));
    let response = || {
        json!({"VirtualMFADevice": {
            "SerialNumber": "s",
            "Base32StringSeed": tucuxi::blob("seed"),
            "QRCodePNG": tucuxi::blob("png"),
        }})
    };
    for (method, content) in [("QRCodePNG", "png"), ("Base32StringSeed", "seed")] {
        assert_eq!(apply(&line(method), response()), json!({"VirtualMFADevice": {"SerialNumber": "s"}}));
        assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), mode(&file)), (content, 0o600));
    }
    let other = json!({"VirtualMFADevice": {"QRCodePNG": "cG5n"}});
    assert_eq!(apply(&line("Base32StringSeed"), other.clone()), other);
    check_errors(&[
        (
            "iam create-virtual-mfa-device --virtual-mfa-device-name n --outfile /nope/x --bootstrap-method QRCodePNG",
            252,
            "Unable to write to file: /nope/x",
        ),
        (
            "iam create-virtual-mfa-device --virtual-mfa-device-name n --outfile x --bootstrap-method y",
            252,
            "argument --bootstrap-method: Found invalid choice 'y'",
        ),
        (
            "iam create-virtual-mfa-device --cli-input-json {}",
            252,
            "the following arguments are required: --virtual-mfa-device-name, --outfile, --bootstrap-method",
        ),
    ]);
}

#[test]
fn certificates_and_keys_go_to_private_files() {
    let folder = Folder::new("iot");
    let (certificate, key) = (folder.path("c.pem"), folder.path("k.pem"));
    let line = format!(
        "iot create-keys-and-certificate --set-as-active --certificate-pem-outfile {certificate} --private-key-outfile {key}"
    );
    assert_eq!(params(&line), json!({"setAsActive": true}));
    let response = json!({"certificatePem": "PEM", "keyPair": {"PublicKey": "public", "PrivateKey": "private"}});
    assert_eq!(apply(&line, response.clone()), response);
    assert_eq!((std::fs::read_to_string(&key).unwrap().as_str(), mode(&key)), ("private", 0o600));
    assert_eq!(std::fs::read_to_string(&certificate).unwrap(), "PEM");
    apply(
        &format!(
            "iot create-certificate-from-csr --certificate-signing-request c --certificate-pem-outfile {certificate}"
        ),
        json!({}),
    );
    assert_eq!(std::fs::read_to_string(&certificate).unwrap(), "");
    check_errors(&[(
        "iot create-keys-and-certificate --public-key-outfile /nope/x",
        252,
        "Unable to write to file: /nope/x",
    )]);
}

#[test]
fn what_cannot_be_written_stays_in_the_response() {
    let folder = Folder::new("kept");
    let file = folder.path("sub");
    let (_, request) = read(&format!(
        "iam create-virtual-mfa-device --virtual-mfa-device-name n --outfile {file} --bootstrap-method QRCodePNG"
    ))
    .unwrap();
    std::fs::create_dir(&file).unwrap();
    let mut response = json!({"VirtualMFADevice": {"QRCodePNG": "cG5n"}});
    assert!(request.after.apply(&mut response).is_err());
    assert_eq!(response, json!({"VirtualMFADevice": {"QRCodePNG": "cG5n"}}));
}

#[test]
fn selected_records_go_to_a_file() {
    let folder = Folder::new("select");
    let line = "s3api select-object-content --bucket b --key k --expression e --expression-type SQL \
                --input-serialization {} --output-serialization {}";
    let (_, request) = read(&format!("{line} out.csv")).unwrap();
    assert_eq!(request.outfile.as_deref(), Some("out.csv"));
    // With a document, too.
    let document = "s3api select-object-content out.csv --cli-input-json {\"Key\":\"k\"}";
    assert_eq!(params(document), json!({"Key": "k"}));
    check_errors(&[
        (line, 252, "the following arguments are required: outfile"),
        ("s3api select-object-content --cli-input-json {}", 252, "the following arguments are required: outfile"),
    ]);
    let file = folder.path("out.csv");
    let events = [
        json!({"Records": {"Payload": tucuxi::blob("a,b\n")}}),
        json!({"Stats": {}}),
        json!({"Records": {"Payload": tucuxi::blob("c")}}),
    ];
    write_records(events.into_iter().map(Ok), &file).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a,b\nc");
}

#[test]
fn passwords_are_decrypted_with_the_launch_key() {
    let folder = Folder::new("password");
    let key = folder.file("key.pem", KEY.as_bytes());
    let line = format!("ec2 get-password-data --instance-id i --priv-launch-key {key}");
    assert_eq!(params(&line), json!({"InstanceId": "i"}));
    let response = json!({"InstanceId": "i", "PasswordData": format!("\r\n{PASSWORD}\r\n")});
    let decrypt = |mut response: Value| read(&line)?.1.after.decrypt(&mut response).map(|()| response);
    assert_eq!(decrypt(response).unwrap()["PasswordData"], "s3cret!");
    assert_eq!(decrypt(json!({"PasswordData": ""})).unwrap(), json!({"PasswordData": ""}));
    let error = decrypt(json!({"PasswordData": "AAAA"})).unwrap_err();
    assert_eq!(
        (error.exit_code(), error.message(None).as_str()),
        (255, "Unable to decrypt password data using provided private key file.")
    );
    check_errors(&[(
        "ec2 get-password-data --instance-id i --priv-launch-key /nope",
        255,
        "priv-launch-key should be a path to the local SSH private key file used to launch the instance.",
    )]);
    assert_eq!(params("ec2 get-password-data --instance-id i --priv-launch-key="), json!({"InstanceId": "i"}));
}
