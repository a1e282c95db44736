//! `chainrule tour`: what a newcomer reads.

mod command;

use command::{answer, assert_snapshot, chainrule, run};

#[test]
fn the_tour_is_as_the_snapshot_has_it() {
    let tour = answer(&["tour"]);
    assert_snapshot("tour.txt", &tour);
    assert_eq!(answer(&[]), tour);
    assert!(!tour.contains('\u{1b}'));
    for line in tour.lines() {
        assert!(line.chars().count() <= 100, "too wide: {line}");
    }
}

#[test]
fn the_tour_has_the_lectures_numbers() {
    for (part, wanted) in [
        ("circuit", &["-12", "-4", "3"][..]),
        (
            "sigmoid",
            &[
                "0.73", "-0.53", "-0.20", "0.39", "-0.59", "-0.1966", "0.3932", "-0.5898",
            ],
        ),
        (
            "updates",
            &[
                "2.0592", "0.65585", "2.1102", "0.58395", "2.1476", "0.52861", "2.2136", "-3.2136",
                "0.43007", "misprint",
            ],
        ),
        ("gates", &["-30", "0.00005", "1.00000", "0.99995"]),
        ("xor", &["epochs"]),
        ("witness", &["delta[2][1]", "z[2][1]", "dE/dw[1][1,1]"]),
    ] {
        let text = answer(&["tour", part]);
        for number in wanted {
            assert!(text.contains(number), "{part}: {number} is not in\n{text}");
        }
    }
}

#[test]
fn a_part_is_found_by_number_and_by_name() {
    for (number, name) in [
        ("1", "circuit"),
        ("2", "sigmoid"),
        ("3", "updates"),
        ("4", "gates"),
        ("5", "xor"),
        ("6", "witness"),
    ] {
        assert_eq!(answer(&["tour", number]), answer(&["tour", name]));
    }
    assert_eq!(answer(&["tour", "--list"]).lines().count(), 6);
    assert_eq!(run(&["tour", "0"]).code, 2);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_insist() {
    let coloured = chainrule(&["tour", "1"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("runs");
    assert!(coloured.stdout.contains(&0x1b));
    let plain = chainrule(&["tour", "1"])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output()
        .expect("runs");
    assert!(!plain.stdout.contains(&0x1b));
    let message = chainrule(&["tour", "0"]).output().expect("runs");
    assert!(!message.stderr.contains(&0x1b));
}
