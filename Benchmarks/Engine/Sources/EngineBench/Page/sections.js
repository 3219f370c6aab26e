// The page's sections: first those of the whole run, then those of the set that is shown.

const m = report.machine;
put("machine", escape(`${m.processor}, ${m.coreCount} cores, ${bytes(m.memoryBytes)} of memory, ` +
  `${m.kernel}, ${m.filesystem}. kvd: ${report.kvdRevision}. Measured ${m.date}.`));
put("warnings", report.engines.filter(e => e.build && e.build.hasAssertions !== false).map(e =>
  `<p class="warning">` + (e.build.hasAssertions
    ? `${escape(e.name)} was built with assertions on (${escape(e.build.library)}): ` +
      `the comparison flatters kvd.`
    : `Whether ${escape(e.name)} was built with assertions is not known: its library was not found.`) +
  `</p>`).join("") + report.sets.flatMap(set => set.failures.map(failure =>
  `<p class="warning">${escape(set.title)}: ${escape(failure)}. What it had done stands.</p>`)).join(""));
put("legend", engines.map(e =>
  `<span><i style="background:${color(e)}"></i>${nameOf[e]}</span>`).join(""));
put("reading", `<h2>How to read this</h2><ul>` +
  report.notes.map(n => `<li>${escape(n)}</li>`).join("") + `</ul>`);

// What only LSM engines do alike; see the notes.
const isLogStructured = engine => ["kvd", "rocksdb", "leveldb"].includes(engine);
const compares = (peer, phase) => isLogStructured(peer) || !["compact", "openlog"].includes(phase);

// How kvd does against one peer on one set, all phases together.
function overall(peer, set) {
  const phases = report.phases.map(p => p.phase).filter(phase => compares(peer, phase));
  const ratios = phases.map(phase => ratio(peer, phase, set)).filter(r => r);
  if (!ratios.length) return "";
  const mean = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length);
  const ahead = ratios.filter(r => r >= 1).length;
  const isMarked = phases.some(phase =>
    ratio(peer, phase, set) && cutShortNames([peer, "kvd"], phase, set).length);
  return `<div><a href="#${set.name}">${set.name}</a><b>${three(mean)} ×${isMarked ? "*" : ""}</b>` +
    `<small class="soft">${ahead}/${ratios.length}</small></div>`;
}
const hasRatios = engines.includes("kvd") && peers.length > 0;
if (hasRatios) {
  put("overview", `<div class="tiles">` + peers.map(peer =>
    `<div class="tile"><h4>kvd / <span style="color:${color(peer)}">${nameOf[peer]}</span></h4>` +
    report.sets.map(set => overall(peer, set)).join("") + `</div>`).join("") + `</div>` +
    `<p class="soft">Geometric mean of the phases' throughput ratios, and in how many phases kvd ` +
    `is at least level; compact and openlog count between LSM engines alone. * some phases were cut short by the time limit.</p>`);
}

function showFacts() {
  const w = shown.workload;
  put("facts", `<h2>${shown.name}: ${escape(shown.title)}</h2><p class="soft">` +
    `${w.entryCount.toLocaleString("en")} entries of ${w.keyBytes} B keys and ${w.valueBytes} B ` +
    `values, half compressible: ${bytes(w.dataBytes)} of data; cache ${bytes(w.cacheBytes)}; ` +
    `medians of ${w.rounds} round${w.rounds === 1 ? "" : "s"}; seed ${w.seed}.</p>`);
}

function showRatios() {
  if (!hasRatios) return;
  put("ratios", `<h2>kvd's throughput as a multiple of each peer's</h2><p class="soft">Right of ` +
    `the line kvd is faster, left of it the peer is. The scale is logarithmic; a triangle lies ` +
    `beyond its end.</p><div class="card scroll">${ratioChart()}</div>`);
}

function card(phase, unit, chart) {
  return `<div class="card"><h4>${phase}<em>${unit}</em></h4>` +
    `<p>${escape(phaseOf[phase].explanation)}${cutShortNote(engines, phase)}</p>${chart}</div>`;
}
const groupedCards = (passes, draw) => groupsWhere(passes).map(([title, phases]) =>
  `<h3>${title}</h3><div class="cards">${phases.map(draw).join("")}</div>`).join("");

function showThroughput() {
  put("throughput", `<h2>Throughput</h2><p class="soft">Longer is better; medians, with a thin ` +
    `line from the least to the most of the rounds.</p>` +
    groupedCards(hasFigure("operationsPerSecond"), phase =>
      card(phase, phaseOf[phase].unit, bars(phase, "operationsPerSecond", rate))));
}

function showLatency() {
  const cards = groupedCards(hasFigure(percentiles[0]), phase =>
    card(phase, "p50 · p99 · p99.9", latencyChart(phase)));
  put("latency", cards && `<h2>Latency</h2><p class="soft">Further left is better. Each dot is ` +
    `the median, the bar reaches to the 99th percentile, the ring is the 99.9th; the scale is ` +
    `logarithmic. Hold the pointer over a bar for the least and the most of the rounds.</p>` +
    cards);
}

// What the work cost, one figure at a time.
const hasWritten = hasFigure("writeAmplification");
const hasRead = phase => engines.some(e => median(e, phase, "readBytes") >= 1048576);
const growsTheFolder = phase => ["fillseq", "fillbatch", "fillrandom", "compact", "overwrite",
  "readwhilewriting"].includes(phase);
