//! Vector code for loops that are written elsewhere.

use super::lanes::{self, Vectors};

/// A loop to be run by [`vectorised`].
///
/// What [`run`](Loop::run) calls must be inlined into it, and so must `run` itself
/// (`#[inline(always)]`): only then is it compiled with the instructions of the vector unit.
pub trait Loop {
    /// What it answers.
    type Out;
    /// Runs it.
    fn run(self) -> Self::Out;
}

/// Runs a loop, compiled for the widest vector unit that this processor has: the compiler makes a
/// copy for each, an ordinary build finds out at run time which to take. Elements are computed as
/// they are written, no multiply-add is fused: the numbers are the same on every processor.
///
/// ```
/// /// `y += a x`.
/// struct AddScaled<'a>(&'a mut [f32], f32, &'a [f32]);
///
/// impl tape::Loop for AddScaled<'_> {
///     type Out = ();
///     #[inline(always)]
///     fn run(self) {
///         let AddScaled(y, a, x) = self;
///         y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
///     }
/// }
///
/// let mut y = [1.0; 100];
/// tape::vectorised(AddScaled(&mut y, 0.5, &[4.0; 100]));
/// assert_eq!(y, [3.0; 100]);
/// ```
#[inline]
pub fn vectorised<L: Loop>(work: L) -> L::Out {
    Vectors::widest().run(Own(work))
}

struct Own<L>(L);

impl<L: Loop> lanes::Loop for Own<L> {
    type Out = L::Out;
    #[inline(always)]
    fn run<const FMA: bool>(self) -> L::Out {
        self.0.run()
    }
}
