//! # 42. Four pages to step through
//!
//! What a recording did can be opened in a browser: forwards and backwards a node at a time, with
//! sliders on inputs, beside the lines of this file. Here are four, and what to look for in them:
//!
//! - the sigmoid circuit of the lecture, down to its elementary gates;
//! - Mazur's two-layer network: press `patterns`, or guess adjoints before they are shown;
//! - a classifier of two half moons, trained, folded by layer: open a layer, look at the heat maps;
//! - the price of an option by Black and Scholes, whose adjoints are what traders call the Greeks.
//!
//! With a folder behind it (`cargo run --example lesson_42_explorer -- pages`) it writes the pages
//! there.
//!
//! ```text
//! circuit       13 nodes   f = 0.731059
//! mazur         36 nodes   E = 0.298371
//! classifier    11 nodes   loss = 0.022086, 2 layers
//! option        29 nodes   call = 5.575977
//!
//! delta    0.459078
//! vega    28.060938
//! theta   -8.225188 a year
//! rho     20.165894
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::data::moons;
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Adam, Pass, Trainer, loss, seeded};
use chainrule::prelude::*;
use chainrule::tape::Explanation;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1);
    let option = option();
    for (name, explanation) in [
        ("circuit", &circuit()),
        ("mazur", &mazur()),
        ("classifier", &classifier()),
        ("option", &option),
    ] {
        describe(name, explanation);
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)?;
            let path = std::path::Path::new(folder).join(format!("{name}.html"));
            explanation.save(path)?;
        }
    }
    let slope = |name: &str| {
        let mut inputs = option.inputs();
        inputs
            .find(|input| input.label == name)
            .and_then(|input| input.adjoint)
    };
    println!();
    for (greek, input, sign, unit) in [
        ("delta", "S", 1.0, ""),
        ("vega", "sigma", 1.0, ""),
        ("theta", "T", -1.0, " a year"),
        ("rho", "r", 1.0, ""),
    ] {
        let slope = slope(input).ok_or("the price depends on it")?;
        println!("{greek:6} {:10.6}{unit}", sign * slope);
    }
    Ok(())
}

/// `1 / (1 + exp(-(w0 x0 + w1 x1 + w2)))`, every gate by itself.
fn circuit() -> Explanation {
    let tape = Tape::new();
    let (w0, x0) = (tape.var("w0", 2.0), tape.var("x0", -1.0));
    let (w1, x1) = (tape.var("w1", -3.0), tape.var("x1", -2.0));
    let w2 = tape.var("w2", -3.0);
    let z = w0 * x0 + w1 * x1 + w2;
    ((-z).exp() + 1.0).recip().named("f").explain()
}

/// Two inputs, two hidden units, two outputs, and half the squared error.
fn mazur() -> Explanation {
    let tape = Tape::new();
    let weights = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55];
    let w: Vec<Var> = (0..8)
        .map(|i| tape.var(format!("w{}", i + 1), weights[i]))
        .collect();
    let unit = |name: &str, w: &[Var], x: [Var; 2], bias: f64| {
        let net = (w[0] * x[0] + w[1] * x[1] + bias).named(format!("net_{name}"));
        net.sigmoid().named(format!("out_{name}"))
    };
    let x = [tape.var("i1", 0.05), tape.var("i2", 0.10)];
    let h = [unit("h1", &w[0..2], x, 0.35), unit("h2", &w[2..4], x, 0.35)];
    let o = [unit("o1", &w[4..6], h, 0.60), unit("o2", &w[6..8], h, 0.60)];
    let e = ((o[0] - 0.01).square() + (o[1] - 0.99).square()) / 2.0;
    e.named("E").explain()
}

/// Two half moons, told apart by eight hidden units.
fn classifier() -> Explanation {
    let mut rng = seeded(3);
    let data = moons(200, 0.1, &mut rng);
    let net = Sequential::new()
        .then(Linear::new(2, 8, &mut rng))
        .then(Tanh)
        .then(Linear::new(8, 2, &mut rng));
    Trainer::new(loss::cross_entropy)
        .epochs(150)
        .batch_size(20)
        .seed(1)
        .fit(&net, &mut Adam::new(0.03), &data)
        .expect("finite numbers");
    let tape = Tape::new();
    let pass = Pass::new(&tape);
    let few = data.select(&[0, 1, 2, 100, 101, 102]);
    let x = tape.shared_constant(few.x()).named("x");
    let y = pass.run("net", &net, x);
    pass.name_parameters(&net);
    loss::cross_entropy(y, few.y()).named("loss").explain()
}

/// The price of a European call: asset `S`, strike `K`, `T` years, rate `r`, volatility `sigma`.
fn option() -> Explanation {
    let tape = Tape::new();
    let (s, k) = (tape.var("S", 100.0), tape.var("K", 105.0));
    let (t, r) = (tape.var("T", 0.5), tape.var("r", 0.03));
    let sigma = tape.var("sigma", 0.25);
    let normal = |x: Var| (x * -std::f64::consts::FRAC_1_SQRT_2).erfc() / 2.0;
    let spread = (sigma * t.sqrt()).named("spread");
    let d1 = (((s / k).ln() + (r + sigma.square() / 2.0) * t) / spread).named("d1");
    let d2 = (d1 - spread).named("d2");
    let present = (k * (-r * t).exp()).named("present");
    let call = s * normal(d1).named("N1") - present * normal(d2).named("N2");
    call.named("call").explain()
}

fn describe(name: &str, explanation: &Explanation) {
    let nodes = explanation.nodes();
    let last = nodes.last().expect("an output");
    let layers = explanation
        .scopes()
        .iter()
        .filter(|scope| scope.name.contains("Linear"));
    let layers = match layers.count() {
        0 => String::new(),
        count => format!(", {count} layers"),
    };
    println!(
        "{name:10} {:5} nodes   {} = {:.6}{layers}",
        nodes.len(),
        last.label,
        last.value
    );
}
