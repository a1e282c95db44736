use tape::*;
#[inline(never)]
fn circuit(tape: &Tape, g: &mut Gradients) -> f64 {
    tape.reset();
    let w0 = tape.leaf(2.0); let x0 = tape.leaf(-1.0); let w1 = tape.leaf(-3.0); let x1 = tape.leaf(-2.0); let w2 = tape.leaf(-3.0);
    let f = 1.0 / (1.0 + (-(w0*x0 + w1*x1 + w2)).exp());
    f.backward_into(g);
    g[w0]+g[x0]+g[w1]+g[x1]+g[w2]
}
fn main() { let tape=Tape::without_lines(); let mut g=Gradients::new(); let mut s=0.0; for _ in 0..100000 { s+=circuit(&tape,&mut g); } println!("{s}"); }
