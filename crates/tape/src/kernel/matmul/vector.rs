//! The few vector instructions that a matrix product needs, for each instruction set.
//!
//! A plain build targets the oldest x86-64. The functions here are inlined into functions that
//! switch the newer instructions on for themselves ([`super::tile`]), which run only where the
//! processor has them.

use crate::element::Element;
use std::ops::Add;

/// Some numbers side by side in one register.
///
/// # Safety
/// Every method demands that the processor has the instructions the type is named after, and that
/// pointers are valid for the lanes that are read or written; they need no alignment.
pub(in crate::kernel) trait Vector: Copy {
    type Element: Element + Add<Output = Self::Element>;
    /// Which lanes a partial load or store touches.
    type Mask: Copy;
    /// How many numbers: at most 16.
    const LANES: usize;

    unsafe fn splat(number: Self::Element) -> Self;
    /// The first `count` lanes.
    unsafe fn mask(count: usize) -> Self::Mask;
    unsafe fn load(from: *const Self::Element) -> Self;
    /// Lanes outside the mask are not read; they are zero.
    unsafe fn load_part(from: *const Self::Element, mask: Self::Mask) -> Self;
    /// A hint that a place will soon be read; it need not be valid.
    #[inline(always)]
    fn prefetch(_from: *const Self::Element) {}
    unsafe fn store(self, to: *mut Self::Element);
    unsafe fn store_part(self, to: *mut Self::Element, mask: Self::Mask);
    unsafe fn add(self, other: Self) -> Self;
    /// `self * factor + sum`, with one rounding where the instruction set has it.
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self;
    /// Blocks of `SPAN` lanes change places: the odd ones of `a` with the even ones of `b`.
    unsafe fn exchange<const SPAN: usize>(a: Self, b: Self) -> (Self, Self);
}

