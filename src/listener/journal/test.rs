//! The journal keeps what it should, and no more.

use jiff::{SignedDuration, Timestamp};

use super::{CalloutOutcome, Completion, Journal, Received, Selection};
use crate::callout::Verdict;

fn add(journal: &Journal, at: &str, outcome: Option<CalloutOutcome>) -> i64 {
    let received = Received {
        profile: journal.profile().map(str::to_owned),
        received_at: at.parse().unwrap(),
        path: "/".to_owned(),
        webhook_id: None,
        webhook_type: None,
        object_id: None,
        size: 0,
        checks: Vec::new(),
        is_by_hand: false,
    };
    let id = journal.add(&received, at.as_bytes(), None).unwrap();
    if let Some(outcome) = outcome {
        let completion = Completion {
            outcome,
            status: Some(200),
            took: SignedDuration::from_millis(7),
            error: None,
            forwarded_to: None,
        };
        journal.complete(id, &completion, Some(b"answer")).unwrap();
    }
    id
}

fn ids(journal: &Journal, selection: &Selection) -> Vec<i64> {
    let found = journal.list(selection).unwrap();
    found.iter().map(|entry| entry.id.unwrap()).collect()
}

/// The size of the accepted callouts and of the refused ones, with their answers.
fn sizes(journal: &Journal) -> [i64; 2] {
    [0, 1].map(|is_refused| {
        let read = journal.database.with(|connection| {
            connection.query_row(
                "SELECT bytes FROM totals WHERE is_refused = ?",
                [is_refused],
                |row| row.get(0),
            )
        });
        read.unwrap()
    })
}

#[test]
fn entries_are_selected_kept_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal.db"), None).unwrap();
    let ok = add(&journal, "2026-05-04T09:00:00Z", Some(CalloutOutcome::Judged(Verdict::Success)));
    let bad = add(&journal, "2026-05-04T10:00:00.5Z", Some(CalloutOutcome::ForwardFailed));
    let refused = add(&journal, "2026-05-04T11:00:00Z", Some(CalloutOutcome::Refused));
    let unanswered = add(&journal, "2026-05-04T12:00:00Z", None);
    let all = Selection::default();
    assert_eq!(ids(&journal, &all), [ok, bad, unanswered]);
    let with_refused = Selection { refused: true, ..all.clone() };
    assert_eq!(ids(&journal, &with_refused), [ok, bad, refused, unanswered]);
    let failed = Selection { failed: true, ..all.clone() };
    assert_eq!(ids(&journal, &failed), [bad, unanswered]);
    let since: Timestamp = "2026-05-04T10:00:00.500Z".parse().unwrap();
    let since = Selection { since: Some(since), ..all.clone() };
    assert_eq!(ids(&journal, &since), [bad, unanswered]);
    let last = Selection { last: true, ..all.clone() };
    assert_eq!(ids(&journal, &last), [unanswered]);
    let one = Selection { ids: vec![refused], ..all.clone() };
    assert_eq!(ids(&journal, &one), [refused]);
    assert_eq!(journal.body(ok).unwrap().unwrap(), b"2026-05-04T09:00:00Z");
    let answer = journal.bodies(ok).unwrap().unwrap().response;
    assert_eq!(answer.as_deref(), Some(&b"answer"[..]));

    let latest = |before, limit| -> Vec<i64> {
        let entries = journal.latest(before, limit).unwrap();
        entries.iter().map(|entry| entry.id.unwrap()).collect()
    };
    assert_eq!(latest(None, 2), [unanswered, refused]);
    assert_eq!(latest(Some(refused), 9), [bad, ok]);
}

#[test]
fn entries_belong_to_the_profile_that_received_them() {
    let folder = tempfile::tempdir().unwrap();
    let open = |profile: Option<&str>| {
        Journal::open(&folder.path().join("journal.db"), profile.map(str::to_owned)).unwrap()
    };
    let (none, staging, production) = (open(None), open(Some("staging")), open(Some("production")));
    let journals = [&none, &staging, &production];
    let added = journals.map(|journal| add(journal, "2026-05-04T09:00:00Z", None));
    for (journal, own) in journals.into_iter().zip(added) {
        assert_eq!(ids(journal, &Selection::default()), [own]);
        assert_eq!(journal.latest(None, 9).unwrap().len(), 1);
        for id in added {
            assert_eq!(journal.entry(id).unwrap().is_some(), id == own);
            assert_eq!(journal.bodies(id).unwrap().is_some(), id == own);
        }
    }
    assert_eq!(staging.clear().unwrap(), 1);
    let every = open(Some("staging")).of_every_profile();
    assert_eq!(ids(&every, &Selection::default()), [added[0], added[2]]);
    assert_eq!(every.clear().unwrap(), 2);
}

#[test]
fn pruned_callouts_are_gone_and_their_ids_too() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal.db"), None).unwrap();
    let judged = Some(CalloutOutcome::Judged(Verdict::Success));
    add(&journal, "2026-05-04T09:00:00Z", judged);
    let refused = Some(CalloutOutcome::Refused);
    let refused = add(&journal, "2026-05-04T11:00:00Z", refused);
    let unanswered = add(&journal, "2026-05-04T12:00:00Z", None);
    let with_refused = Selection { refused: true, ..Selection::default() };
    journal.prune(1).unwrap();
    assert_eq!(sizes(&journal), [20, 20 + 6]);
    assert_eq!(ids(&journal, &with_refused), [refused, unanswered]);
    let next = add(&journal, "2026-05-04T13:00:00Z", None);
    assert!(next > unanswered, "an id is never given twice");
}

#[test]
fn pruning_and_adding_do_not_read_the_whole_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal.db"), None).unwrap();
    let plans = journal.database.with(|connection| {
        let mut details = Vec::new();
        for statement in [
            super::DELETE_OLDEST,
            "UPDATE totals SET entries = 1 WHERE is_refused = 1",
            "SELECT entries, bytes FROM totals WHERE is_refused = 1",
        ] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}"))?;
            let count = plan.parameter_count();
            let rows = plan.query_map(rusqlite::params_from_iter(vec![1; count]), |row| {
                row.get::<_, String>(3)
            })?;
            for row in rows {
                details.push(row?);
            }
        }
        Ok(details)
    });
    for detail in plans.unwrap() {
        assert!(detail.starts_with("SEARCH") || detail.starts_with("LIST"), "{detail}");
    }
}
