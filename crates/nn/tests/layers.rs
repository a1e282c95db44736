//! Layers against PyTorch's numbers, against their backward passes by hand and against differences.

mod support;

use nn::layers::{
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AvgPool1d,
    AvgPool2d, BatchNorm1d, BatchNorm2d, Conv, Conv1d, Conv2d, Dropout, Embedding, Flatten,
    GroupNorm, LayerNorm, Linear, MaxPool1d, MaxPool2d, Pool, Residual, RmsNorm, Sequential,
};
use nn::{Activation, Auditor, Gradient, Hand, Module, Parameter, Pass, Role, Session, seeded};
use rand::RngExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use support::{Reference, fill};
use tape::{Array, Element, Tape};

/// A layer, the shape of its input, and how many steps it learns before (0: it is in use).
struct Case<T: Element> {
    name: &'static str,
    module: Box<dyn Module<T>>,
    shape: &'static [usize],
    steps: usize,
}

/// Every layer, as tests/reference/layers.py has them.
fn cases<T: Element>() -> Vec<Case<T>> {
    let rng = &mut seeded(1);
    let mut list: Vec<Case<T>> = Vec::new();
    let mut add = |name, shape, steps, module: Box<dyn Module<T>>| {
        list.push(Case {
            name,
            module,
            shape,
            steps,
        });
    };
    for activation in Activation::ALL {
        add(activation.name(), &[4, 5], 0, Box::new(activation));
    }
    let conv = Conv::new;
    add("linear", &[2, 3, 4], 0, Box::new(Linear::new(4, 3, rng)));
    add(
        "linear_without_bias",
        &[2, 4],
        0,
        Box::new(Linear::new(4, 3, rng).without_bias()),
    );
    let options = conv().stride(2).padding(1).groups(2);
    add(
        "conv1d",
        &[2, 4, 7],
        0,
        Box::new(Conv1d::new(4, 6, 3, options, rng)),
    );
    let options = conv().same().dilation(2);
    add(
        "conv1d_same",
        &[2, 7],
        0,
        Box::new(Conv1d::new(2, 3, 4, options, rng)),
    );
    let options = conv()
        .stride([2, 1])
        .padding([1, 2])
        .dilation([1, 2])
        .groups(2);
    add(
        "conv2d",
        &[2, 4, 5, 4],
        0,
        Box::new(Conv2d::new(4, 2, [2, 3], options, rng)),
    );
    let layer = Conv2d::new(2, 2, [2, 3], conv().same(), rng).without_bias();
    add("conv2d_same", &[1, 2, 4, 3], 0, Box::new(layer));
    let layer = Conv2d::new(3, 6, [2, 2], conv().groups(3), rng);
    add("conv2d_depthwise", &[1, 3, 3, 4], 0, Box::new(layer));
    let windows = Pool::new(3).stride(2).padding(1);
    add(
        "max_pool1d",
        &[2, 2, 7],
        0,
        Box::new(MaxPool1d::new(windows)),
    );
    add("max_pool2d", &[2, 1, 4, 5], 0, Box::new(MaxPool2d::new(2)));
    let windows = Pool::new([2, 3])
        .stride(2)
        .padding(1)
        .dilation(2)
        .ceil_mode(true);
    add(
        "max_pool2d_dilated",
        &[1, 2, 6, 7],
        0,
        Box::new(MaxPool2d::new(windows)),
    );
    add(
        "avg_pool1d",
        &[2, 2, 7],
        0,
        Box::new(AvgPool1d::new(Pool::new(3).stride(2))),
    );
    let windows = Pool::new(3).stride(2).padding(1);
    add(
        "avg_pool2d",
        &[1, 2, 5, 6],
        0,
        Box::new(AvgPool2d::new(windows.clone())),
    );
    add(
        "avg_pool2d_ceil",
        &[1, 2, 4, 6],
        0,
        Box::new(AvgPool2d::new(windows.ceil_mode(true))),
    );
    let windows = Pool::new(2)
        .padding(1)
        .ceil_mode(true)
        .count_include_pad(false);
    add(
        "avg_pool2d_inside",
        &[1, 2, 4, 5],
        0,
        Box::new(AvgPool2d::new(windows)),
    );
    add(
        "adaptive_avg_pool1d",
        &[2, 2, 7],
        0,
        Box::new(AdaptiveAvgPool1d::new(3)),
    );
    add(
        "adaptive_avg_pool2d",
        &[1, 2, 5, 7],
        0,
        Box::new(AdaptiveAvgPool2d::new([2, 3])),
    );
    add(
        "adaptive_max_pool1d",
        &[2, 7],
        0,
        Box::new(AdaptiveMaxPool1d::new(4)),
    );
    add(
        "adaptive_max_pool2d",
        &[1, 2, 5, 7],
        0,
        Box::new(AdaptiveMaxPool2d::new([3, 2])),
    );
    add("flatten", &[2, 3, 2], 0, Box::new(Flatten::new()));
    add("batch_norm1d", &[4, 3], 2, Box::new(BatchNorm1d::new(3)));
    let layer = BatchNorm1d::new(3).with_momentum(0.3).with_epsilon(1e-3);
    add("batch_norm1d_lines", &[2, 3, 4], 1, Box::new(layer));
    add(
        "batch_norm2d",
        &[2, 2, 3, 2],
        3,
        Box::new(BatchNorm2d::new(2)),
    );
    add(
        "batch_norm2d_plain",
        &[2, 2, 3, 2],
        1,
        Box::new(BatchNorm2d::new(2).without_affine()),
    );
    add(
        "batch_norm2d_in_use",
        &[2, 2, 3, 2],
        0,
        Box::new(BatchNorm2d::new(2)),
    );
    add("layer_norm", &[3, 4], 0, Box::new(LayerNorm::new(&[4])));
    add(
        "layer_norm_two_axes",
        &[2, 3, 2],
        0,
        Box::new(LayerNorm::new(&[3, 2]).without_bias()),
    );
    let layer = LayerNorm::new(&[4]).without_affine().with_epsilon(1e-2);
    add("layer_norm_plain", &[3, 4], 0, Box::new(layer));
    add("rms_norm", &[3, 4], 0, Box::new(RmsNorm::new(&[4])));
    let layer = RmsNorm::new(&[3, 2]).without_affine().with_epsilon(1e-2);
    add("rms_norm_plain", &[2, 3, 2], 0, Box::new(layer));
    add("group_norm", &[2, 4, 3], 0, Box::new(GroupNorm::new(2, 4)));
    add("embedding", &[2, 3], 0, Box::new(Embedding::new(5, 3, rng)));
    add(
        "embedding_padded",
        &[2, 3],
        0,
        Box::new(Embedding::new(5, 3, rng).with_padding(1)),
    );
    add("dropout_in_use", &[3, 4], 0, Box::new(Dropout::new(0.5)));
    list
}

