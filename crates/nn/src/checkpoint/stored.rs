//! An array as it lies in a file.

use safetensors::Dtype;
use tape::{Array, Element, ElementType, Shape};

/// An array's type, shape and elements, in little-endian bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

impl Stored {
    pub(super) fn of<T: Element>(array: &Array<T>) -> Stored {
        let numbers = array.iter().map(|x| x.to_f64());
        let bytes = match T::TYPE {
            ElementType::F64 => numbers.flat_map(f64::to_le_bytes).collect(),
            ElementType::F32 => numbers.flat_map(|x| (x as f32).to_le_bytes()).collect(),
        };
        Stored {
            dtype: dtype::<T>(),
            shape: array.shape().to_vec(),
            bytes,
        }
    }

    /// The array, if its elements are of this type.
    pub(super) fn array<T: Element>(&self) -> Option<Array<T>> {
        match self.dtype == dtype::<T>() {
            true => Some(self.numbers()?.cast()),
            false => None,
        }
    }

    /// The array in double precision, which holds all the smaller types exactly; `None` of integers.
    pub(super) fn numbers(&self) -> Option<Array> {
        let numbers: Vec<f64> = match self.dtype {
            Dtype::F64 => each(&self.bytes, f64::from_le_bytes),
            Dtype::F32 => each(&self.bytes, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Dtype::F16 => each(&self.bytes, |bytes| half(u16::from_le_bytes(bytes))),
            Dtype::BF16 => each(&self.bytes, |bytes| {
                let bits = u32::from(u16::from_le_bytes(bytes)) << 16;
                f64::from(f32::from_bits(bits))
            }),
            _ => return None,
        };
        Array::try_new(&self.shape, numbers).ok()
    }

    pub(super) fn has_shape(&self, shape: &Shape) -> bool {
        self.shape[..] == shape[..]
    }

    /// The shape for messages, of which a hostile file could make a long one.
    pub(super) fn shape_text(&self) -> String {
        let lengths = self.shape.iter().take(8).map(usize::to_string);
        let lengths = Vec::from_iter(lengths).join(",");
        match self.shape.len() {
            0..=8 => format!("[{lengths}]"),
            axes => format!("[{lengths},..: {axes} axes]"),
        }
    }

    pub(super) fn type_name(&self) -> String {
        match self.dtype {
            Dtype::F64 => type_name::<f64>().to_string(),
            Dtype::F32 => type_name::<f32>().to_string(),
            other => format!("{other:?}"),
        }
    }
}

fn dtype<T: Element>() -> Dtype {
    match T::TYPE {
        ElementType::F64 => Dtype::F64,
        ElementType::F32 => Dtype::F32,
    }
}

pub(super) fn type_name<T: Element>() -> &'static str {
    match T::TYPE {
        ElementType::F64 => "f64",
        ElementType::F32 => "f32",
    }
}

fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().map(|&chunk| number(chunk)).collect()
}

/// A number of half precision: sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision() {
        #[rustfmt::skip]
        let cases = [
            (0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 5.960464477539063e-8),
            (0x0400, 6.103515625e-5), (0x3555, 0.333251953125), (0x7c00, f64::INFINITY), (0x8000, -0.0),
        ];
        for (bits, number) in cases {
            assert_eq!(half(bits).to_bits(), f64::to_bits(number), "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn bits_come_back() {
        let numbers = [0.1, -0.0, f64::INFINITY, 5e-324, f64::MAX];
        let array = Array::from(numbers);
        assert_eq!(Stored::of(&array).array::<f64>(), Some(array.clone()));
        let single = array.cast::<f32>();
        assert_eq!(Stored::of(&single).array::<f32>(), Some(single));
        assert_eq!(Stored::of(&array).array::<f32>(), None);
        assert_eq!(Stored::of(&Array::from(2.0)).shape_text(), "[]");
    }
}
