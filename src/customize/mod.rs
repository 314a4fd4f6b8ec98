//! Service customizations (quirks): behaviour of single services that neither their model nor their rule set describes.
//!
//! A quirk is a row of the [table] and a function in the file of its service. It changes one stage of a call, or a property
//! of the service such as its older names; its `why` names the source of the behaviour. No other module knows a service by its
//! name.

mod api_gateway;
mod auto_scaling;
mod cloudformation;
mod cloudfront;
mod cloudsearch_domain;
mod cloudwatch_logs;
mod dsql;
mod dynamodb;
mod ec2;
mod generator;
mod glacier;
mod health;
mod iam;
mod importexport;
mod long_polling;
mod lookup;
mod machine_learning;
mod names;
mod opensearch_serverless;
mod parameters;
mod polly;
mod quirk;
mod rds;
mod route_53;
mod s3;
mod s3_control;
mod savingsplans;
mod secrets;
mod sso_oidc;
mod stream_end;
mod sts;
mod table;

pub use cloudfront::CloudFrontSigner;

pub(crate) use generator::Recipe;
pub(crate) use lookup::{
    Quirks, built_in, dual_stack, generator, operation_alias, service_alias, unmarked_secrets, unmodeled_signing,
};
pub(crate) use quirk::{RedirectRule, SessionRule, Settings, SourceRegion};

#[cfg(all(test, feature = "bundled-models"))]
mod tests {
    use crate::config::Environment;
    use crate::customize::lookup::hyphenated;
    use crate::customize::quirk::Stage;
    use crate::customize::table::rows;
    use crate::session::Session;

    /// A quirk with a mistyped name would never apply.
    #[test]
    fn services_and_operations_exist() {
        // Model folders whose name is not the service id.
        const FOLDERS: &[(&str, &str)] = &[
            ("api-gateway", "apigateway"),
            ("auto-scaling", "autoscaling"),
            ("cloudsearch-domain", "cloudsearchdomain"),
            ("cloudwatch-logs", "logs"),
            ("dynamodb-streams", "dynamodbstreams"),
            ("machine-learning", "machinelearning"),
            ("route-53", "route53"),
            ("s3-control", "s3control"),
            ("sfn", "stepfunctions"),
        ];
        let environment = Environment::from_pairs([("AWS_REGION", "us-east-1")]);
        let session = Session::builder().environment(environment).build().unwrap();
        let client = |id: &str| {
            let folder = FOLDERS.iter().find(|(known, _)| *known == id).map_or(id, |(_, folder)| folder);
            let client = session.client(folder).unwrap();
            assert_eq!(hyphenated(client.service_id()), id);
            client
        };
        for quirk in rows() {
            let client = client(quirk.service);
            for operation in quirk.operations {
                assert!(client.describe(operation).is_ok_and(|found| found["operation"] == *operation), "{quirk:?}");
            }
            match quirk.stage {
                Stage::FormerName(former, current) => {
                    assert_eq!(client.describe(former).unwrap()["method_name"], *current);
                }
                Stage::ServiceAlias(alias, folder) => {
                    assert_eq!(session.client(alias).unwrap().service_name(), folder);
                }
                _ => {}
            }
        }
    }
}
