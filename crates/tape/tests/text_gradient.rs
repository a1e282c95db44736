//! The gradient as a program, and programs shared between threads.

mod support;

use support::for_every_op;
use tape::{CustomOp, ErrorKind, Program, Var};

fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn a_program_is_plain_data_for_any_thread() {
    fn is_plain<T: Send + Sync + Clone + PartialEq + 'static>() {}
    is_plain::<Program>();

    let program = Program::record(
        |x: &[Var]| (x[0] * x[1]).sin() + x[0].powf(x[1]),
        &[1.5, 2.5],
    )
    .unwrap();
    let alone = program.gradient(&[1.25, 0.75]).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    program
                        .gradient_program()
                        .unwrap()
                        .eval(&[1.25, 0.75])
                        .unwrap()
                })
            })
            .chain((0..8).map(|_| scope.spawn(|| program.gradient(&[1.25, 0.75]).unwrap())))
            .chain((0..8).map(|_| {
                scope.spawn(|| {
                    program
                        .to_string()
                        .parse::<Program>()
                        .unwrap()
                        .gradient(&[1.25, 0.75])
                        .unwrap()
                })
            }))
            .collect();
        for thread in threads {
            assert_eq!(bits(&thread.join().unwrap()), bits(&alone));
        }
    });
}

#[test]
fn the_gradient_program_computes_the_gradient_of_every_operation() {
    for_every_op(|op, info, attribute, count| {
        let middle: Vec<f64> = (0..count)
            .map(|i| info.domain[i.min(info.domain.len() - 1)])
            .map(|(lo, hi)| 0.45 * lo + 0.55 * hi)
            .collect();
        let off: Vec<f64> = (0..count)
            .map(|i| info.domain[i.min(info.domain.len() - 1)])
            .map(|(lo, hi)| 0.55 * lo + 0.45 * hi)
            .collect();
        let program =
            Program::record(|x: &[Var]| op.apply(x, attribute).unwrap(), &middle).unwrap();
        let gradient = program.gradient_program().unwrap();
        gradient.validate().unwrap();
        assert_eq!(
            (gradient.input_count(), gradient.output_count()),
            (count, count)
        );
        for x in [&middle, &off] {
            let (swept, replayed) = (program.gradient(x).unwrap(), gradient.eval(x).unwrap());
            assert_eq!(swept, replayed, "{}", info.name);
            let (hessian, jacobian) = (program.hessian(x).unwrap(), gradient.jacobian(x).unwrap());
            for (a, b) in hessian.iter().flatten().zip(jacobian.iter().flatten()) {
                assert!(
                    (a - b).abs() <= 1e-13 * a.abs().max(1.0),
                    "{}: {a} against {b}",
                    info.name
                );
            }
        }
    });
}

#[test]
fn names_lines_and_guards_are_carried_over() {
    let program = Program::record(
        |x: &[Var]| {
            let folded = Var::sum(&[Var::constant(2.0), x[0].named("x")]);
            if folded < x[1] {
                folded * x[1]
            } else {
                (folded / x[1]).named("quotient")
            }
        },
        &[3.0, 4.0],
    )
    .unwrap();
    let gradient = program.gradient_program().unwrap();
    assert_eq!(gradient.name(0), Some("x"));
    let find = |program: &Program, name: &str| {
        (0..program.len())
            .find(|&row| program.name(row) == Some(name))
            .unwrap()
    };
    let (old, new) = (find(&program, "quotient"), find(&gradient, "quotient"));
    assert_eq!(program.place(old), gradient.place(new));
    assert!(program.place(old).is_some());
    assert_eq!(
        gradient.eval(&[3.0, 4.0]).unwrap(),
        program.gradient(&[3.0, 4.0]).unwrap()
    );
    let (a, b) = (
        gradient.eval(&[0.0, 9.0]).unwrap_err(),
        program.gradient(&[0.0, 9.0]).unwrap_err(),
    );
    assert_eq!(a.kind(), ErrorKind::BranchChanged);
    assert_eq!(a, b);
    assert_eq!(gradient.to_string().parse::<Program>().unwrap(), gradient);
}

#[test]
fn gradients_of_gradients_of_gradients() {
    let op = CustomOp::define("fourth power", &[1.0], |x| x[0] * x[0] * x[0] * x[0]).unwrap();
    let mut program = Program::record(|x: &[Var]| op.call(&[x[0]]) + x[0].exp(), &[1.0]).unwrap();
    for power in [16.0, 32.0, 48.0, 48.0, 24.0, 0.0] {
        assert_eq!(program.eval(&[2.0]).unwrap(), [power + 2f64.exp()]);
        program = program
            .gradient_program()
            .unwrap()
            .to_string()
            .parse()
            .unwrap();
    }
}

#[test]
fn edge_cases_have_gradient_programs_too() {
    let constant = Program::record(|_: &[Var]| Var::constant(3.0), &[1.0, 2.0])
        .unwrap()
        .gradient_program()
        .unwrap();
    assert_eq!(constant.eval(&[5.0, 6.0]).unwrap(), [0.0, 0.0]);
    let identity = Program::record(|x: &[Var]| x[0], &[1.0])
        .unwrap()
        .gradient_program()
        .unwrap();
    assert_eq!(identity.eval(&[5.0]).unwrap(), [1.0]);
    let nothing = Program::record(|_: &[Var]| Var::constant(3.0), &[])
        .unwrap()
        .gradient_program()
        .unwrap();
    assert!(nothing.eval(&[]).unwrap().is_empty());
    let two = Program::record(|x: &[Var]| [x[0], x[0]], &[1.0]).unwrap();
    assert_eq!(
        two.gradient_program().unwrap_err().kind(),
        ErrorKind::Length
    );
}
