//! The questions of `webhook create` on a terminal.

use insta::assert_snapshot;
use serde_json::json;

#[cfg(unix)]
use crate::support::terminal::HANGS;
use crate::support::{Reply, Server, Terminal, World};

#[test]
fn a_create_asks_for_everything() {
    let world = World::new();
    let mut terminal = Terminal::run(&world, "-p sandbox webhook create");
    terminal.answer("What does the endpoint validate?", "");
    terminal.wait_for("Ctrl-C to stop]");
    assert_snapshot!(terminal.screen(), @"
    Creating a webhook (the sandbox). Nothing is created before the last answer
    ? What does the endpoint validate?
    > ValidatePurchaseOrderDraft       a purchase order before it is placed
      ValidatePurchaseOrderQuerying    a purchase order under query
      ValidateChangeOrderDraft         a change order before it is placed
      ValidateConfigurationOrderDraft  a configuration order before it is placed
      ValidateTerminateOrder           a termination order before it is placed
      SelectOrderLines                 which lines an order may have
      ValidateEnrollmentDraft          an enrollment before it is submitted
      ValidateEnrollmentQuerying       an enrollment under query
      ValidateReEnrollment             a repeated enrollment
      ValidateReEnrollmentQuerying     a repeated enrollment under query
      ValidateAnswer                   the answers in a form
    [type to search, arrow keys to move, Enter to choose, Ctrl-C to stop]
    ");
    // Keys that are no letters type none.
    terminal.type_keys("answer\u{15}x y\u{17}\u{17}\u{1}\u{5}\u{b}draft\r");
    terminal.answer("Which product?", "cloud");
    terminal.wait_for("? Which product? cloud");
    terminal.wait_for("Another product, by its ID\n[type to search, arrow keys to move, Enter to choose, Ctrl-C to stop]");
    assert_snapshot!(terminal.screen(), @"
    Creating a webhook (the sandbox). Nothing is created before the last answer
    > What does the endpoint validate? ValidatePurchaseOrderDraft
    ? Which product? cloud
    > PRD-1111-1111  Cloud Editor
      PRD-2222-2222  Cloud Storage
      PRD-3333-3333  Cloud Backup (in preparation) (Draft)
      Another product, by its ID
    [type to search, arrow keys to move, Enter to choose, Ctrl-C to stop]
    ");
    terminal.type_keys("\r");
    terminal.answer("URL of the endpoint:", "http://hooks.example.com/\r");
    terminal.wait_for(
        "only allowed for this machine and private networks\n? URL of the endpoint: http://hooks.example.com/",
    );
    terminal.type_keys(&"\u{7f}".repeat(30));
    terminal.type_keys("https://hooks.example.com/validate\r");
    terminal.answer("Description (may be empty):", "Checks drafts\r");
    terminal.answer("Which secret signs the calls?", "\r");
    terminal.answer("New file for the secret:", "\r");
    assert_snapshot!(terminal.end(), @r"
    exit 0
    ? New file for the secret: (PRD-1111-1111.secret)
    Created WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111)
    Wrote the secret to PRD-1111-1111.secret
    WBH-0000-0001   ValidatePurchaseOrderDraft   ● Enabled   never called
    https://hooks.example.com/validate
    Checks drafts

     Object         PRD-1111-1111 · Cloud Editor (Order)
     Account        ACC-1000-0001 · Northwind Software · Vendor, Active
     Criteria       product.id  PRD-1111-1111
     Created        just now by mpt sandbox
     Updated        just now by mpt sandbox

     Calls          none yet

    Equivalent command:
      mpt -p sandbox webhook create \
        --type ValidatePurchaseOrderDraft \
        --product PRD-1111-1111 \
        --url https://hooks.example.com/validate \
        --description 'Checks drafts' \
        --generate-secret \
        --secret-out PRD-1111-1111.secret
    ");
    let made = world.run("-p sandbox webhook list -o json").json();
    assert_eq!(made[0]["type"], "ValidatePurchaseOrderDraft");
    assert!(world.path("PRD-1111-1111.secret").exists());
}

#[test]
fn flags_answer_questions() {
    let world = World::new();
    let line = "-p sandbox webhook create --product PRD-1000-0002 --description Checks \
                --url https://hooks.example.com/ --no-secret";
    let mut terminal = Terminal::run(&world, line);
    terminal.wait_for("What does the endpoint validate?");
    let screen = terminal.screen();
    assert!(!screen.contains("ValidateAnswer"), "{screen}");
    terminal.type_keys("terminate\r");
    assert_snapshot!(terminal.end(), @r"
    exit 0
    Creating a webhook (the sandbox). Nothing is created before the last answer
    > What does the endpoint validate? ValidateTerminateOrder
    Created WBH-0000-0001 (ValidateTerminateOrder for PRD-1000-0002)
    WBH-0000-0001   ValidateTerminateOrder   ● Enabled   never called
    https://hooks.example.com/
    Checks

     Object         PRD-1000-0002 · Product 1000-0002 (Order)
     Account        ACC-1000-0001 · Northwind Software · Vendor, Active
     Criteria       product.id  PRD-1000-0002
     Created        just now by mpt sandbox
     Updated        just now by mpt sandbox

     Calls          none yet

    Equivalent command:
      mpt -p sandbox webhook create --product PRD-1000-0002 --description Checks --url https://hooks.example.com/ --no-secret \
        --type ValidateTerminateOrder
    ");
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let world = World::new();
    for key in ["\u{3}", "\u{4}"] {
        let line = "-p sandbox webhook create --type validate-answer --form FRM-1000-0001";
        let mut terminal = Terminal::run(&world, line);
        terminal.answer("URL of the endpoint:", "https://hooks.example.com/\r");
        terminal.answer("Description (may be empty):", "\r");
        terminal.answer("Which secret signs the calls?", "\r");
        terminal.answer("New file for the secret:", key);
        let end = terminal.end();
        let (first, rest) = end.split_once('\n').unwrap();
        assert_eq!(first, "exit 130");
        assert!(rest.ends_with("error: interrupted; nothing was created"), "{rest}");
    }
    let count = world.run("-p sandbox webhook list --count").ok();
    assert_eq!(count, "0\n");
    assert!(!world.path("FRM-1000-0001.secret").exists());
}

#[cfg(unix)]
#[test]
fn a_signal_restores_the_terminal() {
    let world = World::new();
    let terminal = Terminal::run(&world, "-p sandbox webhook create");
    terminal.wait_for("[type to search");
    crate::support::world::signal(terminal.process(), "TERM");
    let end = terminal.end();
    assert!(end.starts_with("exit 130"), "{end}");
}

#[test]
fn an_object_that_cannot_be_listed_is_given_by_its_id() {
    let server = Server::new(|request, _| match request.method.as_str() {
        "GET" => Reply::Json(403, json!({"title": "Forbidden"})),
        _ => Reply::Json(201, crate::support::documents::created(&request.json())),
    });
    let world = World::at(&server);
    let line = "webhook create --type validate-answer --url https://hooks.example.com/";
    let mut terminal = Terminal::sized(&world, line, 40, 80);
    terminal.answer("ID of the form", "FRM-1111-1111\r");
    terminal.answer("Which secret signs the calls?", "none\r");
    terminal.wait_for("Equivalent command");
    let screen = terminal.end();
    assert!(screen.contains("warning: cannot list the forms: 403 Forbidden"), "{screen}");
    assert!(screen.contains("--form FRM-1111-1111"), "{screen}");
}

#[test]
fn names_from_the_platform_do_not_control_the_terminal() {
    let server = Server::new(|request, _| match request.method.as_str() {
        "GET" => Reply::Json(
            200,
            crate::support::documents::page(
                &[
                    json!({"id": "FRM-1111-1111", "name": "\u{1b}]0;owned\u{7}\u{202e}x", "status": "Published"}),
                ],
                0,
                Some(1),
            ),
        ),
        _ => Reply::Json(500, json!({})),
    });
    let line = "webhook create --type validate-answer --url https://hooks.example.com/";
    let mut terminal = Terminal::run(&World::at(&server), line);
    terminal.wait_for("Which form?");
    terminal.wait_for("FRM-1111-1111");
    terminal.type_keys("\u{3}");
    assert!(!terminal.bytes().contains("\u{1b}]0;owned"));
    assert!(!terminal.bytes().contains('\u{202e}'));
    assert!(terminal.screen().contains("\\u001b]0;owned\\u0007\\u202ex"));
    assert!(terminal.end().starts_with("exit 130"));
}

#[test]
fn an_id_of_the_platform_names_no_other_folder() {
    let server = Server::new(|_, _| {
        let form = json!({"id": "../../../etc/FRM", "name": "Form", "status": "Published"});
        Reply::Json(200, crate::support::documents::page(&[form], 0, Some(1)))
    });
    let line = "webhook create --type validate-answer --url https://hooks.example.com/";
    let mut terminal = Terminal::run(&World::at(&server), line);
    terminal.answer("Which form?", "\r");
    terminal.answer("Which secret signs the calls?", "\r");
    terminal.wait_for("New file for the secret: (webhook.secret)");
    terminal.type_keys("\u{3}");
    assert!(terminal.end().starts_with("exit 130"));
}

#[test]
fn what_the_platform_would_refuse_is_refused_at_its_question() {
    let world = World::new();
    let create =
        "-p sandbox webhook create --type validate-answer --url https://hooks.example.com/";
    world.run(&format!("{create} --form FRM-1111-1111 -q")).ok();
    let mut terminal = Terminal::run(&world, &format!("{create} --no-secret"));
    terminal.answer("Which form?", "1111\r");
    terminal.wait_for("WBH-0000-0001 (ValidateAnswer for FRM-1111-1111) exists already");
    terminal.answer("Which form?", "no such form");
    terminal.wait_for("> Another form, by its ID");
    terminal.type_keys("\r");
    terminal.answer("ID of the form", "frm-1\r");
    terminal.wait_for("there is no form frm-1; form IDs look like FRM-1111-1111");
    terminal.wait_for("Ctrl-C to stop]");
    terminal.type_keys("\u{3}");
    assert!(terminal.end().starts_with("exit 130"));
}

#[test]
fn a_list_fits_a_small_terminal() {
    let server = Server::new(|request, _| {
        let number = |n: usize| json!({"id": format!("FRM-1111-{n:04}"), "name": "N".repeat(5000), "status": "Published"});
        match request.target.contains("forms?") {
            true => {
                let forms: Vec<_> = (0..40).map(number).collect();
                Reply::Json(200, crate::support::documents::page(&forms, 0, Some(40)))
            }
            false => Reply::Json(404, json!({"title": "Not Found"})),
        }
    });
    let line = "webhook create --type validate-answer --url https://hooks.example.com/";
    let mut terminal = Terminal::sized(&World::at(&server), line, 8, 30);
    terminal.wait_for("[type to search]");
    assert_snapshot!(terminal.screen());
    terminal.type_keys(&"\u{1b}[B".repeat(9));
    // The last line that is drawn again.
    terminal.wait_for("v FRM-1111-0011");
    assert_snapshot!(terminal.screen());
    terminal.type_keys("\u{3}");
    assert!(terminal.end().starts_with("exit 130"));
}

#[cfg(unix)]
#[test]
fn a_signal_after_an_answer_ends_the_command() {
    let (sender, posted) = std::sync::mpsc::channel();
    let server = Server::new(move |request, _| match request.method.as_str() {
        "POST" => {
            sender.send(()).ok();
            Reply::Silence
        }
        _ => Reply::Json(404, json!({"title": "Not Found"})),
    });
    let world = World::at(&server);
    let line = "webhook create --type validate-answer --form FRM-1111-1111 --no-secret";
    let mut terminal = Terminal::run(&world, line);
    terminal.answer("URL of the endpoint:", "https://hooks.example.com/\r");
    terminal.answer("Description (may be empty):", "\r");
    posted.recv_timeout(HANGS).unwrap();
    crate::support::world::signal(terminal.process(), "TERM");
    let end = terminal.end();
    assert!(end.starts_with("exit 130"), "{end}");
}

#[test]
fn keys_move_and_delete_and_are_no_letters() {
    let world = World::new();
    let line =
        "-p sandbox webhook create --type validate-answer --form FRM-1000-0001 --no-secret -o id";
    let mut terminal = Terminal::run(&world, line);
    // Ctrl-U, then a word too much (Ctrl-W), the beginning (Ctrl-A, Ctrl-E), and the rest cut off (Ctrl-K).
    let keys = "wrong\u{15}ttp://localhost:1/ too much\u{17}\u{17}\u{1}h\u{5}xy\u{1b}[D\u{1b}[D\u{b}\u{8}\r";
    terminal.answer("URL of the endpoint:", keys);
    terminal.answer("Description (may be empty):", "\r");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0\n"), "{screen}");
    let url = world.run("-p sandbox webhook list --jq .[0].url").ok();
    assert_eq!(url.trim(), "http://localhost:1/");
}

#[test]
fn without_an_id_one_chooses() {
    let world = World::new();
    let create = "-p sandbox webhook create --type validate-answer --url http://localhost:1/ --no-secret -q -o id";
    world.run(&format!("{create} --form FRM-1000-0001")).ok();
    let second = world.run(&format!("{create} --form FRM-1000-0002")).ok();
    let mut terminal = Terminal::run(&world, "-p sandbox webhook show --jq .id");
    terminal.answer("Which webhook?", "0002\r");
    let screen = terminal.end();
    assert!(screen.ends_with(second.trim()), "{screen}");
    let mut terminal = Terminal::run(&world, "-p sandbox webhook rotate-secret");
    terminal.answer("Which webhook gets another secret?", "\r");
    terminal.answer("New file for the secret:", "new.secret\r");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0\n"), "{screen}");
    assert!(world.path("new.secret").exists());
    for command in ["show", "delete --yes", "rotate-secret --generate-secret", "doctor --fix"] {
        assert_eq!(world.run(&format!("-p sandbox webhook {command}")).code, 2, "{command}");
    }
}
