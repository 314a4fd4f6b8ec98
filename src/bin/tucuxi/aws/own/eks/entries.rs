//! What a kubeconfig says of a cluster of EKS: the cluster itself, the user who runs `eks get-token`, and the context of both.

use serde_json::Value;

use super::token::V1_BETA;
use crate::aws::error::{AwsError, AwsResult};
use crate::output::format::{YamlNode, YamlScalar};

/// The entries, and the name of the context.
pub(super) struct ClusterEntries {
    pub(super) cluster: YamlNode,
    pub(super) user: YamlNode,
    pub(super) context: YamlNode,
    pub(super) cluster_name: String,
    pub(super) context_name: String,
}

/// What the line asks for besides the description of the cluster.
pub(super) struct EntryOptions<'l> {
    pub(super) name: &'l str,
    /// The program that makes tokens.
    pub(super) program: &'l str,
    pub(super) profile: Option<String>,
    pub(super) role: Option<&'l str>,
    pub(super) proxy: Option<&'l str>,
    pub(super) alias: Option<&'l str>,
    pub(super) user_alias: Option<&'l str>,
}

impl ClusterEntries {
    /// The entries for a cluster as `DescribeCluster` describes it.
    pub(super) fn new(described: &Value, options: &EntryOptions<'_>) -> AwsResult<Self> {
        let text = |path: &str| described.pointer(path).and_then(Value::as_str);
        let Some(arn) = text("/arn") else {
            return Err(AwsError::General("the description of the cluster has no ARN".to_owned()));
        };
        let Some(region) = arn.split(':').nth(3) else {
            return Err(AwsError::General(format!("the ARN of the cluster has no region: {arn}")));
        };
        let mut cluster = vec![
            member("certificate-authority-data", text("/certificateAuthority/data").unwrap_or_default()),
            (YamlScalar::text("server"), text("/endpoint").map_or_else(YamlNode::null, YamlNode::text)),
        ];
        cluster.extend(options.proxy.map(|url| member("proxy-url", url)));
        let user_name = filled(options.user_alias).unwrap_or(arn);
        let context_name = filled(options.alias).unwrap_or(user_name);
        let pair = YamlNode::map([("cluster", YamlNode::text(arn)), ("user", YamlNode::text(user_name))]);
        Ok(ClusterEntries {
            cluster: YamlNode::map([("cluster", YamlNode::Map(cluster)), ("name", YamlNode::text(arn))]),
            user: user(user_name, region, identity(described, options.name), options),
            context: YamlNode::map([("context", pair), ("name", YamlNode::text(context_name))]),
            cluster_name: arn.to_owned(),
            context_name: context_name.to_owned(),
        })
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn member(name: &str, value: &str) -> (YamlScalar, YamlNode) {
    (YamlScalar::text(name), YamlNode::text(value))
}

/// The option that names the cluster for `eks get-token`: a local cluster on an Outpost has an id.
fn identity<'d>(described: &'d Value, name: &'d str) -> (&'static str, &'d str) {
    let outpost = described.get("outpostConfig").filter(|outpost| !outpost.is_null());
    match outpost {
        Some(outpost) if outpost.get("etcdInstanceType").is_none_or(Value::is_null) => {
            ("--cluster-id", described.get("id").and_then(Value::as_str).unwrap_or_default())
        }
        _ => ("--cluster-name", name),
    }
}

fn user(name: &str, region: &str, identity: (&str, &str), options: &EntryOptions<'_>) -> YamlNode {
    let mut args = vec!["--region", region, "eks", "get-token", identity.0, identity.1, "--output", "json"];
    args.extend(options.role.iter().flat_map(|role| ["--role", role]));
    let mut exec = vec![
        member("apiVersion", V1_BETA),
        (YamlScalar::text("args"), YamlNode::List(args.into_iter().map(YamlNode::text).collect())),
        member("command", options.program),
    ];
    if let Some(profile) = &options.profile {
        let variable = YamlNode::map([("name", YamlNode::text("AWS_PROFILE")), ("value", YamlNode::text(profile))]);
        exec.push((YamlScalar::text("env"), YamlNode::List(vec![variable])));
    }
    let exec = YamlNode::map([("exec", YamlNode::Map(exec))]);
    YamlNode::map([("name", YamlNode::text(name)), ("user", exec)])
}
