//! One rule of an EC2 security group in options: `--protocol tcp --port 22 --cidr 10.0.0.0/8`.

use serde_json::{Map, Value, json};

use super::Customization;
use super::given::{add, change_first, filled, set, whole_number};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;
use crate::aws::python;
use crate::aws::request::CallRequest;

pub(super) struct SecurityGroupRule;

const OPTIONS: &[&str] = &["protocol", "port", "cidr", "source-group", "group-owner"];

/// Options of members that these replace. They still work.
const FORMER: &[&str] =
    &["ip-protocol", "from-port", "to-port", "cidr-ip", "source-security-group-name", "source-security-group-owner-id"];

impl Customization for SecurityGroupRule {
    fn options(&self, table: &mut OptionTable<'_>) {
        for name in FORMER {
            if let Some(option) = table.find_mut(name) {
                option.hidden = true;
            }
        }
        for name in OPTIONS {
            add(table, name, ArgArity::One);
        }
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        if arguments.get("ip-permissions").is_none_or(<[String]>::is_empty) {
            return Ok(());
        }
        match OPTIONS.iter().find(|name| arguments.text(name).is_some_and(|text| !text.is_empty())) {
            Some(name) => Err(AwsError::Validation(format!(
                "The --{} option is not compatible with the --ip-permissions option ",
                name.replace('-', "_")
            ))),
            None => Ok(()),
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let mut rule = Map::new();
        if let Some(protocol) = filled(arguments, "protocol")? {
            set(&mut rule, "IpProtocol", checked_protocol(protocol)?);
        }
        if let Some(port) = filled(arguments, "port")? {
            let (from, to) = ports(&port)?;
            set(&mut rule, "FromPort", from);
            set(&mut rule, "ToPort", to);
        }
        if let Some(cidr) = filled(arguments, "cidr")? {
            set(&mut rule, "IpRanges", json!([{"CidrIp": cidr}]));
        }
        let mut group = Map::new();
        if let Some(source) = filled(arguments, "source-group")? {
            let member = if source.starts_with("sg-") { "GroupId" } else { "GroupName" };
            set(&mut group, member, source);
        }
        if let Some(owner) = filled(arguments, "group-owner")? {
            set(&mut group, "UserId", owner);
        }
        if !group.is_empty() {
            set(&mut rule, "UserIdGroupPairs", json!([group]));
        }
        if !rule.is_empty() {
            change_first(&mut request.params, "IpPermissions", |permission| permission.extend(rule));
        }
        Ok(())
    }
}

fn checked_protocol(protocol: String) -> AwsResult<String> {
    match (python::int(&protocol), protocol.as_str()) {
        (Some(number), _) if number == "-1" || number.parse::<u8>().is_ok() => Ok(protocol),
        (Some(_), _) => Err(AwsError::Validation(
            "protocol numbers must be in the range 0-255 or -1 to specify all protocols".to_owned(),
        )),
        (None, "all") => Ok("-1".to_owned()),
        (None, "tcp" | "udp" | "icmp") => Ok(protocol),
        (None, _) => Err(AwsError::Validation(
            "protocol parameter should be one of: tcp|udp|icmp|all or any valid protocol number.".to_owned(),
        )),
    }
}

/// `N`, `FROM-TO`, or all with `-1` or `all`.
fn ports(text: &str) -> AwsResult<(Value, Value)> {
    if text == "-1" || text == "all" {
        return Ok((json!(-1), json!(-1)));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    whole_number(from).zip(whole_number(to)).ok_or_else(|| {
        AwsError::Validation("port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)".to_owned())
    })
}
