//! `codeartifact login` with stand-ins for the tools.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::{Folder, Ran, Server, ok, tucuxi};

const ENDPOINT: &str = "https://d-1.example.com/npm/r/";
const TOKEN: &str = "eyJ+to/ken==";

/// A line that logs in, the folder of its tools and the home folder.
struct LoginRun {
    tools: Folder,
    home: Folder,
    server: Server,
}

impl LoginRun {
    fn new() -> LoginRun {
        let token = json!({"authorizationToken": TOKEN, "expiration": 4_102_444_800_u64});
        let endpoint = json!({"repositoryEndpoint": ENDPOINT});
        let server = Server::with_responses([ok(token.to_string()), ok(endpoint.to_string())]);
        LoginRun { tools: Folder::new(), home: Folder::new(), server }
    }

    /// Adds a tool that records its arguments.
    fn tool(self, name: &str, lines: &str) -> LoginRun {
        let log = self.home.path("log");
        self.tools.script(name, &format!("echo \"{name} $*\" >> {}\n{lines}", log.display()));
        self
    }

    fn run(&self, options: &str) -> Ran {
        let line = format!("codeartifact login --domain dd --repository rr --tool {options}");
        let path = format!("{}:/usr/bin:/bin", self.tools.0.display());
        let run = tucuxi(&line).env("HOME", self.home.0.to_str().unwrap()).env("PATH", &path).env("TZ", "UTC");
        run.endpoint(&self.server).run()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path("log")).unwrap_or_default()
    }
}

fn succeeded(ran: &Ran, before: &str, tool: &str) {
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    let expected = format!(
        "{before}Successfully configured {tool} to use AWS CodeArtifact repository {ENDPOINT} \nLogin expires in "
    );
    assert!(ran.text().starts_with(&expected), "{}", ran.text());
    assert!(ran.text().ends_with(" at 2100-01-01 00:00:00+00:00\n"), "{}", ran.text());
}

#[test]
fn npm_pip_and_swift_are_told_of_the_repository() {
    let host = "//d-1.example.com/npm/r/";
    for (tool, options, expected) in [
        (
            "npm",
            "",
            format!(
                "npm config set registry {ENDPOINT}\nnpm config set {host}:always-auth true\nnpm config set {host}:_authToken \
                 {TOKEN}\n"
            ),
        ),
        (
            "npm",
            "--namespace n",
            format!(
                "npm config set @n:registry {ENDPOINT}\nnpm config set {host}:always-auth true\nnpm config set {host}:_authToken \
                 {TOKEN}\n"
            ),
        ),
        ("pip", "", format!("pip config set global.index-url https://aws:{TOKEN}@d-1.example.com/npm/r/simple/\n")),
        (
            "swift",
            "--namespace n",
            format!("swift package-registry set {ENDPOINT} --scope n\nswift package-registry login {ENDPOINT}login\n"),
        ),
    ] {
        if tool == "swift" && cfg!(target_os = "macos") {
            continue;
        }
        let login = LoginRun::new().tool(tool, "case \"$*\" in *always-auth*) exit 1;; esac");
        succeeded(&login.run(&format!("{tool} {options}")), "", tool);
        assert_eq!(login.log(), expected);
        let dry = LoginRun::new().run(&format!("{tool} {options} --dry-run"));
        let commands = expected.replace('\n', "\n\n");
        assert!(dry.code == 0 && dry.text().ends_with(&commands), "{}", dry.text());
    }
}

