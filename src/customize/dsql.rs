//! Aurora DSQL: authentication tokens.

use crate::customize::generator::{Argument, ArgumentKind, Arguments, Generator, Recipe, without_scheme};
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;

const ARGUMENTS: &[Argument] = &[
    Argument::required("Hostname", ArgumentKind::Text),
    Argument::optional("Region", ArgumentKind::Text),
    Argument::optional("ExpiresIn", ArgumentKind::Integer),
];
const WHY: &str = "botocore's signers.py: _dsql_generate_db_auth_token; \
                   https://docs.aws.amazon.com/aurora-dsql/latest/userguide/SECTION_authentication-token.html";

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "dsql",
        operations: &[],
        stage: Stage::Generate(Generator {
            name: "db_connect_auth_token",
            arguments: ARGUMENTS,
            make: |arguments| token("DbConnect", arguments),
        }),
        why: WHY,
    },
    Quirk {
        service: "dsql",
        operations: &[],
        stage: Stage::Generate(Generator {
            name: "db_connect_admin_auth_token",
            arguments: ARGUMENTS,
            make: |arguments| token("DbConnectAdmin", arguments),
        }),
        why: WHY,
    },
];

fn token(action: &str, arguments: &Arguments<'_>) -> Result<Recipe> {
    Ok(Recipe::Url {
        host: arguments.owned("Hostname").unwrap_or_default(),
        query: vec![("Action", action.to_owned())],
        signing_name: "dsql",
        region: arguments.owned("Region"),
        expires_in: arguments.seconds("ExpiresIn", 900),
        finish: without_scheme,
    })
}
