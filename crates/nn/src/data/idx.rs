//! IDX files, the format of MNIST, plain or compressed by gzip.

use super::error::{DataError, DataErrorKind, Result};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use tape::{Array, Element, Shape};

/// An array as an IDX file has it.
///
/// | bytes | |
/// |---|---|
/// | 0, 1 | 0 |
/// | 2 | the type of the elements: 8 `u8`, 9 `i8`, 11 `i16`, 12 `i32`, 13 `f32`, 14 `f64` |
/// | 3 | the number of axes |
/// | 4 for each axis | its length |
/// | the rest | the elements in row-major order; all numbers are big-endian |
///
/// Source: Y. LeCun, the MNIST database. Whether a file is compressed is seen by its first bytes,
/// not by its name. The header is read before anything is allocated, and what it declares is
/// compared with the length of the file: a header can ask for no more memory than the file fills.
///
/// ```
/// use nn::data::Idx;
/// use tape::Array;
///
/// let bytes = [0, 0, 8, 2, /* two rows */ 0, 0, 0, 2, /* of two */ 0, 0, 0, 2, 1, 2, 3, 255];
/// let idx = Idx::parse(&bytes)?;
/// assert_eq!(idx.to_array::<f64>(), Array::from([[1.0, 2.0], [3.0, 255.0]]));
///
/// let error = Idx::parse(&bytes[..15]).unwrap_err();
/// assert_eq!(error.to_string(), "byte 15: the header declares 2 x 2 elements of u8, 16 bytes with \
///     the header, but the file ends after 15");
/// # Ok::<(), nn::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Idx {
    shape: Shape,
    elements: IdxElements,
}

