const twoDigits = (n) => String(n).padStart(2, '0');

function clock(seconds) {
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  return h > 0 ? `${h}:${twoDigits(m)}:${twoDigits(s)}` : `${m}:${twoDigits(s)}`;
}

const lastBefore = (elements, at) =>
  elements.findLast((e) => Number(e.dataset.at ?? e.dataset.start) <= at);

(() => {
  const audio = document.querySelector('audio');
  const player = document.querySelector('.player');
  const play = document.querySelector('.play');
  const seek = document.querySelector('.seek');
  const time = document.querySelector('.time');
  const bars = [...document.querySelectorAll('.wave rect')];
  const passages = [...document.querySelectorAll('.passage')];
  const words = [...document.querySelectorAll('.passage span[data-at]')];
  const seconds = Number(seek.max);

  let current;
  let spoken;
  function show() {
    const at = audio.currentTime;
    seek.value = at;
    seek.setAttribute('aria-valuetext', clock(at));
    time.value = `${clock(at)} / ${clock(seconds)}`;
    bars.forEach((bar, i) =>
      bar.classList.toggle('played', at > 0 && (i + 0.5) / bars.length <= at / seconds),
    );

    const begun = at > 0 ? lastBefore(passages, at + 0.02) : undefined;
    const passage = begun && at <= Number(begun.dataset.end) ? begun : undefined;
    const word = passage && !audio.paused ? lastBefore(words, at + 0.02) : undefined;
    if (passage !== current) {
      current?.classList.remove('is-current');
      current = passage;
      current?.classList.add('is-current');
    }
    if (word !== spoken) {
      spoken?.classList.remove('is-spoken');
      spoken = word;
      spoken?.classList.add('is-spoken');
    }
  }

  function follow() {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  }

  function playFrom(at) {
    audio.currentTime = at;
    show();
    // Without a recording (not chosen yet) there is nothing to play, and that is fine.
    audio.play().catch(() => undefined);
  }

  play.addEventListener('click', () =>
    audio.paused ? audio.play().catch(() => undefined) : audio.pause(),
  );
  seek.addEventListener('input', () => {
    audio.currentTime = Number(seek.value);
    show();
  });
  for (const event of ['play', 'pause', 'ended']) {
    audio.addEventListener(event, () => {
      player.classList.toggle('is-playing', !audio.paused);
      play.setAttribute('aria-label', audio.paused ? 'Play' : 'Pause');
      follow();
    });
  }
  audio.addEventListener('seeked', show);
  document.addEventListener('click', ({ target }) => {
    const element = target.closest('[data-at]');
    // Dragging over the text selects it; only a plain click plays.
    if (element && String(getSelection()) === '') playFrom(Number(element.dataset.at));
  });
  document.querySelector('.ask input')?.addEventListener('change', ({ target }) => {
    const [file] = target.files;
    if (file) audio.src = URL.createObjectURL(file);
  });
})();
