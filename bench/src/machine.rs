//! The lines above the tables: without them a number means nothing.

use std::fs;
use std::process::Command;

/// Command, processor, system load, compiler.
pub(crate) fn describe() -> Vec<String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let unknown = || "unknown".to_string();
    vec![
        format!("command:   bench {}", arguments.join(" "))
            .trim_end()
            .to_string(),
        format!(
            "processor: {}, {cores} cores in use",
            processor().unwrap_or_else(unknown)
        ),
        format!(
            "load:      {} (1, 5, 15 minutes)",
            load().unwrap_or_else(unknown)
        ),
        format!(
            "compiler:  {}, {}, {}",
            rustc.unwrap_or_else(unknown).trim(),
            std::env::consts::ARCH,
            if cfg!(debug_assertions) {
                "DEBUG BUILD: the numbers are worthless"
            } else {
                "release"
            },
        ),
    ]
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

fn load() -> Option<String> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    let three: Vec<&str> = load.split_whitespace().take(3).collect();
    Some(three.join(" "))
}
