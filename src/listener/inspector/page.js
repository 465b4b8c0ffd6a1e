// The inspector page: a list of callouts, and what the endpoint made of the chosen one. Texts from outside are only
// ever set as text.

const ROW_HEIGHT = 52;
/** Bodies up to this length, in bytes, are open unless the user has closed them. */
const SHORT_BODY = 1500;
/** Bodies up to this length, in characters, are shown as a tree; longer ones as text, up to this length. */
const MAX_TREE = 500_000;
const RETRY_MS = 1000;

const OUTCOMES = {
  success: ["✓", "good", "success"],
  failure: ["✗", "bad", "failure"],
  refusal: ["⊘", "caution", "refusal"],
  refused: ["!", "bad", "token refused"],
  "forward-failed": ["✗", "bad", "no answer"],
};
const WAITING = ["-", "quiet", "no answer yet"];
const CHECKS = { ok: ["✓", "good"], failed: ["✗", "bad"], skipped: ["–", "quiet"] };

const byId = (id) => document.getElementById(id);

/** All callouts by their number, and the numbers of those that are shown, newest first. */
const callouts = new Map();
let shown = [];
let chosen = null;
/** Whether the newest callout is chosen when it arrives: until the user has chosen one. */
let followsNewest = true;
let status = {};
let token = location.hash.slice(1);
/** What the user has opened or closed; it stays when another callout is chosen. */
const isOpen = {};

/** Text in which characters that cannot be seen, or that change the direction of text, are their codes. */
function visible(text) {
  const hidden = /(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu;
  return String(text).replace(hidden, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);
}

/** An element with a class, and texts or elements in it. */
function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content.map((item) => (item instanceof Node ? item : visible(item))));
  return made;
}

function button(text, action, className) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

let fading;
function say(text, className) {
  clearTimeout(fading);
  byId("message").replaceChildren(element("span", className, text));
  fading = setTimeout(() => byId("message").replaceChildren(), 8000);
}

