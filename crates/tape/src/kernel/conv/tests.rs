//! Every way to convolve against the sum by definition.

use super::*;

/// The lengths of one case: images, groups, channels of a group, then as [`Sliding`].
struct Case {
    images: usize,
    groups: usize,
    channels: [usize; 2],
    input: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [[usize; 2]; 2],
    dilation: [usize; 2],
}

const PLAIN: Case = Case {
    images: 1,
    groups: 1,
    channels: [1, 1],
    input: [5, 5],
    kernel: [2, 2],
    stride: [1, 1],
    padding: [[0, 0], [0, 0]],
    dilation: [1, 1],
};

#[rustfmt::skip]
const CASES: &[Case] = &[
    PLAIN,
    Case { images: 3, channels: [2, 5], input: [9, 11], kernel: [3, 2], ..PLAIN },
    Case { images: 2, channels: [1, 8], input: [28, 28], kernel: [5, 5], ..PLAIN },
    Case { images: 5, channels: [8, 16], input: [12, 12], kernel: [5, 5], ..PLAIN },
    Case { images: 2, groups: 2, channels: [3, 9], input: [12, 13], kernel: [3, 3], stride: [2, 2], padding: [[1, 1], [1, 1]], ..PLAIN },
    Case { images: 2, groups: 3, input: [10, 9], kernel: [3, 3], padding: [[1, 1], [1, 1]], ..PLAIN },
    Case { channels: [2, 3], input: [13, 14], kernel: [3, 4], stride: [3, 2], padding: [[2, 0], [0, 3]], dilation: [2, 3], ..PLAIN },
    Case { channels: [2, 3], input: [16, 9], kernel: [4, 2], stride: [2, 1], padding: [[1, 2], [0, 0]], dilation: [3, 1], ..PLAIN },
    Case { channels: [2, 3], input: [9, 9], kernel: [1, 1], stride: [2, 2], ..PLAIN },
    Case { images: 2, channels: [70, 3], input: [6, 6], kernel: [3, 3], padding: [[1, 1], [1, 1]], ..PLAIN },
    Case { images: 2, channels: [3, 90], input: [6, 6], kernel: [3, 3], padding: [[1, 1], [1, 1]], ..PLAIN },
    Case { images: 2, channels: [3, 100], input: [6, 7], kernel: [2, 3], ..PLAIN },
    Case { channels: [3, 2], input: [70, 90], kernel: [3, 3], ..PLAIN },
    Case { images: 2, channels: [3, 5], input: [1, 300], kernel: [1, 7], padding: [[0, 0], [3, 3]], ..PLAIN },
    Case { images: 2, channels: [3, 5], input: [1, 61], kernel: [1, 4], stride: [1, 3], dilation: [1, 2], ..PLAIN },
    Case { images: 9, channels: [3, 5], input: [5, 6], kernel: [4, 5], ..PLAIN },
    Case { images: 4, groups: 2, channels: [2, 3], input: [3, 12], kernel: [3, 3], ..PLAIN },
    Case { images: 1, channels: [1, 2], input: [3, 3], kernel: [5, 2], padding: [[4, 4], [1, 1]], ..PLAIN },
    Case { channels: [40, 7], input: [1, 4100], kernel: [1, 2], ..PLAIN },
];

impl Case {
    fn convolution(&self) -> Convolution {
        let output = std::array::from_fn(|axis| {
            let reach = (self.kernel[axis] - 1) * self.dilation[axis] + 1;
            let padded = self.input[axis] + self.padding[axis][0] + self.padding[axis][1];
            (padded - reach) / self.stride[axis] + 1
        });
        Convolution {
            sliding: Sliding {
                input: self.input,
                kernel: self.kernel,
                output,
                stride: self.stride,
                before: self.padding.map(|[before, _]| before),
                dilation: self.dilation,
            },
            images: self.images,
            groups: self.groups,
            inputs: self.channels[0],
            outputs: self.channels[1],
        }
    }
}

/// Small whole numbers: every order of additions is exact, in single precision too.
fn numbers<T: Element>(count: usize, seed: usize) -> Vec<T> {
    let number = |i: usize| (i * 7919 + seed * 104_729) % 1009 % 7;
    (0..count)
        .map(|i| T::from_f64(number(i) as f64 - 3.0))
        .collect()
}

