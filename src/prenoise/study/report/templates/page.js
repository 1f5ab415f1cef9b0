"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const memory = {
    get(key) { try { return window.sessionStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { window.sessionStorage.setItem(key, value); } catch { /* a page from a file may lack it */ } },
  };

  // light and dark
  const themes = ["auto", "dark", "light"];
  const theme = document.getElementById("theme");
  const wear = (name) => {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    if (theme) theme.querySelector("span").textContent = name;
    memory.set("theme", name);
  };
  wear(themes.includes(memory.get("theme")) ? memory.get("theme") : "auto");
  theme?.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme || "auto";
    wear(themes[(themes.indexOf(now) + 1) % themes.length]);
  });

  // claims with one verdict only
  const tiles = all(".tile");
  const filter = (outcome) => {
    tiles.forEach((tile) => tile.setAttribute("aria-pressed", String(tile.dataset.outcome === outcome)));
    all("ul.claims > li").forEach((row) => { row.hidden = outcome !== "" && row.dataset.outcome !== outcome; });
  };
  tiles.forEach((tile) => tile.addEventListener("click", () => {
    filter(tile.getAttribute("aria-pressed") === "true" ? "" : tile.dataset.outcome);
  }));
  const openTarget = () => {
    const row = location.hash.startsWith("#claim-") && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row) return;
    if (row.hidden) filter("");
    row.querySelector("details").open = true;
    row.scrollIntoView({ block: "nearest" });
  };
  window.addEventListener("hashchange", openTarget);
  openTarget();

  // charts: drawn when they come near the screen, the others in idle moments
  const drawn = new Map();
  const stateOf = new Map();
  const specOf = (name) => JSON.parse(document.getElementById(`spec-${name}`).textContent);
  const knows = new Map(); // the signals a chart has
  const apply = (chart, view, figure) => {
    for (const [name, value] of Object.entries(stateOf.get(figure) || {})) if (knows.get(chart).has(name)) view.signal(name, value);
    return view.runAsync();
  };
  // a table comes as columns: each value, or runs of a value and how often it follows
  const rowsOf = (table) => {
    const columns = Object.entries(table).map(([name, [how, ...values]]) => (
      [name, how === "each" ? values : values.flatMap(([value, times]) => Array(times).fill(value))]));
    return Array.from({ length: columns[0]?.[1].length ?? 0 }, (_, row) => (
      Object.fromEntries(columns.map(([name, values]) => [name, values[row]]).filter(([, value]) => value !== null))));
  };
  const draw = async (chart) => {
    if (drawn.has(chart)) return;
    drawn.set(chart, null);
    const figure = chart.closest("figure");
    try {
      const { tables, main, ...spec } = specOf(chart.dataset.spec);
      spec.datasets = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, rowsOf(table)]));
      knows.set(chart, new Set(spec.params.map((param) => param.name)));
      const canvas = document.createElement("div"); // its words are those of the chart's label
      canvas.setAttribute("aria-hidden", "true");
      chart.replaceChildren(canvas);
      const { view } = await window.vegaEmbed(canvas, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, logLevel: 1,
        tooltip: { theme: "custom", disableDefaultStyle: true, offsetX: 12, offsetY: 12 },
      });
      drawn.set(chart, view);
      await apply(chart, view, figure);
      chart.style.minHeight = "";
      chart.dataset.drawn = "yes";
    } catch (problem) {
      chart.dataset.drawn = "failed";
      chart.innerHTML = '<p class="failed">This chart could not be drawn.</p>';
      console.error(chart.dataset.spec, problem);
    }
  };
  const charts = all(".chart");
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "500px" });
  charts.forEach((chart) => near.observe(chart));
  const idle = window.requestIdleCallback || ((task) => setTimeout(task, 60));
  const drawNext = async () => {
    const next = charts.find((chart) => !drawn.has(chart));
    if (!next) return;
    await draw(next);
    idle(drawNext);
  };
  window.addEventListener("load", () => idle(drawNext));

  // on paper a chart is as wide as its column there, so that its letters keep their size
  const printed = 330;
  const fit = (width) => drawn.forEach((view, chart) => {
    if (view && !chart.closest(".panel.fixed")) view.signal("width", width(chart)).run();
  });
  window.addEventListener("beforeprint", () => { charts.forEach(draw); fit(() => printed); });
  window.addEventListener("afterprint", () => fit((chart) => chart.clientWidth));

  // what a reader chooses: the same control may stand beside several charts
  all("figure.picture").forEach((figure) => {
    const state = {};
    stateOf.set(figure, state);
    const change = (name, value) => {
      state[name] = value;
      all(`.chart[data-follows="${name}"]`, figure).forEach((chart) => {
        chart.setAttribute("aria-label", JSON.parse(chart.dataset.words)[value]);
      });
      all(".chart", figure).forEach((chart) => { const view = drawn.get(chart); if (view) apply(chart, view, figure); });
    };
    all("[data-kind]", figure).forEach((box) => box.addEventListener("change", () => {
      change("hidden", all("[data-kind]", figure).filter((other) => !other.checked).map((other) => other.dataset.kind));
    }));
    all("[data-seeds]", figure).forEach((box) => box.addEventListener("change", () => change("line_per_seed", box.checked)));
    const twins = (control) => all(`[data-signal="${control.dataset.signal}"]`, figure);
    all("select[data-signal]", figure).forEach((list) => list.addEventListener("change", () => {
      twins(list).forEach((twin) => { twin.value = list.value; });
      change(list.dataset.signal, JSON.parse(list.value));
    }));
    all("input[type=range]", figure).forEach((slider) => {
      const labels = JSON.parse(slider.dataset.labels);
      slider.addEventListener("input", () => {
        twins(slider).forEach((twin) => {
          twin.value = slider.value;
          twin.setAttribute("aria-valuetext", labels[slider.value]);
          twin.parentElement.querySelector("output").textContent = labels[slider.value];
        });
        change(slider.dataset.signal, Number(slider.value));
      });
    });
  });

  // the numbers behind a chart, made when they are asked for
  const cell = (value) => {
    if (value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = String(value).replace(/^[=+\-@\t\r]/, "'$&"); // which a spreadsheet would compute
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  all("a[data-csv]").forEach((link) => link.addEventListener("click", () => {
    const { tables, main } = specOf(link.dataset.csv);
    const fields = Object.keys(tables[main]);
    const lines = rowsOf(tables[main]).map((row) => fields.map((field) => cell(row[field])).join(","));
    link.href = `data:text/csv;charset=utf-8,${encodeURIComponent([fields.join(","), ...lines, ""].join("\r\n"))}`;
  }));

  // a page that is served looks whether there is a newer one, and keeps the reader's place
  if ("live" in document.body.dataset) {
    const place = memory.get("place");
    if (place) {
      const { scroll, open } = JSON.parse(place);
      open.forEach((id) => { const row = document.getElementById(id); if (row) row.querySelector("details").open = true; });
      window.scrollTo(0, scroll);
    }
    const shown = `"${document.body.dataset.live}"`;
    const look = async () => {
      try {
        const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
        const now = answer.headers.get("ETag");
        if (now && now !== shown) {
          memory.set("place", JSON.stringify({
            scroll: window.scrollY, open: all("ul.claims > li").filter((row) => row.querySelector("details").open).map((row) => row.id),
          }));
          location.reload();
          return;
        }
      } catch { /* the server is gone: the page stays as it is */ }
      setTimeout(look, 3000);
    };
    setTimeout(look, document.querySelector('main > .banner[role=status]') ? 500 : 3000);
  }
})();
