//! A program prints, and reads back as the same program.

mod support;

use proptest::prelude::*;
use support::for_every_op;
use tape::op::Arity;
use tape::{CustomOp, ErrorKind, Op, Program, Var};

fn reads_back(program: &Program) {
    let text = program.to_string();
    let again: Program = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(&again, program, "\n{text}");
    assert_eq!(again.to_string(), text);
    again.validate().unwrap();
}

fn soft_abs() -> &'static CustomOp {
    CustomOp::define("soft abs", &[1.0], |x| (x[0] * x[0] + 1e-6).sqrt()).unwrap()
}

#[test]
fn a_person_can_read_it() {
    let program = Program::record(
        |x: &[Var]| {
            let (a, b) = (x[0].named("a"), x[1].named("the \"second\""));
            let q = (a + b).named("q");
            let r = if q > 0.5 { 2.0 / q } else { q };
            [
                q.powi(3),
                soft_abs().call(&[r]),
                Var::sum(&[a, Var::constant(f64::NAN), b]),
                a.leaky_relu(0.01),
                Var::constant(-0.0),
            ]
        },
        &[1.0, 2.0],
    )
    .unwrap();
    let text = program.to_string();
    let without_lines: String = text
        .replace(file!(), "text.rs")
        .lines()
        .map(|line| {
            let line = match line.rsplit_once("text.rs:") {
                Some((before, _)) => format!("{before}text.rs:..").replace("; text.rs:..", ";"),
                None => line.to_string(),
            };
            format!("{}\n", line.trim_end().trim_end_matches(';').trim_end())
        })
        .collect();
    let wanted = r#"
chainrule program 1
%0 = input                  ; a  text.rs:..
%1 = input                  ; "the \"second\""  text.rs:..
%2 = add %0, %1             ; q  text.rs:..
%3 = div 2.0, %2
%4 = powi %2, n = 3
%5 = call "soft abs" %3
%6 = const nan
%7 = sum %0, %6, %1
%8 = leaky_relu %0, slope = 0.01
guard %2 > 0.5 is true
output %4
output %5
output %7
output %8
output -0.0
end
"#;
    assert_eq!(without_lines, wanted.trim_start());
    reads_back(&program);
}

#[test]
fn every_operation_reads_back() {
    for_every_op(|op, _, attribute, count| {
        let record = |operands: &dyn Fn(&[Var]) -> Vec<Var>| {
            let f = |x: &[Var]| op.apply(&operands(x), attribute).unwrap();
            Program::record(f, &vec![1.5; count]).unwrap()
        };
        let program = record(&|x| x.to_vec());
        assert_eq!(program.op(count), op);
        reads_back(&program);
        reads_back(&program.gradient_program().unwrap());
        if count > 1 {
            for number in [
                2.5,
                -0.0,
                f64::NAN,
                -f64::NAN,
                f64::NEG_INFINITY,
                f64::MIN_POSITIVE / 8.0,
                1e300,
            ] {
                reads_back(&record(&|x| [&[Var::constant(number)], &x[1..]].concat()));
                reads_back(&record(&|x| [&x[1..], &[Var::constant(number)]].concat()));
            }
        }
    });
}

#[test]
fn numbers_keep_their_bits() {
    let odd = [
        0x7ff0_0000_0000_0001,
        0xfff8_0000_0000_00ff,
        0x7ff8_0000_0000_0000,
        0xfff8_0000_0000_0000,
    ];
    for bits in odd
        .into_iter()
        .chain([0, 1 << 63, 1, u64::MAX])
        .chain([0.1, 1.0 / 3.0, f64::MAX].map(f64::to_bits))
    {
        let with = |number: f64| {
            let f = |x: &[Var]| {
                [
                    x[0] * number,
                    number / x[0],
                    x[0].elu(number),
                    Var::constant(number),
                ]
            };
            Program::record(f, &[1.0]).unwrap()
        };
        reads_back(&with(f64::from_bits(bits)));
        assert_ne!(with(f64::from_bits(bits)), with(f64::from_bits(bits ^ 1)));
    }
}

