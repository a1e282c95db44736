//! Handwritten digits from the files of MNIST.

use super::dataset::Dataset;
use super::error::{DataError, DataErrorKind, Result};
use super::idx::{Idx, IdxElements};
use std::path::{Path, PathBuf};
use tape::{Array, Element};

/// The two parts of MNIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// 60 000 images: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`.
    Train,
    /// 10 000 images: `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`.
    Test,
}

/// The images `[examples, 28, 28]`, from 0 (paper) to 1 (ink), and the digits of one part of MNIST,
/// from the files in a folder, with or without `.gz`.
///
/// Only the files of the part that is asked for need be there. The data sets that were made in its
/// place, with the same names (Fashion-MNIST, KMNIST), are read alike.
///
/// ```no_run
/// use nn::data::{Part, mnist};
///
/// let test = mnist::<f32>("data/mnist", Part::Test)?;
/// assert_eq!(test.len(), 10_000);
/// let rows = test.reshape(&[-1]); // [10000, 784], for a linear layer
/// # Ok::<(), nn::data::DataError>(())
/// ```
///
/// # Errors
/// If a file is not there or is not such a file, if there is not one label for each image, or a
/// label is not a digit.
pub fn mnist<T: Element>(folder: impl AsRef<Path>, part: Part) -> Result<Dataset<T, Vec<usize>>> {
    let part = match part {
        Part::Train => "train",
        Part::Test => "t10k",
    };
    let images = find(folder.as_ref(), &format!("{part}-images"), "idx3-ubyte")?;
    let labels = find(folder.as_ref(), &format!("{part}-labels"), "idx1-ubyte")?;
    let x = pixels(&Idx::read(&images)?).map_err(|error| error.in_file(&images))?;
    let y = digits(&Idx::read(&labels)?).map_err(|error| error.in_file(&labels))?;
    if x.shape()[0] != y.len() {
        let message = format!(
            "{} labels for the {} images in {}",
            y.len(),
            x.shape()[0],
            images.display()
        );
        return Err(DataError::new(DataErrorKind::Shape, message).in_file(&labels));
    }
    Dataset::try_new(x, y)
}

/// The file of this name, as it was published or as it is often unpacked.
fn find(folder: &Path, name: &str, kind: &str) -> Result<PathBuf> {
    for between in ["-", "."] {
        for end in ["", ".gz"] {
            let path = folder.join(format!("{name}{between}{kind}{end}"));
            if path.exists() {
                return Ok(path);
            }
        }
    }
    let message = format!("there is no file {name}-{kind}, nor {name}-{kind}.gz");
    Err(DataError::new(DataErrorKind::Read, message).in_file(folder))
}

fn pixels<T: Element>(idx: &Idx) -> Result<Array<T>> {
    let (3, IdxElements::U8(bytes)) = (idx.shape().rank(), idx.elements()) else {
        return Err(other_than("images, [examples, height, width] of u8", idx));
    };
    let shades: [T; 256] = std::array::from_fn(|shade| T::from_f64(shade as f64 / 255.0));
    let pixels: Vec<T> = bytes
        .iter()
        .map(|&byte| shades[usize::from(byte)])
        .collect();
    Ok(Array::new(idx.shape(), pixels))
}

fn digits(idx: &Idx) -> Result<Vec<usize>> {
    let (1, IdxElements::U8(bytes)) = (idx.shape().rank(), idx.elements()) else {
        return Err(other_than("labels, [examples] of u8", idx));
    };
    if let Some(i) = bytes.iter().position(|&byte| byte > 9) {
        let message = format!("expected a digit, 0 to 9, found {}", bytes[i]);
        return Err(DataError::new(DataErrorKind::Format, message).at_byte(8 + i as u64));
    }
    Ok(bytes.iter().map(|&byte| usize::from(byte)).collect())
}

fn other_than(expected: &str, found: &Idx) -> DataError {
    let message = format!(
        "expected {expected}, found shape {} {}",
        found.shape(),
        match found.elements() {
            IdxElements::U8(_) => "of u8",
            _ => "of another type",
        }
    );
    DataError::new(DataErrorKind::Format, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder for one test, gone when it ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let name = format!("chainrule-mnist-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        fn with(self, name: &str, bytes: &[u8]) -> Folder {
            fs::write(self.0.join(name), bytes).unwrap();
            self
        }

        fn test(&self) -> Result<Dataset<f32, Vec<usize>>> {
            mnist(&self.0, Part::Test)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const IMAGES: [u8; 20] = [
        0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, /* pixels */ 0, 51, 102, 255,
    ];
    const LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 9, 0];

    #[test]
    fn images_and_labels_come_together() {
        let folder = Folder::new("pair")
            .with("t10k-images-idx3-ubyte", &IMAGES)
            .with("t10k-labels.idx1-ubyte", &LABELS);
        let data = folder.test().unwrap();
        assert_eq!(*data.x().shape(), [2, 1, 2]);
        assert_eq!(data.x().as_slice(), [0.0, 0.2, 0.4, 1.0]);
        assert_eq!(**data.y(), [9, 0]);
        let error = mnist::<f32>(&folder.0, Part::Train).unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Read);
        assert!(
            error.to_string().contains("train-images-idx3-ubyte"),
            "{error}"
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let mut label = LABELS;
        label[9] = 10;
        for (images, labels, kind, expected) in [
            (
                &LABELS[..],
                &LABELS[..],
                DataErrorKind::Format,
                "expected images",
            ),
            (&IMAGES, &IMAGES, DataErrorKind::Format, "expected labels"),
            (
                &IMAGES,
                &label,
                DataErrorKind::Format,
                "byte 9: expected a digit, 0 to 9, found 10",
            ),
            (
                &IMAGES,
                &[0, 0, 8, 1, 0, 0, 0, 1, 3],
                DataErrorKind::Shape,
                "1 labels for the 2 images",
            ),
            (
                &IMAGES[..19],
                &LABELS,
                DataErrorKind::Format,
                "t10k-images-idx3-ubyte, byte 19",
            ),
        ] {
            let folder = Folder::new("misfit")
                .with("t10k-images-idx3-ubyte", images)
                .with("t10k-labels-idx1-ubyte", labels);
            let error = folder.test().unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn the_test_images_are_those_of_mnist() {
        let Some(data) = std::env::var_os("CHAINRULE_DATA") else {
            eprintln!("skipped: CHAINRULE_DATA names no folder with mnist/t10k-*");
            return;
        };
        let test = mnist::<f32>(Path::new(&data).join("mnist"), Part::Test).unwrap();
        assert_eq!(*test.x().shape(), [10_000, 28, 28]);
        assert_eq!(
            test.class_counts(),
            [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        );
        assert_eq!(test.y()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
        // The mean of the test images, published as 0.1325.
        let sum: f64 = test.x().iter().map(|&x| f64::from(x)).sum();
        assert_eq!(format!("{:.4}", sum / 7_840_000.0), "0.1325");
    }
}
