//! Training on plans against training that records every step: the same bits in weights, history,
//! callbacks and checkpoints, and a reason where there is no plan.

use nn::Activation::{Relu, Tanh};
use nn::data::{Dataset, Targets};
use nn::layers::{BatchNorm1d, Dropout, LayerNorm, Linear, Sequential, function};
use nn::train::{Loss, Report, TrainError};
use nn::{Adam, AdamW, Module, Optimizer, Pass, Plateau, Sgd, Trainer, loss, seeded};
use rand::rngs::ChaCha8Rng;
use std::cell::Cell;
use std::sync::Arc;
use tape::{Array, Element, Indices, Tensor, Var};

/// 37 examples of four numbers.
fn inputs<T: Element>() -> Array<T> {
    Array::from_fn(&[37, 4], |i| {
        T::from_f64(((i[0] * 7 + i[1] * 3) as f64 * 0.37).sin())
    })
}

fn rows<T: Element>() -> Dataset<T> {
    let y = Array::from_fn(&[37, 3], |i| T::from_f64(((i[0] + 5 * i[1]) as f64).cos()));
    Dataset::new(inputs(), y)
}

fn classes<T: Element>() -> Dataset<T, Vec<usize>> {
    Dataset::new(inputs(), (0..37).map(|i| i * i % 3).collect::<Vec<_>>())
}

fn net<T: Element>(rng: &mut ChaCha8Rng) -> Sequential<T> {
    Sequential::new()
        .then(Linear::new(4, 6, rng))
        .then(Tanh)
        .then(LayerNorm::new(&[6]))
        .then(Linear::new(6, 3, rng))
}

/// What a training left: all that it told, and the bits of the weights.
type Left = (Report, Vec<String>, Vec<u64>);

fn train<T: Element, Y: Targets>(
    trainer: Trainer<'_, T, Y>,
    net: &Sequential<T>,
    optimizer: &mut dyn Optimizer<T>,
    data: &Dataset<T, Y>,
) -> Result<Left, TrainError> {
    let told = std::cell::RefCell::new(Vec::new());
    let report = trainer
        .on_step(|step| {
            let bits = [step.loss.to_bits(), step.rate.to_bits()];
            told.borrow_mut().push(format!("{step:?} {bits:?}"));
        })
        .on_epoch(|epoch| told.borrow_mut().push(format!("{epoch:?}")))
        .fit(net, optimizer, data)?;
    let weights = net.parameters().unrolled();
    let bits = weights.iter().map(|w| w.to_f64().to_bits()).collect();
    Ok((report, told.into_inner(), bits))
}

/// Makes an optimizer that remembers nothing yet.
type Fresh<T> = fn() -> Box<dyn Optimizer<T>>;

/// Trains with and without plans, and compares.
#[track_caller]
fn same<T: Element, Y: Targets>(
    name: &str,
    data: &Dataset<T, Y>,
    trainer: impl Fn() -> Trainer<'static, T, Y>,
) {
    let optimizers: [Fresh<T>; 2] = [
        || Box::new(Sgd::new(0.05).momentum(0.9)),
        || Box::new(AdamW::new(0.01)),
    ];
    for optimizer in optimizers {
        let run = |trainer: Trainer<'static, T, Y>| {
            let net = net(&mut seeded(3));
            train(trainer, &net, &mut *optimizer(), data).unwrap()
        };
        let (recorded, planned) = (run(trainer()), run(trainer().planned()));
        assert_eq!(planned.0.unplanned(), None, "{name}");
        assert_eq!(planned, recorded, "{name}");
    }
}

