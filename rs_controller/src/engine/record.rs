//! What the journal holds: one record per thing that happened, in order. The format is documented in docs/journal.md.
//! Records say what happened, never what to do.

use std::sync::Arc;

use super::codec::{Malformed, Put, Take};

pub use crate::wire::naming::Digest;

/// Bytes that several owners share: inputs and outputs.
pub type Bytes = Arc<[u8]>;

/// Version of the record format; readers refuse newer ones.
pub const FORMAT: u64 = 3;

/// Who is to blame for an error, as on the wire (`ExecutionError.ErrorKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unknown,
    User,
    System,
}

impl Kind {
    pub fn of(number: u8) -> Kind {
        match number {
            1 => Kind::User,
            2 => Kind::System,
            _ => Kind::Unknown,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Kind::Unknown => "unknown",
            Kind::User => "user",
            Kind::System => "system",
        }
    }
}

/// One line of a traceback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub file: String,
    pub line: u32,
    pub function: String,
    pub source: String,
    /// False for frames of libraries and of ours.
    pub is_user: bool,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Class name of the user's exception, or a code of wire.md 5.8.
    pub code: String,
    pub kind: Kind,
    /// False stops retries (`NonRecoverableError`).
    pub recoverable: bool,
    pub message: String,
    /// Qualified class name, for people.
    pub class: String,
    pub frames: Vec<Frame>,
    /// (class, message) of each `__cause__`.
    pub causes: Vec<(String, String)>,
    /// The pickled exception, or nothing.
    pub payload: Vec<u8>,
}

impl Failure {
    /// The class without its module, and the first line of the message.
    pub fn head(&self) -> String {
        let first = self.message.lines().next().unwrap_or_default();
        format!("{}: {first}", self.class.rsplit('.').next().unwrap_or_default())
    }

    /// An error that the engine itself found out about.
    pub fn found(kind: Kind, code: &str, message: String) -> Failure {
        Failure {
            code: code.to_owned(),
            kind,
            recoverable: true,
            message,
            class: code.to_owned(),
            frames: Vec::new(),
            causes: Vec::new(),
            payload: Vec::new(),
        }
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        out.put_text(&self.code);
        out.push(self.kind as u8);
        out.push(u8::from(self.recoverable));
        out.put_text(&self.message);
        out.put_text(&self.class);
        out.put_number(self.frames.len() as u64);
        for frame in &self.frames {
            out.put_text(&frame.file);
            out.put_number(u64::from(frame.line));
            out.put_text(&frame.function);
            out.put_text(&frame.source);
            out.push(u8::from(frame.is_user));
        }
        out.put_number(self.causes.len() as u64);
        for (class, message) in &self.causes {
            out.put_text(class);
            out.put_text(message);
        }
        out.put_bytes(&self.payload);
    }

    pub fn decode(take: &mut Take<'_>) -> Result<Failure, Malformed> {
        let code = take.owned()?;
        let kind = Kind::of(take.byte()?);
        let recoverable = take.byte()? != 0;
        let message = take.owned()?;
        let class = take.owned()?;
        let mut frames = Vec::new();
        for _ in 0..take.number()? {
            frames.push(Frame {
                file: take.owned()?,
                line: take.small()?,
                function: take.owned()?,
                source: take.owned()?,
                is_user: take.byte()? != 0,
            });
        }
        let mut causes = Vec::new();
        for _ in 0..take.number()? {
            causes.push((take.owned()?, take.owned()?));
        }
        let payload = take.bytes()?.to_vec();
        Ok(Failure { code, kind, recoverable, message, class, frames, causes, payload })
    }
}

/// Where a success came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Ran,
    Recovered,
    /// An earlier run had computed it; a `CacheHit` before it says which.
    Cached,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPhase {
    Succeeded,
    Failed,
    Aborted,
}

impl RunPhase {
    pub fn word(self) -> &'static str {
        match self {
            RunPhase::Succeeded => "succeeded",
            RunPhase::Failed => "failed",
            RunPhase::Aborted => "aborted",
        }
    }
}

