//! Which files an argument stands for: a folder, a pattern, partitions.
//!
//! | given | read |
//! |---|---|
//! | a folder | every file below it with a known extension (`.csv`, `.json.gz`, …), in the order of their paths; names that begin with `.` or `_` are passed over, as Spark and Hive mean them |
//! | a pattern such as `data/*.csv` or `data/**/part-*` | every file it matches, in the order of their paths; folders that it matches are read as folders |
//!
//! All of them are one input. Folders called `day=2024-01-01` give their files' rows a column `day`, where they are below
//! the folder given, or match the pattern's first wildcard or what comes after it; values are percent-decoded, and
//! `__HIVE_DEFAULT_PARTITION__` is missing.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use alloc::{borrow::ToOwned, collections::BTreeMap, format, string::String, vec::Vec};

use driftline_core::schema::{Kind, infer_as};
use glob::MatchOptions;
use percent_encoding::percent_decode_str;

use crate::{
    error::{Place, ReadError},
    evidence::Witness,
    format::TABLE,
    parts::Part,
};

/// Folders below folders; more are a link that leads back.
const MOST_DEPTH: usize = 64;
/// What Hive and Spark call the partition of rows without a value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";
/// What an extension may be followed by.
const COMPRESSED: [&str; 5] = ["", ".gz", ".gzip", ".zst", ".zstd"];

/// Files that are one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What reports call it: the folder's name, or the pattern from before its first wildcard.
    pub name: String,
    /// Its files, in the order in which they are read: at least one.
    pub files: Vec<InputFile>,
}

/// One file of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in messages, and the columns that its folders give.
    pub part: Part,
    /// How long it is.
    pub bytes: u64,
}

