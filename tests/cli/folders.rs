//! Folders of manifests and cases, as they are in repositories.

use crate::support::World;
use crate::support::world::assert_run;

fn entry(form: u32) -> String {
    format!(
        "[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-{form:04}-1111\"\nurl = \"http://localhost:4000/\"\n"
    )
}

/// A folder with a manifest that prunes, and the webhooks of a second manifest, which exist.
fn world() -> World {
    let world = World::new();
    let scope = "version = 1\n[scope]\ntypes = [\"ValidateAnswer\"]\n";
    world.write("webhooks/a.toml", &format!("{scope}{}", entry(1)));
    world.write("shared/b.toml", &format!("version = 1\n{}", entry(2)));
    world.run("-p sandbox webhook apply webhooks/a.toml shared/b.toml --yes -q").ok();
    world
}

fn count(world: &World) -> String {
    world.run("-p sandbox webhook list --count").ok()
}

const PRUNE: &str = "-p sandbox webhook apply webhooks --prune --yes";

#[cfg(unix)]
#[test]
fn links_to_files_and_folders_are_followed() {
    use std::os::unix::fs::symlink;
    let world = world();
    symlink("../shared", world.path("webhooks/linked")).unwrap();
    assert_run!(world.run(PRUNE), @"
    exit 0
    --- stdout
    2 unchanged
    ");
    assert_eq!(count(&world), "2\n");
    std::fs::remove_file(world.path("webhooks/linked")).unwrap();
    symlink("../shared/b.toml", world.path("webhooks/b.toml")).unwrap();
    assert_eq!(world.run(PRUNE).ok(), "2 unchanged\n");
    // Without the link, what it describes is deleted.
    std::fs::remove_file(world.path("webhooks/b.toml")).unwrap();
    world.run(PRUNE).ok();
    assert_eq!(count(&world), "1\n");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_or_out_of_the_repository_is_an_error() {
    use std::os::unix::fs::symlink;
    let world = world();
    symlink("..", world.path("webhooks/around")).unwrap();
    world.write("webhooks/deep/c.toml", "version = 1\nwebhooks = []\n");
    symlink("..", world.path("webhooks/deep/up")).unwrap();
    std::fs::remove_file(world.path("webhooks/around")).unwrap();
    let run = world.run("-p sandbox webhook diff webhooks");
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert!(run.stderr.contains("leads to a folder around it"), "{}", run.stderr);
    std::fs::remove_file(world.path("webhooks/deep/up")).unwrap();
    // The root of a repository is the folder with .git.
    world.write("webhooks/.git/HEAD", "");
    symlink("../shared", world.path("webhooks/linked")).unwrap();
    let run = world.run("-p sandbox webhook diff webhooks");
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert!(run.stderr.contains("leads out of the repository"), "{}", run.stderr);
}

#[test]
fn pruning_needs_every_entry_to_be_read() {
    for (name, text, why) in [
        ("webhooks/.hidden.toml", "version = 1\n", "a hidden name"),
        ("webhooks/.folder/b.yaml", "version: 1\n", "a hidden name"),
        ("webhooks/node_modules/x/package.json", "{}", "a folder of other programs"),
        ("webhooks/package.json", "{\"name\": \"x\"}", "no member `webhooks`"),
        ("webhooks/list.yaml", "- a\n", "no member `webhooks`"),
    ] {
        let world = world();
        world.write(name, text);
        let run = world.run(PRUNE);
        assert_eq!(run.code, 2, "{name}: {}", run.snapshot());
        assert!(run.stderr.contains(&format!("{name}: {why}")), "{}", run.stderr);
        assert_eq!(count(&world), "2\n", "{name}");
        // Without --prune, nothing depends on it.
        let run = world.run("-p sandbox webhook apply webhooks --yes");
        assert_eq!(run.code, 0, "{name}: {}", run.snapshot());
    }
}

#[cfg(unix)]
#[test]
fn pruning_does_not_skip_what_is_no_file() {
    let world = world();
    let pipe = world.path("webhooks/b.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_run!(world.run(PRUNE), @"
    exit 2
    --- stderr
    error: --prune: these entries are not read, and may describe webhooks that would be deleted; nothing was sent
      webhooks/b.toml: not a regular file
    hint: move them out of the folder, or name the manifests on the command line
    ");
    std::fs::remove_file(&pipe).unwrap();
    std::os::unix::fs::symlink("absent", world.path("webhooks/b")).unwrap();
    assert_run!(world.run(PRUNE), @"
    exit 2
    --- stderr
    error: --prune: these entries are not read, and may describe webhooks that would be deleted; nothing was sent
      webhooks/b: a broken link
    hint: move them out of the folder, or name the manifests on the command line
    ");
    assert_eq!(count(&world), "2\n");
}

#[test]
fn what_is_skipped_is_named() {
    let world = World::new();
    world.write("w/a.toml", &format!("version = 1\n{}", entry(1)));
    world.write("w/._a.toml", "\0\u{5}");
    world.write("w/.git/config.json", "{\"core\": {}}");
    world.write("w/node_modules/x/package.json", "{}");
    world.write("w/package.json", "{\"name\": \"root\"}");
    let run = world.run("-p sandbox webhook diff w");
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert_eq!(
        run.stderr,
        "Left out w/._a.toml: a hidden name\nLeft out w/package.json: no member `webhooks`\n"
    );
    // A file with an error is not skipped.
    world.write("w/broken.json", "{\"webhooks\": [");
    assert_eq!(world.run("-p sandbox webhook diff w").code, 2);
    // What stands on the command line is read.
    assert_eq!(world.run("-p sandbox webhook diff w/package.json").code, 2);
}

#[test]
fn a_test_names_what_it_did_not_run() {
    let endpoint = crate::support::Server::new(|request, _| {
        crate::support::Reply::text(200, "application/json", &request.body)
    });
    let world = World::new();
    world.write("c/a.toml", "[[cases]]\nname = \"a\"\npayload = \"own.json\"\n");
    world.write("c/own.json", "{\"id\": \"ORD-1\"}");
    world.write("c/other.json", "{\"id\": \"ORD-2\"}");
    world.write("c/pyproject.toml", "[project]\nname = \"x\"\n");
    world.write("c/.venv/pyvenv.toml", "[x]\n");
    world.write("c/._a.toml", "\0");
    let run = world.run(&format!("endpoint test c --to {}", endpoint.url()));
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let left_out: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("Left out")).collect();
    assert_eq!(
        left_out,
        [
            "Left out c/._a.toml: a hidden name",
            "Left out c/other.json: no member `cases`",
            "Left out c/pyproject.toml: no member `cases`",
        ]
    );
}

/// A hidden link is what it leads to, like a link that is not hidden.
#[cfg(unix)]
#[test]
fn a_deletion_does_not_depend_on_what_is_behind_a_hidden_link() {
    use std::os::unix::fs::symlink;
    for (to, link) in [
        ("../shared", "webhooks/.shared"),
        ("../shared", "webhooks/node_modules"),
        ("../../shared", "webhooks/.hidden/s"),
        ("nowhere", "webhooks/.broken"),
    ] {
        let world = world();
        std::fs::create_dir_all(world.path(link).parent().unwrap()).unwrap();
        symlink(to, world.path(link)).unwrap();
        let run = world.run(PRUNE);
        assert_eq!(run.code, 2, "{link}: {}", run.snapshot());
        assert!(run.stderr.contains(link), "{link}: {}", run.stderr);
        assert_eq!(count(&world), "2\n");
    }
}

#[test]
fn a_case_in_a_hidden_folder_is_named() {
    let world = World::new();
    world.write("cases/.hidden/b.toml", "[[cases]]\nname = \"b\"\ntype = \"ValidateAnswer\"\n");
    world.write("cases/a.toml", "[[cases]]\nname = \"a\"\ntype = \"ValidateAnswer\"\n");
    world.write("cases/node_modules/x/package.json", "{}");
    let run = world.run("endpoint test cases --to http://127.0.0.1:1/");
    assert!(run.stderr.contains("cases/.hidden/b.toml"), "{}", run.snapshot());
    assert!(!run.stderr.contains("package.json"), "{}", run.snapshot());
}
