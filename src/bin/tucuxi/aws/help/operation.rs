//! The page of an operation or a waiter.

use tucuxi::shapes::{MemberInfo, ShapeInfo, ShapeType, kebab_name};

use super::form::{self, ValueForm};
use super::page::{HelpPage, INDENT, WIDTH};
use super::push_globals;
use crate::aws::args::ArgArity;
use crate::aws::command::Target;
use crate::aws::options::{OperationOption, OptionRole};

/// The column of what is below an option.
const BELOW: usize = INDENT + 4;

/// The column of forms.
const FORM: usize = BELOW + 2;

/// More required members are not shown.
const MAX_REQUIRED: usize = 12;

/// More values of an enum are not shown.
const MAX_CHOICES: usize = 60;

/// `aws SERVICE OPERATION help` and `aws SERVICE wait WAITER help`
pub(crate) fn of_operation(program: &str, target: &Target) -> String {
    let table = target.table();
    let shown: Vec<&OperationOption<'_>> = table.options.iter().filter(|option| !option.hidden).collect();
    let wait = if target.waiter.is_some() { "wait " } else { "" };
    let name = format!("{program} {} {wait}{}", target.service.command, target.command);
    let mut page = HelpPage::default();
    push_name(&mut page, &name, target);
    page.heading("SYNOPSIS");
    page.line(INDENT, &name);
    let synopsis = synopsis(&shown);
    page.items(INDENT + 2, synopsis.iter().map(String::as_str).chain(["[global options]"]));
    let is_general = |option: &OperationOption<'_>| {
        !matches!(
            option.role,
            OptionRole::Member(_) | OptionRole::Flag(..) | OptionRole::WrappedFlag(..) | OptionRole::Custom
        )
    };
    let (general, own): (Vec<_>, Vec<_>) = shown.into_iter().partition(|option| is_general(option));
    if !own.is_empty() {
        page.heading("OPTIONS");
        push_options(&mut page, &own);
        push_syntax(&mut page, &own);
    }
    push_general(&mut page, &general);
    push_output(&mut page, target);
    push_errors(&mut page, target);
    push_globals(&mut page);
    page.into_text()
}

fn push_name(page: &mut HelpPage, name: &str, target: &Target) {
    let operation = target.operation.name();
    let service = target.service.info.full_name().unwrap_or_else(|| target.service.info.service_id());
    page.heading("NAME");
    page.line(INDENT, name);
    page.blank();
    match target.waiter {
        Some(_) => page.paragraph(
            INDENT,
            &format!(
                "Calls `{}` again and again, until what is waited for is there (exit code 0), cannot come any more or does not come \
                 in time (exit code 255). The options are those of the operation.",
                kebab_name(operation)
            ),
        ),
        None => {
            let note = if target.operation.is_deprecated() { "; deprecated" } else { "" };
            page.paragraph(INDENT, &format!("{operation} of {service}{note}"));
        }
    }
    if let Some(uid) = target.service.info.uid() {
        page.line(INDENT, &format!("https://docs.aws.amazon.com/goto/WebAPI/{uid}/{operation}"));
    }
}

/// The options, in brackets if they are optional; both options of a boolean together.
fn synopsis(shown: &[&OperationOption<'_>]) -> Vec<String> {
    let mut items = Vec::new();
    for option in shown {
        if is_second_flag(option, shown) {
            continue;
        }
        let text = match second_flag(option, shown) {
            Some(second) => format!("{} | {}", option.typed_name(), second.typed_name()),
            None => format!("{}{}", option.typed_name(), placeholder(option)),
        };
        items.push(if option.required { text } else { format!("[{text}]") });
    }
    items
}

fn placeholder(option: &OperationOption<'_>) -> &'static str {
    match (option.arity, option.role) {
        (_, OptionRole::OutFile) | (ArgArity::Flag, _) => "",
        (ArgArity::Optional, OptionRole::Skeleton) => " [<kind>]",
        (ArgArity::One | ArgArity::Optional, _) => " <value>",
        (ArgArity::Any | ArgArity::Some | ArgArity::Two, _) => " <value>..",
    }
}

/// The member that an option turns on or off.
fn flag_of<'m>(option: &OperationOption<'m>) -> Option<(MemberInfo<'m>, bool)> {
    match option.role {
        OptionRole::Flag(member, value) | OptionRole::WrappedFlag(member, value) => Some((member, value)),
        _ => None,
    }
}

/// The option that turns off what `option` turns on.
fn second_flag<'o, 'm>(
    option: &OperationOption<'m>,
    shown: &[&'o OperationOption<'m>],
) -> Option<&'o OperationOption<'m>> {
    let (member, _) = flag_of(option).filter(|(_, value)| *value)?;
    shown.iter().copied().find(|other| flag_of(other).is_some_and(|(of, value)| of.name() == member.name() && !value))
}

fn is_second_flag(option: &OperationOption<'_>, shown: &[&OperationOption<'_>]) -> bool {
    flag_of(option).is_some_and(|(member, value)| {
        !value && shown.iter().any(|other| flag_of(other).is_some_and(|(of, on)| on && of.name() == member.name()))
    })
}

