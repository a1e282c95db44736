//! Networks in files: parameters and buffers by their names, in the safetensors format.
//!
//! [`save`] and [`load`] are for weights. The names are those of [`Module::parameters`], which are
//! PyTorch's, and so are layouts: a file that `safetensors.torch.save_file(net.state_dict(), ..)`
//! made loads here, and PyTorch loads ours.
//!
//! ```
//! use nn::layers::{Linear, Sequential};
//! use nn::{Activation::Tanh, Module, checkpoint, seeded};
//!
//! let net = |seed| -> Sequential {
//!     let mut rng = seeded(seed);
//!     Sequential::new().then(Linear::new(2, 8, &mut rng)).then(Tanh).then(Linear::new(8, 1, &mut rng))
//! };
//! let path = std::env::temp_dir().join(format!("chainrule-doc-{}.safetensors", std::process::id()));
//! let trained = net(1);
//! checkpoint::save(&path, &trained)?;
//!
//! let other = net(2);
//! checkpoint::load(&path, &other)?;
//! assert_eq!(other.parameters().unrolled(), trained.parameters().unrolled());
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), nn::checkpoint::CheckpointError>(())
//! ```
//!
//! A [`Checkpoint`] holds more: what an optimizer remembers, where the random numbers of a
//! [`Session`] stand, notes. With them training goes on, bit for bit, as if it had never stopped.
//!
//! A file is written beside the old one, forced to the disk, and put in its place only then: a full
//! disk, or a power cut, leaves the old file as it was. A file is read with suspicion: what it says
//! of itself is checked against its length before memory is taken for it. Loading changes a network
//! wholly or not at all.

mod error;
mod file;
mod stored;

pub use error::{CheckpointError, CheckpointErrorKind};

use crate::{Mismatch, Module, Named, Optimizer, Parameters, Session};
use error::Result;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use stored::Stored;
use tape::{Array, Element};

/// Saves the parameters and buffers of a network.
///
/// # Errors
/// If the file cannot be written, or two parameters have one name. An old file is kept then.
pub fn save<T: Element>(path: impl AsRef<Path>, net: &(impl Module<T> + ?Sized)) -> Result<()> {
    Checkpoint::new().with_module(net).save(path)
}

/// Loads the parameters and buffers of a network.
///
/// # Errors
/// If the file cannot be read, is not of the format, or does not have exactly the network's
/// parameters, of its shapes and its element type ([`Checkpoint::cast`] converts). The network is
/// not changed then.
pub fn load<T: Element>(path: impl AsRef<Path>, net: &(impl Module<T> + ?Sized)) -> Result<()> {
    let restored = Checkpoint::read(&path)?.restore(net);
    restored.map_err(|error| error.in_file(path.as_ref()))
}

/// What the names of an optimizer's arrays begin with.
const OPTIMIZER: &str = "optimizer/";
/// The names of arrays that are no network's begin with one of these.
const RESERVED: [&str; 2] = [OPTIMIZER, "trainer/"];
/// The notes with which a session and an optimizer go on.
const SEED: &str = "chainrule.seed";
const STEPS: &str = "chainrule.steps";
const RATE: &str = "chainrule.rate";

