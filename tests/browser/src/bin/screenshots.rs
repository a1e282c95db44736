//! Pictures of pages, for the README: each `NAME.html` becomes `NAME.png`.
//!
//! ```text
//! cargo run -p chainrule-browser-tests --bin screenshots -- \
//!     [--into docs] [--size 1280x800] [--dark] [--keys Home,ArrowRight] NAME.html...
//! ```
//!
//! Keys are pressed, in their order, before the picture is taken.

use browser::{Media, Page, page};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

struct Wanted {
    folder: PathBuf,
    size: [u32; 2],
    media: Media,
    keys: Vec<String>,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let wanted = match read(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(why) => {
            eprintln!("screenshots: {why}");
            return ExitCode::from(2);
        }
    };
    let Some(page) = page() else {
        return ExitCode::FAILURE;
    };
    for file in &wanted.files {
        if let Err(why) = take(&page, &wanted, file) {
            eprintln!("{}: {why}", file.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn take(page: &Page<'_>, wanted: &Wanted, file: &Path) -> std::io::Result<()> {
    let [width, height] = wanted.size;
    page.resize(width, height);
    page.media(wanted.media);
    page.open(&std::fs::read_to_string(file)?);
    wanted.keys.iter().for_each(|key| page.key(key));
    let mut picture = wanted.folder.join(file.file_name().unwrap_or_default());
    picture.set_extension("png");
    std::fs::write(&picture, page.picture())?;
    println!("{}", picture.display());
    Ok(())
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        folder: PathBuf::from("docs"),
        size: [1280, 800],
        media: Media::Light,
        keys: Vec::new(),
        files: Vec::new(),
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match &word[..] {
            "--into" => wanted.folder = PathBuf::from(value()?),
            "--dark" => wanted.media = Media::Dark,
            "--keys" => wanted.keys = value()?.split(',').map(str::to_string).collect(),
            "--size" => {
                let text = value()?;
                let size = text
                    .split_once('x')
                    .and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
                wanted.size = size.ok_or(format!("{text:?} is no size such as 1280x800"))?;
            }
            _ if word.starts_with("--") => return Err(format!("{word} is no option")),
            _ => wanted.files.push(PathBuf::from(word)),
        }
    }
    match wanted.files.is_empty() {
        true => Err("which pages? NAME.html...".to_string()),
        false => Ok(wanted),
    }
}
