//! The regular expression engine for models and partitions. It is small, and takes linear time for any expression. It
//! supports neither look-around nor Unicode classes.

pub(crate) use regex_lite::Regex;
