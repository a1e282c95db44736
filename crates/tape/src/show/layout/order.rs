//! The order within columns, such that few wires cross.

use super::Columns;

/// How often columns are gone through, forwards and backwards in turn.
const ROUNDS: usize = 8;

/// Sorts each column by the mean places of neighbours, and keeps the best order that was met.
pub(super) fn sort_columns(columns: &mut Columns) {
    let mut places = vec![0.0; columns.spots.len()];
    let note = |column: &[usize], places: &mut [f64]| {
        for (place, &spot) in column.iter().enumerate() {
            // From the middle, so that columns of different length lie on one axis.
            places[spot] = place as f64 - (column.len() - 1) as f64 / 2.0;
        }
    };
    for column in &columns.columns {
        note(column, &mut places);
    }
    let mut best = (crossings(columns), columns.columns.clone());
    for round in 0..ROUNDS {
        if best.0 == 0 {
            break;
        }
        let forwards = round % 2 == 0;
        let count = columns.columns.len();
        for step in 0..count {
            let at = if forwards { step } else { count - 1 - step };
            let mut keyed: Vec<(f64, usize)> = columns.columns[at]
                .iter()
                .map(|&spot| {
                    let around = &columns.spots[spot];
                    let near = if forwards {
                        &around.before
                    } else {
                        &around.behind
                    };
                    let sum: f64 = near.iter().map(|&near| places[near]).sum();
                    let mean = if near.is_empty() {
                        places[spot]
                    } else {
                        sum / near.len() as f64
                    };
                    (mean, spot)
                })
                .collect();
            // Stable: what is level stays in order.
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns.columns[at] = keyed.into_iter().map(|(_, spot)| spot).collect();
            note(&columns.columns[at], &mut places);
        }
        let found = crossings(columns);
        if found < best.0 {
            best = (found, columns.columns.clone());
        }
    }
    columns.columns = best.1;
}

/// How many pairs of wires between neighbouring columns cross (Barth, Mutzel, Jünger 2004):
/// inversions, counted in a tree of sums. Wires that skip columns are left out.
fn crossings(columns: &Columns) -> usize {
    let mut place = vec![usize::MAX; columns.spots.len()];
    let mut crossings = 0;
    for pair in columns.columns.windows(2) {
        for (at, &spot) in pair[1].iter().enumerate() {
            place[spot] = at;
        }
        let mut tree = vec![0_usize; pair[1].len() + 1];
        let mut seen = 0;
        for &spot in &pair[0] {
            let ends = columns.spots[spot].behind.iter().map(|&end| place[end]);
            let mut ends: Vec<usize> = ends.filter(|&end| end != usize::MAX).collect();
            ends.sort_unstable();
            for &end in &ends {
                crossings += seen - up_to(&tree, end);
            }
            for &end in &ends {
                add(&mut tree, end);
                seen += 1;
            }
        }
        for &spot in &pair[1] {
            place[spot] = usize::MAX;
        }
    }
    crossings
}

/// How many ends there were at a place or above.
fn up_to(tree: &[usize], place: usize) -> usize {
    let (mut at, mut sum) = (place + 1, 0);
    while at > 0 {
        sum += tree[at];
        at &= at - 1;
    }
    sum
}

fn add(tree: &mut [usize], place: usize) {
    let mut at = place + 1;
    while at < tree.len() {
        tree[at] += 1;
        at += at & at.wrapping_neg();
    }
}
