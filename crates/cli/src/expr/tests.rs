//! The language as tables: a source and what it means, a source and what is
//! wrong with it.

use super::{Arity, Expression, Kind, ParseError, parse};

const FUNCTIONS: [(&str, Arity); 13] = [
    ("sin", Arity::Exactly(1)),
    ("cos", Arity::Exactly(1)),
    ("tanh", Arity::Exactly(1)),
    ("exp", Arity::Exactly(1)),
    ("log", Arity::Exactly(1)),
    ("pow", Arity::Exactly(2)),
    ("clip", Arity::Exactly(3)),
    ("logsumexp", Arity::AtLeast(1)),
    ("max", Arity::AtLeast(2)),
    ("dot", Arity::Halves),
    ("leaky_relu", literals(1, 0, 1, false)),
    ("scale", literals(1, 2, 4, false)),
    ("powi", literals(1, 1, 1, true)),
];

const fn literals(operands: usize, least: usize, most: usize, integer: bool) -> Arity {
    Arity::Literals {
        operands,
        literals: (least, most),
        integer,
    }
}

fn arity(name: &str) -> Option<Arity> {
    let row = FUNCTIONS.iter().find(|(known, _)| *known == name);
    row.map(|(_, arity)| *arity)
}

fn parse_with(source: &str, inputs: &[&str]) -> Result<Expression, ParseError> {
    parse(source, inputs, &arity, &FUNCTIONS.map(|(name, _)| name))
}

fn read(source: &str) -> Result<Expression, ParseError> {
    parse_with(source, &["x", "y", "z", "θ"])
}

/// Each node written with its operands in full.
fn written(expression: &Expression) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for node in &expression.nodes {
        let operand = |index: &usize| texts[*index].clone();
        let list = |name: &str, operands: &[&usize]| {
            let operands: Vec<String> = operands.iter().map(|index| operand(index)).collect();
            format!("({name} {})", operands.join(" "))
        };
        texts.push(match &node.kind {
            Kind::Number(value) => format!("{value}"),
            Kind::Input(input) => ["x", "y", "z", "θ"][*input].to_string(),
            Kind::Neg(a) => list("neg", &[a]),
            Kind::Add(a, b) => list("+", &[a, b]),
            Kind::Sub(a, b) => list("-", &[a, b]),
            Kind::Mul(a, b) => list("*", &[a, b]),
            Kind::Div(a, b) => list("/", &[a, b]),
            Kind::Pow(a, b) => list("pow", &[a, b]),
            Kind::PowI(a, n) => format!("(powi {} {n})", operand(a)),
            Kind::Call(call) => {
                let operands: Vec<String> = call.operands.iter().map(operand).collect();
                let literals: String = call.literals.iter().map(|l| format!(" #{l}")).collect();
                format!("({} {}{literals})", call.function, operands.join(" "))
            }
        });
    }
    texts
}

#[track_caller]
fn check(source: &str, wanted: &str) {
    let expression = read(source).unwrap_or_else(|error| panic!("{}", error.render(source)));
    let texts = written(&expression);
    let outputs: Vec<&str> = expression.outputs.iter().map(|o| &*texts[*o]).collect();
    assert_eq!(outputs.join(", "), wanted, "in {source:?}");
}

/// `part` must be in the message or in the hint.
#[track_caller]
fn check_error(source: &str, column: usize, part: &str) {
    let Err(error) = read(source) else {
        panic!("{source:?} was accepted");
    };
    let rendered = error.render(source);
    assert_eq!(error.column, Some(column), "in {source:?}\n{rendered}");
    assert!(rendered.contains(part), "wanted {part:?} in\n{rendered}");
}

