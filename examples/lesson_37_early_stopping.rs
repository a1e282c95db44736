//! # 37. Early stopping
//!
//! Twelve noisy points, and a network with 97 parameters: first it learns the curve, then the
//! noise. What it learns from cannot tell when; examples that it does not learn from can. Their
//! loss falls, turns, and rises, and the best epoch is known only once it is past. So the trainer
//! waits a while, its patience, and gives back the weights of the best epoch.
//!
//! The picture has both losses on a logarithmic scale: `t` training, `v` validation, and `*` the
//! epoch whose weights the network has in the end.
//!
//! ```text
//!  0.500 |
//!        |t
//!        |tt
//!  0.250 |vtt
//!        |v tt
//!        | vvttt
//!  0.125 | vvv ttt                     vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv
//!        |   v vttttt      v vvvvvvvvvvv
//!        |   vvvvvvvvvvvvvvvv
//!  0.062 |    vv*vvv     tttt
//!        |                   tttt
//!        |                       ttttt
//!  0.031 |                            tttttttt
//!        |                                    ttttttttttttttttttttttt
//!        |                                                          tt
//!         1                                                        227
//!
//! epoch   27/1000  loss 0.110662  validation 0.060906  *
//! epoch  227/1000  loss 0.021584  validation 0.137354
//!
//! mean squared error    training  validation      test
//! stopped, the best        0.112       0.061     0.127
//! all 1000 epochs          0.000       0.153     0.159
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::data::{Dataset, sine};
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::train::{Report, Stopped};
use chainrule::nn::{Adam, Trainer, loss, metrics, predict, seeded};

const ROWS: usize = 15;
const COLUMNS: usize = 60;

fn main() {
    let mut rng = seeded(3);
    let [train, validation] = [sine(12, 0.3, &mut rng), sine(30, 0.3, &mut rng)];
    let test = sine(200, 0.3, &mut rng);
    let network = || {
        let mut rng = seeded(1);
        Sequential::new()
            .then(Linear::new(1, 32, &mut rng))
            .then(Tanh)
            .then(Linear::new(32, 1, &mut rng))
    };
    let mse = |net: &Sequential, data: &Dataset| {
        metrics::mse(predict(net, data.x()).as_slice(), data.y().as_slice())
    };
    let trainer = || {
        Trainer::new(loss::mse)
            .batch_size(12)
            .validation(&validation)
    };

    let patient = network();
    let report = trainer()
        .epochs(1000)
        .patience(200)
        .fit(&patient, &mut Adam::new(0.02), &train)
        .expect("finite numbers");
    assert_eq!(report.stopped(), Stopped::Patience);
    let best = report.best().expect("there was an epoch");
    let last = report.last().expect("there was an epoch");
    draw(&report);
    println!("\n{best}\n{last}");
    assert_eq!(last.number, best.number + 200);
    let back = mse(&patient, &validation);
    assert!(
        (back - best.judged()).abs() < 1e-12,
        "the best weights are back"
    );

    let stubborn = network();
    trainer()
        .epochs(1000)
        .fit(&stubborn, &mut Adam::new(0.02), &train)
        .expect("finite numbers");
    println!("\nmean squared error    training  validation      test");
    for (name, net) in [
        ("stopped, the best", &patient),
        ("all 1000 epochs", &stubborn),
    ] {
        let [train, validation, test] = [&train, &validation, &test].map(|data| mse(net, data));
        println!("{name:18} {train:11.3} {validation:11.3} {test:9.3}");
    }
    assert!(
        mse(&stubborn, &train) < mse(&patient, &train),
        "it knows more of the noise"
    );
    assert!(
        mse(&stubborn, &test) > mse(&patient, &test),
        "and less of the curve"
    );
}

/// Both losses of every epoch, on a logarithmic scale, as many epochs to a column as need be.
fn draw(report: &Report) {
    let epochs = report.epochs();
    let best = report.best().expect("there was an epoch").number;
    let mut rows = [[' '; COLUMNS]; ROWS];
    let row = |loss: f64| {
        (-3.0 * loss.log2() - 3.0)
            .round()
            .clamp(0.0, ROWS as f64 - 1.0) as usize
    };
    let column = |number: usize| (number - 1) * COLUMNS / epochs.len();
    for epoch in epochs {
        let at = column(epoch.number);
        rows[row(epoch.loss)][at] = 't';
        rows[row(epoch.judged())][at] = 'v';
    }
    rows[row(epochs[best - 1].judged())][column(best)] = '*';
    for (i, row) in rows.iter().enumerate() {
        let label = if i.is_multiple_of(3) {
            format!("{:.3}", 0.5f64.powi(i as i32 / 3 + 1))
        } else {
            String::new()
        };
        println!("{label:>6} |{}", String::from_iter(row).trim_end());
    }
    println!("        1{:>59}", epochs.len());
}