const costs = [
  ["Bytes written", "writtenBytes", bytes, p => hasWritten(p) || p === "compact",
    "To files, background work included."],
  ["Bytes read", "readBytes", bytes, hasRead,
    "By read calls, from the page cache too, in phases where some engine read 1 MiB or more. " +
    "LMDB reads through mapped memory, and LevelDB its tables: that is not counted."],
  ["Write amplification", "writeAmplification", three, hasWritten,
    "Bytes written for each byte of the user's, background work included."],
  ["Write amplification at the disk", "deviceWriteAmplification", three, hasWritten,
    "Bytes that the disk was given for each byte of the user's, the filesystem's journal " +
    "included."],
  ["Space amplification", "spaceAmplification", three, growsTheFolder,
    "Bytes on the disk for each byte alive, when the phase has settled."],
  ["Peak memory", "peakMemoryBytes", bytes, () => true,
    "Of the process, less what it held before the engine was opened. LMDB's includes its map and " +
    "LevelDB's its tables, which are the page cache."],
  ["CPU time", "cpuSeconds", seconds, () => true,
    "Of all threads, in seconds, background work included."],
];
let chosenCost = 0;
function showCost() {
  const [, figure, format, passes, explanation] = costs[chosenCost];
  const cards = phasesWhere(p => hasFigure(figure)(p) && passes(p)).map(p =>
    `<div class="card"><h4 style="margin-bottom:8px">${p}</h4><p>${cutShortNote(engines, p)}</p>` +
    `${bars(p, figure, format)}</div>`);
  put("cost", `<h2>What it costs</h2><div class="choices" role="group" aria-label="Cost">` +
    costs.map(([title], index) => `<button data-cost="${index}" ` +
      `aria-pressed="${index === chosenCost}">${title}</button>`).join("") +
    `</div><p class="soft">${explanation} Shorter is better.</p>` +
    (cards.length ? `<div class="cards">${cards.join("")}</div>` : `<p>No phase has any.</p>`));
}

// A part that stays open, or closed, when another set is shown.
const opened = new Set(["Throughput"]);
const details = (key, title, body) =>
  `<details data-key="${key}" ${opened.has(key) ? "open" : ""}><summary>${title}</summary>` +
  `<div class="card scroll">${body}</div></details>`;

const columns = [
  ["Throughput", "operationsPerSecond", rate, Math.max],
  ["p50", "p50Microseconds", microseconds, Math.min],
  ["p99", "p99Microseconds", microseconds, Math.min],
  ["p99.9", "p999Microseconds", microseconds, Math.min],
  ["CPU time", "cpuSeconds", seconds, Math.min],
  ["Bytes written", "writtenBytes", bytes, Math.min],
  ["Bytes read", "readBytes", bytes, Math.min],
  ["Write amplification", "writeAmplification", three, Math.min],
  ["Write amplification at the disk", "deviceWriteAmplification", three, Math.min],
  ["Space amplification", "spaceAmplification", three, Math.min],
  ["Peak memory", "peakMemoryBytes", bytes, Math.min],
];
function figureRow(phase, figure, format, best) {
  const spreads = engines.map(e => spread(e, phase, figure));
  const note = place => summary(engines[place], phase).isCutShort ? " *" : "";
  // What was cut short did less, and so cost less.
  const whole = spreads.filter((s, place) => s && !note(place));
  const mark = best(...whole.map(s => s.median));
  return `<tr><td title="${escape(phaseOf[phase].explanation)}">${phase}</td>` +
    spreads.map((s, place) => !s ? `<td class="soft">–</td>`
      : `<td class="${s.median === mark && !note(place) ? "best" : ""}">${format(s.median)}${note(place)}` +
        (s.most > s.least ? `<small>${ends(s, format, " – ")}</small>` : "") + `</td>`).join("") +
    `</tr>`;
}
function showFigures() {
  const heads = `<tr><th></th>${engines.map(e => `<th>${nameOf[e]}</th>`).join("")}</tr>`;
  put("figures", `<h2>The figures</h2><p class="soft">Medians, the best in bold, with the least ` +
    `and the most of the rounds below. * cut short by the time limit.</p>` + columns.map(([title, figure, format, best]) => {
    const rows = phasesWhere(hasFigure(figure)).map(p => figureRow(p, figure, format, best));
    return rows.length ? details(title, title, `<table>${heads}${rows.join("")}</table>`) : "";
  }).join(""));
}

function showOptions() {
  const row = (name, value) =>
    `<tr><td>${escape(name)}</td><td class="option">${escape(value)}</td></tr>`;
  put("options", `<h2>Versions and options</h2>` + report.engines.map(e => {
    const d = shown.descriptions[e.engine] || {version: "", options: []};
    const build = e.build && e.build.library
      ? row("library", `${e.build.library}, assertions ${e.build.hasAssertions ? "on" : "off"}`)
      : "";
    return details(e.engine,
      `<span style="color:${color(e.engine)}">■</span> ${e.name} ${escape(d.version)}`,
      `<table>${build}${d.options.map(o => row(o.name, o.value)).join("")}</table>`);
  }).join(""));
}

// Shows the set that the address names after "#", else the first.
function show() {
  shown = report.sets.find(set => "#" + set.name === location.hash) || report.sets[0];
  if (report.sets.length > 1) {
    put("sets", report.sets.map(set =>
      `<button data-set="${set.name}" title="${escape(set.title)}" ` +
      `aria-pressed="${set === shown}">${set.name}</button>`).join(""));
  }
  for (const section of [showFacts, showRatios, showThroughput, showLatency, showCost, showFigures,
    showOptions]) section();
}
addEventListener("hashchange", show);
document.addEventListener("click", event => {
  const {set, cost} = event.target.dataset;
  if (set) location.hash = set;
  if (cost) { chosenCost = Number(cost); showCost(); }
});
// The event does not bubble: it is caught on its way down.
document.addEventListener("toggle", event => {
  const {key} = event.target.dataset;
  if (event.target.open) opened.add(key); else opened.delete(key);
}, true);
show();