#[test]
fn sources_mean_what_a_mathematician_reads() {
    let rows = [
        // Numbers.
        ("12", "12"),
        (".5", "0.5"),
        ("2.", "2"),
        ("1e-3", "0.001"),
        ("2.E+2", "200"),
        ("1e-999", "0"),
        ("pi", "3.141592653589793"),
        // The four operations group to the left, and products first.
        ("x + y - z", "(- (+ x y) z)"),
        ("x - (y - z)", "(- x (- y z))"),
        ("x / y * z", "(* (/ x y) z)"),
        ("x + y * z", "(+ x (* y z))"),
        ("(x + y) * z", "(* (+ x y) z)"),
        ("((((x))))", "x"),
        // A sign binds tighter than a product and looser than a power.
        ("-x", "(neg x)"),
        ("+x", "x"),
        ("-x*y", "(* (neg x) y)"),
        ("x*-y", "(* x (neg y))"),
        ("x - -y", "(- x (neg y))"),
        ("x--y", "(- x (neg y))"),
        ("--x", "(neg (neg x))"),
        ("-+-x", "(neg (neg x))"),
        ("-x^2", "(neg (powi x 2))"),
        ("-sin(x)^2", "(neg (powi (sin x) 2))"),
        ("-x^2*y", "(* (neg (powi x 2)) y)"),
        // A sign before a number is part of it, but not before a power.
        ("-2*x", "(* -2 x)"),
        ("- 2", "-2"),
        ("+2", "2"),
        ("--2", "(neg -2)"),
        ("x - 2", "(- x 2)"),
        ("x*-2", "(* x -2)"),
        ("-2^2", "(neg (powi 2 2))"),
        ("+2^2", "(powi 2 2)"),
        ("-pi", "(neg 3.141592653589793)"),
        // Integer literal exponents.
        ("x^2", "(powi x 2)"),
        ("x^-2", "(powi x -2)"),
        ("x^+2", "(powi x 2)"),
        ("x^0", "(powi x 0)"),
        ("(x + y)^3", "(powi (+ x y) 3)"),
        ("x^2147483647", "(powi x 2147483647)"),
        ("x^-2147483648", "(powi x -2147483648)"),
        // All other exponents.
        ("x^2147483648", "(pow x 2147483648)"),
        ("x^-2147483649", "(pow x -2147483649)"),
        ("x^99999999999999999999", "(pow x 100000000000000000000)"),
        ("x^2.0", "(pow x 2)"),
        ("x^2e0", "(pow x 2)"),
        ("x^(2)", "(pow x 2)"),
        ("x^--2", "(pow x (neg -2))"),
        ("x^y", "(pow x y)"),
        ("2^-x", "(pow 2 (neg x))"),
        ("2^-x^2", "(pow 2 (neg (powi x 2)))"),
        ("2^-x*3", "(* (pow 2 (neg x)) 3)"),
        ("2^-x^2+1", "(+ (pow 2 (neg (powi x 2))) 1)"),
        ("x^y^z", "(pow x (pow y z))"),
        ("x^2^3", "(pow x (powi 2 3))"),
        ("x^2^y", "(pow x (pow 2 y))"),
        ("x^-2^3", "(pow x (neg (powi 2 3)))"),
        ("(x^2)^3", "(powi (powi x 2) 3)"),
        ("x*y^2", "(* x (powi y 2))"),
        ("x^2*y", "(* (powi x 2) y)"),
        // Calls.
        ("sin(x)", "(sin x)"),
        ("sin (x)", "(sin x)"),
        ("sin(-x + 1)*y", "(* (sin (+ (neg x) 1)) y)"),
        ("pow(x, 2)", "(pow x 2)"),
        ("clip(x, -1, y + z)", "(clip x -1 (+ y z))"),
        ("max(x, max(y, z), 1)", "(max x (max y z) 1)"),
        ("logsumexp(x)", "(logsumexp x)"),
        ("dot(x, y)", "(dot x y)"),
        ("dot(x, y, 1, 2)", "(dot x y 1 2)"),
        ("leaky_relu(x)", "(leaky_relu x)"),
        ("leaky_relu(x*y, 0.1)", "(leaky_relu (* x y) #0.1)"),
        ("leaky_relu(x, -0.1)^2", "(powi (leaky_relu x #-0.1) 2)"),
        ("scale(x, 1, 2) + 3", "(+ (scale x #1 #2) 3)"),
        ("scale(x, 1, +2, -3, 4)", "(scale x #1 #2 #-3 #4)"),
        ("max(scale(x, 1, 2), y)", "(max (scale x #1 #2) y)"),
        ("powi(x, -3)", "(powi x #-3)"),
        // Bindings and outputs.
        ("a = x + y; a*a", "(* (+ x y) (+ x y))"),
        ("a = x; b = -a; b*a", "(* (neg x) x)"),
        ("a = 3; a*x", "(* 3 x)"),
        ("a = x*x; b = a; b", "(* x x)"),
        ("a = (x); x", "x"),
        ("pi = 3; pi*x", "(* 3 x)"),
        ("e = exp(1); e^x", "(pow (exp 1) x)"),
        ("_a1 = x; _a1", "x"),
        ("θ^2", "(powi θ 2)"),
        ("x, y, x", "x, y, x"),
        (
            "a = x*y; a, max(a, x), -a",
            "(* x y), (max (* x y) x), (neg (* x y))",
        ),
        // Space is free.
        ("\tx\n+\u{a0}y\r\n", "(+ x y)"),
        ("a=x;a", "x"),
    ];
    for (source, wanted) in rows {
        check(source, wanted);
    }
}

