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
