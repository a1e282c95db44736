//! What is computed: one row of the table each, the same for everybody.

/// An operation, or a few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Task {
    /// A product of two n x n matrices, each as it is or the transpose of what lies in memory.
    MatMul { n: usize, transposed: [bool; 2] },
    /// One function of a million numbers, in a matrix of 1024 x 1024.
    Map(Map),
    /// A matrix plus a row or a column.
    Add(Vector),
    /// The sum of a matrix over one axis, or all of it.
    Sum(Option<usize>),
    /// Along the last axis of a matrix; `pull` with the gradient of a weighted sum.
    Softmax { pull: bool },
    /// As above.
    LayerNorm { pull: bool },
    /// `(y + x) * 0.5`, 500 times on four numbers; an entry is one of the 1000 operations.
    Small { pull: bool },
    /// A step of descent of a network with one hidden layer (relu) and cross-entropy.
    Step {
        batch: usize,
        inputs: usize,
        hidden: usize,
        outputs: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Map {
    Exp,
    Ln,
    Tanh,
    Sigmoid,
    /// `x + x^T`.
    AddTransposed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Vector {
    Row,
    Column,
}

/// Rows and columns of the matrices of most tasks.
pub(crate) const SIDE: usize = 1024;
/// How often [`Task::Small`] repeats its two operations.
pub(crate) const REPEATS: usize = 500;
/// How far a step of descent goes.
pub(crate) const RATE: f64 = 0.1;

impl Task {
    /// All of them, in the order of the table.
    pub(crate) fn all() -> Vec<Task> {
        let mut tasks = Vec::new();
        for n in [64, 256, 1024] {
            for transposed in [[false, false], [false, true], [true, false], [true, true]] {
                tasks.push(Task::MatMul { n, transposed });
            }
        }
        let maps = [Map::Exp, Map::Ln, Map::Tanh, Map::Sigmoid];
        tasks.extend(maps.map(Task::Map));
        tasks.push(Task::Map(Map::AddTransposed));
        tasks.extend([Vector::Row, Vector::Column].map(Task::Add));
        tasks.extend([Some(0), Some(1), None].map(Task::Sum));
        tasks.extend([false, true].map(|pull| Task::Softmax { pull }));
        tasks.extend([false, true].map(|pull| Task::LayerNorm { pull }));
        tasks.extend([false, true].map(|pull| Task::Small { pull }));
        let step = |batch, inputs, hidden, outputs| Task::Step {
            batch,
            inputs,
            hidden,
            outputs,
        };
        tasks.extend([step(64, 784, 128, 10), step(4, 2, 8, 2)]);
        tasks
    }

    /// The row's title; `tensors.py` has the same.
    pub(crate) fn name(self) -> String {
        let pulled = |pull| if pull { " and gradient" } else { "" };
        match self {
            Task::MatMul { n, transposed } => {
                let [a, b] = transposed.map(|t| if t { 'T' } else { 'N' });
                format!("matmul {n} {a}{b}")
            }
            Task::Map(Map::AddTransposed) => "x + x^T".to_string(),
            Task::Map(map) => format!("{map:?}").to_lowercase(),
            Task::Add(Vector::Row) => "matrix + row".to_string(),
            Task::Add(Vector::Column) => "matrix + column".to_string(),
            Task::Sum(Some(axis)) => format!("sum over axis {axis}"),
            Task::Sum(None) => "sum of all".to_string(),
            Task::Softmax { pull } => format!("softmax{}", pulled(pull)),
            Task::LayerNorm { pull } => format!("layer norm{}", pulled(pull)),
            Task::Small { pull } => format!("operation on 4{}", pulled(pull)),
            Task::Step {
                batch,
                inputs,
                hidden,
                outputs,
            } => format!("step {inputs}-{hidden}-{outputs}, batch {batch}"),
        }
    }

    /// How many of the thing named there are in one run.
    pub(crate) fn count(self) -> usize {
        match self {
            Task::Small { .. } => 2 * REPEATS,
            _ => 1,
        }
    }
}

/// Numbers in (-1, 1) without a pattern that a loop could use, the same on every run and in `tensors.py`.
pub(crate) fn numbers(count: usize, seed: usize) -> Vec<f64> {
    let number = |i: usize| {
        let mixed = (i + 1 + 1_000_003 * seed).wrapping_mul(2_654_435_761) % (1 << 32);
        mixed as f64 / (1_u64 << 31) as f64 - 1.0
    };
    (0..count).map(number).collect()
}

/// The class of each row of a batch.
pub(crate) fn classes(batch: usize, outputs: usize) -> Vec<usize> {
    (0..batch).map(|row| row * 7 % outputs).collect()
}

/// The starting weights of a network: two matrices `[out, in]`, each with a bias behind it.
pub(crate) fn weights(inputs: usize, hidden: usize, outputs: usize) -> [(Vec<usize>, Vec<f64>); 4] {
    let scaled = |shape: &[usize], seed: usize, scale: f64| {
        let count = shape.iter().product();
        let values = numbers(count, seed)
            .into_iter()
            .map(|w| w * scale)
            .collect();
        (shape.to_vec(), values)
    };
    let [of_inputs, of_hidden] = [inputs, hidden].map(|n| (n as f64).sqrt().recip());
    [
        scaled(&[hidden, inputs], 5, of_inputs),
        scaled(&[hidden], 6, of_inputs),
        scaled(&[outputs, hidden], 7, of_hidden),
        scaled(&[outputs], 8, of_hidden),
    ]
}