#[test]
fn planned_trainings_have_the_bits_of_recorded_ones() {
    fn check<T: Element>() {
        // 37 examples in batches of 8: the last has 5.
        let mse = || Trainer::<T>::new(loss::mse).epochs(7).batch_size(8).seed(5);
        same("plain", &rows(), mse);
        same("dropped", &rows(), || mse().drop_last());
        same("whole", &rows(), || mse().batch_size(64));
        same("clipped", &rows(), || mse().clip_norm(0.3));
        same("cut", &rows(), || mse().clip_value(0.01));
        same("accumulated", &rows(), || mse().accumulate(2));
        same("validated", &rows(), || {
            mse().validation(&rows()).patience(2).epochs(30)
        });
        same("scheduled", &rows(), || {
            mse().schedule(|step| 0.1 / (step + 1) as f64)
        });
        same("lowered", &rows(), || {
            mse().plateau(Plateau::new(0.1).patience(1))
        });
        same("classes", &classes(), || {
            let trainer = Trainer::<T, _>::new(loss::cross_entropy);
            trainer.epochs(7).batch_size(8).accuracy()
        });
        same("smoothed", &classes(), || {
            let smoothed = loss::CrossEntropy::new().smoothing(0.1);
            Trainer::<T, _>::new(smoothed).epochs(7).batch_size(8)
        });
        let each = Indices::new(&[37, 1], classes::<T>().y().to_vec()).unwrap();
        same("indices", &Dataset::new(inputs(), each), || {
            Trainer::<T, _>::new(loss::cross_entropy)
                .epochs(7)
                .batch_size(8)
        });
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn a_planned_training_that_was_interrupted_ends_with_the_same_bits() {
    let name = format!("chainrule-planned-{}.safetensors", std::process::id());
    let place = std::env::temp_dir().join(name);
    let run = |epochs, planned: bool| {
        let trainer = Trainer::new(loss::mse)
            .epochs(epochs)
            .batch_size(8)
            .checkpoint(&place, 1);
        let trainer = if planned { trainer.planned() } else { trainer };
        let net = net(&mut seeded(3));
        train(trainer.resume(), &net, &mut Adam::new(0.01), &rows::<f64>()).unwrap()
    };
    let fresh = || drop(std::fs::remove_file(&place));
    fresh();
    let (whole, _, weights) = run(9, false);
    for (first, then) in [(true, true), (true, false), (false, true)] {
        fresh();
        run(4, first);
        let (report, _, resumed) = run(9, then);
        assert_eq!((report, resumed), (whole.clone(), weights.clone()));
    }
    fresh();
}

/// A loss of its own, which has the classes as an array.
struct Soft;

impl Loss<f64, Vec<usize>> for Soft {
    fn of(&self, y: Tensor, classes: &Arc<Vec<usize>>, pass: &Pass<'_>) -> Var {
        let rows: Array = Array::one_hot(classes, 3);
        loss::cross_entropy_with(y, pass.tape().constant(rows))
    }
}

#[test]
fn what_cannot_be_planned_is_recorded_and_said() {
    fn check<Y: Targets>(
        data: &Dataset<f64, Y>,
        net: impl Fn() -> Sequential,
        trainer: impl Fn() -> Trainer<'static, f64, Y>,
        reason: &str,
    ) {
        let run = |trainer: Trainer<'static, f64, Y>| {
            let trainer = trainer.epochs(4).batch_size(8);
            train(trainer, &net(), &mut Adam::new(0.01), data).unwrap()
        };
        let (recorded, planned) = (run(trainer()), run(trainer().planned()));
        let said = planned.0.unplanned().unwrap_or_default();
        assert!(said.contains(reason), "{said:?} says nothing of {reason:?}");
        assert_eq!(planned.0.epochs(), recorded.0.epochs(), "{reason}");
        assert_eq!((planned.1, planned.2), (recorded.1, recorded.2), "{reason}");
    }
    let with = |layer: fn() -> Sequential| {
        move || {
            let rng = &mut seeded(3);
            let net = Sequential::new().then(Linear::new(4, 6, rng)).then(layer());
            net.then(Linear::new(6, 3, rng))
        }
    };
    let mse = || Trainer::new(loss::mse);
    let dropout = with(|| Sequential::new().then(Dropout::new(0.5)));
    check(&rows(), dropout, mse, "random");
    let norm = with(|| Sequential::new().then(BatchNorm1d::new(6)));
    check(&rows(), norm, mse, "batch norm");
    // A branch that is taken now and then.
    let branch = with(|| {
        Sequential::new().then(function("branch", |x: Tensor| {
            if x.mean().value() > 0.05 { x * 2.0 } else { x }
        }))
    });
    check(&rows(), branch, mse, "read as a plain number");
    // What is computed from the classes off the tape.
    let plain = with(|| Sequential::new().then(Relu));
    let soft = || Trainer::new(Soft);
    check(&classes(), plain, soft, "`Loss::planned`");
    let share = || {
        Trainer::new(|y: Tensor, classes: &[usize]| {
            let ones = classes.iter().filter(|&&class| class == 1).count();
            loss::cross_entropy(y, classes) * (1.0 + ones as f64)
        })
    };
    check(&classes(), plain, share, "from batch to batch");
    let first = || {
        let loss = |y: Tensor, classes: &[usize]| y.square().mean() * classes[0] as f64;
        Trainer::new(loss)
    };
    check(&classes(), plain, first, "as they are");
}

#[test]
fn a_counter_off_the_tape_is_noticed_at_once() {
    let run = |planned: bool| {
        let steps = Cell::new(0.0);
        let trainer = Trainer::new(|y: Tensor, targets: Tensor| {
            steps.set(steps.get() + 1.0);
            loss::mse(y, targets) * (1.0 + steps.get())
        });
        let trainer = if planned { trainer.planned() } else { trainer };
        let net = net(&mut seeded(3));
        let fit = trainer.epochs(2).batch_size(8);
        fit.fit(&net, &mut Sgd::new(0.01), &rows::<f64>()).unwrap()
    };
    assert_eq!(run(false).unplanned(), None);
    let said = run(true).unplanned().map(str::to_string);
    assert!(said.unwrap().contains("not on the tape"));
}

#[test]
fn what_is_not_finite_is_named_on_a_plan_too() {
    let run = |planned: bool| {
        let trainer = Trainer::new(loss::mse).epochs(400).batch_size(37);
        let trainer = if planned { trainer.planned() } else { trainer };
        let rng = &mut seeded(3);
        let net = Sequential::new().then(Linear::new(4, 3, rng));
        let error = train(trainer, &net, &mut Sgd::new(1e3), &rows::<f64>()).unwrap_err();
        let weights: Vec<u64> = {
            let weights = net.parameters().unrolled();
            weights.iter().map(|w| w.to_bits()).collect()
        };
        (error.to_string(), weights)
    };
    assert_eq!(run(true), run(false));
}
