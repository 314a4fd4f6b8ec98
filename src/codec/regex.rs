//! The engine for the regular expressions of models and partitions: small, and linear in the text whatever the expression.
//! It has neither look-around nor Unicode classes.

pub(crate) use regex_lite::Regex;