/// What is ours alone: no layer of PyTorch is defined so.
fn is_ours(name: &str) -> bool {
    ["ramp", "step", "perceptron"].contains(&name)
}

impl<T: Element> Case<T> {
    fn learned(&self) -> Vec<(String, Parameter<T>)> {
        let parameters = self.module.parameters();
        let learned = parameters
            .iter()
            .filter(|p| p.parameter.role() != Role::Buffer);
        learned
            .map(|p| (p.name.clone(), p.parameter.share()))
            .collect()
    }

    fn classes(&self) -> Option<Array<T>> {
        let classes = Array::from([[1.0, 4.0, 1.0], [0.0, 1.0, 3.0]]);
        self.name.starts_with("embedding").then(|| classes.cast())
    }

    /// Output, derivative by the input, gradient, as the last step has them.
    fn run(&self) -> (Array<T>, Option<Array<T>>, Gradient<T>) {
        for (k, (_, parameter)) in self.learned().iter().enumerate() {
            parameter.set(fill(parameter.shape(), 3 + k).cast());
        }
        let x = self.classes().unwrap_or_else(|| fill(self.shape, 1).cast());
        let tape = Tape::new();
        let mut step = 1;
        loop {
            let pass = match self.steps {
                0 => Pass::new(&tape),
                _ => Pass::learning(&tape, 0, step),
            };
            let input = tape.tensor("x", &x);
            let y = self.module.forward(input, &pass);
            let weights = fill(&y.shape(), 2).cast::<T>();
            let loss = (y * tape.constant(&weights)).sum();
            let dx = loss.backward().array(input);
            let (y, gradient) = (y.to_array(), pass.gradient(loss));
            if step as usize >= self.steps {
                return (y, dx, gradient);
            }
            step += 1;
        }
    }
}

