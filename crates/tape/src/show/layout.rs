//! Where the nodes of a graph are drawn: in columns from left to right, each behind its operands.
//!
//! A tape is in topological order already, so that no cycle has to be broken and a node's column
//! is one behind the last of its operands. Then follow the classic steps of layered drawing
//! (Sugiyama, Tagawa, Toda 1981): long wires get a place in every column that they pass, columns
//! are sorted by the mean places of neighbours, and places are moved as near to their neighbours
//! as the others in the column allow. Each step is linear in nodes and edges, but for sorting.

mod order;
mod place;

use order::sort_columns;
use place::place;

/// What is to be laid out.
pub(crate) struct Graph {
    /// Width and height of each node.
    pub(crate) sizes: Vec<[f64; 2]>,
    /// The operands of each node: numbers smaller than its own.
    pub(crate) operands: Vec<Vec<usize>>,
}

/// Where everything is.
#[derive(Debug, PartialEq)]
pub(crate) struct Layout {
    /// The centre of each node.
    pub(crate) centres: Vec<[f64; 2]>,
    /// For each node and operand, the points that a wire passes between the two.
    pub(crate) wires: Vec<Vec<Vec<[f64; 2]>>>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Space between columns, and between nodes of one column.
const BETWEEN_COLUMNS: f64 = 36.0;
const BETWEEN_NODES: f64 = 22.0;
/// The height of a wire that passes through a column.
const WIRE: f64 = 4.0;
/// Up to so many columns, inputs stand in the first one, as on a slide; in longer graphs they
/// stand where they are used.
const SLIDE: usize = 12;
/// How many places in columns wires may have, for each node and edge; the longest edges beyond
/// that are drawn straight.
const PLACES: usize = 8;

/// A node, or a place where a long wire passes through a column.
pub(crate) struct Spot {
    pub(crate) height: f64,
    /// Neighbours in columns before and behind, not always the next.
    pub(crate) before: Vec<usize>,
    pub(crate) behind: Vec<usize>,
}

/// Columns of spots. The first spots are the nodes.
pub(crate) struct Columns {
    pub(crate) spots: Vec<Spot>,
    pub(crate) columns: Vec<Vec<usize>>,
}

pub(crate) fn layout(graph: &Graph) -> Layout {
    let ranks = ranks(&graph.operands);
    let (mut columns, passed) = columns(graph, &ranks);
    sort_columns(&mut columns);
    let y = place(&columns, BETWEEN_NODES);

    // Each column is as wide as its widest node.
    let mut widths = vec![0.0_f64; columns.columns.len()];
    for (node, [width, _]) in graph.sizes.iter().enumerate() {
        widths[ranks[node]] = widths[ranks[node]].max(*width);
    }
    let mut left = 0.0;
    let mut middles = Vec::with_capacity(widths.len());
    for width in &widths {
        middles.push(left + width / 2.0);
        left += width + BETWEEN_COLUMNS;
    }

    let centres: Vec<[f64; 2]> = (0..graph.sizes.len())
        .map(|node| [middles[ranks[node]], y[node]])
        .collect();
    let wires = passed.into_iter().enumerate().map(|(node, passed)| {
        let operands = graph.operands[node].iter().zip(passed);
        let wires = operands.map(|(&operand, spots)| {
            // Straight through each column that it passes.
            spots
                .enumerate_columns(ranks[operand])
                .flat_map(|(column, spot)| {
                    let half = widths[column] / 2.0;
                    [
                        [middles[column] - half, y[spot]],
                        [middles[column] + half, y[spot]],
                    ]
                })
                .collect()
        });
        wires.collect()
    });
    Layout {
        wires: wires.collect(),
        width: (left - BETWEEN_COLUMNS).max(0.0),
        height: bottom(&columns, &y),
        centres,
    }
}

/// The spots of a wire, in the columns behind its operand.
#[derive(Clone, Copy)]
struct Passed {
    first: usize,
    count: usize,
}

impl Passed {
    fn enumerate_columns(self, rank: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..self.count).map(move |step| (rank + 1 + step, self.first + step))
    }
}

/// The column of each node.
fn ranks(operands: &[Vec<usize>]) -> Vec<usize> {
    let mut ranks = vec![0; operands.len()];
    for (node, operands) in operands.iter().enumerate() {
        ranks[node] = operands
            .iter()
            .map(|&operand| ranks[operand] + 1)
            .max()
            .unwrap_or(0);
    }
    let last = ranks.iter().max().copied().unwrap_or(0);
    if last > SLIDE {
        let mut nearest = vec![usize::MAX; operands.len()];
        for (node, operands) in operands.iter().enumerate() {
            for &operand in operands {
                nearest[operand] = nearest[operand].min(ranks[node]);
            }
        }
        for (node, operands) in operands.iter().enumerate() {
            if operands.is_empty() && nearest[node] != usize::MAX {
                ranks[node] = nearest[node] - 1;
            }
        }
    }
    ranks
}