/** Calls the API. Problems are thrown with the text that is shown. */
async function call(path, options = {}) {
  const request = fetch(`/api/${path}`, { ...options, headers: { "Mpt-Inspector-Token": token } });
  const response = await request.catch(() => {
    throw new Error("mpt endpoint listen does not answer. After a restart, open the address that it has printed.");
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const error = new Error(problem.detail ?? `The inspector answered ${response.status}`);
  error.status = response.status;
  throw error;
}

const post = (path, body) => call(path, { method: "POST", body });

// The list

const numberOf = (callout) => callout.id;

const joined = (facts) => facts.filter((fact) => fact !== null && fact !== "").join(" · ");

const nameOf = (callout) => callout.object ?? callout.path;
/** What was called: the type of the webhook, or the path. */
const whatOf = (callout) => callout.type ?? (callout.object === null ? null : callout.path);

/** What a row shows below the name: why it was refused or failed, else the facts. */
function factsOf(callout) {
  const byHand = callout.byHand ? "by hand" : "";
  if (callout.error) return joined([callout.error, byHand]);
  return joined([whatOf(callout), callout.status ?? WAITING[2], took(callout.ms), byHand]);
}

function textOf(callout) {
  const outcome = (OUTCOMES[callout.outcome] ?? WAITING)[2];
  const parts = [`#${callout.id}`, outcome, nameOf(callout), factsOf(callout), at(callout), callout.path, callout.type];
  return parts.join(" ").toLowerCase();
}

function took(milliseconds) {
  if (milliseconds === null) return "";
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function at(callout) {
  const time = new Date(callout.receivedAt);
  const isToday = time.toDateString() === new Date().toDateString();
  const clock = time.toLocaleTimeString([], { hour12: false });
  const day = time.toLocaleDateString([], { day: "numeric", month: "short" });
  return isToday ? clock : `${day} ${clock}`;
}

function filterAndShow() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (callout) => words.every((word) => textOf(callout).includes(word));
  const found = [...callouts.values()].filter(matches);
  shown = found.map(numberOf).sort((one, other) => other - one);
  const text = callouts.size ? "No callout matches the search." : "There are no callouts yet.";
  byId("empty").textContent = text;
  byId("empty").hidden = shown.length > 0;
  byId("callouts").hidden = shown.length === 0;
  byId("rows").style.height = `${shown.length * ROW_HEIGHT}px`;
  showRows();
  showCounts();
}

/** Shows only the rows that can be seen: there may be thousands. */
function showRows() {
  const list = byId("callouts");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - 5);
  const last = Math.min(shown.length, first + Math.ceil(list.clientHeight / ROW_HEIGHT) + 10);
  const rows = [];
  for (let index = first; index < last; index++) rows.push(row(callouts.get(shown[index]), index));
  byId("rows").replaceChildren(...rows);
  const isShown = rows.some((one) => one.id === `callout-${chosen}`);
  if (isShown) list.setAttribute("aria-activedescendant", `callout-${chosen}`);
  else list.removeAttribute("aria-activedescendant");
}

function row(callout, index) {
  const [sign, tone] = OUTCOMES[callout.outcome] ?? WAITING;
  const made = element("div", "", element("span", tone, sign), element("strong", "", nameOf(callout)));
  const facts = element("span", callout.error ? `second ${tone}` : "second quiet", factsOf(callout));
  made.append(element("span", "quiet", at(callout)), facts);
  made.title = joined([(OUTCOMES[callout.outcome] ?? WAITING)[2], callout.error, whatOf(callout)]);
  made.id = `callout-${callout.id}`;
  made.role = "option";
  made.ariaSelected = String(callout.id === chosen);
  made.ariaSetSize = String(shown.length);
  made.ariaPosInSet = String(index + 1);
  made.style.top = `${index * ROW_HEIGHT}px`;
  made.addEventListener("click", () => chooseByHand(callout.id));
  return made;
}

/** Counts what this run of `listen` has received. */
function showCounts() {
  const all = [...callouts.values()].filter((callout) => callout.receivedAt >= status.startedAt);
  const parts = [...Object.entries(OUTCOMES), [null, WAITING]].flatMap(([outcome, [, tone, name]]) => {
    const count = all.filter((callout) => callout.outcome === outcome).length;
    return count ? [" · ", element("span", tone, `${count} ${name}`)] : [];
  });
  byId("counts").replaceChildren(`${all.length}`, ...parts);
  const answered = all.filter((callout) => ["success", "failure", "refusal"].includes(callout.outcome));
  const times = answered.map((callout) => callout.ms).sort((one, other) => one - other);
  const atShare = (share) => took(times[Math.ceil(share * times.length) - 1]);
  byId("times").textContent = times.length ? `median ${atShare(0.5)} · 95% in ${atShare(0.95)}` : "–";
}

function move(offset) {
  const next = Math.min(shown.length - 1, Math.max(0, shown.indexOf(chosen) + offset));
  if (shown.length) chooseByHand(shown[next]);
}

function scrollToChosen() {
  const list = byId("callouts");
  const top = shown.indexOf(chosen) * ROW_HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  const bottom = top + ROW_HEIGHT - list.clientHeight;
  if (bottom > list.scrollTop) list.scrollTop = bottom;
}

// The chosen callout

async function choose(id) {
  chosen = id;
  showRows();
  await showChosen();
}

async function chooseByHand(id) {
  followsNewest = false;
  chosen = id;
  scrollToChosen();
  await choose(id);
  // On a narrow screen it is below the list.
  if (matchMedia("(max-width: 700px)").matches) byId("detail").scrollIntoView();
}

async function showChosen() {
  const id = chosen;
  try {
    const detail = await (await call(`callouts/${id}`)).json();
    // Another one may have been chosen meanwhile.
    if (id === chosen) byId("detail").replaceChildren(...detailOf(detail));
  } catch (error) {
    if (id === chosen) say(error.message, "bad");
  }
}

function detailOf(detail) {
  const [sign, tone, name] = OUTCOMES[detail.outcome] ?? WAITING;
  const title = element("h2", "", `${nameOf(detail)} `);
  if (detail.byHand) title.append(element("span", "badge", "sent by hand"));
  const received = new Date(detail.receivedAt).toLocaleString();
  const about = [`#${detail.id}`, detail.type, detail.webhook, `POST ${detail.path}`, received];
  const outcome = element("p", "", element("strong", tone, `${sign} ${name}`));
  const facts = [detail.status, took(detail.ms), detail.to && `forwarded to ${detail.to}`];
  outcome.append(...facts.filter(Boolean).map((fact) => ` · ${visible(fact)}`));
  const parts = [title, element("div", "quiet", about.filter(Boolean).join(" · ")), actions(detail), outcome];
  // A refusal stands at the parameter that it belongs to.
  const isShownBelow = detail.outcome === "refusal" && detail.changes !== null;
  if (detail.error && !isShownBelow) parts.push(element("p", tone, detail.error));
  const response =
    detail.responseSize === null ? [] : [bodyOf(detail, "response", "Response body", detail.responseSize)];
  const request = bodyOf(detail, "request", "Request body", detail.size);
  const token = checksOf(detail);
  // After a failure, what the endpoint said comes first, and nothing was changed.
  const isAnswered = ["success", "refusal"].includes(detail.outcome);
  return isAnswered
    ? [...parts, changesOf(detail), token, request, ...response]
    : [...parts, ...response, token, request];
}

function actions(detail) {
  const made = element("div", "buttons");
  made.append(
    button("Send again", () => attempt(() => send(detail.id)), "main"),
    button("Edit and send…", () => edit(detail.id)),
  );
  const isAnswered = detail.outcome !== null && detail.outcome !== "refused";
  if (status.canSave && isAnswered) made.append(button("Save as test case", () => save(detail.id)));
  made.append(button("Copy replay command", () => copy(detail.replay)));
  return made;
}

function section(title, ...content) {
  return element("section", "", element("h3", "", title), ...content);
}

function table(headings, rows) {
  const head = element("thead", "", element("tr", "", ...headings.map((text) => element("th", "quiet", text))));
  for (const cell of head.querySelectorAll("th")) cell.scope = "col";
  return element("div", "scroll", element("table", "", head, element("tbody", "", ...rows)));
}

function rowOf(heading, ...cells) {
  // A long path is broken between its names.
  const names = heading.split(/(?=[.[])/).flatMap((name) => [name, element("wbr")]);
  const head = element("th", "path", ...names);
  head.scope = "row";
  return element("tr", "", head, ...cells);
}

function changesOf(detail) {
  const title = "What the endpoint changed";
  if (detail.changes === null) return section(title, element("p", "hint", "The bodies are too large to be compared."));
  const value = (json) => (json === null ? element("td", "value quiet", "–") : element("td", "value", json));
  const refusals = detail.refusals.map((refusal) => {
    const message = element("td", "caution", `⊘ ${refusal.message}`);
    return rowOf(refusal.path, value(refusal.sent), message);
  });
  const changes = detail.changes.map((change) => {
    const tone = change.before === null ? "good" : change.after === null ? "bad" : "caution";
    const isRemoved = change.after === null && change.before !== null;
    const after = isRemoved ? element("td", "", "removed") : value(change.after);
    after.classList.add(tone);
    return rowOf(change.path, value(change.before), after);
  });
  if (refusals.length + changes.length === 0) return section(title, element("p", "hint", "Nothing."));
  const parts = [table(["Path", "Sent", "Answered"], [...refusals, ...changes])];
  if (detail.moreChanges) parts.push(element("p", "hint", `And ${detail.moreChanges} more.`));
  return section(title, ...parts);
}

function checksOf(detail) {
  const title = "What was checked";
  if (!detail.checks.length) return section(title, element("p", "hint", "Nothing: there was no token and no secret."));
  const rows = detail.checks.map((check) => {
    const [sign, tone] = CHECKS[check.result] ?? ["?", "quiet"];
    return rowOf(check.check, element("td", tone, `${sign} ${check.result}`), element("td", "", check.detail));
  });
  const failed = detail.checks.filter((check) => check.result === "failed").map((check) => check.check);
  const skipped = detail.checks.filter((check) => check.result === "skipped").length;
  const result = failed.length
    ? element("span", "bad", `✗ failed: ${failed.join(", ")}`)
    : element("span", "good", `✓ ${rows.length - skipped} ok`);
  const rest = element("span", "quiet", skipped ? ` · ${skipped} skipped` : "");
  const content = () => [table(["Check", "Result", "Detail"], rows)];
  return element("section", "", folding("checks", [`${title} `, result, rest], content, true));
}

// Bodies

/** A part that can be folded; what is in it is made when it is unfolded. What the user has opened or closed stays so. */
function folding(kind, title, content, isOpenAtFirst) {
  const summary = element("summary", "", ...title);
  const made = element("details", "part", summary);
  made.addEventListener("toggle", async () => {
    if (!made.open || made.children.length > 1) return;
    try {
      made.replaceChildren(summary, ...(await content()));
    } catch (error) {
      made.replaceChildren(summary, element("p", "bad", error.message));
    }
  });
  summary.addEventListener("click", () => {
    isOpen[kind] = !made.open;
  });
  made.open = isOpen[kind] ?? isOpenAtFirst;
  return made;
}

function bodyOf(detail, kind, title, size) {
  const load = async () => viewer(await (await call(`callouts/${detail.id}/${kind}`)).text(), title);
  const heading = [`${title} `, element("span", "quiet", `${size} bytes`)];
  const isWanted = kind === "response" && detail.outcome === "failure";
  return element("section", "", folding(kind, heading, load, isWanted || size <= SHORT_BODY));
}

/** A body that can be searched, folded and copied. */
function viewer(text, title) {
  const lines = text.split("\n");
  const isTree = /^[[{]/.test(text) && text.length <= MAX_TREE && lines.length > 1;
  const view = isTree ? treeOf(lines) : textView(text);
  const search = element("input");
  search.type = "search";
  search.placeholder = "Search";
  search.ariaLabel = `Search in ${title}`;
  const found = element("span", "quiet");
  found.role = "status";
  let position = -1;
  const find = (next) => {
    const hits = search.value ? view.find(search.value.toLowerCase()) : [];
    position = hits.length ? (next ? (position + 1) % hits.length : 0) : -1;
    found.textContent = search.value ? `${position + 1} of ${hits.length}` : "";
    view.mark(hits[position], search.value.length);
  };
  search.addEventListener("input", () => find(false));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") find(true);
  });
  const tools = element("div", "tools", search, found);
  tools.append(button("Copy", () => copy(text)));
  if (isTree) tools.append(button("Unfold all", () => view.fold(true)));
  if (isTree) tools.append(button("Fold all", () => view.fold(false)));
  return [tools, element("div", "scroll", view.root)];
}

function textView(text) {
  const start = visible(text.slice(0, MAX_TREE));
  const root = element("pre", "", start);
  const more = text.length > MAX_TREE ? `Only the beginning is shown; copy the body to see all of it.` : "";
  return {
    root: element("div", "", root, element("p", "hint", more)),
    find: (words) => [...start.toLowerCase().matchAll(words.replace(/[^\w]/g, "\\$&"))].map((match) => match.index),
    mark: (index, length) => {
      if (index === undefined) return root.replaceChildren(start);
      const found = element("span", "found", start.slice(index, index + length));
      root.replaceChildren(start.slice(0, index), found, start.slice(index + length));
      found.scrollIntoView({ block: "nearest" });
    },
  };
}

/** Indented JSON as nested details. What is folded is only made when it is unfolded. */
function treeOf(lines) {
  const depth = (line) => line.length - line.trimStart().length;
  const isStart = (line) => /[[{]$/.test(line);
  const made = new Map();
  const closing = new Map();
  const starts = [];
  lines.forEach((line, index) => {
    if (/^\s*[\]}]/.test(line)) closing.set(starts.pop(), index);
    if (isStart(line)) starts.push(index);
  });

  function fill(parent, from, to) {
    for (let index = from; index < to; index++) {
      const end = closing.get(index);
      made.set(index, end === undefined ? element("div", "", lines[index].trim()) : container(index, end));
      parent.append(made.get(index));
      if (end !== undefined) index = end;
    }
  }

  function container(start, end) {
    const size = lines
      .slice(start + 1, end)
      .filter((line) => depth(line) === depth(lines[start]) + 2 && !/^\s*[\]}]/.test(line)).length;
    const summary = element("summary", "", lines[start].trim(), element("span", "quiet", ` ${size} `));
    const details = element("details", "", summary);
    const open = () => {
      if (details.children.length > 1) return;
      fill(details, start + 1, end);
      details.append(element("div", "close", lines[end].trim()));
    };
    details.addEventListener("toggle", open);
    details.unfold = () => {
      open();
      details.open = true;
    };
    if (lines.length < 300 || depth(lines[start]) < 2) details.unfold();
    return details;
  }

  const root = element("div", "tree");
  fill(root, 0, lines.length);
  return {
    root,
    find: (words) => lines.flatMap((line, index) => (line.toLowerCase().includes(words) ? [index] : [])),
    mark: (index) => {
      for (const old of root.querySelectorAll(".found")) old.classList.remove("found");
      if (index === undefined) return;
      for (const [start, end] of [...closing].sort(([one], [other]) => one - other)) {
        if (start < index && index <= end) made.get(start)?.unfold();
      }
      const node = made.get(index) ?? made.get([...closing].find(([, end]) => end === index)?.[0]);
      const line = node?.querySelector(":scope > summary") ?? node;
      line?.classList.add("found");
      line?.scrollIntoView({ block: "nearest" });
    },
    fold: (unfold) => {
      // Containers come after those that hold them.
      for (const start of [...closing.keys()].sort((one, other) => one - other)) {
        if (unfold) made.get(start)?.unfold();
        else if (start > 0 && made.has(start)) made.get(start).open = false;
      }
    },
  };
}

