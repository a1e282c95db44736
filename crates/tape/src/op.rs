//! What an operation is: the macro that turns the rows of `op/rows.rs` into code, the
//! traits through which every mode of differentiation sees a row, and the public
//! table of facts about each.

mod facts;
mod rows;
mod textbook;

use crate::custom::CustomOp;
pub use facts::KinkPoint;
pub(crate) use facts::Rounding;
pub use rows::{Op, Real, logsumexp, norm, product, sum};
pub(crate) use rows::{chain_product, dot as dot_of_halves, rule};

/// How a number type carries an operation over to itself.
///
/// These few methods are all that a new number type has to say: `f64` computes,
/// [`Dual`](crate::Dual) carries a tangent along, [`Var`](crate::Var) records. Every
/// operation of the table is then a method of [`Real`].
pub trait Lift: Copy + 'static {
    /// An operation of one operand.
    fn unary<R: Unary>(self) -> Self;
    /// An operation of one operand and a fixed attribute.
    fn attributed<R: Attributed>(self, attribute: R::Attribute) -> Self;
    /// An operation of two operands.
    fn binary<R: Binary>(self, other: Self) -> Self;
    /// An operation of three operands.
    fn ternary<R: Ternary>(self, second: Self, third: Self) -> Self;
    /// An operation of any number of operands.
    fn nary<R: Nary>(operands: &[Self]) -> Self;
    /// A user's operation.
    fn call(function: &'static CustomOp, operands: &[Self]) -> Self;
    /// The same number, cut off from what it was computed from: its derivative is 0.
    fn detach(self) -> Self;
    /// The plain number inside. It leaves no guard behind.
    fn peek(self) -> f64;
    /// The chain rule's product of an adjoint with a local derivative: 0 where either is exactly 0.
    #[inline(always)]
    fn chain(self, local: Self) -> Self {
        self.binary::<rule::ChainMul>(local)
    }
    /// [`chain`](Lift::chain) with several derivatives at once, where it is known to be no more
    /// than a product each; `None` is always right.
    #[inline(always)]
    fn chain_plainly<const K: usize>(self, _locals: [Self; K]) -> Option<[Self; K]> {
        None
    }
}

/// The rule of an operation of one operand.
pub trait Unary {
    /// The operation.
    const OP: Op;
    /// Its value.
    fn value(x: f64) -> f64;
    /// Its derivative at `x`, where its value is `y`.
    fn partial<N: Real>(x: N, y: N) -> N;
    /// The derivative as a textbook writes it.
    fn textbook(x: f64, y: f64) -> f64;
}

/// The rule of an operation of one operand and an attribute, such as the `n` of `x^n`.
pub trait Attributed {
    /// The operation.
    const OP: Op;
    /// The type of its attribute.
    type Attribute: AttributeType;
    /// Its value.
    fn value(x: f64, attribute: Self::Attribute) -> f64;
    /// Its derivative at `x`, where its value is `y`.
    fn partial<N: Real>(x: N, attribute: Self::Attribute, y: N) -> N;
    /// The derivative as a textbook writes it.
    fn textbook(x: f64, attribute: f64, y: f64) -> f64;
}

/// The rule of an operation of two operands.
pub trait Binary {
    /// The operation.
    const OP: Op;
    /// Its value.
    fn value(x: f64, y: f64) -> f64;
    /// Its derivative by the first operand at (`x`, `y`), where its value is `v`.
    fn first<N: Real>(x: N, y: N, v: N) -> N;
    /// Its derivative by the second operand.
    fn second<N: Real>(x: N, y: N, v: N) -> N;
    /// The derivatives as a textbook writes them.
    fn textbook(x: f64, y: f64, v: f64) -> [f64; 2];
}

/// The rule of an operation of three operands.
pub trait Ternary {
    /// The operation.
    const OP: Op;
    /// Its value.
    fn value(x: f64, y: f64, z: f64) -> f64;
    /// Its derivatives at (`x`, `y`, `z`), where its value is `v`.
    fn partials<N: Real>(x: N, y: N, z: N, v: N) -> [N; 3];
    /// The derivatives as a textbook writes them.
    fn textbook(x: f64, y: f64, z: f64, v: f64) -> [f64; 3];
}

