//! The configuration file: created, changed, private, and validated.

use crate::support::World;
use crate::support::world::{TOKEN, assert_private, assert_run, set_mode};

const FILE: &str = "mpt/config.toml";

fn text(world: &World) -> String {
    std::fs::read_to_string(world.path(FILE)).unwrap()
}

#[test]
fn init_makes_a_private_file_and_the_first_profile_is_the_default() {
    let world = World::new();
    let run =
        world.run_with_stdin("config init -p production --token-stdin", &format!("{TOKEN}\n"));
    assert_run!(run, @"
    exit 0
    --- stderr
    Profile `production` (the default) is in [home]/mpt/config.toml
    Try it: mpt config check
    ");
    assert_private(&world.path(FILE));
    assert_private(&world.path("mpt"));
    insta::assert_snapshot!(text(&world), @r#"
    default_profile = "production"

    [profiles.production]
    base_url = "https://api.platform.softwareone.com"
    token = "idt:TKN-1234-5678:hush-hush"
    "#);
    world.run("config init -p staging --base-url https://staging.example --token-env STAGING").ok();
    world.args(&["config", "init", "-p", "a b/ä", "--token-command", "pass show 'my token'"]).ok();
    world.run("config init -p filed --token-file t.txt").ok();
    assert_run!(world.run("config list"), @"
    exit 0
    --- stdout
    PROFILE     NAME  CURRENT  DEFAULT  PROTECTED  BASE-URL                              TOKEN-FROM
    production        ✓        ✓                   https://api.platform.softwareone.com  token
    staging                                        https://staging.example               token_env
    a b/ä                                          https://api.platform.softwareone.com  token_command
    filed                                          https://api.platform.softwareone.com  token_file
    sandbox                                        inside the process
    ");
    assert!(text(&world).contains("token_command = [\"pass\", \"show\", \"my token\"]"));
    let config: toml::Table = toml::from_str(&text(&world)).unwrap();
    let token_file = config["profiles"]["filed"]["token_file"].as_str();
    assert_eq!(token_file, world.path("t.txt").to_str());
}

#[test]
fn init_reports_missing_options() {
    let world = World::new();
    assert_run!(world.run("config init"), @"
    exit 2
    --- stderr
    error: cannot ask for the token without a terminal
    hint: use one of --token-stdin, --token-env, --token-file, --token-command
    ");
    assert_run!(world.run("config init -p sandbox --token-env T"), @"
    exit 2
    --- stderr
    error: the profile `sandbox` is built in
    hint: use another name with -p
    ");
    assert_eq!(world.run("config init --token-env T --base-url nonsense").code, 2);
    assert_eq!(world.run_with_stdin("config init --token-stdin", "a b\n").code, 2);
    assert_eq!(world.run_with_stdin("config init --token-stdin", "").code, 2);
    assert!(!world.path(FILE).exists());
    world.run("config init --token-env T").ok();
    assert_run!(world.run("config init --token-env T"), @"
    exit 2
    --- stderr
    error: profile `default` exists already
    hint: use another name with -p, or change the profile with mpt config set
    ");
}

#[test]
fn changes_keep_comments() {
    let world = World::new();
    world.config(
        "# mine\ndefault_profile = \"p\" # the one\n\n[profiles.p] # main\n# where\nbase_url = \"https://a.example\" # there\ntoken_env = \"T\"\n",
    );
    world.run("config set base_url https://b.example").ok();
    world.run("config set timeout 45s").ok();
    world.run("config set output json").ok();
    world.run("config unset output").ok();
    world.run("config set token_command -p p -- pass show --id mpt").ok();
    insta::assert_snapshot!(text(&world), @r#"
    # mine
    default_profile = "p" # the one

    [profiles.p] # main
    # where
    base_url = "https://b.example" # there
    timeout = "45s"
    token_command = ["pass", "show", "--id", "mpt"]
    "#);
    world.run_with_stdin("config set token -", TOKEN).ok();
    assert!(text(&world).contains(TOKEN) && !text(&world).contains("token_command"));
}

#[test]
fn get_prints_one_value_and_masks_the_token() {
    let world = World::new();
    world.config(&format!("default_profile = \"p\"\n[profiles.p]\nbase_url = \"https://a.example\"\ntoken = \"{TOKEN}\"\n"));
    assert_eq!(world.run("config get base_url").ok(), "https://a.example\n");
    assert_eq!(world.run("config get token").ok(), "idt:TKN-1234-5678:********\n");
    assert_run!(world.run("config get timeout"), @"
    exit 3
    --- stderr
    error: timeout is not set in profile `p`
    hint: set it with mpt config set timeout …; see the current settings with mpt config show
    ");
    assert_run!(world.run("config get bse_url"), @"
    exit 2
    --- stderr
    error: unknown key `bse_url` (did you mean `base_url`?)
    hint: keys: base_url, token, token_env, token_file, token_command, timeout, output, ca_file, proxy, name, columns, protected
    ");
    assert_run!(world.run("config get base_url -p q"), @"
    exit 3
    --- stderr
    error: profile `q` does not exist (did you mean `p`?)
    hint: list profiles with mpt config list, or create one with mpt config init -p NAME
    ");
}

#[test]
fn set_validates_its_value() {
    let world = World::new();
    world.config("default_profile = \"p\"\n[profiles.p]\n");
    for line in [
        "timeout 30", "output jsn", "base_url nonsense", "base_url https://a.example?x=1",
        "proxy proxy:3128", "timeout 30s 40s", "token idt:TKN-1:x", "colour red",
    ] {
        let run = world.run(&format!("config set {line}"));
        assert_eq!(run.code, 2, "{line}: {}", run.snapshot());
    }
    assert_run!(world.run("config set token idt:TKN-1:x"), @"
    exit 2
    --- stderr
    error: a token on the command line is visible to other users of this machine
    hint: read it from standard input with mpt config set token -
    ");
    assert_eq!(text(&world), "default_profile = \"p\"\n[profiles.p]\n");
}

#[test]
fn use_and_remove_change_the_default() {
    let world = World::new();
    world.config("[profiles.a]\n# kept\ntoken_env = \"A\"\n[profiles.b]\ntoken_env = \"B\"\n");
    world.run("config use b").ok();
    assert_run!(world.run("config use bb"), @"
    exit 3
    --- stderr
    error: profile `bb` does not exist (did you mean `b`?)
    hint: list profiles with mpt config list, or create one with mpt config init -p NAME
    ");
    assert_run!(world.run("config remove b"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_run!(world.run("config remove b --yes"), @"
    exit 0
    --- stderr
    Removed profile `b`
    It was the default; set another default with mpt config use NAME
    ");
    insta::assert_snapshot!(text(&world), @r#"
    [profiles.a]
    # kept
    token_env = "A"
    "#);
    world.run("config use sandbox").ok();
    assert_eq!(world.run("webhook list --count").ok(), "0\n");
}

#[test]
fn errors_name_file_and_line() {
    let world = World::new();
    for (text, line) in [
        ("[profiles.p]\nbse_url = \"x\"\n", 2),
        ("[profiles.p]\n\ntimeout = \"30\"\n", 3),
        ("[profiles.p\n", 1),
        ("default_profile = \"q\"\n[profiles.p]\n", 1),
        ("[profiles.p]\ntoken_env = \"a\"\ntoken_file = \"b\"\n", 3),
    ] {
        world.config(text);
        let run = world.run("webhook list");
        assert_eq!(run.code, 3, "{}", run.snapshot());
        assert!(run.stderr.contains(&format!("config.toml:{line}: ")), "{}", run.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_token_that_others_can_read_is_refused() {
    let world = World::new();
    let path = world.config("default_profile = \"p\"\n[profiles.p]\ntoken = \"idt:TKN-1:hush\"\n");
    set_mode(&path, 0o644);
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: [home]/mpt/config.toml: contains a token, and other users can read the file
    hint: chmod 600 [home]/mpt/config.toml
    ");
    // A file without a token may be readable by others.
    let path = world.config("default_profile = \"p\"\n[profiles.p]\ntoken_env = \"T\"\n");
    set_mode(&path, 0o644);
    assert_eq!(world.run("config list").code, 0);
}

#[test]
fn a_folder_instead_of_the_file_is_an_error() {
    let world = World::new();
    std::fs::create_dir_all(world.path(FILE)).unwrap();
    let run = world.run("webhook list");
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert_eq!(world.run_with_stdin("config init --token-stdin", TOKEN).code, 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_an_error() {
    let world = World::new();
    let run =
        world.run_with_stdin("config init --token-stdin --config /proc/mpt/config.toml", TOKEN);
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(run.stderr.contains("/proc/mpt/config.toml: cannot be written"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn without_a_home_the_way_on_is_named() {
    let world = World::new();
    let run = |line: &str| {
        let arguments: Vec<_> = line.split(' ').collect();
        let mut command = world.command(&arguments);
        // A home folder that is not a folder.
        command.env("MPT_HOME", "/dev/null/x");
        crate::support::world::Run::of(&command.output().unwrap())
    };
    assert_eq!(run("webhook list").code, 3);
    assert_eq!(run("-p sandbox webhook list").code, 3);
    assert_eq!(run("--version").code, 0);
}

#[test]
fn of_changes_at_once_none_is_lost() {
    let world = World::new();
    let children: Vec<_> = (0..10)
        .map(|number| {
            let line = format!("config init -p p{number} --token-env T");
            crate::support::world::spawn(&mut world.command(&line.split(' ').collect::<Vec<_>>()))
        })
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert_eq!(world.run("config list -o id").ok().lines().count(), 11);
}

#[test]
fn comments_above_stay_too() {
    let world = World::new();
    world.config(
        "# of the file\n\n# of p\n[profiles.p]\n# where\nbase_url = \"https://a.example\"\n\n# of q\n[profiles.q]\ntoken_env = \"Q\"\n",
    );
    world.run("config set -p p base_url https://b.example").ok();
    assert!(text(&world).contains("# where\nbase_url = \"https://b.example\""), "{}", text(&world));
    world.run("config remove p --yes").ok();
    assert_eq!(text(&world), "# of the file\n\n# of q\n[profiles.q]\ntoken_env = \"Q\"\n");
}

#[test]
fn concurrent_changes_are_not_lost() {
    let world = World::new();
    let spawn = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        crate::support::world::spawn(&mut world.command(&words))
    };
    // A bare file name has no folder.
    let changes: Vec<_> = (0..12)
        .map(|number| {
            spawn(&format!(
                "config init --config c.toml -p p{number} --base-url https://a.example --token-env T"
            ))
        })
        .collect();
    for mut child in changes {
        assert!(child.wait().unwrap().success());
    }
    let listed = world.run("config list --config c.toml -o id").ok();
    assert_eq!(listed.lines().count(), 13, "{listed}");
    // One of several creates a profile.
    let same: Vec<_> = (0..12)
        .map(|number| {
            spawn(&format!(
                "config init --config c.toml -p same --base-url https://a{number}.example --token-env T"
            ))
        })
        .collect();
    let succeeded = same.into_iter().map(|mut child| child.wait().unwrap().success());
    assert_eq!(succeeded.filter(|success| *success).count(), 1);
    // The same file through a symbolic link.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("c.toml", world.path("link.toml")).unwrap();
        let changes: Vec<_> = (0..12)
            .map(|number| {
                let file = ["c.toml", "link.toml"][number % 2];
                spawn(&format!("config set timeout 5s --config {file} -p p{number}"))
            })
            .collect();
        for mut child in changes {
            assert!(child.wait().unwrap().success());
        }
        let text = std::fs::read_to_string(world.path("c.toml")).unwrap();
        assert_eq!(text.matches("timeout = \"5s\"").count(), 12, "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_change_runs_no_command() {
    let world = World::new();
    let ran = world.path("ran");
    let config = format!(
        "[profiles.a]\nbase_url = \"https://127.0.0.1:1\"\ntoken_command = [\"touch\", {:?}]\n",
        ran.display().to_string()
    );
    let path = world.config(&config);
    for mode in [0o620, 0o602, 0o666] {
        set_mode(&path, mode);
        let run = world.run("webhook list -p a --retries 0");
        assert_eq!(run.code, 3, "{mode:o}: {}", run.snapshot());
        assert!(run.stderr.contains("token_command is not run"), "{}", run.stderr);
        assert!(run.stderr.contains("chmod 600"), "{}", run.stderr);
    }
    assert!(!ran.exists());
    // That others can read it is no danger: it holds no token.
    set_mode(&path, 0o644);
    let run = world.run("webhook list -p a --retries 0");
    assert!(ran.exists(), "{}", run.snapshot());
}

#[cfg(unix)]
#[test]
fn a_token_file_that_others_can_read_gets_a_warning() {
    let world = World::new();
    let token = world.write("token", "idt:TKN-1:x\n");
    world.config(&format!(
        "[profiles.a]\nbase_url = \"https://127.0.0.1:1\"\ntoken_file = {:?}\n",
        token.display().to_string()
    ));
    set_mode(&token, 0o644);
    let run = world.run("webhook list -p a --retries 0");
    assert_eq!(run.code, 9, "{}", run.snapshot());
    assert!(run.stderr.contains("warning: other users can read the token"), "{}", run.stderr);
    set_mode(&token, 0o600);
    let run = world.run("webhook list -p a --retries 0");
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_token_command_starts_ends_with_it() {
    let world = World::new();
    // A program in the background, with a name of its own, and one that would keep the pipe open.
    let script = format!("sleep 4711.{} & echo idt:TKN-1:x", std::process::id());
    let is_running = || {
        let mut all = std::fs::read_dir("/proc").unwrap().flatten();
        all.any(|entry| {
            let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            line.starts_with("sleep") && line.contains(&format!("4711.{}", std::process::id()))
        })
    };
    for (script, code) in [(script.clone(), 9), (format!("{script}; wait"), 3)] {
        world.config(&format!("[profiles.a]\nbase_url = \"https://127.0.0.1:1\"\ntoken_command = [\"sh\", \"-c\", {script:?}]\n"));
        let run = world.run("webhook list -p a --retries 0 --timeout 1s");
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert!(!is_running(), "{script}");
    }
}

#[test]
fn a_profile_is_renamed_in_its_place() {
    let world = World::new();
    let path = world.config(
        "# mine\ndefault_profile = \"a\"\n\n# the first\n[profiles.a]\ntimeout = \"5s\" # short\n\n[profiles.b]\n",
    );
    assert_run!(world.run("config rename a c"), @"
    exit 0
    --- stderr
    Renamed profile `a` to `c`
    ");
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
    # mine
    default_profile = "c"

    # the first
    [profiles.c]
    timeout = "5s" # short

    [profiles.b]
    "#);
    assert_run!(world.run("config rename c b"), @"
    exit 3
    --- stderr
    error: profile `b` exists already
    ");
    assert_run!(world.run("config rename absent d"), @"
    exit 3
    --- stderr
    error: profile `absent` does not exist
    hint: list profiles with mpt config list, or create one with mpt config init -p NAME
    ");
    assert_eq!(world.run("config rename c sandbox").code, 2);
    assert_eq!(world.run("config rename c a|b").code, 2);
}

#[test]
fn columns_and_protected_are_values_of_a_profile() {
    let world = World::new();
    let path = world.config("[profiles.a]\n");
    world.run("config set columns id,object-name -p a").ok();
    world.run("config set protected true -p a").ok();
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
    [profiles.a]
    columns = "id,object-name"
    protected = true
    "#);
    assert_run!(world.run("config set protected yes -p a"), @"
    exit 2
    --- stderr
    error: protected: `yes` is neither true nor false
    ");
    assert_run!(world.run("config set columns id,nme -p a"), @"
    exit 2
    --- stderr
    error: columns: there is no column `nme`; columns: id, status, type, object, url, health, description, object-type, object-name, account, account-name, criteria, calls, successes, failures, success-rate, last-call, last-status, last-success, last-failure, created, updated
    ");
    world.config("[profiles.a]\nprotected = \"true\"\n");
    assert_run!(world.run("config list"), @"
    exit 3
    --- stderr
    error: [home]/mpt/config.toml:2: protected: must be true or false, without quotes
    ");
}
