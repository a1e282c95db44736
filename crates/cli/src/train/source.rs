//! Where examples come from: built-in data, folders of images, tables.

use std::path::Path;

use nn::data::{self, Csv, Dataset, Labels, Part};
use nn::seeded;
use tape::Array;

use crate::question::Stop;

/// Examples, and what is to be learned of them.
pub(crate) struct Examples {
    pub(crate) task: Task,
    /// The lengths of one example.
    pub(crate) shape: Vec<usize>,
    /// The column that was the target, of a table.
    pub(crate) target: Option<String>,
}

pub(crate) enum Task {
    /// A class for each.
    Classes(Dataset<f32, Vec<usize>>, Labels),
    /// Numbers for each.
    Numbers(Dataset<f32>),
}

impl Task {
    pub(crate) fn x(&self) -> &Array<f32> {
        match self {
            Task::Classes(data, _) => data.x(),
            Task::Numbers(data) => data.x(),
        }
    }
}

/// The names of built-in data.
const BUILT_IN: [&str; 6] = ["digits", "moons", "circles", "spirals", "blobs", "iris"];

/// The examples that `name` stands for.
pub(crate) fn read(name: &str, target: Option<&str>, seed: u64) -> Result<Examples, Stop> {
    let path = Path::new(name);
    let is_table = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    if target.is_some() && !is_table {
        return Err(Stop::mistake(
            "--target names a column of a table: a .csv file",
        ));
    }
    if is_table {
        return table(path, target);
    }
    let mut rng = seeded(seed);
    let numbered = |data: Dataset<f64, Vec<usize>>| {
        let labels = Labels::new((0..data.classes()).map(|class| class.to_string()));
        Task::Classes(data.cast(), labels)
    };
    let task = match name {
        "digits" => numbered(data::digits(2000, 12, &mut rng)),
        "moons" => numbered(data::moons(500, 0.15, &mut rng)),
        "circles" => numbered(data::circles(500, 0.5, 0.1, &mut rng)),
        "spirals" => numbered(data::spirals(600, 3, 0.05, &mut rng)),
        "blobs" => numbered(data::blobs(
            600,
            &[[-2.0, 0.0], [2.0, 0.0], [0.0, 3.0]],
            0.8,
            &mut rng,
        )),
        "iris" => {
            let (data, labels) = data::iris();
            Task::Classes(data.cast(), labels)
        }
        _ if path.is_dir() => images(path)?,
        _ => {
            let near = BUILT_IN
                .iter()
                .min_by_key(|own| strsim::osa_distance(own, name));
            let near = near.filter(|own| strsim::osa_distance(own, name) <= 2);
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(Stop::mistake(format!(
                "{name}: neither built-in data ({}), nor a folder, nor a .csv file{hint}",
                BUILT_IN.join(", ")
            )));
        }
    };
    let shape = task.x().shape()[1..].to_vec();
    Ok(Examples {
        task,
        shape,
        target: None,
    })
}

/// The images of a folder: the training set, or the test set where that is all there is.
fn images(folder: &Path) -> Result<Task, Stop> {
    let train = data::mnist::<f32>(folder, Part::Train);
    let data = match train {
        Ok(data) => data,
        Err(error) => data::mnist::<f32>(folder, Part::Test).map_err(|_| Stop::mistake(error))?,
    };
    let labels = Labels::new((0..data.classes()).map(|class| class.to_string()));
    Ok(Task::Classes(data, labels))
}

fn table(path: &Path, target: Option<&str>) -> Result<Examples, Stop> {
    let table = Csv::new().read(path).map_err(Stop::mistake)?;
    let names = table.names();
    let target = match (target, names.last()) {
        (Some(target), _) => target.to_string(),
        (None, Some(last)) => (*last).to_string(),
        (None, None) => return Err(Stop::mistake(format!("{}: no columns", path.display()))),
    };
    let is_category = matches!(table.column(&target), Some(data::Column::Categories { .. }));
    let task = if is_category {
        let (data, labels) = table.classification(&target).map_err(Stop::mistake)?;
        Task::Classes(data, labels)
    } else {
        Task::Numbers(table.regression(&[&target]).map_err(Stop::mistake)?)
    };
    let shape = task.x().shape()[1..].to_vec();
    Ok(Examples {
        task,
        shape,
        target: Some(target),
    })
}
