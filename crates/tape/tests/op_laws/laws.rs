//! The laws that every operation must keep, as functions from a case to a complaint.

use std::fmt;
use tape::op::Lift;
use tape::{CustomOp, Dual, Op, Program, Real, Tape, Var, forward};

/// What a law is about: an operation of the table, or one of a user.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    Table { op: Op, attribute: f64 },
    Custom(&'static CustomOp),
}

/// An operation at a point, where some of the operands are variables and the others literals.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) subject: Subject,
    pub(crate) operands: Vec<f64>,
    /// Which operands are variables.
    pub(crate) variables: Vec<usize>,
    /// Where to record a program that is then replayed at `operands`.
    pub(crate) elsewhere: Vec<f64>,
}

/// A law answers what is wrong with a case.
pub(crate) type Law = fn(&Case) -> Result<(), String>;

impl Subject {
    fn apply<N: Real>(self, operands: &[N]) -> N {
        match self {
            Subject::Table { op, attribute } => op
                .apply(operands, attribute)
                .expect("the operands fit the operation"),
            Subject::Custom(op) => op.call(operands),
        }
    }
}

impl Case {
    /// The operation as a function of its variables.
    pub(crate) fn f<N: Real>(&self, x: &[N]) -> N {
        let mut operands: Vec<N> = self
            .operands
            .iter()
            .map(|&number| N::from(number))
            .collect();
        for (&variable, &x) in self.variables.iter().zip(x) {
            operands[variable] = x;
        }
        self.subject.apply(&operands)
    }

    /// The values of the variables.
    pub(crate) fn x(&self) -> Vec<f64> {
        self.variables
            .iter()
            .map(|&variable| self.operands[variable])
            .collect()
    }

    /// The values of the variables at the place of recording.
    pub(crate) fn elsewhere(&self) -> Vec<f64> {
        self.variables
            .iter()
            .map(|&variable| self.elsewhere[variable])
            .collect()
    }

    /// The operation, recorded elsewhere.
    pub(crate) fn program(&self) -> Program {
        Program::record(|x: &[Var]| self.f(x), &self.elsewhere()).expect("no operation branches")
    }

    /// Its gradient as a graph, recorded elsewhere.
    pub(crate) fn gradient_program(&self) -> Program {
        Program::record(|x: &[Var]| self.f(x).gradient_of(x), &self.elsewhere())
            .expect("no operation branches")
    }

    /// The gradient by a reverse sweep.
    pub(crate) fn gradient(&self, x: &[f64]) -> Vec<f64> {
        tape::gradient(|x| self.f(x), x)
    }

    /// The derivative along each axis, in forward mode.
    pub(crate) fn forward_gradient(&self, x: &[f64]) -> Vec<f64> {
        axes(x.len())
            .map(|axis| tape::jvp(|x| self.f(x), x, &axis)[0])
            .collect()
    }

    /// The Hessian by duals of duals.
    pub(crate) fn forward_hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        // The number of inputs is a constant there: six are enough for every case.
        let mut padded = [0.0; 6];
        padded[..x.len()].copy_from_slice(x);
        let hessian = forward::hessian(|padded| self.f(&padded[..x.len()]), &padded);
        hessian[..x.len()]
            .iter()
            .map(|row| row[..x.len()].to_vec())
            .collect()
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Table { op, attribute } if attribute != 0.0 => {
                write!(f, "{}[{attribute}]", op.info().name)?
            }
            Subject::Table { op, .. } => write!(f, "{}", op.info().name)?,
            Subject::Custom(op) => write!(f, "{}", op.name())?,
        }
        write!(f, " at {:?}, variables {:?}", self.operands, self.variables)
    }
}

/// The unit vectors.
fn axes(n: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..n).map(move |i| {
        let mut axis = vec![0.0; n];
        axis[i] = 1.0;
        axis
    })
}

/// A direction without symmetry.
fn direction(n: usize) -> Vec<f64> {
    (0..n)
        .map(|i| 0.7 - 0.4 * i as f64 + 0.1 * (i * i) as f64)
        .collect()
}

// ---- comparison ---------------------------------------------------------------------------------

/// Equal bit for bit; every NaN equals every NaN. The sign of a zero derivative is left open: the
/// chain rule's products have none, a lone partial may.
pub(crate) fn same(what: &str, got: &[f64], want: &[f64]) -> Result<(), String> {
    let equal =
        |a: f64, b: f64| a.is_nan() && b.is_nan() || (a + 0.0).to_bits() == (b + 0.0).to_bits();
    if got.len() == want.len() && got.iter().zip(want).all(|(&a, &b)| equal(a, b)) {
        return Ok(());
    }
    Err(format!("{what}: {got:?}, not {want:?}"))
}

/// Equal within `tolerance` of the largest number, or of 1.
pub(crate) fn close(what: &str, got: &[f64], want: &[f64], tolerance: f64) -> Result<(), String> {
    let largest = want.iter().fold(1.0, |m: f64, w| m.max(w.abs()));
    let near = |a: f64, b: f64| a == b || (a - b).abs() <= tolerance * largest;
    if got.len() == want.len() && got.iter().zip(want).all(|(&a, &b)| near(a, b)) {
        return Ok(());
    }
    Err(format!("{what}: {got:?}, not {want:?}"))
}

