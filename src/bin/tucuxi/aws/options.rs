//! The options of an operation.

use tucuxi::shapes::{MemberInfo, OperationInfo, PaginationInfo, ShapeType};

use super::args::{ArgArity, ArgRule, Choices, ValueType};
use super::renames;

/// An option of an operation, or its one positional argument.
#[derive(Debug)]
pub(crate) struct OperationOption<'m> {
    /// Without dashes.
    pub(crate) name: String,
    pub(crate) arity: ArgArity,
    pub(crate) value: ValueType,
    pub(crate) choices: &'static [&'static str],
    pub(crate) required: bool,
    /// Works, but is not shown in the help.
    pub(crate) hidden: bool,
    pub(crate) role: OptionRole<'m>,
}

/// What an option is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OptionRole<'m> {
    /// Its values become the member.
    Member(MemberInfo<'m>),
    /// It sets a boolean member.
    Flag(MemberInfo<'m>, bool),
    /// It sets a structure whose only member `Value` is a boolean. With a value it is as [`OptionRole::Member`].
    WrappedFlag(MemberInfo<'m>, bool),
    StartingToken,
    PageSize,
    MaxItems,
    /// `--cli-input-json` or `--cli-input-yaml`
    Input,
    /// `--generate-cli-skeleton`
    Skeleton,
    /// The file for the payload of the response; the only positional argument.
    OutFile,
    /// A customization of the operation reads it.
    Custom,
}

impl<'m> OperationOption<'m> {
    pub(crate) fn new(name: impl Into<String>, arity: ArgArity, role: OptionRole<'m>) -> Self {
        let name = name.into();
        OperationOption { name, arity, value: ValueType::Text, choices: &[], required: false, hidden: false, role }
    }

    /// The name as it is typed.
    pub(crate) fn typed_name(&self) -> String {
        match self.role {
            OptionRole::OutFile => self.name.clone(),
            _ => format!("--{}", self.name),
        }
    }
}

/// Which of the required options a line must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeededOptions {
    Required,
    /// Only the file for the payload: a document has the parameters.
    OutFile,
    None,
}

/// The options of an operation, in the order of the AWS CLI.
pub(crate) struct OptionTable<'m> {
    pub(crate) operation: &'m OperationInfo,
    pub(crate) options: Vec<OperationOption<'m>>,
    /// Options that a paging option of the same name hides while pages are fetched.
    pub(crate) shadowed: Vec<OperationOption<'m>>,
}

/// The choices of `--generate-cli-skeleton`.
pub(crate) const SKELETONS: &[&str] = &["input", "output", "yaml-input"];

impl<'m> OptionTable<'m> {
    /// The options that the members of the input make, under the names that the AWS CLI gives them.
    pub(crate) fn of_members(service: &str, command: &str, operation: &'m OperationInfo) -> Self {
        let mut table = OptionTable { operation, options: Vec::new(), shadowed: Vec::new() };
        for member in operation.input().iter().flat_map(|input| input.members()) {
            table.add_member(member);
        }
        for (from, to) in renames::renames(service, command) {
            table.rename(from, to);
        }
        for (shown, alias) in renames::aliases(service, command) {
            table.add_alias(shown, alias);
        }
        table
    }

    fn add_member(&mut self, member: MemberInfo<'m>) {
        let name = member.kebab_name();
        let required = member.is_required() && !member.is_idempotency_token();
        match member.shape().shape_type() {
            ShapeType::Boolean => {
                let negative = format!("no-{name}");
                self.options.push(OperationOption::new(name, ArgArity::Flag, OptionRole::Flag(member, true)));
                self.options.push(OperationOption::new(negative, ArgArity::Flag, OptionRole::Flag(member, false)));
            }
            shape_type => {
                let (arity, value) = match shape_type {
                    ShapeType::List => (ArgArity::Any, ValueType::Text),
                    ShapeType::Integer if member.shape().is_long() => (ArgArity::One, ValueType::Int),
                    ShapeType::Float | ShapeType::Double => (ArgArity::One, ValueType::Float),
                    _ => (ArgArity::One, ValueType::Text),
                };
                let option = OperationOption::new(name, arity, OptionRole::Member(member));
                self.options.push(OperationOption { value, required, ..option });
            }
        }
    }

