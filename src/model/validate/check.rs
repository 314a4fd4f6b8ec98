//! [`Checker`]: validates parameters while they are written.
//!
//! It only tells whether they are valid. The caller then has the errors written from a value, in the order of the model.

use super::{MAX_DEPTH, Validation, Validator};
use crate::model::path::Path;
use crate::model::shape::{Kind, Ref, Shape, Shapes, Structure};
use crate::value::{ParamFault, ParamResult, ParamToken, Receiver};

/// Checks parameters. Every fault ends the walk. Keys that an object has twice are a fault, too: a value would keep the last.
pub(crate) struct Checker<'c> {
    scalars: Validator<'c>,
    /// The shape of the next value in the innermost structure or map; `None` for one without a shape.
    next: Option<&'c Ref>,
    open: Vec<OpenChecked<'c>>,
    /// For each open structure, which of its members came: a bit for each.
    seen: Vec<u64>,
    /// For each other open object, the hashes of its keys.
    keys: Vec<u64>,
}

/// An open container.
struct OpenChecked<'c> {
    kind: OpenKind<'c>,
    /// Where its part of `seen` or `keys` begins.
    start: usize,
    count: usize,
}

enum OpenKind<'c> {
    /// With the member of the next value.
    Structure(&'c Structure, Option<u16>),
    List(&'c Shape, &'c Ref),
    Map(&'c Shape, &'c Ref, &'c Ref),
    /// An array or object without a shape: a document, or what the model does not have.
    Array,
    Object,
}

impl<'c> Checker<'c> {
    pub(crate) fn new(input: &'c Shapes, mode: Validation) -> Self {
        Checker {
            scalars: Validator::new(input, mode),
            next: Some(input.root()),
            open: Vec::new(),
            seen: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Whether the member of the input came.
    pub(crate) fn has_member(&self, index: u16) -> bool {
        has(&self.seen, index)
    }

    /// The shape of the next value. A null in a structure is absent, which is `Err`.
    fn target(&mut self, token: &ParamToken<'_>) -> Result<Option<&'c Ref>, ()> {
        let Some(open) = self.open.last_mut() else { return Ok(self.next) };
        match &mut open.kind {
            OpenKind::Structure(..) if matches!(token, ParamToken::Null) => return Err(()),
            OpenKind::Structure(_, Some(member)) => {
                self.seen[open.start + usize::from(*member) / 64] |= 1 << (*member % 64);
            }
            OpenKind::Structure(_, None) => {}
            OpenKind::List(_, item) => self.next = Some(item),
            OpenKind::Array => self.next = None,
            OpenKind::Map(..) | OpenKind::Object => {}
        }
        open.count += 1;
        Ok(self.next)
    }

    fn open(&mut self, kind: OpenKind<'c>) -> ParamResult<()> {
        let start = match &kind {
            OpenKind::Structure(structure, _) => {
                let start = self.seen.len();
                self.seen.resize(start + structure.members.len().div_ceil(64), 0);
                start
            }
            _ => self.keys.len(),
        };
        self.open.push(OpenChecked { kind, start, count: 0 });
        if self.open.len() > MAX_DEPTH { Err(not_valid()) } else { Ok(()) }
    }

    fn scalar(&mut self, target: &Ref, shape: &Shape, token: &ParamToken<'_>) -> ParamResult<()> {
        let fits = self.scalars.scalar(target, shape, token, &Path::root("input"), true);
        if fits { self.verdict() } else { Err(not_valid()) }
    }

    fn verdict(&self) -> ParamResult<()> {
        if self.scalars.violations.is_empty() { Ok(()) } else { Err(not_valid()) }
    }

    fn note_key(&mut self, key: &str) {
        self.keys.push(hash(key));
    }
}

impl Receiver for Checker<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        let Ok(target) = self.target(token) else { return Ok(()) };
        // A header with JSON has no shape either.
        let Some(target) = target.filter(|target| !target.json_value) else {
            return match token {
                ParamToken::Array(_) => self.open(OpenKind::Array),
                ParamToken::Object(_) => self.open(OpenKind::Object),
                // In a value it is base64 text.
                ParamToken::Bytes(_) => Err(not_valid()),
                _ => Ok(()),
            };
        };
        let shape = self.scalars.shapes.get(target.shape);
        match (&shape.kind, token) {
            (Kind::Structure(structure), _) if structure.document => match token {
                ParamToken::Array(_) => self.open(OpenKind::Array),
                ParamToken::Object(_) => self.open(OpenKind::Object),
                ParamToken::Bytes(_) => Err(not_valid()),
                _ => Ok(()),
            },
            (Kind::Structure(structure), ParamToken::Object(_)) => self.open(OpenKind::Structure(structure, None)),
            (Kind::List(item), ParamToken::Array(_)) => self.open(OpenKind::List(shape, item)),
            (Kind::Map { key, value }, ParamToken::Object(_)) => self.open(OpenKind::Map(shape, key, value)),
            _ => self.scalar(target, shape, token),
        }
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        let Some(open) = self.open.last_mut() else { return Err(not_valid()) };
        match &mut open.kind {
            OpenKind::Structure(structure, member) => {
                let found = structure.by_name(key);
                *member = found.map(|(index, _)| index);
                self.next = found.map(|(_, member)| &member.target);
                match found {
                    Some((index, _)) if has(&self.seen[open.start..], index) => Err(not_valid()),
                    Some(_) => Ok(()),
                    // Also where unknown members are allowed: they are rare.
                    None => Err(not_valid()),
                }
            }
            OpenKind::Map(_, target, value) => {
                let target = *target;
                self.next = Some(value);
                self.note_key(key);
                let shape = self.scalars.shapes.get(target.shape);
                match shape.kind {
                    Kind::String => self.scalar(target, shape, &ParamToken::Text(key)),
                    _ => Ok(()),
                }
            }
            OpenKind::Object => {
                self.next = None;
                self.note_key(key);
                Ok(())
            }
            OpenKind::List(..) | OpenKind::Array => Err(not_valid()),
        }
    }

    fn end(&mut self) -> ParamResult<()> {
        let Some(OpenChecked { kind, start, count }) = self.open.pop() else { return Err(not_valid()) };
        let path = Path::root("input");
        match kind {
            OpenKind::Structure(structure, _) => {
                let seen = &self.seen[start..];
                let is_complete = structure.required.iter().all(|index| has(seen, *index));
                if !is_complete || structure.union && count != 1 {
                    return Err(not_valid());
                }
                // The members of the input are asked for.
                if !self.open.is_empty() {
                    self.seen.truncate(start);
                }
            }
            OpenKind::List(shape, _) => self.scalars.length(shape, count, &path),
            OpenKind::Map(shape, ..) if self.scalars.mode == Validation::Strict => {
                self.scalars.length(shape, count, &path);
            }
            _ => {}
        }
        if matches!(kind, OpenKind::Map(..) | OpenKind::Object) {
            let keys = &mut self.keys[start..];
            keys.sort_unstable();
            if keys.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(not_valid());
            }
            self.keys.truncate(start);
        }
        self.verdict()
    }
}

fn has(seen: &[u64], member: u16) -> bool {
    seen.get(usize::from(member) / 64).is_some_and(|bits| bits & (1 << (member % 64)) != 0)
}

/// FNV-1a. Keys that only have the same hash take the longer way, too.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn not_valid() -> ParamFault {
    ParamFault::new("not valid")
}
