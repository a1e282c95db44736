//! The check of functions of arrays: what is right passes, what is wrong is caught and named.

use tape::{Array, Check, CustomOp, Tensor, TensorOp, Verdict, no_gradient};

fn point() -> Vec<Array> {
    vec![
        Array::from([[0.3, -0.2], [0.1, 0.5]]),
        Array::from([0.7, -0.6]),
        Array::from(1.5),
    ]
}

#[test]
fn right_functions_pass_at_both_orders() {
    let f = |x: &[Tensor]| {
        (x[0].matmul(x[1]).tanh() * x[2] + x[0].sum_over(0))
            .square()
            .sum()
    };
    let report = Check::new().order(2).run_arrays(f, &point());
    assert!(report.passed(), "{report}");
    assert_eq!((report.gradient.len(), report.hessian.len()), (3, 9));
    // Kinks, ties, nothing at all, an input that is not used, single precision in between.
    let kinks = [Array::from([0.0, -1.0, 2.0]), Array::zeros(&[0, 2])];
    let report = Check::new().run_arrays(|x| x[0].abs().sum() + x[1].exp().sum(), &kinks);
    assert!(report.passed(), "{report}");
    assert_eq!(report.gradient.len(), 1);
    assert_eq!(report.gradient[0].verdict, Verdict::Agrees);
    let report = Check::new().run_arrays(|x| x[1].sum(), &point());
    assert!(report.passed(), "{report}");
}

#[test]
fn the_worst_element_is_named() {
    let x = [Array::from([[1.0, 2.0], [3.0, -4.0]])];
    let wrong: TensorOp = TensorOp::with_derivative(
        "wrong",
        |x| x[0].square(),
        |x, _, g| vec![g * x[0].abs() * 2.0],
    );
    let f = |x: &[Tensor]| wrong.call(&[x[0].named("w")]).sum();
    let report = Check::new().run_arrays(f, &x);
    assert!(!report.passed());
    let worst = report.worst().unwrap();
    assert_eq!((worst.name.as_str(), worst.backprop), ("w[1,1]", 8.0));
    assert!((worst.estimate + 8.0).abs() < 1e-6, "{report}");
    let culprit = &report.culprits[0];
    assert_eq!((culprit.op.as_str(), culprit.operand), ("wrong", 0));
    assert!(
        culprit
            .place
            .as_ref()
            .unwrap()
            .file
            .ends_with("tensor_check.rs")
    );
}

#[test]
fn the_operation_whose_rule_is_wrong_is_named_and_no_other() {
    let forgets: TensorOp = TensorOp::with_derivative(
        "product",
        |x| x[0].matmul(x[1]),
        |x, _, g| vec![g.matmul(x[1].t()), x[0].matmul(g)],
    );
    let f = |x: &[Tensor]| (forgets.call(&[x[0].exp(), x[0].sin()]).tanh() * x[2]).sum();
    let report = Check::new().run_arrays(f, &point());
    let named: Vec<_> = report
        .culprits
        .iter()
        .map(|c| (c.op.as_str(), c.operand))
        .collect();
    assert_eq!(named, [("product", 1)], "{report}");
    let cube = CustomOp::with_derivative(
        "half cube",
        &[1.0],
        |x| x[0].powi(3),
        |x, _| vec![x[0] * x[0]],
    )
    .unwrap();
    let report = Check::new().run_arrays(|x| cube.call(&[x[1]]).sum(), &point());
    assert_eq!(report.culprits[0].op, "half cube", "{report}");
    let report = Check::new().run_arrays(|x| (x[1] * no_gradient(|| x[1] * 2.0)).sum(), &point());
    assert_eq!(report.culprits[0].op, "detach", "{report}");
}
