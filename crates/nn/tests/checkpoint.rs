//! Networks in files: what is saved comes back, PyTorch's files are ours, training goes on bit for
//! bit, and a file that lies is refused.

use nn::Activation::{Relu, Tanh};
use nn::checkpoint::{self, Checkpoint, CheckpointErrorKind};
use nn::layers::{BatchNorm2d, Conv, Conv2d, Flatten, Linear, MaxPool2d, Sequential};
use nn::{Adam, Module, Optimizer, Parameter, Parts, Pass, Session, Sgd, predict, seeded};
use rand::RngExt;
use serde_json::Value;
use std::path::PathBuf;
use tape::{Array, Element, Tensor};

fn net<T: Element>(seed: u64) -> Sequential<T> {
    let mut rng = seeded(seed);
    Sequential::new()
        .then(Linear::new(3, 4, &mut rng))
        .then(Tanh)
        .then(Linear::new(4, 2, &mut rng))
}

fn bits<T: Element>(net: &Sequential<T>) -> Vec<u64> {
    let parameters = net.parameters().unrolled();
    parameters.iter().map(|w| w.to_f64().to_bits()).collect()
}

/// A file of this test's own, gone when the test is.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let name = format!("chainrule-{}-{name}.safetensors", std::process::id());
        Place(std::env::temp_dir().join(name))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_is_saved_comes_back_bit_for_bit() {
    fn check<T: Element>(name: &str) {
        let place = Place::new(name);
        let (saved, loaded) = (net::<T>(1), net::<T>(2));
        checkpoint::save(&place.0, &saved).unwrap();
        checkpoint::load(&place.0, &loaded).unwrap();
        assert_eq!(bits(&loaded), bits(&saved));
        checkpoint::save(&place.0, &net::<T>(3)).unwrap(); // over the old one
        checkpoint::load(&place.0, &loaded).unwrap();
        assert_eq!(bits(&loaded), bits(&net::<T>(3)));
    }
    check::<f64>("double");
    check::<f32>("single");
}

#[test]
fn buffers_shared_parameters_and_empty_arrays_come_back() {
    struct Odd {
        weight: Parameter,
        tied: Parameter,
        mean: Parameter,
        none: Parameter,
    }
    impl Module for Odd {
        fn forward(&self, x: Tensor, _: &Pass<'_>) -> Tensor {
            x
        }
        fn parts(&self, parts: &mut Parts) {
            parts.parameter("weight", &self.weight);
            parts.parameter("tied", &self.tied);
            parts.parameter("mean", &self.mean);
            parts.parameter("none", &self.none);
        }
    }
    let odd = |number: f64| {
        let weight = Parameter::weight([number, f64::NAN, -0.0]);
        Odd {
            tied: weight.share(),
            weight,
            mean: Parameter::buffer(number),
            none: Parameter::bias(Array::zeros(&[0, 3])),
        }
    };
    let bytes = Checkpoint::new().with_module(&odd(1.5)).to_bytes().unwrap();
    let read = Checkpoint::from_bytes(&bytes).unwrap();
    let mut names: Vec<&str> = read.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["mean", "none", "weight"]);
    let other = odd(7.0);
    read.restore(&other).unwrap();
    assert_eq!(other.mean.value().item(), 1.5);
    let weight = other.tied.value();
    assert!(weight[[0]] == 1.5 && weight[[1]].is_nan() && weight[[2]].is_sign_negative());
}

/// That a network in use answers what PyTorch answered, in single precision.
#[track_caller]
fn answers(net: &Sequential<f32>, x: &Array, name: &str) {
    let case: Value = serde_json::from_str(include_str!("reference/torch.json")).unwrap();
    let y = predict(net, &x.cast());
    let expected = case[name].as_array().unwrap();
    assert_eq!(y.len(), expected.len());
    for (found, expected) in y.iter().zip(expected) {
        let expected = expected.as_f64().unwrap();
        assert!(
            (f64::from(*found) - expected).abs() < 1e-6,
            "{found} for {expected}"
        );
    }
}

#[test]
fn pytorchs_file_is_ours_and_ours_is_pytorchs() {
    let file = include_bytes!("reference/torch.safetensors");
    let net = net::<f32>(1);
    Checkpoint::from_bytes(file).unwrap().restore(&net).unwrap();
    answers(
        &net,
        &Array::from([[0.5, -1.25, 2.0], [3.5, 0.75, -0.125]]),
        "plain",
    );
    let ours = Checkpoint::new().with_module(&net).to_bytes().unwrap();
    assert_eq!(ours, file);
}

