//! The trainer: the same bits on every run and behind an interruption, the best weights at the end,
//! and a culprit when numbers break.

use nn::Activation::Tanh;
use nn::data::Dataset;
use nn::layers::{Linear, Sequential, function};
use nn::train::{Broken, Flow, Report, Stopped, TrainError};
use nn::{
    Adam, Module, Optimizer, Parameter, Parts, Pass, Plateau, Session, Sgd, Trainer, loss, predict,
    seeded,
};
use rand::RngExt;
use std::path::PathBuf;
use tape::{Array, Indices, Tensor};

/// Lets each number through with a chance of 0.8 while the network learns, and counts its passes.
struct Sieve {
    passes: Parameter,
}

impl Module for Sieve {
    fn forward(&self, x: Tensor, pass: &Pass<'_>) -> Tensor {
        let Some(mut rng) = pass.random() else {
            return x;
        };
        pass.keep(&self.passes, self.passes.value().map(|count| count + 1.0));
        let mask = Array::from_fn(&x.shape(), |_| f64::from(u8::from(rng.random_bool(0.8))));
        x * pass.tape().constant(mask)
    }
    fn parts(&self, parts: &mut Parts) {
        parts.parameter("passes", &self.passes);
    }
}

fn net(seed: u64) -> Sequential {
    let mut rng = seeded(seed);
    Sequential::new()
        .then(Linear::new(2, 6, &mut rng))
        .then(Tanh)
        .then(Sieve {
            passes: Parameter::buffer(0.0),
        })
        .then(Linear::new(6, 1, &mut rng))
}

/// 37 points, and a curve over them.
fn data(shift: f64) -> Dataset {
    let x = Array::from_fn(&[37, 2], |i| {
        ((i[0] * 7 + i[1] * 3) as f64 * 0.37 + shift).sin()
    });
    let y = Array::from_fn(&[37, 1], |i| x[[i[0], 0]] * x[[i[0], 1]] + 0.1);
    Dataset::new(x, y)
}

fn bits(net: &Sequential) -> Vec<u64> {
    let numbers = net.parameters().unrolled();
    numbers.iter().map(|w| w.to_bits()).collect()
}

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let name = format!("chainrule-train-{}-{name}.safetensors", std::process::id());
        let place = Place(std::env::temp_dir().join(name));
        let _ = std::fs::remove_file(&place.0);
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn one_batch_is_the_loop_on_the_slide() {
    let (own, theirs) = (net(1), net(1));
    let data = data(0.0);
    let report = Trainer::new(loss::mse)
        .epochs(9)
        .batch_size(1)
        .seed(3)
        .fit(&own, &mut Sgd::new(0.05), &data.take(1))
        .unwrap();

    let (mut session, mut sgd) = (Session::new(3), Sgd::new(0.05));
    let one = data.take(1);
    let mut losses = Vec::new();
    for _ in 0..9 {
        let (loss, gradient) = session
            .step(|pass| loss::mse(theirs.forward(pass.data(one.x()), pass), pass.data(one.y())));
        sgd.step(&gradient);
        losses.push(loss);
    }
    assert_eq!(bits(&own), bits(&theirs));
    assert_eq!(
        Vec::from_iter(report.epochs().iter().map(|epoch| epoch.loss)),
        losses
    );
    assert_eq!(report.stopped(), Stopped::Finished);
}

#[test]
fn the_same_seed_is_the_same_bits_and_another_is_not() {
    let run = |seed| {
        let net = net(1);
        let trainer = Trainer::new(loss::mse).epochs(3).batch_size(8).seed(seed);
        let report = trainer.fit(&net, &mut Adam::new(0.01), &data(0.0)).unwrap();
        (bits(&net), report)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).0, run(8).0);
}

