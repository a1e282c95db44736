//! `chainrule train` and `chainrule predict`.

mod command;

use command::run;
use std::fs;
use std::path::PathBuf;

/// A folder of this test's own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("chainrule-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, name: &str) -> String {
        self.0
            .join(name)
            .to_str()
            .expect("a plain path")
            .to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_network_learns_is_saved_and_is_asked() {
    let folder = Folder::new("moons");
    let (network, plots) = (folder.file("moons.safetensors"), folder.file("plots"));
    let events = folder.file("events");
    let arguments = [
        "train",
        "moons",
        "--model",
        "mlp:2-16-2",
        "--activation",
        "tanh",
        "--epochs",
        "40",
        "--rate",
        "0.05",
        "--batch",
        "32",
        "--dropout",
        "0.1",
        "--plots",
        &plots,
        "--tensorboard",
        &events,
        "-o",
        &network,
    ];
    let done = run(&arguments);
    assert_eq!((done.code, &*done.stderr), (0, ""), "{}", done.stdout);
    assert!(done.stdout.contains("Linear 2 -> 16"), "{}", done.stdout);
    assert!(done.stdout.contains("epoch 40/40"), "{}", done.stdout);
    for drawing in ["loss.svg", "confusion.svg", "network.svg", "flow.svg"] {
        let text = fs::read_to_string(format!("{plots}/{drawing}")).expect("a drawing");
        assert!(text.starts_with("<svg"));
    }
    assert_eq!(fs::read_dir(&events).expect("a folder").count(), 1);

    // Examples that it has not seen.
    let told = run(&["predict", &network, "moons", "--seed", "5"]);
    assert_eq!((told.code, &*told.stderr), (0, ""));
    let last = told.stdout.lines().last().expect("a line");
    let accuracy: f64 = last
        .strip_prefix("# accuracy ")
        .expect("accuracy")
        .parse()
        .expect("a number");
    assert!(accuracy > 0.95, "{accuracy}");
    assert_eq!(told.stdout.lines().count(), 1 + 500 + 1);

    // The same seed, the same bits.
    let again = folder.file("again.safetensors");
    let mut arguments = arguments;
    arguments[19] = &again;
    assert_eq!(run(&arguments).code, 0);
    assert_eq!(
        fs::read(&network).expect("a file"),
        fs::read(&again).expect("a file")
    );
}

#[test]
fn a_table_has_numbers_or_categories_as_its_target() {
    let folder = Folder::new("table");
    let (csv, network) = (folder.file("t.csv"), folder.file("t.safetensors"));
    let rows: String = (0..200)
        .map(|i| {
            let x = f64::from(i) / 100.0 - 1.0;
            format!(
                "{x},{},{}\n",
                3.0 * x - 1.0,
                if x > 0.0 { "up" } else { "down" }
            )
        })
        .collect();
    fs::write(&csv, format!("x,y,way\n{rows}")).expect("a file");
    let train = |target: &str, model: &str| {
        let done = run(&[
            "train", &csv, "--target", target, "--model", model, "--epochs", "60", "--rate",
            "0.05", "-o", &network,
        ]);
        assert_eq!((done.code, &*done.stderr), (0, ""), "{}", done.stdout);
        let told = run(&["predict", &network, &csv]);
        assert_eq!((told.code, &*told.stderr), (0, ""));
        told.stdout.lines().last().expect("a line").to_string()
    };
    let share = |line: String| -> f64 {
        line.split(' ')
            .next_back()
            .expect("words")
            .parse()
            .expect("a number")
    };
    assert!(share(train("y", "linear")) > 0.99);
    assert!(share(train("way", "mlp:8")) > 0.95);
}

#[test]
fn mistakes_are_told_before_anything_is_learned() {
    let folder = Folder::new("mistakes");
    let broken = folder.file("broken.safetensors");
    fs::write(&broken, "no network").expect("a file");
    let rows: [(&[&str], &str); 12] = [
        (&["train", "mons"], "did you mean moons?"),
        (
            &["train", "moons", "--model", "mlp:2-x"],
            "sizes are whole numbers",
        ),
        (
            &["train", "moons", "--model", "mlp:2-16-3"],
            "2 inputs and 2 outputs",
        ),
        (
            &["train", "moons", "--model", "tree"],
            "linear, mlp, mlp:SIZES or cnn",
        ),
        (&["train", "moons", "--model", "cnn"], "images are wanted"),
        (
            &["train", "moons", "--activation", "rely"],
            "no activation here",
        ),
        (
            &["train", "moons", "--dropout", "1"],
            "a share from 0 to below 1",
        ),
        (
            &["train", "moons", "--validation", "-1"],
            "a share from 0 to below 1",
        ),
        (&["train", "moons", "--batch", "0"], "at least 1"),
        (&["train", "moons", "--target", "y"], "a column of a table"),
        (&["train", "nowhere.csv"], "nowhere.csv"),
        (&["predict", &broken, "moons"], "broken.safetensors"),
    ];
    for (arguments, expected) in rows {
        let done = run(arguments);
        assert_eq!(
            done.code, 2,
            "{arguments:?}: {}{}",
            done.stdout, done.stderr
        );
        assert!(
            done.stderr.contains(expected),
            "{arguments:?}: {}",
            done.stderr
        );
        assert_eq!(done.stdout, "", "{arguments:?}");
    }
}
