//! Looking at what actions printed, anywhere in it: only the blocks that are looked at are read. How many lines there
//! are is counted block by block, from the end, on a thread that the caller has to spare.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::log_levels::{plain, Judged, Levels, DEBUG, ERROR, WARNING};
use super::logs::{frame, FILE, PLACES, STRIDE};
use super::protocol::Stream;
use crate::engine::codec::Take;

/// Parsed blocks that are kept: those on the screen and their neighbours.
const KEPT: usize = 6;
/// Bytes behind the last place from which on places are looked for instead of waited for.
const UNPLACED: u64 = 16 * STRIDE;
/// Blocks that are counted at once.
const COUNTED_AT_ONCE: usize = 16;
/// Bytes before a block from which one can tell what its first lines go on with.
const LEAD: u64 = 32 * 1024;
/// Microseconds by which lines may stand out of order: processes do not write at the same time.
const SLACK: u64 = 5_000_000;

/// Which lines are looked at, and which of them are shown.
#[derive(Debug, Clone)]
pub struct Filter {
    /// By ordinal; None for all.
    pub ordinals: Option<Vec<bool>>,
    /// Lines of one attempt come behind its start, up to the start of the next.
    pub after: Option<u64>,
    pub until: Option<u64>,
    /// Only lines that are so serious, 1 for errors to 4 for all.
    pub level: u8,
    pub finder: Option<Regex>,
    pub only_hits: bool,
}

impl Default for Filter {
    fn default() -> Filter {
        Filter { ordinals: None, after: None, until: None, level: DEBUG, finder: None, only_hits: false }
    }
}

impl Filter {
    fn looks_at(&self, ordinal: u32, at: u64) -> bool {
        self.after.is_none_or(|after| at > after)
            && self.until.is_none_or(|until| at <= until)
            && self.ordinals.as_ref().is_none_or(|known| known.get(ordinal as usize).copied().unwrap_or(false))
    }

    fn shows(&self, level: u8, is_hit: bool) -> bool {
        level <= self.level && (is_hit || !self.only_hits)
    }
}

/// A pattern as it was typed.
pub fn finder(text: &str, is_regex: bool, any_case: bool) -> Result<Regex, regex::Error> {
    let escaped = if is_regex { text.to_owned() } else { regex::escape(text) };
    RegexBuilder::new(&escaped).case_insensitive(any_case).build()
}

/// A line that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins in the file: its name.
    pub offset: u64,
    pub ordinal: u32,
    pub stream: Stream,
    pub at: u64,
    pub level: u8,
    /// Where the traceback begins that it is in the middle of.
    pub head: Option<u64>,
    /// Lines in the middle of the traceback that begins here.
    pub inside: u32,
    pub is_hit: bool,
    pub text: Vec<u8>,
}

/// What was found, and where one has to go on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order of the file.
    pub rows: Vec<Row>,
    /// Where reading stopped; nothing between there and the rows is missing.
    pub reached: u64,
    /// Whether there is nothing more that way.
    pub is_end: bool,
}

/// When something happened to an action. What the action had printed may be read later, but not behind `until`.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub at: u64,
    pub until: u64,
    pub ordinal: u32,
}

/// Sums over what is counted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub lines: u64,
    pub errors: u64,
    pub warnings: u64,
    pub shown: u64,
    pub hits: u64,
    /// Whether `lines`, `errors` and `warnings` are those of the whole file.
    pub is_whole: bool,
    /// Whether `shown` and `hits` are.
    pub is_searched: bool,
}

/// What one block holds; `end` is where it ended when it was counted.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    end: u64,
    lines: u32,
    errors: u32,
    warnings: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Hits {
    end: u64,
    shown: u32,
    hits: u32,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    start: u64,
    at: u64,
    lines: Option<Lines>,
    hits: Option<Hits>,
}

impl Block {
    fn new(start: u64, at: u64) -> Block {
        Block { start, at, lines: None, hits: None }
    }

