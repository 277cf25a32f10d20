//! Wakes controllers when what they read changes, and writes what they decide.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::controller::{
    Context, Controller, Failure, Hold, Input, Inputs, Output, Outputs, Plan, Run, Undeclared, Wanted,
};
use super::dirty::Dirty;
use super::metadata::{Metadata, Phase, Reference};
use super::query::Query;
use super::resource::Resource;
use super::store::{Error, Store};
use super::watch::Event;
use crate::panics;

/// First pause after a failure; each one after it is half as long again. Sources: `cosi-project/runtime` v0.3.1.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Plans that are run in a row before others get their turn.
const TURN: Duration = Duration::from_millis(1);

/// Two controllers that cannot be together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Two have one name.
    #[error("there are two controllers named {0}")]
    SameName(&'static str),
    /// One of two wants to be the only writer.
    #[error("{first} and {second} both write {type_name}, which one of them wants for itself")]
    Exclusive {
        /// The one that was there.
        first: &'static str,
        /// The one that was added.
        second: &'static str,
        /// What both write.
        type_name: &'static str,
    },
}

/// Is told what users should know of the controllers' work.
pub trait Log: Send + Sync + 'static {
    /// A controller failed, and is tried again after a pause.
    fn failed(&self, controller: &'static str, failure: &(dyn std::error::Error + Send + Sync), pause: Duration);
}

/// One arrow of the graph of controllers and resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A controller writes.
    Output(&'static str, Output),
    /// A controller reads.
    Input(&'static str, Input),
}

/// The controllers of a node. Registered first, then served.
pub struct Engine {
    store: Store,
    log: Arc<dyn Log>,
    plans: Vec<Arc<dyn Plan>>,
    runs: Vec<Arc<dyn Run>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.controllers().map(Controller::name)).finish()
    }
}

impl Engine {
    /// An engine without controllers.
    pub fn new(store: Store, log: impl Log) -> Self {
        Self { store, log: Arc::new(log), plans: Vec::new(), runs: Vec::new() }
    }

    /// Adds a controller that only decides.
    ///
    /// # Errors
    /// When it cannot be together with one that is there.
    pub fn add_plan(&mut self, plan: impl Plan) -> Result<(), RegistrationError> {
        self.check(&plan)?;
        self.plans.push(Arc::new(plan));
        Ok(())
    }

    /// Adds a controller with a life of its own.
    ///
    /// # Errors
    /// When it cannot be together with one that is there.
    pub fn add_run(&mut self, run: impl Run) -> Result<(), RegistrationError> {
        self.check(&run)?;
        self.runs.push(Arc::new(run));
        Ok(())
    }

    fn controllers(&self) -> impl Iterator<Item = &dyn Controller> {
        let plans = self.plans.iter().map(|plan| &**plan as &dyn Controller);
        plans.chain(self.runs.iter().map(|run| &**run as &dyn Controller))
    }

    fn check(&self, new: &dyn Controller) -> Result<(), RegistrationError> {
        for known in self.controllers() {
            if known.name() == new.name() {
                return Err(RegistrationError::SameName(new.name()));
            }
            for (first, second) in known.outputs().iter().flat_map(|a| new.outputs().iter().map(move |b| (a, b))) {
                if first.type_name == second.type_name && !(first.is_shared && second.is_shared) {
                    let (first, type_name) = (known.name(), first.type_name);
                    return Err(RegistrationError::Exclusive { first, second: new.name(), type_name });
                }
            }
        }
        Ok(())
    }

    /// All arrows: by controller, what it writes before what it reads.
    pub fn graph(&self) -> Vec<Edge> {
        let mut controllers: Vec<_> = self.controllers().collect();
        controllers.sort_by_key(|controller| controller.name());
        let edges = controllers.into_iter().flat_map(|controller| {
            let name = controller.name();
            let outputs = controller.outputs().iter().map(move |output| Edge::Output(name, *output));
            outputs.chain(controller.inputs().iter().map(move |input| Edge::Input(name, *input)))
        });
        edges.collect()
    }

