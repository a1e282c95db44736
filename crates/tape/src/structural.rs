//! Operations that move, mix or reduce the elements of arrays.
//!
//! An elementwise operation is a row of a table of derivatives (`op/rows.rs`). A structural
//! operation says, in one `impl`, what shape comes out, how the elements are computed, and what
//! each operand's term of the chain rule is, written with operations on tensors. Most are
//! linear, and then the term is the transpose applied to the adjoint: they come in pairs, sum
//! with expand, slice with pad, gather with scatter-add. Since the term is recorded like any
//! computation, derivatives of every order follow from this one rule.
//!
//! To add one: write the `impl`, and put its name into the list below. What it may say besides: how
//! it rounds ([`errors`](Structural::errors)), where it has corners ([`corners`](Structural::corners)),
//! the usual mistake behind a NaN ([`cure`](Structural::cure)).

mod call;
mod cast;
#[cfg(feature = "linalg")]
mod cholesky;
mod compare;
mod conv;
mod cross_entropy;
mod cumsum;
#[cfg(feature = "linalg")]
mod determinant;
mod dot;
mod expand;
mod extreme;
mod gather;
mod index;
mod join;
mod linear;
#[cfg(feature = "linalg")]
mod lu;
mod matmul;
mod norm;
mod normalize;
mod permute;
mod pool;
mod prod;
mod recurrent;
mod reshape;
mod rounding;
mod slice;
mod softmax;
mod sum;
mod triangle;
#[cfg(feature = "linalg")]
mod triangular;
mod unfold;
mod variance;

use crate::array::Array;
use crate::element::Element;
use crate::error::Error;
use crate::kernel::View;
use crate::shape::Shape;
use crate::tensor::{Layout, Strides, Tensor, done, record_structural};
use smallvec::SmallVec;
use std::fmt::Debug;
use std::sync::Arc;

pub(crate) use call::Call;
pub(crate) use cast::Cast;
#[cfg(feature = "linalg")]
pub(crate) use cholesky::Cholesky;
pub(crate) use compare::Compare;
pub(crate) use conv::{Conv2d, ConvKernel2d, ConvTranspose2d, Geometry};
pub(crate) use cross_entropy::{CrossEntropy, CrossEntropyPull};
pub(crate) use cumsum::CumSum;
#[cfg(feature = "linalg")]
pub(crate) use determinant::{Cofactors, Determinant, Which};
pub(crate) use dot::Dot;
pub(crate) use expand::Expand;
pub(crate) use extreme::{Amax, MaxShares};
pub(crate) use gather::{Gather, Order, ScatterAdd};
pub(crate) use index::{IndexAdd, IndexSelect};
pub(crate) use join::{Concat, Stack};
pub(crate) use linear::Linear;
#[cfg(feature = "linalg")]
pub(crate) use lu::{Inverse, LuFactors, LuSolve, square};
pub(crate) use matmul::MatMul;
pub(crate) use norm::Norm;
pub(crate) use normalize::{Normalize, NormalizePull};
pub(crate) use permute::Permute;
pub(crate) use pool::{AvgPool, AvgUnpool, MaxPool, MaxUnpool, Pooling};
pub(crate) use prod::{Others, Prod};
pub(crate) use recurrent::{Recurrent, RecurrentPull, RecurrentTrace, Units};
pub(crate) use reshape::Reshape;
pub(crate) use rounding::{Errors, Rounded, applied};
pub(crate) use slice::{Cut, Cuts, Pad, Slice, anew, part};
pub(crate) use softmax::{Centre, LogSoftmax, LogSoftmaxPull, LogSumExp, Softmax, SoftmaxPull};
pub(crate) use sum::Sum;
pub(crate) use triangle::TriangularPart;
#[cfg(feature = "linalg")]
pub use triangular::Triangle;
#[cfg(feature = "linalg")]
pub(crate) use triangular::{TriangularSolve, right_sides};
pub(crate) use unfold::{Fold, Unfold};
pub(crate) use variance::{Std, Variance};

/// The rule of a structural operation.
pub(crate) trait Structural: Clone + Debug + PartialEq + Into<StructuralOp> {
    /// Its name, as a method.
    const NAME: &'static str;