/// Visits every product: places in `y`, `w` and `x`.
fn products(own: &Convolution, mut visit: impl FnMut([usize; 3])) {
    let ([height, width], [p, q], [kh, kw]) =
        (own.sliding.input, own.sliding.output, own.sliding.kernel);
    let inside = |axis: usize, o: usize, k: usize| {
        (o * own.sliding.stride[axis] + k * own.sliding.dilation[axis])
            .checked_sub(own.sliding.before[axis])
            .filter(|&place| place < own.sliding.input[axis])
    };
    for (n, o, c) in (0..own.images).flat_map(|n| {
        (0..own.groups * own.outputs).flat_map(move |o| (0..own.inputs).map(move |c| (n, o, c)))
    }) {
        let plane = n * own.groups * own.inputs + o / own.outputs * own.inputs + c;
        for (p_at, i) in (0..p).flat_map(|p| (0..kh).map(move |i| (p, i))) {
            for (q_at, j) in (0..q).flat_map(|q| (0..kw).map(move |j| (q, j))) {
                if let (Some(row), Some(column)) = (inside(0, p_at, i), inside(1, q_at, j)) {
                    let y = ((n * own.groups * own.outputs + o) * p + p_at) * q + q_at;
                    let w = ((o * own.inputs + c) * kh + i) * kw + j;
                    visit([y, w, (plane * height + row) * width + column]);
                }
            }
        }
    }
}

/// Checks all three, with what `spoil` makes of `y`, `w` and `x`.
fn check<T: Element>(case: &Case, number: usize, spoil: impl Fn([&mut [T]; 3])) {
    let own = case.convolution();
    let [[p, q], [height, width]] = [own.sliding.output, own.sliding.input];
    let lengths =
        |channels: usize, rows: usize, columns: usize| [own.images, channels, rows, columns];
    let y_lengths = lengths(own.groups * own.outputs, p, q);
    let x_lengths = lengths(own.groups * own.inputs, height, width);
    let w_lengths = [
        own.groups * own.outputs,
        own.inputs,
        own.sliding.kernel[0],
        own.sliding.kernel[1],
    ];
    let count = |lengths: [usize; 4]| lengths.iter().product::<usize>();
    let (mut y, mut w, mut x) = (
        numbers::<T>(count(y_lengths), 1),
        numbers::<T>(count(w_lengths), 2),
        numbers::<T>(count(x_lengths), 3),
    );
    spoil([&mut y, &mut w, &mut x]);
    let bias = numbers::<T>(w_lengths[0], 4);
    let mut want = [vec![0.0; y.len()], vec![0.0; w.len()], vec![0.0; x.len()]];
    for (at, want) in want[0].iter_mut().enumerate() {
        *want = bias[at / (p * q) % bias.len()].to_f64();
    }
    products(&own, |[at_y, at_w, at_x]| {
        let [y, w, x] = [y[at_y], w[at_w], x[at_x]].map(T::to_f64);
        want[0][at_y] += w * x;
        want[1][at_w] += y * x;
        want[2][at_x] += y * w;
    });
    let view = |data, lengths, strides| View {
        data,
        start: 0,
        lengths,
        strides,
    };
    let ordered = |lengths: [usize; 4]| {
        let [_, b, c, d] = lengths.map(|length| length as isize);
        [b * c * d, c * d, d, 1]
    };
    let strides = [y_lengths, w_lengths, x_lengths].map(ordered);
    let (y_view, w_view, x_view) = (
        view(&y, &y_lengths, &strides[0]),
        view(&w, &w_lengths, &strides[1]),
        view(&x, &x_lengths, &strides[2]),
    );
    // The same images with their columns before their rows.
    let mut across = vec![T::default(); x.len()];
    let [_, _, rows, columns] = x_lengths;
    for (at, &x) in x.iter().enumerate() {
        let (plane, row, column) = (at / (rows * columns), at / columns % rows, at % columns);
        across[(plane * columns + column) * rows + row] = x;
    }
    let [images, channels, ..] = strides[2];
    let turned = [images, channels, 1, rows as isize];
    let across = view(&across, &x_lengths, &turned);
    let told = |got: &[T], want: &[f64], what: &str| {
        let same = |(got, &want): (&T, &f64)| {
            let got = got.to_f64();
            got == want || (got.is_nan() && want.is_nan())
        };
        let equal = got.len() == want.len() && got.iter().zip(want).all(same);
        assert!(equal, "case {number}: {what}\n{got:?}\n{want:?}");
    };
    let nan = T::from_f64(f64::NAN);
    let mut out = vec![nan; y.len()];
    let bias = Some(View {
        data: &bias[..],
        start: 0,
        lengths: &w_lengths[..1],
        strides: &[1],
    });
    for x in [x_view, across] {
        out.fill(nan);
        convolve(&own, x, w_view, bias, &mut out);
        told(&out, &want[0], "convolve");
    }
    let mut out = vec![nan; x.len()];
    convolve_back(&own, y_view, w_view, &mut out);
    told(&out, &want[2], "convolve back");
    let mut out = vec![nan; w.len()];
    for x in [x_view, across] {
        out.fill(nan);
        correlate(&own, y_view, x, &mut out);
        told(&out, &want[1], "correlate");
    }
}

