//! Reading a pattern of `einsum`, and fitting it to shapes.

use crate::error::{Error, ErrorKind};
use crate::shape::Shape;
use smallvec::SmallVec;
use std::fmt;

/// What an axis is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Index(char),
    /// An axis of `...`, counted from its last.
    Dots(usize),
}

pub(super) type Labels = SmallVec<[Label; 6]>;

/// A pattern that fits its operands.
pub(super) struct Plan {
    /// For each operand the names of its axes.
    pub(super) operands: SmallVec<[Labels; 4]>,
    pub(super) output: Labels,
    lengths: SmallVec<[(Label, usize); 8]>,
}

impl Plan {
    /// Reads a pattern and fits it to the operands' shapes.
    pub(super) fn of(pattern: &str, shapes: &[Shape]) -> Result<Plan, Error> {
        let pointed = |mistake: Mistake| {
            let kind = match mistake.is_length {
                true => ErrorKind::Shape,
                false => ErrorKind::Option,
            };
            // A character is a column.
            Error::new(
                kind,
                format!(
                    "{}\n    {pattern}\n    {:width$}^\n   ",
                    mistake.why,
                    "",
                    width = mistake.at
                ),
            )
        };
        Pattern::read(pattern)
            .and_then(|read| read.fitted(shapes))
            .map_err(pointed)
    }

    /// The length of an axis, for estimates of cost.
    pub(super) fn length(&self, label: Label) -> f64 {
        let found = self.lengths.iter().find(|(own, _)| *own == label);
        found.map_or(1.0, |&(_, length)| length as f64)
    }
}

/// What is wrong with a pattern, and at which character.
struct Mistake {
    at: usize,
    why: String,
    /// The pattern is well-formed, the shapes are not those it asks for.
    is_length: bool,
}

fn mistake<V>(at: usize, why: impl fmt::Display) -> Result<V, Mistake> {
    Err(Mistake {
        at,
        why: why.to_string(),
        is_length: false,
    })
}

