//! Polynomials for the elementary functions, minimax on the interval that argument reduction leaves
//! (Remez's exchange in 60 digits, then rounded; the error is that of the polynomial).

/// The coefficients, lowest power first, and the bounds where results end.
pub trait Coefficients: Sized + 'static {
    /// `(e^r - 1 - r) / r^2` for `|r| <= ln 2 / 2`.
    const EXP: &'static [Self];
    /// `(ln((1 + s)/(1 - s)) - 2 s) / s^3` in `z = s^2`, for `|s| <= 0.1716`.
    const LN: &'static [Self];
    /// The same for `|s| <= 1/3`.
    const LN_WIDE: &'static [Self];
    /// `erf(x)/x - 1` in `z = x^2`, for `|x| <= 0.65`.
    const ERF: &'static [Self];
    /// `(1 + 2 a) e^(a^2) erfc(a) - 1` in `q = (a - 4)/(a + 4)`, for `a` from 0 to [`ERFC_MAX`](Self::ERFC_MAX).
    const ERFC: &'static [Self];

    /// `e^x` is 0 below, after rounding.
    const EXP_MIN: Self;
    /// `e^x` is infinite above.
    const EXP_MAX: Self;
    /// `e^x - 1` is -1 below, after rounding.
    const EXPM1_MIN: Self;
    /// Below this size `e^x - 1` is `x`, after rounding.
    const TINY: Self;
    /// `erfc(x)` is 0 above, after rounding.
    const ERFC_MAX: Self;
    /// `ln 2` in two parts, the first short enough for exact multiples.
    const LN_2: (Self, Self);
}

impl Coefficients for f32 {
    /// 1.4e-8 of `e^r - 1`.
    const EXP: &'static [f32] = &[0.5, 0.16666543, 0.041666284, 0.008366521, 0.0013946347];
    /// 1.6e-9.
    const LN: &'static [f32] = &[0.66666776, 0.3997745, 0.2987439];
    /// 9.1e-9.
    const LN_WIDE: &'static [f32] = &[0.6666641, 0.40021697, 0.27999157, 0.28024384];
    /// 2.8e-10.
    const ERF: &'static [f32] = &[
        0.12837917,
        -0.37612635,
        0.11283658,
        -0.026852489,
        0.0051603694,
        -0.00071629614,
    ];
    /// 1.4e-8.
    const ERFC: &'static [f32] = &[
        0.23299514,
        -0.13962105,
        0.015377344,
        0.06809256,
        -0.10099168,
        0.093829036,
        -0.066616066,
        0.036403626,
        -0.015977707,
        0.0069416673,
        0.0008588032,
    ];

    const EXP_MIN: f32 = -104.0;
    const EXP_MAX: f32 = 89.0;
    const EXPM1_MIN: f32 = -30.0;
    const TINY: f32 = 1e-9;
    const ERFC_MAX: f32 = 10.3;
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
}

impl Coefficients for f64 {
    /// 1.8e-17 of `e^r - 1`.
    const EXP: &'static [f64] = &[
        0.5000000000000006,
        0.16666666666666685,
        0.04166666666657476,
        0.00833333333331436,
        0.0013888888932166853,
        0.00019841269903814163,
        2.4801504584921337e-05,
        2.7557227009830943e-06,
        2.762630313914919e-07,
        2.511484675902227e-08,
    ];
    /// 2.5e-18.
    const LN: &'static [f64] = &[
        0.6666666666666735,
        0.3999999999940749,
        0.28571428744141353,
        0.22222198378468716,
        0.18183575166113516,
        0.15313755750303812,
        0.1479906605115852,
    ];
    /// 2.65e-18.
    const LN_WIDE: &'static [f64] = &[
        0.6666666666666631,
        0.4000000000015724,
        0.2857142854785442,
        0.2222222396969851,
        0.18181743926040658,
        0.1538655990005128,
        0.13300973879922154,
        0.12106083982400531,
        0.08340111265107565,
        0.1701855744105688,
    ];
    /// 4.2e-18.
    const ERF: &'static [f64] = &[
        0.12837916709551256,
        -0.37612638903183554,
        0.1128379167093939,
        -0.026866170640345088,
        0.005223977551469309,
        -0.0008548320449675871,
        0.00012054976683856807,
        -1.4913658481123135e-05,
        1.621655361465831e-06,
        -1.353442430349265e-07,
    ];
    /// 1.1e-17.
    const ERFC: &'static [f64] = &[
        0.2329951186255525,
        -0.13962111684056286,
        0.015379652102620024,
        0.06809705425473453,
        -0.10103906603631663,
        0.09373283499688541,
        -0.06633036581220197,
        0.03716751556107286,
        -0.016197734052755004,
        0.0050319697683160166,
        -0.0007577733750505144,
        -0.00019925557340764858,
        0.00015062234730117355,
        -2.4402951052717873e-05,
        -1.1224967425004815e-05,
        5.717436187372138e-06,
        3.014901326876404e-07,
        -8.346016277628261e-07,
        6.272898074360564e-08,
        1.1497138439096843e-07,
        -7.821238239421133e-09,
        -1.3566421637586716e-08,
        -1.7740918275997302e-09,
    ];

    const EXP_MIN: f64 = -746.0;
    const EXP_MAX: f64 = 710.0;
    const EXPM1_MIN: f64 = -60.0;
    const TINY: f64 = 1e-18;
    const ERFC_MAX: f64 = 27.5;
    const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);
}
