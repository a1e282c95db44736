//! # 26. How to start: the symmetry must break
//!
//! Three hidden units on XOR. With all weights 0 no error comes back through the output's weights,
//! and nothing but the output's bias learns. With all weights 1/2 errors do come back, but the same
//! to each unit: units that start alike have the same gradient and stay alike, bit for bit, and
//! three of them are worth one. Small random numbers are enough to part them.
//!
//! ```text
//! all 0
//!   step    0  mse 0.5000  hidden [ 0.000,  0.000] [ 0.000,  0.000] [ 0.000,  0.000]
//!   step   10  mse 0.2500  hidden [ 0.000,  0.000] [ 0.000,  0.000] [ 0.000,  0.000]
//!   step  100  mse 0.2500  hidden [ 0.000,  0.000] [ 0.000,  0.000] [ 0.000,  0.000]
//!   step 1000  mse 0.2500  hidden [ 0.000,  0.000] [ 0.000,  0.000] [ 0.000,  0.000]
//! all 1/2
//!   step    0  mse 1.4250  hidden [ 0.500,  0.500] [ 0.500,  0.500] [ 0.500,  0.500]
//!   step   10  mse 0.2375  hidden [ 0.487,  0.487] [ 0.487,  0.487] [ 0.487,  0.487]
//!   step  100  mse 0.2256  hidden [ 0.664,  0.664] [ 0.664,  0.664] [ 0.664,  0.664]
//!   step 1000  mse 0.1755  hidden [ 1.737,  1.737] [ 1.737,  1.737] [ 1.737,  1.737]
//! random
//!   step    0  mse 1.3529  hidden [ 0.381,  0.048] [ 0.289,  0.357] [-0.278,  0.176]
//!   step   10  mse 0.2528  hidden [ 0.348,  0.012] [ 0.374,  0.418] [-0.182,  0.259]
//!   step  100  mse 0.2479  hidden [ 0.360,  0.071] [ 0.466,  0.458] [-0.282,  0.147]
//!   step 1000  mse 0.0000  hidden [ 0.082,  0.817] [ 2.039,  1.839] [-0.865, -0.317]
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Init, Module, Session, seeded};
use chainrule::prelude::*;

const HIDDEN: usize = 3;

fn main() {
    let mut rng = seeded(2);
    let alike = |outputs: usize, inputs: usize| {
        Linear::from_arrays(
            Array::full(&[outputs, inputs], 0.5),
            Array::full(&[outputs], 0.5),
        )
    };
    let mut drawn = |inputs, outputs, init| Linear::with_init(inputs, outputs, init, &mut rng);
    let starts = [
        (
            "all 0",
            drawn(2, HIDDEN, Init::Zeros),
            drawn(HIDDEN, 1, Init::Zeros),
        ),
        ("all 1/2", alike(HIDDEN, 2), alike(1, HIDDEN)),
        (
            "random",
            drawn(2, HIDDEN, Init::Epsilon(0.5)),
            drawn(HIDDEN, 1, Init::Epsilon(0.5)),
        ),
    ];
    for (name, hidden, output) in starts {
        println!("{name}");
        let hidden_weights = hidden.weight().share();
        let net = Sequential::new().then(hidden).then(Tanh).then(output);
        let mut session = Session::new(0);
        let mut mse = f64::NAN;
        for step in 0..=1000 {
            let units = hidden_weights.value();
            let one_unit = units
                .rows()
                .all(|unit| unit == units.rows().next().unwrap());
            assert_eq!(one_unit, name != "random", "alike at every step");

            let (loss, gradient) = session.step(|pass| {
                let x = pass
                    .tape()
                    .constant([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
                let y = pass.tape().constant([[0.0], [1.0], [1.0], [0.0]]);
                (net.forward(x, pass) - y).square().mean()
            });
            mse = loss;
            if [0, 10, 100, 1000].contains(&step) {
                let rows: Vec<String> = units.rows().map(|unit| format!("{unit:6.3?}")).collect();
                println!("  step {step:4}  mse {mse:.4}  hidden {}", rows.join(" "));
            }
            for (parameter, slopes) in gradient.iter() {
                parameter.change(|weights| {
                    let pairs = weights.iter_mut().zip(slopes);
                    pairs.for_each(|(weight, slope)| *weight -= 0.2 * slope);
                });
            }
        }
        match name {
            "all 0" => assert!(mse > 0.249 && hidden_weights.value().iter().all(|&w| w == 0.0)),
            "all 1/2" => assert!(mse > 0.16, "one unit cannot do it"),
            _ => assert!(mse < 0.01),
        }
    }
}
