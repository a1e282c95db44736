//! The ledger as people and programs see it.
//!
//! Snapshots are plain files; run with `WRITE_SNAPSHOTS=1` to write them anew, and read the
//! difference.

use serde_json::Value;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tape::{Array, CustomOp, Explanation, Op, Sweep, Tape, Var, dot, sum};

/// Compares with a file of `tests/snapshots`, or writes it.
fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if std::env::var_os("WRITE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(
        text,
        expected.replace("\r\n", "\n"),
        "differs from {}",
        path.display()
    );
}

fn compare_all(name: &str, explanation: &Explanation) {
    compare(&format!("{name}.txt"), &explanation.to_string());
    compare(&format!("{name}.sweep.txt"), &explanation.sweep());
    compare(&format!("{name}.tex"), &explanation.latex());
    compare(&format!("{name}.md"), &explanation.markdown());
    compare(&format!("{name}.dot"), &explanation.dot());
    compare(&format!("{name}.svg"), &explanation.svg());
    compare(&format!("{name}.json"), &explanation.json().to_string());
}

/// `(x + y) z` at -2, 5, -4.
fn circuit() -> Explanation {
    let tape = Tape::without_lines();
    let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
    ((x + y).named("q") * z).named("f").explain()
}

/// The neuron of the lecture, its sigmoid taken apart.
fn neuron() -> Explanation {
    let tape = Tape::without_lines();
    let [w0, x0, w1, x1, w2] = [
        ("w0", 2.0),
        ("x0", -1.0),
        ("w1", -3.0),
        ("x1", -2.0),
        ("w2", -3.0),
    ]
    .map(|(name, v)| tape.var(name, v));
    let z = (w0 * x0 + w1 * x1 + w2).named("z");
    (1.0 / (1.0 + (-z).exp())).named("f").explain()
}

/// A bit of everything: two outputs, literals, an attribute, lists, a custom op, a path cut off,
/// a zero that hides an infinity.
fn medley() -> Explanation {
    let double = CustomOp::define("double", &[1.0], |x| x[0] * 2.0).unwrap();
    let tape = Tape::without_lines();
    let (w, t) = (tape.var("w[1][2,3]", 0.5), tape.var("theta", 0.0));
    tape.var("unused", 7.0);
    let unnamed = tape.leaf(1e-7);
    let a = (w.powi(3) - w.leaky_relu(0.1)).named("a'");
    let b = double.call(&[t]).sqrt() * t.detach();
    let c = dot(&[w, t], &[unnamed, w]) + sum(&[w; 12]) - w.clamp(-1.0, 0.5) * -3.0;
    let k = a.select(c, b).named("k");
    tape.explain(&[(k + w * w).named("out"), k])
}

/// Names that want to be something else.
const HOSTILE: [&str; 16] = [
    "<b>&amp;</b><script>alert(1)</script>",
    "\"; rm -rf / #",
    "a\nb\r\nc\td",
    "\\end{document} \\input{x} $x^2$ % & # _ ~ {}",
    "| `code` | *bold* ``",
    "שלום \u{202e}evil\u{2066}",
    "\u{1b}[31mred\u{0}\u{7f}\u{85}",
    "x + y",
    "3",
    "NaN",
    "🦀 ∂f/∂x",
    "\u{2028}",
    "w[1][2,3",
    "''",
    "]]>",
    "λ_2'",
];

fn hostile() -> Explanation {
    let evil = CustomOp::define("</b>\n\"|`\\evil{\u{202e}", &[1.0, 1.0], |x| x[0] * x[1]).unwrap();
    let tape = Tape::without_lines();
    let vars = HOSTILE.map(|name| tape.var(name, 2.0));
    let pairs = vars
        .chunks(2)
        .map(|pair| evil.call(pair))
        .collect::<Vec<_>>();
    sum(&pairs).powi(2).named(HOSTILE[0]).explain()
}

