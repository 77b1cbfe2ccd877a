//! How busy this machine is.

use std::time::Instant;

/// Processor time so far in ticks: (idle, all), summed over the cores. None where the system does not tell.
fn ticks() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let idle = numbers.get(3)? + numbers.get(4)?;
    Some((idle, numbers.iter().take(8).sum()))
}

/// Bytes of memory that this machine has; all that can be counted where the system does not tell.
pub fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kibibytes = total.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or(u64::MAX, |count| count * 1024)
}

/// Measures the idle share of the machine from one moment to another.
pub struct IdleMeter {
    before: Option<(u64, u64)>,
    since: Instant,
}

impl IdleMeter {
    pub fn start() -> IdleMeter {
        IdleMeter { before: ticks(), since: Instant::now() }
    }

    /// From 0 (all cores busy) to 1. Where the system does not tell, it is taken to idle.
    pub fn idle(&self) -> f64 {
        let (Some((idle_before, all_before)), Some((idle, all))) = (self.before, ticks()) else { return 1.0 };
        let passed = all.saturating_sub(all_before);
        if passed == 0 {
            // The kernel counts in ticks of 10 ms; nothing was counted in a shorter time than that.
            return if self.since.elapsed().as_millis() < 10 { 0.0 } else { 1.0 };
        }
        idle.saturating_sub(idle_before) as f64 / passed as f64
    }
}