/// The rule of an operation of any number of operands.
pub trait Nary {
    /// The operation.
    const OP: Op;
    /// Its value.
    fn value(xs: &[f64]) -> f64;
    /// Writes its derivatives at `xs`, where its value is `y`, to `partials`.
    fn partials<N: Real>(xs: &[N], y: N, partials: &mut [N]);
    /// The derivative by operand `i` as a textbook writes it.
    fn textbook(xs: &[f64], i: usize, y: f64) -> f64;
}

/// A constant that belongs to an operation rather than to its operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attribute {
    /// No attribute.
    None,
    /// A whole number, such as the `n` of `x^n`.
    Integer(i32),
    /// A number, such as the slope of a leaky relu.
    Number(f64),
}

impl Attribute {
    /// The attribute as a number; NaN where there is none.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Attribute::None => f64::NAN,
            Attribute::Integer(n) => f64::from(n),
            Attribute::Number(c) => c,
        }
    }
}

/// A type that an operation's attribute may have.
pub trait AttributeType: Copy + 'static {
    /// Packs it into a row's slot.
    fn to_bits(self) -> u64;
    /// The inverse of `to_bits`.
    fn from_bits(bits: u64) -> Self;
    /// The attribute as plain data.
    fn describe(self) -> Attribute;
    /// The attribute of this type nearest to a number, if the number fits exactly.
    fn from_f64(number: f64) -> Option<Self>;
}

impl AttributeType for i32 {
    fn to_bits(self) -> u64 {
        u64::from(self.cast_unsigned())
    }
    fn from_bits(bits: u64) -> i32 {
        (bits as u32).cast_signed()
    }
    fn describe(self) -> Attribute {
        Attribute::Integer(self)
    }
    fn from_f64(number: f64) -> Option<i32> {
        let n = number as i32;
        (f64::from(n) == number).then_some(n)
    }
}

impl AttributeType for f64 {
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }
    fn from_bits(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
    fn describe(self) -> Attribute {
        Attribute::Number(self)
    }
    fn from_f64(number: f64) -> Option<f64> {
        Some(number)
    }
}

/// How many operands an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// None: an input or a constant.
    Leaf,
    /// One operand.
    One,
    /// One operand and an attribute.
    OneAndAttribute {
        /// Whether the attribute must be a whole number.
        integer: bool,
    },
    /// Two operands.
    Two,
    /// Three operands.
    Three,
    /// Any number of operands.
    Any,
}

/// The facts of one row, for people and tests: name, documentation, formulas, where to sample it.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// The operation.
    pub op: Op,
    /// Its name, as a method, in a printed program and in the command.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static str,
    /// How many operands it takes.
    pub arity: Arity,
    /// What the formulas below call its operands.
    pub operands: &'static [&'static str],
    /// What they call its attribute; empty if it has none.
    pub attribute: &'static str,
    /// What they call its result.
    pub result: &'static str,
    /// The derivative by each operand, as a textbook writes it (of an n-ary operation: by the i-th).
    pub says: &'static [&'static str],
    /// The value in JavaScript, for a page that replays a recording; of an n-ary operation, of the
    /// array `xs`. Derivatives are recorded from the rule, in terms of these.
    pub js: &'static str,
    /// LaTeX of the operation, with `{x}` for operand `x`.
    pub latex: &'static str,
    /// Intervals from which tests draw each operand (of an n-ary operation: every operand).
    pub domain: &'static [(f64, f64)],
    /// Attributes for tests to try.
    pub attributes: &'static [f64],
    /// Where it is not differentiable: `x at 0.0`. [`Op::kinks`] has the numbers.
    pub kinks: &'static [&'static str],
}

/// What a mode of differentiation does with each kind of row. One `match` over the
/// operations ([`Op::dispatch`]) serves every mode.
pub(crate) trait Visitor {
    type Out;
    fn leaf(self) -> Self::Out;
    fn detach(self) -> Self::Out;
    fn call(self) -> Self::Out;
    /// Operations on arrays are no rows of the table; a mode that knows them looks before it dispatches.
    fn structural(self) -> Self::Out
    where
        Self: Sized,
    {
        unreachable!("an operation on arrays where only numbers are")
    }
    fn unary<R: Unary>(self) -> Self::Out;
    fn attributed<R: Attributed>(self) -> Self::Out;
    fn binary<R: Binary>(self) -> Self::Out;
    fn ternary<R: Ternary>(self) -> Self::Out;
    fn nary<R: Nary>(self) -> Self::Out;
}

