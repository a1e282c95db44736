//! Where a function is not differentiable nearby, and which side the rules took.

mod sides;

use super::{Mention, element, elements, index_of};
use crate::array::Array;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::show::Numbers;
use sides::sides;
use smallvec::SmallVec;

/// The kinks near the point of a ledger: made by [`Explanation::kinks`].
#[derive(Clone, Debug, PartialEq)]
pub struct Kinks {
    /// How near counts.
    pub near: f64,
    /// The nodes with a kink, in recording order.
    pub found: Vec<Kink>,
    pub(crate) numbers: Numbers,
}

/// A node at or near a point where it is not differentiable.
#[derive(Clone, Debug, PartialEq)]
pub struct Kink {
    /// The node.
    pub at: Mention,
    /// The labels of its operands; of a literal its number.
    pub operands: Vec<String>,
    /// How many of its elements are that near; of a number 1.
    pub count: usize,
    /// The nearest of them, up to three, the nearest first.
    pub nearest: Vec<KinkPlace>,
    /// Whether the adjoint of the node is not 0, so that the side taken is seen in the gradient.
    pub is_seen: bool,
}

/// A kink in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct KinkPlace {
    /// Of an array: the element.
    pub index: Option<Vec<usize>>,
    /// Which operand is near the kink, counted from 0. (Of `hypot` at the origin both are: the first.)
    pub slot: usize,
    /// The operand's label, with its place in an array; of a literal its number.
    pub operand: String,
    /// The operand's value.
    pub value: f64,
    /// Where the kink is.
    pub kink: f64,
    /// Just below the kink.
    pub below: Side,
    /// At the operands as they are: the side that the rule took.
    pub taken: Side,
    /// Just above.
    pub above: Side,
}

/// What an operation is on one side of a kink.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Its value.
    pub value: f64,
    /// Its derivative by each operand; of a choice among elements, by the one chosen.
    pub slopes: SmallVec<[f64; 4]>,
}

impl Side {
    /// Whether the value jumps between two sides, or a slope does.
    pub(crate) fn differs(&self, other: &Side) -> bool {
        self.jumps(other)
            || self
                .slopes
                .iter()
                .zip(&other.slopes)
                .any(|(&a, &b)| !is_same(a, b))
    }

    /// Whether a slope is infinite: there is a kink even if it is so on both sides.
    fn is_steep(&self) -> bool {
        self.slopes.iter().any(|slope| slope.is_infinite())
    }

    /// Whether the value is another one.
    pub(crate) fn jumps(&self, other: &Side) -> bool {
        !is_same(self.value, other.value)
    }
}

/// The same but for rounding, and for the step beside the kink.
fn is_same(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0) || a.is_nan() && b.is_nan()
}

impl KinkPlace {
    /// How far the operand is above the kink; negative below it.
    #[must_use]
    pub fn distance(&self) -> f64 {
        match self.value == self.kink {
            true => 0.0,
            false => self.value - self.kink,
        }
    }
}

impl Kinks {
    /// The nodes, to mark them.
    pub fn nodes(&self) -> impl Iterator<Item = u32> {
        self.found.iter().map(|kink| kink.at.node)
    }
}

/// How many places of an array are told.
const NEAREST: usize = 3;

impl Explanation {
    /// The nodes within `near` of a point where they are not differentiable: corners as of `relu`
    /// and `max`, jumps as of `floor` and `select`, ends as of `sqrt`; each with the derivatives
    /// on both sides and the one that was taken. With `near` 0, only those exactly there. Nodes that
    /// no output depends on are passed over.
    ///
    /// An operand `x` is near a kink at `k` if `|x - k| <= near max(1, |x|, |k|)`. Where an
    /// operation has kinks is said by its row ([`Op::kinks`](crate::Op::kinks)). Of arrays, elementwise operations
    /// are looked at element by element, and so are the picks of `amax` (and what is made of it), of
    /// max pooling, `sort` and `topk`: there a kink is a tie with the next in order. `norm` over axes
    /// has one at the origin. Not looked at: `argmax`, which is no node, units inside of a recurrent
    /// layer (step by step they are nodes), and operations of a user's own.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let (x, y) = (tape.var("x", 0.0), tape.var("y", 2.0));
    /// let loss = (x.relu().named("h") + y.max(x + 2.0).named("m")).named("loss");
    /// let kinks = loss.explain().kinks(1e-9);
    /// let h = &kinks.found[0].nearest[0];
    /// assert_eq!((h.below.slopes[0], h.taken.slopes[0], h.above.slopes[0]), (0.0, 0.0, 1.0));
    /// assert_eq!(
    ///     kinks.to_string(),
    ///     "\
    /// h = relu(x), at a kink: x = 0
    ///     dh/dx: below 0, taken 0, above 1
    /// m = max(y, v3), at a kink: y = 2
    ///     dm/dy: below 0, taken 0.5, above 1
    ///     dm/dv3: below 1, taken 0.5, above 0
    /// "
    /// );
    /// ```
    #[must_use]
    pub fn kinks(&self, near: f64) -> Kinks {
        let kink = |node: &Node| {
            let (count, nearest) = match &node.structural {
                Some(_) => self.corners(node, near),
                None => self.own_kinks(node, near),
            };
            (count > 0).then(|| Kink {
                at: Mention::of(self, node),
                operands: node
                    .operands
                    .iter()
                    .map(|&operand| self.operand_text(operand))
                    .collect(),
                count,
                nearest,
                is_seen: is_seen(node),
            })
        };
        let nodes = self.nodes().iter().enumerate();
        let needed = super::needed(self);
        let nodes = nodes.filter(|&(place, _)| needed[place]);
        Kinks {
            near,
            found: nodes.filter_map(|(_, node)| kink(node)).collect(),
            numbers: self.numbers,
        }
    }

