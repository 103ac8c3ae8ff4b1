use std::sync::atomic::{AtomicBool, Ordering};

use fleet::actor::{self, Actor};

use super::*;
use crate::app::MAX_WATCHERS;
use crate::test_app::app;

/// Maximum duration of the streams in these tests.
const AT_MOST: Duration = Duration::from_hours(1);

/// Encodes events as JSON.
struct Plain;

impl EventEncoder for Plain {
    fn whole(&self, app: &App) -> Option<(String, EventId)> {
        let (snapshot, last) = app.floor.snapshot();
        Some((serde_json::to_string(&snapshot).ok()?, last))
    }

    fn change(&self, _: &App, change: &Event) -> String {
        event(change.name, change.id, &change.data)
    }
}

/// Changes the dialer `times` times. Each change is two events: the action, and the dialer's state.
async fn change(app: &App, times: usize) {
    for _ in 0..times {
        let drains = app.floor.dialers().first().is_some_and(|dialer| dialer.draining);
        let by = Actor { user: "boss".into(), ..Actor::command(actor::Source::JsonApi) };
        assert!(app.floor.set_draining("10.0.9.8", !drains, by).await.unwrap());
    }
}

fn watcher(app: &Arc<App>) -> Watcher {
    let slot = Arc::clone(&app.watcher_slots).try_acquire_owned().unwrap();
    Watcher::new(Arc::clone(app), None, slot, Box::new(Plain), AT_MOST)
}

async fn next(watcher: Watcher) -> (String, Watcher) {
    let (bytes, watcher) = watcher.next().await.unwrap();
    (String::from_utf8(bytes.to_vec()).unwrap(), watcher)
}

/// A watcher that has received the whole floor.
async fn begun(app: &Arc<App>) -> Watcher {
    let (begin, watcher) = next(watcher(app)).await;
    assert_eq!(begin, BEGIN);
    let (floor, watcher) = next(watcher).await;
    assert!(floor.starts_with("event: floor\nid: 07070707-"), "{floor}");
    watcher
}

fn events(text: &str) -> usize {
    text.matches("event: dialer\n").count() + text.matches("event: done\n").count()
}

#[tokio::test]
async fn a_slow_watcher_gets_the_changes_in_portions_or_the_whole_floor_if_they_are_gone() {
    let app = app().await;
    change(&app, 1).await;
    let watcher = begun(&app).await;
    change(&app, 150).await;
    let (first, watcher) = next(watcher).await;
    let (rest, watcher) = next(watcher).await;
    assert_eq!((events(&first), events(&rest)), (AT_ONCE, 300 - AT_ONCE));
    change(&app, 4097).await;
    let (whole, watcher) = next(watcher).await;
    assert_eq!((whole.matches("event: ").count(), whole.starts_with("event: floor\n")), (1, true));
    change(&app, 1).await;
    let (after, _) = next(watcher).await;
    assert_eq!(events(&after), 2);
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_sends_a_comment_every_15_seconds_and_ends_after_an_hour() {
    let app = app().await;
    change(&app, 1).await;
    let (began, mut watcher) = (Instant::now(), begun(&app).await);
    let mut words = 0;
    while let Some((bytes, more)) = watcher.next().await {
        assert_eq!(&bytes[..], b": awake\n\n");
        (words, watcher) = (words + 1, more);
    }
    assert_eq!(began.elapsed().as_secs(), AT_MOST.as_secs());
    assert_eq!(words, AT_MOST.as_secs() / KEEP_AWAKE.as_secs() - 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_stream_and_frees_its_slot() {
    let app = app().await;
    let watcher = begun(&app).await;
    assert_eq!(app.watcher_slots.available_permits(), MAX_WATCHERS - 1);
    app.stopping.send_replace(true);
    let began = Instant::now();
    assert!(watcher.next().await.is_none());
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(app.watcher_slots.available_permits(), MAX_WATCHERS);
}

/// Encoder whose permission to watch this flag decides.
struct Guest(Arc<AtomicBool>);

impl EventEncoder for Guest {
    fn whole(&self, app: &App) -> Option<(String, EventId)> {
        Plain.whole(app)
    }

    fn change(&self, app: &App, event: &Event) -> String {
        Plain.change(app, event)
    }

    fn may_watch(&self, _: &App) -> MayWatch {
        let may = self.0.load(Ordering::SeqCst);
        Box::pin(async move { may })
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_without_permission_is_cut_off_within_15_seconds_or_at_once_after_a_notification() {
    let app = app().await;
    for is_told in [false, true] {
        let may = Arc::new(AtomicBool::new(true));
        let slot = Arc::clone(&app.watcher_slots).try_acquire_owned().unwrap();
        let watcher = Watcher::new(Arc::clone(&app), None, slot, Box::new(Guest(Arc::clone(&may))), AT_MOST);
        let (_, watcher) = next(watcher).await;
        let (_, watcher) = next(watcher).await;
        app.session_ended.send_replace(());
        change(&app, 1).await;
        let (text, watcher) = next(watcher).await;
        assert_eq!(
            events(&text),
            2,
            "another session was ended; this watcher still gets the action and the dialer's state"
        );
        may.store(false, Ordering::SeqCst);
        if is_told {
            app.session_ended.send_replace(());
            assert!(watcher.next().await.is_none());
            continue;
        }
        tokio::time::advance(ASK_AGAIN).await;
        change(&app, 1).await;
        assert!(watcher.next().await.is_none(), "the permission is checked on a busy floor too");
    }
}
