//! The page replays recordings with arrays: moved element by element, its numbers are those of a
//! fresh run in Rust.

use browser::{Page, page};
use tape::{Array, Explanation, Tape, Tensor, Var};

/// Three inputs: two matrices and a vector.
type Function = fn(&Tape, Tensor, Tensor, Tensor) -> Var;

const SHAPES: [&[usize]; 3] = [&[2, 3], &[3, 2], &[3]];

fn recorded(function: Function, point: &[f64]) -> Explanation {
    let tape = Tape::without_lines();
    let part = |name: &str, shape: &[usize], from: usize| {
        let count: usize = shape.iter().product();
        tape.tensor(name, Array::new(shape, &point[from..from + count]))
    };
    let [a, b, c] = [
        part("a", SHAPES[0], 0),
        part("b", SHAPES[1], 6),
        part("c", SHAPES[2], 12),
    ];
    function(&tape, a, b, c).explain()
}

/// All values and adjoints, element by element, as the page has them; what is not there is NaN.
fn numbers(page: &Page<'_>, of: &str) -> Vec<f64> {
    let texts: Vec<String> = page.eval(&format!(
        "nodes.flatMap(node => [run.{of}[node.place]].flat().map(x => x === null ? 'NaN' : exact(x)))"
    ));
    let read = |text: &String| text.parse().expect("a number");
    texts.iter().map(read).collect()
}

fn assert_runs_alike(page: &Page<'_>, fresh: &Explanation, what: &str) {
    let close = |a: &f64, b: &f64| {
        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-10 * b.abs().max(1e-3)
    };
    for of in ["values", "adjoints"] {
        let is_value = of == "values";
        let expected = fresh.nodes().iter().flat_map(|node| match &node.array {
            Some(part) if is_value => part.value.to_vec(),
            Some(part) => part.adjoint.as_ref().map_or(vec![f64::NAN], Array::to_vec),
            None if is_value => vec![node.value],
            None => vec![node.adjoint.unwrap_or(f64::NAN)],
        });
        let expected: Vec<f64> = expected.collect();
        let found = numbers(page, of);
        assert_eq!(found.len(), expected.len(), "{what}: {of}");
        for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!(
                close(found, expected),
                "{what}: {of} {place}: {found} in the page, {expected} here"
            );
        }
    }
}

fn point(seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..15).map(|_| draw()).collect()
}

#[test]
fn arrays_replay_as_in_rust() {
    let Some(page) = page() else { return };
    let cases: [(&str, Function); 14] = [
        ("rows of the table", |_, a, b, _| {
            (a * b.t() + 1.5).tanh().square().sum() * 0.5
        }),
        ("a layer", |_, a, b, c| {
            let hidden = a.linear(b.t(), None).sigmoid();
            hidden.linear(b, Some(c)).tanh().sum()
        }),
        ("matrix products", |_, a, b, _| {
            a.matmul(b).matmul(a).exp().mean()
        }),
        ("broadcasting", |_, a, _, c| ((a + c) * c).sin().sum()),
        ("sums over axes", |_, a, b, _| {
            (a.sum_over(0) * b.sum_over(1)).square().sum() + a.mean_over(1).exp().sum()
        }),
        ("distributions", |_, a, b, _| {
            (a.softmax(1) * b.t().log_softmax(0)).sum() + a.logsumexp()
        }),
        ("cross-entropy", |_, a, _, c| (a * c).cross_entropy(&[2, 0])),
        ("pieces", |_, a, b, _| {
            let rows = Tensor::concat(&[a, b.t()], 0).slice(1, 1..3);
            (rows.reshape(&[2, 4]).permute(&[1, 0]) * 2.0)
                .square()
                .sum()
        }),
        ("stacks", |_, a, b, c| {
            (Tensor::stack(&[a, b.t()], 0) * c).sin().sum()
        }),
        ("chosen rows", |_, a, b, _| {
            b.index_select(0, [2, 0, 2, 1]).square().sum() + a.index_select(1, [1]).exp().sum()
        }),
        ("dot", |_, _, b, c| c.dot(b.sum_over(1)).tanh()),
        ("numbers among arrays", |tape, a, _, c| {
            let x = tape.var("x", 0.75);
            ((a * x).tanh().sum() * x + c.sum()).sin()
        }),
        ("attention", |_, a, b, _| {
            let weights = (a.matmul(b) * 0.5).softmax(-1);
            weights.matmul(a).square().sum()
        }),
        ("without gradient", |_, a, b, _| {
            (a.detach() * b.t()).sum() + a.square().sum()
        }),
    ];
    for (name, function) in cases {
        page.open(&recorded(function, &point(1)).html());
        assert_eq!(page.eval::<Option<String>>("data.fixed"), None, "{name}");
        for seed in [2, 3] {
            let at = point(seed);
            page.eval::<()>(&format!(
                "({at:?}.forEach((x, cell) => {{ const node = arrays.find(node => cell >= node.first && cell < node.first + node.size);
                moveInput(node, x, cell - node.first); }}), null)"
            ));
            assert_runs_alike(&page, &recorded(function, &at), name);
        }
        // What is told can be told at other inputs as well.
        page.eval::<()>("(nodes.forEach(look), go(0), go(end), nodes.forEach(look), null)");
        page.assert_quiet();
    }
}

