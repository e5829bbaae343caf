// Takes pictures of eight pages of a demonstration that is being served.
// usage: node .ci/screenshots.mjs URL LINKS FOLDER

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './pages_tools.mjs';

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

const browser = await launch();
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
    const file = join(folder, `${name}.webp`);
    const cdp = await context.newCDPSession(page);
    const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 85 });
    const picture = Buffer.from(data, 'base64');
    writeFileSync(file, picture);
    console.log(`${file}: ${Math.round(picture.length / 1024)} kB`);
  } else {
    missing += 1;
    console.error(`${path}: ${answer.status()}, so there is no picture ${name}`);
  }
  await context.close();
}
await browser.close();
process.exit(missing ? 1 : 0);
