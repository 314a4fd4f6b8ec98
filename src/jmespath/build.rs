//! Builds the tree of an expression from that of the `jmespath` crate.

use std::cmp::Ordering;

use jmespath::Variable;
use jmespath::ast::{Ast, Comparator};

use super::canonical::{Canonical, MARK, Slice, Subscript};
use super::error::BuildError;
use super::functions::FunctionCall;
use super::literal::Literal;
use super::node::{Compare, Node};

/// Parses an expression in the crate's grammar.
pub(super) fn parse(canonical: Canonical) -> Result<Node, BuildError> {
    let ast = jmespath::parse(&canonical.text).map_err(|error| BuildError::Crate(error.reason.to_string()))?;
    Builder { placeholders: canonical }.node(ast)
}

/// Builds nodes from the crate's tree and resolves placeholders.
///
/// The left nesting of the crate's tree grows with the length of the expression, so it becomes a list here. All other nesting is
/// limited.
struct Builder {
    placeholders: Canonical,
}

impl Builder {
    fn node(&mut self, ast: Ast) -> Result<Node, BuildError> {
        let mut steps = Vec::new();
        let mut ast = ast;
        let first = loop {
            ast = match ast {
                Ast::Subexpr { lhs, rhs, .. } => {
                    steps.push(self.node(*rhs)?);
                    *lhs
                }
                Ast::Projection { lhs, rhs, .. } => {
                    steps.push(match *rhs {
                        Ast::Condition { predicate, then, .. } => {
                            Node::Filter(self.boxed(*predicate)?, self.boxed(*then)?)
                        }
                        rhs => Node::Each(self.boxed(rhs)?),
                    });
                    *lhs
                }
                Ast::ObjectValues { node, .. } => {
                    steps.push(Node::Values);
                    *node
                }
                Ast::Flatten { node, .. } => {
                    steps.push(Node::Flatten);
                    *node
                }
                other => break self.leaf(other)?,
            }
        };
        if steps.is_empty() {
            return Ok(first);
        }
        let mut chain = Vec::with_capacity(steps.len() + 1);
        for step in [first].into_iter().chain(steps.into_iter().rev()) {
            match step {
                Node::Current => {}
                Node::Chain(nodes) => chain.extend(nodes),
                node => chain.push(node),
            }
        }
        Ok(match chain.len() {
            0 => Node::Current,
            1 => chain.remove(0),
            _ => Node::Chain(chain),
        })
    }

    fn boxed(&mut self, ast: Ast) -> Result<Box<Node>, BuildError> {
        self.node(ast).map(Box::new)
    }

    fn all(&mut self, all: Vec<Ast>) -> Result<Vec<Node>, BuildError> {
        all.into_iter().map(|ast| self.node(ast)).collect()
    }

    fn leaf(&mut self, ast: Ast) -> Result<Node, BuildError> {
        Ok(match ast {
            Ast::Identity { .. } => Node::Current,
            Ast::Field { name, .. } => Node::Field(name),
            Ast::Index { idx, .. } => match self.index(idx)? {
                Subscript::At(index) => Node::Index(index),
                Subscript::Slice(slice) => Node::Slice(slice),
            },
            Ast::Slice { start, stop, step, .. } => self.slice(start, stop, step)?,
            Ast::Literal { value, .. } => match self.literal(&value)? {
                Literal::Value(value) => Node::Literal(value.clone()),
                Literal::Number(number) => Node::Number(*number),
            },
            Ast::Comparison { .. } => self.comparison(ast)?,
            Ast::And { .. } => Node::And(self.operands(ast, and_sides)?),
            Ast::Or { .. } => Node::Or(self.operands(ast, or_sides)?),
            Ast::Not { node, .. } => Node::Not(self.boxed(*node)?),
            Ast::MultiList { mut elements, .. } => match is_marked(&elements).then(|| elements.pop()).flatten() {
                Some(only) => self.node(only)?,
                None => Node::MultiList(self.all(elements)?),
            },
            Ast::MultiHash { elements, .. } => {
                let members = elements.into_iter().map(|pair| Ok((pair.key, self.node(pair.value)?)));
                Node::MultiHash(members.collect::<Result<_, BuildError>>()?)
            }
            Ast::Expref { ast, .. } => Node::Reference(self.boxed(*ast)?),
            Ast::Function { name, args, .. } => self.function(&name, args)?,
            // `node` and its arm for `Projection` handle these.
            Ast::Condition { .. }
            | Ast::Subexpr { .. }
            | Ast::Projection { .. }
            | Ast::ObjectValues { .. }
            | Ast::Flatten { .. } => {
                return Err(BuildError::UnexpectedTree);
            }
        })
    }

