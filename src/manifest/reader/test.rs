//! Property tests: all formats mean the same, and no text makes the reader fail.

use std::path::PathBuf;

use proptest::prelude::{prop_assert, proptest};
use serde_json::{Value, json};

use super::{Source, read};
use crate::manifest::variables::Variables;
use crate::source::FileFormat;

fn none<'v>(value_of: &'v dyn Fn(&str) -> Option<String>) -> Variables<'v> {
    Variables { value_of, reserved: &[] }
}

fn source(format: FileFormat, text: &str) -> Source {
    Source { name: "w".to_owned(), folder: PathBuf::new(), format, text: text.to_owned() }
}

#[test]
fn three_formats_say_the_same() {
    let formats = [
        (
            FileFormat::Toml,
            "version = 1\n[[webhooks]]\ntype = \"validate-answer\"\nform = \"F\"\nurl = \"https://${H}\"\n\
             secret = { env = \"S\" }\n",
        ),
        (
            FileFormat::Yaml,
            "version: 1\nwebhooks:\n- type: ValidateAnswer\n  criteria: {form.id: F}\n  form: F\n\
             \x20 url: https://${H}\n  secret: {env: S}\n",
        ),
        (
            FileFormat::Json,
            r#"{"version": 1, "webhooks": [{"type": "VALIDATE_ANSWER", "form": "F",
                "url": "https://${H}", "secret": {"env": "S"}}]}"#,
        ),
    ];
    let read = formats.map(|(format, text)| {
        let read = read(&[source(format, text)], none(&|_| Some("h".to_owned())));
        let mut manifest = read.into_result().unwrap();
        let mut only = manifest.webhooks.pop().unwrap();
        only.all_criteria = false;
        only
    });
    assert!(read[0] == read[1] && read[1] == read[2], "{read:?}");
    assert_eq!((read[0].url.as_str(), read[0].key.object.as_str()), ("https://h", "F"));
}

/// Arbitrary values at every place of a manifest.
fn member() -> impl proptest::strategy::Strategy<Value = Value> {
    proptest::sample::select(vec![
        json!(null),
        json!(true),
        json!(1),
        json!(1.5),
        json!(""),
        json!("ValidateAnswer"),
        json!("${X}"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"env": "MPT_X"}),
        json!({"command": []}),
        json!({"form.id": 1}),
        json!("https://a.example"),
    ])
}

proptest! {
    #[test]
    fn any_file_is_read_without_a_panic(
        version in member(), scope in member(),
        webhook in proptest::collection::btree_map("type|url|form|criteria|secret|enabled|x", member(), 0..7),
    ) {
        let document = json!({"version": version, "scope": scope, "webhooks": [webhook]});
        for (format, text) in [
            (FileFormat::Json, document.to_string()),
            (FileFormat::Yaml, crate::text::yaml::document(&document)),
        ] {
            let read = read(&[source(format, &text)], none(&|_| None)).into_result();
            // A random text rarely has the right version, and an error is never empty.
            if let Err(errors) = read {
                prop_assert!(errors.iter().all(|error| !error.message.is_empty()));
            }
        }
    }
}
