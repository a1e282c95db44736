//! Convolutions, pooling, windows as columns.

use crate::product::refused;
use crate::{law, linear};
use tape::{Array, Conv, ErrorKind, Pool, Tape, Tensor};

#[test]
fn convolutions() {
    linear!("conv2d", [[2, 2, 4, 5], [3, 2, 2, 3]], |x| x[0].conv2d(
        x[1],
        None,
        Conv::new()
    ));
    linear!("conv2d, every option", [[1, 4, 5, 6], [2, 2, 2, 2]], |x| x
        [0]
    .conv2d(
        x[1],
        None,
        Conv::new()
            .stride([1, 2])
            .padding_sides([[1, 0], [0, 2]])
            .dilation([2, 1])
            .groups(2)
    ));
    linear!("conv2d, in blocks", [[2, 4, 6, 7], [8, 4, 3, 3]], |x| x[0]
        .conv2d(x[1], None, Conv::new().padding(1)));
    linear!(
        "conv2d, in blocks and groups",
        [[3, 4, 7, 9], [8, 2, 3, 3]],
        |x| x[0].conv2d(x[1], None, Conv::new().stride(2).padding(2).groups(2))
    );
    linear!("conv2d, one image", [[2, 3, 3], [2, 2, 2, 2]], |x| x[0]
        .conv2d(x[1], None, Conv::new()));
    linear!("conv2d, depthwise", [[2, 2, 4, 4], [4, 1, 3, 3]], |x| x[0]
        .conv2d(x[1], None, Conv::new().same().groups(2)));
    law!("conv2d, bias", [[2, 2, 3, 3], [3, 2, 2, 2], [3]], |x| x[0]
        .conv2d(x[1], x[2], Conv::new())
        .tanh());
    linear!("conv2d, no images", [[0, 2, 4, 4], [3, 2, 2, 2]], |x| x[0]
        .conv2d(x[1], None, Conv::new()));
    linear!("conv1d", [[2, 2, 6], [3, 2, 3]], |x| x[0].conv1d(
        x[1],
        None,
        Conv::new().stride(2).padding(1)
    ));
    linear!("conv1d, one line", [[2, 6], [3, 2, 3]], |x| x[0].conv1d(
        x[1],
        None,
        Conv::new().padding_sides([[2, 0]])
    ));
}

#[test]
fn transposed_convolutions() {
    linear!("conv_transpose2d", [[2, 3, 3, 2], [3, 2, 2, 3]], |x| x[0]
        .conv_transpose2d(x[1], None, Conv::new()));
    linear!(
        "conv_transpose2d, every option",
        [[1, 4, 3, 3], [4, 1, 3, 2]],
        |x| x[0].conv_transpose2d(
            x[1],
            None,
            Conv::new()
                .stride([2, 3])
                .padding([1, 0])
                .dilation([1, 2])
                .output_padding([1, 2])
                .groups(2)
        )
    );
    linear!(
        "conv_transpose2d, in blocks",
        [[2, 8, 4, 5], [8, 4, 3, 3]],
        |x| x[0].conv_transpose2d(x[1], None, Conv::new().stride(2).padding(1))
    );
    law!("conv_transpose1d", [[2, 2, 4], [2, 3, 3], [3]], |x| x[0]
        .conv_transpose1d(x[1], x[2], Conv::new().stride(2))
        .square());
}

#[test]
fn pooling() {
    law!("max_pool2d", [[2, 5, 6]], |x| x[0].max_pool2d(2).square());
    law!("max_pool2d, overlapping", [[1, 2, 5, 6]], |x| x[0]
        .square()
        .max_pool2d(Pool::new(3).stride(2).padding(1)));
    law!("max_pool2d, dilated", [[6, 5]], |x| x[0]
        .max_pool2d(Pool::new(2).stride(1).dilation([3, 1])));
    law!("max_pool1d", [[2, 7]], |x| x[0].max_pool1d(3).exp());
    law!("adaptive_max_pool2d", [[2, 5, 7]], |x| x[0]
        .adaptive_max_pool2d([2, 3])
        .square());
    linear!("avg_pool2d", [[2, 5, 6]], |x| x[0].avg_pool2d(2));
    linear!("avg_pool2d, overlapping", [[1, 2, 5, 6]], |x| x[0]
        .avg_pool2d(
            Pool::new(3)
                .stride(2)
                .padding(1)
                .count_include_pad(false)
                .ceil_mode(true)
        ));
    linear!("avg_pool1d", [[2, 7]], |x| x[0]
        .avg_pool1d(Pool::new(3).stride(1)));
    linear!("adaptive_avg_pool2d", [[2, 5, 7]], |x| x[0]
        .adaptive_avg_pool2d([2, 3]));
    linear!("adaptive_avg_pool1d", [[3, 5]], |x| x[0]
        .adaptive_avg_pool1d(7));
    linear!("no planes", [[0, 5, 7]], |x| x[0].avg_pool2d(2));
}

