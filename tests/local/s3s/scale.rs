//! Many objects, many threads, large multipart objects; compares every byte.

use std::fs;
use std::io::{self, Read};

use serde_json::{Value, json};
use tucuxi::{Body, bytes};

use super::{Pattern, digest, s3};
use crate::server::Server;
use crate::support::{call, in_parallel};

pub(crate) fn thousands_of_objects(server: &Server) {
    const COUNT: usize = 2000;
    let s3 = s3(server, "thousands");
    let key = |n: usize| format!("{:02}/object {n:04}", n % 50);
    // Sizes from 0 to 20 kB, all different.
    let content = |n: usize| {
        let mut content = Vec::new();
        Pattern::at(n as u64 * 7919, (n * 37 % 20_000) as u64).read_to_end(&mut content).unwrap();
        content
    };
    in_parallel(COUNT, |n| {
        let put = s3.request("put_object").params(json!({"Bucket": "thousands", "Key": key(n)}));
        let put = put.body(content(n)).send().unwrap_or_else(|error| panic!("{n}: {error}"));
        assert!(put.value["ETag"].is_string(), "{n}: {}", put.value);
    });
    in_parallel(COUNT, |n| {
        let n = COUNT - 1 - n;
        let mut found = Vec::new();
        if n.is_multiple_of(2) {
            let get = s3.request("get_object").params(json!({"Bucket": "thousands", "Key": key(n)}));
            let mut output = get.send().unwrap_or_else(|error| panic!("{n}: {error}"));
            output.body.read_to_end(&mut found).unwrap_or_else(|error| panic!("{n}: {error}"));
        } else {
            let output = call(&s3, "get_object", json!({"Bucket": "thousands", "Key": key(n)}));
            found.extend(bytes(&output["Body"]).unwrap());
        }
        // Not `assert_eq`, which would print all bytes twice.
        assert!(found == content(n), "{n}: {} bytes, expected {}", found.len(), content(n).len());
    });
    println!("s3: {COUNT} objects written and read by eight threads");
}

pub(crate) fn ten_thousand_keys(server: &Server) {
    const COUNT: usize = 10_000;
    let s3 = s3(server, "ten-thousand");
    let key = |n: usize| format!("{:03}/n {n:05} é&=<>", n % 100);
    // The server stores objects as files, so the test writes ten thousand files.
    for n in 0..COUNT {
        let file = server.folder.join("ten-thousand").join(key(n));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, b"").unwrap();
    }
    let mut expected: Vec<String> = (0..COUNT).map(key).collect();
    expected.sort_unstable();
    let paginator = s3.get_paginator("list_objects_v2").unwrap();
    let pages: Vec<Value> = paginator.paginate(json!({"Bucket": "ten-thousand"})).map(Result::unwrap).collect();
    assert_eq!(pages.len(), 10);
    let contents = pages.iter().flat_map(|page| page["Contents"].as_array().unwrap());
    let found: Vec<&str> = contents.map(|object| object["Key"].as_str().unwrap()).collect();
    assert!(found == expected, "{} keys, the first is {}", found.len(), found[0]);
    println!("s3: {COUNT} keys in {} pages", pages.len());
}

pub(crate) fn parts_in_parallel(server: &Server) {
    const PARTS: usize = 9;
    const PART: u64 = 5 * 1024 * 1024;
    const LAST: u64 = 777;
    const SIZE: u64 = PART * (PARTS as u64 - 1) + LAST;
    let s3 = s3(server, "in-parts");
    let object = json!({"Bucket": "in-parts", "Key": "whole"});
    let upload = call(&s3, "create_multipart_upload", object.clone())["UploadId"].clone();
    let parts: Vec<_> = (0..PARTS).map(|_| std::sync::OnceLock::new()).collect();
    in_parallel(PARTS, |n| {
        let length = if n + 1 == PARTS { LAST } else { PART };
        let body = Body::from_seekable(Pattern::at(n as u64 * PART, length)).unwrap();
        let part = json!({"Bucket": "in-parts", "Key": "whole", "UploadId": upload, "PartNumber": n + 1});
        let sent = s3.request("upload_part").params(part).body(body).send().unwrap();
        parts[n].set(json!({"PartNumber": n + 1, "ETag": sent.value["ETag"]})).unwrap();
    });
    let parts: Vec<&Value> = parts.iter().map(|part| part.get().unwrap()).collect();
    let done = json!({"Bucket": "in-parts", "Key": "whole", "UploadId": upload, "MultipartUpload": {"Parts": parts}});
    call(&s3, "complete_multipart_upload", done);
    let expected = digest(Pattern::new(SIZE));

    // Many threads download ranges.
    let head = call(&s3, "head_object", object.clone());
    assert_eq!(head["ContentLength"], json!(SIZE));
    let ranges: Vec<_> = (0..PARTS).map(|_| std::sync::OnceLock::new()).collect();
    in_parallel(PARTS, |n| {
        let first = n as u64 * PART;
        let range = format!("bytes={first}-{}", (first + PART).min(SIZE) - 1);
        let ask = json!({"Bucket": "in-parts", "Key": "whole", "Range": range, "IfMatch": head["ETag"]});
        ranges[n].set(bytes(&call(&s3, "get_object", ask)["Body"]).unwrap()).unwrap();
    });
    let whole: Vec<u8> = ranges.into_iter().flat_map(|range| range.into_inner().unwrap()).collect();
    assert_eq!(digest(&whole[..]), expected);

    // Stopped in the middle and resumed, as after a lost connection.
    let mut begun = Vec::new();
    let output = s3.request("get_object").params(object).send().unwrap();
    output.body.take(PART + 12_345).read_to_end(&mut begun).unwrap();
    let rest = json!({"Bucket": "in-parts", "Key": "whole", "Range": format!("bytes={}-", begun.len()), "IfMatch": head["ETag"]});
    let mut rest = s3.request("get_object").params(rest).send().unwrap();
    assert_eq!(rest.metadata.status, 206);
    io::copy(&mut rest.body, &mut begun).unwrap();
    assert_eq!(digest(&begun[..]), expected);

    println!("s3: {PARTS} parts sent in parallel, {SIZE} bytes read in parallel ranges, and resumed");
}
