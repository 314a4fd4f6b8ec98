//! Aliases of the AWS CLI.

use super::{Server, ok, tucuxi};

const ALIASES: &str = "\
[toplevel]
queues = sqs list-queues --query QueueUrls --output text
greet = !f() { echo \"$1\" world; exit 3; }; f
[command sqs]
all = list-queues
";

#[test]
fn aliases_are_lines_or_commands_of_the_shell() {
    for line in ["queues", "sqs all --query QueueUrls --output text", "queues --queue-name-prefix x"] {
        let server = Server::with_response(ok(r#"{"QueueUrls": ["u"]}"#));
        let run = tucuxi(line).endpoint(&server);
        run.home.write(".aws/cli/alias", ALIASES);
        let ran = run.run();
        assert_eq!((ran.text(), ran.stderr.as_str()), ("u\n", ""), "{line}");
    }
    if cfg!(unix) {
        let run = tucuxi("greet --region eu-west-1").arg("hello big").env("PATH", "/usr/bin:/bin");
        run.home.write(".aws/cli/alias", ALIASES);
        let ran = run.run();
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (3, "hello big world\n", ""));
    }
}