    /// Lets the controllers work until `stop`; returns when none is at work any more.
    pub async fn serve(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for run in self.runs {
            let dirty = Arc::new(Dirty::default());
            wake_on_changes(&self.store, &*run, 0, &dirty);
            let context = Context { controller: run, store: self.store.clone(), dirty, stop: stop.clone() };
            tasks.spawn(live(context, self.log.clone()));
        }
        let dirty = Arc::new(Dirty::default());
        for (number, plan) in self.plans.iter().enumerate() {
            wake_on_changes(&self.store, &**plan, number, &dirty);
        }
        tokio::select! {
            () = decide(&self.store, &self.plans, &dirty, &*self.log) => {}
            // Cancel-safe: a plan is never interrupted, only the waiting between plans.
            () = stop.cancelled() => {}
        }
        while tasks.join_next().await.is_some() {}
    }
}

/// Marks a controller when something it reads changes, or something it wants to destroy is let go; once at once.
fn wake_on_changes(store: &Store, controller: &dyn Controller, number: usize, dirty: &Arc<Dirty>) {
    for input in controller.inputs() {
        let (id, hold, dirty) = (input.id, input.hold, dirty.clone());
        store.on_change(input.namespace, input.type_name, move |event| {
            let metadata = event.resource().metadata();
            let is_meant = id.is_none_or(|id| id == metadata.id());
            let is_ready = metadata.phase == Phase::TearingDown && metadata.finalizers.is_empty();
            if is_meant && (hold != Hold::DestroyReady || is_ready) {
                dirty.mark(number);
            }
        });
    }
    for output in controller.outputs() {
        let (name, dirty) = (controller.name(), dirty.clone());
        store.on_change(output.namespace, output.type_name, move |event| {
            let metadata = event.resource().metadata();
            let is_ready = metadata.phase == Phase::TearingDown && metadata.finalizers.is_empty();
            if is_ready && metadata.owner == name && matches!(event, Event::Updated { .. }) {
                dirty.mark(number);
            }
        });
    }
    dirty.mark(number);
}

fn pause(failures: i32) -> Duration {
    FIRST_PAUSE.mul_f64(1.5_f64.powi(failures.min(64))).min(LONGEST_PAUSE)
}

/// The loop of all plans.
async fn decide(store: &Store, plans: &[Arc<dyn Plan>], dirty: &Dirty, log: &dyn Log) {
    // How often each failed in a row, and when it is tried again.
    let mut failing: BTreeMap<usize, (i32, Instant)> = BTreeMap::new();
    loop {
        let now = Instant::now();
        let mut turn = now;
        let due = failing.iter().filter(|(_, (_, at))| *at <= now).map(|(number, _)| *number);
        let due: Vec<usize> = due.collect();
        let marked = dirty.take();
        let waiting = |number: &usize| failing.get(number).is_some_and(|(_, at)| *at > now);
        let numbers: std::collections::BTreeSet<usize> =
            marked.into_iter().filter(|number| !waiting(number)).chain(due).collect();
        for number in numbers {
            let plan = &*plans[number];
            match decide_one(store, plan) {
                Ok(()) => drop(failing.remove(&number)),
                Err(failure) => {
                    let failures = failing.get(&number).map_or(0, |(failures, _)| failures + 1);
                    let pause = pause(failures);
                    log.failed(plan.name(), &*failure, pause);
                    failing.insert(number, (failures, Instant::now() + pause));
                }
            }
            if turn.elapsed() > TURN {
                tokio::task::yield_now().await;
                turn = Instant::now();
            }
        }
        let next = failing.values().map(|(_, at)| *at).min();
        let retry = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = dirty.wait() => {}
            () = retry => {}
        }
    }
}

fn decide_one(store: &Store, plan: &dyn Plan) -> Result<(), Failure> {
    let leaving = hold(store, plan)?;
    let inputs = Inputs::new(store, plan);
    let mut outputs = Outputs::default();
    panics::survive(|| plan.plan(&inputs, &mut outputs))??;
    if let Some(undeclared) = inputs.undeclared() {
        return Err(undeclared.into());
    }
    settle(store, plan, outputs)?;
    release(store, plan, &leaving)
}

