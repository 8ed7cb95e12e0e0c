export interface Topic {
  word: string;
  count: number;
}

const MOST = 8;

/** Words that carry meaning anywhere, and so carry none here. */
const COMMON = new Set(
  `about above after again against almost alone along already also although always among another anyone anything
  around because become been before being below between beyond both cannot could does doing done down during each
  either else enough even ever every everything from further going have having here herself himself however into
  itself just know least less like likely little made make many maybe mean might mister more most much must myself
  neither never nothing often only onto other others ought ourselves over perhaps quite rather really right said same
  seem seems several shall should simply since some someone something sometimes soon still such take than that their
  theirs them themselves then there therefore these they thing things think this those though through thus together
  under unless until upon very want well were what whatever when where whether which while whole whom whose will
  with within without would your yours yourself`.split(/\s+/),
);

/** The words a talk is about: said most often; among equals the longer, which tend to say more. */
export function topicsOf(texts: string[]): Topic[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.toLowerCase().matchAll(/\p{L}[\p{L}'’-]{3,}/gu)) {
      const plain = word.replace(/['’]s?$|-$/u, '');
      if (plain.length > 3 && !COMMON.has(plain)) counts.set(plain, (counts.get(plain) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .toSorted(
      (a, b) => b.count - a.count || b.word.length - a.word.length || (a.word < b.word ? -1 : 1),
    )
    .slice(0, MOST);
}
