//! Contractions, convolutions and pooling against PyTorch: values and gradients.
//!
//! The numbers and the script that made them stand in `reference/`.

use std::collections::BTreeMap;
use tape::{Array, Conv, Pool, Tape, Tensor};

/// As `sample` of the script.
fn sample(shape: &[usize], i: usize) -> Array {
    let count = shape.iter().product();
    let element = |k: usize| (((37 * k + 11 * i) % 64) as f64 - 31.5) / 16.0;
    Array::new(shape, (0..count).map(element).collect::<Vec<f64>>())
}

/// The operation of a case, with the shapes of its operands.
fn apply(case: &str, x: &[Tensor]) -> Tensor {
    if let Some(pattern) = case.strip_prefix("einsum ") {
        return Tensor::einsum(pattern, x);
    }
    let conv = Conv::new();
    match (case, x) {
        ("conv1d", &[x, w, b]) => x.conv1d(w, b, conv.stride(2).padding(1).dilation(2).groups(2)),
        ("conv2d", &[x, w, b]) => {
            x.conv2d(w, b, conv.stride([2, 1]).padding([1, 0]).dilation([1, 2]))
        }
        ("conv2d in blocks", &[x, w]) => x.conv2d(w, None, conv.stride(2).padding(1)),
        ("conv2d depthwise, same", &[x, w]) => x.conv2d(w, None, conv.same().groups(3)),
        ("conv_transpose1d", &[x, w, b]) => {
            x.conv_transpose1d(w, b, conv.stride(2).padding(1).output_padding(1))
        }
        ("conv_transpose2d", &[x, w, b]) => {
            let conv = conv.stride([2, 3]).padding([1, 0]).dilation([2, 1]);
            x.conv_transpose2d(w, b, conv.output_padding([1, 2]).groups(2))
        }
        ("conv_transpose2d in blocks", &[x, w]) => {
            x.conv_transpose2d(w, None, conv.stride(2).padding(1))
        }
        ("max_pool1d", &[x]) => x.max_pool1d(Pool::new(3).stride(2).padding(1)),
        ("max_pool2d", &[x]) => {
            let windows = Pool::new([3, 2]).stride([2, 1]).padding(1);
            x.max_pool2d(windows.ceil_mode(true))
        }
        ("max_pool2d dilated", &[x]) => x.max_pool2d(Pool::new(2).stride(1).padding(1).dilation(2)),
        ("avg_pool1d", &[x]) => x.avg_pool1d(Pool::new(3).stride(2).padding(1)),
        ("avg_pool2d", &[x]) => {
            x.avg_pool2d(Pool::new([3, 2]).stride(2).padding(1).ceil_mode(true))
        }
        ("avg_pool2d without padding", &[x]) => {
            let windows = Pool::new(3).stride(2).padding(1).ceil_mode(true);
            x.avg_pool2d(windows.count_include_pad(false))
        }
        ("adaptive_avg_pool2d", &[x]) => x.adaptive_avg_pool2d([3, 4]),
        ("adaptive_max_pool2d", &[x]) => x.adaptive_max_pool2d([3, 4]),
        ("adaptive_avg_pool1d", &[x]) => x.adaptive_avg_pool1d(3),
        ("adaptive_max_pool1d", &[x]) => x.adaptive_max_pool1d(5),
        ("unfold", &[x]) => x.unfold([3, 2], conv.stride([2, 1]).padding([1, 0]).dilation([1, 2])),
        ("fold", &[x]) => {
            let conv = conv.stride([2, 1]).padding([1, 0]).dilation([1, 2]);
            x.fold([5, 4], [3, 2], conv)
        }
        ("bilinear", &[x, w, y]) => x.bilinear(w, y),
        _ => panic!("{case} of {} operands", x.len()),
    }
}

#[track_caller]
fn same(case: &str, what: &str, got: &Array, want: &Array) {
    assert_eq!(got.shape(), want.shape(), "{case}: the shape of {what}");
    let scale = want.as_slice().iter().fold(1.0f64, |m, x| m.max(x.abs()));
    for (k, (got, want)) in got.as_slice().iter().zip(want.as_slice()).enumerate() {
        let close = (got - want).abs() <= 1e-13 * scale || got == want;
        assert!(
            close,
            "{case}: {what}, element {k}: {got}, and PyTorch has {want}"
        );
    }
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let mut cases: BTreeMap<&str, Vec<Array>> = BTreeMap::new();
    for line in include_str!("reference/contract.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [case, _, shape, elements] = fields[..] else {
            panic!("four fields in: {line}")
        };
        let numbers = |text: &str| text.split(',').filter(|text| !text.is_empty()).count();
        let shape: Vec<usize> = shape
            .split(',')
            .take(numbers(shape))
            .map(|n| n.parse().unwrap())
            .collect();
        let elements: Vec<f64> = elements.split(',').map(|n| n.parse().unwrap()).collect();
        cases
            .entry(case)
            .or_default()
            .push(Array::new(&shape, elements));
    }
    assert!(cases.len() > 30, "{} cases", cases.len());
    for (case, arrays) in cases {
        let (y, gradients) = arrays.split_first().expect("a value comes first");
        let tape = Tape::new();
        let x: Vec<Tensor> = gradients
            .iter()
            .enumerate()
            .map(|(i, g)| tape.tensor("x", sample(g.shape(), i)))
            .collect();
        let found = apply(case, &x);
        same(case, "the value", &found.to_array(), y);
        let g = found.vjp(&sample(y.shape(), 9));
        for (i, want) in gradients.iter().enumerate() {
            let got = g.array(x[i]).expect("a path leads to every operand");
            same(case, &format!("the gradient by operand {i}"), &got, want);
        }
    }
}