#[test]
fn requests_name_the_domain_and_the_format() {
    let login = LoginRun::new();
    let options = "pip --domain-owner 111122223333 --duration-seconds 900 --endpoint-type ipv4 --dry-run";
    assert_eq!(login.run(options).code, 0);
    let received = login.server.received.lock().unwrap();
    let lines: Vec<&str> = received.iter().map(|request| &*request.line).collect();
    let expected = [
        "POST /v1/authorization-token?domain=dd&domain-owner=111122223333&duration=900 HTTP/1.1",
        "GET /v1/repository/endpoint?domain=dd&repository=rr&format=pypi&endpointType=ipv4&domain-owner=111122223333 HTTP/1.1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn nuget_sources_are_added_or_updated() {
    let index = format!("{ENDPOINT}v3/index.json");
    let add = format!("-name dd/rr -source {index} -username aws -password {TOKEN}");
    for (listed, command, told) in [
        ("none", format!("nuget sources add {add}"), "Added source dd/rr to the user level NuGet.Config\n"),
        (
            "  1.  My Own [Enabled]\n      URL\n",
            format!("nuget sources update {}", add.replace("dd/rr", "My Own")),
            "Updated source My Own in the NuGet.Config\n",
        ),
        (
            "1. dd/rr [Disabled]\n https://old",
            format!("nuget sources update {add}"),
            "Updated source dd/rr in the NuGet.Config\n",
        ),
    ] {
        let listed = listed.replace("URL", &index);
        let list = format!("case \"$*\" in *list*) echo 'Registered Sources:\n{listed}';; esac");
        let login = LoginRun::new().tool("nuget", &list);
        succeeded(&login.run("nuget"), told, "nuget");
        assert_eq!(login.log(), format!("nuget sources list -format detailed\n{command}\n"));
    }
    let login = LoginRun::new().tool("dotnet", "");
    let dry = login.run("dotnet --dry-run");
    let expected = format!(
        "dotnet nuget add source {index} --name dd/rr --username aws --password {TOKEN} --store-password-in-clear-text\n"
    );
    assert_eq!((dry.code, dry.text()), (0, &*expected));
    assert_eq!(login.log(), "dotnet nuget list source --format detailed\n");
}

#[test]
fn twine_finds_the_repository_in_its_file() {
    let section = format!("[codeartifact]\nrepository = {ENDPOINT}\nusername = aws\npassword = {TOKEN}\n\n");
    let known = "# mine\n[distutils]\nindex-servers =\n  pypi\n\n[pypi]\nusername: me\n";
    let servers = "[distutils]\nindex-servers = \n\tpypi\n\tcodeartifact\n\n";
    for (before, expected) in
        [(None, format!("{servers}{section}")), (Some(known), format!("{servers}[pypi]\nusername = me\n\n{section}"))]
    {
        let login = LoginRun::new();
        let path = login.home.path(".pypirc");
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
        let dry = LoginRun { home: Folder(login.home.0.clone()), ..LoginRun::new() };
        // The folder is that of the other login, which removes it.
        let text = format!(
            "Dryrun mode is enabled, not writing to pypirc.\n{} would have been set to the following:\n\n{expected}\n",
            path.display()
        );
        assert_eq!(dry.run("twine --dry-run").text(), text);
        std::mem::forget(dry.home);
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
        succeeded(&login.run("twine"), "", "twine");
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_broken_file_of_twine_is_kept_and_not_shown() {
    let login = LoginRun::new();
    let path = login.home.write(".pypirc", "[distutils]\nmy-secret\n");
    let ran = login.run("twine");
    let shown = path.display();
    assert_eq!((ran.code, ran.text()), (255, &*format!("{shown} is in an invalid state.\n")));
    assert_eq!(ran.stderr, format!("\ntucuxi: [ERROR]: Source contains parsing errors: '{shown}'\n\t[line  2]\n"));
    assert_eq!(fs::read_to_string(path).unwrap(), "[distutils]\nmy-secret\n");
}

#[cfg(not(target_os = "macos"))]
#[test]
fn the_token_for_swift_is_in_the_netrc() {
    let login = LoginRun::new().tool("swift", "");
    let path =
        login.home.write(".netrc", "machine x login a password b\nmachine d-1.example.com login token password old\n");
    succeeded(&login.run("swift"), "", "swift");
    let expected = format!("machine x login a password b\nmachine d-1.example.com login token password {TOKEN}\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn failures_of_tools_hide_the_token() {
    let login = LoginRun::new().tool("pip", &format!("echo 'no {TOKEN}' >&2; exit 3"));
    let ran = login.run("pip");
    let url = "https://aws:******@d-1.example.com/npm/r/simple/";
    let expected = format!(
        "\ntucuxi: [ERROR]: Command '['pip', 'config', 'set', 'global.index-url', '{url}']' returned non-zero exit status 3. Stderr \
         from command:\nno ******\n"
    );
    assert_eq!((ran.code, ran.text(), &*ran.stderr), (255, "", &*expected));
}

#[test]
fn wrong_lines_are_refused_before_any_request() {
    for (options, code, expected) in [
        ("pip --namespace n", 255, "Argument --namespace is not supported for pip"),
        ("npm --namespace .n", 255, "Invalid scope name, scope must contain URL-safe characters"),
        ("swift --namespace a--b", 255, "no more than 39 characters"),
        ("npm --duration-seconds x", 255, "invalid literal for int() with base 10: 'x'"),
        ("nmp", 252, "argument --tool: Found invalid choice 'nmp'"),
        ("maven", 252, "argument --tool: Found invalid choice 'maven'"),
    ] {
        let login = LoginRun::new();
        let ran = login.run(options);
        assert_eq!((ran.code, ran.text()), (code, ""), "{options}");
        assert!(ran.stderr.contains(expected), "{options}: {}", ran.stderr);
        login.server.assert_untouched();
    }
    let login = LoginRun::new();
    let line = "codeartifact login --tool swift --domain dd --repository rr";
    let ran = tucuxi(line).endpoint(&login.server).env("PATH", "/nowhere").run();
    assert_eq!(
        (ran.code, &*ran.stderr),
        (255, "\ntucuxi: [ERROR]: swift was not found. Please verify installation.\n")
    );
}