/// The first record of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunHeader {
    pub name: String,
    /// `environment.function` of the root.
    pub task: String,
    /// The user's file, as given.
    pub file: String,
    /// Folder the run was started in.
    pub folder: String,
    /// Unix microseconds.
    pub started_at: u64,
    pub recovered_from: Option<String>,
    pub process: u32,
    /// The root's code: the identity part of what its name would be (wire.md 5.5). Journals of format 1 have none.
    pub identity: Option<String>,
    /// What people said about the run, its labels and the like, as a JSON object. Journals before format 3 have none.
    pub attributes: Option<String>,
}

/// What the journal says about a task, once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskHeader {
    pub name: String,
    pub short_name: String,
    pub environment: String,
    pub file: String,
    pub line: u32,
    pub max_attempts: u32,
}

/// One thing that happened. `at` counts microseconds since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    RunStarted(RunHeader),
    Task {
        task: u32,
        header: TaskHeader,
    },
    Submitted {
        ordinal: u32,
        parent: Option<u32>,
        task: u32,
        digest: Digest,
        group: Option<Arc<str>>,
        at: u64,
        inputs: Bytes,
    },
    Started {
        ordinal: u32,
        attempt: u32,
        at: u64,
    },
    Succeeded {
        ordinal: u32,
        at: u64,
        origin: Origin,
        outputs: Bytes,
    },
    /// `delay`: microseconds until the next attempt; None when there is none.
    Failed {
        ordinal: u32,
        at: u64,
        delay: Option<u64>,
        failure: Arc<Failure>,
    },
    /// Its worker died with it; it starts again without costing a retry.
    Lost {
        ordinal: u32,
        at: u64,
        reason: String,
    },
    Aborted {
        ordinal: u32,
        at: u64,
        reason: Arc<str>,
    },
    /// Asked for again after it had failed or was aborted.
    Reopened {
        ordinal: u32,
        at: u64,
    },
    RunEnded {
        at: u64,
        phase: RunPhase,
    },
    /// What an attempt used: microseconds of processor time, most bytes resident in its process.
    Spent {
        ordinal: u32,
        attempt: u32,
        cpu: u64,
        memory: u64,
    },
    /// It ran out of memory; it starts again with `limit` bytes, without costing a retry.
    Climbed {
        ordinal: u32,
        at: u64,
        limit: u64,
        reason: String,
    },
    /// Where to look at an action from outside; the last one of a name counts.
    Link {
        ordinal: u32,
        name: String,
        uri: String,
    },
    /// What people may want to know of a task, as a JSON object.
    Details {
        task: u32,
        text: String,
    },
    /// A step inside an action is over. `inputs` are empty where `TraceStarted` told them.
    Traced {
        ordinal: u32,
        parent: u32,
        task: u32,
        digest: Digest,
        group: Option<Arc<str>>,
        started: u64,
        ended: u64,
        origin: Origin,
        inputs: Bytes,
        outcome: Result<Bytes, Arc<Failure>>,
    },
    /// A step inside an action takes long.
    TraceStarted {
        ordinal: u32,
        parent: u32,
        task: u32,
        digest: Digest,
        group: Option<Arc<str>>,
        at: u64,
        inputs: Bytes,
    },
    /// Somebody answered a condition. `value` is kept while no condition of that name (`answered` 0) had asked.
    Signalled {
        name: Arc<str>,
        at: u64,
        answered: u32,
        value: Bytes,
    },
    /// Where the result that follows comes from.
    CacheHit {
        ordinal: u32,
        run: Arc<str>,
    },
    /// The task is cached, but this run was told not to use earlier results; `writes` if it replaces them.
    Unread {
        task: u32,
        writes: bool,
    },
    /// Something people should know that is nobody's failure.
    Notice {
        at: u64,
        text: String,
    },
}