/// Spots in columns, and for each node and operand the spots that the wire between them passes.
fn columns(graph: &Graph, ranks: &[usize]) -> (Columns, Vec<Vec<Passed>>) {
    let count = graph.sizes.len();
    let spot = |height| Spot {
        height,
        before: Vec::new(),
        behind: Vec::new(),
    };
    let mut spots: Vec<Spot> = graph.sizes.iter().map(|size| spot(size[1])).collect();
    let mut columns = vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)];
    for (node, &rank) in ranks.iter().enumerate() {
        columns[rank].push(node);
    }

    // All wires of a node share one line through the columns behind it, as long as the longest.
    let mut reach = vec![0; count];
    for (node, operands) in graph.operands.iter().enumerate() {
        for &operand in operands {
            reach[operand] = reach[operand].max(ranks[node] - ranks[operand]);
        }
    }
    let edges = graph.operands.iter().enumerate();
    let spans: Vec<usize> = edges
        .flat_map(|(node, operands)| operands.iter().map(move |&operand| (node, operand)))
        .map(|(node, operand)| ranks[node] - ranks[operand])
        .collect();
    let longest = longest_within(&spans, PLACES * (count + spans.len()));
    let mut lines = Vec::with_capacity(count);
    for (node, &reach) in reach.iter().enumerate() {
        lines.push(spots.len());
        for step in 1..reach.min(longest) {
            let (next, before) = (spots.len(), if step == 1 { node } else { spots.len() - 1 });
            spots.push(spot(WIRE));
            columns[ranks[node] + step].push(next);
            spots[before].behind.push(next);
            spots[next].before.push(before);
        }
    }
    let mut passed = Vec::with_capacity(count);
    for (node, operands) in graph.operands.iter().enumerate() {
        let wires = operands.iter().map(|&operand| {
            let span = ranks[node] - ranks[operand];
            let steps = if span <= longest { span - 1 } else { 0 };
            let first = lines[operand];
            let from = if steps == 0 {
                operand
            } else {
                first + steps - 1
            };
            spots[from].behind.push(node);
            spots[node].before.push(from);
            Passed {
                first,
                count: steps,
            }
        });
        passed.push(wires.collect());
    }
    (Columns { spots, columns }, passed)
}

/// The longest span such that all wires up to it pass no more than `places` columns in all.
fn longest_within(spans: &[usize], places: usize) -> usize {
    let mut counts = vec![0_usize; spans.iter().max().map_or(0, |longest| longest + 1)];
    for &span in spans {
        counts[span] += 1;
    }
    let mut used = 0;
    let fits = |&(span, &count): &(usize, &usize)| {
        used += count * span.saturating_sub(1);
        used <= places
    };
    counts
        .iter()
        .enumerate()
        .take_while(fits)
        .last()
        .map_or(1, |(span, _)| span.max(1))
}

fn bottom(columns: &Columns, y: &[f64]) -> f64 {
    let ends = columns
        .spots
        .iter()
        .zip(y)
        .map(|(spot, y)| y + spot.height / 2.0);
    ends.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(operands: &[&[usize]]) -> Graph {
        Graph {
            sizes: vec![[30.0, 20.0]; operands.len()],
            operands: operands.iter().map(|list| list.to_vec()).collect(),
        }
    }

    /// No two nodes overlap, and every node stands behind its operands.
    fn check(graph: &Graph) -> Layout {
        let layout = layout(graph);
        let centres = &layout.centres;
        let mut sorted: Vec<usize> = (0..centres.len()).collect();
        sorted.sort_by(|&a, &b| centres[a].partial_cmp(&centres[b]).unwrap());
        for pair in sorted.windows(2) {
            let ([ax, ay], [bx, by]) = (centres[pair[0]], centres[pair[1]]);
            assert!(ax != bx || by - ay > 20.0, "{pair:?} overlap");
        }
        for (node, operands) in graph.operands.iter().enumerate() {
            for &operand in operands {
                assert!(centres[operand][0] + 30.0 < centres[node][0]);
            }
        }
        for [x, y] in centres {
            assert!(*x >= 15.0 && *y >= 10.0 - 1e-9);
            assert!(*x <= layout.width - 15.0 + 1e-9 && *y <= layout.height - 10.0 + 1e-9);
        }
        layout
    }

    #[test]
    fn the_circuit_reads_from_left_to_right() {
        // x, y, z, q = x + y, f = q z
        let layout = check(&graph(&[&[], &[], &[], &[0, 1], &[3, 2]]));
        let [x, y, z, q, f] = layout.centres[..] else {
            panic!()
        };
        assert!(x[0] == y[0] && y[0] == z[0] && z[0] < q[0] && q[0] < f[0]);
        assert!(x[1] < y[1] && y[1] < z[1]);
        assert!(x[1] < q[1] && q[1] < z[1] && q[1] < f[1] && f[1] < z[1]);
        assert_eq!(layout.wires[4][1].len(), 2, "z passes q's column");
        assert!(layout.wires[3][0].is_empty());
    }

    #[test]
    fn nothing_and_a_single_node_have_a_place() {
        assert_eq!(check(&graph(&[])).width, 0.0);
        let one = check(&graph(&[&[]]));
        assert_eq!((one.width, one.height), (30.0, 20.0));
        assert_eq!(one.centres, [[15.0, 10.0]]);
    }

    #[test]
    fn a_node_that_is_its_own_second_operand_has_two_wires() {
        assert_eq!(check(&graph(&[&[], &[0, 0]])).wires[1].len(), 2);
    }

    #[test]
    fn long_and_wide_graphs_stay_linear() {
        // A chain whose nodes all use the first as well, and a sum of many.
        let mut operands: Vec<Vec<usize>> = vec![vec![]];
        operands.extend((1..4000).map(|node| vec![node - 1, 0]));
        let sizes = vec![[30.0, 20.0]; operands.len()];
        let chain = Graph { sizes, operands };
        let places: usize = layout(&chain).wires.iter().flatten().map(Vec::len).sum();
        assert!(places <= 2 * PLACES * 3 * 4000, "{places}");

        let mut operands = vec![vec![]; 5000];
        operands.push((0..5000).collect());
        let sizes = vec![[30.0, 20.0]; operands.len()];
        check(&Graph { sizes, operands });
    }
}
