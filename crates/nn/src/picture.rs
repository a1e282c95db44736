//! Pictures of learning, as SVG: networks, curves, decision boundaries, confusion matrices, histograms.
//!
//! ```
//! use nn::picture::Curves;
//!
//! let losses = (0..50).map(|epoch| (-0.1 * epoch as f64).exp());
//! let svg = Curves::new("Learning").axes("epoch", "loss").line("train", losses).svg();
//! assert!(svg.as_str().starts_with("<svg "));
//! // svg.save("learning.svg")?;
//! ```
//!
//! A picture is one text that needs nothing else: no script, no font, no other file. It follows the
//! reader's choice of light or dark. Names, whatever is in them, are shown as they are. The same data
//! give the same bytes.

mod axis;
mod boundary;
mod confusion;
mod curves;
mod flow;
mod frame;
mod histogram;
mod network;
mod svg;

pub use boundary::Boundary;
pub use confusion::confusion;
pub use curves::Curves;
pub use flow::flow;
pub use histogram::histogram;
pub use network::Network;
pub use svg::Svg;
