// The box for the query: YASQE where it is bundled, else the text area.
const SHORTCUT_TO_LEAVE = { Tab: false, "Shift-Tab": false };

export class QueryBox {
  #area;
  #editor = null;
  #changed = () => {};

  constructor(area, label, { complete, run }) {
    this.#area = area;
    if (window.Yasqe) {
      this.#upgrade(label, complete, run);
    } else {
      area.addEventListener("input", () => this.#changed());
      area.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          run();
        }
      });
    }
  }

  get text() {
    return this.#editor ? this.#editor.getValue() : this.#area.value;
  }

  set text(text) {
    if (this.#editor) {
      this.#editor.setValue(text);
    } else {
      this.#area.value = text;
      this.#changed();
    }
  }

  onChange(changed) {
    this.#changed = changed;
  }

  // Put a term where the cursor is, and declare its prefix.
  insert({ curie, prefix, namespace }) {
    if (this.#editor) {
      this.#editor.replaceSelection(`${curie} `);
      this.declare(prefix, namespace);
      this.#editor.focus();
    } else {
      this.#area.setRangeText(`${curie} `, this.#area.selectionStart, this.#area.selectionEnd, "end");
      this.declare(prefix, namespace);
      this.#area.focus();
    }
  }

  declare(prefix, namespace) {
    if (new RegExp(String.raw`^\s*PREFIX\s+${prefix}:`, "im").test(this.text)) {
      return;
    }
    const line = `PREFIX ${prefix}: <${namespace}>\n`;
    if (this.#editor) {
      this.#editor.replaceRange(line, { line: 0, ch: 0 });
    } else {
      this.#area.setRangeText(line, 0, 0, "preserve");
      this.#changed();
    }
  }

  // Mark the place of an error, from 1, until the next change.
  mark(position) {
    if (!this.#editor || !position) {
      return;
    }
    const from = { line: position.line - 1, ch: Math.max(0, position.column - 1) };
    const marked = this.#editor.markText(from, { line: from.line, ch: from.ch + 1 }, { className: "wrong" });
    this.#editor.addLineClass(from.line, "background", "wrong-line");
    this.#editor.setCursor(from);
    const clear = () => {
      marked.clear();
      this.#editor.removeLineClass(from.line, "background", "wrong-line");
      this.#editor.off("change", clear);
    };
    this.#editor.on("change", clear);
  }

  refresh() {
    this.#editor?.refresh();
  }

  #upgrade(label, complete, run) {
    const box = document.createElement("div");
    this.#area.after(box);
    this.#area.hidden = true;
    this.#area.disabled = true;
    // Its own completions query other hosts: none may begin.
    window.Yasqe.defaults.autocompleters = [];
    window.Yasqe.Autocompleters = {};
    const editor = new window.Yasqe(box, {
      value: this.#area.value, autocompleters: [], showQueryButton: false, createShareableLink: null,
      persistenceId: null, consumeShareLink: null, editorHeight: "18rem", resizeable: false,
    });
    const shortcuts = { "Ctrl-Space": () => complete(editor), "Ctrl-Enter": run, "Cmd-Enter": run };
    const reset = () => editor.setOption("extraKeys", { ...shortcuts, Esc: leave });
    const leave = () => editor.setOption("extraKeys", { ...shortcuts, ...SHORTCUT_TO_LEAVE });
    reset();
    editor.on("blur", reset);
    editor.getInputField().setAttribute("aria-label", label);
    editor.on("change", () => this.#changed());
    this.#editor = editor;
  }
}

// A query with each line indented by the braces that are open before it; strings over several lines stay as they are.
export function indented(query) {
  let depth = 0;
  let long = "";
  return query
    .split("\n")
    .map((line) => {
      if (long) {
        long = line.includes(long) ? "" : long;
        return line;
      }
      const code = line.replace(/"""[^]*?"""|'''[^]*?'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|<[^<>\s]*>|#.*$/g, "");
      const closing = /^\s*[})]*/.exec(code)[0].replace(/\s/g, "").length;
      const made = line.trim() ? "  ".repeat(Math.max(0, depth - closing)) + line.trim() : "";
      depth = Math.max(0, depth + (code.match(/[{(]/g) ?? []).length - (code.match(/[})]/g) ?? []).length);
      long = /"""|'''/.exec(code)?.[0] ?? "";
      return made;
    })
    .join("\n");
}