impl Record {
    /// When it was recorded, for those that say so; never earlier than what came before, but for steps.
    pub fn at(&self) -> Option<u64> {
        match self {
            Record::Submitted { at, .. }
            | Record::Started { at, .. }
            | Record::Succeeded { at, .. }
            | Record::Failed { at, .. }
            | Record::Lost { at, .. }
            | Record::Aborted { at, .. }
            | Record::Reopened { at, .. }
            | Record::RunEnded { at, .. }
            | Record::Climbed { at, .. }
            | Record::TraceStarted { at, .. }
            | Record::Signalled { at, .. }
            | Record::Notice { at, .. }
            | Record::Traced { ended: at, .. } => Some(*at),
            Record::RunStarted(_)
            | Record::Task { .. }
            | Record::Details { .. }
            | Record::Spent { .. }
            | Record::Link { .. }
            | Record::CacheHit { .. }
            | Record::Unread { .. } => None,
        }
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Record::RunStarted(header) => {
                out.push(1);
                out.put_number(FORMAT);
                out.put_text(&header.name);
                out.put_text(&header.task);
                out.put_text(&header.file);
                out.put_text(&header.folder);
                out.put_number(header.started_at);
                out.put_optional_text(header.recovered_from.as_deref());
                out.put_number(u64::from(header.process));
                out.put_optional_text(header.identity.as_deref());
                out.put_optional_text(header.attributes.as_deref());
            }
            Record::Task { task, header } => {
                out.push(2);
                out.put_number(u64::from(*task));
                out.put_text(&header.name);
                out.put_text(&header.short_name);
                out.put_text(&header.environment);
                out.put_text(&header.file);
                out.put_number(u64::from(header.line));
                out.put_number(u64::from(header.max_attempts));
            }
            Record::Submitted { ordinal, parent, task, digest, group, at, inputs } => {
                out.push(3);
                out.put_number(u64::from(*ordinal));
                out.put_number(parent.map_or(0, |parent| u64::from(parent) + 1));
                out.put_number(u64::from(*task));
                out.extend_from_slice(digest);
                out.put_optional_text(group.as_deref());
                out.put_number(*at);
                out.put_bytes(inputs);
            }
            Record::Started { ordinal, attempt, at } => {
                out.push(4);
                out.put_number(u64::from(*ordinal));
                out.put_number(u64::from(*attempt));
                out.put_number(*at);
            }
            Record::Succeeded { ordinal, at, origin, outputs } => {
                out.push(5);
                out.put_number(u64::from(*ordinal));
                out.put_number(*at);
                out.push(*origin as u8);
                out.put_bytes(outputs);
            }
            Record::Failed { ordinal, at, delay, failure } => {
                out.push(6);
                out.put_number(u64::from(*ordinal));
                out.put_number(*at);
                out.put_number(delay.map_or(0, |delay| delay.saturating_add(1)));
                failure.encode(out);
            }
            Record::Lost { ordinal, at, reason } => {
                out.push(7);
                out.put_number(u64::from(*ordinal));
                out.put_number(*at);
                out.put_text(reason);
            }
            Record::Aborted { ordinal, at, reason } => {
                out.push(8);
                out.put_number(u64::from(*ordinal));
                out.put_number(*at);
                out.put_text(reason);
            }
            Record::Reopened { ordinal, at } => {
                out.push(9);
                out.put_number(u64::from(*ordinal));
                out.put_number(*at);
            }
            Record::RunEnded { at, phase } => {
                out.push(10);
                out.put_number(*at);
                out.push(*phase as u8);
            }
            Record::Link { ordinal, name, uri } => {
                out.push(17);
                out.put_number(u64::from(*ordinal));
                out.put_text(name);
                out.put_text(uri);
            }
            Record::Details { task, text } => {
                out.push(11);
                out.put_number(u64::from(*task));
                out.put_text(text);
            }
            Record::Traced { ordinal, parent, task, digest, group, started, ended, origin, inputs, outcome } => {
                out.push(13);
                put_step(out, *ordinal, *parent, *task, digest, group.as_deref());
                out.put_number(*started);
                out.put_number(*ended);
                out.push(*origin as u8);
                out.put_bytes(inputs);
                out.push(u8::from(outcome.is_ok()));
                match outcome {
                    Ok(outputs) => out.put_bytes(outputs),
                    Err(failure) => failure.encode(out),
                }
            }
            Record::TraceStarted { ordinal, parent, task, digest, group, at, inputs } => {
                out.push(14);
                put_step(out, *ordinal, *parent, *task, digest, group.as_deref());
                out.put_number(*at);
                out.put_bytes(inputs);
            }
            Record::Signalled { name, at, answered, value } => {
                out.push(15);
                out.put_text(name);
                out.put_number(*at);
                out.put_number(u64::from(*answered));
                out.put_bytes(value);
            }
            Record::CacheHit { ordinal, run } => {
                out.push(16);
                out.put_number(u64::from(*ordinal));
                out.put_text(run);
            }
            Record::Unread { task, writes } => {
                out.push(20);
                out.put_number(u64::from(*task));
                out.push(u8::from(*writes));
            }
            Record::Spent { ordinal, attempt, cpu, memory } => {
                out.push(12);
                out.put_number(u64::from(*ordinal));
                out.put_number(u64::from(*attempt));
                out.put_number(*cpu);
                out.put_number(*memory);
            }
            Record::Climbed { ordinal, at, limit, reason } => {
                out.push(19);
                out.put_number(u64::from(*ordinal));
                out.put_number(*at);
                out.put_number(*limit);
                out.put_text(reason);
            }
            Record::Notice { at, text } => {
                out.push(18);
                out.put_number(*at);
                out.put_text(text);
            }
        }
    }

    pub fn decode(take: &mut Take<'_>) -> Result<Record, Malformed> {
        Ok(match take.byte()? {
            1 => {
                let format = take.number()?;
                if format > FORMAT {
                    return Err(Malformed("journal: it was written by a newer version of flyte"));
                }
                Record::RunStarted(RunHeader {
                    name: take.owned()?,
                    task: take.owned()?,
                    file: take.owned()?,
                    folder: take.owned()?,
                    started_at: take.number()?,
                    recovered_from: take.optional_text()?.map(str::to_owned),
                    process: take.small()?,
                    identity: if format < 2 { None } else { take.optional_text()?.map(str::to_owned) },
                    attributes: if format < 3 { None } else { take.optional_text()?.map(str::to_owned) },
                })
            }
            2 => Record::Task {
                task: take.small()?,
                header: TaskHeader {
                    name: take.owned()?,
                    short_name: take.owned()?,
                    environment: take.owned()?,
                    file: take.owned()?,
                    line: take.small()?,
                    max_attempts: take.small()?,
                },
            },
            3 => Record::Submitted {
                ordinal: take.small()?,
                parent: take.small()?.checked_sub(1),
                task: take.small()?,
                digest: take.digest()?,
                group: take.optional_text()?.map(Arc::from),
                at: take.number()?,
                inputs: Arc::from(take.bytes()?),
            },
            4 => Record::Started { ordinal: take.small()?, attempt: take.small()?, at: take.number()? },
            5 => Record::Succeeded {
                ordinal: take.small()?,
                at: take.number()?,
                origin: match take.byte()? {
                    0 => Origin::Ran,
                    1 => Origin::Recovered,
                    _ => Origin::Cached,
                },
                outputs: Arc::from(take.bytes()?),
            },
            6 => Record::Failed {
                ordinal: take.small()?,
                at: take.number()?,
                delay: take.number()?.checked_sub(1),
                failure: Arc::new(Failure::decode(take)?),
            },
            7 => Record::Lost { ordinal: take.small()?, at: take.number()?, reason: take.owned()? },
            8 => Record::Aborted { ordinal: take.small()?, at: take.number()?, reason: Arc::from(take.text()?) },
            9 => Record::Reopened { ordinal: take.small()?, at: take.number()? },
            10 => Record::RunEnded {
                at: take.number()?,
                phase: match take.byte()? {
                    0 => RunPhase::Succeeded,
                    1 => RunPhase::Failed,
                    _ => RunPhase::Aborted,
                },
            },
            11 => Record::Details { task: take.small()?, text: take.owned()? },
            16 => Record::CacheHit { ordinal: take.small()?, run: Arc::from(take.text()?) },
            20 => Record::Unread { task: take.small()?, writes: take.byte()? != 0 },
            12 => Record::Spent {
                ordinal: take.small()?,
                attempt: take.small()?,
                cpu: take.number()?,
                memory: take.number()?,
            },
            19 => Record::Climbed {
                ordinal: take.small()?,
                at: take.number()?,
                limit: take.number()?,
                reason: take.owned()?,
            },
            17 => Record::Link { ordinal: take.small()?, name: take.owned()?, uri: take.owned()? },
            13 => Record::Traced {
                ordinal: take.small()?,
                parent: take.small()?,
                task: take.small()?,
                digest: take.digest()?,
                group: take.optional_text()?.map(Arc::from),
                started: take.number()?,
                ended: take.number()?,
                origin: if take.byte()? == 0 { Origin::Ran } else { Origin::Recovered },
                inputs: Arc::from(take.bytes()?),
                outcome: match take.byte()? {
                    0 => Err(Arc::new(Failure::decode(take)?)),
                    _ => Ok(Arc::from(take.bytes()?)),
                },
            },
            14 => Record::TraceStarted {
                ordinal: take.small()?,
                parent: take.small()?,
                task: take.small()?,
                digest: take.digest()?,
                group: take.optional_text()?.map(Arc::from),
                at: take.number()?,
                inputs: Arc::from(take.bytes()?),
            },
            15 => Record::Signalled {
                name: Arc::from(take.text()?),
                at: take.number()?,
                answered: take.small()?,
                value: Arc::from(take.bytes()?),
            },
            18 => Record::Notice { at: take.number()?, text: take.owned()? },
            _ => return Err(Malformed("record")),
        })
    }
}

