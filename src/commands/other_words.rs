//! What people type who know other tools: the commands and options that have another name here. A table, because a
//! similar spelling says nothing about the meaning.

use clap::Command;

use crate::model::{Anchor, id, url, webhook_type};
use crate::system::files::shell_quoted;
use crate::text::MPT;

/// The commands before a word; `*`: any or none.
type Place = &'static str;

/// `{ID}` and `{FILE}` stand for what was typed.
const COMMANDS: &[(Place, &[&str], &[&str])] = &[
    ("*", &["trigger"], &["endpoint call"]),
    ("*", &["listen"], &["endpoint listen"]),
    ("*", &["test"], &["endpoint test"]),
    ("*", &["verify"], &["endpoint verify-token"]),
    ("*", &["replay", "resend", "redeliver", "retry"], &["endpoint replay"]),
    ("*", &["login", "auth", "signin", "configure", "setup"], &["config init"]),
    ("", &["init"], &["config init"]),
    ("", &["logout"], &["config remove"]),
    ("", &["whoami", "ping"], &["config check"]),
    ("", &["profile", "profiles", "context", "contexts", "account", "accounts"], &["config list"]),
    ("", &["version"], &["--version"]),
    ("webhook", &["help"], &["help webhook"]),
    ("endpoint", &["help"], &["help endpoint"]),
    ("config", &["help"], &["help config"]),
    ("sandbox", &["help"], &["help sandbox"]),
    ("", &["get webhooks", "describe webhooks"], &["webhook list"]),
    ("", &["get webhook", "describe webhook"], &["webhook show {ID}"]),
    ("sandbox", &["status", "list"], &["-p sandbox status"]),
    ("webhook", &["status", "overview", "summary"], &["status"]),
    ("webhook", &["validate", "lint"], &["webhook diff {FILE}"]),
    ("endpoint", &["logs", "log", "history", "list"], &["endpoint replay"]),
    ("", &["product show", "product get", "product view"], &["api GET /catalog/products/{ID}"]),
    ("", &["program show", "program get", "program view"], &["api GET /program/programs/{ID}"]),
    ("", &["form show", "form get", "form view"], &["api GET /helpdesk/forms/{ID}"]),
    (
        "",
        &[
            "product", "products", "program", "programs", "form", "forms", "overview", "health",
            "dashboard",
        ],
        &["status"],
    ),
    ("", &["forward", "proxy", "tunnel"], &["endpoint listen"]),
    ("", &["call", "send", "invoke"], &["endpoint call"]),
    ("", &["start", "emulator", "mock"], &["sandbox serve"]),
    ("", &["plan"], &["webhook diff"]),
    ("", &["deploy", "sync"], &["webhook apply"]),
    ("", &["get", "describe", "view"], &["webhook show {ID}"]),
    ("", &["logs", "log"], &["webhook show {ID}", "webhook watch {ID}", "endpoint replay"]),
    ("", &["tail", "follow"], &["webhook watch {ID}"]),
    ("", &["request", "curl"], &["api GET /notifications/webhooks"]),
    (
        "webhook",
        &["get", "describe", "view", "inspect", "info", "read", "cat"],
        &["webhook show {ID}"],
    ),
    ("webhook", &["plan", "preview", "compare"], &["webhook diff {FILE}"]),
    ("webhook", &["import", "deploy", "push", "sync", "provision"], &["webhook apply {FILE}"]),
    ("webhook", &["dump", "download", "pull", "backup"], &["webhook export"]),
    (
        "webhook",
        &["logs", "log", "calls", "deliveries", "events", "attempts"],
        &["webhook show {ID}", "webhook watch {ID}", "endpoint replay"],
    ),
    ("webhook", &["tail", "follow", "monitor", "wait"], &["webhook watch {ID}"]),
    ("webhook", &["audit", "changes"], &["webhook history {ID}"]),
    ("webhook", &["add", "new", "register", "make", "post"], &["webhook create"]),
    ("webhook", &["remove", "destroy", "unregister", "del"], &["webhook delete {ID}"]),
    ("webhook", &["edit", "set", "modify", "patch", "change", "put"], &["webhook update {ID}"]),
    ("webhook", &["on", "start", "resume", "activate"], &["webhook enable {ID}"]),
    ("webhook", &["off", "stop", "pause", "suspend", "deactivate"], &["webhook disable {ID}"]),
    ("webhook", &["check", "diagnose", "debug", "why", "health"], &["webhook doctor {ID}"]),
    ("webhook", &["rotate", "secret", "roll"], &["webhook rotate-secret {ID}"]),
    ("webhook", &["call", "send", "ping", "invoke", "fire"], &["endpoint call"]),
    ("endpoint", &["send", "invoke", "fire", "ping", "post"], &["endpoint call"]),
    ("endpoint", &["serve", "start", "forward", "proxy", "tunnel"], &["endpoint listen"]),
    ("endpoint", &["check", "validate"], &["endpoint test"]),
    ("endpoint", &["verify-jwt", "decode", "token"], &["endpoint verify-token"]),
    ("order", &["show", "get", "describe", "view"], &["api GET /commerce/orders/{ID}"]),
    ("order", &["create", "new"], &["api POST /commerce/orders"]),
    ("order", &["update", "edit"], &["api PUT /commerce/orders/{ID}"]),
    ("order", &["check"], &["order validate {ID}"]),
    ("enrollment", &["show", "get", "describe", "view"], &["api GET /program/enrollments/{ID}"]),
    ("enrollment", &["check"], &["enrollment validate {ID}"]),
    ("config", &["add", "new", "create"], &["config init"]),
    ("config", &["delete", "del"], &["config remove"]),
    ("config", &["switch", "select", "use-context", "activate"], &["config use"]),
    ("config", &["view", "cat"], &["config show"]),
    ("config", &["edit", "where", "file"], &["config path"]),
    ("config", &["get-contexts", "profiles"], &["config list"]),
    ("config", &["test", "verify", "validate", "ping"], &["config check"]),
    ("sandbox", &["start", "run", "up", "launch"], &["sandbox serve"]),
    ("sandbox", &["clear", "clean", "wipe", "delete", "destroy"], &["sandbox reset"]),
    ("sandbox", &["trigger", "send", "call", "raise"], &["sandbox fire"]),
];

