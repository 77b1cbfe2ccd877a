//! Watches how much memory attempts with a limit take, and only those: what their worker and every process it started
//! have more than when the attempt began. It decides nothing; whoever asks hears who is beyond their limit.

use std::collections::HashMap;

use crate::engine::model::{ActionId, Micros, WorkerId};

/// Between two looks. A process that fills memory at 4 GB/s has 60 MB more by the next one; a look costs about 20 us.
pub const INTERVAL: Micros = 15_000;

struct Watched {
    action: ActionId,
    process: u32,
    limit: u64,
    /// What the process had before: imports, and what earlier actions left there.
    before: u64,
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
        self.watched.insert(worker, Watched { action, process, limit, before: held_with_children(process) });
        is_first
    }

    pub fn forget(&mut self, worker: WorkerId) {
        self.watched.remove(&worker);
    }

    pub fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// Those beyond their limits, with the bytes they took. `is_alone`: whether a worker has that action and no other.
    pub fn look(&self, is_alone: impl Fn(WorkerId, ActionId) -> bool) -> Vec<(WorkerId, ActionId, u64)> {
        let beyond = |(&worker, watched): (&WorkerId, &Watched)| {
            let bytes = held_with_children(watched.process).saturating_sub(watched.before);
            (bytes > watched.limit && is_alone(worker, watched.action)).then_some((worker, watched.action, bytes))
        };
        self.watched.iter().filter_map(beyond).collect()
    }
}

/// Bytes that a process and its descendants hold; pages they share count in each.
fn held_with_children(process: u32) -> u64 {
    let (mut bytes, mut open) = (0, vec![process]);
    while let Some(process) = open.pop() {
        bytes += held(process);
        children_of(process, &mut open);
    }
    bytes
}

/// Resident and not backed by files: libraries and mapped data can be dropped any time, and no container counts them.
fn held(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let mut pages = text.split_whitespace().skip(1).map(|word| word.parse::<u64>().unwrap_or(0));
    let (resident, of_files) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    resident.saturating_sub(of_files) * page_size()
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
    fn what_a_process_and_its_children_hold_counts() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat");
        let mut found = Vec::new();
        children_of(std::process::id(), &mut found);
        assert!(found.contains(&child.id()));
        assert!(held(std::process::id()) > 0 && held(child.id()) > 0);
        drop(child.stdin.take());
        child.wait().expect("cat ends");
        assert_eq!(held_with_children(child.id()), 0);
    }

    #[test]
    fn only_who_is_alone_and_beyond_the_limit_is_named() {
        let mut meter = Meter::default();
        let own = std::process::id();
        assert!(meter.watch(1, 7, own, 32 << 20));
        assert!(!meter.watch(2, 8, own, u64::MAX));
        let named = |meter: &Meter, is_alone: bool| {
            meter.look(|_, _| is_alone).into_iter().map(|(worker, action, _)| (worker, action)).collect::<Vec<_>>()
        };
        let taken = std::hint::black_box(vec![1u8; 64 << 20]);
        assert_eq!(named(&meter, true), [(1, 7)]);
        assert!(named(&meter, false).is_empty());
        meter.forget(1);
        assert!(named(&meter, true).is_empty() && !meter.is_idle());
        drop(taken);
    }
}
