//! Filters are evaluated as documented.

use proptest::prelude::proptest;
use serde_json::{Value, json};

use super::super::property::WEBHOOK;
use super::super::{self as rql, parse_order};
use super::Filter;

fn compile(text: &str) -> Filter {
    rql::compile(text, WEBHOOK).unwrap()
}

fn documents() -> Vec<Value> {
    vec![
        json!({"id": "A", "type": "T", "url": "https://a.example", "description": "x'y",
            "statistics": {"total": 9}, "criteria": {"product.id": "P", "status": "Draft"}}),
        json!({"id": "B", "type": "U", "url": "https://B.example", "description": null,
            "statistics": {"total": 10}, "criteria": {"product.id": "P"},
            "lastCall": {"success": false, "callTime": "2026-05-04T10:00:00.000Z"}}),
        json!({"id": "T", "type": "T", "url": "c", "audit": {"created": {"at": "2026-05-04T00:00:00.000Z"}}}),
    ]
}

#[test]
fn filters_are_evaluated() {
    for (text, ids) in [
        ("type=T", "AT"),
        ("eq(type,'T')&id=A", "A"),
        ("id=B|id=A", "AB"),
        ("not(type=T)", "B"),
        ("ne(type,\"T\")", "B"),
        // An unquoted word that is the name of a property means that property.
        ("eq(id,type)", "T"),
        ("eq(id,'type')", ""),
        ("description=null()", "BT"),
        ("ne(description,null())", "A"),
        ("TYPE=t", "AT"),
        ("eq(description,\"x'y\")", "A"),
        ("gt(statistics.total,9)", "B"),
        ("ge(statistics.total, 9 )", "AB"),
        ("lt(statistics.total,10)", "A"),
        ("not(lt(statistics.total,10))", "BT"),
        ("in(id,(A,T,X))", "AT"),
        ("out(id,(A,T))", "B"),
        ("like(url,*a.example*)", "A"),
        ("ilike(url,*b.EXAMPLE)", "B"),
        ("like(description,*)", "A"),
        ("criteria.PRODUCT.ID=P", "AB"),
        ("any(criteria,and(key=status,value=Draft))", "A"),
        ("all(criteria,eq(value,P))", "BT"),
        ("lastCall.success=false", "B"),
        ("gt(lastCall.callTime,2026-05-04)", "B"),
        ("audit.created.at=2026-05-04", "T"),
        ("lastCall.callTime=2026-05-04T12:00:00+02:00", "B"),
    ] {
        let filter = compile(text);
        let passed: String = documents()
            .iter()
            .filter(|document| filter.passes(document))
            .map(|document| document["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(passed, ids, "{text}");
    }
}

#[test]
fn the_text_that_every_passing_document_has_is_found() {
    for (text, path, found) in [
        ("type=T", "type", Some("T")),
        ("and(type='T',object.id=P,status=Enabled)", "object.id", Some("P")),
        ("and(type='T',object.id=P)", "id", None),
        ("in(id,(A,B))", "id", None),
        ("type=T|id=A", "id", None),
        ("eq(id,type)", "id", None),
        ("ne(id,A)", "id", None),
        ("not(id=A)", "id", None),
    ] {
        assert_eq!(compile(text).equal_to(path), found, "{text}");
    }
}

#[test]
fn unknown_properties_are_errors() {
    for wrong in [
        "nope=1", "statistics.total=many", "lastCall.success=1", "gt(name,null())",
        "any(url,key=a)", "like(revision,1)",
    ] {
        assert!(rql::compile(wrong, WEBHOOK).is_err(), "{wrong}");
    }
    assert_eq!(parse_order("-TYPE,+id", WEBHOOK).map(|order| order.len()), Ok(2));
    assert!(parse_order("nope", WEBHOOK).is_err());
}

proptest! {
    /// A look-up by an index skips no document that passes.
    #[test]
    fn what_is_not_equal_does_not_pass(
        terms in proptest::collection::vec(
            "(type|id|url)=(T|U|A|B)|in\\(id,\\((A|B|T),(A|X)\\)\\)|not\\(id=A\\)", 1..4,
        ),
        operator in "[&|]",
    ) {
        let terms: Vec<_> = terms.iter().map(|term| format!("({term})")).collect();
        let filter = compile(&terms.join(&operator));
        for document in documents() {
            for path in ["id", "type"] {
                let is_equal = filter.equal_to(path).is_none_or(|text| document[path] == text);
                assert!(is_equal || !filter.passes(&document), "{terms:?}");
            }
        }
    }
}
