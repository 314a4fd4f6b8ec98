//! Text of a rule set with the places of its lists of rules, so that each list can be compiled on its own.

/// The value of a member `rules` begins with this. Bundled files have no white space.
const RULES_KEY: &[u8] = b"\"rules\":";

/// The bytes that end a string or need a look at what follows: quotes, backslashes and opening braces.
const IN_STRING: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[b'{' as usize] = true;
    table
};

/// Text of a rule set, and where its lists of rules are.
#[derive(Debug)]
pub(super) struct Outline {
    text: Box<str>,
    lists: Vec<RuleList>,
    /// The names that rules mention.
    names: Vec<Box<[u8]>>,
}

/// Place of a list, with its brackets. Lists are in the order of the text, so those within it follow it.
#[derive(Debug, Clone, Copy)]
struct RuleList {
    start: usize,
    end: usize,
    /// Index of the next list that is not within this one.
    next: usize,
}

impl Outline {
    /// Finds the lists in one pass. Returns the text if its brackets or quotes do not match.
    pub(super) fn of(text: String) -> Result<Outline, String> {
        let mut scan = OutlineScan::default();
        match scan.run(text.as_bytes()) {
            Some(()) => {
                let names = scan.names.iter().map(|name| (*name).into()).collect();
                Ok(Outline { lists: scan.lists, names, text: text.into() })
            }
            None => Err(text),
        }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text with the index of each outermost list in place of the list.
    pub(super) fn head(&self) -> String {
        self.shortened(0, self.text.len(), 0)
    }

    /// A list with the index of each list within it in place of that list; `None` if there is no such list.
    pub(super) fn list(&self, index: usize) -> Option<String> {
        self.lists.get(index).map(|list| self.shortened(list.start, list.end, index + 1))
    }

    /// Whether the rules mention a name, as a reference or in a template.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.names.iter().any(|mentioned| **mentioned == *name.as_bytes())
    }

    fn shortened(&self, mut start: usize, end: usize, first: usize) -> String {
        let mut text = String::new();
        let mut next = first;
        while let Some(list) = self.lists.get(next).filter(|list| list.start < end) {
            text.push_str(&self.text[start..list.start]);
            text.push_str(&next.to_string());
            (start, next) = (list.end, list.next);
        }
        text + &self.text[start..end]
    }
}

#[derive(Default)]
struct OutlineScan<'t> {
    lists: Vec<RuleList>,
    names: Vec<&'t [u8]>,
}

impl<'t> OutlineScan<'t> {
    /// Finds lists and names; `None` if brackets or quotes do not match.
    fn run(&mut self, text: &'t [u8]) -> Option<()> {
        // For each open bracket the list that begins there.
        let mut open: Vec<Option<usize>> = Vec::new();
        let mut is_reference = false;
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            match byte {
                b'"' => {
                    let string = self.string(text, at + 1)?;
                    if is_reference {
                        self.mention(string);
                    }
                    is_reference = string == b"ref";
                    at += string.len() + 1;
                }
                b'[' => {
                    let is_list = text[..at].ends_with(RULES_KEY);
                    open.push(is_list.then_some(self.lists.len()));
                    if is_list {
                        self.lists.push(RuleList { start: at, end: 0, next: 0 });
                    }
                }
                b']' => {
                    if let Some(list) = open.pop()? {
                        let next = self.lists.len();
                        self.lists[list] = RuleList { end: at + 1, next, ..self.lists[list] };
                    }
                }
                _ => {}
            }
            at += 1;
        }
        open.is_empty().then_some(())
    }

    /// Returns the string that starts after its quote, with its escapes, and notes names in braces.
    fn string(&mut self, text: &'t [u8], start: usize) -> Option<&'t [u8]> {
        let mut at = start;
        loop {
            at += text.get(at..)?.iter().position(|byte| IN_STRING[usize::from(*byte)])?;
            match text[at] {
                b'"' => return text.get(start..at),
                b'{' => {
                    let rest = &text[at + 1..];
                    let name = rest.split(|byte| matches!(byte, b'"' | b'#' | b'}')).next()?;
                    self.mention(name);
                    at += 1 + name.len();
                }
                _ => at += 2,
            }
        }
    }

    /// Notes a name. A rule set has some dozens of them.
    fn mention(&mut self, name: &'t [u8]) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }
}
