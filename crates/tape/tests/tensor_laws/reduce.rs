//! Reductions over axes.

use crate::{law, linear};
use tape::{Over, axes};

const NONE: [i64; 0] = [];

#[test]
fn sums() {
    linear!("sum over 0", [[2, 3]], |x| x[0].sum_over(0));
    linear!("sum over the last, kept", [[2, 3]], |x| x[0]
        .sum_over(axes(-1).keep()));
    linear!("sum over two", [[2, 3, 4]], |x| x[0].sum_over([0, 2]));
    linear!("sum of all", [[2, 3]], |x| x[0].sum());
    linear!("mean of all", [[2, 3]], |x| x[0].mean());
    linear!("mean over 0", [[2, 3]], |x| x[0].mean_over(0));
    linear!("mean over two, kept", [[2, 3, 4]], |x| x[0]
        .mean_over(axes([2, 0]).keep()));
    linear!("mean over no axis", [[2, 3]], |x| x[0].mean_over(NONE));
}

#[test]
fn extremes() {
    law!("amax over 0", [[4, 3]], |x| x[0].amax_over(0));
    law!("amax over two, kept", [[2, 3, 4]], |x| x[0]
        .amax_over(axes([0, 2]).keep()));
    law!("amax of all", [[2, 3]], |x| x[0].amax());
    law!("amin over the last", [[4, 3]], |x| x[0].amin_over(-1));
    law!("amin of all", [[2, 3]], |x| x[0].amin());
    law!("amax of no rows", [[0, 3]], |x| x[0].amax_over(1));
}

#[test]
fn products() {
    law!("prod over 0", [[4, 3]], |x| x[0].prod_over(0));
    law!("prod over two, kept", [[2, 3, 4]], |x| x[0]
        .prod_over(axes([0, 2]).keep()));
    law!("prod of all", [[5]], |x| x[0].prod());
    law!("prod of nothing", [[0, 3]], |x| x[0].prod_over(0));
    law!("prod of prods", [[2, 3]], |x| x[0]
        .prod_over(0)
        .sin()
        .prod());
}

#[test]
fn variances() {
    law!("variance over 0", [[4, 3]], |x| x[0].variance_over(0, 0.0));
    law!("variance over two, kept, unbiased", [[2, 3, 4]], |x| x[0]
        .variance_over(axes([0, 2]).keep(), 1.0));
    law!("variance of all", [[2, 3]], |x| x[0].variance(1.0));
    law!("std over the last", [[4, 3]], |x| x[0].std_over(-1, 1.0));
    law!("std of all", [[2, 3]], |x| x[0].std(0.0));
    law!("variance of no rows", [[0, 3]], |x| x[0]
        .variance_over(1, 0.0));
}

#[test]
fn norms() {
    law!("norm over 0", [[4, 3]], |x| x[0].norm_over(0));
    law!("norm over two, kept", [[2, 3, 4]], |x| x[0]
        .norm_over(axes([0, 2]).keep()));
    law!("norm of all", [[2, 3]], |x| x[0].norm());
    for p in [1.0, 1.5, 2.0, 3.0, 4.5, f64::INFINITY] {
        law!("p-norm over the last", [[4, 3]], |x| x[0]
            .p_norm_over(p, -1));
    }
    law!("p-norm of all", [[4, 3]], |x| x[0].p_norm(3.0));
    law!("norm of nothing", [[0, 3]], |x| x[0].norm_over(0));
}

#[test]
fn distributions() {
    law!("logsumexp over 0", [[4, 3]], |x| x[0].logsumexp_over(0));
    law!("logsumexp over two, kept", [[2, 3, 4]], |x| x[0]
        .logsumexp_over(axes([0, 2]).keep()));
    law!("logsumexp of all", [[2, 3]], |x| x[0].logsumexp());
    law!("softmax, last", [[4, 3]], |x| x[0].softmax(-1));
    law!("softmax, middle", [[2, 5, 3]], |x| x[0].softmax(1));
    law!("softmax, one class", [[2, 1]], |x| x[0].softmax(1));
    law!("softmax of no rows", [[0, 3]], |x| x[0].softmax(1));
    law!("softmax of no classes", [[2, 0]], |x| x[0].softmax(1));
    law!("softmax, confident", [[2, 4]], |x| (x[0] * 5.0).softmax(1));
    law!("log_softmax, last", [[4, 3]], |x| x[0].log_softmax(-1));
    law!("log_softmax, first", [[4, 3]], |x| x[0].log_softmax(0));
    law!("softmax of softmax", [[2, 3]], |x| x[0]
        .softmax(1)
        .softmax(0));
    law!("everything twice", [[3, 4]], |x| {
        let p = x[0].softmax(0);
        (p * x[0].log_softmax(1)).logsumexp_over(0) + p.norm_over(Over::from(0))
    });
}
