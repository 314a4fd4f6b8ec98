//! Sensitive input members that their models do not mark as sensitive: passwords, keys, MFA codes and similar.

use crate::customize::quirk::{Quirk, Stage};

/// The names of sensitive members at any depth of an input.
pub(super) const QUIRKS: &[Quirk] = &[
    sensitive("api-gateway", &["certificatePrivateKey"]),
    sensitive("appflow", &["refreshToken", "secretAccessKey"]),
    sensitive("codepipeline", &["SecretToken"]),
    sensitive("cognito-identity-provider", &["PasswordVerifier"]),
    sensitive("cognito-sync", &["SyncSessionToken"]),
    sensitive("direct-connect", &["authKey"]),
    sensitive("docdb", &["MasterUserPassword", "PreSignedUrl"]),
    sensitive("elastic-load-balancing-v2", &["ClientSecret"]),
    sensitive("elasticache", &["AuthToken", "Passwords"]),
    sensitive("emr", &["ADDomainJoinPassword", "CrossRealmTrustPrincipalPassword", "KdcAdminPassword"]),
    sensitive("glue", &["AuthToken"]),
    sensitive("iam", &["AuthenticationCode1", "AuthenticationCode2"]),
    sensitive("inspector2", &["sessionToken"]),
    sensitive("invoicing", &["ProcurementPortalSharedSecret"]),
    sensitive("iot", &["password", "secretKey"]),
    sensitive("lakeformation", &["SAMLAssertion"]),
    sensitive("mq", &["Password", "ServiceAccountPassword"]),
    sensitive("neptune", &["MasterUserPassword", "PreSignedUrl"]),
    sensitive("pinpoint", &["ApiKey", "ClientSecret", "Otp", "PrivateKey", "SecretKey"]),
    sensitive("redshift", &["HsmPartitionPassword"]),
    // The digest of a key confirms a guess of the key. `MFA` is the serial number of a device and its current code.
    sensitive("s3", &["CopySourceSSECustomerKeyMD5", "MFA", "SSECustomerKeyMD5"]),
    sensitive("s3-control", &["MFA"]),
    sensitive("securitylake", &["authorizationApiKeyValue"]),
    sensitive("sns", &["OneTimePassword"]),
    sensitive("socialmessaging", &["accessToken"]),
    sensitive("sso-oidc", &["code", "deviceCode"]),
    sensitive("sts", &["TokenCode"]),
    sensitive("taxsettings", &["taxDocumentAccessToken"]),
];

const fn sensitive(service: &'static str, members: &'static [&'static str]) -> Quirk {
    Quirk {
        service,
        operations: &[],
        stage: Stage::SensitiveMembers(members),
        why: "the documentation of these members describes secrets",
    }
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::Environment;
    use crate::customize::lookup::unmarked_secrets;
    use crate::session::Session;

    fn has_member(value: &Value, name: &str) -> bool {
        match value {
            Value::Object(members) => {
                members.get("members").is_some_and(|members| members.get(name).is_some())
                    || members.values().any(|value| has_member(value, name))
            }
            _ => false,
        }
    }

    #[test]
    fn services_and_members_exist() {
        // Model folders whose name is not the service id.
        const FOLDERS: &[(&str, &str)] = &[
            ("api-gateway", "apigateway"),
            ("cognito-identity-provider", "cognito-idp"),
            ("elastic-load-balancing-v2", "elbv2"),
            ("s3-control", "s3control"),
        ];
        let environment = Environment::from_pairs([("AWS_REGION", "us-east-1")]);
        let session = Session::builder().environment(environment).build().unwrap();
        for quirk in QUIRKS {
            let (id, Stage::SensitiveMembers(members)) = (quirk.service, &quirk.stage) else { panic!("{quirk:?}") };
            let folder = FOLDERS.iter().find(|(known, _)| *known == id).map_or(id, |(_, folder)| folder);
            let client = session.client(folder).unwrap();
            assert_eq!(unmarked_secrets(client.service_id()), *members, "{id}");
            for member in *members {
                let is_there = |name: &String| has_member(&client.describe(name).unwrap(), member);
                assert!(client.operation_names().iter().any(is_there), "{id} {member}");
            }
        }
    }
}
