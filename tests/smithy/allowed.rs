//! The differences that are expected.

use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct AllowedRow {
    service: String,
    /// All operations if empty.
    #[serde(default)]
    operations: Vec<String>,
    /// `request` or `response`.
    kind: String,
    /// A part of the difference.
    #[serde(default)]
    difference: Option<String>,
    /// Texts that only the requests of the Smithy model have, with `{}` for the operation. The rest is compared.
    #[serde(default)]
    without: Vec<String>,
    why: String,
    #[serde(skip)]
    used: bool,
}

pub(crate) struct Allowed(Vec<AllowedRow>);

impl Allowed {
    pub(crate) fn read() -> Allowed {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smithy/allowed.json");
        Allowed(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    }

    pub(crate) fn allows(&mut self, [service, operation, kind]: [&str; 3], difference: &str) -> bool {
        let fits = |row: &&mut AllowedRow| {
            row.service == service
                && row.kind == kind
                && (row.operations.is_empty() || row.operations.iter().any(|name| name == operation))
                && row.difference.as_ref().is_some_and(|part| difference.contains(part))
        };
        self.0.iter_mut().find(fits).map(|row| row.used = true).is_some()
    }

    /// Removes what the Smithy model alone has.
    pub(crate) fn without(&mut self, [service, operation, kind]: [&str; 3], lines: &mut [String]) {
        for row in self.0.iter_mut().filter(|row| row.service == service && row.kind == kind) {
            for line in lines.iter_mut() {
                for text in &row.without {
                    let rest = line.replace(&text.replace("{}", operation), "");
                    row.used |= rest != *line;
                    *line = rest;
                }
            }
        }
    }

    /// The rows that no difference had.
    pub(crate) fn unused(self) -> impl Iterator<Item = String> {
        let unused = self.0.into_iter().filter(|row| !row.used);
        unused.map(|row| {
            let texts = row.difference.into_iter().chain(row.without).collect::<Vec<_>>();
            format!("{} {} {texts:?}: there is no such difference ({})", row.service, row.kind, row.why)
        })
    }
}
