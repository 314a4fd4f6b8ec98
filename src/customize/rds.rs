//! RDS, and the two services that share its API: DocumentDB and Neptune.

use crate::customize::generator::{Argument, ArgumentKind, Arguments, Generator, Recipe, without_scheme};
use crate::customize::parameters::invalid;
use crate::customize::quirk::{Quirk, SourceRegion, Stage};
use crate::error::Result;

const COPIES_ACROSS_REGIONS: Stage = Stage::SourceRegion(SourceRegion { url: "PreSignedUrl", is_modeled: false });
const WHY: &str = "botocore's handlers.py: inject_presigned_url_rds; \
                   https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html";

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "rds",
        operations: &[
            "CopyDBClusterSnapshot",
            "CopyDBSnapshot",
            "CreateDBCluster",
            "CreateDBInstanceReadReplica",
            "StartDBInstanceAutomatedBackupsReplication",
        ],
        stage: COPIES_ACROSS_REGIONS,
        why: WHY,
    },
    Quirk {
        service: "docdb",
        operations: &["CopyDBClusterSnapshot", "CreateDBCluster"],
        stage: COPIES_ACROSS_REGIONS,
        why: WHY,
    },
    Quirk {
        service: "neptune",
        operations: &["CopyDBClusterSnapshot", "CreateDBCluster"],
        stage: COPIES_ACROSS_REGIONS,
        why: WHY,
    },
    Quirk {
        service: "rds",
        operations: &[],
        stage: Stage::Generate(Generator {
            name: "db_auth_token",
            arguments: &[
                Argument::required("DBHostname", ArgumentKind::Text),
                Argument::required("Port", ArgumentKind::Integer),
                Argument::required("DBUsername", ArgumentKind::Text),
                Argument::optional("Region", ArgumentKind::Text),
            ],
            make: db_auth_token,
        }),
        why: "botocore's signers.py: generate_db_auth_token; \
          https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html",
    },
];

fn db_auth_token(arguments: &Arguments<'_>) -> Result<Recipe> {
    let port = arguments.integer("Port").unwrap_or_default();
    let port =
        u16::try_from(port).map_err(|_| invalid("Port", format_args!("expected at most 65535, found {port}")))?;
    Ok(Recipe::Url {
        host: format!("{}:{port}", arguments.text("DBHostname").unwrap_or_default()),
        query: vec![("Action", "connect".to_owned()), ("DBUser", arguments.owned("DBUsername").unwrap_or_default())],
        signing_name: "rds-db",
        region: arguments.owned("Region"),
        expires_in: 900,
        finish: without_scheme,
    })
}