fn put_step(out: &mut Vec<u8>, ordinal: u32, parent: u32, task: u32, digest: &Digest, group: Option<&str>) {
    out.put_number(u64::from(ordinal));
    out.put_number(u64::from(parent));
    out.put_number(u64::from(task));
    out.extend_from_slice(digest);
    out.put_optional_text(group);
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn failure() -> impl Strategy<Value = Failure> {
        (".{0,8}", 0u8..3, any::<bool>(), ".{0,12}", prop::collection::vec((".{0,6}", any::<u32>()), 0..3)).prop_map(
            |(code, kind, recoverable, message, frames)| Failure {
                class: format!("m.{code}"),
                code,
                kind: Kind::of(kind),
                recoverable,
                causes: vec![("A".into(), message.clone())],
                message,
                frames: frames
                    .into_iter()
                    .map(|(file, line)| Frame {
                        file,
                        line,
                        function: "f".into(),
                        source: String::new(),
                        is_user: true,
                    })
                    .collect(),
                payload: vec![1, 2],
            },
        )
    }

    fn record() -> impl Strategy<Value = Record> {
        let number = any::<u32>;
        prop_oneof![
            (".*", any::<u64>(), proptest::option::of(".*"), number()).prop_map(|(name, started_at, from, process)| {
                Record::RunStarted(RunHeader {
                    name,
                    started_at,
                    identity: from.clone(),
                    attributes: from.clone(),
                    recovered_from: from,
                    process,
                    ..RunHeader::default()
                })
            }),
            (number(), ".*")
                .prop_map(|(task, name)| Record::Task { task, header: TaskHeader { name, ..TaskHeader::default() } }),
            (
                number(),
                proptest::option::of(0..u32::MAX),
                any::<Digest>(),
                any::<u64>(),
                prop::collection::vec(any::<u8>(), 0..40)
            )
                .prop_map(|(ordinal, parent, digest, at, inputs)| Record::Submitted {
                    ordinal,
                    parent,
                    task: 3,
                    digest,
                    group: Some("g".into()),
                    at,
                    inputs: inputs.into(),
                }),
            (number(), number(), any::<u64>()).prop_map(|(ordinal, attempt, at)| Record::Started {
                ordinal,
                attempt,
                at
            }),
            (number(), any::<u64>(), 0..3u8).prop_map(|(ordinal, at, origin)| Record::Succeeded {
                ordinal,
                at,
                origin: [Origin::Ran, Origin::Recovered, Origin::Cached][usize::from(origin)],
                outputs: Arc::from(&b"x"[..])
            }),
            (number(), proptest::option::of(0..u64::MAX), failure()).prop_map(|(ordinal, delay, failure)| {
                Record::Failed { ordinal, at: 7, delay, failure: Arc::new(failure) }
            }),
            (number(), ".*").prop_map(|(ordinal, reason)| Record::Lost { ordinal, at: 1, reason }),
            (number(), ".*").prop_map(|(ordinal, reason)| Record::Aborted { ordinal, at: 1, reason: reason.into() }),
            number().prop_map(|ordinal| Record::Reopened { ordinal, at: 9 }),
            (number(), ".*", ".*").prop_map(|(ordinal, name, uri)| Record::Link { ordinal, name, uri }),
            any::<u64>().prop_map(|at| Record::RunEnded { at, phase: RunPhase::Aborted }),
            (number(), ".*").prop_map(|(task, text)| Record::Details { task, text }),
            (number(), any::<Digest>(), any::<u64>(), any::<bool>(), failure()).prop_map(
                |(ordinal, digest, ended, is_ok, failure)| Record::Traced {
                    ordinal,
                    parent: 1,
                    task: 2,
                    digest,
                    group: None,
                    started: 4,
                    ended,
                    origin: Origin::Recovered,
                    inputs: Arc::from(&b"in"[..]),
                    outcome: if is_ok { Ok(Arc::from(&b"out"[..])) } else { Err(Arc::new(failure)) },
                }
            ),
            (number(), any::<Digest>(), any::<u64>()).prop_map(|(ordinal, digest, at)| Record::TraceStarted {
                ordinal,
                parent: 1,
                task: 2,
                digest,
                group: Some("g".into()),
                at,
                inputs: Arc::from(&b"in"[..])
            }),
            (".*", number()).prop_map(|(name, answered)| Record::Signalled {
                name: name.into(),
                at: 5,
                answered,
                value: Arc::from(&b"yes"[..])
            }),
            (number(), ".*").prop_map(|(ordinal, run)| Record::CacheHit { ordinal, run: run.into() }),
            (number(), any::<bool>()).prop_map(|(task, writes)| Record::Unread { task, writes }),
            (number(), any::<u64>()).prop_map(|(ordinal, cpu)| Record::Spent { ordinal, attempt: 2, cpu, memory: 3 }),
            (number(), ".*").prop_map(|(ordinal, reason)| Record::Climbed { ordinal, at: 1, limit: 1 << 40, reason }),
            (any::<u64>(), ".*").prop_map(|(at, text)| Record::Notice { at, text }),
        ]
    }

    #[test]
    fn a_journal_of_an_earlier_format_is_read_without_what_it_lacks() {
        for (format, lacks) in [(1, "neither identity nor attributes"), (2, "no attributes")] {
            let header = RunHeader { name: "first".into(), process: 7, ..RunHeader::default() };
            let records = [Record::RunStarted(header), Record::RunEnded { at: 9, phase: RunPhase::Succeeded }];
            let mut data = Vec::new();
            records[0].encode(&mut data);
            assert_eq!(data[1], 3, "the format of today");
            data[1] = format;
            for _ in format..3 {
                assert_eq!(data.pop(), Some(0), "{lacks}");
            }
            records[1].encode(&mut data);
            let mut take = Take::new(&data);
            for record in records {
                assert_eq!(Record::decode(&mut take), Ok(record));
            }
        }
    }

    proptest! {
        #[test]
        fn records_decode_to_what_was_encoded(records in prop::collection::vec(record(), 0..8)) {
            let mut data = Vec::new();
            records.iter().for_each(|record| record.encode(&mut data));
            let mut take = Take::new(&data);
            for record in records {
                prop_assert_eq!(Record::decode(&mut take), Ok(record));
            }
            prop_assert!(take.is_empty());
        }

        #[test]
        fn arbitrary_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut take = Take::new(&data);
            while !take.is_empty() && Record::decode(&mut take).is_ok() {}
        }
    }
}