    fn shown(&self, end: u64) -> Option<Hits> {
        self.hits.filter(|hits| hits.end == end)
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    offset: u64,
    ordinal: u32,
    stream: Stream,
    at: u64,
    judged: Judged,
    is_hit: bool,
    begin: u32,
    length: u32,
}

/// One block, read: the lines of it that the filter lets through.
struct Parsed {
    start: u64,
    end: u64,
    data: Vec<u8>,
    entries: Vec<Entry>,
}

pub struct LogPages {
    folder: PathBuf,
    file: Option<Arc<File>>,
    filter: Arc<Filter>,
    /// Grows with every change of the filter: what was counted before no longer counts.
    generation: u64,
    blocks: Vec<Block>,
    /// Bytes of the file of places that were taken in.
    placed: u64,
    end: u64,
    since: u64,
    unfolded: HashSet<u64>,
    parsed: VecDeque<Arc<Parsed>>,
}

/// Blocks to count: everything a thread needs, so that nobody waits for it.
pub struct Count {
    file: Arc<File>,
    filter: Arc<Filter>,
    generation: u64,
    lead: u64,
    first: usize,
    /// Where the blocks begin, and where the last one ends.
    bounds: Vec<u64>,
}

pub struct Counted {
    generation: u64,
    first: usize,
    blocks: Vec<(u64, Lines, Hits)>,
}

impl Count {
    pub fn run(&self) -> io::Result<Counted> {
        let mut levels = Levels::default();
        let begin = self.bounds[0];
        if self.lead < begin {
            levels = levels_before(&self.file, self.lead, begin, &self.filter)?;
        }
        let mut blocks = Vec::new();
        for pair in self.bounds.windows(2) {
            let (mut some, mut hits) = (Lines { end: pair[1], ..Lines::default() }, Hits::default());
            hits.end = pair[1];
            let data = read(&self.file, pair[0], pair[1])?;
            lines(&data, pair[0], &self.filter, &mut levels, |line| {
                some.lines += 1;
                some.errors += u32::from(line.judged.begins && line.judged.level == ERROR);
                some.warnings += u32::from(line.judged.begins && line.judged.level == WARNING);
                if self.filter.shows(line.judged.level, line.is_hit) {
                    hits.hits += u32::from(line.is_hit);
                    hits.shown += u32::from(line.judged.head.is_none() || self.filter.only_hits);
                }
            });
            blocks.push((pair[0], some, hits));
        }
        Ok(Counted { generation: self.generation, first: self.first, blocks })
    }
}

impl LogPages {
    /// `since`: microseconds before which nothing is expected, so that nothing is looked for.
    pub fn new(folder: &Path, filter: Filter, since: u64) -> LogPages {
        LogPages {
            folder: folder.to_owned(),
            file: None,
            filter: Arc::new(filter),
            generation: 0,
            blocks: vec![Block::new(0, 0)],
            placed: 0,
            end: 0,
            since,
            unfolded: HashSet::new(),
            parsed: VecDeque::new(),
        }
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Where the file ended when it was last looked at.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Look how long the file is now; whether it grew.
    pub fn refresh(&mut self) -> io::Result<bool> {
        if self.file.is_none() {
            match File::open(self.folder.join(FILE)) {
                Ok(file) => self.file = Some(Arc::new(file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        let Some(file) = self.file.clone() else { return Ok(false) };
        let size = file.metadata()?.len();
        if size <= self.end {
            return Ok(false);
        }
        self.end = size;
        self.take_places();
        if size - self.last_start() > UNPLACED {
            self.find_places(&file)?;
        }
        Ok(true)
    }

    /// Show other lines. What was counted of them is forgotten; whether lines exist at all is not.
    pub fn narrow(&mut self, level: u8, finder: Option<Regex>, only_hits: bool) {
        let before = Filter::clone(&self.filter);
        self.change(Filter { level, only_hits: only_hits && finder.is_some(), finder, ..before });
        self.blocks.iter_mut().for_each(|block| block.hits = None);
    }

    /// Look at the lines of more actions, too, none of which printed anything before `at`.
    pub fn add(&mut self, ordinals: impl IntoIterator<Item = u32>, at: u64) {
        let mut filter = Filter::clone(&self.filter);
        let Some(known) = filter.ordinals.as_mut() else { return };
        mark(known, ordinals);
        self.change(filter);
        let first = self.block_of_time(at.saturating_sub(SLACK));
        for block in &mut self.blocks[first..] {
            (block.lines, block.hits) = (None, None);
        }
    }

    /// Show the lines in the middle of the traceback that begins at `head`, or not.
    pub fn unfold(&mut self, head: u64, is_open: bool) {
        if is_open {
            self.unfolded.insert(head);
        } else {
            self.unfolded.remove(&head);
        }
    }

    /// The lines at `from` and behind it, at most `count`; at most `limit` bytes are read for them.
    pub fn after(&mut self, from: u64, count: usize, limit: u64) -> io::Result<Page> {
        let (first, last) = self.range();
        let mut page = Page { reached: from, ..Page::default() };
        let mut read = 0;
        for index in self.block_of(from).max(first)..last {
            if page.rows.len() >= count || read >= limit {
                return Ok(page);
            }
            let end = self.block_end(index);
            if self.blocks[index].shown(end).is_none_or(|hits| hits.shown > 0 || !self.unfolded.is_empty()) {
                let parsed = self.parse(index)?;
                let missing = count - page.rows.len();
                let wanted: Vec<Entry> =
                    parsed.entries.iter().filter(|each| each.offset >= from && self.is_out(each)).copied().collect();
                for entry in &wanted[..wanted.len().min(missing)] {
                    page.rows.push(self.row(&parsed, entry)?);
                }
                read += end - self.blocks[index].start;
                if wanted.len() > missing {
                    page.reached = page.rows.last().map_or(from, |row| row.offset + 1);
                    return Ok(page);
                }
            }
            page.reached = end;
        }
        page.is_end = true;
        Ok(page)
    }

    /// The last lines before `until`, at most `count`, in the order of the file.
    pub fn before(&mut self, until: u64, count: usize, limit: u64) -> io::Result<Page> {
        let (first, last) = self.range();
        let mut page = Page { reached: until, ..Page::default() };
        let mut found = Vec::new();
        let mut read = 0;
        let begin = (self.block_of(until.saturating_sub(1)) + 1).min(last);
        let mut is_full = false;
        for index in (first..begin).rev() {
            is_full = found.len() >= count || read >= limit;
            if is_full {
                break;
            }
            let (start, end) = (self.blocks[index].start, self.block_end(index));
            if self.blocks[index].shown(end).is_none_or(|hits| hits.shown > 0 || !self.unfolded.is_empty()) {
                let parsed = self.parse(index)?;
                let wanted: Vec<Entry> =
                    parsed.entries.iter().filter(|each| each.offset < until && self.is_out(each)).copied().collect();
                let missing = count - found.len();
                for entry in wanted.iter().rev().take(missing) {
                    found.push(self.row(&parsed, entry)?);
                }
                read += end - start;
                if wanted.len() > missing {
                    page.reached = found.last().map_or(until, |row| row.offset);
                    is_full = true;
                    break;
                }
            }
            page.reached = start;
        }
        found.reverse();
        page.rows = found;
        page.is_end = !is_full;
        Ok(page)
    }

    /// The next line that the finder hits, from `from` on, or before it.
    pub fn find(&mut self, from: u64, is_forward: bool, limit: u64) -> io::Result<Page> {
        let (first, last) = self.range();
        let mut page = Page { reached: from, ..Page::default() };
        let mut read = 0;
        let begin = if is_forward { self.block_of(from) } else { self.block_of(from.saturating_sub(1)) };
        let blocks: Vec<usize> = if is_forward {
            (begin.max(first)..last).collect()
        } else {
            (first..(begin + 1).min(last)).rev().collect()
        };
        for index in blocks {
            let (start, end) = (self.blocks[index].start, self.block_end(index));
            if self.blocks[index].shown(end).is_none_or(|hits| hits.hits > 0) {
                if read >= limit {
                    return Ok(page);
                }
                read += end - start;
                page.reached = if is_forward { end } else { start };
                let is_known = self.blocks[index].shown(end).is_some();
                if !is_known && !self.file.as_deref().map_or(Ok(false), |file| self.is_hit_in(file, start, end))? {
                    continue;
                }
                let parsed = self.parse(index)?;
                let is_wanted = |each: &&Entry| each.is_hit && (each.offset >= from) == is_forward;
                let hit = if is_forward {
                    parsed.entries.iter().find(is_wanted)
                } else {
                    parsed.entries.iter().rev().find(is_wanted)
                };
                if let Some(entry) = hit {
                    page.rows.push(self.row(&parsed, entry)?);
                    return Ok(page);
                }
            }
            page.reached = if is_forward { end } else { start };
        }
        page.is_end = true;
        Ok(page)
    }

    /// What to count next, from the end to the beginning; None when all is counted.
    pub fn uncounted(&self) -> Option<Count> {
        let file = self.file.clone()?;
        let (first, last) = self.range();
        let is_old = |index: usize| {
            let (block, end) = (&self.blocks[index], self.block_end(index));
            end > block.start && (block.lines.is_none_or(|lines| lines.end != end) || block.shown(end).is_none())
        };
        let newest = (first..last).rev().find(|&index| is_old(index))?;
        let mut oldest = newest;
        while oldest > first && newest - oldest + 1 < COUNTED_AT_ONCE && is_old(oldest - 1) {
            oldest -= 1;
        }
        Some(Count {
            file,
            filter: self.filter.clone(),
            generation: self.generation,
            lead: self.blocks[oldest.saturating_sub(1)].start,
            first: oldest,
            bounds: (oldest..=newest).map(|index| self.blocks[index].start).chain([self.block_end(newest)]).collect(),
        })
    }

    /// Take in what was counted.
    pub fn learn(&mut self, counted: &Counted) {
        if counted.generation != self.generation {
            return;
        }
        for (block, (start, lines, hits)) in self.blocks[counted.first..].iter_mut().zip(&counted.blocks) {
            if block.start == *start {
                (block.lines, block.hits) = (Some(*lines), Some(*hits));
            }
        }
    }

    pub fn totals(&self) -> Totals {
        let mut totals = Totals { is_whole: true, is_searched: true, ..Totals::default() };
        let (first, last) = self.range();
        for index in first..last {
            let (block, end) = (&self.blocks[index], self.block_end(index));
            if let Some(lines) = block.lines {
                totals.lines += u64::from(lines.lines);
                totals.errors += u64::from(lines.errors);
                totals.warnings += u64::from(lines.warnings);
            }
            if let Some(hits) = block.hits {
                totals.shown += u64::from(hits.shown);
                totals.hits += u64::from(hits.hits);
            }
            let is_there = end > block.start;
            totals.is_whole &= !is_there || block.lines.is_some_and(|lines| lines.end == end);
            totals.is_searched &= !is_there || block.shown(end).is_some();
        }
        totals
    }

    /// Lines that are shown from `offset` on, as far as they are counted.
    pub fn since(&mut self, offset: u64) -> io::Result<u64> {
        let (first, last) = self.range();
        let index = self.block_of(offset).max(first);
        if index >= last {
            return Ok(0);
        }
        let parsed = self.parse(index)?;
        let here = parsed.entries.iter().filter(|each| each.offset >= offset && self.is_out(each)).count() as u64;
        let later = self.blocks[index + 1..last].iter();
        Ok(here + later.filter_map(|block| block.hits).map(|hits| u64::from(hits.shown)).sum::<u64>())
    }

    /// How much of what is shown stands before `offset`, from 0 to 1. Blocks that are not counted are guessed.
    pub fn fraction(&self, offset: u64) -> f64 {
        let weights = self.weights();
        let (first, _) = self.range();
        let all: f64 = weights.iter().sum();
        if all <= 0.0 {
            return 0.0;
        }
        let index = self.block_of(offset);
        let before: f64 = weights.iter().take(index.saturating_sub(first)).sum();
        let start = self.blocks[index].start;
        let size = (self.block_end(index) - start).max(1) as f64;
        let part = index.checked_sub(first).and_then(|at| weights.get(at)).copied().unwrap_or(0.0);
        ((before + part * (offset.saturating_sub(start) as f64 / size)) / all).clamp(0.0, 1.0)
    }

    /// Where about that much of what is shown stands before.
    pub fn at_fraction(&self, fraction: f64) -> u64 {
        let weights = self.weights();
        let (first, last) = self.range();
        let mut missing = weights.iter().sum::<f64>() * fraction.clamp(0.0, 1.0);
        for (index, weight) in (first..last).zip(&weights) {
            if missing <= *weight && *weight > 0.0 {
                let size = (self.block_end(index) - self.blocks[index].start) as f64;
                return self.blocks[index].start + (size * missing / weight) as u64;
            }
            missing -= weight;
        }
        self.end
    }

    /// For each of some moments, in order of time, where it stands between the lines.
    pub fn places_of(&self, moments: &[Moment]) -> io::Result<Vec<u64>> {
        let mut places = Vec::with_capacity(moments.len());
        let mut known: VecDeque<(usize, Vec<Printed>)> = VecDeque::new();
        let Some(file) = &self.file else { return Ok(vec![0; moments.len()]) };
        for moment in moments {
            let first = self.block_of_time(moment.at);
            known.retain(|(index, _)| *index >= first);
            let (mut place, mut behind) = (None, None);
            for index in first..self.blocks.len() {
                if index > first && self.blocks[index].at > moment.until && place.is_some() {
                    break;
                }
                if known.get(index - first).is_none() {
                    let start = self.blocks[index].start;
                    known.push_back((index, printed(&read(file, start, self.block_end(index))?, start)));
                }
                for line in &known[index - first].1 {
                    if line.at >= moment.at {
                        place = place.or(Some(line.offset));
                        if line.at > moment.until {
                            break;
                        }
                        if line.ordinal == moment.ordinal {
                            behind = Some(line.end);
                        }
                    }
                }
            }
            places.push(behind.or(place).unwrap_or(self.end));
        }
        Ok(places)
    }

    fn change(&mut self, filter: Filter) {
        self.filter = Arc::new(filter);
        self.generation += 1;
        self.parsed.clear();
    }

    fn is_hit_in(&self, file: &File, start: u64, end: u64) -> io::Result<bool> {
        Ok(is_hit_anywhere(&read(file, start, end)?, &self.filter))
    }

    fn is_out(&self, entry: &Entry) -> bool {
        self.filter.only_hits || entry.judged.head.is_none_or(|head| self.unfolded.contains(&head))
    }

    fn row(&mut self, parsed: &Parsed, entry: &Entry) -> io::Result<Row> {
        let begin = entry.begin as usize;
        let text = parsed.data[begin..begin + entry.length as usize].to_vec();
        let inside = if entry.judged.level == ERROR && entry.judged.head.is_none() && !self.filter.only_hits {
            self.inside(parsed, entry.offset)?
        } else {
            0
        };
        Ok(Row {
            offset: entry.offset,
            ordinal: entry.ordinal,
            stream: entry.stream,
            at: entry.at,
            level: entry.judged.level,
            head: entry.judged.head,
            inside,
            is_hit: entry.is_hit,
            text,
        })
    }

    /// Lines in the middle of a traceback, also those in the next block.
    fn inside(&mut self, parsed: &Parsed, head: u64) -> io::Result<u32> {
        let count = |parsed: &Parsed| parsed.entries.iter().filter(|each| each.judged.head == Some(head)).count();
        let here = count(parsed);
        let near_end = parsed.end - head < 64 * 1024;
        let next = self.block_of(parsed.end);
        if !near_end || next >= self.range().1 || self.blocks[next].start != parsed.end {
            return Ok(here as u32);
        }
        let next = self.parse(next)?;
        Ok((here + count(&next)) as u32)
    }

    fn last_start(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.start)
    }

    fn block_end(&self, index: usize) -> u64 {
        self.blocks.get(index + 1).map_or(self.end, |next| next.start)
    }

    fn block_of(&self, offset: u64) -> usize {
        self.blocks.partition_point(|block| block.start <= offset).saturating_sub(1)
    }

    fn block_of_time(&self, at: u64) -> usize {
        self.blocks.partition_point(|block| block.at < at).saturating_sub(1)
    }

    /// The blocks in which lines may be: the first, and the one behind the last.
    fn range(&self) -> (usize, usize) {
        let since = self.since.max(self.filter.after.unwrap_or(0)).saturating_sub(SLACK);
        let last = match self.filter.until {
            Some(until) => self.blocks.partition_point(|block| block.at <= until.saturating_add(SLACK)),
            None => self.blocks.len(),
        };
        (self.block_of_time(since), last.max(1))
    }

    /// For every block in range how many lines it shows, guessed where it is not counted.
    fn weights(&self) -> Vec<f64> {
        let (first, last) = self.range();
        let (mut lines, mut bytes) = (0.0, 0.0);
        for index in first..last {
            if let Some(hits) = self.blocks[index].hits {
                lines += f64::from(hits.shown);
                bytes += (hits.end - self.blocks[index].start) as f64;
            }
        }
        let dense = if bytes > 0.0 { lines / bytes } else { 1.0 };
        let size = |index: usize| (self.block_end(index) - self.blocks[index].start) as f64;
        (first..last)
            .map(|index| self.blocks[index].hits.map_or(size(index) * dense, |hits| f64::from(hits.shown)))
            .collect()
    }

    fn parse(&mut self, index: usize) -> io::Result<Arc<Parsed>> {
        let (start, end) = (self.blocks[index].start, self.block_end(index));
        if let Some(known) = self.parsed.iter().find(|each| each.start == start && each.end == end) {
            return Ok(known.clone());
        }
        let mut parsed = Parsed { start, end, data: Vec::new(), entries: Vec::new() };
        if let Some(file) = &self.file {
            let mut levels = Levels::default();
            if index > 0 {
                let lead = self.blocks[index - 1].start;
                levels = levels_before(file, lead, start, &self.filter)?;
            }
            parsed.data = read(file, start, end)?;
            lines(&parsed.data, start, &self.filter, &mut levels, |entry| {
                if self.filter.shows(entry.judged.level, entry.is_hit) {
                    parsed.entries.push(entry);
                }
            });
        }
        let parsed = Arc::new(parsed);
        self.parsed.retain(|each| each.start != start);
        self.parsed.truncate(KEPT - 1);
        self.parsed.push_front(parsed.clone());
        Ok(parsed)
    }

    /// Take in the places that the writer left since the last time.
    fn take_places(&mut self) {
        let Ok(file) = File::open(self.folder.join(PLACES)) else { return };
        let size = file.metadata().map_or(0, |metadata| metadata.len()) / 16 * 16;
        let Ok(data) = read(&file, self.placed, size) else { return };
        self.placed = self.placed.max(size);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        for pair in data.chunks_exact(16) {
            let (offset, at) = (number(&pair[..8]), number(&pair[8..]));
            if offset > self.last_start() && offset < self.end {
                self.blocks.push(Block::new(offset, at));
            }
        }
    }

    /// Find places oneself, where the writer's are lost.
    fn find_places(&mut self, file: &File) -> io::Result<()> {
        let mut begin = self.last_start();
        let mut wide = STRIDE;
        while begin < self.end {
            let data = read(file, begin, (begin + wide).min(self.end))?;
            let mut take = Take::new(&data);
            let mut used = 0;
            while let Some((_, _, at, _)) = frame(&mut take) {
                let offset = begin + used;
                if offset - self.last_start() >= STRIDE {
                    self.blocks.push(Block::new(offset, at));
                }
                used = (data.len() - take.rest.len()) as u64;
            }
            if used == 0 && begin + wide >= self.end {
                break; // a torn end
            }
            wide = if used == 0 { wide * 2 } else { STRIDE };
            begin += used;
        }
        Ok(())
    }
}

/// Mark ordinals as wanted.
pub fn mark(known: &mut Vec<bool>, ordinals: impl IntoIterator<Item = u32>) {
    for ordinal in ordinals {
        let place = ordinal as usize;
        if known.len() <= place {
            known.resize(place + 1, false);
        }
        known[place] = true;
    }
}

fn read(file: &File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut data = vec![0; end.saturating_sub(start) as usize];
    let mut filled = 0;
    while filled < data.len() {
        match file.read_at(&mut data[filled..], start + filled as u64) {
            Ok(0) => break, // somebody cut it short
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    data.truncate(filled);
    Ok(data)
}

struct Printed {
    offset: u64,
    end: u64,
    at: u64,
    ordinal: u32,
}

/// Whose the lines of a block are, and when they were printed.
fn printed(data: &[u8], begin: u64) -> Vec<Printed> {
    let mut take = Take::new(data);
    let (mut known, mut offset) = (Vec::new(), begin);
    while let Some((ordinal, _, at, _)) = frame(&mut take) {
        let end = begin + (data.len() - take.rest.len()) as u64;
        known.push(Printed { offset, end, at, ordinal });
        offset = end;
    }
    known
}

/// What each action is in the middle of where a block begins, told from the end of the block before.
fn levels_before(file: &File, lead: u64, begin: u64, filter: &Filter) -> io::Result<Levels> {
    let mut levels = Levels::default();
    let data = read(file, lead, begin)?;
    let mut take = Take::new(&data);
    let mut offset = lead;
    while let Some((ordinal, stream, at, text)) = frame(&mut take) {
        if begin - offset < LEAD && filter.looks_at(ordinal, at) {
            levels.judge((ordinal, stream as u8), offset, &plain(text));
        }
        offset = lead + (data.len() - take.rest.len()) as u64;
    }
    Ok(levels)
}

/// Whether any line is hit: a tenth of the work of reading all there is to know of them.
fn is_hit_anywhere(data: &[u8], filter: &Filter) -> bool {
    let Some(finder) = &filter.finder else { return false };
    let mut take = Take::new(data);
    while let Some((ordinal, _, at, text)) = frame(&mut take) {
        if filter.looks_at(ordinal, at) && finder.is_match(&plain(text)) {
            return true;
        }
    }
    false
}

/// Hand out every whole line that the filter looks at.
fn lines(data: &[u8], begin: u64, filter: &Filter, levels: &mut Levels, mut each: impl FnMut(Entry)) {
    let mut take = Take::new(data);
    let mut used = 0;
    while let Some((ordinal, stream, at, text)) = frame(&mut take) {
        let offset = begin + used as u64;
        used = data.len() - take.rest.len();
        if !filter.looks_at(ordinal, at) {
            continue;
        }
        let shown = plain(text);
        let judged = levels.judge((ordinal, stream as u8), offset, &shown);
        let is_hit = filter.finder.as_ref().is_some_and(|finder| finder.is_match(&shown));
        let (begin, length) = ((used - text.len()) as u32, text.len() as u32);
        each(Entry { offset, ordinal, stream, at, judged, is_hit, begin, length });
    }
}

#[cfg(test)]
mod tests {
    use super::super::logs::{Line, LogFile};
    use super::*;

    const ALL: usize = usize::MAX;
    const FAR: u64 = u64::MAX;

    fn written(folder: &Path, texts: impl IntoIterator<Item = (u32, String)>) -> LogFile {
        let mut log = LogFile::create(folder).unwrap();
        for (count, (ordinal, text)) in texts.into_iter().enumerate() {
            let at = count as u64 * 1000;
            log.append(&Line { ordinal, stream: Stream::Stderr, at, text: text.into_bytes() });
            if count % 100 == 99 {
                log.flush().unwrap();
            }
        }
        log.flush().unwrap();
        log
    }

    /// 6,000 lines of 200 bytes and more: several blocks.
    fn long() -> impl Iterator<Item = (u32, String)> {
        (0..6000).map(|count| (count % 3, format!("line {count} {}", "x".repeat(200))))
    }

    fn opened(folder: &Path, filter: Filter) -> LogPages {
        let mut pages = LogPages::new(folder, filter, 0);
        pages.refresh().unwrap();
        pages
    }

    fn of(ordinals: &[u32]) -> Filter {
        let mut known = Vec::new();
        mark(&mut known, ordinals.iter().copied());
        Filter { ordinals: Some(known), ..Filter::default() }
    }

    fn count(pages: &mut LogPages) -> usize {
        let mut steps = 0;
        while let Some(more) = pages.uncounted() {
            pages.learn(&more.run().unwrap());
            steps += 1;
        }
        steps
    }

    fn words(page: &Page) -> Vec<String> {
        page.rows
            .iter()
            .map(|row| String::from_utf8_lossy(&row.text).split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn pages_forwards_and_backwards_hold_every_line_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long());
        let mut pages = opened(folder.path(), of(&[1]));
        let expected: Vec<String> =
            (0..6000).filter(|count| count % 3 == 1).map(|count| format!("line {count}")).collect();
        for is_counted in [false, true] {
            let (mut found, mut at) = (Vec::new(), 0);
            loop {
                let page = pages.after(at, 7, FAR).unwrap();
                found.extend(words(&page));
                at = page.reached;
                if page.is_end {
                    break;
                }
            }
            assert!(found == expected, "{is_counted}");
            let (mut found, mut until) = (Vec::new(), pages.end());
            loop {
                let page = pages.before(until, 7, FAR).unwrap();
                found.splice(0..0, words(&page));
                until = page.reached;
                if page.is_end {
                    break;
                }
            }
            assert!(found == expected, "{is_counted}");
            assert!(count(&mut pages) == 0 || !is_counted);
        }
    }

    #[test]
    fn little_is_read_for_the_last_lines_and_a_limit_says_where_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long().map(|(_, text)| (u32::from(text.starts_with("line 10 ")), text)));
        let mut pages = opened(folder.path(), of(&[1]));
        let page = pages.before(pages.end(), 5, 1).unwrap();
        assert!(page.rows.is_empty() && !page.is_end && page.reached < pages.end());
        count(&mut pages); // now it is known which block has it
        assert_eq!(words(&pages.before(pages.end(), 5, 1).unwrap()), ["line 10"]);
        assert_eq!(pages.totals().shown, 1);
    }

    #[test]
    fn counts_grow_with_the_file_and_only_what_is_new_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = written(folder.path(), long());
        let mut pages = opened(folder.path(), Filter::default());
        assert!(!pages.totals().is_whole);
        assert!(count(&mut pages) >= 1);
        assert_eq!((pages.totals().lines, pages.totals().is_whole), (6000, true));
        let seen = pages.end();
        for count in 0..2500 {
            let text = format!("WARN {count} {}", "y".repeat(300)).into_bytes();
            log.append(&Line { ordinal: 9, stream: Stream::Stdout, at: 9_000_000, text });
            if count % 500 == 499 {
                log.flush().unwrap();
                assert!(pages.refresh().unwrap());
                super::tests::count(&mut pages);
            }
        }
        let totals = pages.totals();
        assert_eq!((totals.lines, totals.warnings, totals.shown), (8500, 2500, 8500));
        assert_eq!(pages.since(seen).unwrap(), 2500);
    }

    #[test]
    fn hits_are_found_both_ways_counted_and_kept_alone() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long());
        let mut pages = opened(folder.path(), Filter::default());
        pages.narrow(DEBUG, Some(finder("LINE 59", false, true).unwrap()), false);
        let first = pages.find(0, true, FAR).unwrap();
        assert_eq!(words(&first), ["line 59"]);
        let next = pages.find(first.rows[0].offset + 1, true, FAR).unwrap();
        assert_eq!(words(&next), ["line 590"]);
        assert_eq!(pages.find(next.rows[0].offset, false, FAR).unwrap().rows, first.rows);
        assert!(pages.find(first.rows[0].offset, false, FAR).unwrap().is_end);
        count(&mut pages);
        assert_eq!((pages.totals().hits, pages.totals().shown), (111, 6000));
        pages.narrow(DEBUG, Some(finder(r"line 59\d? ", true, false).unwrap()), true);
        count(&mut pages);
        assert_eq!((pages.totals().hits, pages.totals().shown, pages.totals().lines), (11, 11, 6000));
        assert_eq!(pages.after(0, ALL, FAR).unwrap().rows.len(), 11);
    }

    #[test]
    fn a_hit_in_a_coloured_line_is_a_hit() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), [(0, "los\x1b[1ms=0.5\x1b[0m".to_owned())]);
        let mut pages = opened(folder.path(), Filter::default());
        pages.narrow(DEBUG, Some(finder("loss=0", false, false).unwrap()), false);
        assert!(pages.after(0, ALL, FAR).unwrap().rows[0].is_hit);
    }

    #[test]
    fn the_middle_of_a_traceback_is_folded_and_unfolds() {
        let folder = tempfile::tempdir().unwrap();
        let lines = ["before", "Traceback (most recent call last):", "  File", "    x()", "ValueError: x", "behind"];
        written(folder.path(), lines.map(|text| (0, text.to_owned())));
        let mut pages = opened(folder.path(), Filter::default());
        let page = pages.after(0, ALL, FAR).unwrap();
        assert_eq!(words(&page), ["before", "Traceback (most", "ValueError: x", "behind"]);
        assert_eq!(page.rows[1].inside, 2);
        pages.unfold(page.rows[1].offset, true);
        assert_eq!(pages.after(0, ALL, FAR).unwrap().rows.len(), 6);
        pages.unfold(page.rows[1].offset, false);
        assert_eq!(pages.before(FAR, ALL, FAR).unwrap().rows, page.rows);
        count(&mut pages);
        assert_eq!((pages.totals().errors, pages.totals().lines, pages.totals().shown), (1, 6, 4));
        pages.narrow(ERROR, None, false);
        assert_eq!(pages.after(0, ALL, FAR).unwrap().rows.len(), 2);
    }

    #[test]
    fn lines_of_an_attempt_are_those_between_its_start_and_the_next() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long());
        let filter = Filter { after: Some(100_000), until: Some(103_000), ..Filter::default() };
        let mut pages = opened(folder.path(), filter);
        assert_eq!(words(&pages.after(0, ALL, FAR).unwrap()), ["line 101", "line 102", "line 103"]);
    }

    #[test]
    fn actions_that_come_later_are_looked_at_too() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long());
        let mut pages = opened(folder.path(), of(&[1]));
        count(&mut pages);
        pages.add([2], 0);
        count(&mut pages);
        assert_eq!(pages.totals().lines, 4000);
    }

    #[test]
    fn a_log_without_places_and_with_a_torn_end_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), (0..30_000).map(|count| (0, format!("line {count} {}", "z".repeat(200)))));
        std::fs::remove_file(folder.path().join(PLACES)).unwrap();
        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let mut pages = opened(folder.path(), Filter::default());
        assert!(pages.blocks.len() > 10);
        count(&mut pages);
        assert_eq!(pages.totals().lines, 29_999);
        assert_eq!(words(&pages.before(FAR, 1, FAR).unwrap()), ["line 29998"]);
    }

    #[test]
    fn a_place_in_the_file_and_how_far_that_is_are_each_other() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long());
        let mut pages = opened(folder.path(), Filter::default());
        count(&mut pages);
        for part in [0.0, 0.25, 0.5, 0.99] {
            assert!((pages.fraction(pages.at_fraction(part)) - part).abs() < 0.001, "{part}");
        }
        let moment = |at: u64| Moment { at, until: at, ordinal: 9 };
        let places = pages.places_of(&[moment(0), moment(3_000_000), moment(3_001_000), moment(5_999_001)]).unwrap();
        assert_eq!(places[3], pages.end());
        let found: Vec<_> = places[..3].iter().map(|&place| words(&pages.after(place, 1, FAR).unwrap())).collect();
        assert_eq!(found, [["line 0"], ["line 3000"], ["line 3001"]]);
    }

    #[test]
    fn what_an_action_printed_before_it_failed_stands_before_that() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), long());
        let mut pages = opened(folder.path(), Filter::default());
        // lines of action 1 are the 3,001st, 3,004th, 3,007th
        let moments = [Moment { at: 2_999_500, until: 3_005_000, ordinal: 1 }];
        let place = pages.places_of(&moments).unwrap()[0];
        assert_eq!(words(&pages.after(place, 1, FAR).unwrap()), ["line 3005"]);
    }

    #[test]
    fn no_log_has_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mut pages = opened(folder.path(), Filter::default());
        let empty = Page { is_end: true, ..Page::default() };
        assert_eq!(
            (pages.after(0, ALL, FAR).unwrap(), pages.before(0, ALL, FAR).unwrap()),
            (empty, Page { is_end: true, ..Page::default() })
        );
        assert!(pages.totals().is_whole && pages.uncounted().is_none());
        assert_eq!((pages.fraction(0), pages.at_fraction(0.5)), (0.0, 0));
    }
}
