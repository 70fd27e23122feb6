/**
 * The simple commands of a shell script, with comments, quotes and here-documents understood well enough that a word
 * in a text or a comment is not taken for a command. It is no shell: what it does not understand it passes over.
 */

export interface Word {
  /** Without its quotes; `$name` and `$(…)` stay as they are written. */
  readonly value: string;
  readonly quoted: boolean;
  /** Index into the script. */
  readonly offset: number;
  readonly end: number;
}

export interface Redirect {
  /** Such as `>`, `>>`, `<`, `&>`. */
  readonly operator: string;
  readonly target: string;
}

/** One simple command, before anything is made of its words. */
export interface Simple {
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  /** What stands behind it: `|`, `&&`, `||`, `;`, `&`, a line end, or nothing. */
  readonly ending: string;
  /** How many command substitutions it is inside of. */
  readonly depth: number;
}

interface Draft {
  words: Word[];
  redirects: Redirect[];
}

const OPERATORS = ["&&", "||", ";;&", ";&", ";;", "|&", ";", "|", "&", "(", ")"] as const;
const REDIRECTS = ["&>>", "&>", "<<<", "<<-", "<<", ">>", ">|", ">&", "<&", "<>", ">", "<"] as const;

/** Deeper than that nobody nests substitutions; without an end a text could use up the stack. */
const MOST_DEPTH = 100;

