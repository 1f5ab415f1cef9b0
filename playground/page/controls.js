/** The settings: an input for every row of the table of controls. */

import { KINDS, titleOf } from "../method/kinds.js";
import { byId, make, say } from "./elements.js";
import { CONTROLS } from "./state.js";

/** @typedef {import("./state.js").Control} Control */
/** @typedef {import("./state.js").State} State */
/** @typedef {(name: string, value: any) => void} OnChange */

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 4 });

/** What a value is called. @param {Control} control @param {any} value */
const word = ({ words }, value) => words?.[value] ?? (typeof value === "number" ? count.format(value) : String(value));

/** @typedef {{row: HTMLElement, show: (state: State) => void}} Input */

/** @type {Record<string, (control: Control, onChange: OnChange) => Input>} by the type of a control */
const INPUTS = {
  slider(control, onChange) {
    const { name, label, values } = control;
    const output = make("output", { for: `set-${name}` });
    const input = make("input", {
      type: "range",
      id: `set-${name}`,
      min: 0,
      max: values.length - 1,
      step: 1,
      input: () => onChange(name, values[Number(input.value)]),
    });
    const mark = make("span", { class: "stops-at", hidden: true }, "▲ stop here");
    return {
      row: make(
        "div",
        { class: "row slider" },
        make("label", { for: `set-${name}` }, label),
        output,
        input,
        ...(name === "amount" ? [mark] : []),
      ),
      show(state) {
        const text = word(control, state[name]);
        input.value = String(values.indexOf(state[name]));
        input.setAttribute("aria-valuetext", text);
        say(output, text);
      },
    };
  },
  choice(control, onChange) {
    const { name, label, values } = control;
    const input = make(
      "select",
      { id: `set-${name}`, change: () => onChange(name, values[input.selectedIndex]) },
      ...values.map((value) => make("option", { value }, word(control, value))),
    );
    return {
      row: make("div", { class: "row" }, make("label", { for: `set-${name}` }, label), input),
      show: (state) => void (input.value = String(state[name])),
    };
  },
  number({ name, label, values }, onChange) {
    const input = make("input", {
      type: "number",
      id: `set-${name}`,
      min: values[0],
      max: values[values.length - 1],
      step: 1,
      change() {
        const wanted = Number(input.value);
        onChange(name, values.includes(wanted) ? wanted : values[0]);
      },
    });
    return {
      row: make("div", { class: "row" }, make("label", { for: `set-${name}` }, label), input),
      show: (state) => void (input.value = String(state[name])),
    };
  },
  several({ name, label, values }, onChange) {
    const boxes = values.map((value) =>
      make("input", { type: "checkbox", id: `set-${name}-${value}`, value, change: tell }),
    );
    const titles = values.map((value) => make("label", { for: `set-${name}-${value}` }));
    function tell() {
      const chosen = values.filter((_, place) => boxes[place].checked);
      onChange(name, chosen.length ? chosen : [values[0]]);
    }
    return {
      row: make(
        "fieldset",
        { class: "row" },
        make("legend", {}, label),
        ...values.map((value, place) =>
          make("div", { class: `box kind-${value}` }, boxes[place], titles[place], make("span", { class: "dot" })),
        ),
      ),
      show(state) {
        values.forEach((value, place) => {
          boxes[place].checked = state[name].includes(value);
          say(titles[place], titleOf(KINDS[value], state.rule));
        });
      },
    };
  },
};

/** Puts the settings into the page; the function that comes back shows a state in them. @param {OnChange} onChange */
export function makeControls(onChange) {
  const inputs = CONTROLS.flatMap((control) =>
    control.type === "none" ? [] : [INPUTS[control.type](control, onChange)],
  );
  byId("settings").append(...inputs.map(({ row }) => row));
  return (/** @type {State} */ state) => inputs.forEach(({ show }) => show(state));
}

/** Marks on the slider how much noise `stop="aligned"` would use. @param {number | null} stopsAt */
export function markAmount(stopsAt) {
  const mark = document.querySelector(".stops-at");
  const control = CONTROLS.find(({ name }) => name === "amount");
  if (!(mark instanceof HTMLElement) || !control) return;
  mark.hidden = stopsAt === null;
  if (stopsAt === null) return;
  const values = /** @type {number[]} */ (control.values);
  const reaching = values.findIndex((value) => value >= stopsAt);
  const above = Math.max(1, reaching);
  const place = above - 1 + (stopsAt - values[above - 1]) / (values[above] - values[above - 1]);
  mark.style.setProperty("--place", String(place / (values.length - 1)));
  mark.title = `The library's stop="aligned" would use the network after ${count.format(stopsAt)} images of noise`;
}
