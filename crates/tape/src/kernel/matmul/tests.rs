use super::vector::Plain;
use super::*;

/// Numbers that are the same in every run: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound
    }

    fn number<T: Element>(&mut self) -> T {
        T::from_f64((self.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
    }

    fn numbers<T: Element>(&mut self, count: usize) -> Vec<T> {
        (0..count).map(|_| self.number()).collect()
    }
}

/// How a matrix may lie in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    Rows,
    Columns,
    /// Rows with gaps.
    Part,
    /// Both strides above 1.
    Sparse,
    Backward,
    /// One row for all.
    SameRow,
    SameColumn,
    OneNumber,
}

use Layout::*;
const LAYOUTS: [Layout; 8] = [
    Rows, Columns, Part, Sparse, Backward, SameRow, SameColumn, OneNumber,
];

/// A matrix that owns its numbers.
struct Owned<T> {
    data: Vec<T>,
    start: usize,
    rows: usize,
    columns: usize,
    strides: (isize, isize),
}

impl<T: Element> Owned<T> {
    fn new(rows: usize, columns: usize, layout: Layout, random: &mut Random) -> Owned<T> {
        let (r, c) = (rows as isize, columns as isize);
        let strides = match layout {
            Rows => (c, 1),
            Columns => (1, r),
            Part => (c + 3, 1),
            Sparse => (2 * c + 1, 2),
            Backward => (-c, -1),
            SameRow => (0, 1),
            SameColumn => (1, 0),
            OneNumber => (0, 0),
        };
        let reach = ((r - 1).max(0) * strides.0 + (c - 1).max(0) * strides.1).unsigned_abs();
        let before = random.below(5);
        Owned {
            data: random.numbers(before + reach + 3),
            start: if layout == Backward {
                before + reach
            } else {
                before
            },
            rows,
            columns,
            strides,
        }
    }

    fn view(&self) -> Matrix<'_, T> {
        Matrix {
            data: &self.data,
            start: self.start,
            rows: self.rows,
            columns: self.columns,
            row_stride: self.strides.0,
            column_stride: self.strides.1,
        }
    }
}

impl<T: Element> Matrix<'_, T> {
    fn at(&self, row: usize, column: usize) -> T {
        let at = self.start as isize
            + row as isize * self.row_stride
            + column as isize * self.column_stride;
        self.data[at as usize]
    }
}

/// The element types again, with the arithmetic that the definition needs.
trait Arithmetic: Element + std::ops::Add<Output = Self> + std::ops::Mul<Output = Self> {
    fn fused(self, factor: Self, sum: Self) -> Self;
    fn bits(self) -> u64;
}
macro_rules! arithmetic {
    ($element:ty) => {
        impl Arithmetic for $element {
            fn fused(self, factor: Self, sum: Self) -> Self {
                self.mul_add(factor, sum)
            }
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
        }
    };
}
arithmetic!(f32);
arithmetic!(f64);

/// Whether the product rounds `x * y + z` once on this processor.
fn rounds_once() -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return true;
    }
    cfg!(any(target_feature = "fma", target_arch = "aarch64"))
}

/// The definition, as loops.
fn by_definition<T: Arithmetic>(
    a: &Matrix<'_, T>,
    b: &Matrix<'_, T>,
    accumulate: bool,
    once: bool,
    c: &mut [T],
) {
    let term = |x: T, y: T, sum: T| if once { x.fused(y, sum) } else { x * y + sum };
    for (at, c) in c.iter_mut().enumerate() {
        let (i, j) = (at / b.columns, at % b.columns);
        let mut fresh = !accumulate;
        let mut add = |sum: T| {
            *c = if std::mem::take(&mut fresh) {
                sum
            } else {
                *c + sum
            }
        };
        if a.columns == 0 {
            if !accumulate {
                add(T::default());
            }
        } else if b.columns == 1 && a.column_stride == 1 {
            let mut sums = vec![T::default(); tile::sums_of_a_dot::<T>()];
            let width = sums.len();
            for p in 0..a.columns {
                sums[p % width] = term(a.at(i, p), b.at(p, j), sums[p % width]);
            }
            while sums.len() > 1 {
                let upper = sums.split_off(sums.len() / 2);
                sums.iter_mut().zip(upper).for_each(|(x, y)| *x = *x + y);
            }
            add(sums[0]);
        } else {
            for first in (0..a.columns).step_by(DEPTH) {
                let terms = first..a.columns.min(first + DEPTH);
                add(terms.fold(T::default(), |sum, p| term(a.at(i, p), b.at(p, j), sum)));
            }
        }
    }
}

