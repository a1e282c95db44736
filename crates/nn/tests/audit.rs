//! What is wrong is found and named; what a reader sees.

use nn::Activation::Tanh;
use nn::layers::{Embedding, Linear, Sequential, function};
use nn::{Auditor, Back, Hand, Module, Parameter, Parts, Pass, audit, seeded};
use rand::RngExt;
use tape::{Array, Tensor, TensorOp};

/// A linear layer whose backward pass by hand can be made wrong.
struct Planted {
    linear: Linear,
    /// What the derivatives by input, weight and bias are multiplied by.
    wrong: [f64; 3],
    /// What the value is multiplied by.
    value: f64,
}

impl Planted {
    fn new(wrong: [f64; 3], value: f64) -> Planted {
        let linear = Linear::new(3, 4, &mut seeded(8));
        Planted {
            linear,
            wrong,
            value,
        }
    }
}

fn scaled(array: &Array, by: f64) -> Array {
    array.map(|x| x * by)
}

impl Module for Planted {
    fn forward(&self, x: Tensor, pass: &Pass<'_>) -> Tensor {
        self.linear.forward(x, pass)
    }

    fn parts(&self, parts: &mut Parts) {
        self.linear.parts(parts);
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let (y, back) = self.linear.by_hand(x, hand)?;
        let back = move |delta: &Array, hand: &mut Hand| {
            let mut own = Hand::new();
            let dx = back(delta, &mut own);
            let parameters = [self.linear.weight(), self.linear.bias().unwrap()];
            for (parameter, wrong) in parameters.into_iter().zip(&self.wrong[1..]) {
                hand.add(parameter, scaled(own.of(parameter).unwrap(), *wrong));
            }
            scaled(&dx, self.wrong[0])
        };
        Some((scaled(&y, self.value), Box::new(back)))
    }
}

fn around(middle: impl Module + 'static) -> Sequential {
    let rng = &mut seeded(3);
    Sequential::new()
        .then(Linear::new(2, 3, rng))
        .then(Tanh)
        .then_named("middle", middle)
        .then(Linear::new(4, 2, rng))
}

fn examples() -> Array {
    let rng = &mut seeded(5);
    Array::from_fn(&[3, 2], |_| 2.0 * rng.random::<f64>() - 1.0)
}

#[test]
fn a_rule_by_hand_that_is_wrong_by_a_millionth_is_named() {
    let slightly = 1.0 + 1e-6;
    for (wrong, value, told) in [
        (
            [slightly, 1.0, 1.0],
            1.0,
            "middle (Planted), by hand: input",
        ),
        (
            [1.0, slightly, 1.0],
            1.0,
            "middle (Planted), by hand: weight",
        ),
        ([1.0, 1.0, slightly], 1.0, "middle (Planted), by hand: bias"),
        (
            [1.0, 1.0, 1.0],
            slightly,
            "middle (Planted), by hand: output",
        ),
    ] {
        let audit = audit(&around(Planted::new(wrong, value)), &examples());
        assert!(!audit.passed());
        let culprits: Vec<String> = audit.culprits.iter().map(|c| c.to_string()).collect();
        assert_eq!(culprits, [told], "{audit}");
        assert!(audit.to_string().ends_with(&format!("wrong: {told}\n")));
        assert!(
            audit.by_hand().unwrap() > 1e-8 && audit.by_differences() < 1e-10,
            "{audit}"
        );
    }
    let right = audit(&around(Planted::new([1.0; 3], 1.0)), &examples());
    assert!(right.passed(), "{right}");
}

#[test]
fn a_wrong_derivative_on_the_tape_is_named_by_its_module() {
    let cube = TensorOp::with_derivative(
        "cube",
        |x: &[Tensor]| x[0] * x[0] * x[0],
        |x, _, g| vec![g * x[0] * x[0] * 2.999_999],
    );
    let middle = Sequential::new()
        .then(Linear::new(3, 4, &mut seeded(1)))
        .then_named("cube", function("cube", move |x| cube.call(&[x])));
    let audit = audit(&around(middle), &examples());
    assert!(!audit.passed() && audit.by_hand().is_none());
    let culprits: Vec<String> = audit.culprits.iter().map(|c| c.to_string()).collect();
    assert_eq!(
        culprits,
        ["middle.cube (cube), on the tape: input"],
        "{audit}"
    );
}