    /// Adds what every operation has: paging options, an output file, parameters from a document, a skeleton of one.
    pub(crate) fn add_general(&mut self, pagination: Option<&PaginationInfo>) {
        if let Some(pagination) = pagination {
            self.add_paging(pagination);
        }
        if self.streams_output() {
            let file = OperationOption::new("outfile", ArgArity::One, OptionRole::OutFile);
            self.options.push(OperationOption { required: true, ..file });
        }
        // With a file that a customization writes, the AWS CLI takes no documents. It takes none with the file of a payload either.
        if self.find("outfile").is_some_and(|file| !matches!(file.role, OptionRole::OutFile)) {
            return;
        }
        self.options.push(OperationOption::new("cli-input-json", ArgArity::One, OptionRole::Input));
        self.options.push(OperationOption::new("cli-input-yaml", ArgArity::One, OptionRole::Input));
        let skeleton = OperationOption::new("generate-cli-skeleton", ArgArity::Optional, OptionRole::Skeleton);
        self.options.push(OperationOption { choices: SKELETONS, ..skeleton });
    }

    /// Whether the payload of the response is bytes.
    fn streams_output(&self) -> bool {
        let is_stream = |member: MemberInfo<'_>| member.is_payload() && member.shape().shape_type() == ShapeType::Blob;
        self.operation.output().is_some_and(|output| output.members().any(is_stream))
    }

    fn add_paging(&mut self, pagination: &PaginationInfo) {
        let limit = pagination.limit_key().and_then(|key| self.operation.input()?.member(key));
        for name in pagination.input_tokens().chain(pagination.limit_key()) {
            let name = tucuxi::shapes::kebab_name(name);
            if let Some(option) = self.find_mut(&name) {
                option.hidden = true;
            }
        }
        let count = match limit.map(|member| member.shape().shape_type()) {
            Some(ShapeType::String) => ValueType::Text,
            _ => ValueType::Int,
        };
        self.add_shadowing(OperationOption::new("starting-token", ArgArity::One, OptionRole::StartingToken));
        if limit.is_some() {
            let size = OperationOption::new("page-size", ArgArity::One, OptionRole::PageSize);
            self.add_shadowing(OperationOption { value: count, ..size });
        }
        let items = OperationOption::new("max-items", ArgArity::One, OptionRole::MaxItems);
        self.add_shadowing(OperationOption { value: count, ..items });
    }

    /// Adds an option in the place of one with the same name, if there is one.
    fn add_shadowing(&mut self, option: OperationOption<'m>) {
        match self.find_mut(&option.name) {
            Some(found) => {
                let shadowed = std::mem::replace(found, option);
                self.shadowed.push(shadowed);
            }
            None => self.options.push(option),
        }
    }

    /// Puts back the options that paging options hide.
    pub(crate) fn restore_shadowed(&mut self) {
        for option in std::mem::take(&mut self.shadowed) {
            self.put(option);
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&OperationOption<'m>> {
        self.options.iter().find(|option| option.name == name)
    }

    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut OperationOption<'m>> {
        self.options.iter_mut().find(|option| option.name == name)
    }

    /// Removes an option.
    pub(crate) fn remove(&mut self, name: &str) -> Option<OperationOption<'m>> {
        let at = self.options.iter().position(|option| option.name == name)?;
        Some(self.options.remove(at))
    }

    /// Adds an option in the place of one with the same name, or else at the end.
    pub(crate) fn put(&mut self, option: OperationOption<'m>) {
        match self.find_mut(&option.name) {
            Some(found) => *found = option,
            None => self.options.push(option),
        }
    }

    /// Renames an option, which moves to the end.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        if let Some(option) = self.remove(from) {
            self.put(OperationOption { name: to.to_owned(), ..option });
        }
    }

    /// Gives an option a second name that is not shown. Neither is required, since one is enough.
    fn add_alias(&mut self, shown: &str, alias: &str) {
        let Some(option) = self.find_mut(shown) else { return };
        option.required = false;
        let (arity, value, role) = (option.arity, option.value, option.role);
        self.put(OperationOption { value, hidden: true, ..OperationOption::new(alias, arity, role) });
    }

    /// The typed names, for [`rules`](Self::rules).
    pub(crate) fn typed_names(&self) -> Vec<String> {
        self.options.iter().map(OperationOption::typed_name).collect()
    }

    /// The rules of a parser: those of the options in their order, and then `help`.
    pub(crate) fn rules<'r>(&self, typed_names: &'r [String], needed: NeededOptions) -> Vec<ArgRule<'r>> {
        let is_needed = |role: OptionRole<'_>| match needed {
            NeededOptions::Required => true,
            NeededOptions::OutFile => matches!(role, OptionRole::OutFile),
            NeededOptions::None => false,
        };
        let rule = |(option, name): (&OperationOption<'m>, &'r String)| ArgRule {
            name,
            arity: option.arity,
            value: option.value,
            choices: if option.choices.is_empty() { Choices::Any } else { Choices::Of(option.choices) },
            required: option.required && is_needed(option.role),
        };
        let mut rules: Vec<ArgRule<'r>> = self.options.iter().zip(typed_names).map(rule).collect();
        rules.push(ArgRule::new("help", ArgArity::Optional));
        rules
    }
}