// Actions

/** Does something, and says why it cannot be done. */
async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    say(error.message, "bad");
  }
}

const copy = (text) => attempt(() => navigator.clipboard.writeText(text).then(() => say("Copied")));

async function send(id, body) {
  say("Sending…");
  const sent = await (await post(`callouts/${id}/send`, body)).json();
  say("Sent");
  if (sent.id !== null) await chooseByHand(sent.id);
}

const save = (id) =>
  attempt(async () => {
    const saved = await (await post(`callouts/${id}/save`)).json();
    say(`Saved as ${saved.case}`);
  });

const edit = (id) =>
  attempt(async () => {
    const body = byId("editor-body");
    body.value = await (await call(`callouts/${id}/request`)).text();
    byId("editor").dataset.id = id;
    const signed = status.signs ? "signed afresh" : "not signed, because no secret was given";
    byId("editor-target").textContent = `${status.does} ${visible(status.what)}, ${signed}`;
    original = body.value;
    for (const field of ["set-path", "set-value"]) byId(field).value = "";
    byId("editor").showModal();
    body.setSelectionRange(0, 0);
    body.scrollTop = 0;
    validate();
  });

/** The body in the editor before it was changed. */
let original = "";

function cancelEditing(event) {
  event.preventDefault();
  const isChanged = byId("editor-body").value !== original;
  if (!isChanged || confirm("Discard what you have changed?")) byId("editor").close();
}