#[test]
fn programs_that_differ_in_one_place_differ() {
    let base = "chainrule program 1\n%0 = input ; x a.rs:1:2\n%1 = mul %0, nan\n%2 = sum %0, %1\nguard %1 < 1.0 is true ; a.rs:3:4\noutput %1\nend\n";
    let program: Program = base.parse().unwrap();
    for (from, to) in [
        ("nan", "-nan"),
        ("mul", "div"),
        ("; x", "; y"),
        ("1:2", "1:3"),
        ("a.rs:1", "b.rs:1"),
        ("%0, %1", "%1, %0"),
        ("%0, %1", "%0, %1, %1"),
        ("true", "false"),
        ("< 1.0", "<= 1.0"),
        ("1.0 is", "-1.0 is"),
        ("3:4", "3:5"),
        ("output %1", "output %2"),
        ("output %1", "output 1.0"),
        ("output %1\n", "output %1\noutput %1\n"),
    ] {
        assert!(base.contains(from), "{from}");
        let other: Program = base.replacen(from, to, 1).parse().unwrap();
        assert_ne!(other, program, "{from} -> {to}");
        reads_back(&other);
    }
    // Where a place stands in the table of places is of no meaning.
    assert_eq!(base.parse::<Program>().unwrap(), program);
}

#[test]
fn names_and_files_of_any_kind_read_back() {
    for name in [
        "",
        " ",
        "a b",
        "x:1:2",
        "a\"b",
        "\\",
        "π",
        "\u{202e}evil",
        "line\nbreak",
        "nul\0",
        ";",
        "%3",
        "end",
        "W[0,1]",
        "W[0]",
        "'",
        "e\u{301}",
    ] {
        let program = Program::record(|x: &[Var]| (x[0] * 2.0).named(name), &[1.0]).unwrap();
        assert_eq!(program.name(1), Some(name));
        reads_back(&program);
    }
    for file in [
        "C:\\src\\main.rs",
        "my file.rs",
        "a:b.rs",
        "\u{7}",
        "\"",
        "ü.rs",
        "",
        ";",
    ] {
        let text = format!("chainrule program 1\n%0 = input ; {file:?}:3:4\noutput %0\nend");
        let program: Program = text.parse().unwrap();
        let place = program.place(0).unwrap();
        assert_eq!(
            (place.file.as_str(), place.line, place.column),
            (file, 3, 4)
        );
        reads_back(&program);
    }
}

#[test]
fn guards_of_every_kind_read_back() {
    let program = Program::record(
        |x: &[Var]| {
            let (a, b) = (x[0], x[1]);
            let mut count = 0.0;
            for answer in [a == b, a < b, a <= b, a > b, a >= b, 2.0 < a, a != 3.0] {
                count += f64::from(u8::from(answer));
            }
            for answer in [
                a.is_nan(),
                a.is_finite(),
                b.is_infinite(),
                b.is_sign_negative(),
                b.is_sign_positive(),
            ] {
                count += f64::from(u8::from(answer));
            }
            let _ = (
                a.partial_cmp(&b),
                b.partial_cmp(&a),
                a.partial_cmp(&a),
                a.partial_cmp(&f64::NAN),
            );
            a * count * b.value()
        },
        &[1.0, -2.0],
    )
    .unwrap();
    reads_back(&program);
    let again: Program = program.to_string().parse().unwrap();
    for inputs in [
        [1.0, -2.0],
        [1.0, 2.0],
        [f64::NAN, -2.0],
        [1.0, -2.5],
        [-3.0, -2.0],
    ] {
        let (a, b) = (program.eval(&inputs), again.eval(&inputs));
        assert_eq!(a, b);
        assert_eq!(a.is_ok(), inputs == [1.0, -2.0]);
    }
}

