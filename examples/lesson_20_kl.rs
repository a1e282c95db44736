//! # 20. The divergence of two distributions
//!
//! How far a model `q` is from the truth `p`: `D(p, q) = sum p ln(p/q)`, after Kullback and
//! Leibler. It is the cross-entropy `-sum p ln q` less the entropy `-sum p ln p`, and the entropy
//! of the truth is nothing that a model can change: both have the same gradient in `q`, `-p/q`.
//! That is why networks are trained on the cross-entropy. Behind a softmax the gradient is `q - p`.
//!
//! ```text
//! cross-entropy 1.0771216718
//! - entropy     1.0296530141
//! = D(p, q)     0.0474686577
//!
//! gradient in q of the cross-entropy  [-2.       -0.833333 -1.      ]
//! gradient in q of the divergence     [-2.       -0.833333 -1.      ]
//!
//! q [3] = input                               examples/lesson_20_kl.rs:42
//!     value [0.1 0.6 0.3]
//!     from ratio: dD/dq [3] = dD/dratio * dratio/dq    dratio/dq = -p / q^2
//!     adjoint [3]: [-2.       -0.833333 -1.      ]
//!
//! q[1] = 0.600000
//!     from ratio[1]: 0.600000 * -1.388889 = -0.833333    dratio/dq = -p / q^2
//!     adjoint -0.833333
//!
//! D(q, p)       0.0400782160
//!
//! step         D   q
//!    0  0.047469   [0.1 0.6 0.3]
//!   10  0.000382   [0.1893 0.5042 0.3065]
//!   20  0.000002   [0.1992 0.5002 0.3005]
//!   30  0.000000   [0.1999 0.5    0.3   ]
//! ```

use chainrule::prelude::*;

const P: [f64; 3] = [0.2, 0.5, 0.3];
const Q: [f64; 3] = [0.1, 0.6, 0.3];

fn main() {
    let tape = Tape::new();
    let p = tape.constant(P).named("p");
    let q = tape.tensor("q", Q);

    let cross_entropy = (-(p * q.ln()).sum()).named("H(p,q)");
    let entropy = (-(p * p.ln()).sum()).named("H(p)");
    let ratio = (p / q).named("ratio");
    let divergence = (p * ratio.ln()).sum().named("D");
    println!("cross-entropy {cross_entropy:.10}");
    println!("- entropy     {entropy:.10}");
    println!("= D(p, q)     {divergence:.10}");
    close(cross_entropy, 1.0771216718);
    close(entropy, 1.0296530141);
    close(divergence, 0.0474686577);
    close(cross_entropy - entropy, divergence.value());

    // The same gradient in q, on two paths.
    let slopes = [cross_entropy, divergence].map(|cost| cost.backward().array(q).unwrap());
    println!("\ngradient in q of the cross-entropy  {:.6}", slopes[0]);
    println!("gradient in q of the divergence     {:.6}", slopes[1]);
    for (i, (a, b)) in slopes[0].iter().zip(&slopes[1]).enumerate() {
        assert!((a - b).abs() < 1e-15 && (a + P[i] / Q[i]).abs() < 1e-15);
    }
    assert!(!entropy.backward().reaches(q), "the entropy knows no q");

    let story = divergence.explain().digits(6);
    println!("\n{}\n{}", story.ledger(q), story.element(q, &[1]));

    // It is not a distance: the other way round is another number.
    let other = (q * (q / p).ln()).sum();
    println!("D(q, p)       {other:.10}");
    assert!(other.value() > 0.0 && other.value() != divergence.value());

    // Trained: logits, a softmax, and descent until nothing is left of D.
    let mut logits = Q.map(f64::ln);
    println!("\nstep         D   q");
    for step in 0..=30 {
        tape.reset();
        let (p, z) = (tape.constant(P), tape.tensor("z", logits));
        let q = z.softmax(-1);
        let divergence = (p * (p / q).ln()).sum();
        if step % 10 == 0 {
            println!("{step:4}  {divergence:.6}   {q:.4}");
        }
        let gradient = divergence.backward();
        for (i, slope) in gradient[z].iter().enumerate() {
            assert!((slope - (q.to_vec()[i] - P[i])).abs() < 1e-15, "q - p");
            logits[i] -= slope;
        }
    }
}

fn close(found: Var, worked: f64) {
    assert!(
        (found.value() - worked).abs() < 6e-11,
        "{found} for {worked}"
    );
}
