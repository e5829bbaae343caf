// Saves a register as it is ticked. What could not be sent is kept on the device, with the time of each tick, and sent when
// the network is back; nothing else is kept, no name, and nothing once it is sent or somebody signs out.
'use strict';

(() => {
  const form = document.querySelector('form[data-register]');
  if (!form) return;
  const place = `register:${form.dataset.person}:${form.dataset.register}`;
  const said = document.getElementById('register-state');
  const boxes = new Map([...form.querySelectorAll('[data-booking]')].map((box) => [box.dataset.booking, box]));
  const SOON = 400;
  const AGAIN = 15000;
  const LOOK = 20000;

  // What was ticked and not sent: by booking, the mark, the minutes, when, and what had been seen before. Each is kept for
  // itself, so that two tabs of one register keep nothing in place of the other's.
  const kept = {};
  const at = (id) => `${place}:${id}`;
  const read = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const names = () => {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith('register:'));
    } catch {
      return [];
    }
  };
  for (const name of names().filter((name) => name.startsWith(`${place}:`))) {
    const one = read(name);
    if (one?.mark) kept[name.slice(place.length + 1)] = one;
  }
  let stale = false;
  let sending = false;
  let timer = null;
  let refused = '';
  // How many were marked at once, to be said with what became of them.
  let atOnce = '';
  // Why the mark of a row can't be made, until it is ticked again.
  const wrong = {};
  const longest = Number(form.dataset.longest);

  const keep = (id) => {
    try {
      localStorage.setItem(at(id), JSON.stringify(kept[id]));
    } catch {
      // A device without room for it keeps it in the page alone.
    }
  };

  // What is done with is let go; what another tab ticked later is kept there for that tab.
  const letGo = (id) => {
    const mine = kept[id];
    delete kept[id];
    if (mine && read(at(id))?.at === mine.at) localStorage.removeItem(at(id));
  };

  const seen = (box) => box.querySelector('input[name^="was."]');
  const asSaid = (mark, minutes) => (mark ? (minutes ? `${mark}:${minutes}` : mark) : '');

  // As the pages write times, in London: 9am, 10.38pm, midday.
  const clock = () => {
    const parts = new Intl.DateTimeFormat('en-GB', { hour: 'numeric', minute: '2-digit', hourCycle: 'h23', timeZone: 'Europe/London' });
    const { hour, minute } = Object.fromEntries(parts.formatToParts(new Date()).map((part) => [part.type, part.value]));
    if (minute === '00' && hour % 12 === 0) return Number(hour) === 12 ? 'midday' : 'midnight';
    return `${hour % 12 || 12}${minute === '00' ? '' : `.${minute}`}${hour < 12 ? 'am' : 'pm'}`;
  };

  const tell = (text, tone, link) => {
    said.textContent = text;
    said.className = `register-state ${tone}`;
    if (link) {
      const way = document.createElement('a');
      way.href = link;
      way.textContent = ' Sign in again';
      said.append(way);
    }
  };

  const counts = () => {
    const n = Object.keys(kept).length;
    return n === 1 ? '1 mark is' : `${n} marks are`;
  };

  const show = (id, mark, minutes, note) => {
    const box = boxes.get(id);
    if (!box) return;
    for (const radio of box.querySelectorAll('input[type="radio"]')) radio.checked = radio.value === mark;
    const field = box.querySelector('input[data-minutes]');
    if (field && document.activeElement !== field) field.value = minutes ?? '';
    box.querySelector('.made').textContent = wrong[id] ? `${wrong[id]} ${note}` : note;
    box.classList.toggle('unsaved', id in kept);
    box.classList.toggle('marked', Boolean(mark));
    box.classList.toggle('refused', id in wrong);
    invalid(field, id in wrong);
  };

  const invalid = (field, is) => (is ? field?.setAttribute('aria-invalid', 'true') : field?.removeAttribute('aria-invalid'));

  const checked = (box) => box.querySelector('input[type="radio"]:checked');
  const others = () => [...boxes.values()].filter((box) => !box.hidden && !checked(box));
  const rest = form.querySelector('button[name="rest"]');

  // What is refused stands on no register, and is not counted.
  const total = () => {
    const marked = [...boxes.entries()].filter(([id, box]) => checked(box) && !(id in wrong)).length;
    document.getElementById('register-count').textContent = `${marked} of ${boxes.size} marked`;
    const shown = [...boxes.values()].some((box) => box.hidden) ? ' shown' : '';
    const left = others().length;
    const whom = left === boxes.size ? `all ${left}` : `the ${left} ${left === 1 ? 'other' : 'others'}${shown}`;
    rest.textContent = `Mark ${whom} as attended`;
    rest.hidden = left === 0;
  };

  // What the service has, but for what is still to be sent.
  const take = (standing) => {
    for (const { booking, mark, minutes, made } of standing) {
      if (booking in kept || !boxes.has(booking)) continue;
      // Who is about to mend their minutes is left at it.
      if (booking in wrong && boxes.get(booking).contains(document.activeElement)) {
        boxes.get(booking).querySelector('.made').textContent = wrong[booking];
        continue;
      }
      show(booking, mark, minutes, made);
      seen(boxes.get(booking)).value = asSaid(mark, minutes);
    }
    total();
  };

  const keys = (response) => {
    const key = response.headers.get('x-form-key');
    if (!key) return;
    form.elements.form_key.value = key;
    form.elements.form_mark.value = response.headers.get('x-form-mark');
    stale = false;
  };

  const out = (response) => response.type === 'opaqueredirect' || response.status === 401;

  const later = (after) => {
    clearTimeout(timer);
    timer = setTimeout(send, after);
  };

  const ask = (address, more) =>
    fetch(address, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(12000),
      ...more,
    });

  const signIn = () => {
    const back = encodeURIComponent(location.pathname + location.search);
    tell(`You are signed out. ${counts()} kept on this device.`, 'bad', `/sign-in?next=${back}`);
  };

  async function look() {
    const response = await ask(form.dataset.now);
    if (out(response)) {
      signIn();
      return false;
    }
    if (!response.ok) return false;
    keys(response);
    take(await response.json());
    return true;
  }

  async function send() {
    if (sending) return;
    const sent = { ...kept };
    const ids = Object.keys(sent);
    if (!ids.length) return;
    sending = true;
    tell(`Saving. ${counts()} not saved yet.`, 'warn');
    try {
      if (stale && !(await look())) {
        later(AGAIN);
        return;
      }
      const body = new URLSearchParams();
      body.set('form_key', form.elements.form_key.value);
      body.set('form_mark', form.elements.form_mark.value);
      for (const id of ids) {
        const { mark, minutes, at, was } = sent[id];
        body.set(`was.${id}`, was ?? '');
        body.set(`mark.${id}`, mark);
        body.set(`ago.${id}`, String(Math.max(0, Math.round((Date.now() - at) / 1000))));
        if (minutes) body.set(`minutes.${id}`, minutes);
      }
      // Whether it arrived is not known until it is answered: then the form has another key.
      stale = true;
      const response = await ask(form.action, { method: 'POST', body });
      if (out(response)) {
        signIn();
        return;
      }
      keys(response);
      if (!response.ok) {
        await refuse(response);
        return;
      }
      const standing = await response.json();
      if (standing.refused) {
        await cantBe(standing.refused);
        return;
      }
      for (const id of ids) if (kept[id]?.at === sent[id].at) letGo(id);
      refused = '';
      take(standing);
      const others = standing.filter(({ booking, mark }) => sent[booking] && !(booking in kept) && sent[booking].mark !== mark);
      for (const { booking } of others) boxes.get(booking)?.querySelector('.made').append('. Somebody else marked this: their mark stands');
      if (Object.keys(kept).length) later(SOON);
      else if (others.length) tell(`Saved at ${clock()}, but for ${others.length} that somebody else has marked: see below.`, 'warn');
      else tell(`${atOnce}All saved at ${clock()}.`, 'good');
      if (!Object.keys(kept).length) atOnce = '';
    } catch {
      tell(`No connection. ${counts()} not saved yet: kept on this device, and sent when the network is back.`, 'bad');
      later(AGAIN);
    } finally {
      sending = false;
    }
  }

  // Marks that can't be made are let go, and their rows show what stands and why; the rest is sent again.
  async function cantBe(all) {
    for (const { booking, why } of all) {
      letGo(booking);
      wrong[booking] = `Not saved. ${why}`;
    }
    await look();
    const none = all.length === 1 ? '1 mark can’t be made' : `${all.length} marks can’t be made`;
    tell(`${none}: see below.`, 'bad');
    if (Object.keys(kept).length) later(SOON);
  }

  async function refuse(response) {
    let problem = {};
    try {
      problem = await response.json();
    } catch {
      problem = {};
    }
    const why = problem.detail || `the service answered ${response.status}`;
    const soon = (response.status === 403 && refused !== why) || response.status >= 500;
    stale = true;
    refused = why;
    tell(`Not saved: ${why.replace(/\.$/, '')}. ${counts()} kept on this device.`, 'bad');
    if (Object.keys(kept).length) later(soon ? SOON : AGAIN * 4);
  }

  // Why these minutes can't be, before anything is sent of them.
  const misfit = (mark, minutes) => {
    if (mark !== 'partial' || (minutes.value === '' && !minutes.validity.badInput)) return '';
    const fits = Number.isInteger(minutes.valueAsNumber) && minutes.valueAsNumber >= 1 && minutes.valueAsNumber <= longest;
    return fits ? '' : `Not saved. The minutes must be a whole number from 1 to ${longest}: the session is that long.`;
  };

  const tick = (box, at) => {
    const id = box.dataset.booking;
    const mark = box.querySelector('input[type="radio"]:checked')?.value;
    if (!mark) return;
    const field = box.querySelector('input[data-minutes]');
    const why = misfit(mark, field);
    box.classList.toggle('refused', Boolean(why));
    invalid(field, Boolean(why));
    box.querySelector('.error')?.remove();
    if (why) {
      wrong[id] = why;
      letGo(id);
      box.classList.remove('unsaved', 'marked');
      const [stands] = seen(box).value.split(':');
      const words = box.querySelector(`input[type="radio"][value="${stands}"]`)?.parentElement.textContent.trim();
      box.querySelector('.made').textContent = `${why} ${words ? `“${words}” stands.` : 'No mark stands.'}`;
      return;
    }
    delete wrong[id];
    const minutes = mark === 'partial' ? field.value : '';
    kept[id] = { mark, minutes, at, was: kept[id]?.was ?? seen(box).value };
    keep(id);
    box.classList.add('unsaved', 'marked');
    box.querySelector('.made').textContent = 'Not saved yet';
  };

  const ticked = () => {
    total();
    const bad = Object.keys(wrong).length;
    if (Object.keys(kept).length) tell(`${atOnce}${counts()} not saved yet.`, 'warn');
    else if (bad) tell(bad === 1 ? '1 mark is not saved: see below.' : `${bad} marks are not saved: see below.`, 'bad');
    later(SOON);
  };

  form.addEventListener('change', (event) => {
    const box = event.target.closest('[data-booking]');
    if (!box) return;
    tick(box, Date.now());
    ticked();
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.submitter?.name === 'rest') {
      // Only those who are shown: whoever looks for a name does not mean all the others.
      const meant = others();
      atOnce = meant.length === 1 ? '1 was marked as attended. ' : `${meant.length} were marked as attended. `;
      for (const box of meant) {
        const radio = box.querySelector(`input[type="radio"][value="${event.submitter.value}"]`);
        if (radio) radio.checked = true;
        tick(box, Date.now());
      }
    }
    ticked();
    later(0);
  });

  addEventListener('online', () => later(0));
  addEventListener('pageshow', () => later(0));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') later(0);
  });

  // What others tick is shown while nothing of one's own waits.
  setInterval(() => {
    if (document.visibilityState !== 'visible' || sending || Object.keys(kept).length) return;
    look().catch(() => tell('No connection. What you mark is kept on this device, and sent when the network is back.', 'warn'));
  }, LOOK);

  // Whoever leaves is told of what is not saved; whoever signs out is asked on every page (hub.js).
  let leaving = false;
  addEventListener('submit', (event) => {
    leaving = event.target !== form && !event.defaultPrevented;
  });
  addEventListener('beforeunload', (event) => {
    // Without a network this page does not come back: it is kept nowhere, since it has names.
    if (!leaving && (Object.keys(kept).length || !navigator.onLine)) event.preventDefault();
  });

  // A name is found as one types.
  const find = document.getElementById('find');
  if (find) {
    find.closest('.field').hidden = false;
    find.addEventListener('input', () => {
      const wanted = find.value.trim().toLowerCase();
      for (const box of boxes.values()) box.hidden = !box.dataset.text.toLowerCase().includes(wanted);
      total();
    });
    find.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') event.preventDefault();
    });
  }

  // What was kept of before is shown and sent. Marks of other registers are sent by every page (hub.js), and kept until they are.
  form.querySelector('[data-save]').hidden = true;
  for (const [id, { mark, minutes }] of Object.entries(kept)) show(id, mark, minutes, 'Not saved yet');
  total();
  if (Object.keys(kept).length) later(0);
  else tell('Each mark is saved as you tick it.', '');
})();
