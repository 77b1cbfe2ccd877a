//! What actions printed: one append-only file per run, a frame per line, and beside it the places where one may begin
//! to read. See docs/journal.md.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::protocol::Stream;
use crate::engine::codec::{Put, Take};

pub const FILE: &str = "logs";
pub const PLACES: &str = "logs.places";
/// Bytes from one place to the next: a millisecond of reading.
pub(super) const STRIDE: u64 = 256 * 1024;

/// One printed line. `at` counts microseconds since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub ordinal: u32,
    pub stream: Stream,
    pub at: u64,
    pub text: Vec<u8>,
}

/// Where a frame begins, and the time of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    offset: u64,
    at: u64,
}

/// The one writer of a run's log file.
pub struct LogFile {
    file: File,
    buffer: Vec<u8>,
    folder: PathBuf,
    written: u64,
    last_place: u64,
    places: Vec<u8>,
}

impl LogFile {
    pub fn create(folder: &Path) -> io::Result<LogFile> {
        let file = OpenOptions::new().create(true).append(true).open(folder.join(FILE))?;
        let written = file.metadata()?.len();
        let folder = folder.to_owned();
        Ok(LogFile { file, buffer: Vec::new(), folder, written, last_place: written, places: Vec::new() })
    }

    pub fn append(&mut self, line: &Line) {
        let offset = self.written + self.buffer.len() as u64;
        if offset - self.last_place >= STRIDE {
            self.last_place = offset;
            self.places.extend_from_slice(&offset.to_le_bytes());
            self.places.extend_from_slice(&line.at.to_le_bytes());
        }
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
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        if !self.places.is_empty() {
            let file = OpenOptions::new().create(true).append(true).open(self.folder.join(PLACES));
            // Without places a reader finds them itself.
            let _ = file.and_then(|mut file| file.write_all(&self.places));
            self.places.clear();
        }
        written
    }
}

/// Which lines a reader hands out.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those of these actions; None for all.
    pub ordinals: Option<HashSet<u32>>,
    pub stderr_only: bool,
    pub since: u64,
    pub until: Option<u64>,
}

impl Wanted {
    fn has(&self, line: &Line) -> bool {
        line.at >= self.since
            && self.until.is_none_or(|until| line.at <= until)
            && (!self.stderr_only || line.stream == Stream::Stderr)
            && self.ordinals.as_ref().is_none_or(|ordinals| ordinals.contains(&line.ordinal))
    }
}

/// Reads the lines of a run, forwards or from the end, also while they are written. It never holds the whole file.
pub struct LogReader {
    folder: PathBuf,
    pub wanted: Wanted,
    file: Option<File>,
    /// Of the next byte to read forwards; None before the first read.
    position: Option<u64>,
    /// What was read and is no whole frame yet.
    rest: Vec<u8>,
    /// Blocks that are not read yet, from the end; None before the first step back.
    before: Option<Vec<u64>>,
    end: u64,
}

impl LogReader {
    pub fn new(folder: &Path, wanted: Wanted) -> LogReader {
        LogReader {
            folder: folder.to_owned(),
            wanted,
            file: None,
            position: None,
            rest: Vec::new(),
            before: None,
            end: 0,
        }
    }

    /// The next lines that are wanted; none at the end, for now.
    pub fn read(&mut self) -> io::Result<Vec<Line>> {
        if !self.open()? {
            return Ok(Vec::new());
        }
        let mut position = match self.position {
            Some(position) => position,
            None => self.place_before(self.wanted.since)?,
        };
        let Some(file) = self.file.as_mut() else { return Ok(Vec::new()) };
        file.seek(SeekFrom::Start(position))?;
        let mut found = Vec::new();
        while found.is_empty() {
            let count = file.take(STRIDE).read_to_end(&mut self.rest)?;
            position += count as u64;
            let used = whole(&self.rest, &self.wanted, &mut found);
            self.rest.drain(..used);
            if count == 0 {
                break;
            }
        }
        self.position = Some(position);
        Ok(found)
    }

