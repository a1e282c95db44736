//! The parts that networks are made of.
//!
//! Each is a [`Module`](crate::Module): a forward pass in the tape's operations, and beside it, in the same file, the backward
//! pass as one derives it by hand, which the tape does not need and [`audit`](crate::audit)
//! compares it with. Definitions, and the way weights lie in memory, are PyTorch's.

mod activation;
mod function;
mod linear;
mod sequential;

pub use function::{Function, function};
pub use linear::Linear;
pub use sequential::Sequential;
