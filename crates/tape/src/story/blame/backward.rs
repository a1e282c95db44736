//! The first term of the reverse sweep that is not finite.

use super::{Hidden, Spoiled, SpoiledKind};
use crate::array::Array;
use crate::element::ElementType;
use crate::explain::{ArrayPart, ArrayReceipt, Explanation, Node, Receipt, Step};
use crate::op::Op;
use crate::story::{Mention, element, index_of, is_finite};
use std::collections::HashMap;
use std::slice;

/// The first spoiled term, and all products that hide something.
pub(super) fn spoiled(explanation: &Explanation) -> (Option<Spoiled>, Vec<Hidden>) {
    let mut first = None;
    let mut hidden = Vec::new();
    let mut sums = Sums::default();
    for step in explanation.steps() {
        first = first.or_else(|| given(explanation, step.node));
        for receipt in &step.receipts {
            if receipt.term.hides() && step.node.op != Op::Structural {
                let Receipt { operand, term, .. } = *receipt;
                hidden.push(Hidden {
                    at: Mention::of(explanation, step.node),
                    operand: Mention::of(explanation, operand),
                    index: None,
                    upstream: term.upstream,
                    local: term.local,
                });
            }
            first = first.or_else(|| of_number(explanation, &step, receipt));
        }
        for receipt in &step.array_receipts {
            hidden.extend(hides(explanation, &step, receipt));
            if first.is_none() {
                first = of_array(explanation, &step, receipt, &mut sums);
            }
        }
    }
    // Inputs hand nothing on, but hooks see their adjoints.
    let inputs: Vec<&Node> = explanation.inputs().collect();
    let of_inputs = || {
        let mut inputs = inputs.into_iter().rev();
        inputs.find_map(|node| given(explanation, node))
    };
    (first.or_else(of_inputs), hidden)
}

/// Whether the seed of a node is not finite, or what a hook made of its adjoint.
fn given(explanation: &Explanation, node: &Node) -> Option<Spoiled> {
    let seeds = node.terms.iter().filter(|term| term.child.is_none());
    let seeds = seeds.map(|seed| (None, slice::from_ref(&seed.contribution)));
    let hooks = node.hooks.iter();
    let hooks = hooks.map(|hook| {
        (
            Some(slice::from_ref(&hook.before)),
            slice::from_ref(&hook.after),
        )
    });
    let arrays = node.array.iter();
    let array_seeds = arrays.clone().flat_map(|array| &array.terms);
    let array_seeds = array_seeds.filter(|term| term.child.is_none());
    let array_seeds = array_seeds.map(|seed| (None, seed.contribution.as_slice()));
    let array_hooks = arrays.flat_map(|array| &array.hooks);
    let array_hooks = array_hooks.map(|hook| (Some(hook.before.as_slice()), hook.after.as_slice()));
    let mut all = seeds.chain(hooks).chain(array_seeds).chain(array_hooks);
    all.find_map(|(before, after)| {
        let spoiled = |&place: &usize| {
            !after[place].is_finite() && before.is_none_or(|before| before[place].is_finite())
        };
        let places: Vec<usize> = (0..after.len()).filter(spoiled).collect();
        let &place = places.first()?;
        let before = before.map(|before| before[place]);
        let (kind, [mistake, cure]) = match before {
            None => (
                SpoiledKind::Seed,
                [
                    "the sweep was given it to start from",
                    "give finite numbers",
                ],
            ),
            Some(_) => (
                SpoiledKind::Hook,
                ["a hook of the sweep made it", "look into the hook"],
            ),
        };
        Some(Spoiled {
            kind,
            at: Mention::of(explanation, node),
            slot: 0,
            operand: Mention::of(explanation, node),
            index: node
                .array
                .as_ref()
                .map(|array| index_of(array.shape(), place)),
            count: places.len(),
            upstream: f64::NAN,
            local: f64::NAN,
            contribution: after[place],
            before,
            formula: String::new(),
            operands: Vec::new(),
            mistake: mistake.to_string(),
            cure: cure.to_string(),
        })
    })
}

