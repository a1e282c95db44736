//! The handle of an array.

mod adjoints;
mod arena;
mod attention;
mod call;
mod cast;
mod compare;
mod conv;
mod cross_entropy;
mod diagonal;
mod einsum;
mod index;
mod join;
mod layout;
mod lent;
mod lift;
#[cfg(feature = "linalg")]
mod linalg;
mod linear;
mod normalize;
mod pool;
mod product;
mod read;
mod record;
mod recurrent;
mod reduce;
mod replay;
mod reshape;
mod rows;
mod slice;
mod sliding;
mod softmax;
mod sort;
mod span;
mod statistics;
mod store;
mod sweep;
mod tile;

use crate::element::Element;
use crate::error::Error;
pub(crate) use crate::error::done;
use crate::op::Op;
use crate::recording::Recording;
use crate::shape::Shape;
use crate::var::Var;
use std::marker::PhantomData;

pub(crate) use adjoints::ArrayAdjoints;
pub(crate) use arena::Arena;
pub use attention::Mask;
pub(crate) use call::Rule;
pub use call::TensorOp;
pub(crate) use layout::{Layout, Strides, restrided, row_major};
pub(crate) use lent::{Lent, Loan};
pub use normalize::BatchNorm;
pub use pool::Pool;
pub(crate) use record::{known, misfit, record_structural};
pub use recurrent::{RecurrentState, RecurrentUnit};
pub use reduce::{Over, axes};
pub(crate) use replay::Replay;
pub use sliding::{Conv, PerAxis, Slide};
pub use span::{Span, Whole};
pub(crate) use store::{Arrays, PASSIVE, Source};
pub(crate) use sweep::{
    ArrayObserver, ArraySeed, ArrayTerm, Found, Step, is_array, plain_adjoint, read_adjoint,
    recorded_terms, write_adjoint,
};

/// An array whose operations are recorded on a [`Tape`](crate::Tape).
///
/// A `Tensor` is like a [`Var`]: plain data, 16 bytes, `Copy`, without a lifetime; its elements
/// and its shape are kept by the tape. All operations of a `Var` work element by element, with
/// numbers, `Var`s and tensors on either side of every operator. Shapes are broadcast as in
/// NumPy, except that an operand of lower rank must equal the trailing axes exactly (`[5,1]`
/// with `[5]` is an error, not `[5,5]`); what is repeated is recorded as a node.
///
/// A number is a tensor of rank 0, and a tensor of rank 0 is a `Var`: each converts into the
/// other for free.
///
/// ```
/// let tape = tape::Tape::new();
/// let w = tape.tensor("w", [[1.0, 2.0], [3.0, 4.0]]);
/// let x = tape.constant([[5.0], [6.0]]);
/// let loss = w.matmul(x).square().sum();
/// assert_eq!(loss.value(), 17.0 * 17.0 + 39.0 * 39.0);
/// assert_eq!(loss.backward()[w], [170.0, 204.0, 390.0, 468.0]);
/// ```
///
/// Every operation that can fail has a twin that answers a `Result`: [`matmul`](Tensor::matmul)
/// panics at your line with the whole story, [`try_matmul`](Tensor::try_matmul) returns it.
pub struct Tensor<T: Element = f64> {
    var: Var,
    element: PhantomData<T>,
}

impl<T: Element> Clone for Tensor<T> {
    fn clone(&self) -> Tensor<T> {
        *self
    }
}

impl<T: Element> Copy for Tensor<T> {}

const _: () = assert!(size_of::<Tensor<f32>>() == 16);

impl<T: Element> Tensor<T> {
    /// The tensor of a node that is known to have elements of this type.
    #[inline]
    pub(crate) fn of(var: Var) -> Tensor<T> {
        Tensor {
            var,
            element: PhantomData,
        }
    }

    /// The tensor of a recording's node.
    pub(crate) fn of_node(recording: &Recording, index: u32) -> Tensor<T> {
        Tensor::of(recording.handle(index))
    }

    /// The node's handle. Its value is the tensor's if that has rank 0, and means nothing else.
    #[inline]
    pub(crate) fn var(self) -> Var {
        self.var
    }

    /// The lengths along each axis.
    ///
    /// # Panics
    /// If the handle is stale.
    #[must_use]
    #[track_caller]
    pub fn shape(self) -> Shape {
        if self.var.is_constant() {
            return Shape::scalar();
        }
        Recording::with_owner(self.var, "shape", |recording| self.shape_in(recording))
    }

    pub(crate) fn shape_in(self, recording: &Recording) -> Shape {
        match recording.index(self.var) {
            Some(index) => recording.shape(index),
            None => Shape::scalar(),
        }
    }

