//! [`EndpointParams`]: the values that an endpoint rule set is evaluated with.

use crate::endpoint::{ParamValue, Parameter};

/// Endpoint parameters: those that the rule set declares, and their values by index.
pub(crate) struct EndpointParams<'p> {
    pub(crate) parameters: &'p [Parameter],
    pub(crate) values: Vec<Option<ParamValue<'p>>>,
}

impl<'p> EndpointParams<'p> {
    /// Sets a parameter if the rule set declares one of that name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<ParamValue<'p>>) {
        if let Some(index) = self.index(name) {
            self.values[index] = Some(value.into());
        }
    }

    /// Sets the parameter of a built-in unless it has a value.
    pub(crate) fn set_built_in(&mut self, built_in: &str, value: impl Into<ParamValue<'p>>) {
        let index = self.parameters.iter().position(|parameter| parameter.built_in.as_deref() == Some(built_in));
        if let Some(slot) = index.map(|index| &mut self.values[index]).filter(|slot| slot.is_none()) {
            *slot = Some(value.into());
        }
    }

    /// Sets the parameter of a built-in, replacing its value.
    pub(crate) fn replace_built_in(&mut self, built_in: &str, value: impl Into<ParamValue<'p>>) {
        let index = self.parameters.iter().position(|parameter| parameter.built_in.as_deref() == Some(built_in));
        if let Some(index) = index {
            self.values[index] = Some(value.into());
        }
    }

    /// The value of a parameter, if it is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.values[self.index(name)?].as_ref()? {
            ParamValue::String(text) => Some(text),
            _ => None,
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| *parameter.name == *name)
    }
}
