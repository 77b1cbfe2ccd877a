//! What this machine has, and how busy it is.

use std::sync::Arc;
use std::time::Instant;

/// Processor time so far in ticks: (idle, all), summed over the cores. None where the system does not tell.
fn ticks() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let idle = numbers.get(3)? + numbers.get(4)?;
    Some((idle, numbers.iter().take(8).sum()))
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

/// Bytes of memory that this process may use: the machine's, or those of its control group.
pub fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    let of_group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    Some(of_group.unwrap_or(u64::MAX).min(1024 * kibibytes))
}

/// How `CUDA_VISIBLE_DEVICES` names the GPUs: those that this process was given, or all that there are.
pub fn gpus() -> Vec<Arc<str>> {
    if let Ok(given) = std::env::var("CUDA_VISIBLE_DEVICES") {
        return given
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty() && *name != "-1")
            .map(Arc::from)
            .collect();
    }
    let devices = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    let mut numbers: Vec<u32> =
        devices.filter_map(|device| device.file_name().to_str()?.strip_prefix("nvidia")?.parse().ok()).collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|number| number.to_string().into()).collect()
}