/// All numbers of a layer against PyTorch's.
fn agrees_with_pytorch<T: Element>(tolerance: f64) {
    let reference = Reference::read(include_str!("reference/layers.txt"));
    let mut compared = 0;
    for case in cases::<T>().into_iter().filter(|case| !is_ours(case.name)) {
        let names: Vec<String> = case
            .module
            .parameters()
            .iter()
            .map(|p| p.name.clone())
            .collect();
        assert_eq!(names, reference.names(case.name), "{}", case.name);
        let (y, dx, gradient) = case.run();
        let mut check = |what: &str, got: &Array<T>| {
            let want = reference.array(case.name, what);
            assert_eq!(got.shape(), want.shape(), "{} {what}", case.name);
            for (got, want) in got.iter().zip(&want) {
                let apart = (got.to_f64() - want).abs();
                assert!(
                    apart <= tolerance * want.abs().max(1.0),
                    "{} {what}: {got} for {want}",
                    case.name
                );
                compared += 1;
            }
        };
        check("y", &y);
        if case.classes().is_none() {
            check("dx", &dx.expect("a path to the input"));
        }
        for (name, parameter) in case.learned() {
            let slopes = gradient.of(&parameter).expect("a path to each parameter");
            check(&format!("d{name}"), &Array::new(parameter.shape(), slopes));
        }
        for named in &case.module.parameters() {
            if named.parameter.role() == Role::Buffer {
                check(&named.name, &named.parameter.value());
            }
        }
    }
    assert_eq!(compared, reference.count(), "numbers of the reference");
}

#[test]
fn every_layer_has_pytorchs_values_and_gradients() {
    agrees_with_pytorch::<f64>(1e-12);
}

#[test]
fn also_in_single_precision() {
    agrees_with_pytorch::<f32>(1e-5);
}

#[test]
fn tape_hand_and_differences_agree_on_every_layer() {
    for case in cases::<f64>() {
        let rng = &mut seeded(5);
        let random = Array::from_fn(case.shape, |_| 3.0 * rng.random::<f64>() - 1.5);
        // Differences see a row for padding, which does not learn: leave it out.
        let padding = case.name == "embedding_padded";
        let classes = case.classes();
        let classes = classes.map(|x| x.map(|x| if padding && x == 1.0 { 2.0 } else { x }));
        let x = classes.unwrap_or(random);
        for named in &case.module.parameters() {
            let value = Array::from_fn(named.parameter.shape(), |_| 0.5 + rng.random::<f64>());
            named.parameter.set(value);
        }
        let mut auditors = vec![Auditor::new()];
        if case.steps > 0 {
            auditors.push(Auditor::new().learning(3, 1));
        }
        for auditor in auditors {
            let audit = auditor.elements(200).run(&case.module, &x);
            assert!(audit.passed(), "{}: {audit}", case.name);
            let by_hand = audit.by_hand().expect("derived by hand");
            assert!(by_hand < 1e-13, "{}: {audit}", case.name);
            assert!(audit.by_differences() < 1e-10, "{}: {audit}", case.name);
            let kinks: usize = audit.audited.iter().map(|audited| audited.unsettled).sum();
            assert_eq!(kinks, 0, "{}: {audit}", case.name);
        }
    }
}

/// A network with nearly everything in it.
fn network() -> Sequential {
    let rng = &mut seeded(2);
    let block = Sequential::new()
        .then(Conv2d::new(3, 3, [3, 3], Conv::new().same(), rng).without_bias()) // the norm takes it out
        .then(BatchNorm2d::new(3))
        .then(Activation::Silu)
        .then(Dropout::new(0.3));
    Sequential::new()
        .then(Conv2d::new(1, 3, [2, 2], Conv::new(), rng))
        .then(Residual::new(block))
        .then(MaxPool2d::new(2))
        .then(GroupNorm::new(1, 3))
        .then(Flatten::new())
        .then(Dropout::new(0.5))
        .then(Linear::new(12, 5, rng))
        .then(LayerNorm::new(&[5]))
        .then(Activation::LogSoftmax)
}