/// Lays the finalizer of a controller on what stays of its strong inputs. Gives those that go: when nothing is left of what
/// the controller made of them, it lets go of them.
pub(super) fn hold(store: &Store, controller: &dyn Controller) -> Result<Vec<Reference>, Failure> {
    let name = controller.name();
    let mut leaving = Vec::new();
    for input in controller.inputs().iter().filter(|input| input.hold == Hold::Strong) {
        for known in store.list(input.namespace, input.type_name, &Query::default()) {
            let metadata = known.metadata();
            if input.id.is_some_and(|id| id != metadata.id()) {
                continue;
            }
            let is_held = metadata.finalizers.iter().any(|finalizer| finalizer == name);
            match metadata.phase {
                Phase::Running if !is_held => adjust(store, &metadata.reference, |metadata| {
                    // It may have begun to go in between: nobody may join then.
                    if metadata.phase == Phase::Running {
                        metadata.add_finalizer(name);
                    }
                })?,
                Phase::TearingDown if is_held => leaving.push(metadata.reference.clone()),
                _ => {}
            }
        }
    }
    Ok(leaving)
}

/// Takes the finalizer of a controller off resources that go.
pub(super) fn release(store: &Store, controller: &dyn Controller, leaving: &[Reference]) -> Result<(), Failure> {
    let name = controller.name();
    leaving.iter().try_for_each(|reference| adjust(store, reference, |metadata| metadata.remove_finalizer(name)))
}

