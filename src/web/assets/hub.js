// What makes the pages nicer; every one of them works without it.
'use strict';

// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  // A file can be fetched as often as one likes, and leaves the page as it is.
  if (form.method === 'post' && !event.submitter?.hasAttribute('data-again')) form.dataset.sent = 'yes';
});

// So many marks of a register.
const many = (n) => (n === 1 ? '1 mark of a register is' : `${n} marks of a register are`);

// Who signs out leaves nothing on the device, and is asked first where marks of a register wait to be sent.
const signOut = document.querySelector('form[action="/sign-out"]');
signOut?.addEventListener('submit', (event) => {
  try {
    const waits = Object.keys(localStorage).filter((name) => name.startsWith('register:')).length;
    if (waits && !confirm(`${many(waits)} not saved yet, and would be lost. Sign out all the same?`)) {
      event.preventDefault();
      delete event.target.dataset.sent;
      return;
    }
    localStorage.clear();
    sessionStorage.clear();
  } catch {
    // Nothing can be kept on this device.
  }
});

// Who comes back to a page by "back" can send its forms again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});

// Whoever comes back to a page after a form of it was sent, or one that it led to, is where they were: as far down, with what
// they had opened. What was done is read out, and stays in sight; what is wrong is at the top, and so is the keyboard.
const place = `place:${location.pathname}`;
const asked = () => {
  const query = new URLSearchParams(location.search);
  query.delete('done');
  return query.toString();
};
const opened = () => [...document.querySelectorAll('main details')];
const titles = () => opened().filter((one) => one.open).map((one) => one.querySelector('summary')?.textContent.trim());

function kept() {
  try {
    const acted = Number(sessionStorage.getItem('acted'));
    if (!acted) return null;
    const was = JSON.parse(sessionStorage.getItem(place));
    // The page that a form led to may be another, from which one goes back.
    if (was || acted > 1) sessionStorage.removeItem('acted');
    else sessionStorage.setItem('acted', String(acted + 1));
    return was;
  } catch {
    return null;
  }
}

{
  const wrong = document.querySelector('.notice.wrong');
  const done = document.querySelector('.notice.done');
  const was = wrong ? null : kept();
  if (was) {
    for (const one of opened()) if (was.open.includes(one.querySelector('summary')?.textContent.trim())) one.open = true;
    const back = was.y > 0 && was.asked === asked() && !location.hash;
    if (back) scrollTo({ top: was.y, behavior: 'instant' });
    done?.classList.toggle('follows', back);
    done?.focus({ preventScroll: back });
  } else {
    (wrong ?? done)?.focus();
  }
}

addEventListener('submit', (event) => {
  if (event.defaultPrevented || event.target.method !== 'post') return;
  try {
    sessionStorage.setItem('acted', '1');
  } catch {
    // Then the page begins at its top.
  }
});

addEventListener('pagehide', () => {
  try {
    if (signOut && !signOut.dataset.sent) {
      sessionStorage.setItem(place, JSON.stringify({ y: scrollY, open: titles(), asked: asked() }));
    }
  } catch {
    // The same.
  }
});

// A filter answers as one types, and to a choice that is made by a pointer; what is chosen by keys waits for the button, since
// every key chooses something. Only the list is fetched and replaced: the page, the address and the keyboard stay.
let pointed = false;
addEventListener('pointerdown', () => { pointed = true; }, true);
addEventListener('keydown', () => { pointed = false; }, true);

// The part of the page before the list: the filter, or what folds it up.
function before(form, main) {
  if (form?.parentElement === main) return form;
  const folded = form?.parentElement;
  return folded?.matches('details') && folded.parentElement === main ? folded : null;
}

function behind(node) {
  const all = [];
  for (let next = node.nextSibling; next; next = next.nextSibling) all.push(next);
  return all;
}

function sum(list) {
  const within = (wanted) => list.flatMap((node) => (node.querySelector ? [node, ...node.querySelectorAll('*')] : [])).filter((node) => node.matches(wanted));
  const empty = within('.empty')[0];
  const rows = within('tbody tr').length || within('.card').length;
  if (empty) return empty.textContent.trim();
  if (!rows) return 'The list is up to date.';
  if (within('[rel="next"]').length) return `The first ${rows} are shown.`;
  return rows === 1 ? '1 is shown.' : `${rows} are shown.`;
}

