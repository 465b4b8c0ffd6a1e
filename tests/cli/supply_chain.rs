//! Dependencies follow the rules of deny.toml.

use std::process::Command;

#[test]
fn licences_sources_and_versions_keep_to_the_rules() {
    let deny = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["deny", "--offline"])
            .args(words);
        command.output()
    };
    let is_installed = deny(&["--version"]).is_ok_and(|output| output.status.success());
    if !is_installed {
        crate::support::world::report_skipped(
            "skipped: cargo-deny is not installed (cargo install cargo-deny --locked)",
        );
        return;
    }
    let checked = deny(&["check", "bans", "licenses", "sources"]).unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}
