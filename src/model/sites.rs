//! [`Sites`]: where an operation's input or output has shapes of certain names, found once by a walk over the shapes.

use super::shape::{Kind, Shapes};

/// The places below a root that have marked shapes, at any depth.
#[derive(Debug)]
pub(crate) struct Sites<M> {
    /// By the index of the shape. Shapes without a marked shape in them have none.
    nodes: Box<[Option<SiteNode<M>>]>,
    root: usize,
}

/// A shape that is marked or has a marked shape in it.
#[derive(Debug)]
pub(crate) enum SiteNode<M> {
    Marked(M),
    /// The members that have marked shapes, with their shapes.
    Structure(Vec<(Box<str>, usize)>),
    List(usize),
    Map(usize),
}

impl<M> Sites<M> {
    /// Finds the shapes whose names `mark` knows.
    pub(crate) fn find(shapes: &Shapes, mark: impl Fn(&str) -> Option<M>) -> Sites<M> {
        let marks: Vec<Option<M>> = shapes.arena.iter().map(|shape| mark(&shape.name)).collect();
        let mut reached: Vec<bool> = marks.iter().map(Option::is_some).collect();
        // Shapes may be recursive, so what leads to a mark is found step by step.
        loop {
            let leads = |index: &usize| {
                !reached[*index] && parts(&shapes.arena[*index].kind).iter().any(|(_, part)| reached[*part])
            };
            let more: Vec<usize> = (0..reached.len()).filter(leads).collect();
            if more.is_empty() {
                break;
            }
            more.into_iter().for_each(|index| reached[index] = true);
        }
        let nodes = marks.into_iter().enumerate().map(|(index, mark)| {
            let kind = &shapes.arena[index].kind;
            match mark {
                Some(mark) => Some(SiteNode::Marked(mark)),
                None if reached[index] => Some(node(kind, &reached)),
                None => None,
            }
        });
        Sites { nodes: nodes.collect(), root: shapes.root().shape.index() }
    }

    /// The root, if anything below it is marked.
    pub(crate) fn root(&self) -> Option<&SiteNode<M>> {
        self.get(self.root)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&SiteNode<M>> {
        self.nodes.get(index)?.as_ref()
    }

    /// The node of a structure's member.
    pub(crate) fn member<'s>(&'s self, node: &'s SiteNode<M>, name: &str) -> Option<&'s SiteNode<M>> {
        let SiteNode::Structure(members) = node else { return None };
        self.get(members.iter().find(|(member, _)| **member == *name)?.1)
    }
}

fn node<M>(kind: &Kind, reached: &[bool]) -> SiteNode<M> {
    let mut parts = parts(kind);
    match (kind, parts.pop()) {
        (Kind::List(_), Some((_, item))) => SiteNode::List(item),
        (Kind::Map { .. }, Some((_, value))) => SiteNode::Map(value),
        (_, last) => {
            parts.extend(last);
            let members = parts.into_iter().filter(|(_, part)| reached[*part]);
            SiteNode::Structure(members.map(|(name, part)| (name.into(), part)).collect())
        }
    }
}

/// The shapes of a shape's parts: of members with their names, of items and of values.
fn parts(kind: &Kind) -> Vec<(&str, usize)> {
    match kind {
        Kind::Structure(structure) => {
            structure.members.iter().map(|member| (&*member.name, member.target.shape.index())).collect()
        }
        Kind::List(item) => vec![("", item.shape.index())],
        Kind::Map { value, .. } => vec![("", value.shape.index())],
        _ => Vec::new(),
    }
}
