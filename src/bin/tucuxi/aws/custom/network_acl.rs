//! Names of protocols in EC2's network ACLs, of which the operations know only the numbers.

use serde_json::{Map, Value};

use super::Customization;

pub(super) struct ProtocolNames;

impl Customization for ProtocolNames {
    fn send(&self, params: &mut Map<String, Value>) {
        let number = match params.get("Protocol").and_then(Value::as_str) {
            Some("tcp") => "6",
            Some("udp") => "17",
            Some("icmp") => "1",
            Some("all") => "-1",
            _ => return,
        };
        params.insert("Protocol".to_owned(), Value::from(number));
    }
}
