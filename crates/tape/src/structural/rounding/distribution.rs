//! How far off softmax and its kin are.

use super::rows::{Row, UNIT, chain, dot};
use crate::kernel::{distribution, largest};

/// Below it a result may have been flushed to 0 on its way.
const TINY: f64 = 1e-290;

/// What the distribution of a row is made of.
struct Shares {
    p: Vec<f64>,
    /// How far each element is below the largest; of those that weigh nothing 0.
    below: Vec<f64>,
    /// How far a mean under `p` of the row may be off.
    spread: f64,
    largest: f64,
}

impl Shares {
    fn of(row: &Row) -> Shares {
        let mut p = vec![0.0; row.x.len()];
        distribution::softmax(&row.x, &mut p, 0.0);
        let largest = largest(&row.x);
        let below = row.x.iter().zip(&p).map(|(x, &p)| match p {
            0.0 => 0.0,
            _ => largest - x,
        });
        Shares {
            below: below.collect(),
            spread: dot(&p, &row.e),
            p,
            largest,
        }
    }

    /// What `ln Σ e^(xⱼ - m)` adds: two units for the logarithm, and the exponentials' as far as
    /// they reach. The largest one is exact.
    fn log_total(&self, row: &Row) -> f64 {
        let first = row.x.iter().position(|&x| x == self.largest);
        let others = (0..row.x.len()).filter(|&i| Some(i) != first);
        let reach = others.map(|i| chain(self.p[i], self.below[i] + row.depth() + 4.0));
        let total = self.p.iter().fold(0.0, |m: f64, &p| m.max(p));
        UNIT * (reach.sum::<f64>() + 2.0 * total.ln().abs())
    }
}

/// Of `e^(xᵢ - m) / Σ e^(xⱼ - m)`.
pub(in crate::structural) fn softmax(row: &Row, out: &mut [f64]) {
    let shares = Shares::of(row);
    let mean = dot(&shares.p, &shares.below);
    for (i, out) in out.iter_mut().enumerate() {
        let (p, below) = (shares.p[i], shares.below[i]);
        let own = UNIT * (below + mean + row.depth() + 8.0);
        *out = chain(p, row.e[i] + shares.spread + own) + flushed(p, row.x[i]);
    }
}

/// What may be missing of a number that is nearly 0, if it is not 0 for good.
fn flushed(y: f64, x: f64) -> f64 {
    match y.abs() < TINY && x != f64::NEG_INFINITY {
        true => f64::MIN_POSITIVE,
        false => 0.0,
    }
}

/// Of `m + ln Σ e^(xⱼ - m)`.
pub(in crate::structural) fn logsumexp(row: &Row) -> f64 {
    let shares = Shares::of(row);
    let y = distribution::logsumexp(&row.x);
    shares.spread + shares.log_total(row) + UNIT * y.abs()
}

/// Of `(xᵢ - m) - ln Σ e^(xⱼ - m)`.
pub(in crate::structural) fn log_softmax(row: &Row, out: &mut [f64]) {
    let shares = Shares::of(row);
    let log_total = shares.log_total(row);
    let mut y = vec![0.0; out.len()];
    distribution::log_softmax(&row.x, &mut y);
    for (i, out) in out.iter_mut().enumerate() {
        let own = UNIT * ((shares.largest - row.x[i]).abs() + y[i].abs());
        *out = row.e[i] + shares.spread + log_total + own;
    }
}

/// Of `(m - x[class]) + ln Σ e^(xⱼ - m)`.
pub(in crate::structural) fn cross_entropy(row: &Row, class: usize) -> f64 {
    let shares = Shares::of(row);
    let y = distribution::cross_entropy(&row.x, class);
    let others = (0..row.x.len()).filter(|&j| j != class);
    let [mut carried, mut beside] = [0.0; 2];
    for j in others {
        carried += chain(shares.p[j], row.e[j]);
        beside += shares.p[j];
    }
    carried += chain(beside, row.e[class]);
    carried + shares.log_total(row) + UNIT * ((shares.largest - row.x[class]).abs() + y.abs())
}

