const all = data.findings;
const list = document.getElementById("list");
const form = document.getElementById("filters");
const nodes = new Map(); // finding -> its element, made when it is first shown

for (const one of all) one.text = (one.path + " " + one.message + " " + one.quote).toLowerCase();
const CHART = new Set(all.map(one => one.section)).size > 1 ? "section" : "file";
for (const one of all) one.file = one.path;

function values(one, key) {
  return key === "machine" ? one.machines.broken : [one[key]];
}
function fits(one) {
  for (const key of [...KEYS, "file"])
    if (chosen[key] && !values(one, key).some(value => (value || "-") === chosen[key])) return false;
  return !chosen.words || chosen.words.toLowerCase().split(/\s+/).every(word => one.text.includes(word));
}

for (const key of KEYS) {
  const counts = count(all.flatMap(one => values(one, key)));
  if (counts.size > 1 || key === "rule") form.append(filter(key, counts, show));
}
const words = searchBox("path or words", show);
const shown = make("span", "count");
shown.id = "count";
shown.setAttribute("aria-live", "polite");
form.append(words, clearButton(form, () => { delete chosen.file; show(); }), shown);
form.addEventListener("submit", event => event.preventDefault());

function rows(key) {
  const found = new Map();
  for (const one of all) {
    const row = found.get(one[key]) || { name: one[key], count: 0, high: 0, medium: 0, low: 0 };
    row.count += 1;
    row[one.severity] += 1;
    found.set(one[key], row);
  }
  const sorted = [...found.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  for (const row of sorted) row.parts = ["high", "medium", "low"].map(kind => [kind, row[kind]]);
  return sorted;
}
function pick(key, name) { choose(key, name); show(); }
if (all.length) document.getElementById("charts").append(
  chart("findings by " + CHART, CHART, rows(CHART), pick),
  chart("findings by rule", "rule", rows("rule"), pick),
);

function marked(text, quote) {
  const node = make("pre");
  const at = quote ? text.indexOf(quote) : -1;
  if (at < 0) node.append(text);
  else node.append(text.slice(0, at), make("mark", "", quote), text.slice(at + quote.length));
  return node;
}
function excerpt(parts) {
  const box = make("div", "excerpt");
  parts.forEach((part, number) => {
    if (number) box.append(make("div", "gap", "\u22ee"));
    part.lines.forEach((line, at) => {
      const hit = part.hits.includes(part.start + at) ? " hit" : "";
      box.append(make("div", "n", part.start + at), make("div", "t" + hit, line || "\u200b"));
    });
  });
  return box;
}
function side(title, ...content) {
  return make("div", "side", make("h3", "", title), ...content);
}
function claim(one) {
  const evidence = make("ul", "evidence");
  for (const place of one.places)
    evidence.append(make("li", "", make("code", "", place.at), ": " + place.note, place.line ? make("pre", "", place.line) : null));
  const machines = [];
  for (const [title, names, kind] of [["false on", one.machines.broken, "false"], ["true on", one.machines.holds, "true"], ["unknown on", one.machines.unknown, "unknown"]])
    if (names.length) machines.push(make("p", "dim", title), make("div", "chips", ...names.map(name => make("span", kind, name))));
  return side("claim", make("p", "", "Read as: " + one.understood), make("p", "verdict " + one.breaks, one.weight),
    make("p", "", one.message), evidence, ...machines);
}
function race(one) {
  const found = one.race;
  const box = make("div", "race", make("h3", "", "race on " + one.machine));
  if (found.start) box.append(make("p", "dim", found.start));
  const table = make("table"), head = make("tr", "", make("th", "", ""));
  for (const cpu of found.cpus) head.append(make("th", "", "CPU " + cpu));
  table.append(head);
  const steps = found.steps.map((step, at) => {
    const row = make("tr", "", make("td", "", at + 1));
    for (const cpu of found.cpus)
      row.append(cpu === step.cpu ? make("td", "", step.text, step.notes ? make("span", "notes", step.notes) : null) : make("td"));
    table.append(row);
    return row;
  });
  let now = steps.length;
  const where = make("span", "dim"), end = make("p", "outcome", found.outcome), slider = make("input");
  slider.type = "range"; slider.min = 0; slider.max = steps.length;
  slider.setAttribute("aria-label", "step of the race");
  function step(to) {
    now = Math.max(0, Math.min(steps.length, to));
    steps.forEach((row, at) => { row.className = at >= now ? "later" : at === now - 1 ? "now" : ""; });
    where.textContent = "step " + now + " of " + steps.length;
    slider.value = now;
    end.classList.toggle("ahead", now < steps.length);
  }
  const controls = make("div", "controls");
  for (const [kind, text, to, key] of [
    ["first", "|\u25c0 start", () => 0, "Home"], ["back", "\u25c0 back", () => now - 1, "p"],
    ["next", "next \u25b6", () => now + 1, "n"], ["last", "end \u25b6|", () => steps.length, "End"]]) {
    const node = button(text, () => step(to()), key);
    node.className = kind;
    controls.append(node);
  }
  slider.addEventListener("input", () => step(Number(slider.value)));
  controls.append(slider, where);
  box.step = by => step(now + by);
  box.go = step;
  box.append(controls, table, end);
  step(steps.length);
  return box;
}
function body(one) {
  const box = make("div", "body");
  const sides = make("div", one.code.length ? "sides" : "sides two", side("comment, line " + one.line, marked(one.comment, one.quote)));
  if (one.code.length) sides.append(side("code", excerpt(one.code)));
  sides.append(claim(one));
  box.append(sides);
  if (one.race) box.append(race(one));
  box.append(make("p", "dim", "kstale explain " + one.rule + " \u00b7 evidence: " + one.tier + " \u00b7 fingerprint " + one.fingerprint + (one.section ? " \u00b7 " + one.section : "")));
  return box;
}
function entry(one) {
  const known = nodes.get(one);
  if (known) return known;
  const head = make("summary", "",
    make("span", "severity " + one.severity, one.severity), make("span", "place", one.path + ":" + one.line),
    make("span", "message", one.message, one.state ? " " : null, one.state ? make("span", "state", one.state) : null), make("span", "rule", one.rule));
  const node = make("details", "finding", head);
  node.fill = () => { if (!node.built) { node.built = true; node.append(body(one)); } };
  node.addEventListener("toggle", () => { if (node.open) node.fill(); });
  nodes.set(one, node);
  return node;
}
function show() {
  const fitting = all.filter(fits);
  shown.textContent = fitting.length.toLocaleString("en") + " of " + all.length.toLocaleString("en") + " findings";
  const fresh = document.createDocumentFragment();
  const sizes = count(fitting.map(one => one.section));
  let section;
  for (const one of fitting) {
    if (one.section !== section) {
      section = one.section;
      fresh.append(make("h2", "", (section || "no section of MAINTAINERS") + " ", make("span", "count", sizes.get(section).toLocaleString("en"))));
    }
    fresh.append(entry(one));
  }
  list.replaceChildren(fresh);
  showFilters(form);
  remember();
}

showMore();
if (data.pages) {
  const nav = document.getElementById("pages");
  for (const [words, page] of data.pages) {
    const link = make("a", "", words);
    link.href = page;
    nav.append(link);
  }
  nav.hidden = false;
}

document.getElementById("keys").textContent =
  "Keys: j and k go to the next and the last finding, Enter opens it, n and p (or arrows, Home, End) step through its race, / filters by words, c clears the filters, d turns light to dark.";
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && event.target === words) { list.querySelector("summary")?.focus(); return; }
  if (typing(event)) return;
  const heads = [...list.querySelectorAll("summary")];
  const here = document.activeElement.closest("details.finding");
  const at = heads.indexOf(here?.querySelector("summary"));
  if (here?.open) here.fill(); // keys may come faster than the event that says it was opened
  const running = here?.open ? here.querySelector(".race") : null;
  const slides = event.target.type === "range";
  if (event.key === "j") (heads[at + 1] || heads[0])?.focus();
  else if (event.key === "k") (heads[at - 1] || heads.at(-1))?.focus();
  else if (event.key === "/") { event.preventDefault(); words.focus(); words.select(); }
  else if (event.key === "c") document.getElementById("clear").click();
  else if (event.key === "d") theme();
  else if (running && !slides) {
    if (event.key === "n" || event.key === "ArrowRight") running.step(1);
    else if (event.key === "p" || event.key === "ArrowLeft") running.step(-1);
    else if (event.key === "Home") running.go(0);
    else if (event.key === "End") running.go(Infinity);
    else return;
    event.preventDefault();
  }
});

// A print has everything that is listed, and leaves the page as it was.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...list.querySelectorAll("details.finding:not([open])")];
  for (const node of opened) { node.fill(); node.open = true; }
});
addEventListener("afterprint", () => { for (const node of opened) node.open = false; });
show();
