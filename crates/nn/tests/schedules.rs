//! Schedules against PyTorch. The numbers and the script that made them stand in
//! `tests/reference`.

use nn::schedule::OneCycle;
use nn::{Plateau, Schedule};

const REFERENCE: &str = include_str!("reference/schedules.tsv");

fn reference(name: &str) -> Vec<f64> {
    let mut lines = REFERENCE.lines().map(|line| line.split('\t'));
    let line = lines.find_map(|mut line| (line.next() == Some(name)).then_some(line));
    let numbers = line.unwrap_or_else(|| panic!("no {name}"));
    numbers.map(|n| n.parse().unwrap()).collect()
}

fn cycles() -> [(&'static str, OneCycle); 4] {
    let cycle = OneCycle::new(0.3, 40);
    let other = cycle.three_phases().linear().rise(0.42);
    [
        ("one cycle", cycle),
        ("one cycle, linear", cycle.linear()),
        ("one cycle, three phases", cycle.three_phases()),
        (
            "one cycle, settings",
            other.divisors(10.0, 100.0).momenta(0.6, 0.9),
        ),
    ]
}

#[test]
#[rustfmt::skip]
fn rates_are_those_of_pytorch() {
    let rate = 0.2;
    let mut cases = vec![
        ("constant", Schedule::Constant(rate)),
        ("step", Schedule::Step { rate, gamma: 0.3, every: 7 }),
        ("multi step", Schedule::MultiStep { rate, gamma: 0.5, milestones: vec![3, 11, 12, 30] }),
        ("exponential", Schedule::Exponential { rate, gamma: 0.93 }),
        ("linear", Schedule::Linear { from: 0.05, to: rate, steps: 13 }),
        ("linear, down", Schedule::Linear { from: rate, to: 0.02, steps: 29 }),
        ("polynomial", Schedule::Polynomial { rate, power: 2.0, steps: 25 }),
        ("polynomial, linear", Schedule::Polynomial { rate, power: 1.0, steps: 25 }),
        ("cosine", Schedule::Cosine { from: rate, to: 0.01, steps: 20 }),
        ("warm-up, cosine", Schedule::Cosine { from: rate, to: 0.0, steps: 30 }.after_warm_up(10, 0.1)),
    ];
    cases.extend(cycles().map(|(name, cycle)| (name, Schedule::OneCycle(cycle))));
    for (name, schedule) in cases {
        check(name, |step| schedule.rate(step));
    }
    for (name, cycle) in cycles() {
        check(&format!("{name}, momentum"), |step| cycle.momentum(step));
    }
}

/// PyTorch computes most rates from those before, and rounds in every step.
fn check(name: &str, rate: impl Fn(u64) -> f64) {
    for (step, expected) in (0..).zip(reference(name)) {
        let rate = rate(step);
        assert!(
            (rate - expected).abs() <= 1e-14,
            "{name}, step {step}: {rate}, not {expected}"
        );
    }
}

#[test]
#[rustfmt::skip]
fn plateaus_are_those_of_pytorch() {
    let plateau = Plateau::new(0.2);
    let losses = reference("losses");
    for (name, mut plateau) in [
        ("plateau", plateau),
        ("plateau, patience, factor", plateau.patience(2).factor(0.5)),
        ("plateau, absolute, cooldown", plateau.patience(1).factor(0.5).absolute(0.1).cooldown(3)),
        ("plateau, relative, least", plateau.patience(0).factor(0.3).relative(0.05).least(1e-3)),
        ("plateau, rising", plateau.rising().patience(3).factor(0.7)),
        ("plateau, rising, absolute", plateau.rising().patience(3).factor(0.7).absolute(0.3)),
    ] {
        let settings = plateau;
        for (epoch, (&loss, expected)) in losses.iter().zip(reference(name)).enumerate() {
            // Saved and read back in every epoch.
            plateau = settings.resumed(plateau.state());
            let rate = plateau.observe(loss);
            assert!((rate - expected).abs() <= 1e-15, "{name}, {epoch}: {rate}, not {expected}");
            assert_eq!(plateau.rate(), rate);
        }
    }
}

#[test]
fn schedules_at_their_ends() {
    let rates = |schedule: Schedule| [0, 1, u64::MAX].map(|step| schedule.rate(step));
    let cosine = |steps| Schedule::Cosine {
        from: 1.0,
        to: 0.0,
        steps,
    };
    let nothing = |steps| Schedule::Linear {
        from: 1.0,
        to: 0.5,
        steps,
    };
    assert_eq!(rates(nothing(0)), [0.5; 3]);
    assert_eq!(
        rates(Schedule::Polynomial {
            rate: 1.0,
            power: 2.0,
            steps: 1
        }),
        [1.0, 0.0, 0.0]
    );
    assert_eq!(
        rates(Schedule::Step {
            rate: 1.0,
            gamma: 0.5,
            every: 0
        })[1],
        0.5
    );
    assert_eq!(rates(cosine(1))[..2], [1.0, 0.0]);
    assert_eq!(
        rates(Schedule::Constant(0.5).after_warm_up(0, 0.1)),
        [0.5; 3]
    );
    for steps in [0, 1, 2, 3] {
        let cycle = OneCycle::new(1.0, steps);
        for cycle in [
            cycle,
            cycle.three_phases(),
            cycle.rise(0.0),
            cycle.rise(1.0),
        ] {
            assert!(
                rates(Schedule::OneCycle(cycle))
                    .iter()
                    .all(|rate| rate.is_finite())
            );
        }
    }
}
