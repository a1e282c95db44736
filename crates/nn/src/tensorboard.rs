//! Event files that TensorBoard shows: curves and histograms while a network learns.
//!
//! ```
//! use nn::tensorboard::Events;
//!
//! let folder = std::env::temp_dir().join(format!("chainrule-doc-events-{}", std::process::id()));
//! let mut events = Events::create(&folder)?;
//! for step in 0..100 {
//!     events.scalar("loss/train", step, 1.0 / (1.0 + step as f64))?;
//! }
//! events.histogram("weights", 100, [0.1, -0.3, 0.2])?;
//! events.flush()?;
//! // Then, in a shell: tensorboard --logdir FOLDER
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A folder is a run; runs beside each other in one folder are compared. Tags before a slash are
//! shown together.
//!
//! Source: TensorFlow's `event.proto` and `summary.proto`, in records as TFRecord has them.

mod message;
mod record;

use crate::train::Epoch;
use crate::{Gradient, Module};
use message::Message;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tape::Element;

/// A writer of events: numbers and histograms, each with a tag and a step.
///
/// What is written is in the file once it is [flushed](Events::flush), which dropping does as well.
#[derive(Debug)]
pub struct Events<W: Write = BufWriter<File>> {
    writer: W,
    clock: fn() -> f64,
}

impl Events {
    /// A new file in this folder, which is made if need be. Older files in it stay, and are shown as
    /// the beginning of the same run.
    ///
    /// # Errors
    /// If the folder or the file cannot be made.
    pub fn create(folder: impl AsRef<Path>) -> io::Result<Events> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let folder = folder.as_ref();
        fs::create_dir_all(folder)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let (seconds, process) = (now() as u64, std::process::id());
        let name = format!("events.out.tfevents.{seconds}.chainrule.{process}.{number}");
        Events::to(BufWriter::new(File::create_new(folder.join(name))?))
    }
}

impl<W: Write> Events<W> {
    /// Events into any writer.
    ///
    /// # Errors
    /// If it cannot be written to.
    pub fn to(writer: W) -> io::Result<Events<W>> {
        Events::with_clock(writer, now)
    }

    /// Events into any writer, stamped with the seconds since 1970 that `clock` answers.
    ///
    /// # Errors
    /// If it cannot be written to.
    pub fn with_clock(writer: W, clock: fn() -> f64) -> io::Result<Events<W>> {
        let mut events = Events { writer, clock };
        events.write(Message::new().text(3, "brain.Event:2"), None)?;
        Ok(events)
    }

    /// A number at a step of a curve. TensorBoard keeps single precision.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f64) -> io::Result<()> {
        let value = Message::new().text(1, tag).single(2, value as f32);
        self.summary(value, step)
    }

    /// How numbers are distributed at a step: 30 bins of equal width from the least to the largest.
    /// NaN and infinities are left out.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn histogram(
        &mut self,
        tag: &str,
        step: u64,
        values: impl IntoIterator<Item = f64>,
    ) -> io::Result<()> {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let histogram = message::histogram(&finite.collect::<Vec<f64>>());
        let value = Message::new().text(1, tag).message(5, &histogram);
        self.summary(value, step)
    }

    /// The losses, the learning rate and the metrics of an epoch of a [`Trainer`](crate::Trainer).
    ///
    /// ```
    /// use nn::{Sgd, Trainer, data::Dataset, layers::Linear, loss, tensorboard::Events};
    ///
    /// let mut file = Vec::new();
    /// let mut events = Events::to(&mut file)?;
    /// let line = Dataset::new([[0.0], [1.0]], [[1.0], [3.0]].into());
    /// let net = Linear::from_arrays([[0.0]], [0.0]);
    /// Trainer::new(loss::mse)
    ///     .epochs(3)
    ///     .on_epoch(|epoch| events.epoch(epoch).expect("a disk with room"))
    ///     .fit(&net, &mut Sgd::new(0.1), &line)
    ///     .unwrap();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn epoch(&mut self, epoch: &Epoch) -> io::Result<()> {
        let step = epoch.number as u64;
        self.scalar("loss/training", step, epoch.loss)?;
        if let Some(validation) = epoch.validation {
            self.scalar("loss/validation", step, validation)?;
        }
        self.scalar("rate", step, epoch.rate)?;
        for (name, number) in &epoch.metrics {
            self.scalar(&format!("metrics/{name}"), step, *number)?;
        }
        self.flush()
    }

    /// A histogram of each parameter and buffer, under its name.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn parameters<T: Element>(
        &mut self,
        step: u64,
        net: &(impl Module<T> + ?Sized),
    ) -> io::Result<()> {
        for named in &net.parameters() {
            let value = named.parameter.value();
            let numbers = value.iter().map(|x| x.to_f64());
            self.histogram(&format!("parameters/{}", named.name), step, numbers)?;
        }
        Ok(())
    }

    /// A histogram of the gradient by each parameter of a network, under its name.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn gradient<T: Element>(
        &mut self,
        step: u64,
        net: &(impl Module<T> + ?Sized),
        gradient: &Gradient<T>,
    ) -> io::Result<()> {
        for named in &net.parameters() {
            if let Some(slopes) = gradient.of(&named.parameter) {
                let numbers = slopes.iter().map(|x| x.to_f64());
                self.histogram(&format!("gradient/{}", named.name), step, numbers)?;
            }
        }
        Ok(())
    }

    /// Brings everything into the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn summary(&mut self, value: Message, step: u64) -> io::Result<()> {
        let summary = Message::new().message(1, &value);
        self.write(Message::new().message(5, &summary), Some(step))
    }

    fn write(&mut self, what: Message, step: Option<u64>) -> io::Result<()> {
        let event = Message::new().double(1, (self.clock)());
        let event = match step {
            Some(step) => event.integer(2, step),
            None => event,
        };
        self.writer
            .write_all(&record::framed(event.join(what).bytes()))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file that `tests/reference/tensorboard.py` has TensorBoard read.
    #[test]
    fn the_bytes_are_those_that_tensorboard_was_seen_to_read() {
        let mut bytes = Vec::new();
        let mut events = Events::with_clock(&mut bytes, || 1.7e9).unwrap();
        events.scalar("loss/train", 0, 0.5).unwrap();
        events.scalar("loss/train", 300, -1e-3).unwrap();
        events.scalar("größe <&>", 1, f64::INFINITY).unwrap();
        let values = (0..=100).map(|i| f64::from(i * i) / 100.0 - 10.0);
        events
            .histogram("weights", 7, values.chain([f64::NAN]))
            .unwrap();
        events.histogram("nothing", 7, []).unwrap();
        events.histogram("one", 7, [2.5, 2.5]).unwrap();
        events.flush().unwrap();
        assert_eq!(bytes, include_bytes!("../tests/reference/events.tfevents"));
    }
}
