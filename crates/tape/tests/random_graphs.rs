//! Random graphs over all operations: whatever is computed twice comes out the same.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeSet;
use tape::op::Arity;
use tape::{Op, Program, Real, Tape, Var};

/// One operation of a graph. Numbers beyond what there is wrap around, so that every list of steps is a graph.
#[derive(Clone, Debug)]
struct Step {
    op: usize,
    attribute: usize,
    /// Which earlier values are the operands.
    operands: Vec<usize>,
    /// Which of the operands is a literal instead, if it is that many.
    literal: usize,
    /// Where in its domain that literal lies, from 0 to 1.
    position: f64,
    /// Whether an operation that can take any number gets its operands as they are.
    raw: bool,
}

/// Operations that keep moderate numbers moderate wherever they are evaluated.
const TAME: &[Op] = &[
    Op::Add,
    Op::Sub,
    Op::Neg,
    Op::Sin,
    Op::Cos,
    Op::Tanh,
    Op::Sigmoid,
    Op::Atan,
    Op::Erf,
    Op::Softplus,
    Op::Max,
    Op::Min,
    Op::Select,
    Op::Sum,
    Op::Relu,
    Op::Abs,
];

/// A function of a few inputs.
#[derive(Clone, Debug)]
struct Graph {
    steps: Vec<Step>,
    /// Whether every operation gets its operands as they are, in its domain or not.
    wild: bool,
}

impl Step {
    fn op(&self) -> Op {
        Op::ALL[self.op % Op::ALL.len()]
    }

    /// The places of the operands among `values` values; `None` is the literal.
    fn operand_places(&self, values: usize) -> Vec<Option<usize>> {
        let count = match (self.op().info().arity, self.op()) {
            (Arity::One | Arity::OneAndAttribute { .. }, _) => 1,
            (Arity::Two, _) => 2,
            (Arity::Three, _) => 3,
            (Arity::Any, Op::Dot) => 4,
            (Arity::Any, _) => self.operands.len(),
            (Arity::Leaf, _) => unreachable!("leaves are not in the table"),
        };
        let place = |i: usize| {
            self.operands[i % self.operands.len()].wrapping_add(i / self.operands.len()) % values
        };
        (0..count)
            .map(|i| (count == 1 || i != self.literal).then(|| place(i)))
            .collect()
    }

    fn apply<R: Real>(&self, values: &[R], wild: bool) -> R {
        let info = self.op().info();
        let raw = wild || self.raw && TAME.contains(&self.op());
        let operands: Vec<R> = self
            .operand_places(values.len())
            .into_iter()
            .enumerate()
            .map(|(i, place)| {
                let (low, high) = info.domain[i.min(info.domain.len() - 1)];
                match place {
                    None => R::from(low + (high - low) * self.position),
                    Some(place) if raw => values[place],
                    Some(place) => values[place].sigmoid() * (high - low) + low, // into the domain, smoothly
                }
            })
            .collect();
        let attributes = info.attributes;
        let attribute = if attributes.is_empty() {
            0.0
        } else {
            attributes[self.attribute % attributes.len()]
        };
        self.op()
            .apply(&operands, attribute)
            .expect("the operands fit the operation")
    }
}

impl Graph {
    /// All values, inputs first.
    fn values<R: Real>(&self, x: &[R]) -> Vec<R> {
        let mut values = x.to_vec();
        for step in &self.steps {
            values.push(step.apply(&values, self.wild));
        }
        values
    }

    /// One number, from the last values.
    fn f<R: Real>(&self, x: &[R]) -> R {
        let values = self.values(x);
        values
            .iter()
            .rev()
            .take(3)
            .enumerate()
            .map(|(i, &v)| v * (1.0 - 0.3 * i as f64))
            .sum()
    }

    /// Two numbers.
    fn pair<R: Real>(&self, x: &[R]) -> [R; 2] {
        let values = self.values(x);
        let last = values[values.len() - 1];
        [last, values[values.len() / 2] + last * 0.5]
    }

    /// The inputs that `f` has a path to.
    fn reached(&self, inputs: usize) -> BTreeSet<usize> {
        let count = inputs + self.steps.len();
        let mut reached: BTreeSet<usize> = (count.saturating_sub(3)..count).collect();
        for at in (inputs..count).rev() {
            if reached.contains(&at) {
                reached.extend(
                    self.steps[at - inputs]
                        .operand_places(at)
                        .into_iter()
                        .flatten(),
                );
            }
        }
        reached.into_iter().filter(|&at| at < inputs).collect()
    }
}

