//! `chainrule explain "EXPR" x=-2 y=5`: value, gradient, and how each came about.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::evaluate::record;
use crate::extras::Extras;
use crate::functions;
use crate::output::Output;
use crate::question::{Question, Stop};
use crate::stories::Stories;

#[derive(clap::Args)]
#[command(
    override_usage = "chainrule explain [OPTIONS] EXPR [NAME=VALUE]...\n       chainrule explain --lines FILE [-o FILE]",
    after_help = after_help()
)]
pub(crate) struct Arguments {
    /// What to differentiate, such as "(x+y)*z", or "q = x+y; q*z, sin(q)"
    #[arg(value_name = "EXPR", required_unless_present = "lines")]
    source: Option<String>,

    /// The inputs and their values, such as x=-2 y=5 z=-4
    #[arg(value_name = "NAME=VALUE")]
    assignments: Vec<String>,

    /// text, html, svg, latex, json, markdown or dot; else by the ending of FILE
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Option<Format>,

    /// Write to a file; an old one is replaced when the answer is complete
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Also the second derivatives (text and json)
    #[arg(long)]
    hessian: bool,

    /// Also the derivatives of order 0 to N by the one input (text and json)
    #[arg(long, value_name = "N", value_parser = whole)]
    order: Option<usize>,

    #[command(flatten)]
    stories: Stories,

    /// How many decimals to show (json has all digits)
    #[arg(long, value_name = "N", value_parser = whole)]
    digits: Option<usize>,

    /// Answer a file of questions ("-": standard input), one to a line, in JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "assignments", "format", "hessian", "order", "digits", "blame", "kinks", "paths", "precision"])]
    pub(crate) lines: Option<PathBuf>,
}

pub(crate) fn whole(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| "a whole number is wanted".to_string())
}

fn after_help() -> String {
    format!(
        "Operators: + - * / ^. Constant: pi. A value may be nan, inf or -inf.\n{}\n\n\
         A line of questions: {{\"src\": \"x^2\", \"inputs\": {{\"x\": 3}}}}, and if you like\n\
         \"hessian\": true, \"order\": 3, \"nodes\": false",
        functions::list()
    )
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Latex,
    Json,
    Markdown,
    Dot,
    Html,
    Svg,
}

impl Format {
    /// What the end of the file's name stands for.
    fn of(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "txt" => Some(Format::Text),
            "tex" => Some(Format::Latex),
            "json" => Some(Format::Json),
            "md" => Some(Format::Markdown),
            "dot" | "gv" => Some(Format::Dot),
            "html" | "htm" => Some(Format::Html),
            "svg" => Some(Format::Svg),
            _ => None,
        }
    }
}

/// What an answer has besides value and gradient.
pub(crate) struct Wanted {
    pub(crate) hessian: bool,
    pub(crate) order: Option<usize>,
    pub(crate) nodes: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let path = arguments.output.as_deref();
    let source = arguments.source.as_deref().unwrap_or_default();
    let question = Question::from_words(source, &arguments.assignments)?;
    let format = arguments
        .format
        .or_else(|| path.and_then(Format::of))
        .unwrap_or(Format::Text);
    let text = answer(arguments, &question, format).map_err(Stop::Mistake)?;
    let mut output = Output::open(path)?;
    output.write(&text)?;
    output.finish()
}

fn answer(arguments: &Arguments, question: &Question, format: Format) -> Result<String, String> {
    let Arguments {
        hessian,
        order,
        digits,
        ..
    } = *arguments;
    let marks = format == Format::Svg && arguments.stories.are_marks();
    let told = marks || [Format::Text, Format::Json].contains(&format);
    if arguments.stories.any() && !told {
        let options = "--blame, --kinks, --paths and --precision";
        return Err(format!(
            "{options} are for the formats text and json; svg marks the nodes of all but --paths"
        ));
    }
    if format == Format::Json {
        return json(
            question,
            &Wanted {
                hessian,
                order,
                nodes: true,
            },
            Some(&arguments.stories),
        );
    }
    if (hessian || order.is_some()) && format != Format::Text {
        return Err("--hessian and --order are for the formats text and json".to_string());
    }
    let extras = Extras::new(question, hessian, order)?;
    let recorded = record(question);
    let mut explanation = recorded.tape.explain(&recorded.outputs);
    if let Some(digits) = digits {
        explanation = explanation.digits(digits);
    }
    Ok(match format {
        Format::Text => {
            let stories = arguments.stories.text(&explanation)?;
            explanation.to_string() + &extras.text(question, digits) + &stories
        }
        Format::Latex => explanation.latex(),
        Format::Markdown => explanation.markdown(),
        Format::Dot => explanation.dot(),
        Format::Html => explanation.html(),
        Format::Svg if marks => explanation.marked().svg(),
        Format::Svg => explanation.svg(),
        Format::Json => unreachable!("answered above"),
    })
}

/// The answer as one line for programs.
pub(crate) fn json(
    question: &Question,
    wanted: &Wanted,
    stories: Option<&Stories>,
) -> Result<String, String> {
    let extras = Extras::new(question, wanted.hessian, wanted.order)?;
    let recorded = record(question);
    let explanation = recorded.tape.explain(&recorded.outputs);
    let told = match stories {
        Some(stories) => Some(stories.told(&explanation)?),
        None => None,
    };
    let mut json = explanation.json();
    if let Some(told) = &told {
        json = told.add_to(json);
    }
    if let Some(hessians) = extras.hessians {
        json = json.hessians(hessians);
    }
    if let Some(derivatives) = extras.derivatives {
        json = json.derivatives(derivatives);
    }
    if !wanted.nodes {
        json = json.without_nodes();
    }
    Ok(format!("{json}\n"))
}
