//! `ec2 run-instances`: the number of instances in one option, and the usual settings of a network interface as options of their own.

use serde_json::{Map, Value, json};

use super::given::{add, change_first, filled, set, text, texts, whole_number};
use super::{Customization, given};
use crate::aws::args::{ArgArity, ValueType};
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::{OperationOption, OptionRole, OptionTable};
use crate::aws::request::CallRequest;

pub(super) struct Instances;

const COUNT: &str = "count";
const ADDRESSES: &str = "secondary-private-ip-addresses";
const ADDRESS_COUNT: &str = "secondary-private-ip-address-count";
const PUBLIC: &str = "associate-public-ip-address";
const NOT_PUBLIC: &str = "no-associate-public-ip-address";
const INTERFACES: &str = "NetworkInterfaces";

/// Members of an interface that have options of their own. If it has one of them, [`MOVED`] parameters move into it.
const SIMPLE: &[&str] = &["PrivateIpAddresses", "SecondaryPrivateIpAddressCount", "AssociatePublicIpAddress"];

/// Parameters of the instance, and what they are called in an interface.
const MOVED: &[(&str, &str)] = &[
    ("SubnetId", "SubnetId"),
    ("SecurityGroupIds", "Groups"),
    ("PrivateIpAddress", "PrivateIpAddresses"),
    ("Ipv6AddressCount", "Ipv6AddressCount"),
    ("Ipv6Addresses", "Ipv6Addresses"),
    ("EnablePrimaryIpv6", "PrimaryIpv6"),
];

impl Customization for Instances {
    fn options(&self, table: &mut OptionTable<'_>) {
        table.remove("min-count");
        table.remove("max-count");
        add(table, COUNT, ArgArity::One);
        add(table, ADDRESSES, ArgArity::Any);
        let count = OperationOption::new(ADDRESS_COUNT, ArgArity::One, OptionRole::Custom);
        table.put(OperationOption { value: ValueType::Int, ..count });
        add(table, PUBLIC, ArgArity::Flag);
        add(table, NOT_PUBLIC, ArgArity::Flag);
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        let has_words = |name| arguments.get(name).is_some_and(|words| !words.is_empty());
        let has_count = arguments.text(ADDRESS_COUNT).is_some_and(|count| whole_number(count) != Some(json!(0)));
        if has_words("network-interfaces") && (has_words(ADDRESSES) || has_count || arguments.has(PUBLIC)) {
            let message = "Mixing the --network-interfaces option with the simple, scalar options is not supported.";
            return Err(AwsError::Validation(message.to_owned()));
        }
        Ok(())
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        if let Some(count) = text(arguments, COUNT)? {
            let (min, max) = count_range(&count)?;
            set(&mut request.params, "MinCount", min);
            set(&mut request.params, "MaxCount", max);
        }
        let addresses = texts(arguments, ADDRESSES)?;
        if !addresses.is_empty() {
            let address = |address| json!({"PrivateIpAddress": address, "Primary": false});
            let addresses = Value::from_iter(addresses.into_iter().map(address));
            change_interface(&mut request.params, |interface| {
                interface.entry("PrivateIpAddresses").or_insert(addresses);
            });
        }
        let count = filled(arguments, ADDRESS_COUNT)?.and_then(|count| whole_number(&count));
        if let Some(count) = count.filter(|count| *count != json!(0)) {
            change_interface(&mut request.params, |interface| set(interface, "SecondaryPrivateIpAddressCount", count));
        }
        if arguments.has(PUBLIC) || arguments.has(NOT_PUBLIC) {
            // With both the AWS CLI takes the second one, in whichever order they stand.
            let is_public = !arguments.has(NOT_PUBLIC);
            change_interface(&mut request.params, |interface| set(interface, "AssociatePublicIpAddress", is_public));
        }
        Ok(())
    }

    fn send(&self, params: &mut Map<String, Value>) {
        for count in ["MaxCount", "MinCount"] {
            params.entry(count).or_insert(json!(1));
        }
        let first = params.get(INTERFACES).and_then(|interfaces| interfaces.get(0)).and_then(Value::as_object);
        if !first.is_some_and(|first| SIMPLE.iter().any(|member| first.contains_key(*member))) {
            return;
        }
        let moved: Vec<_> = MOVED.iter().filter_map(|(from, to)| Some((*to, params.shift_remove(*from)?))).collect();
        given::change_first(params, INTERFACES, |interface| {
            for (member, value) in moved {
                match member {
                    "PrivateIpAddresses" => {
                        set(interface, member, json!([{"PrivateIpAddress": value, "Primary": true}]));
                    }
                    _ => set(interface, member, value),
                }
            }
        });
    }
}

fn change_interface(params: &mut Map<String, Value>, change: impl FnOnce(&mut Map<String, Value>)) {
    params.entry(INTERFACES).or_insert_with(|| json!([{"DeviceIndex": 0}]));
    change_first(params, INTERFACES, change);
}

/// `N` or `MIN:MAX`.
fn count_range(text: &str) -> AwsResult<(Value, Value)> {
    let (min, max) = text.split_once(':').unwrap_or((text, text));
    whole_number(min)
        .zip(whole_number(max))
        .ok_or_else(|| AwsError::Validation("count parameter should be of form min[:max] (e.g. 1 or 1:10)".to_owned()))
}