#[test]
fn windows_as_columns() {
    linear!("unfold", [[2, 2, 4, 5]], |x| x[0]
        .unfold([2, 3], Conv::new().stride([2, 1]).padding([0, 1])));
    linear!("fold", [[2, 12, 10]], |x| x[0].fold(
        [4, 5],
        [2, 3],
        Conv::new().stride([2, 1]).padding([0, 1])
    ));
}

#[test]
fn of_equal_elements_the_first_is_the_largest_and_nan_is_larger() {
    let tape = Tape::new();
    let x = tape.tensor("x", [[1.0, 1.0], [1.0, 1.0]]);
    assert_eq!(
        x.max_pool2d(2).sum().backward()[x],
        [1.0, 0.0, 0.0, 0.0],
        "row-major order"
    );
    let x = tape.tensor("x", [1.0, f64::NAN, 2.0, f64::NAN]);
    let y = x.max_pool1d(4);
    assert!(y.item().is_nan());
    assert_eq!(y.sum().backward()[x], [0.0, 1.0, 0.0, 0.0]);
    let x = tape.tensor("x", [f64::NEG_INFINITY; 3]);
    let y = x.max_pool1d(Pool::new(3).padding(1));
    assert_eq!(y.to_vec(), [f64::NEG_INFINITY]);
    assert_eq!(y.sum().backward()[x], [1.0, 0.0, 0.0]);
    // Padding is never a maximum, and a mean counts it unless told otherwise.
    let x = tape.tensor("x", [[-1.0, -2.0], [-3.0, -4.0]]);
    let corners = Pool::new(2).padding(1);
    assert_eq!(
        x.max_pool2d(corners.clone()).to_vec(),
        [-1.0, -2.0, -3.0, -4.0]
    );
    assert_eq!(
        x.avg_pool2d(corners.clone()).to_vec(),
        [-0.25, -0.5, -0.75, -1.0]
    );
    assert_eq!(
        x.avg_pool2d(corners.count_include_pad(false)).to_vec(),
        [-1.0, -2.0, -3.0, -4.0]
    );
}

#[test]
fn a_convolution_is_a_product_with_columns() {
    let tape = Tape::new();
    let x = tape.tensor("x", crate::harness::sample(&[3, 5, 11, 9], 1));
    let w = tape.tensor("w", crate::harness::sample(&[6, 5, 3, 2], 2));
    let options = Conv::new().stride([2, 1]).padding([1, 1]).dilation([1, 2]);
    let y = x.conv2d(w, None, options.clone());
    let columns = x.unfold([3, 2], options);
    let product = w.reshape(&[6, -1]).matmul(columns);
    for (a, b) in y.to_vec().iter().zip(product.to_vec()) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    let (g, h) = (
        y.square().sum().backward(),
        product.square().sum().backward(),
    );
    for leaf in [x, w] {
        for (a, b) in g[leaf].iter().zip(&h[leaf]) {
            assert!((a - b).abs() < 1e-10, "{a} {b}");
        }
    }
}