function filters(form, index) {
  const main = document.getElementById('main');
  const own = new URL(form.getAttribute('action'), location).pathname === location.pathname;
  // What is no search, such as the choice of a year, changes more of the page than what stands behind it.
  const live = own && form.matches('[role="search"]') && before(form, main) && form.method === 'get' && !document.querySelector('form[data-register]');
  let timer;
  let running;
  const said = document.createElement('p');
  said.className = 'hidden';
  said.setAttribute('role', 'status');
  if (live) form.append(said);

  async function look() {
    running?.abort();
    // An answer that another has overtaken is not shown.
    const mine = (running = new AbortController());
    const filled = [...new FormData(form)].filter(([, value]) => typeof value === 'string' && value.trim() !== '');
    const query = new URLSearchParams(filled).toString();
    const address = form.getAttribute('action') + (query ? `?${query}` : '');
    try {
      const answer = await fetch(address, { headers: { accept: 'text/html' }, signal: mine.signal });
      if (answer.redirected) {
        location.assign(address);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const theirs = page.getElementById('main');
      const from = before(page.querySelectorAll('form.filter')[index], theirs);
      if (mine !== running) return;
      if (!answer.ok || !from) throw new Error('no list');
      const wrong = theirs.querySelector('.notice.wrong ul');
      if (wrong) {
        said.textContent = wrong.textContent.trim();
        return;
      }
      const here = before(form, main);
      const list = behind(from);
      for (const node of behind(here)) node.remove();
      here.after(...list);
      history.replaceState(history.state, '', address);
      ready(main);
      said.textContent = sum(list);
    } catch (error) {
      if (error.name !== 'AbortError') said.textContent = 'The list could not be fetched. Press the button to try again.';
    }
  }

  form.addEventListener('input', (event) => {
    if (!live || !event.target.matches('input[type="search"], input[type="text"], input:not([type])')) return;
    clearTimeout(timer);
    timer = setTimeout(look, 350);
  });
  form.addEventListener('change', (event) => {
    if (!pointed || !event.target.matches('select, [type="checkbox"], [type="radio"]')) return;
    clearTimeout(timer);
    if (live) look();
    else form.requestSubmit();
  });
  form.addEventListener('submit', () => {
    clearTimeout(timer);
    running?.abort();
  });
}
document.querySelectorAll('form.filter').forEach(filters);

// What a page, or a part of it that was fetched, has to be made ready.
function ready(within) {
  // Everything ticked at once.
  for (const all of within.querySelectorAll('input[data-all]')) {
    all.closest('.choice, th, td')?.removeAttribute('hidden');
    all.addEventListener('change', () => {
      for (const box of document.getElementsByName(all.dataset.all)) box.checked = all.checked;
    });
  }
  // What is for print is printed.
  for (const button of within.querySelectorAll('button[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => print());
  }
  // What stands before the button is copied; where the browser lets no page do that, it is marked for the keys to copy.
  for (const button of within.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const text = button.previousElementSibling;
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(text);
      }
    });
  }
}
ready(document);

// A page that asks whether something is meant is shown above the page that leads to it. What goes wrong with that goes the plain
// way: the link is followed.
const ASKS = /\/(call-off|cancel|decline|delete|disable|discard|publish|reopen|revoke|take-back|waive|withdraw)$/;

async function ask(link) {
  const answer = await fetch(link.href, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) throw new Error('another page');
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main');
  const title = page.querySelector('h1');
  if (!page.querySelector('form[method="post"]') || !title || page.querySelector('.notice.wrong')) throw new Error('no question');
  // What has an id has another in the dialog: the page may have the same.
  for (const name of ['id', 'for', 'aria-describedby', 'aria-labelledby']) {
    for (const node of page.querySelectorAll(`[${name}]`)) {
      node.setAttribute(name, node.getAttribute(name).trim().split(/\s+/).map((id) => `ask-${id}`).join(' '));
    }
  }
  for (const crumbs of page.querySelectorAll('.crumbs, .tabs, nav')) crumbs.remove();
  const heading = document.createElement('h2');
  heading.id = 'ask-title';
  heading.tabIndex = -1;
  heading.append(...title.childNodes);
  title.replaceWith(heading);
  const dialog = document.createElement('dialog');
  dialog.className = 'ask';
  dialog.setAttribute('aria-labelledby', heading.id);
  dialog.append(...page.childNodes);
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'link';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  dialog.append(close);
  // Who goes back to where they are has changed their mind.
  dialog.addEventListener('click', (event) => {
    const back = event.target.closest('a[href]');
    if (!back || back.hash || back.pathname !== location.pathname) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    link.focus();
  });
  document.getElementById('main').append(dialog);
  ready(dialog);
  dialog.showModal();
  heading.focus();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('main a[href]');
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (event.defaultPrevented || !link || !plain || link.target || link.closest('dialog')) return;
  if (link.origin !== location.origin || !ASKS.test(link.pathname) || link.pathname === location.pathname) return;
  event.preventDefault();
  ask(link).catch(() => location.assign(link.href));
});

