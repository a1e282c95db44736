//! The other libraries, one file each.

pub(crate) mod ad_trait;
pub(crate) mod easy_ml;
pub(crate) mod echidna;
pub(crate) mod echidna_replay;
pub(crate) mod reverse;
