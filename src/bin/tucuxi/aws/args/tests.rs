use super::*;

const SIZES: &[&str] = &["small", "smaller", "large"];

fn rules() -> Vec<ArgRule<'static>> {
    vec![
        ArgRule { required: true, ..ArgRule::new("--queue-url", ArgArity::One) },
        ArgRule::new("--names", ArgArity::Any),
        ArgRule::new("--dry-run", ArgArity::Flag),
        ArgRule::new("--no-dry-run", ArgArity::Flag),
        ArgRule { value: ValueType::Int, ..ArgRule::new("--max", ArgArity::One) },
        ArgRule { choices: Choices::Of(SIZES), ..ArgRule::new("--size", ArgArity::Optional) },
        ArgRule::new("--tag", ArgArity::Two),
        ArgRule::new("help", ArgArity::Optional),
    ]
}

fn parse(line: &[&str]) -> Result<String, String> {
    let parser = ArgParser::new(rules());
    let parsed =
        parser.parse_known(line.iter().map(|arg| (*arg).to_owned()).collect()).map_err(|error| error.to_string())?;
    let shown = |given: &GivenArg| format!("{}={}", parser.rules[given.rule].name, given.values.join("|"));
    let mut text: Vec<String> = parsed.given.iter().map(shown).collect();
    if !parsed.rest.is_empty() {
        text.push(format!("rest: {}", parsed.rest.join("|")));
    }
    Ok(text.join(" "))
}

#[test]
fn options_are_parsed_as_by_argparse() {
    let cases: &[(&[&str], &str)] = &[
        (&["--queue-url", "u"], "--queue-url=u"),
        (&["--queue-url=u=v"], "--queue-url=u=v"),
        (&["--queue-url="], "--queue-url="),
        (&["--queue-u", "u", "--na", "a", "b", "--dry"], "--queue-url=u --names=a|b --dry-run="),
        (&["--names", "--queue-url", "u"], "--names= --queue-url=u"),
        (&["--queue-url", "-5\n"], "--queue-url=-5\n"),
        (&["--queue-url", "-5", "--max", "-5"], "--queue-url=-5 --max=-5"),
        (&["--queue-url", "-a b"], "--queue-url=-a b"),
        (&["--queue-url", "-"], "--queue-url=-"),
        (&["--queue-url", "u", "--size"], "--queue-url=u --size="),
        (&["--tag", "k", "v", "--queue-url", "u", "--tag", "l", "w", "x"], "--tag=k|v --queue-url=u --tag=l|w help=x"),
        (&["x", "--queue-url", "u", "y"], "help=x --queue-url=u rest: y"),
        (&["--queue-url", "u", "--foo", "bar", "--baz"], "--queue-url=u help=bar rest: --foo|--baz"),
        (&["--queue-url", "u", "--", "--x", "y"], "--queue-url=u help=--x rest: y"),
    ];
    for (line, expected) in cases {
        assert_eq!(parse(line).as_deref(), Ok(*expected), "{line:?}");
    }
}

#[test]
fn errors_have_the_texts_of_the_aws_cli() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "the following arguments are required: --queue-url"),
        (&["--queue-url", "--x"], "argument --queue-url: expected one argument"),
        (&["--queue-url", "-a"], "argument --queue-url: expected one argument"),
        (&["--queue-url", "u", "--dry-run=true"], "argument --dry-run: ignored explicit argument 'true'"),
        (&["--queue-url", "u", "--max", "x"], "argument --max: invalid int value: 'x'"),
        (&["--queue-url", "u", "--tag", "k"], "argument --tag: expected 2 arguments"),
        (&["--queue-url", "u", "--tag=k", "v"], "argument --tag: expected 2 arguments"),
        (&["--n"], "ambiguous option: --n could match --names, --no-dry-run"),
        (
            &["--size", "smalle"],
            "argument --size: Found invalid choice 'smalle'\n\nMaybe you meant:\n\n  * smaller\n  * small",
        ),
        (&["--size", "x"], "argument --size: Found invalid choice 'x'\n"),
    ];
    for (line, expected) in cases {
        assert_eq!(parse(line), Err((*expected).to_owned()), "{line:?}");
    }
}
