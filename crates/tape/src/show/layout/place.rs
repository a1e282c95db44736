//! The heights at which spots of a column lie, once their order is known.

use super::Columns;

/// How often columns are gone through, forwards and backwards in turn.
const ROUNDS: usize = 12;

/// The middle of each spot: near its neighbours, in the order of its column, without overlap.
/// The highest edge is at 0.
pub(super) fn place(columns: &Columns, between: f64) -> Vec<f64> {
    let mut y = vec![0.0; columns.spots.len()];
    for column in &columns.columns {
        let mut top = 0.0;
        for &spot in column {
            y[spot] = top + columns.spots[spot].height / 2.0;
            top += columns.spots[spot].height + between;
        }
        // On one axis.
        for &spot in column {
            y[spot] -= (top - between) / 2.0;
        }
    }
    for round in 0..ROUNDS {
        let count = columns.columns.len();
        for step in 0..count {
            let at = if round % 2 == 0 {
                step
            } else {
                count - 1 - step
            };
            let column = &columns.columns[at];
            let wished: Vec<f64> = column
                .iter()
                .map(|&spot| {
                    let around = &columns.spots[spot];
                    // One side at a time, so that columns settle; both sides at the end.
                    let sides: &[&[usize]] = match (round, round % 2) {
                        _ if round >= ROUNDS - 2 => &[&around.before, &around.behind],
                        (_, 0) => &[&around.before],
                        _ => &[&around.behind],
                    };
                    let near = || sides.iter().flat_map(|side| side.iter());
                    match near().count() {
                        0 => y[spot],
                        count => near().map(|&near| y[near]).sum::<f64>() / count as f64,
                    }
                })
                .collect();
            for (&spot, found) in column.iter().zip(apart(columns, column, &wished, between)) {
                y[spot] = found;
            }
        }
    }
    let tops = columns
        .spots
        .iter()
        .zip(&y)
        .map(|(spot, y)| y - spot.height / 2.0);
    let top = tops.fold(f64::INFINITY, f64::min);
    y.iter_mut().for_each(|y| *y -= top);
    y
}

/// Places nearest to the wished ones, by the sum of squares, that keep their order and distances:
/// with the distances taken out, the nearest rising sequence, which pooling neighbours that are in
/// each other's way finds in one pass.
fn apart(columns: &Columns, column: &[usize], wished: &[f64], between: f64) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(column.len());
    let mut offset = 0.0;
    for (place, &spot) in column.iter().enumerate() {
        if let Some(previous) = place.checked_sub(1) {
            let heights = columns.spots[column[previous]].height + columns.spots[spot].height;
            offset += heights / 2.0 + between;
        }
        offsets.push(offset);
    }
    // Each pool: sum of what is wished, and how many there are.
    let mut pools: Vec<(f64, usize)> = Vec::with_capacity(column.len());
    for (wished, offset) in wished.iter().zip(&offsets) {
        let mut pool = (wished - offset, 1);
        while let Some(&(sum, count)) = pools.last() {
            if sum / (count as f64) < pool.0 / pool.1 as f64 {
                break;
            }
            pool = (pool.0 + sum, pool.1 + count);
            pools.pop();
        }
        pools.push(pool);
    }
    let means = pools
        .iter()
        .flat_map(|&(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    means
        .zip(offsets)
        .map(|(mean, offset)| mean + offset)
        .collect()
}
