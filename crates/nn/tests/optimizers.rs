//! Optimizers, schedules and clipping against PyTorch, and resuming as if never interrupted.
//!
//! The numbers and the script that made them stand in `tests/reference`.

use nn::{
    Adagrad, Adam, AdamW, Gradient, Mismatch, Module, Optimizer, Parameter, Parts, Pass, RmsProp,
    Role, Session, Sgd,
};
use tape::{Array, Element, Tensor};

type Case<T> = (&'static str, Box<dyn Optimizer<T>>);

/// Every optimizer as in `optimizers.py`.
#[rustfmt::skip]
fn cases<T: Element>() -> Vec<Case<T>> {
    let is_bias = |p: &Parameter<T>| p.role() == Role::Bias;
    vec![
        ("sgd", Box::new(Sgd::new(0.1))),
        ("sgd, decay", Box::new(Sgd::new(0.1).decay(0.2))),
        ("sgd, momentum", Box::new(Sgd::new(0.05).momentum(0.9))),
        ("sgd, momentum, dampening, decay", Box::new(Sgd::new(0.1).momentum(0.8).dampening(0.3).decay(0.1))),
        ("sgd, nesterov, decay", Box::new(Sgd::new(0.05).momentum(0.9).nesterov().decay(0.1))),
        ("rmsprop", Box::new(RmsProp::new(0.05))),
        ("rmsprop, alpha, epsilon, decay", Box::new(RmsProp::new(0.05).alpha(0.8).epsilon(1e-3).decay(0.1))),
        ("rmsprop, momentum", Box::new(RmsProp::new(0.02).momentum(0.7))),
        ("rmsprop, centered", Box::new(RmsProp::new(0.02).centered().epsilon(1e-4))),
        ("rmsprop, centered, momentum, decay", Box::new(RmsProp::new(0.02).centered().momentum(0.7).decay(0.1).epsilon(1e-4))),
        ("adagrad", Box::new(Adagrad::new(0.3))),
        ("adagrad, rate decay, start, decay", Box::new(Adagrad::new(0.3).rate_decay(0.1).start(0.5).decay(0.1).epsilon(1e-3))),
        ("adam", Box::new(Adam::new(0.1))),
        ("adam, betas, epsilon, decay", Box::new(Adam::new(0.1).betas(0.8, 0.95).epsilon(1e-3).decay(0.2))),
        ("adam, amsgrad", Box::new(Adam::new(0.2).betas(0.5, 0.6).amsgrad())),
        ("adamw", Box::new(AdamW::new(0.1))),
        ("adamw, amsgrad, decay", Box::new(AdamW::new(0.2).betas(0.5, 0.6).amsgrad().decay(0.3))),
        ("adamw, groups", Box::new(AdamW::new(0.1).decay_weights(0.3).group(is_bias, |group| group.rate_factor(0.5)))),
        ("adam, a late bias", Box::new(Adam::new(0.1))),
        ("sgd, dampening, a late bias", Box::new(Sgd::new(0.1).momentum(0.8).dampening(0.3))),
        ("adam, a schedule", Box::new(Adam::new(0.1))),
    ]
}

struct Net<T: Element> {
    weight: Parameter<T>,
    bias: Parameter<T>,
}

impl<T: Element> Net<T> {
    fn new() -> Net<T> {
        let weight = Array::from_fn(&[2, 3], |at| 0.3 * (3 * at[0] + at[1]) as f64 - 0.7);
        Net {
            weight: Parameter::weight(weight.cast::<T>()),
            bias: Parameter::bias(Array::from([0.5, -1.25, 2.0]).cast::<T>()),
        }
    }

    fn elements(&self) -> Vec<T> {
        Module::parameters(self).unrolled()
    }

    /// The gradient of `optimizers.py` in step `t`, handed to `use_it`.
    fn gradient(&self, t: usize, with_bias: bool) -> Gradient<T> {
        let along = |p: &Parameter<T>, pass: &Pass<'_, T>| {
            let mut place = 0.0;
            let slope = |p: &T| {
                let p = p.to_f64();
                let slope = p * p * p - 1.5 * p + 0.25 * place - 0.1 * t as f64;
                place += 1.0;
                T::from_f64(slope)
            };
            let slopes: Vec<T> = p.value().iter().map(slope).collect();
            let slopes = pass.tape().constant_of(p.shape(), &slopes);
            (pass.parameter(p) * slopes).sum()
        };
        let (_, gradient) = Session::new(0).step(|pass| {
            let weight = along(&self.weight, pass);
            match with_bias {
                true => weight + along(&self.bias, pass),
                false => weight,
            }
        });
        gradient
    }

    /// Step `t` of a case.
    fn step(&self, name: &str, optimizer: &mut dyn Optimizer<T>, t: usize) {
        if name.contains("schedule") {
            optimizer.set_rate(0.1 * 0.8_f64.powi(t as i32));
        }
        let with_bias = t >= 4 || !name.contains("late bias");
        optimizer.step(&self.gradient(t, with_bias));
    }
}

