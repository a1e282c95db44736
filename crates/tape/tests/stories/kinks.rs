//! Kinks are found where they are, with both sides.

use tape::{Tape, Tensor};

#[test]
fn nearness_is_relative_to_1_and_to_the_operands() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 1e-7);
    let big = tape.var("big", 1e9 + 50.0);
    let loss = x.relu() + big.max(1e9);
    let explanation = loss.explain();
    assert_eq!(explanation.kinks(0.0).found.len(), 0);
    assert_eq!(explanation.kinks(1e-8).found.len(), 0);
    let found = explanation.kinks(1e-6).found;
    assert_eq!(found.len(), 2);
    let relu = &found[0].nearest[0];
    assert_eq!((relu.distance(), relu.kink), (1e-7, 0.0));
    assert_eq!(
        (
            relu.below.slopes[0],
            relu.taken.slopes[0],
            relu.above.slopes[0]
        ),
        (0.0, 1.0, 1.0)
    );
    let max = &found[1].nearest[0];
    assert_eq!(
        (max.below.slopes.to_vec(), max.above.slopes.to_vec()),
        (vec![0.0, 1.0], vec![1.0, 0.0])
    );
    for nothing in [f64::NAN, -1.0] {
        assert!(explanation.kinks(nothing).found.is_empty());
    }
    assert!(explanation.kinks(f64::INFINITY).found.len() >= 2);
}

#[test]
fn jumps_ends_and_corners_are_told() {
    let tape = Tape::without_lines();
    let (x, zero) = (tape.var("x", 2.0), tape.var("zero", 0.0));
    let parts = [
        x.floor().named("floor"),
        zero.sqrt().named("sqrt"),
        zero.select(x, x * 2.0).named("select"),
        zero.hypot(x - 2.0).named("hypot"),
        x.clamp(2.0, 3.0).named("clamp"),
        zero.abs().named("abs"),
        tape::norm(&[zero, zero]).named("norm"),
        (zero * 0.5).elu(0.5).named("elu"),
    ];
    let loss = parts.iter().copied().reduce(|a, b| a + b).unwrap();
    assert_eq!(
        loss.explain().kinks(0.0).to_string(),
        "\
floor = floor(x), at a kink: x = 2
    floor: below 1, taken 2, above 2
    dfloor/dx: below 0, taken 0, above 0
sqrt = sqrt(zero), at a kink: zero = 0
    sqrt: below NaN, taken 0, above 0
    dsqrt/dzero: below NaN, taken inf, above inf
select = select(zero, x, v4), at a kink: zero = 0
    select: below 4, taken 4, above 2
    dselect/dzero: below 0, taken 0, above 0
    dselect/dx: below 0, taken 0, above 1
    dselect/dv4: below 1, taken 1, above 0
hypot = hypot(zero, v6), at a kink: zero = 0
    dhypot/dzero: below -1, taken 0, above 1
clamp = clamp(x, 2, 3), at a kink: x = 2
    dclamp/dx: below 0, taken 0, above 1
    dclamp/d2: below 1, taken 1, above 0
abs = abs(zero), at a kink: zero = 0
    dabs/dzero: below -1, taken 0, above 1
norm = norm(zero, zero), at a kink: zero = 0
    dnorm/dzero: below -1, taken 0, above 1
elu = elu(v13, 0.5), at a kink: v13 = 0
    delu/dv13: below 0.5, taken 0.5, above 1
"
    );
}

#[test]
fn smooth_points_and_kinks_without_two_sides_are_not() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.0);
    let loss = x.trunc() + x.elu(1.0) + x.leaky_relu(1.0) + x.softplus() + x % 2.0 + x.gelu();
    assert_eq!(loss.explain().kinks(0.0).to_string(), "no kinks within 0\n");
}

