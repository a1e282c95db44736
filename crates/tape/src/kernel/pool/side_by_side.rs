//! The largest element of windows that lie side by side, as those of most pooling.
//!
//! First along the rows, then across them, each in a loop of vectors: `R` and `K`, the rows and columns
//! of a window, are known when it is compiled.

use super::{View, Windows, inner, wins};
use crate::element::Element;
use crate::kernel::lanes::{Loop, Vectors};
use crate::kernel::{with_buffer, with_ordered};

/// From each window its largest element. False if the windows or the array are of another kind.
pub(super) fn pick<T: Element>(
    axes: &[Windows; 2],
    x: View<'_, T>,
    output: &[usize],
    out: &mut [T],
) -> bool {
    match Planes::of(axes, &x, output) {
        Some(planes) => match planes.window {
            [1, 2] => planes.pick::<T, 1, 2>(x, out),
            [2, 2] => planes.pick::<T, 2, 2>(x, out),
            [3, 3] => planes.pick::<T, 3, 3>(x, out),
            _ => return false,
        },
        None => return false,
    }
    true
}

/// Each element of `g` where its window's largest is, 0 elsewhere. False as above.
pub(super) fn put_back<T: Element>(
    axes: &[Windows; 2],
    x: View<'_, T>,
    g: View<'_, T>,
    out: &mut [T],
) -> bool {
    match Planes::of(axes, &x, g.lengths) {
        Some(planes) => with_ordered(g, |g| {
            match planes.window {
                [1, 2] => planes.put_back::<T, 1, 2>(x, g, out),
                [2, 2] => planes.put_back::<T, 2, 2>(x, g, out),
                [3, 3] => planes.put_back::<T, 3, 3>(x, g, out),
                _ => return false,
            }
            true
        }),
        None => false,
    }
}

/// The last two axes of an array and of the result.
struct Planes {
    window: [usize; 2],
    input: [usize; 2],
    output: [usize; 2],
}

impl Planes {
    fn of<T: Element>(axes: &[Windows; 2], x: &View<'_, T>, output: &[usize]) -> Option<Planes> {
        let (&[.., height, width], &[.., p, q]) = (x.lengths, output) else {
            return None;
        };
        let [[rows, down], [columns, along]] = inner(axes, x.lengths, output)?;
        let side_by_side = (rows, columns) == (down, along) && x.strides.last() == Some(&1);
        side_by_side.then_some(Planes {
            window: [rows, columns],
            input: [height, width],
            output: [p, q],
        })
    }

    /// Calls `work` with the elements of each row of a plane that windows cover; with all rows at once
    /// where they follow each other. `row` is from row to row.
    fn runs(&self, row: isize, mut work: impl FnMut(usize, usize, usize)) {
        let rows = self.output[0] * self.window[0];
        let covered = self.output[1] * self.window[1];
        if covered == self.input[1] && row == covered as isize {
            return work(0, 0, rows * covered);
        }
        (0..rows).for_each(|at| work(at, at * self.output[1], covered));
    }

    fn pick<T: Element, const R: usize, const K: usize>(&self, x: View<'_, T>, out: &mut [T]) {
        let [p, width] = self.output;
        let (vectors, row) = (Vectors::widest(), x.strides[x.strides.len() - 2]);
        with_buffer(p * R * width, |most| {
            for (plane, out) in out.chunks_exact_mut(p * width).enumerate() {
                let start = x.plane(plane);
                self.runs(row, |at, to, count| {
                    let x = &x.data[start.wrapping_add_signed(at as isize * row)..][..count];
                    let most = &mut most[to..][..count / K];
                    vectors.run(Along::<_, K> { x, most });
                });
                vectors.run(Across::<_, R> { most, width, out });
            }
        });
    }

