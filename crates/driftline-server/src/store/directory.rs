//! The folder: private, locked while in use, with the number of the last command that was acknowledged.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use driftline_core::time::Timestamp;

use super::StoreError;

const DATABASE: &str = "driftline.db";
const LOCK: &str = "lock";
const ACKNOWLEDGED: &str = "acknowledged";

/// The database in a folder.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// The database's log.
pub(crate) fn log(dir: &Path) -> PathBuf {
    dir.join(format!("{DATABASE}-wal"))
}

/// Makes the folder and an empty database where there is none, for its owner alone.
pub(crate) fn make(dir: &Path) -> Result<(), StoreError> {
    if !dir.is_dir() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(dir).map_err(StoreError::file(dir))?;
    }
    // A folder that was there before, made by the system's service manager perhaps, is narrowed as well.
    let mode = fs::metadata(dir).map_err(StoreError::file(dir))?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
            .map_err(StoreError::file(dir))?;
    }
    // SQLite gives its log the mode of the database, so the database is made first, by us.
    let path = database(dir);
    private_file(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
        .map_err(StoreError::file(&path))?;
    // The names of new files are durable only once the folder is.
    sync(dir)
}

pub(crate) fn sync(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(StoreError::file(dir))
}

fn private_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::file(path))
}

/// Bytes that are free for us on the disk that holds `dir`; `None` where that cannot be asked.
pub(crate) fn free_bytes(dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The right to work on a folder. The kernel takes it back from a process that ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    pub(crate) fn take(dir: &Path) -> Result<Lock, StoreError> {
        let path = dir.join(LOCK);
        let mut file = private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { dir: dir.into(), process: process_in(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::File { path, error }),
        }
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| write!(file, "{}", std::process::id()))
            .map_err(StoreError::file(path))?;
        Ok(Lock(file))
    }

    /// The process that works on a folder.
    pub(crate) fn holder(dir: &Path) -> Option<u32> {
        let mut file = File::open(dir.join(LOCK)).ok()?;
        match file.try_lock_shared() {
            Ok(()) => None,
            Err(_) => process_in(&mut file),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The kernel unlocks what is closed anyway.
        let _ = self.0.unlock();
    }
}

fn process_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// The number of the last command that was acknowledged, in a file beside the database.
///
/// It is written after each commit and never flushed: it may lag behind the database, after a power cut, but is never
/// ahead of what was made durable. So where it is ahead of what is found, that much was lost: a log was cut, or an old copy
/// put back, or the disk lies about flushes.
#[derive(Debug)]
pub(crate) struct Acknowledged(File);

impl Acknowledged {
    pub(crate) fn open(dir: &Path) -> Result<Acknowledged, StoreError> {
        private_file(&dir.join(ACKNOWLEDGED)).map(Acknowledged)
    }

    /// What it says; `None` where it is new or half written.
    pub(crate) fn read(dir: &Path) -> Option<u64> {
        let bytes = fs::read(dir.join(ACKNOWLEDGED)).ok()?;
        let (seq, crc) = bytes.split_at_checked(8)?;
        (crc == crc32fast::hash(seq).to_le_bytes())
            .then(|| u64::from_le_bytes(seq.try_into().unwrap_or_default()))
    }

    pub(crate) fn write(&self, seq: u64) {
        let mut bytes = [0; 12];
        let (number, crc) = bytes.split_at_mut(8);
        number.copy_from_slice(&seq.to_le_bytes());
        crc.copy_from_slice(&crc32fast::hash(&seq.to_le_bytes()).to_le_bytes());
        // A hint: where it cannot be written, the database is no less durable.
        let _ = self.0.write_all_at(&bytes, 0);
    }
}

/// Moves a damaged store out of the way, so that a new one can begin in its place; nothing is deleted.
///
/// # Errors
/// The store is in use, or its files cannot be renamed.
pub fn set_aside(dir: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let _lock = Lock::take(dir)?;
    let to = dir.join(format!("damaged-{}", now.micros() / 1_000_000));
    DirBuilder::new().mode(0o700).create(&to).map_err(StoreError::file(&to))?;
    // The database first: SQLite ignores a log without its database, but a database without its log is an old one.
    for name in [DATABASE, &format!("{DATABASE}-wal"), &format!("{DATABASE}-shm"), ACKNOWLEDGED] {
        let from = dir.join(name);
        if from.exists() {
            fs::rename(&from, to.join(name)).map_err(StoreError::file(from))?;
        }
    }
    sync(dir)?;
    Ok(to)
}