/// Defines from the rows: the enum [`Op`], a type per rule, the table of facts, the
/// dispatcher, the methods of [`Real`] and the inherent methods of `Var`.
macro_rules! define_ops {
    (
    unary { $( $(#[doc = $u_doc:literal])* $U:ident = $u:ident ($ux:ident) -> $uy:ident {
        value $u_value:block  d $u_dx:ident $u_d:block  says { $u_says:expr }
        js { $u_js:literal }  latex { $u_latex:literal }  domain { $u_domain:expr }
        $( kink { $( $($uk_slot:ident),+ at $uk_at:expr );+ } )?
        $( cure { $( $uc_when:expr => $uc_says:literal ),+ } )?
        $( rounds { $urounds:expr } )?
    } )* }
    attributed { $( $(#[doc = $t_doc:literal])* $T:ident = $t:ident ($tx:ident; $ta:ident: $t_type:ty = [$($t_sample:expr),*]) -> $ty_:ident {
        value $t_value:block  d $t_dx:ident $t_d:block  says { $t_says:expr }
        js { $t_js:literal }  latex { $t_latex:literal }  domain { $t_domain:expr }
        $( kink { $( $($tk_slot:ident),+ at $tk_at:expr );+ } )?
        $( cure { $( $tc_when:expr => $tc_says:literal ),+ } )?
        $( rounds { $trounds:expr } )?
    } )* }
    binary { $( $(#[doc = $b_doc:literal])* $B:ident = $b:ident ($bx:ident, $by:ident) -> $bv:ident {
        value $b_value:block  d $b_dx:ident $b_d:block  d $b_dy:ident $b_e:block  says { $b_says:expr, $b_says2:expr }
        js { $b_js:literal }  latex { $b_latex:literal }  domain { $b_domain:expr, $b_domain2:expr }
        $( kink { $( $($bk_slot:ident),+ at $bk_at:expr );+ } )?
        $( cure { $( $bc_when:expr => $bc_says:literal ),+ } )?
        $( rounds { $brounds:expr } )?
    } )* }
    ternary { $( $(#[doc = $c_doc:literal])* $C:ident = $c:ident ($cx:ident, $cy:ident, $cz:ident) -> $cv:ident {
        value $c_value:block  d $c_dx:ident $c_d:block  d $c_dy:ident $c_e:block  d $c_dz:ident $c_f:block
        says { $c_says:expr, $c_says2:expr, $c_says3:expr }
        js { $c_js:literal }  latex { $c_latex:literal }  domain { $c_domain:expr, $c_domain2:expr, $c_domain3:expr }
        $( kink { $( $($ck_slot:ident),+ at $ck_at:expr );+ } )?
        $( cure { $( $cc_when:expr => $cc_says:literal ),+ } )?
        $( rounds { $crounds:expr } )?
    } )* }
    nary { $( $(#[doc = $n_doc:literal])* $M:ident = $m:ident [$mx:ident] -> $my:ident {
        value $m_value:block  d { |$m_out:ident| $m_d:expr }  says { |$m_i:ident| $m_says:expr }
        js { $m_js:literal }  latex { $m_latex:literal }  domain { $m_domain:expr }
        $( kink { $( $($mk_slot:ident),+ at $mk_at:expr );+ } )?
        $( cure { $( $mc_when:expr => $mc_says:literal ),+ } )?
        $( rounds { $mrounds:expr } )?
    } )* }
    ) => {
        use super::{textbook, Arity, Attributed, Binary, KinkPoint, Nary, OpInfo, Rounding, Ternary, Unary, Visitor};

        /// Every operation that a tape can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Op {
            /// An input: a leaf whose derivative is asked for.
            Input,
            /// A constant.
            Const,
            /// The operand's value, cut off from it: [`Var::detach`](crate::Var::detach).
            Detach,
            /// A user's operation: [`CustomOp`](crate::CustomOp).
            Call,
            /// An operation that moves, mixes or reduces the elements of arrays.
            Structural,
            $($(#[doc = $u_doc])* $U,)*
            $($(#[doc = $t_doc])* $T,)*
            $($(#[doc = $b_doc])* $B,)*
            $($(#[doc = $c_doc])* $C,)*
            $($(#[doc = $n_doc])* $M,)*
        }

        /// A type per rule, so that each mode compiles one specialised piece of code per row.
        #[allow(missing_docs)]
        pub(crate) mod rule {
            $(pub(crate) struct $U;)* $(pub(crate) struct $T;)* $(pub(crate) struct $B;)* $(pub(crate) struct $C;)* $(pub(crate) struct $M;)*
        }

        impl Op {
            /// The operations of the table, in its order. (Leaves, detach and calls are not in the table.)
            pub const ALL: &'static [Op] =
                &[$(Op::$U,)* $(Op::$T,)* $(Op::$B,)* $(Op::$C,)* $(Op::$M,)*];

            /// The facts of this operation's row.
            #[must_use]
            pub fn info(self) -> &'static OpInfo {
                const LEAF: OpInfo = OpInfo {
                    op: Op::Input, name: "input", docs: "An input.", arity: Arity::Leaf, operands: &[],
                    attribute: "", result: "y", says: &[], js: "", latex: "", domain: &[], attributes: &[], kinks: &[],
                };
                match self {
                    Op::Input => &LEAF,
                    Op::Const => const { &OpInfo { op: Op::Const, name: "const", docs: "A constant.", ..LEAF } },
                    Op::Detach => const { &OpInfo {
                        op: Op::Detach, name: "detach", docs: "The operand's value, cut off from it.",
                        arity: Arity::One, operands: &["x"], says: &["0"], js: "x", latex: "{x}", ..LEAF
                    } },
                    Op::Call => const { &OpInfo {
                        op: Op::Call, name: "call", docs: "A user's operation.", arity: Arity::Any, operands: &["x"], ..LEAF
                    } },
                    Op::Structural => const { &OpInfo {
                        op: Op::Structural, name: "structural", docs: "An operation on the elements of arrays.",
                        arity: Arity::Any, operands: &["x"], ..LEAF
                    } },
                    $(Op::$U => const { &OpInfo {
                        op: Op::$U, name: stringify!($u), docs: concat!($($u_doc, "\n"),*), arity: Arity::One,
                        operands: &[stringify!($ux)], attribute: "", result: stringify!($uy),
                        says: &[stringify!($u_says)], js: $u_js, latex: $u_latex, domain: &[$u_domain], attributes: &[],
                        kinks: &[$($(concat!($(stringify!($uk_slot), " "),+, "at ", stringify!($uk_at))),+)?],
                    } },)*
                    $(Op::$T => const { &OpInfo {
                        op: Op::$T, name: stringify!($t), docs: concat!($($t_doc, "\n"),*),
                        arity: Arity::OneAndAttribute { integer: $crate::op::is_integer(stringify!($t_type)) },
                        operands: &[stringify!($tx)], attribute: stringify!($ta), result: stringify!($ty_),
                        says: &[stringify!($t_says)], js: $t_js, latex: $t_latex, domain: &[$t_domain],
                        attributes: &[$($t_sample as f64),*],
                        kinks: &[$($(concat!($(stringify!($tk_slot), " "),+, "at ", stringify!($tk_at))),+)?],
                    } },)*
                    $(Op::$B => const { &OpInfo {
                        op: Op::$B, name: stringify!($b), docs: concat!($($b_doc, "\n"),*), arity: Arity::Two,
                        operands: &[stringify!($bx), stringify!($by)], attribute: "", result: stringify!($bv),
                        says: &[stringify!($b_says), stringify!($b_says2)], js: $b_js, latex: $b_latex,
                        domain: &[$b_domain, $b_domain2], attributes: &[],
                        kinks: &[$($(concat!($(stringify!($bk_slot), " "),+, "at ", stringify!($bk_at))),+)?],
                    } },)*
                    $(Op::$C => const { &OpInfo {
                        op: Op::$C, name: stringify!($c), docs: concat!($($c_doc, "\n"),*), arity: Arity::Three,
                        operands: &[stringify!($cx), stringify!($cy), stringify!($cz)], attribute: "",
                        result: stringify!($cv),
                        says: &[stringify!($c_says), stringify!($c_says2), stringify!($c_says3)], js: $c_js, latex: $c_latex,
                        domain: &[$c_domain, $c_domain2, $c_domain3], attributes: &[],
                        kinks: &[$($(concat!($(stringify!($ck_slot), " "),+, "at ", stringify!($ck_at))),+)?],
                    } },)*
                    $(Op::$M => const { &OpInfo {
                        op: Op::$M, name: stringify!($m), docs: concat!($($n_doc, "\n"),*), arity: Arity::Any,
                        operands: &[stringify!($mx)], attribute: "", result: stringify!($my),
                        says: &[stringify!($m_says)], js: $m_js, latex: $m_latex, domain: &[$m_domain], attributes: &[],
                        kinks: &[$($(concat!($(stringify!($mk_slot), " "),+, "at ", stringify!($mk_at))),+)?],
                    } },)*
                }
            }

            /// Hands the rule of this operation to `visitor`.
            #[inline(always)]
            pub(crate) fn dispatch<V: Visitor>(self, visitor: V) -> V::Out {
                match self {
                    Op::Input | Op::Const => visitor.leaf(),
                    Op::Detach => visitor.detach(),
                    Op::Call => visitor.call(),
                    Op::Structural => visitor.structural(),
                    $(Op::$U => visitor.unary::<rule::$U>(),)*
                    $(Op::$T => visitor.attributed::<rule::$T>(),)*
                    $(Op::$B => visitor.binary::<rule::$B>(),)*
                    $(Op::$C => visitor.ternary::<rule::$C>(),)*
                    $(Op::$M => visitor.nary::<rule::$M>(),)*
                }
            }
        }

        #[allow(unused_variables)]
        const _: () = {
            use textbook::*;
            $(impl Unary for rule::$U {
                const OP: Op = Op::$U;
                #[inline(always)]
                fn value($ux: f64) -> f64 $u_value
                #[inline(always)]
                fn partial<N: Real>($ux: N, $uy: N) -> N $u_d
                fn textbook($ux: f64, $uy: f64) -> f64 { $u_says }
            })*
            $(impl Attributed for rule::$T {
                const OP: Op = Op::$T;
                type Attribute = $t_type;
                #[inline(always)]
                fn value($tx: f64, $ta: $t_type) -> f64 $t_value
                #[inline(always)]
                fn partial<N: Real>($tx: N, $ta: $t_type, $ty_: N) -> N $t_d
                fn textbook($tx: f64, $ta: f64, $ty_: f64) -> f64 { $t_says }
            })*
            $(impl Binary for rule::$B {
                const OP: Op = Op::$B;
                #[inline(always)]
                fn value($bx: f64, $by: f64) -> f64 $b_value
                #[inline(always)]
                fn first<N: Real>($bx: N, $by: N, $bv: N) -> N $b_d
                #[inline(always)]
                fn second<N: Real>($bx: N, $by: N, $bv: N) -> N $b_e
                fn textbook($bx: f64, $by: f64, $bv: f64) -> [f64; 2] { [$b_says, $b_says2] }
            })*
            $(impl Ternary for rule::$C {
                const OP: Op = Op::$C;
                #[inline(always)]
                fn value($cx: f64, $cy: f64, $cz: f64) -> f64 $c_value
                #[inline(always)]
                fn partials<N: Real>($cx: N, $cy: N, $cz: N, $cv: N) -> [N; 3] { [$c_d, $c_e, $c_f] }
                fn textbook($cx: f64, $cy: f64, $cz: f64, $cv: f64) -> [f64; 3] { [$c_says, $c_says2, $c_says3] }
            })*
            $(impl Nary for rule::$M {
                const OP: Op = Op::$M;
                #[track_caller]                fn value($mx: &[f64]) -> f64 $m_value
                fn partials<N: Real>($mx: &[N], $my: N, $m_out: &mut [N]) { $m_d; }
                fn textbook($mx: &[f64], $m_i: usize, $my: f64) -> f64 { $m_says }
            })*
        };

        /// A number that can be differentiated: every operation of the table, and arithmetic.
        ///
        /// Write a numeric function once, generic over `R: Real`, and call it with `f64`,
        /// with [`Var`](crate::Var) (recorded on a tape) or with [`Dual`](crate::Dual)
        /// (forward mode). A plain number may stand on the right of an operator and wherever a
        /// method takes a second operand; on the left, or alone, write `R::from(2.0)`.
        ///
        /// ```
        /// use tape::{gradient, Real};
        ///
        /// fn rosenbrock<R: Real>(x: &[R]) -> R {
        ///     x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
        /// }
        /// assert_eq!(rosenbrock(&[1.5, 2.0]), 6.5);
        /// assert_eq!(gradient(rosenbrock, &[1.5, 2.0]), [151.0, -50.0]);
        /// ```
        pub trait Real: $crate::number::Number {
            // Always inlined: in a vector kernel a call would end the vector code.
            $(unary_method! { [#[inline(always)]] $u $U [$($u_doc)*] [$u_says] })*
            $(attributed_method! { [#[inline(always)]] $t $T $ta [$t_type] [$($t_doc)*] [$t_says] })*
            $(binary_method! { [#[inline(always)]] $b $B $by [$($b_doc)*] [$b_says, $b_says2] })*
            $(ternary_method! { [#[inline(always)]] $c $C $cy $cz [$($c_doc)*] [$c_says, $c_says2, $c_says3] })*
        }
        impl<N: $crate::number::Number> Real for N {}

        /// The operations of the table.
        impl $crate::Var {
            $(unary_method! { [#[inline] pub] $u $U [$($u_doc)*] [$u_says] })*
            $(attributed_method! { [#[inline] pub] $t $T $ta [$t_type] [$($t_doc)*] [$t_says] })*
            $(binary_method! { [#[inline] pub] $b $B $by [$($b_doc)*] [$b_says, $b_says2] })*
            $(ternary_method! { [#[inline] pub] $c $C $cy $cz [$($c_doc)*] [$c_says, $c_says2, $c_says3] })*
            $(
                $(#[doc = $n_doc])*
                ///
                #[doc = concat!("Derivative by the i-th operand: `", stringify!($m_says), "`.")]
                #[must_use]
                #[track_caller]
                pub fn $m(operands: &[$crate::Var]) -> $crate::Var {
                    <$crate::Var as $crate::op::Lift>::nary::<rule::$M>(operands)
                }
            )*
        }

        /// The operations of the table, element by element.
        impl<T: $crate::element::Element> $crate::tensor::Tensor<T> {
            $(unary_method! { [pub] $u $U [$($u_doc)*] [$u_says] })*
            $(attributed_method! { [pub] $t $T $ta [$t_type] [$($t_doc)*] [$t_says] })*
            $(binary_method! { [pub] $b $B $by [$($b_doc)*] [$b_says, $b_says2] })*
            $(ternary_method! { [pub] $c $C $cy $cz [$($c_doc)*] [$c_says, $c_says2, $c_says3] })*
        }

        $(
            $(#[doc = $n_doc])*
            ///
            #[doc = concat!("One node on the tape. Derivative by the i-th operand: `", stringify!($m_says), "`.")]
            #[must_use]
            #[track_caller]
            #[allow(unreachable_pub)] // `dot` is called through `crate::dot`
            pub fn $m<R: Real>(operands: &[R]) -> R {
                R::nary::<rule::$M>(operands)
            }
        )*

        /// What stands in a row besides its derivative: kinks, usual mistakes, rounding.
        #[allow(unused_variables)]
        impl Op {
            /// Where the operation is not differentiable, near these operands: which operands have to
            /// be at which number. Of many such places (`floor` has one at every whole number) the
            /// nearest. Nothing where the number of operands does not fit.
            ///
            /// ```
            /// let kinks = tape::Op::Clamp.kinks(&[0.9, -1.0, 1.0], 0.0);
            /// assert_eq!((kinks[0].slots.to_vec(), kinks[0].at), (vec![0], -1.0)); // x at lo
            /// assert_eq!((kinks[1].slots.to_vec(), kinks[1].at), (vec![0], 1.0)); // x at hi
            /// ```
            #[must_use]
            pub fn kinks(self, operands: &[f64], attribute: f64) -> SmallVec<[KinkPoint; 2]> {
                let mut kinks = SmallVec::new();
                let slots = |names: &[&str]| self.slots(names, operands.len());
                match (self, operands) {
                    $((Op::$U, &[$ux]) => { $($(kinks.push(KinkPoint { slots: slots(&[$(stringify!($uk_slot)),+]), at: $uk_at });)+)? })*
                    $((Op::$T, &[$tx]) => { let $ta = attribute; $($(kinks.push(KinkPoint { slots: slots(&[$(stringify!($tk_slot)),+]), at: $tk_at });)+)? })*
                    $((Op::$B, &[$bx, $by]) => { $($(kinks.push(KinkPoint { slots: slots(&[$(stringify!($bk_slot)),+]), at: $bk_at });)+)? })*
                    $((Op::$C, &[$cx, $cy, $cz]) => { $($(kinks.push(KinkPoint { slots: slots(&[$(stringify!($ck_slot)),+]), at: $ck_at });)+)? })*
                    $((Op::$M, $mx) => { $($(kinks.push(KinkPoint { slots: slots(&[$(stringify!($mk_slot)),+]), at: $mk_at });)+)? })*
                    _ => {}
                }
                kinks
            }

            /// The usual mistake behind a value or a derivative that is not finite at these operands, and
            /// its cure, as `mistake: cure`; `None` where the row knows none.
            #[must_use]
            pub(crate) fn cure(self, operands: &[f64], attribute: f64) -> Option<&'static str> {
                match (self, operands) {
                    $((Op::$U, &[$ux]) => { $($(if $uc_when { return Some($uc_says); })+)? })*
                    $((Op::$T, &[$tx]) => { let $ta = attribute; $($(if $tc_when { return Some($tc_says); })+)? })*
                    $((Op::$B, &[$bx, $by]) => { $($(if $bc_when { return Some($bc_says); })+)? })*
                    $((Op::$C, &[$cx, $cy, $cz]) => { $($(if $cc_when { return Some($cc_says); })+)? })*
                    $((Op::$M, $mx) => { $($(if $mc_when { return Some($mc_says); })+)? })*
                    _ => {}
                }
                None
            }

            /// How far the computed `result` may be from the exact one, at these operands.
            pub(crate) fn rounding(self, operands: &[f64], attribute: f64, result: f64) -> Rounding {
                match (self, operands) {
                    $((Op::$U, &[$ux]) => { let $uy = result; $(return $urounds;)? })*
                    $((Op::$T, &[$tx]) => { let $ta = attribute; let $ty_ = result; $(return $trounds;)? })*
                    $((Op::$B, &[$bx, $by]) => { let $bv = result; $(return $brounds;)? })*
                    $((Op::$C, &[$cx, $cy, $cz]) => { let $cv = result; $(return $crounds;)? })*
                    $((Op::$M, $mx) => { let $my = result; $(return $mrounds;)? })*
                    _ => {}
                }
                Rounding::ulps(1.0, result)
            }
        }

        impl Op {
            /// Applies the operation to `operands`, with `attribute` where it takes one (ignored elsewhere).
            /// Answers `None` where the number of operands or the kind of attribute does not fit, and
            /// for leaves, detach and calls, which are not in the table.
            ///
            /// ```
            /// use tape::Op;
            /// assert_eq!(Op::Powi.apply(&[3.0], 2.0), Some(9.0));
            /// assert_eq!(Op::Powi.apply(&[3.0], 2.5), None);
            /// ```
            #[track_caller]
            pub fn apply<N: Real>(self, operands: &[N], attribute: f64) -> Option<N> {
                match (self, operands) {
                    $((Op::$U, &[x]) => Some(x.unary::<rule::$U>()),)*
                    $((Op::$T, &[x]) => {
                        let attribute = <$t_type as $crate::op::AttributeType>::from_f64(attribute)?;
                        Some(x.attributed::<rule::$T>(attribute))
                    })*
                    $((Op::$B, &[x, y]) => Some(x.binary::<rule::$B>(y)),)*
                    $((Op::$C, &[x, y, z]) => Some(x.ternary::<rule::$C>(y, z)),)*
                    (Op::Dot, xs) if xs.len() % 2 == 1 => None,
                    $((Op::$M, xs) => Some(N::nary::<rule::$M>(xs)),)*
                    _ => None,
                }
            }

            /// The derivative by each operand, computed as the textbook writes it
            /// ([`says`](OpInfo::says)): for comparison with the rule, which keeps digits where
            /// the textbook loses them. Answers `None` where [`apply`](Op::apply) does.
            ///
            /// ```
            /// use tape::Op;
            /// assert_eq!(Op::Sigmoid.textbook(&[0.0], 0.0), Some(vec![0.25]));
            /// ```
            #[must_use]
            pub fn textbook(self, operands: &[f64], attribute: f64) -> Option<Vec<f64>> {
                let result = self.apply(operands, attribute)?;
                match (self, operands) {
                    $((Op::$U, &[x]) => Some(vec![rule::$U::textbook(x, result)]),)*
                    $((Op::$T, &[x]) => Some(vec![rule::$T::textbook(x, attribute, result)]),)*
                    $((Op::$B, &[x, y]) => Some(rule::$B::textbook(x, y, result).to_vec()),)*
                    $((Op::$C, &[x, y, z]) => Some(rule::$C::textbook(x, y, z, result).to_vec()),)*
                    $((Op::$M, xs) => Some((0..xs.len()).map(|i| rule::$M::textbook(xs, i, result)).collect()),)*
                    _ => None,
                }
            }
        }
    };
}

/// A method for a row of one operand; the arithmetic ones are operators, not methods.
macro_rules! unary_method {
    ([$($vis:tt)*] neg $($rest:tt)*) => {};
    ([$($vis:tt)*] $name:ident $Rule:ident [$($doc:literal)*] [$says:expr]) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("Derivative: `", stringify!($says), "`.")]
        #[must_use]
        #[track_caller]
        $($vis)* fn $name(self) -> Self {
            <Self as $crate::op::Lift>::unary::<rule::$Rule>(self)
        }
    };
}

macro_rules! attributed_method {
    ([$($vis:tt)*] $name:ident $Rule:ident $attribute:ident [$Type:ty] [$($doc:literal)*] [$says:expr]) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("Derivative: `", stringify!($says), "`.")]
        #[must_use]
        #[track_caller]
        $($vis)* fn $name(self, $attribute: $Type) -> Self {
            <Self as $crate::op::Lift>::attributed::<rule::$Rule>(self, $attribute)
        }
    };
}

macro_rules! binary_method {
    ([$($vis:tt)*] add $($rest:tt)*) => {};
    ([$($vis:tt)*] sub $($rest:tt)*) => {};
    ([$($vis:tt)*] mul $($rest:tt)*) => {};
    ([$($vis:tt)*] div $($rest:tt)*) => {};
    ([$($vis:tt)*] rem $($rest:tt)*) => {};
    ([$($vis:tt)*] $name:ident $Rule:ident $other:ident [$($doc:literal)*] [$says:expr, $says2:expr]) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("Derivatives: `", stringify!($says), "` and `", stringify!($says2), "`.")]
        #[must_use]
        #[track_caller]
        $($vis)* fn $name(self, $other: impl Into<Self>) -> Self {
            <Self as $crate::op::Lift>::binary::<rule::$Rule>(self, $other.into())
        }
    };
}

macro_rules! ternary_method {
    ([$($vis:tt)*] $name:ident $Rule:ident $second:ident $third:ident [$($doc:literal)*]
        [$says:expr, $says2:expr, $says3:expr]) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!(
            "Derivatives: `", stringify!($says), "`, `", stringify!($says2), "` and `", stringify!($says3), "`."
        )]
        #[must_use]
        #[track_caller]
        $($vis)* fn $name(self, $second: impl Into<Self>, $third: impl Into<Self>) -> Self {
            <Self as $crate::op::Lift>::ternary::<rule::$Rule>(self, $second.into(), $third.into())
        }
    };
}

use {attributed_method, binary_method, define_ops, ternary_method, unary_method};

/// Whether the attribute type of this name is a whole number.
const fn is_integer(type_name: &str) -> bool {
    type_name.as_bytes()[0] == b'i'
}