/// Whether the adjoint of a node is finite everywhere.
fn is_sound(node: &Node) -> bool {
    match &node.array {
        Some(array) => array.adjoint.as_ref().is_none_or(is_finite),
        None => node.adjoint.is_none_or(f64::is_finite),
    }
}

fn of_number(explanation: &Explanation, step: &Step<'_>, receipt: &Receipt<'_>) -> Option<Spoiled> {
    let Receipt {
        operand,
        term,
        before,
        after,
    } = *receipt;
    let by_rule = step.node.op == Op::Structural;
    let kind = if term.contribution.is_finite() {
        (!after.is_finite() && before.is_none_or(f64::is_finite)).then_some(SpoiledKind::Sum)
    } else if by_rule {
        is_sound(step.node).then_some(SpoiledKind::Rule)
    } else if !term.upstream.is_finite() {
        None
    } else if term.local.is_finite() {
        Some(SpoiledKind::Product)
    } else {
        Some(SpoiledKind::Local)
    };
    let formula = explanation.formula(operand, &term);
    let formula = match (&formula.rule, by_rule) {
        (Some(rule), true) => rule.clone(),
        _ => formula.to_string(),
    };
    let [upstream, local] = match by_rule {
        true => [f64::NAN; 2],
        false => [term.upstream, term.local],
    };
    let [mistake, cure] = explanation.wrong(kind?, step.node, 0, local);
    Some(Spoiled {
        kind: kind?,
        at: Mention::of(explanation, step.node),
        slot: term.slot as usize,
        operand: Mention::of(explanation, operand),
        index: None,
        count: 1,
        upstream,
        local,
        contribution: term.contribution,
        before,
        formula,
        operands: explanation.seen(step.node, 0),
        mistake,
        cure,
    })
}

/// The sum of the terms so far, of each array that has several.
#[derive(Default)]
struct Sums(HashMap<u32, Vec<f64>>);

impl Sums {
    /// Adds a term in the arithmetic of the elements; answers the sum before it.
    fn add(&mut self, id: u32, element: ElementType, term: &Array) -> Option<Vec<f64>> {
        let Some(sum) = self.0.get_mut(&id) else {
            self.0.insert(id, term.to_vec());
            return None;
        };
        let before = sum.clone();
        for (sum, &term) in sum.iter_mut().zip(term.iter()) {
            *sum = match element {
                ElementType::F64 => *sum + term,
                ElementType::F32 => f64::from((*sum + term) as f32),
            };
        }
        Some(before)
    }

    fn now(&self, id: u32) -> &[f64] {
        self.0.get(&id).map_or(&[], |sum| sum)
    }
}

/// The adjoint of an elementwise child, with the local derivatives of a term.
fn factors<'a>(step: &Step<'a>, receipt: &ArrayReceipt<'a>) -> Option<(&'a Array, &'a Array)> {
    let ArrayPart { adjoint, .. } = &**step.node.array.as_ref()?;
    Some((adjoint.as_ref()?, receipt.term.local.as_ref()?))
}