#[test]
fn pytorchs_convolutions_and_running_statistics_are_ours() {
    let file = include_bytes!("reference/torch-conv.safetensors");
    let mut rng = seeded(1);
    let net = Sequential::new()
        .then(Conv2d::new(1, 2, [3, 3], Conv::new(), &mut rng))
        .then(BatchNorm2d::new(2))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Flatten::new())
        .then(Linear::new(8, 3, &mut rng));
    Checkpoint::from_bytes(file).unwrap().restore(&net).unwrap();
    let images = Array::from(0..72).map(f64::sin).reshape(&[2, 1, 6, 6]);
    answers(&net, &images, "conv");
}

#[test]
fn what_does_not_fit_is_listed_and_nothing_is_changed() {
    let net = net::<f64>(1);
    let before = bits(&net);
    let bias: Array<f64> = Array::zeros(&[4]);
    let other = Checkpoint::new()
        .with_array("0.weight", &Array::<f64>::zeros(&[3, 4]))
        .with_array("0.bias", &bias)
        .with_array("2.weight", &Array::<f32>::zeros(&[2, 4]))
        .with_array("3.bias", &bias)
        .with_array("1.num_batches_tracked", &Array::from(17.0))
        .with_array("optimizer/0.bias", &bias);
    let error = other.restore(&net).unwrap_err();
    assert_eq!(error.kind(), CheckpointErrorKind::Mismatch);
    assert_eq!(
        error.to_string(),
        "the arrays do not fit the network, and nothing was changed
missing: 2.bias
extra: 3.bias
misfit: 0.weight ([3,4], in the network [4,3]), 2.weight (f32, in the network f64: `Checkpoint::cast` converts)"
    );
    assert_eq!(bits(&net), before);

    let place = Place::new("mismatch");
    other.save(&place.0).unwrap();
    let error = checkpoint::load(&place.0, &net).unwrap_err();
    assert_eq!(error.file(), Some(&*place.0));
    assert!(
        error
            .to_string()
            .starts_with(&place.0.display().to_string())
    );
    assert_eq!(bits(&net), before);
}

#[test]
fn a_name_is_saved_once_and_a_missing_file_is_named() {
    let twice = Checkpoint::new()
        .with_module(&net::<f64>(1))
        .with_module(&net::<f64>(2));
    let error = twice.to_bytes().unwrap_err();
    assert_eq!(
        error.to_string(),
        "two arrays of the name 0.weight; a file holds one of each"
    );
    let error = Checkpoint::read("no/such/file").unwrap_err();
    assert_eq!(error.kind(), CheckpointErrorKind::Read);
    assert!(
        error
            .to_string()
            .starts_with("no/such/file: cannot be read: "),
        "{error}"
    );
    let error = Checkpoint::read(std::env::temp_dir()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("cannot be read: it is not a file"),
        "{error}"
    );
}

