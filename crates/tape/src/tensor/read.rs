//! Reading a tensor's elements.

use super::{Arrays, PASSIVE, Source, Tensor, operations};
use crate::array::Array;
use crate::element::{Element, by_element};
use crate::error::{Error, ErrorKind};
use crate::guard::Reading;
use crate::kernel::{self, View};
use crate::recording::Recording;
use crate::shape::Shape;
use std::fmt;
use std::panic::Location;

impl<T: Element> Tensor<T> {
    /// Looks at the elements, in row-major order. A [`Plan`](crate::Plan) that is being recorded
    /// refuses that; of a number it is a guard, as [`Var::value`](crate::Var::value).
    ///
    /// # Panics
    /// If the handle is stale, or `look` records on the same tape.
    #[track_caller]
    pub fn with<V>(self, look: impl FnOnce(&[T]) -> V) -> V {
        if self.var().is_constant() {
            return look(&[T::from_f64(self.var().peek())]);
        }
        let recording = Recording::expect_owner(self.var(), "reading a tensor");
        let index = recording
            .index(self.var())
            .expect("the owner holds the handle");
        let node = recording.node(index);
        if node.row.shape & !PASSIVE == 0 {
            return look(&[T::from_f64(self.var().value())]);
        }
        let source = recording.source(index);
        recording.note(Reading::Elements, Location::caller());
        recording.with_arrays(|arrays| {
            let view = arrays.read::<T>(&source);
            match view.as_slice() {
                Some(elements) => look(elements),
                None => {
                    let mut elements = vec![T::default(); view.count()];
                    kernel::copy(view, &mut elements);
                    look(&elements)
                }
            }
        })
    }

    /// The elements, in row-major order.
    #[must_use]
    #[track_caller]
    pub fn to_vec(self) -> Vec<T> {
        self.with(<[T]>::to_vec)
    }

    /// The elements and their shape.
    #[must_use]
    #[track_caller]
    pub fn to_array(self) -> Array<T> {
        let shape = self.shape();
        Array::trusted(shape, self.to_vec())
    }

    operations! {
        /// The only element.
        ///
        /// # Panics
        /// If there are more, or none.
        item try_item(self) -> T {
            self.with(|elements| match elements {
                [item] => Ok(*item),
                _ => Err(elements.len()),
            })
            .map_err(|count| {
                Error::new(
                    ErrorKind::Shape,
                    format!(
                        "item: {count} elements, shape {}; read them with `to_vec` or `with`",
                        self.shape()
                    ),
                )
            })
        }
    }
}

impl<T: Element> Tensor<T> {
    /// The elements, for printing: a number that is printed leaves no guard, as none of a `Var` does.
    fn printed(self) -> Array<T> {
        match self.is_number() {
            true => Array::from(T::from_f64(self.var().peek())),
            false => self.to_array(),
        }
    }
}

/// An array as plain data in double precision.
pub(super) fn plain<T: Element>(view: View<'_, T>) -> Array {
    let mut elements = vec![0.0; view.count()];
    kernel::cast(view, &mut elements);
    Array::trusted(Shape::trusted(view.lengths.iter().copied()), elements)
}

impl Arrays {
    /// An array as plain data in double precision.
    pub(crate) fn plain(&self, source: &Source) -> Array {
        let element = self.layouts.get(source.layout).element;
        by_element!(element, T => plain(self.read::<T>(source)))
    }
}

impl<T: Element> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.printed(), f)
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self
            .name()
            .map_or(String::new(), |name| format!("{name}, "));
        match Recording::owner_of(self.var()) {
            None if !self.var().is_constant() => f.write_str("Tensor(stale)"),
            _ => write!(f, "Tensor({name}{}, {:?})", self.shape(), self.printed()),
        }
    }
}
