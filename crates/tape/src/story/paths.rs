//! The paths that a gradient comes by: the heaviest, found without enumerating all.

mod best;

use crate::derive::Handle;
use crate::error::{Error, ErrorKind};
use crate::explain::{Explanation, Node};
use crate::op::{Op, chain_product};
use best::{Best, Weight};

/// The heaviest paths between two nodes: made by [`Explanation::paths`].
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    /// The label of the node where they start.
    pub from: String,
    /// The label of the node where they end.
    pub to: String,
    /// The heaviest paths, the heaviest first.
    pub heaviest: Vec<Path>,
    /// The derivative of `to` by `from`: the sum over all paths, as a sweep adds it up.
    pub total: f64,
    /// The sum of the sizes of all paths. Much more than the size of `total` means that they cancel.
    pub gross: f64,
    /// How many paths there are; infinite if more than a double counts.
    pub count: f64,
    pub(crate) numbers: crate::show::Numbers,
}

/// A path, and the product of the local derivatives along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The nodes, from the input to the output.
    pub nodes: Vec<u32>,
    /// The steps between them.
    pub steps: Vec<PathStep>,
    /// The product of the local derivatives, in which an exact zero wins.
    pub product: f64,
    /// The product as a part of the [total](Paths::total): negative where it works against the
    /// others, above 1 where others work against it; 0 of a zero product.
    pub share: f64,
    /// `along x, q, f: df/dq * dq/dx = -4 * 1 = -4`
    pub text: String,
    /// The same in LaTeX, without the names of the nodes on the way.
    pub latex: String,
}

/// A step of a path: from an operand to the node that uses it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathStep {
    /// The node that uses the one before.
    pub child: u32,
    /// As which of its operands, counted from 0.
    pub slot: u32,
    /// The derivative of the child by that operand.
    pub local: f64,
}

/// The most paths that are told, and the most steps in all of them together.
const MOST: usize = 100_000;
const MOST_STEPS: usize = 10_000_000;

impl Explanation {
    /// The `k` heaviest paths from one node to another, by the size of the product of their local
    /// derivatives, and what share of the derivative each brings.
    ///
    /// ```text
    /// dto/dfrom = sum over all paths of the product of the local derivatives along the path
    /// ```
    ///
    /// All paths between two nodes may be more than there are atoms; the `k` best are found from
    /// the best ways on from each node, as far as they are needed (the recursive enumeration of
    /// Jiménez and Marzal, 1999, without recursion). Ties go to the path that the sweep takes first.
    /// A path with an exact zero on it weighs 0, whatever else is on it; of the others one with a
    /// NaN is heavier than one with an infinity, and that heavier than any number.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let (x, y) = (tape.var("x", 3.0), tape.var("y", 2.0));
    /// let p = (x * y).named("p");
    /// let f = (p * x - p).named("f");
    /// let paths = f.explain().paths(x, f, 2)?;
    /// assert_eq!((paths.count, paths.total, paths.gross), (3.0, 10.0, 14.0));
    /// assert_eq!(
    ///     paths.to_string(),
    ///     "\
    /// df/dx = 10, the sum over 3 paths; their sizes add up to 14
    ///    60 %  along x, v3, f: df/dv3 * dv3/dx = 1 * 6 = 6
    ///    60 %  along x, p, v3, f: df/dv3 * dv3/dp * dp/dx = 1 * 3 * 2 = 6
    /// "
    /// );
    /// # Ok::<(), tape::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a handle is not in the ledger, no path leads between the two or from there to an output
    /// (then the ledger has no derivatives), a way between them leads through an array, `k` is
    /// above 100 000, or the paths have more than ten million steps.
    pub fn paths(&self, from: impl Handle, to: impl Handle, k: usize) -> Result<Paths, Error> {
        let [from, to] = [self.end(from, "from")?, self.end(to, "to")?];
        self.paths_between(&self.nodes()[from], &self.nodes()[to], k)
    }

    /// The same between two nodes of this ledger.
    ///
    /// # Errors
    /// As of [`paths`](Explanation::paths).
    pub fn paths_between(&self, from: &Node, to: &Node, k: usize) -> Result<Paths, Error> {
        if k > MOST {
            let message = format!("paths: {k} paths are asked for; {MOST} are the most");
            return Err(Error::new(ErrorKind::Option, message));
        }
        let web = Web::between(self, from, to)?;
        let sums = web.sums();
        let mut best = Best::new(&web.steps);
        let mut heaviest = Vec::new();
        let mut told = 0;
        while heaviest.len() < k {
            let Some((weight, steps)) = best.path(0, heaviest.len()) else {
                break;
            };
            told += steps.len();
            if told > MOST_STEPS {
                let message = format!(
                    "paths: the first {} paths have {told} steps; {MOST_STEPS} are the most: ask \
                     for fewer paths",
                    heaviest.len() + 1
                );
                return Err(Error::new(ErrorKind::Option, message));
            }
            heaviest.push(self.path(from, steps, weight, &sums));
        }
        Ok(Paths {
            from: from.label.clone(),
            to: to.label.clone(),
            heaviest,
            total: sums.total,
            gross: sums.gross,
            count: sums.count,
            numbers: self.numbers,
        })
    }