#[test]
fn elements_of_arrays_are_counted_and_the_nearest_told() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[0.0, 1e-9, -2e-9], [3.0, -1e-8, 5e-10]]);
    let h = x.relu().named("h");
    let loss = h.sum();
    let kinks = loss.explain().kinks(5e-9);
    assert_eq!((kinks.found.len(), kinks.found[0].count), (1, 4));
    assert_eq!(
        kinks.to_string(),
        "\
h = relu(x), 4 elements
    at a kink: x[0,0] = 0
    near a kink: x[1,2] = 5e-10 is 5e-10 above 0
    near a kink: x[0,1] = 1e-9 is 1e-9 above 0
    dh/dx[0,0]: below 0, taken 0, above 1
"
    );
}

#[test]
fn ties_of_reductions_and_of_pooling_are_kinks() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[1.0, 3.0, 3.0], [2.0, 0.0, 1.0], [5.0, 5.0, 5.0]]);
    let m = x.amax_over(1).named("m");
    let found = m.sum().explain().kinks(0.0).found;
    assert_eq!((found[0].at.label.as_str(), found[0].count), ("m", 2));
    let [two, three] = &found[0].nearest[..] else {
        panic!("two ties")
    };
    assert_eq!(
        (two.index.clone(), two.taken.slopes[0]),
        (Some(vec![0, 1]), 0.5)
    );
    assert_eq!(
        (three.index.clone(), three.taken.slopes[0]),
        (Some(vec![2, 0]), 1.0 / 3.0)
    );

    let image: Tensor = tape.tensor("image", [[[[1.0, 4.0, 0.0, 0.0], [4.0, 2.0, 1.0, 0.5]]]]);
    let pooled = image.max_pool2d(2).named("p");
    let found = pooled.sum().explain().kinks(0.0).found;
    assert_eq!(found[0].count, 1);
    let tie = &found[0].nearest[0];
    assert_eq!(
        (tie.index.clone(), tie.taken.slopes[0]),
        (Some(vec![0, 0, 0, 1]), 1.0)
    );
}

#[test]
fn a_kink_that_the_gradient_does_not_see_is_said_to_be() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.0);
    let loss = x.relu() * 0.0 + x;
    let kinks = loss.explain().kinks(0.0);
    assert!(!kinks.found[0].is_seen);
    assert_eq!(kinks.nodes().count(), 1);
}

#[test]
fn ties_of_sorting_and_norms_at_the_origin_are_kinks() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[1.0, 3.0, 1.0], [2.0, 5.0, 4.0]]);
    let sorted = x.sort(1, false).0.named("sorted");
    let top = x.topk(2, 1).0.named("top");
    let norm = (x - tape.constant([[1.0, 3.0, 1.0], [0.0, 0.0, 0.0]]))
        .named("d")
        .norm_over(1)
        .named("norm");
    let loss = sorted.sum() + (top * tape.constant([[1.0, 2.0], [3.0, 4.0]])).sum() + norm.sum();
    let kinks = loss.explain().kinks(1e-9);
    let told: Vec<(&str, usize)> = kinks
        .found
        .iter()
        .map(|kink| (kink.at.label.as_str(), kink.count))
        .collect();
    // In order 1 = 1; of the largest two, 3 and 1, the second could be the other 1.
    assert_eq!(told, [("sorted", 1), ("top", 1), ("norm", 1)]);
    let slopes = |kink: &tape::story::Kink| {
        let place = &kink.nearest[0];
        [&place.below, &place.taken, &place.above].map(|side| side.slopes[0])
    };
    assert_eq!(slopes(&kinks.found[0]), [1.0, 1.0, 0.0]);
    assert_eq!(slopes(&kinks.found[1]), [0.0, 1.0, 1.0]);
    assert_eq!(slopes(&kinks.found[2]), [-1.0, 0.0, 1.0]);
    // Elements gathered by other indices have no order.
    assert!(
        x.gather(1, [[0, 2], [0, 1]])
            .sum()
            .explain()
            .kinks(1e-9)
            .found
            .is_empty()
    );
}
