//! The REST XML protocol.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{ODD_TEXT, call, client, column, expect_service_error, is_timestamp, pages};

pub(crate) fn route53(server: &Server) {
    let route53 = client(server, "route53");
    let zone = |name: &str, reference: &str| json!({"Name": name, "CallerReference": reference, "HostedZoneConfig": {"Comment": ODD_TEXT}});
    let made = route53.request("create_hosted_zone").params(zone("example.com.", "r & <1>")).send().unwrap();
    assert_eq!(made.metadata.status, 201);
    assert!(made.value["Location"].as_str().is_some_and(|url| url.contains("hostedzone")), "{}", made.value);
    let id = &made.value["HostedZone"]["Id"];
    let read = call(&route53, "get_hosted_zone", json!({"Id": id}));
    assert_eq!(read["HostedZone"]["Config"]["Comment"], ODD_TEXT);
    assert_eq!(read["HostedZone"]["Config"]["PrivateZone"], json!(false));
    for n in 0..4 {
        call(&route53, "create_hosted_zone", zone(&format!("zone-{n}.example."), &n.to_string()));
    }
    let (zones, count) =
        pages(&route53, "list_hosted_zones", &json!({"MaxItems": "2"}), ("NextMarker", "Marker"), "HostedZones");
    assert_eq!(column(&zones, "Name")[0], "example.com.", "in {count} pages");
    assert_eq!(zones.len(), 5);

    let record = |action: &str, name: &str, kind: &str, values: &[&str]| -> Value {
        let values: Vec<Value> = values.iter().map(|value| json!({"Value": value})).collect();
        json!({"Action": action, "ResourceRecordSet": {
            "Name": name, "Type": kind, "TTL": 2_147_483_647, "ResourceRecords": values,
        }})
    };
    let text = "\"v=spf1 <&> a='b' 100% \\303\\244\"";
    let changed = call(
        &route53,
        "change_resource_record_sets",
        json!({"HostedZoneId": id, "ChangeBatch": {"Comment": ODD_TEXT, "Changes": [
            record("CREATE", "a.example.com.", "A", &["192.0.2.1", "192.0.2.2"]),
            record("UPSERT", "\\052.example.com.", "TXT", &[text]),
        ]}}),
    );
    assert!(is_timestamp(&changed["ChangeInfo"]["SubmittedAt"]), "{changed}");
    let records = call(&route53, "list_resource_record_sets", json!({"HostedZoneId": id}));
    let records = records["ResourceRecordSets"].as_array().unwrap();
    let of_type = |kind: &str| records.iter().find(|record| record["Type"] == kind).unwrap();
    assert_eq!(of_type("TXT")["ResourceRecords"], json!([{"Value": text}]));
    assert_eq!(of_type("TXT")["TTL"], json!(2_147_483_647));
    assert_eq!(of_type("A")["ResourceRecords"].as_array().unwrap().len(), 2);

    let tags = json!({"ResourceType": "hostedzone", "ResourceId": bare(id), "AddTags": [
        {"Key": "k", "Value": ODD_TEXT}, {"Key": "empty", "Value": ""},
    ]});
    call(&route53, "change_tags_for_resource", tags);
    let read = call(&route53, "list_tags_for_resource", json!({"ResourceType": "hostedzone", "ResourceId": bare(id)}));
    assert_eq!(column(read["ResourceTagSet"]["Tags"].as_array().unwrap(), "Value"), ["", ODD_TEXT]);

    let absent = json!({"HostedZoneId": id, "ChangeBatch": {"Changes": [
        record("DELETE", "absent.example.com.", "A", &["192.0.2.1"]),
    ]}});
    let error = expect_service_error(route53.call("change_resource_record_sets", absent), "InvalidInput");
    assert_eq!(error.body()["message"], error.message());
    let error = expect_service_error(route53.call("get_hosted_zone", json!({"Id": "ZABSENT"})), "NoSuchHostedZone");
    assert_eq!(error.status(), 404);
    println!("route53: {} zones in {count} pages, records and tags with unusual text", zones.len());
}

