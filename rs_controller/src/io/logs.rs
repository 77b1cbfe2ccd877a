//! What actions printed: one append-only file per run, a frame per line. See docs/journal.md.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::protocol::Stream;
use crate::engine::codec::{Put, Take};

pub const FILE: &str = "logs";

/// One printed line. `at` counts microseconds since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub ordinal: u32,
    pub stream: Stream,
    pub at: u64,
    pub text: Vec<u8>,
}

/// The one writer of a run's log file.
pub struct LogFile {
    file: File,
    buffer: Vec<u8>,
}

impl LogFile {
    pub fn create(folder: &Path) -> io::Result<LogFile> {
        let file = OpenOptions::new().create(true).append(true).open(folder.join(FILE))?;
        Ok(LogFile { file, buffer: Vec::new() })
    }

    pub fn append(&mut self, line: &Line) {
        self.buffer.put_number(u64::from(line.ordinal));
        self.buffer.push(line.stream as u8);
        self.buffer.put_number(line.at);
        self.buffer.put_bytes(&line.text);
    }

    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written
    }
}

/// Every whole line of a log file; a torn end is left out.
pub fn read(folder: &Path) -> io::Result<Vec<Line>> {
    let data = match std::fs::read(folder.join(FILE)) {
        Ok(data) => data,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut take = Take::new(&data);
    let mut lines = Vec::new();
    while let Some(line) = line(&mut take) {
        lines.push(line);
    }
    Ok(lines)
}

fn line(take: &mut Take<'_>) -> Option<Line> {
    Some(Line {
        ordinal: take.small().ok()?,
        stream: Stream::of(take.byte().ok()?),
        at: take.number().ok()?,
        text: take.bytes().ok()?.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_written_and_a_torn_end_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::create(folder.path()).unwrap();
        let lines: Vec<Line> = (0..3)
            .map(|ordinal| Line { ordinal, stream: Stream::Stderr, at: 5, text: b"\xff[bold]".to_vec() })
            .collect();
        lines.iter().for_each(|line| log.append(line));
        log.flush().unwrap();
        assert_eq!(read(folder.path()).unwrap(), lines);
        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(read(folder.path()).unwrap(), lines[..2]);
    }
}
