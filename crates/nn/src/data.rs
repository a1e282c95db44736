//! Data: examples and targets, read from files or made, scaled, split, and given out in batches.
//!
//! A [`Dataset`] is inputs, one example for each position along axis 0 of an array, and a target for
//! each. What a training loop does with it:
//!
//! ```
//! use nn::data::{Scaling, iris};
//!
//! let (iris, species) = iris();
//! let mut rng = nn::seeded(7);
//! let [train, test] = iris.split_classes(&[0.8, 0.2], &mut rng)?;
//! let scaling = Scaling::standardize(train.x()); // fitted on the training set alone
//! let train = train.map_x(|x| scaling.apply(x)).one_hot(species.len());
//! let test = test.map_x(|x| scaling.apply(x));
//!
//! for epoch in 0..2 {
//!     for batch in train.shuffled(32, &mut rng) {
//!         assert_eq!(batch.x.shape()[0], batch.y.shape()[0]); // 32, at last 24
//!     }
//! }
//! assert_eq!(test.class_counts(), [10, 10, 10]);
//! # Ok::<(), nn::data::DataError>(())
//! ```
//!
//! # Map
//!
//! | you want | look at |
//! |---|---|
//! | examples and targets, batches, parts | [`Dataset`], [`Batches`], [`Targets`] |
//! | inputs of a common size | [`Scaling`] |
//! | names of classes, one-hot rows, several labels at once | [`Labels`], [`classes`] |
//! | a table in a text file | [`Csv`], [`Table`] |
//! | handwritten digits | [`mnist`], [`Idx`] |
//! | text, character by character | [`Text`], [`Characters`], [`Streams`] |
//! | truth tables | [`Gate`] |
//! | points in the plane | [`moons`], [`circles`], [`spirals`], [`blobs`] |
//! | curves | [`line()`], [`sine`] |
//! | images without a file | [`digits`] |
//! | flowers | [`iris`] |
//! | what lectures work by hand | [`hours`], [`mazur`], [`circuit`] |
//!
//! Random numbers come from the generator that is handed over: the same seed gives the same data
//! and the same batches. Whatever a file says, reading it ends with data or a [`DataError`] that
//! says where and what; no more memory is asked for than what is really in the file can fill.

mod batches;
mod csv;
mod curves;
mod dataset;
mod digits;
mod error;
mod idx;
mod iris;
mod labels;
mod lectures;
mod logic;
mod mnist;
mod planar;
mod scaling;
mod split;
mod streams;
mod table;
mod targets;
mod text;

pub use batches::{Batch, Batches};
pub use csv::{Csv, Missing};
pub use curves::{line, sine};
pub use dataset::Dataset;
pub use digits::digits;
pub use error::{DataError, DataErrorKind};
pub use idx::{Idx, IdxElements};
pub use iris::iris;
pub use labels::{Labels, classes};
pub use lectures::{circuit, hours, mazur};
pub use logic::Gate;
pub use mnist::{Part, mnist};
pub use planar::{blobs, circles, moons, spirals};
pub use scaling::Scaling;
pub use streams::{Streams, Window};
pub use table::{Column, Table};
pub use targets::Targets;
pub use text::{Characters, Text};
