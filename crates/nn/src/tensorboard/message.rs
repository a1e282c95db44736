//! Protocol buffers, as far as they are needed here: fields, one behind the other.

/// A message in the making.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

/// How a field's bytes are to be read.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const BYTES: u64 = 2;
const FOUR_BYTES: u64 = 5;

impl Message {
    pub(super) fn new() -> Message {
        Message::default()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn integer(mut self, field: u64, number: u64) -> Message {
        self.varint(field << 3 | VARINT);
        self.varint(number);
        self
    }

    pub(super) fn double(mut self, field: u64, number: f64) -> Message {
        self.varint(field << 3 | EIGHT_BYTES);
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(super) fn single(mut self, field: u64, number: f32) -> Message {
        self.varint(field << 3 | FOUR_BYTES);
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(super) fn text(self, field: u64, text: &str) -> Message {
        self.sized(field, text.as_bytes())
    }

    pub(super) fn message(self, field: u64, message: &Message) -> Message {
        self.sized(field, message.bytes())
    }

    pub(super) fn doubles(self, field: u64, numbers: &[f64]) -> Message {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.sized(field, &bytes)
    }

    /// The fields of both.
    pub(super) fn join(mut self, other: Message) -> Message {
        self.0.extend(other.0);
        self
    }

    fn sized(mut self, field: u64, bytes: &[u8]) -> Message {
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    /// Seven bits a byte, the lowest first; the eighth says that there are more.
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}

const BINS: usize = 30;

/// A `HistogramProto` of finite numbers.
pub(super) fn histogram(values: &[f64]) -> Message {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (limits, counts) = match (values.len(), low < high) {
        (0, _) => (vec![0.0], vec![0.0]),
        (count, false) => (vec![high], vec![count as f64]),
        (_, true) => {
            // Halves, lest the width of all doubles overflow.
            let (start, half) = (low / 2.0, (high / 2.0 - low / 2.0) / BINS as f64);
            let limit = |bin: usize| match bin {
                BINS => high,
                _ => 2.0 * (start + half * bin as f64),
            };
            let limits: Vec<f64> = (1..=BINS).map(limit).collect();
            let mut counts = vec![0.0; BINS];
            for &value in values {
                let bin = limits.partition_point(|&limit| limit <= value);
                counts[bin.min(BINS - 1)] += 1.0;
            }
            (limits, counts)
        }
    };
    let none = values.is_empty();
    Message::new()
        .double(1, if none { 0.0 } else { low })
        .double(2, if none { 0.0 } else { high })
        .double(3, values.len() as f64)
        .double(4, values.iter().sum())
        .double(5, values.iter().map(|x| x * x).sum())
        .doubles(6, &limits)
        .doubles(7, &counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_format() {
        // The first example of the documentation of protocol buffers: field 1 is 150.
        assert_eq!(Message::new().integer(1, 150).bytes(), [0x08, 0x96, 0x01]);
        let testing = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
        assert_eq!(Message::new().text(2, "testing").bytes(), testing);
        let largest = Message::new().integer(1, u64::MAX);
        assert_eq!(largest.bytes().len(), 11);
    }

    #[test]
    fn numbers_as_far_apart_as_they_can_be_have_bins() {
        let message = histogram(&[-f64::MAX, 0.0, f64::MAX]);
        let counts = &message.bytes()[message.bytes().len() - 8 * BINS..];
        let one = 1f64.to_le_bytes();
        let ones = counts.chunks(8).filter(|count| **count == one);
        assert_eq!(ones.count(), 3);
    }
}
