// The result of a CONSTRUCT as a drawing of nodes and arrows.
import { shorten } from "./terms.js";
import { words } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MARGIN] = [1000, 640, 90];
const MOST_NODES = 40;
const STEPS = 200;
const MOST_LETTERS = 28;

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.textContent = text;
  return made;
}

// Push nodes apart and pull the ends of arrows together, beginning on a circle: the same graph gives the same drawing.
function places(names, edges) {
  const nodes = new Map(names.map((name, number) => {
    const angle = (2 * Math.PI * number) / names.length;
    return [name, { x: WIDTH / 2 + Math.cos(angle) * 350, y: HEIGHT / 2 + Math.sin(angle) * 220 }];
  }));
  const ideal = Math.sqrt((WIDTH * HEIGHT) / Math.max(1, names.length)) * 0.7;
  for (let step = 0; step < STEPS; step += 1) {
    const moves = new Map(names.map((name) => [name, { x: 0, y: 0 }]));
    const move = (from, to, force) => {
      const [one, other] = [nodes.get(from), nodes.get(to)];
      const [dx, dy] = [other.x - one.x || 0.1, other.y - one.y || 0.1];
      const distance = Math.hypot(dx, dy);
      moves.get(from).x += (dx / distance) * force(distance);
      moves.get(from).y += (dy / distance) * force(distance);
    };
    for (const from of names) {
      for (const to of names) {
        if (from !== to) {
          move(from, to, (distance) => -(ideal ** 2) / distance);
        }
      }
    }
    for (const [from, , to] of edges) {
      move(from, to, (distance) => distance ** 2 / ideal);
      move(to, from, (distance) => distance ** 2 / ideal);
    }
    const most = 40 * (1 - step / STEPS);
    for (const [name, { x, y }] of moves) {
      const length = Math.hypot(x, y) || 1;
      const node = nodes.get(name);
      node.x = Math.min(WIDTH - MARGIN, Math.max(MARGIN, node.x + (x / length) * Math.min(length, most)));
      node.y = Math.min(HEIGHT - 30, Math.max(30, node.y + (y / length) * Math.min(length, most)));
    }
  }
  return nodes;
}

// triples: of terms; at most MOST_NODES of the nodes are drawn.
export function drawGraph(triples, prefixes) {
  const text = (term) => (term.type === "uri" ? shorten(term.value, prefixes) : term.value);
  const all = [...new Set(triples.flatMap(([subject, , object]) => [text(subject), text(object)]))];
  const names = all.slice(0, MOST_NODES);
  const known = new Set(names);
  const edges = triples.map((triple) => triple.map(text)).filter(([from, , to]) => known.has(from) && known.has(to) && from !== to);
  const nodes = places(names, edges);
  const svg = drawn("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words.graph });
  for (const [from, name, to] of edges) {
    const [one, other] = [nodes.get(from), nodes.get(to)];
    svg.append(drawn("line", { x1: one.x, y1: one.y, x2: other.x, y2: other.y, class: "arrow" }));
    svg.append(drawn("text", { x: (one.x + 2 * other.x) / 3, y: (one.y + 2 * other.y) / 3, class: "head", "font-size": 11, "text-anchor": "middle" }, name));
  }
  for (const [name, { x, y }] of nodes) {
    svg.append(drawn("circle", { cx: x, cy: y, r: 5, class: "shade-4", fill: "#0b4452" }));
    const short = name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS)}…` : name;
    svg.append(drawn("text", { x, y: y - 9, class: "name", "font-size": 13, "text-anchor": "middle" }, short));
  }
  return { svg, left: all.length - names.length };
}
