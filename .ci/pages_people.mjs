// How people go about the pages: they sign in, follow links, fill in forms and press buttons.

export const PHONE = { width: 390, height: 844 };

// On what each day is gone through.
export const DEVICES = [
  ['on a desktop', { viewport: { width: 1280, height: 900 } }],
  ['on a phone', { viewport: PHONE, hasTouch: true }],
  ['without a script', { viewport: PHONE, javaScriptEnabled: false }],
];

// Somebody of a role, signed in by the link of the demonstration.
export async function enter({ browser, origin, everyone }, role, options = {}) {
  const who = everyone.find((one) => one.role === role);
  if (!who) throw new Error(`nobody is a ${role}`);
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const answer = await page.goto(origin + who.link);
  if (answer.status() !== 200) throw new Error(`the link of the ${role} does not sign in`);
  return { context, page, who, open: (path) => page.goto(new URL(path, origin).href) };
}

export function expect(truth, what) {
  if (!truth) throw new Error(what);
}

export const words = (page) => page.locator('main').innerText();

// What the page says was done, or what it says was wrong, as an error.
export async function says(page, sentence) {
  const text = await words(page);
  expect(text.includes(sentence), `“${sentence}” is not said at ${page.url()}: ${text.slice(0, 400)}`);
}

// Presses a button, or follows a link, and waits for the page that comes.
async function go(page, target) {
  await target.waitFor({ timeout: 4000 }).catch(() => { throw new Error(`${target} is not at ${page.url()}`); });
  await Promise.all([page.waitForEvent('load'), target.click()]);
}

export const press = (page, name, within = page.locator('main')) =>
  go(page, within.getByRole('button', { name, exact: typeof name === 'string' }).first());

export const follow = (page, name, within = page.locator('main')) =>
  go(page, within.getByRole('link', { name, exact: typeof name === 'string' }).first());

// Follows a link to a page that asks whether something is meant: it is shown above this one, or comes in its place without a
// script. And goes back from it.
export async function asked(page, name) {
  const link = page.locator('main').getByRole('link', { name, exact: typeof name === 'string' }).first();
  await link.waitFor({ timeout: 4000 });
  const comes = page.waitForEvent('load').catch(() => {});
  const shows = page.locator('dialog.ask[open] h2').first().waitFor().catch(() => {});
  await link.click();
  await Promise.race([comes, shows]);
}

export async function goesBack(page, name) {
  const dialog = page.locator('dialog.ask[open]');
  if ((await dialog.count()) === 0) return follow(page, name);
  await dialog.getByRole('link', { name, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

// Fills in fields by their labels.
export async function fill(page, fields) {
  for (const [label, value] of Object.entries(fields)) {
    await page.locator('main').getByLabel(label, { exact: true }).first().fill(value);
  }
}

// A day in so many days from now, as a form takes it.
export const dayIn = (days) => new Date(Date.now() + days * 24 * 3600 * 1000).toISOString().slice(0, 10);
