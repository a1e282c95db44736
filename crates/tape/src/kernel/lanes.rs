//! Loops compiled for each kind of vector unit, and the choice among them at run time.

use super::fast::Fast;
use crate::element::Element;
use crate::op::Real;
use std::sync::OnceLock;

/// A loop that becomes vector code: what it calls is inlined (`#[inline(always)]`), into a function that
/// may use the instructions.
pub(super) trait Loop {
    /// What it answers.
    type Out;
    /// Runs it; with `FMA` multiply-adds are one instruction.
    fn run<const FMA: bool>(self) -> Self::Out;
}

/// What a kernel does with one element of each of its `K` operands.
pub(super) trait Lanewise<const K: usize> {
    /// Whether it is worth vector code.
    const FAST: bool;
    /// The element of the result.
    fn at<N: Real>(&self, operands: [N; K]) -> N;
}

/// A set of vector instructions that this processor has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vectors(Level);

/// Made only by [`Vectors::has`], once detected.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What every processor of the architecture has.
    Baseline,
}

impl Vectors {
    /// The sets that there are, the widest first.
    const LEVELS: &'static [Level] = &[
        #[cfg(target_arch = "x86_64")]
        Level::Avx512,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2,
        Level::Baseline,
    ];

    /// The sets that this processor has, the widest first.
    pub(super) fn available() -> impl Iterator<Item = Vectors> {
        let levels = Vectors::LEVELS.iter().copied();
        levels.filter(|&level| Vectors::has(level)).map(Vectors)
    }

    /// The widest set that this processor has.
    #[inline]
    pub(super) fn widest() -> Vectors {
        static WIDEST: OnceLock<Vectors> = OnceLock::new();
        *WIDEST.get_or_init(|| {
            let widest = Vectors::available().next();
            widest.unwrap_or(Vectors(Level::Baseline))
        })
    }

    fn has(level: Level) -> bool {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && Vectors::has(Level::Avx2)
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Level::Baseline => true,
        }
    }

    /// Runs a loop with these instructions.
    #[inline]
    pub(super) fn run<L: Loop>(self, work: L) -> L::Out {
        match self.0 {
            // SAFETY: a `Vectors` of this level exists only where its instructions were detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(work) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(work) },
            Level::Baseline => baseline(work),
        }
    }

    /// Runs a loop with these instructions. On x86-64 without AVX2, processors of before 2013,
    /// `plainly` does it: no third copy of each operation is compiled for them.
    #[inline]
    pub(super) fn run_or<L: Loop>(self, work: L, plainly: impl FnOnce(L) -> L::Out) -> L::Out {
        match self.0 {
            // SAFETY: a `Vectors` of this level exists only where its instructions were detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(work) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(work) },
            #[cfg(target_arch = "x86_64")]
            Level::Baseline => plainly(work),
            #[cfg(not(target_arch = "x86_64"))]
            Level::Baseline => {
                let _ = plainly;
                baseline(work)
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
fn avx512<L: Loop>(work: L) -> L::Out {
    work.run::<true>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<L: Loop>(work: L) -> L::Out {
    work.run::<true>()
}

fn baseline<L: Loop>(work: L) -> L::Out {
    #[cfg(any(target_arch = "aarch64", target_feature = "fma"))]
    return work.run::<true>();
    #[cfg(not(any(target_arch = "aarch64", target_feature = "fma")))]
    work.run::<false>()
}

/// `out[i] = kernel(operands[0][i], operands[1][i], ..)`.
pub(super) struct Each<'a, K, T, const N: usize> {
    pub(super) kernel: &'a K,
    pub(super) operands: [&'a [T]; N],
    pub(super) out: &'a mut [T],
}

impl<T: Element, const N: usize, K: Lanewise<N>> Loop for Each<'_, K, T, N> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let operands = self.operands.map(|operand| &operand[..self.out.len()]);
        for (i, out) in self.out.iter_mut().enumerate() {
            let lanes = operands.map(|operand| Fast::<T, FMA>(operand[i]));
            *out = self.kernel.at(lanes).0;
        }
    }
}

impl<K, T: Element, const N: usize> Each<'_, K, T, N>
where
    K: Lanewise<N>,
{
    /// As the scalar operations do it, in `f64`.
    pub(super) fn by_row(self) {
        let operands = self.operands.map(|operand| &operand[..self.out.len()]);
        for (i, out) in self.out.iter_mut().enumerate() {
            let elements = operands.map(|operand| operand[i].to_f64());
            *out = T::from_f64(self.kernel.at(elements));
        }
    }
}