/// Arrays with names, and notes: what is in a file.
///
/// ```
/// use nn::checkpoint::Checkpoint;
/// use nn::{Session, layers::Linear, seeded};
///
/// let net: Linear = Linear::new(2, 1, &mut seeded(1));
/// let checkpoint = Checkpoint::new()
///     .with_module(&net)
///     .with_session(&Session::resumed(7, 120))
///     .with_note("data", "iris");
/// let bytes = checkpoint.to_bytes()?;
///
/// let read = Checkpoint::from_bytes(&bytes)?;
/// assert_eq!(read.names().collect::<Vec<_>>(), ["bias", "weight"]);
/// assert_eq!(read.note("data"), Some("iris"));
/// assert_eq!(read.session()?.steps(), 120);
/// # Ok::<(), nn::checkpoint::CheckpointError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    arrays: Vec<(String, Stored)>,
    notes: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Checkpoint {
        Checkpoint::default()
    }

    /// Adds the parameters and buffers of a network, as they are now.
    #[must_use]
    pub fn with_module<T: Element>(mut self, net: &(impl Module<T> + ?Sized)) -> Checkpoint {
        for named in &net.parameters() {
            let stored = Stored::of(&named.parameter.value());
            self.arrays.push((named.name.clone(), stored));
        }
        self
    }

    /// Adds what an optimizer remembers of its steps, and its learning rate.
    #[must_use]
    pub fn with_optimizer<T: Element>(
        mut self,
        net: &(impl Module<T> + ?Sized),
        optimizer: &(impl Optimizer<T> + ?Sized),
    ) -> Checkpoint {
        for (name, array) in optimizer.memory(&net.parameters()) {
            self = self.with_array(&format!("{OPTIMIZER}{name}"), &array);
        }
        self.with_note(RATE, optimizer.rate().to_string())
    }

    /// Adds where a session stands: its seed, and its number of steps.
    #[must_use]
    pub fn with_session(self, session: &Session) -> Checkpoint {
        self.with_note(SEED, session.seed().to_string())
            .with_note(STEPS, session.steps().to_string())
    }

    /// Adds an array under a name.
    #[must_use]
    pub fn with_array<T: Element>(mut self, name: &str, array: &Array<T>) -> Checkpoint {
        self.arrays.push((name.to_string(), Stored::of(array)));
        self
    }

    /// Adds a note, over an older one of the same name.
    #[must_use]
    pub fn with_note(mut self, name: impl Into<String>, text: impl Into<String>) -> Checkpoint {
        self.notes.insert(name.into(), text.into());
        self
    }

    /// The names of all arrays, an optimizer's included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.iter().map(|(name, _)| name.as_str())
    }

    /// An array by its name.
    ///
    /// # Errors
    /// If there is none, or its elements are of another type.
    pub fn array<T: Element>(&self, name: &str) -> Result<Array<T>> {
        match self.stored(name) {
            Some(stored) => stored.array().ok_or_else(|| {
                let (found, asked) = (stored.type_name(), stored::type_name::<T>());
                let message = format!("{name} is of type {found}, not {asked}; `cast` converts");
                CheckpointError::unlike(message)
            }),
            None => {
                let message = format!("there is no array of the name {name}");
                Err(CheckpointError::unlike(message))
            }
        }
    }

    /// A note by its name.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }

    /// The same arrays with elements of another type, rounded to nearest. What are no numbers with a
    /// point, PyTorch's counters of batches say, is left as it is.
    ///
    /// ```
    /// # use nn::{checkpoint::Checkpoint, layers::Linear, seeded};
    /// let single: Linear<f32> = Linear::new(2, 1, &mut seeded(1));
    /// let double: Linear<f64> = Linear::new(2, 1, &mut seeded(2));
    /// let checkpoint = Checkpoint::new().with_module(&single);
    /// assert!(checkpoint.restore(&double).is_err());
    /// checkpoint.cast::<f64>().restore(&double).unwrap();
    /// assert_eq!(double.weight().value().cast(), *single.weight().value());
    /// ```
    #[must_use]
    pub fn cast<T: Element>(&self) -> Checkpoint {
        let arrays = self.arrays.iter();
        let arrays = arrays.map(|(name, stored)| match stored.numbers() {
            Some(numbers) => (name.clone(), Stored::of(&numbers.cast::<T>())),
            None => (name.clone(), stored.clone()),
        });
        Checkpoint {
            arrays: arrays.collect(),
            notes: self.notes.clone(),
        }
    }

    /// Puts the arrays into a network's parameters and buffers.
    ///
    /// # Errors
    /// If an array is missing, too much, or of another shape or element type; the message lists all of
    /// them by name. Nothing is changed then.
    pub fn restore<T: Element>(&self, net: &(impl Module<T> + ?Sized)) -> Result<()> {
        let parameters = net.parameters();
        let arrays = self.fitting(&parameters)?;
        for (named, array) in parameters.iter().zip(arrays) {
            named.parameter.set(array);
        }
        Ok(())
    }

    /// Gives an optimizer its memory and its learning rate back.
    ///
    /// # Errors
    /// If the checkpoint has none, or it does not fit the network. The optimizer is not changed then.
    pub fn recall<T: Element>(
        &self,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
    ) -> Result<()> {
        let rate: f64 = self.number(RATE, "an optimizer")?;
        let mut memory = Vec::new();
        for (name, _) in &self.arrays {
            if let Some(own) = name.strip_prefix(OPTIMIZER) {
                memory.push((own.to_string(), self.array(name)?));
            }
        }
        let recalled = optimizer.recall(&net.parameters(), &memory);
        recalled.map_err(|mismatch| CheckpointError::mismatch_of("optimizer", mismatch))?;
        optimizer.set_rate(rate);
        Ok(())
    }

    /// The session as it stood when it was saved.
    ///
    /// # Errors
    /// If none was saved.
    pub fn session(&self) -> Result<Session> {
        let seed = self.number(SEED, "a session")?;
        Ok(Session::resumed(seed, self.number(STEPS, "a session")?))
    }

    /// All three: the network, the optimizer, and the session with which training goes on.
    ///
    /// # Errors
    /// As [`restore`](Checkpoint::restore), [`recall`](Checkpoint::recall) and
    /// [`session`](Checkpoint::session). Neither network nor optimizer is changed then.
    pub fn resume<T: Element>(
        &self,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
    ) -> Result<Session> {
        let session = self.session()?;
        self.fitting(&net.parameters())?;
        self.recall(net, optimizer)?;
        self.restore(net)?;
        Ok(session)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// If two arrays have one name.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        file::to_bytes(&self.arrays, &self.notes)
    }

    /// What is in the bytes of a file.
    ///
    /// # Errors
    /// If they are not of the format, or too few.
    pub fn from_bytes(bytes: &[u8]) -> Result<Checkpoint> {
        let (arrays, notes) = file::parse(bytes, bytes.len() as u64)?;
        Ok(Checkpoint { arrays, notes })
    }

    /// Writes a file. One that is there already is kept until the new one is safe on the disk.
    ///
    /// # Errors
    /// If it cannot be written, or two arrays have one name. An old file is kept then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = self.to_bytes().map_err(|error| error.in_file(path))?;
        file::replace(path, &bytes).map_err(|error| CheckpointError::unwritable(path, error))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, is not of the format, or is cut short.
    pub fn read(path: impl AsRef<Path>) -> Result<Checkpoint> {
        let path = path.as_ref();
        let parts = file::read(path).map_err(|error| error.in_file(path))?;
        let (arrays, notes) = parts;
        Ok(Checkpoint { arrays, notes })
    }

    fn stored(&self, name: &str) -> Option<&Stored> {
        let found = self.arrays.iter().find(|(own, _)| own == name)?;
        Some(&found.1)
    }

    fn number<N: std::str::FromStr>(&self, note: &str, of: &str) -> Result<N> {
        let number = self.note(note).and_then(|text| text.parse().ok());
        number.ok_or_else(|| {
            let message = format!("the checkpoint is not one of {of}: it has no note {note}");
            CheckpointError::unlike(message)
        })
    }

    /// The arrays for the parameters, in their order.
    fn fitting<T: Element>(&self, parameters: &Parameters<T>) -> Result<Vec<Array<T>>> {
        let (mut arrays, mut wrong) = (Vec::new(), Mismatch::default());
        for Named { name, parameter } in parameters {
            let Some(stored) = self.stored(name) else {
                wrong.missing.push(name.clone());
                continue;
            };
            let (found, shape) = (stored.shape_text(), parameter.shape());
            match (stored.has_shape(shape), stored.array()) {
                (true, Some(array)) => arrays.push(array),
                (false, _) => wrong
                    .misfits
                    .push((name.clone(), format!("{found}, in the network {shape}"))),
                (true, None) => {
                    let (found, own) = (stored.type_name(), stored::type_name::<T>());
                    let what =
                        format!("{found}, in the network {own}: `Checkpoint::cast` converts");
                    wrong.misfits.push((name.clone(), what));
                }
            }
        }
        let known = HashSet::<&str>::from_iter(parameters.iter().map(|own| own.name.as_str()));
        for name in self.names() {
            // PyTorch counts the batches that a batch norm has seen, and seldom uses it.
            let other = RESERVED.iter().any(|prefix| name.starts_with(prefix))
                || name.ends_with("num_batches_tracked");
            if !other && !known.contains(name) {
                wrong.extra.push(name.to_string());
            }
        }
        match wrong == Mismatch::default() {
            true => Ok(arrays),
            false => Err(CheckpointError::mismatch_of("network", wrong)),
        }
    }
}
