/* Draws a report's chart from the figures of its table; without it the table says the same. */
const charts = [];

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function labels(data, room) {
  // names are all shown, each in its share of the axis; days make way for each other
  if (data.overTime) return { hideOverlap: true };
  return { interval: 0, width: Math.max(24, (room - 110) / data.labels.length - 6), overflow: "truncate" };
}

function options(data, room) {
  const ink = token("--ink-2");
  const line = token("--line");
  const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: ink } };
  const colours = [token("--accent"), token("--paused"), token("--kept")];
  return {
    animation: false,
    color: colours,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 8, top: 40, bottom: 8, outerBoundsMode: "same", containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: ink }, icon: "roundRect", itemWidth: 12, itemHeight: 12 },
    tooltip: {
      trigger: "axis", renderMode: "richText", backgroundColor: token("--surface"), borderColor: line,
      textStyle: { color: token("--ink") }, axisPointer: { type: "shadow", shadowStyle: { color: token("--paused-soft"), opacity: 0.6 } },
    },
    xAxis: { type: "category", data: data.labels, ...axis, axisLabel: { color: ink, ...labels(data, room) } },
    yAxis: [
      { type: "value", minInterval: 1, splitLine: { lineStyle: { color: line } }, axisLabel: { color: ink } },
      { type: "value", min: 0, max: 100, splitLine: { show: false }, axisLabel: { color: ink, formatter: "{value}%" } },
    ],
    series: [
      ...data.bars.map((bar) => ({ type: "bar", name: bar.name, data: bar.values, barMaxWidth: 28 })),
      {
        type: "line", name: data.line.name, data: data.line.values, yAxisIndex: 1, symbolSize: 6,
        lineStyle: { width: data.overTime ? 2 : 0 }, connectNulls: false,
        tooltip: { valueFormatter: (value) => (value === null || value === undefined ? "—" : `${value}%`) },
      },
    ],
  };
}

function draw() {
  for (const card of document.querySelectorAll("[data-chart]")) {
    if (!window.echarts) return;
    card.hidden = false;
    const data = JSON.parse(card.dataset.chart);
    const chart = window.echarts.init(card.querySelector(".chart"), null, { renderer: "canvas" });
    chart.setOption(options(data, chart.getWidth()));
    charts.push([chart, data]);
  }
}

function redraw() {
  for (const [chart, data] of charts) chart.setOption(options(data, chart.getWidth()), true);
}

draw();
function resize(size) {
  for (const [chart] of charts) chart.resize(size);
  redraw();
}

addEventListener("resize", () => resize());
addEventListener("beforeprint", () => resize({ width: 960, height: 260 }));
addEventListener("afterprint", () => resize({ width: "auto", height: "auto" }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-report-form]");
  if (form && event.target.type === "date") form.elements.period.value = "days";
});
