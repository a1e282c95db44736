//! Operations that move elements.

use crate::{law, linear};
use tape::{Indices, Over, Tensor};

#[test]
fn shapes_and_axes() {
    linear!("reshape", [[2, 3]], |x| x[0].reshape(&[3, -1]));
    linear!("reshape of a transpose", [[2, 3]], |x| x[0]
        .t()
        .reshape(&[6]));
    linear!("permute", [[2, 3, 4]], |x| x[0].permute(&[2, 0, 1]));
    linear!("transpose", [[2, 3, 4]], |x| x[0].transpose(0, -1));
    linear!("expand", [[2, 1]], |x| x[0].expand(&[4, 2, 3]));
    linear!("expand a number", [[0; 0]], |x| x[0].expand(&[2, 3]));
    linear!("flatten", [[2, 3, 2]], |x| x[0].flatten());
    linear!("flatten a number", [[0; 0]], |x| x[0].flatten());
    linear!("flatten inner axes", [[2, 3, 2]], |x| x[0]
        .flatten_axes(1, -1));
    linear!("flatten, turned", [[2, 3, 2]], |x| x[0]
        .movedim(0, 2)
        .flatten_axes(0, 1));
    linear!("squeeze", [[2, 1, 3]], |x| x[0].squeeze(1));
    linear!("squeeze to a number", [[1]], |x| x[0].squeeze(-1));
    linear!("squeeze all", [[1, 2, 1, 3, 1]], |x| x[0].squeeze_all());
    linear!("unsqueeze", [[2, 3]], |x| x[0].unsqueeze(-1).unsqueeze(0));
    linear!("unsqueeze of a slice", [[4, 3]], |x| x[0]
        .slice_step(0, .., -2)
        .unsqueeze(1));
    linear!("unsqueeze a number", [[0; 0]], |x| x[0].unsqueeze(0));
    linear!("movedim", [[2, 3, 4]], |x| x[0].movedim(0, -1));
    linear!("tile", [[2, 3]], |x| x[0].tile(&[2, 3]));
    linear!("tile, new axes", [[2]], |x| x[0].tile(&[3, 1, 2]));
    linear!("tile the last axis", [[2, 2]], |x| x[0].tile(&[2]));
    linear!("tile, never", [[2, 2]], |x| x[0].tile(&[0, 1]));
    linear!("repeat_interleave", [[2, 3]], |x| x[0]
        .repeat_interleave(2, 0));
    linear!("repeat_interleave, last", [[2, 3]], |x| x[0]
        .repeat_interleave(3, -1));
}

#[test]
fn parts() {
    linear!("slice", [[4, 3]], |x| x[0].slice(0, 1..3));
    linear!("slice, from the end", [[4, 3]], |x| x[0].slice(-1, -2..));
    linear!("slice, empty", [[4, 3]], |x| x[0].slice(0, 4..));
    linear!("slice of nothing", [[0, 3]], |x| x[0].slice(1, ..2));
    linear!("slice_step", [[7, 2]], |x| x[0].slice_step(0, 1.., 2));
    linear!("slice_step, backward", [[7, 2]], |x| x[0].slice_step(
        0,
        1..,
        -3
    ));
    linear!("slice_step, too far", [[3, 2]], |x| x[0].slice_step(
        0,
        ..,
        i64::MIN
    ));
    linear!("slices of slices", [[7, 5]], |x| x[0]
        .slice_step(0, .., -2)
        .slice_step(1, (1, -1), 2));
    linear!("select_index", [[2, 3, 4]], |x| x[0].select_index(1, -1));
    linear!("row", [[2, 3]], |x| x[0].row(1));
    linear!("row of a vector", [[3]], |x| x[0].row(1));
    linear!("at", [[2, 3]], |x| x[0].at([1, -1]));
    linear!("at, a number", [[0; 0]], |x| x[0].at([0; 0]));
    linear!("pad", [[2, 3]], |x| x[0].pad(&[(1, 0), (2, 3)], 0.0));
    linear!("pad nothing", [[0, 3]], |x| x[0]
        .pad(&[(2, 0), (0, 1)], 0.0));
    law!("pad with a number", [[2, 3]], |x| x[0]
        .pad(&[(1, 0), (0, 1)], 7.5)
        .square());
    linear!("flip", [[2, 3]], |x| x[0].flip(0));
    linear!("flip two", [[2, 3, 2]], |x| x[0].flip([0, -1]));
    linear!("flip all", [[2, 1, 2]], |x| x[0].flip(Over::all()));
    linear!("flip nothing", [[0, 3]], |x| x[0].flip(0));
    linear!("roll", [[5, 2]], |x| x[0].roll(2, 0));
    linear!("roll back", [[2, 5]], |x| x[0].roll(-6, -1));
    linear!("roll nothing", [[0, 2]], |x| x[0].roll(1, 0));
    law!("split", [[5, 2]], |x| {
        let parts = x[0].split(&[2, 0, 3], 0);
        parts[2].square().sum_over(0) * parts[0].row(1) + parts[1].sum()
    });
    law!("chunk", [[2, 6]], |x| {
        let parts = x[0].chunk(3, 1);
        parts[0] * parts[1] + parts[2]
    });
    law!("a part beside the whole", [[3, 2]], |x| x[0].row(0).exp()
        * x[0]);
}

