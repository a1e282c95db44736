use tape::*;
fn main() {
    let tape = Tape::new();
    let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
    let q = (x + y).named("q");
    let f = (q * z).named("f");
    f.explain().save("/tmp/p_circuit.html").unwrap();

    let tape = Tape::new();
    let w: Vec<Var> = [2.0, -3.0, -3.0]
        .iter()
        .enumerate()
        .map(|(i, &v)| tape.var(format!("w{i}"), v))
        .collect();
    let (x0, x1) = (tape.var("x0", -1.0), tape.var("x1", -2.0));
    let z = (w[0] * x0 + w[1] * x1 + w[2]).named("z");
    let f = z.sigmoid().named("f");
    let g = if z > 0.0 { f * z } else { f - z };
    (g.max(x0) + f)
        .named("out")
        .explain()
        .save("/tmp/p_sig.html")
        .unwrap();

    let tape = Tape::new();
    let x = tape
        .constant([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])
        .named("x");
    let w = tape.tensor("W", [[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]);
    let b = tape.tensor("b", [0.1, 0.2, 0.3]);
    let h = (x.matmul(w) + b).named("h").tanh().named("a");
    h.square()
        .mean()
        .named("loss")
        .explain()
        .save("/tmp/p_tensor.html")
        .unwrap();

    for n in [300, 2000usize, 100_000] {
        let tape = Tape::new();
        let mut v = tape.var("v", 0.3);
        let k = tape.var("k", 0.99);
        for i in 0..n / 4 {
            v = (v * k + 0.01).sin() + v * 0.5;
            let _ = i;
        }
        let t = std::time::Instant::now();
        let e = v.explain();
        let t1 = t.elapsed();
        let html = e.html();
        println!(
            "{n}: explain {:?} html {:?} {} bytes",
            t1,
            t.elapsed() - t1,
            html.len()
        );
        std::fs::write(format!("/tmp/p_{n}.html"), html).unwrap();
    }
}
