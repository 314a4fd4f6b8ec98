//! `s3 ls`, `s3 mb`, `s3 rb`, `s3 presign` and `s3 website`.

use super::{Ran, Server, bare, ok, response, tucuxi};

/// A page of `ListObjectsV2`: objects with their sizes, prefixes, and the token of the next page.
fn page(objects: &[(&str, u64)], prefixes: &[&str], token: &str) -> Vec<u8> {
    let objects = objects.iter().map(|(key, size)| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2015-07-02T23:54:56.999Z</LastModified><Size>{size}</Size></Contents>"
        )
    });
    let prefixes = prefixes.iter().map(|name| format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"));
    let items: String = objects.chain(prefixes).collect();
    let token = match token {
        "" => "<IsTruncated>false</IsTruncated>".to_owned(),
        token => format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"),
    };
    ok(format!("<ListBucketResult><EncodingType>url</EncodingType>{items}{token}</ListBucketResult>"))
}

fn buckets(names: &[&str]) -> Vec<u8> {
    let bucket = |name: &&str| {
        format!("<Bucket><Name>{name}</Name><CreationDate>2019-12-31T23:59:59.123Z</CreationDate></Bucket>")
    };
    let buckets: String = names.iter().map(bucket).collect();
    ok(format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"))
}

fn failure(status: &str, code: &str) -> Vec<u8> {
    response(status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>").as_bytes())
}

/// Runs a line, and returns how it ended and the first lines of the requests without their version.
fn run(line: &str, responses: &[Vec<u8>]) -> (Ran, Vec<String>) {
    let server = Server::with_responses(responses);
    let ran = tucuxi(line).endpoint(&server).run();
    let received = server.received.lock().unwrap();
    let requests = received.iter().map(|request| request.line.trim_end_matches(" HTTP/1.1").to_owned());
    (ran, requests.collect())
}

#[test]
fn objects_are_listed_with_times_sizes_and_the_ends_of_keys() {
    let responses =
        [page(&[("a/x%20y", 1), ("a/long", 123_456_789_012)], &["a/p/", "a//"], "T/+"), page(&[("a/", 0)], &[], "")];
    let expected = "                           PRE p/\n                           PRE /\n\
                    2015-07-02 23:54:56          1 x y\n2015-07-02 23:54:56 123456789012 long\n\
                    2015-07-02 23:54:56          0 \n";
    for line in ["s3 ls s3://b/a/", "s3 ls b/a/"] {
        let (ran, requests) = run(line, &responses);
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (0, expected, ""));
        assert_eq!(
            requests,
            [
                "GET /b?list-type=2&prefix=a%2F&delimiter=%2F&encoding-type=url",
                "GET /b?list-type=2&prefix=a%2F&delimiter=%2F&continuation-token=T%2F%2B&encoding-type=url",
            ]
        );
    }
}

#[test]
fn recursive_listings_have_whole_keys_and_summaries() {
    let responses = [page(&[("a/b", 1), ("c", 1536)], &[], "")];
    let line = "s3 ls s3://b --recursive --human-readable --summarize --page-size 5 --request-payer";
    let (ran, requests) = run(line, &responses);
    let expected = "2015-07-02 23:54:56     1 Byte a/b\n2015-07-02 23:54:56    1.5 KiB c\n\
                    \nTotal Objects: 2\n   Total Size: 1.5 KiB\n";
    assert_eq!((ran.code, ran.text()), (0, expected));
    assert_eq!(requests, ["GET /b?list-type=2&prefix=&max-keys=5&encoding-type=url"]);
}

#[test]
fn a_prefix_without_objects_is_a_failure_and_an_empty_bucket_is_none() {
    for (line, code) in [("s3 ls s3://b/nope", 1), ("s3 ls s3://b/nope --recursive", 1), ("s3 ls s3://b", 0)] {
        let (ran, _) = run(line, &[page(&[], &[], "")]);
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (code, "", ""), "{line}");
    }
    let (ran, _) = run("s3 ls s3://b/n", &[page(&[], &[], "T"), page(&[("n", 1)], &[], "")]);
    assert_eq!(ran.code, 0);
}

