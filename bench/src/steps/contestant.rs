//! Who takes part.

use crate::work::{Rule, Work};
use crate::{Step, hand, ours};

/// One way to take the steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Contestant {
    Ours,
    /// Ours, recorded once and run again.
    Planned,
    /// Ours with the batch cut into as many parts as there are threads.
    Parts(usize),
    /// Loops and the `gemm` crate, on one thread.
    Hand,
    #[cfg(feature = "candle")]
    Candle,
    #[cfg(feature = "burn")]
    Burn,
}

impl Contestant {
    /// Everybody for so many threads, ours first.
    pub(crate) fn all(threads: usize) -> Vec<Contestant> {
        let mut all = vec![Contestant::Ours, Contestant::Planned];
        all.push(match threads {
            1 => Contestant::Hand,
            _ => Contestant::Parts(threads),
        });
        #[cfg(feature = "candle")]
        all.push(Contestant::Candle);
        #[cfg(feature = "burn")]
        all.push(Contestant::Burn);
        all
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Contestant::Ours => "ours",
            Contestant::Planned => "planned",
            Contestant::Parts(_) => "in parts",
            Contestant::Hand => "by hand",
            #[cfg(feature = "candle")]
            Contestant::Candle => "candle",
            #[cfg(feature = "burn")]
            Contestant::Burn => "burn",
        }
    }

    /// Its step, if it has one for this work.
    pub(crate) fn step(self, work: Work, rule: Rule) -> Option<Step> {
        match self {
            Contestant::Ours => Some(ours::step(work, rule)),
            Contestant::Planned => Some(ours::step_planned(work, rule)),
            Contestant::Parts(parts) => ours::step_in_parts(work, rule, parts),
            Contestant::Hand => hand::step(work, rule),
            #[cfg(feature = "candle")]
            Contestant::Candle => crate::candle::step(work, rule),
            #[cfg(feature = "burn")]
            Contestant::Burn => crate::burn::step(work, rule),
        }
    }
}
