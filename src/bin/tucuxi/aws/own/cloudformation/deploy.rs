//! `cloudformation deploy`: makes a stack, or updates it, by a change set.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::change_set::{self, Changes};
use super::parameters::{self, OVERRIDES};
use super::template::StackTemplate;
use super::upload;
use crate::aws::args::ArgArity;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::{output, signals};

pub(in crate::aws::own) const DEPLOY: OwnCommand = OwnCommand {
    group: "cloudformation",
    name: "deploy",
    summary: "Create or update a stack from a template",
    options: &[TEMPLATE, CHANGES],
    run,
};

const TEMPLATE: &[OwnOption] = &[
    OwnOption::new("--template-file", "<path>", "The template").values(OwnValues::Paths).required(),
    OwnOption::new("--stack-name", "<name>", "The stack").required(),
    OwnOption::new("--s3-bucket", "<bucket>", "A bucket for the template, which large ones need"),
    OwnOption::flag("--force-upload", "Upload the template again if the bucket has it already"),
    OwnOption::new("--s3-prefix", "<prefix>", "What the key of the template in the bucket begins with"),
    OwnOption::new("--kms-key-id", "<id>", "The key that encrypts the template in the bucket"),
    OwnOption::new(OVERRIDES, "<key=value>", "Values for parameters of the template, or a JSON file")
        .arity(ArgArity::Some)
        .values(OwnValues::Verbatim),
    OwnOption::new("--capabilities", "<name>", "What the template is allowed to do: CAPABILITY_IAM")
        .arity(ArgArity::Some),
];

const CHANGES: &[OwnOption] = &[
    OwnOption::flag("--no-execute-changeset", "Only make the change set, for a review"),
    OwnOption::flag("--disable-rollback", "Keep the resources of a failed deployment"),
    OwnOption::flag("--no-disable-rollback", "Remove the resources of a failed deployment, as usual"),
    OwnOption::new("--role-arn", "<arn>", "The role that makes the changes"),
    OwnOption::new("--notification-arns", "<arn>", "Topics for the events of the stack").arity(ArgArity::Some),
    OwnOption::flag("--fail-on-empty-changeset", "Fail if there is nothing to change"),
    OwnOption::flag("--no-fail-on-empty-changeset", "Succeed if there is nothing to change, as usual"),
    OwnOption::new("--tags", "<key=value>", "Tags of the stack").arity(ArgArity::Some),
];

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let client = line.service_client()?;
    let template = StackTemplate::read(line.text("--template-file").unwrap_or_default())?;
    let stack = line.text("--stack-name").unwrap_or_default();
    let given = parameters::overrides(line.get(OVERRIDES).unwrap_or_default())?;
    let params = options(line)?;
    let parameters = parameters::merged(&template.parameters, &given);
    let bucket = line.text("--s3-bucket").filter(|bucket| !bucket.is_empty());
    if template.needs_bucket && bucket.is_none() {
        return Err(AwsError::General(NEEDS_BUCKET.to_owned()));
    }
    let upload = || match bucket {
        Some(bucket) => Ok(("TemplateURL", upload::upload(line, &line.other_client("s3")?, bucket, &template.text)?)),
        None => Ok(("TemplateBody", template.text.clone())),
    };
    let changes = change_set::create(line, &client, stack, parameters, upload, params)?;
    if let Changes::None = changes.wait(&client, stack)? {
        let text = format!("No changes to deploy. Stack {stack} is up to date");
        if line.is_on("--fail-on-empty-changeset", "--no-fail-on-empty-changeset") {
            return Err(AwsError::General(text));
        }
        output::print(&format!("\n{text}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if line.has("--no-execute-changeset") {
        output::print(&format!(
            "Changeset created successfully. Run the following command to review changes:\naws cloudformation \
             describe-change-set --change-set-name {}\n",
            changes.id
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    changes.execute(line, &client, stack, line.is_on("--disable-rollback", "--no-disable-rollback"))?;
    output::print(&format!("Successfully created/updated stack - {stack}\n"))?;
    Ok(ExitCode::SUCCESS)
}

const NEEDS_BUCKET: &str = "Templates with a size greater than 51,200 bytes must be deployed via an S3 Bucket. Please add the \
                            --s3-bucket parameter to your command. The local template will be copied to that S3 bucket and \
                            then deployed.";

/// The parameters of the change set that are options.
fn options(line: &OwnLine<'_>) -> AwsResult<Map<String, Value>> {
    let mut params = Map::new();
    params.insert("Capabilities".to_owned(), line.list("--capabilities")?.unwrap_or_default().into());
    let tags = parameters::pairs(&line.list("--tags")?.unwrap_or_default(), "--tags")?;
    let tags = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    params.insert("Tags".to_owned(), tags);
    if let Some(role) = line.text("--role-arn") {
        params.insert("RoleARN".to_owned(), role.into());
    }
    if let Some(topics) = line.list("--notification-arns")? {
        params.insert("NotificationARNs".to_owned(), topics.into());
    }
    Ok(params)
}