    /// The kinks of a row of the table, in every place.
    fn own_kinks(&self, node: &Node, near: f64) -> (usize, Vec<KinkPlace>) {
        let mut nearest = Nearest::default();
        if node.op.info().kinks.is_empty() {
            return nearest.done();
        }
        let attribute = node.attribute.as_f64();
        for place in 0..elements(node).len() {
            let operands = node.operands.iter();
            let at: SmallVec<[f64; 4]> = operands.map(|&x| element(self, x, place)).collect();
            for kink in node.op.kinks(&at, attribute) {
                let distance = |&slot: &usize| distance(at[slot], kink.at);
                let farthest = kink.slots.iter().map(distance).fold(0.0, f64::max);
                if !is_near(farthest, near) || kink.slots.is_empty() {
                    continue;
                }
                let [below, taken, above] = sides(&node.row, &at, &kink);
                if below.differs(&above) || below.is_steep() {
                    nearest.see(farthest, || {
                        let index = |array: &Array| index_of(array.shape(), place);
                        let slot = kink.slots[0];
                        KinkPlace {
                            index: node.array.as_ref().map(|array| index(&array.value)),
                            slot,
                            operand: self.seen(node, place).swap_remove(slot).name(),
                            value: at[slot],
                            kink: kink.at,
                            below,
                            taken,
                            above,
                        }
                    });
                }
            }
        }
        nearest.done()
    }

    /// The corners of an operation on the elements of arrays.
    fn corners(&self, node: &Node, near: f64) -> (usize, Vec<KinkPlace>) {
        let mut nearest = Nearest::default();
        let whole = |&operand: &Operand| match operand {
            Operand::Node(id) => self.at(id).array.as_ref().map(|array| &array.value),
            Operand::Literal(_) => None,
        };
        let operands: Option<Vec<&Array>> = node.operands.iter().map(whole).collect();
        let (Some(op), Some(operands)) = (&node.structural, operands) else {
            return nearest.done();
        };
        for corner in op.corners(&operands) {
            let array = operands[corner.slot];
            let value = array.as_slice()[corner.place];
            let distance = distance(value, corner.at);
            if !is_near(distance, near) {
                continue;
            }
            let [below, taken, above] = corner.slopes.map(|slope| Side {
                value,
                slopes: SmallVec::from_slice(&[slope]),
            });
            let index = index_of(array.shape(), corner.place);
            nearest.see(distance, || KinkPlace {
                slot: corner.slot,
                operand: match node.operands[corner.slot] {
                    Operand::Node(id) => self.at(id).label.clone() + &super::bracketed(&index),
                    Operand::Literal(_) => String::new(),
                },
                index: Some(index),
                value,
                kink: corner.at,
                below,
                taken,
                above,
            });
        }
        nearest.done()
    }
}

fn is_seen(node: &Node) -> bool {
    match &node.array {
        None => node.adjoint.is_some_and(|adjoint| adjoint != 0.0),
        Some(array) => {
            let adjoint = array.adjoint.as_ref();
            adjoint.is_some_and(|adjoint| adjoint.iter().any(|&x| x != 0.0))
        }
    }
}

/// `|x - k|` as a part of the larger of 1 and both.
fn distance(x: f64, kink: f64) -> f64 {
    match x == kink {
        true => 0.0,
        false => (x - kink).abs() / x.abs().max(kink.abs()).max(1.0),
    }
}

/// NaN is near nothing, and nothing is near NaN.
fn is_near(distance: f64, near: f64) -> bool {
    distance <= near
}

/// The nearest few, and the count of all.
#[derive(Default)]
struct Nearest {
    count: usize,
    places: Vec<(f64, KinkPlace)>,
}

impl Nearest {
    fn see(&mut self, distance: f64, place: impl FnOnce() -> KinkPlace) {
        self.count += 1;
        let rank = self.places.partition_point(|&(other, _)| other <= distance);
        if rank < NEAREST {
            self.places.insert(rank, (distance, place()));
            self.places.truncate(NEAREST);
        }
    }

    fn done(self) -> (usize, Vec<KinkPlace>) {
        (
            self.count,
            self.places.into_iter().map(|(_, place)| place).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::op::{Arity, Op};
    use crate::tape::Tape;

    /// Every kink in the table is one: a slope or the value differs between its sides.
    #[test]
    fn both_sides_of_every_kink_of_the_table_differ() {
        let mut seen = 0;
        for &op in Op::ALL.iter().filter(|op| !op.info().kinks.is_empty()) {
            let info = op.info();
            let attribute = info.attributes.last().copied().unwrap_or(0.0);
            let mut at: Vec<f64> = match info.arity {
                Arity::Any => vec![0.0; 3],
                _ => info
                    .domain
                    .iter()
                    .map(|(low, high)| 0.3 * low + 0.7 * high)
                    .collect(),
            };
            match op {
                Op::Pow => at[1] = 0.5,    // a power below 1
                Op::Atan2 => at[1] = -1.0, // left of the origin
                _ => {}
            }
            for kink in op.kinks(&at, attribute) {
                let mut at = at.clone();
                kink.slots.iter().for_each(|&slot| at[slot] = kink.at);
                let tape = Tape::new();
                let explanation = op.apply(&tape.leaves(&at), attribute).unwrap().explain();
                let found = explanation.kinks(0.0).found;
                assert!(
                    !found.is_empty(),
                    "{op:?} at {at:?}: {}",
                    info.kinks.join("; ")
                );
                seen += 1;
            }
        }
        assert!(seen >= 40, "{seen}");
    }
}