#[test]
fn a_network_that_learns_agrees_dropout_included_and_is_left_as_it_was() {
    let (net, rng) = (network(), &mut seeded(4));
    let x = Array::from_fn(&[3, 1, 5, 5], |_| rng.random::<f64>());
    let before = net.parameters().unrolled();
    for auditor in [Auditor::new(), Auditor::new().learning(7, 3)] {
        let audit = auditor.elements(20).run(&net, &x);
        assert!(audit.passed(), "{audit}");
        assert!(audit.by_hand().unwrap() < 1e-12, "{audit}");
        assert!(audit.by_differences() < 1e-10, "{audit}");
    }
    let audit = Auditor::new()
        .learning(7, 3)
        .elements(5)
        .loss(|y| -y.at([0, 1]) - y.square().sum())
        .run(&net, &x);
    assert!(audit.passed(), "{audit}");
    assert_eq!(net.parameters().unrolled(), before);
}

#[test]
fn batches_without_examples_pass_through_every_layer() {
    for case in cases::<f64>() {
        let unbatched = ["conv1d_same", "adaptive_max_pool1d"].contains(&case.name);
        if unbatched {
            continue;
        }
        let mut shape = case.shape.to_vec();
        shape[0] = 0;
        let x = Array::<f64>::zeros(&shape);
        let tape = Tape::new();
        let pass = Pass::new(&tape);
        let input = tape.tensor("x", &x);
        let y = case.module.forward(input, &pass);
        assert_eq!(y.shape()[0], 0, "{}", case.name);
        let shape = y.shape();
        let gradient = pass.gradient(y.sum());
        for (_, slopes) in gradient.iter() {
            assert!(slopes.iter().all(|&slope| slope == 0.0), "{}", case.name);
        }
        let mut hand = Hand::new();
        let (value, back) = case.module.by_hand(&x, &mut hand).expect("derived by hand");
        assert_eq!(*value.shape(), shape, "{}", case.name);
        assert_eq!(back(&value, &mut hand).shape(), x.shape(), "{}", case.name);
    }
}

#[test]
fn what_does_not_fit_is_told() {
    fn told(expected: &str, make: impl FnOnce()) {
        let panic = catch_unwind(AssertUnwindSafe(make)).expect_err(expected);
        let story = match panic.downcast_ref::<String>() {
            Some(story) => story.as_str(),
            None => panic.downcast_ref::<&str>().expect("a message"),
        };
        assert!(story.contains(expected), "{story}\nhas no: {expected}");
    }
    fn on(shape: &[usize], module: impl Module) {
        let tape = Tape::new();
        let x = tape.constant(Array::<f64>::full(shape, 0.5));
        module.forward(x, &Pass::learning(&tape, 0, 0));
    }
    let rng = &mut seeded(1);
    let conv = Conv::new;
    told(
        "Conv2d: 3 input and 4 output channels do not divide into 2 groups",
        || {
            let _ = Conv2d::<f64>::new(3, 4, [1, 1], conv().groups(2), rng);
        },
    );
    told(
        "Conv1d: weights of shape [2,3] and biases of shape none; they are [out, in / groups, length]",
        || {
            let _ = Conv1d::<f64>::from_arrays([[1.0; 3]; 2], None, conv());
        },
    );
    told("Conv2d: a stride of 0 never moves on", || {
        let _ = Conv2d::<f64>::new(1, 1, [2, 2], conv().stride(0), &mut seeded(1));
    });
    told("Conv1d: stride [1,2] for 1 spatial axis", || {
        let _ = Conv1d::<f64>::new(1, 1, 2, conv().stride([1, 2]), &mut seeded(1));
    });
    told(
        "the input has 2 channels, 2 per group, and the weight is for 3",
        || {
            on(
                &[1, 2, 4, 4],
                Conv2d::new(3, 1, [2, 2], conv(), &mut seeded(1)),
            );
        },
    );
    told("MaxPool: a window of length 0 has no elements", || {
        let _ = MaxPool2d::new(0);
    });
    told(
        "the window reaches over 5 elements along axis -1, of which the input has 4",
        || {
            on(&[1, 1, 4], AvgPool1d::new(5));
        },
    );
    told(
        "Flatten: there are no axes 1 to -1 in an input of shape [3]",
        || on(&[3], Flatten::new()),
    );
    told(
        "BatchNorm2d: an input of shape [2,3] where [batch, 3, height, width] belongs",
        || {
            on(&[2, 3], BatchNorm2d::new(3));
        },
    );
    told("1 numbers for each channel: a variance takes two", || {
        on(&[1, 3], BatchNorm1d::new(3))
    });
    told(
        "BatchNorm: a momentum is the part of the new in the mean, from 0 to 1, not 2",
        || {
            let _ = BatchNorm1d::<f64>::new(3).with_momentum(2.0);
        },
    );
    told("shape [2,3] does not end with [4]", || {
        on(&[2, 3], LayerNorm::new(&[4]))
    });
    told("shape [2,3] does not end with [4]", || {
        on(&[2, 3], RmsNorm::new(&[4]))
    });
    told("GroupNorm: 3 channels do not divide into 2 groups", || {
        let _ = GroupNorm::<f64>::new(2, 3);
    });
    told("Dropout: a probability is from 0 to 1, not 1.5", || {
        let _ = Dropout::new(1.5);
    });
    told(
        "Embedding: a table of shape [3], where [classes, width] belongs",
        || {
            let _ = Embedding::<f64>::from_array([1.0; 3]);
        },
    );
    told("Embedding: class 3 for padding, of 3", || {
        let _ = Embedding::<f64>::new(3, 2, &mut seeded(1)).with_padding(3);
    });
    told(
        "Embedding: element 0 of the input is 0.5; classes are whole numbers from 0, below 3",
        || on(&[2, 2], Embedding::new(3, 2, &mut seeded(1))),
    );
    told(
        "index 7 at [1] is out of range for axis 0 of length 3",
        || {
            let (tape, layer) = (Tape::new(), Embedding::<f64>::new(3, 2, &mut seeded(1)));
            layer.rows([1, 7], &Pass::new(&tape));
        },
    );
    told(
        "Residual: Linear 2 -> 3 makes [4,3] of an input of shape [4,2]",
        || {
            on(&[4, 2], Residual::new(Linear::new(2, 3, &mut seeded(1))));
        },
    );
    told("an input of shape [4,5] for weights of shape [3,2]", || {
        on(&[4, 5], Linear::new(2, 3, &mut seeded(1)));
    });
}

