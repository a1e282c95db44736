//! # 33. Theta, Delta and D: backpropagation as one course writes it
//!
//! Andrew Ng's notation has one matrix per layer, with the biases in its first column. For each
//! example the error `delta = a - y` is carried back, and `delta a^T` added to the accumulators
//! `Delta`. The gradient of J(Theta) is then `D = (Delta + lambda Theta) / m`, without lambda in
//! the bias column. Nobody should believe that without a check: every entry of the unrolled Theta
//! is moved by 1e-4 to both sides, and J asked how much it changed. The check agrees with D, and
//! not with `Delta/m + lambda Theta`, which is also in print.
//!
//! After that the gradient is handed to an advanced optimizer, as Octave's `fminunc` takes it: a
//! function of one long vector that answers J and D. The larger lambda is, the smaller the weights
//! become; too small a lambda learns by heart, too large a one hardly learns.
//!
//! ```text
//! Theta of shapes [[5, 3], [1, 6]], unrolled 21
//!
//! lambda = 2           D   difference of J   Delta/m + lambda Theta
//! Theta1[1,0]   0.003331          0.003331                 0.003331
//! Theta1[1,1]  -0.017768         -0.017768                -0.405062
//! Theta1[1,2]   0.024945          0.024945                 0.908633
//! Theta1[2,0]   0.001879          0.001879                 0.001879
//! Theta1[2,1]  -0.018462         -0.018462                -0.714465
//! Theta1[2,2]   0.006101          0.006101                 0.011201
//! D is off by less than 1e-8 in all 21, the other by up to 0.959
//!
//! lambda        J     seen: right    not seen: right   squared weights   biases
//!   0.03   0.2533        54 of 60         366 of 400             250.3     60.5
//!    0.3   0.4443        51 of 60         335 of 400              22.9      9.5
//!      3   0.6739        48 of 60         320 of 400               3.5      0.9
//! ```

use chainrule::nn::data::moons;
use chainrule::nn::delta::theta::{self, Theta};
use chainrule::nn::delta::{DeltaError, central_difference};
use chainrule::nn::minimize::{Options, minimize};
use chainrule::nn::{Init, seeded};

/// Units per layer, inputs first.
const SIZES: [usize; 3] = [2, 5, 1];

type Rows = Vec<Vec<f64>>;

/// What `fminunc` is given: J, and D unrolled.
fn cost(flat: &[f64], [x, y]: &[Rows; 2], lambda: f64) -> Result<(f64, Vec<f64>), DeltaError> {
    let thetas = theta::roll(flat, &SIZES)?;
    let j = theta::cost(&thetas, x, y, lambda)?;
    let sums = theta::accumulate(&thetas, x, y)?;
    let d = theta::gradient(&sums, &thetas, lambda, x.len())?;
    Ok((j, theta::unroll(&d)))
}

fn main() -> Result<(), DeltaError> {
    let mut rng = seeded(1);
    let [seen, new]: [[Rows; 2]; 2] = [60, 400].map(|count| {
        let moons = moons(count, 0.3, &mut rng);
        let class = |&class: &usize| vec![class as f64];
        [
            moons.x().rows().map(<[f64]>::to_vec).collect(),
            moons.y().iter().map(class).collect(),
        ]
    });
    let m = seen[0].len() as f64;
    // Small random numbers, all different: the symmetry must break.
    let start = Vec::from_iter((0..21).map(|_| Init::Epsilon(0.5).weight(2, 5, &mut rng)));
    let thetas = theta::roll(&start, &SIZES)?;
    let shapes = Vec::from_iter(thetas.iter().map(Theta::shape));
    println!("Theta of shapes {shapes:?}, unrolled {}", start.len());

    let lambda = 2.0;
    let (_, d) = cost(&start, &seen, lambda)?;
    let (_, without) = cost(&start, &seen, 0.0)?;
    let sums = theta::unroll(&theta::accumulate(&thetas, &seen[0], &seen[1])?);
    let j = |flat: &[f64]| cost(flat, &seen, lambda).expect("shapes that fit").0;
    let differences = central_difference(j, &start, 1e-4);
    println!("\nlambda = 2           D   difference of J   Delta/m + lambda Theta");
    let mut other_is_off = 0.0_f64;
    for k in 0..21 {
        let penalty = if is_bias(k) { 0.0 } else { lambda * start[k] };
        let other = sums[k] / m + penalty;
        if k < 6 {
            let name = format!("Theta1[{},{}]", k / 3 + 1, k % 3);
            println!(
                "{name:11} {:10.6} {:17.6} {other:24.6}",
                d[k], differences[k]
            );
        }
        assert!(
            (d[k] - differences[k]).abs() < 1e-8,
            "D is the gradient of J"
        );
        assert_eq!(
            d[k] == without[k],
            is_bias(k),
            "no lambda in the bias column"
        );
        other_is_off = other_is_off.max((other - differences[k]).abs());
    }
    println!("D is off by less than 1e-8 in all 21, the other by up to {other_is_off:.3}");
    assert!(other_is_off > 0.1);

    println!("\nlambda        J     seen: right    not seen: right   squared weights   biases");
    let mut before = f64::INFINITY;
    for lambda in [0.03, 0.3, 3.0] {
        let options = Options {
            tolerance: 1e-8,
            ..Options::default()
        };
        let asked = |flat: &[f64]| cost(flat, &seen, lambda).expect("shapes that fit");
        let found = minimize(asked, &start, &options);
        assert!(
            found.gradient.iter().all(|slope| slope.abs() < 1e-6),
            "level ground"
        );
        let network = theta::network(&theta::roll(&found.x, &SIZES)?)?;
        let right = |[x, y]: &[Rows; 2]| {
            let h = network.forward(x)?;
            let pairs = h.output().iter().zip(y);
            Ok::<_, DeltaError>(pairs.filter(|(h, y)| (h[0] > 0.5) == (y[0] > 0.5)).count())
        };
        let squares = |bias: bool| {
            let own = (0..21).filter(|&k| is_bias(k) == bias);
            own.map(|k| found.x[k].powi(2)).sum::<f64>()
        };
        let [seen, new] = [right(&seen)?, right(&new)?];
        let [weights, biases] = [squares(false), squares(true)];
        println!(
            "{lambda:6}  {:7.4}  {seen:8} of 60  {new:10} of 400  {weights:16.1}  {biases:7.1}",
            found.value
        );
        assert!(weights < before, "more lambda, smaller weights");
        before = weights;
    }
    Ok(())
}

/// Whether an entry of the unrolled Theta is in the bias column: the first of each row of 3, in
/// Theta1, and of 6, in Theta2.
fn is_bias(k: usize) -> bool {
    if k < 15 { k.is_multiple_of(3) } else { k == 15 }
}
