//! Self-attention and its way back, in plain loops.
//!
//! With `S = Q K^T / √d`, `P = softmax(S)` row by row and `Y = P V`, of each head, and `dY` given:
//! `dV = P^T dY`, `dP = dY V^T`, `dS = P (dP - Σ P dP)`, `dQ = dS K / √d`, `dK = dS^T Q / √d`.

use super::MultiHeadAttention;
use crate::hand::{Back, Hand};
use tape::{Array, Element};

pub(super) fn by_hand<'a, T: Element>(
    own: &'a MultiHeadAttention<T>,
    x: &Array,
) -> Option<(Array, Back<'a>)> {
    let &[batch, places, features] = x.shape().as_ref() else {
        return None;
    };
    let weight: Array = own.weight.value().cast();
    let bias: Array = own.bias.value().cast();
    let out: Array = own.out.weight().value().cast();
    let out_bias: Array = own.out.bias()?.value().cast();
    let (heads, width) = (own.heads, features / own.heads);
    let root = (width as f64).sqrt();
    let seen = move |i: usize| if own.causal { i + 1 } else { places };

    // Queries, keys and values, behind one another.
    let mut maps = zeros(&[batch, places, 3 * features]);
    let mut weights = zeros(&[batch, heads, places, places]);
    let mut found = zeros(&[batch, places, features]);
    let mut y = zeros(&[batch, places, features]);
    for b in 0..batch {
        for i in 0..places {
            for r in 0..3 * features {
                let sum: f64 = (0..features).map(|f| weight[[r, f]] * x[[b, i, f]]).sum();
                maps[[b, i, r]] = sum + bias[[r]];
            }
        }
        for h in 0..heads {
            let at = |part: usize, c: usize| part * features + h * width + c;
            for i in 0..places {
                let score = |j: usize| {
                    let products =
                        (0..width).map(|c| maps[[b, i, at(0, c)]] * maps[[b, j, at(1, c)]]);
                    products.sum::<f64>() / root
                };
                let scores: Vec<f64> = (0..seen(i)).map(score).collect();
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
                let total: f64 = powers.iter().sum();
                for (j, power) in powers.iter().enumerate() {
                    weights[[b, h, i, j]] = power / total;
                    for c in 0..width {
                        found[[b, i, h * width + c]] += power / total * maps[[b, j, at(2, c)]];
                    }
                }
            }
        }
        for i in 0..places {
            for r in 0..features {
                let sum: f64 = (0..features).map(|f| out[[r, f]] * found[[b, i, f]]).sum();
                y[[b, i, r]] = sum + out_bias[[r]];
            }
        }
    }

    let x = x.clone();
    let back = move |delta: &Array, hand: &mut Hand| {
        let mut d_out = zeros(&[features, features]);
        let mut d_out_bias = zeros(&[features]);
        let mut d_found = zeros(&[batch, places, features]);
        let mut d_maps = zeros(&[batch, places, 3 * features]);
        for b in 0..batch {
            for i in 0..places {
                for r in 0..features {
                    let g = delta[[b, i, r]];
                    d_out_bias[[r]] += g;
                    for f in 0..features {
                        d_out[[r, f]] += g * found[[b, i, f]];
                        d_found[[b, i, f]] += g * out[[r, f]];
                    }
                }
            }
            for h in 0..heads {
                let at = |part: usize, c: usize| part * features + h * width + c;
                for i in 0..places {
                    let d_weight = |j: usize| -> f64 {
                        let pair = |c| d_found[[b, i, h * width + c]] * maps[[b, j, at(2, c)]];
                        (0..width).map(pair).sum()
                    };
                    let d_weights: Vec<f64> = (0..seen(i)).map(d_weight).collect();
                    let pairs = d_weights.iter().enumerate();
                    let mean: f64 = pairs.map(|(j, d)| weights[[b, h, i, j]] * d).sum();
                    for (j, d) in d_weights.iter().enumerate() {
                        let p = weights[[b, h, i, j]];
                        let d_score = p * (d - mean) / root;
                        for c in 0..width {
                            d_maps[[b, i, at(0, c)]] += d_score * maps[[b, j, at(1, c)]];
                            d_maps[[b, j, at(1, c)]] += d_score * maps[[b, i, at(0, c)]];
                            d_maps[[b, j, at(2, c)]] += p * d_found[[b, i, h * width + c]];
                        }
                    }
                }
            }
        }
        let mut dx = zeros(x.shape());
        let mut dw = zeros(weight.shape());
        let mut db = zeros(bias.shape());
        for b in 0..batch {
            for i in 0..places {
                for r in 0..3 * features {
                    let g = d_maps[[b, i, r]];
                    db[[r]] += g;
                    for f in 0..features {
                        dw[[r, f]] += g * x[[b, i, f]];
                        dx[[b, i, f]] += g * weight[[r, f]];
                    }
                }
            }
        }
        hand.add(&own.weight, dw);
        hand.add(&own.bias, db);
        hand.add(own.out.weight(), d_out);
        if let Some(bias) = own.out.bias() {
            hand.add(bias, d_out_bias);
        }
        dx
    };
    Some((y, Box::new(back)))
}

fn zeros(shape: &[usize]) -> Array {
    Array::zeros(shape)
}
