(() => {
  const input = document.querySelector('[type=search]');
  const status = document.querySelector('.found');
  const passages = [...document.querySelectorAll('.passage')];
  const bars = [...document.querySelectorAll('.wave rect')];
  const seconds = Number(document.querySelector('.seek').max);

  const tokenize = MiniSearch.getDefault('tokenize');
  const index = new MiniSearch({
    fields: ['text'],
    searchOptions: {
      prefix: true,
      fuzzy: (term) => (term.length > 4 ? 0.25 : false),
      combineWith: 'AND',
    },
  });
  index.addAll(
    passages.map((passage, id) => ({ id, text: passage.querySelector('p').textContent })),
  );

  function search() {
    const asked = input.value.trim();
    const found = new Map(index.search(asked).map(({ id, match }) => [id, match]));
    passages.forEach((passage, id) => {
      const match = found.get(id);
      passage.hidden = asked !== '' && !match;
      for (const word of passage.querySelectorAll('span[data-at]')) {
        const hit =
          match &&
          tokenize(word.textContent).some((term) => Object.hasOwn(match, term.toLowerCase()));
        word.classList.toggle('is-found', Boolean(hit));
      }
    });
    markWave();
    status.textContent =
      asked === ''
        ? ''
        : found.size === 0
          ? `Nobody says “${asked}”.`
          : `Found in ${found.size} of ${passages.length}`;
  }

  function markWave() {
    const hits = [...document.querySelectorAll('.is-found')].map((word) => Number(word.dataset.at));
    bars.forEach((bar, i) => {
      const [from, to] = [(i / bars.length) * seconds, ((i + 1) / bars.length) * seconds];
      bar.classList.toggle(
        'found-here',
        hits.some((at) => at >= from && at < to),
      );
    });
  }

  function look(text) {
    input.value = text;
    search();
  }

  input.addEventListener('input', search);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== input) {
      event.preventDefault();
      input.focus();
    }
    if (event.key === 'Escape') look('');
  });
  document.addEventListener('click', ({ target }) => {
    if (target.matches('.topic')) {
      look(target.textContent);
      document.querySelector('.bar').scrollIntoView();
    }
    // A related passage must not hide behind a search.
    if (target.closest('.related a')) look('');
  });
})();
