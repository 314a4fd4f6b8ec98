//! `tucuxi resource`: goes from a service to one of its resources and uses a part of it.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};
use tucuxi::{Answer, Collection, Resource};

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, Positional, ValueKind, params};
use crate::output;
use crate::spelling;
use crate::usage::UsageError;

pub(crate) struct ResourceCommand;

impl Command for ResourceCommand {
    type Arguments = ResourceArguments;

    fn name(&self) -> &'static str {
        "resource"
    }

    fn summary(&self) -> &'static str {
        "Uses boto3's resources: buckets, queues, instances and their parts"
    }

    fn description(&self) -> &'static str {
        "Goes from a service to one of its resources, word by word, and uses a part of it: a collection, an action, an attribute, a \
         reference or a waiter. Prints JSON. Where the words end at a resource, its parts are listed."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::SERVICE, Positional::repeated("WORD", ValueKind::ResourcePart)] }
    }

    fn flags(&self) -> &'static [&'static dyn Flag<ResourceArguments>] {
        &[&FilterFlag, &LimitFlag, &ResourcePageSizeFlag]
    }

    fn run(&self, invocation: Invocation<ResourceArguments>) -> CliResult<()> {
        let Invocation { globals, arguments, mut positionals } = invocation;
        let service = positionals.text()?;
        let words: VecDeque<String> = positionals.rest().into();
        let root = match words.is_empty() {
            true => globals.describing_resource(&service)?,
            false => globals.resource(&service)?,
        };
        let walk = ResourceWalk { current: root, words, arguments };
        match walk.run()? {
            Some(value) => output::print_json(&value),
            None => Ok(()),
        }
    }
}

const NOTES: &str = "\
A type is followed by its identifiers, an action or a waiter by its parameters (a JSON object, @FILE or -), a collection by a batch \
action or nothing. `load` fetches the data of a resource. After an action or a reference that gives one resource the line can go on.

    tucuxi resource s3
    tucuxi resource s3 Bucket photos
    tucuxi resource s3 Bucket photos objects --filter '{\"Prefix\": \"2026/\"}' --limit 3
    tucuxi resource s3 Bucket photos objects delete --filter '{\"Prefix\": \"tmp/\"}'
    tucuxi resource sqs Queue https://sqs../jobs send_message '{\"MessageBody\": \"hello\"}'
    tucuxi resource sqs get_queue_by_name '{\"QueueName\": \"jobs\"}' attributes
    tucuxi resource ec2 Instance i-0123456789abcdef0 vpc cidr_block
    tucuxi resource ec2 Instance i-0123456789abcdef0 wait_until_running

A resource is printed as its type, its identifiers and its data, which is null if it was not loaded.";

/// The options of the command.
#[derive(Default)]
pub(crate) struct ResourceArguments {
    filters: Vec<Value>,
    limit: Option<usize>,
    page_size: Option<u32>,
}

impl ResourceArguments {
    fn is_given(&self) -> bool {
        !self.filters.is_empty() || self.limit.is_some() || self.page_size.is_some()
    }

    fn apply(self, mut collection: Collection) -> Collection {
        for filter in self.filters {
            collection = collection.filter(filter);
        }
        if let Some(limit) = self.limit {
            collection = collection.limit(limit);
        }
        match self.page_size {
            Some(items) => collection.page_size(items),
            None => collection,
        }
    }
}

/// What a word can stand for: the member of a resource's description, and a phrase for messages. The first one counts.
const CATEGORIES: [(&str, &str); 7] = [
    ("children", "a type"),
    ("actions", "an action"),
    ("collections", "a collection"),
    ("references", "a reference"),
    ("identifiers", "an identifier"),
    ("attributes", "an attribute"),
    ("waiters", "a waiter"),
];

/// A part of a resource.
struct ResourcePart {
    category: &'static str,
    /// The category in messages.
    phrase: &'static str,
    name: String,
    /// What the description says about it.
    described: Value,
}

/// The way from the service to a part.
struct ResourceWalk {
    current: Resource,
    words: VecDeque<String>,
    arguments: ResourceArguments,
}

