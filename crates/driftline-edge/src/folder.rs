//! A folder of the host that keeps the state: one file, put in place whole.

use wasip2::filesystem::{
    preopens::get_directories,
    types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
};

const FILE: &str = "driftline.snapshot";
const DRAFT: &str = "driftline.snapshot.draft";
const PIECE: u64 = 1 << 20;

/// A folder that the host has opened, and the path within it.
pub(crate) struct Folder {
    root: Descriptor,
    path: String,
}

impl Folder {
    /// Finds the folder `name` below one of those that the host has opened.
    pub(crate) fn open(name: &str) -> Result<Folder, String> {
        let within = |at: &str| -> Option<String> {
            let at = at.trim_end_matches('/');
            let rest = name.strip_prefix(at)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/').to_string())
        };
        let mut opened = Vec::new();
        for (root, at) in get_directories() {
            match within(&at) {
                Some(path) => return Ok(Folder { root, path }),
                None => opened.push(at),
            }
        }
        let opened = opened.join(", ");
        Err(format!(
            "DRIFTLINE_DATA: expected a folder that the host has opened ({opened}), found {name}"
        ))
    }

    fn path(&self, file: &str) -> String {
        if self.path.is_empty() { file.into() } else { format!("{}/{file}", self.path) }
    }

    /// The state, where there is one.
    pub(crate) fn load(&self) -> Result<Option<Vec<u8>>, String> {
        let open = self.root.open_at(
            PathFlags::empty(),
            &self.path(FILE),
            OpenFlags::empty(),
            DescriptorFlags::READ,
        );
        let file = match open {
            Ok(file) => file,
            Err(ErrorCode::NoEntry) => return Ok(None),
            Err(error) => return Err(failed(FILE, error)),
        };
        let mut bytes = Vec::new();
        loop {
            let (piece, is_end) =
                file.read(PIECE, bytes.len() as u64).map_err(|error| failed(FILE, error))?;
            bytes.extend_from_slice(&piece);
            if is_end || piece.is_empty() {
                return Ok(Some(bytes));
            }
        }
    }

    /// Puts the state in place of the one before, on disk.
    pub(crate) fn save(&self, bytes: &[u8]) -> Result<(), String> {
        let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let file = self
            .root
            .open_at(PathFlags::empty(), &self.path(DRAFT), flags, DescriptorFlags::WRITE)
            .map_err(|error| failed(DRAFT, error))?;
        let mut written = 0;
        while written < bytes.len() {
            let piece = &bytes[written..bytes.len().min(written + PIECE as usize)];
            let length = file.write(piece, written as u64).map_err(|error| failed(DRAFT, error))?;
            written += length as usize;
        }
        file.sync().map_err(|error| failed(DRAFT, error))?;
        drop(file);
        self.root
            .rename_at(&self.path(DRAFT), &self.root, &self.path(FILE))
            .map_err(|error| failed(FILE, error))
    }
}

fn failed(file: &str, error: ErrorCode) -> String {
    format!("{file}: {error:?}")
}
