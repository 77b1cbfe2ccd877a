//! A task as Python describes it to the engine: the attributes of `flyte.runtime.references.EngineFields`.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::engine::model::{
    CacheKey, CacheRules, FlowRule, Needs, RetryPolicy, RunSettings, TaskSpec, TimeLimits, Work,
};
use crate::io::recovery::{Callee, Recovery};
use crate::wire::hash::{identity, inputs_hash, key_of};

/// Key, at once, count, seconds.
type Flow = (String, u32, u32, f64);
/// CPU in thousandths, memory, memory limit, climbs, GPUs, at once, at once in the environment, flow.
type NeedsFields = (u32, u64, u64, bool, u32, u32, u32, Option<Flow>);
/// Reads the cache, writes it, actions at once, priority.
pub type Settings = (bool, bool, u32, i32);

#[derive(FromPyObject)]
pub struct TaskFields {
    name: String,
    short_name: String,
    environment: String,
    pool: String,
    is_condition: bool,
    is_async: bool,
    retries: (u32, f64, f64, f64),
    /// Seconds: runtime, queued, deadline.
    time: (f64, f64, f64),
    needs: NeedsFields,
    /// Version, serialize, seconds.
    cache: Option<(String, bool, f64)>,
    priority: i32,
    file: String,
    line: u32,
    details: String,
    reference: Vec<u8>,
    interface_hash: String,
    version: String,
    pub ignored: Vec<String>,
}

/// The attributes of `flyte.runtime.recovery.Recovery`.
#[derive(FromPyObject)]
pub struct RecoveryFields {
    from_run: String,
    rerun_anyway: Vec<String>,
    may_miss_outputs: bool,
    tasks: Vec<TaskFields>,
}

impl RecoveryFields {
    pub fn recovery(self) -> Recovery {
        let callee = |task: TaskFields| Callee { identity: task.identity(), name: task.name, ignored: task.ignored };
        Recovery {
            from: self.from_run,
            rerun_anyway: self.rerun_anyway.into_iter().collect(),
            may_miss_outputs: self.may_miss_outputs,
            tasks: self.tasks.into_iter().map(callee).collect(),
        }
    }
}

fn micros(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1e6) as u64
}

impl TaskFields {
    /// The identity part of its actions' names; of a condition that is its name (wire.md 5.5).
    pub fn identity(&self) -> String {
        if self.is_condition {
            return self.short_name.clone();
        }
        identity(&self.name, &self.interface_hash, &self.version)
    }

    /// What the keys of a cached task add to the hash of the inputs.
    pub fn cached(&self) -> Option<String> {
        let (version, _, _) = self.cache.as_ref()?;
        Some([self.name.as_str(), &self.interface_hash, version].concat())
    }

    pub fn cache_key(&self, inputs: &[u8]) -> PyResult<Option<CacheKey>> {
        self.cached().map(|rest| key_of_inputs(inputs, &self.ignored, &rest)).transpose()
    }

    pub fn spec(self) -> TaskSpec {
        let (retries, base, factor, cap) = self.retries;
        let (runtime, queued, deadline) = self.time;
        let (cpu, memory, memory_limit, climbs, gpus, at_once, environment_at_once, flow) = self.needs;
        let flow =
            flow.map(|(key, at_once, count, per)| FlowRule { key: Arc::from(key), at_once, count, per: micros(per) });
        TaskSpec {
            name: self.name,
            short_name: self.short_name,
            environment: self.environment,
            pool: self.pool,
            work: if self.is_condition { Work::Condition } else { Work::Function },
            is_async: self.is_async,
            retry: RetryPolicy { retries, base: micros(base), factor, cap: micros(cap) },
            time: TimeLimits { runtime: micros(runtime), queued: micros(queued), deadline: micros(deadline) },
            needs: Needs { cpu, memory, memory_limit, climbs, gpus, at_once, environment_at_once, flow },
            cache: self.cache.map(|(version, serialize, seconds)| CacheRules {
                version,
                serialize,
                max_age: micros(seconds),
            }),
            priority: self.priority,
            file: self.file,
            line: self.line,
            details: self.details,
            reference: self.reference,
        }
    }
}

pub fn key_of_inputs(inputs: &[u8], ignored: &[String], rest: &str) -> PyResult<CacheKey> {
    let hash = inputs_hash(inputs, ignored).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(key_of(&hash, rest))
}

pub fn run_settings((reads_cache, writes_cache, at_once, priority): Settings) -> RunSettings {
    RunSettings { reads_cache, writes_cache, at_once, priority }
}