/// The derivative of `f` at 0 from differences alone: central ones at four steps, extrapolated to
/// step 0 (Richardson 1911). About 1e-12 of the largest value nearby.
pub(crate) fn slope(f: impl Fn(f64) -> f64) -> f64 {
    let mut row: Vec<f64> = Vec::new();
    for halvings in 0..4 {
        let step = 0.02 / f64::from(1 << halvings);
        let mut estimate = (f(step) - f(-step)) / (2.0 * step);
        let mut factor = 1.0;
        for better in &mut row {
            factor *= 4.0;
            let extrapolated = estimate + (estimate - *better) / (factor - 1.0);
            *better = std::mem::replace(&mut estimate, extrapolated);
        }
        row.push(estimate);
    }
    row[3]
}

/// How far a difference may be off.
const DIFFERENCE: f64 = 2e-9;

/// The slope of each component of `f` along each axis at `x`: a row per axis.
fn slopes(f: impl Fn(&[f64]) -> Vec<f64>, x: &[f64]) -> Vec<Vec<f64>> {
    let along = |i: usize, t: f64| {
        let mut moved = x.to_vec();
        moved[i] += t;
        f(&moved)
    };
    (0..x.len())
        .map(|i| {
            (0..along(i, 0.0).len())
                .map(|k| slope(|t| along(i, t)[k]))
                .collect()
        })
        .collect()
}

// ---- the laws -----------------------------------------------------------------------------------

/// Plain numbers, a tape, a dual and a replay compute the same value, bit for bit.
pub(crate) fn value_is_the_same_in_every_mode(case: &Case) -> Result<(), String> {
    let x = case.x();
    let value = case.f(&x);
    let tape = Tape::new();
    let duals: Vec<Dual> = x.iter().map(|&x| Dual::constant(x)).collect();
    let replayed = case.program().eval(&x).map_err(|error| error.to_string())?;
    for (mode, got) in [
        ("on a tape", case.f(&tape.leaves(&x)).value()),
        ("as a dual", case.f(&duals).value),
        ("replayed", replayed[0]),
    ] {
        if got.to_bits() != value.to_bits() && !(got.is_nan() && value.is_nan()) {
            return Err(format!("value {mode}: {got:?}, not {value:?}"));
        }
    }
    Ok(())
}

/// Every mode computes the same gradient, bit for bit.
pub(crate) fn gradient_is_the_same_in_every_mode(case: &Case) -> Result<(), String> {
    let x = case.x();
    let tape = Tape::new();
    let vars = tape.leaves(&x);
    let y = case.f(&vars);
    let swept = y.backward().of(&vars);
    same(
        "gradient in forward mode",
        &case.forward_gradient(&x),
        &swept,
    )?;
    same(
        "gradient replayed",
        &case.program().gradient(&x).map_err(|e| e.to_string())?,
        &swept,
    )?;
    let recorded: Vec<f64> = y.gradient_of(&vars).iter().map(|d| d.value()).collect();
    same("gradient as a graph", &recorded, &swept)
}

/// The gradient recorded as a graph at one point and replayed at another is the sweep's there.
pub(crate) fn gradient_graph_replays_elsewhere(case: &Case) -> Result<(), String> {
    let x = case.x();
    let replayed = case
        .gradient_program()
        .eval(&x)
        .map_err(|error| error.to_string())?;
    same("gradient graph", &replayed, &case.gradient(&x))
}

/// Reverse mode is the transpose of forward mode: `w (J u) = (J' w) u`.
pub(crate) fn reverse_is_the_transpose_of_forward(case: &Case) -> Result<(), String> {
    let x = case.x();
    let (u, w) = (direction(x.len()), 1.75);
    let forward = w * tape::jvp(|x| case.f(x), &x, &u)[0];
    let pulled = tape::vjp(|x| case.f(x), &x, &[w]);
    let reverse: f64 = pulled.iter().zip(&u).map(|(g, u)| g * u).sum();
    let scale: f64 = pulled.iter().zip(&u).map(|(g, u)| (g * u).abs()).sum();
    close(
        "inner product",
        &[forward / scale.max(1.0)],
        &[reverse / scale.max(1.0)],
        1e-14,
    )
}

/// What the reverse sweep answers is the slope of the value, by differences.
pub(crate) fn reverse_is_the_slope_of_the_value(case: &Case) -> Result<(), String> {
    let x = case.x();
    let differences: Vec<f64> = slopes(|x| vec![case.f(x)], &x).concat();
    close(
        "gradient in reverse mode against differences",
        &case.gradient(&x),
        &differences,
        DIFFERENCE,
    )
}