#[test]
fn mistakes_are_told_where_they_are() {
    let rows = [
        // Names.
        ("x + w", 5, "unknown name `w`"),
        ("x + w", 5, "`w=1`"),
        ("xx", 1, "did you mean `x`?"),
        ("X", 1, "did you mean `x`?"),
        ("alpha = x; alhpa", 12, "did you mean `alpha`?"),
        ("2*PI", 3, "did you mean `pi`?"),
        ("π", 1, "did you mean `pi`?"),
        ("2*tahn(x)", 3, "unknown function `tahn`"),
        ("2*tahn(x)", 3, "did you mean `tanh`?"),
        ("2*sinn(x)", 3, "did you mean `sin`?"),
        ("Sin(x)", 1, "did you mean `sin`?"),
        ("mod(x, y)", 1, "unknown function `mod`"),
        ("arctan(x)", 1, "unknown function `arctan`"),
        ("power(x, y)", 1, "did you mean `pow`?"),
        ("frobnicate(x)", 1, "unknown function `frobnicate`"),
        ("e^x", 1, "write exp(1), and exp(x) for e^x"),
        ("e(x)", 1, "exp(x)"),
        ("a*x; a = 3", 1, "bound later, at column 6"),
        ("b = a; a = x; b", 5, "bound later, at column 8"),
        ("a = a + 1; a", 5, "a binding cannot use its own name"),
        // Bindings.
        ("a = x; a = y; a", 8, "`a` is bound twice"),
        ("x = 3; x", 1, "`x` is an input"),
        ("x + 1; x = 3", 6, "ends no binding"),
        (
            "sin = 3; x",
            1,
            "`sin` is reserved: it is the name of a function",
        ),
        ("x + y = 3", 7, "`=` belongs to no binding"),
        ("(x) = 3", 5, "`=` belongs to no binding"),
        ("x, a = 3", 6, "before the outputs"),
        ("a = b = 3; a", 7, "`=` belongs to no binding"),
        ("(a = 3)", 4, "`=` belongs to no binding"),
        ("= 3", 1, "`=` belongs to no binding"),
        ("x == y", 3, "a binding has one `=`"),
        ("a = x, a", 6, "the binding of `a` must end with `;`"),
        ("a = x b = y; a", 7, "missing `;` before the binding of `b`"),
        ("x;", 2, "ends no binding"),
        (";", 1, "missing expression before `;`"),
        ("a = ; a", 5, "missing expression before `;`"),
        ("a = x", 6, "empty expression: a binding, but no output"),
        ("a = x", 6, "`a = ...; a`"),
        ("a =", 4, "empty expression"),
        ("a = x;  ", 7, "empty expression: bindings, but no output"),
        ("a = x; b = y;", 14, "empty expression"),
        // Operands.
        ("x +", 3, "missing operand after `+`"),
        ("x + ;", 3, "missing operand after `+`"),
        ("(x * )", 4, "missing operand after `*`"),
        ("max(x -, y)", 7, "missing operand after `-`"),
        ("-", 1, "missing operand after `-`"),
        ("x^", 2, "missing operand after `^`"),
        ("x^-", 3, "missing operand after `-`"),
        ("x + * y", 5, "missing operand between `+` and `*`"),
        ("* x", 1, "missing operand before `*`"),
        ("(/ x)", 2, "missing operand before `/`"),
        ("x,", 2, "missing expression after `,`"),
        ("x,,y", 3, "missing expression before `,`"),
        (", x", 1, "missing expression before `,`"),
        // Parentheses.
        ("(x + y", 1, "this `(` is never closed"),
        ("x*(y + (z)", 3, "this `(` is never closed"),
        ("sin(x", 4, "this `(` is never closed"),
        ("sin(", 4, "this `(` is never closed"),
        ("leaky_relu(x, 0.1", 11, "this `(` is never closed"),
        ("a = (x; a", 5, "this `(` is never closed"),
        ("a = (; a", 5, "this `(` is never closed"),
        ("x + y)", 6, "this `)` closes nothing"),
        ("(x))*y", 4, "this `)` closes nothing"),
        (")", 1, "this `)` closes nothing"),
        ("x*()", 4, "empty parentheses"),
        (
            "(x, y)",
            3,
            "a comma between parentheses that belong to no function",
        ),
        (
            "a = (x, y); a",
            7,
            "a comma between parentheses that belong to no function",
        ),
        ("(, y)", 2, "missing expression before `,`"),
        // Arguments.
        ("sin()", 1, "sin takes 1 argument, 0 given"),
        ("1 + sin(x, y)", 5, "sin takes 1 argument, 2 given"),
        ("pow(x)", 1, "pow takes 2 arguments, 1 given"),
        ("max(x)", 1, "max takes at least 2 arguments, 1 given"),
        (
            "logsumexp()",
            1,
            "logsumexp takes at least 1 argument, 0 given",
        ),
        (
            "dot(x, y, z)",
            1,
            "dot takes an even number of arguments, 3 given",
        ),
        (
            "dot(x, y, z)",
            1,
            "the first half is multiplied by the second half",
        ),
        ("dot()", 1, "dot takes at least 2 arguments, 0 given"),
        ("scale(x, 1)", 1, "scale takes 3 to 5 arguments, 2 given"),
        (
            "leaky_relu(x, 1, y)",
            1,
            "leaky_relu takes 1 or 2 arguments, 3 given",
        ),
        (
            "leaky_relu()",
            1,
            "leaky_relu takes 1 or 2 arguments, 0 given",
        ),
        (
            "leaky_relu(x, y)",
            15,
            "argument 2 of leaky_relu must be a number",
        ),
        ("leaky_relu(x, 1 + 2)", 15, "must be a number, written out"),
        ("leaky_relu(x, (1))", 15, "must be a number, written out"),
        ("leaky_relu(x, --1)", 15, "must be a number, written out"),
        (
            "a = 1; leaky_relu(x, a)",
            22,
            "must be a number, written out",
        ),
        ("powi(x, 2.5)", 9, "argument 2 of powi must be an integer"),
        ("powi(x, 2.0)", 9, "must be an integer, written out"),
        ("powi(x, 3000000000)", 9, "must be an integer, written out"),
        ("max(x,)", 7, "empty argument"),
        ("max(, x)", 5, "empty argument"),
        ("max(x,, y)", 7, "empty argument"),
        ("leaky_relu(x, )", 15, "empty argument"),
        ("scale(x, 1, , 2)", 13, "empty argument"),
        ("sin x", 1, "did you mean `sin(x)`?"),
        ("2*sin 3 + 1", 3, "did you mean `sin(3)`?"),
        ("sin cos(x)", 1, "write `sin(...)`"),
        ("sin^2(x)", 1, "write `sin(x)^2`"),
        ("x + sin", 5, "the function `sin` needs parentheses"),
        // Products.
        ("(x+y)z", 6, "did you mean `(x+y)*z`?"),
        ("1 + (x+y) z", 11, "did you mean `(x+y)*z`?"),
        ("2x", 2, "did you mean `2*x`?"),
        ("x y", 3, "did you mean `x*y`?"),
        ("x 2", 3, "did you mean `x*2`?"),
        ("2(x+1) - y", 2, "did you mean `2*(x+1)`?"),
        ("x(y+1)", 2, "did you mean `x*(y+1)`?"),
        ("x((y) + (z", 2, "did you mean `x*((y) + (z`?"),
        ("(x)(y)(z)", 4, "did you mean `(x)*(y)`?"),
        ("2sin(x + 1)", 2, "did you mean `2*sin(x + 1)`?"),
        ("2exp(x)", 2, "did you mean `2*exp(x)`?"),
        ("sin(x)cos(y)", 7, "did you mean `sin(x)*cos(y)`?"),
        ("x^2y", 4, "did you mean `x^2*y`?"),
        ("-2 x", 4, "did you mean `-2*x`?"),
        ("pi(x)", 3, "did you mean `pi*(x)`?"),
        ("a = x; a(\n\ny)", 9, "did you mean `a*(  y)`?"),
        // Numbers.
        ("1.2.3", 1, "malformed number `1.2.3`"),
        ("x + 1..2", 5, "malformed number `1..2`"),
        (".", 1, "malformed number `.`"),
        ("1e", 1, "malformed number `1e`"),
        ("1e+", 1, "malformed number `1e`"),
        ("1e5.5", 1, "malformed number `1e5.5`"),
        ("1_000", 1, "malformed number `1_000`"),
        ("x*1e999", 3, "the number `1e999` is too large"),
        ("leaky_relu(x, 1e999)", 15, "too large"),
        // Stray characters.
        ("x**2", 2, "write `^`"),
        ("2×x", 2, "write `*`"),
        ("x − y", 3, "Unicode minus"),
        ("x²", 2, "write `^2`"),
        ("2*[x + y]", 3, "write `(`"),
        ("(x + y]", 7, "write `)`"),
        ("x % y", 3, "rem(x, y)"),
        ("|x|", 1, "abs(x)"),
        ("a := 3; a", 1, "bind it: `a = ...;`"),
        ("x $ y", 3, "unexpected character '$'"),
        ("x \u{1b}[31m", 3, "unexpected character '\\u{1b}'"),
        ("θ + ?", 5, "unexpected character '?'"),
        // The leftmost mistake is the one told.
        ("sin x $", 1, "needs parentheses"),
        ("x + w $", 5, "unknown name"),
        ("(x $", 4, "unexpected character '$'"),
    ];
    for (source, column, part) in rows {
        check_error(source, column, part);
    }
}

