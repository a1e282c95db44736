use tape::*;
use std::time::Instant;
fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
}
fn circuit(tape: &Tape, g: &mut Gradients) -> f64 {
    tape.reset();
    let w0 = tape.leaf(2.0); let x0 = tape.leaf(-1.0); let w1 = tape.leaf(-3.0); let x1 = tape.leaf(-2.0); let w2 = tape.leaf(-3.0);
    let f = 1.0 / (1.0 + (-(w0*x0 + w1*x1 + w2)).exp());
    f.backward_into(g);
    g[w0]+g[x0]+g[w1]+g[x1]+g[w2]
}
fn main() {
    println!("{:?}", derivatives(|x| x.tanh(), 0.0, 9));
    println!("{:?}", derivatives(|x| x.sin()*x.exp(), 0.5, 9));
    println!("{:?}", derivatives(|x| x.sigmoid(), 0.0, 9));
    println!("{:?}", hessian(|x| logsumexp(&[x[0], x[1]*x[0]]), &[0.5, 0.25]));
    println!("{:?}", gradient(|x| x[0].pow(x[1]) + x[0].max(x[1]).powf(2.5), &[0.5, 0.25]));
    let n = 1000;
    let x: Vec<f64> = (0..n).map(|i| 0.5 + 0.001*i as f64).collect();
    let ops = 8.0*(n-1) as f64;
    for lines in [false, true] {
        let tape = if lines {Tape::new()} else {Tape::without_lines()};
        let mut g = Gradients::new();
        for _ in 0..3 {
            let reps = 2000;
            let (mut rec, mut rev) = (0.0, 0.0);
            let mut s = 0.0; let mut len=0;
            for _ in 0..reps {
                let t = Instant::now();
                tape.reset();
                let v = tape.leaves(&x);
                let f = rosenbrock(&v);
                rec += t.elapsed().as_secs_f64();
                let t = Instant::now();
                f.backward_into(&mut g);
                rev += t.elapsed().as_secs_f64();
                s += g[v[3]]; len=tape.len();
            }
            println!("lines {lines}: record {:.2} reverse {:.2} ns/op ({} nodes, {ops} ops) {s}", rec/reps as f64*1e9/ops, rev/reps as f64*1e9/ops, len);
        }
        let t = Instant::now(); let reps=1_000_000; let mut s=0.0;
        for _ in 0..reps { s+=circuit(&tape, &mut g); }
        println!("circuit {:.1} ns {s}", t.elapsed().as_secs_f64()/reps as f64*1e9);
    }
    let t = Instant::now(); let reps=1_000_000; let mut s=0.0;
    for _ in 0..reps { let (v,g)=forward::value_and_gradient(|x| (-(x[0]*x[1]+x[2]*x[3]+x[4])).exp().add_one(), std::hint::black_box(&[2.0,-1.0,-3.0,-2.0,-3.0])); s+=v+g[0]; }
    println!("dual circuit {:.1} ns {s}", t.elapsed().as_secs_f64()/reps as f64*1e9);
    for _ in 0..3 {
    let tape = Tape::without_lines(); let mut g = Gradients::new();
    for _ in 0..2 {
    tape.reset();
    let t = Instant::now();
    let x = tape.leaf(0.5); let mut y = x;
    for i in 0..10_000_000 { y = if i % 2 == 0 {y * 1.0000001} else {y + 1e-9}; }
    let r = t.elapsed().as_secs_f64(); let t = Instant::now();
    y.backward_into(&mut g);
    println!("chain record {:.1} ms reverse {:.1} ms {}", r*1e3, t.elapsed().as_secs_f64()*1e3, g[x]);
    }}
}
trait AddOne { fn add_one(self) -> Self; }
impl<R: Real> AddOne for R { fn add_one(self) -> Self { (self + 1.0).recip() } }