    fn put_back<T: Element, const R: usize, const K: usize>(
        &self,
        x: View<'_, T>,
        g: &[T],
        out: &mut [T],
    ) {
        let ([height, across], [p, width]) = (self.input, self.output);
        let (vectors, row) = (Vectors::widest(), x.strides[x.strides.len() - 2]);
        if height > p * R || across > width * K {
            out.fill(T::default());
        }
        with_buffer(2 * p * R * width, |buffer| {
            let (most, places) = buffer.split_at_mut(p * R * width);
            let planes = out.chunks_exact_mut(height * across);
            for (plane, (out, g)) in planes.zip(g.chunks_exact(p * width)).enumerate() {
                let start = x.plane(plane);
                self.runs(row, |at, to, count| {
                    let x = &x.data[start.wrapping_add_signed(at as isize * row)..][..count];
                    let (most, places) =
                        (&mut most[to..][..count / K], &mut places[to..][..count / K]);
                    vectors.run(AlongPlaces::<_, K> { x, most, places });
                });
                vectors.run(AcrossBack::<_, R> {
                    most: &mut *most,
                    width,
                    g,
                });
                self.runs(across as isize, |at, to, count| {
                    let out = &mut out[at * across..][..count];
                    let (g, places) = (&most[to..][..count / K], &places[to..][..count / K]);
                    vectors.run(AlongBack::<_, K> { g, places, out });
                });
            }
        });
    }
}

/// The largest of each `K` neighbours.
struct Along<'a, T, const K: usize> {
    x: &'a [T],
    most: &'a mut [T],
}

impl<T: Element, const K: usize> Loop for Along<'_, T, K> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (most, x) in self.most.iter_mut().zip(self.x.as_chunks::<K>().0) {
            *most = x[0];
            for &x in &x[1..] {
                *most = if wins(x, *most) { x } else { *most };
            }
        }
    }
}

/// The same, and which of them it is.
struct AlongPlaces<'a, T, const K: usize> {
    x: &'a [T],
    most: &'a mut [T],
    places: &'a mut [T],
}

impl<T: Element, const K: usize> Loop for AlongPlaces<'_, T, K> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let places = self.most.iter_mut().zip(self.places);
        for ((to, place_to), x) in places.zip(self.x.as_chunks::<K>().0) {
            let (mut most, mut place) = (x[0], T::default());
            for (k, &x) in x.iter().enumerate().skip(1) {
                let wins = wins(x, most);
                most = if wins { x } else { most };
                place = if wins { T::from_f64(k as f64) } else { place };
            }
            (*to, *place_to) = (most, place);
        }
    }
}

/// The largest of `R` rows, element by element.
struct Across<'a, T, const R: usize> {
    most: &'a [T],
    width: usize,
    out: &'a mut [T],
}

impl<T: Element, const R: usize> Loop for Across<'_, T, R> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let windows = self.most.chunks_exact(R * self.width);
        for (rows, out) in windows.zip(self.out.chunks_exact_mut(self.width)) {
            let rows: [&[T]; R] = std::array::from_fn(|r| &rows[r * self.width..][..self.width]);
            for (i, out) in out.iter_mut().enumerate() {
                let mut most = rows[0][i];
                for row in &rows[1..] {
                    most = if wins(row[i], most) { row[i] } else { most };
                }
                *out = most;
            }
        }
    }
}

/// `g` in the row where the largest of `R` is, 0 in the others.
struct AcrossBack<'a, T, const R: usize> {
    most: &'a mut [T],
    width: usize,
    g: &'a [T],
}

impl<T: Element, const R: usize> Loop for AcrossBack<'_, T, R> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let zero = T::default();
        let windows = self.most.chunks_exact_mut(R * self.width);
        for (rows, g) in windows.zip(self.g.chunks_exact(self.width)) {
            let mut rows = rows.chunks_exact_mut(self.width);
            let mut rows: [&mut [T]; R] = std::array::from_fn(|_| rows.next().unwrap_or_default());
            for (i, &g) in g.iter().enumerate() {
                let (mut most, mut place) = (rows[0][i], 0u32);
                for (r, row) in (1..).zip(&rows[1..]) {
                    let wins = wins(row[i], most);
                    most = if wins { row[i] } else { most };
                    place = if wins { r } else { place };
                }
                for (r, row) in (0..).zip(&mut rows) {
                    // A term is never -0.0.
                    row[i] = if place == r { g + zero } else { zero };
                }
            }
        }
    }
}