impl ResourceWalk {
    /// What is to be printed.
    fn run(mut self) -> CliResult<Option<Value>> {
        let mut at_its_data = false;
        while let Some(word) = self.words.pop_front() {
            let part = part(&self.current, &word)?;
            match part.category {
                "children" => {
                    self.current = child(&self.current, &part, &mut self.words)?;
                    at_its_data = false;
                }
                "collections" => return self.collection(&part).map(Some),
                "actions" | "references" => {
                    let makes_resource = part.category == "references" || part.described["type"].is_string();
                    let params = if part.category == "actions" { self.params()? } else { Value::Null };
                    self.check_rest(&part, makes_resource)?;
                    let answer = match part.category {
                        "actions" => self.current.action(&part.name, params)?,
                        _ => self.current.reference(&part.name)?,
                    };
                    match answer {
                        Answer::Resource(resource) => (self.current, at_its_data) = (resource, true),
                        answer => {
                            self.check_rest(&ResourcePart { phrase: "no single resource this time", ..part }, false)?;
                            return Ok(Some(shown_answer(answer)));
                        }
                    }
                }
                "load" => {
                    self.current.load()?;
                    at_its_data = true;
                }
                category => {
                    let params = if category == "waiters" { self.params()? } else { Value::Null };
                    self.check_rest(&part, false)?;
                    return match category {
                        "waiters" => Ok(self.current.wait_until(&part.name, params).map(|_| None)?),
                        "attributes" => Ok(Some(self.current.attribute(&part.name)?)),
                        _ => Ok(Some(self.current.identifier(&part.name)?.clone())),
                    };
                }
            }
        }
        self.check_options(&ResourcePart::end(&self.current))?;
        Ok(Some(if at_its_data { shown(&self.current) } else { self.current.describe() }))
    }

    /// The parameters, if the next word is some.
    fn params(&mut self) -> CliResult<Value> {
        let is_params = |word: &String| word == "-" || word.starts_with(['{', '@']);
        let word = if self.words.front().is_some_and(is_params) { self.words.pop_front() } else { None };
        params::read(word.as_deref())
    }

    /// Checks before a call that nothing is left that could not follow it.
    fn check_rest(&self, part: &ResourcePart, can_go_on: bool) -> Result<(), UsageError> {
        match self.words.front() {
            Some(_) if can_go_on => Ok(()),
            Some(word) => {
                let (word, part, kind) = (word.clone(), part.name.clone(), part.phrase);
                Err(UsageError::NothingFollows { word, part, kind })
            }
            None => self.check_options(part),
        }
    }

    fn check_options(&self, part: &ResourcePart) -> Result<(), UsageError> {
        match self.arguments.is_given() {
            true => Err(UsageError::OnlyForCollections { part: part.name.clone(), kind: part.phrase }),
            false => Ok(()),
        }
    }

    fn collection(mut self, part: &ResourcePart) -> CliResult<Value> {
        let Some(word) = self.words.pop_front() else {
            let collection = self.arguments.apply(self.current.collection(&part.name)?);
            return Ok(collection.into_iter().map(|item| item.map(|item| shown(&item))).collect::<Result<_, _>>()?);
        };
        let actions = part.described["batch_actions"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let actions: Vec<&str> = actions.collect();
        let Some(action) = actions.iter().find(|action| same_spelling(action, &word)) else {
            let near = spelling::nearest(&word, actions).into_iter().map(str::to_owned).collect();
            return Err(
                UsageError::UnknownPart { resource: format!("the collection `{}`", part.name), word, near }.into()
            );
        };
        let params = self.params()?;
        self.check_batch(action)?;
        Ok(Value::Array(self.arguments.apply(self.current.collection(&part.name)?).batch(action, params)?))
    }

    fn check_batch(&self, action: &str) -> Result<(), UsageError> {
        match self.words.front() {
            Some(word) => {
                let (word, part) = (word.clone(), action.to_owned());
                Err(UsageError::NothingFollows { word, part, kind: "a batch action" })
            }
            None => Ok(()),
        }
    }
}

impl ResourcePart {
    /// The end of the words at a resource.
    fn end(resource: &Resource) -> ResourcePart {
        ResourcePart { category: "", phrase: "a resource", name: resource.to_string(), described: Value::Null }
    }
}

/// The part of the resource with this name; one that is spelled exactly so comes first.
fn part(resource: &Resource, word: &str) -> Result<ResourcePart, UsageError> {
    let parts = parts(resource);
    let exact = parts.iter().position(|part| part.name == word);
    match exact.or_else(|| parts.iter().position(|part| same_spelling(&part.name, word))) {
        Some(index) => Ok(parts.into_iter().nth(index).unwrap_or_else(|| ResourcePart::end(resource))),
        None => {
            let near = spelling::nearest(word, parts.iter().map(|part| part.name.as_str()));
            let (resource, near) = (resource.to_string(), near.into_iter().map(str::to_owned).collect());
            Err(UsageError::UnknownPart { resource, word: word.to_owned(), near })
        }
    }
}

/// All parts of a resource, from its description.
fn parts(resource: &Resource) -> Vec<ResourcePart> {
    let description = resource.describe();
    let mut parts = Vec::new();
    for (category, phrase) in CATEGORIES {
        match &description[category] {
            Value::Object(members) => {
                let entries = members.iter().map(|(name, described)| (name.clone(), described.clone()));
                parts.extend(entries.map(|(name, described)| ResourcePart { category, phrase, name, described }));
            }
            names => {
                let names = names.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                parts.extend(names.map(|name| ResourcePart { category, phrase, name, described: Value::Null }));
            }
        }
    }
    if description["can_load"] == true {
        parts.push(ResourcePart {
            category: "load",
            phrase: "an action",
            name: "load".to_owned(),
            described: Value::Null,
        });
    }
    parts
}

/// The child whose identifiers are the next words.
fn child(resource: &Resource, part: &ResourcePart, words: &mut VecDeque<String>) -> CliResult<Resource> {
    let mut identifiers = Vec::new();
    for name in part.described.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let missing = || UsageError::MissingIdentifier { part: part.name.clone(), name: name.to_owned() };
        identifiers.push(words.pop_front().ok_or_else(missing)?);
    }
    Ok(resource.child(&part.name, identifiers)?)
}

