//! What is trained: one row of the table each, the same for everybody.

/// A network, its data and its rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Work {
    /// 2-4-1, tanh, four examples, quadratic cost, gradient descent.
    Xor,
    /// 784-128-10, relu, cross-entropy, gradient descent.
    Digits { batch: usize },
    /// 784-512-512-10, relu, cross-entropy, Adam, batch 128.
    Deep,
    /// Convolutions 5x5x8 and 5x5x16, each with relu and pooling, a linear layer; Adam, batch 64.
    Conv,
    /// 128 gated recurrent units over 64 steps of one-hot characters, 16 streams, Adam.
    Gru,
}

/// How parameters follow from a gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Gradient descent with [`RATE`].
    Descent,
    /// Adam with its usual numbers: 1e-3, 0.9, 0.999, 1e-8.
    Adam,
}

/// How far a step of gradient descent goes.
pub(crate) const RATE: f64 = 0.1;

impl Work {
    pub(crate) const ALL: [Work; 7] = [
        Work::Xor,
        Work::Digits { batch: 32 },
        Work::Digits { batch: 64 },
        Work::Digits { batch: 256 },
        Work::Deep,
        Work::Conv,
        Work::Gru,
    ];

    /// The row's title; `steps.py` has the same.
    pub(crate) fn name(self) -> String {
        match self {
            Work::Xor => "XOR 2-4-1, batch 4".to_string(),
            Work::Digits { batch } => format!("784-128-10, batch {batch}"),
            Work::Deep => "784-512-512-10 Adam, batch 128".to_string(),
            Work::Conv => "conv 5x5x8, pool, conv 5x5x16, pool, linear; batch 64".to_string(),
            Work::Gru => "GRU 128 x 64 steps, batch 16".to_string(),
        }
    }

    /// The rule of the row.
    pub(crate) fn rule(self) -> Rule {
        match self {
            Work::Xor | Work::Digits { .. } => Rule::Descent,
            Work::Deep | Work::Conv | Work::Gru => Rule::Adam,
        }
    }

    /// How many steps are taken between two looks at the clock.
    pub(crate) fn several(self) -> usize {
        match self {
            Work::Xor => 1000,
            _ => 1,
        }
    }
}

/// Numbers in (-1, 1) without a pattern that a loop could use, the same on every run and in `steps.py`.
pub(crate) fn numbers(count: usize, seed: usize, scale: f64) -> Vec<f32> {
    let number = |i: usize| {
        let mixed = (i + 1 + 1_000_003 * seed).wrapping_mul(2_654_435_761) % (1 << 32);
        (scale * (mixed as f64 / (1_u64 << 31) as f64 - 1.0)) as f32
    };
    (0..count).map(number).collect()
}

/// The start of a linear layer: weights `[out, in]` and biases.
pub(crate) fn layer(inputs: usize, outputs: usize, seed: usize) -> [Vec<f32>; 2] {
    let scale = (inputs as f64).sqrt().recip();
    [
        numbers(inputs * outputs, seed, scale),
        numbers(outputs, seed + 1, scale),
    ]
}

/// The class of each row of a batch.
pub(crate) fn classes(batch: usize) -> Vec<usize> {
    (0..batch).map(|row| row * 7 % 10).collect()
}

/// One-hot characters `[steps, batch, 64]`, and the classes that follow.
pub(crate) fn characters(steps: usize, batch: usize) -> (Vec<f32>, Vec<usize>) {
    let class = |i: usize| (i * 7 + i / 5) % 64;
    let mut one_hot = vec![0.0; steps * batch * 64];
    for i in 0..steps * batch {
        one_hot[i * 64 + class(i)] = 1.0;
    }
    let next = (batch..(steps + 1) * batch).map(class).collect();
    (one_hot, next)
}