#[test]
fn a_mistake_outside_the_source_has_no_column() {
    let rows: [(&str, &[&str], &str); 6] = [
        ("", &["x"], "empty expression"),
        (" \n", &["x"], "empty expression"),
        ("x", &["x", "sin"], "the input `sin` is reserved"),
        ("x", &["x", "y", "x"], "the input `x` is given twice"),
        ("x", &["2x"], "the input `2x` is not a name"),
        ("x", &[""], "the input `` is not a name"),
    ];
    for (source, inputs, part) in rows {
        let error = parse_with(source, inputs).expect_err(source);
        assert_eq!(error.column, None, "{error}");
        assert!(error.render(source).starts_with(part), "{error}");
    }
}

#[test]
fn the_first_page_is_true() {
    let expression = parse_with("q = x*y; q + sin(q)", &["x", "y"]).expect("the example");
    let rows: Vec<String> = expression
        .nodes
        .iter()
        .map(|node| format!("{:?} {} {:?}", node.kind, node.column, node.name))
        .collect();
    let call = r#"Call(Call { function: "sin", operands: [2], literals: [] })"#;
    let wanted = [
        "Input(0) 5 None".to_string(),
        "Input(1) 7 None".to_string(),
        "Mul(0, 1) 6 Some(\"q\")".to_string(),
        format!("{call} 14 None"),
        "Add(2, 3) 12 None".to_string(),
    ];
    assert_eq!(rows, wanted);
    assert_eq!(expression.outputs, [4]);
}

