//! The cache, as the engine's thread uses it: opened when the first cached task comes, read in batches, written after
//! the journal. Trouble with it is told once, and the run goes on.

use std::sync::Arc;

use super::Runner;
use crate::engine::model::{CacheAnswer, Effect, Event, RunId, TaskId};
use crate::io::cache::{Cache, CachedTask, Kept, Question};

/// Whether there is a cache.
#[derive(Default)]
pub enum Caching {
    #[default]
    Unopened,
    Open(Box<Cache>),
    Broken,
}

impl Runner {
    /// Answer what was asked since the last time.
    pub(super) fn ask_cache(&mut self) {
        if self.questions.is_empty() {
            return;
        }
        let mut asked = std::mem::take(&mut self.questions);
        let answers = self.answers_to(&asked).unwrap_or_else(|| vec![CacheAnswer::Miss; asked.len()]);
        for (effect, answer) in asked.drain(..).zip(answers) {
            if let Effect::LookUp { action, .. } = effect {
                self.handle(Event::CacheAnswered { action, answer });
            }
        }
        self.questions = asked;
    }

    fn answers_to(&mut self, asked: &[Effect]) -> Option<Vec<CacheAnswer>> {
        let Some(Effect::LookUp { run: first, .. }) = asked.first() else { return None };
        let mut cache = self.take_cache(*first)?;
        let questions: Vec<Question<'_>> = asked.iter().filter_map(|effect| self.question_of(effect)).collect();
        let answers = cache.look_up(&questions);
        drop(questions);
        self.put_back(cache, *first, answers)
    }

    fn question_of(&self, effect: &Effect) -> Option<Question<'_>> {
        let Effect::LookUp { run, ordinal, key, not_before, serialize, .. } = effect else { return None };
        let run = self.runs.get(run).map_or("", |open| open.header.name.as_str());
        Some(Question { key: *key, run, ordinal: *ordinal, not_before: *not_before, serialize: *serialize })
    }

    /// What becomes of the cache after some work with it.
    fn put_back<T>(
        &mut self,
        cache: Box<Cache>,
        run: RunId,
        worked: Result<T, crate::io::journal::JournalError>,
    ) -> Option<T> {
        match worked {
            Ok(done) => {
                self.cache = Caching::Open(cache);
                Some(done)
            }
            Err(error) => {
                self.tell_broken(run, &error.to_string());
                None
            }
        }
    }

    fn take_cache(&mut self, run: RunId) -> Option<Box<Cache>> {
        match std::mem::replace(&mut self.cache, Caching::Broken) {
            Caching::Open(cache) => Some(cache),
            Caching::Broken => None,
            Caching::Unopened => match Cache::open(&self.settings.home) {
                Ok(cache) => Some(Box::new(cache)),
                Err(error) => {
                    self.tell_broken(run, &error.to_string());
                    None
                }
            },
        }
    }

    fn tell_broken(&self, run: RunId, why: &str) {
        if let Some(open) = self.runs.get(&run).or_else(|| self.runs.values().next()) {
            self.notice(&open.watch, &format!("the cache cannot be used, the run goes on without it: {why}"));
        }
    }

    /// Remember a result, or that a key is free, until the journal is committed.
    pub(super) fn remember(&mut self, effect: Effect) {
        let (Effect::Keep { run, .. } | Effect::GiveBack { run, .. }) = &effect else { return };
        let run = *run;
        let Some(name) = self.runs.get(&run).map(|open| Arc::from(open.header.name.as_str())) else { return };
        let Some(mut cache) = self.take_cache(run) else { return };
        match effect {
            Effect::Keep { ordinal, task, key, inputs, outputs, .. } => {
                let task = self.cached_task(task);
                cache.keep(Kept { key, task, run: name, ordinal, inputs, outputs, created: self.now });
            }
            Effect::GiveBack { ordinal, key, .. } => cache.give_back(key, name, ordinal),
            _ => {}
        }
        self.cache = Caching::Open(cache);
    }

    fn cached_task(&mut self, task: TaskId) -> Arc<CachedTask> {
        let spec = self.engine.task(task);
        let described = || CachedTask {
            name: spec.name.clone(),
            version: spec.cache.as_ref().map_or_else(String::new, |rules| rules.version.clone()),
            details: spec.details.clone(),
        };
        self.cached_tasks.entry(task).or_insert_with(|| Arc::new(described())).clone()
    }

    /// Write what was remembered: the journals have it.
    pub(super) fn flush_cache(&mut self) {
        if !matches!(&self.cache, Caching::Open(cache) if cache.has_pending()) {
            return;
        }
        let run = self.runs.keys().next().copied().unwrap_or_default();
        if let Some(mut cache) = self.take_cache(run) {
            let written = cache.flush();
            self.put_back(cache, run, written);
        }
    }
}
