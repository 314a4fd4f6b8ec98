//! The REST JSON protocol: members in paths, query strings, headers and payloads.

use std::io::{Cursor, Read, Write};

use serde_json::json;
use tucuxi::{Body, blob, bytes};

use crate::server::Server;
use crate::support::{ODD_TEXT, call, client, column, expect_service_error, is_timestamp, pages};

pub(crate) fn lambda(server: &Server) {
    let iam = client(server, "iam");
    let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let role = call(&iam, "create_role", json!({"RoleName": "lambda-role", "AssumeRolePolicyDocument": trust}));
    let lambda = client(server, "lambda");
    let function = |name: &str| {
        json!({
            "FunctionName": name, "Runtime": "python3.12", "Role": role["Role"]["Arn"], "Handler": "f.handler",
            "Code": {"ZipFile": blob(archive())}, "Description": ODD_TEXT, "Timeout": 7,
            "Environment": {"Variables": {"EMPTY": "", "ODD": ODD_TEXT}}, "Tags": {"a tag/with:odd": "x y"},
        })
    };
    let made = call(&lambda, "create_function", function("f-0"));
    assert_eq!(made["Description"], ODD_TEXT);
    assert_eq!(made["CodeSize"], json!(archive().len()));
    for n in 1..5 {
        call(&lambda, "create_function", function(&format!("f-{n}")));
    }
    let (functions, count) =
        pages(&lambda, "list_functions", &json!({"MaxItems": 2}), ("NextMarker", "Marker"), "Functions");
    assert_eq!(functions.len(), 5, "in {count} pages");

    // An ARN in the path, with encoded colons.
    let arn = &made["FunctionArn"];
    call(&lambda, "tag_resource", json!({"Resource": arn, "Tags": {"second": ODD_TEXT}}));
    call(&lambda, "untag_resource", json!({"Resource": arn, "TagKeys": ["a tag/with:odd", "absent"]}));
    assert_eq!(call(&lambda, "list_tags", json!({"Resource": arn}))["Tags"], json!({"second": ODD_TEXT}));

    let updated = call(&lambda, "update_function_configuration", json!({"FunctionName": "f-0", "MemorySize": 256}));
    assert_eq!(updated["MemorySize"], json!(256));
    let read = call(&lambda, "get_function", json!({"FunctionName": arn}));
    assert_eq!(read["Configuration"]["Environment"]["Variables"], json!({"EMPTY": "", "ODD": ODD_TEXT}));
    call(&lambda, "delete_function", json!({"FunctionName": "f-0"}));
    let error =
        expect_service_error(lambda.call("get_function", json!({"FunctionName": "f-0"})), "ResourceNotFoundException");
    assert_eq!(error.status(), 404);
    println!("lambda: a zip uploaded, 5 functions in {count} pages, ARNs in paths, tags in query strings");
}

pub(crate) fn apigateway(server: &Server) {
    let gateway = client(server, "apigateway");
    let api = call(
        &gateway,
        "create_rest_api",
        json!({"name": "odd", "description": ODD_TEXT, "binaryMediaTypes": ["image/png", "*/*"],
               "tags": {"k": ODD_TEXT}}),
    );
    assert_eq!(api["description"], ODD_TEXT);
    assert!(is_timestamp(&api["createdDate"]), "{api}");
    let id = &api["id"];
    let patch = json!([{"op": "replace", "path": "/name", "value": "new & <name>"}]);
    let patched = call(&gateway, "update_rest_api", json!({"restApiId": id, "patchOperations": patch}));
    assert_eq!(patched["name"], "new & <name>");
    let resources = call(&gateway, "get_resources", json!({"restApiId": id}));
    let root = &resources["items"][0]["id"];
    let made = call(&gateway, "create_resource", json!({"restApiId": id, "parentId": root, "pathPart": "{proxy+}"}));
    assert_eq!(made["path"], "/{proxy+}");
    let method = json!({
        "restApiId": id, "resourceId": made["id"], "httpMethod": "GET", "authorizationType": "NONE",
        "requestParameters": {"method.request.querystring.q": true, "method.request.header.h": false},
    });
    let put = call(&gateway, "put_method", method.clone());
    assert_eq!(put["requestParameters"], method["requestParameters"]);
    for n in 0..4 {
        call(&gateway, "create_api_key", json!({"name": format!("key-{n}"), "enabled": n % 2 == 0}));
    }
    let keys = call(&gateway, "get_api_keys", json!({"includeValues": true}));
    assert_eq!(column(keys["items"].as_array().unwrap(), "name"), ["key-0", "key-1", "key-2", "key-3"]);
    call(&gateway, "delete_rest_api", json!({"restApiId": id}));
    let error = expect_service_error(gateway.call("get_rest_api", json!({"restApiId": id})), "NotFoundException");
    assert_eq!(error.status(), 404);
    println!("apigateway: patches, braces in path parts, maps of booleans");
}

