//! Who made the first NaN, as JSON.

use super::Told;
use super::object::{each, index, maybe, object};
use crate::show::json_parts::{Number, Text};
use crate::story::{Blame, Hidden, Origin, OriginKind, Seen, Spoiled, SpoiledKind};
use std::fmt::{self, Formatter};

impl Told<'_> {
    pub(super) fn blame(&self, f: &mut Formatter<'_>, blame: &Blame) -> fmt::Result {
        let outputs = each(&blame.outputs, |f, (label, value)| {
            object(f, &[("label", &Text(label)), ("value", &Number(*value))])
        });
        object(
            f,
            &[
                ("finite", &blame.is_finite()),
                ("outputs", &outputs),
                (
                    "forward",
                    &maybe(blame.forward.as_ref(), |f, it| self.origin(f, it)),
                ),
                ("also", &each(&blame.also, |f, at| self.mention(f, at))),
                (
                    "backward",
                    &maybe(blame.backward.as_ref(), |f, it| self.spoiled(f, it)),
                ),
                ("hidden", &each(&blame.hidden, |f, it| self.hidden(f, it))),
            ],
        )
    }

    fn origin(&self, f: &mut Formatter<'_>, origin: &Origin) -> fmt::Result {
        let kind = match origin.kind {
            OriginKind::Operation => "operation",
            OriginKind::Input => "input",
            OriginKind::Data => "data",
            OriginKind::Literal => "literal",
        };
        object(
            f,
            &[
                ("at", &self.at(&origin.at)),
                ("kind", &Text(kind)),
                ("index", &index(origin.index.as_ref())),
                ("value", &Number(origin.value)),
                ("count", &origin.count),
                (
                    "operands",
                    &each(&origin.operands, |f, it| self.seen(f, it)),
                ),
                ("mistake", &Text(&origin.mistake)),
                ("cure", &Text(&origin.cure)),
                ("reaches_output", &origin.reaches_output),
            ],
        )
    }

    fn seen(&self, f: &mut Formatter<'_>, seen: &Seen) -> fmt::Result {
        let node = maybe(seen.node.as_ref(), |f, &node| {
            write!(f, "{}", self.node(node))
        });
        object(
            f,
            &[
                ("node", &node),
                ("label", &Text(&seen.label)),
                ("value", &Number(seen.value)),
                ("shown", &Text(&seen.shown)),
            ],
        )
    }

    fn spoiled(&self, f: &mut Formatter<'_>, spoiled: &Spoiled) -> fmt::Result {
        let kind = match spoiled.kind {
            SpoiledKind::Local => "local",
            SpoiledKind::Product => "product",
            SpoiledKind::Sum => "sum",
            SpoiledKind::Rule => "rule",
            SpoiledKind::Seed => "seed",
            SpoiledKind::Hook => "hook",
        };
        let before = maybe(spoiled.before.as_ref(), |f, &x| write!(f, "{}", Number(x)));
        object(
            f,
            &[
                ("kind", &Text(kind)),
                ("at", &self.at(&spoiled.at)),
                ("slot", &spoiled.slot),
                ("operand", &self.at(&spoiled.operand)),
                ("index", &index(spoiled.index.as_ref())),
                ("count", &spoiled.count),
                ("upstream", &Number(spoiled.upstream)),
                ("local", &Number(spoiled.local)),
                ("contribution", &Number(spoiled.contribution)),
                ("before", &before),
                ("formula", &Text(&spoiled.formula)),
                (
                    "operands",
                    &each(&spoiled.operands, |f, it| self.seen(f, it)),
                ),
                ("mistake", &Text(&spoiled.mistake)),
                ("cure", &Text(&spoiled.cure)),
            ],
        )
    }

    fn hidden(&self, f: &mut Formatter<'_>, hidden: &Hidden) -> fmt::Result {
        object(
            f,
            &[
                ("at", &self.at(&hidden.at)),
                ("operand", &self.at(&hidden.operand)),
                ("index", &index(hidden.index.as_ref())),
                ("upstream", &Number(hidden.upstream)),
                ("local", &Number(hidden.local)),
            ],
        )
    }
}
