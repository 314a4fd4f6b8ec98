use serde_json::json;

use super::*;
use crate::Session;
use crate::credentials::Credentials;
use crate::model::arbitrary::{Rng, random_shapes_json, random_value};
use crate::model::validate::validate;
use crate::protocol::{PROTOCOLS, Serialized};

/// A model with an operation `Do` whose input is `S0`, with random traits on its members.
fn model(protocol: &str, rng: &mut Rng) -> Value {
    let mut shapes = random_shapes_json(rng);
    let scalars = ["string", "boolean", "long", "double", "timestamp"];
    for (name, shape) in shapes.as_object_mut().unwrap() {
        for (member, target) in shape["members"].as_object_mut().into_iter().flatten() {
            let is_scalar = scalars.contains(&target["shape"].as_str().unwrap());
            match rng.below(12) {
                0 => target["locationName"] = json!(format!("renamed{member}")),
                1 => target["flattened"] = json!(true),
                2 => target["timestampFormat"] = json!("iso8601"),
                3 => target["xmlNamespace"] = json!({"uri": "https://names.example"}),
                4 if is_scalar => target["xmlAttribute"] = json!(true),
                5 if name == "S0" && is_scalar => target["location"] = json!("header"),
                6 if name == "S0" && is_scalar => target["location"] = json!("querystring"),
                7 if name == "S0" && is_scalar => target["contextParam"] = json!({"name": "Any"}),
                _ => {}
            }
        }
        if shape["type"] == "list" && rng.below(3) == 0 {
            shape["member"]["locationName"] = json!("one");
        }
    }
    json!({
        "metadata": {
            "apiVersion": "2020-01-01", "endpointPrefix": "direct", "jsonVersion": "1.1", "protocol": protocol,
            "protocols": [protocol], "serviceId": "Direct", "signatureVersion": "v4", "targetPrefix": "Direct"
        },
        "operations": {"Do": {
            "name": "Do", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "S0"}
        }},
        "shapes": shapes
    })
}

fn session(model: Value) -> Session {
    let session = Session::builder().region("eu-west-1").credentials(Credentials::new("AKID", "secret"));
    session.endpoint_url("https://direct.example").model("direct", model).build().unwrap()
}

fn shown(request: Result<Serialized>) -> Result<String, String> {
    request.map(|request| format!("{request:?}")).map_err(|error| error.to_string())
}

#[test]
fn what_is_written_directly_is_what_a_value_becomes() {
    let mut rng = Rng::new(5);
    let (mut written, mut valid) = (0, 0);
    for round in 0..120 {
        let (protocol, _) = PROTOCOLS[round % PROTOCOLS.len()];
        let client = session(model(protocol, &mut rng)).client("direct").unwrap();
        let service = &client.runtime().service;
        let plan = service.operation("do").unwrap();
        // Some have nothing in the document.
        if plan.direct_input.is_none() {
            continue;
        }
        let (operation, protocol) = (&plan.operation, service.protocol);
        let shapes = operation.input.as_ref().unwrap();
        for index in 0..40 {
            let given = random_value(&mut rng, shapes, shapes.root(), index % 4 > 0);
            let params = given_params(operation, &given).unwrap();
            if params.is_null() {
                continue;
            }
            let is_valid = validate(shapes, &params, Validation::Standard, None).is_ok();
            valid += usize::from(is_valid);
            let Some((kept, document)) = write(client.runtime(), plan, &given) else { continue };
            assert!(is_valid, "{params} is not valid");
            written += 1;
            let direct = protocol.request(&service.model, operation, &kept, document);
            let expected = protocol.serialize(&service.model, operation, params.as_object().unwrap());
            assert_eq!(shown(direct), shown(expected), "{} {params}", service.protocol_name);
        }
    }
    assert!(written > 1500 && written > valid * 9 / 10, "{written} of {valid}");
}

#[test]
fn large_inputs_of_bundled_services_are_written_directly() {
    let session = session(json!({"metadata": {"protocol": "json"}, "operations": {}, "shapes": {}}));
    for (service, operation, is_direct) in [
        ("dynamodb", "batch_write_item", true),
        ("dynamodb", "transact_write_items", true),
        ("kinesis", "put_records", true),
        ("logs", "put_log_events", true),
        ("cloudwatch", "put_metric_data", true),
        ("cloudfront", "create_distribution", true),
        ("bedrock-runtime", "converse", true),
        ("timestream-write", "write_records", true),
        ("sqs", "send_message_batch", true),
        ("s3", "delete_objects", true),
        ("s3", "complete_multipart_upload", true),
        // There is no document.
        ("s3", "put_object", false),
        // The read timeout depends on a parameter.
        ("sqs", "receive_message", false),
        // A quirk encodes the user data.
        ("ec2", "run_instances", false),
    ] {
        let client = session.client(service).unwrap();
        let plan = client.runtime().service.operation(operation).unwrap();
        assert_eq!(plan.direct_input.is_some(), is_direct, "{service} {operation}");
    }
}

#[test]
fn endpoint_depends_on_kept_outline() {
    let session = session(json!({"metadata": {"protocol": "json"}, "operations": {}, "shapes": {}}));
    let client = session.client("dynamodb").unwrap();
    let plan = client.runtime().service.operation("transact_write_items").unwrap();
    let given = json!({
        "TransactItems": [{"Put": {"TableName": "people", "Item": {"id": {"S": "1"}}}}], "ReturnConsumedCapacity": "NONE"
    });
    let (kept, document) = write(client.runtime(), plan, &given).unwrap();
    let outline = json!({"TransactItems": [{"Put": {"TableName": "people", "Item": null}}]});
    let token = kept.get("ClientRequestToken");
    assert_eq!(kept.get("TransactItems"), outline.get("TransactItems"));
    assert!(token.is_none());
    let document: Value = serde_json::from_slice(&document.unwrap()).unwrap();
    assert_eq!(document["TransactItems"], given["TransactItems"]);
    assert!(document["ClientRequestToken"].is_string());
}
