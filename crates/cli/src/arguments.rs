//! The command line before it is parsed: options to the front, all else behind `--`.
//!
//! An expression or an assignment may begin with a minus sign (`-x^2`), and options may stand
//! anywhere; so what is no option of the command must not be taken for one.

use std::ffi::OsString;

use clap::{Arg, Command};

/// Sorts the arguments of a subcommand of `command`: first its options, each joined with its
/// value, then `--`, then everything else in its order.
pub(crate) fn sort(arguments: Vec<OsString>, command: &mut Command) -> Vec<OsString> {
    command.build();
    let task = arguments.get(1).filter(|name| *name != "help");
    let task = task.and_then(|name| command.find_subcommand(name));
    let Some(task) = task else {
        return arguments;
    };
    let mut arguments = arguments.into_iter().peekable();
    let mut sorted: Vec<OsString> = arguments.by_ref().take(2).collect();
    let mut words: Vec<OsString> = Vec::new();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--" {
            words.extend(arguments.by_ref());
        } else if let Some(option) = option(task, &text) {
            let long = option.get_long().unwrap_or_default();
            if option.get_action().takes_values() && !text.contains('=') {
                let mut joined = OsString::from(format!("--{long}"));
                // Where the value may be left out, only a number is taken for it.
                let is_optional = option.is_require_equals_set();
                let fits = |next: &OsString| !is_optional || is_number(&next.to_string_lossy());
                if let Some(value) = arguments.next_if(fits) {
                    joined.push("=");
                    joined.push(value);
                }
                sorted.push(joined);
            } else {
                sorted.push(argument);
            }
        } else if is_misspelt(task, &text, words.is_empty()) {
            sorted.push(argument);
        } else {
            words.push(argument);
        }
    }
    if !words.is_empty() {
        sorted.push(OsString::from("--"));
        sorted.extend(words);
    }
    sorted
}

/// Whether `text` is a number, and not a name such as `inf`.
fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The option that `text` is, with or without a value: `--order`, `--order=3`, `-o`.
fn option<'a>(task: &'a Command, text: &str) -> Option<&'a Arg> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    task.get_arguments().find(|option| {
        let long = option.get_long();
        let short = option.get_short();
        long.is_some_and(|long| name.strip_prefix("--") == Some(long))
            || short
                .is_some_and(|short| name.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4])))
    })
}

/// Whether `text` is rather an option with a slip in it than an expression. What clap then says
/// about it is better than what the expression's parser would.
fn is_misspelt(task: &Command, text: &str, may_be_expression: bool) -> bool {
    let Some(name) = text.strip_prefix("--") else {
        return false;
    };
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    let mut longs = task.get_arguments().filter_map(Arg::get_long);
    !may_be_expression || name.len() > 2 && longs.any(|long| strsim::osa_distance(name, long) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[track_caller]
    fn check(line: &str, wanted: &str) {
        let arguments = line.split(' ').map(OsString::from).collect();
        let sorted = sort(arguments, &mut crate::Command::command());
        let sorted: Vec<String> = sorted
            .into_iter()
            .map(|word| word.into_string().expect("text"))
            .collect();
        assert_eq!(sorted.join(" "), wanted);
    }

    #[test]
    fn options_come_first_and_a_minus_sign_is_no_option() {
        check(
            "chainrule explain -x^2 x=3",
            "chainrule explain -- -x^2 x=3",
        );
        check(
            "chainrule explain -x x=3 --hessian",
            "chainrule explain --hessian -- -x x=3",
        );
        check(
            "chainrule explain --format json --x x=3",
            "chainrule explain --format=json -- --x x=3",
        );
        check(
            "chainrule explain x x=3 -o a.tex --order=2",
            "chainrule explain --output=a.tex --order=2 -- x x=3",
        );
        check(
            "chainrule explain x x=3 --formt json",
            "chainrule explain --formt -- x x=3 json",
        );
        check(
            "chainrule explain --formt json x",
            "chainrule explain --formt -- json x",
        );
        check(
            "chainrule explain --kinks x x=3",
            "chainrule explain --kinks -- x x=3",
        );
        check(
            "chainrule explain x --kinks 1e-3 x=3",
            "chainrule explain --kinks=1e-3 -- x x=3",
        );
        check("chainrule explain -- -o o=3", "chainrule explain -- -o o=3");
        check(
            "chainrule explain x --order",
            "chainrule explain --order -- x",
        );
        check("chainrule explain --help", "chainrule explain --help");
        check("chainrule --help", "chainrule --help");
        check("chainrule help explain", "chainrule help explain");
        check("chainrule tour 3", "chainrule tour -- 3");
        check("chainrule", "chainrule");
    }
}
