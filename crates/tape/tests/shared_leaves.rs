//! Arrays that a tape looks at where their owner keeps them.

use std::sync::Arc;
use tape::{Array, Element, Tape};

fn numbers<T: Element>(shape: &[usize]) -> Arc<Array<T>> {
    let mut next = -1.0;
    Arc::new(Array::from_fn(shape, |_| {
        next += 0.25;
        T::from_f64(next)
    }))
}

#[test]
fn the_elements_are_the_owners_own() {
    fn check<T: Element>() {
        let (tape, array) = (Tape::new(), numbers::<T>(&[3, 4]));
        let address = array.as_slice().as_ptr();
        for leaf in [tape.shared(&array), tape.shared_constant(&array)] {
            assert_eq!(leaf.with(<[T]>::as_ptr), address);
            assert_eq!(
                leaf.row(1).with(<[T]>::as_ptr),
                array.as_slice()[4..].as_ptr()
            );
            assert_eq!(leaf.detach().with(<[T]>::as_ptr), address);
            assert_eq!(leaf.to_array(), *array);
            assert_eq!(
                leaf.t().flip(0).to_vec()[..2],
                [array[[0, 3]], array[[1, 3]]]
            );
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn a_reset_or_the_tapes_end_gives_them_back() {
    let (mut a, b) = (numbers::<f64>(&[2]), numbers::<f32>(&[2]));
    let tape = Tape::new();
    let x = tape.shared(&a);
    let _ = (tape.shared(&b), tape.shared(&b), tape.shared_constant(&a));
    assert_eq!((Arc::strong_count(&a), Arc::strong_count(&b)), (3, 3));
    let gradients = x.square().sum().backward();
    tape.reset();
    assert_eq!((Arc::strong_count(&a), Arc::strong_count(&b)), (1, 1));
    assert!(Arc::get_mut(&mut a).is_some());
    assert_eq!(gradients[x], [-1.5, -1.0], "read after the reset");
    assert_eq!(gradients.array(x).unwrap(), Array::from([-1.5, -1.0]));
    let _ = tape.shared(&a);
    assert_eq!(Arc::strong_count(&a), 2);
    drop(tape);
    assert_eq!(Arc::strong_count(&a), 1);
}

#[test]
fn whoever_changes_a_lent_array_changes_a_copy() {
    let mut array = numbers::<f64>(&[3]);
    let tape = Tape::new();
    let x = tape.shared(&array).named("x");
    let y = x.square();
    Arc::make_mut(&mut array).as_mut_slice().fill(100.0);
    assert_eq!(x.to_vec(), [-0.75, -0.5, -0.25]);
    assert_eq!(y.sum().backward()[x], [-1.5, -1.0, -0.5]);
    // Lent again it is another array.
    assert_eq!(tape.shared(&array).to_vec(), [100.0; 3]);
    assert_eq!(tape.tensor("plain", [1.0]).to_vec(), [1.0]);
    assert_eq!(x.name().as_deref(), Some("x"));
}

#[test]
fn both_types_of_element_mix_with_copied_arrays() {
    let (a, b) = (numbers::<f64>(&[2, 3]), numbers::<f32>(&[3]));
    let (tape, other) = (Tape::new(), Tape::new());
    let answer = |tape: &Tape, lent: bool| {
        let (x, y) = match lent {
            true => (tape.shared(&a), tape.shared(&b)),
            false => (
                tape.tensor_of(a.shape(), a.as_slice()),
                tape.tensor_of(b.shape(), b.as_slice()),
            ),
        };
        let loss = (x * y.cast::<f64>().exp()).sum() + (y * x.row(1).cast::<f32>()).square().sum();
        let g = loss.backward();
        (loss.value(), g[x].to_vec(), g[y].to_vec())
    };
    assert_eq!(answer(&tape, true), answer(&other, false));
}

#[test]
fn numbers_and_arrays_without_elements_are_lent_too() {
    let tape = Tape::new();
    let (number, empty) = (Arc::new(Array::from(3.0)), numbers::<f64>(&[0, 2]));
    let (x, none) = (tape.shared(&number), tape.shared(&empty));
    let loss = x.square().sum() + none.t().flip(0).sum();
    let g = loss.backward();
    assert_eq!(g.array(x).unwrap(), Array::from(6.0));
    assert_eq!(*g.array(none).unwrap().shape(), [0, 2]);
    assert!(
        tape.shared_constant(&number)
            .square()
            .sum()
            .backward()
            .array(x)
            .is_none()
    );
}

#[test]
fn the_ledger_tells_of_a_lent_array_as_of_any() {
    let array = numbers::<f64>(&[2]);
    let told = |lent: bool| {
        let tape = Tape::without_lines();
        let x = match lent {
            true => tape.shared(&array),
            false => tape.tensor_of(&[2], array.as_slice()),
        };
        let loss = (x.named("x") * 2.0).exp().sum().named("loss");
        format!("{}\n{x}\n{x:?}", loss.explain())
    };
    assert_eq!(told(true), told(false));
}

#[test]
fn an_adjoint_that_is_changed_changes_alone() {
    let tape = Tape::new();
    let (x, y) = (tape.tensor("x", [1.0, 2.0]), tape.tensor("y", [5.0, 6.0]));
    let n = tape.var("n", 2.0);
    let unused = tape.tensor("unused", [1.0]);
    let sum = x + y;
    let turned = tape.tensor("m", [[1.0, 2.0], [3.0, 4.0]]);
    let weights = tape.constant([[1.0, 2.0], [3.0, 4.0]]);
    let loss = (sum * 3.0).sum() * n + (turned.t() * weights).t().sum();
    let mut g = loss.backward();
    // A sum hands one array to both operands.
    g.elements_mut(x).unwrap()[0] = -1.0;
    assert_eq!(
        (&g[x], &g[y], &g[sum]),
        (&[-1.0, 6.0][..], &[6.0, 6.0][..], &[6.0, 6.0][..])
    );
    g.elements_mut(x).unwrap()[1] = -2.0;
    g.elements_mut(sum).unwrap().fill(0.5);
    assert_eq!(
        (&g[x], &g[y], &g[sum]),
        (&[-1.0, -2.0][..], &[6.0, 6.0][..], &[0.5, 0.5][..])
    );
    g.elements_mut(turned).unwrap()[1] = 7.0;
    assert_eq!(g[turned], [1.0, 7.0, 2.0, 4.0]);
    *g.get_mut(n).unwrap() += 1.0;
    assert_eq!(g[n], 43.0);
    assert!(g.elements_mut(unused).is_none());
    tape.reset();
    g.elements_mut(y).unwrap()[0] = 8.0;
    assert_eq!((&g[x], &g[y]), (&[-1.0, -2.0][..], &[8.0, 6.0][..]));
}