/** Says whether the body is JSON, and where it is not. */
function validate() {
  const text = byId("editor-body").value;
  let problem = "";
  try {
    JSON.parse(text);
  } catch (error) {
    problem = error.message;
    const position = /position (\d+)/.exec(problem)?.[1];
    if (position && !/line \d+/.test(problem)) problem += ` (line ${text.slice(0, position).split("\n").length})`;
  }
  byId("editor-problem").replaceChildren(
    problem ? element("span", "bad", `✗ ${problem}`) : element("span", "good", "✓ valid JSON"),
  );
  byId("editor-send").disabled = problem !== "";
  byId("set").disabled = problem !== "";
}

async function setByPath() {
  if (!byId("set-path").value) return byId("set-path").focus();
  const request = { body: byId("editor-body").value, path: byId("set-path").value, value: byId("set-value").value };
  try {
    const set = await (await post("set", JSON.stringify(request))).json();
    byId("editor-body").value = set.body;
    validate();
    const done = set.before === null ? `added ${set.path}: ${set.after}` : `${set.path}: ${set.before} → ${set.after}`;
    const note = set.before === null ? `; it was not in the body` : "";
    byId("editor-problem").append(" · ", element("span", note && "caution", done + note));
  } catch (error) {
    byId("editor-problem").replaceChildren(element("span", "bad", `✗ ${error.message}`));
  }
}