/// The elements of an [`Idx`], in row-major order.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the types say it")]
pub enum IdxElements {
    U8(Vec<u8>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Idx {
    /// The array in a file.
    ///
    /// # Errors
    /// If the file cannot be read, or its bytes are not an IDX file: cut short, longer than its
    /// header says, damaged. The error says the file, the offset of the byte, what was expected and
    /// what was found.
    pub fn read(path: impl AsRef<Path>) -> Result<Idx> {
        let path = path.as_ref();
        let unreadable = |error| DataError::unreadable(path, error);
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        decode(file, length).map_err(|error| error.in_file(path))
    }

    /// The array in these bytes.
    ///
    /// # Errors
    /// As for [`read`](Idx::read).
    pub fn parse(bytes: &[u8]) -> Result<Idx> {
        decode(io::Cursor::new(bytes), bytes.len() as u64)
    }

    /// The lengths along each axis.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements in row-major order, as they are in the file.
    #[must_use]
    pub fn elements(&self) -> &IdxElements {
        &self.elements
    }

    /// The elements as an array of floating-point numbers, rounded where they have more digits.
    #[must_use]
    pub fn to_array<T: Element>(&self) -> Array<T> {
        fn all<T: Element, E: Copy + Into<f64>>(elements: &[E]) -> Vec<T> {
            let element = |&element: &E| T::from_f64(element.into());
            elements.iter().map(element).collect()
        }
        let elements: Vec<T> = match &self.elements {
            IdxElements::U8(elements) => all(elements),
            IdxElements::I8(elements) => all(elements),
            IdxElements::I16(elements) => all(elements),
            IdxElements::I32(elements) => all(elements),
            IdxElements::F32(elements) => all(elements),
            IdxElements::F64(elements) => all(elements),
        };
        Array::new(&self.shape, elements)
    }
}

/// How much longer than its compressed form data can be: the limit of DEFLATE (zlib, technical
/// details).
const MOST_GAIN: u64 = 1032;

/// `length` is that of the source in bytes.
fn decode(mut source: impl Read + Seek, length: u64) -> Result<Idx> {
    let mut magic = [0; 2];
    let compressed = source.read_exact(&mut magic).is_ok() && magic == [0x1f, 0x8b];
    let rewound = source.rewind();
    rewound.map_err(|error| DataError::unreadable(Path::new("idx"), error))?;
    if compressed {
        let most = length.saturating_mul(MOST_GAIN);
        return Reader::new(MultiGzDecoder::new(source)).idx(|header| {
            if header.bytes() <= most {
                return Ok(());
            }
            let message = format!(
                "the header declares {header}, {} bytes with the header, but {length} compressed bytes hold at most {most}",
                header.bytes()
            );
            Err(malformed(0, message))
        });
    }
    Reader::new(source).idx(|header| {
        if header.bytes() == length {
            return Ok(());
        }
        let (at, ends) = match header.bytes() < length {
            true => (header.bytes(), "goes on to"),
            false => (length, "ends after"),
        };
        let message = format!(
            "the header declares {header}, {} bytes with the header, but the file {ends} {length}",
            header.bytes()
        );
        Err(malformed(at, message))
    })
}

/// What the first bytes of a file say.
struct Header {
    kind: Kind,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl Kind {
    fn from_code(code: u8) -> Option<Kind> {
        Some(match code {
            0x08 => Kind::U8,
            0x09 => Kind::I8,
            0x0b => Kind::I16,
            0x0c => Kind::I32,
            0x0d => Kind::F32,
            0x0e => Kind::F64,
            _ => return None,
        })
    }

    fn size(self) -> u64 {
        match self {
            Kind::U8 | Kind::I8 => 1,
            Kind::I16 => 2,
            Kind::I32 | Kind::F32 => 4,
            Kind::F64 => 8,
        }
    }

    fn elements(self, bytes: Vec<u8>) -> IdxElements {
        fn all<const N: usize, E>(bytes: &[u8], element: fn([u8; N]) -> E) -> Vec<E> {
            let (chunks, _) = bytes.as_chunks();
            chunks.iter().map(|&chunk| element(chunk)).collect()
        }
        match self {
            Kind::U8 => IdxElements::U8(bytes),
            Kind::I8 => IdxElements::I8(all(&bytes, i8::from_be_bytes)),
            Kind::I16 => IdxElements::I16(all(&bytes, i16::from_be_bytes)),
            Kind::I32 => IdxElements::I32(all(&bytes, i32::from_be_bytes)),
            Kind::F32 => IdxElements::F32(all(&bytes, f32::from_be_bytes)),
            Kind::F64 => IdxElements::F64(all(&bytes, f64::from_be_bytes)),
        }
    }
}

impl Header {
    /// The length of the file that it declares, itself included: at most 2^60 elements of 8 bytes.
    fn bytes(&self) -> u64 {
        4 + 4 * self.shape.rank() as u64 + self.shape.count() as u64 * self.kind.size()
    }
}

impl std::fmt::Display for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lengths: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let lengths = match lengths.is_empty() {
            true => "1".to_string(),
            false => lengths.join(" x "),
        };
        let kind = format!("{:?}", self.kind).to_lowercase();
        write!(f, "{lengths} elements of {kind}")
    }
}

/// Bytes one after the other, and how many there were.
struct Reader<R> {
    source: R,
    at: u64,
}

impl<R: Read> Reader<R> {
    fn new(source: R) -> Reader<R> {
        Reader { source, at: 0 }
    }

    /// The array, if `fits` has nothing against what its header declares.
    fn idx(mut self, fits: impl FnOnce(&Header) -> Result<()>) -> Result<Idx> {
        let header = self.header()?;
        fits(&header)?;
        let wanted = header.bytes() - self.at;
        let bytes = self.bytes(wanted, &format!("{header}, as the header declares"))?;
        // At its end a compressed file has a checksum, which is checked here.
        let end = self.at;
        if !self.some(1)?.is_empty() {
            let message = format!("the header declares {header}, but there is more after the last");
            return Err(malformed(end, message));
        }
        Ok(Idx {
            elements: header.kind.elements(bytes),
            shape: header.shape,
        })
    }