fn push_options(page: &mut HelpPage, own: &[&OperationOption<'_>]) {
    for (position, option) in own.iter().filter(|option| !is_second_flag(option, own)).enumerate() {
        if position > 0 {
            page.blank();
        }
        let required = if option.required { ", required" } else { "" };
        match (option.role, second_flag(option, own)) {
            (_, Some(second)) => {
                let (first, second) =
                    (format!("{} |", option.typed_name()), format!("{} (boolean)", second.typed_name()));
                page.items(INDENT, [&*first, &*second]);
            }
            (OptionRole::Member(member), _) => {
                page.line(INDENT, &format!("{} ({}){required}", option.typed_name(), form::type_name(member.shape())));
                push_member(page, member);
            }
            _ => {
                page.line(INDENT, &format!("{}{}{required}", option.typed_name(), placeholder(option)));
                push_choices(page, option.choices);
            }
        }
    }
}

fn push_choices(page: &mut HelpPage, choices: &[&str]) {
    match choices.get(..MAX_CHOICES) {
        None if choices.is_empty() => {}
        None => page.paragraph(BELOW, &format!("One of: {}", choices.join(", "))),
        Some(first) => {
            page.paragraph(BELOW, &format!("One of: {}, .. ({} in all)", first.join(", "), choices.len()));
        }
    }
}

/// What is to know of the values of an option.
fn push_member(page: &mut HelpPage, member: MemberInfo<'_>) {
    let shape = member.shape();
    let element = shape.element().unwrap_or(shape);
    let values: Vec<&str> = element.enum_values().collect();
    push_choices(page, &values);
    if let Some(range) = range(shape) {
        page.paragraph(BELOW, &range);
    }
    if member.is_idempotency_token() {
        page.paragraph(BELOW, "A random text if not given");
    }
    if member.is_streaming() {
        page.paragraph(BELOW, "The path of a file with the content");
    }
    if let Some(form) = form::shorthand(shape) {
        page.line(BELOW, "Shorthand:");
        push_shorthand(page, &form);
    }
    let is_complex = |shape: ShapeInfo<'_>| {
        matches!(shape.shape_type(), ShapeType::Structure | ShapeType::Map | ShapeType::List | ShapeType::Document)
    };
    if matches!(shape.shape_type(), ShapeType::Structure | ShapeType::Map) || shape.element().is_some_and(is_complex) {
        page.line(BELOW, "JSON:");
        push_json(page, FORM, shape);
        let mut required = form::required_members(shape, MAX_REQUIRED + 1);
        if required.len() > MAX_REQUIRED {
            required.truncate(MAX_REQUIRED);
            required.push("..".to_owned());
        }
        if !required.is_empty() {
            page.paragraph(BELOW, &format!("Required members: {}", required.join(", ")));
        }
    }
}

/// The limits that the model sets.
fn range(shape: ShapeInfo<'_>) -> Option<String> {
    let subject = match shape.shape_type() {
        ShapeType::String | ShapeType::Blob => "Length",
        ShapeType::List | ShapeType::Map => "Number",
        ShapeType::Integer | ShapeType::Float | ShapeType::Double => "Value",
        _ => return None,
    };
    match (shape.min().filter(|min| subject == "Value" || *min > 0.0), shape.max()) {
        (Some(min), Some(max)) => Some(format!("{subject}: {min} to {max}")),
        (Some(min), None) => Some(format!("{subject}: from {min}")),
        (None, Some(max)) => Some(format!("{subject}: up to {max}")),
        (None, None) => None,
    }
}

