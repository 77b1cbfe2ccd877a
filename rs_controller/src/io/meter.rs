//! Watches how much memory attempts with a limit have, and only those: what is resident in a worker and in every process
//! it started. It decides nothing; whoever asks hears who is beyond their limit.

use std::collections::HashMap;

use super::open::now;
use crate::engine::model::{ActionId, Micros, WorkerId};

/// Between two looks. A process that fills memory at 4 GB/s has 60 MB more by the next one; a look costs about 20 us.
pub const INTERVAL: Micros = 15_000;

struct Watched {
    action: ActionId,
    process: u32,
    limit: u64,
}

/// Who is watched.
#[derive(Default)]
pub struct Meter {
    watched: HashMap<WorkerId, Watched>,
}

impl Meter {
    /// True when nobody was watched before: the looks begin.
    pub fn watch(&mut self, worker: WorkerId, action: ActionId, process: u32, limit: u64) -> bool {
        let is_first = self.watched.is_empty();
        self.watched.insert(worker, Watched { action, process, limit });
        is_first
    }

    pub fn forget(&mut self, worker: WorkerId) {
        self.watched.remove(&worker);
    }

    pub fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// Those beyond their limits, with the bytes they have. `is_alone`: whether a worker has that action and no other.
    pub fn look(&self, is_alone: impl Fn(WorkerId, ActionId) -> bool) -> Vec<(WorkerId, ActionId, u64)> {
        let beyond = |(&worker, watched): (&WorkerId, &Watched)| {
            let bytes = resident_with_children(watched.process);
            (bytes > watched.limit && is_alone(worker, watched.action)).then_some((worker, watched.action, bytes))
        };
        self.watched.iter().filter_map(beyond).collect()
    }

    pub fn next_look(&self) -> Micros {
        now() + INTERVAL
    }
}

/// Bytes resident in a process and its descendants; pages they share count in each.
fn resident_with_children(process: u32) -> u64 {
    let (mut bytes, mut open) = (0, vec![process]);
    while let Some(process) = open.pop() {
        bytes += resident(process);
        children_of(process, &mut open);
    }
    bytes
}

fn resident(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    pages * page_size()
}

fn page_size() -> u64 {
    // SAFETY: asks for a constant.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Any thread may have started them.
fn children_of(process: u32, found: &mut Vec<u32>) {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return };
    for thread in threads.flatten() {
        let text = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        found.extend(text.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_a_process_and_its_children_have_counts() {
        let own = resident(std::process::id());
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat");
        let all = resident_with_children(std::process::id());
        let childs = resident(child.id());
        drop(child.stdin.take());
        child.wait().expect("cat ends");
        assert!(own > 0 && childs > 0 && all > own.min(childs));
        assert_eq!(resident(child.id()), 0);
    }

    #[test]
    fn only_who_is_alone_and_beyond_the_limit_is_named() {
        let mut meter = Meter::default();
        assert!(meter.watch(1, 7, std::process::id(), 1));
        assert!(!meter.watch(2, 8, std::process::id(), u64::MAX));
        let named: Vec<_> = meter.look(|_, _| true).into_iter().map(|(worker, action, _)| (worker, action)).collect();
        assert_eq!(named, [(1, 7)]);
        assert!(meter.look(|_, _| false).is_empty());
        meter.forget(1);
        assert!(meter.look(|_, _| true).is_empty() && !meter.is_idle());
    }
}
