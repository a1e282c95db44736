//! The stories as JSON, for programs.

mod blame;
mod object;

use crate::explain::Explanation;
use crate::show::json_parts::{Number, SQUARE, Text, list, nested};
use crate::story::{
    Blame, Cancellation, Digits, Kink, KinkPlace, Kinks, Mention, NodeDigits, Path, Paths,
    Precision, Side,
};
use object::{By, each, index, maybe, numbers, object};
use std::fmt::{self, Display, Formatter};

/// What is told, and how its nodes are numbered.
pub(in crate::show) struct Told<'a> {
    pub(in crate::show) story: Story<'a>,
    pub(in crate::show) number: &'a dyn Fn(u32) -> usize,
}

/// One of the stories, as a part of [`Json`](crate::explain::Json): made from a reference to a
/// [`Blame`], [`Kinks`] or [`Precision`], or to a list of [`Paths`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Story<'a> {
    /// Who made the first NaN or infinity.
    Blame(&'a Blame),
    /// Which kinks are near.
    Kinks(&'a Kinks),
    /// The heaviest paths, between one pair of nodes each.
    Paths(&'a [Paths]),
    /// How many digits are left.
    Precision(&'a Precision),
}

impl Story<'_> {
    /// Its key under `"stories"`.
    pub(in crate::show) fn key(&self) -> &'static str {
        match self {
            Story::Blame(_) => "blame",
            Story::Kinks(_) => "kinks",
            Story::Paths(_) => "paths",
            Story::Precision(_) => "precision",
        }
    }
}

/// Writes the method `json` of a story, and how it becomes a [`Story`].
macro_rules! stories {
    ($($Name:ident: $keys:literal)*) => { $(
        impl $Name {
            /// The story as a JSON object, on one line, with the fields of this type under their own
            /// names:
            #[doc = $keys]
            ///
            /// Numbers read back as they are; NaN and the infinities are the strings `"nan"`, `"inf"`
            /// and `"-inf"`. A node is its number on the tape here; as
            /// [a part](crate::explain::Json::story) of the ledger's JSON it is the `id` there.
            #[must_use]
            pub fn json(&self) -> String {
                let number = &|node: u32| node as usize;
                Told { story: self.into(), number }.to_string()
            }
        }
    )* };
}

stories! {
    Blame: "`finite`, `outputs`, `forward`, `also`, `backward` and `hidden`."
    Kinks: "`near` and `found`."
    Paths: "a list of one object with `from`, `to`, `total`, `gross`, `count` and `heaviest`."
    Precision: "`nodes` (with `digits` for the count), `cancellations`, `not_covered`, `adjoints_not_covered` and `unknown`."
}

impl<'a> From<&'a Blame> for Story<'a> {
    fn from(blame: &'a Blame) -> Story<'a> {
        Story::Blame(blame)
    }
}
impl<'a> From<&'a Kinks> for Story<'a> {
    fn from(kinks: &'a Kinks) -> Story<'a> {
        Story::Kinks(kinks)
    }
}
impl<'a> From<&'a Paths> for Story<'a> {
    fn from(paths: &'a Paths) -> Story<'a> {
        Story::Paths(std::slice::from_ref(paths))
    }
}
impl<'a> From<&'a [Paths]> for Story<'a> {
    fn from(paths: &'a [Paths]) -> Story<'a> {
        Story::Paths(paths)
    }
}
impl<'a> From<&'a Precision> for Story<'a> {
    fn from(precision: &'a Precision) -> Story<'a> {
        Story::Precision(precision)
    }
}

impl Display for Told<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.story {
            Story::Blame(blame) => self.blame(f, blame),
            Story::Kinks(kinks) => object(
                f,
                &[
                    ("near", &Number(kinks.near)),
                    ("found", &each(&kinks.found, |f, kink| self.kink(f, kink))),
                ],
            ),
            Story::Paths(paths) => list(f, SQUARE, paths, |f, paths| self.paths(f, paths)),
            Story::Precision(precision) => self.precision(f, precision),
        }
    }
}

