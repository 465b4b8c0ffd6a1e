//! The results of `endpoint test` as JUnit XML, which CI systems read.

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::case_lines;
use crate::operations::endpoints::test::{CaseOutcome, CaseResult};
use crate::text::escape;

type Xml = Writer<Vec<u8>>;

/// The report as XML.
///
/// # Errors
/// Writing to memory cannot fail; the library's type requires the `Result`.
pub fn report(results: &[CaseResult], url: &str) -> anyhow::Result<String> {
    let count = |outcome| results.iter().filter(|one| one.result == outcome).count();
    let (tests, failures) = (results.len().to_string(), count(CaseOutcome::Failed).to_string());
    let counts = [("tests", tests.as_str()), ("failures", &failures), ("errors", "0")];
    let skipped = count(CaseOutcome::Skipped).to_string();
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 4);
    xml.get_mut().extend(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.create_element("testsuites")
        .with_attributes([("name", "mpt endpoint test")].into_iter().chain(counts))
        .write_inner_content(|xml: &mut Xml| {
            xml.create_element("testsuite")
                .with_attributes([("name", &*escape::line(url))])
                .with_attributes(counts)
                .with_attributes([("disabled", skipped.as_str()), ("skipped", skipped.as_str())])
                .write_inner_content(|xml: &mut Xml| {
                    results.iter().try_for_each(|result| add(result, xml))
                })
                .map(drop)
        })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a file is such a report, of any program.
pub fn is_report(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64 * 1_024)]);
    let mut rest = start.trim_start_matches('\u{feff}').trim_start();
    for (begin, end) in [("<?", "?>"), ("<!--", "-->"), ("<!--", "-->")] {
        if let Some((_, after)) = rest.starts_with(begin).then(|| rest.split_once(end)).flatten() {
            rest = after.trim_start();
        }
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let element = rest.strip_prefix('<').unwrap_or_default();
    let name = element.split(|c| !is_name(c)).next();
    matches!(name, Some("testsuites" | "testsuite"))
}

fn add(result: &CaseResult, xml: &mut Xml) -> std::io::Result<()> {
    // XML forbids most control characters.
    let file = result.file.as_deref().unwrap_or("conformance");
    let (name, class) = (escape::line(&result.name), escape::line(file));
    let time = result.milliseconds.map(|time| format!("{:.3}", time as f64 / 1_000.0));
    let time = time.iter().map(|time| ("time", time.as_str()));
    let attributes = [("name", &*name), ("classname", &*class)];
    let case = xml.create_element("testcase").with_attributes(attributes.into_iter().chain(time));
    let text = |lines: &[String]| escape::lines(&lines.join("\n")).into_owned();
    let written = match result.result {
        CaseOutcome::Passed => case.write_empty(),
        CaseOutcome::Warning => case.write_inner_content(|xml: &mut Xml| {
            let text = text(&case_lines::differences(result));
            let element = xml.create_element("system-out");
            element.write_text_content(BytesText::new(&text)).map(drop)
        }),
        CaseOutcome::Failed => case.write_inner_content(|xml: &mut Xml| {
            let what: Vec<_> = result.mismatches.iter().map(|one| one.what).collect();
            let mut lines = case_lines::differences(result);
            lines.extend(case_lines::response(result));
            lines.extend(result.reason.clone());
            let message = escape::lines(&what.join(", ")).into_owned();
            let element = xml.create_element("failure");
            let element = element.with_attributes([("message", message.as_str())]);
            let text = text(&lines);
            element.write_text_content(BytesText::new(&text)).map(drop)
        }),
        CaseOutcome::Skipped => case.write_inner_content(|xml: &mut Xml| {
            let reason = text(result.reason.as_slice());
            let element = xml.create_element("skipped");
            let element = element.with_attributes([("message", reason.as_str())]);
            element.write_empty().map(drop)
        }),
    };
    written.map(drop)
}
