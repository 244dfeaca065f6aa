//! A file that is written whole or not at all: under another name in the same folder, then renamed.

use std::{
    fmt,
    fs::{self, Metadata},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use crate::{exit::Failure, interrupt, source};

/// A file to be written.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// As it was given, for messages.
    given: PathBuf,
    place: FilePlace,
}

#[derive(Debug)]
enum FilePlace {
    /// A file, new or replaced: its path with links resolved.
    File(PathBuf),
    /// What cannot be renamed over, such as a pipe or `/dev/null`.
    Device,
}

impl NewFile {
    /// Looks whether a file can be written at `path`.
    pub(crate) fn find(path: &Path, inputs: &[&Path]) -> Result<NewFile, Failure> {
        let new = NewFile { given: path.into(), place: FilePlace::Device };
        if inputs.iter().any(|input| source::is_same_file(path, input)) {
            return Err(new.refuse("this is an input, which would be overwritten"));
        }
        let place = match fs::metadata(path) {
            Ok(metadata) => new.place_over(&metadata)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = folder_of(path);
                match fs::metadata(folder) {
                    Ok(metadata) if metadata.is_dir() => {}
                    Ok(_) => {
                        let message =
                            format!("expected a folder, found a file: {}", folder.display());
                        return Err(new.refuse(&message));
                    }
                    Err(_) => {
                        return Err(new.refuse(&format!("there is no folder {}", folder.display())));
                    }
                }
                if path.file_name().is_none() {
                    return Err(new.refuse("expected the name of a file"));
                }
                FilePlace::File(path.into())
            }
            Err(error) => return Err(new.refuse(&error.to_string())),
        };
        let new = NewFile { place, ..new };
        new.try_out()?;
        Ok(new)
    }

    /// Writes it.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match &self.place {
            FilePlace::Device => fs::write(&self.given, bytes),
            FilePlace::File(path) => replace(path, bytes),
        };
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| self.refuse(&error.to_string())),
        }
    }

    fn place_over(&self, metadata: &Metadata) -> Result<FilePlace, Failure> {
        if metadata.is_dir() {
            return Err(self.refuse("expected a file to write, found a directory"));
        }
        if !metadata.is_file() {
            return Ok(FilePlace::Device);
        }
        if metadata.permissions().readonly() {
            return Err(self.refuse("this file is read-only"));
        }
        let real =
            fs::canonicalize(&self.given).map_err(|error| self.refuse(&error.to_string()))?;
        Ok(FilePlace::File(real))
    }

    /// Makes a file in the folder and removes it: a folder that cannot be written is told before hours of reading.
    fn try_out(&self) -> Result<(), Failure> {
        let FilePlace::File(path) = &self.place else { return Ok(()) };
        interrupt::create(&unfinished_path(path))
            .map_err(|error| self.refuse(&error.to_string()))?;
        interrupt::abandon();
        Ok(())
    }

    fn refuse(&self, why: &str) -> Failure {
        Failure::new(format!("-o {}: {why}", self.given.display()))
    }
}

impl fmt::Display for NewFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.given.display().fmt(f)
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = interrupt::create(&unfinished_path(path))?;
    let written = file
        .write_all(bytes)
        .and_then(|()| match fs::metadata(path) {
            // A file that is replaced keeps who may read it.
            Ok(replaced) => file.set_permissions(replaced.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| file.sync_all())
        .and_then(|()| interrupt::finish(path));
    if written.is_err() {
        interrupt::abandon();
    }
    written
}

/// In the same folder, for a rename does not cross file systems; by process, for two runs may write to one folder.
fn unfinished_path(path: &Path) -> PathBuf {
    folder_of(path).join(format!(".driftline-{}.unfinished", std::process::id()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