    /// The wanted lines of the block before the last one handed out, in order; None when there are no more.
    pub fn back(&mut self) -> io::Result<Option<Vec<Line>>> {
        if !self.open()? {
            return Ok(None);
        }
        if self.before.is_none() {
            let size = self.size()?;
            let places = self.places(size)?;
            let first = places.partition_point(|place| place.at < self.wanted.since).saturating_sub(1);
            self.before = Some(places[first..].iter().map(|place| place.offset).collect());
            self.end = size;
        }
        let Some(start) = self.before.as_mut().and_then(Vec::pop) else { return Ok(None) };
        let mut block = Vec::new();
        if let Some(file) = self.file.as_mut() {
            file.seek(SeekFrom::Start(start))?;
            file.take(self.end - start).read_to_end(&mut block)?;
        }
        let mut found = Vec::new();
        let used = whole(&block, &self.wanted, &mut found);
        self.position.get_or_insert(start + used as u64); // reading on goes on behind the last block
        self.end = start;
        Ok(Some(found))
    }

    fn open(&mut self) -> io::Result<bool> {
        if self.file.is_none() {
            match File::open(self.folder.join(FILE)) {
                Ok(file) => self.file = Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn size(&self) -> io::Result<u64> {
        self.file.as_ref().map_or(Ok(0), |file| file.metadata().map(|metadata| metadata.len()))
    }

    fn place_before(&mut self, at: u64) -> io::Result<u64> {
        if at == 0 {
            return Ok(0);
        }
        let size = self.size()?;
        let places = self.places(size)?;
        let first = places.partition_point(|place| place.at < at).saturating_sub(1);
        Ok(places[first].offset)
    }

    /// Where blocks begin, the first at 0.
    fn places(&mut self, size: u64) -> io::Result<Vec<Place>> {
        let mut places = vec![Place::default()];
        let data = std::fs::read(self.folder.join(PLACES)).unwrap_or_default();
        if data.is_empty() && size > 2 * STRIDE {
            return self.scanned();
        }
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        for pair in data.chunks_exact(16) {
            let place = Place { offset: number(&pair[..8]), at: number(&pair[8..]) };
            let last = places[places.len() - 1];
            if place.offset > last.offset && place.offset < size {
                places.push(place);
            }
        }
        Ok(places)
    }

    /// The places of a log that was written without them.
    fn scanned(&mut self) -> io::Result<Vec<Place>> {
        let mut places = vec![Place::default()];
        let Some(file) = self.file.as_mut() else { return Ok(places) };
        file.seek(SeekFrom::Start(0))?;
        let (mut rest, mut begin) = (Vec::new(), 0);
        while file.take(STRIDE).read_to_end(&mut rest)? > 0 {
            let mut take = Take::new(&rest);
            let mut used = 0;
            while let Some((_, _, at, _)) = frame(&mut take) {
                let offset = begin + used as u64;
                if offset - places[places.len() - 1].offset >= STRIDE {
                    places.push(Place { offset, at });
                }
                used = rest.len() - take.rest.len();
            }
            rest.drain(..used);
            begin += used as u64;
        }
        Ok(places)
    }
}

/// Take the wanted lines of all whole frames; how many bytes those frames are.
fn whole(data: &[u8], wanted: &Wanted, found: &mut Vec<Line>) -> usize {
    let mut take = Take::new(data);
    let mut used = 0;
    while let Some((ordinal, stream, at, text)) = frame(&mut take) {
        used = data.len() - take.rest.len();
        if wanted.ordinals.as_ref().is_none_or(|ordinals| ordinals.contains(&ordinal)) {
            let line = Line { ordinal, stream, at, text: text.to_vec() };
            if wanted.has(&line) {
                found.push(line);
            }
        }
    }
    used
}

pub(super) fn frame<'a>(take: &mut Take<'a>) -> Option<(u32, Stream, u64, &'a [u8])> {
    Some((take.small().ok()?, Stream::of(take.byte().ok()?), take.number().ok()?, take.bytes().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ordinal: u32, at: u64, text: &[u8]) -> Line {
        Line { ordinal, stream: Stream::Stderr, at, text: text.to_vec() }
    }

    fn read_all(folder: &Path, wanted: Wanted) -> Vec<Line> {
        let mut reader = LogReader::new(folder, wanted);
        let mut lines = Vec::new();
        loop {
            let more = reader.read().unwrap();
            if more.is_empty() {
                return lines;
            }
            lines.extend(more);
        }
    }

    /// 3,000 lines of 1 kB: about twelve blocks.
    fn long(folder: &Path) -> Vec<Line> {
        let mut log = LogFile::create(folder).unwrap();
        let lines: Vec<Line> = (0..3000).map(|count| line(count % 3, u64::from(count) * 10, &[b'x'; 1024])).collect();
        for some in lines.chunks(100) {
            some.iter().for_each(|line| log.append(line));
            log.flush().unwrap();
        }
        lines
    }

    fn backwards(folder: &Path, wanted: Wanted) -> (usize, Vec<Line>) {
        let mut reader = LogReader::new(folder, wanted);
        let mut blocks = Vec::new();
        while let Some(block) = reader.back().unwrap() {
            blocks.push(block);
        }
        (blocks.len(), blocks.into_iter().rev().flatten().collect())
    }

    #[test]
    fn lines_are_read_as_they_were_written_and_a_torn_end_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::create(folder.path()).unwrap();
        let lines: Vec<Line> = (0..3).map(|ordinal| line(ordinal, 5, b"\xff[bold]")).collect();
        lines.iter().for_each(|line| log.append(line));
        log.flush().unwrap();
        assert_eq!(read_all(folder.path(), Wanted::default()), lines);
        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(read_all(folder.path(), Wanted::default()), lines[..2]);
        assert_eq!(backwards(folder.path(), Wanted::default()).1, lines[..2]);
    }

    #[test]
    fn a_long_log_is_the_same_forwards_and_backwards_with_its_places_or_without() {
        let folder = tempfile::tempdir().unwrap();
        let lines = long(folder.path());
        assert_eq!(read_all(folder.path(), Wanted::default()), lines);
        let (blocks, found) = backwards(folder.path(), Wanted::default());
        assert!(found == lines && blocks > 5, "{blocks}");
        std::fs::remove_file(folder.path().join(PLACES)).unwrap();
        assert!(backwards(folder.path(), Wanted::default()) == (blocks, lines));
    }

    #[test]
    fn only_what_is_wanted_is_handed_out_and_earlier_blocks_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let lines = long(folder.path());
        let wanted = Wanted { ordinals: Some([1].into()), since: 20_000, until: Some(29_000), ..Wanted::default() };
        let expected: Vec<Line> = lines.into_iter().filter(|line| wanted.has(line)).collect();
        assert!(!expected.is_empty());
        assert!(read_all(folder.path(), wanted.clone()) == expected);
        let (blocks, found) = backwards(folder.path(), wanted);
        assert!(found == expected && blocks < 6, "{blocks}");
    }

    #[test]
    fn reading_goes_on_behind_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        long(folder.path());
        let mut reader = LogReader::new(folder.path(), Wanted::default());
        reader.back().unwrap();
        assert_eq!(reader.read().unwrap(), []);
        let mut log = LogFile::create(folder.path()).unwrap();
        log.append(&line(0, 99_999, b"more"));
        log.flush().unwrap();
        assert_eq!(reader.read().unwrap(), [line(0, 99_999, b"more")]);
    }

    #[test]
    fn a_log_that_is_not_there_yet_has_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mut reader = LogReader::new(folder.path(), Wanted::default());
        assert_eq!((reader.read().unwrap(), reader.back().unwrap()), (Vec::new(), None));
    }
}