/// x + x once more, by a rule of its own that forgets one of them.
struct Twice;

impl Module for Twice {
    fn forward(&self, x: Tensor, pass: &Pass<'_>) -> Tensor {
        pass.run("same", &Tanh, x) + pass.run("again", &Tanh, x)
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let (y, back) = Module::<f64>::by_hand(&Tanh, x, hand)?;
        Some((scaled(&y, 2.0), back))
    }
}

#[test]
fn a_network_whose_parts_are_right_is_wrong_itself() {
    let audit = audit(&Twice, &examples());
    let culprits: Vec<String> = audit.culprits.iter().map(|c| c.to_string()).collect();
    assert_eq!(
        culprits,
        ["the network itself (Twice), by hand: input"],
        "{audit}"
    );
}

#[test]
fn a_wrong_loss_is_no_modules_fault() {
    let wrong = TensorOp::with_derivative(
        "square",
        |x: &[Tensor]| x[0] * x[0],
        |x, _, g| vec![g * x[0]],
    );
    let net = around(Linear::new(3, 4, &mut seeded(1)));
    let audit = Auditor::new()
        .loss(move |y| wrong.call(&[y]).sum())
        .run(&net, &examples());
    assert!(!audit.passed() && audit.culprits.is_empty());
    assert!(
        audit
            .to_string()
            .ends_with("no module is wrong by itself: look at the loss\n")
    );
}

#[test]
fn kinks_have_no_differences_and_unused_parameters_no_path() {
    /// Reads only its first parameter.
    struct Half(Parameter, Parameter);
    impl Module for Half {
        fn forward(&self, x: Tensor, pass: &Pass<'_>) -> Tensor {
            (x * pass.parameter(&self.0)).relu()
        }
        fn parts(&self, parts: &mut Parts) {
            parts.parameter("used", &self.0);
            parts.parameter("unused", &self.1);
        }
    }
    let half = Half(Parameter::weight([1.0, 2.0]), Parameter::weight([3.0]));
    let audit = audit(&half, &Array::from([[0.0, 1.0], [2.0, -1.0]]));
    assert!(audit.passed(), "{audit}");
    let [input, used, unused] = &audit.audited[..] else {
        panic!("input and two parameters")
    };
    assert_eq!((input.compared, input.unsettled), (3, 1));
    assert_eq!((used.compared, used.unsettled), (2, 0));
    assert_eq!((unused.largest, unused.by_differences), (None, Some(0.0)));
}

#[test]
fn a_loss_that_panics_leaves_parameters_as_they_were() {
    let net = around(Linear::new(3, 4, &mut seeded(1)));
    let before = net.parameters().unrolled();
    let calls = std::cell::Cell::new(0);
    let auditor = Auditor::new().loss(|y| {
        calls.set(calls.get() + 1);
        assert!(calls.get() < 50, "enough");
        y.sum()
    });
    let run = std::panic::AssertUnwindSafe(|| auditor.run(&net, &examples()));
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(net.parameters().unrolled(), before);
}

#[test]
fn the_table_a_reader_sees() {
    let net = Sequential::new()
        .then(Embedding::from_array([[0.5, -1.0], [0.25, 0.75]]))
        .then(Linear::from_arrays([[1.0, -2.0]], [0.5]));
    let audit = Auditor::new()
        .loss(|y| y.sum())
        .elements(3)
        .run(&net, &Array::from([0.0, 1.0]));
    // All of it in powers of two: nothing is rounded, and differences are exact.
    assert_eq!(audit.to_string(), TABLE);
}

const TABLE: &str = "\
The tape against the backward pass by hand and central differences: Sequential, input [2], in use

          shape  largest slope  by hand  differences      of
input     [2]          no path        0            -  0 of 2
0.weight  [2,2]         2.0000        0            0  3 of 4
1.weight  [1,2]         0.7500        0            0  2 of 2
1.bias    [1]           2.0000        0            0  1 of 1

outputs by hand off by 0
largest difference, relative to the largest slope by its parameter: by hand 0, by differences 0
";