#[cfg(target_arch = "x86_64")]
pub(in crate::kernel) mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;
    use std::mem::transmute;

    /// Lanes of `vpermt2`: lane `l` is `a[l]` for an index below `LANES`, `b[l - LANES]` above.
    const fn exchange_lanes<const LANES: usize>(span: usize) -> ([u8; LANES], [u8; LANES]) {
        let (mut low, mut high) = ([0; LANES], [0; LANES]);
        let mut lane = 0;
        while lane < LANES {
            let odd = lane & span != 0;
            low[lane] = (if odd { LANES + lane - span } else { lane }) as u8;
            high[lane] = (if odd { LANES + lane } else { lane + span }) as u8;
            lane += 1;
        }
        (low, high)
    }

    /// The index vectors of an exchange, widened to 64 bytes each: `LANES` lanes of `64 / LANES`.
    const fn exchange_index<const LANES: usize>(span: usize) -> [[u8; 64]; 2] {
        let (low, high) = exchange_lanes::<LANES>(span);
        let mut bytes = [[0; 64]; 2];
        let mut lane = 0;
        while lane < LANES {
            bytes[0][lane * (64 / LANES)] = low[lane];
            bytes[1][lane * (64 / LANES)] = high[lane];
            lane += 1;
        }
        bytes
    }

    macro_rules! avx512 {
        ($vector:ty, $element:ty, $lanes:literal, $mask:ty, $index:ty,
         $splat:ident, $loadu:ident, $maskz_loadu:ident, $storeu:ident, $mask_storeu:ident,
         $add:ident, $fmadd:ident, $permute:ident) => {
            impl Vector for $vector {
                type Element = $element;
                type Mask = $mask;
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(number: $element) -> Self {
                    // SAFETY: as the trait demands; so in all that follow.
                    unsafe { $splat(number) }
                }
                #[inline(always)]
                unsafe fn mask(count: usize) -> $mask {
                    ((1u32 << count) - 1) as $mask
                }
                #[inline(always)]
                unsafe fn load(from: *const $element) -> Self {
                    // SAFETY: above.
                    unsafe { $loadu(from) }
                }
                #[inline(always)]
                unsafe fn load_part(from: *const $element, mask: $mask) -> Self {
                    // SAFETY: above.
                    unsafe { $maskz_loadu(mask, from) }
                }
                #[inline(always)]
                fn prefetch(from: *const $element) {
                    // SAFETY: a hint reads nothing, and x86-64 has had it from the start.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $element) {
                    // SAFETY: above.
                    unsafe { $storeu(to, self) }
                }
                #[inline(always)]
                unsafe fn store_part(self, to: *mut $element, mask: $mask) {
                    // SAFETY: above.
                    unsafe { $mask_storeu(to, mask, self) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: above.
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
                    // SAFETY: above.
                    unsafe { $fmadd(self, factor, sum) }
                }
                #[inline(always)]
                unsafe fn exchange<const SPAN: usize>(a: Self, b: Self) -> (Self, Self) {
                    // SAFETY: above; an index is 64 plain bytes.
                    unsafe {
                        let [low, high] = const { exchange_index::<$lanes>(SPAN) };
                        let (low, high) = (
                            transmute::<[u8; 64], __m512i>(low),
                            transmute::<[u8; 64], __m512i>(high),
                        );
                        ($permute(a, low, b), $permute(a, high, b))
                    }
                }
            }
        };
    }

    avx512!(
        __m512,
        f32,
        16,
        __mmask16,
        i32,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_maskz_loadu_ps,
        _mm512_storeu_ps,
        _mm512_mask_storeu_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps,
        _mm512_permutex2var_ps
    );
    avx512!(
        __m512d,
        f64,
        8,
        __mmask8,
        i64,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_maskz_loadu_pd,
        _mm512_storeu_pd,
        _mm512_mask_storeu_pd,
        _mm512_add_pd,
        _mm512_fmadd_pd,
        _mm512_permutex2var_pd
    );

    /// A window of this, `LANES` long, is a mask: ones while the window is before the middle.
    static WINDOW: [u32; 16] = [!0, !0, !0, !0, !0, !0, !0, !0, 0, 0, 0, 0, 0, 0, 0, 0];

    macro_rules! avx2 {
        ($vector:ty, $element:ty, $lanes:literal,
         $splat:ident, $loadu:ident, $maskload:ident, $storeu:ident, $maskstore:ident,
         $add:ident, $fmadd:ident, |$a:ident, $b:ident| { $($span:literal => $exchange:expr),+ }) => {
            impl Vector for $vector {
                type Element = $element;
                type Mask = __m256i;
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(number: $element) -> Self {
                    // SAFETY: as the trait demands; so in all that follow.
                    unsafe { $splat(number) }
                }
                #[inline(always)]
                unsafe fn mask(count: usize) -> __m256i {
                    let skip = ($lanes - count) * (8 / $lanes);
                    // SAFETY: above; `skip` is at most 8, and eight words follow.
                    unsafe { _mm256_loadu_si256(WINDOW.as_ptr().add(skip).cast()) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $element) -> Self {
                    // SAFETY: above.
                    unsafe { $loadu(from) }
                }
                #[inline(always)]
                unsafe fn load_part(from: *const $element, mask: __m256i) -> Self {
                    // SAFETY: above.
                    unsafe { $maskload(from, mask) }
                }
                #[inline(always)]
                fn prefetch(from: *const $element) {
                    // SAFETY: a hint reads nothing, and x86-64 has had it from the start.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $element) {
                    // SAFETY: above.
                    unsafe { $storeu(to, self) }
                }
                #[inline(always)]
                unsafe fn store_part(self, to: *mut $element, mask: __m256i) {
                    // SAFETY: above.
                    unsafe { $maskstore(to, mask, self) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: above.
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
                    // SAFETY: above.
                    unsafe { $fmadd(self, factor, sum) }
                }
                #[inline(always)]
                unsafe fn exchange<const SPAN: usize>($a: Self, $b: Self) -> (Self, Self) {
                    // SAFETY: above.
                    unsafe {
                        match SPAN {
                            $($span => $exchange,)+
                            _ => unreachable!("a span is a power of two below the lanes"),
                        }
                    }
                }
            }
        };
    }

    avx2!(
        __m256, f32, 8,
        _mm256_set1_ps, _mm256_loadu_ps, _mm256_maskload_ps, _mm256_storeu_ps,
        _mm256_maskstore_ps, _mm256_add_ps, _mm256_fmadd_ps,
        |a, b| {
            1 => (
                _mm256_blend_ps::<0b1010_1010>(a, _mm256_moveldup_ps(b)),
                _mm256_blend_ps::<0b1010_1010>(_mm256_movehdup_ps(a), b)
            ),
            2 => (
                _mm256_shuffle_ps::<0b01_00_01_00>(a, b),
                _mm256_shuffle_ps::<0b11_10_11_10>(a, b)
            ),
            4 => (
                _mm256_permute2f128_ps::<0x20>(a, b),
                _mm256_permute2f128_ps::<0x31>(a, b)
            )
        }
    );
    avx2!(
        __m256d, f64, 4,
        _mm256_set1_pd, _mm256_loadu_pd, _mm256_maskload_pd, _mm256_storeu_pd,
        _mm256_maskstore_pd, _mm256_add_pd, _mm256_fmadd_pd,
        |a, b| {
            1 => (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b)),
            2 => (
                _mm256_permute2f128_pd::<0x20>(a, b),
                _mm256_permute2f128_pd::<0x31>(a, b)
            )
        }
    );
}

/// Lanes for any processor: loops over four numbers, which compilers turn into vectors.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Plain<T>([T; 4]);

macro_rules! plain {
    ($element:ty) => {
        impl Vector for Plain<$element> {
            type Element = $element;
            type Mask = usize;
            const LANES: usize = 4;

            #[inline(always)]
            unsafe fn splat(number: $element) -> Self {
                Plain([number; 4])
            }
            #[inline(always)]
            unsafe fn mask(count: usize) -> usize {
                count
            }
            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: four lanes may be read.
                Plain(unsafe { from.cast::<[$element; 4]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn load_part(from: *const $element, mask: usize) -> Self {
                let mut lanes = [0.0; 4];
                for (lane, number) in lanes.iter_mut().enumerate().take(mask) {
                    // SAFETY: the first `mask` lanes may be read.
                    *number = unsafe { *from.add(lane) };
                }
                Plain(lanes)
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: four lanes may be written.
                unsafe { to.cast::<[$element; 4]>().write_unaligned(self.0) };
            }
            #[inline(always)]
            unsafe fn store_part(self, to: *mut $element, mask: usize) {
                for (lane, &number) in self.0.iter().enumerate().take(mask) {
                    // SAFETY: the first `mask` lanes may be written.
                    unsafe { *to.add(lane) = number };
                }
            }
            #[inline(always)]
            unsafe fn add(mut self, other: Self) -> Self {
                for (x, y) in self.0.iter_mut().zip(other.0) {
                    *x += y;
                }
                self
            }
            #[inline(always)]
            unsafe fn mul_add(mut self, factor: Self, sum: Self) -> Self {
                for ((x, y), z) in self.0.iter_mut().zip(factor.0).zip(sum.0) {
                    *x = super::mul_add!(*x, y, z);
                }
                self
            }
            #[inline(always)]
            unsafe fn exchange<const SPAN: usize>(a: Self, b: Self) -> (Self, Self) {
                let (mut low, mut high) = (a, b);
                for lane in (0..4).filter(|lane| lane & SPAN != 0) {
                    low.0[lane] = b.0[lane - SPAN];
                    high.0[lane - SPAN] = a.0[lane];
                }
                (low, high)
            }
        }
    };
}

plain!(f32);
plain!(f64);