impl Input {
    /// The files that `given` stands for; `None` where it is one file, standard input, or nothing that exists.
    ///
    /// ```no_run
    /// use driftline_data::input::Input;
    /// let input = Input::find("sales/".as_ref())?.expect("it is a folder");
    /// for file in &input.files {
    ///     println!("{}: {} bytes", file.part.name, file.bytes);
    /// }
    /// # Ok::<(), driftline_data::ReadError>(())
    /// ```
    ///
    /// # Errors
    /// A folder without a file that can be read, a pattern that nothing matches or that is none, a folder that may not be
    /// opened.
    pub fn find(given: &Path) -> Result<Option<Input>, ReadError> {
        if given.is_dir() {
            return Input::of_folder(given).map(Some);
        }
        match given.to_str() {
            Some(pattern) if !given.exists() && pattern.contains(['*', '?', '[']) => {
                Input::of_pattern(pattern).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Kinds of the columns that folders give, by the values of all of them.
    pub fn kinds(&self) -> BTreeMap<String, Kind> {
        let mut witnesses: BTreeMap<&str, Witness> = BTreeMap::new();
        for (name, value) in self.files.iter().flat_map(|file| &file.part.constants) {
            let value = value.as_deref().unwrap_or_default();
            witnesses.entry(name).or_default().see(value.as_bytes());
        }
        let kind = |(name, witness): (&str, Witness)| {
            (name.to_owned(), infer_as(name, &witness.evidence(), None).kind)
        };
        witnesses.into_iter().map(kind).collect()
    }

    fn of_folder(folder: &Path) -> Result<Input, ReadError> {
        let shown = folder.display().to_string();
        let mut paths = Vec::new();
        walk(folder, 0, &mut paths)?;
        if paths.is_empty() {
            let message = format!(
                "expected files that end with {} (compressed ones with .gz or .zst after it) in this folder, found none; \
                 other names can be given as a pattern such as '{}/*'",
                extensions(),
                shown.trim_end_matches('/')
            );
            return Err(ReadError::new(Place::file(&shown), message));
        }
        let name = fs::canonicalize(folder).ok();
        let name = name.as_deref().unwrap_or(folder).file_name();
        let name = name.map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        Input::of_files(name, folder, paths)
    }

    fn of_pattern(pattern: &str) -> Result<Input, ReadError> {
        let refuse = |message: String| ReadError::new(Place::file(pattern), message);
        // Names that begin with a dot are meant only where the pattern says so.
        let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
        let found = glob::glob_with(pattern, options)
            .map_err(|error| refuse(format!("expected a pattern such as 'data/*.csv': {error}")))?;
        let mut paths = Vec::new();
        for path in found {
            let path = path.map_err(|error| {
                let place = Place::file(&error.path().display().to_string());
                ReadError::new(place, unopened(error.error()))
            })?;
            if path.is_dir() {
                walk(&path, 0, &mut paths)?;
            } else {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(refuse(
                "expected a pattern that matches files, found none that it matches".into(),
            ));
        }
        paths.sort();
        paths.dedup();
        let is_fixed = |component: &Component<'_>| {
            !component.as_os_str().to_string_lossy().contains(['*', '?', '['])
        };
        let root: PathBuf = Path::new(pattern).components().take_while(is_fixed).collect();
        let rest = Path::new(pattern).strip_prefix(&root).unwrap_or(Path::new(pattern));
        let name = match root.file_name() {
            Some(folder) => format!("{}/{}", folder.to_string_lossy(), rest.display()),
            None => rest.display().to_string(),
        };
        Input::of_files(name, &root, paths)
    }

    fn of_files(name: String, root: &Path, paths: Vec<PathBuf>) -> Result<Input, ReadError> {
        let file = |path: PathBuf| {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let part = Part { name: below.display().to_string(), constants: constants(below) };
            let place = || Place::file(&path.display().to_string());
            let metadata =
                fs::metadata(&path).map_err(|error| ReadError::new(place(), unopened(&error)))?;
            Ok(InputFile { bytes: metadata.len(), part, path })
        };
        let files = paths.into_iter().map(file).collect::<Result<_, ReadError>>()?;
        Ok(Input { name, files })
    }
}

/// Every file below a folder that can be data, in the order of their paths.
fn walk(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), ReadError> {
    let refuse =
        |message: String| ReadError::new(Place::file(&folder.display().to_string()), message);
    if depth > MOST_DEPTH {
        return Err(refuse(format!(
            "expected at most {MOST_DEPTH} folders one inside the other: does a link lead back?"
        )));
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|error| refuse(unopened(&error)))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            walk(&path, depth + 1, paths)?;
        } else if is_known(&name) {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_known(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = |extension: &str, ending: &str| {
        let stem = name.strip_suffix(ending).and_then(|stem| stem.strip_suffix(extension));
        stem.is_some_and(|stem| stem.ends_with('.'))
    };
    let mut extensions = TABLE.iter().flat_map(|format| format.extensions);
    extensions.any(|extension| COMPRESSED.iter().any(|ending| ends(extension, ending)))
}

fn extensions() -> String {
    let all = TABLE.iter().flat_map(|format| format.extensions);
    let all: Vec<String> = all.map(|extension| format!(".{extension}")).collect();
    all.join(", ")
}

/// The columns that the folders of a path give, the outermost first.
fn constants(below: &Path) -> Vec<(String, Option<String>)> {
    let folders = below.parent().into_iter().flat_map(Path::components);
    let mut constants: Vec<(String, Option<String>)> = Vec::new();
    for folder in folders {
        let folder = folder.as_os_str().to_string_lossy().into_owned();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        if let Some((name, value)) = folder.split_once('=').filter(|(name, _)| !name.is_empty()) {
            let value = (value != MISSING).then(|| decoded(value));
            let name = decoded(name);
            // The innermost of two is the nearer to the rows.
            constants.retain(|(given, _)| *given != name);
            constants.push((name, value));
        }
    }
    constants
}

fn unopened(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this may not be read: permission denied".into(),
        _ => format!("this cannot be opened: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_constants(path: &str, expected: &[(&str, Option<&str>)]) {
        let found = constants(Path::new(path));
        let found: Vec<(&str, Option<&str>)> =
            found.iter().map(|(name, value)| (&**name, value.as_deref())).collect();
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn folders_give_columns_as_hive_writes_them() {
        check_constants("a.csv", &[]);
        check_constants("day=1/a=b.csv", &[("day", Some("1"))]);
        check_constants(
            "x/day=2024-01-01/r%20n=a%2Fb%3D/a.csv",
            &[("day", Some("2024-01-01")), ("r n", Some("a/b="))],
        );
        check_constants("a=b=c/=d/e=/p", &[("a", Some("b=c")), ("e", Some(""))]);
        check_constants("a=__HIVE_DEFAULT_PARTITION__/p", &[("a", None)]);
        check_constants("a=1/a=2/p", &[("a", Some("2"))]);
    }

    #[test]
    fn files_are_known_by_their_names() {
        for name in ["a.csv", "A.CSV", "a.b.tsv.gz", "part-0.ndjson.zst", "x.json.gzip"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["a", "csv", "a.md", "a.gz", "acsv.gz", "a.csv.bz2", "a.csv.gz.crc"] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn kinds_follow_from_the_values_of_all_files() {
        let file = |value: &str| InputFile {
            path: PathBuf::new(),
            part: Part {
                name: String::new(),
                constants: alloc::vec![("shard".into(), Some(value.into()))],
            },
            bytes: 0,
        };
        let kind = |values: [&str; 2]| {
            let input = Input { name: String::new(), files: values.map(file).into() };
            input.kinds()["shard"]
        };
        assert_eq!(kind(["1.5", "2.5"]), Kind::Numeric);
        assert_eq!(kind(["1.5", "b"]), Kind::Categorical);
    }
}