    /// Whether this is a number: an array without axes.
    #[track_caller]
    pub(crate) fn is_number(self) -> bool {
        self.var.is_constant() || self.shape().rank() == 0
    }

    /// Names the node, for the ledger and for messages, and answers the handle.
    ///
    /// # Panics
    /// If the handle is stale.
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Tensor<T> {
        Tensor::of(self.var.named(name))
    }

    /// The node's name, if it has one.
    #[must_use]
    pub fn name(self) -> Option<String> {
        self.var.name()
    }

    /// The operation that recorded it, [`Op::Structural`] where that moves, mixes or reduces
    /// elements; `None` of a number that is no node, and of a stale handle.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [1.0, 2.0]);
    /// assert_eq!(x.tanh().op(), Some(tape::Op::Tanh));
    /// ```
    #[must_use]
    pub fn op(self) -> Option<Op> {
        self.var.op()
    }

    /// An id fit for a map key.
    #[must_use]
    pub fn id(self) -> crate::var::VarId {
        self.var.id()
    }

    /// The same elements, cut off: no adjoint passes. The elements are shared, not copied.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [1.0, 2.0]);
    /// assert_eq!((x * x.detach()).sum().backward()[x], [1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If the handle is stale.
    #[must_use]
    #[track_caller]
    pub fn detach(self) -> Tensor<T> {
        record::record_detach(self)
    }

    /// What a message calls an operand: its name or number, and its shape.
    pub(crate) fn described_in(self, recording: &Recording) -> String {
        match recording.index(self.var) {
            None => self.var.peek().to_string(),
            Some(index) => match recording.name_of(self.var) {
                Some(name) => format!("{name} {}", recording.shape(index)),
                None => format!("node {index} {}", recording.shape(index)),
            },
        }
    }
}

impl Recording {
    /// The shape of a node's value.
    pub(crate) fn shape(&self, index: u32) -> Shape {
        self.with(|nodes, store| {
            let layout = nodes[index as usize].row.shape & !PASSIVE;
            store.arrays.layouts.get(layout).shape.clone()
        })
    }
}

impl Recording {
    /// What a program says to a recording that has arrays: the first of them, and its line.
    pub(crate) fn first_array(&self) -> String {
        let first = self.with(|nodes, _| nodes.iter().position(|node| is_array(&node.row)));
        let array = first.map(|index| {
            let index = index as u32;
            let name = match self.name_of(self.handle(index)) {
                Some(name) => name,
                None => format!("node {index}"),
            };
            let line = self.line(index).map(|line| format!(" ({line})"));
            format!(": {name} {}{}", self.shape(index), line.unwrap_or_default())
        });
        format!(
            "programs are made of numbers{}; of arrays, record a `Plan`, or differentiate on a `Tape`",
            array.unwrap_or_default()
        )
    }
}

/// A number is an array without axes.
impl<T: Element> From<Var> for Tensor<T> {
    fn from(var: Var) -> Tensor<T> {
        Tensor::of(var)
    }
}

impl<T: Element> From<&Tensor<T>> for Tensor<T> {
    fn from(tensor: &Tensor<T>) -> Tensor<T> {
        *tensor
    }
}

impl<T: Element> From<f64> for Tensor<T> {
    fn from(number: f64) -> Tensor<T> {
        Tensor::of(Var::constant(number))
    }
}

/// The number 0.
impl<T: Element> Default for Tensor<T> {
    fn default() -> Tensor<T> {
        Tensor::from(0.0)
    }
}

/// An error about shapes.
pub(crate) fn mismatch(message: String) -> Error {
    Error::new(crate::error::ErrorKind::Shape, message)
}

/// Writes, for each operation that can fail, the method that panics and its `try_` twin.
macro_rules! operations {
    ($($(#[doc = $doc:literal])* $name:ident $try_name:ident ($self:ident $(, $arg:ident: $Type:ty)* $(,)?) -> $Out:ty $body:block)*) => { $(
        $(#[doc = $doc])*
        #[must_use]
        #[track_caller]
        pub fn $name($self $(, $arg: $Type)*) -> $Out {
            $crate::tensor::done($self.$try_name($($arg),*))
        }

        #[doc = concat!("As [`", stringify!($name), "`](Tensor::", stringify!($name), "), with the error as a value.")]
        ///
        /// # Errors
        #[doc = concat!("Where `", stringify!($name), "` panics.")]
        #[track_caller]
        pub fn $try_name($self $(, $arg: $Type)*) -> Result<$Out, $crate::error::Error> {
            $crate::tensor::known(stringify!($name), &[$self])?;
            $body
        }
    )* };
}

pub(crate) use operations;