fn misfit<V>(at: usize, why: impl fmt::Display) -> Result<V, Mistake> {
    Err(Mistake {
        at,
        why: why.to_string(),
        is_length: true,
    })
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The axes of one operand, or of the output, as written; `None` stands for `...`.
#[derive(Default)]
struct Term {
    at: usize,
    axes: SmallVec<[(usize, Option<char>); 6]>,
}

impl Term {
    fn dots(&self) -> Option<usize> {
        let dots = self.axes.iter().find(|(_, name)| name.is_none());
        dots.map(|&(at, _)| at)
    }

    /// The names of the axes, with so many for the dots.
    fn labels(&self, dots: usize) -> Labels {
        let mut labels = Labels::new();
        for &(_, name) in &self.axes {
            match name {
                Some(index) => labels.push(Label::Index(index)),
                None => labels.extend((0..dots).rev().map(Label::Dots)),
            }
        }
        labels
    }
}

struct Pattern {
    operands: SmallVec<[Term; 4]>,
    output: Option<Term>,
}

impl Pattern {
    fn read(text: &str) -> Result<Pattern, Mistake> {
        let mut operands: SmallVec<[Term; 4]> = SmallVec::new();
        let mut term = Term::default();
        let mut is_output = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                ' ' => {}
                'a'..='z' | 'A'..='Z' => term.axes.push((at, Some(character))),
                '.' => {
                    let mut is_dot = || characters.next_if(|&(_, next)| next == '.').is_some();
                    if !(is_dot() && is_dot()) {
                        return mistake(at, "an ellipsis has three dots: `...`");
                    }
                    if term.dots().is_some() {
                        return mistake(at, "a second `...` in one operand");
                    }
                    term.axes.push((at, None));
                }
                ',' if is_output => return mistake(at, "there is one output: no `,` after `->`"),
                '-' if is_output => return mistake(at, "a second `->`"),
                ',' => {
                    let at = at + 1;
                    let axes = SmallVec::new();
                    operands.push(std::mem::replace(&mut term, Term { at, axes }));
                }
                '-' => {
                    if characters.next_if(|&(_, next)| next == '>').is_none() {
                        return mistake(at, "`-` without `>`: the output stands behind `->`");
                    }
                    let at = at + 2;
                    let axes = SmallVec::new();
                    operands.push(std::mem::replace(&mut term, Term { at, axes }));
                    is_output = true;
                }
                other => {
                    return mistake(
                        at,
                        format_args!(
                            "{other:?} is no index: indices are the letters a to z and A to Z, \
                             with `,` between operands and `->` before the output"
                        ),
                    );
                }
            }
        }
        let mut output = None;
        if is_output {
            for (place, &(at, name)) in term.axes.iter().enumerate() {
                if term.axes[..place].iter().any(|&(_, before)| before == name) {
                    let name = name.unwrap_or('.');
                    return mistake(at, format_args!("index `{name}` is twice in the output"));
                }
            }
            output = Some(term);
        } else {
            operands.push(term);
        }
        Ok(Pattern { operands, output })
    }

    fn fitted(self, shapes: &[Shape]) -> Result<Plan, Mistake> {
        let (terms, given) = (self.operands.len(), shapes.len());
        if terms != given {
            let at = self.operands.get(given).map_or(0, |term| term.at);
            return mistake(
                at,
                format_args!(
                    "the pattern is for {} and {} given",
                    counted(terms, "operand,", "operands,"),
                    counted(given, "operand is", "operands are"),
                ),
            );
        }
        let mut plan = Plan {
            operands: SmallVec::new(),
            output: Labels::new(),
            lengths: SmallVec::new(),
        };
        let mut most_dots = 0;
        for (number, (term, shape)) in self.operands.iter().zip(shapes).enumerate() {
            let dots = term.dots().is_some();
            let named = term.axes.len() - usize::from(dots);
            if named > shape.rank() || !dots && named < shape.rank() {
                let hint = if named < shape.rank() {
                    "; `...` stands for the others"
                } else {
                    ""
                };
                return misfit(
                    term.at,
                    format_args!(
                        "{} for operand {number}, whose shape {shape} has {}{hint}",
                        counted(named, "index", "indices"),
                        counted(shape.rank(), "axis", "axes"),
                    ),
                );
            }
            let labels = term.labels(shape.rank() - named);
            most_dots = most_dots.max(shape.rank() - named);
            for (&label, &length) in labels.iter().zip(shape.iter()) {
                plan.measure(term, number, label, length)?;
            }
            plan.operands.push(labels);
        }
        plan.output = match &self.output {
            Some(term) => {
                for &(at, name) in &term.axes {
                    let Some(name) = name else { continue };
                    let label = Label::Index(name);
                    if !plan.lengths.iter().any(|&(known, _)| known == label) {
                        return mistake(at, format_args!("output index `{name}` is in no operand"));
                    }
                }
                term.labels(most_dots)
            }
            None => plan.implied(most_dots),
        };
        Ok(plan)
    }
}

impl Plan {
    /// Notes the length of an axis, which must be what it is elsewhere.
    fn measure(
        &mut self,
        term: &Term,
        operand: usize,
        label: Label,
        length: usize,
    ) -> Result<(), Mistake> {
        let known = self.lengths.iter_mut().find(|(known, _)| *known == label);
        let Some((_, known)) = known else {
            self.lengths.push((label, length));
            return Ok(());
        };
        match label {
            _ if *known == length => Ok(()),
            Label::Dots(_) if length == 1 => Ok(()),
            Label::Dots(_) if *known == 1 => {
                *known = length;
                Ok(())
            }
            Label::Dots(from_last) => misfit(
                term.dots().unwrap_or(term.at),
                format_args!(
                    "the axes of `...` do not go together: axis -{} of them is {known} before and {length} in operand {operand}",
                    from_last + 1
                ),
            ),
            Label::Index(name) => {
                let mut places = term.axes.iter().filter(|&&(_, own)| own == Some(name));
                let at = places.next_back().map_or(term.at, |&(at, _)| at);
                misfit(
                    at,
                    format_args!(
                        "index `{name}` is {known} before and {length} in operand {operand}"
                    ),
                )
            }
        }
    }

    /// The output where none is written: the axes of `...`, then each index that occurs once.
    fn implied(&self, dots: usize) -> Labels {
        let all = || self.operands.iter().flatten();
        let mut once: SmallVec<[char; 6]> = all()
            .filter_map(|&label| match label {
                Label::Index(name) => Some(name),
                Label::Dots(_) => None,
            })
            .filter(|&name| all().filter(|&&l| l == Label::Index(name)).count() == 1)
            .collect();
        once.sort_unstable();
        let dots = (0..dots).rev().map(Label::Dots);
        dots.chain(once.into_iter().map(Label::Index)).collect()
    }
}