/// An option, and what to use in its place: the first that the command has. `{ID}` stands for what was typed.
const OPTIONS: &[(Place, &[&str], &str)] = &[
    (
        "webhook update",
        &["type"],
        "the type of a webhook cannot be changed; create one with the other type",
    ),
    ("webhook update", &["enabled", "enable", "active", "on"], "use `mpt webhook enable {ID}`"),
    (
        "webhook update",
        &["disabled", "disable", "inactive", "off"],
        "use `mpt webhook disable {ID}`",
    ),
    ("webhook update", &["status"], "use `mpt webhook enable {ID}` or `mpt webhook disable {ID}`"),
    (
        "webhook create",
        &["enabled", "enable", "active"],
        "a webhook is created enabled; leave the option out",
    ),
    ("webhook create", &["object"], "use --product, --program or --form"),
    (
        "*",
        &["secret", "secret-value"],
        "use --secret-file or --secret-env: other programs can read what is typed",
    ),
    (
        "*",
        &["token", "api-token", "api-key"],
        "put the token into a profile with `mpt config init`, or into MPT_API_TOKEN",
    ),
    (
        "webhook apply",
        &["f", "file", "filename"],
        "files need no option: `mpt webhook apply {FILE}`",
    ),
    ("webhook diff", &["f", "file", "filename"], "files need no option: `mpt webhook diff {FILE}`"),
    ("webhook list", &["watch", "w"], "use `mpt webhook watch`"),
    ("*", &["f"], "use --from"),
    ("*", &["cacert", "ca-cert", "cert", "k"], "use --ca-file"),
    ("*", &["H"], "use --header"),
    ("*", &["event", "events", "event-type", "topic", "kind"], "use --type"),
    ("*", &["name", "title"], "use --description"),
    ("*", &["endpoint", "target", "callback", "to"], "use --url"),
    ("*", &["endpoint", "target", "url", "forward"], "use --to"),
    ("*", &["forward", "target", "to", "url"], "use --forward-to"),
    ("*", &["file", "input", "body", "data"], "use --from"),
    ("*", &["body", "data", "file", "input"], "use --payload"),
    ("*", &["failed", "failures", "errors", "error", "broken", "unhealthy"], "use --failing"),
    ("*", &["product", "program", "form"], "use --object"),
    ("*", &["enabled", "disabled", "active"], "use --status"),
    ("*", &["sort", "sort-by", "order-by"], "use --order"),
    ("*", &["fields", "cols"], "use --columns"),
    ("*", &["query", "search", "where"], "use --filter"),
    ("*", &["page-size", "top", "max"], "use --limit"),
    ("*", &["json"], "use --output json"),
    ("*", &["yaml"], "use --output yaml"),
    ("*", &["csv"], "use --output csv"),
    ("*", &["format", "out"], "use --output"),
    ("*", &["host", "server", "api-url", "base"], "use --base-url"),
    ("*", &["env", "environment", "context", "account"], "use --profile"),
    ("*", &["debug", "trace"], "use --verbose"),
    ("*", &["silent"], "use --quiet"),
    ("*", &["non-interactive", "batch"], "use --no-input"),
    ("*", &["auto-approve", "assume-yes", "force", "confirm"], "use --yes"),
    ("*", &["no-color", "no-colour", "nocolor"], "use --color never"),
    ("*", &["colour"], "use --color"),
    ("webhook delete", &["all"], "use `mpt webhook list -o id | mpt webhook delete -`"),
    ("webhook show", &["all", "a"], "use `mpt webhook list`"),
    ("webhook list", &["page", "offset"], "the whole list is printed; --limit shortens it"),
    ("*", &["parallel", "concurrency", "workers"], "use --jobs"),
];