fn same_spelling(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    plain(left) == plain(right)
}

fn shown_answer(answer: Answer) -> Value {
    match answer {
        Answer::Value(value) => value,
        Answer::Resource(resource) => shown(&resource),
        Answer::Resources(resources) => resources.iter().map(shown).collect(),
        _ => Value::Null,
    }
}

fn shown(resource: &Resource) -> Value {
    let description = resource.describe();
    let names = description["identifiers"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let values = names.map(|name| (name.to_owned(), resource.identifier(name).cloned().unwrap_or_default()));
    json!({
        "type": resource.type_name(),
        "identifiers": values.collect::<Map<_, _>>(),
        "data": resource.data().as_deref(),
    })
}

/// The words that can follow these, for completion. What only a call can tell has none.
pub(crate) fn following(root: &Resource, words: &[String]) -> CliResult<Vec<String>> {
    let (mut current, mut words) = (root.clone(), VecDeque::from(words.to_vec()));
    while let Some(word) = words.pop_front() {
        let part = part(&current, &word)?;
        match part.category {
            "children" => current = child(&current, &part, &mut words)?,
            "load" => {}
            "collections" if words.is_empty() => {
                let actions = part.described["batch_actions"].as_array().into_iter().flatten();
                return Ok(actions.filter_map(Value::as_str).map(str::to_owned).collect());
            }
            _ => return Ok(Vec::new()),
        }
    }
    Ok(parts(&current).into_iter().map(|part| part.name).collect())
}

struct FilterFlag;

impl Flag<ResourceArguments> for FilterFlag {
    fn long(&self) -> &'static str {
        "filter"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("'JSON' | @FILE", ValueKind::Params))
    }

    fn summary(&self) -> &'static str {
        "Parameters of the listing of a collection; the lists of several add up"
    }

    fn update(&self, value: FlagValue, arguments: &mut ResourceArguments) -> CliResult<()> {
        arguments.filters.push(params::read(Some(&value.text()?))?);
        Ok(())
    }
}

struct LimitFlag;

impl Flag<ResourceArguments> for LimitFlag {
    fn long(&self) -> &'static str {
        "limit"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("COUNT", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The largest number of resources of a collection"
    }

    fn update(&self, value: FlagValue, arguments: &mut ResourceArguments) -> CliResult<()> {
        arguments.limit = Some(value.whole_number()?);
        Ok(())
    }
}

struct ResourcePageSizeFlag;

impl Flag<ResourceArguments> for ResourcePageSizeFlag {
    fn long(&self) -> &'static str {
        "page-size"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("COUNT", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "How many items a page of the listing has"
    }

    fn update(&self, value: FlagValue, arguments: &mut ResourceArguments) -> CliResult<()> {
        arguments.page_size = Some(value.positive_number()?);
        Ok(())
    }
}