impl<T: Element> Module<T> for Net<T> {
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        x
    }
    fn parts(&self, parts: &mut Parts<T>) {
        parts.parameter("weight", &self.weight);
        parts.parameter("bias", &self.bias);
    }
}

fn numbers(field: &str) -> Vec<f64> {
    field.split(',').map(|n| n.parse().unwrap()).collect()
}

fn check<T: Element>(tolerance: f64) {
    let reference = include_str!("reference/optimizers.tsv");
    let cases = cases::<T>();
    assert_eq!(cases.len(), reference.lines().count());
    for ((name, mut optimizer), line) in cases.into_iter().zip(reference.lines()) {
        let mut fields = line.split('\t');
        assert_eq!(fields.next(), Some(name));
        let net = Net::<T>::new();
        for (t, field) in fields.enumerate() {
            net.step(name, &mut *optimizer, t);
            for (w, expected) in net.elements().into_iter().zip(numbers(field)) {
                let error = (w.to_f64() - expected).abs() / expected.abs().max(1.0);
                assert!(error <= tolerance, "{name}, step {t}: {w}, not {expected}");
            }
        }
    }
}

#[test]
fn steps_are_those_of_pytorch() {
    check::<f64>(1e-12);
}

#[test]
fn steps_in_single_precision_are_the_same_within_it() {
    check::<f32>(1e-5);
}

#[test]
fn a_training_that_was_interrupted_goes_on_bit_for_bit() {
    resume::<f64>();
    resume::<f32>();
}

fn resume<T: Element>() {
    for (place, (name, mut optimizer)) in cases::<T>().into_iter().enumerate() {
        let (net, resumed) = (Net::<T>::new(), Net::<T>::new());
        for t in 0..6 {
            net.step(name, &mut *optimizer, t);
        }
        resumed.parameters().roll(&net.elements());
        let memory = optimizer.memory(&net.parameters());
        let mut again = cases::<T>().swap_remove(place).1;
        again.recall(&resumed.parameters(), &memory).unwrap();
        for t in 6..10 {
            net.step(name, &mut *optimizer, t);
            resumed.step(name, &mut *again, t);
            assert_eq!(net.elements(), resumed.elements(), "{name}, step {t}");
        }
        let (one, other) = (&optimizer, &again);
        let memories = (
            one.memory(&net.parameters()),
            other.memory(&resumed.parameters()),
        );
        assert_eq!(memories.0, memories.1);
    }
}

#[test]
fn memory_has_names_and_shapes() {
    let net = Net::<f64>::new();
    let mut optimizer = Adam::new(0.1);
    optimizer.step(&net.gradient(0, false));
    let memory = optimizer.memory(&net.parameters());
    let told: Vec<String> = memory
        .iter()
        .map(|(name, a)| format!("{name} {}", a.shape()))
        .collect();
    assert_eq!(
        told,
        [
            "weight.step [2]",
            "weight.exp_avg [2,3]",
            "weight.exp_avg_sq [2,3]",
            "bias.step [2]"
        ]
    );
}