#[test]
fn a_run_that_was_interrupted_ends_with_the_same_bits() {
    fn check<O: Optimizer>(name: &str, optimizer: impl Fn() -> O) {
        let (train, test) = (data(0.0), data(0.5));
        let run = |net: &Sequential, epochs: usize, place: &Place| -> Report {
            Trainer::new(loss::mse)
                .epochs(epochs)
                .batch_size(8)
                .seed(5)
                .validation(&test)
                .metric("largest", |y, _| y.iter().copied().fold(0.0, f64::max))
                .patience(50)
                .schedule(|step| 0.05 / (1.0 + 0.1 * step as f64))
                .clip_norm(0.5)
                .accumulate(2)
                .checkpoint(&place.0, 2)
                .resume()
                .fit(net, &mut optimizer(), &train)
                .unwrap()
        };
        let (whole, parts) = (net(1), net(1));
        let expected = run(&whole, 7, &Place::new(&format!("{name}-whole")));
        let place = Place::new(&format!("{name}-parts"));
        run(&parts, 3, &place);
        let again = net(2); // another start, which the checkpoint replaces
        let report = run(&again, 7, &place);
        assert_eq!(report, expected);
        assert_eq!(bits(&again), bits(&whole));
        assert_eq!(run(&again, 7, &place), expected, "nothing is left to do");
        assert_eq!(bits(&again), bits(&whole));
    }
    check("sgd", || Sgd::new(1.0).momentum(0.9));
    check("adam", || Adam::new(1.0));
}

#[test]
fn a_plateau_remembers_what_was_before_an_interruption() {
    let run = |net: &Sequential, epochs: usize, place: &Place| -> Report {
        Trainer::new(loss::mse)
            .epochs(epochs)
            .plateau(Plateau::new(0.5).patience(1).factor(0.5).relative(0.1))
            .checkpoint(&place.0, 1)
            .resume()
            .fit(net, &mut Sgd::new(1.0).momentum(0.5), &data(0.0))
            .unwrap()
    };
    let (whole, parts) = (net(1), net(1));
    let expected = run(&whole, 12, &Place::new("plateau-whole"));
    let rates = Vec::from_iter(expected.epochs().iter().map(|epoch| epoch.rate));
    assert!(rates[0] == 0.5 && rates[11] < 0.5, "{rates:?}");
    let place = Place::new("plateau-parts");
    run(&parts, 5, &place);
    assert_eq!(run(&parts, 12, &place), expected);
    assert_eq!(bits(&parts), bits(&whole));
}

#[test]
fn a_checkpoint_of_another_run_changes_nothing() {
    let place = Place::new("other");
    let run = |net: &Sequential, seed| {
        let trainer = Trainer::new(loss::mse)
            .epochs(2)
            .seed(seed)
            .checkpoint(&place.0, 1)
            .resume();
        trainer.fit(net, &mut Sgd::new(0.1), &data(0.0))
    };
    run(&net(1), 5).unwrap();
    let other = net(2);
    let before = bits(&other);
    let error = run(&other, 6).unwrap_err();
    assert!(matches!(error, TrainError::Checkpoint(_)));
    assert!(
        error
            .to_string()
            .ends_with("the run that was saved has seed 5, this one 6"),
        "{error}"
    );
    assert_eq!(bits(&other), before);
}

#[test]
fn patience_ends_and_the_best_weights_come_back() {
    // What is learnt is the opposite of what is asked: every epoch is worse, from some point on.
    let train = data(0.0);
    let test = Dataset::new(train.x().as_ref(), train.y().map(|y| 0.3 - y));
    let net = net(1);
    let mut seen = Vec::new();
    let report = Trainer::new(loss::mse)
        .epochs(200)
        .batch_size(8)
        .validation(&test)
        .patience(4)
        .on_epoch(|epoch| seen.push(epoch.number))
        .fit(&net, &mut Adam::new(0.02), &train)
        .unwrap();
    assert_eq!(report.stopped(), Stopped::Patience);
    let (best, last) = (report.best().unwrap(), report.last().unwrap());
    assert_eq!(last.number, best.number + 4);
    assert_eq!(seen.len(), last.number);
    assert!(last.judged() > best.judged());
    let y = predict(&net, test.x());
    let restored = nn::metrics::mse(y.as_slice(), test.y().as_slice());
    assert!((restored - best.validation.unwrap()).abs() < 1e-15);
}

