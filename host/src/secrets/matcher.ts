/**
 * Finds any of many spellings in one pass over a text (the automaton of Aho and Corasick): its time grows
 * with the text, not with the number of secrets or the ways they are written.
 */
export class Matcher {
  readonly #spellings: readonly Spelling[];
  /** Character codes below 128 by class; class 0 is every character that stands in no spelling. */
  readonly #classOfAscii = new Uint8Array(128);
  readonly #classOfOther = new Map<number, number>();
  readonly #classes: number;
  /** The state after a character, by state and class. */
  readonly #next: Int32Array;
  /** The spellings whose searched beginning ends in a state, the longest first. */
  readonly #endingIn: (readonly number[] | undefined)[];
  /** How much of a spelling stands before a state. */
  readonly #depths: Int32Array;

  constructor(spellings: readonly Spelling[]) {
    this.#spellings = spellings;
    const heads = spellings.map(({ text }) => text.slice(0, searchedLength));
    this.#classes = this.#classify(heads);
    const tree = treeOf(heads, (code) => this.#classOf(code));
    ({
      next: this.#next,
      depths: this.#depths,
      endingIn: this.#endingIn,
    } = linked(tree, this.#classes));
  }

  /** Calls back with each place of a spelling. `isCut`: the text goes on elsewhere, so it may end inside of one. */
  find(
    text: string,
    isCut: boolean,
    found: (from: number, to: number, spelling: Spelling) => void,
  ) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      state = this.#next[state * this.#classes + this.#classOf(text.charCodeAt(at))] ?? 0;
      const ending = this.#endingIn[state];
      if (ending === undefined) continue;
      let furthest = at + 1;
      for (const index of ending) {
        const spelling = this.#spellings[index];
        if (spelling === undefined) continue;
        const from = at + 1 - Math.min(spelling.text.length, searchedLength);
        const to = endOf(spelling.text, text, from, at + 1);
        found(from, to, spelling);
        furthest = Math.max(furthest, to);
      }
      // The rest of a long one has been read; going through it again could cost its square.
      if (furthest > at + 1) {
        at = furthest - 1;
        state = 0;
      }
    }
    const begun = this.#depths[state] ?? 0;
    if (!isCut || begun < shortestBegun) return;
    const beginning = text.slice(-begun);
    const spelling = this.#spellings.find((one) => one.text.startsWith(beginning));
    if (spelling !== undefined) found(text.length - begun, text.length, spelling);
  }

  #classOf(code: number): number {
    return (code < 128 ? this.#classOfAscii[code] : this.#classOfOther.get(code)) ?? 0;
  }

  #classify(heads: readonly string[]): number {
    let classes = 1;
    for (const code of heads.flatMap((head) => Array.from(head, (_, at) => head.charCodeAt(at)))) {
      if (this.#classOf(code) !== 0) continue;
      if (code < 128) this.#classOfAscii[code] = classes++;
      else this.#classOfOther.set(code, classes++);
    }
    return classes;
  }
}

export interface Spelling {
  text: string;
  /** What stands in its place afterwards. */
  mask: string;
}

/** Of a longer spelling this much is searched, and the rest compared: whoever tells so much, tells a secret. */
const searchedLength = 64;
/** A text that was cut inside a secret may end with this much of it. */
const shortestBegun = 4;

/** How far a spelling goes on in the text from where its searched beginning ended. */
function endOf(spelling: string, text: string, from: number, searched: number): number {
  let to = searched;
  while (to - from < spelling.length && spelling.charCodeAt(to - from) === text.charCodeAt(to))
    to++;
  return to;
}

interface Tree {
  children: Map<number, number>[];
  ends: number[][];
}

function treeOf(heads: readonly string[], classOf: (code: number) => number): Tree {
  const tree: Tree = { children: [new Map()], ends: [[]] };
  heads.forEach((head, index) => {
    let node = 0;
    for (let at = 0; at < head.length; at++) {
      const children = tree.children[node] ?? new Map<number, number>();
      const byClass = classOf(head.charCodeAt(at));
      let child = children.get(byClass);
      if (child === undefined) {
        child = tree.children.push(new Map()) - 1;
        tree.ends.push([]);
        children.set(byClass, child);
      }
      node = child;
    }
    tree.ends[node]?.push(index);
  });
  return tree;
}

/** Follows the tree level by level, so that where a state falls back to is complete before it is asked. */
function linked({ children, ends }: Tree, classes: number) {
  const next = new Int32Array(children.length * classes);
  const depths = new Int32Array(children.length);
  const fallback = new Int32Array(children.length);
  const endingIn: (readonly number[] | undefined)[] = ends.map((own) =>
    own.length > 0 ? own : undefined,
  );
  const queue = [0];
  for (const node of queue) {
    const back = fallback[node] ?? 0;
    const own = children[node] ?? new Map<number, number>();
    for (let byClass = 0; byClass < classes; byClass++) {
      const onward = node === 0 ? 0 : (next[back * classes + byClass] ?? 0);
      const child = own.get(byClass);
      next[node * classes + byClass] = child ?? onward;
      if (child === undefined) continue;
      fallback[child] = onward;
      depths[child] = (depths[node] ?? 0) + 1;
      const inherited = endingIn[onward];
      if (inherited !== undefined) endingIn[child] = [...(endingIn[child] ?? []), ...inherited];
      queue.push(child);
    }
  }
  return { next, depths, endingIn };
}
