//! Where the data sets and their golden values lie.

use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// A file of a data set: from `tests/data`, else from the folder `shared/data` beside the checkout, which also has the sets
/// that may not be copied or are too large to be.
pub fn data_file(set: &str, file: &str) -> Option<PathBuf> {
    let beside = workspace().parent().map(|parent| parent.join("shared/data"));
    [Some(workspace().join("tests/data")), beside]
        .into_iter()
        .flatten()
        .map(|folder| folder.join(set).join(file))
        .find(|path| path.is_file())
}

/// The golden files, by name.
///
/// # Errors
/// The folder cannot be read.
pub fn golden_files() -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(workspace().join("tests/golden"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    Ok(files)
}
