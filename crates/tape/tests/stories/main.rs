//! The stories over a ledger: blame, kinks, paths, precision.

mod blame;
mod blame_arrays;
mod graph;
mod kinks;
mod ledger;
mod paths;
mod precision;
mod precision_arrays;
#[path = "../support/random_arrays.rs"]
mod random_arrays;