pub(crate) fn cloudfront(server: &Server) {
    let cloudfront = client(server, "cloudfront");
    let config = |reference: &str| {
        json!({
            "CallerReference": reference, "Comment": ODD_TEXT, "Enabled": false, "DefaultRootObject": "",
            "Aliases": {"Quantity": 2, "Items": ["a.example.com", "b.example.com"]},
            "Origins": {"Quantity": 1, "Items": [{
                "Id": "o", "DomainName": "bucket.s3.us-east-1.amazonaws.com", "OriginPath": "/p",
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            }]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 9_007_199_254_740_993_i64,
                "ForwardedValues": {"QueryString": true, "Cookies": {"Forward": "none"}},
                "TrustedSigners": {"Enabled": false, "Quantity": 0},
            },
        })
    };
    let made = call(&cloudfront, "create_distribution", json!({"DistributionConfig": config("first")}));
    let id = &made["Distribution"]["Id"];
    assert!(made["ETag"].as_str().is_some_and(|tag| !tag.is_empty()), "a member from a header: {made}");
    let read = call(&cloudfront, "get_distribution", json!({"Id": id}));
    let kept = &read["Distribution"]["DistributionConfig"];
    assert_eq!(kept["Comment"], ODD_TEXT);
    assert_eq!(kept["Aliases"]["Items"], json!(["a.example.com", "b.example.com"]));
    assert_eq!(kept["Enabled"], json!(false));
    assert_eq!(kept["DefaultCacheBehavior"]["MinTTL"], json!(9_007_199_254_740_993_i64), "exact beyond 2^53");

    let mut next = config("first");
    next["Comment"] = json!("");
    let update = json!({"Id": id, "IfMatch": read["ETag"], "DistributionConfig": next});
    let updated = call(&cloudfront, "update_distribution", update);
    assert_eq!(updated["Distribution"]["DistributionConfig"]["Comment"], "");
    let listed = call(&cloudfront, "list_distributions", json!({}));
    assert_eq!(listed["DistributionList"]["Quantity"], json!(1));
    assert_eq!(listed["DistributionList"]["IsTruncated"], json!(false));
    let stale = cloudfront.call("delete_distribution", json!({"Id": id}));
    expect_service_error(stale, "InvalidIfMatchVersion");
    call(&cloudfront, "delete_distribution", json!({"Id": id, "IfMatch": read["ETag"]}));
    let error = expect_service_error(cloudfront.call("get_distribution", json!({"Id": id})), "NoSuchDistribution");
    assert_eq!(error.status(), 404);
    println!("cloudfront: a deep document, entity tags from headers, exact numbers");
}

/// Bucket configuration; s3s-fs tests objects.
pub(crate) fn s3(server: &Server) {
    let s3 = client(server, "s3");
    let of = |more: Value| {
        let mut params = json!({"Bucket": "configured"});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    call(&s3, "create_bucket", of(json!({})));
    call(&s3, "put_bucket_versioning", of(json!({"VersioningConfiguration": {"Status": "Enabled"}})));
    assert_eq!(call(&s3, "get_bucket_versioning", of(json!({}))), json!({"Status": "Enabled"}));

    let tags = json!([{"Key": "k", "Value": "a+b = c/d"}, {"Key": "é", "Value": "<世界>"}]);
    call(&s3, "put_bucket_tagging", of(json!({"Tagging": {"TagSet": tags}})));
    assert_eq!(call(&s3, "get_bucket_tagging", of(json!({})))["TagSet"], tags);
    call(&s3, "delete_bucket_tagging", of(json!({})));
    assert_eq!(expect_service_error(s3.call("get_bucket_tagging", of(json!({}))), "NoSuchTagSet").status(), 404);

    let rules = json!([{
        "ID": "r & <1>", "Status": "Enabled", "Filter": {"And": {
            "Prefix": "logs/", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
        }},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}],
        "Expiration": {"Days": 365}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }]);
    call(&s3, "put_bucket_lifecycle_configuration", of(json!({"LifecycleConfiguration": {"Rules": rules}})));
    assert_eq!(call(&s3, "get_bucket_lifecycle_configuration", of(json!({})))["Rules"], rules);

    let rules = json!([{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example.com"],
                        "AllowedHeaders": ["*"], "MaxAgeSeconds": 3000}]);
    call(&s3, "put_bucket_cors", of(json!({"CORSConfiguration": {"CORSRules": rules}})));
    assert_eq!(call(&s3, "get_bucket_cors", of(json!({})))["CORSRules"], rules);

    // The type of a grantee is an attribute with a namespace.
    let owner = call(&s3, "get_bucket_acl", of(json!({})))["Owner"].clone();
    let all = json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"});
    let policy = json!({"Owner": owner, "Grants": [{"Grantee": all, "Permission": "READ"}]});
    call(&s3, "put_bucket_acl", of(json!({"AccessControlPolicy": policy})));
    assert_eq!(call(&s3, "get_bucket_acl", of(json!({})))["Grants"][0]["Grantee"], all);

    // A policy is a JSON body, not XML.
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
                        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::configured/*"}]});
    call(&s3, "put_bucket_policy", of(json!({"Policy": policy.to_string()})));
    let read = call(&s3, "get_bucket_policy", of(json!({})));
    assert_eq!(serde_json::from_str::<Value>(read["Policy"].as_str().unwrap()).unwrap(), policy);

    let object = of(json!({"Key": "k", "Tagging": "a=b%20c&d=", "StorageClass": "STANDARD_IA"}));
    let versions = [&object, &object].map(|object| call(&s3, "put_object", object.clone())["VersionId"].clone());
    let tags = call(&s3, "get_object_tagging", of(json!({"Key": "k", "VersionId": versions[0]})));
    assert_eq!(column(tags["TagSet"].as_array().unwrap(), "Value"), ["", "b c"]);
    let listed = call(&s3, "list_object_versions", of(json!({})));
    assert_eq!(listed["Versions"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed["Versions"][0]["IsLatest"], json!(true));
    let deleted = call(&s3, "delete_object", of(json!({"Key": "k"})));
    assert_eq!(deleted["DeleteMarker"], json!(true), "a boolean from a header: {deleted}");
    println!("s3: seven documents of a bucket, versions of an object");
}

/// The id without its path prefix.
fn bare(id: &Value) -> &str {
    id.as_str().unwrap().rsplit('/').next().unwrap()
}
