// Walks every page of every role in a real browser, from a demonstration that is being served, and does each person's day.
// usage: node .ci/pages.mjs URL LINKS [walk|days] [role…]
// LINKS is what `hub-credits demo` printed: a line `URL/demo/SECRET  role, name` for each role.
// playwright-core and @axe-core/playwright are found in HUB_CREDITS_TOOLS, or target/tools.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { days } from './pages_days.mjs';

const tools = resolve(process.env.HUB_CREDITS_TOOLS ?? 'target/tools');
const need = createRequire(`${tools}/node_modules/`);
const { chromium } = need('playwright-core');
const { AxeBuilder } = need('@axe-core/playwright');

const [address, links, ...asked] = process.argv.slice(2);
const origin = new URL(address).origin;
const only = asked.filter((word) => word !== 'walk' && word !== 'days');
const doing = (what) => asked.length === only.length || asked.includes(what);

// What is measured.
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const NARROW = { width: 320, height: 700 };
const FIRST_LOAD = 80 * 1024;
const NEXT_PAGE = 30 * 1024;
// Badges are drawn with a code for each delegate.
const OF_CODES = 100 * 1024;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
// Of a path that differs only by ids, so many are looked at.
const OF_A_PATTERN = 2;
// No page: what belongs to programs, and links that sign in.
const PROGRAMS = ['/docs', '/openapi.json', '/problems', '/v1/', '/demo/', '/assets/', '/healthz', '/readyz'];

const faults = [];
const seenByAll = new Map();

function roles() {
  const found = [];
  for (const line of readFileSync(links, 'utf8').split('\n')) {
    const match = line.match(/(\/demo\/\w+)\s+(\w+), (.+)/);
    if (match) found.push({ link: match[1], role: match[2], name: match[3].trim() });
  }
  if (found.length === 0) throw new Error(`${links} has no link of a demonstration`);
  found.push({ link: '/sign-in', role: 'nobody', name: '' });
  return found.filter(({ role }) => only.length === 0 || only.includes(role));
}

// A path with its ids left out: pages that differ by these alone are of one pattern.
function pattern(url) {
  const id = /^([0-9a-f]{8}-[0-9a-f-]{27}|\d+|\d{4}-\d{2}|[0-9a-f]{12,}|[0-9A-Z]{4}(-[0-9A-Z]{4}){3})$/;
  const path = url.pathname.split('/').map((part) => (id.test(part) ? '*' : part)).join('/');
  const names = [...new Set(url.searchParams.keys())].sort();
  return names.length ? `${path}?${names.join('&')}` : path;
}

function isFile(url, download) {
  return download || url.pathname.startsWith('/files/') || /\.(csv|xlsx|pdf|ics|png|svg|jsonl)$/.test(url.pathname);
}

async function accessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).withTags(TAGS).analyze();
  for (const { id, help, nodes } of violations) {
    const at = nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ');
    faults.push(`${where}: axe ${id} (${help}), ${nodes.length} times: ${at}`);
  }
}

// What hangs over the edge of a page, if anything does.
async function overhangs(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide + 1) return null;
    const scrolls = (element) => {
      for (let it = element; it && it !== document.body; it = it.parentElement) {
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(it).overflowX)) return true;
      }
      return false;
    };
    const over = [...document.body.querySelectorAll('*')].filter((it) => it.getBoundingClientRect().right > wide + 1);
    const out = over.find((it) => !scrolls(it)) ?? document.body;
    return `${out.tagName.toLowerCase()}.${out.className} is ${Math.round(out.getBoundingClientRect().right)} of ${wide}`;
  });
}