async function sendEdited() {
  byId("editor-send").disabled = true;
  try {
    await send(byId("editor").dataset.id, byId("editor-body").value);
    byId("editor").close();
  } catch (error) {
    // What was typed stays.
    byId("editor-problem").replaceChildren(element("span", "bad", `✗ ${error.message}`));
  } finally {
    byId("editor-send").disabled = false;
  }
}

// What arrives

async function load() {
  let before = "";
  callouts.clear();
  for (;;) {
    const page = await (await call(`callouts${before}`)).json();
    for (const callout of page.callouts) callouts.set(callout.id, callout);
    filterAndShow();
    if (followsNewest && chosen === null && shown.length) choose(shown[0]);
    if (!page.callouts.length) return;
    before = `?before=${page.callouts.at(-1).id}`;
  }
}

/** Whether the list shows all that has arrived. */
let isDrawn = true;
function arrived(callout) {
  callouts.set(callout.id, callout);
  if (callout.id === chosen) showChosen();
  else if (followsNewest && !byId("search").value && !(callout.id < chosen)) choose(callout.id);
  // Many may arrive at once.
  if (isDrawn) requestAnimationFrame(() => keepPlace(filterAndShow));
  isDrawn = false;
}

/** A list that is not at its beginning does not move when callouts are added above. */
function keepPlace(change) {
  const list = byId("callouts");
  const before = shown.length;
  isDrawn = true;
  change();
  if (list.scrollTop > 0) list.scrollTop += (shown.length - before) * ROW_HEIGHT;
}