#[test]
fn only_names_are_shared() {
    let rows = [
        ("x*x + x*x", 4),
        ("a = x*x; a + a", 3),
        ("2 + 2", 3),
        ("a = 2; a + a", 2),
        ("pi + pi", 3),
        ("a = x; b = a; a, b, x", 1),
        ("a = x + y; z", 4),
        ("leaky_relu(x, 0.1)", 2),
    ];
    for (source, nodes) in rows {
        assert_eq!(read(source).expect(source).nodes.len(), nodes, "{source}");
    }
}

#[test]
fn a_node_keeps_its_first_name_and_an_input_its_own() {
    let expression = read("a = x; b = x*a; c = b; c").expect("a source");
    let names: Vec<Option<&str>> = expression.nodes.iter().map(|n| n.name.as_deref()).collect();
    assert_eq!(names, [None, Some("b")]);
}

#[test]
fn columns_count_characters() {
    let expression = read("θ + -2*max(θ,\n x^2)").expect("a source");
    let columns: Vec<usize> = expression.nodes.iter().map(|node| node.column).collect();
    // θ, -2, x, x^2, max, *, +
    assert_eq!(columns, [1, 5, 16, 17, 8, 7, 3]);
}

#[track_caller]
fn check_render(source: &str, wanted: &str) {
    let rendered = read(source).expect_err(source).render(source);
    assert_eq!(rendered, wanted, "\n{rendered}");
}

