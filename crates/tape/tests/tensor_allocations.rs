//! A step that repeats finds all its memory from the step before: recording, sweep and reset
//! allocate nothing once they are warm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use tape::{Array, Element, Gradients, Plan, Tape, Tensor, Var};

thread_local! {
    /// How often this thread has asked for memory.
    static ASKED: Cell<usize> = const { Cell::new(0) };
    /// For how many bytes.
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: all is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often a step asks for memory, once it is warm.
fn allocations<T: Element>(
    inputs: &[Array<T>],
    step: impl Fn(&Tape, &[Tensor<T>]) -> Var,
) -> usize {
    let tape = Tape::without_lines();
    let mut gradients = Gradients::new();
    let mut handles = Vec::new();
    let mut asked = 0;
    for _ in 0..4 {
        let before = ASKED.get();
        tape.reset();
        handles.clear();
        for input in inputs {
            handles.push(tape.tensor_of(input.shape(), input.as_slice()));
        }
        step(&tape, &handles).backward_into(&mut gradients);
        for &handle in &handles {
            assert!(gradients[handle].iter().all(|g| !g.to_f64().is_nan()));
        }
        asked = ASKED.get() - before;
    }
    asked
}

fn numbers<T: Element>(shape: &[usize]) -> Array<T> {
    let mut next = 0.0;
    Array::from_fn(shape, |_| {
        next += 0.37;
        T::from_f64((next % 2.0) - 0.9)
    })
}

/// What is allowed to allocate, and how often, stands in the line.
macro_rules! step {
    ($name:ident, $allowed:literal, [$($shape:expr),*], |$tape:ident, $x:ident| $loss:expr) => {
        #[test]
        fn $name() {
            fn step<T: Element>() -> usize {
                let inputs: Vec<Array<T>> = vec![$(numbers(&$shape)),*];
                allocations::<T>(&inputs, |$tape, $x| $loss)
            }
            assert_eq!((step::<f64>(), step::<f32>()), ($allowed, $allowed));
        }
    };
}

step!(elementwise, 0, [[4], [4]], |_tape, x| {
    ((x[0] * x[1] + 1.0).tanh() * 0.5 - x[1].exp()).sum()
});
step!(broadcast, 0, [[3, 4], [4], [3, 1]], |_tape, x| {
    ((x[0] + x[1]) * x[2]).sum()
});
step!(sums_over_axes, 0, [[3, 4, 5]], |_tape, x| {
    (x[0].sum_over(1).square().sum_over(-1)).mean()
});
step!(products_of_matrices, 0, [[20, 30], [30, 10]], |_tape, x| {
    x[0].matmul(x[1]).square().sum()
});
step!(softmaxes, 0, [[6, 5]], |_tape, x| {
    (x[0].softmax(-1) * x[0].softmax(0) * x[0].log_softmax(1)).sum()
});
step!(a_normalisation, 0, [[6, 5], [5], [5]], |_tape, x| {
    x[0].layer_norm(&[5], Some(x[1]), Some(x[2]), 1e-5)
        .square()
        .sum()
});
step!(scopes, 0, [[4]], |tape, x| {
    tape.scope("outer", || {
        let inner = tape.scope("first layer", || x[0].tanh());
        tape.scope("second layer", || inner.exp().sum())
    })
});
step!(transposes, 0, [[40, 40]], |_tape, x| {
    (x[0] * x[0].t()).sum()
});
// The classes, which the tape keeps.
step!(
    a_perceptron,
    1,
    [[16, 8], [12, 8], [12], [3, 12], [3]],
    |_tape, x| {
        let hidden = x[0].linear(x[1], Some(x[2])).relu();
        let targets = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
        hidden.linear(x[3], Some(x[4])).cross_entropy(&targets)
    }
);

#[test]
fn arrays_that_are_shared_are_not_copied() {
    let weights = Arc::new(numbers::<f32>(&[100, 100]));
    let tape = Tape::without_lines();
    let mut gradients = Gradients::new();
    let mut asked = 0;
    for _ in 0..4 {
        let before = ASKED.get();
        tape.reset();
        let w = tape.shared(&weights);
        (w.t() * 2.0).tanh().sum().backward_into(&mut gradients);
        assert_eq!(gradients[w].len(), 10_000);
        asked = ASKED.get() - before;
    }
    assert_eq!(asked, 0);
}

/// How many bytes a sweep through the rows of a matrix asks for, in a thread that kept none.
fn bytes_of_rows(rows: usize) -> usize {
    let sweep = move || {
        let tape = Tape::without_lines();
        let x = tape.tensor("x", numbers::<f64>(&[rows, 64]));
        let mut sum = x.row(0);
        for row in 1..rows {
            sum += x.row(row);
        }
        let sum = sum.square().sum();
        let before = BYTES.get();
        let gradients = sum.backward();
        let twice_the_sum = sum.value() * 4.0;
        let g = &gradients[x];
        let found: f64 = x.with(|x| x.iter().zip(g).map(|(x, g)| x * g).sum::<f64>());
        assert!((found * 2.0 - twice_the_sum).abs() < 1e-9 * twice_the_sum);
        BYTES.get() - before
    };
    std::thread::spawn(sweep)
        .join()
        .expect("no assertion failed")
}

#[test]
fn a_sweep_through_all_rows_of_a_matrix_takes_memory_in_proportion_to_it() {
    let (few, many) = (bytes_of_rows(16), bytes_of_rows(256));
    // An adjoint of the whole for each row would be 256 times as much.
    assert!(many < 40 * few, "{few} and {many} bytes");
    assert!(many < 16 * 256 * 64 * 8, "{many} bytes");
}

#[test]
fn a_planned_step() {
    let (mut plan, (w, bias)) = Plan::record(|tape| {
        let w = tape.tensor_of::<f32>(&[3, 8], &[0.1; 24]);
        let x: Tensor<f32> = tape.constant_of(&[16, 8], &[0.3; 128]);
        // Their sum hands both the same adjoint, and either is changed where it lies.
        let (bias, other) = (
            tape.tensor("bias", [[0.0; 3]; 16]),
            tape.tensor("other", [[0.0; 3]; 16]),
        );
        let hidden = (x.linear(w, None) + (bias + other)).tanh();
        (
            hidden.softmax(-1).cross_entropy(&[1; 16]) + hidden.slice(0, 2..5).square().sum(),
            (w, bias),
        )
    })
    .unwrap();
    let mut gradients = Gradients::new();
    let mut asked = 0;
    for _ in 0..4 {
        let before = ASKED.get();
        plan.set(w, &[0.2; 24]).unwrap();
        plan.run(&mut gradients).unwrap();
        gradients.elements_mut(w).unwrap().fill(0.0);
        gradients.elements_mut(bias).unwrap().fill(0.0);
        asked = ASKED.get() - before;
    }
    assert_eq!(asked, 0);
}