#[test]
fn malformed_texts_are_errors_with_line_and_column() {
    let check = |text: &str, message: &str| {
        let error = text.parse::<Program>().expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Parse, "{text}");
        assert_eq!(error.to_string(), message, "{text}");
    };
    let row = |row: &str, message: &str| {
        check(
            &format!("chainrule program 1\n%0 = input\n%1 = input\n{row}\nend"),
            &format!("line 4, {message}"),
        );
    };
    check(
        "",
        "line 1, column 1: expected the header `chainrule program 1`, found the end of the line",
    );
    check(
        "hello",
        "line 1, column 1: expected the header `chainrule program 1`, found `hello`",
    );
    check(
        "chainrule program 2",
        "line 1, column 19: expected version 1 of the format, the only one known here, found `2`",
    );
    check(
        "chainrule program 1\n",
        "line 2, column 1: expected a row, a guard, an output or `end`, found the end of the text",
    );
    check(
        "chainrule program 1\nend\n%0 = input",
        "line 3, column 1: expected nothing after `end`, found `%0`",
    );
    check(
        "chainrule program 1\nend end",
        "line 2, column 5: expected the end of the line, found `end`",
    );
    check(
        "chainrule program 1\n%0 = sin %0\nend",
        "line 2, column 10: expected no operand yet, in the first row, found `%0`",
    );

    row(
        "nonsense",
        "column 1: expected a row, a guard, an output or `end`, found `nonsense`",
    );
    row(
        "%1 = input",
        "column 1: expected %2, the next row, found `%1`",
    );
    row(
        "%3 = input",
        "column 1: expected %2, the next row, found `%3`",
    );
    row(
        "%99999999999999999999 = input",
        "column 1: expected %2, the next row, found `%99999999999999999999`",
    );
    row(
        "% = input",
        "column 1: expected %2, the next row, found `%`",
    );
    row(
        "%-2 = input",
        "column 1: expected %2, the next row, found `%-2`",
    );
    row("%2 input", "column 4: expected `=`, found `input`");
    row(
        "%2 = ",
        "column 6: expected an operation, found the end of the line",
    );
    row(
        "%2 = sine %1",
        "column 6: expected an operation, found `sine`",
    );
    row(
        "%2 = sin %2",
        "column 10: expected a row before %2, found `%2`",
    );
    row(
        "%2 = sin %4294967297",
        "column 10: expected a row before %2, found `%4294967297`",
    );
    row(
        "%2 = sin",
        "column 9: expected 1 operand for `sin`, found 0",
    );
    row(
        "%2 = sin %0, %1",
        "column 10: expected 1 operand for `sin`, found 2",
    );
    row(
        "%2 = sin 1.0",
        "column 10: expected a row among the operands, found `1.0`",
    );
    row(
        "%2 = mul %0",
        "column 10: expected 2 operands for `mul`, found 1",
    );
    row(
        "%2 = mul %0,",
        "column 13: expected a row such as %0, or a number, found the end of the line",
    );
    row("%2 = mul %0 %1", "column 13: expected `,`, found `%1`");
    row(
        "%2 = mul 1.0, 2.0",
        "column 10: expected a row among the operands, found `1.0`",
    );
    row(
        "%2 = mul %0, foo",
        "column 14: expected a row such as %0, or a number, found `foo`",
    );
    row(
        "%2 = mul %0, infinity",
        "column 14: expected a row such as %0, or a number, found `infinity`",
    );
    row(
        "%2 = mul %0, 1e999",
        "column 14: expected a row such as %0, or a number, found `1e999`",
    );
    row(
        "%2 = mul %0, nan(0x0)",
        "column 14: expected a row such as %0, or a number, found `nan(0x0)`",
    );
    row(
        "%2 = select %0, %1",
        "column 13: expected 3 operands for `select`, found 2",
    );
    row(
        "%2 = select %0, %1, 1.0",
        "column 13: expected rows only (a number is a row here, `const`), found `%0`",
    );
    row(
        "%2 = dot %0, %1, %0",
        "column 10: expected an even number of operands for `dot`, found 3",
    );
    row(
        "%2 = powi %0",
        "column 13: expected `,`, found the end of the line",
    );
    row(
        "%2 = powi %0, m = 2",
        "column 15: expected `n =` and a number, found `m`",
    );
    row("%2 = powi %0, n 2", "column 17: expected `=`, found `2`");
    row(
        "%2 = powi %0, n = 2.5",
        "column 19: expected a whole number of 32 bits, found `2.5`",
    );
    row(
        "%2 = powi %0, n = 2147483648",
        "column 19: expected a whole number of 32 bits, found `2147483648`",
    );
    row(
        "%2 = elu %0, alpha = x",
        "column 22: expected a number, found `x`",
    );
    row(
        "%2 = const",
        "column 11: expected a number, found the end of the line",
    );
    row("%2 = const %0", "column 12: expected a number, found `%0`");
    row(
        "%2 = input %0",
        "column 12: expected the end of the line, found `%0`",
    );
    row(
        "%2 = call",
        "column 10: expected the name of an operation, found the end of the line",
    );
    row(
        "%2 = call nobody_knows %0",
        "column 11: the operation \"nobody_knows\" is not defined here; define it (`CustomOp::define`), then read again",
    );
    row(
        "%2 = neg %0 ; a b",
        "column 17: expected the end of the line, found `b`",
    );
    row(
        "%2 = neg %0 ; \"a",
        "column 15: expected a closing quote, found `\"a`",
    );
    row(
        "%2 = neg %0 ; \"\\q\"",
        "column 16: expected an escape such as \\n or \\u{7f}, found `\\q\"`",
    );
    row(
        "%2 = neg %0 ; \"\\u{d800}\"",
        "column 16: expected an escape such as \\n or \\u{7f}, found `\\u{d800}\"`",
    );
    row(
        "%2 = neg %0 ; \"\\u{\"",
        "column 16: expected an escape such as \\n or \\u{7f}, found `\\u{\"`",
    );
    row(
        "%2 = neg %0 ; a<b",
        "column 15: expected a name (in quotes, with signs such as these) or a place, found `a<b`",
    );
    row(
        "%2 = neg %0 ; a.rs:1",
        "column 15: expected a place such as src/main.rs:12:9, found `a.rs:1`",
    );
    row(
        "%2 = neg %0 ; a.rs:1:x",
        "column 15: expected a place such as src/main.rs:12:9, found `a.rs:1:x`",
    );
    row(
        "%2 = neg %0 ; a.rs:1:99999999999",
        "column 15: expected a place such as src/main.rs:12:9, found `a.rs:1:99999999999`",
    );
    row(
        "%2 = neg %0 ; ä ö",
        "column 17: expected the end of the line, found `ö`",
    );
    row(
        "guard %0 ? %1 is true ; a.rs:1:2",
        "column 10: expected a comparison, found `?`",
    );
    row(
        "guard %0 < %7 is true ; a.rs:1:2",
        "column 12: expected a row before %2, found `%7`",
    );
    row(
        "guard %0 < %1 was true ; a.rs:1:2",
        "column 15: expected `is`, found `was`",
    );
    row(
        "guard %0 < %1 is maybe ; a.rs:1:2",
        "column 18: expected `true` or `false`, found `maybe`",
    );
    row(
        "guard %0 <=> %1 is true ; a.rs:1:2",
        "column 20: expected `less`, `equal`, `greater` or `unordered`, found `true`",
    );
    row(
        "guard read %0 is true ; a.rs:1:2",
        "column 18: expected a number, found `true`",
    );
    row(
        "guard %0 < %1 is true",
        "column 22: expected `;` and the place of the guard, found the end of the line",
    );
    row(
        "output %2",
        "column 8: expected a row before %2, found `%2`",
    );
    row(
        "output",
        "column 7: expected a row such as %0, or a number, found the end of the line",
    );
    row(
        "output %1, %0",
        "column 10: expected the end of the line, found `,`",
    );
}