#[test]
fn joined() {
    law!("concat", [[2, 3], [1, 3]], |x| {
        Tensor::concat(&[x[0], x[1]], 0).square()
    });
    law!("concat, last axis", [[2, 1], [2, 3], [2, 0]], |x| {
        Tensor::concat(x, -1).square()
    });
    linear!("concat, one twice", [[2, 2]], |x| Tensor::concat(
        &[x[0], x[0].t(), x[0]],
        1
    ));
    law!("stack", [[2, 3], [2, 3]], |x| Tensor::stack(x, 0).square());
    law!("stack, behind", [[2, 3], [2, 3]], |x| {
        Tensor::stack(x, -1).square()
    });
    law!("stack numbers", [[0; 0], [0; 0]], |x| {
        Tensor::stack(&[x[0], 2.0.into(), x[1]], 0).square()
    });
}

#[test]
fn by_indices() {
    linear!("index_select", [[4, 3]], |x| x[0]
        .index_select(0, [3, 0, 3, 1]));
    linear!("index_select, last", [[2, 4]], |x| x[0]
        .index_select(-1, [3, 0, 3]));
    linear!("index_select, middle", [[2, 4, 3]], |x| x[0]
        .index_select(1, [[3, 0], [3, 2]]));
    linear!("index_select, one", [[2, 4, 3]], |x| x[0]
        .index_select(1, 2));
    linear!("index_select, none", [[2, 4]], |x| x[0]
        .index_select(0, [0; 0]));
    linear!("embedding", [[5, 3]], |x| x[0].embedding([[4, 0], [0, 0]]));
    law!("index_add", [[4, 2], [3, 2]], |x| x[0]
        .index_add(0, [2, 0, 2], x[1])
        .square());
    law!("index_add, last", [[2, 4], [2, 3]], |x| x[0]
        .index_add(1, [2, 0, 2], x[1])
        .square());
    linear!("gather", [[2, 4]], |x| x[0]
        .gather(1, [[3, 0, 3], [1, 1, 2]]));
    linear!("gather, first axis", [[3, 2]], |x| x[0].gather(0, [[2, 0]]));
    linear!("gather, middle", [[2, 3, 2]], |x| x[0]
        .gather(1, [[[2, 0]], [[1, 1]]]));
    law!("scatter_add", [[2, 4], [2, 3]], |x| x[0]
        .scatter_add(1, [[3, 0, 3], [1, 1, 2]], x[1])
        .square());
    law!("scatter_add, first axis", [[3, 2], [1, 2]], |x| x[0]
        .scatter_add(0, [[2, 0]], x[1])
        .square());
}

#[test]
fn diagonals_and_triangles() {
    linear!("diagonal", [[3, 3]], |x| x[0].diagonal(0));
    linear!("diagonal, right", [[3, 5]], |x| x[0].diagonal(2));
    linear!("diagonal, below", [[2, 4, 3]], |x| x[0].diagonal(-1));
    linear!("diagonal, none there", [[2, 3]], |x| x[0]
        .diagonal(i64::MIN));
    linear!("diag", [[3]], |x| x[0].diag());
    linear!("diag, batched", [[2, 3]], |x| x[0].diag());
    linear!("trace", [[3, 4]], |x| x[0].trace());
    linear!("trace, batched", [[2, 3, 3]], |x| x[0].trace());
    linear!("tril", [[3, 4]], |x| x[0].tril(0));
    linear!("tril, batched", [[2, 3, 3]], |x| x[0].tril(-1));
    linear!("triu", [[4, 3]], |x| x[0].triu(1));
    linear!("triu, all", [[2, 3]], |x| x[0].triu(i64::MIN));
    linear!("triu, none", [[2, 3]], |x| x[0].triu(i64::MAX));
    linear!("tril of nothing", [[2, 0, 3]], |x| x[0].tril(0));
}

#[test]
fn running_sums_and_order() {
    linear!("cumsum", [[5]], |x| x[0].cumsum(0));
    linear!("cumsum, first axis", [[3, 2]], |x| x[0].cumsum(0));
    linear!("cumsum, middle", [[2, 3, 2]], |x| x[0].cumsum(1));
    linear!("cumsum of nothing", [[2, 0]], |x| x[0].cumsum(1));
    linear!("sort", [[3, 4]], |x| x[0].sort(1, false).0);
    linear!("sort, descending", [[4, 3]], |x| x[0].sort(0, true).0);
    linear!("topk", [[2, 5]], |x| x[0].topk(2, -1).0);
    linear!("topk, first axis", [[5, 2]], |x| x[0].topk(5, 0).0);
    linear!("topk of none", [[5, 2]], |x| x[0].topk(0, 0).0);
    law!("largest, gathered", [[3, 4]], |x| {
        let best = x[0].argmax(1);
        let column = Indices::new(&[3, 1], best.as_slice()).unwrap();
        x[0].gather(1, column).square()
    });
}

#[test]
fn masks() {
    law!("masked by itself", [[2, 5]], |x| x[0]
        .masked_fill(x[0].less(0.0), 0.25)
        .square());
    law!("masked by a row", [[3, 2]], |x| {
        x[0].masked_fill(x[0].row(0).greater(0.0), 2.0).exp()
    });
    law!("weighed by a comparison", [[4], [4]], |x| x[0]
        .greater_equal(x[1])
        * x[0].square());
    law!("filled like another", [[2, 3]], |x| x[0]
        * x[0].full_like(3.0)
        + x[0].ones_like()
        - x[0].zeros_like());
}
