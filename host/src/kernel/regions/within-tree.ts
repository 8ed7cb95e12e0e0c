import { type RegionRefusal, refused } from './refusal.ts';

/** The path from the root of the tree, of a text that may be an absolute path in it. */
export function withinTree(text: string, root: string | undefined): string | RegionRefusal {
  if (!isAbsolute(text)) return text;
  if (root === undefined) return outside(text, null);
  const tree = namesIn(root.replaceAll('\\', '/'));
  const names = namesIn(text);
  const isInside = tree.every((name, at) => names[at] === name);
  return isInside ? names.slice(tree.length).join('/') || '.' : outside(text, root);
}

/** `/a`, or `C:/a`. */
export const isAbsolute = (text: string): boolean => /^([a-z]:)?\//i.test(text);

/** Names of an absolute path. What follows a wildcard is not known well enough to go up from, and stays. */
function namesIn(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..' && !names.some((each) => /[*?[{]/.test(each))) names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

function outside(text: string, root: string | null): RegionRefusal {
  return root === null
    ? refused(
        'REGION_OUTSIDE_TREE',
        `${text} is an absolute path.`,
        'Write the path from the root of the tree, as in src/api.',
      )
    : refused(
        'REGION_OUTSIDE_TREE',
        `${text} is not inside ${root}.`,
        `Write a path from ${root}, as in src/api.`,
      );
}
