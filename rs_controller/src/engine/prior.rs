//! What a recovered run finds again of the run before it, though names have changed.
//!
//! An action's name includes its parent's, so the actions below an edited task all have new names. Each action that
//! runs again is paired with the one it was then, its twin; its calls are looked up as the twin would have named them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::model::{ActionId, Map, RunId, Submission};
use super::record::{Bytes, Digest};
use super::{Engine, Known, ROOT};

/// An action of the run that is recovered, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorAction {
    pub parent: Digest,
    pub digest: Digest,
    pub task: Arc<str>,
    pub inputs: Bytes,
}

/// What can tell whether an action asks here for what it asked for in the run that is recovered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// How many of the actions are that run's own: they come first, before those of the runs that it recovered itself.
    pub own: usize,
    /// Its steps that are part of no other step.
    pub steps: Vec<PriorAction>,
    /// Its calls and steps that were over, and whose outcome does not count here.
    pub redone: HashSet<Digest>,
    /// Actions that called, directly or through others, a task whose code has changed since.
    pub edited: HashSet<Digest>,
    /// The root has the code and the inputs that it had.
    pub is_same_root: bool,
}

/// The actions before, and which of them those of this run are.
pub(super) struct Prior {
    actions: Vec<PriorAction>,
    pub before: Before,
    /// Places of an action's calls, then of its steps, by its name. Made when somebody asked for something new, and
    /// succeeded: 10 ms for 100,000 actions.
    children: Option<Map<Digest, Vec<u32>>>,
    /// Made when the first name is missing: 20 ms for 100,000 actions, which most recoveries never need.
    twins: Option<Twins>,
    /// What an action was called before, by its name now; of those called differently.
    formers: Map<Digest, Digest>,
    /// The same of calls that are about to come.
    announced: Map<Digest, Digest>,
}

/// Actions that can still be somebody's twin, in the order they were asked for.
#[derive(Default)]
struct Twins {
    names: HashSet<Digest>,
    alike: HashMap<(Digest, Arc<str>, Bytes), VecDeque<Digest>>,
    siblings: HashMap<(Digest, Arc<str>), VecDeque<Digest>>,
}

impl Twins {
    fn of(actions: &[PriorAction]) -> Twins {
        let mut twins = Twins::default();
        for action in actions {
            if twins.names.insert(action.digest) {
                let PriorAction { parent, digest, task, inputs } = action.clone();
                twins.alike.entry((parent, task.clone(), inputs)).or_default().push_back(digest);
                twins.siblings.entry((parent, task)).or_default().push_back(digest);
            }
        }
        twins
    }

    /// Pair with the action of that name, else with one of the same task and inputs, else with one of the same task.
    fn claim(&mut self, names: &[Digest], parent: Digest, task: Arc<str>, inputs: Bytes) -> Option<Digest> {
        if let Some(name) = names.iter().find(|name| self.names.remove(*name)) {
            return Some(*name);
        }
        let Twins { names, alike, siblings } = self;
        let mut first = |queue: Option<&mut VecDeque<Digest>>| {
            let queue = queue?;
            std::iter::from_fn(|| queue.pop_front()).find(|name| names.remove(name))
        };
        first(alike.get_mut(&(parent, task.clone(), inputs))).or_else(|| first(siblings.get_mut(&(parent, task))))
    }
}

impl Prior {
    /// What an action asked for in the run that is recovered; nothing when it cannot be expected to do so again.
    pub(super) fn asked_by(&mut self, name: &Digest) -> Vec<PriorAction> {
        let Prior { actions, before, children, .. } = self;
        if before.edited.contains(name) || (*name == ROOT && !before.is_same_root) {
            return Vec::new();
        }
        let own = &actions[..before.own.min(actions.len())];
        let children = children.get_or_insert_with(|| {
            let mut children: Map<Digest, Vec<u32>> = Map::default();
            for (place, each) in own.iter().chain(&before.steps).enumerate() {
                children.entry(each.parent).or_default().push(place as u32);
            }
            children
        });
        let found = children.get(name).into_iter().flatten().map(|&place| place as usize);
        found.filter_map(|place| own.get(place).or_else(|| before.steps.get(place - own.len()))).cloned().collect()
    }
}

impl Engine {
    /// The run goes on where these actions stopped.
    pub(super) fn recovers(&mut self, run: RunId, actions: Vec<PriorAction>, before: Before) {
        let (formers, announced) = (Map::default(), Map::default());
        self.priors.insert(run, Prior { actions, before, children: None, twins: None, formers, announced });
    }

    /// A call that is about to come would have had this name in the run before.
    pub(super) fn formerly(&mut self, parent: ActionId, digest: Digest, former: Digest) {
        let Some(run) = self.live.get(&parent).map(|parent| parent.run) else { return };
        let is_new = self.runs.get(&run).is_some_and(|run| !run.known.contains_key(&digest));
        if let Some(prior) = self.priors.get_mut(&run).filter(|_| is_new) {
            prior.announced.insert(digest, former);
        }
    }

    /// A call whose name is not known.
    pub(super) fn first_asked(&mut self, run_id: RunId, call: Submission) {
        let Some(prior) = self.priors.get_mut(&run_id) else { return self.begin(run_id, call, None) };
        let former = prior.announced.remove(&call.digest);
        let known = former.and_then(|former| self.runs.get(&run_id)?.known.get(&former));
        if let Some(Known::Prior(outputs)) = known {
            let outputs = outputs.clone();
            return self.take_over(run_id, call, outputs);
        }
        let parent = self.live.get(&call.parent).map_or(call.digest, |parent| parent.digest);
        let parent = prior.formers.get(&parent).copied().unwrap_or(parent);
        let task = Arc::from(self.tasks[call.task as usize].name.as_str());
        let twins = prior.twins.get_or_insert_with(|| Twins::of(&prior.actions));
        let names = [Some(call.digest), former].into_iter().flatten().collect::<Vec<_>>();
        let twin = twins.claim(&names, parent, task, call.inputs.clone());
        if let Some(twin) = twin.filter(|twin| *twin != call.digest) {
            prior.formers.insert(call.digest, twin);
        }
        self.begin(run_id, call, None);
    }

    /// What an action of a run was called before, if that was something else.
    pub(super) fn former_of(&self, run: RunId, digest: Option<Digest>) -> Option<Digest> {
        self.priors.get(&run)?.formers.get(&digest?).copied()
    }
}
