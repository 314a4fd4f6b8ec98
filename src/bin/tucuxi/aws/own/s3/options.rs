//! The options of `cp`, `mv`, `rm` and `sync`.

use crate::aws::args::ArgArity;
use crate::aws::own::{OwnOption, OwnValues};

/// An option with one of these values, or with none, which means the first one.
const fn optional(name: &'static str, summary: &'static str, choices: &'static [&'static str]) -> OwnOption {
    OwnOption::new(name, "<value>", summary).arity(ArgArity::Optional).values(OwnValues::Choices(choices))
}

const fn choice(name: &'static str, summary: &'static str, choices: &'static [&'static str]) -> OwnOption {
    OwnOption::new(name, "<value>", summary).values(OwnValues::Choices(choices))
}

const fn text(name: &'static str, summary: &'static str) -> OwnOption {
    OwnOption::new(name, "<value>", summary)
}

/// A key, which may have any bytes.
const fn key(name: &'static str, summary: &'static str) -> OwnOption {
    OwnOption::new(name, "<key>", summary).values(OwnValues::Verbatim)
}

const fn pattern(name: &'static str, summary: &'static str) -> OwnOption {
    OwnOption::new(name, "<pattern>", summary).values(OwnValues::Verbatim)
}

/// The first value is what the option means without one.
pub(super) const SSE: &[&str] = &["AES256", "aws:kms"];
const SSE_C: &[&str] = &["AES256"];
const PAYER: &[&str] = &["requester"];

/// The source and the destination.
pub(super) const PATHS: &[OwnOption] =
    &[OwnOption::new("paths", "<source> <destination>", "Local paths or s3://BUCKET/KEY")
        .arity(ArgArity::Two)
        .values(OwnValues::Paths)
        .required()];

pub(super) const PATH: &[OwnOption] =
    &[OwnOption::new("paths", "<path>", "The object, or the prefix: s3://BUCKET/KEY")
        .values(OwnValues::Paths)
        .required()];

/// Options of all four commands.
pub(super) const COMMON: &[OwnOption] = &[
    OwnOption::flag("--dryrun", "Show what would be done without doing it"),
    OwnOption::flag("--quiet", "Print nothing"),
    pattern("--include", "Do not exclude files or objects that match; later patterns win"),
    pattern("--exclude", "Exclude files or objects that match; later patterns win"),
    OwnOption::flag("--only-show-errors", "Print errors and warnings alone"),
    OwnOption::new("--page-size", "<number>", "The number of objects in a request for a listing"),
    optional("--request-payer", "Confirm that the requester pays", PAYER),
];

/// Options of transfers.
pub(super) const TRANSFER: &[OwnOption] = &[
    choice(
        "--acl",
        "The access control list of new objects",
        &[
            "private",
            "public-read",
            "public-read-write",
            "authenticated-read",
            "aws-exec-read",
            "bucket-owner-read",
            "bucket-owner-full-control",
            "log-delivery-write",
        ],
    ),
    OwnOption::flag("--follow-symlinks", "Upload what symbolic links point to, the default"),
    OwnOption::flag("--no-follow-symlinks", "Skip symbolic links"),
    OwnOption::flag("--no-guess-mime-type", "Do not guess content types from the names of files"),
    optional("--sse", "Encrypt new objects on the server", SSE),
    optional("--sse-c", "Encrypt new objects with a key of yours, or read them with it", SSE_C),
    key("--sse-c-key", "The key for --sse-c; fileb:// reads it from a file"),
    text("--sse-kms-key-id", "The KMS key for --sse aws:kms"),
    optional("--sse-c-copy-source", "Read the source of a copy with a key of yours", SSE_C),
    key("--sse-c-copy-source-key", "The key for --sse-c-copy-source; fileb:// reads it from a file"),
    choice(
        "--storage-class",
        "The storage class of new objects",
        &[
            "STANDARD",
            "REDUCED_REDUNDANCY",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER",
            "DEEP_ARCHIVE",
            "GLACIER_IR",
        ],
    ),
    OwnOption::new("--grants", "<permission=grantee>", "Permissions on new objects: read, readacl, writeacl or full")
        .arity(ArgArity::Some),
    text("--website-redirect", "Where a website redirects requests for the object to"),
    text("--content-type", "The content type of new objects"),
    text("--cache-control", "The Cache-Control of new objects"),
    text("--content-disposition", "The Content-Disposition of new objects"),
    text("--content-encoding", "The Content-Encoding of new objects"),
    text("--content-language", "The Content-Language of new objects"),
    text("--expires", "When new objects may no longer be cached"),
    text("--source-region", "The region of the source of a copy"),
    OwnOption::flag("--no-progress", "Do not show the progress"),
    OwnOption::new("--progress-frequency", "<seconds>", "The least time between two lines of progress"),
    OwnOption::flag("--progress-multiline", "Keep each line of progress"),
    OwnOption::flag("--ignore-glacier-warnings", "Skip objects in Glacier without a warning"),
    OwnOption::flag("--force-glacier-transfer", "Transfer objects in Glacier, too"),
    choice("--checksum-mode", "Verify the checksums of downloads", &["ENABLED"]),
    choice(
        "--checksum-algorithm",
        "The checksum of new objects",
        &["CRC64NVME", "CRC32", "SHA256", "SHA1", "CRC32C", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"],
    ),
    text("--metadata", "Metadata of new objects, such as name=value,name2=value2").values(OwnValues::Verbatim),
    choice(
        "--copy-props",
        "What copies keep of their sources besides the content",
        &["none", "metadata-directive", "default", "all"],
    ),
    choice("--metadata-directive", "Whether copies keep the metadata of their sources", &["COPY", "REPLACE"]),
    choice(
        "--case-conflict",
        "What to do with downloads whose names differ by their case alone",
        &["ignore", "skip", "warn", "error"],
    ),
    OwnOption::flag("--no-overwrite", "Do not overwrite what exists at the destination"),
];

/// Options of `cp`, `mv` and `rm`.
pub(super) const RECURSIVE: &[OwnOption] =
    &[OwnOption::flag("--recursive", "Take all files of a folder, or all objects below a prefix")];

pub(super) const CP: &[OwnOption] = &[text("--expected-size", "The size in bytes of a stream of more than 50 GB")];

pub(super) const MV: &[OwnOption] =
    &[OwnOption::flag("--validate-same-s3-paths", "Refuse to move an object onto itself through an access point")];

pub(super) const SYNC: &[OwnOption] = &[
    OwnOption::flag("--delete", "Delete what only the destination has"),
    OwnOption::flag("--size-only", "Compare sizes alone"),
    OwnOption::flag("--exact-timestamps", "Download files of the same size, too, unless their times are equal"),
];
