//! Small questions with one right answer, put to every library.
//!
//! Each question runs in a child process of this same program, on a thread with a stack of
//! 2 MiB, so that a crash is an entry in the table and not its end.

use std::process::{Command, Stdio};
use std::thread;

use easy_ml::differentiation::WengertList;

use crate::contestant::{Contestant, Function, Misuse, NOT_OFFERED, Number};
use crate::rival::echidna_replay::EchidnaReplay;
use crate::rival::reverse::Reverse;
use crate::rival::{ad_trait::AdTrait, easy_ml::EasyMl, echidna::Echidna};
use crate::table::Table;

#[cfg(feature = "ours")]
type Ours = crate::ours::Ours<false>;

/// What counts as right.
enum Right {
    /// These numbers, to 1e-9 relative.
    Is(&'static [f64]),
    /// One number in an interval: at a kink every subgradient will do.
    Between(f64, f64),
    /// Two numbers, neither negative, whose sum is one.
    Shares,
    /// This number, or a refusal at run time.
    OrRefusal(f64),
}

/// A row of the table of probes.
struct Probe {
    title: &'static str,
    right: Right,
}

/// Declares the gradient probes: title, point, expression, right answer.
macro_rules! gradients {
    ($($name:ident $title:literal $at:expr, |$x:ident| $body:expr => $right:expr;)*) => {
        $(
            struct $name;
            impl Function for $name {
                fn call<N: Number>(&self, $x: &[N]) -> N {
                    $body
                }
            }
        )*

        const GRADIENTS: &[Probe] = &[$(Probe { title: $title, right: $right }),*];

        fn gradient_answer<C: Contestant>(contestant: &mut C, title: &str) -> Option<Vec<f64>> {
            match title {
                $($title => {
                    let mut gradient = vec![f64::NAN; $at.len()];
                    contestant.gradient(&$name, &$at, &mut gradient, &mut ());
                    Some(gradient)
                })*
                _ => None,
            }
        }
    };
}

gradients! {
    ConstantOverX "3 / x at 2" [2.0], |x| x[0].under(3.0) => Right::Is(&[-0.75]);
    XOverY "x / y at (3, 2)" [3.0, 2.0], |x| x[0] / x[1] => Right::Is(&[0.5, -0.75]);
    ConstantToX "2^x at 3" [3.0], |x| x[0].exponent_of(2.0) => Right::Is(&[5.545177444479562]);
    SquareOfNegative "powf(x, 2.0) at -3" [-3.0], |x| x[0].powf(2.0) => Right::Is(&[-6.0]);
    CubeOfNegative "powi(x, 3) at -2" [-2.0], |x| x[0].powi(3) => Right::Is(&[12.0]);
    ZerothPower "powi(x, 0) at 0" [0.0], |x| x[0].powi(0) => Right::Is(&[0.0]);
    CbrtOfNegative "cbrt(x) at -8" [-8.0], |x| x[0].cbrt() => Right::Is(&[1.0 / 12.0]);
    SqrtAtZero "sqrt(x) at 0" [0.0], |x| x[0].sqrt() => Right::Is(&[f64::INFINITY]);
    SqrtNearZero "sqrt(x) at 1e-12" [1e-12], |x| x[0].sqrt() => Right::Is(&[5e5]);
    ZeroTimesSqrt "0 sqrt(x) at 0" [0.0], |x| x[0].sqrt().times(0.0) => Right::Is(&[0.0]);
    SqrtSquared "sqrt(x) sqrt(x) at 0" [0.0], |x| x[0].sqrt() * x[0].sqrt() => Right::Is(&[1.0]);
    FarSigmoid "1 / (1 + exp(-x)) at -800" [-800.0], |x| (-x[0]).exp().plus(1.0).under(1.0)
        => Right::Is(&[0.0]);
    AbsAtZero "abs(x) at 0" [0.0], |x| x[0].abs() => Right::Between(-1.0, 1.0);
    ReluAtZero "max(x, 0 x) at 0" [0.0], |x| x[0].max(x[0].times(0.0)) => Right::Between(0.0, 1.0);
    TiedMax "max(x, y) at (1, 1)" [1.0, 1.0], |x| x[0].max(x[1]) => Right::Shares;
    LongHypotenuse "hypot(x, y) at (3e200, 4e200)" [3e200, 4e200], |x| x[0].hypot(x[1])
        => Right::Is(&[0.6, 0.8]);
    SmallAngle "atan2(y, x) at (1e-200, 1e-200)" [1e-200, 1e-200], |x| x[0].atan2(x[1])
        => Right::Is(&[5e199, -5e199]);
    Remainder "x % y at (-7, 3)" [-7.0, 3.0], |x| x[0].rem(x[1]) => Right::Is(&[1.0, 2.0]);
    Deep "1,000,000 operations deep, 2 MiB of stack" [1.0], |x| {
        (0..1_000_000).fold(x[0], |x, _| x.times(1.0000001))
    } => Right::Is(&[1.105170912552]);
}

const MISUSES: &[(Misuse, Probe)] = &[
    misuse(Misuse::Stale, "stale variable in a new recording", 3.0),
    misuse(Misuse::Nested, "outer variable in an inner gradient", 3.0),
    misuse(Misuse::OtherThread, "variable of another thread", 3.0),
    misuse(
        Misuse::BranchChanged,
        "replay through the other branch",
        -1.0,
    ),
    misuse(Misuse::ForConstant, "derivative for a constant", 0.0),
    misuse(Misuse::OfConstant, "derivative of a constant", 0.0),
    misuse(Misuse::AfterZeroGrad, "gradient after zero_grad", 6.0),
];

const fn misuse(misuse: Misuse, title: &'static str, answer: f64) -> (Misuse, Probe) {
    let right = Right::OrRefusal(answer);
    (misuse, Probe { title, right })
}

/// The names of those who are asked, in the order of the columns.
const NAMES: &[&str] = &[
    #[cfg(feature = "ours")]
    Ours::NAME,
    Echidna::NAME,
    EchidnaReplay::NAME,
    AdTrait::NAME,
    EasyMl::NAME,
    Reverse::NAME,
];

/// What the child process does: one question, one contestant, numbers on standard output.
pub(crate) fn answer(name: &str, title: &str) {
    let (name, title) = (name.to_string(), title.to_string());
    let asked = thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let list = WengertList::new();
        match name.as_str() {
            #[cfg(feature = "ours")]
            Ours::NAME => ask(Ours::default(), &title),
            Echidna::NAME => ask(Echidna::default(), &title),
            EchidnaReplay::NAME => ask(EchidnaReplay::default(), &title),
            AdTrait::NAME => ask(AdTrait::default(), &title),
            EasyMl::NAME => ask(EasyMl::new(&list), &title),
            Reverse::NAME => ask(Reverse, &title),
            _ => panic!("nobody is called {name}"),
        }
    });
    let numbers = asked.expect("a thread can be started").join();
    match numbers {
        Ok(Some(numbers)) => {
            let words: Vec<String> = numbers.iter().map(f64::to_string).collect();
            println!("{}", words.join(" "));
        }
        Ok(None) => std::process::exit(NOT_OFFERED),
        Err(_) => std::process::exit(101),
    }
}

