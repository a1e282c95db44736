//! Laws over examples: every operation of the table, in every mode.

mod cases;
mod edges;
mod laws;
mod planted;

use laws::Law;

/// Holds every operation to a law, and shows every complaint, each with the operation's name.
#[track_caller]
fn check(law: Law) {
    let cases = cases::all();
    assert!(cases.len() > 1000, "{} cases", cases.len());
    let complaints: Vec<String> = cases
        .iter()
        .filter_map(|case| law(case).err().map(|what| format!("{case}: {what}")))
        .collect();
    let shown = complaints.len().min(40);
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        cases.len(),
        complaints[..shown].join("\n")
    );
}

macro_rules! every_operation_keeps {
    ($($law:ident)*) => {
        /// The laws by name.
        const LAWS: &[(&str, Law)] = &[$((stringify!($law), laws::$law)),*];
        $(
            #[test]
            fn $law() {
                check(laws::$law);
            }
        )*
    };
}

every_operation_keeps! {
    value_is_the_same_in_every_mode
    gradient_is_the_same_in_every_mode
    gradient_graph_replays_elsewhere
    reverse_is_the_transpose_of_forward
    reverse_is_the_slope_of_the_value
    forward_is_the_slope_of_the_value
    hessian_is_the_same_in_every_mode
    hessian_is_the_slope_of_the_gradient
    four_derivatives_agree
    rule_is_the_textbook
}