#[test]
fn buckets_are_listed_in_the_time_of_the_machine() {
    let server = Server::with_response(buckets(&["a", "b-c"]));
    let ran = tucuxi("s3 ls --bucket-name-prefix x --page-size 2").endpoint(&server).env("TZ", "CET-1CEST").run();
    assert_eq!((ran.code, ran.text()), (0, "2020-01-01 00:59:59 a\n2020-01-01 00:59:59 b-c\n"));
    assert_eq!(server.request().line, "GET /?prefix=x&max-buckets=2 HTTP/1.1");
}

#[test]
fn what_was_listed_before_an_error_is_printed() {
    let (ran, _) = run("s3 ls s3://b", &[page(&[("a", 1)], &[], "T"), failure("403 Forbidden", "AccessDenied")]);
    let error = "\ntucuxi: [ERROR]: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: no\n";
    assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (254, "2015-07-02 23:54:56          1 a\n", error));
}

#[test]
fn wrong_lines_send_nothing() {
    for (line, code, part) in [
        ("s3 ls s3://a s3://b", 252, "Unknown options: s3://b"),
        ("s3 ls s3://b --page-size x", 255, "invalid literal for int() with base 10: 'x'"),
        ("s3 ls s3://b --request-payer me", 252, "argument --request-payer: Found invalid choice 'me'"),
        ("s3 ls s3://arn:aws:sns:x", 252, "Invalid bucket name \"arn:aws:sns:x\": Bucket name must match"),
        (
            "s3 ls s3://arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/bucket/b",
            252,
            "s3 commands do not support Outpost Bucket ARNs. Use s3control commands instead.",
        ),
        ("s3 mb b", 252, "<S3Uri>\nError: Invalid argument type"),
        ("s3 mb s3://b--use1-az1--x-s3", 252, "Cannot use mb command with a directory bucket."),
        ("s3 mb s3://b --tags k", 252, "argument --tags: expected 2 arguments"),
        ("s3 mb", 252, "the following arguments are required: path"),
        ("s3 mb s3://b_ß", 1, "make_bucket failed: s3://b_ß Parameter validation failed:\nInvalid bucket name"),
        ("s3 rb s3://b/k", 252, "Please specify a valid bucket name only. E.g. s3://b"),
        ("s3 presign s3://b", 252, "Invalid length for parameter Key, value: 0, valid min length: 1"),
        ("s3 presign s3://b/k --expires-in 604801", 252, "--expires-in 604801: expected 1 to 604800 seconds"),
        ("s3 website s3://b/k", 252, "Invalid bucket name \"b/k\""),
    ] {
        let (ran, requests) = run(line, &[ok("")]);
        assert_eq!((ran.code, ran.text()), (code, ""), "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{line}: {}", ran.stderr);
        assert!(requests.is_empty(), "{line}");
    }
}

#[test]
fn buckets_are_made_in_the_region_of_the_client() {
    for (line, body) in [
        ("s3 mb s3://b", "<LocationConstraint>eu-west-1</LocationConstraint>"),
        ("s3 mb s3://b/k --region us-east-1", ""),
        (
            "s3 mb s3://b --tags k v --tags l w",
            "<LocationConstraint>eu-west-1</LocationConstraint><Tags><Tag><Key>k</Key><Value>v</Value></Tag><Tag>\
             <Key>l</Key><Value>w</Value></Tag></Tags>",
        ),
    ] {
        let server = Server::with_response(ok(""));
        let ran = tucuxi(line).endpoint(&server).succeeds();
        assert_eq!(ran.text(), "make_bucket: b\n");
        let request = server.request();
        assert_eq!(request.line, "PUT /b HTTP/1.1");
        let sent = String::from_utf8(request.body).unwrap();
        let found = sent.split_once('>').map_or("", |(_, rest)| rest.trim_end_matches("</CreateBucketConfiguration>"));
        assert_eq!(found, body, "{line}");
    }
}