    fn header(&mut self) -> Result<Header> {
        let magic = self.bytes(4, "a header of 4 bytes and a length for each axis")?;
        if magic[..2] != [0, 0] {
            let message = format!(
                "expected the bytes 00 00, with which an IDX file begins, found {:02x} {:02x}",
                magic[0], magic[1]
            );
            return Err(malformed(0, message));
        }
        let Some(kind) = Kind::from_code(magic[2]) else {
            let message = format!(
                "expected a type of elements, 08, 09, 0b, 0c, 0d or 0e, found {:02x}",
                magic[2]
            );
            return Err(malformed(2, message));
        };
        let mut lengths = Vec::new();
        for axis in 0..magic[3] {
            let length = self.bytes(4, &format!("the length of axis {axis}"))?;
            let length = length
                .iter()
                .fold(0, |all, &byte| all << 8 | u32::from(byte));
            lengths.push(length as usize);
        }
        let shape = Shape::new(&lengths).map_err(|error| malformed(4, error.to_string()))?;
        Ok(Header { kind, shape })
    }

    /// So many bytes, which are `what`.
    fn bytes(&mut self, count: u64, what: &str) -> Result<Vec<u8>> {
        let bytes = self.some(count)?;
        if (bytes.len() as u64) < count {
            let message = format!(
                "expected {what}: {count} bytes, found {} before the end",
                bytes.len()
            );
            return Err(malformed(self.at, message));
        }
        Ok(bytes)
    }