#[test]
fn a_rendered_mistake_shows_its_place() {
    check_render(
        "2*tahn(x)",
        "unknown function `tahn`\n  2*tahn(x)\n    ^\nhint: did you mean `tanh`?",
    );
    check_render(
        "(x + y",
        "unbalanced parentheses: this `(` is never closed\n  (x + y\n  ^",
    );
    check_render("", "empty expression");
    // The caret stands behind the text.
    check_render(
        "a = x;\n",
        "empty expression: bindings, but no output\n  a = x;\n        ^\nhint: write what to compute after the last `;`",
    );
    // One line of several; a tab and a bell take one place each.
    check_render(
        "x +\n\t(y + 3\n+ z",
        "unbalanced parentheses: this `(` is never closed\n   (y + 3\n   ^",
    );
    check_render(
        "x\t+ \u{7} ",
        "unexpected character '\\u{7}'\n  x + �\n      ^",
    );
    // A wide letter takes two places, a joining accent is not a letter.
    check_render(
        "(語 = 3)",
        "this `=` belongs to no binding\n  (語 = 3)\n      ^\nhint: a binding is written `name = expression;`, before the outputs",
    );
}

#[test]
fn a_long_source_is_shown_around_the_caret() {
    let sum = "x + ".repeat(50_000);
    let source = format!("{sum}$ + {sum}x");
    let rendered = read(&source).expect_err("a stray").render(&source);
    let lines: Vec<&str> = rendered.lines().collect();
    assert_eq!(lines[0], "unexpected character '$'");
    assert!(lines[1].chars().count() < 110 && lines[1].contains("x + $ + x"));
    assert!(lines[1].starts_with("  …") && lines[1].ends_with('…'));
    let caret = lines[2].chars().position(|c| c == '^');
    assert_eq!(caret, lines[1].chars().position(|c| c == '$'));

    let source = format!("({sum}x)y{}", "y".repeat(1000));
    let hint = read(&source).expect_err("a product").hint.expect("a hint");
    assert!(
        hint.chars().count() < 120 && hint.contains("x + x)*yyy"),
        "{hint}"
    );
}

