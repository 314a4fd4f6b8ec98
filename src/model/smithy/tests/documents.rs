//! Documents for each rule of the format.

use super::*;
use crate::model::shape::{Kind, Location};

fn input_members(model: &ServiceModel, operation: &str) -> Vec<String> {
    let operation = model.operation(operation).unwrap();
    operation.input_structure().unwrap().members.iter().map(|member| member.name.to_string()).collect()
}

#[test]
fn documents_are_recognized_by_their_first_keys() {
    for (text, expected) in [
        (r#"{"smithy":"2.0","shapes":"#, true),
        (r#"{"metadata":{"suppressions":[]},"smithy":"1.0""#, true),
        (r#"{"shapes":{"a.b#C":{"#, true),
        (r#"{"metadata":{},"shapes":{"a.b#C":{"#, true),
        (r#"{"version":"2.0","metadata":{"apiVersion":"1"},"smithy":"2.0"}"#, false),
        (r#"{"metadata":{"apiVersion":"1"},"shapes":{"C":{}}}"#, false),
        (r#"{"shapes":{}}"#, false),
        ("[]", false),
        ("", false),
    ] {
        assert_eq!(is_smithy(text), expected, "{text}");
    }
}

#[test]
fn operations_are_those_of_the_service_and_of_all_resources() {
    let operation = json!({"type": "operation"});
    let target = |name: &str| json!({ "target": format!("x#{name}") });
    let shapes = json!({
        "x#Own": operation, "x#Create": operation, "x#Put": operation, "x#Read": operation, "x#Update": operation,
        "x#Delete": operation, "x#List": operation, "x#Instance": operation, "x#Collection": operation,
        "x#Unreached": operation,
        "x#Outer": {
            "type": "resource", "create": target("Create"), "put": target("Put"), "read": target("Read"),
            "update": target("Update"), "delete": target("Delete"), "list": target("List"),
            "resources": [target("Inner")],
        },
        "x#Inner": {
            "type": "resource", "operations": [target("Instance")], "collectionOperations": [target("Collection")],
            // A circle is not valid, and must not be endless.
            "resources": [target("Outer")],
        },
    });
    let service = json!({"operations": [target("Own")], "resources": [target("Outer")]});
    let model = model(document("aws.protocols#awsJson1_0", &service, shapes));
    let names: Vec<&str> = model.operation_names().collect();
    assert_eq!(names, ["Collection", "Create", "Delete", "Instance", "List", "Own", "Put", "Read", "Update"]);
}

#[test]
fn mixins_add_members_and_traits() {
    let shapes = json!({
        "x#Op": {"type": "operation", "input": {"target": "x#In"}},
        "x#First": {
            "type": "structure", "members": {"A": {"target": "smithy.api#String"}},
            "traits": {"smithy.api#mixin": {"localTraits": ["smithy.api#sensitive"]}, "smithy.api#sensitive": {}},
        },
        "x#Second": {
            "type": "structure", "mixins": [{"target": "x#First"}], "members": {"B": {"target": "smithy.api#Integer"}},
            "traits": {"smithy.api#mixin": {}},
        },
        "x#In": {
            "type": "structure", "mixins": [{"target": "x#Second"}], "members": {"C": {"target": "smithy.api#Long"}},
        },
        // Members that are inherited get traits by statements.
        "x#In$A": {"type": "apply", "traits": {"smithy.api#required": {}}},
    });
    let model = model(document("aws.protocols#awsJson1_0", &json!({"operations": [{"target": "x#Op"}]}), shapes));
    assert_eq!(input_members(&model, "Op"), ["A", "B", "C"]);
    let operation = model.operation("op").unwrap();
    assert_eq!(*operation.input_structure().unwrap().required, [0]);
    assert!(!operation.input.as_ref().unwrap().root().sensitive);
}

#[test]
fn names_that_several_shapes_have_are_told_apart() {
    let shapes = json!({
        "x#Op": {"type": "operation", "input": {"target": "x#In"}},
        "x#In": {"type": "structure", "members": {
            "Own": {"target": "x#String"}, "Preluded": {"target": "smithy.api#String"},
            "Here": {"target": "x#Thing"}, "There": {"target": "y#Thing"}, "Renamed": {"target": "z#Thing"},
        }},
        "x#String": {"type": "string", "traits": {"smithy.api#length": {"min": 3}}},
        "x#Thing": {"type": "integer"}, "y#Thing": {"type": "boolean"}, "z#Thing": {"type": "blob"},
    });
    let service = json!({"operations": [{"target": "x#Op"}], "rename": {"z#Thing": "OtherThing"}});
    let model = model(document("aws.protocols#awsJson1_0", &service, shapes));
    let operation = model.operation("Op").unwrap();
    let shapes = operation.input.as_ref().unwrap();
    let shape = |name: &str| {
        let (_, member) = operation.input_structure().unwrap().by_name(name).unwrap();
        shapes.get(member.target.shape)
    };
    assert_eq!(shape("Own").constraints.min, Some(3.0));
    assert_eq!(shape("Preluded").constraints.min, None);
    assert!(matches!(shape("Here").kind, Kind::Integer) && &*shape("Here").name == "x#Thing");
    assert!(matches!(shape("There").kind, Kind::Boolean));
    assert!(matches!(shape("Renamed").kind, Kind::Blob) && &*shape("Renamed").name == "OtherThing");
}

#[test]
fn bindings_count_only_where_the_format_says() {
    let bound = json!({"type": "structure", "members": {
        "Label": {"target": "smithy.api#String", "traits": {"smithy.api#httpLabel": {}, "smithy.api#required": {}}},
        "Query": {"target": "smithy.api#String", "traits": {"smithy.api#httpQuery": "q"}},
        "Header": {"target": "smithy.api#String", "traits": {"smithy.api#httpHeader": "x-h"}},
        "Code": {"target": "smithy.api#Integer", "traits": {"smithy.api#httpResponseCode": {}}},
        "Again": {"target": "x#Both"},
    }});
    let shapes = json!({
        "x#Op": {
            "type": "operation", "input": {"target": "x#Both"}, "output": {"target": "x#Both"},
            "traits": {"smithy.api#http": {"method": "PUT", "uri": "/a/{Label}", "code": 200}},
        },
        "x#Both": bound,
    });
    let model = model(document("aws.protocols#restJson1", &json!({"operations": [{"target": "x#Op"}]}), shapes));
    let operation = model.operation("Op").unwrap();
    let locations = |shapes: &crate::model::shape::Shapes, id| -> Vec<Location> {
        shapes.structure(id).unwrap().members.iter().map(|member| member.target.location).collect()
    };
    use Location::{Body, Header, Query, StatusCode, Uri};
    let (input, output) = (operation.input.as_ref().unwrap(), operation.output.as_ref().unwrap());
    assert_eq!(locations(input, input.root().shape), [Uri, Query, Header, Body, Body]);
    assert_eq!(locations(output, output.root().shape), [Body, Body, Header, StatusCode, Body]);
    for shapes in [input, output] {
        let nested = shapes.root_structure().unwrap().by_name("Again").unwrap().1.target.shape;
        assert_eq!(locations(shapes, nested), [Body; 5]);
        assert_eq!(&*shapes.get(nested).name, "Both");
    }
}

#[test]
fn types_of_both_versions_are_read() {
    let member = |id: &str| json!({ "target": id });
    let shapes = json!({
        "x#Op": {"type": "operation", "input": {"target": "x#In"}, "output": {"target": "smithy.api#Unit"}},
        "x#In": {"type": "structure", "members": {
            "Set": member("x#Set"), "Int": member("x#Int"), "Big": member("smithy.api#BigDecimal"),
            "Old": member("x#Old"), "New": member("x#New"), "Free": member("smithy.api#Document"),
            "Choice": member("x#Choice"), "Byte": member("smithy.api#Byte"), "Primitive": member("smithy.api#PrimitiveLong"),
        }},
        "x#Set": {"type": "set", "member": {"target": "smithy.api#String"}},
        "x#Int": {"type": "intEnum", "members": {
            "ONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": 1}},
        }},
        "x#Old": {"type": "string", "traits": {"smithy.api#enum": [{"value": "a", "name": "A"}, {"value": "b"}]}},
        "x#New": {"type": "enum", "members": {
            "A": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": "a"}}, "B": {"target": "smithy.api#Unit"},
        }},
        "x#Choice": {"type": "union", "members": {"Nothing": {"target": "smithy.api#Unit"}}},
    });
    let text = document("aws.protocols#awsJson1_0", &json!({"operations": [{"target": "x#Op"}]}), shapes);
    let model = model(text.replace("\"smithy\":\"2.0\"", "\"smithy\":\"1.0\""));
    let operation = model.operation("Op").unwrap();
    assert!(operation.output.is_none());
    let shapes = operation.input.as_ref().unwrap();
    let shape = |name: &str| shapes.get(operation.input_structure().unwrap().by_name(name).unwrap().1.target.shape);
    let values = |name: &str| shape(name).constraints.values.iter().map(|value| value.to_string()).collect::<Vec<_>>();
    assert_eq!((values("Old"), values("New")), (vec!["a".into(), "b".into()], vec!["a".into(), "B".into()]));
    assert!(matches!(shape("Set").kind, Kind::List(_)));
    assert!(matches!((&shape("Int").kind, &shape("Byte").kind), (Kind::Integer, Kind::Integer)));
    assert!(matches!(shape("Big").kind, Kind::Double));
    assert!(matches!(&shape("Free").kind, Kind::Structure(structure) if structure.document));
    assert!(matches!(&shape("Choice").kind, Kind::Structure(structure) if structure.union));
}

#[test]
fn errors_have_the_ids_of_their_shapes() {
    let operation = |name: &str| json!({"type": "operation", "input": {"target": format!("x#{name}")}});
    let of = |member: Value| json!({"type": "structure", "members": {"M": member}});
    for (shape, expected) in [
        (of(json!({"target": "x#Gone"})), "x#In$M: there is no shape x#Gone"),
        (of(json!({"target": "x#Op"})), "x#Op: shapes of type operation cannot be values"),
        (
            of(json!({"target": "smithy.api#String", "traits": {"smithy.api#httpHeader": 3}})),
            "x#In$M: trait smithy.api#httpHeader: invalid type: integer `3`, expected a string",
        ),
        (json!({"type": "list"}), "x#In: a list without its member"),
        (json!({"type": "strange"}), "x#In: shapes of type strange cannot be values"),
        (json!({"type": "structure", "mixins": [{"target": "x#In"}]}), "x#In: its mixins are nested without end"),
        (json!({"type": "structure", "members": 3}), "x#In: invalid type: integer `3`, expected an object"),
    ] {
        let mut shapes = json!({ "x#Op": operation("In"), "x#In": shape });
        shapes["x#Op"]["traits"] = json!({"smithy.api#http": {"method": "GET", "uri": "/"}});
        let text = document("aws.protocols#restJson1", &json!({"operations": [{"target": "x#Op"}]}), shapes);
        let error = model(text).operation("Op").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\n  is not\n{expected}");
    }
}

#[test]
fn what_is_no_service_is_refused() {
    let parse = |text: &str| ServiceModel::parse("svc", "", text.to_owned(), "svc.json", protocol::naming).unwrap_err();
    for (text, expected) in [
        (r#"{"smithy":"3.0","shapes":{}}"#, "Smithy version \"3.0\" is unknown, expected 1.0 or 2.0"),
        (r#"{"smithy":"2.0","shapes":{}}"#, "the Smithy model has no service shape"),
        (r#"{"smithy":"2.0","shapes":{"a#B":{"type":"service"}}}"#, "a#B: it has no protocol trait"),
        (
            r#"{"smithy":"2.0","shapes":{"a#B":{"type":"service","traits":{"smithy.protocols#rpcv2Json":{}}}}}"#,
            "a#B: none of its protocols is known (smithy.protocols#rpcv2Json)",
        ),
        (
            r#"{"smithy":"2.0","shapes":{"a#B":{"type":"service"},"a#C":{"type":"service"}}}"#,
            "the Smithy model has several services (a#B, a#C), expected one",
        ),
        (
            r#"{"smithy":"2.0","shapes":{"a#B":{"type":"service","operations":[{"target":"a#O"}],"traits":{"aws.protocols#awsQuery":{}}}}}"#,
            "there is no shape a#O",
        ),
    ] {
        let error = parse(text).to_string();
        assert_eq!(error, format!("svc.json: {expected}"));
    }
}

#[test]
fn protocols_have_the_order_of_the_crate() {
    let mut names: Vec<&str> = super::super::service::SMITHY_PROTOCOLS.iter().map(|(_, _, name, _)| *name).collect();
    names.dedup();
    let known: Vec<&str> = protocol::PROTOCOLS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known);
}
