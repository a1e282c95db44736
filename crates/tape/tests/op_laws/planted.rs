//! The laws themselves on trial: wrong rules are planted, and the right laws must complain.

use crate::LAWS;
use crate::cases::{Random, add_points};
use crate::laws::{Case, Subject, agrees_with_textbook};
use tape::{CustomOp, Op, Var};

/// A user's operation, perhaps with a fault in it.
struct Planted {
    name: &'static str,
    domain: &'static [(f64, f64)],
    value: fn(&[Var]) -> Var,
    derivative: fn(&[Var], Var) -> Vec<Var>,
    /// The laws that must complain; all others must not.
    caught_by: &'static [&'static str],
}

const LINE: &[(f64, f64)] = &[(-2.0, 2.0)];
const PLANE: &[(f64, f64)] = &[(-2.0, 2.0), (-2.0, 2.0)];

/// The laws that a wrong first derivative breaks; as a function of its own it may be consistent.
const FIRST_ORDER: &[&str] = &[
    "forward_is_the_slope_of_the_value",
    "four_derivatives_agree",
    "reverse_is_the_slope_of_the_value",
];

const PLANTED: &[Planted] = &[
    Planted {
        name: "right_sine",
        domain: LINE,
        value: |x| x[0].sin(),
        derivative: |x, _| vec![x[0].cos()],
        caught_by: &[],
    },
    Planted {
        name: "right_product",
        domain: PLANE,
        value: |x| x[0] * x[1].exp(),
        derivative: |x, y| vec![x[1].exp(), y],
        caught_by: &[],
    },
    Planted {
        name: "wrong_sign",
        domain: LINE,
        value: |x| x[0].sin(),
        derivative: |x, _| vec![-x[0].cos()],
        caught_by: FIRST_ORDER,
    },
    Planted {
        name: "missing_factor",
        domain: LINE,
        value: |x| x[0] * x[0],
        derivative: |x, _| vec![x[0]],
        caught_by: FIRST_ORDER,
    },
    Planted {
        name: "off_by_a_millionth",
        domain: LINE,
        value: |x| x[0].exp(),
        derivative: |_, y| vec![y * (1.0 + 1e-6)],
        caught_by: &[
            "forward_is_the_slope_of_the_value",
            "four_derivatives_agree",
            "hessian_is_the_slope_of_the_gradient", // the rule for y is used twice, a difference sees it once
            "reverse_is_the_slope_of_the_value",
        ],
    },
    Planted {
        name: "wrong_operand",
        domain: PLANE,
        value: |x| x[0] * x[1],
        derivative: |x, _| vec![x[0], x[1]],
        caught_by: FIRST_ORDER,
    },
    Planted {
        name: "no_gradient_of_anything",
        domain: PLANE,
        value: |x| x[0] * x[1],
        derivative: |x, _| vec![x[1], x[0] * 2.0],
        caught_by: &[
            "forward_is_the_slope_of_the_value",
            "four_derivatives_agree",
            "hessian_is_the_same_in_every_mode", // it is not symmetric
            "reverse_is_the_slope_of_the_value",
        ],
    },
    Planted {
        name: "second_operand_forgotten",
        domain: PLANE,
        value: |x| x[0] - x[1],
        derivative: |_, _| vec![Var::constant(1.0), Var::constant(0.0)],
        caught_by: FIRST_ORDER,
    },
    Planted {
        name: "right_once_but_cut_off",
        domain: LINE,
        value: |x| x[0].sin(),
        derivative: |x, _| vec![x[0].cos().detach()],
        caught_by: &[
            "four_derivatives_agree",
            "hessian_is_the_slope_of_the_gradient",
        ],
    },
    Planted {
        name: "right_twice_but_through_a_branch",
        domain: LINE,
        value: |x| x[0].tanh(),
        derivative: |x, _| {
            let e = (x[0].abs() * -2.0).exp();
            vec![e * 4.0 / (e + 1.0).square()]
        },
        caught_by: &["four_derivatives_agree"], // the third derivative at 0
    },
];

fn cases(planted: &Planted) -> Vec<Case> {
    let example: Vec<f64> = planted
        .domain
        .iter()
        .map(|&(low, high)| 0.3 * low + 0.7 * high)
        .collect();
    let op = CustomOp::with_derivative(planted.name, &example, planted.value, planted.derivative)
        .unwrap_or_else(|error| panic!("{error}"));
    let mut cases = Vec::new();
    add_points(
        &mut cases,
        &mut Random(11),
        Subject::Custom(op),
        planted.domain,
    );
    cases
}

#[test]
fn each_planted_fault_is_caught_by_the_laws_it_breaks_and_by_no_other() {
    for planted in PLANTED {
        let cases = cases(planted);
        let mut caught_by: Vec<&str> = LAWS
            .iter()
            .filter(|(_, law)| cases.iter().any(|case| law(case).is_err()))
            .map(|&(name, _)| name)
            .collect();
        caught_by.sort_unstable();
        assert_eq!(caught_by, planted.caught_by, "{}", planted.name);
    }
}

#[test]
fn a_complaint_names_the_culprit_and_both_numbers() {
    let planted = PLANTED
        .iter()
        .find(|planted| planted.name == "missing_factor")
        .expect("it is planted");
    let case = &cases(planted)[0];
    let (_, law) = LAWS
        .iter()
        .find(|(name, _)| *name == "reverse_is_the_slope_of_the_value")
        .expect("a law");
    let complaint = format!(
        "{case}: {}",
        law(case).expect_err("half of the derivative is missing")
    );
    let x = case.operands[0];
    for part in ["missing_factor at", &format!("[{x:?}], not")] {
        assert!(complaint.contains(part), "no `{part}` in: {complaint}");
    }
}

#[test]
fn a_wrong_textbook_formula_is_caught() {
    let subject = Subject::Table {
        op: Op::Sigmoid,
        attribute: 0.0,
    };
    let mut cases = Vec::new();
    add_points(&mut cases, &mut Random(13), subject, &[(-4.0, 4.0)]);
    for case in cases {
        let s = case.f(&case.x());
        agrees_with_textbook(&case, &[(1.0 - s) * s]).expect("the lecture's formula");
        agrees_with_textbook(&case, &[(1.0 + s) * s]).expect_err("a wrong sign");
    }
}
