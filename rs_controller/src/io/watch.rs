//! What the driver's own thread sees of a run while it waits: the tree, lines worth printing, the end.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::protocol::Stream;
use crate::engine::memory::spell_size;
use crate::engine::record::{Bytes, Failure, Record, RunPhase};
use crate::engine::tree::Tree;

/// Beyond this many unread lines the oldest are dropped: the log file has them all.
const MOST_UNREAD: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsKind {
    Log(Stream),
    /// `delay` microseconds until attempt `attempt` (1-based).
    Retry {
        attempt: u32,
        delay: u64,
    },
    Failed,
    Lost,
    /// It ran out of memory, and starts again with more.
    Climbed,
    Notice,
    /// A condition waits for its answer.
    Paused,
}

/// Something worth a line. `at` counts microseconds since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub kind: NewsKind,
    pub at: u64,
    pub ordinal: u32,
    pub text: Vec<u8>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub phase: RunPhase,
    pub outcome: Result<Bytes, Arc<Failure>>,
}

#[derive(Default)]
pub struct Seen {
    pub tree: Tree,
    pub news: VecDeque<News>,
    pub ended: Option<Ended>,
    /// Grows with every change.
    pub version: u64,
}

/// Shared between the engine's thread and whoever waits for a run.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Watch {
    pub fn lock(&self) -> MutexGuard<'_, Seen> {
        // A panic while it was held is a bug reported elsewhere; what was seen stays readable.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Change what is seen and wake whoever waits.
    pub fn update(&self, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.lock();
        change(&mut seen);
        while seen.news.len() > MOST_UNREAD {
            seen.news.pop_front();
        }
        seen.version += 1;
        let ended = seen.ended.is_some();
        drop(seen);
        if ended {
            self.changed.notify_all();
        }
    }

    /// Wait for the end, at most `patience`; true when the run is over.
    pub fn wait(&self, patience: Duration) -> bool {
        let seen = self.lock();
        let waited = self.changed.wait_timeout_while(seen, patience, |seen| seen.ended.is_none());
        waited.map_or(true, |(seen, _)| seen.ended.is_some())
    }
}

impl Seen {
    /// Fold committed records in, and note those worth a line.
    pub fn apply(&mut self, records: &[Record]) {
        for record in records {
            self.tree.apply(record);
            if let Some(news) = self.news_of(record) {
                self.news.push_back(news);
            }
        }
    }

    fn news_of(&self, record: &Record) -> Option<News> {
        let (kind, ordinal, at, text) = match record {
            Record::Failed { ordinal, at, delay, failure } => {
                let attempt = self.tree.nodes.get(*ordinal as usize).map_or(1, |node| node.attempts) + 1;
                let kind = delay.map_or(NewsKind::Failed, |delay| NewsKind::Retry { attempt, delay });
                (kind, ordinal, at, format!("{}: {}", failure.class, failure.message))
            }
            Record::Notice { at, text } => (NewsKind::Notice, &0, at, text.clone()),
            Record::Lost { ordinal, at, reason } => (NewsKind::Lost, ordinal, at, reason.clone()),
            Record::Started { ordinal, at, .. } if self.tree.is_condition(*ordinal) => {
                (NewsKind::Paused, ordinal, at, self.tree.short_name(*ordinal).to_owned())
            }
            Record::Climbed { ordinal, at, limit, reason } => {
                (NewsKind::Climbed, ordinal, at, format!("{reason}; again with {}", spell_size(*limit)))
            }
            _ => return None,
        };
        Some(News { kind, at: *at, ordinal: *ordinal, text: text.into_bytes() })
    }
}