/// What forward mode answers is the slope of the value, by differences.
pub(crate) fn forward_is_the_slope_of_the_value(case: &Case) -> Result<(), String> {
    let x = case.x();
    let differences: Vec<f64> = slopes(|x| vec![case.f(x)], &x).concat();
    close(
        "gradient in forward mode against differences",
        &case.forward_gradient(&x),
        &differences,
        DIFFERENCE,
    )
}

/// Three ways to a Hessian lead to the same one.
pub(crate) fn hessian_is_the_same_in_every_mode(case: &Case) -> Result<(), String> {
    let x = case.x();
    let by_forward_over_reverse = case
        .program()
        .hessian(&x)
        .map_err(|e| e.to_string())?
        .concat();
    let by_gradient_graph = case
        .gradient_program()
        .jacobian(&x)
        .map_err(|e| e.to_string())?
        .concat();
    let by_forward = case.forward_hessian(&x).concat();
    close(
        "hessian by the gradient graph",
        &by_gradient_graph,
        &by_forward_over_reverse,
        1e-13,
    )?;
    close(
        "hessian in forward mode",
        &by_forward,
        &by_forward_over_reverse,
        1e-13,
    )?;

    let tape = Tape::new();
    let (vars, u) = (tape.leaves(&x), direction(x.len()));
    let slopes = case.f(&vars).gradient_of(&vars);
    let along: Var = slopes.iter().zip(&u).map(|(slope, &u)| *slope * u).sum();
    let twice: Vec<f64> = along.gradient_of(&vars).iter().map(|d| d.value()).collect();
    close(
        "gradient of the gradient",
        &twice,
        &tape::hvp(|x| case.f(x), &x, &u),
        1e-13,
    )
}

/// The Hessian is the slope of the gradient, by differences.
pub(crate) fn hessian_is_the_slope_of_the_gradient(case: &Case) -> Result<(), String> {
    let x = case.x();
    let differences = slopes(|x| case.gradient(x), &x).concat();
    let hessian = case
        .program()
        .hessian(&x)
        .map_err(|e| e.to_string())?
        .concat();
    close(
        "hessian against differences",
        &hessian,
        &differences,
        DIFFERENCE,
    )
}

/// Along a line: series, nested gradients and nested duals agree up to the fourth derivative,
/// and each derivative is the slope of the one before.
pub(crate) fn four_derivatives_agree(case: &Case) -> Result<(), String> {
    let (x, u) = (case.x(), direction(case.variables.len()));
    let series = tape::derivatives(|t| case.on_line(t, &x, &u), 0.0, 4);
    close(
        "derivatives by nested duals",
        &case.by_duals(0.0, &x, &u),
        &series,
        1e-12,
    )?;

    let tape = Tape::new();
    let t = tape.leaf(0.0);
    let mut nested = vec![case.on_line(t, &x, &u)];
    for order in 0..4 {
        nested.push(nested[order].gradient_of(&[t])[0]);
    }
    let nested: Vec<f64> = nested.iter().map(|d| d.value()).collect();
    close("derivatives by nested gradients", &nested, &series, 1e-12)?;

    let differences: Vec<f64> = (0..4)
        .map(|order| slope(|t| case.by_duals(t, &x, &u)[order]))
        .collect();
    for (order, (&got, &want)) in series[1..].iter().zip(&differences).enumerate() {
        let what = format!("derivative {} against differences", order + 1);
        close(&what, &[got], &[want], 2e-8)?;
    }
    Ok(())
}

impl Case {
    /// The operation at `x + t u`.
    fn on_line<N: Real>(&self, t: N, x: &[f64], u: &[f64]) -> N {
        let moved: Vec<N> = x.iter().zip(u).map(|(&x, &u)| t * u + x).collect();
        self.f(&moved)
    }

    /// Value and four derivatives along a line, by duals of duals of duals of duals.
    fn by_duals(&self, t: f64, x: &[f64], u: &[f64]) -> [f64; 5] {
        let t: Dual<Dual<Dual<Dual>>> = Dual::variable(
            Dual::variable(Dual::variable(Dual::variable(t, 0), 0), 0),
            0,
        );
        let y = self.on_line(t, x, u);
        let third = y.tangent[0].tangent[0].tangent[0];
        [
            y.peek(),
            y.tangent[0].peek(),
            y.tangent[0].tangent[0].peek(),
            third.value,
            third.tangent[0],
        ]
    }
}

/// The rule answers what the textbook's formula answers.
pub(crate) fn rule_is_the_textbook(case: &Case) -> Result<(), String> {
    let Subject::Table { op, attribute } = case.subject else {
        return Ok(());
    };
    let textbook = op
        .textbook(&case.operands, attribute)
        .expect("the operands fit the operation");
    let textbook: Vec<f64> = case
        .variables
        .iter()
        .map(|&variable| textbook[variable])
        .collect();
    agrees_with_textbook(case, &textbook)
}

/// The gradient is `textbook`.
pub(crate) fn agrees_with_textbook(case: &Case, textbook: &[f64]) -> Result<(), String> {
    close(
        "rule against textbook",
        &case.gradient(&case.x()),
        textbook,
        1e-12,
    )
}