// Marks of a register that wait on this device are spoken of on every page, and sent from it when the network is there. The
// register itself looks after its own (register.js).
{
  const person = signOut?.dataset.person;
  const here = document.querySelector('form[data-register]')?.dataset.register;
  const box = document.createElement('div');
  const refused = new Set();
  let sending = false;

  // By register: of each booking, what was ticked.
  const waiting = () => {
    const all = new Map();
    for (const name of Object.keys(localStorage)) {
      const [kind, of, event, session, booking] = name.split(':');
      const register = `${event}:${session}`;
      if (kind !== 'register' || of !== person || register === here) continue;
      try {
        const one = JSON.parse(localStorage.getItem(name));
        if (one?.mark) all.set(register, [...(all.get(register) ?? []), { ...one, booking, name }]);
      } catch {
        // What can't be read was not written by a register.
      }
    }
    return all;
  };

  const addressOf = (register) => {
    const [event, session] = register.split(':');
    return `/events/${event}/register?session=${session}`;
  };

  let told = '';
  const tell = (all) => {
    // What has been said is not said again every half a minute.
    const now = JSON.stringify([[...all.keys()], [...all.values()].flat().length, [...refused]]);
    if (now === told) return;
    told = now;
    const stuck = [...all].filter(([register]) => refused.has(register));
    const n = [...all.values()].flat().length;
    box.className = `notice ${n ? 'warn' : 'good'}`;
    const words = document.createElement('p');
    box.replaceChildren(words);
    if (!n) {
      words.textContent = 'The marks of a register that were kept on this device are saved.';
      return;
    }
    words.textContent = stuck.length
      ? `${many(n)} kept on this device, and can’t be saved. The register says why. `
      : `${many(n)} kept on this device, not saved yet. They are sent when the network is there. `;
    for (const register of all.keys()) {
      const link = document.createElement('a');
      link.href = addressOf(register);
      link.textContent = 'Open the register';
      words.append(link, ' ');
    }
    if (!stuck.length) return;
    const drop = document.createElement('button');
    drop.type = 'button';
    drop.className = 'second';
    drop.textContent = 'Let them go';
    drop.addEventListener('click', () => {
      for (const [, marks] of stuck) for (const { name } of marks) localStorage.removeItem(name);
      box.remove();
    });
    box.append(drop);
  };

  const call = (address, more) => fetch(address, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    cache: 'no-store',
    signal: AbortSignal.timeout(12000),
    ...more,
  });

  // Whether the register is done with: sent, or refused for good.
  async function send(register, marks) {
    const address = `/events/${register.replace(':', '/register/')}`;
    const now = await call(`${address}/now`);
    const over = (answer) => answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status);
    if (over(now)) refused.add(register);
    if (!now.ok) return;
    const body = new URLSearchParams({ form_key: now.headers.get('x-form-key'), form_mark: now.headers.get('x-form-mark') });
    for (const { booking, mark, minutes, at, was } of marks) {
      body.set(`was.${booking}`, was ?? '');
      body.set(`mark.${booking}`, mark);
      body.set(`ago.${booking}`, String(Math.max(0, Math.round((Date.now() - at) / 1000))));
      if (minutes) body.set(`minutes.${booking}`, minutes);
    }
    const answer = await call(address, { method: 'POST', body });
    if (over(answer)) refused.add(register);
    if (!answer.ok) return;
    if ((await answer.json()).refused) {
      refused.add(register);
      return;
    }
    for (const { name, at } of marks) {
      if (JSON.parse(localStorage.getItem(name))?.at === at) localStorage.removeItem(name);
    }
  }

  async function sendAll() {
    if (sending || !box.isConnected) return;
    sending = true;
    try {
      for (const [register, marks] of waiting()) if (!refused.has(register)) await send(register, marks);
    } catch {
      // The network is not there: they are kept, and sent later.
    } finally {
      sending = false;
    }
    tell(waiting());
  }

  try {
    const all = person ? waiting() : new Map();
    if (all.size) {
      box.setAttribute('role', 'status');
      document.getElementById('main').prepend(box);
      tell(all);
      sendAll();
      addEventListener('online', sendAll);
      setInterval(sendAll, 30000);
    }
  } catch {
    // Nothing can be kept on this device.
  }
}