#[test]
fn failures_to_make_or_remove_buckets_are_one_line() {
    for (line, expected) in [
        (
            "s3 mb s3://b",
            "make_bucket failed: s3://b An error occurred (BucketAlreadyExists) when calling the CreateBucket operation: no\n",
        ),
        (
            "s3 rb s3://b/",
            "remove_bucket failed: s3://b/ An error occurred (BucketAlreadyExists) when calling the DeleteBucket operation: \
             no\n",
        ),
    ] {
        let (ran, _) = run(line, &[failure("409 Conflict", "BucketAlreadyExists")]);
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (1, "", expected));
    }
    let server = Server::with_response(ok(""));
    let ran = bare("s3 mb s3://b --region eu-west-1").endpoint(&server).run();
    let expected = "make_bucket failed: s3://b Unable to locate credentials\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (1, expected));
}

#[test]
fn buckets_are_emptied_by_force_before_they_are_removed() {
    let responses = [page(&[("a%20b", 1), ("c/", 0)], &[], ""), ok("")];
    let (ran, requests) = run("s3 rb s3://b --force", &responses);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let mut lines = ran.lines();
    assert_eq!(lines.pop(), Some("remove_bucket: b"));
    lines.sort_unstable();
    assert_eq!(lines, ["delete: s3://b/a b", "delete: s3://b/c/"]);
    assert_eq!(requests.first().unwrap(), "GET /b?list-type=2&prefix=&encoding-type=url");
    assert_eq!(requests.last().unwrap(), "DELETE /b");
    assert_eq!(requests.len(), 4);
}

#[test]
fn a_bucket_that_cannot_be_emptied_stays() {
    let (ran, requests) =
        run("s3 rb s3://b --force", &[page(&[("a", 1)], &[], ""), failure("403 Forbidden", "AccessDenied")]);
    let expected = "delete failed: s3://b/a An error occurred (AccessDenied) when calling the DeleteObject operation: no\n\n\
                    tucuxi: [ERROR]: remove_bucket failed: Unable to delete all objects in the bucket, bucket will not be \
                    deleted.\n";
    assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (255, "", expected));
    assert_eq!(requests.len(), 2);
}

#[test]
fn presigned_urls_have_regional_hosts() {
    for (line, start, expires) in [
        ("s3 presign s3://bucket/a%20b", "https://bucket.s3.eu-west-1.amazonaws.com/a%2520b?", "3600"),
        (
            "s3 presign bucket/k --expires-in 60 --region us-east-1",
            "https://bucket.s3.us-east-1.amazonaws.com/k?",
            "60",
        ),
        ("s3 presign s3://my.bucket/k", "https://s3.eu-west-1.amazonaws.com/my.bucket/k?", "3600"),
    ] {
        let ran = tucuxi(line).succeeds();
        assert!(ran.text().starts_with(start), "{}", ran.text());
        assert!(ran.text().contains(&format!("X-Amz-Expires={expires}&")), "{}", ran.text());
        assert_eq!(ran.lines().len(), 1);
    }
}

#[test]
fn buckets_become_websites() {
    for (line, expected) in [
        ("s3 website s3://b/ --index-document i.html", "<IndexDocument><Suffix>i.html</Suffix></IndexDocument>"),
        ("s3 website b --error-document e", "<ErrorDocument><Key>e</Key></ErrorDocument>"),
    ] {
        let server = Server::with_response(ok(""));
        assert_eq!(tucuxi(line).endpoint(&server).succeeds().text(), "");
        let request = server.request();
        assert_eq!(request.line, "PUT /b?website HTTP/1.1");
        assert!(String::from_utf8(request.body).unwrap().contains(expected));
    }
}
