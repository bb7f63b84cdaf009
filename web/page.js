// The page: what fires, which rules there are and how they fare, what is configured. It reads the same
// API as every other tool and shows text as text: nothing from an alert is ever markup, and only http
// and https addresses become links.

const view = document.getElementById("view");
const refreshMs = 5000;
// Of alerts, rules, or alerts of a rule: more take a browser longer than anybody reads.
const shownMax = 1000;
let timer;
let shown = 0;

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function link(text, address) {
  let safe = false;
  try {
    safe = ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    safe = false;
  }
  return safe ? element("a", {href: address, rel: "noreferrer"}, text) : null;
}

function since(time) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const parts = [];
  let left = seconds;
  for (const [unit, size] of units) {
    if (left >= size && parts.length < 2) parts.push(Math.floor(left / size) + unit);
    left %= size;
  }
  return element("span", {class: "note", title: time}, "for " + (parts.join(" ") || "0s"));
}

function labels(pairs, without) {
  const names = Object.keys(pairs).filter((name) => name !== without).sort();
  return element("div", {class: "labels"},
    ...names.map((name) => element("span", null, `${name}="${pairs[name]}"`)));
}

function annotations(pairs) {
  return Object.keys(pairs).sort().map((name) =>
    element("p", null, element("span", {class: "note"}, name + " "), link(pairs[name], pairs[name]) ?? pairs[name]));
}

// An array of what `draw` makes of each of the first ones.
function drawSome(items, draw) {
  const some = items.slice(0, shownMax).map(draw);
  if (items.length > shownMax) some.push(element("p", {class: "note"}, `… and ${items.length - shownMax} more`));
  return some;
}

async function get(path) {
  const response = await fetch(path, {headers: {Accept: "application/json"}});
  if (!response.ok) {
    const error = new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 500)}`);
    throw Object.assign(error, {status: response.status});
  }
  return response.json();
}

function suppression(status) {
  const reasons = [["silencedBy", "silenced by"], ["inhibitedBy", "inhibited by"], ["mutedBy", "muted by"]];
  return reasons.filter(([key]) => status[key]?.length > 0)
    .map(([key, words]) => element("p", {class: "note"}, `${words} ${status[key].join(", ")}`));
}

function alertArticle(alert) {
  const receivers = alert.receivers.map((receiver) => receiver.name).join(", ");
  return element("article", {class: alert.status.state === "suppressed" ? "" : "firing"},
    element("h3", null,
      alert.labels.alertname ?? "(no alertname)",
      element("span", {class: "state"}, alert.status.state),
      since(alert.startsAt),
      link("source", alert.generatorURL)),
    labels(alert.labels, "alertname"),
    ...annotations(alert.annotations),
    element("p", {class: "note"}, "to ", receivers),
    ...suppression(alert.status));
}

// Where rules fail, few alerts do not mean that little is wrong.
async function failingRules() {
  let groups;
  try {
    groups = (await get("api/v1/rules?exclude_alerts=true")).data.groups;
  } catch (error) {
    return element("p", {class: "error"}, `It is not known whether rules fail: ${error.message}`);
  }
  const rules = groups.flatMap((group) => group.rules);
  const failing = rules.filter((rule) => rule.health === "err").length;
  if (failing === 0) return null;
  return element("p", {class: "error"}, `${failing} of ${rules.length} rules cannot be evaluated: `,
    element("a", {href: "#/rules"}, "why"));
}

async function alertsView(parameters) {
  // Links in messages carry the receiver as the templates see it: with regular expression escapes.
  const receiver = parameters.get("receiver");
  const query = receiver ? "?receiver=" + encodeURIComponent(receiver) : "";
  let alerts;
  try {
    alerts = await get("api/v2/alerts" + query);
  } catch (error) {
    if (error.status !== 404) throw error;
    return [
      element("h2", null, "This server only evaluates rules"),
      element("p", null, "It was started without a configuration file: what fires is shown with the ",
        element("a", {href: "#/rules"}, "rules"), ", and goes to the Alertmanagers of --notifier.url."),
    ];
  }
  alerts.sort((a, b) => Date.parse(b.startsAt) - Date.parse(a.startsAt));
  const title = alerts.length === 0 ? "Nothing fires" : `${alerts.length} alert${alerts.length === 1 ? "" : "s"}`;
  return [
    await failingRules(),
    element("h2", null, receiver ? `${title} for ${receiver.replace(/\\/g, "")}` : title),
    receiver ? element("p", null, element("a", {href: "#/alerts"}, "Show all receivers")) : null,
    ...drawSome(alerts, alertArticle),
  ];
}

function ruleArticle(rule) {
  const failed = rule.health === "err";
  const state = failed ? "error" : rule.state ?? rule.type;
  const look = failed || rule.state === "firing" ? "firing" : rule.state === "pending" ? "pending" : rule.health === "ok" ? "ok" : "";
  return element("article", {class: look},
    element("h3", null, rule.name, element("span", {class: "state"}, state),
      rule.duration ? element("span", {class: "note"}, `for: ${rule.duration}s`) : null),
    element("p", null, element("code", null, rule.query)),
    failed ? element("p", {class: "error"}, rule.lastError) : null,
    ...drawSome(rule.alerts ?? [], (alert) =>
      element("div", null, labels(alert.labels, "alertname"),
        element("p", {class: "note"}, `${alert.state}, value ${alert.value} `, since(alert.activeAt)))));
}

async function rulesView() {
  const groups = (await get("api/v1/rules")).data.groups;
  if (groups.length === 0) return [element("p", null, "No rules are loaded: rule_files names none.")];
  return drawSome(groups, (group) => [
    element("h2", null, group.name, " ",
      element("span", {class: "note"}, `${group.file}, every ${group.interval}s`)),
    ...drawSome(group.rules, ruleArticle),
  ]).flat();
}

async function statusView() {
  const status = await get("api/v2/status");
  return [
    element("h2", null, "Running"),
    element("p", null, `Since ${status.uptime}`),
    element("h2", null, "Configuration, as Alertmanager's tools see it"),
    element("pre", null, status.config.original),
  ];
}

const views = {"/alerts": alertsView, "/rules": rulesView, "/status": statusView};

async function show() {
  clearTimeout(timer);
  const turn = ++shown;
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const render = Object.hasOwn(views, path) ? views[path] : alertsView;
  for (const anchor of document.querySelectorAll("nav a")) {
    const current = views[anchor.getAttribute("href").slice(1)] === render;
    current ? anchor.setAttribute("aria-current", "page") : anchor.removeAttribute("aria-current");
  }
  const content = new DocumentFragment();
  try {
    for (const part of await render(new URLSearchParams(query))) if (part) content.append(part);
  } catch (error) {
    content.replaceChildren(element("p", {class: "error"}, `Cannot reach the server: ${error.message}`));
  }
  // A slower answer for a view that was left meanwhile is not shown.
  if (turn !== shown) return;
  view.replaceChildren(content);
  timer = setTimeout(show, refreshMs);
}

addEventListener("hashchange", show);
show();