fn ask<C: Contestant>(mut contestant: C, title: &str) -> Option<Vec<f64>> {
    match MISUSES.iter().find(|(_, probe)| probe.title == title) {
        Some(&(misuse, _)) => contestant.misuse(misuse).map(|number| vec![number]),
        None => gradient_answer(&mut contestant, title),
    }
}

/// Asks everybody everything.
pub(crate) fn table() -> Table {
    let probes = GRADIENTS
        .iter()
        .chain(MISUSES.iter().map(|(_, probe)| probe));
    let rows = probes.map(|probe| {
        let mut row = vec![probe.title.to_string(), probe.right.to_string()];
        row.extend(NAMES.iter().map(|name| cell(name, probe)));
        row
    });
    let header = ["question", "right"]
        .iter()
        .chain(NAMES)
        .map(|name| name.to_string());
    Table {
        title: "Gradients that are easy to get wrong".into(),
        header: header.collect(),
        rows: rows.collect(),
    }
}

/// Starts the child process and judges what comes back.
fn cell(name: &str, probe: &Probe) -> String {
    let program = std::env::current_exe().expect("this program has a path");
    let child = Command::new(program)
        .args(["--answer", name, probe.title])
        .stderr(Stdio::null())
        .output()
        .expect("this program can be started again");
    match child.status.code() {
        Some(0) => {
            let text = String::from_utf8_lossy(&child.stdout);
            let numbers: Vec<f64> = text
                .split_whitespace()
                .map(|word| word.parse().unwrap_or(f64::NAN))
                .collect();
            let shown = show_numbers(&numbers);
            if probe.right.allows(&numbers) {
                shown
            } else {
                format!("WRONG {shown}")
            }
        }
        Some(NOT_OFFERED) => "-".into(),
        Some(_) if matches!(probe.right, Right::OrRefusal(_)) => "refused".into(),
        Some(_) => "PANIC".into(),
        None => "CRASH".into(),
    }
}

impl Right {
    fn allows(&self, found: &[f64]) -> bool {
        let near = |found: f64, right: f64| {
            found == right || (right.is_finite() && (found - right).abs() <= 1e-9 * right.abs())
        };
        match (self, found) {
            (Right::Is(right), _) => {
                found.len() == right.len() && found.iter().zip(*right).all(|(&f, &r)| near(f, r))
            }
            (Right::OrRefusal(right), &[one]) => near(one, *right),
            (Right::Between(low, high), &[one]) => (*low..=*high).contains(&one),
            (Right::Shares, &[a, b]) => a >= 0.0 && b >= 0.0 && a + b == 1.0,
            (Right::OrRefusal(_) | Right::Between(..) | Right::Shares, _) => false,
        }
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Right::Is(right) => write!(f, "{}", show_numbers(right)),
            Right::Between(low, high) => write!(f, "{low} to {high}"),
            Right::Shares => write!(f, "sum 1"),
            Right::OrRefusal(right) => write!(f, "{} or refused", show_numbers(&[*right])),
        }
    }
}

/// Four significant digits, without needless zeros.
fn show_numbers(numbers: &[f64]) -> String {
    let words = numbers.iter().map(|&number| {
        let size = number.abs();
        if number == 0.0 || !number.is_finite() || (1e-3..1e4).contains(&size) {
            ((number * 1e4).round() / 1e4).to_string()
        } else {
            format!("{number:.3e}")
        }
    });
    words.collect::<Vec<_>>().join(", ")
}