    /// Collects the operands of consecutive equal operators, which the crate nests.
    fn operands(&mut self, mut ast: Ast, split: fn(Ast) -> Result<(Ast, Ast), Ast>) -> Result<Vec<Node>, BuildError> {
        let mut nodes = Vec::new();
        let first = loop {
            match split(ast) {
                Ok((left, right)) => {
                    nodes.push(self.node(right)?);
                    ast = left;
                }
                Err(first) => break self.node(first)?,
            }
        };
        nodes.push(first);
        nodes.reverse();
        Ok(nodes)
    }

    fn comparison(&mut self, mut ast: Ast) -> Result<Node, BuildError> {
        let mut others = Vec::new();
        while let Ast::Comparison { comparator, lhs, rhs, .. } = ast {
            others.push((compare(&comparator), self.node(*rhs)?));
            ast = *lhs;
        }
        others.reverse();
        Ok(Node::Comparison(self.boxed(ast)?, others))
    }

    fn function(&mut self, name: &str, mut arguments: Vec<Ast>) -> Result<Node, BuildError> {
        if is_marked(&arguments)
            && let Some(Ast::Expref { ast, .. }) = arguments.pop()
        {
            return Ok(Node::Chain(vec![Node::Values, Node::Each(self.boxed(*ast)?)]));
        }
        Ok(Node::Call(FunctionCall::new(name, self.all(arguments)?)))
    }

    fn slice(&self, start: Option<i32>, stop: Option<i32>, step: i32) -> Result<Node, BuildError> {
        // The first bounds have no meaning, so 1 is the crate's default for a missing step.
        let step = if step == 1 { None } else { Some(step) };
        Ok(Node::Slice(Slice { start: self.bound(start)?, stop: self.bound(stop)?, step: self.bound(step)? }))
    }

    fn index(&self, placeholder: i32) -> Result<Subscript, BuildError> {
        let index = usize::try_from(placeholder).ok().and_then(|index| self.placeholders.indices.get(index));
        index.copied().ok_or(BuildError::UnknownPlaceholder)
    }

    fn bound(&self, placeholder: Option<i32>) -> Result<Option<i64>, BuildError> {
        let Some(placeholder) = placeholder else { return Ok(None) };
        let bound = usize::try_from(placeholder).ok().and_then(|index| self.placeholders.bounds.get(index));
        bound.copied().map(Some).ok_or(BuildError::UnknownPlaceholder)
    }

    fn literal(&self, placeholder: &Variable) -> Result<&Literal, BuildError> {
        number(placeholder)
            .and_then(|index| self.placeholders.literals.get(index))
            .ok_or(BuildError::UnknownPlaceholder)
    }
}

fn and_sides(ast: Ast) -> Result<(Ast, Ast), Ast> {
    match ast {
        Ast::And { lhs, rhs, .. } => Ok((*lhs, *rhs)),
        other => Err(other),
    }
}

fn or_sides(ast: Ast) -> Result<(Ast, Ast), Ast> {
    match ast {
        Ast::Or { lhs, rhs, .. } => Ok((*lhs, *rhs)),
        other => Err(other),
    }
}

fn is_marked(all: &[Ast]) -> bool {
    matches!(all.first(), Some(Ast::Literal { value, .. }) if number(value) == Some(MARK))
}

fn number(placeholder: &Variable) -> Option<usize> {
    placeholder.as_number().map(|number| number as usize)
}

fn compare(comparator: &Comparator) -> Compare {
    match comparator {
        Comparator::Equal => Compare::Equal,
        Comparator::NotEqual => Compare::NotEqual,
        Comparator::LessThan => Compare::Order(Ordering::is_lt),
        Comparator::LessThanEqual => Compare::Order(Ordering::is_le),
        Comparator::GreaterThan => Compare::Order(Ordering::is_gt),
        Comparator::GreaterThanEqual => Compare::Order(Ordering::is_ge),
    }
}
