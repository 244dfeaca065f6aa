//! A file on the command line, or the files that a folder or a pattern stands for, streamed into the intake they are for.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

use driftline_core::{
    codec::Content, convention::ConventionCounter, counting::Counting, monitor::Monitor,
    reference::Reference, schema::Schema, window::Plan,
};
use driftline_data::{
    Baseline, BaselineIntake, ConventionIntake, Current, CurrentIntake, Part, Place, ReadError,
    ReadOptions, Reader, Selection, input::Input,
};

use crate::{console::Console, exit::Failure, progress::Progress};

/// Bytes asked of a file at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// A file that can probably be read, or several that are one input.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    /// Base name, as messages and reports show it.
    name: String,
    /// `None` for standard input and for what must be opened in its turn, such as a named pipe whose one writer fills
    /// the baseline first.
    file: Option<File>,
    total_bytes: Option<u64>,
    /// The files it stands for, of a folder or a pattern.
    input: Option<Input>,
}

/// What comes of a source.
enum Piece<'a> {
    /// The bytes that come now are those of this file of several.
    Part(&'a Part),
    Bytes(&'a [u8]),
}

impl Source {
    /// Looks at what is given as data: a file, a folder, a pattern or standard input.
    pub(crate) fn find_data(path: &Path) -> Result<Source, Failure> {
        let input = Input::find(path).map_err(|error| Failure::new(error.to_string()))?;
        let Some(input) = input else { return Source::find(path) };
        let name = input.name.clone();
        let total_bytes = Some(input.files.iter().map(|file| file.bytes).sum());
        Ok(Source { path: path.into(), name, file: None, total_bytes, input: Some(input) })
    }

    /// Looks at the path of one file, so that a mistake in the second file is told before the first is read.
    pub(crate) fn find(path: &Path) -> Result<Source, Failure> {
        if is_standard_input(path) {
            return Ok(Source {
                path: path.into(),
                name: "stdin".into(),
                file: None,
                total_bytes: None,
                input: None,
            });
        }
        let name =
            path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
        let mut source = Source {
            path: path.into(),
            name: name.into_owned(),
            file: None,
            total_bytes: None,
            input: None,
        };
        let metadata = fs::metadata(path).map_err(|error| source.unopened(&error))?;
        if metadata.is_dir() {
            return Err(source.refuse("expected a file, found a directory"));
        }
        if metadata.is_file() {
            source.file = Some(File::open(path).map_err(|error| source.unopened(&error))?);
            source.total_bytes = Some(metadata.len());
        }
        Ok(source)
    }

    /// The baseline and what is compared with it: other files, or the rows of the same one that were not selected. `second`
    /// is what the help calls a second file.
    pub(crate) fn find_all(
        baseline: &Path,
        others: &[PathBuf],
        selection: &Selection,
        second: &str,
    ) -> Result<(Source, Vec<Source>), Failure> {
        let piped = others.iter().filter(|other| is_standard_input(other)).count()
            + usize::from(is_standard_input(baseline));
        match others {
            [_, ..] if piped > 1 => Err(Failure::new(format!(
                "expected one file from standard input, found {}",
                if piped == 2 && others.len() == 1 {
                    "two: both are -".into()
                } else {
                    format!("{piped} that are -")
                }
            ))),
            [_, ..] => {
                let baseline = Source::find_data(baseline)?;
                let others = others.iter().map(|other| Source::find_data(other));
                Ok((baseline, others.collect::<Result<_, _>>()?))
            }
            [] if selection.is_all() => Err(Failure::new(format!(
                "{}: expected a second file <{second}> to compare with it, or --reference-rows, --reference-from, \
                 --reference-to to part this one, found neither",
                baseline.display()
            ))),
            [] if is_standard_input(baseline) => Err(Failure::new(
                "expected a file to part in two, found -: standard input can be read only once",
            )),
            [] => Ok((Source::find_data(baseline)?, vec![Source::find_data(baseline)?])),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has, of a file.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads the rows that are selected as a baseline.
    pub(crate) fn read_baseline(
        &mut self,
        options: ReadOptions,
        selection: Selection,
        monitor: &Monitor,
        console: Console,
    ) -> Result<Baseline, Failure> {
        let options = self.with_kinds(options);
        let mut intake =
            BaselineIntake::new(&*self.name, options, monitor.counting()).with_selection(selection);
        let input = self.open()?;
        let poured = self.pour(input, console, |piece| {
            match piece {
                Piece::Part(part) => intake.next_part(part.clone())?,
                Piece::Bytes(bytes) => intake.push(bytes)?,
            }
            Ok(intake.rows())
        });
        poured.and_then(|()| intake.finish()).map_err(|error| self.unread(&error))
    }

    /// Reads a reference that was stored before.
    pub(crate) fn read_reference(&mut self, console: Console) -> Result<Reference, Failure> {
        let mut intake =
            BaselineIntake::new(&*self.name, ReadOptions::default(), &Counting::default());
        let input = self.open()?;
        let mut is_first = true;
        let poured = self.pour(input, console, |piece| {
            let Piece::Bytes(bytes) = piece else { return Ok(0) };
            if core::mem::take(&mut is_first) && !is_reference(bytes) {
                let message = "expected a reference written by `driftline profile`, found data";
                return Err(ReadError::new(Place::file(&self.name), message));
            }
            intake.push(bytes)?;
            Ok(intake.rows())
        });
        let read = poured.and_then(|()| intake.finish()).map_err(|error| self.unread(&error))?;
        Ok(read.reference)
    }

    /// Reads it as the current file, and what its columns are where nobody says what they should be.
    pub(crate) fn read_current_and_schema(
        &mut self,
        options: ReadOptions,
        reference: &Reference,
        console: Console,
    ) -> Result<(Current, Schema), Failure> {
        let mut intake =
            CurrentIntake::new(&*self.name, options.clone(), reference, Plan::default());
        let mut reader = Reader::new(&*self.name, options);
        let input = self.open()?;
        let (mut is_first, mut n_parts) = (true, 0);
        let poured = self.pour(input, console, |piece| {
            let bytes = match piece {
                Piece::Part(part) => {
                    n_parts += 1;
                    intake.next_part(part.clone())?;
                    return Ok(intake.rows());
                }
                Piece::Bytes(bytes) => bytes,
            };
            if core::mem::take(&mut is_first) && is_reference(bytes) {
                return Err(ReadError::new(
                    Place::file(&self.name),
                    "expected data, found a reference written by `driftline profile`",
                ));
            }
            intake.push(bytes)?;
            // The columns of several files are those of the first.
            if n_parts <= 1 && reader.schema().is_none() {
                reader.push(bytes, &mut |_, _| {})?;
            }
            Ok(intake.rows())
        });
        let read = poured.and_then(|()| {
            if reader.schema().is_none() {
                reader.finish(&mut |_, _| {})?;
            }
            intake.finish()
        });
        let current = read.map_err(|error| self.unread(&error))?;
        Ok((current, reader.schema().cloned().unwrap_or_default()))
    }

    /// Reads the rows that are selected as the current ones, or the baseline a second time.
    pub(crate) fn read_current(
        &mut self,
        options: ReadOptions,
        selection: Selection,
        reference: &Reference,
        plan: Plan,
        console: Console,
    ) -> Result<Current, Failure> {
        let files = core::slice::from_mut(self);
        Source::read_files(files, options, selection, reference, plan, console)
    }

    /// Reads the rows that are selected of one file after the other, as the current ones.
    pub(crate) fn read_files(
        files: &mut [Source],
        options: ReadOptions,
        selection: Selection,
        reference: &Reference,
        plan: Plan,
        console: Console,
    ) -> Result<Current, Failure> {
        let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
        let [first, ..] = &names[..] else { unreachable!("somebody found a file") };
        let mut intake =
            CurrentIntake::new(&**first, options, reference, plan).with_selection(selection);
        for (at, file) in files.iter_mut().enumerate() {
            let input = file.open()?;
            let mut is_first = true;
            let poured = file.pour(input, console, |piece| {
                let bytes = match piece {
                    Piece::Part(part) => {
                        is_first = true;
                        intake.next_part(part.clone())?;
                        return Ok(intake.rows());
                    }
                    Piece::Bytes(bytes) => bytes,
                };
                if core::mem::take(&mut is_first) && is_reference(bytes) {
                    let message = "expected data, found a reference written by `driftline profile`; a reference is a \
                                   baseline, and the current data comes after it";
                    return Err(ReadError::new(Place::file(&file.name), message));
                }
                intake.push(bytes)?;
                Ok(intake.rows())
            });
            let ended = poured.and_then(|()| match names.get(at + 1) {
                Some(next) => intake.next_file(&**next),
                None => Ok(()),
            });
            ended.map_err(|error| file.unread(&error))?;
        }
        let last = &files[files.len() - 1];
        intake.finish().map_err(|error| last.unread(&error))
    }

    /// Reads it again for a convention whose tool bins both files together.
    pub(crate) fn read_again(
        &mut self,
        options: ReadOptions,
        selection: Selection,
        reference: &Reference,
        counter: ConventionCounter,
        console: Console,
    ) -> Result<ConventionCounter, Failure> {
        let mut intake = ConventionIntake::new(&*self.name, options, reference, counter)
            .with_selection(selection);
        let input = self.open()?;
        let poured = self.pour(input, console, |piece| {
            match piece {
                Piece::Part(part) => intake.next_part(part.clone())?,
                Piece::Bytes(bytes) => intake.push(bytes)?,
            }
            Ok(intake.rows())
        });
        poured.and_then(|()| intake.finish()).map_err(|error| self.unread(&error))
    }

    /// Kinds of the columns that folders give, where nobody gives another.
    fn with_kinds(&self, mut options: ReadOptions) -> ReadOptions {
        for (name, kind) in self.input.iter().flat_map(Input::kinds) {
            if !options.roles.contains_key(&name) && !options.time_forms.contains_key(&name) {
                options.kinds.entry(name).or_insert(kind);
            }
        }
        options
    }

    fn open(&mut self) -> Result<Box<dyn Read>, Failure> {
        if self.is_standard_input() {
            return Ok(Box::new(io::stdin().lock()));
        }
        if self.input.is_some() {
            // Each is opened in its turn, so that a thousand files are not open at once.
            return Ok(Box::new(io::empty()));
        }
        match self.file.take() {
            Some(file) => Ok(Box::new(file)),
            None => Ok(Box::new(File::open(&self.path).map_err(|error| self.unopened(&error))?)),
        }
    }

    /// Hands every chunk to `push`, which says how many rows there are by then.
    fn pour(
        &self,
        input: Box<dyn Read>,
        console: Console,
        mut push: impl FnMut(Piece<'_>) -> Result<u64, ReadError>,
    ) -> Result<(), ReadError> {
        let mut progress = Progress::new(console, &self.name, self.total_bytes);
        let Some(several) = &self.input else {
            return pour_file(input, &self.name, 0, &mut progress, &mut push).map(|_| ());
        };
        let mut bytes = 0;
        for file in &several.files {
            push(Piece::Part(&file.part))?;
            let opened = File::open(&file.path).map_err(|error| {
                let message = format!("this file cannot be opened: {error}");
                ReadError::new(Place::file(&file.part.name), message)
            })?;
            bytes = pour_file(Box::new(opened), &file.part.name, bytes, &mut progress, &mut push)?;
        }
        Ok(())
    }

    fn unopened(&self, error: &io::Error) -> Failure {
        match error.kind() {
            ErrorKind::NotFound => self.refuse("no such file"),
            ErrorKind::PermissionDenied => {
                self.refuse("this file may not be read: permission denied")
            }
            _ => self.refuse(&format!("this file cannot be opened: {error}")),
        }
    }

    /// Messages begin with the base name. Two files may share it, and their folders tell them apart.
    fn unread(&self, error: &ReadError) -> Failure {
        let path = self.path.display().to_string();
        let is_told = path == self.name && self.input.is_none();
        let path = if is_told || self.is_standard_input() {
            String::new()
        } else {
            format!(" (path given: {path})")
        };
        Failure::new(format!("{error}{path}"))
    }

    pub(crate) fn is_standard_input(&self) -> bool {
        is_standard_input(&self.path)
    }

    fn refuse(&self, message: &str) -> Failure {
        Failure::new(format!("{}: {message}", self.path.display()))
    }
}

/// Hands over one file after `before` bytes of others; how many bytes there are by then.
fn pour_file(
    mut input: Box<dyn Read>,
    name: &str,
    before: u64,
    progress: &mut Progress<'_>,
    push: &mut dyn FnMut(Piece<'_>) -> Result<u64, ReadError>,
) -> Result<u64, ReadError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        match input.read(&mut chunk) {
            Ok(0) => return Ok(before + bytes),
            Ok(n_bytes) => {
                bytes += n_bytes as u64;
                progress.at(before + bytes, push(Piece::Bytes(&chunk[..n_bytes]))?);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                let place = Place { byte: Some(bytes), ..Place::file(name) };
                return Err(ReadError::new(place, format!("reading failed: {error}")));
            }
        }
    }
}

/// Whether a path stands for standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether two paths lead to one file.
pub(crate) fn is_same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    real(a).is_some_and(|a| Some(a) == real(b))
}

fn is_reference(first_bytes: &[u8]) -> bool {
    let magic = Content::Reference.magic();
    let head = &first_bytes[..first_bytes.len().min(256)];
    head.starts_with(&magic[..magic.len() - 1])
        || (head.trim_ascii_start().starts_with(b"{")
            && head.windows(19).any(|text| text == b"driftline.reference"))
}