fn step() -> impl Strategy<Value = Step> {
    (
        0..Op::ALL.len(),
        0usize..8,
        prop::collection::vec(0usize..64, 1..5),
        0usize..6,
        0.0..1.0,
        any::<bool>(),
    )
        .prop_map(|(op, attribute, operands, literal, position, raw)| Step {
            op,
            attribute,
            operands,
            literal,
            position,
            raw,
        })
}

/// A graph, and two points of equally many inputs.
fn graph() -> impl Strategy<Value = (Graph, Vec<f64>, Vec<f64>)> {
    let point = |n| prop::collection::vec(-2.0..2.0, n);
    (prop::collection::vec(step(), 1..24), 1usize..5)
        .prop_flat_map(move |(steps, n)| (Just(Graph { steps, wild: false }), point(n), point(n)))
}

/// A graph without regard to domains, at points where things go wrong.
fn wild_graph() -> impl Strategy<Value = (Graph, Vec<f64>, Vec<f64>)> {
    let edges = vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.3,
        -2.5,
        1e300,
        -1e-300,
        5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let point = move |n| prop::collection::vec(prop::sample::select(edges.clone()), n);
    (prop::collection::vec(step(), 1..12), 1usize..5)
        .prop_flat_map(move |(steps, n)| (Just(Graph { steps, wild: true }), point(n), point(n)))
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    }
}

/// Bit for bit, but a zero derivative has no sign, and every NaN is the same.
fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers
        .iter()
        .map(|&x| {
            if x.is_nan() {
                f64::NAN.to_bits()
            } else {
                (x + 0.0).to_bits()
            }
        })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Equal to 1e-11 of the largest number on the way.
