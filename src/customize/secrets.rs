//! Sensitive input members that their models do not mark as sensitive: passwords, keys, MFA codes and similar.

use super::hyphenated;

/// Hyphenated lower-case service ids, and the names of sensitive members at any depth of an input.
static UNMARKED: &[(&str, &[&str])] = &[
    ("api-gateway", &["certificatePrivateKey"]),
    ("appflow", &["refreshToken", "secretAccessKey"]),
    ("codepipeline", &["SecretToken"]),
    ("cognito-identity-provider", &["PasswordVerifier"]),
    ("cognito-sync", &["SyncSessionToken"]),
    ("direct-connect", &["authKey"]),
    ("docdb", &["MasterUserPassword", "PreSignedUrl"]),
    ("elastic-load-balancing-v2", &["ClientSecret"]),
    ("elasticache", &["AuthToken", "Passwords"]),
    ("emr", &["ADDomainJoinPassword", "CrossRealmTrustPrincipalPassword", "KdcAdminPassword"]),
    ("glue", &["AuthToken"]),
    ("iam", &["AuthenticationCode1", "AuthenticationCode2"]),
    ("inspector2", &["sessionToken"]),
    ("invoicing", &["ProcurementPortalSharedSecret"]),
    ("iot", &["password", "secretKey"]),
    ("lakeformation", &["SAMLAssertion"]),
    ("mq", &["Password", "ServiceAccountPassword"]),
    ("neptune", &["MasterUserPassword", "PreSignedUrl"]),
    ("pinpoint", &["ApiKey", "ClientSecret", "Otp", "PrivateKey", "SecretKey"]),
    ("redshift", &["HsmPartitionPassword"]),
    // The digest of a key confirms a guess of the key. `MFA` is the serial number of a device and its current code.
    ("s3", &["CopySourceSSECustomerKeyMD5", "MFA", "SSECustomerKeyMD5"]),
    ("s3-control", &["MFA"]),
    ("securitylake", &["authorizationApiKeyValue"]),
    ("sns", &["OneTimePassword"]),
    ("socialmessaging", &["accessToken"]),
    ("sso-oidc", &["code", "deviceCode"]),
    ("sts", &["TokenCode"]),
    ("taxsettings", &["taxDocumentAccessToken"]),
];

/// The sensitive input members of a service that its model does not mark.
pub(crate) fn unmarked_secrets(service_id: &str) -> &'static [&'static str] {
    let id = hyphenated(service_id);
    UNMARKED.iter().find(|(service, _)| *service == id).map_or(&[], |(_, members)| members)
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::Environment;
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
        for (id, members) in UNMARKED {
            let folder = FOLDERS.iter().find(|(known, _)| known == id).map_or(*id, |(_, folder)| folder);
            let client = session.client(folder).unwrap();
            assert_eq!(unmarked_secrets(client.service_id()), *members, "{id}");
            for member in *members {
                let is_there = |name: &String| has_member(&client.describe(name).unwrap(), member);
                assert!(client.operation_names().iter().any(is_there), "{id} {member}");
            }
        }
    }
}