impl Told<'_> {
    fn node(&self, node: u32) -> usize {
        (self.number)(node)
    }

    fn mention(&self, f: &mut Formatter<'_>, at: &Mention) -> fmt::Result {
        let source = maybe(at.source.as_ref(), |f, source| {
            write!(f, "{}", Text(&source.to_string()))
        });
        object(
            f,
            &[
                ("node", &self.node(at.node)),
                ("label", &Text(&at.label)),
                ("expression", &Text(&at.expression)),
                ("source", &source),
            ],
        )
    }

    fn at<'a>(&'a self, at: &'a Mention) -> impl Display + 'a {
        By(move |f: &mut Formatter<'_>| self.mention(f, at))
    }

    fn kink(&self, f: &mut Formatter<'_>, kink: &Kink) -> fmt::Result {
        object(
            f,
            &[
                ("at", &self.at(&kink.at)),
                (
                    "operands",
                    &each(&kink.operands, |f, it| write!(f, "{}", Text(it))),
                ),
                ("count", &kink.count),
                ("is_seen", &kink.is_seen),
                ("nearest", &each(&kink.nearest, kink_place)),
            ],
        )
    }

    fn paths(&self, f: &mut Formatter<'_>, paths: &Paths) -> fmt::Result {
        object(
            f,
            &[
                ("from", &Text(&paths.from)),
                ("to", &Text(&paths.to)),
                ("total", &Number(paths.total)),
                ("gross", &Number(paths.gross)),
                ("count", &Number(paths.count)),
                (
                    "heaviest",
                    &each(&paths.heaviest, |f, path| self.path(f, path)),
                ),
            ],
        )
    }

    fn path(&self, f: &mut Formatter<'_>, path: &Path) -> fmt::Result {
        let node = |f: &mut Formatter<'_>, &node: &u32| write!(f, "{}", self.node(node));
        let steps = each(&path.steps, |f, step| {
            let child = self.node(step.child);
            let local = Number(step.local);
            object(
                f,
                &[("child", &child), ("slot", &step.slot), ("local", &local)],
            )
        });
        object(
            f,
            &[
                ("nodes", &each(&path.nodes, node)),
                ("steps", &steps),
                ("product", &Number(path.product)),
                ("share", &Number(path.share)),
                ("text", &Text(&path.text)),
            ],
        )
    }

    fn precision(&self, f: &mut Formatter<'_>, precision: &Precision) -> fmt::Result {
        let node = |f: &mut Formatter<'_>, node: &NodeDigits| {
            object(
                f,
                &[
                    ("at", &self.at(&node.at)),
                    ("value", &maybe(Some(&node.value), digits)),
                    ("adjoint", &maybe(node.adjoint.as_ref(), digits)),
                ],
            )
        };
        let cancellation = |f: &mut Formatter<'_>, it: &Cancellation| {
            object(
                f,
                &[
                    ("at", &self.at(&it.at)),
                    ("in_adjoint", &it.in_adjoint),
                    ("index", &index(it.index.as_ref())),
                    ("count", &it.count),
                    ("before", &Number(it.before)),
                    ("after", &Number(it.after)),
                ],
            )
        };
        object(
            f,
            &[
                ("nodes", &each(&precision.nodes, node)),
                (
                    "cancellations",
                    &each(&precision.cancellations, cancellation),
                ),
                ("not_covered", &precision.not_covered),
                ("adjoints_not_covered", &precision.adjoints_not_covered),
                (
                    "unknown",
                    &each(&precision.unknown, |f, it| write!(f, "{}", Text(it))),
                ),
            ],
        )
    }
}

fn kink_place(f: &mut Formatter<'_>, place: &KinkPlace) -> fmt::Result {
    let side = |side: &Side| {
        let (value, slopes) = (Number(side.value), numbers(&side.slopes).to_string());
        format!("{{\"value\":{value},\"slopes\":{slopes}}}")
    };
    object(
        f,
        &[
            ("index", &index(place.index.as_ref())),
            ("slot", &place.slot),
            ("operand", &Text(&place.operand)),
            ("value", &Number(place.value)),
            ("kink", &Number(place.kink)),
            ("below", &side(&place.below)),
            ("taken", &side(&place.taken)),
            ("above", &side(&place.above)),
        ],
    )
}

fn digits(f: &mut Formatter<'_>, digits: &Digits) -> fmt::Result {
    let element = crate::show::json_nodes::element(digits.element);
    let (number, error, count) = (
        Number(digits.number),
        Number(digits.error),
        Number(digits.count()),
    );
    write!(
        f,
        "{{\"number\":{number},\"error\":{error},\"digits\":{count},\"element\":\"{element}\""
    )?;
    if let Some(array) = &digits.array {
        let (at, median) = (index(Some(&array.index)), Number(array.median));
        write!(
            f,
            ",\"index\":{at},\"median\":{median},\"lost\":{},\"errors\":",
            array.lost
        )?;
        nested(f, &array.errors)?;
    }
    f.write_str("}")
}

/// Writes stories as one object, their nodes numbered as in the ledger's JSON.
pub(in crate::show) fn write_stories(
    f: &mut Formatter<'_>,
    explanation: &Explanation,
    stories: &[Story<'_>],
) -> fmt::Result {
    let numbers = crate::show::json_nodes::numbers(explanation);
    let number = &|node: u32| numbers[explanation.place_of(node)];
    list(f, ['{', '}'], stories, |f, &story| {
        write!(f, "\"{}\":{}", story.key(), Told { story, number })
    })
}