/// Parts on threads have the bits of the whole: numbers that are rounded, one part and several.
#[test]
fn parts_are_those_of_the_whole() {
    for case in CASES {
        let own = case.convolution();
        let own = own.upright().unwrap_or(own);
        let [[p, q], [height, width]] = [own.sliding.output, own.sliding.input];
        let count = |channels: usize, size: usize| own.images * own.groups * channels * size;
        let waves =
            |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32 * 0.7).sin()).collect() };
        let (y, x) = (
            waves(count(own.outputs, p * q)),
            waves(count(own.inputs, height * width)),
        );
        let w = waves(own.groups * own.outputs * own.terms());
        let bias = waves(own.groups * own.outputs);
        let lengths = [own.images, own.groups * own.inputs, height, width];
        let strides = [lengths[1] * height * width, height * width, width, 1].map(|s| s as isize);
        let view = View {
            data: &x,
            start: 0,
            lengths: &lengths,
            strides: &strides,
        };
        let of = |parts: usize| {
            let (mut forth, mut back) = (vec![f32::NAN; y.len()], vec![f32::NAN; x.len()]);
            let mut kernels = vec![f32::NAN; w.len()];
            if own.is_for_strips() {
                forth::convolve(&own, view, &w, Some(&bias), &mut forth, parts);
                correlate::correlate(&own, &y, view, &mut kernels, parts);
            }
            if own.is_for_strips_back() {
                back::convolve_back(&own, &y, &w, &mut back, parts);
            }
            [forth, back, kernels].map(|out| out.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
        };
        assert_eq!(of(1), of(2));
        assert_eq!(of(1), of(5));
    }
}

#[test]
fn all_three_are_the_sum_by_definition() {
    for (number, case) in CASES.iter().enumerate() {
        check::<f64>(case, number, |_| ());
        check::<f32>(case, number, |_| ());
    }
}

/// What is not finite meets what is there, and no padding: element for element as the loop that
/// skips it.
#[test]
fn infinities_and_nans_meet_no_padding() {
    const ODD: [f64; 3] = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    fn spoil<T: Element>(numbers: &mut [T], every: usize, seed: usize) {
        for (at, odd) in (seed % numbers.len()..numbers.len())
            .step_by(every)
            .zip(0..)
        {
            numbers[at] = T::from_f64(ODD[(odd + seed) % 3]);
        }
    }
    for (number, case) in CASES.iter().enumerate() {
        for (which, every) in [
            (0, 1000),
            (1, 1000),
            (2, 1000),
            (0, 7),
            (1, 7),
            (1, 1),
            (0, 1),
        ] {
            check::<f64>(case, number, |all| {
                spoil(all.into_iter().nth(which).unwrap(), every, number)
            });
            check::<f32>(case, number, |all| {
                spoil(all.into_iter().nth(which).unwrap(), every, which)
            });
        }
        check::<f32>(case, number, |all| {
            all.into_iter()
                .zip([31, 37, 41])
                .for_each(|(numbers, every)| spoil(numbers, every, number));
        });
    }
}

/// What the test above is for: strips alone multiply infinity by the zeros around an image.
#[test]
fn strips_alone_meet_padding() {
    let case = Case {
        input: [8, 8],
        kernel: [3, 3],
        padding: [[1, 1], [1, 1]],
        ..PLAIN
    };
    let own = case.convolution();
    let (x, mut w) = ([1.0; 64], [1.0; 9]);
    w[0] = f64::INFINITY;
    let view = |data, lengths, strides| View {
        data,
        start: 0,
        lengths,
        strides,
    };
    let x = view(&x, &[1, 1, 8, 8], &[64, 64, 8, 1]);
    let mut out = [0.0; 64];
    forth::convolve(&own, x, &w, None, &mut out, 1);
    assert!(out[0].is_nan() && out[9] == f64::INFINITY);
    let w = view(&w, &[1, 1, 3, 3], &[9, 9, 3, 1]);
    convolve(&own, x, w, None, &mut out);
    assert_eq!((out[0], out[1], out[9]), (4.0, 6.0, f64::INFINITY));
}