#[test]
fn remarks_blank_lines_and_free_spacing_are_welcome() {
    let neat: Program = "chainrule program 1\n%0 = input ; x\n%1 = powi %0, n = -2\n%2 = mul 2.0, %1\nguard %0 <= 1.0 is true ; a.rs:1:2\noutput %2\nend".parse().unwrap();
    let free = "\n# a remark\n\n  chainrule   program 1\r\n\t%0=input;x\n# another\n%1=powi %0,n=-2\n%2=mul 2,%1\n guard %0<=1 is true;a.rs:1:2\noutput%2\n\nend\n\n# the end\n";
    // `chainrule program` is one phrase; all else may be spaced at will.
    let free = free.replace("chainrule   program", "chainrule program");
    assert_eq!(free.parse::<Program>().unwrap(), neat);
}

#[test]
fn a_text_cut_off_anywhere_is_an_error() {
    let program = Program::record(
        |x: &[Var]| {
            let y = if x[0] > 1.0 {
                x[0].powi(2).named("ä")
            } else {
                x[1]
            };
            [Var::sum(&[y, x[1], x[0]]), Var::constant(2.5)]
        },
        &[2.0, 3.0],
    )
    .unwrap();
    let text = program.to_string();
    for (at, _) in text.trim_end().char_indices() {
        assert!(text[..at].parse::<Program>().is_err(), "{}", &text[..at]);
    }
}