/// Breaks the form at its commas, and at its brackets where that is not enough, so that it reads as a single word.
fn push_shorthand(page: &mut HelpPage, form: &ValueForm) {
    let room = WIDTH.saturating_sub(FORM);
    for line in &form.lines {
        let parts = line.split_inclusive(',').flat_map(|part| {
            let is_long = part.len() > room;
            part.split_inclusive(move |char| is_long && matches!(char, '{' | '['))
        });
        let mut rest = String::new();
        for part in parts {
            if rest.len().saturating_add(part.len()) > room && !rest.is_empty() {
                page.line(FORM, &std::mem::take(&mut rest));
            }
            rest.push_str(part);
        }
        page.line(FORM, &rest);
    }
}

fn push_json(page: &mut HelpPage, indent: usize, shape: ShapeInfo<'_>) {
    let form = form::json(shape, WIDTH.saturating_sub(indent));
    for line in &form.lines {
        page.line(indent, line);
    }
    if form.is_cut {
        page.paragraph(indent, "(deeper levels are left out; --generate-cli-skeleton has all of them)");
    }
}

/// How values are written, as far as the options need it.
fn push_syntax(page: &mut HelpPage, own: &[&OperationOption<'_>]) {
    let members = || {
        own.iter().filter_map(|option| if let OptionRole::Member(member) = option.role { Some(member) } else { None })
    };
    let has =
        |wanted: ShapeType| members().any(|member| !member.is_streaming() && member.shape().shape_type() == wanted);
    page.blank();
    page.paragraph(INDENT, "A value `file://PATH` is the text in a file, `fileb://PATH` its bytes.");
    if has(ShapeType::Blob) {
        page.paragraph(INDENT, "A blob is base64 text, or bytes by `fileb://PATH`.");
    }
    if has(ShapeType::Timestamp) {
        page.paragraph(INDENT, "A timestamp is like 2030-01-31T12:00:00Z, 2030-01-31 or 1896091200.");
    }
}

fn push_general(page: &mut HelpPage, general: &[&OperationOption<'_>]) {
    let text = |option: &OperationOption<'_>| match option.role {
        OptionRole::StartingToken => "Begin with the page of the `NextToken` of an earlier listing",
        OptionRole::PageSize => "The number of items that one call fetches",
        OptionRole::MaxItems => "The number of items to print; `NextToken` then tells where to go on",
        OptionRole::Input if option.name.ends_with("yaml") => "The same as YAML",
        OptionRole::Input => "Parameters as JSON, to which other options add, or `file://PATH`",
        OptionRole::Skeleton => "Print parameters to fill in and call nothing: input, yaml-input or output",
        _ => "The file that the payload of the response goes to",
    };
    let is_paging = |option: &&&OperationOption<'_>| {
        matches!(option.role, OptionRole::StartingToken | OptionRole::PageSize | OptionRole::MaxItems)
    };
    let is_other = |option: &&&OperationOption<'_>| !is_paging(option);
    for (heading, options) in [
        ("PAGES", general.iter().filter(is_paging).collect::<Vec<_>>()),
        ("OTHER OPTIONS", general.iter().filter(is_other).collect()),
    ] {
        if options.is_empty() {
            continue;
        }
        page.heading(heading);
        if heading == "PAGES" {
            page.paragraph(INDENT, "All pages of the listing are fetched and joined, unless --no-paginate is given.");
        }
        for option in options {
            page.row(&format!("{}{}", option.typed_name(), placeholder(option)), super::GLOBAL_COLUMN, text(option));
        }
    }
}

fn push_output(page: &mut HelpPage, target: &Target) {
    if target.waiter.is_some() {
        return;
    }
    if let Some(output) = target.operation.output().filter(|output| output.members().len() > 0) {
        page.heading("OUTPUT");
        push_json(page, INDENT, output);
    }
}

fn push_errors(page: &mut HelpPage, target: &Target) {
    if target.operation.errors().len() > 0 {
        page.heading("ERRORS");
        page.items(INDENT, target.operation.errors());
    }
}