#[test]
fn a_memory_that_does_not_fit_is_refused_by_name_and_changes_nothing() {
    let net = Net::<f64>::new();
    let mut optimizer = Adam::new(0.1);
    optimizer.step(&net.gradient(0, true));
    let before = optimizer.memory(&net.parameters());

    let mut bad = before.clone();
    bad.retain(|(name, _)| name != "weight.exp_avg");
    bad.push(("head.step".to_string(), [0.0, 0.0].into()));
    for (name, array) in &mut bad {
        match name.as_str() {
            "weight.exp_avg_sq" => *array = [1.0, 2.0].into(),
            "bias.step" => *array = [f64::NAN, 0.0].into(),
            _ => *array = Array::zeros(array.shape()),
        }
    }
    // A weight that never stepped need not have kept anything.
    bad[0].1 = [3.0, 0.0].into();
    let wrong = optimizer.recall(&net.parameters(), &bad).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "missing: weight.exp_avg\n\
         extra: head.step\n\
         misfit: weight.exp_avg_sq (shape [2], needed [2,3]), \
         bias.step ([NaN, 0.0] is no number of steps)"
    );
    assert_eq!(optimizer.memory(&net.parameters()), before);

    let memory_of_sgd = Sgd::new(0.1).memory(&net.parameters());
    assert_eq!(optimizer.recall(&net.parameters(), &memory_of_sgd), Ok(()));
    let of_adam = Sgd::new(0.1)
        .momentum(0.9)
        .recall(&net.parameters(), &before);
    let Mismatch {
        missing,
        extra,
        misfits,
    } = of_adam.unwrap_err();
    assert_eq!(missing, ["weight.momentum_buffer", "bias.momentum_buffer"]);
    assert_eq!(extra.len(), 4);
    assert_eq!(misfits, []);
}

#[test]
fn groups_build_on_one_another_and_may_come_late() {
    let net = Net::<f64>::new();
    net.parameters().roll(&[1.0; 9]);
    let is_bias = |p: &Parameter| p.role() == Role::Bias;
    let weights = net.parameters().only(|p| p.name == "weight");
    let mut sgd = Sgd::new(1.0)
        .decay(0.5)
        .group(|_| true, |group| group.rate_factor(0.5))
        .group(is_bias, |group| group.decay(0.25));
    // No slope: what is left is decay.
    let (_, flat) = Session::new(0)
        .step(|pass| 0.0 * (pass.parameter(&net.weight).sum() + pass.parameter(&net.bias).sum()));
    sgd.step(&flat);
    assert_eq!(net.elements(), [[0.75; 6].as_slice(), &[0.875; 3]].concat());
    sgd = sgd.group(move |p| weights.contains(p), |group| group.decay(0.0));
    sgd.step(&flat);
    assert_eq!(net.elements()[0], 0.75);
}

#[test]
fn clipping_is_that_of_pytorch() {
    for line in include_str!("reference/clipping.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let net = Net::<f64>::new();
        let mut gradient = net.gradient(3, true);
        let most: f64 = fields[1].parse().unwrap();
        match fields[0] {
            "norm" => {
                let norm: f64 = fields[2].parse().unwrap();
                assert!((gradient.clip_norm(most) - norm).abs() <= 1e-14 * norm);
            }
            "value" => gradient.clip_value(most),
            other => panic!("{other}?"),
        }
        let slopes = gradient.iter().flat_map(|(_, slopes)| slopes.to_vec());
        for (slope, expected) in slopes.zip(numbers(fields[3])) {
            assert!((slope - expected).abs() <= 1e-14, "{line}: {slope}");
        }
    }
}

#[test]
fn gradients_add_up_parameter_by_parameter() {
    let net = Net::<f64>::new();
    let [mut sum, more] = [net.gradient(0, false), net.gradient(2, true)];
    let [first, second] = [&sum, &more].map(|g| g.of(&net.weight).unwrap().to_vec());
    sum.add(&more);
    sum.scale(0.5);
    let expected: Vec<f64> = first
        .iter()
        .zip(&second)
        .map(|(a, b)| (a + b) * 0.5)
        .collect();
    assert_eq!(sum.of(&net.weight).unwrap(), expected);
    let halves: Vec<f64> = more
        .of(&net.bias)
        .unwrap()
        .iter()
        .map(|g| g * 0.5)
        .collect();
    assert_eq!(sum.of(&net.bias).unwrap(), halves);
}