/// The mean over four batches is the mean over their examples, also where the last is smaller.
#[test]
fn accumulated_batches_are_one_large_batch() {
    let linear = || -> Linear { Linear::new(2, 1, &mut seeded(4)) };
    let run = |batch, accumulate| {
        let net = linear();
        let trainer = Trainer::new(loss::mse)
            .epochs(2)
            .batch_size(batch)
            .accumulate(accumulate);
        let report = trainer.fit(&net, &mut Sgd::new(0.1), &data(0.0)).unwrap();
        assert_eq!(report.last().unwrap().steps, 2);
        (net.parameters().unrolled(), report.last().unwrap().loss)
    };
    let ((large, loss), (small, same)) = (run(37, 1), run(10, 4));
    for (a, b) in large.iter().zip(&small) {
        assert!((a - b).abs() < 1e-14, "{a} {b}");
    }
    assert!((loss - same).abs() < 1e-14);
}

#[test]
fn watchers_see_steps_and_epochs_and_may_stop() {
    let (mut steps, mut epochs) = (Vec::new(), Vec::new());
    let report = Trainer::new(loss::mse)
        .epochs(5)
        .batch_size(10)
        .schedule(|step| 0.1 / (step + 1) as f64)
        .on_step(|step| steps.push((step.epoch, step.number, step.steps, step.total, step.rate)))
        .on_epoch(|epoch| {
            epochs.push(epoch.to_string());
            if epoch.number == 2 {
                Flow::Stop
            } else {
                Flow::GoOn
            }
        })
        .fit(&net(1), &mut Sgd::new(1.0), &data(0.0))
        .unwrap();
    assert_eq!(report.stopped(), Stopped::Watcher);
    assert_eq!((steps.len(), report.epochs().len()), (8, 2));
    assert_eq!(steps[5], (2, 2, 4, 6, 0.1 / 6.0));
    assert_eq!(epochs[1], report.epochs()[1].to_string());
    assert!(epochs[0].starts_with("epoch 1/5  loss 0."), "{}", epochs[0]);

    let stop = Trainer::new(loss::mse)
        .batch_size(10)
        .on_step(|_| Flow::Stop);
    let report = stop.fit(&net(1), &mut Sgd::new(0.1), &data(0.0)).unwrap();
    assert_eq!(
        (report.stopped(), report.last().unwrap().steps),
        (Stopped::Watcher, 1)
    );
}

#[test]
fn classes_are_learnt_from_every_kind_of_targets() {
    let x = Array::from_fn(&[30, 2], |i| {
        let angle = std::f64::consts::TAU * ((i[0] % 3) as f64 / 3.0 + 0.004 * i[0] as f64);
        if i[1] == 0 { angle.cos() } else { angle.sin() }
    });
    let classes = Vec::from_iter((0..30).map(|i| i % 3));
    let net = || -> Linear { Linear::new(2, 3, &mut seeded(2)) };

    let data = Dataset::new(&x, classes.clone());
    let trainer = Trainer::new(loss::cross_entropy)
        .epochs(40)
        .batch_size(10)
        .accuracy();
    let report = trainer.fit(&net(), &mut Sgd::new(0.5), &data).unwrap();
    let last = report.last().unwrap();
    assert_eq!(last.metric("accuracy"), Some(1.0));

    let smooth = Trainer::new(loss::CrossEntropy::new())
        .epochs(40)
        .batch_size(10);
    let same = smooth.fit(&net(), &mut Sgd::new(0.5), &data).unwrap();
    assert_eq!(same.last().unwrap().loss, last.loss);

    let each = Dataset::new(&x, Indices::new(&[30, 1], classes.clone()).unwrap());
    let same = Trainer::new(loss::cross_entropy).epochs(40).batch_size(10);
    let same = same.fit(&net(), &mut Sgd::new(0.5), &each).unwrap();
    assert_eq!(same.last().unwrap().loss, last.loss);

    let rows = Dataset::new(&x, Array::one_hot(&classes, 3));
    let soft = Trainer::new(loss::cross_entropy_with)
        .epochs(40)
        .batch_size(10);
    let soft = soft.fit(&net(), &mut Sgd::new(0.5), &rows).unwrap();
    assert!((soft.last().unwrap().loss - last.loss).abs() < 1e-12);
}

