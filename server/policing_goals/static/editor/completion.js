// Completion of classes, properties and concepts, by name or by label in any language, as the place wants them.
const WORD = /[^\s{}()<>"',;]*$/;
const MOST = 40;
const KINDS_BY_PLACE = { subject: ["concept", "class"], predicate: ["property"], class: ["class"], object: ["concept", "class"] };

export class Completion {
  #address;
  #terms = null;

  constructor(address) {
    this.#address = address;
  }

  async terms() {
    this.#terms ??= await (await fetch(this.#address)).json();
    return this.#terms;
  }

  // Offer terms in a YASQE editor.
  async offer(editor, declare) {
    const terms = await this.terms();
    editor.showHint({ hint: (target) => hints(target, terms, declare), completeSingle: false });
  }
}

// What the cursor's place in a pattern wants: the text before it, without the word that is being written.
export function placeIn(before) {
  const code = before.replace(/"(?:[^"\\]|\\.)*"(?:@[\w-]+)?|'(?:[^'\\]|\\.)*'(?:@[\w-]+)?/g, '""').replace(/<[^<>\s]*>/g, "<>").replace(/#.*$/gm, "");
  const pattern = code.split(/[{}]|\.(?=\s|$)/).at(-1);
  const lists = pattern.split(";");
  const terms = lists.at(-1).split(",")[0].trim().split(/\s+/).filter(Boolean);
  const given = terms.length + (lists.length > 1 ? 1 : 0);
  if (lists.at(-1).includes(",") || given >= 2) {
    return ["a", "rdf:type"].includes(terms.at(-1)) || ["a", "rdf:type"].includes(terms[lists.length > 1 ? 0 : 1]) ? "class" : "object";
  }
  return given === 1 ? "predicate" : "subject";
}

function hints(editor, terms, declare) {
  const cursor = editor.getCursor();
  const line = editor.getLine(cursor.line).slice(0, cursor.ch);
  const word = WORD.exec(line)[0];
  const from = { line: cursor.line, ch: cursor.ch - word.length };
  const kinds = KINDS_BY_PLACE[placeIn(editor.getRange({ line: 0, ch: 0 }, from))];
  const wanted = word.toLowerCase();
  const rank = (term) => (kinds.includes(term.kind) ? kinds.indexOf(term.kind) : kinds.length);
  const list = terms
    .filter((term) => [term.curie, ...Object.values(term.labels)].some((each) => each.toLowerCase().includes(wanted)))
    .sort((one, other) => rank(one) - rank(other))
    .slice(0, MOST)
    .map((term) => ({
      text: term.curie,
      displayText: `${term.curie}  ${term.labels[document.documentElement.lang] ?? term.labels.en ?? ""}`,
      hint: () => {
        editor.replaceRange(term.curie, from, cursor);
        declare(term.prefix, term.namespace);
      },
    }));
  return { list, from, to: cursor };
}