/// Changes metadata; a resource that is gone needs no change.
fn adjust(store: &Store, reference: &Reference, change: impl Fn(&mut Metadata)) -> Result<(), Failure> {
    match store.adjust(reference, change) {
        Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The life of one controller: started again after failures, with pauses between.
async fn live(context: Context, log: Arc<dyn Log>) {
    let mut failures = 0;
    loop {
        let started = Instant::now();
        let outcome = tokio::select! {
            outcome = panics::survived(context.controller.run(context.clone())) => outcome.unwrap_or_else(|panic| Err(panic.into())),
            // A controller is dropped where it waits; what it wrote is complete.
            () = context.stop.cancelled() => return,
        };
        let Err(failure) = outcome else { return };
        if started.elapsed() > LONGEST_PAUSE {
            failures = 0;
        }
        let pause = pause(failures);
        failures += 1;
        log.failed(context.controller.name(), &*failure, pause);
        tokio::select! {
            () = tokio::time::sleep(pause) => context.dirty.mark(0),
            () = context.stop.cancelled() => return,
        }
    }
}

/// Sees to it that what a controller wants is all that it owns of the types it writes.
pub(super) fn settle(store: &Store, controller: &dyn Controller, outputs: Outputs) -> Result<(), Failure> {
    let name = controller.name();
    let mut wanted = outputs.wanted;
    let declared = controller.outputs();
    let is_declared = |reference: &Reference| {
        let known =
            |output: &Output| output.namespace == reference.namespace && output.type_name == reference.type_name;
        declared.iter().any(known)
    };
    if let Some(reference) = wanted.keys().find(|reference| !is_declared(reference)) {
        let Reference { namespace, type_name, .. } = reference.clone();
        return Err(Undeclared { controller: name, namespace, type_name }.into());
    }
    for output in declared {
        for known in store.list(output.namespace, output.type_name, &Query::default()) {
            let metadata = known.metadata();
            if metadata.owner != name {
                continue;
            }
            let reference = &metadata.reference;
            match wanted.remove(reference) {
                Some(wanted) if metadata.phase == Phase::Running => rewrite(store, known, &wanted)?,
                // What goes must be gone before it comes again; its last holder wakes us.
                other => {
                    if store.teardown(reference, name)? {
                        store.destroy(reference, name)?;
                        if let Some(wanted) = other {
                            create(store, name, reference.clone(), wanted)?;
                        }
                    }
                }
            }
        }
    }
    for (reference, content) in wanted {
        create(store, name, reference, content)?;
    }
    Ok(())
}

/// Makes a resource say what its owner wants.
fn rewrite(store: &Store, known: Arc<Resource>, wanted: &Wanted) -> Result<(), Error> {
    let mut known = known;
    while !known.content().equals(&*wanted.content) || known.metadata().labels != wanted.labels {
        let mut metadata = known.metadata().clone();
        metadata.labels.clone_from(&wanted.labels);
        let owner = metadata.owner.clone();
        let new = Resource::with_metadata(metadata, wanted.content.clone());
        match store.update(new, &owner, Some(Phase::Running)) {
            // A reader laid or took a finalizer in between.
            Err(Error::Version { .. }) => known = store.get(&known.metadata().reference)?,
            written => return written.map(drop),
        }
    }
    Ok(())
}

fn create(store: &Store, owner: &str, reference: Reference, wanted: Wanted) -> Result<(), Error> {
    let mut resource = Resource::with_metadata(Metadata::new(reference), wanted.content);
    resource.metadata_mut().labels = wanted.labels;
    store.create(resource, owner).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::SystemTime;

    use talos_api::resources::Kind;
    use talos_api::resources::network::{HostnameSpecSpec, HostnameSpecs, HostnameStatusSpec, HostnameStatuses};
    use talos_pki::clock::FixedClock;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl Log for Lines {
        fn failed(&self, controller: &'static str, failure: &(dyn std::error::Error + Send + Sync), pause: Duration) {
            self.0.lock().unwrap().push(format!("{controller}: {failure}; again in {} ms", pause.as_millis()));
        }
    }

    /// Reports every hostname that is wanted, unless it is `bad`.
    struct Report;

    impl Controller for Report {
        fn name(&self) -> &'static str {
            "test.Report"
        }

        fn inputs(&self) -> &'static [Input] {
            const { &[Input::weak::<HostnameSpecs>()] }
        }

        fn outputs(&self) -> &'static [Output] {
            const { &[Output::exclusive::<HostnameStatuses>()] }
        }
    }

    impl Plan for Report {
        fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
            for spec in inputs.list::<HostnameSpecs>() {
                if spec.hostname == "bad" {
                    return Err("a bad name".into());
                }
                assert_ne!(spec.hostname, "worse", "no name");
                let status = HostnameStatusSpec { hostname: spec.hostname.clone(), ..Default::default() };
                outputs.put::<HostnameStatuses>(spec.id(), status);
            }
            Ok(())
        }
    }

    fn spec_of(id: &str) -> Reference {
        Reference::new(HostnameSpecs::DEFINITION.namespace, HostnameSpecs::DEFINITION.type_name, id)
    }

    fn status_of(id: &str) -> Reference {
        Reference::new(HostnameStatuses::DEFINITION.namespace, HostnameStatuses::DEFINITION.type_name, id)
    }

    fn want(store: &Store, id: &str, hostname: &str) {
        let spec = HostnameSpecSpec { hostname: hostname.into(), ..Default::default() };
        store.put(&spec_of(id), "", spec).unwrap();
    }

    async fn until(store: &Store, reference: &Reference, holds: impl Fn(Option<&Resource>) -> bool) {
        let mut watch = store.watch(reference, 0);
        while !holds(store.get(reference).ok().as_deref()) {
            watch.next().await;
        }
    }

    fn start(add: impl FnOnce(&mut Engine)) -> (Store, Lines, CancellationToken, tokio::task::JoinHandle<()>) {
        let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
        let lines = Lines::default();
        let mut engine = Engine::new(store.clone(), lines.clone());
        add(&mut engine);
        let stop = CancellationToken::new();
        let task = tokio::spawn(engine.serve(stop.clone()));
        (store, lines, stop, task)
    }

    #[tokio::test]
    async fn what_a_plan_wants_comes_changes_and_goes() {
        let (store, lines, stop, task) = start(|engine| engine.add_plan(Report).unwrap());
        want(&store, "a", "one");
        until(&store, &status_of("a"), |status| status.is_some()).await;
        assert_eq!(store.get(&status_of("a")).unwrap().metadata().owner, "test.Report");
        want(&store, "a", "two");
        let says = |status: &Resource, name| status.spec::<HostnameStatusSpec>().unwrap().hostname == name;
        until(&store, &status_of("a"), |status| status.is_some_and(|status| says(status, "two"))).await;
        store.destroy(&spec_of("a"), "").unwrap();
        until(&store, &status_of("a"), |status| status.is_none()).await;
        stop.cancel();
        task.await.unwrap();
        assert_eq!(*lines.0.lock().unwrap(), [""; 0]);
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_of_one_controller() {
        let (store, lines, stop, task) = start(|engine| engine.add_plan(Report).unwrap());
        want(&store, "a", "worse");
        while lines.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        want(&store, "a", "better");
        until(&store, &status_of("a"), |status| status.is_some()).await;
        stop.cancel();
        task.await.unwrap();
        let lines = lines.0.lock().unwrap();
        assert!(lines[0].starts_with("test.Report: panic: ") && lines[0].contains("no name"), "{lines:?}");
    }

    #[tokio::test]
    async fn what_somebody_holds_goes_when_it_is_let_go() {
        let (store, _, _stop, _) = start(|engine| engine.add_plan(Report).unwrap());
        want(&store, "a", "one");
        until(&store, &status_of("a"), |status| status.is_some()).await;
        store.adjust(&status_of("a"), |metadata| metadata.add_finalizer("holder")).unwrap();
        store.destroy(&spec_of("a"), "").unwrap();
        let is_going = |status: &Resource| status.metadata().phase == Phase::TearingDown;
        until(&store, &status_of("a"), |status| status.is_some_and(is_going)).await;
        // It is wanted again before it is gone.
        want(&store, "a", "two");
        store.adjust(&status_of("a"), |metadata| metadata.remove_finalizer("holder")).unwrap();
        until(&store, &status_of("a"), |status| status.is_some_and(|status| !is_going(status))).await;
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_tried_again_after_growing_pauses() {
        let (store, lines, _stop, _) = start(|engine| engine.add_plan(Report).unwrap());
        want(&store, "a", "bad");
        tokio::time::sleep(Duration::from_millis(500 + 750 + 1)).await;
        let line = |pause: u32| format!("test.Report: a bad name; again in {pause} ms");
        assert_eq!(*lines.0.lock().unwrap(), [line(500), line(750), line(1125)]);
        want(&store, "a", "good");
        until(&store, &status_of("a"), |status| status.is_some()).await;
        assert_eq!((pause(0), pause(100)), (FIRST_PAUSE, LONGEST_PAUSE));
    }

    /// Reports names as [`Report`] does, and holds them meanwhile.
    struct Holder;

    impl Controller for Holder {
        fn name(&self) -> &'static str {
            "test.Holder"
        }

        fn inputs(&self) -> &'static [Input] {
            const { &[Input::strong::<HostnameSpecs>()] }
        }

        fn outputs(&self) -> &'static [Output] {
            const { &[Output::exclusive::<HostnameStatuses>()] }
        }
    }

    impl Plan for Holder {
        fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
            for spec in inputs.list::<HostnameSpecs>().iter().filter(|spec| spec.is_running()) {
                outputs.put::<HostnameStatuses>(spec.id(), HostnameStatusSpec::default());
            }
            Ok(())
        }
    }

    #[test]
    fn what_is_read_strongly_is_held_until_nothing_is_left_of_it() {
        let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
        let held = |id| store.get(&spec_of(id)).unwrap().metadata().finalizers.clone();
        want(&store, "a", "one");
        for _ in 0..2 {
            decide_one(&store, &Holder).unwrap();
            assert_eq!((held("a"), store.get(&status_of("a")).is_ok()), (vec!["test.Holder".to_owned()], true));
        }
        assert_eq!(store.get(&spec_of("a")).unwrap().metadata().version.to_string(), "2", "it is held once");
        assert!(!store.teardown(&spec_of("a"), "").unwrap());
        decide_one(&store, &Holder).unwrap();
        assert_eq!((held("a"), store.get(&status_of("a")).is_ok()), (Vec::new(), false));
        decide_one(&store, &Holder).unwrap();
        assert_eq!(held("a"), [""; 0], "what goes is not held again");
        store.destroy(&spec_of("a"), "").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_wanted_again_comes_when_its_reader_let_go() {
        let (store, _, stop, task) = start(|engine| engine.add_plan(Holder).unwrap());
        want(&store, "a", "one");
        until(&store, &status_of("a"), |status| status.is_some()).await;
        store.teardown(&spec_of("a"), "").unwrap();
        until(&store, &spec_of("a"), |spec| spec.is_some_and(|spec| spec.metadata().finalizers.is_empty())).await;
        store.destroy(&spec_of("a"), "").unwrap();
        until(&store, &status_of("a"), |status| status.is_none()).await;
        want(&store, "a", "two");
        until(&store, &status_of("a"), |status| status.is_some()).await;
        stop.cancel();
        task.await.unwrap();
    }

    /// Reads and writes what it did not declare.
    struct Sneak {
        writes: bool,
    }

    impl Controller for Sneak {
        fn name(&self) -> &'static str {
            "test.Sneak"
        }

        fn inputs(&self) -> &'static [Input] {
            &[]
        }

        fn outputs(&self) -> &'static [Output] {
            &[]
        }
    }

    impl Plan for Sneak {
        fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
            match self.writes {
                true => outputs.put::<HostnameStatuses>("x", HostnameStatusSpec::default()),
                false => assert!(inputs.list::<HostnameSpecs>().is_empty(), "nothing undeclared is shown"),
            }
            Ok(())
        }
    }

    #[test]
    fn what_was_not_declared_is_refused() {
        let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
        want(&store, "a", "one");
        for writes in [false, true] {
            let failure = decide_one(&store, &Sneak { writes }).unwrap_err();
            assert_eq!(failure.downcast_ref::<Undeclared>().unwrap().controller, "test.Sneak");
        }
        assert!(store.get(&status_of("x")).is_err());
    }

    /// Fails once, then counts its wake-ups into a hostname.
    #[derive(Default)]
    struct Count(std::sync::atomic::AtomicU32);

    impl Controller for Count {
        fn name(&self) -> &'static str {
            "test.Count"
        }

        fn inputs(&self) -> &'static [Input] {
            const { &[Input::weak::<HostnameSpecs>().only("a")] }
        }

        fn outputs(&self) -> &'static [Output] {
            const { &[Output::exclusive::<HostnameStatuses>()] }
        }
    }

    #[tonic::async_trait]
    impl Run for Count {
        async fn run(&self, context: Context) -> Result<(), Failure> {
            if self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
                return Err("not yet".into());
            }
            for count in 1.. {
                context.changed().await;
                let mut outputs = Outputs::default();
                let status = HostnameStatusSpec { hostname: count.to_string(), ..Default::default() };
                outputs.put::<HostnameStatuses>("count", status);
                context.settle(outputs)?;
            }
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_is_started_again_and_woken_by_what_it_reads() {
        let (store, lines, stop, task) = start(|engine| engine.add_run(Count::default()).unwrap());
        let counts = |number: &'static str| {
            move |status: Option<&Resource>| {
                let spec = status.and_then(|status| status.spec::<HostnameStatusSpec>());
                spec.is_some_and(|spec| spec.hostname == number)
            }
        };
        until(&store, &status_of("count"), counts("1")).await;
        want(&store, "b", "not meant");
        want(&store, "a", "meant");
        until(&store, &status_of("count"), counts("2")).await;
        stop.cancel();
        task.await.unwrap();
        assert_eq!(*lines.0.lock().unwrap(), ["test.Count: not yet; again in 500 ms"]);
    }

    #[test]
    fn an_exclusive_type_has_one_writer() {
        let mut engine = Engine::new(Store::new(FixedClock(SystemTime::UNIX_EPOCH)), Lines::default());
        engine.add_plan(Report).unwrap();
        assert_eq!(engine.add_plan(Report), Err(RegistrationError::SameName("test.Report")));
        let clash = engine.add_run(Count::default()).unwrap_err();
        assert!(matches!(clash, RegistrationError::Exclusive { first: "test.Report", .. }), "{clash}");
        let arrows: Vec<_> = engine.graph();
        assert_eq!(arrows.len(), 2);
        assert!(matches!(arrows[0], Edge::Output("test.Report", _)), "{arrows:?}");
    }
}
