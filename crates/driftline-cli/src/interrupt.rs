//! Ctrl-C: ends the run at once, whatever it waits for, and takes the half-written file with it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{exit::INTERRUPTED, progress};

/// The file that is being written, if one is. Held while it comes into being and while it gets its final name, so that
/// Ctrl-C finds it either not there, or here, or done.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// From here on Ctrl-C is ours. Where it was set to be ignored, as for a job in the background, it stays ignored.
pub(crate) fn install() {
    let _ = ctrlc::try_set_handler(|| {
        // Never released: nothing comes into being or gets its final name from here on.
        let unfinished = unfinished();
        if let Some(path) = &*unfinished {
            let _ = fs::remove_file(path);
        }
        progress::clear();
        std::process::exit(INTERRUPTED);
    });
}

/// Makes the new file at `path`, which Ctrl-C removes until [`finish`] or [`abandon`] was called.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut unfinished = unfinished();
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    *unfinished = Some(path.into());
    Ok(file)
}

/// Gives the file that was [created](create) its final name.
pub(crate) fn finish(final_path: &Path) -> io::Result<()> {
    let mut unfinished = unfinished();
    if let Some(path) = &*unfinished {
        fs::rename(path, final_path)?;
    }
    *unfinished = None;
    Ok(())
}

/// Removes the file that was [created](create).
pub(crate) fn abandon() {
    if let Some(path) = unfinished().take() {
        let _ = fs::remove_file(path);
    }
}

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