    /// Whether the result counts as data: it is piecewise constant, and no adjoint passes.
    const DATA: bool = false;

    /// The shape of the result; whatever does not fit is found here.
    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error>;

    /// The result as another look at the operand's memory, where it is one.
    fn look(&self, _operand: &Layout, _shape: &Shape) -> Option<Look> {
        None
    }

    /// Computes the elements of the result in row-major order. `lengths` is its shape.
    /// Not called where `look` answers, or where `number` does.
    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]);

    /// A result of rank 0 in double precision, where that is better than one element of `value`.
    fn number<T: Element>(&self, _operands: &[View<'_, T>]) -> Option<f64> {
        None
    }

    /// Records it anew, at other operands: what a check of the rule compares with differences.
    #[track_caller]
    fn again<T: Element>(&self, operands: &[Tensor<T>]) -> Tensor<T> {
        recorded(self.clone(), operands)
    }

    /// What the ledger and messages call it: of a user's operation, the user's name.
    fn called(&self) -> &str {
        Self::NAME
    }

    /// The term of operand `slot`: the upstream adjoint times the local derivative.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T>;

    /// Hands the term of every wanted operand to `give`: all at once, where they share work.
    fn terms<T: Element>(
        &self,
        node: &Pulled<T>,
        wanted: &dyn Fn(usize) -> bool,
        give: &mut dyn FnMut(usize, Tensor<T>),
    ) {
        for slot in 0..node.operands.len() {
            if wanted(slot) {
                give(slot, self.term(node, slot));
            }
        }
    }

    /// How the term reads, for the ledger, with `{g}` the upstream adjoint, `{0}`, `{1}` the
    /// operands and `{y}` the result: `{g} . {1}^T`.
    fn says(&self, slot: usize) -> &'static str;

    /// What may be wrong where finite operands give something that is not, as `mistake: cure`.
    fn cure(&self) -> Option<&'static str> {
        None
    }

    /// The positions along an axis that it was recorded with: a list that may stand in other
    /// operations too.
    fn positions(&self) -> Option<&Arc<[usize]>> {
        None
    }

    /// Puts other positions, as many, in the place of those.
    fn set_positions(&mut self, _positions: &Arc<[usize]>) {}

    /// The same by other operations, of which it is known how they round.
    #[track_caller]
    fn composed<T: Element>(&self, _operands: &[Tensor<T>]) -> Option<Tensor<T>> {
        None
    }

    /// How far off the result is where the operands are, and what it adds by rounding in double
    /// precision, to first order; `None` where no bound is known.
    fn errors(&self, _at: &Rounded<'_>) -> Option<Errors> {
        None
    }

    /// Where its corners are, near these operands: ties of what it picks, and points where it has
    /// no derivative.
    fn corners(&self, _operands: &[&Array]) -> Vec<Corner> {
        Vec::new()
    }
}

/// A point where an operation has no derivative, near an element of an operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Corner {
    /// The operand.
    pub(crate) slot: usize,
    /// The place of the element, in row-major order.
    pub(crate) place: usize,
    /// Where the corner is: at a tie, the element that it is compared with.
    pub(crate) at: f64,
    /// The derivative of the result by the element: below the corner, as its rule takes it, above.
    pub(crate) slopes: [f64; 3],
}

/// Another look at an operand's memory.
pub(crate) struct Look {
    pub(crate) strides: Strides,
    /// How far behind the operand's first element the first one lies.
    pub(crate) offset: isize,
}

/// A node in the reverse sweep: what its rule may compute with.
pub(crate) struct Pulled<T: Element> {
    pub(crate) upstream: Tensor<T>,
    pub(crate) operands: SmallVec<[Tensor<T>; 4]>,
    pub(crate) result: Tensor<T>,
}

/// An operation in a term, on operands that are known to fit it.
#[track_caller]
fn recorded<T: Element, S: Structural>(op: S, operands: &[Tensor<T>]) -> Tensor<T> {
    done(record_structural(op, operands))
}

