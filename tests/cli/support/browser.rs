//! A real browser: Chromium without a window, through ChromeDriver.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::world::report_missing;

pub struct Browser {
    client: Client,
    runtime: Runtime,
    driver: Child,
    /// The profile of the browser.
    _profile: tempfile::TempDir,
}

/// Calls `done` when a condition holds; it is looked at every 10 ms.
const WAIT: &str = "
    const [condition, done] = arguments;
    const holds = new Function(`return ${condition}`);
    const look = () => (holds() ? done(true) : setTimeout(look, 10));
    look();";

/// Starts ChromeDriver on a free port; `None` if it is not installed.
fn start_driver() -> Option<(Child, String)> {
    // Another program may take the port that it has chosen.
    for _ in 0..10 {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            // Times are shown in the zone of the machine.
            .env("TZ", "UTC")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let port = line.split("successfully on port ").nth(1)?;
            Some(port.trim_end_matches('.').to_owned())
        });
        if let Some(port) = port {
            return Some((driver, port));
        }
        driver.kill().ok();
        driver.wait().unwrap();
    }
    panic!("chromedriver does not start");
}

impl Browser {
    /// Opens an empty page; `None` if there is no browser.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let Some((driver, port)) = start_driver() else {
            report_missing("chromium or chromium-driver");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-US",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let capabilities = json!({
            "goog:chromeOptions": {"args": arguments},
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities.as_object().unwrap().clone())
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
                .unwrap()
        });
        let browser = Self { client, runtime, driver, _profile: profile };
        browser.resize(width, height);
        Some(browser)
    }

    fn command(&self, name: &str, parameters: Value) {
        let command = Devtools { name: name.to_owned(), parameters };
        self.runtime.block_on(self.client.issue_cmd(command)).unwrap();
    }

    /// Sets the size of the page in pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", size);
    }

    pub fn prefer(&self, colours: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": colours}]});
        self.command("Emulation.setEmulatedMedia", features);
    }

    pub fn open(&self, url: &str) {
        self.runtime.block_on(self.client.goto(url)).unwrap();
    }

    /// The value of a JavaScript expression.
    pub fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.runtime.block_on(self.client.execute(&script, Vec::new())).unwrap()
    }

    /// Runs JavaScript that calls its last argument with the result.
    pub fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.runtime.block_on(self.client.execute_async(script, arguments)).unwrap()
    }

    /// Waits until a JavaScript expression is true.
    pub fn wait_for(&self, condition: &str) {
        let waiting = self.client.execute_async(WAIT, vec![condition.into()]);
        if let Err(error) = self.runtime.block_on(waiting) {
            let text = self.value("document.body.innerText.slice(0, 2000)");
            panic!("{condition} did not become true: {error}\n{text}");
        }
    }

    /// Waits until the page contains a text.
    pub fn wait_for_text(&self, text: &str) {
        let text = Value::from(text);
        self.wait_for(&format!("document.body.innerText.includes({text})"));
    }

    /// Presses keys in the element that has the focus.
    pub fn press(&self, keys: &str) {
        self.runtime.block_on(async {
            let focused = self.client.active_element().await.unwrap();
            focused.send_keys(keys).await.unwrap();
        });
    }

    /// Types into a field in place of its text.
    pub fn fill(&self, selector: &str, text: &str) {
        self.runtime.block_on(async {
            let field = self.client.find(Locator::Css(selector)).await.unwrap();
            field.clear().await.unwrap();
            field.send_keys(text).await.unwrap();
        });
    }

    pub fn click(&self, text: &str) {
        let path = format!("//button[normalize-space()='{text}']");
        self.runtime.block_on(async {
            let button = self.client.find(Locator::XPath(&path)).await.unwrap();
            button.click().await.unwrap();
        });
    }

    pub fn picture(&self) -> Vec<u8> {
        self.runtime.block_on(self.client.screenshot()).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.runtime.block_on(self.client.clone().close()).ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

/// A command of Chrome's own protocol.
#[derive(Debug)]
struct Devtools {
    name: String,
    parameters: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for Devtools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (http::Method::POST, Some(body.to_string()))
    }
}
