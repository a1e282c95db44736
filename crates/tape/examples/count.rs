use tape::*;
fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
}
#[inline(never)]
fn rec(tape:&Tape, x:&[f64], v: &mut Vec<Var>) -> Var { tape.reset(); v.clear(); for &x in x { v.push(tape.leaf(x)); } rosenbrock(v) }
#[inline(never)]
fn rev(f: Var, g: &mut Gradients) { f.backward_into(g) }
fn main() {
    let a: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let x: Vec<f64> = (0..1000).map(|i| 0.5 + 0.001*i as f64).collect();
    let tape = Tape::without_lines(); let mut g = Gradients::new(); let mut v = vec![];
    for _ in 0..a[0] { let f = rec(&tape, &x, &mut v); for _ in 0..a[1] { rev(f, &mut g); } }
}
