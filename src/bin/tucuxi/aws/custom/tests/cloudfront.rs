use super::*;

#[test]
fn invalidations_are_made_of_paths() {
    let line = "cloudfront create-invalidation --distribution-id d --paths /a /b*";
    let mut batch = params(line)["InvalidationBatch"].clone();
    let reference = batch["CallerReference"].take();
    assert!(reference.as_str().is_some_and(|reference| reference.starts_with("cli-")), "{reference}");
    let expected = json!({"CallerReference": null, "Paths": {"Quantity": 2, "Items": ["/a", "/b*"]}});
    assert_eq!(batch, expected);
    assert_ne!(params(line)["InvalidationBatch"]["CallerReference"], reference);
    check_errors(&[
        (
            "cloudfront create-invalidation --distribution-id d --paths",
            252,
            "argument --paths: expected at least one argument",
        ),
        (
            "cloudfront create-invalidation --distribution-id d --paths / --invalidation-batch {}",
            252,
            "The key \"paths\" cannot be specified when one of the following keys are also specified: invalidation_batch",
        ),
    ]);
}

#[test]
fn distributions_are_made_of_an_origin() {
    let config =
        |options: &str| params(&format!("cloudfront create-distribution {options}"))["DistributionConfig"].clone();
    let bucket = config("--origin-domain-name b.s3.amazonaws.com --default-root-object index.html");
    let origin = &bucket["Origins"]["Items"][0];
    assert_eq!(bucket["DefaultRootObject"], "index.html");
    assert_eq!(bucket["Origins"]["Quantity"], 1);
    assert_eq!(origin["S3OriginConfig"], json!({"OriginAccessIdentity": ""}));
    assert_eq!(bucket["DefaultCacheBehavior"]["TargetOriginId"], origin["Id"]);
    let site = config("--origin-domain-name a.example");
    assert_eq!(
        site["Origins"]["Items"][0]["CustomOriginConfig"],
        json!({"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"})
    );
    assert_eq!(site.get("DefaultRootObject"), None);
    assert_eq!(config("--default-root-object x")["DefaultCacheBehavior"]["TargetOriginId"], "placeholder");
    let both = "cannot be specified when one of the following keys are also specified: distribution_config";
    assert_eq!(
        error("cloudfront create-distribution --origin-domain-name x --distribution-config {}"),
        (252, format!("The key \"origin_domain_name\" {both}"))
    );
    assert_eq!(
        error("cloudfront update-distribution --id i --default-root-object x --distribution-config {}"),
        (252, format!("The key \"default_root_object\" {both}"))
    );
}

#[test]
fn an_update_of_the_root_object_keeps_the_rest() {
    let (_, request) = read("cloudfront update-distribution --id i --default-root-object new.html").unwrap();
    let mut params = request.params;
    let first = request.first.unwrap();
    assert_eq!((first.operation, Value::Object(first.params(&params))), ("GetDistributionConfig", json!({"Id": "i"})));
    let response = json!({"ETag": "E", "DistributionConfig": {"Comment": "c", "DefaultRootObject": "old.html"}});
    crate::aws::custom::complete(first.complete, &response, &mut params);
    assert_eq!(
        Value::Object(params),
        json!({
            "Id": "i",
            "IfMatch": "E",
            "DistributionConfig": {"Comment": "c", "DefaultRootObject": "new.html"},
        })
    );
    let (_, request) = read("cloudfront update-distribution --id i --if-match E --distribution-config {}").unwrap();
    assert!(request.first.is_none());
}