#[test]
fn what_is_not_finite_is_named_and_nothing_is_spoilt() {
    let check = |net: &Sequential, rate: f64, data: &Dataset, culprit: Broken| {
        let before = bits(net);
        let trainer = Trainer::new(loss::mse).epochs(3).batch_size(64);
        let error = trainer.fit(net, &mut Sgd::new(rate), data).unwrap_err();
        let TrainError::NotFinite {
            epoch,
            step,
            culprit: found,
            ..
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!(*found, culprit);
        (error.to_string(), *epoch, *step, bits(net) == before)
    };
    let good = data(0.0);
    let with = |x: Option<f64>, y: Option<f64>| {
        let (mut inputs, mut targets) = (good.x().as_ref().clone(), good.y().as_ref().clone());
        inputs[[3, 1]] = x.unwrap_or(inputs[[3, 1]]);
        targets[[5, 0]] = y.unwrap_or(targets[[5, 0]]);
        Dataset::new(inputs, targets)
    };
    let (told, epoch, step, unspoilt) =
        check(&net(1), 0.1, &with(Some(f64::NAN), None), Broken::Inputs);
    assert_eq!(
        told,
        "epoch 1, step 0: the loss is NaN; the inputs of the batch are not all finite"
    );
    assert_eq!((epoch, step, unspoilt), (1, 0, true));

    let found = check(&net(1), 0.1, &with(None, Some(f64::INFINITY)), Broken::Loss);
    assert!(
        found.3 && found.0.contains("look at the targets"),
        "{}",
        found.0
    );

    let broken = net(1);
    broken.parameters().get("3.bias").unwrap().set([f64::NAN]);
    assert!(check(&broken, 0.1, &good, Broken::Parameter("3.bias".into())).3);

    // The derivative of a root at 0 is infinite, of a loss that is finite.
    let root = Sequential::new()
        .then(Linear::from_arrays([[0.0, 0.0]], [0.0]))
        .then(function("root", |x: Tensor| x.sqrt()));
    let found = check(&root, 0.1, &good, Broken::Gradient("0.weight".into()));
    assert!(
        found.3 && found.0.contains("the derivative by 0.weight is not finite"),
        "{}",
        found.0
    );

    // Too large a rate: the first step is taken, in the second all is beyond the range of numbers.
    let deep = Sequential::new()
        .then(Linear::from_arrays([[1e60, 1.0]], [0.0]))
        .then(Linear::from_arrays([[1.0]], [0.0]));
    let found = check(&deep, 1e100, &good, Broken::Outputs);
    assert_eq!((found.2, found.3), (1, false));
}

#[test]
fn there_must_be_examples() {
    let none = Dataset::new(Array::zeros(&[0, 2]), Array::zeros(&[0, 1]));
    let fit = |trainer: Trainer<'_>, data: &Dataset| trainer.fit(&net(1), &mut Sgd::new(0.1), data);
    let error = fit(Trainer::new(loss::mse), &none).unwrap_err();
    assert_eq!(error.to_string(), "there are no examples to learn from");
    let few = Trainer::new(loss::mse).batch_size(38).drop_last();
    assert!(matches!(fit(few, &data(0.0)), Err(TrainError::NoExamples)));
    let full = Trainer::new(loss::mse).batch_size(10).drop_last();
    assert_eq!(fit(full, &data(0.0)).unwrap().last().unwrap().steps, 3);
    let not_at_all = Trainer::new(loss::mse).epochs(0);
    assert_eq!(fit(not_at_all, &data(0.0)).unwrap().last(), None);
}

#[test]
fn predictions_do_not_depend_on_how_many_there_are() {
    let net = net(1);
    let x = Array::from_fn(&[600, 2], |i| (i[0] * 2 + i[1]) as f64 * 0.01);
    let all = predict(&net, &x);
    assert_eq!(*all.shape(), [600, 1]);
    for place in [0, 255, 256, 599] {
        let one = Array::new(&[1, 2], &x.as_slice()[2 * place..][..2]);
        assert_eq!(predict(&net, &one).item(), all[[place, 0]]);
    }
    assert_eq!(*predict(&net, &Array::zeros(&[0, 2])).shape(), [0, 1]);
}