/// `g` at one of `K` neighbours, 0 at the others.
struct AlongBack<'a, T, const K: usize> {
    g: &'a [T],
    places: &'a [T],
    out: &'a mut [T],
}

impl<T: Element, const K: usize> Loop for AlongBack<'_, T, K> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let zero = T::default();
        let windows = self.out.as_chunks_mut::<K>().0.iter_mut();
        for (out, (&g, &place)) in windows.zip(self.g.iter().zip(self.places)) {
            for (k, out) in out.iter_mut().enumerate() {
                *out = if place == T::from_f64(k as f64) {
                    g
                } else {
                    zero
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{each_largest, pick as pick_any, put_back as put_back_any};
    use super::*;

    fn windows(kernel: usize) -> Windows {
        Windows::Sliding {
            kernel,
            stride: kernel,
            before: 0,
            after: 0,
            dilation: 1,
        }
    }

    /// Few different numbers, so that there are ties; some are NaN.
    fn check<T: Element>([rows, columns]: [usize; 2], [height, width]: [usize; 2], gap: usize) {
        let axes = [windows(rows), windows(columns)];
        let (lengths, output) = ([3, height, width], [3, height / rows, width / columns]);
        let strides = [(height * (width + gap)) as isize, (width + gap) as isize, 1];
        let number = |i: usize| match i * 7919 % 61 {
            0 => f64::NAN,
            n => (n % 5) as f64,
        };
        let data: Vec<T> = (0..3 * height * (width + gap))
            .map(|i| T::from_f64(number(i)))
            .collect();
        let x = View {
            data: &data,
            start: 0,
            lengths: &lengths,
            strides: &strides,
        };
        let count = output.iter().product();
        let g: Vec<T> = (0..count).map(|i| T::from_f64(i as f64 - 4.0)).collect();
        let g_strides = [(output[1] * output[2]) as isize, output[2] as isize, 1];
        let upstream = View {
            data: &g,
            start: 0,
            lengths: &output,
            strides: &g_strides,
        };
        let mut want = vec![T::default(); count];
        let mut want_back = vec![T::default(); 3 * height * width];
        each_largest(&axes, x, &output, |at, place| {
            let [row, column] = place.expect("no padding");
            let start = x.plane(at.plane).wrapping_add_signed(x.within(row, column));
            want[at.number] = x.data[start];
            want_back[(at.plane * height + row) * width + column] = g[at.number];
        });
        let bits = |xs: &[T]| -> Vec<u64> { xs.iter().map(|x| x.to_f64().to_bits()).collect() };
        let mut out = vec![T::from_f64(7.0); count];
        assert!(pick(&axes, x, &output, &mut out));
        assert_eq!(bits(&out), bits(&want), "{lengths:?}");
        pick_any(&axes, x, x, &output, &mut out);
        assert_eq!(bits(&out), bits(&want), "{lengths:?}");
        let mut out = vec![T::from_f64(7.0); want_back.len()];
        assert!(put_back(&axes, x, upstream, &mut out));
        assert_eq!(bits(&out), bits(&want_back), "{lengths:?}");
        put_back_any(&axes, x, upstream, &mut out);
        assert_eq!(bits(&out), bits(&want_back), "{lengths:?}");
    }

    #[test]
    fn windows_side_by_side_are_windows() {
        for window in [[2, 2], [3, 3], [1, 2]] {
            for size in [[3, 3], [6, 6], [7, 9], [24, 24], [12, 70], [5, 131]] {
                for gap in [0, 3] {
                    check::<f64>(window, size, gap);
                    check::<f32>(window, size, gap);
                }
            }
        }
    }
}