class Scanner {
  readonly #text: string;
  readonly #found: Simple[] = [];
  /** Here-documents whose text begins on the next line. */
  #waiting: { readonly word: string; readonly tabs: boolean }[] = [];
  #at = 0;
  #depth = 0;
  /** Inside of backticks another one closes, and opens nothing. */
  #inBackticks = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads to the end, or to the bracket or backtick that closes this substitution. */
  run(close: ")" | "`" | undefined): readonly Simple[] {
    let draft: Draft = { words: [], redirects: [] };
    let open = 0;
    // In `case`, where a pattern is due: its closing bracket ends no command.
    let pattern = false;
    const finish = (ending: string): void => {
      if (draft.words[0]?.value === "case" || ending.startsWith(";;") || ending === ";&") pattern = true;
      if (draft.words.some(({ value, quoted }) => value === "esac" && !quoted)) pattern = false;
      if (draft.words.length + draft.redirects.length > 0)
        this.#found.push({ ...draft, ending, depth: this.#depth });
      draft = { words: [], redirects: [] };
    };
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (close === "`" && character === "`") break;
      if (character === "\n") {
        // In [[ … ]] a line end is a blank.
        if (!inTest(draft)) finish("\n");
        this.#at += 1;
        this.#skipHereDocuments();
      } else if (/\s/.test(character)) this.#at += 1;
      else if (this.#text.startsWith("\\\n", this.#at)) this.#at += 2;
      else if (character === "#") this.#at = this.#lineEnd();
      else if (draft.words.length === 0 && this.#text.startsWith("((", this.#at)) this.#skipArithmetic();
      else if (this.#substitutesProcess()) draft.words.push(this.#word());
      else if (this.#redirect(draft)) continue;
      else {
        const operator = OPERATORS.find((candidate) => this.#text.startsWith(candidate, this.#at));
        if (operator === undefined || (inTest(draft) && operator !== ";")) {
          if (operator === undefined) draft.words.push(this.#word());
          else this.#at += operator.length;
          continue;
        }
        const inPattern = (pattern && draft.words[0]?.value !== "esac") || isCaseHead(draft);
        // `a | b)` is one pattern.
        if (operator === "|" && inPattern) {
          draft = { words: [], redirects: [] };
          pattern = true;
        } else if (operator === ")" && inPattern) {
          draft = { words: [], redirects: [] };
          pattern = false;
        } else if (operator === ")") {
          if (open === 0 && close === ")") break;
          open -= 1;
          finish(operator);
        } else if (operator === "(" && !inPattern) {
          open += 1;
          // `name()` begins a function.
          draft = { words: [], redirects: [] };
        } else if (operator !== "(") finish(operator);
        this.#at += operator.length;
      }
    }
    finish("");
    return this.#found;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #skipArithmetic(): void {
    const end = this.#text.indexOf("))", this.#at);
    this.#at = end === -1 ? this.#text.length : end + 2;
  }

  #substitutesProcess(): boolean {
    return /^[<>]\(/.test(this.#text.slice(this.#at, this.#at + 2));
  }

  #redirect(draft: Draft): boolean {
    const operator = REDIRECTS.find((candidate) => this.#text.startsWith(candidate, this.#at));
    if (operator === undefined) return false;
    const last = draft.words.at(-1);
    // `2>`: the number belongs to the operator.
    if (last !== undefined && /^\d$/.test(last.value) && last.end === this.#at) draft.words.pop();
    this.#at += operator.length;
    while (/[ \t]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    const { value } = this.#word();
    if (operator === "<<" || operator === "<<-")
      this.#waiting.push({ word: value, tabs: operator === "<<-" });
    draft.redirects.push({ operator, target: value });
    return true;
  }

  #skipHereDocuments(): void {
    for (const { word, tabs } of this.#waiting)
      while (this.#at < this.#text.length) {
        const line = this.#text.slice(this.#at, this.#lineEnd());
        this.#at = this.#lineEnd() + 1;
        if ((tabs ? line.replace(/^\t+/, "") : line).replace(/\r$/, "") === word) break;
      }
    this.#waiting = [];
  }

  /** One word; always moves on by at least one character. */
  #word(): Word {
    const offset = this.#at;
    let value = "";
    let quoted = false;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (character === "\\") {
        const next = this.#text[this.#at + 1] ?? "";
        if (next !== "\n") value += next;
        this.#at += 2;
      } else if (character === "'") {
        quoted = true;
        value += this.#until("'", this.#at + 1);
      } else if (character === '"') {
        quoted = true;
        this.#at += 1;
        value += this.#doubleQuoted();
      } else if (character === "`" && this.#inBackticks) break;
      else if (character === "$" || character === "`") value += this.#expansion();
      else if (this.#at === offset && this.#substitutesProcess()) {
        this.#at += 1;
        value += character + this.#substitution(")", 1);
      } else if (/[\s;&|<>()]/.test(character)) break;
      else {
        value += character;
        this.#at += 1;
      }
    }
    if (this.#at === offset) this.#at += 1;
    return { value, quoted, offset, end: this.#at };
  }

  #until(close: string, from: number): string {
    const end = this.#text.indexOf(close, from);
    const stop = end === -1 ? this.#text.length : end;
    this.#at = stop + 1;
    return this.#text.slice(from, stop);
  }

  #doubleQuoted(): string {
    let value = "";
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (character === '"') {
        this.#at += 1;
        break;
      }
      if (character === "\\") {
        const next = this.#text[this.#at + 1] ?? "";
        value += next === "\n" ? "" : /["$`\\]/.test(next) ? next : `\\${next}`;
        this.#at += 2;
      } else if (character === "$" || character === "`") value += this.#expansion();
      else {
        value += character;
        this.#at += 1;
      }
    }
    return value;
  }

  /** `$name`, `${…}`, `$((…))`, `$(…)`, `$'…'` and backticks; commands inside are found too. */
  #expansion(): string {
    const from = this.#at;
    const two = this.#text.slice(from, from + 2);
    if (this.#text.startsWith("$((", from)) {
      this.#skipArithmetic();
      return this.#text.slice(from, this.#at);
    }
    if (two === "$(") return this.#substitution(")", 2);
    if (two[0] === "`") return this.#substitution("`", 1);
    if (two === "$'") return this.#until("'", from + 2);
    if (two === "${") {
      let open = 0;
      do {
        if (this.#text[this.#at] === "{") open += 1;
        if (this.#text[this.#at] === "}") open -= 1;
        this.#at += 1;
      } while (open > 0 || this.#at < from + 2 ? this.#at < this.#text.length : false);
      return this.#text.slice(from, this.#at);
    }
    this.#at += 1;
    return "$";
  }

  #substitution(close: ")" | "`", skip: number): string {
    const from = this.#at;
    this.#at += skip;
    if (this.#depth === MOST_DEPTH) return this.#text.slice(from, this.#at);
    this.#depth += 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    const outer = this.#inBackticks;
    this.#inBackticks = close === "`";
    this.run(close);
    this.#inBackticks = outer;
    this.#waiting = [...waiting, ...this.#waiting];
    this.#depth -= 1;
    this.#at += 1;
    return this.#text.slice(from, this.#at);
  }
}

const inTest = ({ words }: Draft): boolean =>
  words.some(({ value }) => value === "[[") && !words.some(({ value }) => value === "]]");

/** `case x in a)` on one line: the pattern is still part of what began with `case`. */
const isCaseHead = ({ words }: Draft): boolean => words[0]?.value === "case";

/** All simple commands of a script, those inside `$(…)` before the one that they belong to. Pure; never throws. */
export const scanShell = (text: string): readonly Simple[] => new Scanner(text).run(undefined);