#[test]
fn an_element_has_a_slider() {
    let Some(page) = page() else { return };
    let function: Function = |_, a, b, _| a.matmul(b).square().sum().named("J");
    let start = point(1);
    page.open(&recorded(function, &start).html());
    page.eval::<()>(
        "(look(arrays[0]), at('element').value = '1,2', at('element').onchange(), null)",
    );
    let canvas = "document.querySelector('#maps canvas').toDataURL()";
    let before: String = page.eval(canvas);
    page.eval::<()>("(document.querySelector('#element-slider input[type=range]').focus(), null)");
    (0..40).for_each(|_| page.key("ArrowRight"));
    let moved: f64 = page.eval("run.values[0][5]");
    assert!(moved > start[5]);
    let mut at = start;
    at[5] = moved;
    let fresh = recorded(function, &at);
    assert_runs_alike(&page, &fresh, "a step of the slider");
    // The focus stays on it; map, story and wires show the new numbers.
    assert_eq!(page.eval::<String>("document.activeElement.id"), "range-5");
    assert_ne!(page.eval::<String>(canvas), before);
    let shown = |x: f64| page.eval::<String>(&format!("show({x:?})"));
    let element = fresh.node_numbered(0).and_then(|node| node.array.as_ref());
    let adjoint = element.and_then(|part| part.adjoint.as_ref()?.get([1, 2]));
    let story = page.text("#element-story");
    let adjoint = shown(adjoint.expect("it has one"));
    assert!(story.ends_with(&adjoint), "{story} ends not with {adjoint}");
    let value = shown(fresh.outputs()[0].value);
    assert!(page.text("#graph").contains(&value), "{value}");
    page.click("#reset");
    assert!(page.eval::<bool>("run === recorded"));
    assert_eq!(page.eval::<String>(canvas), before);
    page.assert_quiet();
}

#[test]
fn what_arrays_the_page_cannot_replay_it_says() {
    let Some(page) = page() else { return };
    type Of = fn(&Tape) -> Var;
    let cases: [(Of, &str); 5] = [
        (
            |tape| tape.tensor("x", Array::<f64>::zeros(&[50, 50])).sum(),
            "its arrays are too large",
        ),
        (
            |tape| tape.tensor("x", Array::<f32>::zeros(&[2])).sum(),
            "single precision",
        ),
        (|tape| tape.tensor("x", [1.0, 2.0]).amax(), "it has `amax`"),
        (
            |tape| tape.tensor("x", Array::<f64>::zeros(&[0, 3])).sum(),
            "it has `sum`",
        ),
        (
            |tape| {
                let x = tape.tensor("x", [[1.0, 2.0], [0.5, 1.0]]);
                x.matmul(x).sum()
            },
            "has an operand twice",
        ),
    ];
    for (function, why) in cases {
        page.open(&function(&Tape::new()).explain().html());
        let said = page.text("#inputs");
        assert!(
            said.contains("No sliders: ") && said.contains(why),
            "{said}"
        );
        page.assert_quiet();
    }
}