#[test]
fn long_and_deep_sources_need_no_stack() {
    let million = 1_000_000;
    let deep = 100_000;
    let rows = [
        (format!("x{}", " + x".repeat(million)), million + 1),
        (format!("{}x{}", "(".repeat(deep), ")".repeat(deep)), 1),
        (
            format!("{}x{}", "sin(".repeat(deep), ")".repeat(deep)),
            deep + 1,
        ),
        (format!("{}x", "-".repeat(deep)), deep + 1),
        (format!("{}x", "x^".repeat(deep)), deep + 1),
        (format!("max(x{})", ", x".repeat(deep)), 2),
        (format!("x{}", ", x".repeat(deep)), 1),
        (
            (0..deep)
                .map(|i| format!("a{i} = x*x; "))
                .collect::<String>()
                + "x",
            deep + 1,
        ),
    ];
    for (source, nodes) in rows {
        assert_eq!(read(&source).expect("a source").nodes.len(), nodes);
    }
    check_error(&"(".repeat(deep), deep, "never closed");
    check_error(&format!("x{}", "(".repeat(deep)), 2, "did you mean `x*((");
    check_error(&"w".repeat(deep), 1, "unknown name `www");
}

/// Marsaglia's xorshift64: the same sources on every machine.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).expect("31 bits")
}

#[test]
fn no_source_makes_the_parser_panic() {
    let pieces: Vec<&str> = "x|y|a|b|a =|b =|;|;|,|(|)|(|)|+|-|*|/|^|^2|-3|2|.5|1e|1e9|. |\
        sin(|sin|max(|leaky_relu(|powi(|, 2)|pi|e|w|=| |\t|\n|θ|語|é|e\u{301}|×|**|[|\u{0}|🦀|\u{202e}"
        .split('|')
        .collect();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut accepted = 0;
    for _ in 0..200_000 {
        let length = next(&mut state) % 12;
        let source: String = (0..length)
            .map(|_| pieces[next(&mut state) % pieces.len()])
            .collect();
        match read(&source) {
            Ok(expression) => {
                accepted += 1;
                check_order(&expression, &source);
            }
            Err(error) => {
                let end = source.chars().count() + 1;
                assert!(
                    error.column.is_none_or(|c| (1..=end).contains(&c)),
                    "{source:?}"
                );
                assert!(error.render(&source).len() < 2000, "{source:?}");
            }
        }
    }
    assert!(accepted > 1000, "only {accepted} sources were accepted");
}

#[test]
fn arbitrary_bytes_do_not_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d;
    for _ in 0..20_000 {
        let length = next(&mut state) % 24;
        let bytes: Vec<u8> = (0..length)
            .map(|_| u8::try_from(next(&mut state) % 256).expect("a byte"))
            .collect();
        let source = String::from_utf8_lossy(&bytes);
        if let Err(error) = read(&source) {
            error.render(&source);
        }
    }
}

/// Every operand is earlier than its node, every output is a node.
fn check_order(expression: &Expression, source: &str) {
    for (index, node) in expression.nodes.iter().enumerate() {
        let operands = match &node.kind {
            Kind::Number(_) | Kind::Input(_) => vec![],
            Kind::Neg(a) | Kind::PowI(a, _) => vec![*a],
            Kind::Add(a, b)
            | Kind::Sub(a, b)
            | Kind::Mul(a, b)
            | Kind::Div(a, b)
            | Kind::Pow(a, b) => vec![*a, *b],
            Kind::Call(call) => call.operands.clone(),
        };
        assert!(operands.iter().all(|o| *o < index), "{source:?}");
    }
    assert!(!expression.outputs.is_empty(), "{source:?}");
    let nodes = expression.nodes.len();
    assert!(expression.outputs.iter().all(|o| *o < nodes), "{source:?}");
}
