//! Text that must be complete before it is printed: in memory while it is small, then in a temporary file without a
//! name, since it may contain secrets.

use std::io::{self, Read, Seek, SeekFrom, Write};

use tempfile::{SpooledData, SpooledTempFile};

/// The maximum size in memory, in bytes.
const MAX_IN_MEMORY: usize = 8 * 1024 * 1024;

pub struct Spool {
    file: SpooledTempFile,
    length: u64,
}

/// A part of the text.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    offset: u64,
    length: usize,
}

impl Default for Spool {
    fn default() -> Self {
        Self { file: SpooledTempFile::new(MAX_IN_MEMORY), length: 0 }
    }
}

/// # Errors
/// All methods fail if the temporary file cannot be written or read; the error names its folder.
impl Spool {
    pub fn write(&mut self, text: &str) -> io::Result<Part> {
        self.file.write_all(text.as_bytes()).map_err(with_folder)?;
        let part = Part { offset: self.length, length: text.len() };
        self.length += text.len() as u64;
        Ok(part)
    }

    /// In bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn read(&mut self, part: Part) -> io::Result<String> {
        let mut bytes = vec![0; part.length];
        self.file.seek(SeekFrom::Start(part.offset)).map_err(with_folder)?;
        self.file.read_exact(&mut bytes).map_err(with_folder)?;
        String::from_utf8(bytes).map_err(io::Error::other)
    }

    /// Reads the text in pieces: in one if it is in memory.
    pub fn pieces(self) -> io::Result<impl Iterator<Item = io::Result<Vec<u8>>>> {
        let (mut whole, mut file) = match self.file.into_inner() {
            SpooledData::InMemory(text) => (Some(text.into_inner()), None),
            SpooledData::OnDisk(mut file) => {
                file.rewind().map_err(with_folder)?;
                (None, Some(file))
            }
        };
        Ok(std::iter::from_fn(move || {
            if let Some(text) = whole.take() {
                return Some(Ok(text));
            }
            let mut piece = vec![0; 64 * 1024];
            match file.as_mut()?.read(&mut piece) {
                Ok(0) => None,
                Ok(read) => {
                    piece.truncate(read);
                    Some(Ok(piece))
                }
                Err(error) => Some(Err(with_folder(error))),
            }
        }))
    }

    /// The whole text.
    pub fn text(self) -> io::Result<String> {
        let pieces: Vec<_> = self.pieces()?.collect::<Result<_, _>>()?;
        String::from_utf8(pieces.concat()).map_err(io::Error::other)
    }
}

fn with_folder(error: io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let text =
        format!("cannot write the result to a temporary file in {}: {error}", folder.display());
    io::Error::new(error.kind(), text)
}
