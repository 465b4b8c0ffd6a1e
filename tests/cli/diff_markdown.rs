//! `webhook diff -o markdown`, for a comment on a pull request.

use serde_json::json;

use crate::diff::ANSWER;
use crate::manifest_variables::WITH_DEFAULTS;
use crate::support::World;
use crate::support::world::assert_run;

/// The page that GitHub would make of a comment, without the sanitising that would hide mistakes.
fn rendered(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

#[test]
fn a_plan_is_a_comment_on_a_pull_request() {
    let world = World::new().with("HOOK_SECRET", "s3cret-s3cret");
    let create = "-p sandbox webhook create --type validate-answer --form FRM-2222-2222 -q --url https://b.example";
    world.run(create).ok();
    world.write("w.toml", &format!("{WITH_DEFAULTS}\n[scope]\ntypes = [\"ValidateAnswer\"]\n"));
    let run = world.run("-p sandbox webhook diff w.toml --prune -o markdown");
    assert_run!(run, @"
    exit 10
    --- stdout
    ### Webhooks: `the sandbox`

    | create | update | enable | disable | delete | unchanged | switch on |
    | --- | --- | --- | --- | --- | --- | --- |
    | 2 | 0 | 0 | 0 | 1 | 0 | 0 |

    <details><summary>create <code>ValidatePurchaseOrderDraft for PRD-1111-1111</code></summary>

    ```diff
    + url: https://hooks.example.com/draft
    + criteria: product.id = PRD-1111-1111
    + secret: is set
    ```

    </details>

    <details><summary>create <code>ValidateAnswer for FRM-1111-1111</code></summary>

    ```diff
    + url: https://hooks.example.com/answers
    + criteria: form.id = FRM-1111-1111
    ```

    </details>

    <details><summary>delete <code>ValidateAnswer for FRM-2222-2222</code> <code>WBH-0000-0001</code></summary>

    ```diff
    - url: https://b.example
      calls: never called
    ```

    </details>
    ");
    let page = rendered(&run.stdout);
    assert_eq!(page.matches("<details>").count(), 3, "{page}");
    assert!(page.contains("<table>") && page.contains("<h3>"), "{page}");
    let world = World::new();
    world.write("w.yaml", ANSWER);
    world.run("-p sandbox webhook apply w.yaml --yes -q --jobs 1").ok();
    assert_run!(world.run("-p sandbox webhook diff w.yaml -o markdown"), @"
    exit 0
    --- stdout
    ### Webhooks: `the sandbox`

    | create | update | enable | disable | delete | unchanged | switch on |
    | --- | --- | --- | --- | --- | --- | --- |
    | 0 | 0 | 0 | 0 | 0 | 1 | 0 |

    Nothing would change.
    ");
}

#[test]
fn hostile_text_stays_text_in_a_comment() {
    let hostile = [
        "```\n</details>\n# heading\n@admin see https://evil.example ![x](https://evil.example/x.png)",
        "`````` </summary></details><script>alert(1)</script><img src=x onerror=alert(1)> @admin",
        "[link](https://evil.example) <https://evil.example> www.evil.example \u{202e}",
    ];
    let world = World::new();
    let not_ours = regex::Regex::new("(?s)<pre.*?</pre>|<code>.*?</code>").unwrap();
    for text in hostile {
        let manifest = json!({"version": 1, "webhooks": [{
            "type": "ValidateAnswer",
            "form": "FRM-1111-1111",
            "url": "https://a.example/`x`</details>@admin",
            "description": text,
            "criteria": {"status": text}
        }]});
        world.write("w.json", &manifest.to_string());
        let run = world.run("-p sandbox webhook diff w.json -o markdown");
        assert_eq!(run.code, 10, "{}", run.snapshot());
        let page = rendered(&run.stdout);
        // What is left without blocks and code is ours.
        let ours = not_ours.replace_all(&page, "");
        for forbidden in ["@", "evil", "<a", "<img", "<script", "alert", "heading", "link"] {
            assert!(!ours.contains(forbidden), "{forbidden}: {ours}\n{page}");
        }
        for tag in ["details", "summary", "pre"] {
            let (begins, ends) = (format!("<{tag}>"), format!("</{tag}>"));
            let begin =
                page.matches(&begins).count().max(page.matches(&format!("<{tag} ")).count());
            assert_eq!((begin, page.matches(&ends).count()), (1, 1), "{tag}: {page}");
        }
    }
}

#[test]
fn a_comment_is_not_longer_than_allowed() {
    let world = World::new();
    let text = "x".repeat(3_000);
    let webhooks: Vec<_> = (1..=60)
        .map(|number| {
            json!({
                "type": "ValidateAnswer",
                "form": format!("FRM-{number:04}-1111"),
                "url": "https://a.example/",
                "description": text,
            })
        })
        .collect();
    world.write("w.json", &json!({"version": 1, "webhooks": webhooks}).to_string());
    let comment = world.run("-p sandbox webhook diff w.json -o markdown").stdout;
    assert!(comment.chars().count() < 60_100);
    assert!(
        comment.contains("| 60 |") && comment.ends_with(" more webhooks were left out.\n"),
        "{comment}"
    );
}