/// NaNs count as equal: which of two NaNs an instruction returns is not ours to say.
fn same<T: Arithmetic>(x: T, y: T) -> bool {
    x.bits() == y.bits() || (x.to_f64().is_nan() && y.to_f64().is_nan())
}

fn assert_same<T: Arithmetic>(found: &[T], expected: &[T], story: impl Fn() -> String) {
    for (at, (&x, &y)) in found.iter().zip(expected).enumerate() {
        assert!(same(x, y), "{}: element {at} is {x}, not {y}", story());
    }
}

fn check<T: Arithmetic>(a: &Owned<T>, b: &Owned<T>, accumulate: bool, random: &mut Random) {
    let (a, b) = (a.view(), b.view());
    let mut expected = random.numbers(a.rows * b.columns);
    let mut found = expected.clone();
    by_definition(&a, &b, accumulate, rounds_once(), &mut expected);
    matmul(a, b, accumulate, &mut found);
    assert_same(&found, &expected, || {
        format!(
            "{}x{}x{}, strides {:?} and {:?}, accumulate {accumulate}",
            a.rows,
            a.columns,
            b.columns,
            (a.row_stride, a.column_stride),
            (b.row_stride, b.column_stride)
        )
    });
}

fn check_layouts<T: Arithmetic>(
    sizes: &[(usize, usize, usize)],
    layouts: &[Layout],
    random: &mut Random,
) {
    for &(m, k, n) in sizes {
        for &left in layouts {
            for &right in layouts {
                let a = Owned::<T>::new(m, k, left, random);
                let b = Owned::<T>::new(k, n, right, random);
                for accumulate in [false, true] {
                    check(&a, &b, accumulate, random);
                }
            }
        }
    }
}

/// Sizes at and around those where the loops change.
const SMALL: [(usize, usize, usize); 14] = [
    (0, 3, 2),
    (2, 0, 3),
    (3, 2, 0),
    (0, 0, 0),
    (1, 1, 1),
    (1, 5, 7),
    (7, 5, 1),
    (1, 33, 40),
    (9, 70, 1),
    (3, 7, 5),
    (8, 16, 48),
    (10, 10, 10),
    (15, 17, 49),
    (13, 9, 65),
];

#[test]
fn every_layout_has_the_bits_of_the_definition() {
    let random = &mut Random(1);
    check_layouts::<f32>(&SMALL, &LAYOUTS, random);
    check_layouts::<f64>(&SMALL, &LAYOUTS, random);
}

#[test]
#[cfg_attr(miri, ignore = "large")]
fn sums_longer_than_a_block_and_products_that_are_copied() {
    let random = &mut Random(2);
    let sizes = [
        (1, 300, 67),
        (1, 300, 1100),
        (67, 600, 1),
        (35, 257, 70),
        (41, 270, 211),
    ];
    check_layouts::<f32>(&sizes, &[Rows, Columns, Backward], random);
    check_layouts::<f64>(&sizes, &[Rows, Columns, Backward], random);
    for (m, n) in [(200, 1600), (390, 33)] {
        for left in [Rows, Columns] {
            for right in [Rows, Columns] {
                let a = Owned::<f32>::new(m, 259, left, random);
                let b = Owned::<f32>::new(259, n, right, random);
                check(&a, &b, false, random);
            }
        }
    }
}

#[test]
fn random_sizes() {
    let random = &mut Random(3);
    for _ in 0..if cfg!(miri) { 10 } else { 300 } {
        let [m, k, n] = [70, 90, 120].map(|bound| match random.below(3) {
            0 => random.below(4),
            _ => random.below(if cfg!(miri) { 12 } else { bound }),
        });
        let [left, right] = [(); 2].map(|()| LAYOUTS[random.below(LAYOUTS.len())]);
        let a = Owned::<f64>::new(m, k, left, random);
        let b = Owned::<f64>::new(k, n, right, random);
        let accumulate = random.below(2) == 0;
        check(&a, &b, accumulate, random);
    }
}