#[test]
fn layers_start_as_pytorchs_do() {
    let rng = &mut seeded(9);
    // Uniform within 1 / sqrt(what an output reads).
    let layer = Conv2d::<f64>::new(8, 400, [3, 2], Conv::new().groups(2), rng);
    let bound = 1.0 / (4.0 * 3.0 * 2.0f64).sqrt();
    for parameter in [layer.weight(), layer.bias().unwrap()] {
        let largest = parameter
            .value()
            .iter()
            .fold(0.0, |most: f64, w| most.max(w.abs()));
        assert!(
            (0.95 * bound..bound).contains(&largest),
            "{largest} of {bound}"
        );
    }
    // Standard normal.
    let table = Embedding::<f64>::new(100, 100, rng);
    let squares: f64 = table.weight().value().iter().map(|w| w * w).sum();
    assert!((squares / 1e4 - 1.0).abs() < 0.05, "{squares}");
    let roles = |module: &dyn Module| -> Vec<Role> {
        module
            .parameters()
            .iter()
            .map(|p| p.parameter.role())
            .collect()
    };
    assert_eq!(roles(&layer), [Role::Weight, Role::Bias]);
    // What scales is no weight to be decayed.
    let norm = [Role::Bias, Role::Bias, Role::Buffer, Role::Buffer];
    assert_eq!(roles(&BatchNorm1d::new(2)), norm);
}

#[test]
fn dropout_draws_anew_in_each_step_and_place_and_again_in_each_repetition() {
    let net: Sequential<f32> = Sequential::new()
        .then(Dropout::new(0.5))
        .then(Dropout::new(0.2));
    let run = |seed| {
        let mut session = Session::new(seed);
        let mut outputs = Vec::new();
        for _ in 0..2 {
            session.step(|pass| {
                let x = pass.tape().tensor("x", Array::<f32>::ones(&[64]));
                let y = net.forward(x, pass);
                outputs.push(y.to_vec());
                y.sum()
            });
        }
        outputs
    };
    let (first, again, other) = (run(1), run(1), run(2));
    assert_eq!(first, again);
    assert!(first[0] != first[1] && first[0] != other[0]);
}

#[test]
fn a_batch_norm_used_twice_in_a_pass_follows_both_batches() {
    let layer = BatchNorm1d::new(1);
    let tape = Tape::new();
    let pass = Pass::learning(&tape, 0, 0);
    for x in [[[1.0], [3.0]], [[5.0], [5.0]]] {
        let _ = layer.forward(tape.constant(x), &pass);
    }
    pass.finish();
    assert_eq!(layer.running_mean().value()[[0]], 0.9 * 0.2 + 0.1 * 5.0);
}