#[test]
fn hostile_texts_fail_fast() {
    let long = "9".repeat(1 << 20);
    for text in [
        format!("chainrule program 1\n%{long} = input"),
        format!("chainrule program 1\n%0 = {long}"),
        format!("chainrule program 1\n%0 = const {long}{long}e999999999999"),
        format!(
            "chainrule program 1\n%0 = input ; \"{}",
            "\\u{41}".repeat(1 << 18)
        ),
        format!(
            "chainrule program 1\n%0 = input\n%1 = sum {}",
            "%0,".repeat(1 << 18)
        ),
        "((".repeat(1 << 20),
        "\n".repeat(1 << 20),
    ] {
        assert_eq!(
            text.parse::<Program>().unwrap_err().kind(),
            ErrorKind::Parse
        );
    }
}

#[test]
fn a_long_program_reads_back_in_linear_time() {
    let program = Program::record(
        |x: &[Var]| (0..200_000).fold(x[0], |y, i| if i % 2 == 0 { y * 1.0001 } else { y.sin() }),
        &[0.5],
    )
    .unwrap();
    reads_back(&program);
}

proptest! {
    #[test]
    fn noise_never_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<Program>();
        let _ = format!("chainrule program 1\n%0 = input\n{text}\nend").parse::<Program>();
        let _ = format!("chainrule program 1\n%0 = input\n%1 = {text}\nend").parse::<Program>();
    }

    /// A printed program with a few characters changed is an error, or a program that is sound.
    #[test]
    fn damage_is_an_error_or_a_sound_program(
        seed in random_rows(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]"), 1..4),
    ) {
        let mut text: Vec<char> = record(&seed).to_string().chars().collect();
        for (at, with) in damage {
            let at = at.index(text.len());
            text[at] = with.chars().next().unwrap();
        }
        if let Ok(program) = text.into_iter().collect::<String>().parse::<Program>() {
            program.validate().unwrap();
            let _ = program.eval(&vec![0.5; program.input_count()]);
            reads_back(&program);
        }
    }

    #[test]
    fn random_programs_read_back_and_compute_the_same(seed in random_rows()) {
        let program = record(&seed);
        program.validate().unwrap();
        reads_back(&program);
        let again: Program = program.to_string().parse().unwrap();
        let x = [0.25, -1.5, 3.0];
        let bits = |x: Vec<f64>| x.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        prop_assert_eq!(bits(again.eval(&x).unwrap()), bits(program.eval(&x).unwrap()));
        prop_assert_eq!(bits(again.vjp(&x, &[1.0, 2.0]).unwrap()), bits(program.vjp(&x, &[1.0, 2.0]).unwrap()));
    }
}

type Rows = Vec<(prop::sample::Index, [prop::sample::Index; 4], u8)>;

fn random_rows() -> impl Strategy<Value = Rows> {
    let index = || any::<prop::sample::Index>();
    prop::collection::vec(
        (index(), [index(), index(), index(), index()], any::<u8>()),
        1..30,
    )
}

/// A program of random operations, each on random earlier rows or numbers.
fn record(rows: &Rows) -> Program {
    let f = |x: &[Var]| {
        let mut vars = x.to_vec();
        for (op, operands, kind) in rows {
            let op = *op.get(Op::ALL);
            let info = op.info();
            let count = match info.arity {
                Arity::Leaf => 0,
                Arity::One | Arity::OneAndAttribute { .. } => 1,
                Arity::Two => 2,
                Arity::Three => 3,
                Arity::Any => 2 * (usize::from(kind % 2) + 1),
            };
            let mut operands: Vec<Var> = operands[..count]
                .iter()
                .map(|i| vars[i.index(vars.len())])
                .collect();
            if count > 1 && kind & 8 != 0 {
                operands[usize::from(kind >> 4) % count] = Var::constant(f64::from(*kind) / 3.0);
            }
            let attribute = info
                .attributes
                .get(usize::from(*kind) % info.attributes.len().max(1));
            let var = op
                .apply(&operands, attribute.copied().unwrap_or_default())
                .unwrap();
            if kind & 4 != 0 {
                let _ = var.named(format!("name {kind}")) < 0.5;
            }
            vars.push(var);
        }
        [vars[vars.len() - 1], vars[vars.len() / 2]]
    };
    Program::record(f, &[0.25, -1.5, 3.0]).unwrap()
}