    fn end(&self, handle: impl Handle, which: &str) -> Result<usize, Error> {
        match self.node(handle) {
            Some(node) => Ok(self.place_of(node.id)),
            None => Err(Error::new(
                ErrorKind::Record,
                format!("paths: `{which}` is a constant, or no node of this explanation"),
            )),
        }
    }

    fn path(&self, from: &Node, steps: Vec<PathStep>, weight: Weight, sums: &Sums) -> Path {
        let sign = steps
            .iter()
            .filter(|step| step.local.is_sign_negative())
            .count()
            % 2;
        let product = weight.signed(sign == 1);
        let nodes = std::iter::once(from.id)
            .chain(steps.iter().map(|step| step.child))
            .collect();
        let mut path = Path {
            nodes,
            steps,
            product,
            share: match sums.count {
                _ if product == 0.0 => 0.0,
                1.0 => 1.0,
                _ => product / sums.total,
            },
            text: String::new(),
            latex: String::new(),
        };
        [path.text, path.latex] = self.path_texts(&path);
        path
    }
}

/// The nodes between two, each with the steps onward.
struct Web {
    /// By place, the place of the step's child with it, in the order of the sweep. The first place
    /// is `from`, the last `to`.
    steps: Vec<Vec<(usize, PathStep)>>,
}

/// What all paths together are.
struct Sums {
    total: f64,
    gross: f64,
    count: f64,
}

impl Web {
    fn between(explanation: &Explanation, from: &Node, to: &Node) -> Result<Web, Error> {
        let error = |kind, why: String| {
            let ends = format!("paths from `{}` to `{}`", from.label, to.label);
            Err(Error::new(kind, format!("{ends}: {why}")))
        };
        let [start, end] = [from, to].map(|node| explanation.place_of(node.id));
        if !to.has_adjoint() {
            let why = "no path leads from there to an output, so the ledger has no derivatives";
            return error(ErrorKind::Record, why.to_string());
        }
        // Whether a path leads on to the end, and back to the start.
        let count = (end + 1).saturating_sub(start);
        let mut leads = vec![false; count];
        let mut steps: Vec<Vec<(usize, PathStep)>> = vec![Vec::new(); count];
        for place in (0..count).rev() {
            let node = &explanation.nodes()[start + place];
            leads[place] = start + place == end;
            if start + place == end {
                continue;
            }
            for (child, slot, local) in uses(node) {
                let child_place = explanation.place_of(child).wrapping_sub(start);
                if leads.get(child_place) == Some(&true) {
                    leads[place] = true;
                    steps[place].push((child_place, PathStep { child, slot, local }));
                }
            }
        }
        if leads.first() != Some(&true) {
            return error(ErrorKind::Record, "no path leads there".to_string());
        }
        let mut reached = vec![false; count];
        reached[0] = true;
        for place in 0..count {
            let node = &explanation.nodes()[start + place];
            if !reached[place] {
                steps[place] = Vec::new();
                continue;
            }
            let is_start_of_rule = node.op == Op::Structural && place > 0;
            if node.array.is_some() || is_start_of_rule {
                let why = format!(
                    "a way leads through the array operation `{}` = {}; paths are told where all \
                     nodes between are numbers. Ask for paths to a number before it or from one \
                     behind it, or see single elements with `element`",
                    node.label,
                    explanation.expression(node)
                );
                return error(ErrorKind::Shape, why);
            }
            for &(child, _) in &steps[place] {
                reached[child] = true;
            }
        }
        Ok(Web { steps })
    }

    /// The derivative as a sweep adds it up, the sum of sizes and the number of paths.
    fn sums(&self) -> Sums {
        let mut sums: Vec<Option<[f64; 3]>> = vec![None; self.steps.len()];
        if let Some(last) = sums.last_mut() {
            *last = Some([1.0; 3]);
        }
        for place in (0..self.steps.len()).rev() {
            for &(child, PathStep { local, .. }) in &self.steps[place] {
                let Some([total, gross, count]) = sums[child] else {
                    continue;
                };
                let term = [
                    chain_product(total, local),
                    chain_product(gross, local.abs()),
                    count,
                ];
                sums[place] = Some(match sums[place] {
                    None => term,
                    Some(sum) => [0, 1, 2].map(|i| sum[i] + term[i]),
                });
            }
        }
        let [total, gross, count] = sums[0].unwrap_or_default();
        Sums {
            total,
            gross,
            count,
        }
    }
}

/// Who uses a node: child, slot and local derivative, in the order of the sweep.
fn uses(node: &Node) -> Vec<(u32, u32, f64)> {
    match &node.array {
        None => {
            let terms = node.terms.iter();
            terms
                .filter_map(|term| Some((term.child?, term.slot, term.local)))
                .collect()
        }
        Some(array) => {
            let terms = array.terms.iter();
            terms
                .filter_map(|term| Some((term.child?, term.slot, 1.0)))
                .collect()
        }
    }
}
