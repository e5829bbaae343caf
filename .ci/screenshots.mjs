// Takes pictures of eight pages of a demonstration that is being served.
// usage: node .ci/screenshots.mjs URL LINKS FOLDER

import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const tools = resolve(process.env.HUB_CREDITS_TOOLS ?? 'target/tools');
const { chromium } = createRequire(`${tools}/node_modules/`)('playwright-core');
const [address, links, folder] = process.argv.slice(2);
const origin = new URL(address).origin;
const printed = readFileSync(links, 'utf8');

const WIDE = { width: 1160, height: 760 };
const PHONE = { width: 390, height: 760 };

// The name of a picture, whose page it is, where it begins, and the link that is followed there.
const PICTURES = [
  ['catalogue-on-a-phone', 'teacher', PHONE, '/catalogue'],
  ['event', 'teacher', PHONE, '/catalogue', '.card h2 a'],
  ['to-approve', 'school_lead', WIDE, '/approvals'],
  ['our-credits', 'school_lead', WIDE, '/credits'],
  ['hub', 'hub_manager', WIDE, '/hub'],
  ['allocation', 'hub_manager', WIDE, '/allocations', 'main table a, main .card a, main li a'],
  ['ledger', 'hub_manager', WIDE, '/ledger'],
  ['action-plan', 'hub_manager', WIDE, '/reports'],
];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
let missing = 0;
for (const [name, role, viewport, path, link] of PICTURES) {
  const way = printed.match(new RegExp(`(/demo/\\w+)\\s+${role},`));
  const context = await browser.newContext({ viewport, locale: 'en-GB', colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(origin + way[1]);
  let answer = await page.goto(origin + path);
  if (link && answer.status() === 200 && (await page.locator(link).count()) > 0) {
    const to = await page.locator(link).first().getAttribute('href');
    answer = await page.goto(new URL(to, origin).href);
  }
  if (answer.status() === 200) {
    const file = join(folder, `${name}.png`);
    await page.screenshot({ path: file, animations: 'disabled' });
    console.log(`${file}: ${Math.round(statSync(file).size / 1024)} kB`);
  } else {
    missing += 1;
    console.error(`${path}: ${answer.status()}, so there is no picture ${name}`);
  }
  await context.close();
}
await browser.close();
process.exit(missing ? 1 : 0);