async function follow() {
  const response = await call("events");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  byId("connection").replaceChildren(element("span", "good", "● live"));
  await load();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (/^event: ?reload$/m.test(event)) await load();
      else if (data) arrived(JSON.parse(data));
    }
  }
}

async function run() {
  if (token.startsWith("open-")) {
    token = (await (await post("session")).json()).token;
    history.replaceState(null, "", `#${token}`);
  }
  status = await (await call("status")).json();
  byId("listens-on").textContent = status.listensOn;
  byId("does").textContent = status.does;
  byId("what").textContent = visible(status.what);
  for (;;) {
    try {
      await follow();
    } catch (error) {
      if (error.status === 401) throw error;
    }
    byId("connection").replaceChildren(element("span", "bad", "○ mpt endpoint listen does not answer"));
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

byId("search").addEventListener("input", filterAndShow);
byId("callouts").addEventListener("scroll", showRows);
addEventListener("resize", showRows);
byId("editor-body").addEventListener("input", validate);
byId("set").addEventListener("click", setByPath);
byId("editor-send").addEventListener("click", sendEdited);
byId("editor-cancel").addEventListener("click", cancelEditing);
byId("editor").addEventListener("cancel", cancelEditing);
byId("editor").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  setByPath();
});
// The address of another start in the same tab.
addEventListener("hashchange", () => location.reload());
byId("search").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown") return;
  event.preventDefault();
  byId("callouts").focus();
});
document.addEventListener("keydown", (event) => {
  const isTyping = ["INPUT", "TEXTAREA"].includes(event.target.tagName) || byId("editor").open;
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const page = Math.max(1, Math.floor(byId("callouts").clientHeight / ROW_HEIGHT) - 1);
  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -shown.length, End: shown.length };
  const isInList = event.target === byId("callouts");
  if (isInList && event.key in moves) move(moves[event.key]);
  else if (key === "/") byId("search").focus();
  else if (key === "e" && chosen !== null) edit(chosen);
  else if (key === "s" && chosen !== null) attempt(() => send(chosen));
  else if (isInList && event.key === "Enter") byId("detail").focus();
  else return;
  event.preventDefault();
});

run().catch((error) => {
  byId("connection").replaceChildren(element("span", "bad", "○ not connected"));
  byId("detail").replaceChildren(element("p", "bad", error.message));
});