pub(crate) fn efs(server: &Server) {
    let efs = client(server, "efs");
    for n in 0..5 {
        // `CreationToken` is an idempotency token: generated unless it is given, as here.
        let token = if n == 0 { json!({"CreationToken": "t & u"}) } else { json!({}) };
        let made = call(&efs, "create_file_system", token);
        assert!(made["CreationToken"].as_str().is_some_and(|token| !token.is_empty()), "{made}");
        assert_eq!(made["SizeInBytes"]["Value"], json!(0));
    }
    let (systems, count) =
        pages(&efs, "describe_file_systems", &json!({"MaxItems": 2}), ("NextMarker", "Marker"), "FileSystems");
    assert_eq!(systems.len(), 5, "in {count} pages");
    let by_token = call(&efs, "describe_file_systems", json!({"CreationToken": "t & u"}));
    assert_eq!(by_token["FileSystems"].as_array().unwrap().len(), 1);
    let id = &by_token["FileSystems"][0]["FileSystemId"];
    call(&efs, "delete_file_system", json!({"FileSystemId": id}));
    let error =
        expect_service_error(efs.call("describe_file_systems", json!({"FileSystemId": id})), "FileSystemNotFound");
    assert_eq!(error.status(), 404);
    println!("efs: 5 file systems in {count} pages");
}

/// Blob payloads in requests and responses, in the value and as a separate body.
pub(crate) fn iot_data(server: &Server) {
    call(&client(server, "iot"), "create_thing", json!({"thingName": "odd:thing-1_2"}));
    let data = client(server, "iot-data");
    let document = json!({"state": {"desired": {"text": ODD_TEXT, "none": null}}});
    let inside = json!({"thingName": "odd:thing-1_2", "payload": blob(document.to_string())});
    let output = call(&data, "update_thing_shadow", inside);
    assert!(!bytes(&output["payload"]).unwrap().is_empty(), "{output}");
    let output = data
        .request("update_thing_shadow")
        .params(json!({"thingName": "odd:thing-1_2"}))
        .body(Body::from_seekable(Cursor::new(document.to_string())).unwrap())
        .send()
        .unwrap();
    assert_eq!(output.metadata.status, 200);
    let shadow = call(&data, "get_thing_shadow", json!({"thingName": "odd:thing-1_2"}));
    let shadow: serde_json::Value = serde_json::from_slice(&bytes(&shadow["payload"]).unwrap()).unwrap();
    assert_eq!(shadow["state"]["desired"]["text"], ODD_TEXT);
    let mut streamed = data.request("get_thing_shadow").params(json!({"thingName": "odd:thing-1_2"})).send().unwrap();
    let mut text = String::new();
    streamed.body.read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["state"], shadow["state"]);
    assert!(streamed.value.get("payload").is_none());
    let error = expect_service_error(
        data.call("get_thing_shadow", json!({"thingName": "absent"})),
        "ResourceNotFoundException",
    );
    assert_eq!(error.status(), 404);
    println!("iot-data: binary payloads in the value and as a separate body");
}

/// A zip archive with one empty, uncompressed file.
fn archive() -> Vec<u8> {
    let name = b"f.py";
    let mut zip = Vec::new();
    let common = [[20u8, 0].as_slice(), &[0; 20], &[4, 0, 0, 0]].concat();
    for part in [b"PK\x03\x04".as_slice(), &common, name] {
        zip.write_all(part).unwrap();
    }
    let directory = u8::try_from(zip.len()).unwrap();
    for part in [b"PK\x01\x02".as_slice(), &[20, 0], &common, &[0; 14], name] {
        zip.write_all(part).unwrap();
    }
    let size = u8::try_from(zip.len()).unwrap() - directory;
    for part in [b"PK\x05\x06".as_slice(), &[0, 0, 0, 0, 1, 0, 1, 0, size, 0, 0, 0, directory, 0, 0, 0, 0, 0]] {
        zip.write_all(part).unwrap();
    }
    zip
}