fn of_array(
    explanation: &Explanation,
    step: &Step<'_>,
    receipt: &ArrayReceipt<'_>,
    sums: &mut Sums,
) -> Option<Spoiled> {
    let ArrayReceipt { operand, term, .. } = *receipt;
    let array = operand.array.as_ref()?;
    let before = match array.terms.len() {
        1 => None,
        _ => sums.add(operand.id, array.element, &term.contribution),
    };
    let factors = factors(step, receipt);
    let terms = term.contribution.as_slice();
    let bad_term = |place: usize| {
        let sound = factors.is_none_or(|(upstream, _)| upstream.as_slice()[place].is_finite());
        !terms[place].is_finite() && sound
    };
    let mut places: Vec<usize> = (0..terms.len()).filter(|&place| bad_term(place)).collect();
    if factors.is_none() && !is_sound(step.node) {
        places.clear();
    }
    let kind = match (places.first(), factors, &before) {
        (Some(_), None, _) => SpoiledKind::Rule,
        (Some(&place), Some((_, local)), _) => match local.as_slice()[place].is_finite() {
            true => SpoiledKind::Product,
            false => SpoiledKind::Local,
        },
        (None, _, Some(before)) => {
            let after = sums.now(operand.id);
            let bad_sum = |&place: &usize| {
                terms[place].is_finite() && before[place].is_finite() && !after[place].is_finite()
            };
            places = (0..terms.len()).filter(bad_sum).collect();
            SpoiledKind::Sum
        }
        (None, _, None) => return None,
    };
    let &place = places.first()?;
    let [upstream, local] = match factors {
        Some((upstream, local)) => [upstream, local].map(|array| array.as_slice()[place]),
        None => [f64::NAN; 2],
    };
    let local_formula = explanation.local_formula(operand, term);
    let [mistake, cure] = explanation.wrong(kind, step.node, place, local);
    Some(Spoiled {
        kind,
        at: Mention::of(explanation, step.node),
        slot: term.slot as usize,
        operand: Mention::of(explanation, operand),
        index: Some(index_of(array.shape(), place)),
        count: places.len(),
        upstream,
        local,
        contribution: terms[place],
        before: before.map(|before| before[place]),
        formula: local_formula.unwrap_or_else(|| explanation.rule(step.node, term.slot as usize)),
        operands: explanation.seen(step.node, place),
        mistake,
        cure,
    })
}

/// The first product of an array's term that hides something.
fn hides(explanation: &Explanation, step: &Step<'_>, receipt: &ArrayReceipt<'_>) -> Option<Hidden> {
    let (upstream, local) = factors(step, receipt)?;
    let hides = |(upstream, local): (&f64, &f64)| {
        (*upstream == 0.0 && !local.is_finite()) || (*local == 0.0 && !upstream.is_finite())
    };
    let place = upstream.iter().zip(local.iter()).position(hides)?;
    Some(Hidden {
        at: Mention::of(explanation, step.node),
        operand: Mention::of(explanation, receipt.operand),
        index: Some(index_of(local.shape(), place)),
        upstream: upstream.as_slice()[place],
        local: local.as_slice()[place],
    })
}

impl Explanation {
    /// What is wrong with a term that `node` handed on, and the cure.
    fn wrong(&self, kind: SpoiledKind, node: &Node, place: usize, local: f64) -> [String; 2] {
        let texts = match kind {
            SpoiledKind::Product => [
                "an overflow: the product of finite numbers is beyond the largest",
                "scale the loss down; look for the operation with the large derivative",
            ],
            SpoiledKind::Sum => [
                "an overflow: the sum of finite terms is beyond the largest number",
                "scale the loss down",
            ],
            SpoiledKind::Rule if node.has_bad_operand(self, place) => SPOILED_BEFORE,
            SpoiledKind::Seed | SpoiledKind::Hook => ["it was given so", "give finite numbers"],
            SpoiledKind::Rule => [
                "an overflow on the way back through it, or a derivative that is not finite there",
                "look at the operands: very large ones, and those where it has no derivative",
            ],
            SpoiledKind::Local if node.has_bad_operand(self, place) => SPOILED_BEFORE,
            SpoiledKind::Local => {
                let [mistake, cure] = self.mistake(node, place, local);
                let known = !mistake.starts_with("an overflow in ");
                return match known {
                    true => [mistake, cure],
                    false => [
                        format!(
                            "the derivative of {} is beyond the largest number",
                            node.op_name
                        ),
                        cure,
                    ],
                };
            }
        };
        texts.map(String::from)
    }
}

const SPOILED_BEFORE: [&str; 2] = [
    "an operand is NaN or infinite already",
    "mend the forward pass first",
];

impl Node {
    /// Whether an operand is not finite, in one place or, where elements mix, anywhere.
    fn has_bad_operand(&self, explanation: &Explanation, place: usize) -> bool {
        self.operands.iter().any(|&operand| match operand {
            crate::graph::Operand::Node(id) if self.op == Op::Structural => {
                let node = explanation.at(id);
                !super::super::elements(node).iter().all(|x| x.is_finite())
            }
            operand => !element(explanation, operand, place).is_finite(),
        })
    }
}
