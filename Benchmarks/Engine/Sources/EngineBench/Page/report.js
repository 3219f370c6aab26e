// What is in the report, and how figures are written.

const groups = [
  ["Writes", ["fillseq", "fillbatch", "fillrandom", "overwrite", "deleterandom"]],
  ["Durable writes", ["fillsync1", "fillsync8", "fillsync32"]],
  ["Point reads", ["readsettled", "readrandom", "readrandom2", "readmissing", "readsmallcache"]],
  ["Walks", ["seek", "range100", "scan", "scanback"]],
  ["Reads and writes at once", ["readwhilewriting", "writewhilereading"]],
  ["Upkeep", ["compact", "open", "openlog"]],
];
const engines = report.engines.map(e => e.engine);
const peers = engines.filter(e => e !== "kvd");
const nameOf = Object.fromEntries(report.engines.map(e => [e.engine, e.name]));
const phaseOf = Object.fromEntries(report.phases.map(p => [p.phase, p]));
for (const set of report.sets) {
  set.summaryOf = Object.fromEntries(set.summaries.map(s => [s.engine + "/" + s.phase, s]));
}
// The set that is shown; those who show something read it from here.
let shown = report.sets[0];

const summary = (engine, phase, set = shown) => set.summaryOf[engine + "/" + phase] || {};
const spread = (engine, phase, figure) => summary(engine, phase)[figure];
const median = (engine, phase, figure) => (spread(engine, phase, figure) || {}).median;
const hasFigure = figure => phase => engines.some(e => spread(e, phase, figure));

// The groups that have a phase that passes, with those phases.
function groupsWhere(passes) {
  return groups.map(([title, phases]) => [title, phases.filter(passes)])
    .filter(([, phases]) => phases.length);
}
const phasesWhere = passes => groupsWhere(passes).flatMap(([, phases]) => phases);

function ratio(peer, phase, set = shown) {
  const own = summary("kvd", phase, set).operationsPerSecond;
  const other = summary(peer, phase, set).operationsPerSecond;
  return own && other && own.median / other.median;
}

// Of some engines those whose phase the time limit cut short.
const cutShortNames = (list, phase, set = shown) =>
  list.filter(e => summary(e, phase, set).isCutShort).map(e => nameOf[e]);
function cutShortNote(list, phase) {
  const names = cutShortNames(list, phase);
  return names.length ? ` (cut short by the time limit: ${names.join(", ")})` : "";
}

const color = engine => `var(--${engine})`;
const escapes = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"};
const escape = text => String(text).replace(/[&<>"]/g, c => escapes[c]);
const put = (id, html) => { document.getElementById(id).innerHTML = html; };

function three(n) {
  const m = Math.abs(n);
  return m >= 99.95 ? n.toFixed(0) : m >= 9.995 ? n.toFixed(1) : n.toFixed(2);
}
function rate(n) {
  if (n >= 999500) return three(n / 1e6) + " M";
  if (n >= 999.5) return three(n / 1e3) + " k";
  return three(n);
}
function bytes(n) {
  if (n < 999.5) return Math.round(n) + " B";
  for (const unit of ["KiB", "MiB", "GiB"]) {
    n /= 1024;
    if (n < 999.5 || unit === "GiB") return three(n) + " " + unit;
  }
}
function microseconds(n) {
  if (n >= 999500) return three(n / 1e6) + " s";
  if (n >= 999.5) return three(n / 1e3) + " ms";
  return three(n) + " µs";
}
const seconds = n => three(n) + " s";
const ends = (s, format, between) => format(s.least) + between + format(s.most);
// A median with the least and the most of its rounds, where they differ.
function withEnds(s, format) {
  return format(s.median) + (s.most > s.least ? ` (${ends(s, format, " to ")})` : "");
}
