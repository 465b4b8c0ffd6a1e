//! `config import`: accounts of mpt-cli.

use crate::support::World;
use crate::support::world::{assert_run, set_mode};

const ACCOUNTS: &str = r#"[
  {"id": "ACC-1", "name": "Northwind", "type": "Vendor", "token": "idt:TKN-1111-1111:hush",
   "token_id": "TKN-1111-1111", "environment": "https://api.platform.softwareone.com", "is_active": false},
  {"id": "ACC-2", "name": "Contoso", "type": "Client", "token": "hush", "token_id": "TKN-2222-2222",
   "environment": "https://staging.example:8443", "is_active": true, "unknown": 1}
]"#;

fn world(text: &str) -> World {
    let world = World::new();
    let path = world.write("mpt/.swocli/accounts.json", text);
    set_mode(&path, 0o600);
    world
}

#[test]
fn each_account_becomes_a_profile_and_the_active_one_the_default() {
    let world = world(ACCOUNTS);
    assert_run!(world.run("config import --dry-run"), @"
    exit 0
    --- stdout
    PROFILE  ACCOUNT    BASE-URL                              DEFAULT  ACTION
    ACC-1    Northwind  https://api.platform.softwareone.com           would be created
    ACC-2    Contoso    https://staging.example:8443          ✓        would be created
    --- stderr
    Nothing was written
    ");
    assert!(!world.path("mpt/config.toml").exists());
    assert_run!(world.run("config import"), @"
    exit 0
    --- stdout
    PROFILE  ACCOUNT    BASE-URL                              DEFAULT  ACTION
    ACC-1    Northwind  https://api.platform.softwareone.com           created
    ACC-2    Contoso    https://staging.example:8443          ✓        created
    --- stderr
    Choose a profile with -p NAME, or set the default with mpt config use NAME
    ");
    insta::assert_snapshot!(std::fs::read_to_string(world.path("mpt/config.toml")).unwrap(), @r#"
    default_profile = "ACC-2"

    [profiles.ACC-1]
    base_url = "https://api.platform.softwareone.com"
    name = "Northwind"
    token = "idt:TKN-1111-1111:hush"

    [profiles.ACC-2]
    base_url = "https://staging.example:8443"
    name = "Contoso"
    token = "TKN-2222-2222:hush"
    "#);
    assert_eq!(std::fs::read_to_string(world.path("mpt/.swocli/accounts.json")).unwrap(), ACCOUNTS);
}

#[test]
fn existing_profiles_are_kept_without_overwrite() {
    let world = world(ACCOUNTS);
    world.config("default_profile = \"mine\"\n[profiles.mine]\ntoken_env = \"M\"\n[profiles.ACC-1]\ntoken_env = \"A\"\n");
    assert_run!(world.run("config import"), @"
    exit 0
    --- stdout
    PROFILE  ACCOUNT    BASE-URL                              DEFAULT  ACTION
    ACC-1    Northwind  https://api.platform.softwareone.com           kept
    ACC-2    Contoso    https://staging.example:8443                   created
    --- stderr
    Existing profiles were kept; use --overwrite to replace them
    Choose a profile with -p NAME, or set the default with mpt config use NAME
    ");
    assert_eq!(world.run("config get token_env -p ACC-1").ok(), "A\n");
    world.run("config import --overwrite").ok();
    assert_eq!(world.run("config get token -p ACC-1").ok(), "idt:TKN-1111-1111:********\n");
}

#[test]
fn a_file_that_others_can_read_is_warned_of() {
    let world = world(ACCOUNTS);
    set_mode(&world.path("mpt/.swocli/accounts.json"), 0o644);
    let run = world.run("config import");
    #[cfg(unix)]
    assert!(
        run.stderr.contains("warning: other users can read") && run.stderr.contains("chmod 600"),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, 0);
}

#[test]
fn an_invalid_accounts_file_is_an_error() {
    assert_run!(World::new().run("config import"), @"
    exit 3
    --- stderr
    error: [home]/mpt/.swocli/accounts.json: cannot be read: it does not exist
    hint: mpt-cli stores its accounts there; give another path as FILE
    ");
    for text in ["", "{}", "[{}]", r#"[{"id":"A","token":"t","environment":"nonsense"}]"#] {
        assert_eq!(world(text).run("config import").code, 3, "{text}");
    }
    let twice = r#"[{"id":"A","token":"t","environment":"https://a.example"},{"id":"A","token":"u","environment":"https://b.example"}]"#;
    assert_run!(world(twice).run("config import"), @"
    exit 3
    --- stderr
    error: [home]/mpt/.swocli/accounts.json: account `A` is listed twice
    ");
}
