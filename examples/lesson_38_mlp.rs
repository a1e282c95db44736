//! # 38. A multi-layer perceptron, start to end
//!
//! The walk through a network that users of Keras know: describe it, look at its summary, fit it
//! with a part of the data held back, evaluate it on data it has not seen, predict. Once for
//! classes, three species of iris, and once for numbers, a sine through noise. What differs is the
//! last layer's width, the loss, and the metric.
//!
//! ```text
//! module  what               output  parameters  multiply-adds
//!         Sequential         [16,3]
//! 0         Linear 4 -> 16  [16,16]          80          1 024
//! 1         relu            [16,16]
//! 2         Linear 16 -> 3   [16,3]          51            768
//!
//! input [16,4]: 131 parameters, 1 792 multiply-adds
//!
//! epoch  1/40  loss 0.983716  validation 0.847163  accuracy 0.5667  *
//! epoch 10/40  loss 0.215864  validation 0.228529  accuracy 0.9000  *
//! epoch 20/40  loss 0.091346  validation 0.091688  accuracy 0.9667  *
//! epoch 30/40  loss 0.069708  validation 0.069809  accuracy 0.9667
//! epoch 40/40  loss 0.061533  validation 0.062151  accuracy 0.9667  *
//!
//! test accuracy 0.9667
//! a flower of [[5.9 3.  4.2 1.5]]
//!   setosa      0.005
//!   versicolor  0.962
//!   virginica   0.033
//!
//! module  what                output  parameters  multiply-adds
//!         Sequential          [20,1]
//! 0         Linear 1 -> 16   [20,16]          32            320
//! 1         tanh             [20,16]
//! 2         Linear 16 -> 16  [20,16]         272          5 120
//! 3         tanh             [20,16]
//! 4         Linear 16 -> 1    [20,1]          17            320
//!
//! input [20,1]: 321 parameters, 5 760 multiply-adds
//!
//! epoch   1/100  loss 0.306263  validation 0.156581  mae 0.2981  *
//! epoch  25/100  loss 0.011798  validation 0.008828  mae 0.0788
//! epoch  50/100  loss 0.010770  validation 0.007866  mae 0.0721
//! epoch  75/100  loss 0.010883  validation 0.008548  mae 0.0752
//! epoch 100/100  loss 0.009936  validation 0.007662  mae 0.0717
//!
//! test r2 0.9775
//!      x   says    sine
//!   -2.0 -0.905  -0.909
//!   -1.0 -0.840  -0.841
//!    0.0  0.018   0.000
//!    1.0  0.821   0.841
//!    2.0  0.984   0.909
//! ```

use chainrule::nn::Activation::{Relu, Tanh};
use chainrule::nn::data::{Scaling, iris, sine};
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Adam, Schedule, Trainer, loss, metrics, predict, seeded, summary};
use chainrule::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    classification()?;
    regression()
}

fn classification() -> Result<(), Box<dyn Error>> {
    let (iris, species) = iris();
    let mut rng = seeded(2);
    let [train, validation, test] = iris.split_classes(&[0.6, 0.2, 0.2], &mut rng)?;
    let scaling = Scaling::standardize(train.x()); // by the training set's numbers
    let [train, validation, test] =
        [train, validation, test].map(|part| part.map_x(|x| scaling.apply(x)));

    let net = Sequential::new()
        .then(Linear::new(4, 16, &mut rng))
        .then(Relu)
        .then(Linear::new(16, 3, &mut rng));
    println!("{}", summary(&net, &[16, 4]));

    Trainer::new(loss::cross_entropy)
        .epochs(40)
        .batch_size(16)
        .seed(1)
        .validation(&validation)
        .accuracy()
        .on_epoch(|epoch| {
            if epoch.number == 1 || epoch.number.is_multiple_of(10) {
                println!("{epoch}");
            }
        })
        .fit(&net, &mut Adam::new(0.01), &train)?;

    let logits = predict(&net, test.x());
    let found = metrics::classes(&logits);
    let accuracy = metrics::accuracy(&found, test.y());
    println!("\ntest accuracy {accuracy:.4}");
    assert!(accuracy > 0.9);

    let flower = Array::from([[5.9, 3.0, 4.2, 1.5]]);
    let tape = Tape::new();
    let p = tape
        .constant(predict(&net, &scaling.apply(&flower)))
        .softmax(-1);
    println!("a flower of {flower:.1}");
    for (name, p) in species.names().iter().zip(&p.to_array()) {
        println!("  {name:10}  {p:.3}");
    }
    Ok(())
}

fn regression() -> Result<(), Box<dyn Error>> {
    let mut rng = seeded(5);
    let [train, validation, test] = sine(200, 0.1, &mut rng).split(&[0.6, 0.2, 0.2], &mut rng)?;
    let net = Sequential::new()
        .then(Linear::new(1, 16, &mut rng))
        .then(Tanh)
        .then(Linear::new(16, 16, &mut rng))
        .then(Tanh)
        .then(Linear::new(16, 1, &mut rng));
    println!("\n{}", summary(&net, &[20, 1]));

    let falling = Schedule::Cosine {
        from: 0.02,
        to: 0.0,
        steps: 600,
    };
    Trainer::new(loss::mse)
        .epochs(100)
        .batch_size(20)
        .seed(1)
        .validation(&validation)
        .schedule(|step| falling.rate(step))
        .metric("mae", |outputs, targets| {
            metrics::mae(outputs.as_slice(), targets.as_slice())
        })
        .on_epoch(|epoch| {
            if epoch.number == 1 || epoch.number.is_multiple_of(25) {
                println!("{epoch}");
            }
        })
        .fit(&net, &mut Adam::new(0.01), &train)?;

    let outputs = predict(&net, test.x());
    let r2 = metrics::r2(outputs.as_slice(), test.y().as_slice());
    println!("\ntest r2 {r2:.4}");
    assert!(r2 > 0.95);

    println!("     x   says    sine");
    let x = Array::from([[-2.0], [-1.0], [0.0], [1.0], [2.0]]);
    for (x, says) in x.iter().zip(&predict(&net, &x)) {
        println!("{x:6.1} {says:6.3} {:7.3}", x.sin());
        assert!((says - x.sin()).abs() < 0.1);
    }
    Ok(())
}
