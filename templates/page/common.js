"use strict";
// What the pages of a report share. Foreign text only ever becomes text nodes.
const data = JSON.parse(document.getElementById("data").textContent);
const KEYS = ["section", "rule", "tier", "severity", "machine", "state"];

function make(tag, kind, ...content) {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  node.append(...content.filter(one => one !== undefined && one !== null).map(one => one instanceof Node ? one : String(one)));
  return node;
}
function button(words, does, title) {
  const node = make("button", "", words);
  node.type = "button";
  if (title) node.title = title;
  node.addEventListener("click", does);
  return node;
}

// What is chosen stands behind the # of the address, so that a view can be kept and passed on.
const chosen = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
function remember() {
  const set = Object.entries(chosen).filter(([, value]) => value);
  try {
    history.replaceState(null, "", set.length ? "#" + new URLSearchParams(set) : location.pathname + location.search);
  } catch { /* a page inside another one may have no address of its own */ }
}

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
}

// One filter: a list of what occurs, with how often.
function filter(key, counts, changed) {
  const node = make("select");
  node.id = "filter-" + key;
  node.setAttribute("aria-label", key);
  node.append(new Option("every " + key, ""));
  const order = key === "severity" ? ["high", "medium", "low"] : key === "tier" ? ["proved", "strong", "hint"] : null;
  const names = [...counts.keys()].sort((a, b) => order ? order.indexOf(a) - order.indexOf(b) : a < b ? -1 : a > b ? 1 : 0);
  for (const name of names) node.append(new Option((name || "(none)") + " (" + counts.get(name) + ")", name || "-"));
  if (chosen[key] && ![...node.options].some(one => one.value === chosen[key])) delete chosen[key];
  node.value = chosen[key] || "";
  node.addEventListener("change", () => { chosen[key] = node.value; changed(); });
  return node;
}
function showFilters(form) {
  for (const node of form.querySelectorAll("select, input")) node.classList.toggle("on", Boolean(node.value));
  for (const node of document.querySelectorAll(".bar[data-key]"))
    node.setAttribute("aria-pressed", String(chosen[node.dataset.key] === (node.dataset.name || "-")));
}
function searchBox(placeholder, changed) {
  const words = make("input");
  words.type = "search"; words.id = "filter-words"; words.placeholder = placeholder;
  words.setAttribute("aria-label", placeholder);
  words.value = chosen.words || "";
  words.addEventListener("input", () => { chosen.words = words.value; changed(); });
  return words;
}
function clearButton(form, changed) {
  const clear = button("clear", () => {
    for (const key of [...KEYS, "words"]) delete chosen[key];
    for (const node of form.querySelectorAll("select, input")) node.value = "";
    changed();
  }, "c");
  clear.id = "clear";
  return clear;
}

const AT_MOST = 12; // bars of a chart: more are no chart any more
function chart(title, key, rows, choose) {
  const most = Math.max(1, ...rows.map(one => one.count));
  const box = make("div", "chart", make("h3", "", title));
  for (const one of rows.slice(0, AT_MOST)) {
    const track = make("span", "track");
    const parts = one.parts || [["", one.count]];
    for (const [kind, count] of parts) {
      if (!count) continue;
      const part = make("i", kind);
      part.style.width = 100 * count / most + "%";
      track.append(part);
    }
    const bar = button("", () => choose(key, one.name), one.name);
    bar.className = "bar";
    bar.dataset.key = key;
    bar.dataset.name = one.name;
    bar.append(make("span", "name", one.name || "(no section)"), track, make("span", "number", one.count.toLocaleString("en")));
    box.append(bar);
  }
  if (rows.length > AT_MOST) box.append(make("p", "dim", "and " + (rows.length - AT_MOST).toLocaleString("en") + " more"));
  return box;
}
const light = button("light / dark", theme, "d");
light.id = "theme";
document.querySelector("header").append(light);
function choose(key, name) {
  const value = name || "-";
  chosen[key] = chosen[key] === value ? "" : value;
  const select = document.getElementById("filter-" + key);
  if (select) select.value = chosen[key];
}
function count(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  return counts;
}
function typing(event) {
  return event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "range";
}
document.getElementById("title").textContent = data.title;
document.getElementById("sums").textContent = data.sums;
document.title = data.title;
for (const note of data.notes) document.getElementById("notes").append(make("li", "", note));

// What stands below the findings: notes, and what was not looked at.
function showMore() {
  const more = document.getElementById("more");
  for (const one of data.more) {
    more.append(make("h2", "", one.title));
    const lines = make("ul", "evidence");
    for (const line of one.lines) lines.append(make("li", "", line));
    more.append(lines);
  }
}