#[test]
fn options_that_make_no_sense_are_told() {
    let tape = Tape::new();
    let array = |name: &str, shape: &[usize]| {
        let ones = Array::<f64>::full(shape, 1.0);
        tape.tensor(name, ones)
    };
    let (x, w) = (array("x", &[1, 3, 4, 5]), array("w", &[2, 3, 3, 3]));
    let none: Option<Tensor> = None;
    let conv = |options: Conv| x.try_conv2d(w, none, options);
    let option = ErrorKind::Option;
    refused(
        conv(Conv::new().stride(0)),
        option,
        &[
            "conv2d(x [1,3,4,5], w [2,3,3,3])",
            "stride of 0",
            "conv.rs:",
        ],
    );
    refused(conv(Conv::new().dilation(0)), option, &["dilation of 0"]);
    refused(conv(Conv::new().groups(0)), option, &["0 groups"]);
    refused(
        conv(Conv::new().dilation(2)),
        option,
        &[
            "reaches over 5 elements along axis -2",
            "has 4 with its padding",
            "pad 1 more",
            "or dilation",
        ],
    );
    refused(
        conv(Conv::new().dilation(usize::MAX)),
        option,
        &["overflows"],
    );
    refused(
        conv(Conv::new().padding(usize::MAX)),
        option,
        &["overflows"],
    );
    refused(
        conv(Conv::new().stride([1, 1, 1])),
        option,
        &["stride [1,1,1] for 2 spatial axes"],
    );
    refused(
        conv(Conv::new().same().stride(2)),
        option,
        &["`same` padding"],
    );
    refused(
        conv(Conv::new().output_padding(1)),
        option,
        &["for transposed"],
    );
    refused(
        conv(Conv::new().padding_sides([[1, 1]])),
        option,
        &["padding of 1 axes for 2"],
    );
    let shape = ErrorKind::Shape;
    refused(
        conv(Conv::new().groups(2)),
        shape,
        &["3 input channels", "2 groups"],
    );
    refused(
        x.try_conv2d(array("v", &[2, 2, 3, 3]), None, Conv::new()),
        shape,
        &["has 3 channels, 3 per group", "the weight is for 2"],
    );
    refused(
        x.try_conv2d(w, array("b", &[3]), Conv::new()),
        shape,
        &["bias of shape [3] for 2 output channels"],
    );
    refused(
        x.try_conv1d(w, None, Conv::new()),
        shape,
        &["conv1d(", "`[N, C, L]`"],
    );
    refused(
        x.try_conv2d(array("m", &[3, 3]), None, Conv::new()),
        shape,
        &["`[O, C/groups, kh, kw]`"],
    );
    refused(x.try_conv2d(2.0, None, Conv::new()), shape, &["weight is"]);
    refused(
        x.try_conv_transpose2d(w, None, Conv::new()),
        shape,
        &["conv_transpose2d(", "the weight is for 2", "first axis"],
    );
    let v = array("v", &[3, 2, 3, 3]);
    refused(
        x.try_conv_transpose2d(v, None, Conv::new().output_padding(1)),
        option,
        &["output_padding of 1 must be less"],
    );
    refused(
        x.try_conv_transpose2d(v, None, Conv::new().padding(4)),
        option,
        &["takes away more"],
    );
    refused(
        x.try_conv_transpose2d(v, None, Conv::new().stride(usize::MAX / 2)),
        option,
        &["makes no image"],
    );

    let pool = |windows: Pool| x.try_max_pool2d(windows);
    refused(
        pool(Pool::new(0)),
        option,
        &["max_pool2d(x [1,3,4,5])", "length 0"],
    );
    refused(pool(Pool::new(2).stride(0)), option, &["stride of 0"]);
    refused(pool(Pool::new(2).dilation(0)), option, &["dilation of 0"]);
    refused(pool(Pool::new(5)), option, &["reaches over 5", "has 4"]);
    refused(pool(Pool::new(2).padding(2)), option, &["more than half"]);
    refused(
        pool(Pool::new(usize::MAX).dilation(2)),
        option,
        &["overflows"],
    );
    refused(
        x.try_avg_pool2d(Pool::new(2).dilation(2)),
        option,
        &["for maxima"],
    );
    refused(
        array("v", &[3]).try_max_pool2d(2),
        shape,
        &["need 2 axes, and there are 1"],
    );
    refused(array("e", &[0]).try_max_pool1d(2), option, &["no elements"]);
    refused(
        array("e", &[0]).try_adaptive_avg_pool1d(2),
        option,
        &["no elements"],
    );
    refused(
        x.try_unfold(6, Conv::new()),
        option,
        &["unfold(x", "reaches over 6"],
    );
    refused(
        array("v", &[3]).try_unfold(1, Conv::new()),
        shape,
        &["`[N, C, H, W]`"],
    );
    let columns = array("c", &[1, 8, 4]);
    refused(
        columns.try_fold(4, 2, Conv::new()),
        shape,
        &["3 x 3 places", "not 4"],
    );
    refused(
        columns.try_fold(3, [2, 3], Conv::new()),
        shape,
        &["2 x 1 places"],
    );
    refused(
        array("c", &[1, 7, 4]).try_fold(3, 2, Conv::new()),
        shape,
        &["7 rows are no channels"],
    );
    let far = 1 << 40;
    refused(
        x.try_unfold(far, Conv::new().padding(far)),
        shape,
        &["more elements than fit in memory"],
    );
    refused(
        x.try_conv2d(w, None, Conv::new().padding(far)),
        shape,
        &["more elements than fit in memory"],
    );
    refused(
        x.try_conv_transpose2d(
            v,
            None,
            Conv::new()
                .stride(usize::MAX)
                .output_padding(usize::MAX - 1),
        ),
        option,
        &["makes no image"],
    );
    assert_eq!((x * 2.0).sum().value(), 120.0);
}