/// Of `gᵢ (pᵢ - [i = class])` with `p` the softmax of the first row.
pub(in crate::structural) fn cross_entropy_pull(rows: &[Row], class: usize, out: &mut [f64]) {
    let [row, g] = rows else {
        unreachable!("it has two operands")
    };
    let p = Shares::of(row).p;
    softmax(row, out);
    let others = |of: &[f64]| of.iter().sum::<f64>() - of[class];
    let at_class = match p[class] > 0.5 {
        true => others(out) + UNIT * row.depth() * others(&p),
        false => out[class] + UNIT,
    };
    out[class] = at_class;
    for (i, out) in out.iter_mut().enumerate() {
        let local = match i == class {
            true => 1.0 - p[class],
            false => p[i],
        };
        *out = chain(g.x[i].abs(), *out) + chain(local, g.e[i]);
        *out += UNIT * chain(g.x[i].abs(), local);
    }
}

/// How far `(gᵢ - gₘ) - Σ pⱼ (gⱼ - gₘ)` is off, and that itself; `m` is the likeliest place.
fn centred(p: &Row, g: &Row) -> (Vec<f64>, Vec<f64>) {
    let at = (0..p.x.len()).fold(0, |at, i| if p.x[i] > p.x[at] { i } else { at });
    let beside: Vec<f64> = g.x.iter().map(|&x| x - g.x[at]).collect();
    let size: Vec<f64> = beside.iter().map(|x| x.abs()).collect();
    let mean = dot(&p.x, &beside);
    let all = dot(&p.e, &size) + dot(&p.x, &g.e) + UNIT * (p.depth() + 3.0) * dot(&p.x, &size);
    let values: Vec<f64> = beside.iter().map(|x| x - mean).collect();
    let each = (0..p.x.len()).map(|i| {
        let own = UNIT * (size[i] + mean.abs() + values[i].abs());
        all + g.e[i] + own
    });
    (each.collect(), values)
}

/// Of `gᵢ - Σ pⱼ gⱼ`.
pub(in crate::structural) fn centre(rows: &[Row], out: &mut [f64]) {
    out.copy_from_slice(&centred(&rows[0], &rows[1]).0);
}

/// Of `pᵢ (gᵢ - Σ pⱼ gⱼ)`.
pub(in crate::structural) fn softmax_pull(rows: &[Row], out: &mut [f64]) {
    let p = &rows[0];
    let (errors, values) = centred(p, &rows[1]);
    for (i, out) in out.iter_mut().enumerate() {
        let value = values[i].abs();
        *out = chain(p.e[i], value) + chain(p.x[i], errors[i] + UNIT * value);
        *out += flushed(
            chain(p.x[i], value),
            if p.x[i] == 0.0 {
                f64::NEG_INFINITY
            } else {
                0.0
            },
        );
    }
}

/// Of `gᵢ - pᵢ Σ gⱼ`; in the likeliest place it is `g Σ' p - p Σ' g`, both over the others.
pub(in crate::structural) fn log_softmax_pull(rows: &[Row], out: &mut [f64]) {
    let (p, g) = (&rows[0], &rows[1]);
    let at = (0..p.x.len()).fold(0, |at, i| if p.x[i] > p.x[at] { i } else { at });
    let sum = |row: &[f64]| row.iter().sum::<f64>();
    let size: Vec<f64> = g.x.iter().map(|x| x.abs()).collect();
    let depth = UNIT * (p.depth() + 2.0);
    let (total, total_error) = (sum(&g.x).abs(), sum(&g.e) + depth * sum(&size));
    for (i, out) in out.iter_mut().enumerate() {
        *out = if i == at {
            let but = |row: &[f64]| sum(&row[..at]) + sum(&row[at + 1..]);
            let (rest, rest_error) = (but(&p.x), but(&p.e) + depth * but(&p.x));
            let (others, others_error) = (but(&g.x).abs(), but(&g.e) + depth * but(&size));
            chain(g.e[i], rest)
                + chain(size[i], rest_error + UNIT * 2.0 * rest)
                + chain(p.e[i], others)
                + chain(p.x[i], others_error + UNIT * 2.0 * others)
        } else {
            let product = chain(p.x[i], total);
            g.e[i]
                + chain(p.e[i], total)
                + chain(p.x[i], total_error)
                + UNIT * (2.0 * product + size[i])
        };
    }
}