/// A layer and its cost, as arrays: data, matrices, a bias that is repeated, a reduction, a number.
fn layer() -> Explanation {
    let tape = Tape::without_lines();
    let x = tape
        .constant([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
        .named("X");
    let y = tape.constant([[0.75], [0.82], [0.93]]).named("y");
    let w1 = tape.tensor("W1", [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]);
    let b1 = tape.tensor("b1", [0.0, 0.1, -0.1]);
    let w2 = tape.tensor("W2", [[0.7], [-0.5], [0.2]]);
    let rate = tape.var("lambda", 0.01);
    let a2 = (x.matmul(w1) + b1).sigmoid().named("a2");
    let z3 = a2.matmul(w2).named("z3");
    let cost = ((z3.sigmoid() - y).square().sum() / 2.0).named("J");
    (cost + rate * w2.square().sum()).named("loss").explain()
}

/// A layer whose output has a cotangent, and hooks that clip, replace and look on the way back.
fn hooked() -> Explanation {
    let tape = Tape::without_lines();
    let x = tape.constant([[0.3, 1.0], [0.5, 0.2]]).named("X");
    let w = tape.tensor("W", [[0.5, -0.4], [-0.2, 0.1]]);
    let rate = tape.var("lambda", 0.01);
    let h = x.matmul(w).named("h");
    let y = (h.square() + h * rate).named("y");
    Sweep::new()
        .hook(h, |adjoint| {
            *adjoint = adjoint.map(|a| f64::clamp(a, -0.5, 0.5))
        })
        .hook(h, |adjoint| *adjoint = adjoint.map(|a| 2.0 * a))
        .hook(w, |_| ())
        .hook_number(rate, |adjoint| *adjoint = 1.0)
        .explain_vjp(y, &[[1.0, -2.0], [3.0, 0.0]].into())
}

/// Scopes within scopes, of odd names, with nodes to mark: a NaN, a kink, a cancellation.
fn scoped() -> Explanation {
    let tape = Tape::without_lines();
    let (x, y) = (tape.var("x", 0.0), tape.var("y", 1e-6));
    let h = tape.scope("encoder", || {
        let a = tape.scope("layer \"1\" \\ <b>", || (2.0 * x).relu().named("a"));
        tape.scope("", || tape.scope("}; x\n\u{202e}", || a + y))
    });
    let lost = tape.scope("2: cosines", || (1.0 - h.cos()).named("lost"));
    ((lost + x) * (y - 1.0).sqrt()).named("f").explain()
}

#[test]
fn scopes_are_clusters_and_stories_are_marks() {
    let explanation = scoped();
    compare("scoped.dot", &explanation.dot());
    assert!(!explanation.svg().contains("class=\"mark\""));
    let marked = explanation.marked().svg();
    for mark in ['!', '∠', '≈'] {
        assert!(marked.contains(&format!(">{mark}<title>")), "{marked}");
    }
    compare("scoped.svg", &marked);
}

#[test]
fn snapshots_of_every_view() {
    compare_all("hooked", &hooked());
    compare_all("layer", &layer());
    compare_all("circuit", &circuit());
    compare_all("neuron", &neuron().digits(2));
    compare_all("medley", &medley());
    compare_all("hostile", &hostile());
}

#[test]
fn numbers_are_shown_as_wished() {
    let tape = Tape::without_lines();
    let z = tape.var("z", 1.0);
    let f = z.sigmoid().named("f");
    let value =
        |explanation: Explanation| explanation.ledger(f).lines().next().unwrap().to_string();
    assert_eq!(value(f.explain()), "f = sigmoid(z) = 0.731059");
    assert_eq!(value(f.explain().digits(2)), "f = sigmoid(z) = 0.73");
    assert_eq!(
        value(f.explain().exact()),
        "f = sigmoid(z) = 0.7310585786300049"
    );
    assert!(
        f.explain()
            .digits(2)
            .json()
            .to_string()
            .contains("0.7310585786300049")
    );
}

#[test]
fn source_lines_stand_beside_their_nodes() {
    let tape = Tape::new();
    let x = tape.var("x", 1.0);
    let line = line!() - 1;
    let explanation = x.exp().explain();
    assert!(explanation.ledger(x).starts_with(&format!(
        "x = 1 (input){:31}{}:{line}\n",
        "",
        file!()
    )));
    assert!(
        explanation
            .markdown()
            .contains(&format!("| `{}:{line}` |\n", file!()))
    );
}

/// Of a JSON text: the operands of each node come before it, ids count from 0, and terms name
/// children that have the node for an operand.
fn check_json(json: &Value) {
    let nodes = json["nodes"].as_array().unwrap();
    let operands = |node: &Value| -> Vec<u64> {
        node["operands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|operand| operand.as_u64().unwrap())
            .collect()
    };
    for (id, node) in nodes.iter().enumerate() {
        assert_eq!(node["id"], id);
        assert!(operands(node).iter().all(|&operand| operand < id as u64));
        if node["op"] == "const" {
            assert!(node["adjoint"].is_null() && node["name"].is_null());
            assert_eq!(node["terms"], Value::Array(Vec::new()));
        }
        let mut sum: Option<f64> = None;
        for term in node["terms"].as_array().unwrap() {
            if let Some(child) = term["child"].as_u64() {
                assert!(operands(&nodes[child as usize]).contains(&(id as u64)));
            }
            let contribution = term["contribution"].as_f64().unwrap();
            sum = Some(sum.map_or(contribution, |sum| sum + contribution));
        }
        if node["op"] != "const" {
            assert_eq!(
                node["adjoint"].as_f64().unwrap().to_bits(),
                sum.unwrap_or(0.0).to_bits()
            );
        }
    }
}

#[test]
fn json_reads_back() {
    for explanation in [circuit(), neuron(), hostile()] {
        let json: Value = serde_json::from_str(&explanation.json().to_string()).unwrap();
        check_json(&json);
        assert_eq!(
            json["value"].as_f64().unwrap(),
            explanation.outputs()[0].value
        );
        for (input, &derivative) in explanation.inputs().zip(&explanation.jacobian()[0]) {
            assert_eq!(
                json["gradient"][&input.label].as_f64().unwrap().to_bits(),
                derivative.to_bits()
            );
        }
        let names: Vec<&str> = json["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            explanation
                .inputs()
                .map(|input| &input.label[..])
                .collect::<Vec<_>>()
        );
    }
    let json: Value = serde_json::from_str(&hostile().json().to_string()).unwrap();
    assert_eq!(json["inputs"][5], HOSTILE[5]);
    assert!(!hostile().json().to_string().contains('\n'));
}

#[test]
fn json_shows_literals_and_attributes_and_both_terms_of_a_square() {
    let tape = Tape::new();
    let x = tape.var("x", 2.0);
    let f = 3.0 - (x * x).powi(3).clamp(-1.0, 100.0);
    let json: Value = serde_json::from_str(&f.explain().json().to_string()).unwrap();
    check_json(&json);
    let nodes = json["nodes"].as_array().unwrap();
    let ops: Vec<&str> = nodes
        .iter()
        .map(|node| node["op"].as_str().unwrap())
        .collect();
    assert_eq!(
        ops,
        [
            "input", "mul", "powi", "const", "const", "clamp", "const", "sub"
        ]
    );
    assert_eq!(nodes[0]["terms"].as_array().unwrap().len(), 2);
    assert_eq!(nodes[2]["attribute"], 3);
    assert!(nodes[1].get("attribute").is_none());
    assert_eq!(
        (&nodes[5]["operands"][1], &nodes[3]["value"]),
        (&Value::from(3), &Value::from(-1.0))
    );
    assert_eq!(nodes[7]["operands"], Value::from(vec![6, 5]));
    assert_eq!(nodes[7]["terms"][0]["child"], Value::Null);
}

#[test]
fn json_of_several_outputs_has_a_jacobian() {
    let tape = Tape::new();
    let (x, y) = (tape.var("x", 2.0), tape.leaf(0.0));
    let explanation = tape.explain(&[x * x, Var::constant(4.0), x / y]);
    let json = explanation
        .json()
        .hessians(vec![vec![vec![2.0]]; 3])
        .derivatives(vec![1.0, f64::NAN]);
    assert_eq!(
        json.clone().without_nodes().to_string(),
        r#"{"value":[4.0,4.0,"inf"],"jacobian":[{"x":4.0,"x1":0.0},{"x":0.0,"x1":0.0},{"x":"inf","x1":"-inf"}],"#
            .to_string()
            + r#""inputs":["x","x1"],"hessian":[[[2.0]],[[2.0]],[[2.0]]],"derivatives":[1.0,"nan"]}"#
    );
    let json: Value = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(json["nodes"][0]["adjoint"], "inf");
    let one = (x * x).explain();
    let one = one
        .json()
        .hessians(vec![vec![vec![2.0, 0.0], vec![0.0, 0.0]]])
        .without_nodes();
    assert!(
        one.to_string()
            .ends_with(r#""hessian":[[2.0,0.0],[0.0,0.0]]}"#)
    );
}

/// Whether hostile text stays inside the structure of a view.
#[test]
fn hostile_names_stay_names() {
    let explanation = hostile();
    for text in [
        explanation.to_string(),
        explanation.sweep(),
        explanation.markdown(),
        explanation.dot(),
    ] {
        let unsafe_for_terminals = |c: char| c.is_control() && c != '\n';
        assert!(
            !text
                .chars()
                .any(|c| unsafe_for_terminals(c)
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}'))
        );
    }
    let rows = explanation.markdown();
    for row in rows.lines() {
        assert_eq!(row.matches('|').count(), 6, "{row}");
        assert_eq!(row.matches('`').count() % 2, 0);
    }
    assert!(
        explanation.dot().contains("&lt;script&gt;") && !explanation.dot().contains("<script>")
    );
    let tex = explanation.latex();
    assert!(tex.is_ascii());
    assert_eq!(tex.matches("\\end{document}").count(), 1);
    let broken = tex.replace("\\allowbreak{}", "");
    assert!(broken.contains("\\textbackslash{}end\\{document\\}"));
    assert!(tex.contains("{\\lambda'}") || tex.contains("\\ensuremath{\\lambda}"));
}

/// A tool of the machine, run on `text`; `None` if it is not there.
fn run(tool: &str, arguments: &[&str], file: &str, text: &str) -> Option<(bool, String)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explain_views");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), text).unwrap();
    let command = Command::new(tool)
        .args(arguments)
        .arg(file)
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output();
    let Ok(output) = command else {
        // Not by a macro, whose output the test harness would keep to itself.
        let _ = writeln!(
            io::stderr(),
            "{tool} is not at hand: what it makes of {file} is not tried"
        );
        return None;
    };
    Some((
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

/// An explanation of every operation of the table.
fn every_operation() -> Explanation {
    let tape = Tape::without_lines();
    let mut outputs = Vec::new();
    for &op in Op::ALL {
        let info = op.info();
        let domain = info.domain.iter().cycle().take(info.domain.len().max(2));
        let operands: Vec<Var> = domain
            .map(|(low, high)| tape.var(op.info().name, (low + high) / 2.0))
            .collect();
        let attribute = info.attributes.first().copied().unwrap_or(0.0);
        let one = op
            .apply(&operands, attribute)
            .or_else(|| op.apply(&operands[..1], attribute));
        outputs.push(one.unwrap());
    }
    tape.explain(&outputs)
}

/// What is too wide for a line: many terms, names as PyTorch has them, rows of many numbers.
fn wide() -> Explanation {
    let tape = Tape::without_lines();
    let long = tape.var("m".repeat(100_000), 1.0 / 3.0);
    let name = |n: usize| format!("encoder.layers.{n}.self_attn.in_proj_weight");
    let terms: Vec<Var> = (0..40)
        .map(|n| {
            let weight = tape.var(name(n), -1.0 / 7.0 - n as f64);
            (weight * long).named(format!("layer{n}.output"))
        })
        .collect();
    let row = tape.tensor("encoder.bias", [-1.0 / 3.0; 12]);
    let column = tape.tensor("a_weight_of_16__", [[1.0 / 3.0]; 12]);
    let cube = tape.tensor("cube", Array::full(&[2, 3, 2], 0.5));
    let sums = row.reshape(&[1, 12]).matmul(column).sum() + cube.exp().sum() + row.mean();
    let product = row.tanh() * column.reshape(&[12]);
    (sum(&terms) + sums + product.sum())
        .named("loss")
        .explain()
        .exact()
}

#[test]
fn latex_documents_compile() {
    for (name, explanation) in [
        ("circuit", circuit()),
        ("neuron", neuron().digits(2)),
        ("medley", medley()),
        ("layer", layer()),
        ("hooked", hooked()),
        ("hostile", hostile()),
        ("wide", wide()),
        ("operations", every_operation()),
    ] {
        let tex = explanation.latex();
        assert_eq!(
            tex.matches("\\left").count(),
            tex.matches("\\right").count()
        );
        assert_eq!(
            tex.matches("\\begin").count(),
            tex.matches("\\end").count() - tex.matches("\\endash").count()
        );
        let arguments = ["-interaction=nonstopmode", "-halt-on-error"];
        let Some((success, log)) = run("pdflatex", &arguments, &format!("{name}.tex"), &tex) else {
            return;
        };
        assert!(success, "{name}: {log}");
        // A few letters into the margin are not seen.
        let overfull = log
            .lines()
            .filter_map(|line| line.strip_prefix("Overfull \\hbox ("));
        let beyond: Vec<&str> = overfull
            .filter(|line| {
                let points = line
                    .split("pt")
                    .next()
                    .and_then(|points| points.parse().ok());
                points.is_none_or(|points: f64| points > 10.0)
            })
            .collect();
        assert!(beyond.is_empty(), "{name} runs off the page: {beyond:?}");
    }
}

#[test]
fn drawings_are_drawn() {
    for (name, explanation) in [
        ("circuit", circuit()),
        ("medley", medley()),
        ("hostile", hostile()),
        ("scoped", scoped()),
        ("hooked", hooked()),
        ("operations", every_operation()),
    ] {
        let Some((success, svg)) = run(
            "dot",
            &["-Tsvg"],
            &format!("{name}.dot"),
            &explanation.dot(),
        ) else {
            return;
        };
        assert!(success, "{name}");
        assert_eq!(
            svg.matches("class=\"node\"").count(),
            explanation.nodes().len()
        );
    }
}

#[test]
fn a_page_holds_hostile_names_as_text() {
    let page = hostile().html();
    for (tag, count) in [("<script", 2), ("</script", 2), ("<svg", 1), ("</style", 1)] {
        assert_eq!(page.matches(tag).count(), count, "{tag}");
    }
    let circuit = circuit().html();
    assert!(!circuit.contains("{{") && !circuit.contains("http://localhost"));
    for part in ["\"reads\":\"q * z\",", "\"value\":-12.0,\"adjoint\":1.0"] {
        assert!(circuit.contains(part), "{part}");
    }
}

/// What a page needs: a megabyte for two thousand nodes, source and all.
#[test]
fn a_page_of_two_thousand_nodes_is_below_a_megabyte() {
    let tape = Tape::new();
    let (mut v, k) = (tape.var("v", 0.3), tape.var("k", 0.99));
    for _ in 0..400 {
        v = (v * k + 0.01).sin() + v * 0.5;
    }
    let explanation = v.explain();
    assert!(explanation.nodes().len() >= 2000);
    let bytes = explanation.html().len();
    assert!(bytes < 1_000_000, "{bytes}");
}

#[test]
fn a_ledger_is_saved_by_the_end_of_its_name_or_the_old_file_stays() {
    let folder = std::env::temp_dir().join(format!("chainrule-saved-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, start) in [
        ("a.html", "<!doctype html>"),
        ("a.SVG", "<svg"),
        ("a.dot", "digraph"),
        ("a.tex", "\\documentclass"),
        ("a.json", "{"),
        ("a.txt", "f = -12"),
    ] {
        let path = folder.join(name);
        circuit().save(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(start), "{name}: {}", &text[..40]);
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 6);
    let told = |name: &str| circuit().save(folder.join(name)).unwrap_err().to_string();
    assert!(told("a.exe").contains("a ledger is saved as .html"));
    assert!(told("nowhere/a.svg").contains("a.svg"));
    std::fs::create_dir(folder.join("taken.svg")).unwrap();
    assert!(told("taken.svg").contains("taken.svg"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 7);
    std::fs::remove_dir_all(&folder).unwrap();
}
