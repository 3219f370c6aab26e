// The drawings: each gives the text of an SVG, of the set that is shown.

const line = (x1, y1, x2, y2, stroke, more = "") =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" ${more}/>`;
const label = (x, y, text, style = "", anchor = "start") =>
  `<text class="${style}" x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
const strongFor = (engine, otherwise = "") => engine === "kvd" ? "strong" : otherwise;

// kvd's throughput as a multiple of each peer's: a row for each phase, a dot for each peer.
function ratioChart() {
  const width = 1100, left = 160, right = 20, row = 26, low = 0.1, high = 10;
  const x = r => left + (width - left - right) *
    Math.log(Math.min(high, Math.max(low, r)) / low) / Math.log(high / low);
  let y = 34, rows = "";
  for (const [title, phases] of groupsWhere(hasFigure("operationsPerSecond"))) {
    rows += label(0, y + 6, title.toUpperCase(), "dim group");
    y += row;
    for (const phase of phases) {
      rows += line(left, y, width - right, y, "var(--grid)") +
        label(left - 14, y + 4, phase, "", "end") + ratioMarks(phase, x, y, low, high);
      y += row;
    }
    y += 6;
  }
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10].map(tick => {
    const stroke = tick === 1 ? "var(--ink)" : "var(--line)";
    return line(x(tick), 22, x(tick), y - 12, stroke, `stroke-width="${tick === 1 ? 1.5 : 1}"`) +
      label(x(tick), 14, `${tick} ×`, tick === 1 ? "strong" : "dim", "middle");
  }).join("");
  return `<svg viewBox="0 0 ${width} ${y}" style="min-width:720px">${ticks}${rows}</svg>`;
}

// Triangles for what lies beyond an end of the scale stand side by side.
function ratioMarks(phase, x, y, low, high) {
  let beyondRight = 0, beyondLeft = 0, marks = "";
  for (const peer of peers) {
    const r = ratio(peer, phase);
    if (!r) continue;
    const tip = `<title>${phase}: kvd is ${three(r)} × ${nameOf[peer]}` +
      `${cutShortNote([peer, "kvd"], phase)}</title>`;
    const fill = `fill="${color(peer)}"`;
    if (r > high) {
      marks += `<path d="M${x(r) - 12 * beyondRight++} ${y} l-9 -6 v12 z" ${fill}>${tip}</path>`;
    } else if (r < low) {
      marks += `<path d="M${x(r) + 12 * beyondLeft++} ${y} l9 -6 v12 z" ${fill}>${tip}</path>`;
    } else {
      marks += `<circle cx="${x(r)}" cy="${y}" r="6" ${fill} stroke="var(--card)"` +
        ` stroke-width="1.5">${tip}</circle>`;
    }
  }
  return marks;
}

// A bar of one figure for each engine; a thin line spans the least to the most.
function bars(phase, figure, format) {
  const list = engines.filter(e => spread(e, phase, figure));
  const top = Math.max(...list.map(e => spread(e, phase, figure).most), 1e-9);
  const width = 340, left = 78, barWidth = width - left - 66, row = 24;
  const x = value => left + barWidth * value / top;
  const rows = list.map((engine, index) => {
    const s = spread(engine, phase, figure), y = index * row;
    const end = Math.max(left + 2, x(s.median));
    const whisker = `M${x(s.least)} ${y + 11.5} H${x(s.most)}` +
      ` M${x(s.least)} ${y + 8} v7 M${x(s.most)} ${y + 8} v7`;
    return `<g><title>${nameOf[engine]}: ${withEnds(s, format)}</title>` +
      label(left - 8, y + 16, nameOf[engine], strongFor(engine), "end") +
      `<rect x="${left}" y="${y + 4}" width="${end - left}" height="15" rx="3"` +
      ` fill="${color(engine)}" opacity="${engine === "kvd" ? 1 : .78}"/>` +
      (s.most > s.least
        ? `<path d="${whisker}" stroke="var(--ink)" stroke-opacity=".55" fill="none"/>` : "") +
      label(Math.max(end, x(s.most)) + 7, y + 16, format(s.median), strongFor(engine, "dim")) +
      `</g>`;
  });
  return `<svg viewBox="0 0 ${width} ${list.length * row}">${rows.join("")}</svg>`;
}

// For each engine a bar from the median to the 99.9th percentile with a mark at the 99th.
const percentiles = ["p50Microseconds", "p99Microseconds", "p999Microseconds"];
const percentileNames = ["p50", "p99", "p99.9"];
function latencyChart(phase) {
  const list = engines.filter(e => spread(e, phase, percentiles[0]));
  const all = list.flatMap(e => percentiles.map(p => median(e, phase, p)))
    .filter(value => value !== undefined).map(value => Math.max(value, .01));
  const low = Math.log10(Math.min(...all));
  const high = Math.max(Math.log10(Math.max(...all)), low + .3);
  const width = 340, left = 78, right = 12, row = 30, bottom = list.length * row;
  const x = value => left +
    (width - left - right) * (Math.log10(Math.max(value, .01)) - low) / (high - low);
  let svg = "";
  for (let power = Math.ceil(low); power <= high; power++) {
    const at = x(10 ** power), text = microseconds(10 ** power).replace(/\.0+ /, " ");
    svg += line(at, 0, at, bottom, "var(--line)") +
      label(at, bottom + 14, text, "dim tick", "middle");
  }
  list.forEach((engine, index) => {
    const y = index * row + 17, stroke = color(engine);
    // Of few operations there is no 99th or 99.9th.
    const known = percentiles.filter(p => spread(engine, phase, p));
    const medians = known.map(p => median(engine, phase, p));
    const [p50, p99, p999] = medians;
    const tips = known.map((p, place) =>
      `${percentileNames[place]} ${withEnds(spread(engine, phase, p), microseconds)}`).join(", ");
    // Where the bar begins far to the right its figures end with the chart instead.
    const isRight = x(p50) > left + (width - left) * .4;
    svg += label(left - 12, y + 4, nameOf[engine], strongFor(engine), "end") +
      `<g><title>${nameOf[engine]}: ${tips}</title>` +
      (p999 === undefined ? ""
        : line(x(p50), y, x(p999), y, stroke, `stroke-width="3" opacity=".45"`)) +
      (p99 === undefined ? "" : line(x(p50), y, x(p99), y, stroke, `stroke-width="5"`)) +
      `<circle cx="${x(p50)}" cy="${y}" r="5" fill="${stroke}"/>` +
      (p99 === undefined ? "" : line(x(p99), y - 6, x(p99), y + 6, stroke, `stroke-width="2.5"`)) +
      (p999 === undefined ? ""
        : `<circle cx="${x(p999)}" cy="${y}" r="3.5" fill="var(--card)" stroke="${stroke}"` +
          ` stroke-width="2"/>`) + `</g>` +
      label(isRight ? width - right : x(p50) - 4, y - 8,
        medians.map(microseconds).join(" · "), "dim percentiles", isRight ? "end" : "start");
  });
  return `<svg viewBox="0 0 ${width} ${bottom + 20}">${svg}</svg>`;
}
