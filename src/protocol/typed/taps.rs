//! [`Taps`]: members of an output that the caller needs whatever the type takes, such as the tokens of a listing.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};

/// Members to remember while a type is read. Each is read as a `Value`, and the type gets that value.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    members: Vec<(String, Tap)>,
}

#[derive(Debug)]
pub(super) enum Tap {
    /// The member is remembered.
    Value(RefCell<Option<Value>>),
    /// Members of the member are.
    Members(Rc<Taps>),
}

impl Taps {
    /// The members at these paths of names.
    pub(crate) fn new(paths: &[Vec<String>]) -> Rc<Taps> {
        let mut taps = Taps::default();
        for path in paths {
            let Some((first, rest)) = path.split_first() else { continue };
            if taps.get(first).is_some() {
                continue;
            }
            let below = |path: &&Vec<String>| path.first() == Some(first) && path.len() > 1;
            let tap = match rest {
                [] => Tap::Value(RefCell::default()),
                _ => {
                    let inner: Vec<_> = paths.iter().filter(below).map(|path| path[1..].to_vec()).collect();
                    Tap::Members(Taps::new(&inner))
                }
            };
            taps.members.push((first.clone(), tap));
        }
        Rc::new(taps)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Tap> {
        self.members.iter().find(|(tapped, _)| tapped == name).map(|(_, tap)| tap)
    }

    /// Takes what was remembered: the output without its other members.
    pub(crate) fn take(&self) -> Value {
        let mut found = Map::new();
        for (name, tap) in &self.members {
            let value = match tap {
                Tap::Value(value) => value.borrow_mut().take(),
                Tap::Members(inner) => Some(inner.take()),
            };
            found.extend(value.map(|value| (name.clone(), value)));
        }
        Value::Object(found)
    }
}
