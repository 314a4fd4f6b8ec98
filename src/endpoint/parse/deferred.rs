//! Compiles rules when an evaluation reaches them.

use std::fmt;

use once_cell::sync::OnceCell;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::json::{List, RulesPart};
use super::{RuleSetFile, RulesCompiler};
use crate::endpoint::outline::Outline;
use crate::endpoint::rules::{DeferredRules, Rule, RuleSet, RuleTree};
use crate::error::Result;

impl RuleSet {
    /// Opens a rule set that is known to be good. An error in a rule is found when an evaluation reaches the list that has the
    /// rule, and is then the error of [`parse`](Self::parse).
    pub(crate) fn open(text: String, origin: &str) -> Result<RuleSet> {
        let outline = match Outline::of(text) {
            Ok(outline) => outline,
            Err(text) => return RuleSet::parse(&text, origin),
        };
        let mut compiler = RulesCompiler { defers: true, ..RulesCompiler::default() };
        let head = outline.head();
        let file = RuleSetFile::read(&mut compiler, &mut serde_json::Deserializer::from_str(&head));
        let Ok(rules) = file.and_then(|file| file.finish(&mut compiler)) else {
            return RuleSet::parse(outline.text(), origin);
        };
        for parameter in &mut compiler.parameters {
            parameter.referenced = outline.mentions(&parameter.name);
        }
        Ok(RuleSet { outline: Some(outline), ..compiler.finish(rules, origin) })
    }
}

impl RuleTree {
    /// Returns the rules, which are compiled now if they were deferred.
    pub(in crate::endpoint) fn compiled(&self, set: &RuleSet) -> Result<&[Rule]> {
        match self {
            RuleTree::Compiled(rules) => Ok(rules),
            RuleTree::Deferred(deferred) => Ok(deferred.compiled.get_or_try_init(|| deferred.compile(set))?),
        }
    }
}

impl DeferredRules {
    fn compile(&self, set: &RuleSet) -> Result<Vec<Rule>> {
        let mut compiler = RulesCompiler { defers: true, ..RulesCompiler::default() };
        compiler.names.clone_from(&self.names);
        compiler.rule_depth = self.depth;
        let outline = set.outline.as_ref();
        let text = outline.and_then(|outline| outline.list(self.list)).unwrap_or_default();
        match List::<Rule>::read(&mut compiler, &mut serde_json::Deserializer::from_str(&text)) {
            Ok(List(rules)) => Ok(rules),
            // The error of the whole text names the place.
            Err(error) => Err(match outline.map(|outline| RuleSet::parse(outline.text(), &set.origin)) {
                Some(Err(error)) => error,
                _ => compiler.error(&set.origin, &error).into(),
            }),
        }
    }
}

impl<'de> RulesPart<'de> for RuleTree {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<RuleTree, D::Error> {
        if compiler.defers {
            json.deserialize_any(TreeVisitor(compiler))
        } else {
            Ok(RuleTree::Compiled(List::read(compiler, json)?.0))
        }
    }
}

struct TreeVisitor<'c>(&'c mut RulesCompiler);

