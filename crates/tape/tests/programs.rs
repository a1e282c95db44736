//! Programs of unusual shape: no inputs, constant outputs, an output that is an input or comes twice.

use tape::{ErrorKind, Program, Var};

fn record<const N: usize>(f: fn(&[Var]) -> [Var; N], example: &[f64]) -> Program {
    Program::record(f, example).expect("the outputs are its own")
}

#[test]
fn an_output_may_be_a_constant() {
    let program = record(|_| [Var::constant(7.0)], &[1.0, 2.0]);
    assert_eq!(program.eval(&[3.0, 4.0]), Ok(vec![7.0]));
    assert_eq!(program.gradient(&[3.0, 4.0]), Ok(vec![0.0, 0.0]));
    assert_eq!(program.jvp(&[3.0, 4.0], &[1.0, 1.0]), Ok(vec![0.0]));
    assert_eq!(program.hessian(&[3.0, 4.0]), Ok(vec![vec![0.0; 2]; 2]));
}

#[test]
fn an_output_may_be_an_input_or_come_twice() {
    let program = record(|x| [x[1], x[0] * x[1], x[1]], &[1.0, 1.0]);
    assert_eq!(program.eval(&[2.0, 3.0]), Ok(vec![3.0, 6.0, 3.0]));
    assert_eq!(
        program.jacobian(&[2.0, 3.0]),
        Ok(vec![vec![0.0, 1.0], vec![3.0, 2.0], vec![0.0, 1.0]])
    );
    assert_eq!(
        program.vjp(&[2.0, 3.0], &[1.0, 10.0, 100.0]),
        Ok(vec![30.0, 121.0])
    );
    let identity = record(|x| [x[0]], &[1.0]);
    assert_eq!(identity.gradient(&[5.0]), Ok(vec![1.0]));
    assert_eq!(identity.derivatives(5.0, 3), Ok(vec![5.0, 1.0, 0.0, 0.0]));
}

#[test]
fn a_program_may_have_no_inputs_and_no_outputs() {
    let nothing = record(|_| [], &[]);
    assert_eq!(
        (
            nothing.eval(&[]),
            nothing.vjp(&[], &[]),
            nothing.jacobian(&[])
        ),
        (Ok(vec![]), Ok(vec![]), Ok(vec![]))
    );
    assert_eq!(nothing.gradient(&[]).unwrap_err().kind(), ErrorKind::Length);
    assert!(nothing.is_empty());
    let constant = record(|_| [Var::constant(2.0).sqrt()], &[]);
    assert_eq!(
        (constant.eval(&[]), constant.gradient(&[])),
        (Ok(vec![2f64.sqrt()]), Ok(vec![]))
    );
    assert!(tape::gradient(|_| Var::constant(1.0), &[]).is_empty());
}

#[test]
fn operations_that_no_output_needs_change_nothing() {
    let program = Program::record(
        |x: &[Var]| {
            let _ = (x[0] / 0.0).ln();
            x[0].square()
        },
        &[1.0],
    );
    assert_eq!(
        program.expect("no guards").gradient(&[-3.0]),
        Ok(vec![-6.0])
    );
}

#[test]
fn seeds_of_zero_and_minus_zero_and_nan_are_seeds() {
    let program = record(|x| [x[0] * 2.0, x[0].recip()], &[1.0]);
    assert_eq!(program.vjp(&[0.0], &[1.0, 0.0]), Ok(vec![2.0])); // 0 times the infinite slope is 0
    assert_eq!(program.vjp(&[0.0], &[1.0, -0.0]), Ok(vec![2.0]));
    assert!(program.vjp(&[1.0], &[f64::NAN, 0.0]).expect("no guards")[0].is_nan());
    assert_eq!(
        tape::vjp(|x| [x[0] * 2.0, x[0].recip()], &[0.0], &[1.0, -0.0]),
        [2.0]
    );
}

#[test]
fn equal_programs_are_equal_and_others_are_not() {
    fn cube(x: &[Var]) -> [Var; 1] {
        [x[0].powi(3)]
    }
    assert_eq!(record(cube, &[1.0]), record(cube, &[2.0])); // where it was recorded does not show
    assert_ne!(record(cube, &[1.0]), record(|x| [x[0].powi(4)], &[1.0]));
    // Literals are compared by their bits.
    let times =
        |literal: f64| Program::record(|x: &[Var]| x[0] * literal, &[1.0]).expect("no guards");
    assert_eq!(times(f64::NAN), times(f64::NAN));
    assert_ne!(times(0.0), times(-0.0));
}
