// The index of a tree: one row a section. A cell is [rule, tier, severity, machines, state, findings].
const CELL = ["rule", "tier", "severity", "machine", "state"];
const form = document.getElementById("filters");
const list = document.getElementById("list");

function values(cell, key) {
  const value = cell[CELL.indexOf(key)];
  return key === "machine" ? value : [value];
}
function fits(cell) {
  return CELL.every(key => !chosen[key] || values(cell, key).some(value => (value || "-") === chosen[key]));
}
function total(cells) { return cells.reduce((sum, cell) => sum + cell[5], 0); }
function summed(cells, key) {
  const counts = new Map();
  for (const cell of cells) for (const value of values(cell, key)) counts.set(value, (counts.get(value) || 0) + cell[5]);
  return counts;
}
function severities(cells) {
  const counts = summed(cells, "severity");
  return ["high", "medium", "low"].map(kind => [kind, counts.get(kind) || 0]);
}

const everything = data.sections.flatMap(one => one.cells);
for (const key of CELL) {
  const counts = summed(everything, key);
  if (counts.size > 1 || key === "rule") form.append(filter(key, counts, show));
}
const words = searchBox("name of a section", show);
const shown = make("span", "count");
shown.id = "count";
shown.setAttribute("aria-live", "polite");
form.append(words, clearButton(form, show), shown);
form.addEventListener("submit", event => event.preventDefault());

const charts = document.getElementById("charts");
const byRule = [...summed(everything, "rule").entries()]
  .map(([name, number]) => ({ name, count: number, parts: severities(everything.filter(cell => cell[0] === name)) }))
  .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
const bySection = data.sections
  .map(one => ({ name: one.title, count: total(one.cells), parts: severities(one.cells) }))
  .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
function open(key, name) {
  if (key === "rule") { choose(key, name); show(); return; }
  list.querySelector(`a[data-title="${CSS.escape(name)}"]`)?.click();
}
if (everything.length) charts.append(chart("findings by section", "section", bySection, open), chart("findings by rule", "rule", byRule, open));

const head = make("tr", "", make("th", "", "section"), make("th", "number", "findings"), make("th", "", ""), make("th", "number", "at risk"), make("th", "", "rules"));
function show() {
  const filters = Object.entries(chosen).filter(([key, value]) => CELL.includes(key) && value);
  const fragment = filters.length ? "#" + new URLSearchParams(filters) : "";
  const asked = (chosen.words || "").toLowerCase();
  const rows = [];
  for (const one of data.sections) {
    if (asked && !one.title.toLowerCase().includes(asked)) continue;
    const cells = one.cells.filter(fits);
    if (cells.length) rows.push([one, cells, total(cells)]);
  }
  if (filters.length) rows.sort((a, b) => b[2] - a[2]); // else as they come: the worst first
  const most = Math.max(1, ...rows.map(row => row[2]));
  const body = make("tbody");
  for (const [one, cells, number] of rows) {
    const link = make("a", "", one.title || "no section of MAINTAINERS");
    link.href = one.page + fragment;
    link.dataset.title = one.title;
    const track = make("span", "track");
    for (const [kind, some] of severities(cells)) {
      if (!some) continue;
      const part = make("i", kind);
      part.style.width = 100 * some / most + "%";
      track.append(part);
    }
    const rules = [...summed(cells, "rule").entries()].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const told = rules.slice(0, 3).map(([name, some]) => name + " " + some).join(", ") + (rules.length > 3 ? ", \u2026" : "");
    body.append(make("tr", "", make("td", "", link), make("td", "number", number), make("td", "wide", track),
      make("td", "number", filters.length ? "" : one.at_risk || ""), make("td", "dim", told)));
  }
  list.replaceChildren(make("table", "sections", make("thead", "", head), body));
  const findings = rows.reduce((sum, row) => sum + row[2], 0);
  shown.textContent = findings.toLocaleString("en") + " findings in " + rows.length.toLocaleString("en") + " of " + data.sections.length.toLocaleString("en") + " sections";
  showFilters(form);
  remember();
}
showMore();
document.getElementById("keys").textContent =
  "Keys: j and k go to the next and the last section, Enter opens it with the filters that are chosen, / asks for a name, c clears the filters, d turns light to dark.";
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && event.target === words) { list.querySelector("a")?.focus(); return; }
  if (typing(event)) return;
  const links = [...list.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "j") (links[at + 1] || links[0])?.focus();
  else if (event.key === "k") (links[at - 1] || links.at(-1))?.focus();
  else if (event.key === "/") { event.preventDefault(); words.focus(); words.select(); }
  else if (event.key === "c") document.getElementById("clear").click();
  else if (event.key === "d") theme();
});
show();