impl<'de> Visitor<'de> for TreeVisitor<'_> {
    type Value = RuleTree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_u64<E: serde::de::Error>(self, list: u64) -> Result<RuleTree, E> {
        let list = usize::try_from(list).map_err(E::custom)?;
        let (names, depth) = (self.0.names.clone(), self.0.rule_depth);
        Ok(RuleTree::Deferred(Box::new(DeferredRules { list, names, depth, compiled: OnceCell::new() })))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RuleTree, A::Error> {
        Ok(RuleTree::Compiled(List::read(self.0, SeqAccessDeserializer::new(seq))?.0))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::endpoint::Partitions;
    #[cfg(feature = "bundled-models")]
    use crate::endpoint::rules::RuleBody;
    use crate::error::ErrorKind;

    /// Formats rules with all rules below them, which are compiled if they were deferred.
    #[cfg(feature = "bundled-models")]
    fn describe(tree: &RuleTree, set: &RuleSet) -> Value {
        let rules = tree.compiled(set).unwrap_or_else(|error| panic!("{error}"));
        let rule = |rule: &Rule| match &rule.body {
            RuleBody::Tree(tree) => json!([format!("{:?}", rule.conditions), describe(tree, set)]),
            body => json!([format!("{:?}", rule.conditions), format!("{body:?}")]),
        };
        rules.iter().map(rule).collect()
    }

    #[cfg(feature = "bundled-models")]
    #[test]
    fn bundled_rule_sets_are_the_same_at_once_and_in_parts() {
        use crate::model::loader::{FileType, Sources};
        let sources = Sources::new(Vec::new(), Vec::new(), true);
        for service in sources.services().unwrap() {
            let found = sources.find(&service, None, FileType::EndpointRuleSet).unwrap();
            let Some(found) = found else { continue };
            let text = found.read().unwrap().into_owned();
            let at_once = RuleSet::parse(&text, &service).unwrap_or_else(|error| panic!("{error}"));
            let in_parts = RuleSet::open(text, &service).unwrap();
            assert_eq!(describe(&at_once.rules, &at_once), describe(&in_parts.rules, &in_parts), "{service}");
            assert_eq!(format!("{:?}", at_once.parameters), format!("{:?}", in_parts.parameters), "{service}");
            assert!(matches!(in_parts.rules, RuleTree::Deferred(_)), "{service}");
        }
    }

    fn rule_set(inner: &Value) -> String {
        let tree = json!({
            "conditions": [{"fn": "isSet", "argv": [{"ref": "Flag"}]}, {"fn": "uriEncode", "argv": ["a[\"]b"], "assign": "x"}],
            "rules": inner,
            "type": "tree",
        });
        let last = json!({"conditions": [], "error": "other", "type": "error"});
        json!({"parameters": {"Flag": {"type": "boolean"}, "Name": {"type": "string"}}, "rules": [tree, last]})
            .to_string()
    }

    fn resolve(set: &RuleSet, flag: Option<bool>) -> Result<String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/endpoint-rules/partitions.json");
        let partitions = Partitions::parse(&std::fs::read_to_string(path).unwrap(), path)?;
        Ok(set.resolve(&[flag.map(Into::into)], &partitions)?.url)
    }

    #[test]
    fn deferred_rules_see_the_names_of_the_rules_above() {
        let text = rule_set(&json!([{"conditions": [], "endpoint": {"url": "https://{x}"}, "type": "endpoint"}]));
        let set = RuleSet::open(text, "rules").unwrap();
        assert_eq!(resolve(&set, Some(true)).unwrap(), "https://a%5B%22%5Db");
        assert_eq!(resolve(&set, None).unwrap_err().to_string(), "other");
        let referenced: Vec<_> = set.parameters.iter().map(|parameter| parameter.referenced).collect();
        assert_eq!(referenced, [true, false]);
    }

    #[test]
    fn error_in_deferred_rules_is_that_of_the_whole_text() {
        let text = rule_set(&json!([{"conditions": [], "endpoint": {"url": "https://{y}"}, "type": "endpoint"}]));
        let whole = RuleSet::parse(&text, "rules").expect_err("no y").to_string();
        assert!(whole.contains("rules[0].rules[0].endpoint.url: \"y\" is neither"), "{whole}");
        let set = RuleSet::open(text, "rules").unwrap();
        assert_eq!(resolve(&set, None).unwrap_err().to_string(), "other", "nothing reaches the error");
        let error = resolve(&set, Some(true)).expect_err("no y");
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Model, whole));
    }

    #[test]
    fn damaged_text_has_the_same_error_at_once_and_in_parts() {
        let text = rule_set(&json!([]));
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let (cut, origin) = (&text[..end], "rules");
            let at_once = RuleSet::parse(cut, origin).expect_err("cut").to_string();
            let opened = RuleSet::open(cut.to_owned(), origin).and_then(|set| resolve(&set, Some(true)));
            assert_eq!(opened.expect_err("cut").to_string(), at_once, "{cut}");
        }
    }
}
