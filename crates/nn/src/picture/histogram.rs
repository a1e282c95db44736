use super::axis::Scale;
use super::frame::Frame;
use super::svg::Svg;

/// How many there are of which size: numbers in bins of equal width. NaN and infinities are left out.
///
/// ```
/// let svg = nn::picture::histogram("weights", [0.1, 0.15, 0.3, -0.2], 10);
/// assert_eq!(svg.as_str().matches("class=\"area c0\"").count(), 4);
/// ```
///
/// # Panics
/// If there are no bins.
#[must_use]
#[track_caller]
pub fn histogram(title: &str, numbers: impl IntoIterator<Item = f64>, bins: usize) -> Svg {
    assert!(bins > 0, "a histogram of 0 bins");
    let numbers: Vec<f64> = numbers.into_iter().filter(|x| x.is_finite()).collect();
    let x = Frame::across(numbers.iter().copied());
    let (low, high) = (x.at(0.0), x.at(1.0));
    let mut counts = vec![0_usize; bins];
    for number in numbers {
        // What is at the upper end is in the last bin.
        let bin = (number - low) / (high - low) * bins as f64;
        counts[(bin as usize).min(bins - 1)] += 1;
    }
    let largest = counts.iter().copied().max().unwrap_or(0).max(1);
    let y = Frame::upward([0.0, 1.05 * largest as f64], Scale::Linear);
    let mut frame = Frame::new(title, ["", "count"], x, y);
    for (bin, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let ends = [bin, bin + 1].map(|end| frame.x.place(frame.x.at(end as f64 / bins as f64)));
        let heights = [count as f64, 0.0].map(|count| frame.y.place(count));
        if let ([Some(left), Some(right)], [Some(top), Some(bottom)]) = (ends, heights) {
            let size = [(right - left - 1.0).max(0.5), bottom - top];
            frame.svg.rectangle("area c0", [left, top], size, 0.8);
        }
    }
    frame.svg.finish()
}

#[cfg(test)]
mod tests {
    use super::histogram;

    #[test]
    fn any_numbers_have_a_histogram() {
        let cases: [&[f64]; 5] = [
            &[],
            &[3.0],
            &[f64::NAN],
            &[f64::MIN, f64::MAX],
            &[0.0, 5e-324],
        ];
        for numbers in cases {
            let svg = histogram("<w>", numbers.iter().copied(), 7);
            let shown = numbers.iter().filter(|x| x.is_finite()).count();
            let bars = svg.as_str().matches("class=\"area").count();
            assert!(bars <= shown && (bars > 0) == (shown > 0), "{numbers:?}");
            assert!(svg.as_str().contains("<title>&lt;w&gt;</title>"));
        }
    }
}