/// Makes one type of all structural operations.
macro_rules! structural {
    ($($(#[$when:meta])* $Op:ident),* $(,)?) => {
        /// Every structural operation that a recording can hold.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) enum StructuralOp {
            $($(#[$when])* $Op($Op),)*
        }

        $($(#[$when])* impl From<$Op> for StructuralOp {
            fn from(op: $Op) -> StructuralOp {
                StructuralOp::$Op(op)
            }
        })*

        impl StructuralOp {
            pub(crate) fn name(&self) -> &'static str {
                match self { $($(#[$when])* StructuralOp::$Op(_) => $Op::NAME,)* }
            }

            pub(crate) fn called(&self) -> &str {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.called(),)* }
            }

            pub(crate) fn is_data(&self) -> bool {
                match self { $($(#[$when])* StructuralOp::$Op(_) => $Op::DATA,)* }
            }

            pub(crate) fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.shape(operands),)* }
            }

            pub(crate) fn look(&self, operand: &Layout, shape: &Shape) -> Option<Look> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.look(operand, shape),)* }
            }

            pub(crate) fn value<T: Element>(
                &self,
                operands: &[View<'_, T>],
                lengths: &[usize],
                out: &mut [T],
            ) {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.value(operands, lengths, out),)* }
            }

            pub(crate) fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.number(operands),)* }
            }

            #[track_caller]
            pub(crate) fn again<T: Element>(&self, operands: &[Tensor<T>]) -> Tensor<T> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.again(operands),)* }
            }

            pub(crate) fn terms<T: Element>(
                &self,
                node: &Pulled<T>,
                wanted: &dyn Fn(usize) -> bool,
                give: &mut dyn FnMut(usize, Tensor<T>),
            ) {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.terms(node, wanted, give),)* }
            }

            pub(crate) fn says(&self, slot: usize) -> &'static str {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.says(slot),)* }
            }

            pub(crate) fn cure(&self) -> Option<&'static str> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.cure(),)* }
            }

            pub(crate) fn positions(&self) -> Option<&Arc<[usize]>> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.positions(),)* }
            }

            pub(crate) fn set_positions(&mut self, positions: &Arc<[usize]>) {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.set_positions(positions),)* }
            }

            #[track_caller]
            pub(crate) fn composed<T: Element>(&self, operands: &[Tensor<T>]) -> Option<Tensor<T>> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.composed(operands),)* }
            }

            pub(crate) fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.errors(at),)* }
            }

            /// What it answers for plain arrays, in double precision.
            pub(crate) fn applied(&self, operands: &[&Array]) -> Array {
                match self { $($(#[$when])* StructuralOp::$Op(op) => applied(op, operands),)* }
            }

            pub(crate) fn corners(&self, operands: &[&Array]) -> Vec<Corner> {
                match self { $($(#[$when])* StructuralOp::$Op(op) => op.corners(operands),)* }
            }
        }
    };
}

structural! {
    Amax,
    AvgPool,
    AvgUnpool,
    Call,
    Cast,
    Centre,
    #[cfg(feature = "linalg")]
    Cholesky,
    #[cfg(feature = "linalg")]
    Cofactors,
    Compare,
    Concat,
    Conv2d,
    ConvKernel2d,
    ConvTranspose2d,
    CrossEntropy,
    CrossEntropyPull,
    CumSum,
    #[cfg(feature = "linalg")]
    Determinant,
    Dot,
    Expand,
    Fold,
    Gather,
    IndexAdd,
    IndexSelect,
    #[cfg(feature = "linalg")]
    Inverse,
    Linear,
    LogSoftmax,
    LogSoftmaxPull,
    LogSumExp,
    #[cfg(feature = "linalg")]
    LuFactors,
    #[cfg(feature = "linalg")]
    LuSolve,
    MatMul,
    MaxPool,
    MaxShares,
    MaxUnpool,
    Norm,
    Normalize,
    NormalizePull,
    Others,
    Pad,
    Permute,
    Prod,
    Recurrent,
    RecurrentPull,
    RecurrentTrace,
    Reshape,
    ScatterAdd,
    Slice,
    Softmax,
    SoftmaxPull,
    Stack,
    Std,
    Sum,
    TriangularPart,
    #[cfg(feature = "linalg")]
    TriangularSolve,
    Unfold,
    Variance,
}
