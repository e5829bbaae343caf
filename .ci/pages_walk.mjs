// Every page of a role, by the links that it finds: each answers, fits, and can be used by everybody; every form that is
// refused comes back; nothing leads to what the role may not see, and what only others find is kept from it.

import { NARROW, PHONE, WIDE, kindOf, overhangs, plain, usable, watched } from './pages_look.mjs';
import { refuse } from './pages_refuse.mjs';

// What is measured.
const FIRST_LOAD = 80 * 1024;
const NEXT_PAGE = 30 * 1024;
// Badges are drawn with a code for each delegate, thirty on a page.
const OF_CODES = 40 * 1024;
// Of a kind, so many are looked at.
const OF_A_KIND = 2;
// No page: what belongs to programs, and links that sign in.
const PROGRAMS = ['/docs', '/openapi.json', '/problems', '/v1/', '/demo/', '/assets/', '/healthz', '/readyz'];

const isFile = (url, download) =>
  download || url.pathname.startsWith('/files/') || /\.(csv|xlsx|pdf|ics|png|svg|jsonl)$/.test(url.pathname);
const isPage = (url, origin) =>
  url.origin === origin && !PROGRAMS.some((place) => url.pathname === place || url.pathname.startsWith(place));

// All pages of a role, breadth first, in several tabs at once.
export async function walk(world, who) {
  Object.assign(who, { found: new Map(), from: new Map(), counts: new Map(), queue: [], first: 0, most: 0 });
  const context = await world.browser.newContext({ locale: 'en-GB', storageState: who.state });
  const begin = who.state ? ['/'] : ['/sign-in', '/certificates'];
  for (const path of begin) follow(who, new URL(path, world.origin), false, world.origin);
  const tabs = [];
  for (let at = 0; at < who.tabs; at += 1) {
    const tab = await watched(world, context, () => `${who.role} ${tab.at}`);
    tabs.push(tab);
  }
  // The first page alone, so that what it loads is all its own.
  await look(world, tabs[0], who, who.queue.shift(), FIRST_LOAD);
  let busy = 0;
  await Promise.all(tabs.map(async (tab) => {
    for (;;) {
      const next = who.queue.shift();
      if (next) {
        busy += 1;
        await world.turn(() => look(world, tab, who, next, NEXT_PAGE));
        busy -= 1;
      } else if (busy === 0) return;
      else await new Promise((done) => { setTimeout(done, 20); });
    }
  }));
  await context.close();
  const kb = (bytes) => `${Math.round(bytes / 1024)} kB`;
  console.log(`${who.role}: ${who.found.size} pages of ${who.counts.size} kinds, first load ${kb(who.first)}, the largest of the next ${kb(who.most)} (${who.largest})`);
}

// Puts a link into the queue, unless enough of its kind were.
function follow(who, url, download, origin, from) {
  url.hash = '';
  if (!isPage(url, origin) || who.from.has(url.href)) return;
  const kind = kindOf(url);
  const looked = who.counts.get(kind) ?? 0;
  if (looked >= (url.search ? 1 : OF_A_KIND)) return;
  who.counts.set(kind, looked + 1);
  who.from.set(url.href, from ?? 'the beginning');
  who.queue.push([url, download]);
}

// One page at all widths; its links are followed.
async function look(world, tab, who, [url, download], allowed) {
  const { page } = tab;
  const where = `${who.role} ${url.pathname}${url.search}`;
  tab.at = url.pathname + url.search;
  if (isFile(url, download)) return file(world, tab, who, url, where);
  tab.bytes = 0;
  await page.setViewportSize(WIDE);
  let answer;
  try {
    answer = await page.goto(url.href, { waitUntil: 'load' });
  } catch (error) {
    if (!/Download is starting|ERR_ABORTED/.test(String(error))) throw error;
    return file(world, tab, who, url, where);
  }
  if (answer.status() !== 200) return world.fault(`${where}: ${answer.status()}, linked from ${who.from.get(url.href)}`);
  if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) return;
  const kind = kindOf(url);
  who.found.set(url.href, kind);
  const most = url.pathname.endsWith('/badges') ? OF_CODES : allowed;
  if (tab.bytes > most) world.fault(`${where}: ${tab.bytes} bytes, more than ${most}`);
  if (allowed === FIRST_LOAD) who.first = tab.bytes;
  else if (tab.bytes > who.most) Object.assign(who, { most: tab.bytes, largest: kind });
  plain(world, await answer.text(), where);
  const shown = await page.evaluate(() => ({
    links: [...document.querySelectorAll('a[href]')].map((a) => [a.href, a.hasAttribute('download')]),
    search: !!document.querySelector('form[role=search] input[name=text]'),
    headings: document.querySelectorAll('h1').length,
    title: document.title,
  }));
  if (shown.headings !== 1) world.fault(`${where}: ${shown.headings} headings of the first order`);
  if (!shown.title) world.fault(`${where}: no title`);
  for (const [href, loads] of shown.links) follow(who, new URL(href), loads, world.origin, tab.at);
  if (shown.search && !url.searchParams.has('text')) {
    const nothing = new URL(url.pathname, world.origin);
    nothing.searchParams.set('text', 'zqxjv nothing is called so');
    follow(who, nothing, false, world.origin, tab.at);
  }
  await usable(world, page, who, kind, where);
  for (const size of [PHONE, NARROW]) {
    await page.setViewportSize(size);
    const over = await overhangs(page);
    if (over) world.fault(`${where} at ${size.width}: ${over}`);
  }
  if (!url.search) await refuse(world, tab, who, url);
}

async function file(world, { context }, who, url, where) {
  const answer = await context.request.get(url.href, { maxRetries: 2 });
  const kind = answer.headers()['content-type'] ?? '';
  if (answer.status() !== 200) world.fault(`${where}: ${answer.status()}, linked from ${who.from.get(url.href)}`);
  else if (kind.startsWith('text/html') && url.pathname.startsWith('/files/')) world.fault(`${where}: a page, not a file`);
}

// What is open to whoever asks: it shows what is theirs, asks for their name, or says what anybody may know.
const OPEN = [
  '/approvals', '/check-in', '/needs', '/notices', '/places', '/record',
  '/sign-in', '/sign-in/code', '/sign-in/code/given', '/sign-in/forgotten', '/certificates/*',
];
// What a role may open besides what it finds: the hub any certificate, a lead what is of their own school.
const OPEN_TO = {
  hub_manager: ['/places/*/certificate'],
  hub_viewer: ['/places/*/certificate'],
  school_lead: ['/events/*/delegates', '/places/*/move'],
};

// What others find and this role does not is kept from it, but for what is open to whoever asks. What an address asks of a
// page makes no other page of it.
export async function kept(world, who, others) {
  const path = (kind) => kind.split('?')[0];
  const own = new Set([...OPEN, ...(OPEN_TO[who.role] ?? []), ...[...who.found.values()].map(path)]);
  const tried = new Set();
  const context = await world.browser.newContext({ storageState: who.state });
  for (const other of others) {
    for (const [href, kind] of other.found) {
      if (own.has(path(kind)) || tried.has(kind)) continue;
      tried.add(kind);
      const answer = await context.request.get(href, { maxRedirects: 0, maxRetries: 2 });
      if (answer.status() === 200) world.fault(`${who.role} ${href}: it is open, though only ${other.role} finds it`);
    }
  }
  await context.close();
  return tried.size;
}
