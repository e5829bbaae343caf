// What is looked at on one page: whether everybody can use it, in light and dark; whether it fits a screen; what it loads
// and from where; what it says to the console.

import { AxeBuilder } from './pages_tools.mjs';

export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 320, height: 700 };
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

// A path with its ids left out: pages that differ by these alone are of one kind.
export function kindOf(url) {
  const id = /^([0-9a-f]{8}-[0-9a-f-]{27}|\d+|\d{4}-\d{2}|[0-9a-f]{12,}|[0-9A-Z]{4}(-[0-9A-Z]{4}){3})$/;
  const path = url.pathname.split('/').map((part) => (id.test(part) ? '*' : part)).join('/');
  const names = [...new Set(url.searchParams.keys())].sort();
  return names.length ? `${path}?${names.join('&')}` : path;
}

// A tab whose every page is watched: what it asks for, what it says, how much it loads.
export async function watched(world, context, where) {
  const page = await context.newPage();
  await page.setViewportSize(WIDE);
  const tab = { context, page, bytes: 0 };
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== world.origin) world.fault(`${where()}: asks ${url.origin}`);
  });
  page.on('console', (message) => {
    // Of the page itself its status tells more.
    const itself = message.text().startsWith('Failed to load resource') && message.location().url === page.url();
    if (message.type() === 'error' && !itself) world.fault(`${where()}: console: ${message.text()}`);
  });
  page.on('pageerror', (error) => world.fault(`${where()}: ${error}`));
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => { tab.bytes += encodedDataLength; });
  return tab;
}

async function accessible(world, page, where) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true)
    .options({ runOnly: TAGS, resultTypes: ['violations'] }).analyze();
  for (const { id, help, nodes } of violations) {
    const at = nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ');
    world.fault(`${where}: axe ${id} (${help}), ${nodes.length} times: ${at}`);
  }
}

// Every sort of element of a page: its name, its classes and what it says of itself, and what it stands in.
const sorts = () => [...new Set([...document.querySelectorAll('body *')].map((it) => {
  const own = it.getAttributeNames().filter((name) => /^(aria-|role$|type$|alt$|required$)/.test(name)).sort();
  const state = ['aria-current', 'aria-invalid', 'type', 'role'].map((name) => it.getAttribute(name)).join(',');
  const within = it.parentElement;
  return `${within.tagName}.${within.getAttribute('class')}>${it.tagName}.${it.getAttribute('class')}[${own}=${state}]`;
}))];

// Whether everybody can use the page that stands there: looked at in light on a desktop for the first of its kind that a
// role sees, and wherever it has a sort of element that none before had; in dark on a phone for the first of its kind at
// all, and for every new sort of element. It is left on a phone, in light.
export async function usable(world, page, who, kind, where) {
  const found = await page.evaluate(sorts);
  const fresh = found.filter((sort) => !world.sorts.has(sort));
  for (const sort of fresh) world.sorts.add(sort);
  const firstOfRole = !world.looked.has(`${who.role} ${kind}`);
  const firstOfAll = !world.looked.has(kind);
  world.looked.add(`${who.role} ${kind}`).add(kind);
  if (firstOfRole || fresh.length) await accessible(world, page, `${where}, light, at ${WIDE.width}`);
  await page.setViewportSize(PHONE);
  if (firstOfAll || fresh.length) {
    await page.emulateMedia({ colorScheme: 'dark' });
    await accessible(world, page, `${where}, dark, at ${PHONE.width}`);
    await page.emulateMedia({ colorScheme: 'light' });
  }
}

// What hangs over the edge of a page, if anything does.
export async function overhangs(page) {
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

// What must be true of a page as it is sent, whether or not a script runs.
export function plain(world, text, where) {
  if (!/<h1[ >]/.test(text)) world.fault(`${where}: no heading`);
  if (/<[^>]+ (style|on[a-z]+)=/.test(text)) world.fault(`${where}: style or script within the page`);
  for (const [form] of text.matchAll(/<form[\s\S]*?<\/form>/g)) {
    if (!/<button|type="submit"/.test(form)) world.fault(`${where}: a form without a button`);
    if (/method="post"/i.test(form) && !form.includes('form_mark')) world.fault(`${where}: a form without its mark`);
  }
}