fn near(a: f64, b: f64, largest: f64) -> bool {
    (a - b).abs() <= 1e-11 * largest.max(1.0)
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |m, x| x.abs().max(m))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_replay_is_a_fresh_record((graph, x, elsewhere) in graph()) {
        let tape = Tape::new();
        let vars = tape.leaves(&x);
        let y = graph.f(&vars);
        let g = y.backward().of(&vars);

        let program = Program::record(|x: &[Var]| graph.f(x), &elsewhere).unwrap();
        prop_assert_eq!(program.eval(&x).unwrap()[0].to_bits(), y.value().to_bits());
        prop_assert_eq!(bits(&program.gradient(&x).unwrap()), bits(&g));
        prop_assert_eq!(graph.f(&x).to_bits(), y.value().to_bits());
        prop_assert_eq!(bits(&tape::gradient(|x| graph.f(x), &x)), bits(&g));

        // The record does not depend on where it was made.
        let here = Program::record(|x: &[Var]| graph.f(x), &x).unwrap();
        prop_assert!(here.len() == program.len() && (0..here.len()).all(|i| here.op(i) == program.op(i)));
    }

    #[test]
    fn every_thread_replays_the_same_bits((graph, x, elsewhere) in graph()) {
        let program = Program::record(|x: &[Var]| graph.f(x), &elsewhere).unwrap();
        let here = bits(&program.gradient(&x).unwrap());
        let there = std::thread::scope(|scope| {
            let one = scope.spawn(|| bits(&program.gradient(&x).unwrap()));
            let two = scope.spawn(|| bits(&tape::gradient(|x| graph.f(x), &x)));
            [one.join().unwrap(), two.join().unwrap()]
        });
        prop_assert_eq!(there, [here.clone(), here]);
    }

    #[test]
    fn the_gradient_graph_is_the_sweep((graph, x, elsewhere) in graph()) {
        let slopes = Program::record(|x: &[Var]| graph.f(x).gradient_of(x), &elsewhere).unwrap();
        prop_assert_eq!(bits(&slopes.eval(&x).unwrap()), bits(&tape::gradient(|x| graph.f(x), &x)));
    }

    #[test]
    fn infinities_and_nans_are_the_same_in_every_mode((graph, x, elsewhere) in wild_graph()) {
        let swept = bits(&tape::gradient(|x| graph.f(x), &x));
        let program = Program::record(|x: &[Var]| graph.f(x), &elsewhere).unwrap();
        let slopes = Program::record(|x: &[Var]| graph.f(x).gradient_of(x), &elsewhere).unwrap();
        prop_assert_eq!(bits(&program.eval(&x).unwrap()), bits(&[graph.f(&x)]));
        prop_assert_eq!(bits(&program.gradient(&x).unwrap()), swept.clone());
        prop_assert_eq!(bits(&slopes.eval(&x).unwrap()), swept);
    }

    #[test]
    fn every_node_has_its_adjoint((graph, x, _) in graph()) {
        let tape = Tape::without_lines();
        let vars = tape.leaves(&x);
        let values = graph.values(&vars);
        let y = *values.last().unwrap();
        let swept = y.backward().of(&values);
        let recorded: Vec<f64> = values.iter().map(|&v| y.gradient_of(&[v])[0].value()).collect();
        let scale = largest(&swept);
        for (&a, &b) in swept.iter().zip(&recorded) {
            prop_assert!(near(a, b, scale), "{swept:?} {recorded:?}");
        }
    }

    #[test]
    fn a_path_is_a_matter_of_structure((graph, x, _) in graph()) {
        let tape = Tape::new();
        let vars = tape.leaves(&x);
        let g = graph.f(&vars).backward();
        let found: BTreeSet<usize> = (0..x.len()).filter(|&i| g.get(vars[i]).is_some()).collect();
        prop_assert_eq!(found, graph.reached(x.len()));
    }

    #[test]
    fn reverse_is_the_transpose_of_forward((graph, x, u) in graph()) {
        let along = tape::jvp(|x| graph.f(x), &x, &u)[0];
        let g = tape::gradient(|x| graph.f(x), &x);
        prop_assert!(near(along, dot(&g, &u), largest(&g)), "{along:e} {:e} {g:?}", dot(&g, &u));
    }

    #[test]
    fn rows_and_columns_make_one_jacobian((graph, x, u) in graph()) {
        let jacobian = tape::jacobian(|x| graph.pair(x), &x);
        let rows = [tape::gradient(|x| graph.pair(x)[0], &x), tape::gradient(|x| graph.pair(x)[1], &x)];
        let scale = largest(&jacobian.concat());
        let weighted = tape::vjp(|x| graph.pair(x), &x, &[2.0, -3.0]);
        let along = tape::jvp(|x| graph.pair(x), &x, &u);
        for i in 0..2 {
            prop_assert_eq!(bits(&jacobian[i]), bits(&rows[i]));
            prop_assert!(near(along[i], dot(&jacobian[i], &u), scale));
        }
        for k in 0..x.len() {
            prop_assert!(near(weighted[k], 2.0 * jacobian[0][k] - 3.0 * jacobian[1][k], 10.0 * scale));
        }
    }

    #[test]
    fn the_hessian_is_symmetric_and_the_same_by_two_ways((graph, x, u) in graph()) {
        let program = Program::record(|x: &[Var]| graph.f(x), &u).unwrap();
        let hessian = program.hessian(&x).unwrap();
        let scale = largest(&hessian.concat());
        for i in 0..x.len() {
            for k in 0..i {
                prop_assert!(near(hessian[i][k], hessian[k][i], scale), "{hessian:?}");
            }
        }
        let by_graph = Program::record(|x: &[Var]| graph.f(x).gradient_of(x), &u).unwrap().jacobian(&x).unwrap();
        let along = program.hvp(&x, &u).unwrap();
        for (i, row) in hessian.iter().enumerate() {
            prop_assert!(near(along[i], dot(row, &u), 2.0 * scale));
            for (k, &entry) in row.iter().enumerate() {
                prop_assert!(near(entry, by_graph[k][i], scale), "{hessian:?} {by_graph:?}");
            }
        }
    }

    #[test]
    fn the_series_along_a_line_has_the_hessian_in_it((graph, x, u) in graph()) {
        fn on_line<R: Real>(t: R, x: &[f64], u: &[f64]) -> Vec<R> {
            x.iter().zip(u).map(|(&x, &u)| t * u + x).collect()
        }
        let series = tape::derivatives(|t| graph.f(&on_line(t, &x, &u)), 0.0, 3);
        let g = tape::gradient(|x| graph.f(x), &x);
        let curvature = tape::hvp(|x| graph.f(x), &x, &u);
        prop_assert_eq!(series[0], graph.f(&x));
        prop_assert!(near(series[1], dot(&g, &u), 10.0 * largest(&g)));
        prop_assert!(near(series[2], dot(&curvature, &u), 10.0 * largest(&curvature)));

        let tape = Tape::without_lines();
        let t = tape.leaf(0.0);
        let mut nested = graph.f(&on_line(t, &x, &u));
        for _ in 0..3 {
            nested = nested.gradient_of(&[t])[0];
        }
        prop_assert!(near(series[3], nested.value(), 100.0 * largest(&series)), "{series:?} {nested}");
    }

    #[test]
    fn a_reset_tape_records_the_same_again((graph, x, elsewhere) in graph()) {
        let tape = Tape::new();
        let record = |at: &[f64]| {
            tape.reset();
            let vars = tape.leaves(at);
            (bits(&graph.f(&vars).backward().of(&vars)), tape.len())
        };
        let first = record(&x);
        record(&elsewhere);
        prop_assert_eq!(record(&x), first);
    }
}