/// What was typed after the program's name.
pub struct Typed {
    /// The commands that were understood, such as `webhook update`.
    pub place: String,
    pub words: Vec<String>,
}

impl Typed {
    /// Returns a tip for a word that is no command of the place.
    pub fn tip_for_command(&self, word: &str, root: &Command) -> Option<String> {
        let next = self.words.iter().skip_while(|one| *one != word).nth(1);
        let two_words = next.and_then(|next| {
            let commands = listed(&self.place, &format!("{word} {next}"))?;
            Some((commands, next.as_str()))
        });
        let (commands, word) = match two_words {
            Some(found) => found,
            None => (commands_for(&self.place, word, root)?, word),
        };
        let filled: Vec<_> =
            commands.iter().map(|command| self.filled(&format!("`mpt {command}`"), word)).collect();
        let all = match filled.split_last()? {
            (only, []) => only.clone(),
            (last, others) => format!("{} or {last}", others.join(", ")),
        };
        Some(format!("did you mean {all}?"))
    }

    /// Returns a tip for an argument that `command`, which is at the place, does not take.
    pub fn tip_for_argument(&self, argument: &str, command: &Command) -> Option<String> {
        let has = |option: &str| command.get_arguments().any(|one| one.get_long() == Some(option));
        let Some(option) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'))
        else {
            if argument.parse::<u16>().is_ok() && has("port") {
                return Some(format!("use `--port {argument}`"));
            }
            let option = option_for(argument)?;
            return has(option).then(|| format!("use `--{option} {argument}`"));
        };
        let option = option.split('=').next().unwrap_or_default();
        let mut known = OPTIONS.iter().filter(|(place, names, _)| {
            is_at(place, &self.place) && names.iter().any(|name| name.eq_ignore_ascii_case(option))
        });
        let tip = known.find_map(|(_, _, tip)| {
            let named = tip
                .strip_prefix("use --")
                .map(|rest| rest.split([' ', ',', ':']).next().unwrap_or_default());
            named.is_none_or(has).then_some(*tip)
        })?;
        Some(self.filled(tip, argument))
    }

    /// Returns a tip for a value that an argument does not take.
    pub fn tip_for_value(argument: &str, value: &str) -> Option<String> {
        let is_any = |names: &[&str]| names.iter().any(|name| value.eq_ignore_ascii_case(name));
        match argument.trim_start_matches('-').split([' ', '=']).next()? {
            "output" if is_any(&["wide"]) => Some("use --wide".to_owned()),
            "output" if is_any(&["text", "pretty", "human", "plain"]) => {
                Some("use --output table, which is the default".to_owned())
            }
            "<METHOD>" if value.starts_with('/') => {
                Some(format!("the method comes first: `{MPT} api GET {}`", shell_quoted(value)))
            }
            _ => None,
        }
    }

    /// Replaces `{ID}` and `{FILE}` by what follows the word, or else by the first ID.
    fn filled(&self, text: &str, word: &str) -> String {
        let text = text.replace("`mpt ", &format!("`{MPT} "));
        let mut after = self.words.iter().skip_while(|one| *one != word).skip(1);
        let is_plain = |one: &&String| {
            let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
            !one.starts_with('-') && one.chars().all(is_safe)
        };
        let is_option = word.starts_with('-');
        let next = after.next().filter(is_plain).filter(|_| !is_option);
        let value = next.or_else(|| self.words.iter().find(|one| id::is_id(one)));
        match value {
            Some(value) => text.replace("{ID}", value).replace("{FILE}", value),
            None => text.replace("{ID}", "ID").replace("{FILE}", "FILE"),
        }
    }
}

/// The commands that are meant by a word, or that have it one level down.
pub fn commands_for(place: &str, word: &str, root: &Command) -> Option<Vec<String>> {
    if let Some(commands) = listed(place, word) {
        return Some(commands);
    }
    let mut groups = root.get_subcommands().filter(|_| place.is_empty());
    let group = groups.find(|group| group.find_subcommand(word).is_some())?;
    Some(vec![format!("{} {word}", group.get_name())])
}

/// The commands of the table for a word, or for two.
pub fn listed(place: &str, word: &str) -> Option<Vec<String>> {
    let mut known = COMMANDS.iter().filter(|(at, words, _)| {
        is_at(at, place) && words.iter().any(|one| one.eq_ignore_ascii_case(word))
    });
    // What is said of the place comes before what is said of all.
    let found = known.clone().find(|(at, ..)| *at != "*").or_else(|| known.next());
    found.map(|(.., commands)| commands.iter().map(ToString::to_string).collect())
}

fn is_at(at: &str, place: &str) -> bool {
    at == "*" || at == place
}

/// The option for a value that was typed without one.
fn option_for(value: &str) -> Option<&'static str> {
    if webhook_type::find(value).is_some() {
        return Some("type");
    }
    if url::parse_http(value).is_ok() {
        return Some("url");
    }
    let anchor = Anchor::ALL.into_iter().find(|anchor| value.starts_with(anchor.id_prefix()))?;
    id::is_id(value).then_some(anchor.name())
}
