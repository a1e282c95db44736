//! The same steps written by hand: memory taken once, products by the `gemm` crate, everything
//! else in plain loops. No node can be looked at.

use gemm::Parallelism;

use crate::Step;
use crate::work::{RATE, Rule, Work, classes, layer, numbers};

pub(crate) fn step(work: Work, rule: Rule) -> Option<Step> {
    if rule == Rule::Adam {
        return None;
    }
    match work {
        Work::Xor => Some(xor()),
        Work::Digits { batch } => Some(digits(batch)),
        Work::Deep | Work::Conv | Work::Gru => None,
    }
}

fn xor() -> Step {
    const X: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    const Y: [f32; 4] = [0.0, 1.0, 1.0, 0.0];
    let ([w1, b1], [w2, b2]) = (layer(2, 4, 1), layer(4, 1, 3));
    let mut w1: [[f32; 2]; 4] = std::array::from_fn(|j| [w1[2 * j], w1[2 * j + 1]]);
    let mut b1: [f32; 4] = b1.try_into().expect("four");
    let mut w2: [f32; 4] = w2.try_into().expect("four");
    let mut b2 = b2[0];
    Box::new(move || {
        let (mut dw1, mut db1, mut dw2, mut db2) = ([[0.0; 2]; 4], [0.0; 4], [0.0; 4], 0.0);
        let mut loss = 0.0;
        for (x, y) in X.iter().zip(Y) {
            let h: [f32; 4] =
                std::array::from_fn(|j| (w1[j][0] * x[0] + w1[j][1] * x[1] + b1[j]).tanh());
            let output = b2 + (0..4).map(|j| w2[j] * h[j]).sum::<f32>();
            let delta = (output - y) / 4.0;
            loss += f64::from((output - y) * (output - y)) / 8.0;
            db2 += delta;
            for j in 0..4 {
                dw2[j] += delta * h[j];
                let delta = delta * w2[j] * (1.0 - h[j] * h[j]);
                db1[j] += delta;
                dw1[j][0] += delta * x[0];
                dw1[j][1] += delta * x[1];
            }
        }
        let rate = RATE as f32;
        b2 -= rate * db2;
        for j in 0..4 {
            w2[j] -= rate * dw2[j];
            b1[j] -= rate * db1[j];
            w1[j][0] -= rate * dw1[j][0];
            w1[j][1] -= rate * dw1[j][1];
        }
        loss
    })
}

fn digits(batch: usize) -> Step {
    const IN: usize = 784;
    const HIDDEN: usize = 128;
    const OUT: usize = 10;
    let x = numbers(batch * IN, 9, 1.0);
    let y = classes(batch);
    let ([mut w1, mut b1], [mut w2, mut b2]) = (layer(IN, HIDDEN, 1), layer(HIDDEN, OUT, 3));
    let (mut h, mut dh) = (vec![0.0; batch * HIDDEN], vec![0.0; batch * HIDDEN]);
    let mut z = vec![0.0_f32; batch * OUT];
    let (mut dw1, mut dw2) = (vec![0.0; IN * HIDDEN], vec![0.0; HIDDEN * OUT]);
    let (mut db1, mut db2) = (vec![0.0; HIDDEN], vec![0.0; OUT]);
    Box::new(move || {
        // h = relu(x W1^T + b1), z = h W2^T + b2
        h.chunks_exact_mut(HIDDEN)
            .for_each(|h| h.copy_from_slice(&b1));
        product(
            batch,
            HIDDEN,
            IN,
            (&x, [IN, 1]),
            (&w1, [1, IN]),
            &mut h,
            true,
        );
        h.iter_mut().for_each(|h| *h = h.max(0.0));
        z.chunks_exact_mut(OUT).for_each(|z| z.copy_from_slice(&b2));
        product(
            batch,
            OUT,
            HIDDEN,
            (&h, [HIDDEN, 1]),
            (&w2, [1, HIDDEN]),
            &mut z,
            true,
        );
        // dz = (softmax(z) - y) / batch
        let mut loss = 0.0;
        for (z, &class) in z.chunks_exact_mut(OUT).zip(&y) {
            let most = z.iter().fold(f32::NEG_INFINITY, |m, &z| m.max(z));
            let right = z[class] - most;
            z.iter_mut().for_each(|z| *z = (*z - most).exp());
            let sum: f32 = z.iter().sum();
            loss += f64::from(sum.ln() - right);
            z.iter_mut().for_each(|z| *z /= sum * batch as f32);
            z[class] -= 1.0 / batch as f32;
        }
        // Back.
        product(
            OUT,
            HIDDEN,
            batch,
            (&z, [1, OUT]),
            (&h, [HIDDEN, 1]),
            &mut dw2,
            false,
        );
        columns(&z, &mut db2);
        product(
            batch,
            HIDDEN,
            OUT,
            (&z, [OUT, 1]),
            (&w2, [HIDDEN, 1]),
            &mut dh,
            false,
        );
        for (dh, h) in dh.iter_mut().zip(&h) {
            *dh = if *h > 0.0 { *dh } else { 0.0 };
        }
        product(
            HIDDEN,
            IN,
            batch,
            (&dh, [1, HIDDEN]),
            (&x, [IN, 1]),
            &mut dw1,
            false,
        );
        columns(&dh, &mut db1);
        for (w, g) in [
            (&mut w1, &dw1),
            (&mut b1, &db1),
            (&mut w2, &dw2),
            (&mut b2, &db2),
        ] {
            w.iter_mut().zip(g).for_each(|(w, g)| *w -= RATE as f32 * g);
        }
        loss / batch as f64
    })
}

/// The sums of columns.
fn columns(rows: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for row in rows.chunks_exact(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
}

/// `c [m, n] = a [m, k] b [k, n]`, added to what is there if `add`; operands with their strides.
fn product(
    m: usize,
    n: usize,
    k: usize,
    (a, [a_row, a_column]): (&[f32], [usize; 2]),
    (b, [b_row, b_column]): (&[f32], [usize; 2]),
    c: &mut [f32],
    add: bool,
) {
    assert!(a.len() >= m * k && b.len() >= k * n && c.len() >= m * n);
    // SAFETY: the strides stay within the slices, whose lengths were just looked at.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.as_ptr(),
            a_column as isize,
            a_row as isize,
            b.as_ptr(),
            b_column as isize,
            b_row as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