    /// So many bytes, or as many as there are. Memory grows with what is really there.
    fn some(&mut self, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(count).read_to_end(&mut bytes);
        self.at += bytes.len() as u64;
        match read {
            Ok(_) => Ok(bytes),
            Err(error) => {
                use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
                let kind = match error.kind() {
                    // What a decoder says of damaged bytes.
                    InvalidData | InvalidInput | UnexpectedEof => DataErrorKind::Format,
                    _ => DataErrorKind::Read,
                };
                let message = format!("the bytes cannot be read: {error}");
                Err(DataError::new(kind, message).at_byte(self.at))
            }
        }
    }
}

fn malformed(at: u64, message: impl Into<String>) -> DataError {
    DataError::new(DataErrorKind::Format, message).at_byte(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn idx(code: u8, lengths: &[u32], elements: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, code, lengths.len() as u8];
        bytes.extend(lengths.iter().flat_map(|length| length.to_be_bytes()));
        bytes.extend_from_slice(elements);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_type_of_elements_is_read() {
        let cases: [(Vec<u8>, [f64; 2]); 6] = [
            (idx(0x08, &[2], &[1, 255]), [1.0, 255.0]),
            (idx(0x09, &[2], &[1, 255]), [1.0, -1.0]),
            (idx(0x0b, &[2, 1], &[1, 0, 255, 254]), [256.0, -2.0]),
            (
                idx(0x0c, &[2], &[0, 1, 0, 0, 255, 255, 255, 255]),
                [65536.0, -1.0],
            ),
            (
                idx(
                    0x0d,
                    &[2],
                    &[1.5_f32.to_be_bytes(), (-0.25_f32).to_be_bytes()].concat(),
                ),
                [1.5, -0.25],
            ),
            (
                idx(
                    0x0e,
                    &[1, 2],
                    &[0.1_f64.to_be_bytes(), 1e300_f64.to_be_bytes()].concat(),
                ),
                [0.1, 1e300],
            ),
        ];
        for (bytes, expected) in cases {
            let found = Idx::parse(&bytes).unwrap();
            assert_eq!(found.to_array::<f64>().as_slice(), expected);
            assert_eq!(Idx::parse(&gzip(&bytes)).unwrap(), found);
        }
        assert_eq!(
            Idx::parse(&idx(8, &[], &[7])).unwrap().to_array(),
            Array::from(7.0)
        );
        assert!(
            Idx::parse(&idx(8, &[3, 0], &[]))
                .unwrap()
                .to_array::<f32>()
                .is_empty()
        );
    }

    #[test]
    fn wrong_bytes_are_named_by_their_offset() {
        let cases: [(Vec<u8>, u64, &str); 9] = [
            (
                vec![],
                0,
                "expected a header of 4 bytes and a length for each axis: 4 bytes, found 0 before the end",
            ),
            (
                vec![0, 0, 8],
                3,
                "expected a header of 4 bytes and a length for each axis: 4 bytes, found 3 before the end",
            ),
            (
                b"PK\x03\x04".to_vec(),
                0,
                "expected the bytes 00 00, with which an IDX file begins, found 50 4b",
            ),
            (
                vec![0, 0, 10, 1, 0, 0, 0, 0],
                2,
                "expected a type of elements, 08, 09, 0b, 0c, 0d or 0e, found 0a",
            ),
            (
                vec![0, 0, 8, 2, 0, 0, 0, 1, 0],
                9,
                "expected the length of axis 1: 4 bytes, found 1 before the end",
            ),
            (
                idx(8, &[3], &[1, 2, 3, 4]),
                11,
                "the header declares 3 elements of u8, 11 bytes with the header, but the file goes on to 12",
            ),
            (
                idx(14, &[u32::MAX], &[1]),
                9,
                "the header declares 4294967295 elements of f64, 34359738368 bytes with the header, but the file ends after 9",
            ),
            (
                idx(8, &[u32::MAX; 3], &[]),
                4,
                "a shape of [4294967295,4294967295,4294967295] has more elements than fit in memory",
            ),
            (
                idx(8, &[1; 65], &[1]),
                4,
                "a shape of 65 axes: 64 are the most",
            ),
        ];
        for (bytes, at, expected) in cases {
            let error = Idx::parse(&bytes).unwrap_err();
            assert_eq!(error.to_string(), format!("byte {at}: {expected}"));
            assert_eq!(
                (error.kind(), error.byte()),
                (DataErrorKind::Format, Some(at))
            );
        }
        assert!(Idx::parse(&idx(14, &[1 << 30, 1 << 30], &[])).is_err());
        assert_eq!(
            Idx::read("no/such/idx").unwrap_err().kind(),
            DataErrorKind::Read
        );
        assert_eq!(Idx::read(".").unwrap_err().kind(), DataErrorKind::Read);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let plain = idx(0x0b, &[3, 5], &[7; 30]);
        for bytes in [gzip(&plain), plain] {
            assert!(Idx::parse(&bytes).is_ok());
            for length in 0..bytes.len() {
                let error = Idx::parse(&bytes[..length]).unwrap_err();
                assert!(error.byte().unwrap() <= 46, "{error}");
            }
            assert!(Idx::parse(&[bytes, vec![0]].concat()).is_err());
        }
    }

    #[test]
    fn a_compressed_file_holds_what_its_header_declares_and_no_more() {
        // 64 MiB of zeros behind a header that declares 16 bytes: only those are taken out.
        let mut bomb = idx(8, &[16], &[]);
        bomb.resize(64 << 20, 0);
        let bomb = gzip(&bomb);
        let error = Idx::parse(&bomb).unwrap_err();
        assert_eq!(
            error.to_string(),
            "byte 24: the header declares 16 elements of u8, but there is more after the last"
        );
        // A header that declares more than the file can hold.
        let error = Idx::parse(&gzip(&idx(8, &[1 << 31], &[]))).unwrap_err();
        assert!(
            error.to_string().contains("compressed bytes hold at most"),
            "{error}"
        );
        // One that declares more than it does hold.
        let error = Idx::parse(&gzip(&idx(8, &[1000], &[1, 2, 3]))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "byte 11: expected 1000 elements of u8, as the header declares: 1000 bytes, found 3 before the end"
        );
        // A damaged checksum.
        let mut damaged = gzip(&idx(8, &[3], &[1, 2, 3]));
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        let error = Idx::parse(&damaged).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("byte 11: the bytes cannot be read"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_there_is_an_array_or_an_error(
            code in 7_u8..16,
            lengths in proptest::collection::vec(
                prop_oneof![0_u32..4, Just(u32::MAX), any::<u32>()], 0..5),
            elements in proptest::collection::vec(any::<u8>(), 0..70),
            flip in any::<proptest::sample::Index>(),
        ) {
            let mut bytes = idx(code, &lengths, &elements);
            let mut packed = gzip(&bytes);
            for bytes in [&mut bytes, &mut packed] {
                for damage in [0, 0x40] {
                    let at = flip.index(bytes.len());
                    bytes[at] ^= damage;
                    if let Ok(idx) = Idx::parse(bytes) {
                        let array = idx.to_array::<f32>();
                        prop_assert_eq!(array.shape(), idx.shape());
                    }
                }
            }
        }
    }
}