/// Narrower vectors than this processor's widest, which would otherwise never run here.
#[test]
fn every_instruction_set_has_the_same_definition() {
    fn with<K: Kernels>(once: bool, random: &mut Random)
    where
        K::Element: Arithmetic,
    {
        let large = [(41, 270, 71), (1, 270, 211), (30, 270, 1)];
        for &(m, k, n) in SMALL
            .iter()
            .chain(if cfg!(miri) { &[] } else { &large[..] })
        {
            if m * k * n == 0 {
                continue;
            }
            for layouts in [
                (Rows, Rows),
                (Rows, Columns),
                (Columns, Rows),
                (Columns, Columns),
            ] {
                let a = Owned::<K::Element>::new(m, k, layouts.0, random);
                let b = Owned::<K::Element>::new(k, n, layouts.1, random);
                let (a, b) = (a.view(), b.view());
                let mut expected = random.numbers(m * n);
                let mut found = expected.clone();
                by_definition(&a, &b, true, once, &mut expected);
                let product = Product {
                    a: a.operand(),
                    b: b.operand(),
                    c: found.as_mut_ptr(),
                    c_row: n,
                    rows: m,
                    depth: k,
                    columns: n,
                    add: true,
                };
                // SAFETY: matrices that fit, and the caller knows that the processor does.
                unsafe { product.run_with::<K>() };
                assert_same(&found, &expected, || format!("{m}x{k}x{n} {layouts:?}"));
            }
        }
    }
    let random = &mut Random(4);
    let once = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
    with::<Plain<f32>>(once, random);
    with::<Plain<f64>>(once, random);
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::*;
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            with::<__m256>(true, random);
            with::<__m256d>(true, random);
        }
        if is_x86_feature_detected!("avx512f") {
            with::<__m512>(true, random);
            with::<__m512d>(true, random);
        }
    }
}

#[test]
fn close_to_the_product_in_double_precision() {
    let random = &mut Random(5);
    let (m, k, n) = if cfg!(miri) {
        (3, 40, 5)
    } else {
        (20, 3000, 30)
    };
    for layout in [Rows, Columns] {
        let a = Owned::<f32>::new(m, k, layout, random);
        let b = Owned::<f32>::new(k, n, layout, random);
        let (a, b) = (a.view(), b.view());
        let mut c = vec![0.0; m * n];
        matmul(a, b, false, &mut c);
        for (at, &found) in c.iter().enumerate() {
            let terms = (0..k).map(|p| (f64::from(a.at(at / n, p)), f64::from(b.at(p, at % n))));
            let exact: f64 = terms.clone().map(|(x, y)| x * y).sum();
            let size: f64 = terms.map(|(x, y)| (x * y).abs()).sum();
            // Blocks of 256: the error bound is that of 256 + k / 256 additions, not of k.
            let bound = (DEPTH + k / DEPTH) as f64 * f64::from(f32::EPSILON) * size;
            assert!(
                (f64::from(found) - exact).abs() <= bound,
                "{found} is not {exact}"
            );
        }
    }
}

#[test]
fn zero_times_infinity_is_nan_wherever_it_stands() {
    for (m, k, n) in [(1, 20, 20), (20, 20, 1), (5, 5, 5), (20, 40, 60)] {
        for layouts in [(Rows, Rows), (Rows, Columns), (Columns, Columns)] {
            for bad in [f32::INFINITY, f32::NAN] {
                let random = &mut Random(6);
                let mut a = Owned::<f32>::new(m, k, layouts.0, random);
                let mut b = Owned::<f32>::new(k, n, layouts.1, random);
                a.data.fill(0.0);
                let at = b.start as isize + (k as isize - 1) * b.strides.0;
                b.data[at as usize] = bad;
                let mut c = vec![0.0; m * n];
                matmul(a.view(), b.view(), false, &mut c);
                for (at, c) in c.iter().enumerate() {
                    assert_eq!(c.is_nan(), at % n == 0, "{m}x{k}x{n} element {at} is {c}");
                }
            }
        }
    }
}

#[test]
fn a_row_of_a_batch_has_the_bits_that_it_has_alone() {
    let random = &mut Random(7);
    for layout in [Rows, Columns] {
        for n in [1, 2, 10, 50] {
            let a = Owned::<f64>::new(19, 300, Rows, random);
            let b = Owned::<f64>::new(300, n, layout, random);
            let mut all = vec![0.0; 19 * n];
            matmul(a.view(), b.view(), false, &mut all);
            for row in 0..19 {
                let start = a.start + row * 300;
                let alone = Matrix {
                    start,
                    rows: 1,
                    ..a.view()
                };
                let mut c = vec![0.0; n];
                matmul(alone, b.view(), false, &mut c);
                assert_same(&c, &all[row * n..][..n], || {
                    format!("row {row} of {n} columns")
                });
            }
        }
    }
}

