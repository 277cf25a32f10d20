//! Builds the fuzz targets with the sanitizers of the nightly compiler and runs each for some seconds.
//!
//! It does what `cargo fuzz run` does, without a tool to install.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address -Cdebug-assertions \
    -Ccodegen-units=1";

/// `SECONDS [TARGET …]`
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (seconds, names) = arguments.split_first().context("give the seconds for each target")?;
    let seconds: u32 = seconds.parse().with_context(|| format!("{seconds:?} is not a number of seconds"))?;
    let folder = crate::workspace().join("fuzz");
    let targets = targets(&folder)?;
    if let Some(unknown) = names.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target {unknown:?}; there are {}", targets.join(", "));
    }
    // Another compiler with other flags shares nothing with the rest, yet `cargo clean` should find it.
    let built = crate::target_folder().join("fuzz");
    let status = Command::new("cargo")
        .args(["+nightly", "build", "--release", "--target", TARGET, "--target-dir"])
        .arg(&built)
        .env("RUSTFLAGS", FLAGS)
        .current_dir(&folder)
        .status()
        .context("cargo +nightly build")?;
    if !status.success() {
        bail!("the fuzz targets do not build: {status}");
    }
    for name in targets.iter().filter(|name| names.is_empty() || names.contains(name)) {
        println!("==> fuzz {name}, {seconds} s");
        let (corpus, artifacts) = (folder.join("corpus").join(name), folder.join("artifacts").join(name));
        let generated = corpus.join("generated");
        for path in [&generated, &artifacts] {
            std::fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        }
        let output = Command::new(built.join(TARGET).join("release").join(name))
            .arg(&generated)
            .arg(&corpus)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-print_final_stats=1", "-rss_limit_mb=4096", "-timeout=25", "-verbosity=0"])
            .output()
            .with_context(|| name.clone())?;
        let text = String::from_utf8_lossy(&output.stderr);
        let executions = text.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        println!("    {} executions", executions.map_or("unknown", str::trim));
        if !output.status.success() {
            bail!("{name} found a fault:\n{text}");
        }
    }
    Ok(())
}

/// The targets are the files of `fuzz/fuzz_targets`.
fn targets(folder: &Path) -> anyhow::Result<Vec<String>> {
    let folder = folder.join("fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}