// A context whose every page is watched: what it asks for, what it says, how much it loads.
async function watched(browser, options, where) {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const watch = { context, page, bytes: 0 };
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) faults.push(`${where()}: asks ${url.origin}`);
  });
  page.on('console', (message) => {
    // Of the page itself its status tells more.
    const itself = message.text().startsWith('Failed to load resource') && message.location().url === page.url();
    if (message.type() === 'error' && !itself) faults.push(`${where()}: console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`${where()}: ${error}`));
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => { watch.bytes += encodedDataLength; });
  return watch;
}

// One page at all widths; the links that lead on from it.
async function look(watch, url, who, first) {
  const { page } = watch;
  const where = `${who.role} ${url.pathname}${url.search}`;
  watch.bytes = 0;
  await page.setViewportSize(WIDE);
  let answer;
  try {
    answer = await page.goto(url.href, { waitUntil: 'load' });
  } catch (error) {
    if (!/Download is starting|ERR_ABORTED/.test(String(error))) throw error;
    await file(watch, url, where);
    return [];
  }
  if (answer.status() !== 200) {
    faults.push(`${where}: ${answer.status()}, linked from ${who.from.get(url.href) ?? 'nowhere'}`);
    return [];
  }
  if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) return [];
  who.pages.push(url.href);
  const later = url.pathname.endsWith('/badges') ? OF_CODES : NEXT_PAGE;
  const allowed = first ? FIRST_LOAD : later;
  if (watch.bytes > allowed) faults.push(`${where}: ${watch.bytes} bytes, more than ${allowed}`);
  who.most = Math.max(who.most ?? 0, first ? 0 : watch.bytes);
  if (first) who.first = watch.bytes;
  const found = await page.evaluate(() => ({
    links: [...document.querySelectorAll('a[href]')].map((a) => [a.href, a.hasAttribute('download')]),
    search: !!document.querySelector('form[role=search] input[name=text]'),
    headings: document.querySelectorAll('h1').length,
    title: document.title,
  }));
  if (found.headings !== 1) faults.push(`${where}: ${found.headings} headings of the first order`);
  if (!found.title) faults.push(`${where}: no title`);
  await accessible(page, `${where} at ${WIDE.width}`);
  await page.setViewportSize(PHONE);
  await accessible(page, `${where} at ${PHONE.width}`);
  for (const size of [PHONE, NARROW]) {
    await page.setViewportSize(size);
    const over = await overhangs(page);
    if (over) faults.push(`${where} at ${size.width}: ${over}`);
  }
  const on = found.links.map(([href, download]) => [new URL(href), download]);
  if (found.search && !url.searchParams.has('text')) {
    const nothing = new URL(url.pathname, origin);
    nothing.searchParams.set('text', 'zqxjv nothing is called so');
    on.push([nothing, false]);
  }
  return on;
}

async function file(watch, url, where) {
  const answer = await watch.context.request.get(url.href);
  const kind = answer.headers()['content-type'] ?? '';
  if (answer.status() !== 200) faults.push(`${where}: ${answer.status()}`);
  else if (kind.startsWith('text/html') && url.pathname.startsWith('/files/')) faults.push(`${where}: a page, not a file`);
}

// Every form of a page with a text in it, sent with texts that nobody takes: it must come back, say why, and keep them.
async function refuse(watch, who, url) {
  const { page } = watch;
  const forms = await page.evaluate(() => [...document.querySelectorAll('main form[method=post]')].map((form, index) => ({
    index,
    action: form.action,
    texts: form.querySelectorAll('input:is([type=text], [type=email], :not([type])):not([readonly]), textarea').length,
    file: !!form.querySelector('input[type=file]'),
  })));
  for (const { index, action, texts, file: upload } of forms) {
    const of = pattern(new URL(action));
    if (texts === 0 || upload || who.refused.has(of)) continue;
    who.refused.add(of);
    const where = `${who.role} ${url.pathname} refused ${of}`;
    await page.setViewportSize(WIDE);
    await page.goto(url.href, { waitUntil: 'load' });
    const left = page.waitForEvent('framenavigated', { timeout: 10000 }).catch(() => null);
    await page.evaluate((at) => {
      const form = document.querySelectorAll('main form[method=post]')[at];
      form.noValidate = true;
      for (const field of form.querySelectorAll('input, textarea')) {
        if ((['text', 'email'].includes(field.type) && !field.readOnly) || field.tagName === 'TEXTAREA') field.value = 'x'.repeat(6000);
      }
      form.requestSubmit();
    }, index);
    await left;
    await page.waitForLoadState('load');
    const kept = await page.evaluate(() => ({
      wrong: !!document.querySelector('.notice.wrong'),
      kept: [...document.querySelectorAll('main input, main textarea')].some((field) => field.value.length === 6000),
      words: document.querySelector('main')?.innerText.slice(0, 200),
    }));
    if (!kept.wrong) faults.push(`${where}: it does not say what is wrong: ${kept.words}`);
    else if (!kept.kept) faults.push(`${where}: what was typed is gone`);
    else await accessible(page, where);
  }
}

// All pages of a role, breadth first.
async function walk(browser, who) {
  Object.assign(who, { from: new Map(), refused: new Set(), pages: [] });
  let now = who.link;
  const watch = await watched(browser, {}, () => `${who.role} ${now}`);
  const { page } = watch;
  if (who.role !== 'nobody') {
    const entered = await page.goto(origin + who.link, { waitUntil: 'load' });
    if (entered.status() !== 200) throw new Error(`${who.role}: the link does not sign in: ${entered.status()}`);
    // What was loaded to sign in is no first load.
    await (await watch.context.newCDPSession(page)).send('Network.clearBrowserCache');
  }
  const begin = who.role === 'nobody' ? ['/sign-in', '/certificates'] : ['/'];
  const queue = begin.map((path) => [new URL(path, origin), false]);
  const seen = new Set();
  const patterns = new Map();
  let first = true;
  while (queue.length) {
    const [url, download] = queue.shift();
    url.hash = '';
    const of = pattern(url);
    const looked = patterns.get(of) ?? 0;
    if (url.origin !== origin || seen.has(url.href) || looked >= (url.search ? 1 : OF_A_PATTERN)) continue;
    if (PROGRAMS.some((place) => url.pathname === place || url.pathname.startsWith(place))) continue;
    seen.add(url.href);
    patterns.set(of, looked + 1);
    now = url.pathname + url.search;
    if (isFile(url, download)) {
      await file(watch, url, `${who.role} ${now}`);
      continue;
    }
    const on = await look(watch, url, who, first);
    first = false;
    for (const [to, loads] of on) {
      if (!who.from.has(to.href)) who.from.set(to.href, now);
      queue.push([to, loads]);
    }
    if (on.length && !url.search) await refuse(watch, who, url);
  }
  await watch.context.close();
  await plain(browser, who);
  for (const href of who.pages) seenByAll.set(pattern(new URL(href)), true);
  const kb = (bytes) => `${Math.round((bytes ?? 0) / 1024)} kB`;
  console.log(`${who.role}: ${who.pages.length} pages, ${who.refused.size} forms refused, first load ${kb(who.first)}, the largest of the next ${kb(who.most)}`);
}

// The same pages without a script: each answers, and shows all that matters; every form has a button.
async function plain(browser, who) {
  let now = who.link;
  const watch = await watched(browser, { javaScriptEnabled: false, viewport: PHONE }, () => `${who.role} ${now} without a script`);
  const { page } = watch;
  await page.goto(origin + who.link);
  for (const href of who.pages) {
    const url = new URL(href);
    now = url.pathname + url.search;
    const answer = await page.goto(href, { waitUntil: 'domcontentloaded' });
    if (answer.status() !== 200) continue;
    const text = await answer.text();
    if (!/<h1[ >]/.test(text)) faults.push(`${who.role} ${now} without a script: no heading`);
    if (/<[^>]+ (style|on[a-z]+)=/.test(text)) faults.push(`${who.role} ${now}: style or script within the page`);
    for (const [form] of text.matchAll(/<form[\s\S]*?<\/form>/g)) {
      if (!/<button|type="submit"/.test(form)) faults.push(`${who.role} ${now} without a script: a form without a button`);
      if (/method="post"/i.test(form) && !form.includes('form_mark')) faults.push(`${who.role} ${now}: a form without its mark`);
    }
  }
  await watch.context.close();
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const everyone = roles();
const began = Date.now();
if (doing('walk')) {
  // Those with the most pages first; two at once.
  const waiting = [...everyone].sort((a, b) => Number(b.role === 'hub_manager') - Number(a.role === 'hub_manager'));
  const worker = async () => {
    for (let who = waiting.shift(); who; who = waiting.shift()) await walk(browser, who);
  };
  await Promise.all([worker(), worker()]);
}
if (doing('days')) {
  for (const [name, day] of days) {
    try {
      await day({ browser, origin, everyone, accessible: (page) => accessible(page, name) });
      console.log(`${name}: done`);
    } catch (error) {
      faults.push(`${name}: ${String(error).split('\n').slice(0, 4).join(' ')}`);
    }
  }
}
await browser.close();
const unique = [...new Set(faults)];
for (const fault of unique) console.error(fault);
console.log(`${seenByAll.size} kinds of pages, ${unique.length} faults, ${Math.round((Date.now() - began) / 1000)} s`);
process.exit(unique.length ? 1 : 0);
