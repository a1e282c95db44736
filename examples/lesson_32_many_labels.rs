//! # 32. Several labels at once
//!
//! A report may be about A and B, about A alone, about C and B. The target has a 1 for each label:
//! 110, 100, 011, 010. A sigmoid for each output answers a question of its own, "is it about A?",
//! and any number of them may be above 1/2. A softmax deals out one certainty among all outputs:
//! the largest is one label, however many there are, and of two labels each gets a half at best.
//!
//! Both are trained from logits, and in both the error of an output is `p - y`.
//!
//! ```text
//! about  y         sigmoids          above 1/2    softmax           largest
//! A,B    110   1.00 0.99 0.00    A,B          0.50 0.49 0.00    A
//! A      100   1.00 0.01 0.00    A            1.00 0.00 0.00    A
//! B,C    011   0.00 1.00 1.00    B,C          0.00 0.50 0.50    C
//! B      010   0.00 1.00 0.00    B            0.00 1.00 0.00    B
//! A,B    110   0.98 1.00 0.00    A,B          0.49 0.51 0.00    B
//! A      100   1.00 0.00 0.01    A            1.00 0.00 0.00    A
//! B,C    011   0.00 1.00 0.99    B,C          0.00 0.50 0.50    B
//! B      010   0.01 1.00 0.00    B            0.00 1.00 0.00    B
//!
//! all labels right: sigmoids 8 of 8, softmax 4 of 8
//! sigmoids  p [[0.8808 0.2689 0.6225]]  error [[-0.1192  0.2689  0.6225]]
//! softmax   p [[0.7856 0.0391 0.1753]]  error [[-0.2144  0.0391  0.1753]]
//! ```

use chainrule::nn::data::Labels;
use chainrule::nn::layers::Linear;
use chainrule::nn::{Adam, Module, Optimizer, Session, loss, predict, seeded};
use chainrule::prelude::*;

/// How often four words occur in each of eight reports.
const WORDS: [[f64; 4]; 8] = [
    [3.0, 2.0, 0.0, 1.0],
    [4.0, 0.0, 0.0, 1.0],
    [0.0, 3.0, 4.0, 0.0],
    [0.0, 4.0, 0.0, 1.0],
    [2.0, 3.0, 0.0, 0.0],
    [3.0, 0.0, 1.0, 0.0],
    [1.0, 2.0, 3.0, 1.0],
    [1.0, 4.0, 1.0, 0.0],
];
/// What each is about.
const ABOUT: [&[&str]; 8] = [
    &["A", "B"],
    &["A"],
    &["B", "C"],
    &["B"],
    &["A", "B"],
    &["A"],
    &["B", "C"],
    &["B"],
];

fn main() {
    let labels = Labels::new(["A", "B", "C"]);
    let y: Array = labels.multi_hot(&ABOUT).expect("labels that it knows");
    // A softmax wants a distribution: of two labels, each is a half.
    let shares = Array::from_fn(&[8, 3], |at| y[at] / ABOUT[at[0]].len() as f64);

    let sigmoids = learn(|logits| loss::bce_with_logits(logits, logits.constant(&y)));
    let softmax = learn(|logits| loss::cross_entropy_with(logits, logits.constant(&shares)));
    let x = Array::from(WORDS);
    let tape = Tape::new();
    let p = tape.constant(predict(&sigmoids, &x)).sigmoid().to_array();
    let q = tape.constant(predict(&softmax, &x)).softmax(-1).to_array();
    let sets = labels.decode_sets(&p, 0.5).expect("three columns");
    let largest = labels.decode_rows(&q).expect("three columns");

    println!("about  y         sigmoids          above 1/2    softmax           largest");
    for i in 0..8 {
        let row = |array: &Array| {
            let row = array.rows().nth(i).expect("a row for each report").iter();
            Vec::from_iter(row.map(|p| format!("{p:.2}"))).join(" ")
        };
        let code: String = y
            .rows()
            .nth(i)
            .expect("a row")
            .iter()
            .map(f64::to_string)
            .collect();
        println!(
            "{:5}  {code}   {}    {:9}    {}    {}",
            ABOUT[i].join(","),
            row(&p),
            sets[i].join(","),
            row(&q),
            largest[i]
        );
        let sum: f64 = q.rows().nth(i).expect("a row").iter().sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
    let right = |found: Vec<&[&str]>| found.iter().zip(ABOUT).filter(|(f, a)| **f == *a).count();
    let [many, one] = [
        right(sets.iter().map(Vec::as_slice).collect()),
        right(largest.iter().map(std::slice::from_ref).collect()),
    ];
    println!("\nall labels right: sigmoids {many} of 8, softmax {one} of 8");
    assert_eq!((many, one), (8, 4), "a softmax has no way to say two");

    // The same error at the outputs of both.
    let logits = tape.tensor("logits", [[2.0, -1.0, 0.5]]);
    let target = tape.constant([[1.0, 0.0, 0.0]]);
    for (name, loss, p) in [
        (
            "sigmoids",
            loss::bce_with_logits(logits, target) * 3.0,
            logits.sigmoid(),
        ),
        (
            "softmax",
            loss::cross_entropy_with(logits, target),
            logits.softmax(-1),
        ),
    ] {
        let error = loss.backward().array(logits).expect("it depends on them");
        println!("{name:8}  p {p:.4}  error {error:.4}");
        for (error, exact) in error.iter().zip(&(p - target).to_array()) {
            assert!((error - exact).abs() < 1e-15, "p - y");
        }
    }
}

/// One layer of three outputs, trained on all reports.
fn learn(loss: impl Fn(Tensor) -> Var) -> Linear {
    let net = Linear::new(4, 3, &mut seeded(1));
    let (mut session, mut optimizer) = (Session::new(0), Adam::new(0.1));
    for _ in 0..300 {
        let (_, gradient) =
            session.step(|pass| loss(net.forward(pass.tape().constant(WORDS), pass)));
        optimizer.step(&gradient);
    }
    net
}
