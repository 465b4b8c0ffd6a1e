//! Files say the same in every form, and none is too strange.

use std::path::PathBuf;

use proptest::prelude::{prop_assert, proptest};
use serde_json::{Value, json};

use super::{Form, Source, load};
use crate::manifest::variables::Variables;

fn none<'v>(value_of: &'v dyn Fn(&str) -> Option<String>) -> Variables<'v> {
    Variables { value_of, own: &[] }
}

fn source(form: Form, text: &str) -> Source {
    Source {
        name: "w".to_owned(),
        folder: PathBuf::new(),
        form,
        text: text.to_owned(),
    }
}

#[test]
fn three_forms_say_the_same() {
    let forms = [
        (
            Form::Toml,
            "version = 1\n[[webhooks]]\ntype = \"validate-answer\"\nform = \"F\"\nurl = \"https://${H}\"\n\
             secret = { env = \"S\" }\n",
        ),
        (
            Form::Yaml,
            "version: 1\nwebhooks:\n- type: ValidateAnswer\n  criteria: {form.id: F}\n  form: F\n\
             \x20 url: https://${H}\n  secret: {env: S}\n",
        ),
        (
            Form::Json,
            r#"{"version": 1, "webhooks": [{"type": "VALIDATE_ANSWER", "form": "F",
                "url": "https://${H}", "secret": {"env": "S"}}]}"#,
        ),
    ];
    let read = forms.map(|(form, text)| {
        let mut manifest = load(&[source(form, text)], none(&|_| Some("h".to_owned()))).unwrap();
        let mut only = manifest.webhooks.pop().unwrap();
        only.all_criteria = false;
        only
    });
    assert!(read[0] == read[1] && read[1] == read[2], "{read:?}");
    assert_eq!(
        (read[0].url.as_str(), read[0].identity.object.as_str()),
        ("https://h", "F")
    );
}

/// Something at every place where a file has something.
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
    fn no_file_is_too_strange(
        version in member(), scope in member(),
        webhook in proptest::collection::btree_map("type|url|form|criteria|secret|enabled|x", member(), 0..7),
    ) {
        let document = json!({"version": version, "scope": scope, "webhooks": [webhook]});
        for (form, text) in [
            (Form::Json, document.to_string()),
            (Form::Yaml, crate::ui::yaml::document(&document)),
        ] {
            let read = load(&[source(form, &text)], none(&|_| None));
            // The version is never right but by chance, and a problem is never empty.
            if let Err(problems) = read {
                prop_assert!(problems.iter().all(|problem| !problem.message.is_empty()));
            }
        }
    }
}