/// A file whose header is this text, before these many bytes of zeros.
fn file(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[test]
fn files_that_lie_are_refused_before_memory_is_taken() {
    let one = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"w":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let good = file(&one("F64", "[2]", "[0,16]"), 16);
    assert!(Checkpoint::from_bytes(&good).is_ok());
    for end in 0..good.len() {
        assert!(
            Checkpoint::from_bytes(&good[..end]).is_err(),
            "cut at {end}"
        );
    }
    let huge = "18446744073709551615";
    let overlapping = r#"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}"#;
    #[rustfmt::skip]
    let lies = [
        ("too long", [&good[..], b"more"].concat()),
        ("no header", vec![0; 8]),
        ("a header longer than the file", [&u64::MAX.to_le_bytes()[..], b"{}"].concat()),
        ("a header of 99 MB in a file of 10 bytes", [&99_000_000_u64.to_le_bytes()[..], b"{}"].concat()),
        ("no JSON", file("weights", 0)),
        ("no UTF-8", file("\u{fffd}", 0).iter().map(|b| b ^ 0x10).collect()),
        ("another JSON", file("[1,2]", 0)),
        ("nested JSON", file(&"[".repeat(100_000), 0)),
        ("an array of another type", file(&one("F65", "[2]", "[0,16]"), 16)),
        ("more elements than bytes", file(&one("F64", "[3]", "[0,16]"), 16)),
        ("an end before its start", file(&one("F64", "[2]", "[16,0]"), 16)),
        ("a hole before it", file(&one("F64", "[2]", "[8,24]"), 24)),
        ("bytes far beyond the file", file(&one("F64", "[1000000000000]", "[0,8000000000000]"), 16)),
        ("a shape that overflows", file(&one("F64", "[4294967296,4294967296,4294967296]", "[0,0]"), 0)),
        ("offsets that overflow", file(&one("F64", "[2]", &format!("[0,{huge}]")), 16)),
        ("a negative length", file(&one("F64", "[-2]", "[0,16]"), 16)),
        ("two arrays in one place", file(overlapping, 24)),
    ];
    for (lie, bytes) in lies {
        let error = Checkpoint::from_bytes(&bytes).unwrap_err();
        assert_eq!(error.kind(), CheckpointErrorKind::Format, "{lie}: {error}");
    }
    // 2^64 - 1 bytes in eight arrays: the sum must not overflow either.
    let part = 1_u64 << 61;
    let arrays = (0..8).map(|i| {
        let end = if i == 7 { u64::MAX } else { (i + 1) * part };
        let length = end - i * part;
        format!(
            r#""{i}":{{"dtype":"U8","shape":[{length}],"data_offsets":[{},{end}]}}"#,
            i * part
        )
    });
    let header = format!("{{{}}}", Vec::from_iter(arrays).join(","));
    assert!(Checkpoint::from_bytes(&file(&header, 16)).is_err());
}

#[test]
fn any_bytes_are_an_error_and_no_panic() {
    let good = Checkpoint::new()
        .with_module(&net::<f32>(1))
        .to_bytes()
        .unwrap();
    let mut rng = seeded(11);
    for _ in 0..2000 {
        let mut bytes = good.clone();
        for _ in 0..3 {
            let at = rng.random_range(0..300);
            bytes[at] = rng.random();
        }
        if let Ok(read) = Checkpoint::from_bytes(&bytes) {
            let _ = read.restore(&net::<f32>(2));
        }
    }
}

/// One step on data that depends on its number, through dropout.
fn step(session: &mut Session, net: &Sequential, optimizer: &mut impl Optimizer) {
    let number = session.steps() as f64;
    let x = Array::from_fn(&[5, 3], |i| {
        (number + i[0] as f64 * 0.7 + i[1] as f64).sin()
    });
    let (_, gradient) = session.step(|pass| {
        let mut rng = pass.random().expect("it learns");
        let keep = Array::from_fn(&[5, 3], |_| f64::from(u8::from(rng.random_bool(0.7))));
        let dropped = pass.tape().constant(&x) * pass.tape().constant(keep);
        net.forward(dropped, pass).square().sum()
    });
    optimizer.step(&gradient);
    optimizer.set_rate(optimizer.rate() * 0.99);
}

#[test]
fn a_resumed_run_is_an_uninterrupted_one() {
    fn check<O: Optimizer>(optimizer: impl Fn(f64) -> O) {
        let (whole, mut own, mut session) = (net(1), optimizer(0.01), Session::new(5));
        let mut saved = None;
        for number in 0..20 {
            if number == 8 {
                let checkpoint = Checkpoint::new()
                    .with_module(&whole)
                    .with_optimizer(&whole, &own)
                    .with_session(&session);
                saved = Some(checkpoint.to_bytes().unwrap());
            }
            step(&mut session, &whole, &mut own);
        }

        let (again, mut other) = (net(2), optimizer(1.0));
        let checkpoint = Checkpoint::from_bytes(&saved.unwrap()).unwrap();
        let mut resumed = checkpoint.resume(&again, &mut other).unwrap();
        assert_eq!(resumed.steps(), 8);
        for _ in 8..20 {
            step(&mut resumed, &again, &mut other);
        }
        assert_eq!(bits(&again), bits(&whole));
        assert_eq!(other.rate(), own.rate());

        // And what is saved with an optimizer's memory is still the network's.
        checkpoint.restore(&net::<f64>(3)).unwrap();
    }
    check(|rate| Sgd::new(rate).momentum(0.9));
    check(Adam::new);
}

#[test]
fn what_an_optimizer_cannot_use_changes_nothing() {
    let (own, mut sgd) = (net::<f64>(1), Sgd::new(0.5).momentum(0.9));
    let before = bits(&own);
    let plain = Checkpoint::new().with_module(&net::<f64>(2));
    let error = plain.resume(&own, &mut sgd).unwrap_err();
    let told = "the checkpoint is not one of a session: it has no note chainrule.seed";
    assert_eq!(error.to_string(), told);

    let odd = plain
        .with_session(&Session::new(1))
        .with_optimizer(&net::<f64>(2), &Sgd::new(0.1).momentum(0.9))
        .with_array("optimizer/9.weight.step", &Array::from(1.0));
    let error = odd.resume(&own, &mut sgd).unwrap_err();
    assert_eq!(error.mismatch().unwrap().extra, ["9.weight.step"]);
    assert_eq!((bits(&own), sgd.rate()), (before, 0.5));
}