#[test]
fn parts_on_any_number_of_threads_have_the_same_bits() {
    let random = &mut Random(8);
    let sizes = [(130, 90, 70), (3, 40, 700), (1, 30, 97), (900, 40, 1)];
    for (m, k, n) in if cfg!(miri) { [(17, 3, 5); 4] } else { sizes } {
        for layout in [Rows, Columns] {
            let a = Owned::<f32>::new(m, k, layout, random);
            let b = Owned::<f32>::new(k, n, layout, random);
            let (a, b) = (a.view(), b.view());
            let run = |parts| {
                let mut c = vec![0.0; m * n];
                let product = Product {
                    a: a.operand(),
                    b: b.operand(),
                    c: c.as_mut_ptr(),
                    c_row: n,
                    rows: m,
                    depth: k,
                    columns: n,
                    add: false,
                };
                // SAFETY: matrices that fit.
                unsafe { product.run_in_parts(parts) };
                c
            };
            let one = run(1);
            for parts in [2, 3, 4, 7] {
                assert_same(&run(parts), &one, || {
                    format!("{m}x{k}x{n} in {parts} parts")
                });
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "large")]
fn the_number_of_threads_leaves_no_trace() {
    let random = &mut Random(10);
    let a = Owned::<f64>::new(300, 170, Columns, random);
    let b = Owned::<f64>::new(170, 110, Columns, random);
    let run = |count| {
        threads::set_threads(count);
        let mut c = vec![0.0; 300 * 110];
        matmul(a.view(), b.view(), false, &mut c);
        c
    };
    let one = run(1);
    for count in [2, 4] {
        assert_same(&run(count), &one, || format!("{count} threads"));
    }
}

#[test]
fn a_batch_is_its_products() {
    let random = &mut Random(9);
    let (count, m, k, n) = (5, 6, 7, 9);
    let a: Vec<f64> = random.numbers(count * m * k);
    let b: Vec<f64> = random.numbers(count * k * n);
    let a = Matrix {
        data: &a,
        start: 0,
        rows: m,
        columns: k,
        row_stride: 7,
        column_stride: 1,
    };
    let b = Matrix {
        data: &b,
        start: 0,
        rows: k,
        columns: n,
        row_stride: 9,
        column_stride: 1,
    };
    for (a_step, b_step) in [(m * k, k * n), (m * k, 0), (0, k * n), (0, 0)] {
        let mut found = vec![1.0; count * m * n];
        matmul_batched(
            a,
            a_step as isize,
            b,
            b_step as isize,
            count,
            true,
            &mut found,
        );
        for (index, found) in found.chunks(m * n).enumerate() {
            let mut expected = vec![1.0; m * n];
            let a = Matrix {
                start: index * a_step,
                ..a
            };
            let b = Matrix {
                start: index * b_step,
                ..b
            };
            matmul(a, b, true, &mut expected);
            assert_same(found, &expected, || format!("product {index}"));
        }
    }
    matmul_batched(a, 1, b, 1, 0, false, &mut []);
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = [1.0; 6];
    let fits = Matrix {
        data: &data,
        start: 0,
        rows: 2,
        columns: 3,
        row_stride: 3,
        column_stride: 1,
    };
    let square = Matrix {
        columns: 2,
        row_stride: 2,
        rows: 3,
        ..fits
    };
    matmul(fits, square, false, &mut [0.0; 4]);
    for bad in [
        Matrix { start: 1, ..fits },
        Matrix {
            row_stride: 4,
            ..fits
        },
        Matrix {
            row_stride: -1,
            ..fits
        },
        Matrix {
            column_stride: isize::MAX,
            ..fits
        },
        Matrix {
            start: usize::MAX,
            ..fits
        },
        Matrix { columns: 2, ..fits },
    ] {
        let refused = std::panic::catch_unwind(|| matmul(bad, square, false, &mut [0.0; 4]));
        assert!(refused.is_err(), "{bad:?}");
    }
    assert!(std::panic::catch_unwind(|| matmul(fits, square, false, &mut [0.0; 5])).is_err());
}
